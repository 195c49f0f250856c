//! The past over the API: what was sent is told, found and counted.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use uuid::Uuid;
use watchtower::daemon::historian::Historian;
use watchtower_core::{
    domain::{
        event::{Event, EventData},
        geo::LonLat,
        geofence::{FenceKind, Geofence, Shape, Watches},
        id::{CorrelationId, EventId, FenceId},
        units::Metres,
    },
    engine::Rules,
    ports::store::Store as _,
};

use super::harness::{Daemon, now, sent};

/// A daemon that was sent two days of a truck that stands in its yard in the morning,
/// drives out and back at eleven and stands again: 3 and 4 March, until eleven of the 5th.
async fn with_a_past() -> Daemon {
    let daemon = Daemon::start().await;
    let yard = Geofence {
        id: FenceId::new("yard"),
        name: "Yard".into(),
        kind: FenceKind::Depot,
        watches: Watches::All,
        shape: Shape::Circle { centre: LonLat::new(3.3, 6.5).unwrap(), radius: Metres(300.0) },
    };
    // Before it all: a fence drawn later does not change what was.
    let drawn = now().minus(Duration::from_secs(10 * 86_400));
    let drawn = Event {
        id: EventId(Uuid::new_v4()),
        ts: drawn,
        recorded_at: drawn,
        key: "yard".into(),
        correlation_id: CorrelationId(Uuid::nil()),
        data: EventData::GeofenceUpdated(yard),
    };
    daemon.file.write(&[drawn]).await.unwrap();
    let mut fixes = Vec::new();
    for minute in (0..(2 * 24 + 11) * 60_i32).step_by(5) {
        let of_day = minute % (24 * 60) - 11 * 60;
        let away = if (0..60).contains(&of_day) { f64::from(30 - (of_day - 30).abs()) } else { 0.0 };
        let time = now().minus(Duration::from_secs(60 * (60 * 60 - u64::from(minute.unsigned_abs()))));
        fixes.push(json!({"vehicle": "T1", "ts": time.to_string(), "lat": 6.5, "lon": 3.3 + away * 0.008}));
    }
    let answer = sent(daemon.post("/api/v1/positions", Value::Array(fixes).to_string())).await;
    assert_eq!((answer.0, &answer.1["accepted"]), (202, &json!(708)), "{}", answer.1);
    daemon.write_through().await;
    let historian = Historian {
        log: Arc::new(daemon.file.clone()),
        store: Arc::new(daemon.file.clone()),
        rules: Rules::default(),
        positions: Duration::from_secs(30 * 86_400),
        every: Duration::ZERO,
        clock: now,
    };
    historian.once().await.unwrap();
    daemon
}

fn items(list: &Value) -> &[Value] {
    list["items"].as_array().unwrap()
}

#[tokio::test]
async fn visits_stops_and_drives_are_found() {
    let daemon = with_a_past().await;
    let (status, visits) = sent(daemon.get("/api/v1/visits?truck=t1&geofence=yard")).await;
    assert_eq!((status, items(&visits).len()), (200, 3), "{visits}");
    let (newest, first) = (&items(&visits)[0], &items(&visits)[2]);
    assert_eq!((&newest["ongoing"], &newest["exit"]), (&json!(true), &Value::Null));
    assert_eq!(
        (&first["ongoing"], &first["confirmed"], &first["revision"]),
        (&json!(false), &json!(true), &json!(0))
    );
    assert_eq!(first["record"], Value::Null, "which list it is says what it is");
    let (_, drives) = sent(daemon.get("/api/v1/drives?from=2026-03-04&to=2026-03-05")).await;
    assert!(!items(&drives).is_empty() && items(&drives).iter().all(|drive| drive["day"] == "2026-03-04"));
    let (_, stops) = sent(daemon.get("/api/v1/stops?limit=1")).await;
    assert_eq!((items(&stops).len(), stops["next"].is_string()), (1, true));
    let cursor = stops["next"].as_str().unwrap();
    let (_, more) = sent(daemon.get(&format!("/api/v1/stops?limit=1&cursor={cursor}"))).await;
    assert_ne!(items(&more)[0], items(&stops)[0]);
    assert_eq!(items(&sent(daemon.get("/api/v1/overspeeds")).await.1), [] as [Value; 0]);
    assert_eq!(items(&sent(daemon.get("/api/v1/crossings")).await.1), [] as [Value; 0]);
}

#[tokio::test]
async fn days_that_are_over_are_counted() {
    let daemon = with_a_past().await;
    let (_, daily) = sent(daemon.get("/api/v1/analytics/daily")).await;
    let dates: Vec<_> = items(&daily).iter().map(|day| day["date"].as_str().unwrap()).collect();
    assert_eq!(dates, ["2026-03-03", "2026-03-04"], "today is not over");
    let (_, trucks) = sent(daemon.get("/api/v1/analytics/trucks?truck=T1&limit=1")).await;
    let first = &items(&trucks)[0];
    assert_eq!((&first["vehicle"], &first["date"]), (&json!("T1"), &json!("2026-03-03")));
    assert_eq!(first["distance_m"], items(&daily)[0]["distance_m"]);
    assert_eq!(first["mean_tat_h"], Value::Null, "no trip returned");
    assert_eq!(first["departed"], json!(0));
    let cursor = trucks["next"].as_str().unwrap();
    let (_, more) =
        sent(daemon.get(&format!("/api/v1/analytics/trucks?truck=T1&limit=1&cursor={cursor}"))).await;
    assert_eq!((&items(&more)[0]["date"], &more["next"]), (&json!("2026-03-04"), &Value::Null));
    let (_, uses) = sent(daemon.get("/api/v1/analytics/utilization?from=2026-03-04&to=2026-03-05")).await;
    let hours = ["moving_h", "idle_h", "stopped_h", "offline_h"].map(|name| uses[name].as_f64().unwrap());
    assert!((hours.iter().sum::<f64>() - 24.0).abs() < 0.001, "{uses}");
    assert_eq!(uses["vehicles"][0]["utilisation_pct"], uses["utilisation_pct"]);
    let (_, turnaround) = sent(daemon.get("/api/v1/analytics/tat")).await;
    assert_eq!((&turnaround["returned"], turnaround["days"].as_array().unwrap().len()), (&json!(0), 2));
}

#[tokio::test]
async fn what_cannot_be_asked_is_named() {
    let daemon = Daemon::start().await;
    for (path, detail) in [
        ("/api/v1/stops?geofence=yard", "a stop is about no geofence"),
        ("/api/v1/analytics/daily?from=noon", "\"noon\" is no day like 2026-11-20"),
        ("/api/v1/analytics/tat?from=2026-03-05&to=2026-03-05", "2026-03-05 is not before 2026-03-05"),
        ("/api/v1/analytics/trucks?from=2020-01-01&to=2026-03-05", "2255 days are more than 400"),
    ] {
        let (status, problem) = sent(daemon.get(path)).await;
        assert_eq!(status, 400, "{path}");
        assert!(problem["detail"].as_str().unwrap().contains(detail), "{problem}");
    }
}
