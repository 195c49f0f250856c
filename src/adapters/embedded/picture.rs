//! The live picture: the last state of every vehicle, and master data.

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use watchtower_core::{
    domain::{
        footprint::{Tile, TileId},
        id::VehicleKey,
        live::LiveState,
    },
    ports::log::{FootprintNews, LivePicture, LogError, Meta, Partition},
};

use super::{Embedded, Wakes, fault::Fault};

/// Rows in one statement.
const CHUNK: usize = 500;

/// A vehicle's state to be.
pub(super) struct Live {
    pub(super) vehicle: VehicleKey,
    pub(super) json: String,
}

/// A record as the file holds it.
pub(super) fn json<T: Serialize>(record: &T) -> String {
    serde_json::to_string(record).expect("records hold no map with non-text keys and no failing Serialize")
}

/// A record from the file.
pub(super) fn parse<T: DeserializeOwned>(what: &str, json: &str) -> Result<T, Fault> {
    // The text may hold names and phones: only the place of the fault is told.
    serde_json::from_str(json)
        .map_err(|error| Fault::corrupt(format_args!("{what}, column {} of its JSON", error.column())))
}

pub(super) async fn put_live(
    connection: &mut SqliteConnection,
    partition: Partition,
    states: &[Live],
) -> Result<(), Fault> {
    for chunk in states.chunks(CHUNK) {
        let mut upsert = QueryBuilder::<Sqlite>::new("insert into live (vehicle, partition, json) ");
        upsert.push_values(chunk, |mut values, state| {
            values.push_bind(state.vehicle.as_str()).push_bind(partition.0).push_bind(state.json.as_str());
        });
        upsert.push(" on conflict do update set partition = excluded.partition, json = excluded.json");
        upsert.build().execute(&mut *connection).await?;
    }
    Ok(())
}

async fn all<T: DeserializeOwned>(what: &str, rows: Vec<String>) -> Result<Vec<T>, Fault> {
    rows.iter().map(|row| parse(what, row)).collect()
}

/// Notes that the master data changed, when `changed` rows say so.
async fn next_version(connection: &mut SqliteConnection, changed: u64) -> Result<(), Fault> {
    if changed > 0 {
        sqlx::query("update setup set meta_version = meta_version + 1").execute(connection).await?;
    }
    Ok(())
}

/// Tiles changed after `version`, and the version of the whole.
async fn footprint_since(connection: &mut SqliteConnection, version: u64) -> Result<FootprintNews, Fault> {
    // The version first: what changes meanwhile is read twice rather than never.
    let newest: i64 =
        sqlx::query_scalar("select footprint_version from setup").fetch_one(&mut *connection).await?;
    let rows: Vec<(i64, Option<Vec<u8>>)> =
        sqlx::query_as("select tile, cells from footprint where version > ? order by tile")
            .bind(i64::try_from(version).unwrap_or(i64::MAX))
            .fetch_all(connection)
            .await?;
    let tile = |(number, cells): (i64, Option<Vec<u8>>)| {
        let corrupt = |what: &str| Fault::corrupt(format_args!("{what}, number {number}"));
        let id = u32::try_from(number).map_err(|_| corrupt("footprint tile"))?;
        let tile = cells.map_or(Ok(Tile::default()), |cells| Tile::decode(&cells));
        Ok((TileId::from_number(id), tile.map_err(|error| corrupt(&error.to_string()))?))
    };
    let tiles = rows.into_iter().map(tile).collect::<Result<_, Fault>>()?;
    Ok(FootprintNews { version: newest.unsigned_abs(), tiles })
}

/// Replaces tiles if the version is still `from`; whether it is.
async fn put_footprint(
    connection: &mut SqliteConnection,
    from: u64,
    tiles: &[(u32, Option<Vec<u8>>)],
) -> Result<bool, Fault> {
    let version: Option<i64> = sqlx::query_scalar(
        "update setup set footprint_version = footprint_version + 1
         where footprint_version = ? returning footprint_version",
    )
    .bind(i64::try_from(from).unwrap_or(i64::MAX))
    .fetch_optional(&mut *connection)
    .await?;
    let Some(version) = version else { return Ok(false) };
    for chunk in tiles.chunks(CHUNK) {
        let mut upsert = QueryBuilder::<Sqlite>::new("insert into footprint (tile, version, cells) ");
        upsert.push_values(chunk, |mut values, (number, cells)| {
            values.push_bind(i64::from(*number)).push_bind(version).push_bind(cells.as_deref());
        });
        upsert.push(" on conflict do update set version = excluded.version, cells = excluded.cells");
        upsert.build().execute(&mut *connection).await?;
    }
    Ok(true)
}

#[async_trait]
impl LivePicture for Embedded {
    async fn live(&self, partition: Partition) -> Result<Vec<LiveState>, LogError> {
        let mut connection = self.reader().await?;
        let rows = sqlx::query_scalar("select json from live where partition = ? order by vehicle")
            .bind(partition.0)
            .fetch_all(&mut *connection)
            .await;
        self.told(match rows {
            Ok(rows) => all("live state", rows).await,
            Err(error) => Err(error.into()),
        })
    }

    async fn meta(&self) -> Result<Vec<Meta>, LogError> {
        let mut connection = self.reader().await?;
        let rows =
            sqlx::query_scalar("select json from meta order by field").fetch_all(&mut *connection).await;
        self.told(match rows {
            Ok(rows) => all("master data", rows).await,
            Err(error) => Err(error.into()),
        })
    }

    async fn meta_version(&self) -> Result<u64, LogError> {
        let mut connection = self.reader().await?;
        let version = sqlx::query_scalar("select meta_version from setup").fetch_one(&mut *connection).await;
        self.told(version.map(i64::unsigned_abs).map_err(Fault::from))
    }

    async fn put_meta(&self, records: &[Meta]) -> Result<(), LogError> {
        let rows: Vec<_> = records.iter().map(|record| (record.field(), json(record))).collect();
        let put = self.transact(Wakes::Nobody, move |connection| {
            Box::pin(async move {
                let mut changed = 0;
                for chunk in rows.chunks(CHUNK) {
                    let mut upsert = QueryBuilder::<Sqlite>::new("insert into meta (field, json) ");
                    upsert.push_values(chunk, |mut values, (field, json)| {
                        values.push_bind(field.as_str()).push_bind(json.as_str());
                    });
                    upsert
                        .push(" on conflict do update set json = excluded.json where json <> excluded.json");
                    changed += upsert.build().execute(&mut *connection).await?.rows_affected();
                }
                next_version(connection, changed).await
            })
        });
        self.told(put.await)
    }

    async fn remove_meta(&self, fields: &[String]) -> Result<(), LogError> {
        let fields = json(&fields);
        let removed = self.transact(Wakes::Nobody, move |connection| {
            Box::pin(async move {
                let done = sqlx::query("delete from meta where field in (select value from json_each(?))")
                    .bind(fields)
                    .execute(&mut *connection)
                    .await?;
                next_version(connection, done.rows_affected()).await
            })
        });
        self.told(removed.await)
    }

    async fn footprint(&self, version: u64) -> Result<FootprintNews, LogError> {
        let mut connection = self.reader().await?;
        self.told(footprint_since(&mut connection, version).await)
    }

    async fn put_footprint(&self, from: u64, tiles: &[(TileId, Tile)]) -> Result<bool, LogError> {
        let cells = |tile: &Tile| (!tile.is_empty()).then(|| tile.encode());
        let tiles: Vec<_> = tiles.iter().map(|(id, tile)| (id.number(), cells(tile))).collect();
        let put = self.transact(Wakes::Nobody, move |connection| {
            Box::pin(async move { put_footprint(connection, from, &tiles).await })
        });
        self.told(put.await)
    }
}
