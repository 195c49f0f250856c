//! Log, engine and records in one transaction: no writer role is needed.

use std::time::Duration;

use uuid::Uuid;
use watchtower::adapters::embedded::{Embedded, EmbeddedOptions, Records};
use watchtower_core::{
    domain::{
        alert::{Alert, AlertKind},
        event::{Event, EventData, RawBody, RawRequest, Tick},
        id::{CorrelationId, EventId, VehicleKey},
        position::Clock,
    },
    ports::{
        log::{
            Commit, EngineLedger, EntryId, EventLog, Family, FencingToken, LogError, Partitions, Progress,
        },
        store::{AlertQuery, EventQuery, Store, Window, Written},
    },
};

use super::{fix, now};

fn event(data: EventData) -> Event {
    Event {
        id: EventId(Uuid::new_v4()),
        ts: now(),
        recorded_at: now(),
        key: "T1".into(),
        correlation_id: CorrelationId(Uuid::nil()),
        data,
    }
}

fn alert() -> Event {
    let vehicle = VehicleKey::new("T1").unwrap();
    event(EventData::AlertTriggered(Alert {
        id: Alert::identity(AlertKind::Idle, &vehicle, "", now()),
        kind: AlertKind::Idle,
        severity: AlertKind::Idle.severity(),
        vehicle,
        trip: None,
        start: now(),
        end: None,
        point: None,
        geofence: None,
        values: serde_json::Map::new(),
        source: "engine".into(),
    }))
}

fn request() -> Event {
    event(EventData::WebhookReceived(RawRequest {
        source: "loconav".into(),
        path: "/".into(),
        content_type: None,
        body: RawBody::Body("{}".into()),
        rejected: Vec::new(),
    }))
}

fn all() -> Window {
    Window { limit: 100, after: None }
}

#[tokio::test]
async fn what_is_appended_is_in_the_records() {
    let file = Embedded::temporary().await.unwrap();
    let request = request();
    let tick = event(EventData::Tick(Tick { clock: Clock::Wall, now: now() }));
    let alert = alert();
    let fix = fix("T1", 0);
    let batch = [
        (Family::Raw, request.clone()),
        (Family::Position, fix.clone()),
        (Family::Position, tick),
        (Family::Event, alert.clone()),
    ];
    assert_eq!(file.append(&batch).await.unwrap().len(), 4);
    // Heard again: four more entries, no more records.
    assert_eq!(file.append(&batch).await.unwrap().len(), 4);

    assert_eq!(file.count_positions(None).await.unwrap(), 1);
    assert!(file.truck("T1").await.unwrap().unwrap().provisional);
    assert_eq!(file.alerts(&AlertQuery::default(), all()).await.unwrap().items.len(), 1);
    let trail = file.events(&EventQuery::default(), all()).await.unwrap().items;
    let trail: Vec<_> = trail.iter().map(|event| event.data.type_name()).collect();
    assert_eq!(trail.len(), 2, "{trail:?}");
    assert!(!trail.contains(&"tick"), "{trail:?}");
    // A writer that hands in the same again changes nothing.
    let written = file.write(&[request, fix, alert]).await.unwrap();
    assert_eq!(written, Written { duplicate_positions: 1, duplicate_events: 2, ..Written::default() });
}

#[tokio::test]
async fn a_log_alone_keeps_no_records() {
    let dir = tempfile::tempdir().unwrap();
    let options = EmbeddedOptions { records: Records::Elsewhere, ..EmbeddedOptions::default() };
    let file = Embedded::open(&dir.path().join("log.db"), options).await.unwrap();
    file.append(&[(Family::Position, fix("T1", 0)), (Family::Event, alert())]).await.unwrap();
    assert_eq!(file.count_positions(None).await.unwrap(), 0);
    assert_eq!(file.events(&EventQuery::default(), all()).await.unwrap().items, []);
}

#[tokio::test]
async fn requests_go_by_an_age_of_their_own() {
    let file = Embedded::temporary().await.unwrap();
    let day = Duration::from_secs(86_400);
    let sent = |days: u32| Event { ts: now().minus(day * days), ..request() };
    file.append(&[(Family::Raw, sent(9)), (Family::Raw, sent(6)), (Family::Event, alert())]).await.unwrap();
    file.retain(now(), day * 2).await.unwrap();
    assert_eq!(file.events(&EventQuery::default(), all()).await.unwrap().items.len(), 3);
    file.retain_requests(now(), day * 7).await.unwrap();
    assert_eq!(file.events(&EventQuery::default(), all()).await.unwrap().items.len(), 2);
    file.retain_requests(now(), day * 2).await.unwrap();
    assert_eq!(file.events(&EventQuery::default(), all()).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_step_of_the_engine_is_in_the_records_or_nowhere() {
    let file = Embedded::temporary().await.unwrap();
    let partition = Partitions::DEFAULT.of("T1");
    let token = file.lease(partition, "engine", Duration::from_secs(60)).await.unwrap().unwrap();
    let events = [alert()];
    let step = |token| Commit {
        partition,
        token,
        from: Progress::default(),
        to: Progress { position: EntryId { major: 1, minor: 0 }, command: EntryId::ZERO },
        events: &events,
        live: &[],
        snapshot: None,
    };
    let count = async || file.alerts(&AlertQuery::default(), all()).await.unwrap().items.len();
    let refused = file.commit(step(FencingToken(token.0 + 1))).await.unwrap_err();
    assert!(matches!(refused, LogError::Fenced { .. }), "{refused}");
    assert_eq!(count().await, 0);
    file.commit(step(token)).await.unwrap();
    assert_eq!(count().await, 1);
}

#[tokio::test]
async fn a_step_for_another_partitions_vehicle_is_refused() {
    let file = Embedded::temporary().await.unwrap();
    let own = Partitions::DEFAULT.of("T1");
    let other = Partitions::DEFAULT.all().find(|partition| *partition != own).unwrap();
    let token = file.lease(other, "engine", Duration::from_secs(60)).await.unwrap().unwrap();
    let events = [alert()];
    let (from, to) = (Progress::default(), Progress::default());
    let step = Commit { partition: other, token, from, to, events: &events, live: &[], snapshot: None };
    let error = file.commit(step).await.unwrap_err().to_string();
    assert!(error.contains("does not belong to partition"), "{error}");
}

#[tokio::test]
async fn an_entry_the_records_cannot_hold_is_still_in_the_log() {
    let file = Embedded::temporary().await.unwrap();
    let nobody = Event { key: " ".into(), ..fix("T1", 0) };
    let batch = [(Family::Position, nobody), (Family::Position, fix("T1", 1))];
    assert_eq!(file.append(&batch).await.unwrap().len(), 2);
    assert_eq!(file.count_positions(None).await.unwrap(), 1);
}
