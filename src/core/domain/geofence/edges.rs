//! The edges of rings, found by place. Edges that follow each other lie close
//! together, so boxes around runs of them tell most pairs apart without a look at the
//! edges: rings of 50 000 points take milliseconds, where all pairs of their edges
//! take seconds.

use geo::{
    Coord, GeoNum, Kernel, Line, LineString, Orientation,
    coordinate_position::CoordPos,
    line_intersection::{LineIntersection, line_intersection},
};

/// The edges of some rings, one after the other, those without a length left out.
pub(super) struct Edges {
    lines: Vec<Line<f64>>,
    /// A binary tree in an array: run n is of runs 2n and 2n + 1, and the last half
    /// are the edges themselves.
    boxes: Vec<Bounds>,
}

/// What was looked for, and how many pairs of boxes and edges were looked at.
type Search = (Option<Coord<f64>>, u64);

impl Edges {
    pub(super) fn of<'a>(rings: impl IntoIterator<Item = &'a LineString<f64>>) -> Self {
        let lines = rings.into_iter().flat_map(LineString::lines);
        let lines: Vec<_> = lines.filter(|edge| edge.start != edge.end).collect();
        let leaves = lines.len().next_power_of_two();
        let mut boxes = vec![Bounds::NOWHERE; 2 * leaves];
        for (bounds, edge) in boxes[leaves..].iter_mut().zip(&lines) {
            *bounds = Bounds::around(edge);
        }
        for run in (1..leaves).rev() {
            boxes[run] = boxes[2 * run].with(boxes[2 * run + 1]);
        }
        Self { lines, boxes }
    }

    /// Where each edge begins.
    pub(super) fn corners(&self) -> impl Iterator<Item = Coord<f64>> {
        self.lines.iter().map(|edge| edge.start)
    }

    /// A place at which two edges meet that should not, if they are one ring's.
    pub(super) fn knot(&self) -> Search {
        let leaves = self.boxes.len() / 2;
        let (mut pairs, mut looks) = (vec![(1, 1)], 0);
        while let Some((a, b)) = pairs.pop() {
            looks += 1;
            if a == b {
                if a < leaves {
                    pairs.extend([(2 * a + 1, 2 * a + 1), (2 * a, 2 * a + 1), (2 * a, 2 * a)]);
                }
            } else if self.boxes[a].meets(self.boxes[b]) {
                if a < leaves {
                    pairs.extend([2 * a + 1, 2 * a].map(|a| (a, 2 * b + 1)));
                    pairs.extend([2 * a + 1, 2 * a].map(|a| (a, 2 * b)));
                } else if let Some(place) = self.tied(a - leaves, b - leaves) {
                    return (Some(place), looks);
                }
            }
        }
        (None, looks)
    }

    /// Where two edges of a ring meet that should not, `first` before `second`.
    fn tied(&self, first: usize, second: usize) -> Option<Coord<f64>> {
        let (one, other) = (self.lines[first], self.lines[second]);
        let follows = second == first + 1;
        let closes = first == 0 && second == self.lines.len() - 1;
        match line_intersection(one, other)? {
            // Neighbours share the corner between them, and nothing else.
            LineIntersection::SinglePoint { intersection, .. } => {
                let corner = (follows && intersection == one.end) || (closes && intersection == one.start);
                (!corner).then_some(intersection)
            }
            LineIntersection::Collinear { intersection } => Some(intersection.start),
        }
    }

    /// The first place at which an edge meets one of `other` as `wanted`.
    pub(super) fn meeting(
        &self,
        other: &Self,
        wanted: impl Fn(LineIntersection<f64>) -> Option<Coord<f64>>,
    ) -> Search {
        let (leaves, others) = (self.boxes.len() / 2, other.boxes.len() / 2);
        let (mut pairs, mut looks) = (vec![(1, 1)], 0);
        while let Some((a, b)) = pairs.pop() {
            looks += 1;
            if !self.boxes[a].meets(other.boxes[b]) {
                continue;
            }
            // The longer of two runs is halved.
            if a < leaves && (b >= others || a <= b) {
                pairs.extend([(2 * a + 1, b), (2 * a, b)]);
            } else if b < others {
                pairs.extend([(a, 2 * b + 1), (a, 2 * b)]);
            } else {
                let (one, other) = (self.lines[a - leaves], other.lines[b - others]);
                if let Some(place) = line_intersection(one, other).and_then(&wanted) {
                    return (Some(place), looks);
                }
            }
        }
        (None, looks)
    }

    /// On which side a point is of rings that bound an area, by the edges to its east.
    pub(super) fn side(&self, point: Coord<f64>) -> CoordPos {
        let leaves = self.boxes.len() / 2;
        let (mut runs, mut is_inside) = (vec![1], false);
        while let Some(run) = runs.pop() {
            let bounds = self.boxes[run];
            if bounds.high.x < point.x || bounds.high.y < point.y || bounds.low.y > point.y {
                continue;
            }
            if run < leaves {
                runs.extend([2 * run, 2 * run + 1]);
                continue;
            }
            let edge = self.lines[run - leaves];
            let up = edge.start.y <= edge.end.y;
            let (low, high) = if up { (edge.start, edge.end) } else { (edge.end, edge.start) };
            match <f64 as GeoNum>::Ker::orient2d(low, high, point) {
                Orientation::Collinear if bounds.low.x <= point.x => return CoordPos::OnBoundary,
                // The lower end belongs to an edge, the upper to the next.
                Orientation::CounterClockwise => is_inside ^= low.y <= point.y && point.y < high.y,
                Orientation::Collinear | Orientation::Clockwise => {}
            }
        }
        if is_inside { CoordPos::Inside } else { CoordPos::Outside }
    }
}

#[derive(Clone, Copy)]
struct Bounds {
    low: Coord<f64>,
    high: Coord<f64>,
}

impl Bounds {
    const NOWHERE: Self = Self {
        low: Coord { x: f64::INFINITY, y: f64::INFINITY },
        high: Coord { x: f64::NEG_INFINITY, y: f64::NEG_INFINITY },
    };

    fn around(edge: &Line<f64>) -> Self {
        Self { low: edge.start, high: edge.start }.with(Self { low: edge.end, high: edge.end })
    }

    fn with(self, other: Self) -> Self {
        let (low, high) = ((self.low, other.low), (self.high, other.high));
        Self {
            low: Coord { x: low.0.x.min(low.1.x), y: low.0.y.min(low.1.y) },
            high: Coord { x: high.0.x.max(high.1.x), y: high.0.y.max(high.1.y) },
        }
    }

    fn meets(self, other: Self) -> bool {
        self.low.x <= other.high.x
            && other.low.x <= self.high.x
            && self.low.y <= other.high.y
            && other.low.y <= self.high.y
    }
}
