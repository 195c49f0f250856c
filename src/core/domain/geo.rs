//! Points on WGS 84 and the distance between them.

use geographiclib_rs::{Geodesic, InverseGeodesic};
use serde::{Deserialize, Serialize};

use super::units::{Heading, Metres};

/// Equatorial radius of the WGS 84 ellipsoid, metres.
const A: f64 = 6_378_137.0;
/// First eccentricity squared of WGS 84.
const E2: f64 = 6.694_379_990_141_316_5e-3;
/// Legs up to this long use the mid-latitude formula: its error is below 1.4e-8 of
/// the distance there, and below 4e-11 up to 1 km.
const LOCAL_LIMIT_M: f64 = 20_000.0;

/// A point on WGS 84, finite and in range. Longitude comes first in this
/// constructor and in GeoJSON, and nowhere else is the order spelled out.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "RawPoint", into = "RawPoint")]
pub struct LonLat {
    lon: f64,
    lat: f64,
}

#[derive(Serialize, Deserialize)]
struct RawPoint {
    lon: f64,
    lat: f64,
}

/// Why two numbers are no point.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum PointError {
    /// Not a number, or infinite.
    #[error("{field} is not a finite number")]
    NotFinite {
        /// `longitude` or `latitude`.
        field: &'static str,
    },
    /// Outside ±180 or ±90.
    #[error("{field} {value} is out of range ±{limit}")]
    OutOfRange {
        /// `longitude` or `latitude`.
        field: &'static str,
        /// What was found.
        value: f64,
        /// The largest magnitude accepted.
        limit: f64,
    },
}

impl LonLat {
    /// Degrees east and north.
    pub fn new(lon: f64, lat: f64) -> Result<Self, PointError> {
        for (field, value, limit) in [("latitude", lat, 90.0), ("longitude", lon, 180.0)] {
            if !value.is_finite() {
                return Err(PointError::NotFinite { field });
            }
            if value.abs() > limit {
                return Err(PointError::OutOfRange { field, value, limit });
            }
        }
        Ok(Self { lon, lat })
    }

    /// Degrees east.
    pub const fn lon(self) -> f64 {
        self.lon
    }

    /// Degrees north.
    pub const fn lat(self) -> f64 {
        self.lat
    }

    /// Exactly 0/0, what trackers without a fix report.
    pub fn is_null_island(self) -> bool {
        self.lon == 0.0 && self.lat == 0.0
    }

    /// Geodesic distance on WGS 84.
    ///
    /// Legs under 20 km by Gauss' mid-latitude formula, the half-angle identity of
    /// the sphere with the ellipsoid's radii of curvature at the mean latitude; longer
    /// ones by Karney's algorithm (<https://doi.org/10.1007/s00190-012-0578-z>).
    pub fn distance(self, other: Self) -> Metres {
        self.leg(other).0
    }

    /// The same, with the scale at the mean latitude that it is reckoned with.
    pub fn leg(self, other: Self) -> (Metres, Scale) {
        let mut dlon = (other.lon - self.lon).abs();
        if dlon > 180.0 {
            dlon = 360.0 - dlon;
        }
        let dlat = other.lat - self.lat;
        let scale = Scale::at_latitude((self.lat + other.lat) / 2.0);
        let (x, y) = (dlon.to_radians(), dlat.to_radians());
        // 2 sin(x/2) and cos(x/2) by their first two terms.
        let east = scale.lon * dlon * (1.0 - x * x / 24.0);
        let north = scale.lat * dlat * (1.0 - y * y / 24.0) * (1.0 - x * x / 8.0);
        let squared = east * east + north * north;
        // Near a pole the parallels curve too much for it.
        if squared <= LOCAL_LIMIT_M * LOCAL_LIMIT_M && scale.is_far_from_poles() {
            return (Metres(squared.sqrt() * (1.0 + squared / (24.0 * A * A))), scale);
        }
        (Metres(Geodesic::wgs84().inverse(self.lat, self.lon, other.lat, other.lon)), scale)
    }

    /// The course from here to `other`, by the plane of the mean latitude: right
    /// to a fraction of a degree over the legs between two fixes. `None` where
    /// the points are one.
    pub fn course(self, other: Self) -> Option<Heading> {
        let mut dlon = other.lon - self.lon;
        if dlon.abs() > 180.0 {
            dlon -= 360.0_f64.copysign(dlon);
        }
        let (east, north) = (dlon * ((self.lat + other.lat) / 2.0).to_radians().cos(), other.lat - self.lat);
        if east == 0.0 && north == 0.0 {
            return None;
        }
        Heading::new(east.atan2(north).to_degrees())
    }

    /// The point a fraction `t` of the way to `other`, linear in lon/lat, the
    /// short way round across the antimeridian.
    pub fn lerp(self, other: Self, t: f64) -> Self {
        let mut dlon = other.lon - self.lon;
        if dlon.abs() > 180.0 {
            dlon -= 360.0_f64.copysign(dlon);
        }
        let mut lon = self.lon + dlon * t;
        if lon.abs() > 180.0 {
            lon -= 360.0_f64.copysign(lon);
        }
        Self { lon, lat: self.lat + (other.lat - self.lat) * t }
    }
}

/// How many metres a degree measures at a latitude, by the radii of curvature
/// of the ellipsoid: the plane in which short distances are reckoned.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Scale {
    /// Metres a degree of longitude.
    pub lon: f64,
    /// Metres a degree of latitude.
    pub lat: f64,
}

impl Scale {
    /// The scale at a latitude in degrees.
    pub fn at_latitude(lat: f64) -> Self {
        let (sin, cos) = lat.to_radians().sin_cos();
        let w2 = 1.0 - E2 * sin * sin;
        let n = A / w2.sqrt();
        let m = n * (1.0 - E2) / w2;
        Self { lon: (n * cos).to_radians(), lat: m.to_radians() }
    }

    /// The length in metres of a step given in degrees.
    pub fn length(self, dlon: f64, dlat: f64) -> f64 {
        // Not `hypot`: its care for overflow costs more than all the rest.
        let (north, east) = (self.lat * dlat, self.lon * dlon);
        (north * north + east * east).sqrt()
    }

    /// Whether the plane may stand for the ellipsoid at all: not within 3° of a pole.
    pub fn is_far_from_poles(self) -> bool {
        self.lon > 0.05 * self.lat
    }
}

impl TryFrom<RawPoint> for LonLat {
    type Error = PointError;
    fn try_from(raw: RawPoint) -> Result<Self, PointError> {
        Self::new(raw.lon, raw.lat)
    }
}

impl From<LonLat> for RawPoint {
    fn from(point: LonLat) -> Self {
        Self { lon: point.lon, lat: point.lat }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).unwrap()
    }

    #[test]
    fn numbers_that_are_no_point_are_named() {
        assert_eq!(LonLat::new(f64::NAN, 1.0), Err(PointError::NotFinite { field: "longitude" }));
        let error = LonLat::new(3.0, 91.0).unwrap_err().to_string();
        assert_eq!(error, "latitude 91 is out of range ±90");
    }

    #[test]
    fn the_antimeridian_is_crossed_the_short_way() {
        let (west, east) = (at(179.999, 10.0), at(-179.999, 10.0));
        assert!(west.distance(east).get() < 250.0);
        assert_eq!(west.lerp(east, 0.5).lon().abs(), 180.0);
    }

    #[test]
    fn a_course_is_told_clockwise_from_north() {
        let here = at(3.4, 6.5);
        for (there, degrees) in
            [(at(3.4, 6.6), 0.0), (at(3.5, 6.5), 90.0), (at(3.4, 6.4), 180.0), (at(3.3, 6.5), 270.0)]
        {
            assert!((here.course(there).unwrap().degrees() - degrees).abs() < 0.1);
        }
        assert_eq!(at(179.9, 0.0).course(at(-179.9, 0.0)).unwrap().degrees(), 90.0);
        assert_eq!(here.course(here), None);
    }

    proptest! {
        #[test]
        fn the_mid_latitude_formula_agrees_with_karney(
            lon in -180.0..180.0f64, lat in -86.9..86.9f64, course in 0.0..std::f64::consts::TAU,
            far in prop_oneof![0.0..1.0f64, 0.0..1_000.0, 0.0..25_000.0],
        ) {
            let scale = Scale::at_latitude(lat);
            let a = at(lon, lat);
            let mut east = lon + far * course.sin() / scale.lon;
            if east.abs() > 180.0 {
                east -= 360.0_f64.copysign(east);
            }
            let b = at(east, lat + far * course.cos() / scale.lat);
            let exact: f64 = Geodesic::wgs84().inverse(a.lat, a.lon, b.lat, b.lon);
            let share = if exact <= 1_000.0 { 4e-11 } else { 1.5e-8 };
            // Karney's own limit is some nanometres; coordinates are good to one.
            prop_assert!((a.distance(b).get() - exact).abs() <= share * exact + 2e-8);
        }
    }
}
