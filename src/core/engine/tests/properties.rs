//! What holds for any track: no panic, no negative duration, order and
//! repetition within the rules' promises change nothing, and the raw rules agree
//! with a reference that looks at every edge of every fence.

use std::collections::BTreeMap;

use geo::{Intersects, MultiPolygon, Point};
use proptest::prelude::*;

use super::{Ground, at, events_of, fix, position, reported, tick};
use crate::{
    domain::{
        event::{Event, EventData},
        geofence::{FenceKind, Geofence, Shape, Watches},
        id::FenceId,
        units::Metres,
    },
    engine::Rules,
};

/// One move of a made-up vehicle.
#[derive(Clone, Debug)]
pub(super) struct Move {
    seconds: f64,
    east: f64,
    north: f64,
    speed: Option<f64>,
    ignition: bool,
    ticks: bool,
}

/// Mostly town traffic, with stands, gaps, jumps and lies about speed.
pub(super) fn track() -> impl Strategy<Value = Vec<Move>> {
    let seconds = prop_oneof![8 => 1.0..90.0f64, 1 => 90.0..8_000.0f64, 2 => Just(0.0)];
    let step = || prop_oneof![3 => Just(0.0), 6 => -400.0..400.0f64, 3 => -15.0..15.0f64, 1 => -30_000.0..30_000.0f64];
    let speed = prop::option::of(prop_oneof![6 => 0.0..110.0f64, 1 => Just(0.0), 1 => -10.0..1e9f64]);
    let one = (seconds, step(), step(), speed, any::<bool>(), prop::bool::weighted(0.2));
    let one = one.prop_map(|(seconds, east, north, speed, ignition, ticks)| Move {
        seconds: seconds.round(),
        east,
        north,
        speed,
        ignition,
        ticks,
    });
    prop::collection::vec(one, 1..80)
}

/// Fences of every shape about the origin.
pub(super) fn yards(ground: &Ground) -> Vec<Geofence> {
    let ring = |points: &[(f64, f64)]| {
        points
            .iter()
            .map(|(east, north)| ground.point(*east, *north))
            .map(|p| (p.lon(), p.lat()))
            .collect::<Vec<_>>()
    };
    let fence = |id: &str, shape| Geofence {
        id: FenceId::new(id),
        name: id.into(),
        kind: FenceKind::Client,
        watches: Watches::All,
        shape,
    };
    let comb = [
        (-50.0, 0.0),
        (450.0, 0.0),
        (450.0, 300.0),
        (350.0, 300.0),
        (350.0, 50.0),
        (250.0, 50.0),
        (250.0, 300.0),
        (150.0, 300.0),
        (150.0, 50.0),
        (50.0, 50.0),
        (50.0, 300.0),
        (-50.0, 300.0),
        (-50.0, 0.0),
    ];
    let holed = geo::Polygon::new(
        ring(&[(-800.0, -800.0), (800.0, -800.0), (800.0, 800.0), (-800.0, 800.0)]).into(),
        vec![ring(&[(-600.0, -600.0), (-600.0, 600.0), (600.0, 600.0), (600.0, -600.0)]).into()],
    );
    vec![
        fence("circle", Shape::Circle { centre: ground.point(0.0, 0.0), radius: Metres(150.0) }),
        Geofence::area("comb", "comb", FenceKind::Client, ring(&comb)),
        fence(
            "corridor",
            Shape::Corridor {
                line: vec![
                    ground.point(-900.0, -300.0),
                    ground.point(0.0, -350.0),
                    ground.point(700.0, 400.0),
                ],
                width: Metres(120.0),
            },
        ),
        fence("holed", Shape::Area(MultiPolygon(vec![holed]))),
    ]
}

/// The moves as fixes and ticks.
pub(super) fn inputs(track: &[Move], ground: &Ground) -> Vec<Event> {
    let (mut east, mut north, mut seconds) = (0.0, 0.0, 0.0);
    let mut events = Vec::new();
    for step in track {
        (east, north, seconds) = (east + step.east, north + step.north, seconds + step.seconds);
        if step.ticks {
            events.push(tick(seconds));
        }
        let point = ground.point(east, north);
        events.push(match step.speed {
            Some(speed) => reported("T1", point, seconds, speed, step.ignition),
            None => fix("T1", position(point, seconds)),
        });
    }
    events
}

fn json(events: &[Event]) -> Vec<String> {
    events.iter().map(Event::to_json).collect()
}

/// Every interval of an event, with its event.
fn check_sanity(events: &[Event], rules: &Rules) -> Result<(), TestCaseError> {
    let mut open = BTreeMap::new();
    for event in events {
        prop_assert!(!event.to_json().contains("null"), "{}", event.to_json());
        match &event.data {
            EventData::GeofenceEntered(visit) => {
                let before = open.insert(visit.geofence.clone(), visit.enter);
                prop_assert!(before.is_none(), "entered twice: {visit:?}");
            }
            EventData::GeofenceExited(visit) => {
                prop_assert!(visit.exit >= visit.enter, "{visit:?}");
                let long = visit.exit.seconds_since(visit.enter) >= rules.geofence.dwell_s;
                prop_assert_eq!(visit.confirmed, long, "{:?}", visit);
                prop_assert_eq!(open.remove(&visit.geofence), Some(visit.enter));
            }
            EventData::GeofenceCrossed(visit) => prop_assert!(visit.exit > visit.enter, "{visit:?}"),
            EventData::VisitConfirmed(visit) => {
                prop_assert_eq!(open.get(&visit.geofence), Some(&visit.enter));
            }
            EventData::StopEnded(stop) => prop_assert!(stop.end >= Some(stop.start), "{stop:?}"),
            EventData::AlertResolved(alert) => prop_assert!(alert.end >= Some(alert.start), "{alert:?}"),
            _ => {}
        }
    }
    let mut ids = BTreeMap::new();
    for event in events {
        let twin = ids.insert(event.id, event);
        prop_assert!(twin.is_none(), "two events with one id: {event:?} and {twin:?}");
    }
    Ok(())
}

/// Inside or not, by looking at the whole of every fence.
fn covers(fence: &Geofence, point: crate::domain::geo::LonLat) -> bool {
    match &fence.shape {
        Shape::Circle { centre, radius } => point.distance(*centre).get() <= radius.get(),
        Shape::Area(area) => area.intersects(&Point::new(point.lon(), point.lat())),
        Shape::Corridor { line, width } => line.windows(2).any(|edge| {
            let reach = edge[0].distance(edge[1]).get() + width.get();
            point.distance(edge[0]).get() <= reach
                && (0..=2_000).any(|part| {
                    point.distance(edge[0].lerp(edge[1], f64::from(part) / 2_000.0)).get()
                        <= width.get() / 2.0
                })
        }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_track_makes_sane_events(track in track(), raw in any::<bool>()) {
        let ground = Ground::lagos();
        let rules = if raw { Rules::raw() } else { Rules::default() };
        check_sanity(&events_of(&rules, &yards(&ground), &inputs(&track, &ground)), &rules)?;
    }

    #[test]
    fn across_the_antimeridian_and_near_a_pole_too(track in track(), lat in prop_oneof![Just(-17.0), Just(84.0)]) {
        let ground = Ground::new(180.0, lat);
        let fences: Vec<_> = yards(&ground).into_iter().filter(|fence| !matches!(fence.shape, Shape::Area(_))).collect();
        let rules = Rules::default();
        check_sanity(&events_of(&rules, &fences, &inputs(&track, &ground)), &rules)?;
    }

    #[test]
    fn the_raw_rules_enter_and_leave_where_the_fixes_do(track in track()) {
        let ground = Ground::lagos();
        let fences = yards(&ground);
        let inputs = inputs(&track, &ground);
        let mut expected = Vec::new();
        for fence in &fences {
            let (mut inside, mut newest) = (None, None);
            for input in &inputs {
                let EventData::PositionUpdated(position) = &input.data else { continue };
                if newest.replace(input.ts) == Some(input.ts) {
                    continue;
                }
                match (covers(fence, position.point), inside) {
                    (true, None) => inside = Some(input.ts),
                    (false, Some(enter)) => {
                        expected.push((fence.id.clone(), enter, Some(input.ts)));
                        inside = None;
                    }
                    _ => {}
                }
            }
            expected.extend(inside.map(|enter| (fence.id.clone(), enter, None)));
        }
        let mut found = BTreeMap::new();
        for event in events_of(&Rules::raw(), &fences, &inputs) {
            match event.data {
                EventData::GeofenceEntered(visit) => drop(found.insert((visit.geofence, visit.enter), None)),
                EventData::GeofenceExited(visit) => {
                    found.insert((visit.geofence, visit.enter), Some(visit.exit));
                }
                _ => {}
            }
        }
        let found: Vec<_> = found.into_iter().map(|((fence, enter), exit)| (fence, enter, exit)).collect();
        expected.sort();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn time_inside_agrees_with_walking_the_way_in_small_steps(track in track()) {
        let ground = Ground::lagos();
        let rules = Rules { geofence: crate::engine::GeofenceRules {
            interpolate: true, max_segment_s: 0.0, ..Rules::raw().geofence
        }, ..Rules::raw() };
        let fences = yards(&ground);
        let mut places: Vec<_> = Vec::new();
        for input in inputs(&track, &ground) {
            let EventData::PositionUpdated(position) = &input.data else { continue };
            if places.last().is_none_or(|(time, _)| *time != input.ts) {
                places.push((input.ts, position.point));
            }
        }
        let fixes: Vec<_> = places.iter().map(|(time, point)| fix("T1", position(*point, time.seconds_since(at(0.0))))).collect();
        let events = events_of(&rules, &fences, &fixes);
        let last = places.last().unwrap().0;
        for fence in fences.iter().filter(|fence| !matches!(fence.shape, Shape::Corridor { .. })) {
            let mut inside = 0.0;
            let mut open = BTreeMap::new();
            for event in &events {
                match &event.data {
                    EventData::GeofenceEntered(visit) if visit.geofence == fence.id => {
                        open.insert(visit.enter, ());
                    }
                    EventData::GeofenceExited(visit) | EventData::GeofenceCrossed(visit) if visit.geofence == fence.id => {
                        open.remove(&visit.enter);
                        inside += visit.exit.seconds_since(visit.enter);
                    }
                    _ => {}
                }
            }
            inside += open.keys().map(|enter| last.seconds_since(*enter)).sum::<f64>();
            let (mut walked, mut slack) = (0.0, 0.1);
            for pair in places.windows(2) {
                let parts = 400;
                let seconds = pair[1].0.seconds_since(pair[0].0) / f64::from(parts);
                let hits = (0..parts).filter(|part| {
                    covers(fence, pair[0].1.lerp(pair[1].1, (f64::from(*part) + 0.5) / f64::from(parts)))
                }).count();
                walked += hits as f64 * seconds;
                // Each of at most eight boundaries met is found to half a part.
                slack += 4.0 * seconds;
            }
            prop_assert!((inside - walked).abs() <= slack, "{}: {inside} s, walked {walked} s", fence.id);
        }
    }

    #[test]
    fn repeats_and_shuffles_within_the_buffer_change_nothing(track in track(), seed in any::<u64>()) {
        let ground = Ground::lagos();
        let (rules, fences) = (Rules::default(), yards(&ground));
        // Without ticks: they let fixes through on time, shuffled or not.
        let mut ordered: Vec<_> = inputs(&track, &ground);
        ordered.retain(|event| matches!(event.data, EventData::PositionUpdated(_)));
        ordered.dedup_by_key(|event| event.ts);
        let jitter = |number: usize| (seed.rotate_left(number as u32 % 64) ^ (number as u64 * 0x9E37_79B9)) % 3_000;
        let mut shuffled: Vec<_> = ordered.iter().cloned().enumerate().collect();
        shuffled.sort_by_key(|(number, event)| event.ts.millis() as u64 + jitter(*number));
        let shuffled: Vec<_> = shuffled.into_iter().map(|(_, event)| event).collect();
        let mut repeated = shuffled.clone();
        for (number, event) in shuffled.iter().enumerate().step_by(3) {
            repeated.insert(number * 4 / 3, event.clone());
        }
        let whole = events_of(&rules, &fences, &ordered);
        prop_assert_eq!(json(&events_of(&rules, &fences, &shuffled)), json(&whole));
        prop_assert_eq!(events_of(&rules, &fences, &repeated).len(), whole.len());
    }
}
