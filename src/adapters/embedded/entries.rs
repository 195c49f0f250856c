//! Rows of the log table: written in bulk, read back as entries.

use sqlx::{FromRow, QueryBuilder, Sqlite, SqliteConnection};
use watchtower_core::{
    domain::{
        event::{Event, EventError},
        time::Timestamp,
    },
    ports::log::{Entry, EntryId, Family, Partition, StreamId},
};

use super::{batch::Row, fault::Fault};

/// Rows in one statement: five values each, far below SQLite's limit of 32 766.
const CHUNK: usize = 500;

/// The code of a family in the file.
pub(super) const fn code(family: Family) -> i64 {
    match family {
        Family::Raw => 0,
        Family::Position => 1,
        Family::Event => 2,
        Family::Command => 3,
        Family::DeadLetter => 4,
    }
}

/// The codes of families as a JSON array, for `json_each`.
pub(super) fn codes(families: &[Family]) -> String {
    let codes: Vec<_> = families.iter().map(|family| code(*family)).collect();
    serde_json::to_string(&codes).expect("numbers are JSON")
}

/// An entry's id as a row's; beyond the last row when it is no row's.
pub(super) fn row_id(id: EntryId) -> i64 {
    i64::try_from(id.major).unwrap_or(i64::MAX)
}

pub(super) fn entry_id(row: i64) -> EntryId {
    EntryId { major: row.try_into().unwrap_or_default(), minor: 0 }
}

/// The host's clock.
pub(super) fn host_now() -> Timestamp {
    chrono::Utc::now().into()
}

/// Appends rows; the ids are in their order.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    rows: impl Iterator<Item = &Row>,
) -> Result<Vec<EntryId>, Fault> {
    let rows: Vec<_> = rows.collect();
    let mut ids = Vec::with_capacity(rows.len());
    if rows.is_empty() {
        return Ok(ids);
    }
    let last: Option<i64> = sqlx::query_scalar("select appended_at from log order by id desc limit 1")
        .fetch_optional(&mut *connection)
        .await?;
    // Grows with the id even when the host's clock is set back.
    let now = host_now().millis().max(last.unwrap_or_default());
    for chunk in rows.chunks(CHUNK) {
        let mut insert =
            QueryBuilder::<Sqlite>::new("insert into log (partition, family, appended_at, type, json) ");
        insert.push_values(chunk, |mut values, row| {
            values
                .push_bind(row.partition.0)
                .push_bind(code(row.family))
                .push_bind(now)
                .push_bind(row.type_name)
                .push_bind(row.json.as_str());
        });
        let done = insert.build().execute(&mut *connection).await?;
        // The only writer's rows are numbered without a gap.
        let end = done.last_insert_rowid();
        ids.extend((end - chunk.len() as i64 + 1..=end).map(entry_id));
    }
    Ok(ids)
}

/// A row of the log as it stands.
#[derive(FromRow)]
pub(super) struct Stored {
    pub(super) id: i64,
    pub(super) partition: u16,
    pub(super) family: i64,
    #[sqlx(rename = "type")]
    type_name: String,
    json: String,
}

impl Stored {
    /// The stream it stands in; `None` when its family is none of ours.
    pub(super) fn stream(&self) -> Option<StreamId> {
        let family = Family::ALL.into_iter().find(|family| code(*family) == self.family)?;
        Some(StreamId { partition: Partition(self.partition), family })
    }

    /// The entry; counted and logged when it cannot be read. What is in it is
    /// never logged.
    pub(super) fn entry(&self) -> Option<Entry> {
        let reason = match (self.stream(), Event::from_json(&self.json)) {
            (Some(stream), Ok(event)) => return Some(Entry { stream, id: entry_id(self.id), event }),
            (None, _) => "unknown family",
            (_, Err(EventError::UnknownType { .. })) => "unknown type",
            (_, Err(EventError::Payload { .. })) => "unreadable payload",
            (_, Err(EventError::Envelope(_))) => "unreadable envelope",
        };
        metrics::counter!("watchtower_log_unreadable_total").increment(1);
        tracing::warn!(
            entry.id = self.id,
            entry.partition = self.partition,
            entry.family = self.family,
            entry.r#type = self.type_name,
            reason,
            "an entry of the log cannot be read"
        );
        None
    }
}
