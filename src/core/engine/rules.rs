//! Thresholds of every rule: what the configuration file calls `rules.…`, with
//! the defaults. Owns no behaviour but the judgement whether they make sense.

mod check;

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

pub use self::check::RulesError;
use crate::domain::{
    alert::AlertKind,
    id::{FenceId, VehicleKey},
};

/// Thresholds of every rule. A key that is not known is an error.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// The zone whose midnight begins a day. Default `Africa/Lagos`.
    pub time_zone: Tz,
    /// Which fixes are believed.
    pub fixes: FixRules,
    /// What a stop is.
    pub motion: MotionRules,
    /// When a fence is entered and left.
    pub geofence: GeofenceRules,
    /// What too fast is.
    pub overspeed: OverspeedRules,
    /// What separates detected trips.
    pub trips: TripRules,
    /// How time is split into moving, standing and silent.
    pub analytics: AnalyticsRules,
    /// What idling is.
    pub idle: IdleRules,
    /// What harsh driving is.
    pub harsh: HarshRules,
    /// What silence is.
    pub offline: OfflineRules,
    /// How often an alert may repeat.
    pub alerts: AlertRules,
}

/// `rules.fixes`: which fixes are believed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FixRules {
    /// Faster than this, implied or reported, is an outlier; 0 = no filter. Default 250 km/h.
    pub max_speed_kmh: f64,
    /// How far ahead of its source's clock a fix may be; 0 = any. Default 300 s.
    /// Judged by the receiver, which knows the clock; the engine does not.
    pub max_ahead_s: f64,
    /// How long the rules wait for older fixes, in event time; 0 = not. Default 3 s.
    pub reorder_s: f64,
    /// Movement within this of a standing vehicle's place is noise; 0 = count
    /// every metre. Default 25 m.
    pub parked_noise_m: f64,
}

/// `rules.motion`: what a stop is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MotionRules {
    /// Fixes of a stop are pairwise within this. Default 200 m.
    pub radius_m: f64,
    /// A stop lasts at least this. Default 180 s.
    pub window_s: f64,
    /// A silence longer than this ends a drive, and a derived speed over one says
    /// nothing. Default 3600 s.
    pub gap_s: f64,
    /// Whether reported speed and ignition refine stops and motion. Default true.
    pub use_device: bool,
}

/// `rules.geofence`: when a fence is entered and left.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GeofenceRules {
    /// A visit ends beyond the boundary by more than this. Default 20 m.
    pub hysteresis_m: f64,
    /// For circles, this share of the radius when that is more. Default 0.1.
    pub hysteresis_ratio: f64,
    /// … or after this many consecutive fixes outside. Default 3.
    pub exit_fixes: u32,
    /// A visit that lasted this long is confirmed; 0 = every entry. Default 300 s.
    pub dwell_s: f64,
    /// Whether the way between two fixes counts; false = times of the fixes
    /// themselves and no crossings. Default true.
    pub interpolate: bool,
    /// Longer segments are not interpolated; 0 = no bound. Default 600 s.
    pub max_segment_s: f64,
}

/// Whose speed is judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpeedSource {
    /// What the device reports; no report, no judgement.
    Device,
    /// Distance over time between fixes.
    Derived,
    /// What the device reports, else what is derived.
    Auto,
}

/// `rules.overspeed`: what too fast is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OverspeedRules {
    /// Faster than this is too fast. Default 60 km/h.
    pub limit_kmh: f64,
    /// … for at least this long. Default 15 s.
    pub min_duration_s: f64,
    /// An episode ends at or below this share of the limit. Default 0.9.
    pub clear_ratio: f64,
    /// Whose speed is judged. Default `auto`.
    pub source: SpeedSource,
    /// An episode does not span a longer silence; 0 = any. Default 600 s.
    pub gap_s: f64,
    /// Other limits for vehicles, in km/h.
    pub vehicle_limit_kmh: BTreeMap<VehicleKey, f64>,
    /// Other limits inside fences, in km/h: the lowest where fences overlap, and
    /// before a vehicle's own.
    pub geofence_limit_kmh: BTreeMap<FenceId, f64>,
}

/// What separates detected trips.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TripSplit {
    /// A stop.
    Stop,
    /// A silence.
    Gap,
}

/// `rules.trips`: what separates detected trips, and when planned ones are late.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TripRules {
    /// What separates detected trips. Default `stop`.
    pub split: TripSplit,
    /// A planned trip that has not departed so long after its schedule is delayed.
    /// Default 7200 s.
    pub delay_s: f64,
    /// Leaving the pickup sooner than this before the schedule is no departure.
    /// Default 14400 s.
    pub early_s: f64,
    /// A road is so much longer than the straight line. Default 1.3.
    pub detour: f64,
    /// The speed reckoned with until the truck's own is known. Default 30 km/h.
    pub speed_kmh: f64,
}

/// `rules.analytics`: how time is split.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnalyticsRules {
    /// From this speed on a vehicle moves. Default 5 km/h.
    pub moving_kmh: f64,
    /// A longer segment counts as offline. Default 1800 s.
    pub gap_s: f64,
}

/// `rules.idle`: what idling is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdleRules {
    /// Standing with the ignition on for longer than this. Default 1200 s.
    pub after_s: f64,
}

/// `rules.harsh`: what harsh driving is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HarshRules {
    /// Speed lost at this rate or faster, as a magnitude. Default 8 m/s².
    pub braking_ms2: f64,
    /// Speed gained at this rate or faster. Default 7 m/s².
    pub acceleration_ms2: f64,
    /// Reported speeds further apart than this are not compared. Default 3 s.
    pub within_s: f64,
}

/// `rules.offline`: what silence is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OfflineRules {
    /// No fix for longer than this with the ignition on. Default 600 s.
    pub ignition_on_s: f64,
    /// No fix for longer than this otherwise. Default 3600 s.
    pub otherwise_s: f64,
    /// … or this many times the vehicle's usual interval, when that is longer. Default 3.
    pub interval_factor: f64,
}

/// `rules.alerts`: how often an alert may repeat.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlertRules {
    /// The same condition does not alert again within this of its end. Default 300 s.
    pub cooldown_s: f64,
    /// Other cool-downs by kind. Default 60 s for harsh driving, 0 for silence.
    pub cooldowns_s: BTreeMap<AlertKind, f64>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            time_zone: chrono_tz::Africa::Lagos,
            fixes: FixRules::default(),
            motion: MotionRules::default(),
            geofence: GeofenceRules::default(),
            overspeed: OverspeedRules::default(),
            trips: TripRules::default(),
            analytics: AnalyticsRules::default(),
            idle: IdleRules::default(),
            harsh: HarshRules::default(),
            offline: OfflineRules::default(),
            alerts: AlertRules::default(),
        }
    }
}

impl Default for FixRules {
    fn default() -> Self {
        Self { max_speed_kmh: 250.0, max_ahead_s: 300.0, reorder_s: 3.0, parked_noise_m: 25.0 }
    }
}

impl Default for MotionRules {
    fn default() -> Self {
        Self { radius_m: 200.0, window_s: 180.0, gap_s: 3600.0, use_device: true }
    }
}

impl Default for GeofenceRules {
    fn default() -> Self {
        Self {
            hysteresis_m: 20.0,
            hysteresis_ratio: 0.1,
            exit_fixes: 3,
            dwell_s: 300.0,
            interpolate: true,
            max_segment_s: 600.0,
        }
    }
}

impl Default for OverspeedRules {
    fn default() -> Self {
        Self {
            limit_kmh: 60.0,
            min_duration_s: 15.0,
            clear_ratio: 0.9,
            source: SpeedSource::Auto,
            gap_s: 600.0,
            vehicle_limit_kmh: BTreeMap::new(),
            geofence_limit_kmh: BTreeMap::new(),
        }
    }
}

impl Default for TripRules {
    fn default() -> Self {
        Self { split: TripSplit::Stop, delay_s: 7200.0, early_s: 14_400.0, detour: 1.3, speed_kmh: 30.0 }
    }
}

impl Default for AnalyticsRules {
    fn default() -> Self {
        Self { moving_kmh: 5.0, gap_s: 1800.0 }
    }
}

impl Default for IdleRules {
    fn default() -> Self {
        Self { after_s: 1200.0 }
    }
}

impl Default for HarshRules {
    fn default() -> Self {
        Self { braking_ms2: 8.0, acceleration_ms2: 7.0, within_s: 3.0 }
    }
}

impl Default for OfflineRules {
    fn default() -> Self {
        Self { ignition_on_s: 600.0, otherwise_s: 3600.0, interval_factor: 3.0 }
    }
}

impl Default for AlertRules {
    fn default() -> Self {
        let cooldowns_s = BTreeMap::from([
            (AlertKind::HarshBraking, 60.0),
            (AlertKind::HarshAcceleration, 60.0),
            (AlertKind::DeviceOffline, 0.0),
        ]);
        Self { cooldown_s: 300.0, cooldowns_s }
    }
}

impl Rules {
    /// The rules without any judgement: what independent implementations of the
    /// same definitions compute. Fixes are expected in order.
    pub fn raw() -> Self {
        Self {
            fixes: FixRules { max_speed_kmh: 0.0, max_ahead_s: 0.0, reorder_s: 0.0, parked_noise_m: 0.0 },
            motion: MotionRules { use_device: false, ..MotionRules::default() },
            geofence: GeofenceRules {
                hysteresis_m: 0.0,
                hysteresis_ratio: 0.0,
                exit_fixes: 1,
                dwell_s: 0.0,
                interpolate: false,
                max_segment_s: 0.0,
            },
            overspeed: OverspeedRules {
                min_duration_s: 0.0,
                clear_ratio: 1.0,
                source: SpeedSource::Derived,
                gap_s: 0.0,
                ..OverspeedRules::default()
            },
            alerts: AlertRules { cooldown_s: 0.0, cooldowns_s: BTreeMap::new() },
            ..Self::default()
        }
    }

    /// No silence shorter than this changes anything by itself, in seconds.
    pub(super) fn shortest_silence_s(&self) -> f64 {
        let offline = self.offline.ignition_on_s.min(self.offline.otherwise_s);
        let visits = if self.geofence.interpolate { self.geofence.max_segment_s } else { 0.0 };
        offline.min(self.motion.gap_s).min(visits)
    }

    /// How long alerts of `kind` keep quiet after the last one ended, in seconds.
    pub fn cooldown_s(&self, kind: AlertKind) -> f64 {
        self.alerts.cooldowns_s.get(&kind).copied().unwrap_or(self.alerts.cooldown_s)
    }
}
