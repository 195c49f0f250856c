//! Places where geometry is hard: the ends of the map, crowds of fences, fences that
//! touch.

use std::collections::BTreeMap;

use super::*;
use crate::{
    domain::{
        geofence::{FenceKind, Shape, Watches},
        history::Record,
        id::FenceId,
        units::Metres,
    },
    engine::{Engine, FenceSet},
};

fn fence(id: &str, shape: Shape) -> Geofence {
    let (name, kind, watches) = (id.to_owned(), FenceKind::Client, Watches::All);
    Geofence { id: FenceId::new(id), name, kind, watches, shape }
}

fn circle(id: &str, lon: f64, lat: f64, radius: f64) -> Geofence {
    fence(id, Shape::Circle { centre: LonLat::new(lon, lat).unwrap(), radius: Metres(radius) })
}

fn square(id: &str, (west, south): (f64, f64), (east, north): (f64, f64)) -> Geofence {
    let ring = vec![(west, south), (east, south), (east, north), (west, north)];
    Geofence::area(id, id, FenceKind::Client, ring)
}

/// Everything history has of a track, a fix every ten seconds.
fn records(fences: &[Geofence], track: &[(f64, f64)]) -> Vec<Record> {
    let mut engine = Engine::new(Arc::new(Rules::default()), Arc::new(FenceSet::new(fences.to_vec())));
    let (mut out, mut records) = (Output::default(), Vec::new());
    for (number, (lon, lat)) in track.iter().enumerate() {
        let point = LonLat::new(*lon, *lat).unwrap();
        engine.step(&fix("T1", position(point, number as f64 * 10.0)), &mut out);
        records.append(&mut out.records);
    }
    engine.finish(&mut out);
    records.append(&mut out.records);
    engine.unfinished(&mut records);
    records
}

/// Seconds inside, by fence.
fn inside(fences: &[Geofence], track: &[(f64, f64)]) -> BTreeMap<String, f64> {
    let mut seconds = BTreeMap::new();
    for record in records(fences, track) {
        match record {
            Record::Visit(visit) => *seconds.entry(visit.geofence.to_string()).or_default() += visit.seconds,
            Record::Crossing(crossing) => {
                let spent = crossing.exit.seconds_since(crossing.enter);
                *seconds.entry(crossing.geofence.to_string()).or_default() += spent;
            }
            Record::Stop(_) | Record::Drive(_) | Record::Overspeed(_) | Record::Day(_) => {}
        }
    }
    seconds
}

/// Evenly from one place to another, the short way.
fn way(from: (f64, f64), to: (f64, f64), fixes: usize) -> Vec<(f64, f64)> {
    let (from, to) = (LonLat::new(from.0, from.1).unwrap(), LonLat::new(to.0, to.1).unwrap());
    let at = |number: usize| from.lerp(to, number as f64 / (fixes - 1) as f64);
    (0..fixes).map(at).map(|point| (point.lon(), point.lat())).collect()
}

#[test]
fn a_truck_across_the_antimeridian_is_in_fences_on_both_sides_and_in_one_across_it() {
    let cut = Geofence {
        shape: Shape::Area(geo::MultiPolygon(vec![
            geo::Rect::new((179.99, -17.01), (180.0, -16.99)).to_polygon(),
            geo::Rect::new((-180.0, -17.01), (-179.99, -16.99)).to_polygon(),
        ])),
        ..square("cut", (0.0, 0.0), (1.0, 1.0))
    };
    let fences = [
        square("west", (179.98, -17.01), (179.99, -16.99)),
        square("east", (-179.99, -17.01), (-179.98, -16.99)),
        circle("across", 180.0, -17.0, 500.0),
        cut,
    ];
    // 4 000 m at 53 m a fix.
    let track = way((179.97, -17.0), (-179.97, -17.0), 121);
    let found = inside(&fences, &track);
    let expected = [("across", 187.9), ("cut", 400.0), ("east", 200.0), ("west", 200.0)];
    for (name, seconds) in expected {
        assert!((found[name] - seconds).abs() < 1.0, "{name}: {found:?}");
    }
    let metres: f64 = records(&[], &track)
        .iter()
        .map(|record| if let Record::Day(day) = record { day.distance_m.get() } else { 0.0 })
        .sum();
    assert!((metres - 6_388.0).abs() < 5.0, "{metres}");
}

#[test]
fn a_truck_over_the_pole_is_in_the_fence_about_it() {
    let track: Vec<_> = way((10.0, 89.98), (10.0, 90.0), 21)
        .into_iter()
        .chain(way((-170.0, 90.0), (-170.0, 89.98), 21).into_iter().skip(1))
        .collect();
    let found = inside(&[circle("pole", 0.0, 90.0, 1_000.0)], &track);
    // 4.47 km in 400 s, 2 km of them inside.
    assert!((found["pole"] - 179.0).abs() < 12.0, "{found:?}");
    let odometer: f64 = records(&[], &track)
        .iter()
        .map(|record| if let Record::Day(day) = record { day.distance_m.get() } else { 0.0 })
        .sum();
    assert!((odometer - 4_467.8).abs() < 2.0, "{odometer}");
}

#[test]
fn greenwich_and_the_equator_are_places_like_others() {
    let found =
        inside(&[square("null", (-0.01, -0.01), (0.01, 0.01))], &way((-0.02, 0.001), (0.02, 0.001), 81));
    assert!((found["null"] - 400.0).abs() < 0.1, "{found:?}");
}

#[test]
fn fences_that_share_an_edge_both_hold_who_is_on_it_and_lose_nobody_between() {
    let fences = [
        square("left", (3.30, 6.50), (3.31, 6.51)),
        square("right", (3.31, 6.50), (3.32, 6.51)),
        square("above", (3.31, 6.51), (3.32, 6.52)),
    ];
    let set = FenceSet::new(fences.to_vec());
    let names =
        |lon, lat| set.at(LonLat::new(lon, lat).unwrap()).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(3.31, 6.505), ["left", "right"]);
    assert_eq!(names(3.31, 6.51), ["above", "left", "right"], "at the corner all three");
    let found = inside(&fences, &way((3.295, 6.505), (3.325, 6.505), 61));
    assert!((found["left"] - 200.0).abs() < 0.1 && (found["right"] - 200.0).abs() < 0.1, "{found:?}");
}

#[test]
fn a_fence_smaller_than_the_noise_does_not_flap() {
    // Parked at the rim of a circle of 8 m, jittering by 15.
    let ground = Ground::lagos();
    let jitter = |number: usize| {
        let angle = number as f64 * 2.4;
        let point = ground.point(5.0 + 15.0 * angle.cos() * (number as f64 * 0.37).sin(), 6.0 * angle.sin());
        (point.lon(), point.lat())
    };
    let track: Vec<_> = (0..600).map(jitter).collect();
    let fences = [circle("tiny", ground.point(0.0, 0.0).lon(), ground.point(0.0, 0.0).lat(), 8.0)];
    let visits = records(&fences, &track).iter().filter(|record| matches!(record, Record::Visit(_))).count();
    assert!(visits <= 600 / 60, "{visits} visits in 100 minutes of standing");
}

#[test]
fn a_truck_can_be_in_forty_fences_at_once_and_leave_them_all() {
    let fences: Vec<_> =
        (0..40).map(|n| circle(&format!("c{n:02}"), 3.36, 6.44, 300.0 + f64::from(n))).collect();
    let track: Vec<_> =
        std::iter::repeat_n((3.36, 6.44), 40).chain(way((3.36, 6.44), (3.38, 6.44), 40)).collect();
    let left = records(&fences, &track);
    let confirmed = left
        .iter()
        .filter(|record| matches!(record, Record::Visit(visit) if visit.confirmed && visit.exit.is_some()));
    assert_eq!(confirmed.count(), 40);
}

#[test]
fn of_23_000_fences_only_those_there_are_entered() {
    let ground = Ground::lagos();
    let fences: Vec<_> = (0..23_000)
        .map(|number| {
            let point = ground.point(f64::from(number % 230) * 400.0, f64::from(number / 230) * 400.0);
            circle(&format!("c{number:05}"), point.lon(), point.lat(), 100.0)
        })
        .collect();
    let (a, b) = (ground.point(-200.0, 4_000.0), ground.point(4_200.0, 4_000.0));
    let found = inside(&fences, &way((a.lon(), a.lat()), (b.lon(), b.lat()), 45));
    let names: Vec<_> = found.keys().cloned().collect();
    let expected: Vec<_> = (0..11).map(|n| format!("c{:05}", 2_300 + n)).collect();
    assert_eq!(names, expected);
    assert!(found.values().all(|seconds| (seconds - 20.0).abs() < 1.0), "{found:?}");
}
