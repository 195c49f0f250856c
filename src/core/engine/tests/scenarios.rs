//! Runs every scenario file, and shows what differs line by line.

use std::{fmt::Write as _, fs, path::Path, sync::Arc};

use super::{
    Ground, engine,
    plan::{Act, Scenario, clock},
};
use crate::{
    domain::{
        alert::Alert,
        event::{Event, EventData},
        id::VehicleKey,
        live::LiveState,
        time::Timestamp,
    },
    engine::{Engine, FenceSet, Output},
};

#[test]
fn every_scenario_happens_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut report, mut failed) = (String::new(), 0);
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        let scenario: Scenario =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        if let Some(difference) = check(&scenario) {
            failed += 1;
            let name = file.file_stem().unwrap().to_string_lossy();
            let _ = writeln!(report, "\n{name}: {}\n{difference}", scenario.about.trim());
        }
    }
    assert!(files.len() >= 25, "only {} scenarios found", files.len());
    assert!(failed == 0, "{failed} of {} scenarios differ (- expected, + happened):\n{report}", files.len());
}

fn check(scenario: &Scenario) -> Option<String> {
    let ground = scenario.ground();
    let (events, live) = play(scenario, None);
    let shown = events.iter().filter(|event| {
        let name = event.data.type_name();
        scenario.show.is_empty() || scenario.show.iter().any(|prefix| name.starts_with(prefix.as_str()))
    });
    let mut happened: Vec<_> = shown.map(|event| line(event, &ground)).collect();
    let mut expected: Vec<_> = lines(&scenario.expect);
    if let Some(text) = &scenario.live {
        expected.extend(lines(text));
        happened.extend(live.map(|live| describe(&live)));
    }
    if expected != happened {
        return Some(difference(&expected, &happened));
    }
    // Stopped and started anywhere, the engine goes on as if it had not been.
    let bytes = |events: &[Event]| events.iter().map(Event::to_json).collect::<Vec<_>>();
    (0..scenario.acts().len()).find_map(|stop| {
        let (again, _) = play(scenario, Some(stop));
        (bytes(&again) != bytes(&events))
            .then(|| format!("differs when restarted after line {} of the input", stop + 1))
    })
}

/// Plays the input; restarts from a snapshot after one of its lines, if asked to.
fn play(scenario: &Scenario, restart_after: Option<usize>) -> (Vec<Event>, Option<LiveState>) {
    let rules = scenario.rules();
    let mut fences = scenario.fences();
    let (mut engine, mut out) = (engine(&rules, &fences), Output::default());
    let groups = Arc::new(scenario.groups.clone());
    engine.set_groups(groups.clone());
    let lanes = Arc::new(scenario.lanes());
    engine.set_lanes(lanes.clone());
    let restart = |engine: &Engine| {
        let snapshot = engine.snapshot();
        let rules = engine.book.everybodys().clone();
        let mut again = Engine::restore(rules, engine.fences.clone(), &snapshot).unwrap();
        again.set_groups(groups.clone());
        again.set_lanes(lanes.clone());
        assert_eq!(again.snapshot(), snapshot, "what is restored is not what was stored");
        again
    };
    for (number, act) in scenario.acts().into_iter().enumerate() {
        match act {
            Act::Input(event) => engine.step(&event, &mut out),
            Act::Restart => engine = restart(&engine),
            Act::KeepFences(ids) => {
                fences.retain(|fence| ids.iter().any(|id| id == fence.id.as_str()));
                engine.set_fences(Arc::new(FenceSet::new(fences.clone())));
            }
        }
        if restart_after == Some(number) {
            engine = restart(&engine);
        }
    }
    engine.finish(&mut out);
    let live = engine.live(&VehicleKey::new("T1").unwrap());
    (out.events, live)
}

fn lines(text: &str) -> Vec<String> {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    text.lines()
        .map(|line| words(line.split(" #").next().unwrap_or("")))
        .filter(|line| !line.is_empty())
        .collect()
}

/// An event as a scenario writes it.
fn line(event: &Event, ground: &Ground) -> String {
    let place = |point| {
        let (east, north) = ground.metres(point);
        format!("{:.0} {:.0}", east + 0.0, north + 0.0).replace("-0 ", "0 ").replace(" -0", " 0")
    };
    let truck = if event.key == "T1" { String::new() } else { format!("{} ", event.key) };
    let what = match &event.data {
        EventData::GeofenceEntered(moment) if moment.entered_at_first_fix => {
            format!("{} already inside", moment.geofence)
        }
        EventData::GeofenceEntered(moment) => moment.geofence.to_string(),
        EventData::VisitConfirmed(moment) => format!("{} since {}", moment.geofence, clock(moment.enter)),
        EventData::GeofenceExited(visit) | EventData::GeofenceCrossed(visit) => {
            let confirmed = if visit.confirmed { " confirmed" } else { "" };
            format!("{} since {}{confirmed}", visit.geofence, clock(visit.enter))
        }
        EventData::StopStarted(stop) => format!("at {}", place(stop.point)),
        EventData::StopEnded(stop) => format!("since {} at {}", clock(stop.start), place(stop.point)),
        EventData::DriveEnded(drive) => {
            let (metres, fixes) = (drive.distance_m.get(), drive.fixes);
            format!("since {} {metres:.0} m {fixes} fixes", clock(drive.start))
        }
        EventData::TruckStatusChanged(change) => match change.from {
            Some(from) => format!("{} -> {}", from.name(), change.to.name()),
            None => change.to.name().to_owned(),
        },
        EventData::TripStatusChanged(change) => {
            let milestone =
                change.milestone.map_or(String::new(), |milestone| format!(" {}", milestone.name()));
            let tat = change.tat_s.map_or(String::new(), |seconds| format!(" TAT {:.0} min", seconds / 60.0));
            let number = change.trip.0.as_u128();
            format!("trip {number} {} -> {}{milestone}{tat}", change.from.name(), change.to.name())
        }
        EventData::AlertTriggered(alert) => describe_alert(alert, event.ts),
        EventData::AlertResolved(alert) => {
            format!("{} since {}", describe_alert(alert, event.ts), clock(alert.start))
        }
        EventData::AlertEscalated(escalation) => {
            let (from, to) = (escalation.from.name(), escalation.to.name());
            format!("{} {from} -> {to} after {} s", escalation.kind, escalation.after_s)
        }
        EventData::AlertAcknowledged(note) => format!("by {}", note.by),
        EventData::PositionFlagged(flagged) => flagged.reason.clone(),
        other => panic!("the engine does not derive {}", other.type_name()),
    };
    let line = format!("{} {truck}{} {what}", clock(event.ts), event.data.type_name());
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn describe_alert(alert: &Alert, ts: Timestamp) -> String {
    assert!(alert.end.is_none_or(|end| end >= alert.start && end >= ts.min(alert.start)));
    let values = alert
        .values
        .iter()
        .map(|(name, value)| match value.as_str() {
            Some(text) => format!(" {name}={text}"),
            None => format!(" {name}={}", value.as_f64().unwrap()),
        })
        .collect::<String>();
    format!("{}{values}", alert.kind)
}

fn describe(live: &LiveState) -> String {
    let list = |names: Vec<String>| if names.is_empty() { "none".to_owned() } else { names.join("+") };
    format!(
        "{} since {}, fences {}, alerts {}, today {:.0} m{}",
        live.motion.name(),
        clock(live.since),
        list(live.fences.iter().map(ToString::to_string).collect()),
        list(live.alerts.iter().map(ToString::to_string).collect()),
        live.today_m.get(),
        live.eta.map_or(String::new(), |eta| {
            let learned = if eta.trips > 0 { format!(", of {} trips", eta.trips) } else { String::new() };
            format!(
                ", there at {} ({} to {}{learned})",
                clock(eta.at),
                clock(eta.earliest),
                clock(eta.latest)
            )
        }),
    )
}

/// The longest common part unmarked, the rest with the side it is on.
fn difference(expected: &[String], happened: &[String]) -> String {
    let mut common = vec![vec![0_usize; happened.len() + 1]; expected.len() + 1];
    for (row, left) in expected.iter().enumerate().rev() {
        for (column, right) in happened.iter().enumerate().rev() {
            common[row][column] = if left == right {
                common[row + 1][column + 1] + 1
            } else {
                common[row + 1][column].max(common[row][column + 1])
            };
        }
    }
    let (mut row, mut column, mut text) = (0, 0, String::new());
    while row < expected.len() || column < happened.len() {
        let (mark, line) = if row < expected.len() && expected.get(row) == happened.get(column) {
            (row, column) = (row + 1, column + 1);
            (' ', &expected[row - 1])
        } else if column == happened.len()
            || (row < expected.len() && common[row + 1][column] >= common[row][column + 1])
        {
            row += 1;
            ('-', &expected[row - 1])
        } else {
            column += 1;
            ('+', &happened[column - 1])
        };
        let _ = writeln!(text, "  {mark} {line}");
    }
    text
}
