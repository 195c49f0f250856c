//! Stops: the maximal runs of fixes pairwise within a radius that last long
//! enough, found left to right.
//!
//! Before a run is a stop its places are kept one by one, because the oldest may
//! have to go; once it is, only their convex hull, because the farthest of them
//! from any point is one of its corners. Both are bounded by thinning.

mod spots;

use serde::{Deserialize, Serialize};

use self::spots::{Spot, Spots};
use super::{
    hull::{Hull, Place},
    step::Step,
};
use crate::domain::{
    event::{EventData, Stop},
    geo::{LonLat, Scale},
    history::{Record, StopRecord},
    id::VehicleKey,
    time::Timestamp,
};

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

/// The fixes at the head of a vehicle's history that are pairwise near: not for long
/// enough, or a stop.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Run {
    Passing(Spots),
    Standing(Box<OpenStop>),
}

impl Default for Run {
    fn default() -> Self {
        Self::Passing(Spots::default())
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OpenStop {
    start: Timestamp,
    /// The last fix at which it stood, or was not said not to.
    last: Timestamp,
    hull: Hull,
    /// Where distance was last counted from.
    counted: Place,
    centre: Centre,
    /// Metres counted and fixes taken since `last`.
    since_m: f32,
    since_fixes: u32,
}

/// The mean of places.
#[derive(Debug, Serialize, Deserialize)]
struct Centre {
    origin: Place,
    /// The mean of the steps from the origin, in degrees, over so many fixes.
    mean: (f32, f32),
    fixes: u32,
}

impl Centre {
    fn new(origin: Place) -> Self {
        Self { origin, mean: (0.0, 0.0), fixes: 0 }
    }

    fn add(&mut self, place: Place, fixes: u32) {
        let (dlon, dlat) = self.origin.step_to(place);
        self.fixes = self.fixes.saturating_add(fixes);
        let share = f64::from(fixes) / f64::from(self.fixes.max(1));
        let toward = |mean: f32, step: f64| (f64::from(mean) + (step - f64::from(mean)) * share) as f32;
        self.mean = (toward(self.mean.0, dlon), toward(self.mean.1, dlat));
    }

    fn point(&self) -> LonLat {
        // To the centimetre, as places are.
        Place::new(self.origin.stepped((self.mean.0.into(), self.mean.1.into()))).point()
    }
}

impl Run {
    fn stop(&self) -> Option<&OpenStop> {
        match self {
            Self::Passing(_) => None,
            Self::Standing(stop) => Some(stop),
        }
    }

    /// Whether the vehicle is at a stop.
    pub(super) fn is_stop(&self) -> bool {
        self.stop().is_some()
    }

    /// Since when it is at a stop, and where.
    pub(super) fn standing(&self) -> Option<(Timestamp, LonLat)> {
        self.stop().map(|stop| (stop.start, stop.centre.point()))
    }

    /// Where distance is counted from while at a stop.
    pub(super) fn counted_from(&self) -> Option<Place> {
        self.stop().map(|stop| stop.counted)
    }

    /// Distance has been counted up to `point`, so many metres more.
    pub(super) fn count_from(&mut self, point: LonLat, metres: f64) {
        if let Self::Standing(stop) = self {
            stop.counted = Place::new(point);
            if stop.since_fixes > 0 {
                stop.since_m += metres as f32;
            }
        }
    }

    /// Forgets where it was; a stop ends at its last fix.
    pub(super) fn break_off(&mut self, step: &mut Step<'_>) -> Turn {
        match self {
            Self::Passing(spots) => {
                spots.clear();
                Turn::Drives
            }
            Self::Standing(stop) => {
                let turn =
                    Turn::Left { last: stop.last, metres: stop.since_m.into(), fixes: stop.since_fixes };
                stop.end(step);
                *self = Self::default();
                turn
            }
        }
    }

    /// Adds a fix, `metres` from the last, in the plane of `scale`; `stood` unless the device says it moves.
    pub(super) fn add(
        &mut self,
        (point, time): (LonLat, Timestamp),
        metres: f64,
        scale: Scale,
        stood: bool,
        step: &mut Step<'_>,
    ) -> Turn {
        let rules = &step.rules.motion;
        let place = Place::new(point);
        let mut turn = Turn::Drives;
        if let Self::Standing(stop) = self {
            if stop.hull.is_within(place, rules.radius_m, scale) {
                stop.add(place, time, stood);
                return Turn::Stands;
            }
            turn = self.break_off(step);
        }
        let Self::Passing(spots) = self else { return turn };
        spots.extend(Spot::new(place, time, stood), metres, rules, scale);
        if spots.standing_s() < rules.window_s {
            return turn;
        }
        let (stop, turn) = OpenStop::of(spots.as_slice(), place);
        let data = EventData::StopStarted(Stop { start: stop.start, end: None, point: stop.centre.point() });
        step.emit(stop.start, "", stop.start, "start", data);
        *self = Self::Standing(Box::new(stop));
        turn
    }

    /// The stop under way.
    pub(super) fn unfinished(&self, vehicle: &VehicleKey) -> Option<Record> {
        Some(self.stop()?.record(vehicle, None))
    }

    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::Passing(spots) => spots.heap_bytes(),
            Self::Standing(stop) => size_of::<OpenStop>() + stop.hull.heap_bytes(),
        }
    }
}

impl OpenStop {
    /// What a run has become that lasted long enough, at `here`; and since when.
    fn of(spots: &[Spot], here: Place) -> (Self, Turn) {
        let (mut hull, mut centre) = (Hull::default(), Centre::new(here));
        // Never trimmed to nothing: a run that only crawled counts whole.
        let crawled = !spots.iter().any(Spot::stood);
        let (mut start, mut last) = (None, Timestamp::default());
        // Metres and fixes from the stop's first fix on, and after its last.
        let (mut after, mut since) = ((0.0, 0_u32), (0.0, 0));
        for spot in spots {
            hull.add(spot.place);
            let fixes = spot.fixes();
            since = (since.0 + spot.metres(), since.1 + fixes);
            if spot.stood() || crawled {
                start = start.or(Some(spot.first()));
                last = spot.last();
                centre.add(spot.place, fixes);
                since = (0.0, 0);
            }
            if start.is_some() {
                after = (after.0 + spot.metres(), after.1 + fixes);
            }
        }
        let start = start.unwrap_or(last);
        let (since_m, since_fixes) = (since.0 as f32, since.1);
        let stop = Self { start, last, hull, counted: here, centre, since_m, since_fixes };
        (stop, Turn::Stopped { start, metres: after.0, fixes: after.1.saturating_sub(1) })
    }

    fn add(&mut self, place: Place, time: Timestamp, stood: bool) {
        self.hull.add(place);
        if stood {
            self.last = time;
            (self.since_m, self.since_fixes) = (0.0, 0);
            self.centre.add(place, 1);
        } else {
            self.since_fixes = self.since_fixes.saturating_add(1);
        }
    }

    fn record(&self, vehicle: &VehicleKey, end: Option<Timestamp>) -> Record {
        let seconds = self.last.max(self.start).seconds_since(self.start);
        let (vehicle, point) = (vehicle.clone(), self.centre.point());
        Record::Stop(StopRecord { vehicle, start: self.start, end, seconds, point })
    }

    fn end(&self, step: &mut Step<'_>) {
        let (start, end) = (self.start, self.last.max(self.start));
        step.records.push(self.record(step.vehicle, Some(end)));
        let data = EventData::StopEnded(Stop { start, end: Some(end), point: self.centre.point() });
        step.emit(end, "", start, "end", data);
    }
}
