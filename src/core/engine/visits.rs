//! Visits: who is in which fence since when. A vehicle is in at once, and out
//! only when it is beyond doubt.

use serde::{Deserialize, Serialize};

use super::{
    fences::{Fence, FenceSet, Line, Segment, take_turns},
    moment::Moment,
    passage::Passage,
    rules::{GeofenceRules, Rules},
    step::{Step, after, nearest},
};
use crate::domain::{
    event::{EventData, FenceMoment, FenceVisit},
    geo::LonLat,
    geofence::Watches,
    history::{self, Record},
    id::{FenceId, VehicleKey},
    time::Timestamp,
};

/// A vehicle's presence in one fence.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Visit {
    pub(super) fence: u32,
    pub(super) enter: Moment,
    /// When it was last inside, while `outside` is not 0.
    pub(super) exit: Moment,
    /// Consecutive fixes outside that did not yet end it.
    pub(super) outside: u16,
    pub(super) confirmed: bool,
    pub(super) at_first_fix: bool,
}

/// The fences a vehicle is in, by fence. Mostly one or two, and there are many vehicles.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Visits(Box<[Visit]>);

/// How far a vehicle may still move before a boundary can be near, metres. Knowledge
/// about the present fences only, so it is never stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clearance(f32);

impl Default for Clearance {
    /// Not known, and neither which fences the vehicle is in.
    fn default() -> Self {
        Self(-1.0)
    }
}

impl Clearance {
    /// Looks how far the nearest boundary is, where the vehicle moves slowly enough for
    /// the answer to serve several fixes.
    fn around(way: &Way, step: &Step<'_>) -> Self {
        const SLOW_M: f64 = 60.0;
        const HORIZON_STEPS: f64 = 16.0;
        const LEAST_HORIZON_M: f64 = 200.0;
        if way.from.is_none() || way.metres > SLOW_M {
            return Self(0.0);
        }
        let horizon = (way.metres * HORIZON_STEPS).max(LEAST_HORIZON_M);
        Self(step.fences.clearance(way.to.0, horizon) as f32)
    }
}

/// A vehicle's way from its last good fix, if there is one, to the present.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) from: Option<(LonLat, Timestamp)>,
    pub(super) to: (LonLat, Timestamp),
    pub(super) metres: f64,
    /// Whether it is at a stop: then what takes it over a boundary is noise.
    pub(super) stands: bool,
}

impl Way {
    pub(super) fn time(&self, along: f64) -> Timestamp {
        let (start, end) = (self.from.map_or(self.to.1, |from| from.1).millis(), self.to.1.millis());
        Timestamp::from_millis(start + nearest((end - start) as f64 * along))
    }

    fn segment(&self, rules: &GeofenceRules) -> Option<Segment> {
        let (from, start) = self.from?;
        let short = rules.max_segment_s == 0.0 || self.to.1.seconds_since(start) <= rules.max_segment_s;
        (rules.interpolate && short).then_some(Segment { from, to: self.to.0 })
    }
}

/// A visit to a fence that no longer exists.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Orphan {
    pub(super) geofence: FenceId,
    pub(super) name: String,
    enter: Timestamp,
    confirmed: bool,
    at_first_fix: bool,
}

impl Orphan {
    /// The end of the visit.
    pub(super) fn end(self, exit: Timestamp, step: &mut Step<'_>) {
        let Self { geofence, name, enter, confirmed, at_first_fix } = self;
        let exit = exit.max(enter);
        let subject = geofence.clone();
        step.records.push(Record::Visit(history::Visit {
            vehicle: step.vehicle.clone(),
            geofence: geofence.clone(),
            enter,
            exit: Some(exit),
            entered_at_first_fix: at_first_fix,
            seconds: exit.seconds_since(enter),
            confirmed,
        }));
        let visit = FenceVisit { geofence, name, enter, exit, confirmed };
        step.emit(exit, subject.as_str(), enter, "end", EventData::GeofenceExited(visit));
    }
}

impl Visits {
    /// The fences the vehicle is in.
    pub(super) fn fences(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|visit| visit.fence)
    }

    /// The visits under way, as of `last`.
    pub(super) fn unfinished(
        &self,
        last: Timestamp,
        fences: &FenceSet,
        vehicle: &VehicleKey,
        into: &mut Vec<Record>,
    ) {
        let record = |visit: &Visit| visit.record(&fences.get(visit.fence).id, vehicle, None, last);
        into.extend(self.0.iter().map(record));
    }

    /// When time alone confirms the next visit, the last fix having been at `last`.
    pub(super) fn next_confirmation(
        &self,
        last: Timestamp,
        rules: &Rules,
        fences: &FenceSet,
    ) -> Option<Timestamp> {
        let waiting = || self.0.iter().filter(|visit| !visit.confirmed && visit.outside == 0);
        waiting().next()?;
        let certain = certain_from(last, &rules.geofence)?;
        let dwell = |visit: &Visit| rules.dwell_at(&fences.get(visit.fence).id);
        waiting().map(|visit| after(visit.enter.get(), dwell(visit)).max(certain)).min()
    }

    fn retain_mut(&mut self, keep: impl FnMut(&mut Visit) -> bool) {
        let mut open = std::mem::take(&mut self.0).into_vec();
        open.retain_mut(keep);
        self.0 = open.into();
    }

    /// Follows the vehicle along its way to the newest fix.
    pub(super) fn follow(&mut self, way: &Way, clearance: &mut Clearance, step: &mut Step<'_>) {
        let settled = clearance.0 >= 0.0;
        clearance.0 -= way.metres as f32;
        let doubtful = self.0.iter().any(|visit| visit.outside > 0);
        if clearance.0 <= 0.0 || doubtful || way.from.is_none() {
            self.compare(way, settled, step);
            *clearance = Clearance::around(way, step);
        }
        self.confirm(way.to, step);
    }

    /// Time has passed since the last fix, and none of `now` or before is to come.
    pub(super) fn pass_time(
        &mut self,
        (point, last): (LonLat, Timestamp),
        now: Timestamp,
        step: &mut Step<'_>,
    ) {
        if certain_from(last, &step.rules.geofence).is_some_and(|certain| certain <= now) {
            self.confirm((point, now), step);
        }
    }

    /// Visits have reached their dwell by `now`, at which the vehicle was inside.
    fn confirm(&mut self, (point, now): (LonLat, Timestamp), step: &mut Step<'_>) {
        for visit in &mut self.0 {
            if !visit.confirmed
                && visit.outside == 0
                && after(visit.enter.get(), step.rules.dwell_at(&step.fences.get(visit.fence).id)) <= now
            {
                visit.confirm(Some(point), step);
            }
        }
    }

    /// The vehicle is suddenly at `point`, and how it came there from its last fix is
    /// not known: visits to fences it is not in now ended with that.
    pub(super) fn jump(&mut self, last: Timestamp, point: LonLat, step: &mut Step<'_>) {
        let fences = step.fences;
        self.retain_mut(|visit| {
            if fences.get(visit.fence).covers(point) {
                visit.outside = 0;
                return true;
            }
            if visit.outside == 0 {
                // The clock may have confirmed it since: then it lasted that long.
                let dwell_s = step.rules.dwell_at(&fences.get(visit.fence).id);
                let least = if visit.confirmed { dwell_s } else { 0.0 };
                visit.exit = last.max(after(visit.enter.get(), least)).into();
            }
            visit.leave(step);
            false
        });
    }

    /// Renumbers for other fences; `number` says where a fence is now. What is
    /// nowhere is returned.
    pub(super) fn renumber(
        &mut self,
        number: impl Fn(u32) -> Option<u32>,
        name: impl Fn(u32) -> (FenceId, String),
    ) -> Vec<Orphan> {
        let mut orphans = Vec::new();
        self.retain_mut(|visit| match number(visit.fence) {
            Some(fence) => {
                visit.fence = fence;
                true
            }
            None => {
                let (geofence, name) = name(visit.fence);
                let Visit { enter, confirmed, at_first_fix, .. } = *visit;
                orphans.push(Orphan { geofence, name, enter: enter.get(), confirmed, at_first_fix });
                false
            }
        });
        self.0.sort_by_key(|visit| visit.fence);
        orphans
    }

    fn compare(&mut self, way: &Way, settled: bool, step: &mut Step<'_>) {
        let segment = way.segment(&step.rules.geofence);
        let line = segment.unwrap_or(Segment { from: way.to.0, to: way.to.0 }).line();
        let mut candidates = std::mem::take(&mut step.scratch.candidates);
        candidates.clear();
        step.fences.near(&line, &mut candidates);
        if !self.0.is_empty() {
            candidates.extend(self.fences());
            candidates.sort_unstable();
            candidates.dedup();
        }
        let before = step.events.len();
        for &fence in &candidates {
            self.compare_one(fence, way, (segment.as_ref(), &line, settled), step);
        }
        step.scratch.candidates = candidates;
        // Out of one fence, then into the next: as it happened, not by name.
        step.events[before..].sort_by_key(|event| event.ts);
    }

    fn compare_one(
        &mut self,
        index: u32,
        way: &Way,
        (segment, line, settled): (Option<&Segment>, &Line, bool),
        step: &mut Step<'_>,
    ) {
        let fences = step.fences;
        let fence = fences.get(index);
        let place = self.0.binary_search_by_key(&index, |visit| visit.fence);
        if place.is_err() && fence.watches == Watches::OnTrip && step.trip.is_none() {
            return;
        }
        let visit = place.ok().map(|place| self.0[place]);
        let was_inside = visit.is_some_and(|visit| visit.outside == 0);
        let (mut known, mut plain) = (false, false);
        if let Some(segment) = segment {
            let crossings = &mut step.scratch.crossings;
            plain = fence.crossings(line, crossings) && take_turns(crossings);
            // As it was at the last fix: in without a doubt, or out.
            known = settled && fence.tells_sides(segment);
            if known && crossings.is_empty() && visit.is_none_or(|visit| visit.outside == 0) {
                return;
            }
        }
        let changes = step.scratch.crossings.len();
        let inside = match known && (plain || changes == 0) {
            true => was_inside != (changes % 2 == 1),
            false => fence.covers(way.to.0),
        };
        let mut passage = Passage { index, fence, way, visit };
        match segment {
            Some(segment) => passage.between(segment, (inside, plain), step),
            None => passage.at_fix(inside, step),
        }
        match (place, passage.visit) {
            (Ok(place), Some(visit)) => self.0[place] = visit,
            (Ok(place), None) => {
                let mut open = std::mem::take(&mut self.0).into_vec();
                open.remove(place);
                self.0 = open.into();
            }
            (Err(place), Some(visit)) => {
                let mut open = std::mem::take(&mut self.0).into_vec();
                open.reserve_exact(1);
                open.insert(place, visit);
                self.0 = open.into();
            }
            (Err(_), None) => {}
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.0)
    }
}

/// From when on a silent vehicle's visits end no earlier than now: until then the
/// next fix may show that it left on the way, sooner than the dwell.
fn certain_from(last: Timestamp, rules: &GeofenceRules) -> Option<Timestamp> {
    if !rules.interpolate {
        return Some(last);
    }
    let longest = after(last, rules.max_segment_s);
    (rules.max_segment_s > 0.0).then(|| Timestamp::from_millis(longest.millis().saturating_add(1)))
}

impl Visit {
    fn confirm(&mut self, point: Option<LonLat>, step: &mut Step<'_>) {
        self.confirmed = true;
        let fence = step.fences.get(self.fence);
        let at = after(self.enter.get(), step.rules.dwell_at(&fence.id));
        let data = EventData::VisitConfirmed(self.moment(fence, point));
        step.emit(at, fence.id.as_str(), self.enter.get(), "confirmed", data);
    }

    pub(super) fn leave(mut self, step: &mut Step<'_>) {
        let exit = self.exit.get().max(self.enter.get());
        let dwell_s = step.rules.dwell_at(&step.fences.get(self.fence).id);
        if !self.confirmed && after(self.enter.get(), dwell_s) <= exit {
            self.confirm(None, step);
        }
        let fences = step.fences;
        let fence = fences.get(self.fence);
        step.records.push(self.record(&fence.id, step.vehicle, Some(exit), exit));
        let data = EventData::GeofenceExited(FenceVisit {
            geofence: fence.id.clone(),
            name: fence.name.clone(),
            enter: self.enter.get(),
            exit,
            confirmed: self.confirmed,
        });
        step.emit(exit, fence.id.as_str(), self.enter.get(), "end", data);
    }

    fn record(
        &self,
        fence: &FenceId,
        vehicle: &VehicleKey,
        exit: Option<Timestamp>,
        last: Timestamp,
    ) -> Record {
        Record::Visit(history::Visit {
            vehicle: vehicle.clone(),
            geofence: fence.clone(),
            enter: self.enter.get(),
            exit,
            entered_at_first_fix: self.at_first_fix,
            seconds: last.max(self.enter.get()).seconds_since(self.enter.get()),
            confirmed: self.confirmed,
        })
    }

    pub(super) fn moment(&self, fence: &Fence, point: Option<LonLat>) -> FenceMoment {
        FenceMoment {
            geofence: fence.id.clone(),
            name: fence.name.clone(),
            enter: self.enter.get(),
            entered_at_first_fix: self.at_first_fix,
            point,
        }
    }
}
