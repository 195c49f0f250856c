//! A tour for a wall screen: from one open alert to the next, then the whole fleet.

use std::time::Duration;

use watchtower_core::domain::{id::AlertId, time::Timestamp};

use super::{
    App, Following,
    aiming::{CLOSE, Fit},
};
use crate::tui::model::alerts::Standing;

/// So long after somebody touched the screen it stays where they left it.
const HELD_S: f64 = 60.0;

/// Where a tour stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tour {
    every: Duration,
    moved_at: Timestamp,
    touched_at: Option<Timestamp>,
    at: Stop,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stop {
    Fleet,
    Alert(AlertId),
}

impl App {
    /// Goes on by itself from now on, a stop every so often.
    pub fn begin_tour(&mut self, every: Duration, now: Timestamp) {
        self.tour = Some(Tour { every, moved_at: now, touched_at: None, at: Stop::Fleet });
    }

    /// Somebody is at the screen: they decide what it shows.
    pub(super) fn hold_tour(&mut self, now: Timestamp) {
        if let Some(tour) = &mut self.tour {
            tour.touched_at = Some(now);
        }
    }

    /// Goes to the next stop when it is time.
    pub(super) fn go_on_tour(&mut self, now: Timestamp) {
        let Some(tour) = self.tour else { return };
        let held = tour.touched_at.is_some_and(|at| (0.0..HELD_S).contains(&now.seconds_since(at)));
        if held || now.seconds_since(tour.moved_at) < tour.every.as_secs_f64() {
            return;
        }
        let entries = self.model.alerts.entries().iter();
        let open = entries
            .enumerate()
            .take_while(|(_, entry)| entry.standing() == Standing::Open)
            .filter(|(_, entry)| self.roster.shows(&entry.alert.vehicle))
            .map(|(row, entry)| (row, entry.alert.id));
        let open: Vec<(usize, AlertId)> = open.collect();
        let next = match tour.at {
            Stop::Fleet => open.first(),
            // One that is over meanwhile was the last of those before the fleet.
            Stop::Alert(id) => {
                let here = open.iter().position(|(_, other)| *other == id);
                here.and_then(|here| open.get(here + 1))
            }
        };
        let at = match next {
            Some((row, id)) => {
                self.place_alert_cursor(*row);
                let vehicle = self.selected.as_ref().and_then(|key| self.model.vehicles.get(key));
                if let Some(point) = vehicle.map(|vehicle| vehicle.position.point) {
                    (self.map.viewport.centre, self.map.viewport.zoom) = (point, CLOSE);
                    self.aim.fit = Fit::Nothing;
                }
                Stop::Alert(*id)
            }
            None => {
                self.aim.fit = Fit::Fleet;
                Stop::Fleet
            }
        };
        self.aim.following = Following::Off;
        self.tour = Some(Tour { moved_at: now, at, ..tour });
        self.dirty = true;
    }
}
