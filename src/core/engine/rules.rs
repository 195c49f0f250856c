//! Thresholds of every rule: what the configuration calls `rules.…`. One table below
//! is all there is to say of them; types, defaults, limits, scopes and documentation
//! come from it. Owns no behaviour but the judgement whether they make sense.

mod book;
mod check;
mod table;

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

pub(super) use self::book::RuleBook;
use self::table::{Figure, sections};
pub use self::{
    book::Groups,
    check::RulesError,
    table::{Range, RuleDoc, Scope},
};
use crate::domain::{
    alert::AlertKind,
    id::{FenceId, VehicleKey},
};

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

/// What separates detected trips.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TripSplit {
    /// A stop.
    Stop,
    /// A silence.
    Gap,
}

sections! {
    fixes "Which fixes are believed" FixRules FixOverrides {
        max_speed_kmh: f64 = 250.0, "km/h", NotNegative, Vehicle,
            "Faster than this, implied or reported, is an outlier; 0 = no filter.";
        max_ahead_s: f64 = 300.0, "s", NotNegative, Global,
            "How far ahead of its source's clock a fix may be; 0 = any.";
        reorder_s: f64 = 3.0, "s", NotNegative, Global,
            "How long the rules wait for older fixes, in event time; 0 = not.";
        parked_noise_m: f64 = 25.0, "m", NotNegative, Vehicle,
            "Movement within this of a standing vehicle's place is noise; 0 = count every metre.";
    }
    motion "What a stop is" MotionRules MotionOverrides {
        radius_m: f64 = 200.0, "m", Positive, Vehicle,
            "Fixes of a stop are pairwise within this.";
        window_s: f64 = 180.0, "s", Positive, Vehicle,
            "A stop lasts at least this.";
        gap_s: f64 = 3600.0, "s", Positive, Vehicle,
            "A silence longer than this ends a drive, and a derived speed over one says nothing.";
        use_device: bool = true, "", Any, Vehicle,
            "Whether reported speed and ignition refine stops and motion.";
    }
    geofence "When a fence is entered and left" GeofenceRules GeofenceOverrides {
        hysteresis_m: f64 = 20.0, "m", NotNegative, Fence,
            "A visit ends beyond the boundary by more than this.";
        hysteresis_ratio: f64 = 0.1, "", NotNegative, Fence,
            "For circles, this share of the radius when that is more.";
        exit_fixes: u32 = 3, "", Positive, Fence,
            "… or after this many consecutive fixes outside, unless the vehicle stands.";
        dwell_s: f64 = 300.0, "s", NotNegative, Fence,
            "A visit that lasted this long is confirmed; 0 = every entry.";
        interpolate: bool = true, "", Any, Vehicle,
            "Whether the way between two fixes counts; false = times of the fixes themselves, no crossings.";
        max_segment_s: f64 = 600.0, "s", NotNegative, Vehicle,
            "A longer way is not interpolated; 0 = no bound.";
        alert_entered: bool = false, "", Any, Fence,
            "Whether entering is an alert.";
        alert_left: bool = false, "", Any, Fence,
            "Whether leaving is an alert.";
        alert_crossed: bool = false, "", Any, Fence,
            "Whether a crossing is an alert.";
    }
    overspeed "What too fast is" OverspeedRules OverspeedOverrides {
        limit_kmh: f64 = 60.0, "km/h", Positive, Fence,
            "Faster than this is too fast; of several fences the lowest.";
        min_duration_s: f64 = 15.0, "s", NotNegative, Vehicle,
            "… for at least this long.";
        clear_ratio: f64 = 0.9, "", Share, Vehicle,
            "An episode ends at or below this share of the limit.";
        source: SpeedSource = SpeedSource::Auto, "device, derived or auto", Any, Vehicle,
            "Whose speed is judged; auto: the device's, else what is derived.";
        gap_s: f64 = 600.0, "s", NotNegative, Vehicle,
            "An episode does not span a longer silence; 0 = any.";
    }
    trips "What separates detected trips, and when planned ones are late" TripRules TripOverrides {
        split: TripSplit = TripSplit::Stop, "stop or gap", Any, Vehicle,
            "What separates detected trips.";
        delay_s: f64 = 7200.0, "s", NotNegative, Vehicle,
            "A planned trip that has not departed so long after its schedule is delayed.";
        promise_slack_s: f64 = 900.0, "s", NotNegative, Vehicle,
            "… and one under way whose arrival is expected so long after it was promised.";
        early_s: f64 = 14_400.0, "s", NotNegative, Vehicle,
            "Leaving the pickup sooner than this before the schedule is no departure.";
        detour: f64 = 1.3, "", Positive, Vehicle,
            "A road is so much longer than the straight line.";
        speed_kmh: f64 = 30.0, "km/h", Positive, Vehicle,
            "The speed an arrival is reckoned with until the truck's own is known.";
        unexpected_stop_s: f64 = 0.0, "s", NotNegative, Vehicle,
            "A stop on a trip, outside all fences, that lasts so long is unexpected; 0 = none is.";
    }
    deviation "When a truck on a trip is off its route" DeviationRules DeviationOverrides {
        for_s: f64 = 180.0, "s", NotNegative, Vehicle,
            "A truck on a trip that is outside the band past trips drove through for so long is off its route; 0 = none is.";
        beyond_m: f64 = 250.0, "m", NotNegative, Vehicle,
            "… and further than this from the band, which is a quarter to half a kilometre wider than their way.";
    }
    analytics "How time is split" AnalyticsRules AnalyticsOverrides {
        moving_kmh: f64 = 5.0, "km/h", NotNegative, Vehicle,
            "From this speed on a vehicle moves.";
        gap_s: f64 = 1800.0, "s", Positive, Vehicle,
            "A longer time between two fixes counts as offline.";
    }
    idle "What idling is" IdleRules IdleOverrides {
        after_s: f64 = 1200.0, "s", NotNegative, Vehicle,
            "Standing with the ignition on for longer than this.";
    }
    harsh "What harsh driving is" HarshRules HarshOverrides {
        braking_ms2: f64 = 8.0, "m/s²", Positive, Vehicle,
            "Speed lost at this rate or faster, as a magnitude.";
        acceleration_ms2: f64 = 7.0, "m/s²", Positive, Vehicle,
            "Speed gained at this rate or faster.";
        within_s: f64 = 3.0, "s", NotNegative, Vehicle,
            "Reported speeds further apart than this are not compared.";
    }
    offline "What silence is" OfflineRules OfflineOverrides {
        ignition_on_s: f64 = 600.0, "s", Positive, Vehicle,
            "No fix for longer than this with the ignition on.";
        otherwise_s: f64 = 3600.0, "s", Positive, Vehicle,
            "No fix for longer than this otherwise.";
        interval_factor: f64 = 3.0, "", NotNegative, Vehicle,
            "… or this many times the vehicle's usual interval, when that is longer.";
    }
    alerts "How often an alert may repeat, and when it is escalated" AlertRules AlertOverrides {
        cooldown_s: f64 = 300.0, "s", NotNegative, Vehicle,
            "The same condition does not alert again within this of its end.";
        escalate_s: f64 = 0.0, "s", NotNegative, Vehicle,
            "An alert still going on that nobody took note of for so long is escalated; 0 = none is.";
        cooldowns_s: BTreeMap<AlertKind, f64> = usual_cooldowns(), "s", NotNegative, Global,
            "Other cool-downs, by kind.";
    }
}

/// Harsh driving repeats within a minute, silence and fences as often as they happen.
fn usual_cooldowns() -> BTreeMap<AlertKind, f64> {
    BTreeMap::from([
        (AlertKind::HarshBraking, 60.0),
        (AlertKind::HarshAcceleration, 60.0),
        (AlertKind::DeviceOffline, 0.0),
        (AlertKind::GeofenceEntered, 0.0),
        (AlertKind::GeofenceExited, 0.0),
        (AlertKind::GeofenceCrossed, 0.0),
    ])
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
                ..GeofenceRules::default()
            },
            overspeed: OverspeedRules {
                min_duration_s: 0.0,
                clear_ratio: 1.0,
                source: SpeedSource::Derived,
                gap_s: 0.0,
                ..OverspeedRules::default()
            },
            alerts: AlertRules { cooldown_s: 0.0, cooldowns_s: BTreeMap::new(), ..AlertRules::default() },
            ..Self::default()
        }
    }

    /// How long alerts of `kind` keep quiet after the last one ended, in seconds.
    pub fn cooldown_s(&self, kind: AlertKind) -> f64 {
        self.alerts.cooldowns_s.get(&kind).copied().unwrap_or(self.alerts.cooldown_s)
    }

    /// The rules of a fence's boundary: its own, where it has any.
    pub(super) fn at_fence(&self, fence: &FenceId) -> GeofenceRules {
        let mut rules = self.geofence.clone();
        if let Some(own) = self.of_fence(fence) {
            own.geofence.apply(&mut rules);
        }
        rules
    }

    /// Whether anything at any fence may be an alert.
    pub(super) fn alerts_at_fences(&self) -> bool {
        let GeofenceRules { alert_entered, alert_left, alert_crossed, .. } = self.geofence;
        alert_entered || alert_left || alert_crossed || !self.fence.is_empty()
    }

    /// How long a visit to a fence must last, seconds.
    pub(super) fn dwell_at(&self, fence: &FenceId) -> f64 {
        let own = self.of_fence(fence).and_then(|own| own.geofence.dwell_s);
        own.unwrap_or(self.geofence.dwell_s)
    }

    /// The speed limit of a fence, km/h, where it has one.
    pub(super) fn limit_at(&self, fence: &FenceId) -> Option<f64> {
        self.of_fence(fence)?.overspeed.limit_kmh
    }

    fn of_fence(&self, fence: &FenceId) -> Option<&Overrides> {
        // Few fleets have any: not even a look at the map.
        if self.fence.is_empty() { None } else { self.fence.get(fence) }
    }

    /// No silence shorter than this changes anything by itself, in seconds.
    pub(super) fn shortest_silence_s(&self) -> f64 {
        let offline = self.offline.ignition_on_s.min(self.offline.otherwise_s);
        let visits = if self.geofence.interpolate { self.geofence.max_segment_s } else { 0.0 };
        offline.min(self.motion.gap_s).min(visits)
    }
}
