//! The geometry against references that look at everything.

use geo::{BooleanOps, CoordsIter, Intersects, LinesIter, MultiPolygon, Point, Polygon};
use proptest::prelude::*;

use super::*;
use crate::domain::units::Metres;

fn point(lon: f64, lat: f64) -> LonLat {
    LonLat::new(lon, lat).unwrap()
}

fn fence(id: &str, shape: Shape) -> Geofence {
    let (name, kind, watches) = (id.to_owned(), FenceKind::Client, Watches::All);
    Geofence { id: FenceId::new(id), name, kind, watches, shape }
}

fn circle(id: &str, lon: f64, lat: f64, radius: f64) -> Geofence {
    fence(id, Shape::Circle { centre: point(lon, lat), radius: Metres(radius) })
}

/// Stars on a lattice of a sixteenth of a degree: points of the lattice often lie
/// exactly on an edge or a corner.
fn lattice_area() -> impl Strategy<Value = MultiPolygon<f64>> {
    let rectangle = (-32_i32..32, -32_i32..32, 1_i32..24, 1_i32..24).prop_map(|(x, y, wide, high)| {
        let corner = |dx: i32, dy: i32| (f64::from(x + dx) / 16.0, f64::from(y + dy) / 16.0);
        // A house: two of its edges are steep, one corner is sharp.
        let ring = vec![
            corner(0, 0),
            corner(wide, 0),
            corner(wide, high),
            corner(wide / 2, 2 * high),
            corner(0, high),
        ];
        MultiPolygon(vec![Polygon::new(ring.into(), Vec::new())])
    });
    prop::collection::vec((rectangle, any::<bool>()), 1..5).prop_map(|parts| {
        let mut area = MultiPolygon(Vec::new());
        for (part, hole) in parts {
            area = if hole { area.difference(&part) } else { area.union(&part) };
        }
        area
    })
}

fn lattice_point() -> impl Strategy<Value = LonLat> {
    (-640_i32..640, -640_i32..640, prop_oneof![Just(16.0), Just(32.0), Just(171.0)])
        .prop_map(|(x, y, unit)| point(f64::from(x) / unit / 10.0, f64::from(y) / unit / 10.0))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn inside_includes_the_boundary_like_a_look_at_every_edge(
        area in lattice_area(),
        points in prop::collection::vec(lattice_point(), 1..40),
    ) {
        prop_assume!(!area.0.is_empty());
        let prepared = Area::new(&area);
        let corners: Vec<_> = area.coords_iter().map(|corner| point(corner.x, corner.y)).collect();
        for at in points.into_iter().chain(corners) {
            let expected = area.intersects(&Point::new(at.lon(), at.lat()));
            prop_assert_eq!(prepared.covers(at), expected, "{:?}", at);
        }
    }

    #[test]
    fn the_parts_of_a_way_inside_are_what_sampling_it_finds(
        area in lattice_area(), from in lattice_point(), to in lattice_point(),
    ) {
        prop_assume!(!area.0.is_empty());
        let set = FenceSet::new(vec![fence("a", Shape::Area(area.clone()))]);
        let (way, mut crossings, mut inside) = (Segment { from, to }, Vec::new(), Vec::new());
        set.get(0).crossings(&way.line(), &mut crossings);
        set.get(0).along(&way, set.get(0).covers(to), &mut crossings, &mut inside);
        prop_assert!(inside.windows(2).all(|pair| pair[0].end < pair[1].start), "{:?}", inside);
        for sample in 0..300 {
            let t = (f64::from(sample) + 0.37) / 300.0;
            // Not where rounding decides.
            if inside.iter().any(|part| (part.start - t).abs().min((part.end - t).abs()) < 1e-9) {
                continue;
            }
            let found = inside.iter().any(|part| part.start <= t && t <= part.end);
            let at = way.at(t);
            if found != area.intersects(&Point::new(at.lon(), at.lat())) {
                // A way along an edge may be on either side of it by rounding.
                let near = set.get(0).boundary_is_within(at, 1e-3);
                prop_assert!(near, "{:?} at {}: {:?}", at, t, inside);
            }
        }
    }

    #[test]
    fn a_move_shorter_than_the_clearance_changes_nothing(
        lon in -0.1..0.1f64, lat in prop_oneof![-0.1..0.1f64, 59.9..60.1f64],
        circles in prop::collection::vec((-0.1..0.1f64, -0.1..0.1f64, 20.0..4_000.0f64), 0..6),
        area in lattice_area(), course in 0.0..std::f64::consts::TAU, share in 0.0..1.0f64,
    ) {
        let base = lat.round();
        let mut fences: Vec<_> = circles.iter().enumerate()
            .map(|(number, (lon, lat, radius))| circle(&number.to_string(), *lon, base + lat, *radius)).collect();
        if !area.0.is_empty() && base == 0.0 {
            fences.push(fence("area", Shape::Area(area)));
        }
        fences.push(fence("road", Shape::Corridor {
            line: vec![point(-0.1, base - 0.05), point(0.0, base + 0.05), point(0.1, base)], width: Metres(300.0),
        }));
        let set = FenceSet::new(fences);
        let from = point(lon, lat);
        let scale = Scale::at_latitude(lat);
        let metres = share * set.clearance(from, 1_000.0);
        let to = point(lon + metres * course.cos() / scale.lon, lat + metres * course.sin() / scale.lat);
        prop_assert_eq!(set.at(from), set.at(to));
        let (mut crossings, mut inside) = (Vec::new(), Vec::new());
        for fence in &set.fences {
            let way = Segment { from, to };
            fence.crossings(&way.line(), &mut crossings);
            fence.along(&way, fence.covers(to), &mut crossings, &mut inside);
            prop_assert!(inside.iter().all(|part| part.start == 0.0 && part.end == 1.0), "{:?}", inside);
        }
    }

    #[test]
    fn circles_and_their_crossings_are_geodesic(
        lon in -180.0..180.0f64, lat in -70.0..70.0f64, radius in 10.0..20_000.0f64,
        course in 0.0..std::f64::consts::TAU,
    ) {
        let set = FenceSet::new(vec![circle("c", lon, lat, radius)]);
        let centre = point(lon, lat);
        let scale = Scale::at_latitude(lat);
        let mut far_lon = lon + 1.5 * radius * course.cos() / scale.lon;
        if far_lon.abs() > 180.0 {
            far_lon -= 360.0_f64.copysign(far_lon);
        }
        let far = point(far_lon, lat + 1.5 * radius * course.sin() / scale.lat);
        prop_assert_eq!(set.at(centre).len(), 1);
        prop_assert!(set.at(far).is_empty());
        let (mut crossings, mut inside) = (Vec::new(), Vec::new());
        let way = Segment { from: far, to: centre };
        set.get(0).crossings(&way.line(), &mut crossings);
        set.get(0).along(&way, true, &mut crossings, &mut inside);
        prop_assert_eq!(inside.len(), 1);
        let edge = way.at(inside[0].start);
        prop_assert!((edge.distance(centre).get() - radius).abs() <= 1e-5 * radius, "{}", edge.distance(centre).get());
    }
}

#[test]
fn a_circle_over_the_pole_covers_every_longitude() {
    let set = FenceSet::new(vec![circle("pole", 10.0, 89.9, 50_000.0)]);
    for lon in [-170.0, -10.0, 100.0, 180.0] {
        assert_eq!(set.at(point(lon, 89.8)).len(), 1, "{lon}");
        assert_eq!(set.at(point(lon, 89.0)).len(), 0, "{lon}");
    }
}

#[test]
fn both_names_of_the_antimeridian_are_one_place() {
    let east = Geofence::area(
        "east",
        "",
        FenceKind::Client,
        vec![(179.0, 0.0), (180.0, 0.0), (180.0, 1.0), (179.0, 1.0)],
    );
    let set = FenceSet::new(vec![east, circle("circle", 179.999, 0.5, 1_000.0)]);
    assert_eq!(set.at(point(-180.0, 0.5)).len(), 2);
    assert_eq!(set.at(point(-179.999, 0.5)).len(), 1);
    assert_eq!(set.at(point(-179.5, 0.5)).len(), 0);
}

#[test]
fn a_set_does_not_depend_on_the_order_of_its_source() {
    let fences =
        || vec![circle("b", 0.0, 0.0, 100.0), circle("a", 0.0, 0.0, 50.0), circle("b", 5.0, 5.0, 9.0)];
    let (set, mut reversed) = (FenceSet::new(fences()), fences());
    reversed[..2].reverse();
    assert_eq!(set.len(), 2);
    assert_eq!(set.at(point(0.0, 0.0)), FenceSet::new(reversed).at(point(0.0, 0.0)));
    assert_eq!(set.kind(&FenceId::new("b")), Some(FenceKind::Client));
    assert!(set.kind(&FenceId::new("c")).is_none() && !set.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn where_nothing_is_crossed_both_ends_are_on_one_side(
        area in lattice_area(), from in lattice_point(), to in lattice_point(),
        // Ways nearly along an edge are where rounding would lose a crossing.
        lean in prop_oneof![Just(None), (-14_i32..-6, any::<bool>()).prop_map(Some)],
    ) {
        prop_assume!(!area.0.is_empty());
        let to = match lean {
            None => to,
            Some((power, up)) => {
                let edge = area.lines_iter().next().unwrap();
                let tilt = 10_f64.powi(power) * if up { 1.0 } else { -1.0 };
                let (dx, dy) = (edge.end.x - edge.start.x, edge.end.y - edge.start.y);
                point(from.lon() + dx - tilt * dy, from.lat() + dy + tilt * dx)
            }
        };
        let set = FenceSet::new(vec![fence("a", Shape::Area(area))]);
        let (a, way) = (set.get(0), Segment { from, to });
        let mut crossings = Vec::new();
        a.crossings(&way.line(), &mut crossings);
        prop_assert!(!crossings.is_empty() || a.covers(from) == a.covers(to));
    }
}
