//! Planned trips along their way: departed with the exit of the pickup, arrived with
//! a confirmed visit to the delivery, offloaded with its exit, returned with the next
//! confirmed visit to the pickup or a depot; delayed when none of it begins in time.

use serde::{Deserialize, Serialize};

use super::{
    alerts::{Alerts, Episode},
    fences::FenceSet,
    fixes::Fix,
    ledger::Ledger,
    rules::TripRules,
    step::{Step, after},
};
use crate::domain::{
    alert::AlertKind,
    event::EventData,
    geo::LonLat,
    geofence::FenceKind,
    id::{FenceId, TripId},
    lane::Lanes,
    live::Eta,
    time::Timestamp,
    trip::{Milestone, Trip, TripStatus, TripStatusChange},
};

/// Driving time today before its speed says something, seconds.
const KNOWN_AFTER_S: f64 = 600.0;
/// Bounds of an arrival, as shares of the time left: a margin chosen, not measured.
const EARLY: f64 = 0.75;
const LATE: f64 = 1.5;
/// A truck further from its delivery than the pickup is has no more than this share of the
/// way before it, as far as past trips can say.
const MOST_OF_THE_WAY: f64 = 1.5;

/// The trips of a vehicle that are not over. Most have none.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Trips(Option<Box<Plans>>);

/// Boxed, because a vehicle without a trip should pay for a pointer only.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Plans {
    plans: Vec<Plan>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Plan {
    id: TripId,
    pickup: FenceId,
    delivery: FenceId,
    scheduled: Timestamp,
    phase: Phase,
    departed: Option<Timestamp>,
    delayed: bool,
    alert: Option<Episode>,
    /// The unexpected stop it is at.
    halt: Option<Episode>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
enum Phase {
    Scheduled,
    Ongoing,
    Arrived,
    /// Completed; the truck has yet to come back.
    Offloaded,
}

/// What a vehicle's visits mean for its trips.
enum Moment {
    Left(FenceId, Timestamp),
    Visited(FenceId, Timestamp),
}

impl Plan {
    fn status(&self) -> TripStatus {
        match self.phase {
            Phase::Offloaded => TripStatus::Completed,
            Phase::Scheduled | Phase::Ongoing | Phase::Arrived if self.delayed => TripStatus::Delayed,
            Phase::Scheduled => TripStatus::Scheduled,
            Phase::Ongoing | Phase::Arrived => TripStatus::Ongoing,
        }
    }

    fn is_under_way(&self) -> bool {
        matches!(self.phase, Phase::Ongoing | Phase::Arrived)
    }

    /// Moves on; says so.
    fn reach(&mut self, milestone: Milestone, at: Timestamp, alerts: &mut Alerts, step: &mut Step<'_>) {
        let from = self.status();
        let mut tat_s = None;
        match milestone {
            Milestone::Departed => (self.phase, self.departed) = (Phase::Ongoing, Some(at)),
            Milestone::Arrived => self.phase = Phase::Arrived,
            Milestone::Offloaded => self.phase = Phase::Offloaded,
            Milestone::Returned => tat_s = self.departed.map(|departed| at.seconds_since(departed)),
        }
        self.in_time(at, alerts, step);
        let change = TripStatusChange {
            trip: self.id,
            from,
            to: self.status(),
            reason: None,
            milestone: Some(milestone),
            tat_s,
        };
        let subject = self.id.to_string();
        step.emit(at, &subject, at, milestone.name(), EventData::TripStatusChanged(change));
    }

    /// A delay is over, if there was one.
    fn in_time(&mut self, at: Timestamp, alerts: &mut Alerts, step: &mut Step<'_>) {
        self.delayed = false;
        if let Some(episode) = self.alert.take() {
            let late = at.seconds_since(self.scheduled);
            alerts.resolve(episode, at, &[("late_s", late)], step);
        }
    }

    /// The stop that was not expected is over, or nobody's business any more.
    fn go_on(&mut self, at: Timestamp, alerts: &mut Alerts, step: &mut Step<'_>) {
        if let Some(halt) = self.halt.take() {
            let stood = at.max(halt.start).seconds_since(halt.start);
            alerts.resolve(halt, at, &[("stop_s", stood)], step);
        }
    }

    /// When a trip that has not departed is delayed.
    fn overdue(&self, rules: &TripRules) -> Option<Timestamp> {
        (self.phase == Phase::Scheduled && !self.delayed).then(|| after(self.scheduled, rules.delay_s))
    }
}

impl Trips {
    fn plans(&mut self) -> impl Iterator<Item = &mut Plan> {
        self.0.iter_mut().flat_map(|book| book.plans.iter_mut())
    }

    /// Whether there is any that is not over.
    pub(super) const fn is_any(&self) -> bool {
        self.0.is_some()
    }

    /// The one the vehicle is on.
    pub(super) fn current(&self) -> Option<TripId> {
        self.under_way().map(|plan| plan.id)
    }

    fn under_way(&self) -> Option<&Plan> {
        self.0.as_ref()?.plans.iter().find(|plan| plan.is_under_way())
    }

    /// Takes a trip's record: a new plan, or a change of one that has not departed.
    pub(super) fn plan(&mut self, trip: &Trip) {
        if trip.status.is_over() {
            return self.drop_if(|plan| plan.id == trip.id && plan.phase != Phase::Offloaded);
        }
        if let Some(plan) = self.plans().find(|plan| plan.id == trip.id) {
            (plan.pickup, plan.delivery) = (trip.pickup.clone(), trip.delivery.clone());
            plan.scheduled = trip.scheduled_departure;
            return;
        }
        let departed =
            trip.departed_at.or((trip.status == TripStatus::Ongoing).then_some(trip.scheduled_departure));
        let phase = match (departed, trip.arrived_at) {
            (Some(_), Some(_)) => Phase::Arrived,
            (Some(_), None) => Phase::Ongoing,
            (None, _) => Phase::Scheduled,
        };
        self.0.get_or_insert_default().plans.push(Plan {
            id: trip.id,
            pickup: trip.pickup.clone(),
            delivery: trip.delivery.clone(),
            scheduled: trip.scheduled_departure,
            phase,
            departed,
            delayed: trip.status == TripStatus::Delayed,
            alert: None,
            halt: None,
        });
    }

    /// Somebody says where a trip stands: their word goes.
    pub(super) fn change(
        &mut self,
        change: &TripStatusChange,
        at: Timestamp,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
        let known = self.plans().any(|plan| plan.id == change.trip);
        if !known && change.to == TripStatus::Ongoing {
            // One nobody told us the places of.
            let nowhere = FenceId::new("");
            self.0.get_or_insert_default().plans.push(Plan {
                id: change.trip,
                pickup: nowhere.clone(),
                delivery: nowhere,
                scheduled: at,
                phase: Phase::Scheduled,
                departed: None,
                delayed: false,
                alert: None,
                halt: None,
            });
        }
        let Some(plan) = self.plans().find(|plan| plan.id == change.trip) else { return };
        match change.to {
            TripStatus::Scheduled => (plan.phase, plan.departed) = (Phase::Scheduled, None),
            TripStatus::Delayed => plan.delayed = true,
            TripStatus::Ongoing => {
                plan.in_time(at, alerts, step);
                (plan.phase, plan.departed) = (Phase::Ongoing, plan.departed.or(Some(at)));
            }
            TripStatus::Completed => {
                plan.in_time(at, alerts, step);
                plan.go_on(at, alerts, step);
                plan.phase = Phase::Offloaded;
            }
            TripStatus::Cancelled | TripStatus::Failed => {
                plan.in_time(at, alerts, step);
                plan.go_on(at, alerts, step);
                self.drop_if(|plan| plan.id == change.trip);
            }
        }
    }

    fn drop_if(&mut self, over: impl Fn(&Plan) -> bool) {
        if let Some(book) = &mut self.0 {
            book.plans.retain(|plan| !over(plan));
            if book.plans.is_empty() {
                self.0 = None;
            }
        }
    }

    /// Follows what the vehicle's visits were found to be: the step's events from
    /// number `first` on.
    pub(super) fn follow(&mut self, first: usize, alerts: &mut Alerts, step: &mut Step<'_>) {
        let moments: Vec<Moment> = step.events[first..]
            .iter()
            .filter_map(|event| match &event.data {
                EventData::GeofenceExited(visit) => Some(Moment::Left(visit.geofence.clone(), visit.exit)),
                EventData::VisitConfirmed(visit) => {
                    Some(Moment::Visited(visit.geofence.clone(), visit.enter))
                }
                _ => None,
            })
            .collect();
        for moment in moments {
            match moment {
                Moment::Left(fence, at) => self.left(&fence, at, alerts, step),
                Moment::Visited(fence, at) => self.visited(&fence, at, alerts, step),
            }
        }
    }

    fn left(&mut self, fence: &FenceId, at: Timestamp, alerts: &mut Alerts, step: &mut Step<'_>) {
        if let Some(plan) = self.plans().find(|plan| plan.is_under_way()) {
            if plan.phase == Phase::Arrived && plan.delivery == *fence {
                plan.reach(Milestone::Offloaded, at, alerts, step);
            }
            return;
        }
        let early = step.rules.trips.early_s;
        let due = |plan: &&mut Plan| {
            plan.phase == Phase::Scheduled
                && plan.pickup == *fence
                && at.seconds_since(plan.scheduled) >= -early
        };
        let Some(plan) = self.plans().filter(due).min_by_key(|plan| plan.scheduled) else { return };
        plan.reach(Milestone::Departed, at, alerts, step);
        let departed = plan.id;
        // A truck on its next trip will not return from the last.
        self.drop_if(|plan| plan.phase == Phase::Offloaded && plan.id != departed);
    }

    fn visited(&mut self, fence: &FenceId, at: Timestamp, alerts: &mut Alerts, step: &mut Step<'_>) {
        let is_depot = step.fences.kind(fence) == Some(FenceKind::Depot);
        let mut returned = None;
        for plan in self.plans() {
            match plan.phase {
                Phase::Ongoing if plan.delivery == *fence && plan.departed.is_none_or(|left| at >= left) => {
                    plan.reach(Milestone::Arrived, at, alerts, step);
                    return;
                }
                Phase::Offloaded if is_depot || plan.pickup == *fence => {
                    plan.reach(Milestone::Returned, at, alerts, step);
                    returned = Some(plan.id);
                    break;
                }
                Phase::Scheduled | Phase::Ongoing | Phase::Arrived | Phase::Offloaded => {}
            }
        }
        self.drop_if(|plan| Some(plan.id) == returned);
    }

    /// Judges where the vehicle stands, if it does outside all fences since some time:
    /// as of `now`, the fix before having been at `last`.
    pub(super) fn judge_stop(
        &mut self,
        standing: Option<(Timestamp, LonLat)>,
        (last, now): (Timestamp, Timestamp),
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
        let longest = step.rules.trips.unexpected_stop_s;
        for plan in self.plans() {
            let standing = standing.filter(|_| longest > 0.0 && plan.is_under_way());
            if plan.halt.is_some_and(|halt| standing.is_none_or(|(start, _)| start != halt.start)) {
                plan.go_on(last, alerts, step);
            }
            let Some((start, point)) = standing.filter(|_| plan.halt.is_none()) else { continue };
            let stood = now.seconds_since(start);
            let halt = Episode { kind: AlertKind::UnexpectedStop, start, point };
            if stood >= longest && alerts.trigger(halt, &[("stop_s", stood)], step) {
                plan.halt = Some(halt);
            }
        }
    }

    /// Time has passed: a trip may be overdue.
    pub(super) fn pass_time(
        &mut self,
        last: Option<&Fix>,
        now: Timestamp,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
        let fences = step.fences;
        for plan in self.plans() {
            let Some(at) = plan.overdue(&step.rules.trips).filter(|at| *at <= now) else { continue };
            let (trip, from) = (plan.id, plan.status());
            plan.delayed = true;
            let late = step.rules.trips.delay_s;
            let reason = Some(format!("not departed {late:.0} s after its schedule"));
            let change = TripStatusChange {
                trip,
                from,
                to: TripStatus::Delayed,
                reason,
                milestone: None,
                tat_s: None,
            };
            step.emit(at, &trip.to_string(), at, "delayed", EventData::TripStatusChanged(change));
            let place = last.map(|fix| fix.point).or_else(|| fences.anchor(&plan.pickup));
            let Some(point) = place else { continue };
            let episode = Episode { kind: AlertKind::TripDelay, start: at, point };
            if alerts.trigger(episode, &[("late_s", late)], step) {
                plan.alert = Some(episode);
            }
        }
    }

    /// When time alone next changes something.
    pub(super) fn next_change(&self, rules: &TripRules) -> Option<Timestamp> {
        self.0.as_ref()?.plans.iter().filter_map(|plan| plan.overdue(rules)).min()
    }

    /// When the vehicle will be at its delivery: by what past trips of the lane took,
    /// in proportion to the straight way that is left; else going on as it did today.
    pub(super) fn eta(
        &self,
        head: &Fix,
        ledger: &Ledger,
        (fences, lanes): (&FenceSet, &Lanes),
        rules: &TripRules,
    ) -> Option<Eta> {
        let plan = self.under_way().filter(|plan| plan.phase == Phase::Ongoing)?;
        let delivery = fences.anchor(&plan.delivery)?;
        let left_m = head.point.distance(delivery).get();
        let there = |left: f64, (early, late): (f64, f64), trips| Eta {
            at: after(head.time, left),
            earliest: after(head.time, early),
            latest: after(head.time, late),
            trips,
        };
        let lane = lanes.get(&(plan.pickup.clone(), plan.delivery.clone()));
        let whole_m = fences.anchor(&plan.pickup).map(|pickup| pickup.distance(delivery).get());
        if let (Some(lane), Some(whole_m)) = (lane, whole_m.filter(|whole| *whole > 0.0)) {
            let share = (left_m / whole_m).min(MOST_OF_THE_WAY);
            let bounds = (lane.early_s * share, lane.late_s * share);
            return Some(there(lane.usual_s * share, bounds, lane.trips));
        }
        let (driven, seconds) = ledger.moving();
        let usual = rules.speed_kmh / 3.6;
        let speed = if seconds >= KNOWN_AFTER_S { (driven / seconds).max(usual / 4.0) } else { usual };
        let left = left_m * rules.detour / speed;
        Some(there(left, (left * EARLY, left * LATE), 0))
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let bytes = |book: &Plans| size_of::<Plans>() + book.plans.capacity() * size_of::<Plan>();
        self.0.as_deref().map_or(0, bytes)
    }
}
