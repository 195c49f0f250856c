//! Alert episodes: one record each, whatever order its events arrive in.

use sqlx::{FromRow, QueryBuilder, Sqlite, SqliteConnection};
use uuid::Uuid;
use watchtower_core::{
    domain::{
        alert::{Acknowledgement, Alert, Escalation, Severity},
        event::Event,
        id::AlertId,
        time::Timestamp,
    },
    ports::store::{AlertQuery, AlertRecord, Page, Window},
};

use super::{
    fault::Fault,
    page::{self, Place},
    picture::{json, parse},
};

/// Writes an episode as an event tells it, ended at `end`.
pub(super) async fn put(
    connection: &mut SqliteConnection,
    event: &Event,
    alert: &Alert,
    end: Option<Timestamp>,
) -> Result<(), Fault> {
    let alert = Alert { end, ..alert.clone() };
    sqlx::query(
        "insert into alert (id, recorded_at, event_id, json, kind, vehicle, started_at, ended_at)
         values (?, ?, ?, ?, ?, ?, ?, ?)
         on conflict do update set
             recorded_at = excluded.recorded_at, event_id = excluded.event_id, json = excluded.json,
             kind = excluded.kind, vehicle = excluded.vehicle, started_at = excluded.started_at,
             ended_at = excluded.ended_at
         where alert.json is null
            or (excluded.ended_at is not null, excluded.recorded_at, excluded.event_id)
             > (alert.ended_at is not null, alert.recorded_at, alert.event_id)",
    )
    .bind(alert.id.0)
    .bind(event.recorded_at.millis())
    .bind(event.id.0)
    .bind(json(&alert))
    .bind(alert.kind.name())
    .bind(alert.vehicle.as_str())
    .bind(alert.start.millis())
    .bind(end.map(Timestamp::millis))
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that an alert is graver now, known or not yet.
pub(super) async fn escalate(
    connection: &mut SqliteConnection,
    event: &Event,
    escalation: &Escalation,
) -> Result<(), Fault> {
    sqlx::query(
        "insert into alert (id, escalated_at, escalated_to) values (?, ?, ?)
         on conflict do update set escalated_at = excluded.escalated_at, escalated_to = excluded.escalated_to
         where alert.escalated_at is null or excluded.escalated_at < alert.escalated_at",
    )
    .bind(escalation.alert.0)
    .bind(event.ts.millis())
    .bind(escalation.to.name())
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes who took note of an alert, known or not yet.
pub(super) async fn acknowledge(
    connection: &mut SqliteConnection,
    event: &Event,
    taken: &Acknowledgement,
) -> Result<(), Fault> {
    sqlx::query(
        "insert into alert (id, acknowledged_at, acknowledgement_id, acknowledged_by, note)
         values (?, ?, ?, ?, ?)
         on conflict do update set
             acknowledged_at = excluded.acknowledged_at, acknowledgement_id = excluded.acknowledgement_id,
             acknowledged_by = excluded.acknowledged_by, note = excluded.note
         where alert.acknowledged_at is null
            or (excluded.acknowledged_at, excluded.acknowledgement_id)
             > (alert.acknowledged_at, alert.acknowledgement_id)",
    )
    .bind(taken.alert.0)
    .bind(event.ts.millis())
    .bind(event.id.0)
    .bind(taken.by.as_str())
    .bind(taken.note.as_deref())
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct Row {
    json: String,
    escalated_at: Option<i64>,
    escalated_to: Option<String>,
    acknowledged_at: Option<i64>,
    acknowledged_by: Option<String>,
    note: Option<String>,
}

impl TryFrom<Row> for AlertRecord {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        let mut alert: Alert = parse("alert", &row.json)?;
        if let Some(name) = row.escalated_to {
            let severity = Severity::from_name(&name)
                .ok_or_else(|| Fault::corrupt(format_args!("alert severity {name:?}")))?;
            alert.severity = alert.severity.max(severity);
        }
        Ok(Self {
            alert,
            escalated_at: row.escalated_at.map(Timestamp::from_millis),
            acknowledged_by: row.acknowledged_by,
            acknowledged_at: row.acknowledged_at.map(Timestamp::from_millis),
            note: row.note,
        })
    }
}

pub(super) async fn one(
    connection: &mut SqliteConnection,
    id: AlertId,
) -> Result<Option<AlertRecord>, Fault> {
    let row: Option<Row> = sqlx::query_as(
        "select json, escalated_at, escalated_to, acknowledged_at, acknowledged_by, note
           from alert where id = ? and json is not null",
    )
    .bind(id.0)
    .fetch_optional(connection)
    .await?;
    row.map(TryInto::try_into).transpose()
}

pub(super) async fn search(
    connection: &mut SqliteConnection,
    query: &AlertQuery,
    window: &Window,
) -> Result<Page<AlertRecord>, Fault> {
    let after = Place::of(window)?;
    let mut select = QueryBuilder::<Sqlite>::new(
        "select json, escalated_at, escalated_to, acknowledged_at, acknowledged_by, note from alert
         where json is not null and (started_at, id) < (",
    );
    select.push_bind(after.time).push(", ").push_bind(after.id).push(")");
    if let Some(vehicle) = &query.vehicle {
        select.push(" and vehicle = ").push_bind(vehicle.as_str());
    }
    if let Some(kind) = query.kind {
        select.push(" and kind = ").push_bind(kind.name());
    }
    match query.open {
        Some(true) => drop(select.push(" and ended_at is null")),
        Some(false) => drop(select.push(" and ended_at is not null")),
        None => {}
    }
    if let Some(span) = query.span {
        select.push(" and started_at >= ").push_bind(span.from.millis());
        select.push(" and started_at < ").push_bind(span.to.millis());
    }
    select.push(" order by started_at desc, id desc limit ").push_bind(page::wanted(window));
    let rows: Vec<Row> = select.build_query_as().fetch_all(connection).await?;
    let items = rows.into_iter().map(TryInto::try_into).collect::<Result<Vec<AlertRecord>, _>>()?;
    Ok(page::page(items, window, |last| {
        let id: Uuid = last.alert.id.0;
        Place { time: last.alert.start.millis(), id }.cursor()
    }))
}
