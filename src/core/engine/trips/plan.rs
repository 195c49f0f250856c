//! One planned trip: how far it is, and what follows when it gets further.

use serde::{Deserialize, Serialize};

use super::{delay::Delay, outlook::Outlook, route::Astray};
use crate::{
    domain::{
        event::EventData,
        id::TripId,
        lane::Ends,
        time::Timestamp,
        trip::{Milestone, Trip, TripStatus, TripStatusChange},
    },
    engine::{
        alerts::{Alerts, Episode},
        step::Step,
    },
};

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) id: TripId,
    pub(super) ends: Ends,
    pub(super) scheduled: Timestamp,
    /// When the client was promised it at the delivery.
    pub(super) promised: Option<Timestamp>,
    pub(super) phase: Phase,
    pub(super) departed: Option<Timestamp>,
    pub(super) delay: Delay,
    /// The unexpected stop it is at.
    pub(super) halt: Option<Episode>,
    pub(super) astray: Astray,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) enum Phase {
    Scheduled,
    Ongoing,
    Arrived,
    /// Completed; the truck has yet to come back.
    Offloaded,
}

impl Plan {
    /// A trip that has not departed, as far as is known.
    pub(super) fn new(id: TripId, ends: Ends, scheduled: Timestamp) -> Self {
        Self {
            id,
            ends,
            scheduled,
            promised: None,
            phase: Phase::Scheduled,
            departed: None,
            delay: Delay::None,
            halt: None,
            astray: Astray::default(),
        }
    }

    /// A trip as the books have it.
    pub(super) fn of(trip: &Trip) -> Self {
        let ends = (trip.pickup.clone(), trip.delivery.clone());
        let departed =
            trip.departed_at.or((trip.status == TripStatus::Ongoing).then_some(trip.scheduled_departure));
        let phase = match (departed, trip.arrived_at) {
            (Some(_), Some(_)) => Phase::Arrived,
            (Some(_), None) => Phase::Ongoing,
            (None, _) => Phase::Scheduled,
        };
        let delay = if trip.status == TripStatus::Delayed { Delay::Told } else { Delay::None };
        let promised = trip.promised_arrival;
        Self { promised, phase, departed, delay, ..Self::new(trip.id, ends, trip.scheduled_departure) }
    }

    pub(super) fn status(&self) -> TripStatus {
        match self.phase {
            Phase::Offloaded => TripStatus::Completed,
            Phase::Scheduled | Phase::Ongoing | Phase::Arrived if self.delay.is_any() => TripStatus::Delayed,
            Phase::Scheduled => TripStatus::Scheduled,
            Phase::Ongoing | Phase::Arrived => TripStatus::Ongoing,
        }
    }

    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.phase, Phase::Ongoing | Phase::Arrived)
    }

    /// Moves on; says so. One that departs so late that it cannot keep its promise is
    /// delayed from the start, or still.
    pub(super) fn reach(
        &mut self,
        milestone: Milestone,
        at: Timestamp,
        outlook: &Outlook<'_>,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
        let (from, due, late_since) = (self.status(), self.due(), self.delay.since());
        let mut tat_s = None;
        match milestone {
            Milestone::Departed => (self.phase, self.departed) = (Phase::Ongoing, Some(at)),
            Milestone::Arrived => self.phase = Phase::Arrived,
            Milestone::Offloaded => self.phase = Phase::Offloaded,
            Milestone::Returned => tat_s = self.departed.map(|departed| at.seconds_since(departed)),
        }
        if self.phase != Phase::Ongoing {
            self.come_back(at, alerts, step);
        }
        let slack = step.rules.trips.promise_slack_s;
        let late = outlook.prospect(self, at, step).filter(|prospect| prospect.late_s() > slack);
        match late {
            Some(prospect) if !self.delay.is_any() => {
                self.delay = self.announce(at, outlook, &prospect.values(), alerts, step);
            }
            Some(_) => {}
            None => self.in_time(at, at.seconds_since(due), alerts, step),
        }
        let change = TripStatusChange {
            trip: self.id,
            from,
            to: self.status(),
            reason: late.map(super::delay::words),
            milestone: Some(milestone),
            late_s: late.map(|prospect| prospect.late_s()),
            tat_s,
        };
        let subject = self.id.to_string();
        step.emit(at, &subject, at, milestone.name(), EventData::TripStatusChanged(change));
        if let Some(since) = late_since.filter(|since| *since >= at && !self.delay.is_any()) {
            // It had come so far before it was found late, on a way not known then: the
            // newest word on it must not be that it is late.
            let now = Timestamp::from_millis(since.millis() + 1);
            self.say((now, "in_time"), TripStatus::Delayed, None, at.seconds_since(due), step);
        }
    }

    /// Says where it stands, having stood otherwise, and by how much it is late.
    pub(super) fn say(
        &self,
        (at, phase): (Timestamp, &str),
        from: TripStatus,
        reason: Option<String>,
        late_s: f64,
        step: &mut Step<'_>,
    ) {
        let late_s = Some(late_s);
        let change =
            TripStatusChange { reason, late_s, ..TripStatusChange::new(self.id, from, self.status()) };
        step.emit(at, &self.id.to_string(), at, phase, EventData::TripStatusChanged(change));
    }

    /// It is over, and so is what was wrong with it.
    pub(super) fn close(&mut self, at: Timestamp, late_s: f64, alerts: &mut Alerts, step: &mut Step<'_>) {
        self.in_time(at, late_s, alerts, step);
        self.go_on(at, alerts, step);
        self.come_back(at, alerts, step);
    }

    /// The stop that was not expected is over, or nobody's business any more.
    pub(super) fn go_on(&mut self, at: Timestamp, alerts: &mut Alerts, step: &mut Step<'_>) {
        if let Some(halt) = self.halt.take() {
            let stood = at.max(halt.start).seconds_since(halt.start);
            alerts.resolve(halt, at, &[("stop_s", stood.into())], step);
        }
    }
}
