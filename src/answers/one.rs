//! One truck: where it is or was, what it does, who drives it, when it arrives.

use serde_json::{Value, json};
use watchtower_core::{
    ask::{About, Spot, Subject},
    domain::{
        id::VehicleKey,
        live::{Eta, LiveState, Motion},
        time::Timestamp,
        trip::{Trip, TripStatus},
    },
};

use super::{Answer, Call, Goes, Row, past::FRESH, scene::Scene};
use crate::words;

pub(super) fn now(scene: &Scene<'_>, of: &Subject, about: About) -> Answer {
    let key = match scene.vehicle(of) {
        Ok(key) => key,
        Err(why) => return Answer::said(why),
    };
    let name = scene.name(of, &key);
    let text = match about {
        About::Where => located(scene, &name, &key),
        About::Doing(wanted) => doing(scene, &name, &key, wanted),
        About::Driver => driver(scene, of, &key),
        About::Arrival => arrival(scene, &name, &key),
        About::Trip => trip(scene, of, &name, &key),
    };
    Answer {
        text,
        rows: vec![row(scene, &key)],
        heads: vec!["TRUCK", "STATUS", "WHERE", "DRIVER", "TRIP"],
        calls: vec![Call::get(format!("/api/v1/trucks/{key}"), [])],
        ..Answer::default()
    }
}

/// A truck as a row of its own.
fn row(scene: &Scene<'_>, key: &VehicleKey) -> Row {
    let live = scene.live(key);
    let trip = scene.trip(key);
    let cells = vec![
        scene.number(key),
        live.map_or_else(String::new, |live| live.motion.name().to_owned()),
        live.map_or_else(String::new, |live| scene.whereabouts(live.position.point, &live.fences)),
        scene.driver(key).unwrap_or_default().to_owned(),
        trip.map_or_else(String::new, |trip| trip.readable_id.clone()),
    ];
    Row { cells, goes: Some(Goes::Truck(key.clone())), data: data(scene, key) }
}

/// All that is known of a truck now.
pub(super) fn data(scene: &Scene<'_>, key: &VehicleKey) -> Value {
    json!({
        "vehicle": key,
        "truck": scene.books.trucks.get(key),
        "live": scene.live(key),
        "driver": scene.books.driver_of(key),
        "trip": scene.trip(key),
    })
}

fn unheard(name: &str) -> String {
    format!("{name} has not been heard of: nothing is known of where it is.")
}

fn located(scene: &Scene<'_>, name: &str, key: &VehicleKey) -> String {
    let Some(live) = scene.live(key) else { return unheard(name) };
    let point = live.position.point;
    let at = scene.whereabouts(point, &live.fences);
    let at = if at.starts_with("at ") { at } else { format!("{at} ({})", words::coordinates(point)) };
    let (is, was) = match live.motion {
        Motion::Offline => ("was last seen", "it is "),
        Motion::Moving | Motion::Idle | Motion::Parked => ("is", ""),
    };
    format!("{name} {is} {at}, {was}{}; {}.", scene.motion(live), scene.heard(live))
}

fn doing(scene: &Scene<'_>, name: &str, key: &VehicleKey, wanted: &[Motion]) -> String {
    let Some(live) = scene.live(key) else { return unheard(name) };
    let answered = match wanted {
        [] => "",
        wanted if wanted.contains(&live.motion) => "Yes: ",
        _ => "No: ",
    };
    let mut text = format!(
        "{answered}{name} is {}, {}; {}.",
        scene.motion(live),
        scene.whereabouts(live.position.point, &live.fences),
        scene.heard(live)
    );
    if let Some(trip) = scene.trip(key) {
        text += &format!(" It is on trip {} to {}", trip.readable_id, scene.fence(&trip.delivery));
        text +=
            &live.eta.map_or_else(String::new, |eta| format!(", expected about {}", scene.moment(eta.at)));
        text += ".";
    }
    if !live.alerts.is_empty() {
        let kinds: Vec<_> = live.alerts.iter().map(|kind| words::plain(kind.name())).collect();
        text += &format!(" Open alerts: {}.", kinds.join(", "));
    }
    text
}

fn driver(scene: &Scene<'_>, of: &Subject, key: &VehicleKey) -> String {
    let number = scene.number(key);
    if let Subject::Driver(_) = of {
        return format!("{} drives {number}.", scene.driver(key).unwrap_or_default());
    }
    match scene.driver(key) {
        Some(driver) => format!("{driver} drives {number}."),
        None => format!("Nobody is known to drive {number}."),
    }
}

fn arrival(scene: &Scene<'_>, name: &str, key: &VehicleKey) -> String {
    let Some(trip) = scene.trip(key) else {
        return match planned(scene, key) {
            Some(trip) => format!(
                "{name} has not departed: trip {} to {} is planned for {}.",
                trip.readable_id,
                scene.fence(&trip.delivery),
                scene.moment(trip.scheduled_departure)
            ),
            None => format!("{name} is on no trip, so it is not expected anywhere."),
        };
    };
    let to = scene.fence(&trip.delivery);
    if let Some(at) = trip.arrived_at {
        return format!("{name} arrived at {to} at {}, on trip {}.", scene.moment(at), trip.readable_id);
    }
    let eta = scene.live(key).filter(|live| live.trip == Some(trip.id)).and_then(|live| live.eta);
    let Some(eta) = eta else {
        return format!(
            "{name} is on trip {} to {to}; when it arrives cannot be said yet.",
            trip.readable_id
        );
    };
    format!(
        "{name} is expected at {to} about {}, {}.{}",
        scene.moment(eta.at),
        sure(scene, &eta),
        lateness(scene, trip, &eta)
    )
}

/// How sure it is, and of what it is reckoned.
fn sure(scene: &Scene<'_>, eta: &Eta) -> String {
    let (from, to) = (scene.moment(eta.earliest), scene.moment(eta.latest));
    match eta.trips {
        0 => format!(
            "between {from} and {to} by distance and speed alone, for no past trips of the lane are known"
        ),
        trips => format!("between {from} and {to} in eight of ten cases, by {trips} past trips of the lane"),
    }
}

fn lateness(scene: &Scene<'_>, trip: &Trip, eta: &Eta) -> String {
    let Some(promised) = trip.promised_arrival else {
        return if trip.status == TripStatus::Delayed { " It is late.".to_owned() } else { String::new() };
    };
    let late = eta.at.seconds_since(promised);
    let promised = scene.moment(promised);
    if late > 0.0 {
        format!(" It was promised for {promised}: {} late.", words::duration(late))
    } else {
        format!(" It was promised for {promised}: in time by {}.", words::duration(-late))
    }
}

/// The next trip planned for a truck.
fn planned<'a>(scene: &Scene<'a>, key: &VehicleKey) -> Option<&'a Trip> {
    let of = scene
        .books
        .trips
        .values()
        .filter(|trip| trip.vehicle == *key && trip.departed_at.is_none() && !trip.status.is_over());
    of.min_by_key(|trip| (trip.scheduled_departure, trip.id))
}

fn trip(scene: &Scene<'_>, of: &Subject, name: &str, key: &VehicleKey) -> String {
    let asked = match of {
        Subject::Trip(id) => scene.books.trips.get(id),
        Subject::Truck(_) | Subject::Driver(_) | Subject::Container(_) => scene.trip(key),
    };
    let Some(trip) = asked else {
        return match planned(scene, key) {
            Some(trip) => format!(
                "{name} is on no trip; {} is planned for {}.",
                described(scene, trip),
                scene.moment(trip.scheduled_departure)
            ),
            None => format!("{name} is on no trip."),
        };
    };
    let carries = match &trip.container {
        Some(container) => format!(" It carries container {container}."),
        None => " No container is known.".to_owned(),
    };
    format!("{name} is on {}, {}.{carries}", described(scene, trip), trip.status.name())
}

fn described(scene: &Scene<'_>, trip: &Trip) -> String {
    let (from, to) = (scene.fence(&trip.pickup), scene.fence(&trip.delivery));
    format!("trip {} from {from} to {to}", trip.readable_id)
}

/// Where a truck was.
pub(super) fn then(scene: &Scene<'_>, of: &Subject, at: Timestamp) -> Answer {
    let key = match scene.vehicle(of) {
        Ok(key) => key,
        Err(why) => return Answer::said(why),
    };
    let (number, moment) = (scene.number(&key), scene.moment(at));
    let span = [("from", at.minus(FRESH).to_string()), ("to", at.to_string())];
    let calls = vec![Call::get(format!("/api/v1/trucks/{key}/positions"), span)];
    let Some(fix) = scene.past.fixes.last() else {
        let text = format!("Nothing was heard of {number} in the hour before {moment}.");
        return Answer { text, calls, ..Answer::default() };
    };
    let age = words::duration(at.seconds_since(fix.device_time));
    let speed = fix.speed_kmh.map_or_else(String::new, |speed| format!(", at {:.0} km/h", speed.get()));
    let text = format!(
        "At {moment} {number} was {}{speed} ({}), by a fix {age} before.",
        scene.whereabouts(fix.point, &[]),
        words::coordinates(fix.point),
    );
    let row = Row {
        cells: vec![scene.moment(fix.device_time), words::coordinates(fix.point)],
        goes: Some(Goes::Point(fix.point)),
        data: serde_json::to_value(fix).unwrap_or(Value::Null),
    };
    Answer { text, heads: vec!["TIME", "WHERE"], rows: vec![row], calls, ..Answer::default() }
}

/// How far a truck is from somewhere.
pub(super) fn between(scene: &Scene<'_>, of: &Subject, spot: &Spot) -> Answer {
    let key = match scene.vehicle(of) {
        Ok(key) => key,
        Err(why) => return Answer::said(why),
    };
    let name = scene.number(&key);
    let live = |key: &VehicleKey| scene.live(key).map(|live: &LiveState| live.position.point);
    let (to, called, goes) = match spot {
        Spot::Place(id) => {
            let middle = scene.books.fences.get(id).and_then(|fence| fence.middle());
            (middle, scene.fence(id), Goes::Place(id.clone()))
        }
        Spot::Truck(other) => match scene.vehicle(other) {
            Ok(key) => (live(&key), scene.number(&key), Goes::Truck(key)),
            Err(why) => return Answer::said(why),
        },
    };
    let calls = vec![Call::get(format!("/api/v1/trucks/{key}/location"), [])];
    let (Some(from), Some(to)) = (live(&key), to) else {
        return Answer {
            text: format!("It is not known where {name} and {called} both are."),
            calls,
            ..Answer::default()
        };
    };
    let distance = from.distance(to);
    let text = format!("{name} is {} from {called}, as the crow flies.", words::distance(distance));
    let rows = [(name, Goes::Truck(key.clone())), (called, goes)].map(|(name, goes)| Row {
        cells: vec![name],
        goes: Some(goes),
        data: json!({"distance_m": distance.rounded()}),
    });
    Answer { text, heads: vec!["WHICH"], rows: rows.into(), calls, ..Answer::default() }
}
