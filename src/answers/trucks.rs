//! Trucks: those a filter means, those near something, the fleet as a whole.

use serde_json::json;
use watchtower_core::{
    ask::{Asked, Meant, Near, Order, Spot},
    domain::{geo::LonLat, id::VehicleKey, live::Motion, units::Metres},
};

use super::{
    Answer, Call, Filtered, Goes, Row, one,
    scene::{Scene, is, listed, several},
};
use crate::words;

/// Most named in a sentence; the rest is in the table.
const NAMED: usize = 5;

/// Which trucks are wanted.
pub(super) struct Wanted<'a> {
    pub(super) meant: &'a Meant,
    pub(super) near: Option<&'a Near>,
    pub(super) order: Order,
    pub(super) limit: Option<usize>,
}

struct Found<'a> {
    key: &'a VehicleKey,
    distance: Option<Metres>,
}

pub(super) fn selected(scene: &Scene<'_>, wanted: Wanted<'_>, asked: Asked) -> Answer {
    let spot = match wanted.near.map(|near| point(scene, &near.spot)) {
        Some(Err(why)) => return Answer::said(why),
        Some(Ok(spot)) => Some(spot),
        None => None,
    };
    let point = spot.as_ref().map(|(point, ..)| *point);
    let within = wanted.near.and_then(|near| near.within);
    let mut found: Vec<Found<'_>> = Vec::new();
    for key in scene.books.vehicles() {
        let live = scene.live(key);
        let distance = point.zip(live).map(|(point, live)| point.distance(live.position.point));
        let is_itself = spot.as_ref().is_some_and(|(_, _, itself)| itself.as_ref() == Some(key));
        let is_near = match (point, distance, within) {
            (None, ..) => true,
            (Some(_), None, _) => false,
            (Some(_), Some(_), None) => !is_itself,
            (Some(_), Some(distance), Some(within)) => !is_itself && distance.get() <= within.get(),
        };
        if is_near && wanted.meant.filter.matches(&scene.books.sighting(key, None, scene.clock.now)) {
            found.push(Found { key, distance });
        }
    }
    sort(scene, &mut found, wanted.order);
    let all = found.len();
    found.truncate(wanted.limit.unwrap_or(usize::MAX));

    let filter = wanted.meant.filter.to_string();
    let mut text = told(scene, &wanted, &found, all, spot.as_ref().map(|(_, name, _)| name.as_str()));
    if asked == Asked::Which && (1..=NAMED).contains(&found.len()) {
        let numbers: Vec<_> = found.iter().map(|found| scene.number(found.key)).collect();
        text += &format!(": {}", listed(&numbers, "and"));
    }
    text += ".";
    let rows = found.iter().map(|found| row(scene, found)).collect();
    let mut calls = Vec::new();
    if let Some(point) = point {
        let radius = within.map_or(20_037_508.0, Metres::get);
        calls.push(Call::get(
            "/api/v1/trucks/near",
            [
                ("lat", point.lat().to_string()),
                ("lng", point.lon().to_string()),
                ("radius", radius.to_string()),
            ],
        ));
    }
    if !filter.is_empty() || point.is_none() {
        let call = match filter.is_empty() {
            true => Call::get("/api/v1/trucks", []),
            false => Call::get("/api/v1/trucks", [("filter", filter.clone())]),
        };
        calls.push(call);
    }
    let heads = match point {
        Some(_) => vec!["TRUCK", "STATUS", "SINCE", "KM/H", "DRIVER", "WHERE", "AWAY"],
        None => vec!["TRUCK", "STATUS", "SINCE", "KM/H", "DRIVER", "WHERE"],
    };
    let filter = (!filter.is_empty()).then_some((Filtered::Trucks, filter));
    Answer { text, heads, rows, filter, calls }
}

/// Where a spot is, what it is called, and which truck it is.
fn point(scene: &Scene<'_>, spot: &Spot) -> Result<(LonLat, String, Option<VehicleKey>), String> {
    match spot {
        Spot::Place(id) => {
            let middle = scene.books.fences.get(id).and_then(|fence| fence.middle());
            let name = scene.fence(id);
            let unknown = || format!("Where {name} is is not known.");
            middle.ok_or_else(unknown).map(|point| (point, name, None))
        }
        Spot::Truck(subject) => {
            let key = scene.vehicle(subject)?;
            let number = scene.number(&key);
            let unknown = || format!("{number} has not been heard of.");
            let point = scene.live(&key).map(|live| live.position.point).ok_or_else(unknown)?;
            Ok((point, number, Some(key)))
        }
    }
}

fn sort(scene: &Scene<'_>, found: &mut [Found<'_>], order: Order) {
    let since = |found: &Found<'_>| {
        scene.live(found.key).map_or(f64::NEG_INFINITY, |live| scene.now_of(live).seconds_since(live.since))
    };
    let speed = |found: &Found<'_>| {
        let speed = scene.live(found.key).and_then(|live| live.position.speed_kmh);
        speed.map_or(f64::NEG_INFINITY, |speed| speed.get())
    };
    let away = |found: &Found<'_>| found.distance.map_or(f64::INFINITY, Metres::get);
    match order {
        Order::Number => found.sort_by(|a, b| scene.books.number(a.key).cmp(scene.books.number(b.key))),
        Order::Longest => found.sort_by(|a, b| since(b).total_cmp(&since(a))),
        Order::Fastest => found.sort_by(|a, b| speed(b).total_cmp(&speed(a))),
        Order::Nearest => found.sort_by(|a, b| away(a).total_cmp(&away(b))),
    }
}

/// `3 of 84 trucks are meant`, and in which respect.
fn told(
    scene: &Scene<'_>,
    wanted: &Wanted<'_>,
    found: &[Found<'_>],
    all: usize,
    spot: Option<&str>,
) -> String {
    let fleet = scene.books.vehicles().len();
    let words = &wanted.meant.words;
    let meant = if words.is_empty() { String::new() } else { format!(" {words}") };
    if let (Order::Nearest, Some(spot), None) = (wanted.order, spot, wanted.near.and_then(|near| near.within))
    {
        return match found {
            [] => format!("No truck{meant} is known to be anywhere near {spot}"),
            [first, ..] => {
                let away = first.distance.map_or_else(String::new, words::distance);
                format!(
                    "{} is nearest to {spot} of {}{meant}, {away} away as the crow flies; the nearest",
                    scene.number(first.key),
                    several(all, "truck")
                )
            }
        };
    }
    let near = match (spot, wanted.near.and_then(|near| near.within)) {
        (Some(spot), Some(within)) => format!(" within {} of {spot}", words::distance(within)),
        _ => String::new(),
    };
    let first = found.first().and_then(|found| scene.live(found.key));
    match (wanted.order, first) {
        (Order::Longest, Some(live)) if all > 0 => {
            return format!(
                "{} has been {} longest of {}{near}: {}; the first",
                scene.number(&live.vehicle),
                live.motion.name(),
                several(all, "truck"),
                words::duration(scene.now_of(live).seconds_since(live.since))
            );
        }
        (Order::Fastest, Some(live)) if all > 0 => {
            let speed = live.position.speed_kmh.map_or(0.0, |speed| speed.get());
            return format!(
                "{} is the fastest of {} on the move{near}, at {speed:.0} km/h; the first",
                scene.number(&live.vehicle),
                several(all, "truck"),
            );
        }
        _ => {}
    }
    let what = format!("{meant}{near}");
    match (all, what.is_empty()) {
        (_, true) => format!("There {} {}", is(fleet), several(fleet, "truck")),
        (0, false) => format!("None of {} is{what}", several(fleet, "truck")),
        (all, false) => format!("{all} of {} {}{what}", several(fleet, "truck"), is(all)),
    }
}

fn row(scene: &Scene<'_>, found: &Found<'_>) -> Row {
    let key = found.key;
    let live = scene.live(key);
    let mut cells = vec![
        scene.number(key),
        live.map_or_else(String::new, |live| live.motion.name().to_owned()),
        live.map_or_else(String::new, |live| words::age(scene.now_of(live).seconds_since(live.since))),
        live.and_then(|live| live.position.speed_kmh)
            .map_or_else(String::new, |speed| format!("{:.0}", speed.get())),
        scene.driver(key).unwrap_or_default().to_owned(),
        live.map_or_else(String::new, |live| scene.whereabouts(live.position.point, &live.fences)),
    ];
    let mut data = one::data(scene, key);
    if let Some(distance) = found.distance {
        cells.push(words::distance(distance));
        data["distance_m"] = json!(distance.rounded());
    }
    Row { cells, goes: Some(Goes::Truck(key.clone())), data }
}

/// How the fleet is.
pub(super) fn fleet(scene: &Scene<'_>) -> Answer {
    let vehicles = scene.books.vehicles();
    let in_state = |motion: Motion| scene.books.live.values().filter(|live| live.motion == motion).count();
    let states: Vec<_> = Motion::ALL.map(|motion| format!("{} {}", in_state(motion), motion.name())).into();
    let unheard = vehicles.iter().filter(|key| scene.live(key).is_none()).count();
    let under_way =
        scene.books.trips.values().filter(|trip| trip.departed_at.is_some() && !trip.status.is_over());
    let late = scene.books.trips.values().filter(|trip| trip.status.name() == "delayed").count();
    let alerts: usize = scene.books.live.values().map(|live| live.alerts.len()).sum();
    let km: f64 = scene.books.live.values().map(|live| live.today_m.get()).sum::<f64>() / 1_000.0;
    let mut text = format!("Of {} {}", several(vehicles.len(), "truck"), listed(&states, "and"));
    if unheard > 0 {
        text += &format!("; {unheard} never heard of");
    }
    text += &format!(
        ". {} under way, {late} late. {} open. {km:.0} km driven today.",
        several(under_way.count(), "trip"),
        several(alerts, "alert"),
    );
    let rows = Motion::ALL
        .into_iter()
        .map(|motion| Row {
            cells: vec![motion.name().to_owned(), in_state(motion).to_string()],
            goes: None,
            data: json!({"status": motion, "trucks": in_state(motion)}),
        })
        .collect();
    let calls = ["trucks", "trips"].map(|list| Call::get(format!("/api/v1/{list}"), [])).into();
    Answer { text, heads: vec!["STATUS", "TRUCKS"], rows, calls, ..Answer::default() }
}
