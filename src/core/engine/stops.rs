//! Stops: the maximal runs of fixes pairwise within a radius that last long
//! enough, found left to right.
//!
//! Before a run is a stop its places are kept one by one, because the oldest may
//! have to go; once it is, only their convex hull, because the farthest of them
//! from any point is one of its corners. Both are bounded by thinning.

use serde::{Deserialize, Serialize};

use super::{
    hull::{Hull, Place},
    rules::MotionRules,
    step::Step,
};
use crate::domain::{
    event::{EventData, Stop},
    geo::{LonLat, Scale},
    history::{Record, StopRecord},
    id::VehicleKey,
    time::Timestamp,
};

/// Places kept of a run that is no stop yet.
const MAX_SPOTS: usize = 64;
/// Fixes this share of the radius apart, one after the other, are one place.
const SAME_PLACE: f64 = 0.01;

/// Consecutive fixes at one place.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Spot {
    place: Place,
    first: Timestamp,
    lasted_ms: u32,
    /// Metres of the way from its first fix to the next spot's, or to now.
    way_m: f32,
    fixes: u16,
    stood: bool,
}

/// What a fix did to the vehicle's stops.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Turn {
    /// At no stop, as before.
    Drives,
    /// At a stop, as before.
    Stands,
    /// A stop began, as it turns out, at `start`; since then so many metres and
    /// further fixes.
    Stopped { start: Timestamp, metres: f64, fixes: u32 },
    /// A stop is over: it was last seen standing at `last`; so many metres and fixes
    /// lie between then and the fix before this one.
    Left { last: Timestamp, metres: f64, fixes: u32 },
}

impl Spot {
    fn last(&self) -> Timestamp {
        Timestamp::from_millis(self.first.millis() + i64::from(self.lasted_ms))
    }
}

/// The fixes at the head of a vehicle's history that are pairwise near.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Run {
    spots: Vec<Spot>,
    stop: Option<Box<OpenStop>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct OpenStop {
    start: Timestamp,
    /// The last fix at which it stood, or was not said not to.
    last: Timestamp,
    hull: Hull,
    /// Where distance was last counted from.
    counted: LonLat,
    centre: Centre,
    /// Metres counted and fixes taken since `last`.
    since_m: f32,
    since_fixes: u32,
}

/// The mean of places.
#[derive(Debug, Serialize, Deserialize)]
struct Centre {
    origin: Place,
    /// Sum of the steps from the origin, in degrees, over so many fixes.
    sum: (f64, f64),
    fixes: u32,
}

impl Centre {
    fn add(&mut self, place: Place, fixes: u32) {
        let (dlon, dlat) = self.origin.step_to(place);
        let weight = f64::from(fixes);
        self.sum = (self.sum.0 + dlon * weight, self.sum.1 + dlat * weight);
        self.fixes = self.fixes.saturating_add(fixes);
    }

    fn point(&self) -> LonLat {
        let fixes = f64::from(self.fixes.max(1));
        self.origin.stepped((self.sum.0 / fixes, self.sum.1 / fixes))
    }
}

impl Run {
    /// Whether the vehicle is at a stop.
    pub(super) fn is_stop(&self) -> bool {
        self.stop.is_some()
    }

    /// Where distance is counted from while at a stop.
    pub(super) fn counted_from(&self) -> Option<LonLat> {
        self.stop.as_ref().map(|stop| stop.counted)
    }

    /// Distance has been counted up to `point`, so many metres more.
    pub(super) fn count_from(&mut self, point: LonLat, metres: f64) {
        if let Some(stop) = &mut self.stop {
            stop.counted = point;
            if stop.since_fixes > 0 {
                stop.since_m += metres as f32;
            }
        }
    }

    /// Forgets where it was; a stop ends at its last fix.
    pub(super) fn break_off(&mut self, step: &mut Step<'_>) -> Turn {
        self.spots.clear();
        match self.stop.take() {
            None => Turn::Drives,
            Some(stop) => {
                ended(&stop, step);
                Turn::Left { last: stop.last, metres: stop.since_m.into(), fixes: stop.since_fixes }
            }
        }
    }

    /// Adds a fix, `metres` from the last; `stood` unless the device says it moves.
    pub(super) fn add(
        &mut self,
        point: LonLat,
        time: Timestamp,
        metres: f64,
        stood: bool,
        step: &mut Step<'_>,
    ) -> Turn {
        let rules = &step.rules.motion;
        let place = Place::new(point);
        let scale = Scale::at_latitude(point.lat());
        let mut turn = Turn::Drives;
        if let Some(stop) = &mut self.stop {
            if stop.hull.is_within(place, rules.radius_m, scale) {
                stop.hull.add(place);
                if stood {
                    stop.last = time;
                    (stop.since_m, stop.since_fixes) = (0.0, 0);
                    stop.centre.add(place, 1);
                } else {
                    stop.since_fixes = stop.since_fixes.saturating_add(1);
                }
                return Turn::Stands;
            }
            turn = self.break_off(step);
        } else if let Some(spot) = self.spots.last_mut() {
            spot.way_m += metres as f32;
        }
        self.extend(place, time, stood, rules, scale);
        let lasted = self.spots.first().map_or(0.0, |spot| time.seconds_since(spot.first));
        if lasted >= step.rules.motion.window_s {
            return self.open(point, step);
        }
        turn
    }

    fn extend(&mut self, place: Place, time: Timestamp, stood: bool, rules: &MotionRules, scale: Scale) {
        if let Some(last) = self.spots.last_mut()
            && last.stood == stood
            && last.place.distance(place, scale) <= SAME_PLACE * rules.radius_m
            && let Ok(lasted) = u32::try_from(time.millis() - last.first.millis())
        {
            let anchor = last.place;
            last.lasted_ms = lasted;
            last.fixes = last.fixes.saturating_add(1);
            // Only the newest fix can be too far from an older place.
            if anchor == place {
                return;
            }
        } else {
            if self.spots.len() == self.spots.capacity() {
                // A vehicle on the move needs one or two, and there are many.
                self.spots.reserve_exact(1 + self.spots.len() / 2);
            }
            self.spots.push(Spot { place, first: time, lasted_ms: 0, way_m: 0.0, fixes: 1, stood });
        }
        let newest = self.spots.len() - 1;
        let far =
            self.spots[..newest].iter().rposition(|spot| spot.place.distance(place, scale) > rules.radius_m);
        if let Some(far) = far {
            self.spots.drain(..=far);
            if self.spots.capacity() > 2 * self.spots.len() + 2 {
                self.spots.shrink_to(self.spots.len() + 1);
            }
        }
        if self.spots.len() > MAX_SPOTS {
            self.thin();
        }
    }

    /// Lets every second place stand for its neighbour as well.
    fn thin(&mut self) {
        let mut kept = Vec::with_capacity(MAX_SPOTS);
        for pair in self.spots.chunks(2) {
            let mut spot = pair[0];
            if let Some(next) = pair.get(1) {
                spot.lasted_ms =
                    u32::try_from(next.last().millis() - spot.first.millis()).unwrap_or(u32::MAX);
                spot.way_m += next.way_m;
                spot.fixes = spot.fixes.saturating_add(next.fixes);
                spot.stood |= next.stood;
            }
            kept.push(spot);
        }
        self.spots = kept;
    }

    fn open(&mut self, point: LonLat, step: &mut Step<'_>) -> Turn {
        let mut hull = Hull::default();
        let mut centre = Centre { origin: Place::new(point), sum: (0.0, 0.0), fixes: 0 };
        let stood = self.spots.iter().any(|spot| spot.stood);
        let (mut start, mut last) = (None, None);
        // Metres and fixes after the stop's first fix, and after its last.
        let (mut after, mut since) = ((0.0, 0), (0.0, 0));
        for spot in &self.spots {
            hull.add(spot.place);
            let spent = (spot.way_m, u32::from(spot.fixes));
            since = (since.0 + spent.0, since.1 + spent.1);
            // Never trimmed to nothing: a run that only crawled counts whole.
            if spot.stood || !stood {
                start = start.or(Some(spot.first));
                last = Some(spot.last());
                centre.add(spot.place, spent.1);
                since = (0.0, 0);
            }
            if start.is_some() {
                after = (after.0 + f64::from(spent.0), after.1 + spent.1);
            }
        }
        self.spots = Vec::new();
        let (Some(start), Some(last)) = (start, last) else { return Turn::Drives };
        let data = EventData::StopStarted(Stop { start, end: None, point: centre.point() });
        let (since_m, since_fixes) = since;
        let stop = OpenStop { start, last, hull, counted: point, centre, since_m, since_fixes };
        self.stop = Some(Box::new(stop));
        step.emit(start, "", start, "start", data);
        Turn::Stopped { start, metres: after.0, fixes: after.1.saturating_sub(1) }
    }

    /// The stop under way.
    pub(super) fn unfinished(&self, vehicle: &VehicleKey) -> Option<Record> {
        let stop = self.stop.as_ref()?;
        Some(stop.record(vehicle, None))
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.spots.capacity() * size_of::<Spot>()
            + self.stop.as_ref().map_or(0, |stop| size_of::<OpenStop>() + stop.hull.heap_bytes())
    }
}

impl OpenStop {
    fn record(&self, vehicle: &VehicleKey, end: Option<Timestamp>) -> Record {
        Record::Stop(StopRecord {
            vehicle: vehicle.clone(),
            start: self.start,
            end,
            seconds: self.last.max(self.start).seconds_since(self.start),
            point: self.centre.point(),
        })
    }
}

fn ended(stop: &OpenStop, step: &mut Step<'_>) {
    let end = stop.last.max(stop.start);
    step.records.push(stop.record(step.vehicle, Some(end)));
    let data = EventData::StopEnded(Stop { start: stop.start, end: Some(end), point: stop.centre.point() });
    step.emit(end, "", stop.start, "end", data);
}
