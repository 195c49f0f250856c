//! What orders the records of one thing, however they arrive.

use uuid::Uuid;
use watchtower_core::domain::{event::Event, time::Timestamp};

/// The newest record wins; of two recorded at once, the greater id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Rank {
    pub(super) recorded_at: Timestamp,
    pub(super) id: Uuid,
}

impl Rank {
    pub(super) fn of(event: &Event) -> Self {
        Self { recorded_at: event.recorded_at, id: event.id.0 }
    }
}
