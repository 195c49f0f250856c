//! The connection to the log: lost, back, and what happened meanwhile.

use watchtower_core::domain::{
    event::{Event, EventData},
    time::Timestamp,
};

use super::{App, Gravity};
use crate::tui::{
    mailbox::{Arrival, Link},
    words,
};

/// Seconds in which what was missed comes in; after that it is told, complete or not.
const MOST_TICKS: u8 = 10;

/// The connection, and what came by it last.
#[derive(Debug, Default)]
pub(in crate::tui) struct Connection {
    pub(in crate::tui) link: Link,
    /// When the newest entry of the log came; none yet.
    pub(in crate::tui) arrival: Option<Arrival>,
    missed: Option<Missed>,
}

/// What came after a connection was back, of the time it was away.
#[derive(Clone, Copy, Debug)]
struct Missed {
    lost_at: Timestamp,
    back_at: Timestamp,
    events: usize,
    alerts: usize,
    told: usize,
    ticks: u8,
}

impl App {
    pub(super) fn take_link(&mut self, link: Link, now: Timestamp) {
        if let (Link::Reconnecting { since, .. }, Link::Live) = (&self.connection.link, &link) {
            let away = words::duration(now.seconds_since(*since));
            self.connection.missed =
                Some(Missed { lost_at: *since, back_at: now, events: 0, alerts: 0, told: 0, ticks: 0 });
            self.tell(Gravity::Note, format!("connected again after {away}"), now);
        }
        self.connection.link = link;
    }

    /// Hears of an event before the model does, so that a known alert is not counted.
    pub(super) fn count_missed(&mut self, event: &Event) {
        let Some(missed) = &mut self.connection.missed else { return };
        if event.recorded_at >= missed.back_at {
            return;
        }
        missed.events += usize::from(words::event(event).is_some());
        if let EventData::AlertTriggered(alert) = &event.data {
            missed.alerts += usize::from(self.model.alerts.get(alert.id).is_none());
        }
    }

    /// Says what was missed, once no more of it comes.
    pub(super) fn tell_missed(&mut self, now: Timestamp) {
        let Some(missed) = &mut self.connection.missed else { return };
        missed.ticks += 1;
        let settled = missed.told == missed.events;
        missed.told = missed.events;
        if !(settled || missed.ticks >= MOST_TICKS) {
            return;
        }
        let Missed { lost_at, back_at, events, alerts, .. } = *missed;
        self.connection.missed = None;
        if events == 0 {
            return;
        }
        let away = words::duration(back_at.seconds_since(lost_at));
        let plural =
            |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let told = format!(
            "connected again after {away}: {}, {}",
            plural(events, "event"),
            plural(alerts, "new alert")
        );
        self.tell(Gravity::Note, told, now);
    }
}
