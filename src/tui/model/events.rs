//! The last events, once each, bounded.

use std::collections::{HashSet, VecDeque};

use watchtower_core::domain::{
    alert::Severity,
    event::{Event, EventData},
    id::{EventId, VehicleKey},
    live::Motion,
    time::Timestamp,
};

use crate::tui::{text, words};

/// Events kept.
const MOST: usize = 500;
/// Events that happened this close are in the order they happened.
const TOGETHER_S: f64 = 900.0;

/// How an event is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// For the record.
    Plain,
    /// A vehicle's motion changed.
    Motion(Motion),
    /// An alert.
    Alert(Severity),
    /// Something ended well.
    Good,
}

/// One event in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Its identity.
    pub id: EventId,
    /// When it happened.
    pub at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The vehicle, when it is about one.
    pub vehicle: Option<VehicleKey>,
    /// What happened.
    pub text: String,
    /// How to show it.
    pub tone: Tone,
}

impl Line {
    /// Events heard together are listed as they happened; one of long ago is news
    /// when it is heard.
    fn belongs_before(&self, other: &Self) -> bool {
        let apart = other.at.seconds_since(self.at).abs();
        if apart < TOGETHER_S { self.at < other.at } else { self.recorded_at < other.recorded_at }
    }
}

/// The list, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Events {
    lines: VecDeque<Line>,
    known: HashSet<EventId>,
}

impl Events {
    /// Newest first.
    pub fn newest_first(&self) -> impl ExactSizeIterator<Item = &Line> + DoubleEndedIterator {
        self.lines.iter().rev()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Takes an event that has words, unless it is there already.
    pub fn take(&mut self, event: &Event) {
        let Some(words) = words::event(event) else { return };
        if !self.known.insert(event.id) {
            return;
        }
        let line = Line {
            id: event.id,
            at: event.ts,
            recorded_at: event.recorded_at,
            vehicle: about_a_vehicle(event).then(|| event.vehicle()).flatten(),
            text: text::clean(&words),
            tone: tone(event),
        };
        let index = self.lines.iter().rposition(|other| !line.belongs_before(other));
        self.lines.insert(index.map_or(0, |index| index + 1), line);
        if self.lines.len() > MOST
            && let Some(gone) = self.lines.pop_front()
        {
            self.known.remove(&gone.id);
        }
    }
}

fn about_a_vehicle(event: &Event) -> bool {
    !matches!(
        event.data,
        EventData::SyncCompleted(_)
            | EventData::ErrorOccurred(_)
            | EventData::DriverUpdated(_)
            | EventData::OrganizationUpdated(_)
            | EventData::GeofenceUpdated(_)
            | EventData::GeofenceRemoved(_)
    )
}

fn tone(event: &Event) -> Tone {
    match &event.data {
        EventData::TruckStatusChanged(change) => Tone::Motion(change.to),
        EventData::AlertTriggered(alert) => Tone::Alert(alert.severity),
        EventData::AlertEscalated(escalation) => Tone::Alert(escalation.to),
        EventData::AlertResolved(_) | EventData::AlertAcknowledged(_) => Tone::Good,
        EventData::ErrorOccurred(_) => Tone::Alert(Severity::High),
        _ => Tone::Plain,
    }
}
