//! The embedded log with a wire in between that can fail.

use std::{sync::Mutex, time::Duration};

use async_trait::async_trait;
use watchtower::adapters::embedded::Embedded;
use watchtower_core::{
    domain::{
        event::Event,
        footprint::{Tile, TileId},
        live::LiveState,
        time::Timestamp,
    },
    ports::log::{
        Checkpoint, Commit, Delivery, EngineLedger, Entry, EntryId, EventLog, Family, FencingToken,
        FootprintNews, Keep, LivePicture, LogError, Meta, Partition, Partitions, Start, StreamId, Trimmed,
    },
};

/// How a wire fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wire {
    /// Not at all.
    Whole,
    /// Every call is refused.
    Cut,
    /// No call comes back.
    Silent,
}

/// The embedded log behind a wire.
pub(super) struct Wired {
    file: Embedded,
    wire: Mutex<Wire>,
}

impl Wired {
    pub(super) fn new(file: Embedded, wire: Wire) -> Self {
        Self { file, wire: Mutex::new(wire) }
    }

    pub(super) fn set(&self, wire: Wire) {
        *self.wire.lock().unwrap() = wire;
    }

    async fn check(&self) -> Result<(), LogError> {
        let wire = *self.wire.lock().unwrap();
        match wire {
            Wire::Whole => Ok(()),
            Wire::Cut => {
                Err(LogError::Unavailable { reason: "redis://secret@log: connection refused".into() })
            }
            Wire::Silent => std::future::pending().await,
        }
    }
}

#[async_trait]
impl EventLog for Wired {
    fn partitions(&self) -> Partitions {
        self.file.partitions()
    }
    async fn append(&self, events: &[(Family, Event)]) -> Result<Vec<EntryId>, LogError> {
        self.check().await?;
        self.file.append(events).await
    }
    async fn read(&self, stream: StreamId, after: EntryId, limit: usize) -> Result<Vec<Entry>, LogError> {
        self.check().await?;
        self.file.read(stream, after, limit).await
    }
    async fn newest(&self, stream: StreamId) -> Result<EntryId, LogError> {
        self.check().await?;
        self.file.newest(stream).await
    }
    async fn before(&self, stream: StreamId, at: Timestamp) -> Result<EntryId, LogError> {
        self.check().await?;
        self.file.before(stream, at).await
    }
    async fn tail(
        &self,
        cursors: &mut [(StreamId, EntryId)],
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Entry>, LogError> {
        self.check().await?;
        self.file.tail(cursors, limit, wait).await
    }
    async fn ensure_group(&self, group: &str, families: &[Family], start: Start) -> Result<(), LogError> {
        self.check().await?;
        self.file.ensure_group(group, families, start).await
    }
    async fn read_group(
        &self,
        group: &str,
        consumer: &str,
        families: &[Family],
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>, LogError> {
        self.check().await?;
        self.file.read_group(group, consumer, families, limit, wait).await
    }
    async fn claim(
        &self,
        group: &str,
        consumer: &str,
        families: &[Family],
        idle: Duration,
        limit: usize,
    ) -> Result<Vec<Delivery>, LogError> {
        self.check().await?;
        self.file.claim(group, consumer, families, idle, limit).await
    }
    async fn ack(&self, group: &str, entries: &[(StreamId, EntryId)]) -> Result<(), LogError> {
        self.check().await?;
        self.file.ack(group, entries).await
    }
    async fn trim(&self, stream: StreamId, keep: Keep) -> Result<Trimmed, LogError> {
        self.check().await?;
        self.file.trim(stream, keep).await
    }
}

#[async_trait]
impl EngineLedger for Wired {
    async fn lease(
        &self,
        partition: Partition,
        owner: &str,
        ttl: Duration,
    ) -> Result<Option<FencingToken>, LogError> {
        self.check().await?;
        self.file.lease(partition, owner, ttl).await
    }
    async fn release(&self, partition: Partition, token: FencingToken) -> Result<(), LogError> {
        self.check().await?;
        self.file.release(partition, token).await
    }
    async fn checkpoint(&self, partition: Partition) -> Result<Checkpoint, LogError> {
        self.check().await?;
        self.file.checkpoint(partition).await
    }
    async fn commit(&self, commit: Commit<'_>) -> Result<Vec<EntryId>, LogError> {
        self.check().await?;
        self.file.commit(commit).await
    }
}

#[async_trait]
impl LivePicture for Wired {
    async fn live(&self, partition: Partition) -> Result<Vec<LiveState>, LogError> {
        self.check().await?;
        self.file.live(partition).await
    }
    async fn meta(&self) -> Result<Vec<Meta>, LogError> {
        self.check().await?;
        self.file.meta().await
    }
    async fn meta_version(&self) -> Result<u64, LogError> {
        self.check().await?;
        self.file.meta_version().await
    }
    async fn put_meta(&self, records: &[Meta]) -> Result<(), LogError> {
        self.check().await?;
        self.file.put_meta(records).await
    }
    async fn remove_meta(&self, fields: &[String]) -> Result<(), LogError> {
        self.check().await?;
        self.file.remove_meta(fields).await
    }
    async fn footprint(&self, version: u64) -> Result<FootprintNews, LogError> {
        self.check().await?;
        self.file.footprint(version).await
    }
    async fn put_footprint(&self, from: u64, tiles: &[(TileId, Tile)]) -> Result<bool, LogError> {
        self.check().await?;
        self.file.put_footprint(from, tiles).await
    }
}
