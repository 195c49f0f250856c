//! Planned trips: the newest record, and over it where its status events say it
//! stands.

use sqlx::{FromRow, SqliteConnection};
use watchtower_core::{
    domain::{
        event::Event,
        id::{TripId, VehicleKey},
        time::Timestamp,
        trip::{Milestone, Trip, TripStatus, TripStatusChange},
    },
    ports::store::{Page, Span, Window},
};

use super::{
    fault::Fault,
    page::{self, Place},
    picture::{json, parse},
};

pub(super) async fn put(connection: &mut SqliteConnection, event: &Event, trip: &Trip) -> Result<(), Fault> {
    sqlx::query(
        "insert into trip (id, recorded_at, event_id, scheduled_departure, json) values (?, ?, ?, ?, ?)
         on conflict do update set
             recorded_at = excluded.recorded_at, event_id = excluded.event_id,
             scheduled_departure = excluded.scheduled_departure, json = excluded.json
         where trip.json is null
            or (excluded.recorded_at, excluded.event_id) > (trip.recorded_at, trip.event_id)",
    )
    .bind(trip.id.0)
    .bind(event.recorded_at.millis())
    .bind(event.id.0)
    .bind(trip.scheduled_departure.millis())
    .bind(json(trip))
    .execute(connection)
    .await?;
    Ok(())
}

/// Moves a trip, known or not yet.
pub(super) async fn change(
    connection: &mut SqliteConnection,
    event: &Event,
    change: &TripStatusChange,
) -> Result<(), Fault> {
    sqlx::query("insert into trip (id) values (?) on conflict do nothing")
        .bind(change.trip.0)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "update trip set status = ?2, changed_at = ?3, change_id = ?4
         where id = ?1 and (changed_at is null or (?3, ?4) > (changed_at, change_id))",
    )
    .bind(change.trip.0)
    .bind(change.to.name())
    .bind(event.ts.millis())
    .bind(event.id.0)
    .execute(&mut *connection)
    .await?;
    let first = match change.reached() {
        Some(Milestone::Departed) => {
            "update trip set departed_at = min(coalesce(departed_at, ?2), ?2) where id = ?1"
        }
        Some(Milestone::Arrived) => {
            "update trip set arrived_at = min(coalesce(arrived_at, ?2), ?2) where id = ?1"
        }
        Some(Milestone::Offloaded) => {
            "update trip set offloaded_at = min(coalesce(offloaded_at, ?2), ?2) where id = ?1"
        }
        Some(Milestone::Returned) => {
            "update trip set returned_at = min(coalesce(returned_at, ?2), ?2) where id = ?1"
        }
        None => return Ok(()),
    };
    sqlx::query(first).bind(change.trip.0).bind(event.ts.millis()).execute(connection).await?;
    Ok(())
}

#[derive(FromRow)]
struct Row {
    json: String,
    status: Option<String>,
    departed_at: Option<i64>,
    arrived_at: Option<i64>,
    offloaded_at: Option<i64>,
    returned_at: Option<i64>,
}

impl TryFrom<Row> for Trip {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        let mut trip: Self = parse("trip", &row.json)?;
        if let Some(status) = row.status {
            trip.status = TripStatus::from_name(&status)
                .ok_or_else(|| Fault::corrupt(format_args!("trip status {status:?}")))?;
        }
        // What the books say comes first.
        trip.departed_at = trip.departed_at.or(row.departed_at.map(Timestamp::from_millis));
        trip.arrived_at = trip.arrived_at.or(row.arrived_at.map(Timestamp::from_millis));
        trip.offloaded_at = trip.offloaded_at.or(row.offloaded_at.map(Timestamp::from_millis));
        trip.returned_at = trip.returned_at.or(row.returned_at.map(Timestamp::from_millis));
        Ok(trip)
    }
}

pub(super) async fn one(connection: &mut SqliteConnection, id: TripId) -> Result<Option<Trip>, Fault> {
    let row: Option<Row> = sqlx::query_as(
        "select json, status, departed_at, arrived_at, offloaded_at, returned_at from trip where id = ? and json is not null",
    )
    .bind(id.0)
    .fetch_optional(connection)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// Trips of a vehicle that were to depart, were offloaded or returned in a span.
pub(super) async fn of(
    connection: &mut SqliteConnection,
    vehicle: &VehicleKey,
    span: Span,
) -> Result<Vec<Trip>, Fault> {
    let rows: Vec<Row> = sqlx::query_as(
        "select json, status, departed_at, arrived_at, offloaded_at, returned_at from trip
         where json is not null and json_extract(json, '$.vehicle') = ?1
           and ((scheduled_departure >= ?2 and scheduled_departure < ?3)
             or (offloaded_at >= ?2 and offloaded_at < ?3) or (returned_at >= ?2 and returned_at < ?3))
         order by scheduled_departure, id",
    )
    .bind(vehicle.as_str())
    .bind(span.from.millis())
    .bind(span.to.millis())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

pub(super) async fn list(connection: &mut SqliteConnection, window: &Window) -> Result<Page<Trip>, Fault> {
    let after = Place::of(window)?;
    let rows: Vec<Row> = sqlx::query_as(
        "select json, status, departed_at, arrived_at, offloaded_at, returned_at from trip
         where json is not null and (scheduled_departure, id) < (?, ?)
         order by scheduled_departure desc, id desc limit ?",
    )
    .bind(after.time)
    .bind(after.id)
    .bind(page::wanted(window))
    .fetch_all(connection)
    .await?;
    let items = rows.into_iter().map(TryInto::try_into).collect::<Result<Vec<Trip>, _>>()?;
    Ok(page::page(items, window, |last| {
        Place { time: last.scheduled_departure.millis(), id: last.id.0 }.cursor()
    }))
}
