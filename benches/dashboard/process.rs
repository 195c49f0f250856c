//! The built program in a terminal of its own: how soon its first frame is there, and what
//! it costs while nothing happens. By the wall clock, on a machine that does nothing else.

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use chrono::{SecondsFormat, TimeDelta, Utc};
use tempfile::TempDir;

#[path = "../../tests/it/support/pty.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod pty;

use self::pty::{Line, Pty, Seat, Tie};

const BINARY: &str = env!("CARGO_BIN_EXE_watchtower");
/// As good as none.
const LINE: Line = Line { rate: 1e9, way: Duration::ZERO };
const RUNS: usize = 15;
const TRUCKS: usize = 84;
/// The engine has stepped a short recording long before.
const ENGINE_RUNS: Duration = Duration::from_secs(3);
/// The past is read behind the first frames.
const SETTLES: Duration = Duration::from_secs(3);
const WATCHED: Duration = Duration::from_secs(20);

/// A directory of data with a fleet that stands.
fn fleet() -> TempDir {
    let home = tempfile::tempdir().expect("there is room for a little");
    let mut rows = "vehicle_id,ts,lon,lat,speed_kmh,heading_deg,ignition\n".to_owned();
    for minute in 0..10 {
        let at = (Utc::now() - TimeDelta::minutes(20 - minute)).to_rfc3339_opts(SecondsFormat::Secs, true);
        for truck in 0..TRUCKS {
            let (lon, lat) = (3.3 + 0.002 * truck as f64, 6.45 + 0.002 * (truck % 20) as f64);
            writeln!(rows, "T{truck:05}LA,{at},{lon:.4},{lat:.4},0,90,false").expect("memory takes it");
        }
    }
    let recording = home.path().join("recording.csv");
    fs::write(&recording, rows).expect("there is room for a little");
    let command = |arguments: &[&str]| {
        let mut command = Command::new(BINARY);
        command.args(arguments).env("WATCHTOWER_DATA_DIR", home.path()).env("XDG_CONFIG_HOME", home.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let recording = recording.to_str().expect("a plain name");
    let played = command(&["replay", "--speed", "max", recording]).status().expect("it starts");
    assert!(played.success(), "the recording is not played: {played}");
    let mut engine = command(&["daemon", "--role", "engine"]).spawn().expect("it starts");
    thread::sleep(ENGINE_RUNS);
    engine.kill().and_then(|()| engine.wait()).expect("it runs until then");
    home
}

fn seat(data: Option<&Path>) -> Seat<'_> {
    Seat { size: (200, 50), line: LINE, tie: Tie::Controlling, data }
}

/// The median and the longest of all runs, in milliseconds.
fn times(mut run: impl FnMut() -> Duration) -> (f64, f64) {
    let mut taken: Vec<Duration> = (0..RUNS).map(|_| run()).collect();
    taken.sort();
    let millis = |at: usize| taken[at].as_secs_f64() * 1e3;
    (millis(RUNS / 2), millis(RUNS - 1))
}

/// From exec to the first whole frame, and to one with the fleet.
fn first_frames(program: &[&str], data: Option<&Path>, yardstick: f64) {
    let (first, longest) = times(|| {
        let begun = Instant::now();
        let mut pty = Pty::start(BINARY, program, seat(data));
        pty.until("a frame", |pty| !pty.frames().is_empty());
        pty.frames()[0].at - begun
    });
    println!(
        "{:<46} p50 {first:>6.1} max {longest:>6.1} ms  {:.1} × that of --version",
        format!("first frame from exec: {}", program.join(" ")),
        first / yardstick,
    );
    let (fleet, longest) = times(|| {
        let begun = Instant::now();
        let mut pty = Pty::start(BINARY, program, seat(data));
        let shown = format!("─ {TRUCKS} ╮");
        pty.until("the fleet", |pty| pty.screen().contains(&shown));
        begun.elapsed()
    });
    println!(
        "{:<46} p50 {fleet:>6.1} max {longest:>6.1} ms",
        format!("fleet from exec: {}", program.join(" "))
    );
}

/// The time of processors all threads of a process have used.
fn processor_time(id: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{id}/task")).expect("it runs");
    let used = tasks.flatten().filter_map(|task| {
        // A thread may end meanwhile.
        let used = fs::read_to_string(task.path().join("schedstat")).ok()?;
        used.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(used.sum())
}

fn idle(data: &Path) {
    let mut pty = Pty::start(BINARY, &["watch"], seat(Some(data)));
    pty.until_seen(&format!("─ {TRUCKS} ╮"));
    pty.run_for(SETTLES);
    let (before, bytes) = (processor_time(pty.id()), pty.taken());
    pty.run_for(WATCHED);
    let used = processor_time(pty.id()) - before;
    println!(
        "{:<46} {:.2} % of a core, {:.0} B a second",
        format!("idle: watch of {TRUCKS} trucks"),
        1e2 * used.as_secs_f64() / WATCHED.as_secs_f64(),
        (pty.taken() - bytes) as f64 / WATCHED.as_secs_f64(),
    );
}

/// Prints all of it.
pub(crate) fn report() {
    let (version, longest) = times(|| {
        let begun = Instant::now();
        let status = Command::new("setsid").args([BINARY, "--version"]).stdout(Stdio::null()).status();
        assert!(status.expect("it starts").success());
        begun.elapsed()
    });
    println!("{:<46} p50 {version:>6.1} max {longest:>6.1} ms", "exec and exit: --version");
    let home = fleet();
    first_frames(&["demo"], None, version);
    first_frames(&["watch"], Some(home.path()), version);
    idle(home.path());
}
