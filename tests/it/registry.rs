//! Master data: what is changed reaches both the live picture and the store.

use std::sync::Arc;

use uuid::Uuid;
use watchtower::{adapters::embedded::Embedded, daemon::registry::Registry};
use watchtower_core::{
    domain::{
        id::{CorrelationId, FenceId, TripId, VehicleKey},
        time::Timestamp,
        trip::{Trip, TripStatus},
    },
    ports::{
        log::{LivePicture as _, Meta},
        store::Store as _,
    },
};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text, chrono_tz::UTC).unwrap()
}

fn planned() -> Trip {
    Trip {
        id: TripId(Uuid::from_u128(7)),
        readable_id: "05/Mar/2026-T1LA-CA60".into(),
        loconav_id: None,
        vehicle: VehicleKey::new("T1LA").unwrap(),
        driver: None,
        client: None,
        pickup: FenceId::new("port"),
        delivery: FenceId::new("depot"),
        container: None,
        cargo_type: None,
        weight_t: None,
        status: TripStatus::Scheduled,
        scheduled_departure: at("2026-03-05T06:00:00Z"),
        promised_arrival: None,
        departed_at: None,
        arrived_at: None,
        offloaded_at: None,
        returned_at: None,
    }
}

#[tokio::test]
async fn an_updated_trip_reaches_the_store_whole_whether_its_status_changed_or_not() {
    let file = Embedded::temporary().await.unwrap();
    let registry = Registry::new(Arc::new(file.clone()));
    let mut steps = vec![planned()];
    let mut next = |change: &dyn Fn(&mut Trip)| {
        let mut trip = steps[steps.len() - 1].clone();
        change(&mut trip);
        steps.push(trip);
    };
    next(&|trip| trip.scheduled_departure = at("2026-03-05T08:00:00Z"));
    // With the status, times that are not those of the change itself.
    next(&|trip| {
        trip.status = TripStatus::Ongoing;
        trip.departed_at = Some(at("2026-03-05T08:11:00Z"));
        trip.container = Some("MSKU1234565".into());
    });
    next(&|trip| trip.arrived_at = Some(at("2026-03-05T11:30:00Z")));
    next(&|trip| {
        trip.status = TripStatus::Completed;
        trip.offloaded_at = Some(at("2026-03-05T12:00:00Z"));
        trip.returned_at = Some(at("2026-03-05T15:00:00Z"));
    });
    for (step, trip) in steps.iter().enumerate() {
        let now = at("2026-03-05T16:00:00Z").plus(std::time::Duration::from_secs(step as u64));
        let correlation_id = CorrelationId(Uuid::from_u128(step as u128));
        let record = Meta::Trip(trip.clone());
        assert_eq!(registry.save(vec![record.clone()], correlation_id, now).await.unwrap(), 1);
        assert_eq!(registry.save(vec![record.clone()], correlation_id, now).await.unwrap(), 0);
        assert_eq!(file.meta().await.unwrap(), [record]);
        assert_eq!(file.trip(trip.id).await.unwrap().as_ref(), Some(trip), "step {step}");
    }
}
