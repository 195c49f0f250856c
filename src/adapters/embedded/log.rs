//! The event log: appending, reading, following.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::SqliteConnection;
use watchtower_core::{
    domain::{event::Event, time::Timestamp},
    ports::log::{
        Delivery, Entry, EntryId, EventLog, Family, Keep, LogError, Partitions, Start, StreamId, Trimmed,
    },
};

use super::{
    Embedded,
    batch::Batch,
    entries::{Stored, code, entry_id, row_id},
    fault::Fault,
    groups, trim,
};

#[async_trait]
impl EventLog for Embedded {
    fn partitions(&self) -> Partitions {
        self.inner.partitions
    }

    async fn append(&self, events: &[(Family, Event)]) -> Result<Vec<EntryId>, LogError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let batch = Batch::of(self.inner.partitions, self.inner.records, events.iter().cloned());
        self.told(self.inner.writer.append(batch).await)
    }

    async fn read(&self, stream: StreamId, after: EntryId, limit: usize) -> Result<Vec<Entry>, LogError> {
        let mut connection = self.reader().await?;
        self.told(read(&mut connection, stream, after, limit).await)
    }

    async fn newest(&self, stream: StreamId) -> Result<EntryId, LogError> {
        let mut connection = self.reader().await?;
        self.told(newest(&mut connection, stream).await.map(entry_id))
    }

    async fn before(&self, stream: StreamId, at: Timestamp) -> Result<EntryId, LogError> {
        let mut connection = self.reader().await?;
        self.told(before(&mut connection, stream, at).await)
    }

    async fn tail(
        &self,
        cursors: &mut [(StreamId, EntryId)],
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Entry>, LogError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut waiting = self.inner.changes.wait(wait);
        loop {
            let rows = {
                let mut connection = self.reader().await?;
                self.told::<_, LogError>(after_each(&mut connection, cursors, limit).await)?
            };
            for row in &rows {
                let stream = row.stream();
                for (_, cursor) in cursors.iter_mut().filter(|(id, _)| Some(*id) == stream) {
                    *cursor = entry_id(row.id);
                }
            }
            let entries: Vec<_> = rows.iter().filter_map(Stored::entry).collect();
            // Rows but no entries: unreadable ones stood in the way of others.
            if !entries.is_empty() || (rows.is_empty() && !waiting.changed().await) {
                return Ok(entries);
            }
        }
    }

    async fn ensure_group(&self, group: &str, families: &[Family], start: Start) -> Result<(), LogError> {
        self.told(groups::ensure(self, group, families, start).await)
    }

    async fn read_group(
        &self,
        group: &str,
        consumer: &str,
        families: &[Family],
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>, LogError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut waiting = self.inner.changes.wait(wait);
        loop {
            let deliveries =
                self.told::<_, LogError>(groups::read(self, group, consumer, families, limit).await)?;
            if !deliveries.is_empty() || !waiting.changed().await {
                return Ok(deliveries);
            }
        }
    }

    async fn claim(
        &self,
        group: &str,
        consumer: &str,
        families: &[Family],
        idle: Duration,
        limit: usize,
    ) -> Result<Vec<Delivery>, LogError> {
        self.told(groups::claim(self, group, consumer, families, idle, limit).await)
    }

    async fn ack(&self, group: &str, entries: &[(StreamId, EntryId)]) -> Result<(), LogError> {
        self.told(groups::ack(self, group, entries).await)
    }

    async fn trim(&self, stream: StreamId, keep: Keep) -> Result<Trimmed, LogError> {
        self.told(trim::trim(self, stream, keep).await)
    }
}

async fn read(
    connection: &mut SqliteConnection,
    stream: StreamId,
    mut after: EntryId,
    limit: usize,
) -> Result<Vec<Entry>, Fault> {
    let mut entries = Vec::new();
    while entries.len() < limit {
        let wanted = limit - entries.len();
        let rows: Vec<Stored> = sqlx::query_as(
            "select id, partition, family, type, json from log
             where partition = ? and family = ? and id > ? order by id limit ?",
        )
        .bind(stream.partition.0)
        .bind(code(stream.family))
        .bind(row_id(after))
        .bind(i64::try_from(wanted).unwrap_or(i64::MAX))
        .fetch_all(&mut *connection)
        .await?;
        entries.extend(rows.iter().filter_map(Stored::entry));
        // Fewer rows than asked for end the stream; unreadable ones do not.
        match rows.last() {
            Some(row) if rows.len() == wanted => after = entry_id(row.id),
            _ => break,
        }
    }
    Ok(entries)
}

async fn newest(connection: &mut SqliteConnection, stream: StreamId) -> Result<i64, Fault> {
    let newest: Option<i64> =
        sqlx::query_scalar("select max(id) from log where partition = ? and family = ?")
            .bind(stream.partition.0)
            .bind(code(stream.family))
            .fetch_one(connection)
            .await?;
    Ok(newest.unwrap_or_default())
}

/// Bisects: the time of appending grows with the id.
async fn before(
    connection: &mut SqliteConnection,
    stream: StreamId,
    at: Timestamp,
) -> Result<EntryId, Fault> {
    // Everything up to `low` is older than `at`, nothing after `high` is.
    let (mut low, mut high) = (0, newest(connection, stream).await?);
    while low < high {
        let middle = low + (high - low) / 2;
        let next: Option<(i64, i64)> = sqlx::query_as(
            "select id, appended_at from log
             where partition = ? and family = ? and id > ? order by id limit 1",
        )
        .bind(stream.partition.0)
        .bind(code(stream.family))
        .bind(middle)
        .fetch_optional(&mut *connection)
        .await?;
        match next {
            Some((id, appended_at)) if appended_at < at.millis() => low = id,
            Some(_) | None => high = middle,
        }
    }
    Ok(entry_id(low))
}

/// The next rows after the streams' cursors, the streams taking turns, so that a
/// busy one does not keep the others waiting: first the one furthest behind.
async fn after_each(
    connection: &mut SqliteConnection,
    cursors: &[(StreamId, EntryId)],
    limit: usize,
) -> Result<Vec<Stored>, Fault> {
    let places: Vec<_> = cursors
        .iter()
        .map(|(stream, after)| (i64::from(stream.partition.0), code(stream.family), row_id(*after)))
        .collect();
    let places = serde_json::to_string(&places).expect("numbers are JSON");
    // Each stream offers its next `limit` by the index alone; only the winners
    // are read.
    Ok(sqlx::query_as(
        "with place (partition, family, after) as materialized (
             select value ->> 0, value ->> 1, value ->> 2 from json_each(?1)
         ), offer (id, turn, after) as (
             select log.id,
                    row_number() over (partition by place.partition, place.family order by log.id),
                    place.after
             from place cross join log on log.id in (
                 select id from log
                 where partition = place.partition and family = place.family and id > place.after
                 order by id limit ?2
             )
         ), next (id) as materialized (
             select id from offer order by turn, after, id limit ?2
         )
         select id, partition, family, type, json from log where id in next order by id",
    )
    .bind(places)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await?)
}
