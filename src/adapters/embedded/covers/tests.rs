use geo::polygon;
use proptest::prelude::*;

use super::*;

fn at(lon: f64, lat: f64) -> LonLat {
    LonLat::new(lon, lat).unwrap()
}

/// The distance by walking the great circle, in ever smaller steps about the
/// nearest so far: none of the projection's ideas.
fn walked(point: LonLat, from: LonLat, to: LonLat) -> f64 {
    let vector = |p: LonLat| {
        let ((sin_lon, cos_lon), (sin_lat, cos_lat)) =
            (p.lon().to_radians().sin_cos(), p.lat().to_radians().sin_cos());
        [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat]
    };
    let (a, b) = (vector(from), vector(to));
    let distance = |t: f64| {
        let [x, y, z] = std::array::from_fn(|i| a[i] + (b[i] - a[i]) * t);
        point.distance(at(y.atan2(x).to_degrees(), z.atan2(x.hypot(y)).to_degrees())).get()
    };
    let (mut nearest, mut step) = (0.5, 0.5 / 200.0);
    for _ in 0..4 {
        let places = (-200..=200).map(|n| (nearest + f64::from(n) * step).clamp(0.0, 1.0));
        nearest = places.min_by(|a, b| distance(*a).total_cmp(&distance(*b))).unwrap();
        step /= 100.0;
    }
    distance(nearest)
}

#[test]
fn a_corridor_ends_square_to_its_edges_and_round_at_its_corners() {
    let road =
        Shape::Corridor { line: vec![at(3.0, 6.0), at(3.01, 6.0), at(3.01, 6.01)], width: Metres(200.0) };
    // A thousandth of a degree of latitude is 110.6 m here.
    assert!(covers(&road, at(3.005, 6.0009)));
    assert!(!covers(&road, at(3.005, 6.0010)));
    assert!(covers(&road, at(3.0106, 5.9994)), "round the corner");
    assert!(!covers(&road, at(3.0107, 5.9993)));
    assert!(covers(&road, at(3.01, 6.0109)), "past the end");
    assert!(!covers(&road, at(3.01, 6.0110)));
}

#[test]
fn an_edge_of_no_length_is_a_circle() {
    let dot = Shape::Corridor { line: vec![at(3.0, 6.0), at(3.0, 6.0)], width: Metres(200.0) };
    assert!(covers(&dot, at(3.0, 6.0009)));
    assert!(!covers(&dot, at(3.0, 6.0010)));
}

#[test]
fn a_corridor_crosses_the_antimeridian_the_short_way() {
    let strait = Shape::Corridor { line: vec![at(179.99, -17.0), at(-179.99, -17.0)], width: Metres(200.0) };
    assert!(covers(&strait, at(180.0, -17.0005)));
    assert!(covers(&strait, at(-179.995, -17.0005)));
    assert!(!covers(&strait, at(179.98, -17.0)));
    assert!(!covers(&strait, at(0.0, -17.0)));
}

#[test]
fn an_edge_reaching_beyond_the_horizon_is_cut_there() {
    let (from, to) = (at(-60.0, 10.0), at(100.0, 20.0));
    for point in [at(0.0, 30.0), at(-80.0, 5.0), at(60.0, -20.0), at(110.0, 20.0)] {
        let here = nearest(point, from, to).unwrap();
        let walked = walked(point, from, to);
        let found = point.distance(here).get();
        // The foot is the sphere's: on the way to it the ellipsoid differs.
        assert!((found - walked).abs() <= 5e-3 * walked, "{point:?}: {found} {walked}");
    }
    assert!(nearest(at(-160.0, -10.0), at(0.0, 0.0), at(20.0, 10.0)).is_none(), "the far side of the world");
}

#[test]
fn the_boundary_is_inside_wherever_it_is() {
    let yard = polygon![
        exterior: [(x: 0.0, y: 0.0), (x: 3.0, y: 0.0), (x: 3.0, y: 3.0), (x: 0.0, y: 3.0)],
        interiors: [[(x: 1.0, y: 1.0), (x: 2.0, y: 1.0), (x: 2.0, y: 2.0), (x: 1.0, y: 2.0)]],
    ];
    // The second touches the first in one corner.
    let annex = polygon![(x: 3.0, y: 3.0), (x: 4.0, y: 3.0), (x: 4.0, y: 4.0)];
    let area = Shape::Area(MultiPolygon(vec![yard, annex]));
    for (lon, lat, inside) in [
        (0.5, 0.5, true),
        (0.0, 1.5, true),
        (3.0, 3.0, true),
        (1.0, 1.5, true),
        (2.0, 2.0, true),
        (1.5, 1.5, false),
        (3.5, 3.5, true),
        (3.5, 3.5 + 1e-15, false),
        (3.5, 3.500_000_1, false),
        (3.1, 1.5, false),
    ] {
        assert_eq!(covers(&area, at(lon, lat)), inside, "{lon} {lat}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_distance_to_an_edge_is_that_of_its_nearest_point(
        lon in -179.0..179.0f64, lat in -75.0..75.0f64,
        edge in (-0.02..0.02f64, -0.02..0.02f64), off in (-0.03..0.03f64, -0.03..0.03f64),
    ) {
        let (from, to) = (at(lon, lat), at(lon + edge.0, lat + edge.1));
        let point = at(lon + off.0, lat + off.1);
        let found = point.distance(nearest(point, from, to).unwrap()).get();
        let walked = walked(point, from, to);
        // The foot is the sphere's, the distance the ellipsoid's: at the equator,
        // for an edge at 45 degrees, they differ by e^4 / 2 = 2.25e-5.
        prop_assert!((found - walked).abs() <= 0.001 + 2.3e-5 * walked, "{} {}", found, walked);
    }
}
