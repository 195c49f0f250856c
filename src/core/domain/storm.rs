//! Storms of alerts: so many of one kind within so short a while that they are better
//! told together.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{alert::AlertKind, id::VehicleKey, time::Timestamp};

/// So many alerts of one kind begun within [`WITHIN_S`] are a storm.
pub const LEAST: usize = 10;
/// Seconds.
pub const WITHIN_S: f64 = 300.0;

/// A storm: each of its alerts began within [`WITHIN_S`] of at least [`LEAST`] of them, itself
/// included.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Storm {
    /// The kind of all of them.
    pub kind: AlertKind,
    /// How many.
    pub alerts: usize,
    /// Of how many vehicles.
    pub vehicles: usize,
    /// When the first began.
    pub from: Timestamp,
    /// When the last began.
    pub to: Timestamp,
}

/// The storms among alerts, given by kind, vehicle and start in any order; by their first
/// alert.
pub fn storms<'a>(alerts: impl IntoIterator<Item = (AlertKind, &'a VehicleKey, Timestamp)>) -> Vec<Storm> {
    let mut by_kind: BTreeMap<AlertKind, Vec<(Timestamp, &VehicleKey)>> = BTreeMap::new();
    for (kind, vehicle, start) in alerts {
        by_kind.entry(kind).or_default().push((start, vehicle));
    }
    let mut found = Vec::new();
    for (kind, mut alerts) in by_kind {
        alerts.sort_unstable();
        let mut storm: Option<(usize, usize)> = None;
        for last in LEAST - 1..alerts.len() {
            let first = last + 1 - LEAST;
            if alerts[last].0.seconds_since(alerts[first].0) > WITHIN_S {
                continue;
            }
            storm = match storm {
                Some((from, to)) if first <= to => Some((from, last)),
                over => {
                    found.extend(over.map(|(from, to)| Storm::of(kind, &alerts[from..=to])));
                    Some((first, last))
                }
            };
        }
        found.extend(storm.map(|(from, to)| Storm::of(kind, &alerts[from..=to])));
    }
    found.sort_by_key(|storm| (storm.from, storm.kind));
    found
}

impl Storm {
    fn of(kind: AlertKind, alerts: &[(Timestamp, &VehicleKey)]) -> Self {
        let vehicles: BTreeSet<_> = alerts.iter().map(|alert| alert.1).collect();
        let at = |alert: Option<&(Timestamp, _)>| alert.map_or(Timestamp::default(), |alert| alert.0);
        Self {
            kind,
            alerts: alerts.len(),
            vehicles: vehicles.len(),
            from: at(alerts.first()),
            to: at(alerts.last()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(1_743_465_600_000 + second * 1_000)
    }

    fn told(starts: &[(i64, &str)]) -> Vec<(usize, usize, Timestamp, Timestamp)> {
        let keys: Vec<_> = starts.iter().map(|(_, key)| VehicleKey::new(key).unwrap()).collect();
        let alerts =
            starts.iter().zip(&keys).map(|((second, _), key)| (AlertKind::Overspeed, key, at(*second)));
        storms(alerts).into_iter().map(|storm| (storm.alerts, storm.vehicles, storm.from, storm.to)).collect()
    }

    #[test]
    fn ten_within_five_minutes_are_a_storm_and_nine_are_not() {
        let ten: Vec<_> = (0..10).map(|number| (number * 33, if number < 4 { "T1" } else { "T2" })).collect();
        assert_eq!(told(&ten), [(10, 2, at(0), at(297))]);
        assert_eq!(told(&ten[1..]), []);
        let slower: Vec<_> = ten.iter().map(|(second, key)| (second * 2, *key)).collect();
        assert_eq!(told(&slower), []);
    }

    #[test]
    fn it_lasts_as_long_as_it_rains_and_a_later_one_is_another() {
        let first = (0..40).map(|number| (number * 25, "T1"));
        let alone = [(2_000, "T3")];
        let second = (0..12).map(|number| (3_000 + number, "T2"));
        let all: Vec<_> = second.chain(first).chain(alone).collect();
        assert_eq!(told(&all), [(40, 1, at(0), at(975)), (12, 1, at(3_000), at(3_011))]);
    }

    proptest! {
        #[test]
        fn an_alert_is_in_a_storm_exactly_if_enough_are_near(seconds in prop::collection::vec(0..4_000i64, 0..80)) {
            let starts: Vec<_> = seconds.iter().map(|second| (*second, "T1")).collect();
            let found = told(&starts);
            let mut sorted = seconds.clone();
            sorted.sort_unstable();
            let within = WITHIN_S as i64;
            let stormy = sorted.windows(LEAST).filter(|ten| ten[LEAST - 1] - ten[0] <= within);
            let mut wet: Vec<(i64, usize)> = Vec::new();
            for ten in stormy {
                wet.extend(ten.iter().map(|second| (*second, 0)));
            }
            for (_, _, from, to) in &found {
                prop_assert!(wet.iter().any(|(second, _)| at(*second) == *from));
                prop_assert!(wet.iter().any(|(second, _)| at(*second) == *to));
            }
            for (second, _) in wet {
                prop_assert!(found.iter().any(|(_, _, from, to)| *from <= at(second) && at(second) <= *to));
            }
        }
    }
}
