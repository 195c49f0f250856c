//! Where a ring meets itself, and where two areas meet that should not: whoever draws
//! one must know, to mend it.

use geo::{Coord, LineString, Polygon, coordinate_position::CoordPos, line_intersection::LineIntersection};

use super::edges::Edges;

/// A place at which `ring` meets itself, if there is one.
pub(super) fn find(ring: &LineString<f64>) -> Option<Coord<f64>> {
    Edges::of([ring]).knot().0
}

/// The boundaries of two polygons, to tell where they meet as they should not.
pub(super) struct Meeting {
    one: Edges,
    other: Edges,
}

impl Meeting {
    pub(super) fn of(one: &Polygon<f64>, other: &Polygon<f64>) -> Self {
        let [one, other] =
            [one, other].map(|area| Edges::of(std::iter::once(area.exterior()).chain(area.interiors())));
        Self { one, other }
    }

    /// A place at which both have area, given that there is one: best where their
    /// boundaries cross, else where a corner of one lies in the other.
    pub(super) fn of_areas(&self) -> Option<Coord<f64>> {
        let (one, other) = (&self.one, &self.other);
        self.crossing()
            .or_else(|| one.corners().find(|corner| other.side(*corner) == CoordPos::Inside))
            .or_else(|| other.corners().find(|corner| one.side(*corner) == CoordPos::Inside))
            .or_else(|| self.touch())
    }

    /// A place at which the other leaves the one, given that it does.
    pub(super) fn of_leaving(&self) -> Option<Coord<f64>> {
        let (one, other) = (&self.one, &self.other);
        self.crossing()
            .or_else(|| other.corners().find(|corner| one.side(*corner) == CoordPos::Outside))
            .or_else(|| self.touch())
    }

    /// Where a line begins that both boundaries follow, if there is one.
    pub(super) fn of_lines(&self) -> Option<Coord<f64>> {
        let shared = |meeting| match meeting {
            LineIntersection::Collinear { intersection } => Some(intersection.start),
            LineIntersection::SinglePoint { .. } => None,
        };
        self.one.meeting(&self.other, shared).0
    }

    fn crossing(&self) -> Option<Coord<f64>> {
        let proper = |meeting| match meeting {
            LineIntersection::SinglePoint { intersection, is_proper: true } => Some(intersection),
            LineIntersection::SinglePoint { .. } | LineIntersection::Collinear { .. } => None,
        };
        self.one.meeting(&self.other, proper).0
    }

    fn touch(&self) -> Option<Coord<f64>> {
        let any = |meeting| match meeting {
            LineIntersection::SinglePoint { intersection, .. } => Some(intersection),
            LineIntersection::Collinear { intersection } => Some(intersection.start),
        };
        self.one.meeting(&self.other, any).0
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use geo::{BooleanOps, CoordinatePosition, Intersects, Line, wkt};
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
            let (found, looks) = Edges::of([&ring]).knot();
            assert_eq!(found, None);
            assert!(looks < 50_000 * 20, "{looks} of 1 250 000 000");
        }
    }

    #[test]
    fn two_rings_of_fifty_thousand_points_do_not_take_all_pairs() {
        let angle = |point: u32| f64::from(point % 50_000) / 50_000.0 * TAU;
        let circle = |radius: f64, east: f64| -> LineString<f64> {
            (0..=50_000)
                .map(|point| (east + radius * angle(point).cos(), radius * angle(point).sin()))
                .collect()
        };
        let (outer, inner, beside) = (circle(1.0, 0.0), circle(0.999_9, 0.0), circle(1.0, 0.5));
        let (outer, inner, beside) = (Edges::of([&outer]), Edges::of([&inner]), Edges::of([&beside]));
        let proper = |meeting| match meeting {
            LineIntersection::SinglePoint { intersection, is_proper: true } => Some(intersection),
            LineIntersection::SinglePoint { .. } | LineIntersection::Collinear { .. } => None,
        };
        let (found, looks) = outer.meeting(&inner, proper);
        assert_eq!(found, None);
        assert!(looks < 50_000 * 20, "{looks} of 2 500 000 000");
        let (found, looks) = outer.meeting(&beside, proper);
        let place = found.unwrap();
        assert!((place.x - 0.25).abs() < 1e-6 && (place.y.abs() - 0.968_245_8).abs() < 1e-6, "{place:?}");
        assert!(looks < 50_000, "{looks}");
    }

    fn simple_ring() -> impl Strategy<Value = LineString<f64>> {
        let ring = prop::collection::vec((0_i8..8, 0_i8..8), 3..7).prop_map(|points| {
            let mut points: Vec<_> = points.iter().map(|(x, y)| (f64::from(*x), f64::from(*y))).collect();
            points.push(points[0]);
            LineString::from(points)
        });
        ring.prop_filter("meets itself", |ring| find(ring).is_none())
    }

    proptest! {
        #[test]
        fn the_side_of_a_point_is_what_a_look_at_every_edge_tells(
            ring in simple_ring(), points in prop::collection::vec((0_u8..33, 0_u8..33), 1..20),
        ) {
            let (edges, area) = (Edges::of([&ring]), Polygon::new(ring, Vec::new()));
            for (x, y) in points {
                let point = Coord { x: f64::from(x) / 4.0, y: f64::from(y) / 4.0 };
                prop_assert_eq!(edges.side(point), area.coordinate_position(&point), "{:?}", point);
            }
        }

        #[test]
        fn a_place_of_two_areas_is_in_or_on_both(one in simple_ring(), other in simple_ring()) {
            let (one, other) = (Polygon::new(one, Vec::new()), Polygon::new(other, Vec::new()));
            let meeting = Meeting::of(&one, &other);
            let near = |place: Coord<f64>, area: &Polygon<f64>| {
                let by = |x: f64, y: f64| area.coordinate_position(&Coord { x: place.x + x, y: place.y + y });
                [(0.0, 0.0), (1e-6, 0.0), (-1e-6, 0.0), (0.0, 1e-6), (0.0, -1e-6)]
                    .into_iter().any(|(x, y)| by(x, y) != CoordPos::Outside)
            };
            let beyond = |area: geo::MultiPolygon<f64>| !area.0.is_empty();
            if beyond(one.intersection(&other)) {
                let place = meeting.of_areas();
                prop_assert!(place.is_some_and(|place| near(place, &one) && near(place, &other)), "{:?}", place);
            }
            if beyond(other.difference(&one)) {
                let place = meeting.of_leaving();
                prop_assert!(place.is_some_and(|place| near(place, &other)), "{:?}", place);
            }
        }

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
