//! Figures of days: how far and how long, the most and the least, turnaround. Days are
//! counted once they are over; of today is told what the live picture knows.

use std::collections::BTreeMap;

use serde_json::json;
use watchtower_core::{
    ask::{Figure, Meant, Period, Subject},
    domain::{history::Record, id::VehicleKey},
    ports::history::TruckMetric,
};

use super::{
    Answer, Call, Filtered, Goes, Row,
    past::counted,
    scene::{Scene, begun, bounds, several},
};
use crate::words;

/// Whether today is in a period of days.
fn has_today(scene: &Scene<'_>, period: &Period) -> bool {
    let today = scene.clock.today();
    period.days.is_some_and(|(from, to)| from <= today && today < to)
}

fn km(metres: f64) -> String {
    format!("{:.1} km", metres / 1_000.0)
}

fn hours(seconds: f64) -> String {
    words::duration(seconds)
}

/// Time without fixes, where there was any.
fn silent(seconds: f64) -> String {
    if seconds > 0.0 { format!(" and silent for {}", hours(seconds)) } else { String::new() }
}

/// How far and how long a truck drove.
pub(super) fn driven(scene: &Scene<'_>, of: &Subject, period: &Period) -> Answer {
    let key = match scene.vehicle(of) {
        Ok(key) => key,
        Err(why) => return Answer::said(why),
    };
    let name = scene.name(of, &key);
    let when = begun(&period.words);
    if period.days.is_none() || counted(period, scene.clock).is_none() {
        return by_drives(scene, &key, &name, period);
    }
    let of_today = scene.live(&key).filter(|_| has_today(scene, period)).map(|live| live.today_m.get());
    let sum = scene.past.days.iter().fold(TruckMetric::default(), added);
    let metres = sum.distance_m.get() + of_today.unwrap_or(0.0);
    let text = match (scene.past.days.is_empty(), of_today) {
        (true, None) => format!("{when} nothing is counted of {name}."),
        (_, today) => {
            let today = today.map_or_else(String::new, |m| format!(", {} of them today", km(m)));
            format!(
                "{when} {name} drove {}{today}. On the days that are over it was moving for {}, idle for {}, standing otherwise for {}{}; top speed {:.0} km/h.",
                km(metres),
                hours(sum.moving_s),
                hours(sum.idle_s),
                hours(sum.stopped_s),
                silent(sum.offline_s),
                sum.max_speed_kmh
            )
        }
    };
    let mut rows: Vec<Row> = scene.past.days.iter().map(|day| day_row(day, &key)).collect();
    if let Some(metres) = of_today {
        rows.push(Row {
            cells: vec!["today".to_owned(), km(metres)],
            goes: Some(Goes::Truck(key.clone())),
            data: json!({"date": scene.clock.today(), "vehicle": key, "distance_m": metres}),
        });
    }
    let [from, to] = bounds(period);
    Answer {
        text,
        heads: vec!["DAY", "DISTANCE", "MOVING", "IDLE", "TOP KM/H"],
        rows,
        calls: vec![Call::get("/api/v1/analytics/trucks", [("truck", key.to_string()), from, to])],
        ..Answer::default()
    }
}

fn day_row(day: &TruckMetric, key: &VehicleKey) -> Row {
    Row {
        cells: vec![
            day.date.format("%a %-d %b").to_string(),
            km(day.distance_m.get()),
            hours(day.moving_s),
            hours(day.idle_s),
            format!("{:.0}", day.max_speed_kmh),
        ],
        goes: Some(Goes::Truck(key.clone())),
        data: json!({
            "date": day.date, "vehicle": key, "distance_m": day.distance_m.rounded(), "moving_s": day.moving_s,
            "idle_s": day.idle_s, "stopped_s": day.stopped_s, "offline_s": day.offline_s,
            "max_speed_kmh": day.max_speed_kmh,
        }),
    }
}

/// Of today, or of hours, by the drives that are over.
fn by_drives(scene: &Scene<'_>, key: &VehicleKey, name: &str, period: &Period) -> Answer {
    let drives: Vec<_> = scene
        .past
        .records
        .iter()
        .filter_map(|kept| match &kept.record {
            Record::Drive(drive) => Some(drive),
            _ => None,
        })
        .collect();
    let seconds: f64 = drives.iter().map(|drive| drive.end.seconds_since(drive.start)).sum();
    let metres: f64 = drives.iter().map(|drive| drive.distance_m.get()).sum();
    let when = begun(&period.words);
    let of_drives =
        || format!("{} over, {} in {}", several(drives.len(), "drive"), km(metres), hours(seconds));
    let text = match (has_today(scene, period).then(|| scene.live(key)).flatten(), drives.is_empty()) {
        (Some(live), true) => {
            format!("{when} {name} has driven {}; no drive of the day is over yet.", km(live.today_m.get()))
        }
        (Some(live), false) => {
            format!("{when} {name} has driven {}: {}.", km(live.today_m.get()), of_drives())
        }
        (None, true) => format!("{when} no drive of {name} began that is over."),
        (None, false) => format!("{when} {name} began {}.", of_drives()),
    };
    let rows = drives
        .iter()
        .rev()
        .map(|drive| Row {
            cells: vec![
                scene.moment(drive.start),
                hours(drive.end.seconds_since(drive.start)),
                km(drive.distance_m.get()),
            ],
            goes: Some(Goes::Truck(key.clone())),
            data: json!(drive),
        })
        .collect();
    let [from, to] = bounds(period);
    Answer {
        text,
        heads: vec!["SET OFF", "DROVE", "DISTANCE"],
        rows,
        calls: vec![Call::get("/api/v1/drives", [("truck", key.to_string()), from, to])],
        ..Answer::default()
    }
}

/// How far the fleet drove.
pub(super) fn driven_by_all(scene: &Scene<'_>, period: &Period) -> Answer {
    let when = begun(&period.words);
    let of_today = has_today(scene, period)
        .then(|| scene.books.live.values().map(|live| live.today_m.get()).sum::<f64>());
    let [from, to] = bounds(period);
    let calls = vec![Call::get("/api/v1/analytics/daily", [from, to])];
    if period.days.is_none() {
        let metres: f64 = scene
            .past
            .records
            .iter()
            .map(|kept| match &kept.record {
                Record::Drive(drive) => drive.distance_m.get(),
                _ => 0.0,
            })
            .sum();
        let text = format!(
            "{when} {} began that are over, {} together.",
            several(scene.past.records.len(), "drive"),
            km(metres)
        );
        return Answer { text, ..Answer::default() };
    }
    let days = &scene.past.fleet_days;
    let sum = days.iter().fold(TruckMetric::default(), |sum, day| added(sum, &day.sum));
    let text = match (days.is_empty(), of_today) {
        (true, None) => format!("{when} nothing is counted of the fleet."),
        (true, Some(today)) => format!("{when} the fleet drove {} so far.", km(today)),
        (false, today) => format!(
            "{when} the fleet drove {}{}; on the days that are over its trucks were moving for {} together.",
            km(sum.distance_m.get() + today.unwrap_or(0.0)),
            today.map_or_else(String::new, |today| format!(", {} of them today", km(today))),
            hours(sum.moving_s)
        ),
    };
    let rows = days
        .iter()
        .map(|day| Row {
            cells: vec![
                day.sum.date.format("%a %-d %b").to_string(),
                day.vehicles.to_string(),
                km(day.sum.distance_m.get()),
                hours(day.sum.moving_s),
            ],
            goes: None,
            data: json!({
                "date": day.sum.date, "vehicles": day.vehicles, "distance_m": day.sum.distance_m.rounded(),
                "moving_s": day.sum.moving_s,
            }),
        })
        .collect();
    Answer { text, heads: vec!["DAY", "TRUCKS", "DISTANCE", "MOVING"], rows, calls, ..Answer::default() }
}

fn added(mut sum: TruckMetric, day: &TruckMetric) -> TruckMetric {
    sum.distance_m.0 += day.distance_m.0;
    sum.moving_s += day.moving_s;
    sum.idle_s += day.idle_s;
    sum.stopped_s += day.stopped_s;
    sum.offline_s += day.offline_s;
    sum.max_speed_kmh = sum.max_speed_kmh.max(day.max_speed_kmh);
    sum.returned += day.returned;
    sum.tat_s += day.tat_s;
    sum
}

/// The trucks with the highest or lowest figures.
pub(super) fn rank(
    scene: &Scene<'_>,
    figure: Figure,
    lowest: bool,
    period: &Period,
    meant: &Meant,
    limit: usize,
) -> Answer {
    let mut of: BTreeMap<VehicleKey, f64> = BTreeMap::new();
    for metric in &scene.past.days {
        if let Ok(key) = VehicleKey::new(&metric.vehicle) {
            *of.entry(key).or_default() += value(figure, metric);
        }
    }
    let counts_today = figure == Figure::Distance && has_today(scene, period);
    if counts_today {
        for (key, live) in &scene.books.live {
            *of.entry(key.clone()).or_default() += live.today_m.get();
        }
    }
    for kept in &scene.past.records {
        match (&kept.record, figure) {
            (Record::Overspeed(over), Figure::Speed) => {
                let highest = of.entry(over.vehicle.clone()).or_default();
                *highest = highest.max(over.peak_kmh.get());
            }
            (Record::Drive(drive), Figure::Distance) => {
                *of.entry(drive.vehicle.clone()).or_default() += drive.distance_m.get();
            }
            (Record::Drive(drive), Figure::Moving) => {
                *of.entry(drive.vehicle.clone()).or_default() += drive.end.seconds_since(drive.start);
            }
            _ => {}
        }
    }
    if scene.past.days.is_empty() && figure == Figure::Alerts {
        for record in &scene.past.alerts {
            *of.entry(record.alert.vehicle.clone()).or_default() += 1.0;
        }
    }
    of.retain(|key, _| meant.filter.matches(&scene.books.sighting(key, None, scene.clock.now)));
    let mut ranked: Vec<(VehicleKey, f64)> = of.into_iter().collect();
    ranked.sort_by(|(_, a), (_, b)| if lowest { a.total_cmp(b) } else { b.total_cmp(a) });
    let all = ranked.len();
    ranked.truncate(limit);
    let when = begun(&period.words);
    let way = if lowest { "least" } else { "most" };
    let words = if meant.words.is_empty() { String::new() } else { format!(" {}", meant.words) };
    let mut text = match ranked.first() {
        None => format!("{when} nothing is counted that trucks could be ranked by."),
        Some((key, most)) => format!(
            "{when} {} had the {way} of {}{words}, by {}: {}.",
            scene.number(key),
            several(all, "truck"),
            figure.name(),
            shown(figure, *most)
        ),
    };
    let is_of_records = !scene.past.records.is_empty() && scene.past.days.is_empty();
    if has_today(scene, period) && !counts_today && !is_of_records && scene.past.alerts.is_empty() {
        text += " Today is counted tonight, and is not in it.";
    }
    if is_of_records && figure == Figure::Speed {
        text += " Of today only those are known that were too fast.";
    }
    let rows = ranked
        .into_iter()
        .enumerate()
        .map(|(place, (key, amount))| Row {
            cells: vec![(place + 1).to_string(), scene.number(&key), shown(figure, amount)],
            data: json!({"vehicle": key, "figure": figure.name(), "amount": amount}),
            goes: Some(Goes::Truck(key)),
        })
        .collect();
    let filter = meant.filter.to_string();
    Answer {
        text,
        heads: vec!["", "TRUCK", "AMOUNT"],
        rows,
        filter: (!filter.is_empty()).then_some((Filtered::Trucks, filter)),
        calls: vec![Call::get("/api/v1/analytics/trucks", bounds(period))],
    }
}

fn value(figure: Figure, metric: &TruckMetric) -> f64 {
    match figure {
        Figure::Distance => metric.distance_m.get(),
        Figure::Moving => metric.moving_s,
        Figure::Idle => metric.idle_s,
        Figure::Speed => metric.max_speed_kmh,
        Figure::Trips => f64::from(metric.completed),
        Figure::Alerts => f64::from(metric.alerts),
    }
}

fn shown(figure: Figure, amount: f64) -> String {
    match figure {
        Figure::Distance => km(amount),
        Figure::Moving | Figure::Idle => hours(amount),
        Figure::Speed => format!("{amount:.0} km/h"),
        Figure::Trips => several(amount as usize, "trip"),
        Figure::Alerts => several(amount as usize, "alert"),
    }
}

/// How long trips took from their departure to their return.
pub(super) fn turnaround(scene: &Scene<'_>, of: Option<&Subject>, period: &Period) -> Answer {
    let key = match of.map(|of| scene.vehicle(of)).transpose() {
        Ok(key) => key,
        Err(why) => return Answer::said(why),
    };
    let of_fleet = scene.past.fleet_days.iter().map(|day| &day.sum);
    let days: Vec<&TruckMetric> = scene.past.days.iter().chain(of_fleet).collect();
    let sum = days.iter().fold(TruckMetric::default(), |sum, day| added(sum, day));
    let whose = key.as_ref().map_or_else(|| "the fleet".to_owned(), |key| scene.number(key));
    let when = begun(&period.words);
    let mut text = match sum.returned {
        0 => format!("{when} no trip of {whose} returned that is counted."),
        returned => format!(
            "{when} {} of {whose} returned, after {} on average.",
            several(returned as usize, "trip"),
            hours(sum.tat_s / f64::from(returned))
        ),
    };
    if has_today(scene, period) {
        text += " Today is counted tonight, and is not in it.";
    }
    let told = days.into_iter().filter(|day| day.returned > 0).map(|day| Row {
        cells: vec![
            day.date.format("%a %-d %b").to_string(),
            day.returned.to_string(),
            hours(day.tat_s / f64::from(day.returned)),
        ],
        goes: key.clone().map(Goes::Truck),
        data: json!({"date": day.date, "returned": day.returned, "tat_s": day.tat_s}),
    });
    let [from, to] = bounds(period);
    let call = match &key {
        Some(key) => Call::get("/api/v1/analytics/trucks", [("truck", key.to_string()), from, to]),
        None => Call::get("/api/v1/analytics/tat", [from, to]),
    };
    Answer {
        text,
        heads: vec!["DAY", "RETURNED", "ON AVERAGE"],
        rows: told.collect(),
        calls: vec![call],
        ..Answer::default()
    }
}
