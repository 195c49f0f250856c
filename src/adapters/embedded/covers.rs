//! Whether a point is in a fence: what PostGIS answers by `ST_Covers` of
//! geometries and `ST_DWithin` of geographies.

use geo::{CoordinatePosition, MultiPolygon, coord, coordinate_position::CoordPos};
use watchtower_core::domain::{geo::LonLat, geofence::Shape, units::Metres};

/// The boundary, that of holes too, belongs to the inside.
pub(super) fn covers(shape: &Shape, point: LonLat) -> bool {
    match shape {
        Shape::Circle { centre, radius } => centre.distance(point) <= *radius,
        Shape::Area(area) => is_in(area, point),
        Shape::Corridor { line, width } => distance_to_line(point, line).get() <= width.get() / 2.0,
    }
}

/// Edges straight in lon/lat; the orientation tests behind this are exact.
fn is_in(area: &MultiPolygon<f64>, point: LonLat) -> bool {
    let point = coord! { x: point.lon(), y: point.lat() };
    area.iter().any(|polygon| polygon.coordinate_position(&point) != CoordPos::Outside)
}

/// Geodesic distance to the nearest point of a line whose edges are great
/// circles, infinite for a line without edges. Which point is nearest is decided
/// on the sphere, as PostGIS does: too long by 2.3e-5 at most.
fn distance_to_line(point: LonLat, line: &[LonLat]) -> Metres {
    let distances = line
        .windows(2)
        .filter_map(|edge| nearest(point, edge[0], edge[1]).map(|nearest| point.distance(nearest).get()));
    Metres(distances.fold(f64::INFINITY, f64::min))
}

/// A vector in the frame of a point on the unit sphere: east, north, up.
#[derive(Clone, Copy)]
struct Local {
    east: f64,
    north: f64,
    up: f64,
}

/// The least height above the horizon plane that is projected.
const HORIZON: f64 = 1e-3;

impl Local {
    /// `there` as seen from `here`. Differences are taken before any sine, so
    /// that neighbouring points keep their digits.
    fn of(here: LonLat, there: LonLat) -> Self {
        let (sin_here, cos_here) = here.lat().to_radians().sin_cos();
        let cos_there = there.lat().to_radians().cos();
        let dlon = (there.lon() - here.lon()).to_radians();
        let dlat = (there.lat() - here.lat()).to_radians();
        // cos a - cos b as a product: 1 - cos dlon without cancellation.
        let versine = 2.0 * (dlon / 2.0).sin().powi(2);
        Self {
            east: cos_there * dlon.sin(),
            north: dlat.sin() + sin_here * cos_there * versine,
            up: dlat.cos() - cos_here * cos_there * versine,
        }
    }

    fn towards(self, other: Self, t: f64) -> Self {
        let mix = |a: f64, b: f64| a + (b - a) * t;
        Self {
            east: mix(self.east, other.east),
            north: mix(self.north, other.north),
            up: mix(self.up, other.up),
        }
    }

    /// The gnomonic projection: great circles become straight lines, and what is
    /// nearest on the plane is nearest on the sphere.
    fn project(self) -> (f64, f64) {
        (self.east / self.up, self.north / self.up)
    }
}

/// The point of the edge nearest to `point`; `None` when all of it lies beyond
/// the horizon, a quarter of the way round the world.
fn nearest(point: LonLat, from: LonLat, to: LonLat) -> Option<LonLat> {
    let (mut a, mut b) = (Local::of(point, from), Local::of(point, to));
    if a.up < HORIZON && b.up < HORIZON {
        return None;
    }
    // Points of the chord lie on the same great circle: cut it at the horizon.
    let cut = |low: Local, high: Local| low.towards(high, (HORIZON - low.up) / (high.up - low.up));
    if a.up < HORIZON {
        a = cut(a, b);
    } else if b.up < HORIZON {
        b = cut(b, a);
    }
    let ((ax, ay), (bx, by)) = (a.project(), b.project());
    let (dx, dy) = (bx - ax, by - ay);
    let length = dx * dx + dy * dy;
    let t = if length > 0.0 { (-(ax * dx + ay * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    // The ends are known better than any way back from the plane.
    match t {
        0.0 if a.up > HORIZON => Some(from),
        1.0 if b.up > HORIZON => Some(to),
        _ => unproject(point, ax + dx * t, ay + dy * t),
    }
}

/// Back from the plane that touches the sphere at `centre`.
fn unproject(centre: LonLat, x: f64, y: f64) -> Option<LonLat> {
    let (sin, cos) = centre.lat().to_radians().sin_cos();
    let lon = centre.lon() + x.atan2(cos - y * sin).to_degrees();
    // The difference to the centre's latitude, so that near points keep their
    // digits: tan(lat) = (sin + y cos) / hypot(x, cos - y sin).
    let lat = (sin + y * cos).atan2(x.hypot(cos - y * sin)).to_degrees();
    let lon = if lon.abs() > 180.0 { lon - 360.0_f64.copysign(lon) } else { lon };
    LonLat::new(lon, lat).ok()
}

#[cfg(test)]
mod tests;
