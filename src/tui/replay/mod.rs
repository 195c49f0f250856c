//! A past period on the dashboard: a tape of what happened, a player that steps the
//! fleet's rules over it, and what the screen is told of both.
//!
//! Nothing of it reaches the log: the player has an engine of its own.

use std::{sync::Arc, time::Duration};

use watchtower_core::{
    domain::{event::Event, live::LiveState, time::Timestamp, trip::Trip},
    ports::{log::Meta, store::Span},
};

mod booth;
mod player;
mod programme;
mod tape;
#[cfg(test)]
mod tests;

pub use self::{
    booth::Booth,
    player::{Played, Player},
    programme::{Programme, tick},
    tape::{Full, Tape},
};

/// How much faster than it happened, slowest first.
pub const SPEEDS: [u32; 11] = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600];
/// What a replay begins with, an index.
const FIRST_SPEED: usize = 5;

/// What the user asks of the player.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Transport {
    /// Play, or pause.
    Toggle,
    /// The next lower speed.
    Slower,
    /// The next higher one.
    Faster,
    /// So much earlier.
    Back(Duration),
    /// So much later.
    Forward(Duration),
    /// To the beginning.
    Beginning,
    /// To a share of the period, from 0 to 1.
    To(f64),
}

/// Whether time passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Motion {
    /// It does.
    Playing,
    /// It stands.
    Paused,
}

/// Where the player is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Standing {
    /// The whole period.
    pub span: Span,
    /// The moment shown.
    pub at: Timestamp,
    /// Times faster than it happened.
    pub speed: u32,
    /// Whether it goes on.
    pub motion: Motion,
}

impl Standing {
    /// At a moment of the period, before anybody has played it.
    pub fn still(span: Span, at: Timestamp) -> Self {
        Self { span, at, speed: SPEEDS[FIRST_SPEED], motion: Motion::Paused }
    }

    /// How much of the period has been played, from 0 to 1.
    pub fn share(&self) -> f64 {
        let whole = self.span.to.seconds_since(self.span.from);
        if whole > 0.0 { (self.at.seconds_since(self.span.from) / whole).clamp(0.0, 1.0) } else { 1.0 }
    }
}

/// Everything the screen shows at a moment, when what came before is not what it had.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Scene {
    /// The vehicles.
    pub live: Vec<LiveState>,
    /// Fixes before the moment, for the trails.
    pub trails: Vec<Event>,
    /// Events before it, for the lists.
    pub past: Vec<Event>,
    /// Trips, as they stood.
    pub trips: Vec<Trip>,
}

/// What is played, and by which rules.
pub struct Reel {
    /// What happened.
    pub tape: Tape,
    /// The books: fences, trucks, drivers.
    pub books: Vec<Meta>,
    /// The rules.
    pub programme: Arc<Programme>,
}

impl std::fmt::Debug for Reel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reel").field("fixes", &self.tape.len()).finish_non_exhaustive()
    }
}
