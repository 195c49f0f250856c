//! Figures of days, and how synchronisations went.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{Row, postgres::PgRow};
use watchtower_core::{
    domain::{id::VehicleKey, time::Timestamp, units::Metres},
    ports::{
        history::{DailyMetric, TruckMetric, Uncounted},
        store::{Day, Page, SyncStatus, Window},
    },
};

use super::{
    Failure, PostgisStore, cursor,
    escape::{text_in, text_out},
    positions::{read_key, time},
};

/// Adds the days of silence since the last fix of each vehicle.
pub(super) async fn pass_silence(store: &PostgisStore, since: Timestamp, before: Day) -> Result<(), Failure> {
    let mut transaction = store.pool.begin().await?;
    store
        .sql()
        .query(
            "insert into history_days (vehicle_id, day, revision, changes, counted)
             select m.vehicle_id, silent.day::date, 0, 0, false
               from last_positions m join sources s on s.id = m.source_id
               join lateral (select max(d.day) as day from history_days d
                              where d.vehicle_id = m.vehicle_id and d.until is not null) told on true
               join lateral generate_series(told.day + 1, $2::date - 1, interval '1 day') silent (day) on true
              where not s.event_clock and m.device_time >= $1
                and m.dirty_from is null and m.claimed_from is null
              order by m.vehicle_id, silent.day
             on conflict do nothing",
        )
        .bind(time(since))
        .bind(before)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// Days whose records have changed since they were counted.
pub(super) async fn uncounted(
    store: &PostgisStore,
    before: Day,
    limit: u32,
) -> Result<Vec<Uncounted>, Failure> {
    let mut reader = store.reader().await?;
    let rows = store
        .sql()
        .query(
            "select t.key, d.day, d.changes,
                    coalesce(d.until, (
                        select m.device_time from last_positions m
                         where m.vehicle_id = d.vehicle_id
                           and not exists (select from history_days later
                                            where later.vehicle_id = d.vehicle_id and later.day > d.day
                                              and later.until is not null))) as until,
                    not exists (select from truck_metrics m where m.date = d.day and m.vehicle = t.key)
                        as is_new
               from history_days d join trucks t on t.id = d.vehicle_id
              where not d.counted and d.day < $1 order by d.day limit $2",
        )
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(reader.conn())
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Uncounted {
                vehicle: read_key(row)?,
                day: row.try_get("day")?,
                until: row.try_get::<Option<DateTime<Utc>>, _>("until")?.map(Timestamp::from),
                changes: row.try_get("changes")?,
                is_new: row.try_get("is_new")?,
            })
        })
        .collect()
}

/// Writes metrics of the days that are still as they were when looked at.
pub(super) async fn count(store: &PostgisStore, counted: &[(Uncounted, TruckMetric)]) -> Result<(), Failure> {
    // In one order, so that two who count do not wait for each other crosswise.
    let of_day: BTreeMap<_, _> = counted
        .iter()
        .map(|(day, metric)| ((day.vehicle.as_str(), day.day), (day.changes, metric)))
        .collect();
    if of_day.is_empty() {
        return Ok(());
    }
    let metrics = || of_day.values().map(|(_, metric)| *metric);
    let column = |of: fn(&TruckMetric) -> f64| metrics().map(of).collect::<Vec<_>>();
    let counts =
        |of: fn(&TruckMetric) -> u32| metrics().map(|metric| i64::from(of(metric))).collect::<Vec<_>>();
    let mut transaction = store.pool.begin().await?;
    store
        .sql()
        .query(
            "with figures as (
                 select * from unnest($1::text[], $2::date[], $3::int8[], $4::float8[], $5::float8[],
                                      $6::float8[], $7::float8[], $8::float8[], $9::float8[], $10::int8[],
                                      $11::int8[], $12::int8[], $13::int8[], $14::int8[], $15::float8[],
                                      $16::int8[])
                   as f (key, date, changes, distance_m, moving_s, idle_s, stopped_s, offline_s,
                         max_speed_kmh, trips, departed, on_time, completed, returned, tat_s, alerts)
             ), counted as (
                 update history_days d set counted = true
                   from figures f join trucks t on t.key = f.key
                  where d.vehicle_id = t.id and d.day = f.date and d.changes = f.changes
                 returning t.key, d.day
             )
             insert into truck_metrics (date, vehicle, distance_m, moving_s, idle_s, stopped_s, offline_s,
                                        max_speed_kmh, trips, departed, on_time, completed, returned, tat_s,
                                        alerts)
             select f.date, f.key, distance_m, moving_s, idle_s, stopped_s, offline_s, max_speed_kmh, trips,
                    departed, on_time, completed, returned, tat_s, alerts
               from figures f join counted c on c.key = f.key and c.day = f.date
             on conflict (date, vehicle) do update
                set distance_m = excluded.distance_m, moving_s = excluded.moving_s,
                    idle_s = excluded.idle_s, stopped_s = excluded.stopped_s,
                    offline_s = excluded.offline_s, max_speed_kmh = excluded.max_speed_kmh,
                    trips = excluded.trips, departed = excluded.departed, on_time = excluded.on_time,
                    completed = excluded.completed, returned = excluded.returned, tat_s = excluded.tat_s,
                    alerts = excluded.alerts",
        )
        .bind(of_day.keys().map(|key| text_in(key.0).into_owned()).collect::<Vec<_>>())
        .bind(of_day.keys().map(|key| key.1).collect::<Vec<_>>())
        .bind(of_day.values().map(|value| value.0).collect::<Vec<_>>())
        .bind(column(|metric| metric.distance_m.get()))
        .bind(column(|metric| metric.moving_s))
        .bind(column(|metric| metric.idle_s))
        .bind(column(|metric| metric.stopped_s))
        .bind(column(|metric| metric.offline_s))
        .bind(column(|metric| metric.max_speed_kmh))
        .bind(counts(|metric| metric.trips))
        .bind(counts(|metric| metric.departed))
        .bind(counts(|metric| metric.on_time))
        .bind(counts(|metric| metric.completed))
        .bind(counts(|metric| metric.returned))
        .bind(column(|metric| metric.tat_s))
        .bind(counts(|metric| metric.alerts))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

fn read(row: &PgRow) -> Result<TruckMetric, Failure> {
    let count = |column: &str| -> Result<u32, Failure> {
        u32::try_from(row.try_get::<i64, _>(column)?)
            .map_err(|error| Failure::corrupt(format!("{column} of a day: {error}")))
    };
    Ok(TruckMetric {
        date: row.try_get("date")?,
        vehicle: text_out(row.try_get("vehicle")?),
        distance_m: Metres(row.try_get("distance_m")?),
        moving_s: row.try_get("moving_s")?,
        idle_s: row.try_get("idle_s")?,
        stopped_s: row.try_get("stopped_s")?,
        offline_s: row.try_get("offline_s")?,
        max_speed_kmh: row.try_get("max_speed_kmh")?,
        trips: count("trips")?,
        departed: count("departed")?,
        on_time: count("on_time")?,
        completed: count("completed")?,
        returned: count("returned")?,
        tat_s: row.try_get("tat_s")?,
        alerts: count("alerts")?,
    })
}

/// A page of days' figures by the condition an index serves.
macro_rules! page_by {
    ($condition:literal) => {
        concat!(
            "select date, vehicle, distance_m, moving_s, idle_s, stopped_s, offline_s, max_speed_kmh,
                    trips, departed, on_time, completed, returned, tat_s, alerts
               from truck_metrics
              where ",
            $condition,
            " and date >= $2 and date < $3 and ($4::date is null or (date, vehicle) > ($4, $5))
              order by date, vehicle limit $6"
        )
    };
}

pub(super) async fn truck_metrics(
    store: &PostgisStore,
    of: Option<&VehicleKey>,
    (from, to): (Day, Day),
    window: Window,
) -> Result<Page<TruckMetric>, Failure> {
    let after = cursor::Named::of('d', &window)?;
    let first = after.as_ref().map(|after| time(after.at).date_naive());
    let sql = match of {
        Some(_) => page_by!("vehicle = $1"),
        None => page_by!("$1::text is null"),
    };
    let mut reader = store.reader().await?;
    let rows = store
        .sql()
        .query(sql)
        .bind(of.map(|key| text_in(key.as_str()).into_owned()))
        .bind(first.map_or(from, |first| first.max(from)))
        .bind(to)
        .bind(first)
        .bind(after.as_ref().map(|after| text_in(&after.name).into_owned()))
        .bind(cursor::wanted(&window))
        .fetch_all(reader.conn())
        .await?;
    let items = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(cursor::cut(&window, items, |last| {
        let at = last.date.and_time(chrono::NaiveTime::MIN).and_utc().into();
        cursor::Named { at, name: last.vehicle.clone() }.cursor('d')
    }))
}

pub(super) async fn vehicle_metrics(
    store: &PostgisStore,
    from: Day,
    to: Day,
) -> Result<Vec<TruckMetric>, Failure> {
    let mut reader = store.reader().await?;
    let rows = store
        .sql()
        .query(
            "select min(date) as date, vehicle, sum(distance_m) as distance_m, sum(moving_s) as moving_s,
                    sum(idle_s) as idle_s, sum(stopped_s) as stopped_s, sum(offline_s) as offline_s,
                    max(max_speed_kmh) as max_speed_kmh, sum(trips)::int8 as trips,
                    sum(departed)::int8 as departed, sum(on_time)::int8 as on_time,
                    sum(completed)::int8 as completed, sum(returned)::int8 as returned,
                    sum(tat_s) as tat_s, sum(alerts)::int8 as alerts
               from truck_metrics where date >= $1 and date < $2 group by vehicle order by vehicle",
        )
        .bind(from)
        .bind(to)
        .fetch_all(reader.conn())
        .await?;
    rows.iter().map(read).collect()
}

pub(super) async fn daily_metrics(
    store: &PostgisStore,
    from: Day,
    to: Day,
) -> Result<Vec<DailyMetric>, Failure> {
    let mut reader = store.reader().await?;
    let rows = store
        .sql()
        .query(
            "select date, '' as vehicle, vehicles, distance_m, moving_s, idle_s, stopped_s, offline_s,
                    max_speed_kmh, trips::int8, departed::int8, on_time::int8, completed::int8,
                    returned::int8, tat_s, alerts::int8
               from daily_metrics where date >= $1 and date < $2 order by date",
        )
        .bind(from)
        .bind(to)
        .fetch_all(reader.conn())
        .await?;
    rows.iter()
        .map(|row| {
            let vehicles = u32::try_from(row.try_get::<i64, _>("vehicles")?).unwrap_or(u32::MAX);
            Ok(DailyMetric { vehicles, sum: read(row)? })
        })
        .collect()
}

pub(super) async fn put_sync_status(store: &PostgisStore, status: &SyncStatus) -> Result<(), Failure> {
    let records = i64::try_from(status.records)
        .map_err(|error| Failure::refused(format!("status of {}", status.source), error.to_string()))?;
    let mut transaction = store.pool.begin().await?;
    store
        .sql()
        .query(
            "insert into sync_status (source, at, records, error) values ($1, $2, $3, $4)
             on conflict (source) do update
                set at = excluded.at, records = excluded.records, error = excluded.error",
        )
        .bind(text_in(&status.source).as_ref())
        .bind(time(status.at))
        .bind(records)
        .bind(status.error.as_deref().map(text_in).as_deref())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn sync_statuses(store: &PostgisStore) -> Result<Vec<SyncStatus>, Failure> {
    let mut reader = store.reader().await?;
    let rows = store
        .sql()
        .query("select source, at, records, error from sync_status order by source")
        .fetch_all(reader.conn())
        .await?;
    rows.iter()
        .map(|row| {
            Ok(SyncStatus {
                source: text_out(row.try_get("source")?),
                at: row.try_get::<DateTime<Utc>, _>("at")?.into(),
                records: row.try_get::<i64, _>("records")?.unsigned_abs(),
                error: row.try_get::<Option<String>, _>("error")?.map(text_out),
            })
        })
        .collect()
}
