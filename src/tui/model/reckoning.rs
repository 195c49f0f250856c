//! Where a vehicle is by now, between two fixes: ahead of the last along its course,
//! as long as the next one is not due. What is so reckoned is marked where it is drawn,
//! and after that nothing is invented.

use watchtower_core::domain::{
    geo::{LonLat, Scale},
    live::Motion,
    position::Position,
    time::Timestamp,
    units::{Heading, Kmh},
};

use super::{Model, vehicle::Vehicle};
use crate::tui::map::Place;

/// Seconds no vehicle is drawn ahead longer than.
const LONGEST_S: f64 = 30.0;
/// The next fix counts as missed when it is late by half the usual interval.
const SLACK: f64 = 1.5;
/// Slower than this a vehicle is about to stand, or does already.
const SLOWEST_KMH: f64 = 8.0;
/// Faster than this is no driving.
const FASTEST_KMH: f64 = 180.0;
/// Nearer to the poles a degree of longitude is no measure of anything.
const POLAR: f64 = 85.0;

/// A course and a speed, and how long they are trusted.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Drift {
    /// Degrees a second, east and north.
    east: f64,
    north: f64,
    /// Seconds after the fix.
    trusted_s: f64,
}

impl Drift {
    /// Of a fix whose next is due after `interval_s`; `None` when it stands, is about to,
    /// or not enough is known of it.
    pub(super) fn of(
        fix: &Position,
        heading: Option<Heading>,
        speed: Option<Kmh>,
        interval_s: Option<f64>,
    ) -> Option<Self> {
        let (heading, speed, interval_s) = (heading?.degrees().to_radians(), speed?.get(), interval_s?);
        let drives = (SLOWEST_KMH..=FASTEST_KMH).contains(&speed) && fix.ignition != Some(false);
        if !drives || fix.point.lat().abs() > POLAR {
            return None;
        }
        let (scale, metres) = (Scale::at_latitude(fix.point.lat()), speed / 3.6);
        Some(Self {
            east: metres * heading.sin() / scale.lon,
            north: metres * heading.cos() / scale.lat,
            trusted_s: (SLACK * interval_s).min(LONGEST_S),
        })
    }

    /// World units of the map a second, east and south, from a point. Over half a minute
    /// Mercator's scale is the same as at the point.
    pub(super) fn on_the_map(&self, point: LonLat) -> [f32; 2] {
        let a_degree = Place::UNITS_A_DEGREE;
        let south = -self.north / point.lat().to_radians().cos();
        [(self.east * a_degree) as f32, (south * a_degree) as f32]
    }

    /// Seconds after the fix it is trusted for.
    pub(super) const fn trusted_s(&self) -> f64 {
        self.trusted_s
    }
}

/// Where a vehicle is drawn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Seen {
    /// Where.
    pub point: LonLat,
    /// Whether that is ahead of its last fix.
    pub reckoned: bool,
}

impl Vehicle {
    /// Where it is, `age` seconds after its last fix.
    pub fn seen(&self, age: f64) -> Seen {
        let fix = self.position.point;
        let ahead = self.drift.filter(|drift| {
            self.motion == Motion::Moving && age > 0.0 && age <= drift.trusted_s && !self.is_stale(age)
        });
        let reckoned = ahead.and_then(|drift| {
            let lon = fix.lon() + drift.east * age;
            let lon = if lon.abs() > 180.0 { lon - 360.0_f64.copysign(lon) } else { lon };
            LonLat::new(lon, fix.lat() + drift.north * age).ok()
        });
        Seen { point: reckoned.unwrap_or(fix), reckoned: reckoned.is_some() }
    }
}

impl Model {
    /// Where a vehicle is when the wall clock says `wall`.
    pub fn seen(&self, vehicle: &Vehicle, wall: Timestamp) -> Seen {
        vehicle.seen(self.age(vehicle, wall))
    }
}

#[cfg(test)]
mod tests {
    use watchtower_core::domain::{id::VehicleKey, position::Source};

    use super::*;

    fn fix(second: i64, lon: f64, source: Source) -> Position {
        Position {
            speed_kmh: Some(Kmh(72.0)),
            heading: Heading::new(90.0),
            ignition: Some(true),
            ..Position::bare(LonLat::new(lon, 6.5).unwrap(), Timestamp::from_millis(second * 1_000), source)
        }
    }

    /// A truck that reports every ten seconds, 20 m a second eastward.
    fn truck() -> Vehicle {
        let mut truck = Vehicle::from_fix(VehicleKey::new("T1").unwrap(), fix(0, 3.4, Source::wall("test")));
        for step in 1..4 {
            truck.take_fix(fix(10 * step, 3.4 + 0.001_809 * step as f64, Source::wall("test")));
        }
        truck
    }

    #[test]
    fn it_is_ahead_by_speed_and_time_until_its_fix_is_overdue_and_then_where_it_was() {
        let truck = truck();
        let fix = truck.position.point;
        assert_eq!(truck.seen(0.0), Seen { point: fix, reckoned: false });
        let seen = truck.seen(7.0);
        assert!(seen.reckoned);
        assert!((fix.distance(seen.point).get() - 140.0).abs() < 0.5, "{seen:?}");
        assert!((fix.course(seen.point).unwrap().degrees() - 90.0).abs() < 0.1);
        assert!(truck.seen(15.0).reckoned);
        assert_eq!(truck.seen(15.1), Seen { point: fix, reckoned: false });
    }

    #[test]
    fn half_a_minute_is_the_most_however_seldom_it_reports() {
        let mut truck = Vehicle::from_fix(VehicleKey::new("T1").unwrap(), fix(0, 3.4, Source::wall("test")));
        for step in 1..4 {
            truck.take_fix(fix(60 * step, 3.4 + 0.010_85 * step as f64, Source::wall("test")));
        }
        assert!(truck.seen(30.0).reckoned && !truck.seen(30.1).reckoned);
    }

    #[test]
    fn nobody_who_stands_or_is_known_too_little_is_drawn_ahead() {
        for still in [Motion::Idle, Motion::Parked, Motion::Offline] {
            let mut truck = truck();
            truck.motion = still;
            assert!(!truck.seen(5.0).reckoned, "{still:?}");
        }
        let last = |change: fn(&mut Position)| {
            let mut truck = truck();
            let mut next = fix(40, 3.408, Source::wall("test"));
            change(&mut next);
            truck.take_fix(next);
            truck.seen(5.0).reckoned
        };
        assert!(last(|_| {}));
        assert!(!last(|fix| fix.speed_kmh = Some(Kmh(3.0))));
        assert!(!last(|fix| fix.ignition = Some(false)));
        let one = Vehicle::from_fix(VehicleKey::new("T1").unwrap(), fix(0, 3.4, Source::wall("test")));
        assert!(!one.seen(5.0).reckoned, "how often it reports is not known yet");
    }

    #[test]
    fn a_replayed_truck_goes_by_the_clock_of_its_recording() {
        let mut model = Model::default();
        let key = |name: &str| VehicleKey::new(name).unwrap();
        let source = || Source::event("replay:monday");
        for step in 0..4 {
            model.take_fix(&key("T1"), fix(10 * step, 3.4 + 0.001_809 * step as f64, source()));
        }
        let much_later = Timestamp::from_millis(9_000_000_000);
        assert!(!model.seen(&model.vehicles[&key("T1")], much_later).reckoned, "its clock stands");
        model.take_fix(&key("T2"), fix(34, 3.5, source()));
        let seen = model.seen(&model.vehicles[&key("T1")], much_later);
        let fix = model.vehicles[&key("T1")].position.point;
        assert!(seen.reckoned && (fix.distance(seen.point).get() - 80.0).abs() < 0.5, "{seen:?}");
        for (vehicle, (_, age)) in model.vehicles.values().zip(model.ages(much_later)) {
            assert_eq!(age, model.age(vehicle, much_later));
        }
    }
}
