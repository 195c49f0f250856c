//! What the receivers take, and what is then in the log.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use watchtower_core::{
    domain::event::{EventData, RawBody, RawRequest},
    ports::log::Family,
};

use super::harness::{Daemon, push, sent};

fn raw(data: &EventData) -> &RawRequest {
    match data {
        EventData::WebhookReceived(raw) => raw,
        other => panic!("{}", other.type_name()),
    }
}

#[tokio::test]
async fn a_push_is_one_raw_entry_and_one_fix_under_one_correlation_id() {
    let daemon = Daemon::start().await;
    let id = "0197a2f0-1111-7222-8333-444455556666";
    for path in ["/webhooks/loconav", "/webhooks/loconav/location", "/webhooks/loconav/alert"] {
        let body = push(&format!("T1 {}", path.len()), 30);
        let request = daemon.post(path, body.clone()).header("content-type", "application/json");
        let response = request.header("x-correlation-id", id).send().await.unwrap();
        assert_eq!(response.headers()["x-correlation-id"], id);
        let (status, answer) = super::harness::read(response).await;
        assert_eq!(status, 202);
        let expected = json!({"accepted":1,"duplicates":0,"rejected":[],"stale":0,"correlation_id":id});
        assert_eq!(answer, expected);
    }
    let (raws, fixes) = (daemon.logged(Family::Raw).await, daemon.logged(Family::Position).await);
    assert_eq!((raws.len(), fixes.len()), (3, 3));
    for event in raws.iter().chain(&fixes) {
        assert_eq!(event.correlation_id.to_string(), id);
    }
    let fix = fixes.iter().find(|fix| fix.key == format!("T1{}", "/webhooks/loconav".len())).unwrap();
    let EventData::PositionUpdated(position) = &fix.data else { panic!("{fix:?}") };
    assert!(position.signals.harsh_braking);
    let raw = raw(&raws.iter().find(|raw| raw.key == fix.key).unwrap().data);
    assert_eq!((raw.source.as_str(), raw.path.as_str()), ("loconav", "/webhooks/loconav"));
    assert_eq!(raw.content_type.as_deref(), Some("application/json"));
    assert_eq!(raw.body, RawBody::Body(push(&format!("T1 {}", "/webhooks/loconav".len()), 30)));
}

#[tokio::test]
async fn repeats_are_counted_once_and_in_one_batch_too() {
    let daemon = Daemon::start().await;
    let batch = format!("[{},{},{}]", push("A", 60), push("A", 30), push("a ", 60));
    let (_, answer) = sent(daemon.post("/webhooks/loconav", batch.clone())).await;
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(2), &json!(1)));
    let (status, answer) = sent(daemon.post("/webhooks/loconav/location", batch)).await;
    assert_eq!(status, 202);
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(0), &json!(3)));
    assert_eq!(daemon.logged(Family::Position).await.len(), 2);
    assert_eq!(daemon.logged(Family::Raw).await.len(), 2, "every request is kept");
}

#[tokio::test]
async fn an_alert_and_its_end_are_two_reports_of_one_episode() {
    let daemon = Daemon::start().await;
    let alert = |end: &str| {
        format!(
            r#"{{"id":5,"vehicle_number":"A","active_event_time":"2026-03-05T11:00:00Z",{end}
            "speed":"91","event_key":"e","kind":"OverspeedAlert"}}"#
        )
    };
    let ended = alert(r#""inactive_event_time":"2026-03-05T11:05:00Z","#);
    for (body, duplicates) in [(alert(""), 0), (alert(""), 1), (ended.clone(), 0), (ended, 1)] {
        let (status, answer) = sent(daemon.post("/webhooks/loconav/alert", body)).await;
        assert_eq!((status, &answer["duplicates"]), (202, &json!(duplicates)));
    }
    let reported = daemon.logged(Family::Position).await;
    let alerts: Vec<_> = reported
        .iter()
        .map(|event| match &event.data {
            EventData::AlertReported(alert) => alert,
            other => panic!("{}", other.type_name()),
        })
        .collect();
    assert_eq!(alerts.len(), 2);
    assert_eq!(alerts[0].id, alerts[1].id);
    assert_eq!((alerts[0].end, alerts[1].end.is_some()), (None, true));
    assert_ne!(reported[0].id, reported[1].id);
}

#[tokio::test]
async fn the_key_of_a_raw_entry_is_its_vehicle_or_else_its_correlation_id() {
    let daemon = Daemon::start().await;
    let both = format!("[{},{}]", push("A", 1), push("B", 1));
    let one = format!("[{},{}]", push("C", 1), push("C", 99_999_999));
    let (_, answer) = sent(daemon.post("/webhooks/loconav", both)).await;
    sent(daemon.post("/webhooks/loconav", one)).await;
    let mut keys: Vec<_> = daemon.logged(Family::Raw).await.into_iter().map(|raw| raw.key).collect();
    keys.sort_unstable();
    assert_eq!(keys, [answer["correlation_id"].as_str().unwrap(), "C"]);
}

#[tokio::test]
async fn traccar_clients_are_answered_200_by_query_form_and_json() {
    let daemon = Daemon::start().await;
    let fields = "id=van7&lat=6.5&lon=3.4&timestamp=1772711990&speed=10";
    let requests = [
        daemon.get(&format!("/osmand?{fields}")),
        daemon.post(&format!("/osmand?{}", fields.replace("990", "991")), ""),
        daemon
            .post("/osmand", fields.replace("990", "992"))
            .header("content-type", "application/x-www-form-urlencoded"),
        daemon.post(
            "/osmand",
            r#"{"device_id":"van7","location":{"timestamp":"2026-03-05T11:59:53Z",
            "coords":{"latitude":6.5,"longitude":3.4,"speed":5.144444}}}"#,
        ),
    ];
    for request in requests {
        let (status, answer) = sent(request).await;
        assert_eq!((status, &answer["accepted"]), (200, &json!(1)), "{answer}");
    }
    let fixes = daemon.logged(Family::Position).await;
    assert_eq!(fixes.len(), 4);
    for fix in fixes {
        let EventData::PositionUpdated(position) = fix.data else { panic!("{fix:?}") };
        assert!((position.speed_kmh.unwrap().get() - 18.52).abs() < 0.01);
        assert_eq!((fix.key.as_str(), &*position.source.name), ("VAN7", "osmand"));
    }
    let bodies: Vec<_> = daemon.logged(Family::Raw).await;
    assert_eq!(raw(&bodies[0].data).body, RawBody::Body(fields.to_owned()), "the query of a GET");
}

#[tokio::test]
async fn owntracks_is_answered_an_empty_list_and_told_by_its_headers() {
    let daemon = Daemon::start().await;
    let location = r#"{"_type":"location","lat":6.5,"lon":3.4,"tst":1772711990,"vel":40,"tid":"xx"}"#;
    let request =
        daemon.post("/owntracks", location).header("x-limit-u", "jane").header("x-limit-d", "phone");
    assert_eq!(sent(request).await, (200, json!([])));
    assert_eq!(sent(daemon.post("/owntracks?u=joe&d=pad", location)).await, (200, json!([])));
    assert_eq!(sent(daemon.post("/owntracks", r#"{"_type":"lwt","tst":1}"#)).await, (200, json!([])));
    let mut keys: Vec<_> = daemon.logged(Family::Position).await.into_iter().map(|fix| fix.key).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["JANE/PHONE", "JOE/PAD"]);
    let raws = daemon.logged(Family::Raw).await;
    let mut paths: Vec<_> = raws.iter().map(|event| raw(&event.data).path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["/owntracks", "/owntracks?u=jane&d=phone", "/owntracks?u=joe&d=pad"]);
}

#[tokio::test]
async fn positions_come_as_a_list_or_lines_and_gzip_is_unpacked() {
    let daemon = Daemon::start().await;
    let position = |second: u32| {
        format!(r#"{{"vehicle":"T9","ts":"2026-03-05T11:59:{second}Z","lat":6.5,"lon":3.4,"speed_kmh":9}}"#)
    };
    let list = format!("[{},{}]", position(10), position(11));
    let lines = format!("{}\n{{\"vehicle\":\"T9\",\"lat\":NaN}}\n{}\n", position(12), position(13));
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(format!("[{}]", position(14)).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();

    let (status, answer) = sent(daemon.post("/api/v1/positions", list)).await;
    assert_eq!((status, &answer["accepted"]), (202, &json!(2)));
    let request = daemon.post("/api/v1/positions", lines).header("content-type", "application/x-ndjson");
    let (status, answer) = sent(request).await;
    assert_eq!((status, &answer["accepted"], &answer["rejected"][0]["index"]), (202, &json!(2), &json!(1)));
    let request = daemon.post("/api/v1/positions", packed).header("content-encoding", "gzip");
    let (status, answer) = sent(request).await;
    assert_eq!((status, &answer["accepted"]), (202, &json!(1)), "{answer}");
    assert_eq!(daemon.logged(Family::Position).await.len(), 5);
}
