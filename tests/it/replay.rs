//! `watchtower replay --from … --to … --into …`: a stored period is played as it was, and
//! the rules make of it what they made of it then.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use tempfile::TempDir;
use uuid::Uuid;
use watchtower::adapters::embedded::{Embedded, EmbeddedOptions};
use watchtower_core::{
    domain::{
        alert::{Alert, AlertKind},
        event::{Event, EventData, Tick},
        geofence::{FenceKind, Geofence, Shape, Watches},
        id::{CorrelationId, EventId, FenceId, TripId},
        position::{Clock, Position, Source},
        time::Timestamp,
        trip::{Trip, TripStatus, TripStatusChange},
        units::{Kmh, Metres},
    },
    engine::{Engine, FenceSet, Output, Rules},
    ports::store::{EventQuery, Store},
};

use crate::{
    store_conformance::{
        alerts::overspeed,
        build::{all, at, event, fix_of, key, paged, point, span, write_singly},
    },
    support::{daemon, postgres},
};

const PERIOD: [&str; 4] = ["--from", "2026-11-02T06:00:00Z", "--to", "2026-11-02T12:00:00Z"];

fn fence(id: &str, lon: f64) -> Geofence {
    Geofence {
        id: FenceId::new(id),
        name: id.to_owned(),
        kind: FenceKind::Depot,
        watches: Watches::All,
        shape: Shape::Circle { centre: point(lon, 6.5), radius: Metres(300.0) },
    }
}

/// Six hours of forty trucks between yard and port: some too fast, one silent for an hour.
fn fixes() -> Vec<Event> {
    let start = at(PERIOD[1]).millis();
    let mut fixes = Vec::new();
    for second in (0..6 * 3600).step_by(20) {
        for truck in 0..40_i64 {
            if truck == 7 && (7_200..10_800).contains(&second) {
                continue;
            }
            let phase = (second + truck * 30).rem_euclid(3600) as f64 / 900.0;
            let (share, speed) = match phase {
                0.0..1.0 => (0.0, 0.0),
                1.0..2.0 => (phase - 1.0, if truck % 3 == 0 { 66.0 } else { 44.0 }),
                2.0..3.0 => (1.0, 0.0),
                _ => (4.0 - phase, 44.0),
            };
            let time = Timestamp::from_millis(start + second * 1000 + truck);
            let position = Position {
                speed_kmh: Some(Kmh(speed)),
                ignition: Some(true),
                ..Position::bare(point(3.3 + 0.1 * share, 6.5), time, Source::wall("osmand"))
            };
            fixes.push(fix_of(&format!("T{truck}"), position));
        }
    }
    fixes
}

/// What came from outside the rules: a trip that is driven, one that a person calls off,
/// and an alert of a device.
fn said() -> Vec<Event> {
    let ends = || (FenceId::new("yard"), FenceId::new("port"));
    let trip = |id: u128, vehicle: &str| {
        Trip::planned(TripId(Uuid::from_u128(id)), key(vehicle), ends(), at("2026-11-02T07:20:00Z"))
    };
    let (driven, called_off) = (trip(1, "T1"), trip(2, "T2"));
    let off = TripStatusChange::new(called_off.id, TripStatus::Scheduled, TripStatus::Cancelled);
    let reported = Alert { kind: AlertKind::AntiTheft, ..overspeed(3, "T3", "2026-11-02T08:00:00Z", None) };
    vec![
        event("T1", "2026-11-02T06:30:00Z", EventData::TripCreated(driven)),
        event("T2", "2026-11-02T06:30:00Z", EventData::TripCreated(called_off)),
        event("T2", "2026-11-02T07:00:10Z", EventData::TripStatusChanged(off)),
        event("T3", "2026-11-02T08:00:05Z", EventData::AlertReported(reported)),
    ]
}

/// What the rules said while it happened, the wall clock ticking.
fn original(fences: Vec<Geofence>, happened: &[Event]) -> BTreeMap<EventId, String> {
    let (mut engine, mut out) =
        (Engine::new(Arc::new(Rules::default()), Arc::new(FenceSet::new(fences))), Output::default());
    let tick = |now| Event {
        id: EventId(Uuid::nil()),
        ts: now,
        recorded_at: now,
        key: "tick".into(),
        correlation_id: CorrelationId(Uuid::nil()),
        data: EventData::Tick(Tick { clock: Clock::Wall, now }),
    };
    let mut minute = happened[0].ts;
    for event in happened {
        while minute <= event.ts {
            engine.step(&tick(minute), &mut out);
            minute = minute.plus(std::time::Duration::from_secs(10));
        }
        engine.step(event, &mut out);
    }
    engine.step(&tick(happened.last().unwrap().ts.plus(std::time::Duration::from_secs(60))), &mut out);
    out.events.iter().map(|event| (event.id, event.data.type_name().to_owned())).collect()
}

async fn recorded(store: &Arc<dyn Store>) -> Vec<Event> {
    let fences = [fence("yard", 3.3), fence("port", 3.4)];
    let drawn = fences.map(|fence| {
        event(fence.id.as_str(), "2026-11-01T00:00:00Z", EventData::GeofenceUpdated(fence.clone()))
    });
    store.write(&drawn).await.unwrap();
    let (fixes, said) = (fixes(), said());
    for batch in fixes.chunks(5_000) {
        store.write(batch).await.unwrap();
    }
    write_singly(store, &said).await;
    let mut happened: Vec<_> = said.into_iter().chain(fixes).collect();
    happened.sort_by_key(|event| event.ts);
    happened
}

async fn opened(directory: &Path) -> Arc<dyn Store> {
    let file = directory.join("watchtower.db");
    Arc::new(Embedded::open(&file, EmbeddedOptions::default()).await.unwrap())
}

/// Plays the period and compares what is there with what was.
async fn is_played_as_it_was(store: Arc<dyn Store>, home: &TempDir, settings: &[(&str, &str)]) {
    let happened = recorded(&store).await;
    let expected = original(store.geofences().await.unwrap(), &happened);
    let kinds: std::collections::BTreeSet<_> = expected.values().map(String::as_str).collect();
    for kind in ["alert.triggered", "geofence.entered", "drive.ended", "trip.status_changed"] {
        assert!(kinds.contains(kind), "the period has no {kind}: {kinds:?}");
    }
    let into = home.path().join("played");
    let output = daemon::command(home)
        .arg("replay")
        .args(PERIOD)
        .args(["--speed", "max", "--into", into.to_str().unwrap()])
        .envs(settings.iter().copied())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let played = opened(&into).await;
    let within = span(PERIOD[1], PERIOD[3]);
    let of = |store: Arc<dyn Store>| async move {
        let fixes = paged(2_000, |window| store.fixes(&[], within, window)).await;
        let plain = |(vehicle, fix): (_, Position)| {
            let source = Source::wall(fix.source.name.trim_start_matches("replay:"));
            (vehicle, Position { received_at: fix.device_time, source, ..fix })
        };
        fixes.into_iter().map(plain).collect::<Vec<_>>()
    };
    let (then, now) = (of(store.clone()).await, of(played.clone()).await);
    assert_eq!(then.len(), happened.len() - said().len());
    assert!(then == now, "{} fixes became {}", then.len(), now.len());

    let events = paged(2_000, |window| {
        let played = played.clone();
        async move { played.events(&EventQuery::default(), window).await }
    })
    .await;
    let outside: Vec<_> = happened.iter().map(|event| event.id).collect();
    let found: BTreeMap<_, _> = events
        .iter()
        .filter(|event| !event.data.type_name().ends_with(".updated") && !outside.contains(&event.id))
        .map(|event| (event.id, event.data.type_name().to_owned()))
        .collect();
    let only = |these: &BTreeMap<EventId, String>, those: &BTreeMap<EventId, String>| {
        these.iter().filter(|one| !those.contains_key(one.0)).map(|one| one.1.clone()).collect::<Vec<_>>()
    };
    assert_eq!((only(&expected, &found), only(&found, &expected)), (vec![], vec![]));

    // Once only, and never among the fleet itself.
    let fails = |into: &str, words: &str| {
        let mut command = daemon::command(home);
        command.arg("replay").args(PERIOD).args(["--into", into]).envs(settings.iter().copied());
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{stderr}");
        assert!(stderr.contains(words), "{stderr}");
    };
    fails(into.to_str().unwrap(), "something was played there before");
    fails(home.path().to_str().unwrap(), "the fleet itself lives there");
    assert_eq!(
        store.count_positions(None).await.unwrap() as usize,
        then.len(),
        "the fleet's store is as it was"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_of_the_embedded_store_is_played_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let store = opened(home.path()).await;
    is_played_as_it_was(store, &home, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_of_a_database_is_played_as_it_was() {
    let url = postgres::shared().await.database().await;
    let store = Arc::new(postgres::connect(&url).await);
    let home = tempfile::tempdir().unwrap();
    is_played_as_it_was(store, &home, &[("WATCHTOWER_DATABASE_URL", &url)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_vehicle_is_played_after_its_way_to_the_period() {
    let home = tempfile::tempdir().unwrap();
    let store = opened(home.path()).await;
    recorded(&store).await;
    let into = home.path().join("played");
    let output = daemon::command(&home)
        .args(["replay", "--from", "2026-11-02T09:00:00Z", "--to", "2026-11-02T09:00:20Z", "--lead", "2"])
        .args(["--vehicle", "t5", "--speed", "50", "--into", into.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let played = opened(&into).await;
    assert_eq!(played.count_positions(None).await.unwrap(), 2 * 180 + 1);
    let window = all();
    assert_eq!(
        played.positions(&key("T5"), span(PERIOD[1], PERIOD[3]), window).await.unwrap().items.len(),
        361
    );
}

#[test]
fn a_stored_period_is_not_played_into_the_fleets_own_log() {
    let home = tempfile::tempdir().unwrap();
    let output = daemon::command(&home).arg("replay").args(PERIOD).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(64), "{stderr}");
    assert!(stderr.contains("--into DIR"), "{stderr}");
    let output = daemon::command(&home).args(["watch", "/no/such/place"]).output().unwrap();
    assert_eq!(output.status.code(), Some(66), "{}", String::from_utf8_lossy(&output.stderr));
}
