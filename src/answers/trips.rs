//! Trips: those a filter means.

use serde_json::Value;
use watchtower_core::{
    ask::{Asked, Meant, Period},
    domain::trip::{Trip, TripStatus},
    filter::Sighting,
};

use super::{
    Answer, Call, Filtered, Goes, Row,
    scene::{Scene, is, listed, several},
};

/// Most named in a sentence; the rest is in the table.
const NAMED: usize = 5;

pub(super) fn selected(scene: &Scene<'_>, meant: &Meant, period: Option<&Period>, asked: Asked) -> Answer {
    let books = scene.books;
    let is_meant = |trip: &&Trip| {
        let truck = books.sighting(&trip.vehicle, None, scene.clock.now);
        let driver = trip.driver.and_then(|id| books.drivers.get(&id)).map(|driver| driver.name.as_str());
        meant.filter.matches(&Sighting { trip: Some(trip), driver: driver.or(truck.driver), ..truck })
    };
    let in_period = |trip: &&Trip| {
        let at = trip.scheduled_departure;
        period.is_none_or(|period| period.span.from <= at && at < period.span.to)
    };
    // What the books no longer have the store may; what both have the books know better.
    let known = books.trips.values();
    let stored = scene.past.trips.iter().filter(|trip| !books.trips.contains_key(&trip.id));
    let mut found: Vec<&Trip> = known.chain(stored).filter(in_period).filter(is_meant).collect();
    found.sort_by_key(|trip| (trip.scheduled_departure, trip.id));

    let filter = meant.filter.to_string();
    let count = found.len().max(1);
    let mut text = if found.is_empty() { "No trip".to_owned() } else { several(found.len(), "trip") };
    text += &match (&*meant.words, period) {
        ("", None) => format!(" {} known", is(count)),
        ("", Some(period)) => format!(" {} to depart {}", is(count), period.words),
        (words, None) => format!(" {} {words}", is(count)),
        (words, Some(period)) => format!(" {} {words} of those to depart {}", is(count), period.words),
    };
    let stands = |status: TripStatus| found.iter().filter(|trip| trip.status == status).count();
    let states: Vec<_> = TripStatus::ALL
        .into_iter()
        .filter(|status| stands(*status) > 0)
        .map(|status| format!("{} {}", stands(status), status.name()))
        .collect();
    if states.len() > 1 {
        text += &format!(": {}", listed(&states, "and"));
    } else if asked == Asked::Which && (1..=NAMED).contains(&found.len()) {
        let ids: Vec<_> = found.iter().map(|trip| trip.readable_id.clone()).collect();
        text += &format!(": {}", listed(&ids, "and"));
    }
    text += ".";
    let waiting =
        found.iter().filter(|trip| trip.status == TripStatus::Delayed && trip.departed_at.is_none());
    match waiting.count() {
        0 => {}
        count => {
            text += &format!(
                " Of the late ones {count} {} not departed.",
                if count == 1 { "has" } else { "have" }
            )
        }
    }
    Answer {
        text,
        heads: vec!["TRIP", "STATUS", "TRUCK", "FROM", "TO", "DEPARTURE", "ETA"],
        rows: found.into_iter().map(|trip| row(scene, trip)).collect(),
        filter: (!filter.is_empty()).then_some((Filtered::Trips, filter)),
        calls: vec![Call::get("/api/v1/trips", [])],
    }
}

fn row(scene: &Scene<'_>, trip: &Trip) -> Row {
    let live = scene.live(&trip.vehicle).filter(|live| live.trip == Some(trip.id));
    let cells = vec![
        trip.readable_id.clone(),
        trip.status.name().to_owned(),
        scene.number(&trip.vehicle),
        scene.fence(&trip.pickup),
        scene.fence(&trip.delivery),
        scene.moment(trip.departed_at.unwrap_or(trip.scheduled_departure)),
        live.and_then(|live| live.eta).map_or_else(String::new, |eta| scene.moment(eta.at)),
    ];
    let goes = Some(Goes::Trip(trip.id));
    Row { cells, goes, data: serde_json::to_value(trip).unwrap_or(Value::Null) }
}
