//! The whole way of a fix and of an alert: HTTP → log → engine → store → API,
//! on real Redis Streams and PostGIS, through the built binary.

use std::{collections::BTreeSet, io::Write, process::Stdio, time::Duration};

use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;
use watchtower_core::{domain::alert::AlertKind, ports::store::Store as _};

use crate::support::{
    daemon::{Daemon, command, eventually},
    install_tls, postgres,
    redis::RedisServer,
};

const SECRET: &str = "a-secret-of-the-fleet";
const WITHIN: Duration = Duration::from_secs(30);

/// A daemon on services of its own.
struct Fleet {
    redis: RedisServer,
    database: String,
    daemon: Daemon,
    http: Client,
}

impl Fleet {
    async fn start() -> Self {
        install_tls();
        let redis = RedisServer::start_durable();
        let database = postgres::shared().await.database().await;
        let daemon = Daemon::start(&[
            ("WATCHTOWER_REDIS_URL", &redis.url()),
            ("WATCHTOWER_DATABASE_URL", &database),
            ("WATCHTOWER_LOCONAV_WEBHOOK_SECRET", SECRET),
        ]);
        Self { redis, database, daemon, http: Client::new() }
    }

    async fn push(&self, path: &str, body: &Value) -> Response {
        let body = body.to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        self.http
            .post(self.daemon.url(path))
            .header("X-LocoNav-Signature", signature)
            .header("Content-Type", "application/json")
            .body(body)
            .send()
            .await
            .unwrap()
    }

    async fn get(&self, path: &str) -> Result<Value, String> {
        let answer = self.http.get(self.daemon.url(path)).send().await.map_err(|error| error.to_string())?;
        let status = answer.status();
        let body = answer.text().await.map_err(|error| error.to_string())?;
        if !status.is_success() {
            return Err(format!("{path}: {status} {body}"));
        }
        serde_json::from_str(&body).map_err(|error| format!("{path}: {error}: {body}"))
    }

    /// Waits until a list has as many items as it should.
    async fn list(&self, path: &str, items: usize) -> Vec<Value> {
        eventually(path, WITHIN, || async {
            let answer = self.get(path).await?;
            let found = answer["items"].as_array().cloned().unwrap_or_default();
            if found.len() >= items { Ok(found) } else { Err(format!("{} of {items} items", found.len())) }
        })
        .await
    }
}

fn iso(seconds_ago: i64) -> String {
    let at = chrono::Utc::now() - chrono::Duration::seconds(seconds_ago);
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// A push of each kind the vendor publishes, with values of our own.
fn alert_pushes() -> Vec<(Value, AlertKind)> {
    let moment = |kind: &str, more: Value| {
        let mut push = json!({"id": 9001, "kind": kind, "vehicle_number": "T 70001 LA", "event_time": iso(300),
            "latitude": 6.45, "longitude": 3.36, "created_at": iso(290)});
        push.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        push
    };
    let episode = |kind: &str, more: Value| {
        let mut push = json!({"id": 9002, "kind": kind, "vehicle_number": "T70001LA", "event_key": "k-1",
            "active_event_time": iso(600), "active_event_latitude": 6.46, "active_event_longitude": 3.37,
            "inactive_event_time": iso(120), "inactive_event_latitude": 6.47, "inactive_event_longitude": 3.38,
            "created_at": iso(600)});
        push.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        push
    };
    vec![
        (moment("SuddenBrakingAlert", json!({"speed": 44.0})), AlertKind::HarshBraking),
        (moment("SuddenAccelerationAlert", json!({"speed": 31.5})), AlertKind::HarshAcceleration),
        (episode("OverspeedAlert", json!({"speed": 88.0})), AlertKind::Overspeed),
        (episode("IgnitionAlert", json!({})), AlertKind::Ignition),
        (episode("IdlingAlert", json!({})), AlertKind::Idle),
        (episode("FatigueAlert", json!({"start_time": iso(20_000)})), AlertKind::Fatigue),
        (episode("OverrevAlert", json!({"rpm_value": 3100})), AlertKind::Overrev),
        (moment("AntiTheftAlert", json!({})), AlertKind::AntiTheft),
        (episode("GeofenceAlert", json!({"polygon_id": 12})), AlertKind::Geofence),
        (moment("CrashDuringOverspeedAlert", json!({"speed": "25.0"})), AlertKind::Crash),
        (episode("DeviceRemovalAlert", json!({})), AlertKind::DeviceRemoval),
        (episode("VehicleLowBatteryVoltageAlert", json!({})), AlertKind::LowBattery),
        (moment("SharpTurnAlert", json!({"truck_id": 4, "speed": 30})), AlertKind::SharpTurn),
        (episode("DtcAlert", json!({"dtc_code": "P0301"})), AlertKind::TroubleCode),
        (moment("RefuelingAlert", json!({"refueled_in_liters": 120.0})), AlertKind::Refueling),
        (moment("PossibleFuelTheftAlert", json!({"fuel_theft_in_liters": 40.0})), AlertKind::FuelTheft),
        (episode("DeviceOfflineAlert", json!({})), AlertKind::DeviceOffline),
    ]
}

#[tokio::test]
async fn a_signed_push_of_every_kind_is_stored_and_visible_with_its_alert() {
    let fleet = Fleet::start().await;
    let gpstime =
        (chrono::Utc::now().with_timezone(&chrono_tz::Africa::Lagos)).format("%d-%m-%Y %H:%M:%S").to_string();
    let live = json!({"imei": "0350000000000001", "vehiclenumber": "T70001LA", "gpstime": gpstime, "speed": 42.5,
        "ignition": "1", "latitude": 6.4501, "longitude": 3.3601, "orientation": 90.0, "sharpTurn": "0",
        "harshBraking": "0", "harshAcceleration": "0", "rockBreakerPedal": "0"});
    let answer = fleet.push("/webhooks/loconav/location", &live).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let receipt: Value = answer.json().await.unwrap();
    assert_eq!(
        (receipt["accepted"].as_u64(), receipt["duplicates"].as_u64()),
        (Some(1), Some(0)),
        "{receipt}"
    );

    let pushes = alert_pushes();
    assert_eq!(pushes.len(), 17);
    for (push, _) in &pushes {
        let answer = fleet.push("/webhooks/loconav/alert", push).await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED, "{push}");
    }
    let alerts = fleet.list("/api/v1/alerts?limit=100", pushes.len()).await;
    let found: BTreeSet<&str> = alerts.iter().filter_map(|alert| alert["kind"].as_str()).collect();
    let expected: BTreeSet<&str> = pushes.iter().map(|(_, kind)| kind.name()).collect();
    assert_eq!(found, expected);
    assert_eq!(alerts.len(), pushes.len(), "each episode once");

    let raw = fleet.list("/api/v1/events?type=webhook.received&limit=100", 18).await;
    assert_eq!(raw.len(), 18, "each request once");
    let truck = fleet.get("/api/v1/trucks/T70001LA/location").await.unwrap();
    assert!(truck.to_string().contains("6.4501"), "{truck}");

    // The same pushes again change nothing.
    for (push, _) in &pushes {
        assert_eq!(fleet.push("/webhooks/loconav/alert", push).await.status(), StatusCode::ACCEPTED);
    }
    fleet.list("/api/v1/events?type=webhook.received&limit=100", 18 + 17).await;
    assert_eq!(fleet.list("/api/v1/alerts?limit=100", 17).await.len(), 17);
}

#[tokio::test]
async fn what_is_not_signed_is_refused_and_not_stored() {
    let fleet = Fleet::start().await;
    let url = fleet.daemon.url("/webhooks/loconav/location");
    let body =
        json!({"vehiclenumber": "T1", "gpstime": iso(1), "latitude": 6.5, "longitude": 3.4}).to_string();
    for signature in [None, Some("sha256=00"), Some("")] {
        let mut request = fleet.http.post(&url).body(body.clone());
        if let Some(signature) = signature {
            request = request.header("X-LocoNav-Signature", signature);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    let keys = fleet.redis.command("KEYS watchtower:*:raw");
    assert!(!keys.contains(":raw"), "{keys}");
}

#[tokio::test]
async fn a_replayed_recording_is_stored_fix_by_fix_once_through_crashes_and_outages() {
    let mut fleet = Fleet::start().await;
    let mut file = tempfile::NamedTempFile::with_suffix(".csv").unwrap();
    writeln!(file, "vehicle_id,ts,lon,lat").unwrap();
    let (trucks, fixes) = (40, 250);
    for step in 0..fixes {
        for truck in 0..trucks {
            let lon = 3.30 + f64::from(truck) * 0.002 + f64::from(step) * 0.0004;
            // 2008: days nobody made ready.
            let line = format!("cab{truck},{},{lon:.5},6.5", 1_211_400_000 + step * 60);
            writeln!(file, "{line}").unwrap();
            if (truck + step) % 10 == 0 {
                writeln!(file, "{line}").unwrap();
            }
        }
    }
    file.flush().unwrap();
    let mut player = command(fleet.daemon.data_dir())
        .args(["replay", file.path().to_str().unwrap(), "--speed", "max"])
        .env("WATCHTOWER_REDIS_URL", fleet.redis.url())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    fleet.daemon = fleet.daemon.crash_and_restart();
    assert!(player.wait().unwrap().success());
    fleet.daemon = fleet.daemon.crash_and_restart();

    let expected = trucks * fixes;
    let store = postgres::connect(&fleet.database).await;
    let count = || async {
        let stored = store.count_positions(None).await.map_err(|error| error.to_string())?;
        if stored >= u64::try_from(expected).unwrap() {
            Ok(stored)
        } else {
            Err(format!("{stored} of {expected}"))
        }
    };
    assert_eq!(eventually("every fix is stored", Duration::from_secs(60), count).await, 10_000);
    assert_eq!(fleet.list("/api/v1/trucks?limit=100", 40).await.len(), 40);
}

#[tokio::test]
async fn a_log_that_is_down_is_503_and_comes_back_by_itself() {
    let mut fleet = Fleet::start().await;
    fleet.redis.kill();
    let push = json!({"vehiclenumber": "T1LA", "gpstime": iso(1), "latitude": 6.5, "longitude": 3.4});
    let answer = fleet.push("/webhooks/loconav/location", &push).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("retry-after"));
    let ready = fleet.http.get(fleet.daemon.url("/health/ready")).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    fleet.redis.restart();
    eventually("the daemon takes pushes again", WITHIN, || async {
        match fleet.push("/webhooks/loconav/location", &push).await.status() {
            StatusCode::ACCEPTED => Ok(()),
            other => Err(other.to_string()),
        }
    })
    .await;
    fleet.list("/api/v1/trucks?limit=10", 1).await;
}

#[tokio::test]
async fn the_daemon_stays_small() {
    let fleet = Fleet::start().await;
    for batch in 0..20 {
        let fixes: Vec<Value> = (0..84)
            .map(|truck| {
                json!({"vehiclenumber": format!("T{truck}LA"), "gpstime": iso(600 - batch * 30),
                    "latitude": 6.4 + f64::from(truck) * 0.001, "longitude": 3.4, "speed": 30})
            })
            .collect();
        assert_eq!(fleet.push("/webhooks/loconav", &json!(fixes)).await.status(), StatusCode::ACCEPTED);
    }
    fleet.list("/api/v1/trucks?limit=100", 84).await;
    let megabytes = fleet.daemon.resident_bytes() >> 20;
    println!("daemon with 84 trucks: {megabytes} MB resident");
    assert!(megabytes < 150, "{megabytes} MB");
}
