//! Trips over the API: planned when everything holds, and moved as people say.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;
use watchtower::daemon::registry::Registry;
use watchtower_core::{
    domain::{
        event::EventData,
        geo::LonLat,
        geofence::{FenceKind, Geofence, Shape, Watches},
        id::{CorrelationId, DriverId, FenceId, VehicleKey},
        master::{Driver, Truck},
        trip::TripStatus,
        units::Metres,
    },
    ports::log::{Family, Meta},
};

use super::harness::{Daemon, now, sent};

/// A daemon whose books hold a truck with its driver, and two places.
async fn with_books() -> Daemon {
    let daemon = Daemon::start().await;
    let driver = DriverId(Uuid::from_u128(7));
    let fence = |id: &str| {
        Meta::Geofence(Geofence {
            id: FenceId::new(id),
            name: id.to_owned(),
            kind: FenceKind::Terminal,
            watches: Watches::All,
            shape: Shape::Circle { centre: LonLat::new(3.36, 6.44).unwrap(), radius: Metres(300.0) },
        })
    };
    let mut truck = Truck::provisional(VehicleKey::new("T11985LA").unwrap());
    (truck.provisional, truck.driver) = (false, Some(driver));
    let driver = Driver {
        id: driver,
        name: "Ada".into(),
        phone: None,
        licence: None,
        has_smartphone: true,
        loconav_id: None,
        truck: None,
    };
    let records = vec![fence("apapa"), fence("ikeja"), Meta::Truck(truck), Meta::Driver(driver)];
    let registry = Registry::new(Arc::new(daemon.file.clone()));
    registry.save(records, CorrelationId(Uuid::nil()), now()).await.unwrap();
    daemon
}

fn booking() -> Value {
    json!({"truck": "t11985la", "pickup": "apapa", "delivery": "ikeja", "container": "TCNU3877560",
           "scheduled_departure": "2026-03-05T13:00:00Z", "promised_arrival": "2026-03-05T17:30:00+01:00",
           "weight_t": 24.0})
}

#[tokio::test]
async fn a_trip_is_planned_once_and_found_by_its_readable_id() {
    let daemon = with_books().await;
    let (status, trip) = sent(daemon.post("/api/v1/trips", booking().to_string())).await;
    assert_eq!((status, &trip["status"], &trip["vehicle"]), (201, &json!("scheduled"), &json!("T11985LA")));
    assert_eq!(trip["driver"], json!(Uuid::from_u128(7)));
    assert_eq!(trip["promised_arrival"], "2026-03-05T16:30:00.000Z");
    let readable = trip["readable_id"].as_str().unwrap();
    assert!(readable.starts_with("05/Mar/2026-T11985LA-"), "{readable}");
    let (status, again) = sent(daemon.post("/api/v1/trips", booking().to_string())).await;
    assert_eq!((status, &again), (200, &trip));
    for id in [trip["id"].as_str().unwrap(), &readable.replace('/', "-")] {
        let (status, found) = sent(daemon.get(&format!("/api/v1/trips/{id}"))).await;
        assert_eq!((status, &found), (200, &trip), "{id}");
    }
    // Engines hear of it.
    let commands = daemon.logged(Family::Command).await;
    assert!(matches!(&commands[..], [event] if matches!(event.data, EventData::TripCreated(_))));
}

#[tokio::test]
async fn everything_that_does_not_hold_is_told_in_one_answer() {
    let daemon = with_books().await;
    let mut wrong = booking();
    wrong["delivery"] = json!("nowhere");
    wrong["container"] = json!("TCNU3877561");
    wrong["scheduled_departure"] = json!("2026-03-05T12:10:00Z");
    wrong["promised_arrival"] = json!("2026-03-05T12:10:00Z");
    let (status, problem) = sent(daemon.post("/api/v1/trips", wrong.to_string())).await;
    let fields: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(
        (status, fields),
        (422, vec!["delivery", "scheduled_departure", "promised_arrival", "container"])
    );
    assert!(daemon.logged(Family::Command).await.is_empty(), "nothing was planned");
    let (status, problem) = sent(daemon.post("/api/v1/trips", r#"{"truck":"T1"}"#)).await;
    assert_eq!(status, 400);
    assert!(problem["detail"].as_str().unwrap().contains("pickup"), "{problem}");
}

#[tokio::test]
async fn a_trip_is_said_to_be_late_and_promised_anew_and_goes_on() {
    let daemon = with_books().await;
    let (_, trip) = sent(daemon.post("/api/v1/trips", booking().to_string())).await;
    let path = format!("/api/v1/trips/{}/status", trip["id"].as_str().unwrap());
    for (word, field) in [
        (r#"{"status":"cancelled","promised_arrival":"2026-03-05T20:00:00Z"}"#, "promised_arrival"),
        (r#"{"status":"delayed","promised_arrival":"2026-03-05T12:30:00Z"}"#, "promised_arrival"),
    ] {
        let (status, problem) = sent(daemon.put(&path, word)).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{word}");
    }
    assert_eq!(sent(daemon.get(&format!("/api/v1/trips/{}", trip["id"].as_str().unwrap()))).await.1, trip);
    let word =
        r#"{"status":"delayed","reason":"queue at the gate","promised_arrival":"2026-03-05T20:00:00Z"}"#;
    let (status, moved) = sent(daemon.put(&path, word)).await;
    assert_eq!((status, &moved["status"]), (200, &json!("delayed")));
    assert_eq!(moved["promised_arrival"], "2026-03-05T20:00:00.000Z");
    daemon.write_through().await;
    let (status, found) = sent(daemon.get(&format!("/api/v1/trips/{}", trip["id"].as_str().unwrap()))).await;
    assert_eq!((status, &found), (200, &moved), "the store has both");
    let again = r#"{"status":"delayed","promised_arrival":"2026-03-05T21:00:00Z"}"#;
    assert_eq!(sent(daemon.put(&path, again)).await.1["promised_arrival"], "2026-03-05T21:00:00.000Z");
    assert_eq!(sent(daemon.put(&path, r#"{"status":"ongoing"}"#)).await.1["status"], json!("ongoing"));
    // Engines hear of each promise before the word that goes with it.
    let heard = daemon.logged(Family::Command).await;
    let heard: Vec<String> = heard
        .iter()
        .map(|event| match &event.data {
            EventData::TripCreated(trip) => {
                format!("{:?}", trip.promised_arrival.unwrap().millis() / 3_600_000 % 24)
            }
            EventData::TripStatusChanged(change) => change.to.name().to_owned(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(heard, ["16", "20", "delayed", "21", "delayed", "ongoing"]);
}

#[tokio::test]
async fn a_trip_goes_only_where_it_can() {
    let daemon = with_books().await;
    let (_, trip) = sent(daemon.post("/api/v1/trips", booking().to_string())).await;
    let path = format!("/api/v1/trips/{}/status", trip["id"].as_str().unwrap());
    let (status, problem) = sent(daemon.put(&path, r#"{"status":"completed"}"#)).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("status")));
    let word = r#"{"status":"cancelled","reason":"the ship is late"}"#;
    let (status, moved) = sent(daemon.put(&path, word)).await;
    assert_eq!((status, &moved["status"]), (200, &json!("cancelled")));
    daemon.write_through().await;
    assert_eq!(sent(daemon.put(&path, r#"{"status":"ongoing"}"#)).await.0, 422);
    assert_eq!(sent(daemon.put(&path, word)).await.0, 200, "it is so");
    let commands = daemon.logged(Family::Command).await;
    let changes: Vec<_> = commands
        .iter()
        .filter_map(|event| match &event.data {
            EventData::TripStatusChanged(change) => Some((change.from, change.to, change.reason.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(
        changes,
        [(TripStatus::Scheduled, TripStatus::Cancelled, Some("the ship is late".to_owned()))]
    );
    let nobody = format!("/api/v1/trips/{}/status", Uuid::nil());
    assert_eq!(sent(daemon.put(&nobody, word)).await.0, 404);
}
