//! Planned trips along their way: departed with the exit of the pickup, arrived with
//! a confirmed visit to the delivery, offloaded with its exit, returned with the next
//! confirmed visit to the pickup or a depot; delayed when none of it begins
//! in time or it will not be there when promised.

mod delay;
mod outlook;
mod plan;
mod route;

use serde::{Deserialize, Serialize};

pub(super) use self::outlook::Outlook;
use self::{
    delay::Delay,
    plan::{Phase, Plan},
};
use super::{
    alerts::{Alerts, Episode},
    fences::FenceSet,
    fixes::Fix,
    rules::TripRules,
    step::Step,
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

/// The trips of a vehicle that are not over. Most have none.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Trips(Option<Box<Plans>>);

/// Boxed, because a vehicle without a trip should pay for a pointer only.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Plans {
    plans: Vec<Plan>,
}

/// What a vehicle's visits mean for its trips.
enum Moment {
    Left(FenceId, Timestamp),
    Visited(FenceId, Timestamp),
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
            plan.ends = (trip.pickup.clone(), trip.delivery.clone());
            (plan.scheduled, plan.promised) = (trip.scheduled_departure, trip.promised_arrival);
            return;
        }
        self.0.get_or_insert_default().plans.push(Plan::of(trip));
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
            let plan = Plan::new(change.trip, (nowhere.clone(), nowhere), at);
            self.0.get_or_insert_default().plans.push(plan);
        }
        let Some(plan) = self.plans().find(|plan| plan.id == change.trip) else { return };
        let late_s = at.seconds_since(plan.due());
        match change.to {
            TripStatus::Scheduled => (plan.phase, plan.departed) = (Phase::Scheduled, None),
            TripStatus::Delayed if plan.delay.is_any() => {}
            TripStatus::Delayed => plan.delay = Delay::Said,
            TripStatus::Ongoing => {
                plan.in_time(at, late_s, alerts, step);
                (plan.phase, plan.departed) = (Phase::Ongoing, plan.departed.or(Some(at)));
            }
            TripStatus::Completed => {
                plan.close(at, late_s, alerts, step);
                plan.phase = Phase::Offloaded;
            }
            TripStatus::Cancelled | TripStatus::Failed => {
                plan.close(at, late_s, alerts, step);
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
    pub(super) fn follow(
        &mut self,
        first: usize,
        outlook: &Outlook<'_>,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
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
                Moment::Left(fence, at) => self.left(&fence, at, outlook, alerts, step),
                Moment::Visited(fence, at) => self.visited(&fence, at, outlook, alerts, step),
            }
        }
    }

    fn left(
        &mut self,
        fence: &FenceId,
        at: Timestamp,
        outlook: &Outlook<'_>,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
        if let Some(plan) = self.plans().find(|plan| plan.is_under_way()) {
            if plan.phase == Phase::Arrived && plan.ends.1 == *fence {
                plan.reach(Milestone::Offloaded, at, outlook, alerts, step);
            }
            return;
        }
        let early = step.rules.trips.early_s;
        let due = |plan: &&mut Plan| {
            plan.phase == Phase::Scheduled
                && plan.ends.0 == *fence
                && at.seconds_since(plan.scheduled) >= -early
        };
        let Some(plan) = self.plans().filter(due).min_by_key(|plan| plan.scheduled) else { return };
        plan.reach(Milestone::Departed, at, outlook, alerts, step);
        let departed = plan.id;
        // A truck on its next trip will not return from the last.
        self.drop_if(|plan| plan.phase == Phase::Offloaded && plan.id != departed);
    }

    fn visited(
        &mut self,
        fence: &FenceId,
        at: Timestamp,
        outlook: &Outlook<'_>,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
        let is_depot = step.fences.kind(fence) == Some(FenceKind::Depot);
        let mut returned = None;
        for plan in self.plans() {
            match plan.phase {
                Phase::Ongoing if plan.ends.1 == *fence && plan.departed.is_none_or(|left| at >= left) => {
                    plan.reach(Milestone::Arrived, at, outlook, alerts, step);
                    return;
                }
                Phase::Offloaded if is_depot || plan.ends.0 == *fence => {
                    plan.reach(Milestone::Returned, at, outlook, alerts, step);
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
            if stood >= longest && alerts.trigger(halt, now, &[("stop_s", stood.into())], step) {
                plan.halt = Some(halt);
            }
        }
    }

    /// Looks how the vehicle is doing at its newest fix: whether it will be there when
    /// promised, and where past trips drove.
    pub(super) fn judge_way(
        &mut self,
        fix: &Fix,
        outlook: &Outlook<'_>,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
        for plan in self.plans() {
            plan.weigh_promise(outlook, fix.time, alerts, step);
            plan.keep_to_the_band(fix, outlook, alerts, step);
        }
    }

    /// Time has passed: a trip may be overdue.
    pub(super) fn pass_time(
        &mut self,
        outlook: &Outlook<'_>,
        now: Timestamp,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
        self.plans().for_each(|plan| plan.wait(outlook, now, alerts, step));
    }

    /// When time alone next changes something.
    pub(super) fn next_change(
        &self,
        outlook: &Outlook<'_>,
        fences: &FenceSet,
        rules: &TripRules,
    ) -> Option<Timestamp> {
        self.0.as_ref()?.plans.iter().filter_map(|plan| plan.overdue(outlook, fences, rules)).min()
    }

    /// When the vehicle will be at its delivery.
    pub(super) fn eta(
        &self,
        outlook: &Outlook<'_>,
        places: (&FenceSet, &Lanes),
        rules: &TripRules,
    ) -> Option<Eta> {
        outlook.eta(self.under_way()?, places, rules)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let bytes = |book: &Plans| {
            let astray = book.plans.iter().map(|plan| plan.astray.heap_bytes()).sum::<usize>();
            size_of::<Plans>() + book.plans.capacity() * size_of::<Plan>() + astray
        };
        self.0.as_deref().map_or(0, bytes)
    }
}
