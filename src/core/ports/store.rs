//! The store: the durable history, and the records people keep.

use std::time::Duration;

use async_trait::async_trait;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::history::History;
use crate::domain::{
    alert::{Alert, AlertKind},
    event::Event,
    geo::LonLat,
    geofence::Geofence,
    id::{AlertId, CorrelationId, FenceId, TripId, VehicleKey},
    master::{Driver, Organization, Truck},
    position::Position,
    time::Timestamp,
    trip::Trip,
    units::Metres,
};

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, or did not answer in time; trying again may help.
    #[error("store unavailable: {reason}")]
    Unavailable {
        /// What the driver said, without secrets.
        reason: String,
    },
    /// The server is too old, or lacks something needed.
    #[error("store unusable: {reason}")]
    Unusable {
        /// What is missing.
        reason: String,
    },
    /// It refused the data; the same call will be refused again.
    #[error("store refused {what}: {reason}")]
    Refused {
        /// Which record.
        what: String,
        /// Why.
        reason: String,
    },
    /// Something stored cannot be read back.
    #[error("store holds something unreadable: {what}")]
    Corrupt {
        /// What, and where.
        what: String,
    },
}

impl StoreError {
    /// Whether the same call may succeed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

/// What a batch changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Written {
    /// Positions stored for the first time.
    pub positions: u64,
    /// Positions whose (vehicle, device time) was stored before.
    pub duplicate_positions: u64,
    /// Events stored for the first time.
    pub events: u64,
    /// Events stored before.
    pub duplicate_events: u64,
}

/// An interval of time, half open: `from` ≤ t < `to`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// The first instant inside.
    pub from: Timestamp,
    /// The first instant after.
    pub to: Timestamp,
}

/// Which events an audit query wants. Empty lists mean all.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct EventQuery {
    /// Of these types.
    pub types: Vec<String>,
    /// About this key.
    pub key: Option<String>,
    /// Caused by this request.
    pub correlation_id: Option<CorrelationId>,
    /// Happened in this span.
    pub span: Option<Span>,
}

/// Which alerts a query wants. `None` means all.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct AlertQuery {
    /// On this vehicle.
    pub vehicle: Option<VehicleKey>,
    /// Of this kind.
    pub kind: Option<AlertKind>,
    /// Only those not resolved (`true`) or resolved (`false`).
    pub open: Option<bool>,
    /// Began in this span.
    pub span: Option<Span>,
}

/// An alert with what people made of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AlertRecord {
    /// The episode.
    #[serde(flatten)]
    pub alert: Alert,
    /// Who took note.
    pub acknowledged_by: Option<String>,
    /// When.
    pub acknowledged_at: Option<Timestamp>,
    /// What they had to say.
    pub note: Option<String>,
}

/// One page of an answer, newest first for histories.
#[derive(Clone, PartialEq, Debug)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Hand this back for the next page; `None` at the end.
    pub next: Option<Cursor>,
}

/// Where a page ended. Opaque outside the store that made it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cursor(pub String);

/// How much of an answer is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Window {
    /// At most this many rows.
    pub limit: u32,
    /// After this cursor.
    pub after: Option<Cursor>,
}

/// The last position of a vehicle near a point.
#[derive(Clone, PartialEq, Debug)]
pub struct Neighbour {
    /// The vehicle.
    pub vehicle: VehicleKey,
    /// Its last position.
    pub position: Position,
    /// Geodesic distance from the point asked about.
    pub distance: Metres,
}

/// How a synchronisation with another system stands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SyncStatus {
    /// With what: `loconav.vehicles`, ….
    pub source: String,
    /// When it last ended.
    pub at: Timestamp,
    /// Records read by it.
    pub records: u64,
    /// Why it failed, when it did.
    pub error: Option<String>,
}

/// A day's partition of a table.
pub type Day = NaiveDate;

/// The store: what is known, and what is told of it.
#[async_trait]
pub trait Store: History {
    /// Stores a batch in one transaction, each thing once however often it is
    /// handed in: positions by (vehicle, device time), where the first wins;
    /// everything else by event id, with its effect on alerts, trips, trucks and
    /// the other records. A vehicle not known yet is registered provisionally.
    async fn write(&self, events: &[Event]) -> Result<Written, StoreError>;

    /// Positions of a vehicle by device time, oldest first.
    async fn positions(
        &self,
        vehicle: &VehicleKey,
        span: Span,
        window: Window,
    ) -> Result<Page<Position>, StoreError>;

    /// Positions of several vehicles, or of all when none are named, oldest first; of
    /// one moment in an order that does not change. Within a span of hours, that is:
    /// whoever wants more asks span by span, for a page costs its whole span.
    async fn fixes(
        &self,
        of: &[VehicleKey],
        span: Span,
        window: Window,
    ) -> Result<Page<(VehicleKey, Position)>, StoreError>;

    /// How many positions are stored, of all vehicles.
    async fn count_positions(&self, span: Option<Span>) -> Result<u64, StoreError>;

    /// The newest position of every vehicle.
    async fn last_positions(&self) -> Result<Vec<(VehicleKey, Position)>, StoreError>;

    /// Last positions within `radius` of `point`, nearest first.
    async fn near(&self, point: LonLat, radius: Metres, limit: u32) -> Result<Vec<Neighbour>, StoreError>;

    /// The fences whose inside or boundary holds `point`.
    async fn fences_at(&self, point: LonLat) -> Result<Vec<FenceId>, StoreError>;

    /// Every truck.
    async fn trucks(&self) -> Result<Vec<Truck>, StoreError>;

    /// One truck, by key or alias.
    async fn truck(&self, name: &str) -> Result<Option<Truck>, StoreError>;

    /// Every driver.
    async fn drivers(&self) -> Result<Vec<Driver>, StoreError>;

    /// Every organization.
    async fn organizations(&self) -> Result<Vec<Organization>, StoreError>;

    /// Every geofence.
    async fn geofences(&self) -> Result<Vec<Geofence>, StoreError>;

    /// One trip.
    async fn trip(&self, id: TripId) -> Result<Option<Trip>, StoreError>;

    /// Trips, newest scheduled departure first.
    async fn trips(&self, window: Window) -> Result<Page<Trip>, StoreError>;

    /// One alert.
    async fn alert(&self, id: AlertId) -> Result<Option<AlertRecord>, StoreError>;

    /// Alerts, newest start first.
    async fn alerts(&self, query: &AlertQuery, window: Window) -> Result<Page<AlertRecord>, StoreError>;

    /// The audit trail, newest first.
    async fn events(&self, query: &EventQuery, window: Window) -> Result<Page<Event>, StoreError>;

    /// Notes how a synchronisation went.
    async fn put_sync_status(&self, status: &SyncStatus) -> Result<(), StoreError>;

    /// How the synchronisations stand.
    async fn sync_statuses(&self) -> Result<Vec<SyncStatus>, StoreError>;

    /// Makes sure there is room for positions of these days, ahead of need.
    async fn ensure_days(&self, days: &[Day]) -> Result<(), StoreError>;

    /// Drops the history of wall-clock sources that is older than `age` at `now`;
    /// returns the days that went.
    async fn retain(&self, now: Timestamp, age: Duration) -> Result<Vec<Day>, StoreError>;

    /// Drops requests as they were sent that are older than `age` at `now`: they
    /// are kept for less long than positions, being many times their size.
    async fn retain_requests(&self, now: Timestamp, age: Duration) -> Result<(), StoreError>;
}
