//! Figures of days, and how synchronisations went.

use sqlx::{FromRow, SqliteConnection};
use watchtower_core::{
    domain::{time::Timestamp, units::Metres},
    ports::store::{Day, SyncStatus, TruckMetric},
};

use super::fault::Fault;

pub(super) async fn put(connection: &mut SqliteConnection, metrics: &[TruckMetric]) -> Result<(), Fault> {
    for metric in metrics {
        sqlx::query(
            "insert or replace into truck_metric
                 (date, vehicle, distance_m, moving_s, idle_s, stopped_s, offline_s, trips, alerts,
                  max_speed_kmh)
             values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(metric.date.to_string())
        .bind(metric.vehicle.as_str())
        .bind(metric.distance_m.get())
        .bind(metric.moving_s)
        .bind(metric.idle_s)
        .bind(metric.stopped_s)
        .bind(metric.offline_s)
        .bind(metric.trips)
        .bind(metric.alerts)
        .bind(metric.max_speed_kmh)
        .execute(&mut *connection)
        .await?;
    }
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
    trips: u32,
    alerts: u32,
    max_speed_kmh: f64,
}

pub(super) async fn of_days(
    connection: &mut SqliteConnection,
    from: Day,
    to: Day,
) -> Result<Vec<TruckMetric>, Fault> {
    let rows: Vec<Row> = sqlx::query_as(
        "select date, vehicle, distance_m, moving_s, idle_s, stopped_s, offline_s, trips, alerts,
                max_speed_kmh
         from truck_metric where date >= ? and date < ? order by date, vehicle",
    )
    .bind(from.to_string())
    .bind(to.to_string())
    .fetch_all(connection)
    .await?;
    let metric = |row: Row| {
        Ok(TruckMetric {
            date: row.date.parse().map_err(|_| Fault::corrupt(format_args!("day {:?}", row.date)))?,
            vehicle: row.vehicle,
            distance_m: Metres(row.distance_m),
            moving_s: row.moving_s,
            idle_s: row.idle_s,
            stopped_s: row.stopped_s,
            offline_s: row.offline_s,
            trips: row.trips,
            alerts: row.alerts,
            max_speed_kmh: row.max_speed_kmh,
        })
    };
    rows.into_iter().map(metric).collect()
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
