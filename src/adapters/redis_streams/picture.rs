//! The live picture and the master data beside it.

use std::sync::LazyLock;

use async_trait::async_trait;
use redis::Script;
use serde::de::DeserializeOwned;
use watchtower_core::{
    domain::live::LiveState,
    ports::log::{LivePicture, LogError, Meta, Partition},
};

use super::{RedisLog, keys};

static PUT: LazyLock<Script> =
    LazyLock::new(|| Script::new(concat!(include_str!("put.lua"), include_str!("version.lua"))));
static REMOVE: LazyLock<Script> =
    LazyLock::new(|| Script::new(concat!(include_str!("remove.lua"), include_str!("version.lua"))));
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
