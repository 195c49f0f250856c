//! An event log in memory that can be taken down: the real ones cannot be, at
//! the moment a test wants.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::Notify;
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

#[derive(Default)]
pub(crate) struct MemoryLog {
    streams: Mutex<BTreeMap<StreamId, Vec<Event>>>,
    live: Mutex<Vec<LiveState>>,
    meta: Mutex<Vec<Meta>>,
    version: AtomicU64,
    footprint: Mutex<FootprintNews>,
    down: AtomicBool,
    grown: Notify,
}

impl MemoryLog {
    pub(crate) fn take_down(&self) {
        self.down.store(true, Ordering::SeqCst);
        self.grown.notify_waiters();
    }

    pub(crate) fn bring_up(&self) {
        self.down.store(false, Ordering::SeqCst);
    }

    pub(crate) fn set_live(&self, live: Vec<LiveState>) {
        *self.live.lock().unwrap() = live;
    }

    pub(crate) fn put(&self, family: Family, event: Event) -> EntryId {
        let stream = StreamId { partition: self.partitions().of(&event.key), family };
        let mut streams = self.streams.lock().unwrap();
        let entries = streams.entry(stream).or_default();
        entries.push(event);
        let id = EntryId { major: entries.len() as u64, minor: 0 };
        drop(streams);
        self.grown.notify_waiters();
        id
    }

    pub(crate) fn commands(&self) -> Vec<Event> {
        let streams = self.streams.lock().unwrap();
        streams
            .iter()
            .filter(|(stream, _)| stream.family == Family::Command)
            .flat_map(|(_, e)| e.clone())
            .collect()
    }

    fn check(&self) -> Result<(), LogError> {
        match self.down.load(Ordering::SeqCst) {
            true => Err(LogError::Unavailable { reason: "refused".to_owned() }),
            false => Ok(()),
        }
    }

    fn after(&self, stream: StreamId, after: EntryId, limit: usize) -> Vec<Entry> {
        let streams = self.streams.lock().unwrap();
        let entries = streams.get(&stream).map_or(&[][..], Vec::as_slice).iter().enumerate();
        entries
            .map(|(index, event)| Entry {
                stream,
                id: EntryId { major: index as u64 + 1, minor: 0 },
                event: event.clone(),
            })
            .filter(|entry| entry.id > after)
            .take(limit)
            .collect()
    }
}

#[async_trait]
impl EventLog for MemoryLog {
    fn partitions(&self) -> Partitions {
        Partitions::new(4).unwrap()
    }

    async fn append(&self, events: &[(Family, Event)]) -> Result<Vec<EntryId>, LogError> {
        self.check()?;
        Ok(events.iter().map(|(family, event)| self.put(*family, event.clone())).collect())
    }

    async fn read(&self, stream: StreamId, after: EntryId, limit: usize) -> Result<Vec<Entry>, LogError> {
        self.check()?;
        Ok(self.after(stream, after, limit))
    }

    async fn newest(&self, stream: StreamId) -> Result<EntryId, LogError> {
        self.check()?;
        let streams = self.streams.lock().unwrap();
        Ok(EntryId { major: streams.get(&stream).map_or(0, Vec::len) as u64, minor: 0 })
    }

    async fn before(&self, stream: StreamId, at: Timestamp) -> Result<EntryId, LogError> {
        self.check()?;
        let streams = self.streams.lock().unwrap();
        let older = streams.get(&stream).map_or(0, |entries| entries.partition_point(|e| e.recorded_at < at));
        Ok(EntryId { major: older as u64, minor: 0 })
    }

    async fn tail(
        &self,
        cursors: &mut [(StreamId, EntryId)],
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Entry>, LogError> {
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let grown = self.grown.notified();
            tokio::pin!(grown);
            grown.as_mut().enable();
            self.check()?;
            let mut found = Vec::new();
            for (stream, cursor) in cursors.iter_mut() {
                let entries = self.after(*stream, *cursor, limit - found.len());
                *cursor = entries.last().map_or(*cursor, |entry| entry.id);
                found.extend(entries);
            }
            if !found.is_empty() || tokio::time::timeout_at(deadline, grown).await.is_err() {
                return Ok(found);
            }
        }
    }

    async fn ensure_group(&self, _: &str, _: &[Family], _: Start) -> Result<(), LogError> {
        panic!("a dashboard holds no group")
    }

    async fn read_group(
        &self,
        _: &str,
        _: &str,
        _: &[Family],
        _: usize,
        _: Duration,
    ) -> Result<Vec<Delivery>, LogError> {
        panic!("a dashboard holds no group")
    }

    async fn claim(
        &self,
        _: &str,
        _: &str,
        _: &[Family],
        _: Duration,
        _: usize,
    ) -> Result<Vec<Delivery>, LogError> {
        panic!("a dashboard holds no group")
    }

    async fn ack(&self, _: &str, _: &[(StreamId, EntryId)]) -> Result<(), LogError> {
        panic!("a dashboard holds no group")
    }

    async fn trim(&self, _: StreamId, _: Keep) -> Result<Trimmed, LogError> {
        panic!("a dashboard trims nothing")
    }
}

#[async_trait]
impl EngineLedger for MemoryLog {
    async fn lease(&self, _: Partition, _: &str, _: Duration) -> Result<Option<FencingToken>, LogError> {
        panic!("a dashboard is no engine")
    }

    async fn release(&self, _: Partition, _: FencingToken) -> Result<(), LogError> {
        panic!("a dashboard is no engine")
    }

    async fn checkpoint(&self, _: Partition) -> Result<Checkpoint, LogError> {
        panic!("a dashboard is no engine")
    }

    async fn commit(&self, _: Commit<'_>) -> Result<Vec<EntryId>, LogError> {
        panic!("a dashboard is no engine")
    }
}

#[async_trait]
impl LivePicture for MemoryLog {
    async fn live(&self, partition: Partition) -> Result<Vec<LiveState>, LogError> {
        self.check()?;
        let live = self.live.lock().unwrap();
        let mine = |state: &&LiveState| self.partitions().of(state.vehicle.as_str()) == partition;
        Ok(live.iter().filter(mine).cloned().collect())
    }

    async fn meta(&self) -> Result<Vec<Meta>, LogError> {
        self.check()?;
        Ok(self.meta.lock().unwrap().clone())
    }

    async fn meta_version(&self) -> Result<u64, LogError> {
        self.check()?;
        Ok(self.version.load(Ordering::SeqCst))
    }

    async fn put_meta(&self, records: &[Meta]) -> Result<(), LogError> {
        self.meta.lock().unwrap().extend_from_slice(records);
        self.version.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn remove_meta(&self, _: &[String]) -> Result<(), LogError> {
        panic!("a dashboard removes nothing")
    }

    async fn footprint(&self, version: u64) -> Result<FootprintNews, LogError> {
        self.check()?;
        let all = self.footprint.lock().unwrap().clone();
        let tiles = if version < all.version { all.tiles } else { Vec::new() };
        Ok(FootprintNews { version: all.version, tiles })
    }

    async fn put_footprint(&self, from: u64, tiles: &[(TileId, Tile)]) -> Result<bool, LogError> {
        *self.footprint.lock().unwrap() = FootprintNews { version: from + 1, tiles: tiles.to_vec() };
        Ok(true)
    }
}
