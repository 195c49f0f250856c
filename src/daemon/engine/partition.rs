//! One leased partition: its engine, its progress, and what is not committed yet.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::time::Instant;
use tracing::warn;
use watchtower_core::{
    domain::{event::Event, id::VehicleKey, lane::Lanes},
    engine::{Engine, FenceSet, Groups, Output, Rules},
    ports::log::{
        Commit, Entry, EntryId, Family, FencingToken, Log, LogError, Partition, Progress, StreamId,
    },
};

/// Between snapshots of the engine's state.
const SNAPSHOT: Duration = Duration::from_secs(30);
/// Input without output is committed this late at most: stepping it again
/// after a crash costs nothing but time.
const QUIET_COMMIT: Duration = Duration::from_secs(5);
/// Entries read at once while catching up with a checkpoint.
const CATCH_UP: usize = 5_000;

/// Whether a commit carries a snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Snapshot {
    /// Even if the last one is young.
    Now,
    /// When the last one is old.
    WhenDue,
}

/// A partition under lease.
#[derive(Debug)]
pub(super) struct Held {
    engine: Engine,
    partition: Partition,
    token: FencingToken,
    committed: Progress,
    reached: Progress,
    events: Vec<Event>,
    touched: BTreeSet<VehicleKey>,
    output: Output,
    committed_at: Instant,
    snapshot_at: Instant,
    /// The next commit carries a snapshot, whatever the age of the last.
    wants_snapshot: bool,
}

impl Held {
    /// Loads the last snapshot and steps what was committed since, discarding
    /// the output: it is in the log already.
    pub(super) async fn take_over(
        log: &dyn Log,
        partition: Partition,
        token: FencingToken,
        rules: Arc<Rules>,
        (fences, groups, lanes): (Arc<FenceSet>, Arc<Groups>, Arc<Lanes>),
    ) -> Result<Self, LogError> {
        let checkpoint = log.checkpoint(partition).await?;
        let (start, mut engine) = match &checkpoint.snapshot {
            Some((progress, bytes)) => match Engine::restore(rules.clone(), fences.clone(), bytes) {
                Ok(engine) => (*progress, engine),
                Err(error) => {
                    // Its inputs may be trimmed: the state is rebuilt from what
                    // comes, and committed progress still guards the log.
                    warn!(partition = partition.0, %error, "engine starts without its snapshot");
                    (checkpoint.progress, Engine::new(rules, fences))
                }
            },
            None => (Progress::default(), Engine::new(rules, fences)),
        };
        engine.set_groups(groups);
        engine.set_lanes(lanes);
        let mut held = Self {
            engine,
            partition,
            token,
            committed: checkpoint.progress,
            reached: start,
            events: Vec::new(),
            touched: BTreeSet::new(),
            output: Output::default(),
            committed_at: Instant::now(),
            snapshot_at: Instant::now(),
            wants_snapshot: false,
        };
        if held.catch_up(log).await? {
            // Not to be done again, should this engine die young, too.
            held.commit(log, Snapshot::Now).await?;
        }
        Ok(held)
    }

    /// Whether there was anything to catch up with.
    async fn catch_up(&mut self, log: &dyn Log) -> Result<bool, LogError> {
        let behind = self.reached != self.committed;
        // Commands and fixes are interleaved by arrival, which two reads cannot
        // tell; a command's effect is one event of its own, committed already.
        for family in [Family::Position, Family::Command] {
            let goal = cursor_of(&self.committed, family);
            let mut at = cursor_of(&self.reached, family);
            let stream = StreamId { partition: self.partition, family };
            while at < goal {
                let entries = log.read(stream, at, CATCH_UP).await?;
                let Some(last) = entries.last() else { break };
                at = last.id;
                for entry in entries.iter().take_while(|entry| entry.id <= goal) {
                    self.output.clear();
                    self.engine.step(&entry.event, &mut self.output);
                }
            }
        }
        self.reached = self.committed;
        Ok(behind)
    }

    /// Takes other fences. Inputs stepped with them are not stepped again over a
    /// state from before: what they said then was said by the old fences.
    pub(super) fn set_fences(&mut self, fences: Arc<FenceSet>) {
        self.engine.set_fences(fences);
        self.wants_snapshot = true;
    }

    /// Takes the groups vehicles are in.
    pub(super) fn set_groups(&mut self, groups: Arc<Groups>) {
        self.engine.set_groups(groups);
        self.wants_snapshot = true;
    }

    /// Takes what past trips say. Only the live picture shows it.
    pub(super) fn set_lanes(&mut self, lanes: Arc<Lanes>) {
        self.engine.set_lanes(lanes);
    }

    pub(super) const fn partition(&self) -> Partition {
        self.partition
    }

    pub(super) const fn token(&self) -> FencingToken {
        self.token
    }

    pub(super) fn cursors(&self) -> [(StreamId, EntryId); 2] {
        [Family::Position, Family::Command]
            .map(|family| (StreamId { partition: self.partition, family }, cursor_of(&self.reached, family)))
    }

    pub(super) fn step(&mut self, entry: &Entry) {
        self.output.clear();
        self.engine.step(&entry.event, &mut self.output);
        self.events.append(&mut self.output.events);
        self.touched.extend(self.output.touched.drain(..));
    }

    pub(super) fn advance(&mut self, family: Family, cursor: EntryId) {
        match family {
            Family::Position => self.reached.position = cursor,
            Family::Command => self.reached.command = cursor,
            Family::Raw | Family::Event | Family::DeadLetter => {}
        }
    }

    /// Whether there is something to commit now.
    pub(super) fn is_due(&self) -> bool {
        let produced = !self.events.is_empty() || !self.touched.is_empty();
        let moved = self.reached != self.committed;
        produced || (moved && (self.wants_snapshot || self.committed_at.elapsed() >= QUIET_COMMIT))
    }

    pub(super) async fn commit(&mut self, log: &dyn Log, snapshot: Snapshot) -> Result<(), LogError> {
        let wants_snapshot =
            snapshot == Snapshot::Now || self.wants_snapshot || self.snapshot_at.elapsed() >= SNAPSHOT;
        let bytes = wants_snapshot.then(|| self.engine.snapshot());
        let live: Vec<_> = self.touched.iter().filter_map(|vehicle| self.engine.live(vehicle)).collect();
        let commit = Commit {
            partition: self.partition,
            token: self.token,
            from: self.committed,
            to: self.reached,
            events: &self.events,
            live: &live,
            snapshot: bytes.as_deref(),
        };
        match log.commit(commit).await {
            Ok(_) => {}
            // An answer that was lost on its way: the first attempt went through.
            Err(LogError::OutOfStep { found, .. }) if found == self.reached => {}
            Err(error) => return Err(error),
        }
        metrics::counter!("watchtower_engine_events_total").increment(self.events.len() as u64);
        self.committed = self.reached;
        self.committed_at = Instant::now();
        if wants_snapshot {
            self.snapshot_at = Instant::now();
            self.wants_snapshot = false;
        }
        self.events.clear();
        self.touched.clear();
        Ok(())
    }
}

const fn cursor_of(progress: &Progress, family: Family) -> EntryId {
    match family {
        Family::Command => progress.command,
        Family::Raw | Family::Position | Family::Event | Family::DeadLetter => progress.position,
    }
}
