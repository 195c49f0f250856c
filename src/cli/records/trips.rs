//! Trips that are not over, or not long ago.

use serde_json::Value;
use watchtower_core::{
    domain::{
        time::Timestamp,
        trip::{Trip, TripStatus},
    },
    filter::Sighting,
};

use super::{
    Scene, Wanted,
    listing::{Cell, Column, Listing, Record, Tone, column, detail, known},
};
use crate::words;

const COLUMNS: &[Column] = &[
    column("TRIP", "trip"),
    column("STATUS", "status"),
    column("TRUCK", "truck"),
    column("DRIVER", "driver"),
    column("PICKUP", "pickup"),
    column("DELIVERY", "delivery"),
    column("CONTAINER", "container"),
    column("DEPARTURE", "scheduled_departure"),
    column("ETA", "eta"),
    detail("client"),
    detail("cargo_type"),
    detail("weight_t"),
    detail("departed_at"),
    detail("arrived_at"),
    detail("offloaded_at"),
    detail("returned_at"),
    detail("id"),
];

/// Newest departure first.
pub(super) fn listing(wanted: &Wanted, scene: &Scene<'_>) -> Listing {
    let books = scene.books;
    let is_meant = |trip: &&Trip| {
        let truck = books.sighting(&trip.vehicle, None, scene.now);
        let driver = trip.driver.and_then(|id| books.drivers.get(&id)).map(|driver| driver.name.as_str());
        let sighting = Sighting { trip: Some(trip), driver: driver.or(truck.driver), ..truck };
        wanted.filter.matches(&sighting)
    };
    let mut trips: Vec<&Trip> = books.trips.values().filter(is_meant).collect();
    trips.sort_by_key(|trip| std::cmp::Reverse((trip.scheduled_departure, trip.id)));
    let records = trips.into_iter().map(|trip| record(trip, scene)).collect();
    Listing { singular: "trip", columns: COLUMNS, records, remarks: Vec::new() }
}

fn record(trip: &Trip, scene: &Scene<'_>) -> Record {
    let books = scene.books;
    let live = books.live.get(&trip.vehicle);
    let eta = live.filter(|live| live.trip == Some(trip.id)).and_then(|live| live.eta);
    let moment = |at: Option<Timestamp>| {
        at.map_or_else(Cell::default, |at| {
            Cell::from(words::moment(at, scene.now, scene.zone)).exact(at.to_string())
        })
    };
    let place = |id| Cell::from(books.fence_name(id));
    let driver = trip.driver.and_then(|id| books.drivers.get(&id));
    let client = trip.client.and_then(|id| books.organizations.get(&id));
    let truck = books.trucks.get(&trip.vehicle).map_or(trip.vehicle.as_str(), |truck| &truck.number);
    let cells = vec![
        Cell::from(trip.readable_id.as_str()),
        Cell::from(trip.status.name()).tone(tone(trip.status)),
        Cell::from(truck),
        known(driver.map(|driver| driver.name.as_str())),
        place(&trip.pickup),
        place(&trip.delivery),
        known(trip.container.as_deref()),
        moment(Some(trip.scheduled_departure)),
        moment(eta.map(|eta| eta.at)),
        known(client.map(|client| client.name.as_str())),
        known(trip.cargo_type.as_deref()),
        known(trip.weight_t.as_ref()),
        moment(trip.departed_at),
        moment(trip.arrived_at),
        moment(trip.offloaded_at),
        moment(trip.returned_at),
        Cell::from(trip.id.to_string()),
    ];
    Record {
        // The second as the API takes it.
        names: vec![trip.readable_id.clone(), trip.readable_id.replace('/', "-"), trip.id.to_string()],
        cells,
        json: serde_json::to_value(trip).unwrap_or(Value::Null),
        geometry: None,
    }
}

fn tone(status: TripStatus) -> Tone {
    match status {
        TripStatus::Ongoing => Tone::Good,
        TripStatus::Delayed => Tone::Warn,
        TripStatus::Failed => Tone::Bad,
        TripStatus::Scheduled => Tone::Plain,
        TripStatus::Completed | TripStatus::Cancelled => Tone::Dim,
    }
}
