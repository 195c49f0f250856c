//! The live picture and the master data beside it.

use std::sync::LazyLock;

use async_trait::async_trait;
use redis::Script;
use serde::de::DeserializeOwned;
use watchtower_core::{
    domain::{
        footprint::{Tile, TileId},
        live::LiveState,
    },
    ports::log::{FootprintNews, LivePicture, LogError, Meta, Partition},
};

use super::{RedisLog, keys};

static PUT: LazyLock<Script> =
    LazyLock::new(|| Script::new(concat!(include_str!("put.lua"), include_str!("version.lua"))));
static REMOVE: LazyLock<Script> =
    LazyLock::new(|| Script::new(concat!(include_str!("remove.lua"), include_str!("version.lua"))));
static PUT_FOOTPRINT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("footprint.lua")));
/// As many records are written by one call.
const BATCH: usize = 1_000;

#[async_trait]
impl LivePicture for RedisLog {
    async fn live(&self, partition: Partition) -> Result<Vec<LiveState>, LogError> {
        self.records(&keys::live(partition)).await
    }

    async fn meta(&self) -> Result<Vec<Meta>, LogError> {
        self.records(keys::META).await
    }

    async fn meta_version(&self) -> Result<u64, LogError> {
        let version: Option<u64> = self.link.query(redis::cmd("GET").arg(keys::META_VERSION)).await?;
        Ok(version.unwrap_or(0))
    }

    async fn put_meta(&self, records: &[Meta]) -> Result<(), LogError> {
        for batch in records.chunks(BATCH) {
            let mut put = PUT.key(keys::META);
            put.key(keys::META_VERSION);
            for record in batch {
                let json = serde_json::to_string(record).expect("a record holds nothing JSON cannot");
                put.arg(record.field()).arg(json);
            }
            self.link.script::<()>(&put).await?;
        }
        Ok(())
    }

    async fn remove_meta(&self, fields: &[String]) -> Result<(), LogError> {
        for batch in fields.chunks(BATCH) {
            let mut remove = REMOVE.key(keys::META);
            self.link.script::<()>(remove.key(keys::META_VERSION).arg(batch)).await?;
        }
        Ok(())
    }

    async fn footprint(&self, version: u64) -> Result<FootprintNews, LogError> {
        // The version first: what changes meanwhile is read twice rather than never.
        let newest: Option<u64> = self.link.query(redis::cmd("GET").arg(keys::FOOTPRINT_VERSION)).await?;
        let newest = newest.unwrap_or(0);
        let mut range = redis::cmd("ZRANGE");
        range.arg(keys::FOOTPRINT_CHANGES).arg(format!("({version}")).arg("+inf").arg("BYSCORE");
        let numbers: Vec<u32> = self.link.query(&range).await?;
        let mut tiles = Vec::with_capacity(numbers.len());
        for numbers in numbers.chunks(BATCH) {
            let mut get = redis::cmd("HMGET");
            let bytes: Vec<Option<Vec<u8>>> = self.link.query(get.arg(keys::FOOTPRINT).arg(numbers)).await?;
            for (number, bytes) in numbers.iter().zip(bytes) {
                let tile = bytes.map_or(Ok(Tile::default()), |bytes| Tile::decode(&bytes));
                let corrupt = |error| LogError::Corrupt { what: format!("{error}, number {number}") };
                tiles.push((TileId::from_number(*number), tile.map_err(corrupt)?));
            }
        }
        Ok(FootprintNews { version: newest, tiles })
    }

    async fn put_footprint(&self, from: u64, tiles: &[(TileId, Tile)]) -> Result<bool, LogError> {
        let mut put = PUT_FOOTPRINT.key(keys::FOOTPRINT);
        put.key(keys::FOOTPRINT_CHANGES).key(keys::FOOTPRINT_VERSION).arg(from);
        for (id, tile) in tiles {
            let bytes = if tile.is_empty() { Vec::new() } else { tile.encode() };
            put.arg(id.number()).arg(bytes);
        }
        self.link.script::<bool>(&put).await
    }
}

impl RedisLog {
    /// The values of a hash. One that cannot be read is left out and counted: a
    /// picture with a gap is better than none.
    async fn records<T: DeserializeOwned>(&self, key: &str) -> Result<Vec<T>, LogError> {
        let values: Vec<Vec<u8>> = self.link.query(redis::cmd("HVALS").arg(key)).await?;
        let mut unreadable = 0_u64;
        let records = values
            .iter()
            .filter_map(|json| {
                let record = serde_json::from_slice(json).ok();
                unreadable += u64::from(record.is_none());
                record
            })
            .collect();
        if unreadable > 0 {
            metrics::counter!("watchtower_log_unreadable_records_total").increment(unreadable);
            tracing::warn!(log.key = key, log.records = unreadable, "left out records that cannot be read");
        }
        Ok(records)
    }
}
