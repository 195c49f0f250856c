//! Vehicles as the map is given them: small, for of a large fleet every one is gone
//! through with every frame. What they are called lies beside.

use watchtower_core::domain::{geo::LonLat, id::VehicleKey, live::Motion, units::Heading};

use super::mercator::{self, Unit, WORLD};

/// A point as the map has it: in units of a Web Mercator world of 2^30, so that nothing
/// is projected for a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place(pub(super) Unit);

impl Place {
    /// Units a degree of longitude; of latitude, at the equator.
    pub const UNITS_A_DEGREE: f64 = WORLD as f64 / 360.0;

    /// The place of a point.
    pub fn of(point: LonLat) -> Self {
        Self(mercator::project(point))
    }

    /// The place so many units east and south, round the world and not beyond its edge.
    pub fn moved(self, [east, south]: [f32; 2]) -> Self {
        let [x, y] = self.0;
        let y = y.saturating_add(south as i32).clamp(0, WORLD);
        Self([x.wrapping_add(east as i32).rem_euclid(WORLD), y])
    }

    /// The point at this place.
    pub fn point(self) -> LonLat {
        mercator::unproject(self.0)
    }
}

/// A heading as finely as an arrow can show it, in 256ths of a turn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Course(u8);

impl Course {
    /// The course of a heading.
    pub fn of(heading: Heading) -> Self {
        Self((heading.degrees() * (256.0 / 360.0)) as u8)
    }

    /// Which of `ways` equal parts of a turn it is nearest to, clockwise from north.
    pub(super) fn nearest(self, ways: usize) -> usize {
        (usize::from(self.0) * ways + 128) / 256 % ways
    }
}

/// A vehicle to draw.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Mark {
    /// Its place among the [`Names`].
    pub vehicle: u32,
    /// Where.
    pub place: Place,
    /// Where it heads; an arrow when moving.
    pub course: Option<Course>,
    /// How it moves.
    pub motion: Motion,
    /// Whether an alert is open on it.
    pub alert: bool,
    /// Drawn on top, with its label always.
    pub selected: bool,
    /// Fades with age: the fix is older than it should be.
    pub stale: bool,
    /// Drawn ahead of its last fix, and marked as such.
    pub reckoned: bool,
    /// In the phase of its pulse that stands out: somebody should look.
    pub raised: bool,
}

impl Mark {
    /// A vehicle that only stands or moves somewhere.
    pub fn new(vehicle: u32, place: Place, motion: Motion) -> Self {
        Self {
            vehicle,
            place,
            course: None,
            motion,
            alert: false,
            selected: false,
            stale: false,
            reckoned: false,
            raised: false,
        }
    }
}

/// What a vehicle is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name {
    /// Its key.
    pub key: VehicleKey,
    /// Its number as people write it, safe to draw.
    pub label: Box<str>,
}

/// What the vehicles are called that marks are of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names<'a> {
    /// By the vehicle's number.
    pub each: &'a [Name],
    /// Whose: under another number here, a vehicle's number means another one.
    pub of: u64,
}

impl<'a> Names<'a> {
    /// What a marked vehicle is called.
    pub(super) fn get(&self, mark: &Mark) -> Option<&'a Name> {
        self.each.get(mark.vehicle as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_points_as_its_heading_does_to_the_last_degree() {
        for tenth in 0..3_600 {
            let degrees = f64::from(tenth) / 10.0;
            let course = Course::of(Heading::new(degrees).unwrap());
            for ways in [4, 8] {
                let told = (degrees / 360.0 * ways as f64).round() as usize % ways;
                assert_eq!(course.nearest(ways), told, "{degrees} of {ways}");
            }
        }
    }

    #[test]
    fn a_place_moves_round_the_world_and_never_beyond_the_poles() {
        let fiji = Place::of(LonLat::new(179.999_9, -17.0).unwrap());
        assert!(fiji.moved([2_000.0, 0.0]).point().lon() < -179.0);
        let north = Place::of(LonLat::new(0.0, 85.0).unwrap());
        assert!(north.moved([0.0, -1e9]).point().lat() <= mercator::MAX_LATITUDE + 1e-9);
    }
}
