//! What history tells: a truck's day, and who stayed at a place.

use serde_json::{Value, json};
use watchtower_core::{
    ask::{Period, Subject},
    domain::{
        history::{Kept, Record, StopRecord, Visit},
        id::FenceId,
        time::Timestamp,
    },
};

use super::{
    Answer, Call, Goes, Row,
    scene::{Scene, begun, bounds, listed, several},
};
use crate::words;

/// What a truck did.
pub(super) fn story(scene: &Scene<'_>, of: &Subject, period: &Period) -> Answer {
    let key = match scene.vehicle(of) {
        Ok(key) => key,
        Err(why) => return Answer::said(why),
    };
    let number = scene.number(&key);
    let records = || scene.past.records.iter().map(|kept| &kept.record);
    let drives: Vec<_> = records()
        .filter_map(|record| match record {
            Record::Drive(drive) => Some(drive),
            _ => None,
        })
        .collect();
    let stops: Vec<&StopRecord> = records()
        .filter_map(|record| match record {
            Record::Stop(stop) => Some(stop),
            _ => None,
        })
        .collect();
    let mut places: Vec<String> = Vec::new();
    for record in records() {
        if let Record::Visit(visit) = record {
            let name = scene.fence(&visit.geofence);
            if !places.contains(&name) {
                places.insert(0, name);
            }
        }
    }
    let mut told: Vec<String> = Vec::new();
    if !drives.is_empty() {
        let km: f64 = drives.iter().map(|drive| drive.distance_m.get() / 1_000.0).sum();
        let seconds: f64 = drives.iter().map(|drive| drive.end.seconds_since(drive.start)).sum();
        told.push(format!(
            "drove {km:.1} km in {} of {} together",
            several(drives.len(), "drive"),
            words::duration(seconds)
        ));
    }
    if let Some(longest) = stops.iter().max_by(|a, b| a.seconds.total_cmp(&b.seconds)) {
        let lasted = words::duration(longest.seconds);
        told.push(match stops.len() {
            1 => format!("stopped once, for {lasted}"),
            count => format!("stopped {}, the longest for {lasted}", times(count)),
        });
    }
    if !places.is_empty() {
        told.push(format!("was in {}", listed(&places, "and")));
    }
    if !scene.past.alerts.is_empty() {
        told.push(format!("raised {}", several(scene.past.alerts.len(), "alert")));
    }
    let when = begun(&period.words);
    let text = match told.is_empty() {
        true => format!("{when} nothing is told of {number}: no drive, stop, visit or alert began."),
        false => format!("{when} {number} {}.", listed(&told, "and")),
    };
    let mut rows: Vec<(Timestamp, Row)> = scene.past.records.iter().map(|kept| row(scene, kept)).collect();
    rows.extend(scene.past.alerts.iter().map(|record| {
        let alert = &record.alert;
        let cells = vec![
            scene.moment(alert.start),
            words::duration(alert.end.unwrap_or(scene.clock.now).seconds_since(alert.start)),
            format!("alert: {}", words::alert(alert)),
        ];
        let goes = alert.point.map(Goes::Point);
        (alert.start, Row { cells, goes, data: serde_json::to_value(record).unwrap_or(Value::Null) })
    }));
    rows.sort_by_key(|(at, _)| *at);
    let call = |list: &str| {
        let [from, to] = bounds(period);
        Call::get(format!("/api/v1/{list}"), [("truck", key.to_string()), from, to])
    };
    Answer {
        text,
        heads: vec!["TIME", "LASTED", "WHAT"],
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        calls: ["drives", "stops", "visits", "overspeeds", "alerts"].map(call).into(),
        ..Answer::default()
    }
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

/// A record as a line of the story.
fn row(scene: &Scene<'_>, kept: &Kept) -> (Timestamp, Row) {
    let (seconds, what, goes) = match &kept.record {
        Record::Visit(visit) => (
            Some(visit.seconds),
            format!("in {}{}", scene.fence(&visit.geofence), going_on(visit)),
            Some(Goes::Place(visit.geofence.clone())),
        ),
        Record::Crossing(crossing) => (
            None,
            format!("through {}", scene.fence(&crossing.geofence)),
            Some(Goes::Place(crossing.geofence.clone())),
        ),
        Record::Stop(stop) => (
            Some(stop.seconds),
            format!("stopped {}", scene.whereabouts(stop.point, &[])),
            Some(Goes::Point(stop.point)),
        ),
        Record::Drive(drive) => (
            Some(drive.end.seconds_since(drive.start)),
            format!("drove {}", words::distance(drive.distance_m)),
            None,
        ),
        Record::Overspeed(over) => (
            Some(over.seconds),
            format!("too fast: {:.0}/{:.0} km/h", over.peak_kmh.get(), over.limit_kmh.get()),
            None,
        ),
        Record::Day(day) => (None, format!("drove {} that day", words::distance(day.distance_m)), None),
    };
    let lasted = seconds.map_or_else(String::new, words::duration);
    let cells = vec![scene.moment(kept.start), lasted, what];
    (kept.start, Row { cells, goes, data: serde_json::to_value(&kept.record).unwrap_or(Value::Null) })
}

const fn going_on(visit: &Visit) -> &'static str {
    if visit.exit.is_none() { ", and still is" } else { "" }
}

/// Who stayed at a place, and how long.
pub(super) fn stays(scene: &Scene<'_>, place: &FenceId, of: Option<&Subject>, period: &Period) -> Answer {
    let key = match of.map(|of| scene.vehicle(of)).transpose() {
        Ok(key) => key,
        Err(why) => return Answer::said(why),
    };
    let mut visits: Vec<&Visit> = scene
        .past
        .records
        .iter()
        .filter_map(|kept| match &kept.record {
            Record::Visit(visit) => Some(visit),
            _ => None,
        })
        .filter(|visit| {
            // Those that began before count where they reach into the period.
            let end = visit.exit.unwrap_or(scene.clock.now);
            (visit.confirmed || visit.exit.is_none())
                && end >= period.span.from
                && visit.enter < period.span.to
        })
        .collect();
    visits.sort_by_key(|visit| visit.enter);
    let name = scene.fence(place);
    let mut over: Vec<f64> =
        visits.iter().filter(|visit| visit.exit.is_some()).map(|visit| visit.seconds).collect();
    over.sort_by(f64::total_cmp);
    let inside = visits.len() - over.len();
    let who = key.as_ref().map(|key| scene.number(key));
    let when = begun(&period.words);
    let mut text = match (&who, visits.len()) {
        (Some(number), 0) => format!("{when} {number} was not in {name}."),
        (None, 0) => format!("{when} no truck was in {name}."),
        (Some(number), 1) => one_stay(scene, number, &name, visits[0]),
        (Some(number), count) => format!("{when} {number} was in {name} {}.", times(count)),
        (None, count) => {
            let mut trucks: Vec<_> = visits.iter().map(|visit| &visit.vehicle).collect();
            trucks.sort_unstable();
            trucks.dedup();
            format!("{when} {} of {} to {name}.", several(count, "visit"), several(trucks.len(), "truck"))
        }
    };
    if over.len() > 1 {
        let mean = over.iter().sum::<f64>() / over.len() as f64;
        let (shortest, longest) = (over[0], over[over.len() - 1]);
        text += &format!(
            " Those over took {} on average, half of them no more than {}, the shortest {}, the longest {}.",
            words::duration(mean),
            words::duration(over[over.len() / 2]),
            words::duration(shortest),
            words::duration(longest)
        );
    } else if let ([only], None) = (over.as_slice(), &who) {
        text += &format!(" The one that is over took {}.", words::duration(*only));
    }
    if inside > 0 && who.is_none() {
        text += &format!(" {inside} {} still there.", super::scene::is(inside));
    }
    let row = |visit: &&Visit| {
        let seconds =
            visit.exit.map_or_else(|| scene.clock.now.seconds_since(visit.enter), |_| visit.seconds);
        let left = visit.exit.map_or_else(|| "still there".to_owned(), |exit| scene.moment(exit));
        Row {
            cells: vec![
                scene.number(&visit.vehicle),
                scene.moment(visit.enter),
                left,
                words::duration(seconds),
            ],
            goes: Some(Goes::Truck(visit.vehicle.clone())),
            data: json!(visit),
        }
    };
    let [from, to] = bounds(period);
    let mut call = Call::get("/api/v1/visits", [("geofence", place.to_string()), from, to]);
    call.query.extend(key.as_ref().map(|key| ("truck", key.to_string())));
    Answer {
        text,
        heads: vec!["TRUCK", "CAME", "LEFT", "STAYED"],
        rows: visits.iter().map(row).collect(),
        calls: vec![call],
        ..Answer::default()
    }
}

fn one_stay(scene: &Scene<'_>, number: &str, name: &str, visit: &Visit) -> String {
    let came = scene.moment(visit.enter);
    match visit.exit {
        Some(exit) => format!(
            "{number} came to {name} at {came} and left at {}, after {}.",
            scene.moment(exit),
            words::duration(visit.seconds)
        ),
        None => format!(
            "{number} came to {name} at {came} and is still there, for {} now.",
            words::duration(scene.clock.now.seconds_since(visit.enter))
        ),
    }
}
