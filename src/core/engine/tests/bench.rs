//! A first measure of speed and size; run by hand, in release, with
//! `--ignored --nocapture`. `WATCHTOWER_TRACE` (CSV: vehicle, time, longitude,
//! latitude) and `WATCHTOWER_FENCES` (GeoJSON) name real data to use instead of
//! made-up ones.

use std::{fs, time::Instant};

use super::{Ground, engine, fix, position};
use crate::{
    domain::{
        event::Event,
        geo::LonLat,
        geofence::{FenceKind, Geofence, Shape, Watches, read_collection},
        id::FenceId,
        position::Position,
        time::Timestamp,
        units::Metres,
    },
    engine::{Output, Rules},
};

/// A small generator with a fixed seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A fleet wandering over 20 km by 20 km.
fn wandering(vehicles: usize, fixes: usize, interval: f64, metres: f64) -> Vec<Event> {
    let (mut dice, ground) = (Dice(42), Ground::lagos());
    let mut fleet: Vec<_> =
        (0..vehicles).map(|_| (dice.roll() * 2e4, dice.roll() * 2e4, dice.roll())).collect();
    let mut events = Vec::new();
    for round in 0..fixes {
        for (number, (east, north, course)) in fleet.iter_mut().enumerate() {
            *course += (dice.roll() - 0.5) * 0.1;
            let (sin, cos) = (*course * std::f64::consts::TAU).sin_cos();
            *east = (*east + metres * cos).rem_euclid(2e4);
            *north = (*north + metres * sin).rem_euclid(2e4);
            let place = ground.point(*east, *north);
            events.push(fix(&format!("T{number}"), position(place, round as f64 * interval)));
        }
    }
    events
}

fn polygons(count: usize, corners: usize) -> Vec<Geofence> {
    let (mut dice, ground) = (Dice(7), Ground::lagos());
    let one = |number: usize| {
        let (east, north, radius) = (dice.roll() * 2e4, dice.roll() * 2e4, 200.0 + 600.0 * dice.roll());
        let ring = (0..corners)
            .map(|corner| {
                let angle = corner as f64 / corners as f64 * std::f64::consts::TAU;
                let reach = radius * (0.7 + 0.3 * dice.roll());
                let point = ground.point(east + reach * angle.cos(), north + reach * angle.sin());
                (point.lon(), point.lat())
            })
            .collect();
        Geofence::area(&format!("p{number}"), "polygon", FenceKind::Client, ring)
    };
    (0..count).map(one).collect()
}

fn circles(count: usize) -> Vec<Geofence> {
    let (mut dice, ground) = (Dice(7), Ground::lagos());
    let one = |number: usize| Geofence {
        id: FenceId::new(&format!("c{number}")),
        name: "circle".into(),
        kind: FenceKind::Client,
        watches: Watches::All,
        shape: Shape::Circle {
            centre: ground.point(dice.roll() * 2e4, dice.roll() * 2e4),
            radius: Metres(40.0 + 60.0 * dice.roll()),
        },
    };
    (0..count).map(one).collect()
}

fn trace(path: &str) -> Vec<Event> {
    let text = fs::read_to_string(path).unwrap();
    let read = |line: &str| {
        let mut fields = line.split(',');
        let vehicle = fields.next()?;
        let time = Timestamp::parse(fields.next()?, chrono_tz::UTC).ok()?;
        let point = LonLat::new(fields.next()?.parse().ok()?, fields.next()?.parse().ok()?).ok()?;
        let plain = position(point, 0.0);
        Some(fix(vehicle, Position { device_time: time, received_at: time, ..plain }))
    };
    text.lines().skip(1).filter_map(read).collect()
}

fn measure(name: &str, events: &[Event], fences: &[Geofence]) {
    let (mut engine, mut out) = (engine(&Rules::default(), fences), Output::default());
    let (mut derived, start) = (0, Instant::now());
    for event in events {
        engine.step(event, &mut out);
        derived += out.events.len();
        out.clear();
    }
    let seconds = start.elapsed().as_secs_f64();
    let vehicles = engine.vehicles().count();
    println!(
        "{name}: {:.0} fixes/s, {} fixes, {derived} events, {} B a vehicle, {:?}",
        events.len() as f64 / seconds,
        events.len(),
        engine.state_bytes() / vehicles.max(1),
        engine.tally(),
    );
}

#[test]
#[ignore = "a measurement, not a check"]
fn throughput() {
    let minutely = wandering(250, 800, 60.0, 500.0);
    let secondly = wandering(250, 800, 1.0, 12.0);
    let polygons = polygons(500, 110);
    measure("no fences, a fix a minute", &minutely, &[]);
    measure("500 polygons, a fix a minute", &minutely, &polygons);
    measure("500 polygons, a fix a second", &secondly, &polygons);
    measure("23 000 circles, a fix a minute", &minutely, &circles(23_000));
    measure("23 000 circles, a fix a second", &secondly, &circles(23_000));
    if let Ok(path) = std::env::var("WATCHTOWER_TRACE") {
        let fences = std::env::var("WATCHTOWER_FENCES")
            .map_or(polygons, |path| read_collection(&fs::read_to_string(path).unwrap()).unwrap().0);
        measure("the trace given", &trace(&path), &fences);
        measure("the trace given, no fences", &trace(&path), &[]);
    }
}
