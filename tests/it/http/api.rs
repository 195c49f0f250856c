//! The API over what is in log and store.

use serde_json::{Value, json};
use watchtower_core::{
    domain::{
        alert::{Alert, AlertKind},
        event::{Command, EventData},
        id::VehicleKey,
        time::Timestamp,
    },
    ports::{
        log::{Family, LivePicture as _, Meta},
        store::Store as _,
    },
};

use super::harness::{Daemon, now, push, sent};
use crate::support::yard::begun;

const GEO_JSON: &str = "application/geo+json";

async fn with_trucks() -> Daemon {
    let daemon = Daemon::start().await;
    let pushes: Vec<_> = (0..5).map(|index| push("LSD 482", 10 + index * 10)).collect();
    let elsewhere = push("KJA77", 10).replace("6.4441", "7.4441");
    let body = format!("[{},{elsewhere}]", pushes.join(","));
    assert_eq!(sent(daemon.post("/webhooks/loconav", body)).await.0, 202);
    daemon.write_through().await;
    daemon
}

fn numbers(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|truck| truck["number"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn trucks_are_listed_in_pages_and_found_by_number() {
    let daemon = with_trucks().await;
    let (status, first) = sent(daemon.get("/api/v1/trucks?limit=1")).await;
    assert_eq!((status, numbers(&first)), (200, vec!["KJA77"]));
    let cursor = first["next"].as_str().unwrap();
    let (_, second) = sent(daemon.get(&format!("/api/v1/trucks?limit=1&cursor={cursor}"))).await;
    assert_eq!((numbers(&second), &second["next"]), (vec!["LSD482"], &Value::Null));
    assert_eq!(sent(daemon.get("/api/v1/trucks?cursor=%21")).await.0, 400);
    assert_eq!(sent(daemon.get("/api/v1/trucks?limit=0")).await.0, 400);

    for name in ["LSD482", "lsd%20482"] {
        let (status, truck) = sent(daemon.get(&format!("/api/v1/trucks/{name}"))).await;
        assert_eq!((status, &truck["key"], &truck["provisional"]), (200, &json!("LSD482"), &json!(true)));
    }
    let (status, problem) = sent(daemon.get("/api/v1/trucks/NOBODY/location")).await;
    assert_eq!((status, problem["detail"].as_str()), (404, Some("no truck \"NOBODY\"")));
}

#[tokio::test]
async fn where_a_truck_is_was_and_who_is_near() {
    let daemon = with_trucks().await;
    let (_, location) = sent(daemon.get("/api/v1/trucks/LSD482/location")).await;
    assert_eq!((&location["lat"], &location["lon"]), (&json!(6.4441), &json!(3.3675)));
    assert_eq!(location["device_time"], "2026-03-05T11:59:50.000Z");
    let response =
        daemon.get("/api/v1/trucks/LSD482/location").header("accept", GEO_JSON).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], GEO_JSON);
    let feature: Value = response.json().await.unwrap();
    assert_eq!(feature["geometry"]["coordinates"], json!([3.3675, 6.4441]));

    let (_, all) = sent(daemon.get("/api/v1/trucks/LSD482/positions")).await;
    assert_eq!(all["items"].as_array().unwrap().len(), 5);
    let span = "from=2026-03-05T11:59:20Z&to=2026-03-05T11:59:50Z";
    let (_, some) = sent(daemon.get(&format!("/api/v1/trucks/LSD482/positions?{span}&limit=2"))).await;
    let times = |list: &Value| -> Vec<String> {
        let items = list["items"].as_array().unwrap();
        items.iter().map(|fix| fix["device_time"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(times(&some), ["2026-03-05T11:59:20.000Z", "2026-03-05T11:59:30.000Z"]);
    let next = some["next"].as_str().unwrap();
    let path = format!("/api/v1/trucks/LSD482/positions?{span}&limit=2&cursor={next}");
    assert_eq!(times(&sent(daemon.get(&path)).await.1), ["2026-03-05T11:59:40.000Z"]);
    let geo = daemon
        .get("/api/v1/trucks/LSD482/positions")
        .header("accept", "application/json;q=0.5, application/geo+json");
    let geo: Value = geo.send().await.unwrap().json().await.unwrap();
    assert_eq!((&geo["type"], geo["features"].as_array().unwrap().len()), (&json!("FeatureCollection"), 5));
    for bad in ["from=yesterday", "from=2026-03-05T12:00:00Z&to=2026-03-05T11:00:00Z", "cursor=nonsense"] {
        let (status, problem) = sent(daemon.get(&format!("/api/v1/trucks/LSD482/positions?{bad}"))).await;
        assert_eq!(status, 400, "{problem}");
        assert!(!problem.to_string().contains(".db"), "{problem}");
    }
    let (_, straight) = sent(daemon.get("/api/v1/trucks/LSD482/positions?simplify=10")).await;
    assert_eq!(straight["items"].as_array().unwrap().len(), 2, "it stood still: the first and the last");
    assert_eq!(sent(daemon.get("/api/v1/trucks/LSD482/positions?simplify=-1")).await.0, 400);

    let (_, near) = sent(daemon.get("/api/v1/trucks/near?lat=6.4441&lng=3.3765&radius=2000")).await;
    let items = near["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["vehicle"]), (1, &json!("LSD482")));
    assert!((items[0]["distance_m"].as_f64().unwrap() - 995.0).abs() < 5.0, "{near}");
    for bad in ["lat=96&lng=3&radius=5", "lat=6&lng=3&radius=-5", "lat=6&lng=3&radius=NaN", "lat=6&lng=3"] {
        assert_eq!(sent(daemon.get(&format!("/api/v1/trucks/near?{bad}"))).await.0, 400, "{bad}");
    }
}

fn fence(id: &str, lat: f64) -> String {
    format!(
        r#"{{"type":"Feature","id":"{id}","properties":{{"name":"Yard {id}","kind":"depot","radius_m":150}},
        "geometry":{{"type":"Point","coordinates":[3.36,{lat}]}}}}"#
    )
}

#[tokio::test]
async fn geofences_are_written_whole_or_not_at_all() {
    let daemon = Daemon::start().await;
    let good =
        format!(r#"{{"type":"FeatureCollection","features":[{},{}]}}"#, fence("a", 6.4), fence("b", 6.5));
    // Written again as they stand, they are no change.
    for _ in 0..2 {
        let (status, written) = sent(daemon.post("/api/v1/geofences", good.clone())).await;
        assert_eq!((status, &written), (201, &json!({"written":["a","b"]})));
    }
    let bad =
        format!(r#"{{"type":"FeatureCollection","features":[{},{}]}}"#, fence("c", 6.4), fence("d", 96.5));
    let (status, problem) = sent(daemon.post("/api/v1/geofences", bad)).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("d")), "{problem}");
    assert!(problem["errors"][0]["reason"].as_str().unwrap().contains("latitude 96.5"), "{problem}");
    assert_eq!(sent(daemon.post("/api/v1/geofences", "{\"type\":")).await.0, 400);
    assert_eq!(
        sent(daemon.post("/api/v1/geofences", r#"{"type":"Point","coordinates":[1,2]}"#)).await.0,
        422
    );

    let (_, list) = sent(daemon.get("/api/v1/geofences")).await;
    let ids: Vec<_> = list["items"].as_array().unwrap().iter().map(|fence| fence["id"].clone()).collect();
    assert_eq!(ids, [json!("a"), json!("b")]);
    let geo = daemon.get("/api/v1/geofences").header("accept", GEO_JSON).send().await.unwrap();
    let geo: Value = geo.json().await.unwrap();
    assert_eq!(geo["features"][1]["properties"]["radius_m"], 150.0);
    assert_eq!(daemon.file.meta().await.unwrap().len(), 2);

    let gone = daemon.delete("/api/v1/geofences/a").send().await.unwrap();
    assert_eq!(gone.status(), 204);
    assert_eq!(sent(daemon.delete("/api/v1/geofences/a")).await.0, 404);
    assert!(matches!(daemon.file.meta().await.unwrap().as_slice(), [Meta::Geofence(_)]));
    daemon.write_through().await;
    let stored = daemon.file.geofences().await.unwrap();
    assert_eq!(stored.iter().map(|fence| fence.id.as_str()).collect::<Vec<_>>(), ["b"]);
    let (_, audit) = sent(daemon.get("/api/v1/events?key=a&limit=10")).await;
    let types: Vec<_> =
        audit["items"].as_array().unwrap().iter().map(|event| event["type"].clone()).collect();
    assert_eq!(types.len(), 2, "{audit}");
    assert!(types.contains(&json!("geofence.updated")) && types.contains(&json!("geofence.removed")));
}

#[tokio::test]
async fn many_alerts_of_a_kind_at_once_are_told_as_a_storm() {
    let daemon = Daemon::start().await;
    let began = now().millis() - 3_600_000;
    let at = |second: i64| Timestamp::from_millis(began + second * 1_000);
    let event = |number: i64| begun(AlertKind::Overspeed, &format!("T{}", number % 3), at(number * 20));
    daemon.file.write(&(0..14).map(event).collect::<Vec<_>>()).await.unwrap();

    let storm = json!({"kind": "overspeed", "alerts": 14, "vehicles": 3,
                       "from": at(0).to_string(), "to": at(260).to_string()});
    assert_eq!(sent(daemon.get("/api/v1/alerts/storms")).await, (200, json!({"items": [storm]})));
    for calm in [format!("to={}", at(160)), format!("from={}", at(120)), "kind=idle".into()] {
        let path = format!("/api/v1/alerts/storms?{calm}");
        assert_eq!(sent(daemon.get(&path)).await, (200, json!({"items": []})), "{calm}");
    }
    let (status, problem) = sent(daemon.get("/api/v1/alerts/storms?from=2020-01-01")).await;
    assert_eq!(status, 400);
    assert!(problem["detail"].as_str().unwrap().contains("days are more than 7"), "{problem}");
    let (status, problem) = sent(daemon.get("/api/v1/alerts/storms?kind=boredom")).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (400, &json!("kind")));
}

#[tokio::test]
async fn an_alert_is_listed_and_acknowledging_it_is_a_command() {
    let daemon = Daemon::start().await;
    let vehicle = VehicleKey::new("LSD482").unwrap();
    let start = Timestamp::from_millis(now().millis() - 60_000);
    let id = Alert::identity(AlertKind::Overspeed, &vehicle, "", start);
    let event = begun(AlertKind::Overspeed, "LSD482", start);
    daemon.file.write(&[event]).await.unwrap();

    let (_, open) = sent(daemon.get("/api/v1/alerts?vehicle=lsd482&kind=overspeed&open=true")).await;
    assert_eq!(open["items"][0]["id"], json!(id.to_string()));
    assert_eq!(sent(daemon.get("/api/v1/alerts?open=false")).await.1["items"], json!([]));
    assert_eq!(sent(daemon.get("/api/v1/alerts?kind=boredom")).await.0, 400);
    assert_eq!(sent(daemon.get(&format!("/api/v1/alerts/{id}"))).await.1["severity"], "high");

    let path = format!("/api/v1/alerts/{id}/acknowledge");
    let (status, issued) = sent(daemon.post(&path, r#"{"by":"dan","note":"called the driver"}"#)).await;
    assert_eq!((status, &issued["by"]), (202, &json!("dan")));
    let (status, issued) = sent(daemon.post(&path, "")).await;
    assert_eq!((status, &issued["by"]), (202, &json!("local")));
    assert_eq!(sent(daemon.post(&path, "{\"note\":7}")).await.0, 400);
    for (field, most) in [("note", 2_000), ("by", 200)] {
        let word = json!({field: "x".repeat(most + 1)}).to_string();
        let (status, problem) = sent(daemon.post(&path, word)).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (400, &json!(field)), "{problem}");
    }
    let nobody = "0197a2f0-1111-7222-8333-444455556666";
    assert_eq!(sent(daemon.post(&format!("/api/v1/alerts/{nobody}/acknowledge"), "")).await.0, 404);
    let commands = daemon.logged(Family::Command).await;
    assert_eq!(commands[0].key, "LSD482");
    let EventData::CommandIssued(Command::AcknowledgeAlert(word)) = &commands[0].data else { panic!() };
    assert_eq!((word.alert, word.by.as_str(), word.note.as_deref()), (id, "dan", Some("called the driver")));
    assert!(commands.iter().all(|command| command.id == commands[0].id), "asking twice is asking once");
}

#[tokio::test]
async fn lists_of_records_are_empty_rather_than_missing_and_events_are_filtered() {
    let daemon = with_trucks().await;
    for path in ["trips", "drivers", "organizations", "alerts"] {
        let (status, list) = sent(daemon.get(&format!("/api/v1/{path}"))).await;
        assert_eq!((status, &list), (200, &json!({"items":[],"next":null})), "{path}");
    }
    let raws = daemon.logged(Family::Raw).await;
    daemon.file.write(&raws).await.unwrap();
    let (_, events) = sent(daemon.get("/api/v1/events?type=webhook.received")).await;
    assert_eq!(events["items"][0]["type"], "webhook.received");
    let id = &events["items"][0]["correlation_id"].as_str().unwrap();
    let (_, same) = sent(daemon.get(&format!("/api/v1/events?correlation_id={id}"))).await;
    assert_eq!(same["items"].as_array().unwrap().len(), 1);
    assert_eq!(sent(daemon.get("/api/v1/events?type=webhook.dreamt")).await.0, 400);
    assert_eq!(sent(daemon.get("/health/ready")).await.1["status"], "ready");
    let metrics = daemon.get("/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("watchtower_http_requests_total"), "{metrics}");
}
