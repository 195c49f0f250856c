//! Drivers and organizations.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row, postgres::PgConnection};
use uuid::Uuid;
use watchtower_core::domain::master::{Driver, Organization};

use super::{
    Failure, PostgisStore, Sql,
    escape::{json_in, json_out},
    rank::Rank,
};

/// One statement for two tables of one shape.
macro_rules! upsert {
    ($table:literal) => {
        concat!(
            "insert into ",
            $table,
            " as r (id, recorded_at, event_id, record)
             select id, recorded_at, event_id, record::json
               from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[])
                 as record (id, recorded_at, event_id, record)
             on conflict (id) do update
                set recorded_at = excluded.recorded_at, event_id = excluded.event_id, record = excluded.record
              where (excluded.recorded_at, excluded.event_id) > (r.recorded_at, r.event_id)"
        )
    };
}

pub(super) async fn write_drivers<'a>(
    connection: &mut PgConnection,
    sql: Sql,
    drivers: impl Iterator<Item = (Rank, &'a Driver)>,
) -> Result<(), Failure> {
    let records = drivers.map(|(rank, driver)| (driver.id.0, rank, driver));
    write(connection, sql, upsert!("drivers"), records).await
}

pub(super) async fn write_organizations<'a>(
    connection: &mut PgConnection,
    sql: Sql,
    organizations: impl Iterator<Item = (Rank, &'a Organization)>,
) -> Result<(), Failure> {
    let records = organizations.map(|(rank, organization)| (organization.id.0, rank, organization));
    write(connection, sql, upsert!("organizations"), records).await
}

async fn write<'a, T: Serialize + 'a>(
    connection: &mut PgConnection,
    sql: Sql,
    upsert: &'static str,
    records: impl Iterator<Item = (Uuid, Rank, &'a T)>,
) -> Result<(), Failure> {
    let mut newest: BTreeMap<Uuid, (Rank, &T)> = BTreeMap::new();
    for (id, rank, record) in records {
        match newest.get(&id) {
            Some((standing, _)) if *standing >= rank => {}
            _ => drop(newest.insert(id, (rank, record))),
        }
    }
    if newest.is_empty() {
        return Ok(());
    }
    let (mut ids, mut recorded) = (Vec::new(), Vec::<DateTime<Utc>>::new());
    let (mut event_ids, mut records) = (Vec::new(), Vec::new());
    for (id, (rank, record)) in newest {
        ids.push(id);
        recorded.push(rank.recorded_at.to_utc());
        event_ids.push(rank.id);
        let json = serde_json::to_string(record)
            .map_err(|error| Failure::refused(format!("record {id}"), error.to_string()))?;
        records.push(json_in(json));
    }
    let query = sql.query(upsert).bind(ids).bind(recorded).bind(event_ids).bind(records);
    query.execute(&mut *connection).await?;
    Ok(())
}

pub(super) async fn drivers(store: &PostgisStore) -> Result<Vec<Driver>, Failure> {
    all(store, "select record::text as record from drivers order by id").await
}

pub(super) async fn organizations(store: &PostgisStore) -> Result<Vec<Organization>, Failure> {
    all(store, "select record::text as record from organizations order by id").await
}

async fn all<T: DeserializeOwned>(store: &PostgisStore, sql: &'static str) -> Result<Vec<T>, Failure> {
    let mut reader = store.reader().await?;
    let rows = store.sql().query(sql).fetch_all(reader.conn()).await?;
    rows.iter()
        .map(|row| {
            serde_json::from_str(&json_out(row.try_get("record")?))
                .map_err(|error| Failure::corrupt(format!("a record: {error}")))
        })
        .collect()
}
