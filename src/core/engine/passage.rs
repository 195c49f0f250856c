//! One vehicle's way past, into or out of one fence, left to right.

use super::{
    fences::{Fence, Inside, Segment, by_turns},
    rules::GeofenceRules,
    step::Step,
    visits::{Visit, Way},
};
use crate::domain::{
    event::{EventData, FenceVisit},
    geo::LonLat,
    history::{self, Record},
    time::Timestamp,
};

/// One vehicle's way past, into or out of one fence.
pub(super) struct Passage<'a> {
    pub(super) index: u32,
    pub(super) fence: &'a Fence,
    pub(super) way: &'a Way,
    /// The visit under way, before and after.
    pub(super) visit: Option<Visit>,
}

impl Passage<'_> {
    /// Judges the fix alone: the way to it is not known.
    pub(super) fn at_fix(&mut self, inside: bool, step: &mut Step<'_>) {
        let now = self.way.to.1;
        match (&mut self.visit, inside) {
            (None, false) => {}
            (None, true) => self.enter(now, self.way.from.is_none(), step),
            (Some(visit), true) => visit.outside = 0,
            (Some(visit), false) => {
                if visit.outside == 0 {
                    visit.exit = now.into();
                }
                self.outside(step);
            }
        }
    }

    /// Judges the way from the last fix: left to right through its parts inside, which
    /// alternate where all crossings are `plain`.
    pub(super) fn between(
        &mut self,
        segment: &Segment,
        (ends_inside, plain): (bool, bool),
        step: &mut Step<'_>,
    ) {
        let mut parts = std::mem::take(&mut step.scratch.inside);
        let mut crossings = std::mem::take(&mut step.scratch.crossings);
        if plain {
            by_turns(ends_inside, &crossings, &mut parts);
        } else {
            self.fence.along(segment, ends_inside, &mut crossings, &mut parts);
        }
        if let Some(visit) = &mut self.visit
            && visit.outside == 0
        {
            // Inside until now; without a part inside, the fence has changed or
            // the last fix was on the very boundary.
            let still = parts.first().filter(|part| part.start == 0.0).map_or(0.0, |part| part.end);
            visit.exit = self.way.time(still).into();
        }
        let mut left_at = None;
        for part in &parts {
            self.part_inside(*part, left_at, segment, step);
            left_at = Some(part.end);
        }
        if ends_inside {
            if let Some(visit) = &mut self.visit {
                visit.outside = 0;
            }
        } else if self.visit.is_some() {
            self.outside(step);
        }
        step.scratch.inside = parts;
        step.scratch.crossings = crossings;
    }

    /// A part of the way inside the fence, after one that ended at `left_at`.
    fn part_inside(&mut self, part: Inside, left_at: Option<f64>, segment: &Segment, step: &mut Step<'_>) {
        let (enter, exit) = (self.way.time(part.start), self.way.time(part.end));
        if let Some(visit) = &mut self.visit {
            let stays = left_at.is_none_or(|left| {
                !is_away(self.fence, segment, left, part.start, &step.rules.at_fence(&self.fence.id))
            });
            if stays {
                visit.exit = exit.into();
                return;
            }
            self.leave(step);
        }
        if part.end == 1.0 {
            // Inside at the last fix already, and no visit: the fence is new, or
            // was not watched. When it was entered is not known.
            let known = part.start > 0.0;
            self.enter(if known { enter } else { self.way.to.1 }, !known, step);
        } else if part.start > 0.0 && exit > enter {
            let data = EventData::GeofenceCrossed(FenceVisit {
                geofence: self.fence.id.clone(),
                name: self.fence.name.clone(),
                enter,
                exit,
                confirmed: false,
            });
            step.emit(exit, self.fence.id.as_str(), enter, "crossed", data);
            let (vehicle, geofence) = (step.vehicle.clone(), self.fence.id.clone());
            step.records.push(Record::Crossing(history::Crossing { vehicle, geofence, enter, exit }));
        }
    }

    /// The newest fix is outside while a visit is open.
    fn outside(&mut self, step: &mut Step<'_>) {
        let Some(visit) = &mut self.visit else { return };
        visit.outside = visit.outside.saturating_add(1);
        let rules = step.rules.at_fence(&self.fence.id);
        let often = !self.way.stands && u32::from(visit.outside) >= rules.exit_fixes;
        if often || is_beyond(self.fence, self.way.to.0, &rules) {
            self.leave(step);
        }
    }

    fn enter(&mut self, enter: Timestamp, at_first_fix: bool, step: &mut Step<'_>) {
        let visit = Visit {
            fence: self.index,
            enter: enter.into(),
            exit: enter.into(),
            outside: 0,
            confirmed: false,
            at_first_fix,
        };
        let data = EventData::GeofenceEntered(visit.moment(self.fence, Some(self.way.to.0)));
        step.emit(enter, self.fence.id.as_str(), enter, "start", data);
        self.visit = Some(visit);
    }

    fn leave(&mut self, step: &mut Step<'_>) {
        if let Some(visit) = self.visit.take() {
            visit.leave(step);
        }
    }
}

/// Whether a point outside a fence is further from it than doubt reaches.
fn is_beyond(fence: &Fence, point: LonLat, rules: &GeofenceRules) -> bool {
    let ratio = fence.circle_radius().map_or(0.0, |radius| rules.hysteresis_ratio * radius);
    let margin = rules.hysteresis_m.max(ratio);
    margin == 0.0 || !fence.boundary_is_within(point, margin)
}

/// Whether the way is beyond doubt outside somewhere between two fractions that
/// hold no fix.
fn is_away(fence: &Fence, segment: &Segment, from: f64, to: f64, rules: &GeofenceRules) -> bool {
    [0.25, 0.5, 0.75].into_iter().any(|share| is_beyond(fence, segment.at(from + (to - from) * share), rules))
}
