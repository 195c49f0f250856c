//! Planned trips and where they stand.

use std::sync::Arc;

use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::EventData,
        id::{DriverId, FenceId, OrganizationId, TripId},
        trip::{Milestone, Trip, TripStatus, TripStatusChange},
    },
    ports::store::Store,
};

use super::build::{at, event, key, orders, paged, write_singly};

fn trip(id: u128, departure: &str) -> Trip {
    Trip {
        id: TripId(Uuid::from_u128(id)),
        readable_id: format!("20/Nov/2026-T11985LA-CA{id}"),
        loconav_id: None,
        vehicle: key("T11985LA"),
        driver: Some(DriverId(Uuid::from_u128(1))),
        client: Some(OrganizationId(Uuid::from_u128(2))),
        pickup: FenceId::new("apapa"),
        delivery: FenceId::new("ikeja"),
        container: Some("TCNU3877560".into()),
        cargo_type: Some("40FT".into()),
        weight_t: Some(24.3),
        status: TripStatus::Scheduled,
        scheduled_departure: at(departure),
        promised_arrival: Some(at("2026-11-21T06:00:00+01:00")),
        departed_at: None,
        arrived_at: None,
        offloaded_at: None,
        returned_at: None,
    }
}

pub(crate) async fn a_trip_ends_the_same_in_any_order(store: Arc<dyn Store>) {
    let change = |id: u128, time: &str, from, to| {
        let change = TripStatusChange::new(TripId(Uuid::from_u128(id)), from, to);
        event("T11985LA", time, EventData::TripStatusChanged(change))
    };
    let reached = |id: u128, time: &str, status, milestone| {
        let trip = TripId(Uuid::from_u128(id));
        let change =
            TripStatusChange { milestone: Some(milestone), ..TripStatusChange::new(trip, status, status) };
        event("T11985LA", time, EventData::TripStatusChanged(change))
    };
    for (number, order) in orders(&[0, 1, 2, 3, 4]).into_iter().enumerate() {
        let id = number as u128;
        let planned = trip(id, "2026-11-20T08:00:00Z");
        let events = [
            event("T11985LA", "2026-11-20T07:00:00Z", EventData::TripCreated(planned.clone())),
            change(id, "2026-11-20T08:10:00Z", TripStatus::Scheduled, TripStatus::Ongoing),
            change(id, "2026-11-20T15:00:00Z", TripStatus::Ongoing, TripStatus::Completed),
            reached(id, "2026-11-20T12:00:00Z", TripStatus::Ongoing, Milestone::Arrived),
            reached(id, "2026-11-20T18:30:00Z", TripStatus::Completed, Milestone::Returned),
        ];
        let events: Vec<_> = order.into_iter().map(|n| events[n].clone()).collect();
        match number % 2 {
            0 => drop(store.write(&events).await.unwrap()),
            _ => write_singly(&store, &events).await,
        }
        // The moments of departure and offloading are those of the changes.
        let expected = Trip {
            status: TripStatus::Completed,
            departed_at: Some(at("2026-11-20T08:10:00Z")),
            arrived_at: Some(at("2026-11-20T12:00:00Z")),
            offloaded_at: Some(at("2026-11-20T15:00:00Z")),
            returned_at: Some(at("2026-11-20T18:30:00Z")),
            ..planned
        };
        assert_eq!(store.trip(expected.id).await.unwrap(), Some(expected), "order {number}");
    }
    assert_eq!(store.trip(TripId(Uuid::from_u128(999))).await.unwrap(), None);
    // A change of a trip nobody planned makes no trip.
    store
        .write(&[change(998, "2026-11-20T08:10:00Z", TripStatus::Scheduled, TripStatus::Failed)])
        .await
        .unwrap();
    assert_eq!(store.trip(TripId(Uuid::from_u128(998))).await.unwrap(), None);
}

pub(crate) async fn trips_page_by_scheduled_departure(store: Arc<dyn Store>) {
    // Three a day, so that equal departures meet the edge of a page.
    let trips: Vec<_> = (0..12).map(|n| trip(n, &format!("2026-11-{:02}T08:00:00Z", 1 + n / 3))).collect();
    let events: Vec<_> = trips
        .iter()
        .map(|trip| event("T11985LA", "2026-10-01T00:00:00Z", EventData::TripCreated(trip.clone())))
        .collect();
    store.write(&events).await.unwrap();
    let mut read = paged(4, |window| store.trips(window)).await;
    assert!(read.is_sorted_by(|a, b| a.scheduled_departure >= b.scheduled_departure));
    read.sort_by_key(|trip| trip.id);
    assert_eq!(read, trips);
}
