//! `watchtower replay --dry-run`: what other rules would have said of what is stored.

use serde_json::Value;
use uuid::Uuid;
use watchtower::adapters::embedded::{Embedded, EmbeddedOptions};
use watchtower_core::{
    domain::{
        event::{Event, EventData},
        geo::LonLat,
        geofence::{FenceKind, Geofence, Shape, Watches},
        id::{CorrelationId, EventId, FenceId, VehicleKey},
        position::{Position, Source},
        time::Timestamp,
        units::{Kmh, Metres},
    },
    ports::store::Store,
};

use crate::support::daemon;

/// 2026-11-02T06:00:00Z, a Monday.
const START: i64 = 1_793_599_200_000;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(START + minute * 60_000)
}

/// A morning of two trucks: one drives at 55 km/h for twenty minutes, both wait eight
/// minutes in the yard.
fn morning() -> Vec<Event> {
    let mut events = vec![yard()];
    for minute in 0..90 {
        for (truck, north) in [("T1", 6.5), ("T2", 6.5005)] {
            let (east, speed) = match minute {
                0..30 => (0.0, 0.0),
                30..50 => (0.01 + 0.008 * (minute - 30) as f64, if truck == "T1" { 55.0 } else { 44.0 }),
                50..58 => (0.2, 0.0),
                _ => (0.21 + 0.008 * (minute - 58) as f64, 44.0),
            };
            let position = Position {
                speed_kmh: Some(Kmh(speed)),
                ignition: Some(true),
                ..Position::bare(LonLat::new(3.3 + east, north).unwrap(), at(minute), Source::wall("test"))
            };
            events.push(Event::position(
                &VehicleKey::new(truck).unwrap(),
                position,
                CorrelationId(Uuid::nil()),
            ));
        }
    }
    events
}

fn yard() -> Event {
    let fence = Geofence {
        id: FenceId::new("yard"),
        name: "Yard".into(),
        kind: FenceKind::Client,
        watches: Watches::All,
        shape: Shape::Circle { centre: LonLat::new(3.5, 6.5).unwrap(), radius: Metres(300.0) },
    };
    Event {
        id: EventId(Uuid::from_u128(1)),
        ts: at(-600),
        recorded_at: at(-600),
        key: "yard".into(),
        correlation_id: CorrelationId(Uuid::nil()),
        data: EventData::GeofenceUpdated(fence),
    }
}

async fn stored() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let store = Embedded::open(&home.path().join("watchtower.db"), EmbeddedOptions::default()).await.unwrap();
    store.write(&morning()).await.unwrap();
    home
}

fn try_it(home: &tempfile::TempDir, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = daemon::command(home).args(["replay", "--dry-run"]).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

const PERIOD: [&str; 4] = ["--from", "2026-11-02T06:00:00Z", "--to", "2026-11-02T08:00:00Z"];

#[tokio::test(flavor = "multi_thread")]
async fn a_lower_limit_and_a_shorter_dwell_show_as_what_they_would_have_said() {
    let home = stored().await;
    let run = |more: &[&str]| {
        let (code, stdout, stderr) = try_it(&home, &[&PERIOD, more].concat());
        assert_eq!(code, Some(0), "{stderr}");
        stdout
    };
    let limit = run(&["--try", "rules.overspeed.limit_kmh=50", "--format", "ndjson"]);
    let told: Vec<(String, String, String)> = limit
        .lines()
        .map(|line| {
            let one: Value = serde_json::from_str(line).unwrap();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&one["difference"]), text(&one["event"]["type"]), text(&one["event"]["key"]))
        })
        .collect();
    let new = |what: &str| ("new".to_owned(), what.to_owned(), "T1".to_owned());
    assert_eq!(told, [new("alert.triggered"), new("alert.resolved")]);
    let dwell = run(&["--try", "rules.geofence.dwell_s=1200", "--show", "geofence"]);
    let row = dwell.lines().find(|line| line.starts_with("geofence.visit_confirmed")).unwrap();
    assert_eq!(row.split_whitespace().skip(1).collect::<Vec<_>>(), ["2", "0", "2", "0", "0"]);
    assert!(!dwell.contains("alert"), "{dwell}");
    let one = run(&["--try", "rules.geofence.dwell_s=1200", "--vehicle", "t2", "--show", "geofence.visit"]);
    assert!(one.contains("geofence.visit_confirmed") && one.contains("      1      0     1"), "{one}");
    assert_eq!(run(&["--format", "ndjson"]), "", "by the same rules nothing differs");
    let days = ["--from", "2026-11-02", "--to", "2026-11-03", "--try", "rules.overspeed.limit_kmh=50"];
    let (code, stdout, _) = try_it(&home, &days);
    assert_eq!(code, Some(0));
    assert!(stdout.contains("the first that is new: 2026-11-02 07:30:00"), "days are local: {stdout}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_tried_is_said() {
    let home = stored().await;
    let fails = |arguments: &[&str], code: i32, words: &str| {
        let (found, _, stderr) = try_it(&home, arguments);
        assert_eq!(found, Some(code), "{stderr}");
        assert!(stderr.contains(words), "{stderr}");
    };
    fails(&["--from", "2026-11-02T08:00:00Z", "--to", "2026-11-02T06:00:00Z"], 64, "is not before --to");
    fails(&["--from", "yesterday", "--to", "2026-11-02T06:00:00Z"], 64, "--from: unreadable time");
    fails(&["--from", "2020-01-01T00:00:00Z", "--to", "2020-01-02T00:00:00Z"], 65, "nothing is stored from");
    fails(&[&PERIOD[..], &["--vehicle", "T9"]].concat(), 65, "the store knows no such vehicle");
    fails(&[&PERIOD[..], &["--try", "rules.overspeed.limit=9"]].concat(), 64, "limit");
    fails(&[], 64, "--from");
}
