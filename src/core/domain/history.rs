//! What happened, told once it is over: visits, stops, drives, days. Events are
//! news and come while a thing goes on; a record is what history keeps of it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    geo::LonLat,
    id::{FenceId, VehicleKey},
    time::Timestamp,
    units::{Kmh, Metres},
};

/// One thing that history keeps of a vehicle.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// It was in a fence.
    Visit(Visit),
    /// It went through a fence between two fixes.
    Crossing(Crossing),
    /// It stood.
    Stop(StopRecord),
    /// It drove: what lies between stops, or between silences.
    #[serde(rename = "trip")]
    Drive(Drive),
    /// It was too fast.
    Overspeed(Overspeed),
    /// What it did on a local day.
    Day(DayFigures),
}

impl Record {
    /// The vehicle it is about.
    pub const fn vehicle(&self) -> &VehicleKey {
        match self {
            Self::Visit(visit) => &visit.vehicle,
            Self::Crossing(crossing) => &crossing.vehicle,
            Self::Stop(stop) => &stop.vehicle,
            Self::Drive(drive) => &drive.vehicle,
            Self::Overspeed(overspeed) => &overspeed.vehicle,
            Self::Day(day) => &day.vehicle,
        }
    }

    /// When it began; a day begins when its zone says.
    pub const fn start(&self) -> Option<Timestamp> {
        match self {
            Self::Visit(visit) => Some(visit.enter),
            Self::Crossing(crossing) => Some(crossing.enter),
            Self::Stop(stop) => Some(stop.start),
            Self::Drive(drive) => Some(drive.start),
            Self::Overspeed(overspeed) => Some(overspeed.start),
            Self::Day(_) => None,
        }
    }
}

/// A visit to a fence.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Visit {
    /// Whose.
    pub vehicle: VehicleKey,
    /// Where.
    pub geofence: FenceId,
    /// When it was entered.
    pub enter: Timestamp,
    /// When it was left; `None` while the vehicle is inside.
    pub exit: Option<Timestamp>,
    /// The first fix ever was inside: when it was entered is not known.
    pub entered_at_first_fix: bool,
    /// From enter to exit, or to the last fix while it is inside.
    pub seconds: f64,
    /// Whether it lasted the dwell.
    pub confirmed: bool,
}

/// A way through a fence that holds no fix.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Crossing {
    /// Whose.
    pub vehicle: VehicleKey,
    /// Through which fence.
    pub geofence: FenceId,
    /// When it was entered, between two fixes.
    pub enter: Timestamp,
    /// When it was left, between the same two.
    pub exit: Timestamp,
}

/// A stop, whole.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StopRecord {
    /// Whose.
    pub vehicle: VehicleKey,
    /// When it came to rest.
    pub start: Timestamp,
    /// When it moved on; `None` while it stands.
    pub end: Option<Timestamp>,
    /// From start to end, or to the last fix while it stands.
    pub seconds: f64,
    /// Where: the mean of its fixes.
    #[serde(flatten)]
    pub point: LonLat,
}

/// A drive.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Drive {
    /// Whose.
    pub vehicle: VehicleKey,
    /// When it set off.
    pub start: Timestamp,
    /// When it came to rest, or was last heard of.
    pub end: Timestamp,
    /// The way it made.
    pub distance_m: Metres,
    /// Fixes from start to end, both included.
    pub fixes: u32,
}

/// An episode of overspeed, whether or not anybody was alerted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Overspeed {
    /// Whose.
    pub vehicle: VehicleKey,
    /// The limit that held where it began.
    pub limit_kmh: Kmh,
    /// When it began.
    pub start: Timestamp,
    /// When it was over.
    pub end: Timestamp,
    /// From start to end.
    pub seconds: f64,
    /// The highest speed.
    pub peak_kmh: Kmh,
    /// The way made meanwhile.
    pub distance_m: Metres,
}

/// What a vehicle did on a local day.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DayFigures {
    /// Whose.
    pub vehicle: VehicleKey,
    /// The day, in the fleet's zone.
    pub date: NaiveDate,
    /// Distance covered.
    pub distance_m: Metres,
    /// Time on the move.
    pub moving_s: f64,
    /// Time standing, the idle time included.
    pub stationary_s: f64,
    /// Time standing with the ignition on.
    pub idle_s: f64,
    /// Time without fixes.
    pub offline_s: f64,
    /// Top speed.
    pub max_speed_kmh: Kmh,
}
