//! Planned trips: the plan, and where it stands by the changes heard of.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{
    Row,
    postgres::{PgConnection, PgRow},
};
use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData},
        id::{TripId, VehicleKey},
        time::Timestamp,
        trip::{Trip, TripStatus},
    },
    ports::store::{Page, Span, Window},
};

use super::{
    Failure, PostgisStore, Sql,
    cursor::{self, Keyset},
    escape::{json_in, json_out, text_in},
    positions::time,
    rank::Rank,
};

/// What a batch's changes of a trip come to.
struct Progress {
    newest: (Timestamp, Uuid),
    status: TripStatus,
    /// The first moment of each milestone, in the order of [`Milestone`].
    reached: [Option<Timestamp>; 4],
}

pub(super) async fn write(connection: &mut PgConnection, sql: Sql, events: &[&Event]) -> Result<(), Failure> {
    let mut plans: BTreeMap<TripId, (Rank, &Trip)> = BTreeMap::new();
    let mut changes: BTreeMap<TripId, Progress> = BTreeMap::new();
    let earlier = |standing: Option<Timestamp>, at: Timestamp| standing.map_or(at, |other| other.min(at));
    for event in events {
        match &event.data {
            EventData::TripCreated(trip) => match plans.get(&trip.id) {
                Some((standing, _)) if *standing >= Rank::of(event) => {}
                _ => drop(plans.insert(trip.id, (Rank::of(event), trip))),
            },
            EventData::TripStatusChanged(change) => {
                let moment = (event.ts, event.id.0);
                let progress = changes.entry(change.trip).or_insert(Progress {
                    newest: moment,
                    status: change.to,
                    reached: [None; 4],
                });
                if moment > progress.newest {
                    (progress.newest, progress.status) = (moment, change.to);
                }
                if let Some(milestone) = change.reached() {
                    let first = &mut progress.reached[milestone as usize];
                    *first = Some(earlier(*first, event.ts));
                }
            }
            _ => {}
        }
    }
    write_plans(connection, sql, plans).await?;
    write_changes(connection, sql, changes).await
}

async fn write_plans(
    connection: &mut PgConnection,
    sql: Sql,
    plans: BTreeMap<TripId, (Rank, &Trip)>,
) -> Result<(), Failure> {
    if plans.is_empty() {
        return Ok(());
    }
    let (mut ids, mut records, mut event_ids) = (Vec::new(), Vec::new(), Vec::new());
    let (mut recorded, mut departures) = (Vec::<DateTime<Utc>>::new(), Vec::<DateTime<Utc>>::new());
    for (id, (rank, trip)) in plans {
        ids.push(id.0);
        let json = serde_json::to_string(trip)
            .map_err(|error| Failure::refused(format!("trip {id}"), error.to_string()))?;
        records.push(json_in(json));
        recorded.push(rank.recorded_at.to_utc());
        event_ids.push(rank.id);
        departures.push(trip.scheduled_departure.to_utc());
    }
    sql.query(
        "insert into trips as t (id, record, recorded_at, event_id, scheduled_departure)
         select id, record::json, recorded_at, event_id, scheduled_departure
           from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::uuid[], $5::timestamptz[])
             as trip (id, record, recorded_at, event_id, scheduled_departure)
         on conflict (id) do update
            set record = excluded.record, recorded_at = excluded.recorded_at, event_id = excluded.event_id,
                scheduled_departure = excluded.scheduled_departure
          where t.record is null
             or (excluded.recorded_at, excluded.event_id) > (t.recorded_at, t.event_id)",
    )
    .bind(ids)
    .bind(records)
    .bind(recorded)
    .bind(event_ids)
    .bind(departures)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

async fn write_changes(
    connection: &mut PgConnection,
    sql: Sql,
    changes: BTreeMap<TripId, Progress>,
) -> Result<(), Failure> {
    if changes.is_empty() {
        return Ok(());
    }
    let (mut ids, mut statuses, mut change_ids) = (Vec::new(), Vec::new(), Vec::new());
    let mut moments = Vec::<DateTime<Utc>>::new();
    let mut reached: [Vec<Option<DateTime<Utc>>>; 4] = Default::default();
    for (id, progress) in changes {
        ids.push(id.0);
        statuses.push(progress.status.name());
        moments.push(progress.newest.0.to_utc());
        change_ids.push(progress.newest.1);
        for (column, first) in reached.iter_mut().zip(progress.reached) {
            column.push(first.map(Timestamp::to_utc));
        }
    }
    let [departed, arrived, offloaded, returned] = reached;
    // The newest change tells the status, the first of its kind the moment.
    sql.query(
        "insert into trips as t (id, status, changed_at, change_id,
                                 departed_at, arrived_at, offloaded_at, returned_at)
         select id, status, changed_at, change_id, departed_at, arrived_at, offloaded_at, returned_at
           from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::uuid[],
                       $5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[])
             as change (id, status, changed_at, change_id, departed_at, arrived_at, offloaded_at, returned_at)
         on conflict (id) do update
            set (status, changed_at, change_id) = (
                    select v.status, v.changed_at, v.change_id
                      from (values (t.status, t.changed_at, t.change_id),
                                   (excluded.status, excluded.changed_at, excluded.change_id))
                        as v (status, changed_at, change_id)
                     where v.changed_at is not null
                     order by v.changed_at desc, v.change_id desc limit 1),
                departed_at = least(t.departed_at, excluded.departed_at),
                arrived_at = least(t.arrived_at, excluded.arrived_at),
                offloaded_at = least(t.offloaded_at, excluded.offloaded_at),
                returned_at = least(t.returned_at, excluded.returned_at)",
    )
    .bind(ids)
    .bind(statuses)
    .bind(moments)
    .bind(change_ids)
    .bind(departed)
    .bind(arrived)
    .bind(offloaded)
    .bind(returned)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// What is read of a trip.
macro_rules! select {
    () => {
        "select record::text as record, status, departed_at, arrived_at, offloaded_at, returned_at from trips"
    };
}

pub(super) async fn one(store: &PostgisStore, id: TripId) -> Result<Option<Trip>, Failure> {
    let mut reader = store.reader().await?;
    let row = store
        .sql()
        .query(concat!(select!(), " where id = $1 and record is not null"))
        .bind(id.0)
        .fetch_optional(reader.conn())
        .await?;
    row.as_ref().map(read).transpose()
}

/// Trips of a vehicle that were to depart, were offloaded or returned in a span.
pub(super) async fn of(store: &PostgisStore, vehicle: &VehicleKey, span: Span) -> Result<Vec<Trip>, Failure> {
    let mut reader = store.reader().await?;
    let rows = store
        .sql()
        .query(concat!(
            select!(),
            " where vehicle = $1
                and ((scheduled_departure >= $2 and scheduled_departure < $3)
                  or (offloaded_at >= $2 and offloaded_at < $3) or (returned_at >= $2 and returned_at < $3))
              order by scheduled_departure, id"
        ))
        .bind(text_in(vehicle.as_str()).as_ref())
        .bind(time(span.from))
        .bind(time(span.to))
        .fetch_all(reader.conn())
        .await?;
    rows.iter().map(read).collect()
}

pub(super) async fn page(store: &PostgisStore, window: Window) -> Result<Page<Trip>, Failure> {
    let after = cursor::read('t', &window)?;
    let mut reader = store.reader().await?;
    let sql =
        concat!(select!(), " where record is not null and ", cursor::newest_first!("scheduled_departure"));
    let rows = cursor::bind(store.sql().query(sql), None, after, &window).fetch_all(reader.conn()).await?;
    let items = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(cursor::page('t', &window, items, |trip| Keyset { at: trip.scheduled_departure, id: trip.id.0 }))
}

fn read(row: &PgRow) -> Result<Trip, Failure> {
    let mut trip: Trip = serde_json::from_str(&json_out(row.try_get("record")?))
        .map_err(|error| Failure::corrupt(format!("a trip: {error}")))?;
    let instant = |column| -> Result<Option<Timestamp>, sqlx::Error> {
        Ok(row.try_get::<Option<DateTime<Utc>>, _>(column)?.map(Timestamp::from))
    };
    if let Some(status) = row.try_get::<Option<&str>, _>("status")? {
        trip.status = TripStatus::from_name(status)
            .ok_or_else(|| Failure::corrupt(format!("trip {}: status {status:?}", trip.id)))?;
    }
    trip.departed_at = trip.departed_at.or(instant("departed_at")?);
    trip.arrived_at = trip.arrived_at.or(instant("arrived_at")?);
    trip.offloaded_at = trip.offloaded_at.or(instant("offloaded_at")?);
    trip.returned_at = trip.returned_at.or(instant("returned_at")?);
    Ok(trip)
}
