//! What the store keeps of the past beyond the fixes themselves: visits, stops,
//! drives and days, and what it takes to tell them again when more becomes known.
//!
//! The store notes whose fixes, or words of trips, changed and from when on; a historian claims such a
//! vehicle, tells the change to it, and the store takes the difference in one
//! transaction. What is told follows from the stored fixes alone, so it does not
//! matter who tells it, how often, or in which order the fixes came.

use std::time::Duration;

use async_trait::async_trait;
use chrono::NaiveDate;
use uuid::Uuid;

use super::store::{Day, Page, Span, StoreError, Window};
use crate::domain::{
    history::{Kept, RecordKind},
    id::{FenceId, VehicleKey},
    position::Clock,
    time::Timestamp,
    trip::Trip,
    units::Metres,
};

/// On which terms vehicles are claimed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terms {
    /// The wall clock.
    pub now: Timestamp,
    /// For how long: one that is not settled in time is claimed again.
    pub lease: Duration,
    /// None that was settled more recently than this.
    pub every: Duration,
    /// At most so many.
    pub limit: u32,
}

/// A vehicle whose fixes changed, or what people said of its trips, claimed for a while.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// Whose.
    pub vehicle: VehicleKey,
    /// The oldest fix, or word of a trip, that is new.
    pub from: Timestamp,
    /// Of the new fixes that were not the newest when they came, and of the words of
    /// trips, none is later than this; `None` when there are no such.
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
    /// The clock of the last fix's source.
    pub clock: Clock,
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
    /// Its last fix; of a day of silence that is not over the last before it.
    pub until: Option<Timestamp>,
    /// How often its records have changed; a count is good for that state alone.
    pub changes: i64,
    /// It has not been counted before: late fixes do not make it new again.
    pub is_new: bool,
}

/// A vehicle's figures of one local day.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TruckMetric {
    /// The day.
    pub date: NaiveDate,
    /// The vehicle, as text so that a default exists.
    pub vehicle: String,
    /// Distance covered.
    pub distance_m: Metres,
    /// Time on the move.
    pub moving_s: f64,
    /// Time standing with the engine on.
    pub idle_s: f64,
    /// Time standing otherwise.
    pub stopped_s: f64,
    /// Time without fixes.
    pub offline_s: f64,
    /// Top speed, km/h.
    pub max_speed_kmh: f64,
    /// Planned trips that were to depart.
    pub trips: u32,
    /// Of these, those that departed, and those that did so in time.
    pub departed: u32,
    /// See [`TruckMetric::departed`].
    pub on_time: u32,
    /// Trips offloaded.
    pub completed: u32,
    /// Trips returned, and how long these took from their departure, all together.
    pub returned: u32,
    /// See [`TruckMetric::returned`].
    pub tat_s: f64,
    /// Alerts begun.
    pub alerts: u32,
}

/// The fleet's figures of one local day: the sums of its vehicles'.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct DailyMetric {
    /// How many vehicles have figures of it.
    pub vehicles: u32,
    /// The sums, and the highest speed; of no vehicle.
    pub sum: TruckMetric,
}

/// How long what is told is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HistoryAge {
    /// Fixes: states older than these are of no use.
    pub positions: Duration,
    /// Alerts.
    pub alerts: Duration,
    /// Trips, and with them visits, stops and drives.
    pub trips: Duration,
    /// Figures of days.
    pub metrics: Duration,
    /// The audit trail, requests as they were sent apart; see [`HistoryAge::audit`].
    pub events: Duration,
}

impl HistoryAge {
    /// How long the audit trail is kept: no less than what is told from it, for what
    /// people said of trips is heard again with the fixes of its time.
    pub fn audit(&self) -> Duration {
        self.events.max(self.positions).max(self.trips)
    }
}

/// The past as it is told.
#[async_trait]
pub trait History: Send + Sync {
    /// Claims vehicles whose fixes changed since they were last settled. Whoever claims
    /// sees every fix stored before.
    async fn claim(&self, terms: Terms) -> Result<Vec<Claim>, StoreError>;

    /// What was told of a claimed vehicle.
    async fn memory(&self, claim: &Claim) -> Result<Memory, StoreError>;

    /// Takes what changes and ends the claim, in one transaction, at `now`. `false`, and
    /// nothing taken, when the claim is somebody else's by now.
    async fn settle(
        &self,
        claim: &Claim,
        settlement: &Settlement,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Records, newest beginning first.
    async fn history(&self, query: &HistoryQuery, window: Window) -> Result<Page<Kept>, StoreError>;

    /// Adds days of silence to be counted: of each vehicle heard of at `since` or later, and
    /// told of up to its last fix, those after that fix and before `before`. Not of
    /// sources that carry their own time: their silence means nothing.
    async fn pass_silence(&self, since: Timestamp, before: Day) -> Result<(), StoreError>;

    /// Days before `before` whose records have changed since they were last counted into
    /// a metric, oldest first.
    async fn uncounted(&self, before: Day, limit: u32) -> Result<Vec<Uncounted>, StoreError>;

    /// Writes metrics of days, each unless the day has changed since it was looked at.
    async fn count(&self, counted: &[(Uncounted, TruckMetric)]) -> Result<(), StoreError>;

    /// A vehicle's trips that were to depart, were offloaded or returned in `span`.
    async fn trips_of(&self, vehicle: &VehicleKey, span: Span) -> Result<Vec<Trip>, StoreError>;

    /// Figures of a vehicle's days, or of all vehicles' when none is named, by day and
    /// vehicle. `to` is exclusive.
    async fn truck_metrics(
        &self,
        of: Option<&VehicleKey>,
        from: Day,
        to: Day,
        window: Window,
    ) -> Result<Page<TruckMetric>, StoreError>;

    /// The sums of each vehicle's figures, by vehicle; their date is the first that has
    /// any. `to` is exclusive.
    async fn vehicle_metrics(&self, from: Day, to: Day) -> Result<Vec<TruckMetric>, StoreError>;

    /// The fleet's figures by day: the sums of its vehicles'. `to` is exclusive.
    async fn daily_metrics(&self, from: Day, to: Day) -> Result<Vec<DailyMetric>, StoreError>;

    /// Lets go of what is older than its age at `now`. Of the audit trail stay what
    /// vehicles of sources with a clock of their own did, and of each fence what it was
    /// when the rest begins.
    async fn retain_history(&self, now: Timestamp, age: HistoryAge) -> Result<(), StoreError>;
}
