//! Figures of days, and how synchronisations went.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::Row;
use watchtower_core::{
    domain::units::Metres,
    ports::store::{Day, SyncStatus, TruckMetric},
};

use super::{
    Failure, PostgisStore,
    escape::{text_in, text_out},
    positions::time,
};

pub(super) async fn put_truck_metrics(store: &PostgisStore, metrics: &[TruckMetric]) -> Result<(), Failure> {
    // The later of two for one day stands.
    let newest: BTreeMap<_, _> =
        metrics.iter().map(|metric| ((metric.date, metric.vehicle.as_str()), metric)).collect();
    if newest.is_empty() {
        return Ok(());
    }
    let column = |of: fn(&TruckMetric) -> f64| newest.values().map(|metric| of(metric)).collect::<Vec<_>>();
    let counts =
        |of: fn(&TruckMetric) -> u32| newest.values().map(|metric| i64::from(of(metric))).collect::<Vec<_>>();
    let mut transaction = store.pool.begin().await?;
    store
        .sql()
        .query(
            "insert into truck_metrics (date, vehicle, distance_m, moving_s, idle_s, stopped_s, offline_s,
                                        max_speed_kmh, trips, alerts)
             select * from unnest($1::date[], $2::text[], $3::float8[], $4::float8[], $5::float8[],
                                  $6::float8[], $7::float8[], $8::float8[], $9::int8[], $10::int8[])
             on conflict (date, vehicle) do update
                set distance_m = excluded.distance_m, moving_s = excluded.moving_s,
                    idle_s = excluded.idle_s, stopped_s = excluded.stopped_s,
                    offline_s = excluded.offline_s, max_speed_kmh = excluded.max_speed_kmh,
                    trips = excluded.trips, alerts = excluded.alerts",
        )
        .bind(newest.keys().map(|key| key.0).collect::<Vec<_>>())
        .bind(newest.keys().map(|key| text_in(key.1).into_owned()).collect::<Vec<_>>())
        .bind(column(|metric| metric.distance_m.get()))
        .bind(column(|metric| metric.moving_s))
        .bind(column(|metric| metric.idle_s))
        .bind(column(|metric| metric.stopped_s))
        .bind(column(|metric| metric.offline_s))
        .bind(column(|metric| metric.max_speed_kmh))
        .bind(counts(|metric| metric.trips))
        .bind(counts(|metric| metric.alerts))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn truck_metrics(
    store: &PostgisStore,
    from: Day,
    to: Day,
) -> Result<Vec<TruckMetric>, Failure> {
    let mut reader = store.reader().await?;
    let rows = store
        .sql()
        .query(
            "select date, vehicle, distance_m, moving_s, idle_s, stopped_s, offline_s, max_speed_kmh,
                    trips, alerts
               from truck_metrics where date >= $1 and date < $2 order by date, vehicle",
        )
        .bind(from)
        .bind(to)
        .fetch_all(reader.conn())
        .await?;
    rows.iter()
        .map(|row| {
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
                trips: count("trips")?,
                alerts: count("alerts")?,
                max_speed_kmh: row.try_get("max_speed_kmh")?,
            })
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
