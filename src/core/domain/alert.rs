//! Alerts: episodes with a beginning, an end and somebody who took note.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    geo::LonLat,
    id::{AlertId, Derivation, FenceId, TripId, VehicleKey},
    time::Timestamp,
};

macro_rules! alert_kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $severity:ident;)*) => {
        /// What an alert is about.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        pub enum AlertKind {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl AlertKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name used on the wire, in the store and in configuration.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// How grave it is unless configured otherwise.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity),* }
            }
        }
    };
}

alert_kinds! {
    /// Faster than the limit for long enough.
    Overspeed = "overspeed", High;
    /// Engine on, not moving, for long enough.
    Idle = "idle", Medium;
    /// Deceleration beyond the threshold.
    HarshBraking = "harsh_braking", Medium;
    /// Acceleration beyond the threshold.
    HarshAcceleration = "harsh_acceleration", Medium;
    /// A trip behind its schedule.
    TripDelay = "trip_delay", High;
    /// The tracker has gone silent.
    DeviceOffline = "device_offline", High;
    /// A fence was entered.
    GeofenceEntered = "geofence_entered", Low;
    /// A fence was left.
    GeofenceExited = "geofence_exited", Low;
    /// A fence was passed through between two fixes.
    GeofenceCrossed = "geofence_crossed", Low;
    /// A stop where none was planned.
    UnexpectedStop = "unexpected_stop", Medium;
    /// Off the band learned for this pair of places.
    RouteDeviation = "route_deviation", High;
    /// LocoNav: ignition turned on or off.
    Ignition = "ignition", Low;
    /// LocoNav: driven too long without rest.
    Fatigue = "fatigue", High;
    /// LocoNav: engine speed too high.
    Overrev = "overrev", Medium;
    /// LocoNav: moved while locked.
    AntiTheft = "anti_theft", Critical;
    /// LocoNav: its own geofence entered or left.
    Geofence = "geofence", Low;
    /// LocoNav: crash detected.
    Crash = "crash", Critical;
    /// LocoNav: the tracker was unplugged.
    DeviceRemoval = "device_removal", Critical;
    /// LocoNav: the vehicle's battery is low.
    LowBattery = "low_battery", Medium;
    /// LocoNav: turned too sharply.
    SharpTurn = "sharp_turn", Medium;
    /// LocoNav: a diagnostic trouble code.
    TroubleCode = "trouble_code", Medium;
    /// LocoNav: fuel was added.
    Refueling = "refueling", Low;
    /// LocoNav: fuel seems to have been taken.
    FuelTheft = "fuel_theft", Critical;
}

impl fmt::Display for AlertKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How grave an alert is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// For the record.
    Low,
    /// Worth a look.
    Medium,
    /// Act soon.
    High,
    /// Act now.
    Critical,
}

impl Severity {
    /// Every severity, the least first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The name used on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The severity of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Low, Self::Medium, Self::High, Self::Critical]
            .into_iter()
            .find(|severity| severity.name() == name)
    }

    /// One step graver; nothing is graver than critical.
    #[must_use]
    pub const fn graver(self) -> Self {
        match self {
            Self::Low => Self::Medium,
            Self::Medium => Self::High,
            Self::High | Self::Critical => Self::Critical,
        }
    }
}

/// An alert episode as known at one moment.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Alert {
    /// The same from trigger to resolution.
    pub id: AlertId,
    /// What it is about.
    pub kind: AlertKind,
    /// How grave.
    pub severity: Severity,
    /// The vehicle.
    pub vehicle: VehicleKey,
    /// The trip it was on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trip: Option<TripId>,
    /// When the condition began.
    pub start: Timestamp,
    /// When it ended; `None` while it lasts, equal to `start` for a moment's event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
    /// Where it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<LonLat>,
    /// The fence concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub geofence: Option<FenceId>,
    /// Figures of the kind: `speed_kmh`, `limit_kmh`, `peak_kmh`, `rpm`, ….
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub values: serde_json::Map<String, serde_json::Value>,
    /// Who raised it: `engine`, `loconav`.
    pub source: std::sync::Arc<str>,
}

impl Alert {
    /// The identity of the episode of `kind` that began on `vehicle` at `start`.
    pub fn identity(kind: AlertKind, vehicle: &VehicleKey, subject: &str, start: Timestamp) -> AlertId {
        AlertId(
            Derivation {
                kind: kind.name(),
                key: vehicle.as_str(),
                subject,
                start,
                phase: "alert",
                revision: 0,
            }
            .uuid(),
        )
    }
}

/// Nobody took note of an alert in time, and its condition lasts.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Escalation {
    /// Which alert.
    pub alert: AlertId,
    /// What it is about.
    pub kind: AlertKind,
    /// The vehicle.
    pub vehicle: VehicleKey,
    /// The trip it was on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trip: Option<TripId>,
    /// When the condition began.
    pub start: Timestamp,
    /// How grave it was.
    pub from: Severity,
    /// How grave it is now.
    pub to: Severity,
    /// Seconds it was there for somebody to take note of.
    pub after_s: f64,
}

/// Somebody took note of an alert.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Which alert.
    pub alert: AlertId,
    /// Who.
    pub by: String,
    /// What they had to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
