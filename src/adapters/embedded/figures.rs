//! Figures of days, and how synchronisations went.

use chrono::{DateTime, NaiveTime};
use sqlx::{FromRow, QueryBuilder, Sqlite, SqliteConnection};
use watchtower_core::{
    domain::{id::VehicleKey, time::Timestamp, units::Metres},
    ports::{
        history::{DailyMetric, TruckMetric, Uncounted},
        store::{Day, Page, SyncStatus, Window},
    },
};

use super::{
    fault::Fault,
    page::{self, Named},
};

/// Adds the days of silence since the last fix of each vehicle.
pub(super) async fn pass_silence(
    connection: &mut SqliteConnection,
    since: Timestamp,
    before: Day,
) -> Result<(), Fault> {
    sqlx::query(
        "with recursive silent (vehicle, day) as (
             select mark.vehicle, date(max(told.day), '+1 day')
             from history_mark mark join last_position last on last.vehicle = mark.vehicle
             join history_day told on told.vehicle = mark.vehicle and told.until is not null
             where not last.event_clock and mark.newest >= ?1
               and mark.dirty_from is null and mark.claimed_from is null
             group by mark.vehicle
             union all
             select vehicle, date(day, '+1 day') from silent where day < date(?2, '-1 day')
         )
         insert into history_day (vehicle, day, revision, changes, counted)
         select vehicle, day, 0, 0, false from silent where day < ?2
         on conflict do nothing",
    )
    .bind(since.millis())
    .bind(before.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

/// Days whose records have changed since they were counted.
pub(super) async fn uncounted(
    connection: &mut SqliteConnection,
    before: Day,
    limit: u32,
) -> Result<Vec<Uncounted>, Fault> {
    let rows: Vec<(String, String, Option<i64>, i64, bool)> = sqlx::query_as(
        "select vehicle.key, day,
                ifnull(until, (select newest from history_mark mark
                               where mark.vehicle = history_day.vehicle
                                 and not exists (select 1 from history_day later
                                                 where later.vehicle = history_day.vehicle
                                                   and later.day > history_day.day
                                                   and later.until is not null))),
                changes,
                not exists (select 1 from truck_metric m where m.date = day and m.vehicle = vehicle.key)
         from history_day join vehicle on vehicle.id = history_day.vehicle
         where counted = 0 and day < ? order by day limit ?",
    )
    .bind(before.to_string())
    .bind(limit)
    .fetch_all(connection)
    .await?;
    let uncounted = |(key, day, until, changes, is_new): (String, String, Option<i64>, i64, bool)| {
        Ok(Uncounted {
            vehicle: VehicleKey::new(&key)
                .map_err(|error| Fault::corrupt(format_args!("vehicle key: {error}")))?,
            day: day.parse().map_err(|_| Fault::corrupt(format_args!("day {day:?}")))?,
            until: until.map(Timestamp::from_millis),
            changes,
            is_new,
        })
    };
    rows.into_iter().map(uncounted).collect()
}

/// Writes metrics of the days that are still as they were when looked at.
pub(super) async fn count(
    connection: &mut SqliteConnection,
    counted: &[(Uncounted, TruckMetric)],
) -> Result<(), Fault> {
    for (day, metric) in counted {
        let done = sqlx::query(
            "update history_day set counted = true
             where vehicle = (select id from vehicle where key = ?) and day = ? and changes = ?",
        )
        .bind(day.vehicle.as_str())
        .bind(day.day.to_string())
        .bind(day.changes)
        .execute(&mut *connection)
        .await?;
        if done.rows_affected() > 0 {
            put(connection, metric).await?;
        }
    }
    Ok(())
}

async fn put(connection: &mut SqliteConnection, metric: &TruckMetric) -> Result<(), Fault> {
    sqlx::query(
        "insert or replace into truck_metric
             (date, vehicle, distance_m, moving_s, idle_s, stopped_s, offline_s, max_speed_kmh,
              trips, departed, on_time, completed, returned, tat_s, alerts)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(metric.date.to_string())
    .bind(metric.vehicle.as_str())
    .bind(metric.distance_m.get())
    .bind(metric.moving_s)
    .bind(metric.idle_s)
    .bind(metric.stopped_s)
    .bind(metric.offline_s)
    .bind(metric.max_speed_kmh)
    .bind(metric.trips)
    .bind(metric.departed)
    .bind(metric.on_time)
    .bind(metric.completed)
    .bind(metric.returned)
    .bind(metric.tat_s)
    .bind(metric.alerts)
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct Row {
    date: String,
    vehicle: String,
    distance_m: f64,
    moving_s: f64,
    idle_s: f64,
    stopped_s: f64,
    offline_s: f64,
    max_speed_kmh: f64,
    trips: u32,
    departed: u32,
    on_time: u32,
    completed: u32,
    returned: u32,
    tat_s: f64,
    alerts: u32,
}

impl TryFrom<Row> for TruckMetric {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        Ok(Self {
            date: row.date.parse().map_err(|_| Fault::corrupt(format_args!("day {:?}", row.date)))?,
            vehicle: row.vehicle,
            distance_m: Metres(row.distance_m),
            moving_s: row.moving_s,
            idle_s: row.idle_s,
            stopped_s: row.stopped_s,
            offline_s: row.offline_s,
            max_speed_kmh: row.max_speed_kmh,
            trips: row.trips,
            departed: row.departed,
            on_time: row.on_time,
            completed: row.completed,
            returned: row.returned,
            tat_s: row.tat_s,
            alerts: row.alerts,
        })
    }
}

pub(super) async fn of_days(
    connection: &mut SqliteConnection,
    of: Option<&VehicleKey>,
    (from, to): (Day, Day),
    window: &Window,
) -> Result<Page<TruckMetric>, Fault> {
    let after = Named::of(window)?;
    let first = after.as_ref().and_then(|after| DateTime::from_timestamp_millis(after.time));
    let first = first.map(|midnight| midnight.date_naive());
    let mut select = QueryBuilder::<Sqlite>::new(
        "select date, vehicle, distance_m, moving_s, idle_s, stopped_s, offline_s, max_speed_kmh,
                trips, departed, on_time, completed, returned, tat_s, alerts
         from truck_metric where date >= ",
    );
    select.push_bind(first.map_or(from, |first| first.max(from)).to_string());
    select.push(" and date < ").push_bind(to.to_string());
    if let (Some(date), Some(after)) = (first, after) {
        select.push(" and (date, vehicle) > (").push_bind(date.to_string());
        select.push(", ").push_bind(after.name).push(")");
    }
    if let Some(vehicle) = of {
        select.push(" and vehicle = ").push_bind(vehicle.as_str());
    }
    select.push(" order by date, vehicle limit ").push_bind(page::wanted(window));
    let rows: Vec<Row> = select.build_query_as().fetch_all(connection).await?;
    let items = rows.into_iter().map(TryInto::try_into).collect::<Result<Vec<TruckMetric>, _>>()?;
    Ok(page::page(items, window, |last| {
        let midnight = last.date.and_time(NaiveTime::MIN).and_utc();
        Named { time: midnight.timestamp_millis(), name: last.vehicle.clone() }.cursor()
    }))
}

pub(super) async fn by_vehicle(
    connection: &mut SqliteConnection,
    from: Day,
    to: Day,
) -> Result<Vec<TruckMetric>, Fault> {
    let rows: Vec<Row> = sqlx::query_as(
        "select min(date) as date, vehicle, sum(distance_m) as distance_m, sum(moving_s) as moving_s,
                sum(idle_s) as idle_s, sum(stopped_s) as stopped_s, sum(offline_s) as offline_s,
                max(max_speed_kmh) as max_speed_kmh, sum(trips) as trips, sum(departed) as departed,
                sum(on_time) as on_time, sum(completed) as completed, sum(returned) as returned,
                sum(tat_s) as tat_s, sum(alerts) as alerts
         from truck_metric where date >= ? and date < ? group by vehicle order by vehicle",
    )
    .bind(from.to_string())
    .bind(to.to_string())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

#[derive(FromRow)]
struct Sums {
    vehicles: u32,
    #[sqlx(flatten)]
    sum: Row,
}

pub(super) async fn by_day(
    connection: &mut SqliteConnection,
    from: Day,
    to: Day,
) -> Result<Vec<DailyMetric>, Fault> {
    let rows: Vec<Sums> = sqlx::query_as(
        "select date, '' as vehicle, count(*) as vehicles, sum(distance_m) as distance_m,
                sum(moving_s) as moving_s, sum(idle_s) as idle_s, sum(stopped_s) as stopped_s,
                sum(offline_s) as offline_s, max(max_speed_kmh) as max_speed_kmh, sum(trips) as trips,
                sum(departed) as departed, sum(on_time) as on_time, sum(completed) as completed,
                sum(returned) as returned, sum(tat_s) as tat_s, sum(alerts) as alerts
         from truck_metric where date >= ? and date < ? group by date order by date",
    )
    .bind(from.to_string())
    .bind(to.to_string())
    .fetch_all(connection)
    .await?;
    let daily = |row: Sums| Ok(DailyMetric { vehicles: row.vehicles, sum: row.sum.try_into()? });
    rows.into_iter().map(daily).collect()
}

pub(super) async fn put_sync(connection: &mut SqliteConnection, status: &SyncStatus) -> Result<(), Fault> {
    sqlx::query("insert or replace into sync_status (source, at, records, error) values (?, ?, ?, ?)")
        .bind(status.source.as_str())
        .bind(status.at.millis())
        .bind(i64::try_from(status.records).unwrap_or(i64::MAX))
        .bind(status.error.as_deref())
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn syncs(connection: &mut SqliteConnection) -> Result<Vec<SyncStatus>, Fault> {
    type Row = (String, i64, i64, Option<String>);
    let rows: Vec<Row> = sqlx::query_as("select source, at, records, error from sync_status order by source")
        .fetch_all(connection)
        .await?;
    let status = |(source, at, records, error): Row| SyncStatus {
        source,
        at: Timestamp::from_millis(at),
        records: records.unsigned_abs(),
        error,
    };
    Ok(rows.into_iter().map(status).collect())
}
