//! `watchtower snapshot` as a user runs it: pictures of the demo, of recordings and of
//! the configured log, and what it says of what it cannot do.

use std::{path::Path, sync::Arc, time::Duration};

use uuid::Uuid;
use watchtower::{
    adapters::embedded::{Embedded, EmbeddedOptions},
    daemon::historian::Historian,
};
use watchtower_core::{
    domain::{
        event::Event,
        geo::LonLat,
        id::{CorrelationId, VehicleKey},
        position::{Position, Source},
        time::Timestamp,
    },
    engine::Rules,
    ports::store::Store,
};

use crate::support::{daemon, tmux::Tmux};

/// Exit code, standard output, what was said.
fn snapshot(arguments: &[&str]) -> (Option<i32>, Vec<u8>, String) {
    let home = tempfile::tempdir().unwrap();
    let output = daemon::command(&home).arg("snapshot").args(arguments).output().unwrap();
    (output.status.code(), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
}

fn text(arguments: &[&str]) -> String {
    let (code, stdout, stderr) = snapshot(arguments);
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{arguments:?}");
    String::from_utf8(stdout).unwrap()
}

#[test]
fn the_demo_is_shown_at_any_size_and_the_same_every_time() {
    for (size, rows) in [("80x24", 24), ("120x40", 40)] {
        let arguments = ["--demo", "--size", size, "--at", "09:30", "--run", "20m"];
        let frame = text(&arguments);
        assert_eq!(frame.lines().count(), rows);
        assert!(frame.contains(" 84 ╮"), "{frame}");
        // The clock is that of the newest fix before the moment asked for.
        assert!(frame.contains("SIM  09:29"), "{frame}");
        assert!(frame.contains("Fleet") && frame.contains("Map"), "{frame}");
        assert_eq!(text(&arguments), frame);
    }
}

#[test]
fn every_format_is_written_by_the_name_of_the_file_and_is_the_same_every_time() {
    let home = tempfile::tempdir().unwrap();
    let begins: [(&str, &[u8]); 4] =
        [("a.txt", b" WATCH"), ("a.ansi", b"\x1b["), ("a.svg", b"<svg"), ("a.png", b"\x89PNG")];
    for (name, begin) in begins {
        let write = || {
            let file = home.path().join(name);
            let arguments = ["--demo", "--run", "10m", "--trucks", "20", "-o", file.to_str().unwrap()];
            assert_eq!(text(&arguments), "");
            std::fs::read(&file).unwrap()
        };
        let bytes = write();
        assert!(bytes.starts_with(begin), "{name}");
        assert_eq!(write(), bytes, "{name}");
    }
}

#[test]
fn any_view_is_reached() {
    let demo = ["--demo", "--run", "10m", "--trucks", "20", "--size", "90x30"];
    let view = |more: &[&str]| text(&[demo.as_slice(), more].concat());
    let alerts = view(&["--view", "alerts"]);
    assert!(alerts.contains("╭ 5 Alerts") && !alerts.contains("╭ 2 Fleet"), "{alerts}");
    assert_eq!(view(&["--keys", "5 z"]), alerts);
    assert!(view(&["--view", "help"]).contains("pan west"));
    let ascii = view(&["--glyphs", "ascii"]);
    assert!(ascii.is_ascii(), "{ascii}");
    // Far from Lagos the map shows none of it.
    let away = view(&["--view", "map", "--centre", "51.5,-0.1", "--zoom", "9"]);
    assert!(away.contains("London") && !away.contains("Apapa"), "{away}");
}

#[test]
fn a_recording_is_shown_as_it_stood() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("day.csv");
    let rows: String = (0..120)
        .map(|minute| {
            format!(
                "T1,2026-03-04T08:{:02}:{:02}Z,{},6.5,40\n",
                minute / 2,
                minute % 2 * 30,
                3.3 + f64::from(minute) * 0.003
            )
        })
        .collect();
    std::fs::write(&file, format!("vehicle_id,ts,lon,lat,speed_kmh\n{rows}")).unwrap();
    let file = file.to_str().unwrap();
    let end = text(&["--replay", file, "--size", "100x30"]);
    assert!(end.contains("09:59:30") && end.contains("T1") && end.contains("REPLAY  paused x60"), "{end}");
    let bar = |frame: &str| {
        let line = frame.lines().find(|line| line.contains(" REPLAY  paused"));
        let cells = line.map(|line| line.chars().filter(|cell| "━●┄".contains(*cell)).collect::<String>());
        cells.expect("a timeline")
    };
    assert!(bar(&end).ends_with('●'), "{end}");
    let earlier =
        text(&["--replay", file, "--size", "100x30", "--until", "2026-03-04T08:10:00Z", "--select", "t1"]);
    assert!(earlier.contains("09:10:00"), "{earlier}");
    let share = bar(&earlier).chars().position(|cell| cell == '●').unwrap() as f64
        / (bar(&earlier).chars().count() - 1) as f64;
    assert!((share - 10.0 / 59.5).abs() < 0.03, "10 of 59.5 minutes, {share}:\n{earlier}");
    let (code, _, stderr) = snapshot(&["--replay", file, "--until", "2026-03-03"]);
    assert_eq!(code, Some(65), "{stderr}");
    assert!(stderr.contains("2026-03-04T08:00:00"), "{stderr}");
    let (code, _, stderr) = snapshot(&["--replay", file, "--select", "T2"]);
    assert_eq!(code, Some(65), "{stderr}");
    assert!(stderr.contains("--select: no truck \"T2\""), "{stderr}");
}

/// What a daemon has in its file, without the daemon.
#[test]
fn the_configured_log_is_shown_as_it_stands() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("fixes.ndjson");
    let line = r#"{"vehicle":"T77LA","ts":"2026-03-04T08:00:00Z","lat":6.45,"lon":3.39,"speed_kmh":42}"#;
    std::fs::write(&file, line).unwrap();
    let run = |arguments: &[&str]| daemon::command(&home).args(arguments).output().unwrap();
    let empty = run(&["snapshot", "--size", "80x24"]);
    assert!(String::from_utf8_lossy(&empty.stdout).contains("waiting for a position"), "{empty:?}");
    assert!(run(&["replay", "--speed", "max", file.to_str().unwrap()]).status.success());
    let seen = run(&["snapshot", "--size", "80x24"]);
    let frame = String::from_utf8_lossy(&seen.stdout);
    assert!(frame.contains("T77LA") && frame.contains("embedded"), "{frame}");
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_of_past_days_and_answers_are_waited_for() {
    let home = tempfile::tempdir().unwrap();
    let now = Timestamp::from(chrono::Utc::now());
    {
        let file = home.path().join("watchtower.db");
        let embedded = Embedded::open(&file, EmbeddedOptions::default()).await.unwrap();
        // Eastwards at 60 km/h, from three days ago until two days ago.
        let fixes = (0..24 * 12_u64).map(|step| {
            let time = now.minus(Duration::from_secs(3 * 86_400 - step * 300));
            let place = LonLat::new(3.0 + 0.045 * step as f64, 6.5).unwrap();
            let position = Position::bare(place, time, Source::wall("test"));
            Event::position(&VehicleKey::new("T77LA").unwrap(), position, CorrelationId(Uuid::nil()))
        });
        let store: &dyn Store = &embedded;
        store.write(&fixes.collect::<Vec<_>>()).await.unwrap();
        let historian = Historian {
            log: Arc::new(embedded.clone()),
            store: Arc::new(embedded.clone()),
            rules: Rules::default(),
            positions: Duration::from_secs(30 * 86_400),
            every: Duration::ZERO,
            clock: || chrono::Utc::now().into(),
        };
        historian.once().await.unwrap();
    }
    let shown = |arguments: &[&str]| {
        let output = daemon::command(&home).arg("snapshot").args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let figures = shown(&["--size", "120x40", "--view", "analytics"]);
    assert!(figures.contains("T77LA"), "{figures}");
    assert!(!figures.contains("no store") && !figures.contains("no figures"), "{figures}");
    let keys =
        "Q h o w Space f a r Space d i d Space T 7 7 L A Space g o Space t h i s Space m o n t h Enter";
    let answer = shown(&["--size", "120x40", "--keys", keys]);
    assert!(answer.contains(" km"), "{answer}");
}

#[test]
fn the_demo_has_days_before_this_one() {
    let arguments =
        ["--demo", "--days", "2", "--trucks", "8", "--run", "10m", "--size", "140x40", "--view", "analytics"];
    let frame = text(&arguments);
    let (rows, words) = (frame.lines(), |word: &str| frame.matches(word).count());
    assert!(words("none yet") == 0 && words(" a day") == 4, "{frame}");
    assert_eq!(rows.filter(|line| line.contains(" km ") && line.contains("LA ")).count(), 8, "{frame}");
    let home = tempfile::tempdir().unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let mut again = daemon::command(&home);
    let again = again.env("TMPDIR", temporary.path()).arg("snapshot").args(arguments).output().unwrap();
    assert_eq!(String::from_utf8(again.stdout).unwrap(), frame);
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "something is left behind");
    let (code, _, stderr) = snapshot(&["--days", "2"]);
    assert_eq!(code, Some(64), "{stderr}");
}

#[test]
fn what_is_wrong_is_named_and_exits_64() {
    for (arguments, named) in [
        (["--demo", "--size", "0x24"], "--size <WxH>"),
        (["--demo", "--size", "80"], "1x1 to 600x300"),
        (["--demo", "--format", "gif"], "none of txt, ansi, svg, png"),
        (["--demo", "--view", "sky"], "none of all, map, fleet"),
        (["--demo", "--centre", "95,3"], "--centre <LAT,LON>"),
        (["--demo", "--zoom", "19"], "from 0 to 18"),
        (["--demo", "--keys", "j Entre"], "\"Entre\" is no key"),
        (["--demo", "--run", "45"], "30m or 2h"),
        (["--demo", "--at", "25:00"], "09:30"),
        (["--demo", "--output", "frame.gif"], "frame.gif"),
        (["--demo", "--until", "2026-03-04"], "--until"),
        (["--demo", "--replay", "day.csv"], "--replay"),
    ] {
        let (code, stdout, stderr) = snapshot(&arguments);
        assert_eq!(code, Some(64), "{arguments:?}: {stderr}");
        assert!(stderr.contains(named) && stdout.is_empty(), "{arguments:?}: {stderr}");
    }
    let (code, _, stderr) =
        snapshot(&["--demo", "--run", "1m", "--trucks", "1", "-o", "/no/such/place/a.txt"]);
    assert_eq!(code, Some(74), "{stderr}");
    assert!(stderr.contains("/no/such/place/a.txt"), "{stderr}");
    assert!(!Path::new("frame.gif").exists());
}

#[test]
fn a_png_is_kept_off_a_terminal() {
    let terminal = Tmux::start((100, 20), &[]);
    terminal.type_line("watchtower snapshot --demo --format png");
    terminal.wait_for("a terminal shows no PNG; give -o FILE or a pipe");
}
