//! The convex hull of places, for the question whether all of them are near.

use serde::{Deserialize, Serialize};

use super::step::nearest;
use crate::domain::geo::{LonLat, Scale};

/// Corners kept; past that the one whose loss changes least goes.
const MAX_CORNERS: usize = 16;
/// Places a degree: 1.1 cm at the equator.
const PER_DEGREE: f64 = 1e7;
/// Places round the earth.
const ROUND: i64 = 3_600_000_000;

/// A point to the centimetre, in eight bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Place {
    lon: i32,
    lat: i32,
}

impl Place {
    /// Where Greenwich meets the equator.
    pub(super) const ORIGIN: Self = Self { lon: 0, lat: 0 };

    pub(super) fn new(point: LonLat) -> Self {
        // ±180° is ±1.8e9, which an i32 holds.
        Self { lon: nearest(point.lon() * PER_DEGREE) as i32, lat: nearest(point.lat() * PER_DEGREE) as i32 }
    }

    /// The step to another place, the short way round, in places.
    fn offset(self, other: Self) -> (i64, i64) {
        let mut dlon = i64::from(other.lon) - i64::from(self.lon);
        if dlon.abs() > ROUND / 2 {
            dlon -= ROUND * dlon.signum();
        }
        (dlon, i64::from(other.lat) - i64::from(self.lat))
    }

    /// The step to another place in degrees.
    pub(super) fn step_to(self, other: Self) -> (f64, f64) {
        let (dlon, dlat) = self.offset(other);
        (dlon as f64 / PER_DEGREE, dlat as f64 / PER_DEGREE)
    }

    /// The point a step in degrees away.
    pub(super) fn stepped(self, (dlon, dlat): (f64, f64)) -> LonLat {
        let mut lon = f64::from(self.lon) / PER_DEGREE + dlon;
        if lon.abs() > 180.0 {
            lon -= 360.0_f64.copysign(lon);
        }
        let lat = f64::from(self.lat) / PER_DEGREE + dlat;
        LonLat::new(lon, lat.clamp(-90.0, 90.0)).expect("the mean of places is a place")
    }

    /// The place as a point.
    pub(super) fn point(self) -> LonLat {
        self.stepped((0.0, 0.0))
    }

    /// Distance in the plane, metres.
    pub(super) fn distance(self, other: Self, scale: Scale) -> f64 {
        let (dlon, dlat) = self.step_to(other);
        scale.length(dlon, dlat)
    }
}

/// A convex hull, counter-clockwise, thinned to a few corners.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Hull(Vec<Place>);

impl Hull {
    /// Whether every place is within `radius` of `place`.
    pub(super) fn is_within(&self, place: Place, radius: f64, scale: Scale) -> bool {
        self.0.iter().all(|corner| corner.distance(place, scale) <= radius)
    }

    /// Adds a place.
    pub(super) fn add(&mut self, place: Place) {
        if self.0.contains(&place) || self.holds(place) {
            return;
        }
        let Some(&origin) = self.0.first() else {
            self.0.reserve_exact(1);
            self.0.push(place);
            return;
        };
        let mut all = Points::default();
        self.0.iter().chain([&place]).for_each(|corner| all.push(origin.offset(*corner)));
        all.sort();
        let mut corners = Points::default();
        chain(all.iter(), &mut corners);
        let lower = corners.len;
        chain(all.iter().rev(), &mut corners);
        // The last of each half is the first of the other.
        corners.len -= 1;
        corners.remove(lower - 1);
        if corners.len > MAX_CORNERS {
            drop_flattest(&mut corners);
        }
        let back = |(dlon, dlat): (i64, i64)| {
            let mut lon = i64::from(origin.lon) + dlon;
            if lon.abs() > ROUND / 2 {
                lon -= ROUND * lon.signum();
            }
            Place { lon: lon as i32, lat: (i64::from(origin.lat) + dlat) as i32 }
        };
        self.0.clear();
        self.0.reserve_exact(corners.len);
        self.0.extend(corners.iter().map(back));
    }

    fn holds(&self, place: Place) -> bool {
        let count = self.0.len();
        count >= 3
            && (0..count).all(|index| {
                let (a, b) = (self.0[index], self.0[(index + 1) % count]);
                turn((0, 0), a.offset(b), a.offset(place)) >= 0
            })
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.0.capacity() * size_of::<Place>()
    }
}

/// Twice the signed area of a triangle: positive when it turns left.
fn turn(a: (i64, i64), b: (i64, i64), c: (i64, i64)) -> i128 {
    let (ux, uy) = (i128::from(b.0 - a.0), i128::from(b.1 - a.1));
    let (vx, vy) = (i128::from(c.0 - a.0), i128::from(c.1 - a.1));
    ux * vy - uy * vx
}

/// A handful of points, without a place on the heap.
struct Points {
    points: [(i64, i64); 2 * MAX_CORNERS + 4],
    len: usize,
}

impl Default for Points {
    fn default() -> Self {
        Self { points: [(0, 0); 2 * MAX_CORNERS + 4], len: 0 }
    }
}

impl Points {
    fn push(&mut self, point: (i64, i64)) {
        self.points[self.len] = point;
        self.len += 1;
    }

    fn remove(&mut self, index: usize) {
        self.points.copy_within(index + 1..self.len, index);
        self.len -= 1;
    }

    fn sort(&mut self) {
        self.points[..self.len].sort_unstable();
    }

    fn iter(&self) -> impl DoubleEndedIterator<Item = (i64, i64)> + '_ {
        self.points[..self.len].iter().copied()
    }
}

/// Appends one half of Andrew's monotone chain over sorted points.
fn chain(points: impl Iterator<Item = (i64, i64)>, half: &mut Points) {
    let start = half.len;
    for point in points {
        while let [.., a, b] = half.points[start..half.len] {
            if turn(a, b, point) > 0 {
                break;
            }
            half.len -= 1;
        }
        half.push(point);
    }
}

fn drop_flattest(corners: &mut Points) {
    let count = corners.len;
    let at = |index: usize| corners.points[index % count];
    let area = |index: &usize| turn(at(index + count - 1), at(*index), at(index + 1));
    if let Some(flattest) = (0..count).min_by_key(area) {
        corners.remove(flattest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_farthest_place_is_judged_by_the_hull_almost_exactly(
            places in prop::collection::vec((-200.0..200.0f64, -200.0..200.0f64), 1..80),
            at in (-400.0..400.0f64, -400.0..400.0f64),
            east in prop_oneof![Just(3.4f64), Just(179.999)],
        ) {
            let point = |(x, y): (f64, f64)| {
                let mut lon = east + x / 111_000.0;
                if lon > 180.0 { lon -= 360.0 }
                Place::new(LonLat::new(lon, y / 111_000.0).unwrap())
            };
            let scale = Scale::at_latitude(0.0);
            let mut hull = Hull::default();
            places.iter().for_each(|place| hull.add(point(*place)));
            let farthest = places.iter().map(|place| point(*place).distance(point(at), scale)).fold(0.0, f64::max);
            prop_assert!(hull.is_within(point(at), farthest + 1e-6, scale));
            prop_assert!(!hull.is_within(point(at), farthest * 0.97 - 0.1, scale));
            prop_assert!(hull.0.len() <= MAX_CORNERS);
        }
    }
}
