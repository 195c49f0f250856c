//! Retention: old days are detached while others write, then dropped.

use std::time::Duration;

use chrono::{DateTime, Days, Months, NaiveDate, Utc};
use sqlx::{AssertSqlSafe, Row};
use watchtower_core::{
    domain::time::Timestamp,
    ports::{history::HistoryAge, store::Day},
};

use super::{
    Failure, PostgisStore,
    partitions::{self, Tree},
};

/// Keys of vehicles whose last source carries its own time.
macro_rules! replayed {
    () => {
        "(select t.key from trucks t join last_positions l on l.vehicle_id = t.id
            join sources s on s.id = l.source_id where s.event_clock)"
    };
}

/// Drops days of positions that are older than `age` as a whole.
pub(super) async fn retain(store: &PostgisStore, now: Timestamp, age: Duration) -> Result<Vec<Day>, Failure> {
    let oldest_kept = now.minus(age).to_utc().date_naive();
    let mut gone = Vec::new();
    for first in old(store, Tree::Positions, oldest_kept).await? {
        let went = match claim(store, Tree::Positions, first).await? {
            true => drop_partition(store, Tree::Positions, first).await.map(|()| true)?,
            false => delete_wall_clock_rows(store, first).await? > 0,
        };
        if went {
            gone.push(first);
        }
    }
    if !gone.is_empty() {
        tracing::info!(store.days = gone.len(), "old days dropped");
    }
    Ok(gone)
}

/// Drops days of requests as they were sent that are older than `age`.
pub(super) async fn retain_requests(
    store: &PostgisStore,
    now: Timestamp,
    age: Duration,
) -> Result<(), Failure> {
    let oldest_kept = now.minus(age).to_utc().date_naive();
    for first in old(store, Tree::Raw, oldest_kept).await? {
        if claim(store, Tree::Raw, first).await? {
            drop_partition(store, Tree::Raw, first).await?;
        }
    }
    Ok(())
}

/// Lets go of what is told, each thing when it is older than its age; what vehicles of
/// sources that carry their own time did stays. Alerts, trips and metrics are few and
/// go row by row, the records of visits, stops and drives by month.
pub(super) async fn retain_history(
    store: &PostgisStore,
    now: Timestamp,
    age: HistoryAge,
) -> Result<(), Failure> {
    let oldest = |age: Duration| now.minus(age).to_utc().date_naive();
    // Months that are older as a whole.
    let months_before = |day: NaiveDate| {
        day.checked_sub_months(Months::new(1)).and_then(|day| day.succ_opt()).unwrap_or_default()
    };
    for first in old(store, Tree::History, months_before(oldest(age.trips))).await? {
        if claim(store, Tree::History, first).await? {
            drop_partition(store, Tree::History, first).await?;
        }
    }
    for first in old(store, Tree::Audit, months_before(oldest(age.audit()))).await? {
        match must_stay(store, first, oldest(age.audit())).await? {
            true => thin_out(store, first, oldest(age.audit())).await?,
            false if claim(store, Tree::Audit, first).await? => {
                drop_partition(store, Tree::Audit, first).await?;
            }
            false => {}
        }
    }
    let steps = [
        (age.alerts, concat!("delete from alerts where started_at < $1 and vehicle not in ", replayed!())),
        (
            age.trips,
            concat!("delete from trips where scheduled_departure < $1 and vehicle not in ", replayed!()),
        ),
        (age.metrics, concat!("delete from truck_metrics where date < $1 and vehicle not in ", replayed!())),
        (
            age.metrics.max(age.trips),
            concat!(
                "delete from history_days where day < $1
                    and vehicle_id not in (select id from trucks where key in ",
                replayed!(),
                ")"
            ),
        ),
        (
            // Nothing is told again from before the fixes; only the last is gone on from.
            age.positions,
            "update history_days d set until = null, state = null
              where until < $1 and day < $1
                and exists (select from history_days l where l.vehicle_id = d.vehicle_id and l.until > d.until)",
        ),
    ];
    for (age, step) in steps {
        let mut transaction = store.pool.begin().await?;
        let before = oldest(age).and_time(chrono::NaiveTime::MIN).and_utc();
        store.sql().query(step).bind(before).execute(&mut *transaction).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Events of a month, `$1` ≤ ts < `$2`, that are told from as long as anything is: what
/// vehicles of sources with a clock of their own did, and of each fence the last change
/// before `$3`, which says what it was when the rest begins.
macro_rules! told_from {
    () => {
        concat!(
            "(e.key in ",
            replayed!(),
            " or (e.type in ('geofence.updated', 'geofence.removed')
                  and not exists (select from events_audit later
                                   where later.key = e.key and later.ts < $3
                                     and later.type in ('geofence.updated', 'geofence.removed')
                                     and (later.ts, later.id) > (e.ts, e.id))))"
        )
    };
}

async fn must_stay(store: &PostgisStore, month: NaiveDate, before: NaiveDate) -> Result<bool, Failure> {
    let (from, to, before) = of_month(month, before);
    let mut reader = store.reader().await?;
    let row = store
        .sql()
        .query(concat!(
            "select exists (select from events_audit e where e.ts >= $1 and e.ts < $2 and ",
            told_from!(),
            ")"
        ))
        .bind(from)
        .bind(to)
        .bind(before)
        .fetch_one(reader.conn())
        .await?;
    Ok(row.try_get(0)?)
}

/// From a month that cannot go whole, what need not stay. Once it is, there is little to
/// look through.
async fn thin_out(store: &PostgisStore, month: NaiveDate, before: NaiveDate) -> Result<(), Failure> {
    let (from, to, before) = of_month(month, before);
    let mut transaction = store.pool.begin().await?;
    store
        .sql()
        .query(concat!("delete from events_audit e where e.ts >= $1 and e.ts < $2 and not ", told_from!()))
        .bind(from)
        .bind(to)
        .bind(before)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

fn of_month(first: NaiveDate, before: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>, DateTime<Utc>) {
    let midnight = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc();
    (midnight(first), midnight(first + Months::new(1)), midnight(before))
}

/// Partitions with something to lose, and those a killed process left half gone.
async fn old(store: &PostgisStore, tree: Tree, oldest_kept: NaiveDate) -> Result<Vec<NaiveDate>, Failure> {
    let mut reader = store.reader().await?;
    let rows = store
        .sql()
        .query(
            "select first_day from partitions
              where tree = $1 and (dropping or (first_day < $2 and (wall or not event_clock)))
              order by first_day",
        )
        .bind(tree.table())
        .bind(oldest_kept)
        .fetch_all(reader.conn())
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Marks a partition for dropping; not one that holds event-clock data. From
/// here on no writer trusts it.
async fn claim(store: &PostgisStore, tree: Tree, first: NaiveDate) -> Result<bool, Failure> {
    let mut transaction = store.pool.begin().await?;
    let claimed = store
        .sql()
        .query(
            "update partitions set dropping = true
              where tree = $1 and first_day = $2 and (dropping or not event_clock)",
        )
        .bind(tree.table())
        .bind(first)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
    transaction.commit().await?;
    Ok(claimed > 0)
}

/// Detaches and drops a partition marked for it, from wherever an earlier try
/// was broken off. Waits for readers of before; writers do not wait for it.
pub(super) async fn drop_partition(
    store: &PostgisStore,
    tree: Tree,
    first: NaiveDate,
) -> Result<(), Failure> {
    // Two at once would disturb each other: this transaction only holds the
    // lock, because `detach … concurrently` cannot run inside of one.
    let mut guard = store.pool.begin().await?;
    let (class, key) = partitions::lock_key(tree, first);
    store
        .sql()
        .query("select pg_advisory_xact_lock($1, $2)")
        .bind(class)
        .bind(key)
        .execute(&mut *guard)
        .await?;
    let (table, partition) = (tree.table(), tree.partition(first));
    let row = store
        .sql()
        .query(
            "select i.inhdetachpending as pending
               from partitions p left join pg_inherits i on i.inhrelid = to_regclass($3)
              where p.tree = $1 and p.first_day = $2 and p.dropping",
        )
        .bind(table)
        .bind(first)
        .bind(&partition)
        .fetch_optional(&mut *guard)
        .await?;
    // Somebody else was faster.
    let Some(row) = row else { return Ok(()) };
    let how = match row.try_get::<Option<bool>, _>("pending")? {
        None => None,
        Some(false) => Some("concurrently"),
        Some(true) => Some("finalize"),
    };
    if let Some(how) = how {
        let detach = format!("alter table {table} detach partition {partition} {how}");
        sqlx::raw_sql(AssertSqlSafe(detach)).execute(&store.pool).await?;
    }
    // Names and dates only.
    sqlx::raw_sql(AssertSqlSafe(format!("drop table if exists {partition}"))).execute(&mut *guard).await?;
    store
        .sql()
        .query("delete from partitions where tree = $1 and first_day = $2")
        .bind(table)
        .bind(first)
        .execute(&mut *guard)
        .await?;
    guard.commit().await?;
    store.partitions.forget();
    tracing::info!(store.partition = %partition, "partition dropped");
    Ok(())
}

/// From a day that a replay shares, only the rows of wall-clock sources. Rare,
/// and therefore allowed to cost a scan of that day each time.
async fn delete_wall_clock_rows(store: &PostgisStore, day: NaiveDate) -> Result<u64, Failure> {
    let from = day.and_time(chrono::NaiveTime::MIN).and_utc();
    let mut transaction = store.pool.begin().await?;
    let deleted = store
        .sql()
        .query(
            "delete from positions p using sources s
              where s.id = p.source_id and not s.event_clock
                and p.device_time >= $1 and p.device_time < $2",
        )
        .bind(from)
        .bind(from + Days::new(1))
        .execute(&mut *transaction)
        .await?
        .rows_affected();
    transaction.commit().await?;
    Ok(deleted)
}
