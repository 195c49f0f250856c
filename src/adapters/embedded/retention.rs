//! Letting go of old days (UTC), each as a whole and in bites, so that appends
//! need not wait long.

use std::time::Duration;

use chrono::DateTime;
use sqlx::SqliteConnection;
use watchtower_core::{
    domain::time::Timestamp,
    ports::{history::HistoryAge, store::Day},
};

use super::{Embedded, Wakes, fault::Fault};

const DAY_MS: i64 = 86_400_000;
/// Rows removed in one transaction.
const BITE: i64 = 5_000;

/// The beginning of the first day kept, in milliseconds.
fn first_kept(now: Timestamp, age: Duration) -> i64 {
    now.minus(age).millis().div_euclid(DAY_MS) * DAY_MS
}

/// Removes positions of wall-clock sources of the days that ended `age` ago or
/// earlier; returns the days that held such positions.
pub(super) async fn retain(store: &Embedded, now: Timestamp, age: Duration) -> Result<Vec<Day>, Fault> {
    let days: Vec<i64> = sqlx::query_scalar(
        "select distinct device_time / ?1 from position
         where event_clock = 0 and device_time < ?2 order by 1",
    )
    .bind(DAY_MS)
    .bind(first_kept(now, age))
    .fetch_all(&mut *store.reader().await?)
    .await?;
    for day in &days {
        let (from, to) = (day * DAY_MS, (day + 1) * DAY_MS);
        let positions = "delete from position where (vehicle, device_time) in (
                 select vehicle, device_time from position
                 where event_clock = 0 and device_time >= ? and device_time < ? limit ?
             )";
        remove(store, positions, from, to).await?;
    }
    let date = |day: &i64| DateTime::from_timestamp_millis(day * DAY_MS).map(|at| at.date_naive());
    Ok(days.iter().filter_map(date).collect())
}

/// Removes requests as they were sent of the days that ended `age` ago or earlier.
pub(super) async fn retain_requests(store: &Embedded, now: Timestamp, age: Duration) -> Result<(), Fault> {
    let requests = "delete from event where id in (
             select id from event where type = 'webhook.received' and ts >= ? and ts < ? limit ?
         )";
    remove(store, requests, 0, first_kept(now, age)).await
}

/// Keys of vehicles whose last source carries its own time.
macro_rules! replayed {
    () => {
        "(select key from vehicle join last_position last on last.vehicle = vehicle.id where last.event_clock)"
    };
}

/// Removes what is told, each thing when it is older than its age; what vehicles of
/// sources that carry their own time did stays.
pub(super) async fn retain_history(store: &Embedded, now: Timestamp, age: HistoryAge) -> Result<(), Fault> {
    let (alerts, trips) = (first_kept(now, age.alerts), first_kept(now, age.trips));
    let (positions, metrics) = (first_kept(now, age.positions), first_kept(now, age.metrics));
    let steps = [
        (
            alerts,
            concat!(
                "delete from alert where id in (select id from alert where started_at >= ? and started_at < ?
                   and vehicle not in ",
                replayed!(),
                " limit ?)"
            ),
        ),
        (
            trips,
            concat!(
                "delete from trip where id in (select id from trip
                   where scheduled_departure >= ? and scheduled_departure < ? and json is not null
                     and json_extract(json, '$.vehicle') not in ",
                replayed!(),
                " limit ?)"
            ),
        ),
        (
            trips,
            "delete from history where id in (select id from history where started_at >= ? and started_at < ?
               and vehicle not in (select vehicle from last_position where event_clock) limit ?)",
        ),
        (
            metrics,
            concat!(
                "delete from truck_metric where (date, vehicle) in (select date, vehicle from truck_metric
                   where unixepoch(date) * 1000 >= ? and unixepoch(date) * 1000 < ? and vehicle not in ",
                replayed!(),
                " limit ?)"
            ),
        ),
        (
            metrics.min(trips),
            "delete from history_day where (vehicle, day) in (select vehicle, day from history_day
               where unixepoch(day) * 1000 >= ? and unixepoch(day) * 1000 < ?
                 and vehicle not in (select vehicle from last_position where event_clock) limit ?)",
        ),
        (
            // Nothing is told again from before the fixes; only the last is gone on from.
            positions,
            "update history_day set until = null, state = null
              where (vehicle, day) in (select vehicle, day from history_day old where until >= ? and until < ?
                and exists (select 1 from history_day later
                            where later.vehicle = old.vehicle and later.until > old.until)
                and vehicle not in (select vehicle from last_position where event_clock) limit ?)",
        ),
    ];
    for (to, delete) in steps {
        remove(store, delete, 0, to).await?;
    }
    remove(store, AUDIT, 0, first_kept(now, age.audit())).await
}

/// Of each fence the last change stays: it says what the fence was when the rest begins.
const AUDIT: &str = concat!(
    "delete from event where id in (select id from event old where ts >= ?1 and ts < ?2
         and type <> 'webhook.received' and key not in ",
    replayed!(),
    "
         and not (type in ('geofence.updated', 'geofence.removed')
             and not exists (select 1 from event later
                             where later.key = old.key and later.ts < ?2
                               and later.type in ('geofence.updated', 'geofence.removed')
                               and (later.ts, later.id) > (old.ts, old.id)))
         limit ?3)"
);

/// Runs `delete` (from, to, at most) until nothing is left to remove.
async fn remove(store: &Embedded, delete: &'static str, from: i64, to: i64) -> Result<(), Fault> {
    let mut removed = BITE.unsigned_abs();
    while removed == BITE.unsigned_abs() {
        removed = store
            .transact(Wakes::Nobody, move |connection: &mut SqliteConnection| {
                Box::pin(async move {
                    let done = sqlx::query(delete).bind(from).bind(to).bind(BITE).execute(connection).await?;
                    Ok(done.rows_affected())
                })
            })
            .await?;
    }
    Ok(())
}
