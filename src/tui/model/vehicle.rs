//! One vehicle as the screen knows it.

use watchtower_core::domain::{
    alert::AlertKind,
    id::{FenceId, TripId, VehicleKey},
    live::{Eta, LiveState, Motion},
    position::Position,
    time::Timestamp,
    units::{Heading, Kmh, Metres},
};

use super::{reckoning::Drift, trail::Trail};
use crate::tui::text;

/// Faster than this a vehicle nothing is known of is taken to move.
const MOVING_KMH: f64 = 5.0;
/// A leg faster than this is no driving and adds nothing to the day's distance.
const FASTEST_KMH: f64 = 180.0;
/// Fixes further apart than this say nothing of the speed between them.
const LEG_S: f64 = 300.0;
/// A shorter leg is noise and has no course.
const COURSE_M: f64 = 20.0;
/// Fixes of a vehicle with its engine on should be no older than this.
const FRESH_S: f64 = 180.0;

/// The way between two fixes.
#[derive(Clone, Copy, Debug, Default)]
struct Leg {
    course: Option<Heading>,
    speed: Option<Kmh>,
}

impl Leg {
    /// From one fix to a later one; over a leg too short to tell, the course stays.
    fn between(from: &Position, to: &Position, before: Self) -> Self {
        let seconds = to.device_time.seconds_since(from.device_time);
        let metres = from.point.distance(to.point).get();
        let speed = Kmh::from_metres_per_second(metres / seconds);
        if seconds <= 0.0 || seconds > LEG_S || speed.get() > FASTEST_KMH {
            return Self::default();
        }
        let course = if metres < COURSE_M { before.course } else { from.point.course(to.point) };
        Self { course, speed: Some(speed) }
    }
}

/// A vehicle at the head of its history.
#[derive(Clone, Debug)]
pub struct Vehicle {
    /// Its key.
    pub key: VehicleKey,
    /// Its number as people write it, safe to draw.
    pub label: String,
    /// Who drives it, safe to draw; empty when not known.
    pub driver: String,
    /// Its last fix.
    pub position: Position,
    /// What its last two fixes say, for trackers that say less.
    leg: Leg,
    /// Where it goes from there.
    pub(super) drift: Option<Drift>,
    /// How it moves, by the engine's last verdict.
    pub motion: Motion,
    /// Since when.
    pub since: Timestamp,
    /// The fences it is in.
    pub fences: Vec<FenceId>,
    /// Kinds of the alerts open on it.
    pub alerts: Vec<AlertKind>,
    /// The trip it is on.
    pub trip: Option<TripId>,
    /// When it will be at that trip's delivery, by the engine's last word.
    pub eta: Option<Eta>,
    /// Distance since the local midnight.
    pub today: Metres,
    /// Where it has been.
    pub trail: Trail,
}

impl Vehicle {
    /// A vehicle known from the live picture.
    pub fn from_live(state: LiveState) -> Self {
        let mut trail = Trail::default();
        trail.insert(&state.position);
        Self {
            label: text::clean(state.vehicle.as_str()),
            driver: String::new(),
            key: state.vehicle,
            position: state.position,
            leg: Leg::default(),
            drift: None,
            motion: state.motion,
            since: state.since,
            fences: state.fences,
            alerts: state.alerts,
            trip: state.trip,
            eta: state.eta,
            today: state.today_m,
            trail,
        }
    }

    /// It as a live picture has it.
    pub fn to_live(&self) -> LiveState {
        LiveState {
            vehicle: self.key.clone(),
            position: self.position.clone(),
            motion: self.motion,
            since: self.since,
            fences: self.fences.clone(),
            alerts: self.alerts.clone(),
            trip: self.trip,
            eta: self.eta,
            today_m: self.today,
        }
    }

    /// A vehicle known from its first fix alone, its motion a guess until the
    /// engine has judged.
    pub fn from_fix(key: VehicleKey, position: Position) -> Self {
        let motion = match (position.speed_kmh, position.ignition) {
            (Some(speed), _) if speed.get() > MOVING_KMH => Motion::Moving,
            (_, Some(true)) => Motion::Idle,
            (_, Some(false) | None) => Motion::Parked,
        };
        Self::from_live(LiveState {
            vehicle: key,
            since: position.device_time,
            position,
            motion,
            fences: Vec::new(),
            alerts: Vec::new(),
            trip: None,
            eta: None,
            today_m: Metres(0.0),
        })
    }

    /// Takes the engine's picture of it; a fix that came since stays.
    pub fn refresh(&mut self, state: LiveState) {
        self.trail.insert(&state.position);
        if state.position.device_time > self.position.device_time {
            self.leg = Leg::between(&self.position, &state.position, self.leg);
        }
        if state.position.device_time >= self.position.device_time {
            self.position = state.position;
        }
        (self.motion, self.since) = (state.motion, state.since);
        (self.fences, self.alerts) = (state.fences, state.alerts);
        (self.trip, self.eta, self.today) = (state.trip, state.eta, state.today_m);
        self.reckon();
    }

    /// Takes a fix on its arrival, before the engine's verdict. An older one
    /// than the last only completes the trail.
    pub fn take_fix(&mut self, position: Position) {
        self.trail.insert(&position);
        if position.device_time <= self.position.device_time {
            // It may tell how often this one reports.
            self.reckon();
            return;
        }
        let leg = self.position.point.distance(position.point);
        let hours = position.device_time.seconds_since(self.position.device_time) / 3_600.0;
        if self.motion == Motion::Moving && leg.get() / 1_000.0 <= FASTEST_KMH * hours {
            self.today = Metres(self.today.get() + leg.get());
        }
        self.leg = Leg::between(&self.position, &position, self.leg);
        self.position = position;
        self.reckon();
    }

    fn reckon(&mut self) {
        let speed = self.position.speed_kmh.or(self.leg.speed);
        self.drift = Drift::of(&self.position, self.heading(), speed, self.trail.interval());
    }

    /// Takes back a fix the engine found to be none.
    pub fn drop_fix(&mut self, at: Timestamp) {
        let before = self.trail.remove(at);
        if let (true, Some((time, point))) = (self.position.device_time == at, before) {
            (self.position.device_time, self.position.point) = (time, point);
            self.leg = Leg::default();
            // The speed was that of the fix that was none.
            self.drift = None;
        }
    }

    /// Its course: the tracker's word, else from its last two fixes.
    pub fn heading(&self) -> Option<Heading> {
        self.position.heading.or(self.leg.course)
    }

    /// Its speed now, km/h: the tracker's word, else from its last two fixes;
    /// none when it stands.
    pub fn speed(&self) -> Option<f64> {
        match self.motion {
            Motion::Moving => self.position.speed_kmh.or(self.leg.speed).map(|speed| speed.get().max(0.0)),
            Motion::Idle | Motion::Parked | Motion::Offline => None,
        }
    }

    /// Whether its last fix is older than it should be, `age` seconds after it.
    pub fn is_stale(&self, age: f64) -> bool {
        is_stale(self.motion, age)
    }
}

/// Whether the last fix of a vehicle that moves so is older than it should be, `age`
/// seconds after it.
pub(super) const fn is_stale(motion: Motion, age: f64) -> bool {
    match motion {
        Motion::Moving | Motion::Idle => age > FRESH_S,
        Motion::Parked => age > 20.0 * FRESH_S,
        Motion::Offline => true,
    }
}

#[cfg(test)]
mod tests {
    use watchtower_core::domain::{geo::LonLat, position::Source};

    use super::*;

    fn fix(seconds: i64, lon: f64) -> Position {
        Position::bare(
            LonLat::new(lon, 6.5).unwrap(),
            Timestamp::from_millis(seconds * 1_000),
            Source::wall("test"),
        )
    }

    #[test]
    fn a_tracker_that_tells_only_places_still_has_a_course_and_a_speed() {
        let mut cab = Vehicle::from_fix(VehicleKey::new("CAB").unwrap(), fix(0, 3.4));
        cab.motion = Motion::Moving;
        assert_eq!((cab.heading(), cab.speed()), (None, None));
        cab.take_fix(fix(60, 3.41));
        assert_eq!(cab.heading().unwrap().degrees(), 90.0);
        assert!((cab.speed().unwrap() - 66.3).abs() < 0.5, "{:?}", cab.speed());
        // Standing, it keeps looking where it went; after a silence nothing is known.
        cab.take_fix(fix(120, 3.410_05));
        assert_eq!(cab.heading().unwrap().degrees(), 90.0);
        cab.take_fix(fix(1_000, 3.5));
        assert_eq!((cab.heading(), cab.speed()), (None, None));
    }
}
