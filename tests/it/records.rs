//! `watchtower trucks` and its like, as a user meets them: nothing but a file beside.

use std::{process::Output, sync::Arc};

use serde_json::Value;
use tempfile::TempDir;
use watchtower::adapters::embedded::{Embedded, EmbeddedOptions};
use watchtower_core::{
    domain::{alert::AlertKind, time::Timestamp},
    ports::store::Store as _,
};

use crate::support::{daemon, yard};

/// A data directory with the small fleet in it.
async fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let file = Embedded::open(&home.path().join("watchtower.db"), EmbeddedOptions::default()).await.unwrap();
    yard::settle(Arc::new(file), chrono::Utc::now().into()).await;
    home
}

fn run(home: &TempDir, arguments: &[&str]) -> Output {
    daemon::command(home).args(arguments).output().unwrap()
}

/// What a command that ends well prints.
fn told(home: &TempDir, arguments: &[&str]) -> String {
    let output = run(home, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    assert_eq!(errors, "", "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn first_words(text: &str) -> Vec<&str> {
    text.lines().map(|line| line.split(',').next().unwrap()).collect()
}

#[tokio::test]
async fn trucks_are_listed_in_columns_that_line_up() {
    let home = home().await;
    let table = told(&home, &["trucks"]);
    let lines: Vec<_> = table.lines().collect();
    assert!(lines[0].starts_with("NUMBER  STATUS  SINCE  KM/H  DRIVER     PLACE       TRIP"), "{table}");
    assert!(lines[1].starts_with("T 1     idle      25m     0  東京 太郎  Apapa Port"), "{table}");
    assert!(lines[2].starts_with("T2      moving    10m    72"), "{table}");
    assert!(lines[4].starts_with("T4      parked     1d     0"), "{table}");
    assert_eq!(lines[5], "T5", "nothing is known of it");
    assert!(!table.contains('\u{1b}'), "colours into a pipe");
    assert_eq!(table, told(&home, &["trucks", "list"]));
}

#[tokio::test]
async fn a_filter_narrows_every_format() {
    let home = home().await;
    let filter = ["--filter", "status:moving or place:apapa"];
    let csv = told(&home, &["trucks", "list", filter[0], filter[1], "--csv"]);
    assert_eq!(first_words(&csv), ["number", "T 1", "T2", "T3"]);
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(rows.headers().unwrap().get(3), Some("speed_kmh"));
    assert_eq!(rows.records().nth(1).unwrap().unwrap().get(3), Some("72"));
    let json = told(&home, &["trucks", filter[0], filter[1], "--json"]);
    let trucks: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (trucks.len(), &trucks[0]["key"], &trucks[0]["live"]["motion"]),
        (3, &"T1".into(), &"idle".into())
    );
    let geo: Value =
        serde_json::from_str(&told(&home, &["trucks", filter[0], filter[1], "--geojson"])).unwrap();
    assert_eq!(geo["features"][2]["geometry"]["coordinates"], serde_json::json!([3.36, 6.44]));
    let trips = told(&home, &["trips", "--filter", "container:MSKU* group:FM", "--csv"]);
    assert_eq!(first_words(&trips), ["trip", "01/Apr/2026-T3-CA60"]);
    let none = told(&home, &["trips", "--filter", "group:LH", "--json"]);
    assert_eq!(none, "");
    let alerts = told(&home, &["alerts", "--filter", "severity>=high", "--csv"]);
    assert_eq!(first_words(&alerts), ["truck", "T2"]);
}

#[tokio::test]
async fn one_record_is_shown_by_any_of_its_names() {
    let home = home().await;
    for name in ["T1", "t 1"] {
        let shown = told(&home, &["trucks", "show", name]);
        assert!(shown.contains("number        T 1\nstatus        idle\n"), "{shown}");
        assert!(shown.contains("groups        FM\n"), "{shown}");
    }
    let trip = told(&home, &["trips", "show", "01-apr-2026-t3-ca60", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&trip).unwrap()["container"], "MSKU7750847");
    let drivers = told(&home, &["drivers"]);
    assert_eq!(drivers, "NAME       TRUCK  PHONE   LICENCE\n東京 太郎  T 1    +234 1\n");
    let fences = told(&home, &["geofences", "--geojson"]);
    assert_eq!(serde_json::from_str::<Value>(&fences).unwrap()["features"][0]["id"], "apapa");
    assert!(told(&home, &["geofences", "show", "Apapa Port"]).contains("inside   1\n"));
    let json = told(&home, &["alerts", "--json", "--filter", "alert:idle"]);
    let alert: Value = serde_json::from_str(&json).unwrap();
    let shown = told(&home, &["alerts", "show", alert["id"].as_str().unwrap()]);
    assert!(shown.contains("kind             idle\nseverity         medium\n"), "{shown}");
    let alerts = told(&home, &["alerts"]);
    assert!(
        alerts.contains("T 1    idle") && alerts.contains("5 min") && alerts.contains("open"),
        "{alerts}"
    );
}

#[tokio::test]
async fn a_storm_of_alerts_is_told_above_them() {
    let home = home().await;
    let file = Embedded::open(&home.path().join("watchtower.db"), EmbeddedOptions::default()).await.unwrap();
    let began = Timestamp::from(chrono::Utc::now()).millis() - 3_600_000;
    let event = |number: i64| {
        let start = Timestamp::from_millis(began + number * 20_000);
        yard::begun(AlertKind::Overspeed, &format!("T{}", number % 3), start)
    };
    file.write(&(0..14).map(event).collect::<Vec<_>>()).await.unwrap();
    drop(file);

    let table = told(&home, &["alerts"]);
    let storm = table.lines().next().unwrap();
    assert!(storm.starts_with("a storm of overspeed: x14 in 4 min from "), "{table}");
    assert!(storm.ends_with(", 3 trucks"), "{table}");
    assert_eq!(first_words(&told(&home, &["alerts", "--csv"]))[0], "truck", "programs are told rows only");
    let others = told(&home, &["alerts", "--filter", "alert:idle"]);
    assert!(others.starts_with("TRUCK"), "{others}");
}

#[tokio::test]
async fn a_question_is_answered_in_plain_english() {
    let home = home().await;
    let told_text = told(&home, &["ask", "which trucks are idle more than 20 minutes?"]);
    let lines: Vec<_> = told_text.lines().collect();
    assert_eq!(lines[0], "1 of 5 trucks is idle for more than 20 min: T 1.", "{told_text}");
    assert!(lines[2].starts_with("TRUCK  STATUS  SINCE  KM/H  DRIVER     WHERE"), "{told_text}");
    assert!(lines[3].starts_with("T 1    idle    25m    0     東京 太郎  in Apapa Port"), "{told_text}");
    // The last line is the command that lists the same.
    assert_eq!(lines[5], "watchtower trucks --filter 'status:idle and idle>20m'");
    let filter = "status:idle and idle>20m";
    assert_eq!(first_words(&told(&home, &["trucks", "--filter", filter, "--csv"])), ["number", "T 1"]);

    // Without quotes its words are put together.
    assert!(told(&home, &["ask", "who", "drives", "T", "1"]).starts_with("東京 太郎 drives T 1."));
    let json = told(&home, &["ask", "--json", "alerts of T2"]);
    let answer: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(answer["filter"]["filter"], "number:T2");
    assert_eq!(
        (&answer["data"][0]["kind"], &answer["calls"][0]["path"]),
        (&"overspeed".into(), &"/api/v1/alerts".into())
    );

    let output = run(&home, &["ask", "where is T 9?"]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(65), "{errors}");
    assert!(errors.contains("I know nothing called") && errors.contains("you can ask:\n  "), "{errors}");
    assert_eq!(run(&home, &["ask"]).status.code(), Some(64));
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_code() {
    let home = tempfile::tempdir().unwrap();
    let output = run(&home, &["trucks", "--filter", "sped>60"]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(64), "{errors}");
    assert!(errors.contains(r#"at 1: no field "sped": did you mean speed?"#), "{errors}");
    assert_eq!(run(&home, &["trucks", "--json", "--csv"]).status.code(), Some(64));
    assert_eq!(run(&home, &["geofences", "--json", "--geojson"]).status.code(), Some(64));
    let output = run(&home, &["trucks", "show", "T9"]);
    assert_eq!(output.status.code(), Some(66));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "watchtower: there is no truck \"T9\"\n");
    // An empty fleet is no failure.
    assert_eq!(told(&home, &["trucks", "--json"]), "");
    let help = told(&home, &["trucks", "list", "--help"]);
    assert!(help.contains("idle>20m") && help.contains("time it has been idle"), "{help}");
}

#[tokio::test]
async fn a_log_that_is_away_is_named_before_long() {
    let home = tempfile::tempdir().unwrap();
    let mut command = daemon::command(&home);
    command.env("WATCHTOWER_REDIS_URL", "redis://:hunter2@127.0.0.1:1").arg("trucks");
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(69), "{errors}");
    assert!(errors.contains("127.0.0.1:1") && !errors.contains("hunter2"), "{errors}");
}
