//! The past is told from the fixes alone: whatever the order they came in, however
//! often, whoever tells it.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData, FenceRef, Revision},
        geofence::{Geofence, Watches},
        history::{Kept, Record, RecordKind},
        id::{FenceId, TripId},
        time::Timestamp,
        trip::{Trip, TripStatus, TripStatusChange},
    },
    engine::{Engine, FenceSet, Output, Rules},
    ports::{
        history::{HistoryAge, HistoryQuery, Settlement, Terms},
        store::{EventQuery, Store},
    },
};

use super::{
    build::{all, at, event, key, paged, shuffled, span, write_singly},
    shuttle::{
        DRAWN, circle, day, drawn, fix, fixes, historian, now, replayed, revisions, story, told,
        yard_and_port,
    },
};

pub(crate) async fn shuffled_and_repeated_fixes_tell_what_ordered_ones_tell(store: Arc<dyn Store>) {
    yard_and_port(&store).await;
    let (historian, _log) = historian(&store).await;
    let ordered = fixes("ORDERED", "2026-11-16T22:00:00Z", "2026-11-19T07:10:00Z");
    store.write(&ordered).await.unwrap();
    historian.once().await.unwrap();
    let shuffle = shuffled(&fixes("SHUFFLED", "2026-11-16T22:00:00Z", "2026-11-19T07:10:00Z"), 7);
    for (number, batch) in shuffle.chunks(53).enumerate() {
        // Each batch twice, and now and then the past is told in between.
        store.write(batch).await.unwrap();
        store.write(batch).await.unwrap();
        if number % 2 == 0 {
            historian.once().await.unwrap();
        }
    }
    historian.once().await.unwrap();
    let expected = story(&told(&store, "ORDERED").await);
    let named = |story: Vec<(String, Option<Timestamp>)>| -> Vec<_> {
        story.into_iter().map(|(json, settled)| (json.replace("SHUFFLED", "ORDERED"), settled)).collect()
    };
    let mut shuffled = named(story(&told(&store, "SHUFFLED").await));
    shuffled.sort();
    assert_eq!(shuffled, expected);
    assert!(expected.len() > 200, "{} records", expected.len());

    // What the rules said while it happened is what is told of it.
    let fences = FenceSet::new(store.geofences().await.unwrap());
    let (mut engine, mut out) =
        (Engine::new(Arc::new(Rules::default()), Arc::new(fences)), Output::default());
    ordered.iter().for_each(|input| engine.step(input, &mut out));
    engine.finish(&mut out);
    let mut live: Vec<_> = out.records.iter().map(|record| serde_json::to_string(record).unwrap()).collect();
    live.sort();
    let over: Vec<_> = expected.iter().filter(|one| one.1.is_some()).map(|one| one.0.clone()).collect();
    assert_eq!(live, over);
    let today = engine.live(&key("ORDERED")).unwrap().today_m;
    let query = HistoryQuery {
        kinds: vec![RecordKind::Day],
        vehicle: Some(key("ORDERED")),
        ..HistoryQuery::default()
    };
    let newest = store.history(&query, all()).await.unwrap().items.remove(0);
    assert_eq!((newest.day, newest.settled), (day("2026-11-19"), None));
    assert!(matches!(newest.record, Record::Day(figures) if figures.distance_m == today.rounded()));
}

pub(crate) async fn a_late_fix_revises_its_day_and_says_so_once(store: Arc<dyn Store>) {
    yard_and_port(&store).await;
    let (historian, log) = historian(&store).await;
    let way = span("2026-11-18T10:15:00Z", "2026-11-18T10:30:00Z");
    let (late, heard): (Vec<_>, Vec<_>) = fixes("T1", "2026-11-17T10:00:00Z", "2026-11-20T10:00:00Z")
        .into_iter()
        .partition(|fix| way.from <= fix.ts && fix.ts < way.to);
    store.write(&heard).await.unwrap();
    historian.once().await.unwrap();
    assert_eq!(revisions(&log).await, []);
    store.write(&late).await.unwrap();
    historian.once().await.unwrap();
    historian.once().await.unwrap();
    let first = ("T1".to_owned(), Revision { day: day("2026-11-18"), supersedes: 0 });
    assert_eq!(revisions(&log).await, std::slice::from_ref(&first));
    for kept in told(&store, "T1").await {
        assert_eq!(kept.revision, u32::from(kept.day == day("2026-11-18")), "{kept:?}");
    }
    // Heard again it says nothing new.
    store.write(&late).await.unwrap();
    historian.once().await.unwrap();
    assert_eq!(revisions(&log).await, [first]);
}

const TERMS: Terms = Terms {
    now: Timestamp::from_millis(1_795_176_000_000),
    lease: Duration::from_secs(60),
    every: Duration::from_secs(30),
    limit: 10,
};

pub(crate) async fn a_vehicle_is_claimed_by_one_until_its_time_is_over(store: Arc<dyn Store>) {
    store.write(&fixes("T1", "2026-11-20T06:00:00Z", "2026-11-20T07:00:00Z")).await.unwrap();
    let claims = store.claim(TERMS).await.unwrap();
    let [claim] = claims.as_slice() else { panic!("{claims:?}") };
    assert_eq!((claim.from, claim.late_to), (at("2026-11-20T06:00:00Z"), None));
    assert_eq!(claim.until, at("2026-11-20T06:55:00Z"));
    assert_eq!(store.claim(TERMS).await.unwrap(), [], "it is another's");
    let later = Terms { now: TERMS.now.plus(TERMS.lease), ..TERMS };
    let again = store.claim(later).await.unwrap().remove(0);
    assert_eq!((again.from, again.until), (claim.from, claim.until));
    assert!(!store.settle(claim, &Settlement::default(), TERMS.now).await.unwrap(), "its time was over");
    assert!(store.settle(&again, &Settlement::default(), later.now).await.unwrap());
    assert!(!store.settle(&again, &Settlement::default(), later.now).await.unwrap(), "once");
    store.write(&fixes("T1", "2026-11-20T07:00:00Z", "2026-11-20T07:10:00Z")).await.unwrap();
    assert_eq!(store.claim(later).await.unwrap(), [], "it was told of just now");
    let later = Terms { now: later.now.plus(TERMS.every), ..TERMS };
    assert_eq!(store.claim(later).await.unwrap().len(), 1);
}

pub(crate) async fn a_fix_stored_while_the_past_is_told_is_told_next(store: Arc<dyn Store>) {
    let terms = Terms { every: Duration::ZERO, ..TERMS };
    store.write(&fixes("T1", "2026-11-20T06:00:00Z", "2026-11-20T07:00:00Z")).await.unwrap();
    let claim = store.claim(terms).await.unwrap().remove(0);
    let late = fix("T1", at("2026-11-20T06:01:00Z"));
    let new = fix("T1", at("2026-11-20T08:00:00Z"));
    store.write(&[late, new]).await.unwrap();
    assert_eq!(store.claim(terms).await.unwrap(), []);
    assert!(store.settle(&claim, &Settlement::default(), terms.now).await.unwrap());
    let claim = store.claim(terms).await.unwrap().remove(0);
    assert_eq!((claim.from, claim.until), (at("2026-11-20T06:01:00Z"), at("2026-11-20T08:00:00Z")));
    // Of a batch that is late in part no more is known than this.
    assert_eq!(claim.late_to, Some(at("2026-11-20T06:55:00Z")));
}

pub(crate) async fn the_past_is_told_with_the_fences_of_its_time(store: Arc<dyn Store>) {
    let (historian, log) = historian(&store).await;
    let noon = "2026-11-18T12:00:00Z";
    write_singly(&store, &[drawn("yard", 3.3, DRAWN), drawn("port", 3.4, noon)]).await;
    store
        .write(&[event("yard", noon, EventData::GeofenceRemoved(FenceRef { id: FenceId::new("yard") }))])
        .await
        .unwrap();
    let (late, heard): (Vec<_>, Vec<_>) = fixes("T1", "2026-11-18T06:00:00Z", "2026-11-18T18:00:00Z")
        .into_iter()
        .partition(|fix| fix.ts == at("2026-11-18T07:05:00Z"));
    store.write(&heard).await.unwrap();
    historian.once().await.unwrap();
    let visits = |told: Vec<Kept>| -> Vec<(String, bool)> {
        let before = |kept: &Kept| kept.start < at("2026-11-18T12:05:00Z");
        let visits = told.iter().filter(|kept| kept.record.kind() == RecordKind::Visit);
        visits.map(|kept| (kept.record.geofence().unwrap().to_string(), before(kept))).collect()
    };
    let first = visits(told(&store, "T1").await);
    let count = |fence: &str, before| first.iter().filter(|one| **one == (fence.to_owned(), before)).count();
    assert_eq!([count("yard", true), count("yard", false)], [7, 0], "{first:?}");
    assert_eq!([count("port", true), count("port", false)], [0, 6], "{first:?}");
    // A late fix of the morning brings no visits to a fence drawn at noon.
    store.write(&late).await.unwrap();
    historian.once().await.unwrap();
    assert_eq!(visits(told(&store, "T1").await), first);

    // A replay knows today's fences alone, whenever it is told.
    let replayed: Vec<_> =
        fixes("R1", "2008-05-18T06:00:00Z", "2008-05-18T09:00:00Z").into_iter().map(replayed).collect();
    for part in replayed.chunks(8) {
        store.write(part).await.unwrap();
        historian.once().await.unwrap();
    }
    let found = visits(told(&store, "R1").await);
    assert_eq!(found, vec![("port".to_owned(), true); 3]);
    drop(log);
}

pub(crate) async fn records_are_found_by_sort_vehicle_fence_and_time(store: Arc<dyn Store>) {
    yard_and_port(&store).await;
    let (historian, _log) = historian(&store).await;
    for vehicle in ["T1", "T2"] {
        store.write(&fixes(vehicle, "2026-11-19T00:00:00Z", "2026-11-19T12:00:00Z")).await.unwrap();
    }
    historian.once().await.unwrap();
    let find = |query: HistoryQuery| {
        let store = &store;
        async move { paged(5, |window| store.history(&query, window)).await }
    };
    let visits = HistoryQuery { kinds: vec![RecordKind::Visit], ..HistoryQuery::default() };
    let found = find(visits.clone()).await;
    assert_eq!(found.len(), 2 * 24);
    assert!(found.windows(2).all(|two| two[0].start >= two[1].start), "newest first");
    let of_one = HistoryQuery {
        vehicle: Some(key("T2")),
        geofence: Some(FenceId::new("port")),
        span: Some(span("2026-11-19T06:00:00Z", "2026-11-19T09:00:00Z")),
        ..visits
    };
    let found = find(of_one).await;
    assert_eq!(found.len(), 3);
    for kept in &found {
        assert!(matches!(&kept.record, Record::Visit(visit)
            if visit.geofence.as_str() == "port" && visit.vehicle == key("T2") && visit.confirmed));
    }
    let others = vec![RecordKind::Stop, RecordKind::Drive];
    let found = find(HistoryQuery { kinds: others, ..HistoryQuery::default() }).await;
    let stops = found.iter().filter(|kept| kept.record.kind() == RecordKind::Stop).count();
    assert!(stops >= 2 * 23 && found.len() - stops >= 2 * 23, "{stops} of {}", found.len());
}

pub(crate) async fn what_is_told_goes_when_its_time_is_over(store: Arc<dyn Store>) {
    let (historian, _log) = historian(&store).await;
    let replayed: Vec<_> =
        fixes("R1", "2026-01-02T10:00:00Z", "2026-01-02T14:00:00Z").into_iter().map(replayed).collect();
    store.write(&replayed).await.unwrap();
    store.write(&fixes("T1", "2026-02-10T10:00:00Z", "2026-02-10T14:00:00Z")).await.unwrap();
    store.write(&fixes("T1", "2026-11-19T10:00:00Z", "2026-11-19T14:00:00Z")).await.unwrap();
    historian.once().await.unwrap();
    let (before, replay) = (told(&store, "T1").await, told(&store, "R1").await);
    let days = |days: u64| Duration::from_secs(days * 86_400);
    let age = HistoryAge {
        positions: days(30),
        alerts: days(90),
        trips: days(183),
        metrics: days(366),
        events: days(400),
    };
    store.retain_history(now(), age).await.unwrap();
    let after = told(&store, "T1").await;
    let recent: Vec<_> = before.iter().filter(|kept| kept.day >= day("2026-11-01")).cloned().collect();
    assert!(!recent.is_empty() && recent.len() < before.len());
    // Days of silence between lie in months that are not over.
    let left: Vec<_> = after.iter().filter(|kept| kept.record.kind() != RecordKind::Day).cloned().collect();
    let expected: Vec<_> =
        recent.iter().filter(|kept| kept.record.kind() != RecordKind::Day).cloned().collect();
    assert_eq!(left, expected);
    assert!(after.iter().all(|kept| kept.start >= at("2026-04-30T00:00:00Z")), "{after:?}");
    assert_eq!(told(&store, "R1").await, replay, "a replay's past is dropped by name only");
    assert!(!store.vehicle_metrics(day("2026-02-10"), day("2026-02-11")).await.unwrap().is_empty());
    // Nothing that is left is told anew, and what comes goes on from the last state.
    store.write(&fixes("T1", "2026-11-19T14:00:00Z", "2026-11-19T16:00:00Z")).await.unwrap();
    historian.once().await.unwrap();
    let longer = told(&store, "T1").await;
    assert!(longer.len() > after.len());
    assert_eq!(longer.first().map(|kept| kept.revision), Some(0));
}

/// What is said of trips from yard to port over three days: each is planned in the
/// morning, and every second is called off under way.
fn words(vehicle: &str) -> Vec<Event> {
    let mut words = Vec::new();
    for number in 0..9_u64 {
        let (day, hour) = (17 + number / 3, 6 + number % 3 * 4);
        let time = |minute: u64| format!("2026-11-{day}T{hour:02}:{minute:02}:30Z");
        let ends = (FenceId::new("yard"), FenceId::new("port"));
        let id = TripId(Uuid::from_u128(number.into()));
        let trip = Trip::planned(id, key(vehicle), ends, at(&time(10)));
        words.push(event(vehicle, &time(1), EventData::TripCreated(trip)));
        if number % 2 == 1 {
            let off = TripStatusChange::new(id, TripStatus::Ongoing, TripStatus::Cancelled);
            words.push(event(vehicle, &time(22), EventData::TripStatusChanged(off)));
        }
    }
    words
}

pub(crate) async fn words_of_trips_tell_the_same_whenever_they_come(store: Arc<dyn Store>) {
    yard_and_port(&store).await;
    // Watches only trucks that are on a trip.
    let bridge = Geofence { watches: Watches::OnTrip, ..circle("bridge", 3.3 + 0.2 / 3.0) };
    store.write(&[event("bridge", DRAWN, EventData::GeofenceUpdated(bridge))]).await.unwrap();
    let (historian, _log) = historian(&store).await;
    let (from, to) = ("2026-11-16T22:00:00Z", "2026-11-19T23:10:00Z");
    store.write(&words("ORDERED")).await.unwrap();
    store.write(&fixes("ORDERED", from, to)).await.unwrap();
    historian.once().await.unwrap();
    // All words late, and the last of them to a vehicle that says nothing any more.
    let said_late = words("LATE");
    store.write(&fixes("LATE", from, to)).await.unwrap();
    historian.once().await.unwrap();
    for word in shuffled(&said_late, 5) {
        store.write(&[word]).await.unwrap();
        historian.once().await.unwrap();
    }
    let both: Vec<_> = fixes("SHUFFLED", from, to).into_iter().chain(words("SHUFFLED")).collect();
    for batch in shuffled(&both, 11).chunks(41) {
        store.write(batch).await.unwrap();
        store.write(batch).await.unwrap();
        historian.once().await.unwrap();
    }
    let named = |kept: &[Kept], name: &str| -> Vec<_> {
        let ordered = |(json, settled): (String, _)| (json.replace(name, "ORDERED"), settled);
        let mut story: Vec<_> = story(kept).into_iter().map(ordered).collect();
        story.sort();
        story
    };
    let expected = named(&told(&store, "ORDERED").await, "ORDERED");
    let bridges = expected.iter().filter(|one| one.0.contains("bridge")).count();
    assert!(bridges >= 5, "{bridges} ways over the bridge on a trip");
    for name in ["LATE", "SHUFFLED"] {
        let found = named(&told(&store, name).await, name);
        let only = |these: &[(String, Option<Timestamp>)], those: &[(String, Option<Timestamp>)]| {
            these.iter().filter(|one| !those.contains(one)).cloned().collect::<Vec<_>>()
        };
        assert_eq!((only(&found, &expected), only(&expected, &found)), (vec![], vec![]), "{name}");
    }
    // A word of now is heard with the fixes that follow it.
    let claims = Terms { every: Duration::ZERO, ..TERMS };
    assert_eq!(store.claim(claims).await.unwrap(), []);
    let trip = Trip::planned(
        TripId(Uuid::from_u128(99)),
        key("LATE"),
        (FenceId::new("yard"), FenceId::new("port")),
        at("2026-11-20T06:00:00Z"),
    );
    store.write(&[event("LATE", "2026-11-20T05:00:00Z", EventData::TripCreated(trip))]).await.unwrap();
    assert_eq!(store.claim(claims).await.unwrap(), []);
}

pub(crate) async fn the_audit_trail_goes_but_not_what_the_past_is_told_from(store: Arc<dyn Store>) {
    let (historian, _log) = historian(&store).await;
    let moved = |time: &str, lon: f64| drawn("yard", lon, time);
    let removed =
        |id: &str, time: &str| event(id, time, EventData::GeofenceRemoved(FenceRef { id: FenceId::new(id) }));
    let gone = [moved("2024-01-10T00:00:00Z", 3.5), drawn("depot", 3.6, "2024-01-11T00:00:00Z")];
    let stay = [
        moved("2024-01-20T00:00:00Z", 3.3),
        removed("depot", "2024-02-01T00:00:00Z"),
        moved("2026-11-18T12:00:00Z", 3.4),
    ];
    let replayed_fix = replayed(fix("R1", at("2008-05-18T06:00:00Z")));
    store.write(&[replayed_fix]).await.unwrap();
    let word = |vehicle: &str, time: &str| {
        let ends = (FenceId::new("yard"), FenceId::new("port"));
        let trip = Trip::planned(TripId(Uuid::new_v4()), key(vehicle), ends, at(time));
        event(vehicle, time, EventData::TripCreated(trip))
    };
    let others = [word("T1", "2024-01-15T00:00:00Z"), word("T1", "2024-06-15T00:00:00Z")];
    let kept = [word("R1", "2008-05-18T05:00:00Z"), word("T1", "2026-08-15T00:00:00Z")];
    for part in [&gone[..], &stay, &others, &kept] {
        write_singly(&store, part).await;
    }
    let days = |days: u64| Duration::from_secs(days * 86_400);
    // Asked to keep it for less long than trips are, it is kept as long as they are.
    let age = HistoryAge {
        positions: days(30),
        alerts: days(90),
        trips: days(183),
        metrics: days(366),
        events: days(1),
    };
    for _ in 0..2 {
        store.retain_history(now(), age).await.unwrap();
        let left = store.events(&EventQuery::default(), all()).await.unwrap().items;
        let mut left: Vec<_> = left.iter().map(|event| event.id).collect();
        let mut expected: Vec<_> = stay.iter().chain(&kept).map(|event| event.id).collect();
        left.sort();
        expected.sort();
        assert_eq!(left, expected);
    }
    // The morning is told with the fence as it was drawn years before.
    store.write(&fixes("T1", "2026-11-18T06:00:00Z", "2026-11-18T18:00:00Z")).await.unwrap();
    historian.once().await.unwrap();
    let visits = told(&store, "T1").await.into_iter().filter_map(|kept| match kept.record {
        Record::Visit(visit) => Some(visit.enter),
        _ => None,
    });
    let visits: Vec<_> = visits.collect();
    assert!(visits.iter().any(|enter| *enter < at("2026-11-18T11:00:00Z")), "{visits:?}");
    assert_eq!(visits.len(), 13, "{visits:?}");
}
