//! The alerts a dispatcher sees: once each, gravest first, bounded.

use std::collections::HashMap;

use rustc_hash::{FxHashMap, FxHashSet};
use watchtower_core::domain::{
    alert::{Acknowledgement, Alert, AlertKind, Escalation, Severity},
    id::{AlertId, VehicleKey},
    storm,
    time::Timestamp,
};

/// Alerts kept; closed ones go first.
const MOST: usize = 500;

/// Where an alert stands, in the order the list shows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Standing {
    /// Somebody should look.
    Open,
    /// Somebody has.
    Acknowledged,
    /// The condition has ended.
    Over,
}

/// Who took note, as far as is known here.
#[derive(Clone, PartialEq, Debug)]
pub enum Note {
    /// Nobody.
    None,
    /// Asked for from this screen, not yet confirmed by the log.
    Asked,
    /// Taken.
    Taken(Acknowledgement, Timestamp),
}

/// An alert with what people made of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The episode.
    pub alert: Alert,
    /// Who took note.
    pub note: Note,
}

impl Entry {
    /// Where it stands. A grave alert of one moment (a crash) stays open until
    /// somebody takes note.
    pub fn standing(&self) -> Standing {
        let moment = self.alert.end == Some(self.alert.start);
        let lasts = self.alert.end.is_none() || (moment && self.alert.severity >= Severity::High);
        match (&self.note, lasts) {
            (Note::Taken(..), true) if self.alert.end.is_none() => Standing::Acknowledged,
            (Note::None | Note::Asked, true) => Standing::Open,
            (_, _) => Standing::Over,
        }
    }
}

/// The list.
#[derive(Clone, Debug, Default)]
pub struct Alerts {
    entries: Vec<Entry>,
    early_notes: HashMap<AlertId, (Acknowledgement, Timestamp)>,
    early_escalations: HashMap<AlertId, Severity>,
    open: FxHashMap<VehicleKey, usize>,
    /// On whom a grave one is open that nobody has taken note of.
    pressing: FxHashSet<VehicleKey>,
}

impl Alerts {
    /// All, open before acknowledged before over, gravest and newest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many somebody should look at.
    pub fn open_count(&self) -> usize {
        self.open.values().sum()
    }

    /// How many last that somebody has taken note of.
    pub fn acknowledged_count(&self) -> usize {
        self.entries.iter().filter(|entry| entry.standing() == Standing::Acknowledged).count()
    }

    /// The kind most alerts of the last minutes are of, and how many, when they are many;
    /// `now_of` says what time it is for a vehicle.
    pub fn storm(&self, now_of: impl Fn(&VehicleKey) -> Timestamp) -> Option<(AlertKind, usize)> {
        let mut counts: HashMap<AlertKind, usize> = HashMap::new();
        for Entry { alert, .. } in &self.entries {
            if now_of(&alert.vehicle).seconds_since(alert.start) <= storm::WITHIN_S {
                *counts.entry(alert.kind).or_default() += 1;
            }
        }
        counts
            .into_iter()
            .filter(|(_, count)| *count >= storm::LEAST)
            .max_by_key(|(kind, count)| (*count, *kind))
    }

    /// How many somebody should look at on one vehicle.
    pub fn open_on(&self, vehicle: &VehicleKey) -> usize {
        // Asked of every vehicle of every frame.
        if self.open.is_empty() { 0 } else { self.open.get(vehicle).copied().unwrap_or(0) }
    }

    /// Whether an alert of high severity or more is open on a vehicle of which nobody has
    /// taken note, nor asked to from here.
    pub fn is_pressing(&self, vehicle: &VehicleKey) -> bool {
        !self.pressing.is_empty() && self.pressing.contains(vehicle)
    }

    /// One by its id.
    pub fn get(&self, id: AlertId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.alert.id == id)
    }

    /// Hears of an alert, its trigger or its end, in any order and however often.
    pub fn hear(&mut self, mut alert: Alert) {
        if let Some(severity) = self.early_escalations.remove(&alert.id) {
            alert.severity = alert.severity.max(severity);
        }
        match self.entries.iter_mut().find(|entry| entry.alert.id == alert.id) {
            Some(entry) => {
                let end = alert.end.or(entry.alert.end);
                alert.severity = alert.severity.max(entry.alert.severity);
                if alert.end.is_some() || entry.alert.end.is_none() {
                    entry.alert = alert;
                }
                entry.alert.end = end;
            }
            None => {
                let note = self.early_notes.remove(&alert.id);
                let note = note.map_or(Note::None, |(note, at)| Note::Taken(note, at));
                self.entries.push(Entry { alert, note });
            }
        }
        if self.entries.len() > 2 * MOST {
            self.settle();
        }
    }

    /// Nobody took note in time: it is graver now.
    pub fn escalate(&mut self, escalation: &Escalation) {
        match self.entries.iter_mut().find(|entry| entry.alert.id == escalation.alert) {
            Some(entry) => entry.alert.severity = entry.alert.severity.max(escalation.to),
            None => {
                if self.early_escalations.len() < MOST {
                    self.early_escalations.insert(escalation.alert, escalation.to);
                }
            }
        }
    }

    /// Somebody took note.
    pub fn acknowledge(&mut self, note: Acknowledgement, at: Timestamp) {
        match self.entries.iter_mut().find(|entry| entry.alert.id == note.alert) {
            Some(entry) => entry.note = Note::Taken(note, at),
            None => {
                if self.early_notes.len() < MOST {
                    self.early_notes.insert(note.alert, (note, at));
                }
            }
        }
    }

    /// Marks that this screen has asked for an acknowledgement.
    pub fn mark_asked(&mut self, id: AlertId) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.alert.id == id)
            && !matches!(entry.note, Note::Taken(..))
        {
            entry.note = Note::Asked;
        }
        self.count();
    }

    /// Takes back what this screen asked for: asking failed.
    pub fn forget_asked(&mut self) {
        for entry in self.entries.iter_mut().filter(|entry| entry.note == Note::Asked) {
            entry.note = Note::None;
        }
        self.count();
    }

    /// Puts the list in order; to be called once after what was heard.
    pub fn settle(&mut self) {
        self.entries.sort_by(|a, b| {
            a.standing()
                .cmp(&b.standing())
                .then_with(|| match a.standing() {
                    Standing::Over => std::cmp::Ordering::Equal,
                    Standing::Open | Standing::Acknowledged => b.alert.severity.cmp(&a.alert.severity),
                })
                .then_with(|| b.alert.start.cmp(&a.alert.start))
                .then_with(|| a.alert.id.cmp(&b.alert.id))
        });
        self.entries.truncate(MOST);
        self.count();
    }

    fn count(&mut self) {
        self.open.clear();
        self.pressing.clear();
        for entry in self.entries.iter().filter(|entry| entry.standing() == Standing::Open) {
            *self.open.entry(entry.alert.vehicle.clone()).or_default() += 1;
            if entry.alert.severity >= Severity::High && entry.note == Note::None {
                self.pressing.insert(entry.alert.vehicle.clone());
            }
        }
    }
}
