//! Alerts that nobody takes note of while they go on: each is escalated once.

use serde::{Deserialize, Serialize};

use super::{Alerts, MAX_KNOWN};
use crate::{
    domain::{
        alert::{AlertKind, Escalation, Severity},
        event::EventData,
        id::{AlertId, TripId},
        time::Timestamp,
    },
    engine::{
        rules::Rules,
        step::{Step, after},
    },
};

/// The episodes going on, where alerts are escalated at all.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Watched {
    episodes: Vec<Watch>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Watch {
    alert: AlertId,
    kind: AlertKind,
    trip: Option<TripId>,
    start: Timestamp,
    /// When somebody could first take note.
    found: Timestamp,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
enum State {
    Waiting,
    Escalated,
    /// Somebody has taken note.
    Heeded,
}

impl Watch {
    /// When it is escalated, unless it ends or somebody takes note.
    fn due(&self, rules: &Rules) -> Option<Timestamp> {
        let patience = rules.alerts.escalate_s;
        (self.state == State::Waiting && patience > 0.0).then(|| after(self.found, patience))
    }
}

impl Watched {
    pub(super) fn heap_bytes(&self) -> usize {
        size_of::<Self>() + self.episodes.capacity() * size_of::<Watch>()
    }
}

impl Alerts {
    fn episodes(&mut self) -> impl Iterator<Item = &mut Watch> {
        self.0.iter_mut().flat_map(|memory| &mut memory.watched).flat_map(|watched| &mut watched.episodes)
    }

    /// Whether anything is going on that may be escalated.
    pub(in crate::engine) fn is_watching(&self) -> bool {
        self.0.as_ref().is_some_and(|memory| memory.watched.is_some())
    }

    /// Watches an episode found at a moment, where alerts are escalated: most fleets,
    /// and most memory, know nothing of it.
    pub(super) fn watch(
        &mut self,
        alert: AlertId,
        (kind, start): (AlertKind, Timestamp),
        found: Timestamp,
        step: &Step<'_>,
    ) {
        let is_known = self.episodes().any(|watch| watch.alert == alert);
        if step.rules.alerts.escalate_s == 0.0 || is_known {
            return;
        }
        let memory = self.0.get_or_insert_default();
        let heeded = memory.book.as_ref().is_some_and(|book| book.acknowledged.contains(&alert));
        let state = if heeded { State::Heeded } else { State::Waiting };
        let episodes = &mut memory.watched.get_or_insert_default().episodes;
        if episodes.len() >= MAX_KNOWN {
            let place = episodes.iter().position(|watch| watch.state != State::Waiting).unwrap_or(0);
            episodes.remove(place);
        }
        episodes.push(Watch { alert, kind, trip: step.trip, start, found, state });
    }

    /// Somebody has taken note of an alert.
    pub(super) fn heed(&mut self, alert: AlertId) {
        let waiting = |watch: &&mut Watch| watch.alert == alert && watch.state == State::Waiting;
        if let Some(watch) = self.episodes().find(waiting) {
            watch.state = State::Heeded;
        }
    }

    /// An episode is over; how grave it is, if it was escalated.
    pub(super) fn unwatch(&mut self, alert: AlertId) -> Option<Severity> {
        let memory = self.0.as_mut()?;
        let watched = memory.watched.as_mut()?;
        let place = watched.episodes.iter().position(|watch| watch.alert == alert)?;
        let watch = watched.episodes.swap_remove(place);
        if watched.episodes.is_empty() {
            memory.watched = None;
        }
        self.tidy();
        (watch.state == State::Escalated).then(|| watch.kind.severity().graver())
    }

    /// When time alone next escalates an alert.
    pub(in crate::engine) fn next_change(&self, rules: &Rules) -> Option<Timestamp> {
        let watched = self.0.as_ref()?.watched.as_ref()?;
        watched.episodes.iter().filter_map(|watch| watch.due(rules)).min()
    }

    /// Time has passed: nobody may have taken note in time.
    pub(in crate::engine) fn pass_time(&mut self, now: Timestamp, step: &mut Step<'_>) {
        for watch in self.episodes() {
            let Some(due) = watch.due(step.rules).filter(|due| *due <= now) else { continue };
            watch.state = State::Escalated;
            let from = watch.kind.severity();
            let escalation = Escalation {
                alert: watch.alert,
                kind: watch.kind,
                vehicle: step.vehicle.clone(),
                trip: watch.trip,
                start: watch.start,
                from,
                to: from.graver(),
                after_s: due.seconds_since(watch.found),
            };
            let subject = watch.alert.to_string();
            step.emit(due, &subject, watch.start, "escalated", EventData::AlertEscalated(escalation));
        }
    }
}
