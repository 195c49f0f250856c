//! Redis Streams: the log that scales, on one server or a cluster.
//!
//! Owns the keys `watchtower:*` and everything said to Redis. Commands travel on
//! one shared connection that mends itself (`link`); reads that wait have
//! connections of their own (`waiting`), since a blocked read holds up whatever
//! is queued behind it, and since a response time-out would abandon it with a
//! message in hand. What must be atomic is a Lua script in one slot.
//!
//! In a cluster nothing blocks: a read is one call a partition, repeated until
//! the wait is over, so entries are seen up to 50 ms after they are appended.

mod append;
mod claim;
mod entry;
mod error;
mod groups;
mod keys;
mod ledger;
mod link;
mod options;
mod picture;
mod reader;
mod trim;
mod waiting;

use std::time::Duration;

use async_trait::async_trait;
use watchtower_core::{
    domain::{event::Event, time::Timestamp},
    ports::log::{
        Delivery, Entry, EntryId, EventLog, Family, Keep, LogError, Partitions, Start, StreamId, Trimmed,
    },
};

pub use options::RedisOptions;

use entry::Unreadable;
use groups::Consumers;
use link::Link;

/// An event log on Redis.
pub struct RedisLog {
    link: Link,
    partitions: Partitions,
    unreadable: Unreadable,
    consumers: Consumers,
}

impl RedisLog {
    /// Connects, checks the server's version and the number of partitions, and
    /// notes the latter when the log is new.
    ///
    /// From then on lost connections are made again by themselves; calls made
    /// meanwhile fail with [`LogError::Unavailable`].
    pub async fn connect(options: RedisOptions) -> Result<Self, LogError> {
        let link = Link::connect(&options).await?;
        let log = Self {
            link,
            partitions: options.partitions,
            unreadable: Unreadable::default(),
            consumers: Consumers::default(),
        };
        log.check_partitions().await?;
        Ok(log)
    }

    async fn check_partitions(&self) -> Result<(), LogError> {
        let expected = self.partitions.count();
        let mut set = redis::cmd("SET");
        self.link.query::<()>(set.arg(keys::PARTITIONS).arg(expected).arg("NX")).await?;
        let found: u16 = self.link.query(redis::cmd("GET").arg(keys::PARTITIONS)).await?;
        if found != expected {
            return Err(LogError::Partitions { found, expected });
        }
        Ok(())
    }

    /// The streams of `families` in every partition.
    fn streams(&self, families: &[Family]) -> Vec<StreamId> {
        self.partitions
            .all()
            .flat_map(|partition| families.iter().map(move |family| StreamId { partition, family: *family }))
            .collect()
    }
}

#[async_trait]
impl EventLog for RedisLog {
    fn partitions(&self) -> Partitions {
        self.partitions
    }

    async fn append(&self, events: &[(Family, Event)]) -> Result<Vec<EntryId>, LogError> {
        self.append_events(events).await
    }

    async fn read(&self, stream: StreamId, after: EntryId, limit: usize) -> Result<Vec<Entry>, LogError> {
        self.read_range(stream, after, limit).await
    }

    async fn newest(&self, stream: StreamId) -> Result<EntryId, LogError> {
        self.newest_id(stream).await
    }

    async fn before(&self, _stream: StreamId, at: Timestamp) -> Result<EntryId, LogError> {
        // The server dates entries itself, by its own clock.
        Ok(match u64::try_from(at.millis()) {
            Ok(millis @ 1..) => EntryId { major: millis - 1, minor: u64::MAX },
            _ => EntryId::ZERO,
        })
    }

    async fn tail(
        &self,
        cursors: &mut [(StreamId, EntryId)],
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Entry>, LogError> {
        self.tail_streams(cursors, limit, wait).await
    }

    async fn ensure_group(&self, group: &str, families: &[Family], start: Start) -> Result<(), LogError> {
        self.create_group(group, &self.streams(families), start).await
    }

    async fn read_group(
        &self,
        group: &str,
        consumer: &str,
        families: &[Family],
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>, LogError> {
        self.read_as(group, consumer, &self.streams(families), limit, wait).await
    }

    async fn claim(
        &self,
        group: &str,
        consumer: &str,
        families: &[Family],
        idle: Duration,
        limit: usize,
    ) -> Result<Vec<Delivery>, LogError> {
        self.claim_as(group, consumer, &self.streams(families), idle, limit).await
    }

    async fn ack(&self, group: &str, entries: &[(StreamId, EntryId)]) -> Result<(), LogError> {
        self.acknowledge(group, entries).await
    }

    async fn trim(&self, stream: StreamId, keep: Keep) -> Result<Trimmed, LogError> {
        self.trim_stream(stream, keep).await
    }
}
