//! Who passes the filter. A large fleet is asked in turns: time alone changes who passes,
//! and a hundred thousand are too many for one frame.

use std::ops::Range;

use rustc_hash::FxHashSet;
use watchtower_core::{
    domain::{id::VehicleKey, time::Timestamp},
    filter::Filter,
};

use super::SOON_SORTED;
use crate::tui::model::Model;

/// So many of a large fleet are asked at once,
const TURN: usize = 5_000;
/// and that often, in seconds.
const TURN_S: f64 = 0.25;

/// Who passes a filter.
#[derive(Debug, Default)]
pub(super) struct Passing {
    pub(super) keys: FxHashSet<VehicleKey>,
    by_number: Vec<bool>,
    /// Whose turn is next, and since when it is.
    next: usize,
    turned_at: Option<Timestamp>,
}

impl Passing {
    /// Whether the truck with this number does.
    pub(super) fn has(&self, number: u32) -> bool {
        self.by_number.get(number as usize).copied().unwrap_or(false)
    }

    /// Asks those not asked yet, and of a fleet that is not large all.
    pub(super) fn ask(&mut self, filter: &Filter, model: &Model, now: Timestamp) {
        let fleet = model.vehicles.len();
        let from = if fleet <= SOON_SORTED { 0 } else { self.by_number.len() };
        self.ask_these(from..fleet, filter, model, now);
    }

    /// Asks those of a large fleet again whose turn it is.
    pub(super) fn ask_in_turn(&mut self, filter: &Filter, model: &Model, now: Timestamp) {
        let fleet = self.by_number.len().min(model.vehicles.len());
        let waits = |since: Timestamp| (0.0..TURN_S).contains(&now.seconds_since(since));
        if fleet <= SOON_SORTED || self.turned_at.is_some_and(waits) {
            return;
        }
        self.turned_at = Some(now);
        let from = if self.next < fleet { self.next } else { 0 };
        self.next = (from + TURN).min(fleet);
        self.ask_these(from..self.next, filter, model, now);
    }

    fn ask_these(&mut self, numbers: Range<usize>, filter: &Filter, model: &Model, now: Timestamp) {
        self.by_number.resize(self.by_number.len().max(numbers.end), false);
        let vehicles = model.vehicles.values().skip(numbers.start).take(numbers.len());
        for (vehicle, passed) in vehicles.zip(&mut self.by_number[numbers]) {
            let passes = filter.matches(&model.sighting(vehicle, now));
            match (std::mem::replace(passed, passes), passes) {
                (false, true) => drop(self.keys.insert(vehicle.key.clone())),
                (true, false) => drop(self.keys.remove(&vehicle.key)),
                (false, false) | (true, true) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::tui::{roster::Roster, tests::fleet};

    #[test]
    fn a_large_fleet_is_asked_in_turns_and_everybody_in_the_end() {
        let mut model = Model::default();
        for number in 0..SOON_SORTED as i64 + 2_000 {
            let fix = fleet::position(-(number % 400), (3.4, 6.5), 30.0);
            model.take_fix(&VehicleKey::new(&format!("T{number:05}")).unwrap(), fix);
        }
        let mut roster = Roster::default();
        let filter = Filter::parse("age<200s").unwrap();
        roster.narrow(filter.clone());
        let passing = |now: Timestamp| {
            let passes = |vehicle: &&_| filter.matches(&model.sighting(vehicle, now));
            model.vehicles.values().filter(passes).map(|vehicle| vehicle.key.clone()).collect()
        };
        let (mut now, first): (_, FxHashSet<_>) = (fleet::NOW, passing(fleet::NOW));
        roster.refresh(&model, now);
        assert_eq!(roster.passing.as_ref().unwrap().keys, first, "a new filter asks all at once");
        now = now.plus(Duration::from_secs(100));
        let later: FxHashSet<_> = passing(now);
        assert!(later.len() < first.len());
        let mut turns = 0;
        while roster.passing.as_ref().unwrap().keys != later {
            roster.refresh(&model, now);
            turns += 1;
            assert!(turns < 20, "somebody is never asked");
            roster.passing.as_mut().unwrap().turned_at = None;
        }
        assert_eq!(turns, 4, "one that sorts, and the turns of twelve thousand");
        let shown = (0..model.vehicles.len() as u32).filter(|number| roster.shows_number(*number));
        assert_eq!(shown.count(), later.len());
    }
}
