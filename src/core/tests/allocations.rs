//! A fix that changes nothing costs no memory: counted.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use uuid::Uuid;
use watchtower_core::{
    domain::{
        band::BandLearner,
        event::{Event, EventData},
        geo::{LonLat, Scale},
        geofence::{FenceKind, Geofence, Shape, Watches},
        id::{CorrelationId, FenceId, TripId, VehicleKey},
        lane::Lane,
        position::{Position, Source},
        time::Timestamp,
        trip::Trip,
        units::{Kmh, Metres},
    },
    engine::{Engine, FenceSet, Output, Rules},
};

const FLEET: usize = 200;

fn place(east: f64, north: f64) -> LonLat {
    let scale = Scale::at_latitude(6.44);
    LonLat::new(3.36 + east / scale.lon, 6.44 + north / scale.lat).unwrap()
}

/// A star with its tips 3 km out: most of the fleet drives through it.
fn star() -> Geofence {
    let corner = |number: u32| {
        let (reach, angle) = (
            if number.is_multiple_of(2) { 3_000.0 } else { 1_200.0 },
            f64::from(number) / 40.0 * std::f64::consts::TAU,
        );
        let point = place(reach * angle.cos(), reach * angle.sin());
        (point.lon(), point.lat())
    };
    Geofence::area("star", "star", FenceKind::Client, (0..40).map(corner).collect())
}

fn circle(number: usize) -> Geofence {
    let (east, north) = ((number % 40) as f64 * 250.0, (number / 40) as f64 * 250.0);
    Geofence {
        id: FenceId::new(&format!("c{number}")),
        name: "circle".into(),
        kind: FenceKind::Depot,
        watches: Watches::All,
        shape: Shape::Circle { centre: place(east, north), radius: Metres(60.0) },
    }
}

/// One fix of every vehicle: a half stands and jitters, a half drives on.
fn round(keys: &[VehicleKey], number: usize) -> Vec<Event> {
    let fix = |(index, key): (usize, &VehicleKey)| {
        let (index, number) = (index as f64, number as f64);
        let stands = (index as usize).is_multiple_of(2);
        let point = match stands {
            true => {
                place(index * 40.0 + (number * 0.7).sin() * 4.0, index * 23.0 + (number * 1.1).cos() * 4.0)
            }
            false => place(index * 40.0 + number * 6.0, index * 23.0 + number * 2.0),
        };
        let time = Timestamp::from_millis(1_743_465_600_000 + (number * 1000.0) as i64);
        let position = Position {
            speed_kmh: (!stands).then_some(Kmh(22.0)),
            ..Position::bare(point, time, Source::wall("test"))
        };
        Event::position(key, position, CorrelationId(Uuid::nil()))
    };
    keys.iter().enumerate().map(fix).collect()
}

/// A fix of a truck on its way east.
fn eastward(second: u32) -> Event {
    let time = Timestamp::from_millis(1_743_465_600_000 + i64::from(second) * 1_000);
    let position = Position {
        speed_kmh: Some(Kmh(36.0)),
        ..Position::bare(place(f64::from(second) * 10.0, 0.0), time, Source::wall("test"))
    };
    Event::position(&VehicleKey::new("T1").unwrap(), position, CorrelationId(Uuid::nil()))
}

#[test]
fn a_fix_on_the_way_to_a_promise_allocates_nothing_either() {
    let ends = (FenceId::new("port"), FenceId::new("client"));
    let yard = |id: &FenceId, east| Geofence {
        id: id.clone(),
        name: "yard".into(),
        kind: FenceKind::Client,
        watches: Watches::All,
        shape: Shape::Circle { centre: place(east, 0.0), radius: Metres(300.0) },
    };
    let fences = vec![yard(&ends.0, 0.0), yard(&ends.1, 30_000.0)];
    let mut engine = Engine::new(Arc::new(Rules::default()), Arc::new(FenceSet::new(fences)));
    let mut learner = BandLearner::default();
    learner.hear(&(0..=300).map(|part| place(f64::from(part) * 100.0, 0.0)).collect::<Vec<_>>());
    let lane = Lane {
        pickup: ends.0.clone(),
        delivery: ends.1.clone(),
        trips: 5,
        early_s: 2_000.0,
        usual_s: 3_000.0,
        late_s: 4_000.0,
        band: learner.band(),
    };
    engine.set_lanes(Arc::new([(ends.clone(), lane)].into()));
    let first = eastward(0);
    let trip = Trip {
        promised_arrival: Some(Timestamp::from_millis(first.ts.millis() + 7_200_000)),
        ..Trip::planned(TripId(Uuid::nil()), VehicleKey::new("T1").unwrap(), ends, first.ts)
    };
    let mut out = Output::default();
    engine.step(&Event { data: EventData::TripCreated(trip), ..first }, &mut out);
    for second in 0..1_000 {
        engine.step(&eastward(second), &mut out);
    }
    assert!(engine.live(&VehicleKey::new("T1").unwrap()).unwrap().trip.is_some(), "it has departed");
    for second in 1_000..2_000 {
        let fix = eastward(second);
        out.clear();
        let info = allocation_counter::measure(|| engine.step(&fix, &mut out));
        assert_eq!((out.events.len(), info.count_total), (0, 0), "after {second} s");
    }
}

#[test]
fn a_fix_from_which_nothing_follows_allocates_nothing() {
    let keys: Vec<_> = (0..FLEET).map(|number| VehicleKey::new(&format!("T{number}")).unwrap()).collect();
    let fences: Vec<_> = (0..1_000).map(circle).chain([star()]).collect();
    let mut engine = Engine::new(Arc::new(Rules::default()), Arc::new(FenceSet::new(fences)));
    let mut out = Output::default();
    let mut step = |number: usize| {
        let fixes = round(&keys, number);
        let (mut quiet, mut allocations) = (0, 0);
        for fix in &fixes {
            let info = allocation_counter::measure(|| engine.step(fix, &mut out));
            if out.events.is_empty() && out.records.is_empty() {
                (quiet, allocations) = (quiet + 1, allocations + info.count_total);
            }
            out.clear();
        }
        (quiet, allocations)
    };
    for number in 0..900 {
        step(number);
    }
    let (mut quiet, mut allocations) = (0, 0);
    for number in 900..1_500 {
        let (more, cost) = step(number);
        (quiet, allocations) = (quiet + more, allocations + cost);
    }
    assert!(quiet > 600 * FLEET * 9 / 10, "only {quiet} fixes changed nothing");
    assert_eq!(allocations, 0, "over {quiet} fixes that changed nothing");
}
