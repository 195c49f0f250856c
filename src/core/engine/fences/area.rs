//! Polygons with holes, as edges sorted into bands of latitude, so that a point
//! meets only the few edges beside it, and under boxes for ways and distances.
//!
//! Edges are straight in lon/lat and belong to the inside, like `ST_Covers` on
//! `geometry`.

use geo::{
    CoordsIter, GeoNum, LinesIter, MultiPolygon,
    algorithm::kernels::{Kernel, Orientation},
    coord,
};

use super::{
    crossing::PLAIN,
    packed::{Boxed, Packed, Touching, Window},
    segment::{Line, Piece, length},
};
use crate::domain::geo::{LonLat, Scale};

/// Edges a band should hold, about: fewer cost memory, more cost time.
const EDGES_PER_BAND: usize = 2;

/// One edge, degrees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) x1: f64,
    pub(super) y1: f64,
    pub(super) x2: f64,
    pub(super) y2: f64,
}

/// Polygons prepared for point, segment and distance queries.
#[derive(Debug)]
pub(super) struct Area {
    min: [f64; 2],
    max: [f64; 2],
    bands_per_degree: f64,
    /// Where each band's edges begin; one more than there are bands.
    starts: Vec<u32>,
    /// Edges by band; an edge is repeated in every band it touches.
    edges: Vec<Edge>,
    outline: Packed<Edge>,
}

impl Area {
    pub(super) fn new(area: &MultiPolygon<f64>) -> Self {
        let edges: Vec<_> = area
            .lines_iter()
            .map(|line| Edge { x1: line.start.x, y1: line.start.y, x2: line.end.x, y2: line.end.y })
            .collect();
        let (mut min, mut max) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for coordinate in area.coords_iter() {
            min = [min[0].min(coordinate.x), min[1].min(coordinate.y)];
            max = [max[0].max(coordinate.x), max[1].max(coordinate.y)];
        }
        let outline = Packed::new(edges.clone());
        let mut prepared = Self { min, max, bands_per_degree: 0.0, starts: Vec::new(), edges, outline };
        let mut bands = (prepared.edges.len() / EDGES_PER_BAND).clamp(1, 4096);
        // Long steep edges fall into many bands; bound the repetition.
        while bands > 1 && prepared.repetitions(bands) > 4 * prepared.edges.len() {
            bands /= 2;
        }
        prepared.sort_into(bands);
        prepared
    }

    fn repetitions(&mut self, bands: usize) -> usize {
        self.set_bands(bands);
        self.edges
            .iter()
            .map(|edge| {
                let (low, high) = self.bands_of(edge.y1.min(edge.y2), edge.y1.max(edge.y2), bands);
                high - low + 1
            })
            .sum()
    }

    fn set_bands(&mut self, bands: usize) {
        let height = self.max[1] - self.min[1];
        self.bands_per_degree = if height > 0.0 { bands as f64 / height } else { 0.0 };
    }

    fn sort_into(&mut self, bands: usize) {
        self.set_bands(bands);
        let mut by_band = vec![Vec::new(); bands];
        for edge in &self.edges {
            let (low, high) = self.bands_of(edge.y1.min(edge.y2), edge.y1.max(edge.y2), bands);
            for band in &mut by_band[low..=high] {
                band.push(*edge);
            }
        }
        self.starts = vec![0];
        self.edges.clear();
        for band in by_band {
            self.edges.extend(band);
            self.starts.push(self.edges.len() as u32);
        }
    }

    fn bands_of(&self, low: f64, high: f64, bands: usize) -> (usize, usize) {
        // Float to integer saturates, so what lies outside falls into the outer bands.
        let band = |y: f64| (((y - self.min[1]) * self.bands_per_degree) as usize).min(bands - 1);
        (band(low), band(high))
    }

    /// The edges whose band holds a latitude within the bounds.
    fn beside(&self, y: f64) -> &[Edge] {
        let (band, _) = self.bands_of(y, y, self.starts.len() - 1);
        &self.edges[self.starts[band] as usize..self.starts[band + 1] as usize]
    }

    /// Smallest and largest longitude and latitude.
    pub(super) fn bounds(&self) -> ([f64; 2], [f64; 2]) {
        (self.min, self.max)
    }

    /// Whether a point is inside or on the boundary.
    pub(super) fn covers(&self, point: LonLat) -> bool {
        // Both names of the antimeridian mean the same place.
        self.covers_xy(point.lon(), point.lat())
            || (point.lon().abs() == 180.0 && self.covers_xy(-point.lon(), point.lat()))
    }

    fn covers_xy(&self, x: f64, y: f64) -> bool {
        if x < self.min[0] || x > self.max[0] || y < self.min[1] || y > self.max[1] {
            return false;
        }
        let mut inside = false;
        for edge in self.beside(y) {
            match edge.ray(x, y) {
                Ray::Misses => {}
                Ray::Crosses => inside = !inside,
                Ray::StartsOn => return true,
            }
        }
        inside
    }

    /// Appends where along the segment it may meet the boundary, as fractions of
    /// the whole way. May name a place twice, and one just beyond an end; misses none,
    /// so that without any both ends are on one side, and neither on the boundary.
    /// Says whether each is plainly a crossing of one edge, away from its ends.
    pub(super) fn crossings(&self, line: &Line, into: &mut Vec<f64>) -> bool {
        let mut plain = line.is_plain();
        for (piece, question) in line.pieces() {
            self.outline.visit(question, |edge| plain &= edge.meet(piece, into));
        }
        plain
    }

    /// Distance from a point to the boundary in metres, if at most `limit`.
    /// `scale` is that of its latitude.
    pub(super) fn boundary_within(&self, point: LonLat, scale: Scale, limit: f64) -> Option<f64> {
        let reach = limit / scale.lat;
        let mut nearest = f64::INFINITY;
        for shift in [0.0, -360.0, 360.0] {
            let (x, y) = (point.lon() + shift, point.lat());
            let wide = limit / scale.lon;
            if x + wide < self.min[0] || x - wide > self.max[0] {
                continue;
            }
            let window = Window { left: x - wide, low: y - reach, right: x + wide, high: y + reach };
            self.outline
                .visit(&Touching::new(window), |edge| nearest = nearest.min(edge.distance(x, y, scale)));
        }
        (nearest <= limit).then_some(nearest)
    }
}

impl Boxed for Edge {
    fn window(&self) -> Window {
        Window::between((self.x1, self.y1), (self.x2, self.y2))
    }
}

enum Ray {
    Misses,
    Crosses,
    StartsOn,
}

impl Edge {
    /// How the ray from a point towards the east meets this edge; exact, by
    /// adaptive orientation, as in GEOS' ray crossing counter.
    fn ray(&self, x: f64, y: f64) -> Ray {
        if self.x1 < x && self.x2 < x {
            return Ray::Misses;
        }
        if (self.x1 == x && self.y1 == y) || (self.x2 == x && self.y2 == y) {
            return Ray::StartsOn;
        }
        if self.y1 == y && self.y2 == y {
            let spans = self.x1.min(self.x2) <= x && x <= self.x1.max(self.x2);
            return if spans { Ray::StartsOn } else { Ray::Misses };
        }
        if (self.y1 > y) == (self.y2 > y) {
            return Ray::Misses;
        }
        if self.x1 > x && self.x2 > x {
            return Ray::Crosses;
        }
        let (start, end) = (coord! { x: self.x1, y: self.y1 }, coord! { x: self.x2, y: self.y2 });
        match <f64 as GeoNum>::Ker::orient2d(start, end, coord! { x: x, y: y }) {
            Orientation::Collinear => Ray::StartsOn,
            Orientation::CounterClockwise if self.y2 > self.y1 => Ray::Crosses,
            Orientation::Clockwise if self.y2 < self.y1 => Ray::Crosses,
            Orientation::CounterClockwise | Orientation::Clockwise => Ray::Misses,
        }
    }

    /// Appends where along the piece it may meet this edge; says whether it then plainly
    /// crosses it.
    fn meet(&self, piece: &Piece, into: &mut Vec<f64>) -> bool {
        let (dx, dy) = (piece.x2 - piece.x1, piece.y2 - piece.y1);
        let (ex, ey) = (self.x2 - self.x1, self.y2 - self.y1);
        let (ox, oy) = (self.x1 - piece.x1, self.y1 - piece.y1);
        let across = dx * ey - dy * ex;
        let (along, on_edge) = (ox * ey - oy * ex, ox * dy - oy * dx);
        // Mostly both ends of the edge are clearly on one side of the way, or the way's of
        // the edge: then the quotients below are well outside, and need not be known.
        let size = dx.abs() + dy.abs() + ex.abs() + ey.abs() + ox.abs() + oy.abs();
        let clear = 1e-8 * across.abs() + 1e-14 * size * size;
        let beyond = |part: f64| {
            let part = part * across.signum();
            part < -clear || part > across.abs() + clear
        };
        if beyond(along) || beyond(on_edge) {
            return true;
        }
        if !Window::between((piece.x1, piece.y1), (piece.x2, piece.y2)).touches(&self.window()) {
            return true;
        }
        // What rounding can have done to each of the three. Too many places are
        // harmless, one too few is a boundary crossed unseen.
        const EPSILON: f64 = 4.0 * f64::EPSILON;
        let doubt = EPSILON * ((dx * ey).abs() + (dy * ex).abs());
        if across.abs() > doubt {
            let slack = |sum: f64| 1e-9 + (EPSILON * sum + doubt) / across.abs();
            let (along_slack, edge_slack) =
                (slack((ox * ey).abs() + (oy * ex).abs()), slack((ox * dy).abs() + (oy * dx).abs()));
            let (along, on_edge) = (along / across, on_edge / across);
            if (-along_slack..=1.0 + along_slack).contains(&along)
                && (-edge_slack..=1.0 + edge_slack).contains(&on_edge)
            {
                into.push(piece.whole(along));
                let sharp = along_slack.max(edge_slack) < PLAIN / 8.0;
                return sharp && (PLAIN..=1.0 - PLAIN).contains(&on_edge);
            }
            return true;
        }
        // Parallel, as far as can be told: the edge's ends, if they are beside the way.
        let squared = dx * dx + dy * dy;
        if squared > 0.0 {
            for (x, y) in [(self.x1, self.y1), (self.x2, self.y2)] {
                let along = ((x - piece.x1) * dx + (y - piece.y1) * dy) / squared;
                into.push(piece.whole(along.clamp(0.0, 1.0)));
            }
        } else {
            into.push(piece.whole(0.0));
        }
        false
    }

    fn distance(&self, x: f64, y: f64, scale: Scale) -> f64 {
        let (ax, ay) = ((self.x1 - x) * scale.lon, (self.y1 - y) * scale.lat);
        let (dx, dy) = ((self.x2 - self.x1) * scale.lon, (self.y2 - self.y1) * scale.lat);
        let squared = dx * dx + dy * dy;
        let along = if squared > 0.0 { (-(ax * dx + ay * dy) / squared).clamp(0.0, 1.0) } else { 0.0 };
        length(ax + dx * along, ay + dy * along)
    }
}
