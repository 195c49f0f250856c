//! The audit trail.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::{
    Row,
    postgres::{PgConnection, PgRow},
};
use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, VERSION},
        id::EventId,
        time::Timestamp,
    },
    ports::store::{EventQuery, Page, Window},
};

use super::{
    Failure, PostgisStore, Sql,
    cursor::{self, Keyset},
    escape::{json_in, json_out, text_in, text_out},
};

/// The type of an event that is a request as it was sent.
const RAW: &str = "webhook.received";

/// Stores events, distinct by id; returns those that were not there.
pub(super) async fn store(
    connection: &mut PgConnection,
    sql: Sql,
    events: &[&Event],
) -> Result<HashSet<EventId>, Failure> {
    if events.is_empty() {
        return Ok(HashSet::new());
    }
    // Unique is (id, ts), because a partitioned table cannot promise more. An
    // event heard again with another `ts` is caught here; only two writers with
    // two versions of one event at the same instant could pass.
    let ids: Vec<Uuid> = events.iter().map(|event| event.id.0).collect();
    let rows =
        sql.query("select id from events where id = any($1)").bind(ids).fetch_all(&mut *connection).await?;
    let known = rows.iter().map(|row| row.try_get(0)).collect::<Result<HashSet<Uuid>, _>>()?;
    let mut fresh: Vec<_> = events.iter().filter(|event| !known.contains(&event.id.0)).collect();
    if fresh.is_empty() {
        return Ok(HashSet::new());
    }
    fresh.sort_by_key(|event| event.id);
    let (mut ids, mut ts) = (Vec::new(), Vec::<DateTime<Utc>>::new());
    let (mut recorded, mut correlations) = (Vec::<DateTime<Utc>>::new(), Vec::new());
    let (mut types, mut keys, mut data) = (Vec::new(), Vec::new(), Vec::new());
    for event in fresh {
        ids.push(event.id.0);
        ts.push(event.ts.to_utc());
        recorded.push(event.recorded_at.to_utc());
        correlations.push(event.correlation_id.0);
        types.push(event.data.type_name());
        keys.push(text_in(&event.key).into_owned());
        let json = serde_json::to_string(&event.data)
            .map_err(|error| Failure::refused(format!("event {}", event.id), error.to_string()))?;
        data.push(json_in(json));
    }
    let rows = sql
        .query(
            "insert into events (id, ts, recorded_at, correlation_id, version, raw, type, key, data)
             select id, ts, recorded_at, correlation_id, $8, type = $9, type, key, data::json
               from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::uuid[],
                           $5::text[], $6::text[], $7::text[])
                 as event (id, ts, recorded_at, correlation_id, type, key, data)
             on conflict do nothing returning id",
        )
        .bind(ids)
        .bind(ts)
        .bind(recorded)
        .bind(correlations)
        .bind(types)
        .bind(keys)
        .bind(data)
        .bind(i16::try_from(VERSION).expect("versions are few"))
        .bind(RAW)
        .fetch_all(&mut *connection)
        .await?;
    rows.iter().map(|row| Ok(EventId(row.try_get(0)?))).collect()
}

pub(super) async fn page(
    store: &PostgisStore,
    query: &EventQuery,
    window: Window,
) -> Result<Page<Event>, Failure> {
    let after = cursor::read('e', &window)?;
    // Requests are kept apart from the rest: look only where it can be.
    let raw = match query.types.as_slice() {
        [] => None,
        types if types.iter().all(|name| name == RAW) => Some(true),
        types if types.iter().all(|name| name != RAW) => Some(false),
        _ => None,
    };
    let types = (!query.types.is_empty()).then_some(query.types.as_slice());
    let mut reader = store.reader().await?;
    let sql = concat!(
        "select id, ts, recorded_at, correlation_id, type, key, data::text as data
           from events
          where ($6::boolean is null or raw = $6)
            and ($7::text[] is null or type = any($7))
            and ($8::text is null or key = $8)
            and ($9::uuid is null or correlation_id = $9)
            and ",
        cursor::newest_first!("ts")
    );
    let rows = cursor::bind(store.sql().query(sql), query.span, after, &window)
        .bind(raw)
        .bind(types)
        .bind(query.key.as_deref().map(text_in).as_deref())
        .bind(query.correlation_id.map(|id| id.0))
        .fetch_all(reader.conn())
        .await?;
    let items = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(cursor::page('e', &window, items, |event| Keyset { at: event.ts, id: event.id.0 }))
}

fn read(row: &PgRow) -> Result<Event, Failure> {
    let id: Uuid = row.try_get("id")?;
    let instant =
        |column: &str| Ok::<_, sqlx::Error>(Timestamp::from(row.try_get::<DateTime<Utc>, _>(column)?));
    let data = json_out(row.try_get("data")?);
    // The envelope again, because only an envelope says how to read its payload.
    let envelope = serde_json::json!({
        "id": id,
        "type": row.try_get::<&str, _>("type")?,
        "ts": instant("ts")?,
        "recorded_at": instant("recorded_at")?,
        "key": text_out(row.try_get("key")?),
        "correlation_id": row.try_get::<Uuid, _>("correlation_id")?,
    });
    let envelope = envelope.to_string();
    let text = format!("{},\"data\":{data}}}", envelope.trim_end_matches('}'));
    Event::from_json(&text).map_err(|error| Failure::corrupt(format!("event {id}: {error}")))
}

#[cfg(test)]
mod tests {
    use watchtower_core::domain::event::EventData;

    use super::*;

    #[test]
    fn requests_are_told_by_a_type_that_exists() {
        assert!(EventData::TYPES.contains(&RAW));
    }
}
