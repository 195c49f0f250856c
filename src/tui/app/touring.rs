//! A tour for a wall screen: from one open alert to the next, then to the views kept under a
//! letter, then the whole fleet.

use std::time::Duration;

use watchtower_core::domain::{id::AlertId, time::Timestamp};

use super::{
    App, Following, Gravity,
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
    Bookmark(char),
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
        let at = self.stop_after(tour.at);
        self.stop_at(at, now);
        self.aim.following = Following::Off;
        self.tour = Some(Tour { moved_at: now, at, ..tour });
        self.dirty = true;
    }

    fn stop_after(&self, stop: Stop) -> Stop {
        let entries = self.model.alerts.entries().iter();
        let mut open = entries
            .take_while(|entry| entry.standing() == Standing::Open)
            .filter(|entry| self.roster.shows(&entry.alert.vehicle))
            .map(|entry| entry.alert.id);
        let mut names = self.bookmarks.keys().copied();
        let alert = match stop {
            Stop::Fleet => open.next(),
            // One that is over meanwhile was the last of them.
            Stop::Alert(id) => open.find(|other| *other == id).and_then(|_| open.next()),
            Stop::Bookmark(_) => None,
        };
        let bookmark = match stop {
            Stop::Fleet | Stop::Alert(_) => names.next(),
            Stop::Bookmark(name) => names.find(|other| *other > name),
        };
        alert.map(Stop::Alert).or(bookmark.map(Stop::Bookmark)).unwrap_or(Stop::Fleet)
    }

    fn stop_at(&mut self, stop: Stop, now: Timestamp) {
        match stop {
            Stop::Fleet => self.aim.fit = Fit::Fleet,
            Stop::Alert(id) => {
                let row = self.model.alerts.entries().iter().position(|entry| entry.alert.id == id);
                row.into_iter().for_each(|row| self.place_alert_cursor(row));
                let vehicle = self.selected.as_ref().and_then(|key| self.model.vehicles.get(key));
                if let Some(point) = vehicle.map(|vehicle| vehicle.position.point) {
                    (self.map.viewport.centre, self.map.viewport.zoom) = (point, CLOSE);
                    self.aim.fit = Fit::Nothing;
                }
            }
            Stop::Bookmark(name) => {
                if let Some(view) = self.bookmarks.get(&name) {
                    (self.map.viewport, self.aim.fit) = (*view, Fit::Nothing);
                    self.tell(Gravity::Note, format!("the view kept under {name}"), now);
                }
            }
        }
    }
}
