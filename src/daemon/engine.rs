//! The engine service: leases partitions, steps the fleet engine over their
//! input and commits what follows, atomically and exactly once.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    convert::Infallible,
    sync::Arc,
    time::Duration,
};

use futures::future::join_all;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};
use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::Tick, geofence::Geofence, id::CorrelationId, lane::Lanes, position::Clock, time::Timestamp,
    },
    engine::{FenceSet, Groups, Rules},
    ports::log::{EntryId, FencingToken, Log, LogError, Meta, Partition, StreamId},
};

mod partition;
use super::ticks::ticks;
use partition::Held;

/// How long a lease lasts without being renewed: the time a partition rests
/// after its engine died.
const LEASE: Duration = Duration::from_secs(8);
/// Between renewals, and attempts at free partitions.
const RENEW: Duration = Duration::from_secs(3);
/// Between ticks of the wall clock written into the log.
const TICK: Duration = Duration::from_secs(10);
/// Between looks at whether the fences changed.
const FENCE_CHECK: Duration = Duration::from_secs(2);
/// How long a read waits for input.
const WAIT: Duration = Duration::from_millis(500);
/// Entries taken in one round, over all partitions.
const ROUND: usize = 2_000;

/// The engine service of one process.
pub struct EngineService {
    log: Arc<dyn Log>,
    rules: Arc<Rules>,
    owner: String,
    clock: fn() -> Timestamp,
}

impl EngineService {
    /// An engine under the name `owner`, unique among processes.
    pub fn new(log: Arc<dyn Log>, rules: Arc<Rules>, owner: String, clock: fn() -> Timestamp) -> Self {
        Self { log, rules, owner, clock }
    }

    /// Runs until `stop`; leases are given back on the way out.
    pub async fn run(&self, stop: CancellationToken) -> Result<(), LogError> {
        let mut round = Round {
            service: self,
            fences: Arc::new(FenceSet::default()),
            groups: Arc::default(),
            lanes: Arc::default(),
            known_fences: Vec::new(),
            fences_version: None,
            held: BTreeMap::new(),
        };
        let outcome = round.turn(&stop).await;
        // The others need not wait until our word ends to take what we leave.
        if let Err(error) = self.log.muster(&self.owner, Duration::ZERO).await {
            debug!(%error, "engine leaves without a word");
        }
        for held in round.held.values_mut() {
            // A clean end leaves nothing to be stepped again; a failed one is
            // made good by the next leaseholder.
            if outcome.is_ok()
                && let Err(error) = held.commit(&*self.log, partition::Snapshot::Now).await
            {
                debug!(%error, "last commit failed");
            }
            if let Err(error) = self.log.release(held.partition(), held.token()).await {
                debug!(%error, "lease not given back, it will expire");
            }
        }
        outcome
    }

    async fn lease(&self, partitions: &[Partition]) -> Vec<Result<Option<FencingToken>, LogError>> {
        join_all(partitions.iter().map(|partition| self.log.lease(*partition, &self.owner, LEASE))).await
    }

    /// Renews leases for as long as it is polled: catching up may take longer than
    /// a lease lasts, and whoever lost it half-way would begin anew, for ever.
    async fn keep(&self, partitions: &[Partition]) -> Infallible {
        loop {
            tokio::time::sleep(RENEW).await;
            for lease in self.lease(partitions).await {
                // What was lost shows at the next commit.
                if let Err(error) = lease {
                    debug!(%error, "lease not renewed while taking over");
                }
            }
        }
    }
}

struct Round<'a> {
    service: &'a EngineService,
    fences: Arc<FenceSet>,
    groups: Arc<Groups>,
    lanes: Arc<Lanes>,
    known_fences: Vec<Geofence>,
    fences_version: Option<u64>,
    held: BTreeMap<Partition, Held>,
}

impl Round<'_> {
    async fn turn(&mut self, stop: &CancellationToken) -> Result<(), LogError> {
        let (mut renew_at, mut tick_at, mut fences_at) =
            (Instant::now(), Instant::now() + TICK, Instant::now());
        while !stop.is_cancelled() {
            if fences_at <= Instant::now() {
                fences_at = Instant::now() + FENCE_CHECK;
                self.refresh_fences().await?;
            }
            if renew_at <= Instant::now() {
                renew_at = Instant::now() + RENEW;
                self.lease_all(stop).await?;
            }
            if tick_at <= Instant::now() {
                tick_at = Instant::now() + TICK;
                self.append_ticks().await?;
            }
            if self.held.is_empty() {
                tokio::select! {
                    () = tokio::time::sleep_until(renew_at) => continue,
                    () = stop.cancelled() => break,
                }
            }
            self.take_input(stop).await?;
        }
        Ok(())
    }

    async fn refresh_fences(&mut self) -> Result<(), LogError> {
        let version = self.service.log.meta_version().await?;
        if self.fences_version == Some(version) {
            return Ok(());
        }
        let (mut fences, mut groups, mut lanes) = (Vec::new(), Groups::new(), Lanes::new());
        for record in self.service.log.meta().await? {
            match record {
                Meta::Geofence(fence) => fences.push(fence),
                Meta::Truck(truck) if !truck.groups.is_empty() => {
                    groups.insert(truck.key, truck.groups);
                }
                Meta::Lane(lane) => {
                    lanes.insert((lane.pickup.clone(), lane.delivery.clone()), lane);
                }
                Meta::Truck(_) | Meta::Driver(_) | Meta::Organization(_) | Meta::Trip(_) => {}
            }
        }
        self.fences_version = Some(version);
        if groups != *self.groups {
            self.groups = Arc::new(groups);
            for held in self.held.values_mut() {
                held.set_groups(self.groups.clone());
            }
        }
        if lanes != *self.lanes {
            self.lanes = Arc::new(lanes);
            for held in self.held.values_mut() {
                held.set_lanes(self.lanes.clone());
            }
        }
        // The version tells of trucks and trips, too; the order is nobody's.
        fences.sort_by(|a, b| a.id.cmp(&b.id));
        if fences == self.known_fences {
            return Ok(());
        }
        info!(fences = fences.len(), "engine takes the fences");
        self.fences = Arc::new(FenceSet::new(fences.clone()));
        self.known_fences = fences;
        for held in self.held.values_mut() {
            held.set_fences(self.fences.clone());
        }
        Ok(())
    }

    /// Renews what is held, gives back what is beyond our share of the
    /// partitions, and takes free ones up to it.
    async fn lease_all(&mut self, stop: &CancellationToken) -> Result<(), LogError> {
        let service = self.service;
        let engines = service.log.muster(&service.owner, LEASE).await?;
        let partitions: Vec<Partition> = service.log.partitions().all().collect();
        let share = partitions.len().div_ceil(engines.max(1));
        while self.held.len() > share {
            self.give_back().await?;
        }
        let held: Vec<Partition> = self.held.keys().copied().collect();
        let mut gained = self.lease(&held).await?;
        let mut free = partitions.into_iter().filter(|partition| !held.contains(partition));
        loop {
            let room = share.saturating_sub(self.held.len() + gained.len());
            let wanted: Vec<_> = free.by_ref().take(room).collect();
            if wanted.is_empty() {
                break;
            }
            gained.extend(self.lease(&wanted).await?);
        }
        if !gained.is_empty() {
            self.take_over_under_lease(gained, stop).await?;
        }
        metrics::gauge!("watchtower_engine_partitions").set(self.held.len() as f64);
        Ok(())
    }

    /// Takes or renews leases: forgets what was lost, tells what was gained.
    async fn lease(
        &mut self,
        partitions: &[Partition],
    ) -> Result<VecDeque<(Partition, FencingToken)>, LogError> {
        let mut gained = VecDeque::new();
        for (partition, lease) in partitions.iter().zip(self.service.lease(partitions).await) {
            match (lease?, self.held.get(partition)) {
                (Some(token), Some(held)) if held.token() == token => {}
                (Some(token), _) => gained.push_back((*partition, token)),
                (None, Some(_)) => {
                    warn!(partition = partition.0, "engine lost a partition to another");
                    self.held.remove(partition);
                }
                (None, None) => {}
            }
        }
        Ok(gained)
    }

    /// Commits the last partition held and leaves it to another engine.
    async fn give_back(&mut self) -> Result<(), LogError> {
        let Some((partition, mut held)) = self.held.pop_last() else { return Ok(()) };
        let log = &*self.service.log;
        match held.commit(log, partition::Snapshot::Now).await {
            Ok(()) | Err(LogError::Fenced { .. } | LogError::OutOfStep { .. }) => {}
            Err(error) => return Err(error),
        }
        debug!(partition = partition.0, "engine leaves a partition to another");
        log.release(partition, held.token()).await
    }

    /// Takes over what was gained while every lease is renewed; what there was
    /// no time for is given back.
    async fn take_over_under_lease(
        &mut self,
        mut gained: VecDeque<(Partition, FencingToken)>,
        stop: &CancellationToken,
    ) -> Result<(), LogError> {
        let service = self.service;
        let gaining = gained.iter().map(|(partition, _)| *partition);
        let leased: BTreeSet<Partition> = self.held.keys().copied().chain(gaining).collect();
        let leased: Vec<Partition> = leased.into_iter().collect();
        let outcome = tokio::select! {
            outcome = self.take_over(&mut gained) => outcome,
            never = service.keep(&leased) => match never {},
            () = stop.cancelled() => Ok(()),
        };
        for (partition, token) in gained {
            if let Err(error) = service.log.release(partition, token).await {
                debug!(%error, "lease not given back, it will expire");
            }
        }
        outcome
    }

    /// Takes over what was gained, one after another; what is left when dropped
    /// was not taken.
    async fn take_over(&mut self, gained: &mut VecDeque<(Partition, FencingToken)>) -> Result<(), LogError> {
        while let Some((partition, token)) = gained.front().copied() {
            let service = self.service;
            let rules = service.rules.clone();
            let books = (self.fences.clone(), self.groups.clone(), self.lanes.clone());
            match Held::take_over(&*service.log, partition, token, rules, books).await {
                Ok(held) => {
                    debug!(partition = partition.0, "engine takes a partition");
                    self.held.insert(partition, held);
                }
                Err(error @ (LogError::Fenced { .. } | LogError::OutOfStep { .. })) => {
                    warn!(partition = partition.0, %error, "engine gives a partition up");
                    self.held.remove(&partition);
                }
                Err(error) => return Err(error),
            }
            gained.pop_front();
        }
        Ok(())
    }

    /// Time passes for the rules by entries in the log, so that a replay of the
    /// log sees it pass as it did.
    async fn append_ticks(&self) -> Result<(), LogError> {
        let now = (self.service.clock)();
        let tick = Tick { clock: Clock::Wall, now };
        let (partitions, held) = (self.service.log.partitions(), self.held.keys().copied());
        let ticks = ticks(partitions, held, tick, now, CorrelationId(Uuid::nil()));
        self.service.log.append(&ticks).await.map(|_| ())
    }

    async fn take_input(&mut self, stop: &CancellationToken) -> Result<(), LogError> {
        let mut cursors: Vec<(StreamId, EntryId)> = self.held.values().flat_map(Held::cursors).collect();
        let entries = tokio::select! {
            entries = self.service.log.tail(&mut cursors, ROUND, WAIT) => entries?,
            () = stop.cancelled() => return Ok(()),
        };
        let count = entries.len();
        for entry in entries {
            if let Some(held) = self.held.get_mut(&entry.stream.partition) {
                held.step(&entry);
            }
        }
        for (stream, cursor) in cursors {
            if let Some(held) = self.held.get_mut(&stream.partition) {
                held.advance(stream.family, cursor);
            }
        }
        metrics::counter!("watchtower_engine_inputs_total").increment(count as u64);
        self.commit_all().await
    }

    async fn commit_all(&mut self) -> Result<(), LogError> {
        let log = &*self.service.log;
        let due = self.held.values_mut().filter(|held| held.is_due());
        let outcomes = join_all(due.map(|held| async {
            let outcome = held.commit(log, partition::Snapshot::WhenDue).await;
            (held.partition(), outcome)
        }))
        .await;
        for (partition, outcome) in outcomes {
            match outcome {
                Ok(()) => {}
                // Dropped, and taken over from the checkpoint at the next round
                // of leases if nobody else has it.
                Err(error @ (LogError::Fenced { .. } | LogError::OutOfStep { .. })) => {
                    warn!(partition = partition.0, %error, "engine gives a partition up");
                    self.held.remove(&partition);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
