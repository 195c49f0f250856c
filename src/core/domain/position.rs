//! Where a vehicle was, and when: the payload of `position.updated`.

use serde::{Deserialize, Serialize};

use super::{
    geo::LonLat,
    time::Timestamp,
    units::{Heading, Kmh, Metres},
};

/// One fix of one vehicle, checked. The vehicle is the key of the event that
/// carries it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Position {
    /// When the device took the fix.
    pub device_time: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// Where.
    #[serde(flatten)]
    pub point: LonLat,
    /// Speed the device reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_kmh: Option<Kmh>,
    /// Course over ground the device reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading: Option<Heading>,
    /// Whether the ignition was on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignition: Option<bool>,
    /// Height above the ellipsoid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub altitude_m: Option<Metres>,
    /// Radius of the device's own 68 % confidence circle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy_m: Option<Metres>,
    /// The vehicle's odometer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odometer_m: Option<Metres>,
    /// What the device itself made of the moment.
    #[serde(default, skip_serializing_if = "Signals::is_quiet")]
    pub signals: Signals,
    /// Who told us.
    pub source: Source,
}

impl Position {
    /// A fix that says where and when, and nothing else; received as it was taken.
    pub fn bare(point: LonLat, device_time: Timestamp, source: Source) -> Self {
        Self {
            device_time,
            received_at: device_time,
            point,
            speed_kmh: None,
            heading: None,
            ignition: None,
            altitude_m: None,
            accuracy_m: None,
            odometer_m: None,
            signals: Signals::default(),
            source,
        }
    }
}

/// Flags a device raises beside a fix.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Signals {
    /// Braked harder than the device's threshold.
    pub harsh_braking: bool,
    /// Accelerated harder than the device's threshold.
    pub harsh_acceleration: bool,
    /// Turned sharper than the device's threshold.
    pub sharp_turn: bool,
}

impl Signals {
    /// No flag raised.
    pub fn is_quiet(&self) -> bool {
        *self == Self::default()
    }
}

/// A source of positions and the clock it is judged by.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Source {
    /// `loconav`, `osmand`, `owntracks`, `api`, `replay:…`, `simulator`.
    pub name: std::sync::Arc<str>,
    /// How its "now" is told.
    #[serde(default, skip_serializing_if = "Clock::is_wall")]
    pub clock: Clock,
}

impl Source {
    /// A source judged by the wall clock.
    pub fn wall(name: &str) -> Self {
        Self { name: name.into(), clock: Clock::Wall }
    }

    /// A source that carries its own time: replay, simulator.
    pub fn event(name: &str) -> Self {
        Self { name: name.into(), clock: Clock::Event }
    }
}

/// What "now" means for a source: staleness, age and "in the future" are judged
/// by it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// The wall clock of the host.
    #[default]
    Wall,
    /// The newest device time the source has sent.
    Event,
}

impl Clock {
    /// Judged by the wall clock.
    pub fn is_wall(&self) -> bool {
        *self == Self::Wall
    }
}
