//! The poller: asks LocoNav for what its webhooks may have missed, and for the
//! master data.
//!
//! Positions go through the receiver like everything else that comes in; master
//! data through the registry. Each list is a sync of its own: one that fails is
//! reported and does not hold up the others.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData, Failure, Rejection, SyncReport},
        id::{CorrelationId, EventId},
        master::Truck,
        position::Source,
        time::Timestamp,
    },
    ports::{
        log::{Family, Log, LogError, Meta},
        store::{Store, StoreError, SyncStatus},
    },
};

use super::{
    receiver::{Incoming, ReceiveError, Receiver},
    registry::Registry,
};
use crate::{
    adapters::loconav::{LocoNavClient, LocoNavError, Sweep},
    ingest::Format,
};

/// Between two readings of the master data.
const MASTER_DATA: Duration = Duration::from_secs(600);
/// Positions handed to the receiver at once.
const BATCH: usize = 1_000;
/// Rejections reported with a sync; the rest is counted.
const NAMED_REJECTIONS: usize = 50;

/// Why one sync failed.
#[derive(Debug, thiserror::Error)]
enum SyncError {
    #[error(transparent)]
    LocoNav(#[from] LocoNavError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Receive(#[from] ReceiveError),
}

/// The poller of one account.
pub struct Poller {
    /// The vendor.
    pub client: LocoNavClient,
    /// Takes positions.
    pub receiver: Arc<Receiver>,
    /// Takes reports.
    pub log: Arc<dyn Log>,
    /// Keeps how the syncs stand.
    pub store: Arc<dyn Store>,
    /// Name of the account.
    pub account: String,
    /// Between polls of positions.
    pub every: Duration,
    /// The host's time.
    pub clock: fn() -> Timestamp,
    /// What each vehicle's last answer was: a parked truck's position is not news.
    pub seen: Mutex<HashMap<String, Value>>,
}

struct Outcome {
    read: usize,
    changed: usize,
    rejected: Vec<Rejection>,
}

impl Poller {
    /// Runs until `stop`. Positions do not wait for the master data, whose lists
    /// may take minutes to be given up; but for the trucks once, so that the first
    /// positions find them by all their names.
    pub async fn run(&self, stop: CancellationToken) -> Result<(), LogError> {
        let work = Box::pin(async {
            self.sync("vehicles", self.trucks()).await;
            tokio::join!(self.follow_master_data(), self.follow_positions());
        });
        stop.run_until_cancelled(work).await;
        Ok(())
    }

    async fn follow_positions(&self) {
        let mut due = every(self.every);
        loop {
            due.tick().await;
            self.sync("last_known", self.positions()).await;
        }
    }

    async fn follow_master_data(&self) {
        let mut due = every(MASTER_DATA);
        due.tick().await;
        loop {
            self.sync("drivers", self.drivers()).await;
            self.sync("polygons", self.fences()).await;
            self.sync("trips", self.trips()).await;
            due.tick().await;
            self.sync("vehicles", self.trucks()).await;
        }
    }

    /// Runs one sync and reports how it went, in the log and in the store.
    async fn sync(&self, list: &str, work: impl Future<Output = Result<Outcome, SyncError>>) {
        let source = format!("{}.{list}", self.account);
        let outcome = work.await;
        let now = (self.clock)();
        let (data, status) = match outcome {
            Ok(outcome) => {
                info!(sync = source, read = outcome.read, changed = outcome.changed, "sync completed");
                for rejection in outcome.rejected.iter().take(NAMED_REJECTIONS) {
                    warn!(
                        sync = source,
                        index = rejection.index,
                        reason = rejection.reason,
                        "record left out"
                    );
                }
                let report = SyncReport {
                    source: source.clone(),
                    read: outcome.read as u64,
                    changed: outcome.changed as u64,
                    rejected: outcome.rejected.into_iter().take(NAMED_REJECTIONS).collect(),
                };
                let status =
                    SyncStatus { source: source.clone(), at: now, records: report.read, error: None };
                (EventData::SyncCompleted(report), status)
            }
            Err(error) => {
                warn!(sync = source, %error, "sync failed");
                let message = error.to_string();
                let status =
                    SyncStatus { source: source.clone(), at: now, records: 0, error: Some(message.clone()) };
                (EventData::ErrorOccurred(Failure { component: source.clone(), message }), status)
            }
        };
        metrics::counter!("watchtower_syncs_total", "source" => source.clone(),
            "outcome" => if status.error.is_none() { "completed" } else { "failed" })
        .increment(1);
        let event = Event {
            id: EventId(Uuid::now_v7()),
            ts: now,
            recorded_at: now,
            key: source,
            correlation_id: CorrelationId(Uuid::now_v7()),
            data,
        };
        if let Err(error) = self.log.append(&[(Family::Event, event)]).await {
            warn!(%error, "sync could not be reported");
        }
        if let Err(error) = self.note(&status).await {
            warn!(%error, "sync status could not be kept");
        }
    }

    async fn note(&self, status: &SyncStatus) -> Result<(), StoreError> {
        self.store.put_sync_status(status).await
    }

    async fn positions(&self) -> Result<Outcome, SyncError> {
        let states = self.client.last_known().await?;
        let read = states.len();
        let news: Vec<Value> = {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            states.into_iter().filter(|state| seen.get(&name_of(state)) != Some(state)).collect()
        };
        let mut outcome = Outcome { read, changed: 0, rejected: Vec::new() };
        for batch in news.chunks(BATCH) {
            let body = serde_json::to_vec(batch).expect("values read from JSON are JSON");
            let incoming = Incoming::new(Format::LocoNav, Source::wall(&self.account), body, (self.clock)());
            let receipt = self.receiver.receive(incoming).await?;
            outcome.changed += receipt.accepted;
            outcome.rejected.extend(receipt.rejected);
            // Remembered once durable: what failed is news again.
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.extend(batch.iter().map(|state| (name_of(state), state.clone())));
        }
        Ok(outcome)
    }

    async fn trucks(&self) -> Result<Outcome, SyncError> {
        let sweep = self.client.vehicles().await?;
        let known: HashMap<_, _> =
            self.log
                .meta()
                .await?
                .into_iter()
                .filter_map(|record| {
                    if let Meta::Truck(truck) = record { Some((truck.key.clone(), truck)) } else { None }
                })
                .collect();
        self.save(sweep, |truck| {
            let old = known.get(&truck.key);
            vec![Meta::Truck(old.map_or_else(|| truck.clone(), |old| merged(old, &truck)))]
        })
        .await
    }

    async fn drivers(&self) -> Result<Outcome, SyncError> {
        self.save(self.client.drivers().await?, |driver| vec![Meta::Driver(driver)]).await
    }

    async fn fences(&self) -> Result<Outcome, SyncError> {
        self.save(self.client.polygons().await?, |fence| vec![Meta::Geofence(fence)]).await
    }

    async fn trips(&self) -> Result<Outcome, SyncError> {
        self.save(self.client.trips().await?, |(trip, [pickup, delivery])| {
            vec![Meta::Geofence(pickup), Meta::Geofence(delivery), Meta::Trip(trip)]
        })
        .await
    }

    async fn save<T>(&self, sweep: Sweep<T>, records: impl Fn(T) -> Vec<Meta>) -> Result<Outcome, SyncError> {
        let read = sweep.records.len() + sweep.rejected.len();
        let records = sweep.records.into_iter().flat_map(records).collect();
        let registry = Registry::new(self.log.clone());
        let changed = registry.save(records, CorrelationId(Uuid::now_v7()), (self.clock)()).await?;
        Ok(Outcome { read, changed, rejected: sweep.rejected })
    }
}

fn every(period: Duration) -> Interval {
    let mut due = interval_at(Instant::now(), period);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    due
}

fn name_of(state: &Value) -> String {
    ["vehicleId", "vehicleNumber"]
        .iter()
        .find_map(|name| state[*name].as_str())
        .unwrap_or_default()
        .to_owned()
}

/// The vendor knows a truck's trackers; the fleet's books know the rest.
fn merged(old: &Truck, new: &Truck) -> Truck {
    let mut truck = old.clone();
    truck.provisional = false;
    truck.loconav_id.clone_from(&new.loconav_id);
    for alias in &new.aliases {
        if !truck.aliases.contains(alias) {
            truck.aliases.push(alias.clone());
        }
    }
    if truck.brand.is_none() {
        truck.brand.clone_from(&new.brand);
    }
    truck
}
