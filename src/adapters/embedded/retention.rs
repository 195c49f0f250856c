//! Letting go of old days (UTC), each as a whole and in bites, so that appends
//! need not wait long.

use std::time::Duration;

use chrono::DateTime;
use sqlx::SqliteConnection;
use watchtower_core::{domain::time::Timestamp, ports::store::Day};

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
