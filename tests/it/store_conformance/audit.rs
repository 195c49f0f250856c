//! The audit trail: every event but positions, and what cannot be stored.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{
            Command, Event, EventData, Failure, FenceMoment, Flag, Flagged, MotionChange, RawBody,
            RawRequest, Rejection, Stop, Tick,
        },
        id::{CorrelationId, FenceId, VehicleKey},
        live::Motion,
        master::Driver,
        position::Clock,
        time::Timestamp,
    },
    ports::store::{AlertQuery, Cursor, EventQuery, Store, StoreError, Window, Written},
};

use super::build::{all, at, event, ever, fix, key, paged, point, shuffled, span};

fn request(body: &str) -> EventData {
    EventData::WebhookReceived(RawRequest {
        source: "loconav".into(),
        path: "/webhooks/loconav/location".into(),
        content_type: Some("application/json".into()),
        body: RawBody::Body(body.to_owned()),
        rejected: vec![Rejection { index: 3, reason: "latitude 91 is out of range ±90".into() }],
    })
}

fn failure(message: &str) -> EventData {
    EventData::ErrorOccurred(Failure { component: "poller".into(), message: message.to_owned() })
}

fn sorted(mut events: Vec<Event>) -> Vec<Event> {
    events.sort_by_key(|event| event.id);
    events
}

pub(crate) async fn every_event_but_positions_is_in_the_audit_trail(store: Arc<dyn Store>) {
    let (start, end) = (at("2008-05-31T23:59:59.999Z"), at("2008-06-01T00:10:00Z"));
    let moment = FenceMoment {
        geofence: FenceId::new("apapa"),
        name: "Apapa".into(),
        enter: start,
        entered_at_first_fix: true,
        point: Some(point(3.36, 6.44)),
    };
    let acknowledge = watchtower_core::domain::alert::Acknowledgement {
        alert: watchtower_core::domain::id::AlertId(Uuid::from_u128(1)),
        by: "Ada".into(),
        note: None,
    };
    let flagged = Flagged { flag: Flag::Outlier, device_time: start, reason: "300 km/h".into() };
    let data = [
        request(r#"{"vehicle":"T1","lat":6.5}"#),
        EventData::PositionFlagged(flagged),
        EventData::Tick(Tick { clock: Clock::Event, now: end }),
        EventData::GeofenceEntered(moment),
        EventData::StopEnded(Stop { start, end: Some(end), point: point(3.36, 6.44) }),
        EventData::TruckStatusChanged(MotionChange { from: Some(Motion::Idle), to: Motion::Moving }),
        failure("connection refused"),
        EventData::CommandIssued(Command::AcknowledgeAlert(acknowledge)),
    ];
    let times = ["2008-05-31T23:59:59.999Z", "2008-06-01T00:00:00.000Z", "2026-11-20T12:00:00Z"];
    let events: Vec<_> =
        data.into_iter().enumerate().map(|(n, data)| event("T1", times[n % 3], data)).collect();
    let mut batch = events.clone();
    batch.insert(3, fix("T1", "2008-06-01T00:00:00Z"));
    let written = store.write(&batch).await.unwrap();
    assert_eq!(written, Written { positions: 1, events: 8, ..Written::default() });
    let again = store.write(&shuffled(&batch, 2)).await.unwrap();
    assert_eq!(again, Written { duplicate_positions: 1, duplicate_events: 8, ..Written::default() });
    let stored = store.events(&EventQuery::default(), all()).await.unwrap();
    assert_eq!(sorted(stored.items), sorted(events));
}

pub(crate) async fn an_event_heard_again_later_is_one_event(store: Arc<dyn Store>) {
    let first = event("T1", "2026-11-20T12:00:00Z", failure("once"));
    let again = Event { recorded_at: at("2026-12-24T12:00:00Z"), ..first.clone() };
    let moved = Event { ts: at("2027-01-05T12:00:00Z"), ..first.clone() };
    let in_one_batch = store.write(&[first.clone(), again.clone()]).await.unwrap();
    assert_eq!(in_one_batch, Written { events: 1, duplicate_events: 1, ..Written::default() });
    assert_eq!(store.write(&[again, moved]).await.unwrap().duplicate_events, 2);
    assert_eq!(store.events(&EventQuery::default(), all()).await.unwrap().items, [first]);
}

pub(crate) async fn the_audit_trail_is_searched_by_type_key_request_and_time(store: Arc<dyn Store>) {
    let cause = CorrelationId(Uuid::from_u128(77));
    let events = [
        Event { correlation_id: cause, ..event("T1", "2026-11-20T12:00:00Z", request("{}")) },
        Event { correlation_id: cause, ..event("T1", "2026-11-20T12:00:01Z", failure("a")) },
        event("T2", "2026-11-20T12:00:02Z", failure("b")),
        event(
            "T2",
            "2026-11-20T12:00:03Z",
            EventData::Tick(Tick { clock: Clock::Wall, now: at("2026-11-20T12:00:03Z") }),
        ),
    ];
    store.write(&events).await.unwrap();
    let none = EventQuery::default;
    let types = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let cases = [
        (none(), vec![3, 2, 1, 0]),
        (EventQuery { types: types(&["error.occurred"]), ..none() }, vec![2, 1]),
        (EventQuery { types: types(&["tick", "webhook.received"]), ..none() }, vec![3, 0]),
        (EventQuery { types: types(&["position.updated"]), ..none() }, vec![]),
        (EventQuery { key: Some("T2".into()), ..none() }, vec![3, 2]),
        (EventQuery { correlation_id: Some(cause), ..none() }, vec![1, 0]),
        (
            EventQuery { span: Some(span("2026-11-20T12:00:01Z", "2026-11-20T12:00:03Z")), ..none() },
            vec![2, 1],
        ),
        (
            EventQuery {
                types: types(&["error.occurred", "tick"]),
                key: Some("T1".into()),
                correlation_id: Some(cause),
                span: Some(ever()),
            },
            vec![1],
        ),
        (EventQuery { key: Some("T3".into()), ..none() }, vec![]),
    ];
    for (query, expected) in cases {
        let found = store.events(&query, all()).await.unwrap();
        let expected: Vec<_> = expected.into_iter().map(|n: usize| events[n].clone()).collect();
        assert_eq!(found.items, expected, "{query:?}");
        assert_eq!(found.next, None);
    }
}

pub(crate) async fn the_audit_trail_pages_newest_first_and_is_stable(store: Arc<dyn Store>) {
    let start = at("2026-11-30T23:59:50Z");
    let nth = |n: u64| Event {
        // Pairs share a moment, so that a page can end between equals.
        ts: start.plus(Duration::from_secs(n / 2)),
        ..event("T1", "2026-12-01T00:00:30Z", if n.is_multiple_of(3) { request("{}") } else { failure("x") })
    };
    let events: Vec<_> = (0..31).map(nth).collect();
    store.write(&shuffled(&events, 3)).await.unwrap();
    let query = EventQuery::default();
    for limit in [1, 7, 31] {
        let read = paged(limit, |window| store.events(&query, window)).await;
        assert!(read.is_sorted_by(|a, b| a.ts >= b.ts), "limit {limit}");
        assert_eq!(sorted(read), sorted(events.clone()), "limit {limit}");
    }
    let first = store.events(&query, Window { limit: 10, after: None }).await.unwrap();
    store.write(&[nth(200), nth(201)]).await.unwrap();
    let rest = store.events(&query, Window { limit: 100, after: first.next }).await.unwrap();
    assert_eq!(sorted([first.items, rest.items].concat()), sorted(events));
}

pub(crate) async fn a_cursor_of_nobodys_making_is_refused(store: Arc<dyn Store>) {
    store.write(&[fix("T1", "2026-11-20T12:00:00Z")]).await.unwrap();
    for text in ["", "x", "'; drop table positions; --", "1-2-3-4-5-6"] {
        let window = || Window { limit: 10, after: Some(Cursor(text.to_owned())) };
        let vehicle = key("T1");
        let answers = [
            store.positions(&vehicle, ever(), window()).await.map(drop),
            store.trips(window()).await.map(drop),
            store.alerts(&AlertQuery::default(), window()).await.map(drop),
            store.events(&EventQuery::default(), window()).await.map(drop),
        ];
        for answer in answers {
            assert!(matches!(answer, Err(StoreError::Refused { .. })), "{text:?}: {answer:?}");
        }
    }
}

pub(crate) async fn nul_survives_in_every_text(store: Arc<dyn Store>) {
    // Beside NUL: what an escape of NUL could be mistaken for.
    let text = "a\u{0}b \\u0000 \\\\u0000 \u{241b}0 \u{241b}\u{241b} \u{2400} \u{fffd} \u{1}\u{7f}";
    let driver = Driver {
        id: watchtower_core::domain::id::DriverId(Uuid::nil()),
        name: text.into(),
        phone: None,
        licence: None,
        has_smartphone: false,
        loconav_id: None,
        truck: None,
    };
    let events = [
        event(text, "2026-11-20T12:00:00Z", request(text)),
        event(text, "2026-11-20T12:00:01Z", EventData::DriverUpdated(driver.clone())),
    ];
    assert_eq!(store.write(&events).await.unwrap().events, 2);
    assert_eq!(store.write(&events).await.unwrap().duplicate_events, 2);
    assert_eq!(store.drivers().await.unwrap(), [driver]);
    let query = EventQuery { key: Some(text.into()), ..EventQuery::default() };
    let [first, second] = events;
    assert_eq!(store.events(&query, all()).await.unwrap().items, [second, first]);
}

/// Events no store can keep, among ten it can.
fn spoiled() -> (Vec<Event>, Vec<Event>) {
    let good: Vec<_> = (0..10)
        .map(|n| match n % 2 {
            0 => fix("T1", &format!("2026-11-20T12:00:{n:02}Z")),
            _ => event("T1", &format!("2026-11-20T12:00:{n:02}Z"), failure("x")),
        })
        .collect();
    // Neither can be written as RFC 3339 and read back.
    let far =
        Event { ts: Timestamp::from_millis(i64::MAX), ..event("T1", "2026-11-20T12:00:00Z", failure("y")) };
    let early = {
        let mut early = fix("T1", "2026-11-20T12:00:00Z");
        if let EventData::PositionUpdated(position) = &mut early.data {
            position.device_time = Timestamp::from_millis(i64::MIN);
        }
        Event { id: watchtower_core::domain::id::EventId(Uuid::new_v4()), ..early }
    };
    let nobody = Event {
        id: watchtower_core::domain::id::EventId(Uuid::new_v4()),
        key: " ".into(),
        ..fix("T1", "2026-11-20T12:00:30Z")
    };
    assert!(VehicleKey::new(&nobody.key).is_err());
    (good, vec![far, early, nobody])
}

pub(crate) async fn a_bad_event_is_refused_by_name_and_leaves_nothing(store: Arc<dyn Store>) {
    let (good, bad) = spoiled();
    for spoiler in bad {
        let mut batch = good.clone();
        batch.insert(5, spoiler.clone());
        match store.write(&batch).await {
            Err(StoreError::Refused { what, .. }) => {
                assert!(what.contains(&spoiler.id.to_string()), "{what:?} does not name {}", spoiler.id);
            }
            other => panic!("{other:?} for {spoiler:?}"),
        }
        assert_eq!(store.count_positions(None).await.unwrap(), 0);
        assert_eq!(store.events(&EventQuery::default(), all()).await.unwrap().items, []);
        assert_eq!(store.last_positions().await.unwrap(), []);
        assert_eq!(store.trucks().await.unwrap(), []);
    }
    assert_eq!(store.write(&good).await.unwrap(), Written { positions: 5, events: 5, ..Written::default() });
}

pub(crate) async fn halving_a_refused_batch_stores_all_but_the_bad(store: Arc<dyn Store>) {
    let (good, bad) = spoiled();
    let batch = shuffled(&[good, bad.clone()].concat(), 4);
    // What a writer does: a refused batch is written in halves, a refused event
    // of its own goes to the dead letters.
    let (mut waiting, mut refused) = (vec![batch.as_slice()], BTreeSet::new());
    while let Some(part) = waiting.pop() {
        match store.write(part).await {
            Ok(_) => {}
            Err(StoreError::Refused { .. }) if part.len() == 1 => drop(refused.insert(part[0].id)),
            Err(StoreError::Refused { .. }) => {
                let (left, right) = part.split_at(part.len() / 2);
                waiting.extend([right, left]);
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(refused, bad.iter().map(|event| event.id).collect());
    assert_eq!(store.count_positions(None).await.unwrap(), 5);
    assert_eq!(store.events(&EventQuery::default(), all()).await.unwrap().items.len(), 5);
}
