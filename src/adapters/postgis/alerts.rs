//! Alert episodes: one row each, whatever order its events arrive in.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{
    Row,
    postgres::{PgConnection, PgRow},
};
use uuid::Uuid;
use watchtower_core::{
    domain::{
        alert::{Acknowledgement, Alert},
        event::{Event, EventData},
        id::AlertId,
        time::Timestamp,
    },
    ports::store::{AlertQuery, AlertRecord, Page, Window},
};

use super::{
    Failure, PostgisStore, Sql,
    cursor::{self, Keyset},
    escape::{json_in, json_out, text_in, text_out},
    rank::Rank,
};

pub(super) async fn write(connection: &mut PgConnection, sql: Sql, events: &[&Event]) -> Result<(), Failure> {
    let mut episodes: BTreeMap<AlertId, ((bool, Rank), &Alert)> = BTreeMap::new();
    let mut notes: BTreeMap<AlertId, ((Timestamp, Uuid), &Acknowledgement)> = BTreeMap::new();
    for event in events {
        match &event.data {
            EventData::AlertTriggered(alert) | EventData::AlertResolved(alert) => {
                let rank = (alert.end.is_some(), Rank::of(event));
                match episodes.get(&alert.id) {
                    Some((standing, _)) if *standing >= rank => {}
                    _ => drop(episodes.insert(alert.id, (rank, alert))),
                }
            }
            EventData::AlertAcknowledged(note) => {
                let rank = (event.ts, event.id.0);
                match notes.get(&note.alert) {
                    Some((standing, _)) if *standing >= rank => {}
                    _ => drop(notes.insert(note.alert, (rank, note))),
                }
            }
            _ => {}
        }
    }
    write_episodes(connection, sql, episodes).await?;
    write_notes(connection, sql, notes).await
}

async fn write_episodes(
    connection: &mut PgConnection,
    sql: Sql,
    episodes: BTreeMap<AlertId, ((bool, Rank), &Alert)>,
) -> Result<(), Failure> {
    if episodes.is_empty() {
        return Ok(());
    }
    let (mut ids, mut records, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    let (mut recorded, mut event_ids) = (Vec::<DateTime<Utc>>::new(), Vec::new());
    let (mut kinds, mut vehicles) = (Vec::new(), Vec::new());
    let (mut starts, mut ends) = (Vec::<DateTime<Utc>>::new(), Vec::<Option<DateTime<Utc>>>::new());
    for (id, ((has_ended, rank), alert)) in episodes {
        ids.push(id.0);
        let json = serde_json::to_string(alert)
            .map_err(|error| Failure::refused(format!("alert {id}"), error.to_string()))?;
        records.push(json_in(json));
        ended.push(has_ended);
        recorded.push(rank.recorded_at.to_utc());
        event_ids.push(rank.id);
        kinds.push(alert.kind.name());
        vehicles.push(text_in(alert.vehicle.as_str()).into_owned());
        starts.push(alert.start.to_utc());
        ends.push(alert.end.map(Timestamp::to_utc));
    }
    sql.query(
        "insert into alerts as a
                (id, record, ended, recorded_at, event_id, kind, vehicle, started_at, ended_at)
         select id, record::json, ended, recorded_at, event_id, kind, vehicle, started_at, ended_at
           from unnest($1::uuid[], $2::text[], $3::bool[], $4::timestamptz[], $5::uuid[], $6::text[],
                       $7::text[], $8::timestamptz[], $9::timestamptz[])
             as alert (id, record, ended, recorded_at, event_id, kind, vehicle, started_at, ended_at)
         on conflict (id) do update
            set record = excluded.record, ended = excluded.ended, recorded_at = excluded.recorded_at,
                event_id = excluded.event_id, kind = excluded.kind, vehicle = excluded.vehicle,
                started_at = excluded.started_at, ended_at = excluded.ended_at
          where a.record is null
             or (excluded.ended, excluded.recorded_at, excluded.event_id)
              > (a.ended, a.recorded_at, a.event_id)",
    )
    .bind(ids)
    .bind(records)
    .bind(ended)
    .bind(recorded)
    .bind(event_ids)
    .bind(kinds)
    .bind(vehicles)
    .bind(starts)
    .bind(ends)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

async fn write_notes(
    connection: &mut PgConnection,
    sql: Sql,
    notes: BTreeMap<AlertId, ((Timestamp, Uuid), &Acknowledgement)>,
) -> Result<(), Failure> {
    if notes.is_empty() {
        return Ok(());
    }
    let (mut ids, mut by, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut times, mut event_ids) = (Vec::<DateTime<Utc>>::new(), Vec::new());
    for (id, ((at, event_id), note)) in notes {
        ids.push(id.0);
        by.push(text_in(&note.by).into_owned());
        texts.push(note.note.as_deref().map(|text| text_in(text).into_owned()));
        times.push(at.to_utc());
        event_ids.push(event_id);
    }
    sql.query(
        "insert into alerts as a (id, acknowledged_by, acknowledged_at, note, acknowledgement)
         select id, acknowledged_by, acknowledged_at, note, acknowledgement
           from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::uuid[])
             as taken (id, acknowledged_by, acknowledged_at, note, acknowledgement)
         on conflict (id) do update
            set acknowledged_by = excluded.acknowledged_by, acknowledged_at = excluded.acknowledged_at,
                note = excluded.note, acknowledgement = excluded.acknowledgement
          where a.acknowledgement is null
             or (excluded.acknowledged_at, excluded.acknowledgement)
              > (a.acknowledged_at, a.acknowledgement)",
    )
    .bind(ids)
    .bind(by)
    .bind(times)
    .bind(texts)
    .bind(event_ids)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

pub(super) async fn one(store: &PostgisStore, id: AlertId) -> Result<Option<AlertRecord>, Failure> {
    let mut reader = store.reader().await?;
    let row = store
        .sql()
        .query(
            "select record::text as record, acknowledged_by, acknowledged_at, note
               from alerts where id = $1 and record is not null",
        )
        .bind(id.0)
        .fetch_optional(reader.conn())
        .await?;
    row.as_ref().map(read).transpose()
}

pub(super) async fn page(
    store: &PostgisStore,
    query: &AlertQuery,
    window: Window,
) -> Result<Page<AlertRecord>, Failure> {
    let after = cursor::read('a', &window)?;
    let mut reader = store.reader().await?;
    let sql = concat!(
        "select record::text as record, acknowledged_by, acknowledged_at, note
           from alerts
          where record is not null
            and ($6::text is null or vehicle = $6)
            and ($7::text is null or kind = $7)
            and ($8::boolean is null or (ended_at is null) = $8)
            and ",
        cursor::newest_first!("started_at")
    );
    let rows = cursor::bind(store.sql().query(sql), query.span, after, &window)
        .bind(query.vehicle.as_ref().map(|vehicle| text_in(vehicle.as_str())).as_deref())
        .bind(query.kind.map(|kind| kind.name()))
        .bind(query.open)
        .fetch_all(reader.conn())
        .await?;
    let items = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(cursor::page('a', &window, items, |record| Keyset { at: record.alert.start, id: record.alert.id.0 }))
}

fn read(row: &PgRow) -> Result<AlertRecord, Failure> {
    let alert: Alert = serde_json::from_str(&json_out(row.try_get("record")?))
        .map_err(|error| Failure::corrupt(format!("an alert: {error}")))?;
    Ok(AlertRecord {
        alert,
        acknowledged_by: row.try_get::<Option<String>, _>("acknowledged_by")?.map(text_out),
        acknowledged_at: row.try_get::<Option<DateTime<Utc>>, _>("acknowledged_at")?.map(Timestamp::from),
        note: row.try_get::<Option<String>, _>("note")?.map(text_out),
    })
}
