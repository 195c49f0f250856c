//! Trips that are late: not departed in time, or not to arrive when promised. One delay
//! at a time, whatever it is by; one alert for it.

use serde::{Deserialize, Serialize};

use super::{
    outlook::{Outlook, Prospect},
    plan::{Phase, Plan},
};
use crate::{
    domain::{alert::AlertKind, time::Timestamp, trip::TripStatus},
    engine::{
        alerts::{Alerts, Episode, Figure, Values},
        fences::FenceSet,
        rules::TripRules,
        step::{Step, after},
    },
};

/// Whether a trip is late, and what has been said of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) enum Delay {
    /// It is in time.
    None,
    /// The books have it as late.
    Told,
    /// It is late from then on; the alert kept quiet, or there was no place to name.
    Quiet(Timestamp),
    /// It is late, and that is an alert.
    Alerted(Episode),
    /// A person says that it is late, and knows more: so it is until it has moved on.
    Said,
}

impl Delay {
    pub(super) const fn is_any(self) -> bool {
        !matches!(self, Self::None)
    }

    /// From when on it was found late here.
    pub(super) const fn since(self) -> Option<Timestamp> {
        match self {
            Self::None | Self::Told | Self::Said => None,
            Self::Quiet(since) => Some(since),
            Self::Alerted(episode) => Some(episode.start),
        }
    }
}

/// What is expected, in words.
pub(super) fn words(prospect: Prospect) -> String {
    let minutes = (prospect.late_s() / 60.0).round();
    format!("expected {minutes:.0} min after the promised arrival")
}

impl Prospect {
    /// Its figures, for an alert.
    pub(super) fn values(self) -> [(&'static str, Figure); 3] {
        [
            ("late_s", self.late_s().into()),
            ("promised", self.promised.into()),
            ("expected", self.expected.into()),
        ]
    }
}

impl Plan {
    /// When it was to be where it goes next.
    pub(super) fn due(&self) -> Timestamp {
        match self.phase {
            Phase::Scheduled => self.scheduled,
            Phase::Ongoing | Phase::Arrived | Phase::Offloaded => self.promised.unwrap_or(self.scheduled),
        }
    }

    /// When time alone makes it late.
    pub(super) fn overdue(
        &self,
        outlook: &Outlook<'_>,
        fences: &FenceSet,
        rules: &TripRules,
    ) -> Option<Timestamp> {
        if self.delay.is_any() {
            return None;
        }
        match self.phase {
            Phase::Scheduled => Some(after(self.scheduled, rules.delay_s)),
            Phase::Ongoing if !outlook.is_at(&self.ends.1, fences) => {
                self.promised.map(|promised| after(promised, rules.promise_slack_s))
            }
            Phase::Ongoing | Phase::Arrived | Phase::Offloaded => None,
        }
    }

    /// Time has passed: it may be overdue.
    pub(super) fn wait(
        &mut self,
        outlook: &Outlook<'_>,
        now: Timestamp,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
        let rules = &step.rules.trips;
        let Some(at) = self.overdue(outlook, step.fences, rules).filter(|at| *at <= now) else { return };
        match outlook.prospect(self, at, step) {
            Some(prospect) => self.break_promise(at, prospect, outlook, alerts, step),
            None => {
                let late = rules.delay_s;
                let reason = format!("not departed {late:.0} s after its schedule");
                self.fall_behind(at, outlook, (reason, late), &[("late_s", late.into())], alerts, step);
            }
        }
    }

    /// Weighs what is expected at the newest fix, at `now`, against what was promised.
    pub(super) fn weigh_promise(
        &mut self,
        outlook: &Outlook<'_>,
        now: Timestamp,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
        let Some(prospect) = outlook.prospect(self, now, step) else { return };
        let late = prospect.late_s();
        let is_late = late > step.rules.trips.promise_slack_s;
        match self.delay {
            Delay::None if is_late => self.break_promise(now, prospect, outlook, alerts, step),
            // Nobody has been told yet: as soon as the kind may be heard again.
            Delay::Quiet(_) if is_late => {
                self.delay = match self.announce(now, outlook, &prospect.values(), alerts, step) {
                    Delay::Alerted(episode) => Delay::Alerted(episode),
                    Delay::None | Delay::Told | Delay::Said | Delay::Quiet(_) => self.delay,
                };
            }
            // Only within the promise itself, so that a delay does not come and go.
            Delay::Told | Delay::Quiet(_) | Delay::Alerted(_) if late <= 0.0 => {
                self.in_time(now, late, alerts, step);
                let reason = "expected as promised again".to_owned();
                self.say((now, "in_time"), TripStatus::Delayed, Some(reason), late, step);
            }
            Delay::None | Delay::Told | Delay::Said | Delay::Quiet(_) | Delay::Alerted(_) => {}
        }
    }

    fn break_promise(
        &mut self,
        at: Timestamp,
        prospect: Prospect,
        outlook: &Outlook<'_>,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
        let reason = (words(prospect), prospect.late_s());
        self.fall_behind(at, outlook, reason, &prospect.values(), alerts, step);
    }

    /// It is late from `at` on, and says so.
    fn fall_behind(
        &mut self,
        at: Timestamp,
        outlook: &Outlook<'_>,
        (reason, late_s): (String, f64),
        values: Values<'_>,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
        let from = self.status();
        self.delay = Delay::Quiet(at);
        self.say((at, "delayed"), from, Some(reason), late_s, step);
        self.delay = self.announce(at, outlook, values, alerts, step);
    }

    /// Makes a delay from `at` on an alert, where that can be.
    pub(super) fn announce(
        &self,
        at: Timestamp,
        outlook: &Outlook<'_>,
        values: Values<'_>,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) -> Delay {
        let Some(point) = outlook.point().or_else(|| step.fences.anchor(&self.ends.0)) else {
            return Delay::Quiet(at);
        };
        let episode = Episode { kind: AlertKind::TripDelay, start: at, point };
        // The trip that is late, whichever the vehicle is on.
        let on = step.trip.replace(self.id);
        let heard = alerts.trigger(episode, at, values, step);
        step.trip = on;
        if heard { Delay::Alerted(episode) } else { Delay::Quiet(at) }
    }

    /// It is not late any more, if it was; `late_s` is how late it came to be, or not.
    pub(super) fn in_time(&mut self, at: Timestamp, late_s: f64, alerts: &mut Alerts, step: &mut Step<'_>) {
        if let Delay::Alerted(episode) = std::mem::replace(&mut self.delay, Delay::None) {
            let on = step.trip.replace(self.id);
            alerts.resolve(episode, at, &[("late_s", late_s.into())], step);
            step.trip = on;
        }
    }
}
