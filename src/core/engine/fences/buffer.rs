//! Circles and corridors: all points within a geodesic distance of a point or a
//! line. The line's edges are straight in lon/lat, the short way round.

use super::segment::{Segment, length};
use crate::domain::geo::{LonLat, Scale};

/// Up to here the plane at the middle latitude is good to [`DOUBT`].
const PLANE_LIMIT_M: f64 = 50_000.0;
/// The share of a distance by which the plane may be wrong within its limit.
const DOUBT: f64 = 1e-3;

/// A line (one point for a circle) and what is within `radius` of it.
#[derive(Debug)]
pub(super) struct Buffer {
    line: Vec<LonLat>,
    radius: f64,
}

/// A step in degrees, the short way round.
fn step(from: LonLat, to: LonLat) -> (f64, f64) {
    let mut dlon = to.lon() - from.lon();
    if dlon.abs() > 180.0 {
        dlon -= 360.0_f64.copysign(dlon);
    }
    (dlon, to.lat() - from.lat())
}

impl Buffer {
    /// `line` has at least one point.
    pub(super) fn new(line: Vec<LonLat>, radius: f64) -> Self {
        Self { line, radius }
    }

    /// The radius when it is a circle.
    pub(super) fn circle_radius(&self) -> Option<f64> {
        (self.line.len() == 1).then_some(self.radius)
    }

    /// Smallest and largest longitude and latitude; longitudes may lie beyond
    /// ±180 when it spans the antimeridian.
    pub(super) fn bounds(&self) -> ([f64; 2], [f64; 2]) {
        let (mut min, mut max) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        let mut x = self.line[0].lon();
        let mut before = self.line[0];
        for point in &self.line {
            x += step(before, *point).0;
            before = *point;
            min = [min[0].min(x), min[1].min(point.lat())];
            max = [max[0].max(x), max[1].max(point.lat())];
        }
        // Degrees are shortest at the equator (latitude) and at the far edge
        // (longitude); 1 % covers what the plane leaves out.
        let high = 1.01 * self.radius / Scale::at_latitude(0.0).lat;
        let (low_lat, high_lat) = (min[1] - high, max[1] + high);
        let scale = Scale::at_latitude(low_lat.abs().max(high_lat.abs()).min(90.0));
        let wide = if scale.is_far_from_poles() { 1.01 * self.radius / scale.lon } else { 360.0 };
        ([min[0] - wide, low_lat], [max[0] + wide, high_lat])
    }

    /// Whether a point is inside or on the boundary.
    pub(super) fn covers(&self, point: LonLat) -> bool {
        let (near, nearest) = self.nearest(point);
        let certain = near < PLANE_LIMIT_M && (near - self.radius).abs() > DOUBT * near;
        let distance = if certain { near } else { point.distance(nearest).get() };
        distance <= self.radius
    }

    /// The nearest point of the line, and about how far it is.
    fn nearest(&self, point: LonLat) -> (f64, LonLat) {
        if let [centre] = self.line[..] {
            let (dlon, dlat) = step(point, centre);
            let scale = Scale::at_latitude((point.lat() + centre.lat()) / 2.0);
            let near = if scale.is_far_from_poles() { scale.length(dlon, dlat) } else { f64::INFINITY };
            return (near, centre);
        }
        let scale = Scale::at_latitude(point.lat());
        let mut best = (f64::INFINITY, 0, 0.0);
        for (index, edge) in self.line.windows(2).enumerate() {
            let (start, along) = (step(point, edge[0]), step(edge[0], edge[1]));
            let (ax, ay) = (start.0 * scale.lon, start.1 * scale.lat);
            let (dx, dy) = (along.0 * scale.lon, along.1 * scale.lat);
            let squared = dx * dx + dy * dy;
            let t = if squared > 0.0 { (-(ax * dx + ay * dy) / squared).clamp(0.0, 1.0) } else { 0.0 };
            let distance = length(ax + dx * t, ay + dy * t);
            if distance < best.0 {
                best = (distance, index, t);
            }
        }
        let (distance, index, t) = best;
        (distance, self.line[index].lerp(self.line[index + 1], t))
    }

    /// Distance from a point to the boundary in metres (for a corridor's inside:
    /// at least that), if at most `limit`.
    pub(super) fn boundary_within(&self, point: LonLat, limit: f64) -> Option<f64> {
        let (near, nearest) = self.nearest(point);
        if near < PLANE_LIMIT_M && (near - self.radius).abs() - DOUBT * near > limit {
            return None;
        }
        let distance = (point.distance(nearest).get() - self.radius).abs();
        (distance <= limit).then_some(distance)
    }

    /// Appends where along the way it may meet the boundary, as fractions.
    pub(super) fn crossings(&self, way: &Segment, into: &mut Vec<f64>) {
        let (dlon, dlat) = step(way.from, way.to);
        for vertex in &self.line {
            self.circle_crossings(*vertex, way, (dlon, dlat), into);
        }
        let scale = Scale::at_latitude((way.from.lat() + way.to.lat()) / 2.0);
        let (bx, by) = (dlon * scale.lon, dlat * scale.lat);
        for edge in self.line.windows(2) {
            let (start, along) = (step(way.from, edge[0]), step(edge[0], edge[1]));
            let (px, py) = (start.0 * scale.lon, start.1 * scale.lat);
            let (ex, ey) = (along.0 * scale.lon, along.1 * scale.lat);
            let length = length(ex, ey);
            let across = bx * ey - by * ex;
            if length == 0.0 || across == 0.0 {
                continue;
            }
            for side in [self.radius, -self.radius] {
                let (ox, oy) = (px - ey / length * side, py + ex / length * side);
                let t = (ox * ey - oy * ex) / across;
                let on_edge = (ox * by - oy * bx) / across;
                if (0.0..=1.0).contains(&t) && (-1e-9..=1.0 + 1e-9).contains(&on_edge) {
                    into.push(t);
                }
            }
        }
    }

    fn circle_crossings(&self, centre: LonLat, way: &Segment, along: (f64, f64), into: &mut Vec<f64>) {
        let start = step(centre, way.from);
        let roots = |scale: Scale| {
            let (ax, ay) = (start.0 * scale.lon, start.1 * scale.lat);
            let (dx, dy) = (along.0 * scale.lon, along.1 * scale.lat);
            let a = dx * dx + dy * dy;
            let half_b = ax * dx + ay * dy;
            let c = ax * ax + ay * ay - self.radius * self.radius;
            let discriminant = half_b * half_b - a * c;
            (a > 0.0 && discriminant > 0.0)
                .then(|| [(-half_b - discriminant.sqrt()) / a, (-half_b + discriminant.sqrt()) / a])
        };
        let Some(first) = roots(Scale::at_latitude(centre.lat())) else { return };
        for (index, t) in first.into_iter().enumerate() {
            // A second time in the plane half-way to where the first answer lies.
            let lat = centre.lat() + (start.1 + along.1 * t.clamp(0.0, 1.0)) / 2.0;
            let t = roots(Scale::at_latitude(lat)).map_or(t, |again| again[index]);
            if (0.0..=1.0).contains(&t) {
                into.push(t);
            }
        }
    }
}
