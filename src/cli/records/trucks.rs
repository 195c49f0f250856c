//! Trucks: the books' record with the live picture beside it.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};
use watchtower_core::domain::{
    alert::Severity,
    id::VehicleKey,
    live::{LiveState, Motion},
    master::Truck,
};

use super::{
    Scene, Wanted,
    listing::{Cell, Column, Listing, Record, Tone, column, detail, figures, known},
};
use crate::words;

const COLUMNS: &[Column] = &[
    column("NUMBER", "number"),
    column("STATUS", "status"),
    figures("SINCE", "since"),
    figures("KM/H", "speed_kmh"),
    column("DRIVER", "driver"),
    column("PLACE", "place"),
    column("TRIP", "trip"),
    column("ALERTS", "alerts"),
    figures("AGE", "last_fix"),
    detail("container"),
    detail("availability"),
    detail("company"),
    detail("brand"),
    detail("trailer"),
    detail("groups"),
    detail("lat"),
    detail("lon"),
    detail("heading"),
    detail("ignition"),
];

/// A truck as the API has it.
#[derive(Serialize)]
struct TruckView<'a> {
    #[serde(flatten)]
    truck: &'a Truck,
    live: Option<&'a LiveState>,
}

/// Every truck anybody knows, those a filter means.
pub(super) fn listing(wanted: &Wanted, scene: &Scene<'_>) -> Listing {
    let books = scene.books;
    let keys: BTreeSet<&VehicleKey> = books.trucks.keys().chain(books.live.keys()).collect();
    let mut records = Vec::new();
    for key in keys {
        let provisional;
        let truck = match books.trucks.get(key) {
            Some(truck) => truck,
            None => {
                provisional = Truck::provisional(key.clone());
                &provisional
            }
        };
        if wanted.filter.matches(&books.sighting(key, Some(truck), scene.now)) {
            records.push(record(truck, books.live.get(key), scene));
        }
    }
    Listing { singular: "truck", columns: COLUMNS, records, remarks: Vec::new() }
}

fn record(truck: &Truck, live: Option<&LiveState>, scene: &Scene<'_>) -> Record {
    let books = scene.books;
    let (trip, driver) = (books.trip_of(&truck.key), books.driver_of(&truck.key));
    let fix = live.map(|live| &live.position);
    let of_live = |cell: &dyn Fn(&LiveState) -> Cell| live.map(cell).unwrap_or_default();
    let of_now = |live: &LiveState, at| words::age(books.now_of(live, scene.now).seconds_since(at));
    let places = |live: &LiveState| {
        let names: Vec<_> = live.fences.iter().map(|fence| books.fence_name(fence)).collect();
        Cell::from(names.join(", "))
    };
    let cells = vec![
        Cell::from(truck.number.as_str()),
        of_live(&|live| Cell::from(live.motion.name()).tone(tone(live.motion))),
        of_live(&|live| Cell::from(of_now(live, live.since)).exact(live.since.to_string())),
        fix.and_then(|fix| fix.speed_kmh).map_or_else(Cell::default, |speed| {
            Cell::from(format!("{:.0}", speed.get())).exact(speed.rounded().get().to_string())
        }),
        known(driver.map(|driver| driver.name.as_str())),
        of_live(&places),
        known(trip.map(|trip| trip.readable_id.as_str())),
        of_live(&alerts),
        of_live(&|live| {
            let at = live.position.device_time;
            Cell::from(of_now(live, at)).exact(at.to_string()).tone(Tone::Dim)
        }),
        known(trip.and_then(|trip| trip.container.as_deref())),
        Cell::from(truck.status.name()),
        known(truck.company.as_deref()),
        known(truck.brand.as_deref()),
        known(truck.trailer_size.as_deref()),
        Cell::from(truck.groups.join(", ")),
        known(fix.map(|fix| fix.point.lat()).as_ref()),
        known(fix.map(|fix| fix.point.lon()).as_ref()),
        known(fix.and_then(|fix| fix.heading).map(|heading| heading.degrees()).as_ref()),
        known(fix.and_then(|fix| fix.ignition).map(|is_on| if is_on { "on" } else { "off" })),
    ];
    let point = |live: &LiveState| {
        let point = live.position.point;
        json!({"type": "Point", "coordinates": [point.lon(), point.lat()]})
    };
    let names = [truck.key.as_str(), truck.number.as_str()].into_iter();
    Record {
        names: names.chain(truck.aliases.iter().map(String::as_str)).map(str::to_owned).collect(),
        cells,
        json: serde_json::to_value(TruckView { truck, live }).unwrap_or(Value::Null),
        geometry: live.map(point),
    }
}

/// The kinds of the alerts open on it.
fn alerts(live: &LiveState) -> Cell {
    let kinds: Vec<_> = live.alerts.iter().map(|kind| kind.name()).collect();
    let worst = live.alerts.iter().map(|kind| kind.severity()).max();
    Cell::from(words::plain(&kinds.join(", "))).exact(kinds.join(",")).tone(severity(worst))
}

fn tone(motion: Motion) -> Tone {
    match motion {
        Motion::Moving => Tone::Good,
        Motion::Idle => Tone::Warn,
        Motion::Parked => Tone::Plain,
        Motion::Offline => Tone::Dim,
    }
}

/// How an alert of that severity is shown.
pub(super) fn severity(severity: Option<Severity>) -> Tone {
    match severity {
        Some(Severity::High | Severity::Critical) => Tone::Bad,
        Some(Severity::Medium) => Tone::Warn,
        Some(Severity::Low) | None => Tone::Plain,
    }
}
