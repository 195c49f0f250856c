//! Whether an area is valid by the OGC's rules: rings that do not meet themselves,
//! holes inside their polygon, parts that share no area and no edge.

use std::fmt;

use geo::{
    BoundingRect, Coord, Intersects, LineString, MultiPolygon, Polygon, PreparedGeometry, Relate,
    coordinate_position::CoordPos, dimensions::Dimensions, relate::IntersectionMatrix,
};

use super::knot::{self, Meeting};

/// A ring of a polygon, for people: `None` is the outer one.
struct Ring(Option<usize>);

impl fmt::Display for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => write!(f, "exterior ring"),
            Some(hole) => write!(f, "interior ring at index {hole}"),
        }
    }
}

/// What is wrong with `area` first, and where.
pub(super) fn check(area: &MultiPolygon<f64>) -> Result<(), String> {
    for (index, polygon) in area.iter().enumerate() {
        self::polygon(polygon).map_err(|reason| format!("polygon at index {index} is invalid: {reason}"))?;
    }
    let parts: Vec<_> = area.iter().cloned().map(PreparedGeometry::from).collect();
    for (a, b) in neighbours(area.iter()) {
        let between = parts[a].relate(&parts[b]);
        let (both, meeting) =
            (format!("polygons at indices {a} and {b}"), || Meeting::of(&area.0[a], &area.0[b]));
        if shares_area(&between) {
            return Err(format!("{both} overlap{}", at(meeting().of_areas())));
        }
        if shares_a_line(&between) {
            return Err(format!("{both} touch on a line{}", at(meeting().of_lines())));
        }
    }
    Ok(())
}

fn polygon(polygon: &Polygon<f64>) -> Result<(), String> {
    let rings = std::iter::once((Ring(None), polygon.exterior()));
    let holes = (0..).map(|hole| Ring(Some(hole))).zip(polygon.interiors());
    for (ring, line) in rings.chain(holes) {
        self::ring(line).map_err(|reason| format!("{ring} {reason}"))?;
    }
    if polygon.interiors().is_empty() {
        return Ok(());
    }
    let filled = |ring: &LineString<f64>| Polygon::new(ring.clone(), Vec::new());
    let shell = filled(polygon.exterior());
    let whole = PreparedGeometry::from(shell.clone());
    let holes: Vec<_> = polygon.interiors().iter().map(filled).collect();
    let prepared: Vec<_> = holes.iter().cloned().map(PreparedGeometry::from).collect();
    for (number, hole) in prepared.iter().enumerate() {
        let (ring, between) = (Ring(Some(number)), whole.relate(hole));
        let meeting = || Meeting::of(&shell, &holes[number]);
        if !between.is_contains() {
            let place = at(meeting().of_leaving());
            return Err(format!("{ring} is not contained within the polygon's exterior{place}"));
        }
        if shares_a_line(&between) {
            let place = at(meeting().of_lines());
            return Err(format!("{} and {ring} intersect on a line{place}", Ring(None)));
        }
    }
    for (a, b) in neighbours(holes.iter()) {
        let (one, other, between) = (Ring(Some(a)), Ring(Some(b)), prepared[a].relate(&prepared[b]));
        let meeting = || Meeting::of(&holes[a], &holes[b]);
        if shares_area(&between) {
            return Err(format!("{one} and {other} intersect on an area{}", at(meeting().of_areas())));
        }
        if shares_a_line(&between) {
            return Err(format!("{one} and {other} intersect on a line{}", at(meeting().of_lines())));
        }
    }
    Ok(())
}

fn ring(ring: &LineString<f64>) -> Result<(), String> {
    let mut corners: Vec<_> = ring.coords().collect();
    corners.dedup();
    if corners.len() < 4 {
        return Err("must have at least 3 distinct points".into());
    }
    match knot::find(ring) {
        None => Ok(()),
        place => Err(format!("has a self-intersection{}", at(place))),
    }
}

/// The words that name a place.
fn at(place: Option<Coord<f64>>) -> String {
    place.map_or_else(String::new, |place| format!(", at {:.7} {:.7} (lon lat)", place.x, place.y))
}

/// Pairs of polygons whose boxes meet, by index: most islands are far from most others.
fn neighbours<'a>(polygons: impl Iterator<Item = &'a Polygon<f64>>) -> impl Iterator<Item = (usize, usize)> {
    let boxes: Vec<_> = polygons.map(BoundingRect::bounding_rect).collect();
    (0..boxes.len()).flat_map(move |a| {
        let meeting = (a + 1..boxes.len()).filter(|b| match (boxes[a], boxes[*b]) {
            (Some(one), Some(other)) => one.intersects(&other),
            _ => false,
        });
        meeting.map(|b| (a, b)).collect::<Vec<_>>()
    })
}

fn shares_area(between: &IntersectionMatrix) -> bool {
    between.get(CoordPos::Inside, CoordPos::Inside) == Dimensions::TwoDimensional
}

fn shares_a_line(between: &IntersectionMatrix) -> bool {
    between.get(CoordPos::OnBoundary, CoordPos::OnBoundary) == Dimensions::OneDimensional
}

#[cfg(test)]
mod tests {
    use geo::{Area, Validation, wkt};
    use proptest::prelude::*;

    use super::*;

    fn ring(points: Vec<(i8, i8)>) -> LineString<f64> {
        points.into_iter().map(|(x, y)| (f64::from(x), f64::from(y))).collect()
    }

    fn rings(most: usize) -> impl Strategy<Value = Vec<LineString<f64>>> {
        let box_at = (0_i8..8, 0_i8..8, 1_i8..5, 1_i8..5)
            .prop_map(|(x, y, w, h)| ring(vec![(x, y), (x + w, y), (x + w, y + h), (x, y + h)]));
        let any = prop::collection::vec((0_i8..12, 0_i8..12), 3..7).prop_map(ring);
        prop::collection::vec(prop_oneof![3 => box_at, 1 => any], 0..most)
    }

    proptest! {
        #[test]
        fn an_area_is_valid_when_geo_says_so(
            holes in rings(4), parts in rings(3), with_frame in any::<bool>(),
        ) {
            let frame = ring(vec![(0, 0), (12, 0), (12, 12), (0, 12)]);
            let framed = with_frame.then(|| Polygon::new(frame, holes));
            let parts = parts.into_iter().map(|part| Polygon::new(part, Vec::new()));
            let area = MultiPolygon(framed.into_iter().chain(parts).collect());
            let found = check(&area);
            // A triangle without area meets itself in every edge; geo lets it pass.
            let mut rings = area.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
            let flat = rings.any(|ring| Polygon::new(ring.clone(), Vec::new()).unsigned_area() == 0.0);
            let valid = area.is_valid() && !flat;
            prop_assert_eq!(found.is_ok(), valid, "{:?} {:?}", found, area.validation_errors());
        }
    }

    #[test]
    fn what_is_wrong_with_holes_and_parts_is_said_with_the_place() {
        let reason = |area: MultiPolygon<f64>| check(&area).unwrap_err();
        let holed = |first: &[(i8, i8)], second: &[(i8, i8)]| {
            let holes = [first, second].into_iter().filter(|hole| !hole.is_empty());
            let holes = holes.map(|hole| ring(hole.to_vec())).collect();
            let reason = reason(Polygon::new(ring(vec![(0, 0), (8, 0), (8, 8), (0, 8)]), holes).into());
            reason.strip_prefix("polygon at index 0 is invalid: ").unwrap().to_owned()
        };
        let first = "interior ring at index 0";
        assert_eq!(
            holed(&[(9, 9), (10, 9), (10, 10)], &[]),
            format!(
                "{first} is not contained within the polygon's exterior, at 9.0000000 9.0000000 (lon lat)"
            )
        );
        let across = holed(&[(4, 4), (12, 4), (12, 5), (4, 5)], &[]);
        assert!(across.ends_with("exterior, at 8.0000000 4.0000000 (lon lat)"), "{across}");
        assert_eq!(
            holed(&[(0, 2), (2, 2), (0, 4)], &[]),
            format!("exterior ring and {first} intersect on a line, at 0.0000000 4.0000000 (lon lat)")
        );
        let square = [(2, 2), (4, 2), (4, 4), (2, 4)];
        let both = format!("{first} and interior ring at index 1 intersect on");
        assert_eq!(
            holed(&square, &[(3, 1), (3, 5), (5, 5), (5, 1)]),
            format!("{both} an area, at 3.0000000 2.0000000 (lon lat)")
        );
        let within = holed(&[(1, 1), (7, 1), (7, 7), (1, 7)], &square);
        assert_eq!(within, format!("{both} an area, at 2.0000000 2.0000000 (lon lat)"));
        let beside = holed(&square, &[(4, 3), (6, 3), (6, 5), (4, 5)]);
        assert_eq!(beside, format!("{both} a line, at 4.0000000 3.0000000 (lon lat)"));
        let twice =
            wkt! { MULTIPOLYGON(((0. 0.,4. 0.,4. 4.,0. 4.,0. 0.)),((2. 2.,6. 2.,6. 6.,2. 6.,2. 2.))) };
        let places = ["4.0000000 2.0000000", "2.0000000 4.0000000"];
        let overlap =
            places.map(|place| format!("polygons at indices 0 and 1 overlap, at {place} (lon lat)"));
        assert!(overlap.contains(&reason(twice)));
        let edge = wkt! { MULTIPOLYGON(((0. 0.,4. 0.,4. 4.,0. 4.,0. 0.)),((4. 2.,6. 2.,6. 6.,4. 6.,4. 2.))) };
        assert!(reason(edge).starts_with("polygons at indices 0 and 1 touch on a line, at 4.0000000 "));
        let flat = wkt! { POLYGON((0. 0.,4. 0.,0. 0.)) };
        assert!(reason(flat.into()).ends_with("exterior ring must have at least 3 distinct points"));
    }
}
