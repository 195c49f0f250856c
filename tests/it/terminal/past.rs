//! The past on the dashboard: a stored period, `watch --replay --from … --to …`, on a file of
//! the embedded kind and on Redis with PostGIS; a recording; the days before the demo's.

use std::{fs, path::Path, sync::Arc};

use serde_json::json;
use watchtower::adapters::embedded::{Embedded, EmbeddedOptions};
use watchtower_core::{
    domain::{
        event::Event,
        position::{Position, Source},
        units::Kmh,
    },
    ports::store::Store,
};

use super::{ended, launch};
use crate::{
    store_conformance::build::{at, fix_of, point},
    support::{
        postgres,
        redis::RedisServer,
        tmux::{Modes, Tmux},
    },
};

/// From 07:00 to 10:00 in the fleet's zone, written as people write it.
const PLAYED: &str =
    "watchtower watch --replay --from 2026-11-02T07:00 --to '2026-11-02 10:00' --geofences yard.geojson";
const LEFT_BUTTON: u8 = 0;

/// From an hour before the period to an hour after it six trucks go from the yard to the
/// east, a fix each a minute; a seventh is there before the period alone.
fn fixes() -> Vec<Event> {
    let mut fixes = Vec::new();
    for minute in 0..300_u64 {
        for truck in 0..7_u64 {
            if truck == 6 && minute >= 60 {
                continue;
            }
            let seconds = minute * 60 + truck * 7;
            let time = at("2026-11-02T05:00:00Z").plus(std::time::Duration::from_secs(seconds));
            let position = Position {
                speed_kmh: Some(Kmh(30.0)),
                ignition: Some(true),
                ..Position::bare(
                    point(3.30 + minute as f64 * 0.001, 6.45 + truck as f64 * 0.01),
                    time,
                    Source::wall("osmand"),
                )
            };
            fixes.push(fix_of(&format!("T0000{truck}LA"), position));
        }
    }
    fixes
}

/// A yard that every truck leaves within the period.
fn fence(path: &Path) {
    let ring = [[3.29, 6.40], [3.40, 6.40], [3.40, 6.60], [3.29, 6.60], [3.29, 6.40]];
    let fence = json!({"type": "FeatureCollection", "features": [{"type": "Feature", "id": "yard",
        "properties": {"name": "Yard"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}]});
    fs::write(path, fence.to_string()).unwrap();
}

/// The moment at the end of the timeline.
fn moment(screen: &str) -> Option<&str> {
    let line = screen.lines().find(|line| line.contains(" REPLAY  p"))?;
    line.split(" 2 Nov ").nth(1)?.get(..8)
}

/// First and last column of the timeline, and its row.
fn timeline(screen: &str) -> (usize, usize, usize) {
    let (row, line) =
        screen.lines().enumerate().find(|(_, line)| line.contains(" REPLAY  p")).expect("a timeline");
    let cells: Vec<char> = line.chars().collect();
    let is_bar = |cell: &char| ['━', '●', '┄'].contains(cell);
    let first = cells.iter().position(is_bar).expect("a bar");
    let last = cells.iter().rposition(is_bar).expect("a bar");
    (first, last, row)
}

/// What whoever looks at that period sees and does.
async fn is_shown(store: Arc<dyn Store>, terminal: &Tmux) {
    store.write(&fixes()).await.unwrap();
    let positions = store.count_positions(None).await.unwrap();
    fence(&terminal.home().join("yard.geojson"));
    launch(terminal, PLAYED);
    terminal.wait_for("playing x60");
    assert_eq!(terminal.modes(), Modes::DASHBOARD);
    terminal.key("Space");
    let screen = terminal.wait_for("paused x60");
    let (first, last, row) = timeline(&screen);

    terminal.mouse(LEFT_BUTTON, (last, row));
    let screen = terminal.wait("the end of the period", |screen| moment(screen) == Some("09:59:35"));
    // The seventh was never heard of in it; the map has shown from the first where they all go.
    assert!(screen.contains(" 6 ╮") && screen.contains("▲6 ") && !screen.contains("T00006LA"), "{screen}");
    for truck in 0..6 {
        assert!(
            screen.matches(&format!("T0000{truck}LA")).count() >= 2,
            "{truck} is not on it all:\n{screen}"
        );
    }
    assert!(screen.contains("left Yard"), "{screen}");

    terminal.mouse(LEFT_BUTTON, (first, row));
    terminal.wait("its beginning", |screen| moment(screen) == Some("07:00:00"));
    terminal.drag((first, row), ((first + last) / 2, row - 3));
    let screen = terminal.wait("the middle", |screen| moment(screen).is_some_and(|at| at.starts_with("08:")));
    assert!(screen.contains("paused x60") && screen.contains("▲6 "), "{screen}");

    terminal.type_text("q");
    ended(terminal, 0);
    assert_eq!(store.count_positions(None).await.unwrap(), positions, "nothing was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_of_the_embedded_store_is_watched() {
    let terminal = Tmux::start((120, 40), &[]);
    let directory = terminal.home().join("data");
    fs::create_dir(&directory).unwrap();
    let file = directory.join("watchtower.db");
    let store = Arc::new(Embedded::open(&file, EmbeddedOptions::default()).await.unwrap());
    is_shown(store, &terminal).await;
    launch(&terminal, "watchtower watch --replay --from 2026-10-01 --to 2026-10-02");
    let screen = ended(&terminal, 65);
    assert!(screen.contains("nothing is stored from"), "{screen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_of_redis_and_postgis_is_watched() {
    let redis = RedisServer::start();
    let url = postgres::shared().await.database().await;
    let variables = [("WATCHTOWER_REDIS_URL", redis.url()), ("WATCHTOWER_DATABASE_URL", url.clone())];
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    let terminal = Tmux::start((120, 40), &variables);
    is_shown(Arc::new(postgres::connect(&url).await), &terminal).await;
}

#[test]
fn the_demo_has_figures_of_days_before_and_answers_questions_about_them() {
    let terminal = Tmux::start((140, 40), &[]);
    launch(&terminal, "watchtower demo --days 2 --trucks 6");
    terminal.wait("the fleet", |screen| screen.contains("6 trucks"));
    terminal.type_text("7z");
    terminal.wait("the figures of both days", |screen| {
        screen.contains(" km a day") && !screen.contains("none yet") && screen.matches("LA ").count() >= 6
    });
    terminal.type_text("Qhow far did the fleet go yesterday");
    terminal.key("Enter");
    let answer = terminal.wait("an answer", |screen| screen.contains("Yesterday the fleet drove"));
    // A question about what the dashboard itself knows asks nobody.
    terminal.key("C-u");
    terminal.type_text("which trucks are moving");
    terminal.key("Enter");
    terminal
        .wait("another", |screen| screen.contains("which trucks are moving") && !screen.contains("drove"));
    assert!(answer.contains(" km;"), "{answer}");
}

/// Two trucks that drive and stop for an hour and a half.
pub(super) fn recording(path: &Path) {
    let mut rows = "vehicle_id,ts,lon,lat,speed_kmh,heading_deg,ignition\n".to_owned();
    for minute in 0..90 {
        for (truck, lat) in [("T00001LA", 6.45), ("T00002LA", 6.46)] {
            let (hour, minute) = (8 + minute / 60, minute % 60);
            let lon = 3.30 + f64::from(minute) * 0.002;
            rows += &format!("{truck},2026-03-02T{hour:02}:{minute:02}:00Z,{lon:.4},{lat},30,90,true\n");
        }
    }
    fs::write(path, rows).unwrap();
}

#[test]
fn a_recording_is_played_paused_and_gone_about_in() {
    let terminal = Tmux::start((120, 40), &[]);
    recording(&terminal.home().join("day.csv"));
    launch(&terminal, "watchtower watch --replay day.csv");
    let first = terminal.wait_for("playing x60");
    assert!(first.contains("REPLAY"), "{first}");
    terminal.key("Space");
    terminal.wait_for("paused x60");
    terminal.key("]");
    terminal.wait_for("paused x120");
    // The fleet's zone is an hour ahead of the recording's.
    terminal.key("R");
    terminal.wait_for("2 Mar 09:00:00");
    terminal.key(")");
    terminal.wait_for("2 Mar 10:00:00");
    terminal.wait_for("▲2 ");
    terminal.key(",");
    terminal.wait_for("2 Mar 09:59:00");
    terminal.key("(");
    terminal.wait_for("2 Mar 09:00:00");
    terminal.key("c");
    terminal.wait_for("this screen is read-only");
    terminal.key("q");
    ended(&terminal, 0);
}
