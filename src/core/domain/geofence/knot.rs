//! Where a ring meets itself: for whoever has to mend it.

use geo::{
    Coord, Line, LineString, MultiPolygon,
    line_intersection::{LineIntersection, line_intersection},
};

/// The westernmost place at which a ring of `area` meets itself, if one does.
pub(super) fn find(area: &MultiPolygon<f64>) -> Option<Coord<f64>> {
    let rings =
        area.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
    rings.filter_map(of_ring).min_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)))
}

fn of_ring(ring: &LineString<f64>) -> Option<Coord<f64>> {
    let lines: Vec<Line<f64>> = ring.lines().filter(|line| line.start != line.end).collect();
    let span = |line: &Line<f64>| (line.start.x.min(line.end.x), line.start.x.max(line.end.x));
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|a, b| span(&lines[*a]).0.total_cmp(&span(&lines[*b]).0));
    // From west to east; whoever ends before the next begins cannot meet it.
    let (mut open, mut found) = (Vec::new(), None::<Coord<f64>>);
    for number in order {
        let line = lines[number];
        open.retain(|other| span(&lines[*other]).1 >= span(&line).0);
        for &other in &open {
            if let Some(place) = meet(&lines, number, other)
                && found.is_none_or(|first| place.x < first.x)
            {
                found = Some(place);
            }
        }
        if found.is_some_and(|first| first.x < span(&line).0) {
            break;
        }
        open.push(number);
    }
    found
}

/// Where two edges of a ring meet that should not.
fn meet(lines: &[Line<f64>], a: usize, b: usize) -> Option<Coord<f64>> {
    let (first, second) = (a.min(b), a.max(b));
    let (one, other) = (lines[first], lines[second]);
    let low = |line: &Line<f64>| (line.start.y.min(line.end.y), line.start.y.max(line.end.y));
    let ((a, b), (c, d)) = (low(&one), low(&other));
    if b < c || d < a {
        return None;
    }
    let follows = second == first + 1;
    let closes = first == 0 && second == lines.len() - 1;
    match line_intersection(one, other)? {
        // Neighbours share the corner between them, and nothing else.
        LineIntersection::SinglePoint { intersection, .. } => {
            let corner = (follows && intersection == one.end) || (closes && intersection == one.start);
            (!corner).then_some(intersection)
        }
        LineIntersection::Collinear { intersection } => Some(intersection.start),
    }
}

#[cfg(test)]
mod tests {
    use geo::{polygon, wkt};

    use super::*;

    #[test]
    fn a_bow_tie_is_tied_in_its_middle() {
        let bow = polygon![(x: 0.0, y: 0.0), (x: 2.0, y: 2.0), (x: 2.0, y: 0.0), (x: 0.0, y: 2.0)];
        assert_eq!(find(&MultiPolygon(vec![bow])), Some(Coord { x: 1.0, y: 1.0 }));
    }

    #[test]
    fn a_spike_and_a_ring_that_touches_itself_are_found_and_a_plain_one_is_not() {
        let spike = wkt! { POLYGON((0. 0.,4. 0.,4. 4.,6. 4.,4. 4.,0. 4.,0. 0.)) };
        assert!(find(&MultiPolygon(vec![spike])).is_some());
        let eight = wkt! { POLYGON((0. 0.,2. 0.,1. 1.,2. 2.,0. 2.,1. 1.,0. 0.)) };
        assert_eq!(find(&MultiPolygon(vec![eight])), Some(Coord { x: 1.0, y: 1.0 }));
        let plain = wkt! { POLYGON((0. 0.,4. 0.,4. 0.,4. 4.,0. 4.,0. 0.),(1. 1.,2. 1.,2. 2.,1. 1.)) };
        assert_eq!(find(&MultiPolygon(vec![plain])), None);
    }
}
