//! What happened, told once it is over: visits, stops, drives, days. Events are
//! news and come while a thing goes on; a record is what history keeps of it.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    geo::LonLat,
    id::{Derivation, FenceId, VehicleKey},
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

    /// What sort of thing it is.
    pub const fn kind(&self) -> RecordKind {
        match self {
            Self::Visit(_) => RecordKind::Visit,
            Self::Crossing(_) => RecordKind::Crossing,
            Self::Stop(_) => RecordKind::Stop,
            Self::Drive(_) => RecordKind::Drive,
            Self::Overspeed(_) => RecordKind::Overspeed,
            Self::Day(_) => RecordKind::Day,
        }
    }

    /// The fence it is about.
    pub const fn geofence(&self) -> Option<&FenceId> {
        match self {
            Self::Visit(visit) => Some(&visit.geofence),
            Self::Crossing(crossing) => Some(&crossing.geofence),
            Self::Stop(_) | Self::Drive(_) | Self::Overspeed(_) | Self::Day(_) => None,
        }
    }
}

/// The sorts of records.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RecordKind {
    /// In a fence.
    Visit,
    /// Through a fence.
    Crossing,
    /// Standing.
    Stop,
    /// Driving.
    Drive,
    /// Too fast.
    Overspeed,
    /// A local day.
    Day,
}

impl RecordKind {
    /// The name it is stored under.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Visit => "visit",
            Self::Crossing => "crossing",
            Self::Stop => "stop",
            Self::Drive => "drive",
            Self::Overspeed => "overspeed",
            Self::Day => "day",
        }
    }
}

/// A record as history keeps it.
#[derive(Clone, PartialEq, Debug)]
pub struct Kept {
    /// What is told.
    pub record: Record,
    /// The local day it began on.
    pub day: NaiveDate,
    /// When it began; a day at its local midnight.
    pub start: Timestamp,
    /// Device time of the fix by which it was over; `None` while it goes on.
    pub settled: Option<Timestamp>,
    /// How often its day has been told otherwise before.
    pub revision: u32,
}

impl Kept {
    /// A record that `settled`, of a fleet that lives in `zone`.
    pub fn new(record: Record, settled: Option<Timestamp>, zone: Tz) -> Self {
        let (start, day) = match &record {
            Record::Day(day) => {
                let midnight = Timestamp::start_of_day(day.date, zone);
                (midnight.unwrap_or_default(), day.date)
            }
            other => {
                let start = other.start().unwrap_or_default();
                (start, start.local_date(zone))
            }
        };
        Self { record, day, start, settled, revision: 0 }
    }

    /// Computed from what it identifies: vehicle, sort, fence, beginning.
    pub fn id(&self) -> Uuid {
        let subject = self.record.geofence().map_or("", FenceId::as_str);
        let kind = self.record.kind().name();
        let key = self.record.vehicle().as_str();
        Derivation { kind, key, subject, start: self.start, phase: "history", revision: 0 }.uuid()
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
