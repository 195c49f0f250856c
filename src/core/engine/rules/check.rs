//! Whether the rules make sense; all that does not, in one answer.

use super::Rules;

/// Everything wrong with a set of rules, named by key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", problems.join("; "))]
pub struct RulesError {
    /// One line each: the key, what was found, what is possible.
    pub problems: Vec<String>,
}

impl Rules {
    /// Whether the rules can be applied; all problems in one answer.
    pub fn validate(&self) -> Result<(), RulesError> {
        let mut problems = Vec::new();
        for (key, value, range) in self.figures() {
            if !range.holds(value) {
                problems.push(format!("rules.{key} = {value}: must be {}", range.words()));
            }
        }
        if self.geofence.exit_fixes == 0 {
            problems.push("rules.geofence.exit_fixes = 0: must be at least 1".into());
        }
        if problems.is_empty() { Ok(()) } else { Err(RulesError { problems }) }
    }

    fn figures(&self) -> Vec<(String, f64, Range)> {
        use Range::{NotNegative, Positive, Share};
        let fixed = [
            ("fixes.max_speed_kmh", self.fixes.max_speed_kmh, NotNegative),
            ("fixes.max_ahead_s", self.fixes.max_ahead_s, NotNegative),
            ("fixes.reorder_s", self.fixes.reorder_s, NotNegative),
            ("fixes.parked_noise_m", self.fixes.parked_noise_m, NotNegative),
            ("motion.radius_m", self.motion.radius_m, Positive),
            ("motion.window_s", self.motion.window_s, Positive),
            ("motion.gap_s", self.motion.gap_s, Positive),
            ("geofence.hysteresis_m", self.geofence.hysteresis_m, NotNegative),
            ("geofence.hysteresis_ratio", self.geofence.hysteresis_ratio, NotNegative),
            ("geofence.dwell_s", self.geofence.dwell_s, NotNegative),
            ("geofence.max_segment_s", self.geofence.max_segment_s, NotNegative),
            ("overspeed.limit_kmh", self.overspeed.limit_kmh, Positive),
            ("overspeed.min_duration_s", self.overspeed.min_duration_s, NotNegative),
            ("overspeed.clear_ratio", self.overspeed.clear_ratio, Share),
            ("overspeed.gap_s", self.overspeed.gap_s, NotNegative),
            ("analytics.moving_kmh", self.analytics.moving_kmh, NotNegative),
            ("analytics.gap_s", self.analytics.gap_s, Positive),
            ("trips.delay_s", self.trips.delay_s, NotNegative),
            ("trips.early_s", self.trips.early_s, NotNegative),
            ("trips.detour", self.trips.detour, Positive),
            ("trips.speed_kmh", self.trips.speed_kmh, Positive),
            ("idle.after_s", self.idle.after_s, NotNegative),
            ("harsh.braking_ms2", self.harsh.braking_ms2, Positive),
            ("harsh.acceleration_ms2", self.harsh.acceleration_ms2, Positive),
            ("harsh.within_s", self.harsh.within_s, NotNegative),
            ("offline.ignition_on_s", self.offline.ignition_on_s, Positive),
            ("offline.otherwise_s", self.offline.otherwise_s, Positive),
            ("offline.interval_factor", self.offline.interval_factor, NotNegative),
            ("alerts.cooldown_s", self.alerts.cooldown_s, NotNegative),
        ];
        let mut all: Vec<_> =
            fixed.into_iter().map(|(key, value, range)| (key.to_owned(), value, range)).collect();
        for (vehicle, limit) in &self.overspeed.vehicle_limit_kmh {
            all.push((format!("overspeed.vehicle_limit_kmh.{vehicle}"), *limit, Positive));
        }
        for (fence, limit) in &self.overspeed.geofence_limit_kmh {
            all.push((format!("overspeed.geofence_limit_kmh.{fence}"), *limit, Positive));
        }
        for (kind, seconds) in &self.alerts.cooldowns_s {
            all.push((format!("alerts.cooldowns_s.{kind}"), *seconds, NotNegative));
        }
        all
    }
}

#[derive(Clone, Copy)]
enum Range {
    NotNegative,
    Positive,
    Share,
}

impl Range {
    fn holds(self, value: f64) -> bool {
        // A hundred years in seconds; also bounds every length to reason.
        let sane = value.is_finite() && value <= 3.2e9;
        sane && match self {
            Self::NotNegative => value >= 0.0,
            Self::Positive => value > 0.0,
            Self::Share => value > 0.0 && value <= 1.0,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::NotNegative => "a finite number, 0 or more",
            Self::Positive => "a finite number above 0",
            Self::Share => "above 0 and at most 1",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::SpeedSource, *};

    #[test]
    fn the_defaults_are_valid_and_survive_a_round_trip() {
        for rules in [Rules::default(), Rules::raw()] {
            rules.validate().unwrap();
            let text = toml::to_string(&rules).unwrap();
            assert_eq!(toml::from_str::<Rules>(&text).unwrap(), rules);
        }
    }

    #[test]
    fn keys_left_out_keep_their_defaults_and_unknown_ones_are_refused() {
        let rules: Rules =
            toml::from_str("[geofence]\ndwell_s = 60\n[overspeed]\nsource = \"device\"").unwrap();
        assert_eq!(rules.geofence.dwell_s, 60.0);
        assert_eq!(rules.geofence.hysteresis_m, 20.0);
        assert_eq!(rules.overspeed.source, SpeedSource::Device);
        let error = toml::from_str::<Rules>("[geofence]\ndwell = 60").unwrap_err().to_string();
        assert!(error.contains("dwell"), "{error}");
    }

    #[test]
    fn every_problem_is_named_in_one_answer() {
        let text = "[motion]\nradius_m = -1\n[geofence]\nexit_fixes = 0\n[overspeed]\nclear_ratio = 1.5";
        let error = toml::from_str::<Rules>(text).unwrap().validate().unwrap_err();
        assert_eq!(
            error.problems,
            [
                "rules.motion.radius_m = -1: must be a finite number above 0",
                "rules.overspeed.clear_ratio = 1.5: must be above 0 and at most 1",
                "rules.geofence.exit_fixes = 0: must be at least 1",
            ]
        );
    }
}
