//! The LocoNav client against a server that behaves as the vendor's does.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use watchtower::adapters::loconav::{LocoNavClient, LocoNavError, LocoNavOptions};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{header, method, path, query_param},
};

use crate::support::daemon::{Daemon, eventually};

const TRUCKS: &str = "/integration/api/v1/vehicles";
const LAST_KNOWN: &str = "/integration/api/v1/vehicles/telematics/last_known";

fn client(server: &MockServer) -> LocoNavClient {
    crate::support::install_tls();
    let mut options = LocoNavOptions::new(server.uri(), "secret-token".into());
    options.timeout = Duration::from_millis(500);
    options.attempts = 3;
    LocoNavClient::new(options).unwrap()
}

fn page(trucks: Vec<Value>, more: bool) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_json(json!({"success": true, "data": {"vehicles": trucks, "pagination": {"more": more}}}))
}

#[tokio::test]
async fn pages_are_read_to_the_end_and_a_bad_record_stops_nothing() {
    let server = MockServer::start().await;
    let first = vec![json!({"number": "T1LA"}), json!({"displayNumber": "no number"})];
    let pages = [("1", first, true), ("2", vec![json!({"number": "T2LA"})], false)];
    for (number, trucks, more) in pages {
        Mock::given(method("GET"))
            .and(path(TRUCKS))
            .and(query_param("page", number))
            .and(header("User-Authentication", "secret-token"))
            .respond_with(page(trucks, more))
            .expect(1)
            .mount(&server)
            .await;
    }
    let sweep = client(&server).vehicles().await.unwrap();
    let keys: Vec<_> = sweep.records.iter().map(|truck| truck.key.as_str()).collect();
    assert_eq!(keys, ["T1LA", "T2LA"]);
    assert_eq!((sweep.rejected[0].index, sweep.rejected[0].reason.as_str()), (1, "number is missing"));
}

#[tokio::test]
async fn a_429_is_waited_out_as_long_as_it_says_and_server_errors_are_tried_again() {
    let server = MockServer::start().await;
    let answers = [
        ResponseTemplate::new(429).insert_header("Retry-After", "2"),
        ResponseTemplate::new(502),
        page(vec![json!({"number": "T1LA"})], false),
    ];
    for answer in answers {
        Mock::given(path(TRUCKS)).respond_with(answer).up_to_n_times(1).expect(1).mount(&server).await;
    }
    let started = Instant::now();
    assert_eq!(client(&server).vehicles().await.unwrap().records.len(), 1);
    assert!(started.elapsed() >= Duration::from_secs(2), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_refusal_is_final_and_a_silence_ends() {
    let server = MockServer::start().await;
    let refusal = json!({"success": false, "data": {"errors": ["Authentication failed"]}});
    Mock::given(path(TRUCKS))
        .respond_with(ResponseTemplate::new(401).set_body_json(refusal))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path(LAST_KNOWN))
        .respond_with(ResponseTemplate::new(200).set_delay(Duration::from_secs(30)))
        .expect(3)
        .mount(&server)
        .await;
    let client = client(&server);
    let error = client.vehicles().await.unwrap_err();
    assert!(
        matches!(&error, LocoNavError::Refused { status: 401, reason, .. } if reason == "Authentication failed")
    );
    let error = client.last_known().await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(!error.to_string().contains("secret-token"), "{error}");
}

#[tokio::test]
async fn a_call_asks_for_at_most_three_sensors() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(LAST_KNOWN))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"data": {"values": []}})))
        .mount(&server)
        .await;
    client(&server).last_known().await.unwrap();
    let requests: Vec<Request> = server.received_requests().await.unwrap();
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    let sensors = body["sensors"].as_array().unwrap();
    assert!((1..=3).contains(&sensors.len()) && sensors.contains(&json!("gps")));
}

#[tokio::test]
async fn an_answer_that_is_no_list_is_named() {
    let server = MockServer::start().await;
    Mock::given(path(TRUCKS))
        .respond_with(ResponseTemplate::new(200).set_body_string("<html>"))
        .mount(&server)
        .await;
    let error = client(&server).vehicles().await.unwrap_err();
    assert!(matches!(error, LocoNavError::Unreadable { .. }), "{error}");
}

/// The vendor's answers for a small account, one record of each list unusable.
async fn account(server: &MockServer) {
    let now = chrono::Utc::now().timestamp();
    let reading = |value: Value, at: i64| json!({"displayName": "x", "value": value, "timestamp": at});
    let known = |number: &str, lat: Value| {
        json!({"vehicleNumber": number, "vehicleId": format!("u-{number}"), "gps": {
            "speed": reading(31.5.into(), now), "ignition": {"value": "ON"}, "orientation": reading("90".into(), now),
            "currentLocationCoordinates": {"lat": reading(lat, now - 5), "long": reading(3.36.into(), now - 5)}}})
    };
    let stop = |id: u32, name: &str| json!({"id": id, "polygonId": id, "name": name, "coordinates": "6.45,3.36", "radius": 300});
    let lists = [
        (
            "GET",
            TRUCKS,
            json!({"vehicles": [{"number": "T1LA", "vehicleUuid": "u-T1LA", "currentDevice": {"serialNumber": "350001"}}, {}]}),
        ),
        ("GET", "/integration/api/v1/drivers", json!({"values": [{"id": 7, "name": "Bola A"}, {"id": 8}]})),
        (
            "GET",
            "/integration/api/v1/polygons",
            json!({"values": [{"id": 5, "name": "Yard", "lat": "6.5", "long": "3.4", "radius": 80}, {"id": 6, "name": "Nowhere"}]}),
        ),
        (
            "GET",
            "/integration/api/v1/trips",
            json!({"values": [{"id": 9, "vehicleNumber": "T1LA", "uniqueId": "loco/9",
            "shouldStartTs": now - 3_600, "source": stop(1, "A"), "destination": stop(2, "B")}, {"id": 10}]}),
        ),
        (
            "POST",
            LAST_KNOWN,
            json!({"values": [known("T1LA", "6.45".into()), known("T2LA", Value::Null), known("T3LA", 6.46.into())]}),
        ),
    ];
    for (verb, route, mut data) in lists {
        data["pagination"] = json!({"more": false});
        Mock::given(method(verb))
            .and(path(route))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"success": true, "data": data})))
            .mount(server)
            .await;
    }
}

#[tokio::test]
async fn the_poller_brings_the_account_in_and_one_bad_record_stops_nothing() {
    crate::support::install_tls();
    let server = MockServer::start().await;
    account(&server).await;
    let daemon = Daemon::start(&[
        ("WATCHTOWER_LOCONAV_URL", &server.uri()),
        ("WATCHTOWER_LOCONAV_TOKEN", "secret-token"),
        ("WATCHTOWER_LOCONAV_POLL_S", "1"),
    ]);
    let http = reqwest::Client::new();
    let get = |path: &'static str| {
        let request = http.get(daemon.url(path));
        async move {
            let answer = request.send().await.map_err(|error| error.to_string())?;
            answer.json::<Value>().await.map_err(|error| format!("{path}: {error}"))
        }
    };
    let within = Duration::from_secs(30);
    for (list, count) in [
        ("/api/v1/trucks", 2),
        ("/api/v1/drivers", 1),
        ("/api/v1/trips", 1),
        ("/api/v1/geofences", 3),
        ("/api/v1/events?type=sync.completed", 5),
    ] {
        eventually(list, within, || async {
            let items = get(list).await?["items"].as_array().map_or(0, Vec::len);
            if items >= count { Ok(()) } else { Err(format!("{items} of {count}")) }
        })
        .await;
    }
    // A parked truck's last known fix is asked for again and again, and stored once.
    let asked = || async {
        server.received_requests().await.unwrap().iter().filter(|r| r.url.path() == LAST_KNOWN).count()
    };
    eventually("three polls", within, || async {
        match asked().await {
            3.. => Ok(()),
            count => Err(format!("{count} polls")),
        }
    })
    .await;
    let raw = get("/api/v1/events?type=webhook.received&limit=100").await.unwrap();
    let sent: Vec<&Value> = raw["items"].as_array().unwrap().iter().collect();
    assert!(sent.iter().all(|event| event["data"]["source"] == "loconav"), "{raw}");
    assert_eq!(sent.iter().filter(|event| event.to_string().contains("T1LA")).count(), 1, "{raw}");
    let fix = get("/api/v1/trucks/350001/location").await.unwrap();
    assert!(fix.to_string().contains("6.45"), "by the tracker's serial: {fix}");
}

/// A vehicle's answer of `last_known`, 30 s old.
fn state(number: &str, lat: f64) -> Value {
    let at = chrono::Utc::now().timestamp() - 30;
    json!({"vehicleNumber": number, "vehicleId": format!("id-{number}"), "gps": {
        "speed": {"value": 41.0, "timestamp": at}, "ignition": {"value": "ON"},
        "currentLocationCoordinates": {"lat": {"value": lat, "timestamp": at},
            "long": {"value": "3.4", "timestamp": at}}}})
}

#[tokio::test]
async fn the_poller_brings_positions_of_every_page_and_its_outage_is_nobody_elses() {
    const WITHIN: Duration = Duration::from_secs(30);
    crate::support::install_tls();
    let server = MockServer::start().await;
    let pages =
        [("1", vec![state("T1LA", 6.51), json!({"gps": 7})], true), ("2", vec![state("T2LA", 6.52)], false)];
    for (number, states, more) in pages {
        let answer = json!({"success": true, "data": {"values": states, "pagination": {"more": more}}});
        Mock::given(path(LAST_KNOWN))
            .and(query_param("page", number))
            .respond_with(ResponseTemplate::new(200).set_body_json(answer))
            .mount(&server)
            .await;
    }
    let daemon = Daemon::start(&[
        ("WATCHTOWER_LOCONAV_URL", &server.uri()),
        ("WATCHTOWER_LOCONAV_TOKEN", "secret-token"),
        ("WATCHTOWER_LOCONAV_POLL_S", "1"),
    ]);
    let get = async |path: &str| reqwest::get(daemon.url(path)).await.map_err(|error| error.to_string());
    for (truck, lat) in [("T1LA", 6.51), ("T2LA", 6.52)] {
        eventually("the position", WITHIN, || async {
            let answer = get(&format!("/api/v1/trucks/{truck}/location")).await?;
            let position: Value = answer.json().await.map_err(|error| error.to_string())?;
            if position["lat"] == lat { Ok(()) } else { Err(position.to_string()) }
        })
        .await;
    }
    let counted = async |counter: &str| {
        let counters = get("/metrics").await?.text().await.map_err(|error| error.to_string())?;
        let line = counters.lines().find_map(|line| line.strip_prefix(counter)).map(str::to_owned);
        line.ok_or(format!("no {counter}"))
    };
    let twice = r#"watchtower_syncs_total{source="loconav.last_known",outcome="completed"} 2"#;
    eventually("a second poll", WITHIN, || counted(twice)).await;
    let accepted = counted(r#"watchtower_receive_accepted_total{source="loconav"} "#).await;
    assert_eq!(accepted.as_deref(), Ok("2"), "what is known is no news");

    server.reset().await;
    Mock::given(path(LAST_KNOWN))
        .respond_with(ResponseTemplate::new(200).set_body_string("<html>down for maintenance"))
        .mount(&server)
        .await;
    let failed = r#"watchtower_syncs_total{source="loconav.last_known",outcome="failed"} "#;
    eventually("a failed poll", WITHIN, || counted(failed)).await;
    assert_eq!(get("/health/ready").await.unwrap().status(), 200);
}
