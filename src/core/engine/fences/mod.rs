//! The fences, indexed for point and segment queries and shared between
//! engines. Owns geometry only; who is inside since when is `visits`' story.
//!
//! The boundary belongs to the inside, everywhere: edges of areas are straight in
//! lon/lat (`ST_Covers` on `geometry`), circles and corridors are what is within a
//! geodesic distance (`ST_DWithin` on `geography`), both to the last bit of the
//! coordinates given. Fences that share an edge both hold a vehicle on it.

mod area;
mod buffer;
mod crossing;
mod packed;
mod segment;
#[cfg(test)]
mod tests;

use rustc_hash::FxHashMap;

use self::{
    area::Area,
    buffer::Buffer,
    packed::{Boxed, Packed, Touching, Window},
};
pub(crate) use self::{
    crossing::{Inside, by_turns, take_turns},
    segment::{Line, Segment},
};
use crate::domain::{
    geo::{LonLat, Scale},
    geofence::{FenceKind, Geofence, Shape, Watches},
    id::FenceId,
};

/// The fences, indexed for point queries. Shared between engines.
#[derive(Debug, Default)]
pub struct FenceSet {
    /// Sorted by id, so that their order does not depend on their source's.
    fences: Vec<Fence>,
    by_id: FxHashMap<FenceId, u32>,
    tree: Packed<Bounds>,
}

/// One fence, prepared.
#[derive(Debug)]
pub(crate) struct Fence {
    pub(crate) id: FenceId,
    pub(crate) name: String,
    pub(crate) kind: FenceKind,
    pub(crate) watches: Watches,
    outline: Outline,
}

#[derive(Debug)]
enum Outline {
    Area(Area),
    Buffer(Buffer),
}

#[derive(Debug)]
struct Bounds {
    window: Window,
    fence: u32,
}

impl Boxed for Bounds {
    fn window(&self) -> Window {
        self.window
    }
}

impl FenceSet {
    /// Indexes fences. Of two with one id the first is kept.
    pub fn new(mut fences: Vec<Geofence>) -> Self {
        fences.sort_by(|a, b| a.id.cmp(&b.id));
        fences.dedup_by(|b, a| a.id == b.id);
        let fences: Vec<_> = fences.into_iter().map(Fence::new).collect();
        let by_id = (0..).zip(&fences).map(|(index, fence)| (fence.id.clone(), index)).collect();
        let bounds = (0..).zip(&fences).flat_map(|(index, fence)| fence.outline.bounds(index)).collect();
        Self { fences, by_id, tree: Packed::tiled(bounds) }
    }

    /// How many fences there are.
    pub fn len(&self) -> usize {
        self.fences.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.fences.is_empty()
    }

    /// The fences a point is inside of or on the boundary of, ordered by id.
    pub fn at(&self, point: LonLat) -> Vec<&FenceId> {
        let mut candidates = Vec::new();
        self.near(&Segment { from: point, to: point }.line(), &mut candidates);
        candidates.retain(|index| self.fences[*index as usize].covers(point));
        candidates.into_iter().map(|index| &self.fences[index as usize].id).collect()
    }

    /// How many fences a point is inside of or on the boundary of.
    pub fn count_at(&self, point: LonLat) -> usize {
        let mut count = 0;
        let window = Window::between((point.lon(), point.lat()), (point.lon(), point.lat()));
        // A fence across the antimeridian has a box on either side; a point is in one.
        self.tree.visit(&Touching::new(window), |bounds| {
            count += usize::from(self.get(bounds.fence).covers(point))
        });
        count
    }

    /// A point to measure the way to a fence by: the middle of its bounds.
    pub(crate) fn anchor(&self, fence: &FenceId) -> Option<LonLat> {
        let (min, max) = self.get(self.index_of(fence)?).outline.extent();
        let mut lon = (min[0] + max[0]) / 2.0;
        if lon.abs() > 180.0 {
            lon -= 360.0_f64.copysign(lon);
        }
        LonLat::new(lon, ((min[1] + max[1]) / 2.0).clamp(-90.0, 90.0)).ok()
    }

    /// What a fence is for.
    pub fn kind(&self, fence: &FenceId) -> Option<FenceKind> {
        self.by_id.get(fence).map(|index| self.fences[*index as usize].kind)
    }

    pub(crate) fn get(&self, index: u32) -> &Fence {
        &self.fences[index as usize]
    }

    pub(crate) fn index_of(&self, fence: &FenceId) -> Option<u32> {
        self.by_id.get(fence).copied()
    }

    /// Appends the fences whose bounds the way touches, each once, in order.
    pub(crate) fn near(&self, line: &Line, into: &mut Vec<u32>) {
        let before = into.len();
        for (_, question) in line.pieces() {
            self.tree.visit(question, |bounds| into.push(bounds.fence));
        }
        into[before..].sort_unstable();
        into.dedup();
    }

    /// How far a vehicle may certainly move without meeting any boundary, in
    /// metres, looking no further than `horizon`.
    pub(crate) fn clearance(&self, point: LonLat, horizon: f64) -> f64 {
        let scale = Scale::at_latitude(point.lat());
        // Across the antimeridian or at a pole the box is not one box.
        if !scale.is_far_from_poles() || point.lon().abs() + 1.01 * horizon / scale.lon > 180.0 {
            return 0.0;
        }
        // First close by: where fences are many, one is, and the rest need no look.
        let close = self.nearest_boundary(point, scale, horizon / 4.0);
        let nearest = close.or_else(|| self.nearest_boundary(point, scale, horizon)).unwrap_or(horizon);
        // The plane is good to far less than this at such distances.
        (0.99 * nearest - 0.5).max(0.0)
    }

    /// How far the nearest boundary is, where one is as near as `horizon`.
    fn nearest_boundary(&self, point: LonLat, scale: Scale, horizon: f64) -> Option<f64> {
        let (wide, high) = (1.01 * horizon / scale.lon, 1.01 * horizon / scale.lat);
        let window = Window {
            left: point.lon() - wide,
            low: point.lat() - high,
            right: point.lon() + wide,
            high: point.lat() + high,
        };
        let mut nearest = None;
        self.tree.visit(&Touching::new(window), |bounds| {
            // No look further than the nearest found so far.
            let limit = nearest.unwrap_or(horizon);
            nearest = self.get(bounds.fence).outline.boundary_within(point, scale, limit).or(nearest);
        });
        nearest
    }
}

impl Fence {
    fn new(fence: Geofence) -> Self {
        let outline = match fence.shape {
            Shape::Circle { centre, radius } => Outline::Buffer(Buffer::new(vec![centre], radius.get())),
            Shape::Corridor { line, width } => Outline::Buffer(Buffer::new(line, width.get() / 2.0)),
            Shape::Area(area) => Outline::Area(Area::new(&area)),
        };
        Self { id: fence.id, name: fence.name, kind: fence.kind, watches: fence.watches, outline }
    }

    /// Whether a point is inside or on the boundary.
    pub(crate) fn covers(&self, point: LonLat) -> bool {
        self.outline.covers(point)
    }

    /// Fills `crossings` with where along the way it may meet the boundary, as
    /// fractions. Where there is none, and [`Fence::tells_sides`], both ends of the way
    /// are on one side. Says whether each of them is plainly a change of sides, as far
    /// as can be told one by one: see [`take_turns`].
    pub(crate) fn crossings(&self, line: &Line, crossings: &mut Vec<f64>) -> bool {
        crossings.clear();
        self.outline.crossings(line, crossings)
    }

    /// Whether no crossing of the boundary by this way can be missed. Circles and
    /// corridors are crossed in a plane, and on the antimeridian a point has two names.
    pub(crate) fn tells_sides(&self, way: &Segment) -> bool {
        let on_edge = |point: LonLat| point.lon().abs() == 180.0;
        matches!(self.outline, Outline::Area(_)) && !on_edge(way.from) && !on_edge(way.to)
    }

    /// Whether the boundary is within `metres` of a point.
    pub(crate) fn boundary_is_within(&self, point: LonLat, metres: f64) -> bool {
        self.outline.boundary_within(point, Scale::at_latitude(point.lat()), metres).is_some()
    }

    /// The radius of a circle; other shapes have none.
    pub(crate) fn circle_radius(&self) -> Option<f64> {
        match &self.outline {
            Outline::Area(_) => None,
            Outline::Buffer(buffer) => buffer.circle_radius(),
        }
    }
}

impl Outline {
    fn covers(&self, point: LonLat) -> bool {
        match self {
            Self::Area(area) => area.covers(point),
            Self::Buffer(buffer) => buffer.covers(point),
        }
    }

    fn crossings(&self, line: &Line, into: &mut Vec<f64>) -> bool {
        match self {
            Self::Area(area) => area.crossings(line, into),
            Self::Buffer(buffer) => {
                buffer.crossings(&line.way, into);
                false
            }
        }
    }

    fn boundary_within(&self, point: LonLat, scale: Scale, limit: f64) -> Option<f64> {
        match self {
            Self::Area(area) => area.boundary_within(point, scale, limit),
            Self::Buffer(buffer) => buffer.boundary_within(point, limit),
        }
    }

    /// Smallest and largest longitude and latitude; longitudes may lie beyond ±180.
    fn extent(&self) -> ([f64; 2], [f64; 2]) {
        match self {
            Self::Area(area) => area.bounds(),
            Self::Buffer(buffer) => buffer.bounds(),
        }
    }

    /// Its bounds, cut at the antimeridian.
    fn bounds(&self, fence: u32) -> Vec<Bounds> {
        let (min, max) = self.extent();
        let piece = |west: f64, east: f64| Bounds {
            window: Window { left: west, low: min[1], right: east, high: max[1] },
            fence,
        };
        let mut pieces = vec![piece(min[0].max(-180.0), max[0].min(180.0))];
        if max[0] - min[0] >= 360.0 {
            return vec![piece(-180.0, 180.0)];
        }
        if min[0] <= -180.0 {
            pieces.push(piece(min[0] + 360.0, 180.0));
        }
        if max[0] >= 180.0 {
            pieces.push(piece(-180.0, max[0] - 360.0));
        }
        pieces
    }
}
