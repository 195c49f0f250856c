//! Where a ring meets itself: whoever draws one must know, to mend it.

use geo::{
    Coord, Line, LineString,
    line_intersection::{LineIntersection, line_intersection},
};

/// A place at which `ring` meets itself, if there is one.
///
/// Edges that follow each other lie close together, so boxes around runs of them tell
/// most pairs apart without a look at the edges: a ring of 50 000 points takes
/// milliseconds, where all pairs of its edges take seconds.
pub(super) fn find(ring: &LineString<f64>) -> Option<Coord<f64>> {
    search(ring).0
}

/// The place, and how many pairs of boxes and edges were looked at.
fn search(ring: &LineString<f64>) -> (Option<Coord<f64>>, u64) {
    let edges: Vec<Line<f64>> = ring.lines().filter(|edge| edge.start != edge.end).collect();
    // A binary tree in an array: run n is of runs 2n and 2n + 1, and the last half are
    // the edges themselves.
    let leaves = edges.len().next_power_of_two();
    let mut boxes = vec![Bounds::NOWHERE; 2 * leaves];
    for (bounds, edge) in boxes[leaves..].iter_mut().zip(&edges) {
        *bounds = Bounds::around(edge);
    }
    for run in (1..leaves).rev() {
        boxes[run] = boxes[2 * run].with(boxes[2 * run + 1]);
    }
    let (mut pairs, mut looks) = (vec![(1, 1)], 0);
    while let Some((a, b)) = pairs.pop() {
        looks += 1;
        if a == b {
            if a < leaves {
                pairs.extend([(2 * a + 1, 2 * a + 1), (2 * a, 2 * a + 1), (2 * a, 2 * a)]);
            }
        } else if boxes[a].meets(boxes[b]) {
            if a < leaves {
                pairs.extend([2 * a + 1, 2 * a].map(|a| (a, 2 * b + 1)));
                pairs.extend([2 * a + 1, 2 * a].map(|a| (a, 2 * b)));
            } else if let Some(place) = meet(&edges, a - leaves, b - leaves) {
                return (Some(place), looks);
            }
        }
    }
    (None, looks)
}

/// Where two edges of a ring meet that should not, `first` before `second`.
fn meet(edges: &[Line<f64>], first: usize, second: usize) -> Option<Coord<f64>> {
    let (one, other) = (edges[first], edges[second]);
    let follows = second == first + 1;
    let closes = first == 0 && second == edges.len() - 1;
    match line_intersection(one, other)? {
        // Neighbours share the corner between them, and nothing else.
        LineIntersection::SinglePoint { intersection, .. } => {
            let corner = (follows && intersection == one.end) || (closes && intersection == one.start);
            (!corner).then_some(intersection)
        }
        LineIntersection::Collinear { intersection } => Some(intersection.start),
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

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use geo::{Intersects, wkt};
    use proptest::prelude::*;

    use super::*;

    /// The same by all pairs of edges, and by another way to tell that they meet.
    fn meets_itself(ring: &LineString<f64>) -> bool {
        let edges: Vec<_> = ring.lines().filter(|edge| edge.start != edge.end).collect();
        let last = edges.len().saturating_sub(1);
        let pairs = (0..edges.len()).flat_map(|a| (a + 1..edges.len()).map(move |b| (a, b)));
        let mut meeting = pairs.filter(|(a, b)| edges[*a].intersects(&edges[*b]));
        meeting.any(|(a, b)| {
            let corner = match (b == a + 1, a == 0 && b == last) {
                // Two edges that are a ring cover each other.
                (true, true) => return true,
                (true, false) => edges[a].end,
                (false, true) => edges[a].start,
                (false, false) => return true,
            };
            let far = |edge: &Line<f64>| if edge.start == corner { edge.end } else { edge.start };
            far(&edges[a]).intersects(&edges[b]) || far(&edges[b]).intersects(&edges[a])
        })
    }

    fn on(place: Coord<f64>, ring: &LineString<f64>) -> bool {
        let near = |edge: Line<f64>| {
            let (d, p) = (edge.end - edge.start, place - edge.start);
            let along = ((p.x * d.x + p.y * d.y) / (d.x * d.x + d.y * d.y)).clamp(0.0, 1.0);
            (p.x - along * d.x).hypot(p.y - along * d.y) < 1e-9
        };
        ring.lines().filter(|edge| edge.start != edge.end && near(*edge)).count() >= 2
    }

    #[test]
    fn a_bow_tie_is_tied_in_its_middle() {
        let bow = wkt! { POLYGON((0. 0.,2. 2.,2. 0.,0. 2.,0. 0.)) };
        assert_eq!(find(bow.exterior()), Some(Coord { x: 1.0, y: 1.0 }));
    }

    #[test]
    fn a_spike_and_a_ring_that_touches_itself_are_found_and_a_plain_one_is_not() {
        let spike = wkt! { POLYGON((0. 0.,4. 0.,4. 4.,6. 4.,4. 4.,0. 4.,0. 0.)) };
        assert!(find(spike.exterior()).is_some());
        let eight = wkt! { POLYGON((0. 0.,2. 0.,1. 1.,2. 2.,0. 2.,1. 1.,0. 0.)) };
        assert_eq!(find(eight.exterior()), Some(Coord { x: 1.0, y: 1.0 }));
        let plain = wkt! { POLYGON((0. 0.,4. 0.,4. 0.,4. 4.,0. 4.,0. 0.)) };
        assert_eq!(find(plain.exterior()), None);
        assert_eq!(find(&LineString::new(Vec::new())), None);
    }

    #[test]
    fn a_ring_of_fifty_thousand_points_does_not_take_all_pairs() {
        let angle = |point: u32| f64::from(point) / 50_000.0 * TAU;
        let circle = (0..=50_000).map(|point| (angle(point % 50_000).cos(), angle(point % 50_000).sin()));
        // Teeth as long as the comb is high.
        let teeth = (0..12_500).flat_map(|tooth| {
            let y = f64::from(tooth) * 1e-4;
            [(0.0, y), (1.0, y), (1.0, y + 3e-5), (0.0, y + 3e-5)]
        });
        let comb = teeth.chain([(-1.0, 2.0), (-1.0, 0.0), (0.0, 0.0)]);
        for ring in [circle.collect(), comb.collect::<LineString<f64>>()] {
            let (found, looks) = search(&ring);
            assert_eq!(found, None);
            assert!(looks < 50_000 * 20, "{looks} of 1 250 000 000");
        }
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_all_pairs_tell(
            points in prop::collection::vec((0_i8..8, 0_i8..8), 3..14),
        ) {
            let mut points: Vec<_> = points.iter().map(|(x, y)| (f64::from(*x), f64::from(*y))).collect();
            points.push(points[0]);
            let ring = LineString::from(points);
            let found = find(&ring);
            prop_assert_eq!(found.is_some(), meets_itself(&ring), "{:?}", found);
            prop_assert!(found.is_none_or(|place| on(place, &ring)), "{:?} is on no two edges", found);
        }
    }
}
