//! What the store keeps of the past beyond the fixes themselves: visits, stops,
//! drives and days, and what it takes to tell them again when more becomes known.
//!
//! The store notes whose fixes changed and from when on; a historian claims such a
//! vehicle, tells the change to it, and the store takes the difference in one
//! transaction. What is told follows from the stored fixes alone, so it does not
//! matter who tells it, how often, or in which order the fixes came.

use std::time::Duration;

use async_trait::async_trait;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store::{Day, Page, Span, StoreError, TruckMetric, Window};
use crate::domain::{
    history::{Kept, RecordKind},
    id::{FenceId, VehicleKey},
    time::Timestamp,
    trip::Trip,
    units::Metres,
};

/// A vehicle whose fixes changed, claimed for a while.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// Whose.
    pub vehicle: VehicleKey,
    /// The oldest fix that is new.
    pub from: Timestamp,
    /// Of the new fixes that were not the newest when they came, none is later than
    /// this; `None` when there are no such.
    pub late_to: Option<Timestamp>,
    /// The newest fix of all when it was claimed.
    pub until: Timestamp,
    /// Fences off whoever claims it later.
    pub token: Uuid,
}

/// The rules' state of a vehicle after a fix.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// The fix.
    pub until: Timestamp,
    /// What [`Engine::snapshot`](crate::engine::Engine::snapshot) gave.
    pub state: Vec<u8>,
}

/// A vehicle's day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DayKept {
    /// The local day.
    pub day: NaiveDate,
    /// How often it has been told otherwise before.
    pub revision: u32,
    /// After its last fix; `None` for a day without any.
    pub checkpoint: Option<Checkpoint>,
}

/// What was told before, as far as a claim may change it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Memory {
    /// The last checkpoint before the oldest new fix.
    pub base: Option<Checkpoint>,
    /// The days on record that may be concerned, oldest first.
    pub days: Vec<DayKept>,
    /// Records settled after the base, and those that go on.
    pub kept: Vec<Kept>,
}

/// What changes.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Settlement {
    /// Records that are new or different.
    pub put: Vec<Kept>,
    /// Records that are no more: when they began, and their ids.
    pub gone: Vec<(Timestamp, Uuid)>,
    /// Days with their revisions and checkpoints.
    pub days: Vec<DayKept>,
    /// Days whose records are new, different or gone.
    pub changed: Vec<NaiveDate>,
}

/// Which records a query wants. `None` and empty mean all.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct HistoryQuery {
    /// Of these sorts.
    pub kinds: Vec<RecordKind>,
    /// Of this vehicle.
    pub vehicle: Option<VehicleKey>,
    /// About this fence.
    pub geofence: Option<FenceId>,
    /// Began in this span.
    pub span: Option<Span>,
}

/// A vehicle's day whose figures have yet to be counted into its metric.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Uncounted {
    /// Whose.
    pub vehicle: VehicleKey,
    /// Which.
    pub day: NaiveDate,
    /// Its last fix.
    pub until: Option<Timestamp>,
    /// How often its records have changed; a count is good for that state alone.
    pub changes: i64,
}

/// The fleet's figures of one local day.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DailyMetric {
    /// The day.
    pub date: NaiveDate,
    /// Vehicles heard of, or known to be silent.
    pub vehicles: u64,
    /// Planned trips that were to depart.
    pub trips: u64,
    /// Trips offloaded.
    pub completed: u64,
    /// Mean time from departure to return of those that returned, hours.
    pub mean_tat_h: Option<f64>,
    /// Share of the time known of that was spent moving, percent.
    pub utilisation_pct: Option<f64>,
    /// Distance covered.
    pub distance_m: Metres,
    /// Share of the departures that were in time, percent.
    pub on_time_pct: Option<f64>,
    /// Alerts begun.
    pub alerts: u64,
    /// Time moving, hours.
    pub moving_h: f64,
    /// Time standing with the engine on, hours.
    pub idle_h: f64,
    /// Time standing with it off, hours.
    pub stopped_h: f64,
    /// Time without fixes, hours.
    pub offline_h: f64,
    /// Top speed, km/h.
    pub max_speed_kmh: f64,
}

/// How long what is told is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HistoryAge {
    /// Fixes: states older than these are of no use.
    pub positions: Duration,
    /// Alerts.
    pub alerts: Duration,
    /// Trips, and with them visits, stops, drives and the audit trail.
    pub trips: Duration,
    /// Figures of days.
    pub metrics: Duration,
}

/// The past as it is told.
#[async_trait]
pub trait History: Send + Sync {
    /// Claims vehicles whose fixes changed since they were last settled, until
    /// `now + lease`; one that was claimed before and not settled in time is claimed
    /// again.
    async fn claim(&self, now: Timestamp, lease: Duration, limit: u32) -> Result<Vec<Claim>, StoreError>;

    /// What was told of a claimed vehicle.
    async fn memory(&self, claim: &Claim) -> Result<Memory, StoreError>;

    /// Takes what changes and ends the claim, in one transaction. `false`, and nothing
    /// taken, when the claim is somebody else's by now.
    async fn settle(&self, claim: &Claim, settlement: &Settlement) -> Result<bool, StoreError>;

    /// Records, newest beginning first.
    async fn history(&self, query: &HistoryQuery, window: Window) -> Result<Page<Kept>, StoreError>;

    /// Days before `before` that have yet to be counted, oldest first.
    async fn uncounted(&self, before: Day, limit: u32) -> Result<Vec<Uncounted>, StoreError>;

    /// Writes metrics of days, each unless the day has changed since it was looked at.
    async fn count(&self, counted: &[(Uncounted, TruckMetric)]) -> Result<(), StoreError>;

    /// A vehicle's trips that were to depart, were offloaded or returned in `span`.
    async fn trips_of(&self, vehicle: &VehicleKey, span: Span) -> Result<Vec<Trip>, StoreError>;

    /// The fleet's figures by day: the sums of its vehicles'. `to` is exclusive.
    async fn daily_metrics(&self, from: Day, to: Day) -> Result<Vec<DailyMetric>, StoreError>;

    /// Lets go of what is older than its age at `now`.
    async fn retain_history(&self, now: Timestamp, age: HistoryAge) -> Result<(), StoreError>;
}
