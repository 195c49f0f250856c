//! Alert episodes: one record each, whatever order its events arrive in.

use std::sync::Arc;

use uuid::Uuid;
use watchtower_core::{
    domain::{
        alert::{Acknowledgement, Alert, AlertKind, Escalation, Severity},
        event::EventData,
        id::{AlertId, FenceId, TripId},
        time::Timestamp,
    },
    ports::store::{AlertQuery, AlertRecord, Store},
};

use super::build::{all, at, event, key, orders, paged, point, span, write_singly};

pub(crate) fn overspeed(id: u128, vehicle: &str, start: &str, end: Option<&str>) -> Alert {
    let peak = if end.is_some() { 93.5 } else { 71.0 };
    Alert {
        id: AlertId(Uuid::from_u128(id)),
        kind: AlertKind::Overspeed,
        severity: AlertKind::Overspeed.severity(),
        vehicle: key(vehicle),
        trip: Some(TripId(Uuid::from_u128(5))),
        start: at(start),
        end: end.map(at),
        point: Some(point(3.37, 6.45)),
        geofence: Some(FenceId::new("apapa")),
        values: serde_json::from_value(serde_json::json!({"peak_kmh": peak, "note": "ọ̀nà"})).unwrap(),
        source: "engine".into(),
    }
}

fn bare(alert: Alert) -> AlertRecord {
    AlertRecord { alert, escalated_at: None, acknowledged_by: None, acknowledged_at: None, note: None }
}

pub(crate) async fn an_episode_ends_the_same_in_any_order(store: Arc<dyn Store>) {
    let start = "2026-11-20T12:00:00Z";
    let taken = |id: u128, time: &str, by: &str| {
        let acknowledgement = Acknowledgement {
            alert: AlertId(Uuid::from_u128(id)),
            by: by.to_owned(),
            note: Some(format!("{by} called")),
        };
        event("T1", time, EventData::AlertAcknowledged(acknowledgement))
    };
    for (number, order) in orders(&[0, 1, 2, 3]).into_iter().enumerate() {
        let id = number as u128;
        let over = overspeed(id, "T1", start, Some("2026-11-20T12:05:00Z"));
        let events = [
            event("T1", start, EventData::AlertTriggered(overspeed(id, "T1", start, None))),
            taken(id, "2026-11-20T12:01:00Z", "Bola"),
            taken(id, "2026-11-20T12:02:00Z", "Ada"),
            event("T1", "2026-11-20T12:05:00Z", EventData::AlertResolved(over.clone())),
        ];
        let events: Vec<_> = order.into_iter().map(|n| events[n].clone()).collect();
        match number % 2 {
            0 => drop(store.write(&events).await.unwrap()),
            _ => write_singly(&store, &events).await,
        }
        let expected = AlertRecord {
            alert: over,
            escalated_at: None,
            acknowledged_by: Some("Ada".into()),
            acknowledged_at: Some(at("2026-11-20T12:02:00Z")),
            note: Some("Ada called".into()),
        };
        assert_eq!(store.alert(expected.alert.id).await.unwrap(), Some(expected), "order {number}");
    }
    let open = AlertQuery { open: Some(true), ..AlertQuery::default() };
    assert_eq!(store.alerts(&open, all()).await.unwrap().items, []);
}

pub(crate) async fn an_escalated_alert_is_graver_in_any_order(store: Arc<dyn Store>) {
    let (start, late) = ("2026-11-20T12:00:00Z", "2026-11-20T12:03:00Z");
    for (number, order) in orders(&[0, 1, 2]).into_iter().enumerate() {
        let id = number as u128;
        let over = overspeed(id, "T1", start, Some("2026-11-20T12:05:00Z"));
        let escalation = Escalation {
            alert: over.id,
            kind: over.kind,
            vehicle: over.vehicle.clone(),
            trip: over.trip,
            start: over.start,
            from: Severity::High,
            to: Severity::Critical,
            after_s: 180.0,
        };
        let events = [
            event("T1", start, EventData::AlertTriggered(overspeed(id, "T1", start, None))),
            event("T1", late, EventData::AlertEscalated(escalation)),
            event("T1", "2026-11-20T12:05:00Z", EventData::AlertResolved(over.clone())),
        ];
        let events: Vec<_> = order.into_iter().map(|n| events[n].clone()).collect();
        match number % 2 {
            0 => drop(store.write(&events).await.unwrap()),
            _ => write_singly(&store, &events).await,
        }
        let graver = Alert { severity: Severity::Critical, ..over };
        let expected = AlertRecord { escalated_at: Some(at(late)), ..bare(graver) };
        assert_eq!(store.alert(expected.alert.id).await.unwrap(), Some(expected.clone()), "order {number}");
        let found = store.alerts(&AlertQuery::default(), all()).await.unwrap();
        assert!(found.items.contains(&expected), "order {number}");
    }
}

pub(crate) async fn a_moment_is_never_open(store: Arc<dyn Store>) {
    let time = "2026-11-20T12:00:00Z";
    let moment = overspeed(1, "T1", time, Some(time));
    store.write(&[event("T1", time, EventData::AlertTriggered(moment.clone()))]).await.unwrap();
    // Only the engine's word makes an alert; a report is its input.
    let report = overspeed(2, "T1", time, None);
    store.write(&[event("T1", time, EventData::AlertReported(report.clone()))]).await.unwrap();
    assert_eq!(store.alert(report.id).await.unwrap(), None);
    for (open, expected) in [(true, vec![]), (false, vec![bare(moment)])] {
        let query = AlertQuery { open: Some(open), ..AlertQuery::default() };
        assert_eq!(store.alerts(&query, all()).await.unwrap().items, expected);
    }
}

pub(crate) async fn an_acknowledgement_alone_is_no_alert(store: Arc<dyn Store>) {
    let id = AlertId(Uuid::from_u128(1));
    let taken = Acknowledgement { alert: id, by: "Ada".into(), note: None };
    let written = store
        .write(&[event("T1", "2026-11-20T12:00:00Z", EventData::AlertAcknowledged(taken))])
        .await
        .unwrap();
    assert_eq!(written.events, 1);
    assert_eq!(store.alert(id).await.unwrap(), None);
    assert_eq!(store.alerts(&AlertQuery::default(), all()).await.unwrap().items, []);
}

pub(crate) async fn alerts_are_found_by_vehicle_kind_state_and_time(store: Arc<dyn Store>) {
    let idle = Alert { kind: AlertKind::Idle, ..overspeed(2, "T1", "2026-11-20T12:10:00Z", None) };
    let alerts = [
        overspeed(1, "T1", "2026-11-20T12:00:00Z", Some("2026-11-20T12:01:00Z")),
        idle,
        overspeed(3, "T2", "2026-11-20T12:20:00Z", None),
    ];
    let events: Vec<_> = alerts
        .iter()
        .map(|alert| event("T1", "2026-11-20T12:30:00Z", EventData::AlertTriggered(alert.clone())))
        .collect();
    store.write(&events).await.unwrap();
    let cases = [
        (AlertQuery::default(), vec![3, 2, 1]),
        (AlertQuery { vehicle: Some(key("T1")), ..AlertQuery::default() }, vec![2, 1]),
        (AlertQuery { kind: Some(AlertKind::Idle), ..AlertQuery::default() }, vec![2]),
        (AlertQuery { open: Some(true), ..AlertQuery::default() }, vec![3, 2]),
        (AlertQuery { open: Some(false), ..AlertQuery::default() }, vec![1]),
        (
            AlertQuery {
                span: Some(span("2026-11-20T12:00:00Z", "2026-11-20T12:20:00Z")),
                ..AlertQuery::default()
            },
            vec![2, 1],
        ),
        (
            AlertQuery {
                vehicle: Some(key("T2")),
                kind: Some(AlertKind::Overspeed),
                open: Some(true),
                span: Some(span("2026-11-20T12:20:00Z", "2026-11-20T12:20:00.001Z")),
            },
            vec![3],
        ),
        (AlertQuery { vehicle: Some(key("T3")), ..AlertQuery::default() }, vec![]),
    ];
    for (query, expected) in cases {
        let found = store.alerts(&query, all()).await.unwrap();
        let ids: Vec<_> = found.items.iter().map(|record| record.alert.id.0.as_u128()).collect();
        assert_eq!(ids, expected, "{query:?}");
    }
}

pub(crate) async fn alerts_page_newest_first(store: Arc<dyn Store>) {
    // All of a minute share a start, so that pages end within equals.
    let starts: Vec<Timestamp> = (0..15).map(|n| at(&format!("2026-11-20T12:{:02}:00Z", n / 5))).collect();
    let events: Vec<_> = starts
        .iter()
        .enumerate()
        .map(|(n, start)| {
            let time = start.to_string();
            event("T1", &time, EventData::AlertTriggered(overspeed(n as u128, "T1", &time, None)))
        })
        .collect();
    store.write(&events).await.unwrap();
    let query = AlertQuery::default();
    for limit in [4, 5, 15] {
        let read = paged(limit, |window| store.alerts(&query, window)).await;
        assert!(read.is_sorted_by(|a, b| a.alert.start >= b.alert.start));
        let mut ids: Vec<_> = read.iter().map(|record| record.alert.id.0.as_u128()).collect();
        ids.sort_unstable();
        assert_eq!(ids, (0..15).collect::<Vec<_>>(), "limit {limit}");
    }
}
