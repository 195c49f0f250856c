//! Whether somebody looks at the screen, and calling them when nobody does.

use crossterm::event::Event as Input;
use watchtower_core::domain::{
    event::{Event, EventData},
    time::Timestamp,
};

use super::{App, Effect};
use crate::tui::{attention::Channel, text, words};

/// A terminal that does not say whether it is looked at is, so long after an input.
const LOOKED_AT_S: f64 = 60.0;
/// Nobody is called more often.
const PAUSE_S: f64 = 20.0;

/// Where the user's eyes are, as far as the terminal tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Presence {
    /// It does not tell.
    #[default]
    Untold,
    /// On this terminal.
    Here,
    /// Elsewhere.
    Away,
}

/// Whom to call, how, and what about.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    channel: Option<Channel>,
    presence: Presence,
    touched_at: Option<Timestamp>,
    called_at: Option<Timestamp>,
    waiting: Vec<Waiting>,
}

/// An alert nobody was called for yet.
#[derive(Clone, Debug)]
struct Waiting {
    words: String,
    by: By,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum By {
    Notice(Channel),
    Bell,
}

impl App {
    /// What the terminal shows notifications by; `None`: it rings the bell.
    pub fn call_by(&mut self, channel: Option<Channel>) {
        self.watch.channel = channel;
    }

    /// Learns from an input whether somebody is there.
    pub(super) fn see_whether_attended(&mut self, input: &Input, now: Timestamp) {
        match input {
            Input::FocusGained => self.watch.presence = Presence::Here,
            Input::FocusLost => self.watch.presence = Presence::Away,
            Input::Key(_) | Input::Mouse(_) | Input::Paste(_) => {
                self.watch.touched_at = Some(now);
                self.hold_tour(now);
            }
            Input::Resize(..) => {}
        }
    }

    /// Whether somebody looks at this terminal.
    fn is_attended(&self, now: Timestamp) -> bool {
        match (self.watch.presence, self.watch.touched_at) {
            (Presence::Here, _) => true,
            (Presence::Away, _) | (Presence::Untold, None) => false,
            (Presence::Untold, Some(at)) => now.seconds_since(at) < LOOKED_AT_S,
        }
    }

    /// Hears of an event before the model does: an alert it does not know yet is new.
    pub(super) fn hear_alert(&mut self, event: &Event) {
        let EventData::AlertTriggered(alert) = &event.data else { return };
        let (attention, channel) = (self.preferences.attention, self.watch.channel);
        let reaches = |from: Option<_>| from.is_some_and(|from| alert.severity >= from);
        let by = match channel {
            Some(channel) if reaches(attention.notify) => By::Notice(channel),
            _ if reaches(attention.bell) => By::Bell,
            _ => return,
        };
        if self.model.alerts.get(alert.id).is_none() {
            let words = format!("{} {}", alert.vehicle, words::alert(alert));
            self.watch.waiting.push(Waiting { words: text::clean(&words), by });
        }
    }

    /// Calls whoever is elsewhere, once for all that has come meanwhile.
    pub(super) fn call_attention(&mut self, now: Timestamp) -> Option<Effect> {
        // Who has just begun looks at it.
        self.watch.touched_at.get_or_insert(now);
        if self.watch.waiting.is_empty() {
            return None;
        }
        if self.is_attended(now) {
            self.watch.waiting.clear();
            return None;
        }
        let paused = self.watch.called_at.is_some_and(|at| now.seconds_since(at) < PAUSE_S);
        if paused {
            return None;
        }
        self.watch.called_at = Some(now);
        let waiting = std::mem::take(&mut self.watch.waiting);
        let told = match waiting.as_slice() {
            [one] => one.words.clone(),
            many => format!("{} and {} more", many[0].words, many.len() - 1),
        };
        let notice = waiting.iter().find_map(|waiting| match waiting.by {
            By::Notice(channel) => Some(channel.notice(&told)),
            By::Bell => None,
        });
        Some(Effect::Terminal(notice.unwrap_or_else(|| vec![0x07])))
    }
}
