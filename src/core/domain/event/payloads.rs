//! What events carry beside the records of other modules.

use serde::{Deserialize, Serialize};

use crate::domain::{
    alert::Acknowledgement,
    booking::Booking,
    geo::LonLat,
    geofence::Geofence,
    id::{DriverId, FenceId, TripId, VehicleKey},
    live::Motion,
    position::Clock,
    time::Timestamp,
    trip::TripStatus,
    units::Metres,
};

/// The payload of `webhook.received`: a request, whole.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RawRequest {
    /// The source's name: `loconav`, `osmand`, ….
    pub source: String,
    /// Path, without any secret in it.
    pub path: String,
    /// The `Content-Type` sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The body, or the query string of a GET.
    #[serde(flatten)]
    pub body: RawBody,
    /// How many elements of it were refused, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<Rejection>,
}

/// A body as text where it is text.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RawBody {
    /// UTF-8.
    Body(String),
    /// Anything else, base64.
    BodyBase64(String),
}

/// One refused element of a batch.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rejection {
    /// Position in the batch, from 0.
    pub index: usize,
    /// What is wrong, naming the field.
    pub reason: String,
}

/// The payload of `position.flagged`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Flagged {
    /// What is wrong with it.
    pub flag: Flag,
    /// The fix concerned.
    pub device_time: Timestamp,
    /// The same in words, with figures.
    pub reason: String,
}

/// What can be wrong with a fix that is kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Arrived after the rules had moved on.
    Late,
    /// Further from the last good fix than any truck drives.
    Outlier,
    /// Older than the retention.
    Stale,
}

/// The payload of `tick`: for sources with this clock it is now at least `now`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tick {
    /// Whose clock.
    pub clock: Clock,
    /// What it says.
    pub now: Timestamp,
}

/// The payload of `geofence.entered` and `geofence.visit_confirmed`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FenceMoment {
    /// The fence.
    pub geofence: FenceId,
    /// What people call it.
    pub name: String,
    /// When the visit began.
    pub enter: Timestamp,
    /// The vehicle's first fix ever was inside: when it entered is not known.
    #[serde(default)]
    pub entered_at_first_fix: bool,
    /// Where the vehicle was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<LonLat>,
}

/// The payload of `geofence.exited` and `geofence.crossed`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FenceVisit {
    /// The fence.
    pub geofence: FenceId,
    /// What people call it.
    pub name: String,
    /// When it was entered.
    pub enter: Timestamp,
    /// When it was left: the crossing of the boundary.
    pub exit: Timestamp,
    /// Whether the visit had been confirmed.
    #[serde(default)]
    pub confirmed: bool,
}

/// The payload of `stop.started` and `stop.ended`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Stop {
    /// When the vehicle came to rest.
    pub start: Timestamp,
    /// When it moved on; `None` while it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
    /// Where it stood.
    #[serde(flatten)]
    pub point: LonLat,
}

/// The payload of `drive.ended`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Drive {
    /// When the vehicle set off.
    pub start: Timestamp,
    /// When it came to rest, or was last heard of.
    pub end: Timestamp,
    /// The way it made.
    pub distance_m: Metres,
    /// Fixes from start to end, both included.
    pub fixes: u32,
}

/// The payload of `truck.status_changed`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MotionChange {
    /// Before; `None` for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Motion>,
    /// Now.
    pub to: Motion,
}

/// The payload of `history.revised`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Revision {
    /// The local day, `YYYY-MM-DD`.
    pub day: chrono::NaiveDate,
    /// The revision this one takes the place of.
    pub supersedes: u32,
}

/// The payload of `sync.completed`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SyncReport {
    /// With what: `loconav.vehicles`, `loconav.last_known`, ….
    pub source: String,
    /// Records read.
    pub read: u64,
    /// Records that changed something.
    pub changed: u64,
    /// Records refused, with reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<Rejection>,
}

/// The payload of `error.occurred`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// Which part of the system.
    pub component: String,
    /// What failed, in words, without secrets.
    pub message: String,
}

/// A geofence by id.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FenceRef {
    /// Which.
    pub id: FenceId,
}

/// A change asked for by a dashboard or through the API.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Take note of an alert.
    AcknowledgeAlert(Acknowledgement),
    /// Plan a trip.
    PlanTrip {
        /// Who asks.
        by: String,
        /// What for.
        booking: Booking,
    },
    /// Say where a trip stands.
    MoveTrip {
        /// Who says so.
        by: String,
        /// Which trip.
        trip: TripId,
        /// Where it stands.
        to: TripStatus,
        /// Why, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Of one that is delayed: when the client is promised it now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        promised_arrival: Option<Timestamp>,
    },
    /// Say who drives a truck.
    AssignDriver {
        /// Who says so.
        by: String,
        /// Which truck.
        truck: VehicleKey,
        /// Who drives it; nobody when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        driver: Option<DriverId>,
    },
    /// Draw a geofence, or draw one anew.
    WriteGeofence {
        /// Who draws.
        by: String,
        /// The fence, whole.
        geofence: Geofence,
    },
    /// Delete a geofence.
    RemoveGeofence {
        /// Who deletes.
        by: String,
        /// Which fence.
        geofence: FenceId,
    },
}

impl Command {
    /// The name used on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AcknowledgeAlert(_) => "acknowledge_alert",
            Self::PlanTrip { .. } => "plan_trip",
            Self::MoveTrip { .. } => "move_trip",
            Self::AssignDriver { .. } => "assign_driver",
            Self::WriteGeofence { .. } => "write_geofence",
            Self::RemoveGeofence { .. } => "remove_geofence",
        }
    }

    /// Who asks.
    pub fn by(&self) -> &str {
        match self {
            Self::AcknowledgeAlert(note) => &note.by,
            Self::PlanTrip { by, .. }
            | Self::MoveTrip { by, .. }
            | Self::AssignDriver { by, .. }
            | Self::WriteGeofence { by, .. }
            | Self::RemoveGeofence { by, .. } => by,
        }
    }
}
