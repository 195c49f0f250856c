//! Whether the rules make sense; all that does not, in one answer.

use super::{Figure, Range, Rules, Scope};

/// Everything wrong with a set of rules, named by key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", problems.join("; "))]
pub struct RulesError {
    /// One line each: the key, what was found, what is possible.
    pub problems: Vec<String>,
}

pub(super) fn judge(key: &str, value: &impl Figure, range: Range, into: &mut Vec<String>) {
    if value.number().is_some_and(|number| !range.holds(number)) {
        into.push(format!("{key} = {}: must be {}", value.text(), range.words()));
    }
}

impl Rules {
    /// Whether the rules can be applied; all problems in one answer.
    pub fn validate(&self) -> Result<(), RulesError> {
        let mut problems = Vec::new();
        self.own_problems(&mut problems);
        for (kind, seconds) in &self.alerts.cooldowns_s {
            judge(&format!("rules.alerts.cooldowns_s.{kind}"), seconds, Range::NotNegative, &mut problems);
        }
        for (group, own) in &self.group {
            own.problems(&format!("group.{group}"), Scope::Vehicle, &mut problems);
        }
        for (vehicle, own) in &self.vehicle {
            own.problems(&format!("vehicle.{vehicle}"), Scope::Vehicle, &mut problems);
        }
        for (fence, own) in &self.fence {
            own.problems(&format!("fence.{fence}"), Scope::Fence, &mut problems);
        }
        if problems.is_empty() { Ok(()) } else { Err(RulesError { problems }) }
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
        for text in ["[geofence]\ndwell = 60", "[vehicle.T1.geofence]\ndwell = 60"] {
            let error = toml::from_str::<Rules>(text).unwrap_err().to_string();
            assert!(error.contains("dwell"), "{error}");
        }
    }

    #[test]
    fn every_problem_is_named_in_one_answer() {
        let text = "[motion]\nradius_m = -1\n[geofence]\nexit_fixes = 0\n[overspeed]\nclear_ratio = 1.5
            [group.FM.idle]\nafter_s = -3\n[vehicle.t1.fixes]\nreorder_s = 9
            [fence.yard.motion]\nwindow_s = 60\n[fence.yard.geofence]\ndwell_s = 9";
        let error = toml::from_str::<Rules>(text).unwrap().validate().unwrap_err();
        assert_eq!(
            error.problems,
            [
                "rules.motion.radius_m = -1: must be a finite number above 0",
                "rules.geofence.exit_fixes = 0: must be a finite number above 0",
                "rules.overspeed.clear_ratio = 1.5: must be above 0 and at most 1",
                "rules.group.FM.idle.after_s = -3: must be a finite number, 0 or more",
                "rules.vehicle.T1.fixes.reorder_s: can be set for all only",
                "rules.fence.yard.motion.window_s: can be set for all, group, vehicle only",
            ]
        );
    }

    #[test]
    fn the_table_has_every_key_once_and_the_defaults_that_are_used() {
        let table = Rules::table();
        let defaults = toml::Table::try_from(Rules::default()).unwrap();
        let mut keys = Vec::new();
        for (section, values) in &defaults {
            if let toml::Value::Table(values) = values {
                keys.extend(values.keys().map(|key| format!("rules.{section}.{key}")));
            }
        }
        keys.sort();
        let mut told: Vec<_> = table.iter().map(|row| row.key.to_owned()).collect();
        told.sort();
        assert_eq!(told, keys);
    }
}
