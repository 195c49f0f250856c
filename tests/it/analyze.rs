//! `watchtower analyze` as a user meets it: files in, lines out.

use std::{
    fmt::Write as _,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::support::daemon;

/// A day's work of two trucks: a drive to the yard, a stop there, a drive on.
fn trace() -> String {
    let mut text = "vehicle_id,ts,lon,lat,speed_kmh,ignition\n".to_owned();
    for minute in 0..60 {
        let (east, speed) = match minute {
            0..20 => (f64::from(minute) * 0.005, 33.0),
            20..40 => (0.1, 0.0),
            _ => (0.1 + f64::from(minute - 40) * 0.012, 79.0),
        };
        for (truck, north) in [("one", 6.5), ("Two", 6.6)] {
            let lon = 3.3 + east;
            writeln!(text, "{truck},2026-03-02T08:{minute:02}:00Z,{lon:.4},{north},{speed},1").unwrap();
        }
    }
    text
}

const YARD: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature","id":"yard","properties":{"radius_m":300},
    "geometry":{"type":"Point","coordinates":[3.4,6.5]}}]}"#;

struct Bench {
    home: tempfile::TempDir,
}

struct Answer {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Bench {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path: PathBuf = self.home.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = daemon::command(&self.home);
        command.arg("analyze").args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Answer { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Answer {
    fn records(&self, kind: &str) -> Vec<Value> {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        let all = self.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        all.filter(|record| record["record"] == kind).collect()
    }
}

#[test]
fn a_trace_becomes_trips_stops_visits_alerts_and_days() {
    let bench = Bench::new();
    let (trace, yard) = (bench.file("t.csv", trace()), bench.file("yard.geojson", YARD));
    let answer = bench.run(&[&trace, "--geofences", &yard, "--time-zone", "Africa/Lagos"]);
    let stops = answer.records("stop");
    assert_eq!(stops.len(), 2);
    assert_eq!(stops[0]["start"], "2026-03-02T08:20:00.000Z");
    assert_eq!(stops[0]["seconds"], 1140.0, "at 8:40 it is where it was, and says it moves");
    let visits = answer.records("visit");
    assert_eq!(visits.len(), 1, "only one of them was at the yard");
    assert_eq!((&visits[0]["vehicle"], &visits[0]["confirmed"]), (&"one".into(), &true.into()));
    let trips = answer.records("trip");
    assert_eq!(trips.len(), 4);
    let metres = |record: &Value| record["distance_m"].as_f64().unwrap();
    assert!((metres(&trips[0]) - 11_050.0).abs() < 100.0, "{}", trips[0]);
    assert_eq!(answer.records("overspeed").len(), 2);
    let days = answer.records("day");
    let sum = |day: &Value| ["moving_s", "stationary_s", "offline_s"].map(|name| day[name].as_f64().unwrap());
    assert_eq!(sum(&days[0]).iter().sum::<f64>(), 59.0 * 60.0);
    let vehicles = answer.records("vehicle");
    let names: Vec<_> = vehicles.iter().map(|vehicle| vehicle["vehicle"].as_str().unwrap()).collect();
    assert_eq!(names, ["Two", "one"], "as they were written");
    assert_eq!((&vehicles[1]["fixes"], &vehicles[1]["used"]), (&60.into(), &60.into()));
    assert_eq!(
        (&vehicles[1]["first"], &vehicles[1]["last"]),
        (&"2026-03-02T08:00:00.000Z".into(), &"2026-03-02T08:59:00.000Z".into())
    );
    let driven: f64 = trips.iter().filter(|trip| trip["vehicle"] == "one").map(metres).sum();
    assert!((driven - metres(&vehicles[1])).abs() < 1.0, "what was driven is what the odometer says");
}

#[test]
fn what_is_asked_for_is_printed_in_the_shape_asked_for() {
    let bench = Bench::new();
    let trace = bench.file("t.csv", trace());
    let answer = bench.run(&[&trace, "--records", "stop,vehicle"]);
    let kinds: Vec<_> =
        answer.stdout.lines().map(|line| line.split('"').nth(3).unwrap().to_owned()).collect();
    assert_eq!(kinds, ["stop", "stop", "vehicle", "vehicle"]);
    let table = bench.run(&[&trace, "--format", "table"]);
    let head: Vec<_> = table.stdout.lines().next().unwrap().split_whitespace().collect();
    // No fix was refused and no fence is there: no columns of nothing.
    let columns = "vehicle fixes used first last km top km/h trips stops fast alerts";
    assert_eq!(head.join(" "), columns, "{}", table.stdout);
    assert!(
        table.stdout.ends_with("2 vehicles, 120 fixes, 120 used, 72.6 km, overspeed ×2\n"),
        "{}",
        table.stdout
    );
    let csv = bench.run(&[&trace, "--format", "csv", "--records", "stop"]);
    let lines: Vec<_> = csv.stdout.lines().collect();
    assert!(lines[0].starts_with("record,vehicle,geofence,"), "{}", csv.stdout);
    assert!(lines[1].starts_with("stop,one,,,,,,,2026-03-02T08:20:00.000Z,2026-03-02T08:39:00.000Z,1140.0,"));
    let answer = bench.run(&[&trace, "--records", "stop,tripp"]);
    assert_eq!(answer.code, Some(64));
    assert!(answer.stderr.contains("there is no record \"tripp\""), "{}", answer.stderr);
}

#[test]
fn rules_come_from_profile_file_environment_and_flags_in_that_order() {
    let bench = Bench::new();
    let (trace, config) =
        (bench.file("t.csv", trace()), bench.file("c.toml", "[rules.overspeed]\nlimit_kmh = 90\n"));
    let count = |arguments: &[&str], variable: &str| {
        let mut command = bench.command(&[&[&*trace, "--records", "overspeed"], arguments].concat());
        if !variable.is_empty() {
            command.env("WATCHTOWER_RULES_OVERSPEED_LIMIT_KMH", variable);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout.iter().filter(|byte| **byte == b'\n').count()
    };
    assert_eq!(count(&[], ""), 2);
    assert_eq!(count(&["--config", &config], ""), 0);
    assert_eq!(count(&["--config", &config], "70"), 2);
    assert_eq!(count(&["--config", &config, "--set", "rules.overspeed.limit_kmh=85"], "70"), 0);
    // The environment's own file is not read.
    let output = bench.command(&[&trace]).env("WATCHTOWER_CONFIG", &config).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("\"overspeed\""));
    let answer = bench.run(&[&trace, "--set", "rules.motion.radius_m=-1"]);
    assert_eq!(answer.code, Some(64));
    assert!(answer.stderr.contains("rules.motion.radius_m = -1"), "{}", answer.stderr);
}

#[test]
fn refused_lines_are_reported_and_strict_makes_them_an_error() {
    let bench = Bench::new();
    let trace = bench.file("t.csv", trace() + "one,never,3.3,6.5,,\n");
    let answer = bench.run(&[&trace]);
    let rejects = answer.records("reject");
    assert_eq!((&rejects[0]["file"], &rejects[0]["line"]), (&trace.as_str().into(), &122.into()));
    assert!(rejects[0]["reason"].as_str().unwrap().starts_with("ts: unreadable time"));
    assert_eq!(answer.records("vehicle")[1]["rejected"], 1);
    let strict = bench.run(&[&trace, "--strict"]);
    assert_eq!(strict.code, Some(65));
    assert!(strict.stdout.contains("\"reject\""), "what was found is printed all the same");
    assert!(bench.run(&["/no/such.csv"]).stderr.contains("cannot read /no/such.csv"));
    assert_eq!(bench.run(&["/no/such.csv"]).code, Some(66));
    let columns = bench.file("c.csv", "a,b\n");
    assert_eq!(bench.run(&[&columns]).code, Some(65));
}

#[test]
fn a_fence_that_crosses_itself_is_refused_by_name_with_the_place() {
    let bench = Bench::new();
    let trace = bench.file("t.csv", trace());
    let bow = bench.file(
        "bow.geojson",
        r#"{"type":"Feature","id":"bow","properties":{},"geometry":{"type":"Polygon",
           "coordinates":[[[3.0,6.0],[3.2,6.2],[3.2,6.0],[3.0,6.2],[3.0,6.0]]]}}"#,
    );
    let answer = bench.run(&[&trace, "--geofences", &bow]);
    assert_eq!(answer.code, Some(65));
    let expected = "geofence \"bow\": polygon at index 0 is invalid: exterior ring has a self-intersection, at 3.1000000 6.1000000 (lon lat)";
    assert!(answer.stderr.contains(expected), "{}", answer.stderr);
}

#[test]
fn a_file_that_is_cut_off_is_an_error_after_what_it_holds() {
    let bench = Bench::new();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(trace().as_bytes()).unwrap();
    let packed = gzip.finish().unwrap();
    let cut = bench.file("cut.csv.gz", &packed[..packed.len() - 20]);
    let gpx = bench.file(
        "cut.gpx",
        "<gpx><trk><trkseg><trkpt lat='6.5' lon='3.3'><time>2026-03-02T08:00:00Z</time></trkpt>",
    );
    for (file, profile) in [(&cut, "default"), (&cut, "raw"), (&gpx, "default"), (&gpx, "raw")] {
        let answer = bench.run(&[file, "--profile", profile]);
        assert_eq!(answer.code, Some(65), "{}", answer.stderr);
        let named = format!("{file}:");
        assert!(answer.stderr.contains(&named) && answer.stderr.contains("cut off"), "{}", answer.stderr);
        assert!(answer.stdout.contains("\"record\":\"vehicle\""), "what was read is told");
    }
    let head = bench.run(&[&bench.file("head.csv.gz", &packed[..8])]);
    assert_eq!(head.code, Some(65));
    assert!(head.stderr.contains("head.csv.gz"), "{}", head.stderr);
}

#[test]
fn a_fence_of_two_files_and_an_input_read_twice_are_refused() {
    let bench = Bench::new();
    let trace = bench.file("t.csv", trace());
    let (one, two) = (bench.file("one.geojson", YARD), bench.file("two.geojson", format!("\u{feff}{YARD}")));
    let answer = bench.run(&[&trace, "--geofences", &one, "--geofences", &two]);
    assert_eq!(answer.code, Some(65));
    let expected = format!("{two}: geofence id \"yard\" is used in {one} too");
    assert!(answer.stderr.contains(&expected), "{}", answer.stderr);
    assert_eq!(bench.run(&["-", "-"]).code, Some(64));
}

#[test]
fn every_format_tells_the_same_of_the_same_fixes() {
    let bench = Bench::new();
    let csv = trace();
    let rows = || csv.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    let ndjson: String = rows()
        .map(|row| {
            format!(
                "{{\"vehicle\":\"{}\",\"ts\":\"{}\",\"lng\":{},\"lat\":{},\"speed_kmh\":{},\"ignition\":{}}}\n",
                row[0], row[1], row[2], row[3], row[4], row[5]
            )
        })
        .collect();
    let track = |truck: &str| {
        let points = rows().filter(|row| row[0] == truck).map(|row| {
            let speed = row[4].parse::<f64>().unwrap() / 3.6;
            format!(
                "<trkpt lat='{}' lon='{}'><time>{}</time><speed>{speed}</speed></trkpt>",
                row[3], row[2], row[1]
            )
        });
        format!("<trk><name>{truck}</name><trkseg>{}</trkseg></trk>", points.collect::<String>())
    };
    let gpx = format!("<gpx>{}{}</gpx>", track("one"), track("Two"));
    // A track of GPX has no ignition, and one truck's points come after the other's.
    let told = |file: &str| {
        let answer = bench.run(&[file, "--records", "trip,stop,overspeed,vehicle"]);
        assert_eq!(answer.code, Some(0), "{}", answer.stderr);
        let mut lines: Vec<_> = answer.stdout.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let expected = told(&bench.file("t.csv", &csv));
    assert!(expected.len() > 6);
    assert_eq!(told(&bench.file("t.ndjson", ndjson)), expected);
    assert_eq!(told(&bench.file("t.gpx", gpx)), expected);
}

#[test]
fn standard_input_gzip_and_parts_in_several_files_give_the_same_answer() {
    let bench = Bench::new();
    let text = trace();
    let whole = bench.run(&[&bench.file("t.csv", &text)]).stdout;
    let mut piped = bench.command(&["-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    piped.stdin.take().unwrap().write_all(&gzip.finish().unwrap()).unwrap();
    assert_eq!(String::from_utf8(piped.wait_with_output().unwrap().stdout).unwrap(), whole);
    // Every other line in another file: by time they are one again.
    let part = |keep: &dyn Fn(usize) -> bool| {
        let lines = text.lines().enumerate().filter(|(number, _)| *number == 0 || keep(*number));
        lines.map(|(_, line)| format!("{line}\n")).collect::<String>()
    };
    let (odd, even) =
        (bench.file("odd.csv", part(&|n| n % 2 == 1)), bench.file("even.csv", part(&|n| n % 2 == 0)));
    assert_eq!(bench.run(&[&odd, &even]).stdout, whole);
    // In the raw profile the order of the lines is of no account.
    let mut shuffled: Vec<_> = text.lines().skip(1).collect();
    shuffled.reverse();
    let shuffled =
        bench.file("s.csv", format!("{}\n{}\n", text.lines().next().unwrap(), shuffled.join("\n")));
    let straight = bench.file("t.csv", &text);
    let raw = |file: &str| {
        let answer = bench.run(&[file, "--profile", "raw", "--records", "vehicle,trip,day"]);
        let mut lines: Vec<_> = answer.stdout.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(raw(&shuffled), raw(&straight));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let bench = Bench::new();
    let mut text = "vehicle,ts,lon,lat\n".to_owned();
    for number in 0..20_000 {
        writeln!(text, "t{number},2026-03-02T08:00:00Z,3.3,6.5").unwrap();
    }
    let trace = bench.file("t.csv", text);
    let mut command = bench.command(&[&trace]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(command.stdout.take());
    let output = command.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
}
