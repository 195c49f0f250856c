//! What moves on the map without any news: trucks drawn ahead of their last fix.

use watchtower_core::domain::time::Timestamp;

use super::App;
use crate::tui::map::Place;

/// A larger fleet's news come several times a second anyway, and to look at all of it in
/// between would cost more than a still screen may.
const MOST_WATCHED: usize = 4_000;

/// When the map was drawn last, and whether anything in it moves by itself.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::tui) struct Moving {
    since: Option<Timestamp>,
    /// When something last happened that moves trucks: news, or time.
    at: Option<Timestamp>,
}

/// So long a screen stays what it is by itself, seconds; a tick ends it sooner. What a key
/// does must not wait on a slow line for a fleet that has moved on a little.
const STANDS_S: f64 = 1.5;

impl Moving {
    /// A frame begins: nothing is drawn yet.
    pub(in crate::tui) fn begin(&mut self) {
        self.since = None;
    }

    /// Trucks may be elsewhere from now on, and ages others.
    pub(in crate::tui) fn go_on(&mut self, now: Timestamp) {
        self.at = Some(now);
    }

    /// The moment that is drawn.
    pub(in crate::tui) fn moment(&self, now: Timestamp) -> Timestamp {
        self.at.filter(|at| (0.0..STANDS_S).contains(&now.seconds_since(*at))).unwrap_or(now)
    }

    /// The map was drawn; `lively`: with trucks that move on with the wall clock.
    pub(in crate::tui) fn drawn(&mut self, at: Timestamp, lively: bool) {
        self.since = lively.then_some(at);
    }
}

impl App {
    /// Whether the map may look different soon without any news.
    pub fn is_lively(&self) -> bool {
        self.moving.since.is_some() && self.model.vehicles.len() <= MOST_WATCHED
    }

    /// Looks whether a truck in sight has moved by a cell since it was drawn, or is no
    /// longer drawn ahead; only then is there anything to draw.
    pub fn stir(&mut self, now: Timestamp) {
        self.moving.go_on(now);
        let Some(then) = self.moving.since else { return };
        let drawn = |(place, reckoned): (Place, bool)| self.map.cell_at(place).map(|cell| (cell, reckoned));
        self.dirty |= self.model.moved([then, now]).any(|[was, is]| drawn(was) != drawn(is));
    }
}
