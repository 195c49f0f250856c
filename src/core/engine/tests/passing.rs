//! Time passes the same however often the clock ticks, and on a file, where it does not.

use proptest::prelude::*;
use uuid::Uuid;

use super::{Ground, at, events_of, input, properties, tick};
use crate::{
    domain::{
        event::{Event, EventData},
        geofence::{FenceKind, Geofence, Shape, Watches},
        id::{FenceId, TripId, VehicleKey},
        trip::Trip,
        units::Metres,
    },
    engine::{Output, Rules},
};

fn yard(ground: &Ground, id: &str, east: f64) -> Geofence {
    Geofence {
        id: FenceId::new(id),
        name: id.into(),
        kind: FenceKind::Client,
        watches: Watches::All,
        shape: Shape::Circle { centre: ground.point(east, 0.0), radius: Metres(300.0) },
    }
}

/// A trip from one yard to the other, promised and planned at these seconds of the day.
fn planned(departure: f64, promised: f64) -> Event {
    let ends = (FenceId::new("port"), FenceId::new("client"));
    let vehicle = VehicleKey::new("T1").unwrap();
    let plan = Trip::planned(TripId(Uuid::from_u128(1)), vehicle, ends, at(departure));
    input("T1", 0.0, EventData::TripCreated(Trip { promised_arrival: Some(at(promised)), ..plan }))
}

/// What is told, whoever made it known and in what order.
fn told(rules: &Rules, fences: &[Geofence], inputs: &[Event]) -> Vec<String> {
    let events = events_of(rules, fences, inputs).into_iter();
    let mut told: Vec<_> = events
        .map(|event| format!("{} {} {}", event.ts, event.id, serde_json::to_string(&event.data).unwrap()))
        .collect();
    told.sort();
    told
}

#[test]
fn a_tick_finds_what_no_fix_does() {
    let ground = Ground::lagos();
    let fences = [yard(&ground, "port", 0.0), yard(&ground, "client", 20_000.0)];
    let mut rules = Rules::default();
    rules.alerts.escalate_s = 600.0;
    let (mut engine, mut out) = (super::engine(&rules, &fences), Output::default());
    let mut step = |event: Event| {
        out.clear();
        engine.step(&event, &mut out);
        out.events.iter().map(|event| (event.data.type_name(), event.ts)).collect::<Vec<_>>()
    };
    step(planned(0.0, 1_000.0));
    for second in [0.0, 60.0] {
        step(super::fix("T1", super::position(ground.point(10.0 * second, 0.0), second)));
    }
    step(tick(70.0));
    // It drove 600 m of 20 km in a minute: it is late from its departure on, and silent at last.
    let found = |second: f64| ("alert.escalated", at(second));
    assert_eq!(step(tick(629.0)), []);
    assert_eq!(step(tick(631.0)), [found(630.0)]);
    assert_eq!(step(tick(3_600.0)), []);
    let silent = step(tick(3_661.0));
    assert!(silent.contains(&("alert.triggered", at(60.0))), "{silent:?}");
    assert_eq!(step(tick(4_261.0)), [found(4_260.0)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_clock_brings_news_sooner_and_no_other(
        track in properties::track(),
        every in prop_oneof![Just(7.0), Just(60.0), Just(600.0)],
        (departure, promised) in (0.0..2_000.0f64, 0.0..4_000.0f64),
        slack in prop_oneof![Just(0.0), Just(300.0)],
        patience in prop_oneof![Just(0.0), Just(45.0), Just(1_800.0)],
    ) {
        let ground = Ground::lagos();
        let fences = [yard(&ground, "port", 0.0), yard(&ground, "client", 700.0)];
        let mut rules = Rules::default();
        rules.fixes.reorder_s = 0.0;
        rules.trips.delay_s = 600.0;
        rules.trips.promise_slack_s = slack;
        rules.alerts.escalate_s = patience;
        rules.idle.after_s = 120.0;
        let fixes = properties::inputs(&track, &ground).into_iter();
        let mut file = vec![planned(departure.round(), promised.round())];
        file.extend(fixes.filter(|event| matches!(event.data, EventData::PositionUpdated(_))));
        let end = file.last().unwrap().ts.seconds_since(at(0.0)) + 10_000.0;
        let (mut live, mut now) = (Vec::new(), 0.0);
        for event in &file {
            while at(now) < event.ts {
                live.push(tick(now));
                now += every;
            }
            live.push(event.clone());
        }
        while now < end {
            live.push(tick(now));
            now += every;
        }
        live.push(tick(end));
        file.push(tick(end));
        prop_assert_eq!(told(&rules, &fences, &live), told(&rules, &fences, &file));
    }
}
