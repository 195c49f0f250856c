//! A first measure of speed and size; run by hand, in release, with
//! `--ignored --nocapture`. `WATCHTOWER_TRACE` (CSV: vehicle, time, longitude,
//! latitude) and `WATCHTOWER_FENCES` (GeoJSON) name real data to use instead of
//! made-up ones.

use std::fs;

use super::{Ground, engine, fix, position};
use crate::{
    domain::{
        event::{Event, EventData, Tick},
        geo::LonLat,
        geofence::{FenceKind, Geofence, Shape, Watches, read_collection},
        id::FenceId,
        position::{Clock, Position},
        time::Timestamp,
        units::Metres,
    },
    engine::{Engine, Output, Rules},
};

/// A small generator with a fixed seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A fleet wandering over a square this wide.
fn wandering(wide: f64, fixes: usize, interval: f64, metres: f64) -> Vec<Event> {
    let (mut dice, ground) = (Dice(42), Ground::lagos());
    let mut fleet: Vec<_> = (0..250).map(|_| (dice.roll() * wide, dice.roll() * wide, dice.roll())).collect();
    let mut events = Vec::new();
    for round in 0..fixes {
        for (number, (east, north, course)) in fleet.iter_mut().enumerate() {
            *course += (dice.roll() - 0.5) * 0.1;
            let (sin, cos) = (*course * std::f64::consts::TAU).sin_cos();
            if !(0.0..wide).contains(&(*east + metres * cos))
                || !(0.0..wide).contains(&(*north + metres * sin))
            {
                *course += 0.5;
                continue;
            }
            (*east, *north) = (*east + metres * cos, *north + metres * sin);
            let place = ground.point(*east, *north);
            events.push(fix(&format!("T{number}"), position(place, round as f64 * interval)));
        }
    }
    events
}

fn polygons(count: usize, corners: usize, wide: f64) -> Vec<Geofence> {
    let (mut dice, ground) = (Dice(7), Ground::lagos());
    let one = |number: usize| {
        let (east, north, radius) = (dice.roll() * wide, dice.roll() * wide, 200.0 + 600.0 * dice.roll());
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

fn circles(count: usize, wide: f64) -> Vec<Geofence> {
    let (mut dice, ground) = (Dice(7), Ground::lagos());
    let one = |number: usize| Geofence {
        id: FenceId::new(&format!("c{number}")),
        name: "circle".into(),
        kind: FenceKind::Client,
        watches: Watches::All,
        shape: Shape::Circle {
            centre: ground.point(dice.roll() * wide, dice.roll() * wide),
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

/// Nanoseconds this thread has been running, so that what else the machine does
/// is not measured (Linux).
fn busy_ns() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}

/// Runs once; the engine, how many events it derived and the seconds it took.
fn run(events: &[Event], fences: &[Geofence]) -> (Engine, usize, f64) {
    let (mut engine, mut out) = (engine(&Rules::default(), fences), Output::default());
    let (mut derived, mut beat, start) = (0, Timestamp::default(), busy_ns());
    for event in events {
        // The clock ticks, as it does live.
        if event.ts.seconds_since(beat) >= 10.0 {
            beat = event.ts;
            let tick = Tick { clock: Clock::Wall, now: beat };
            engine.step(&super::input("tick", 0.0, EventData::Tick(tick)), &mut out);
        }
        engine.step(event, &mut out);
        derived += out.events.len();
        out.clear();
    }
    (engine, derived, (busy_ns() - start) / 1e9)
}

fn measure(name: &str, events: &[Event], fences: &[Geofence]) {
    // Of three runs the fastest: the others were disturbed.
    let runs = [run(events, fences), run(events, fences), run(events, fences)];
    let seconds = runs.iter().map(|run| run.2).fold(f64::INFINITY, f64::min);
    let (engine, derived, _) = &runs[0];
    println!(
        "{name}: {:.0} fixes/s, {} fixes, {derived} events, {} B a vehicle, {:?}",
        events.len() as f64 / seconds,
        events.len(),
        engine.state_bytes() / engine.vehicles().count().max(1),
        engine.tally(),
    );
}

#[test]
#[ignore = "a measurement, not a check"]
fn throughput() {
    let (city, country) = (4e4, 2e5);
    let minutely = wandering(city, 800, 60.0, 500.0);
    let polygons = polygons(500, 110, city);
    measure("no fences, a fix a minute", &minutely, &[]);
    measure("500 polygons, a fix a minute", &minutely, &polygons);
    measure("500 polygons, a fix a second", &wandering(city, 800, 1.0, 12.0), &polygons);
    let circles = circles(23_000, country);
    measure("23 000 circles, a fix a minute", &wandering(country, 800, 60.0, 1_000.0), &circles);
    measure("23 000 circles, a fix a second", &wandering(country, 800, 1.0, 12.0), &circles);
    if let Ok(path) = std::env::var("WATCHTOWER_TRACE") {
        let fences = std::env::var("WATCHTOWER_FENCES")
            .map_or(polygons, |path| read_collection(&fs::read_to_string(path).unwrap()).unwrap().0);
        measure("the trace given", &trace(&path), &fences);
        measure("the trace given, no fences", &trace(&path), &[]);
    }
}
