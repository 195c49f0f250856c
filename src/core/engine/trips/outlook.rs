//! When a vehicle on a trip will be at its delivery.

use super::plan::{Phase, Plan};
use crate::{
    domain::{geo::LonLat, id::FenceId, lane::Lanes, live::Eta, time::Timestamp},
    engine::{
        fences::FenceSet,
        fixes::Fix,
        ledger::Ledger,
        rules::TripRules,
        step::{Step, after},
        visits::Visits,
    },
};

/// Driving time today before its speed says something, seconds.
const KNOWN_AFTER_S: f64 = 600.0;
/// Bounds of an arrival, as shares of the time left: a margin chosen, not measured.
const EARLY: f64 = 0.75;
const LATE: f64 = 1.5;
/// A truck further from its delivery than the pickup is has no more than this share of the
/// way before it, as far as past trips can say.
const MOST_OF_THE_WAY: f64 = 1.5;

/// What is known of a vehicle that says where its trip is heading.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Outlook<'a> {
    /// Its last good fix.
    pub(in crate::engine) head: Option<&'a Fix>,
    pub(in crate::engine) ledger: &'a Ledger,
    pub(in crate::engine) visits: &'a Visits,
}

/// When a trip under way was promised at its delivery, and when it is expected there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prospect {
    pub(super) promised: Timestamp,
    pub(super) expected: Timestamp,
}

impl Prospect {
    /// Seconds it is expected too late; negative before the promise.
    pub(super) fn late_s(self) -> f64 {
        self.expected.seconds_since(self.promised)
    }
}

impl Outlook<'_> {
    /// Where the vehicle was last.
    pub(super) fn point(&self) -> Option<LonLat> {
        self.head.map(|head| head.point)
    }

    /// Whether the vehicle is at a place, for however short a time.
    pub(super) fn is_at(&self, place: &FenceId, fences: &FenceSet) -> bool {
        self.visits.fences().any(|fence| fences.get(fence).id == *place)
    }

    /// When the vehicle will be at its delivery: by what past trips of the lane took,
    /// in proportion to the straight way that is left; else going on as it did today.
    pub(super) fn eta(
        &self,
        plan: &Plan,
        (fences, lanes): (&FenceSet, &Lanes),
        rules: &TripRules,
    ) -> Option<Eta> {
        let head = self.head.filter(|_| plan.phase == Phase::Ongoing)?;
        let (pickup, delivery) = &plan.ends;
        let delivery = fences.anchor(delivery)?;
        let left_m = head.point.distance(delivery).get();
        let there = |left: f64, (early, late): (f64, f64), trips| Eta {
            at: after(head.time, left),
            earliest: after(head.time, early),
            latest: after(head.time, late),
            trips,
        };
        let whole_m = fences.anchor(pickup).map(|pickup| pickup.distance(delivery).get());
        if let (Some(lane), Some(whole_m)) = (lanes.get(&plan.ends), whole_m.filter(|whole| *whole > 0.0)) {
            let share = (left_m / whole_m).min(MOST_OF_THE_WAY);
            let bounds = (lane.early_s * share, lane.late_s * share);
            return Some(there(lane.usual_s * share, bounds, lane.trips));
        }
        let (driven, seconds) = self.ledger.moving();
        let usual = rules.speed_kmh / 3.6;
        let speed = if seconds >= KNOWN_AFTER_S { (driven / seconds).max(usual / 4.0) } else { usual };
        let left = left_m * rules.detour / speed;
        Some(there(left, (left * EARLY, left * LATE), 0))
    }

    /// What is to be expected of a trip under way that was promised, as of `now`: it is
    /// not there, so it will be later than that, however near it is. Nothing while it is
    /// at its delivery, and the visit has yet to be confirmed.
    pub(super) fn prospect(&self, plan: &Plan, now: Timestamp, step: &Step<'_>) -> Option<Prospect> {
        let promised = plan.promised.filter(|_| plan.phase == Phase::Ongoing)?;
        if self.is_at(&plan.ends.1, step.fences) {
            return None;
        }
        let eta = self.eta(plan, (step.fences, step.lanes), &step.rules.trips);
        Some(Prospect { promised, expected: eta.map_or(now, |eta| eta.at.max(now)) })
    }
}
