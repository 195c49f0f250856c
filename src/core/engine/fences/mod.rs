//! The fences, indexed for point and segment queries and shared between
//! engines. Owns geometry only; who is inside since when is `visits`' story.

mod area;
mod buffer;
mod chunks;
mod crossing;
mod segment;
#[cfg(test)]
mod tests;

use rstar::{AABB, RTree, RTreeObject};
use rustc_hash::FxHashMap;

use self::{area::Area, buffer::Buffer};
pub(crate) use self::{crossing::Inside, segment::Segment};
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
    tree: RTree<Bounds>,
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
    envelope: AABB<[f64; 2]>,
    fence: u32,
}

impl RTreeObject for Bounds {
    type Envelope = AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        self.envelope
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
        Self { fences, by_id, tree: RTree::bulk_load(bounds) }
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
        self.near(&Segment { from: point, to: point }, &mut candidates);
        candidates.retain(|index| self.fences[*index as usize].covers(point));
        candidates.into_iter().map(|index| &self.fences[index as usize].id).collect()
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
    pub(crate) fn near(&self, way: &Segment, into: &mut Vec<u32>) {
        let before = into.len();
        for piece in way.pieces() {
            let envelope = AABB::from_corners([piece.x1, piece.y1], [piece.x2, piece.y2]);
            into.extend(self.tree.locate_in_envelope_intersecting(&envelope).map(|bounds| bounds.fence));
        }
        into[before..].sort_unstable();
        into.dedup();
    }

    /// How far a vehicle may certainly move without meeting any boundary, in
    /// metres, looking no further than `horizon`.
    pub(crate) fn clearance(&self, point: LonLat, horizon: f64) -> f64 {
        let scale = Scale::at_latitude(point.lat());
        // Across the antimeridian or at a pole the box is not one box.
        let (wide, high) = (1.01 * horizon / scale.lon, 1.01 * horizon / scale.lat);
        if !scale.is_far_from_poles() || point.lon().abs() + wide > 180.0 {
            return 0.0;
        }
        let envelope = AABB::from_corners(
            [point.lon() - wide, point.lat() - high],
            [point.lon() + wide, point.lat() + high],
        );
        let nearest = self
            .tree
            .locate_in_envelope_intersecting(&envelope)
            .filter_map(|bounds| self.get(bounds.fence).outline.boundary_within(point, horizon))
            .fold(horizon, f64::min);
        // The plane is good to far less than this at such distances.
        (0.99 * nearest - 0.5).max(0.0)
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

    /// Whether the boundary is within `metres` of a point.
    pub(crate) fn boundary_is_within(&self, point: LonLat, metres: f64) -> bool {
        self.outline.boundary_within(point, metres).is_some()
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

    fn crossings(&self, way: &Segment, into: &mut Vec<f64>) {
        match self {
            Self::Area(area) => way.pieces().for_each(|piece| area.crossings(&piece, into)),
            Self::Buffer(buffer) => buffer.crossings(way, into),
        }
    }

    fn boundary_within(&self, point: LonLat, limit: f64) -> Option<f64> {
        match self {
            Self::Area(area) => area.boundary_within(point, limit),
            Self::Buffer(buffer) => buffer.boundary_within(point, limit),
        }
    }

    /// Its bounds, cut at the antimeridian.
    fn bounds(&self, fence: u32) -> Vec<Bounds> {
        let (min, max) = match self {
            Self::Area(area) => area.bounds(),
            Self::Buffer(buffer) => buffer.bounds(),
        };
        let piece = |west: f64, east: f64| Bounds {
            envelope: AABB::from_corners([west, min[1]], [east, max[1]]),
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
