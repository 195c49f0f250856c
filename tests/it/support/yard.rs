//! A small fleet whose every truck is known: records in the books, live states as an
//! engine commits them, alerts as it tells them.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;
use watchtower::daemon::registry::Registry;
use watchtower_core::{
    domain::{
        alert::{Alert, AlertKind},
        event::{Event, EventData},
        geo::LonLat,
        geofence::{FenceKind, Geofence, Shape, Watches},
        id::{CorrelationId, DriverId, EventId, FenceId, TripId, VehicleKey},
        live::{LiveState, Motion},
        master::{Driver, Truck},
        position::{Position, Source},
        time::Timestamp,
        trip::{Trip, TripStatus},
        units::{Kmh, Metres},
    },
    ports::log::{Commit, Family, Log, Meta, Progress},
};

fn key(number: &str) -> VehicleKey {
    VehicleKey::new(number).unwrap()
}

/// Of FM: T1, idle for 25 minutes in Apapa Port, driven by 東京 太郎, with an alert; and T3,
/// on a trip at 40 km/h. Of LH: T2, at 72 km/h with an alert; and T5, never heard of.
/// T4, parked, is in nobody's books.
pub(crate) async fn settle(log: Arc<dyn Log>, now: Timestamp) {
    let ago = |seconds| now.minus(Duration::from_secs(seconds));
    let driver = DriverId(Uuid::from_u128(7));
    let truck = |number: &str, group: &str| Truck {
        groups: vec![group.to_owned()],
        provisional: false,
        ..Truck::provisional(key(number))
    };
    let places = (FenceId::new("apapa"), FenceId::new("ikeja"));
    let trip = Trip {
        readable_id: "01/Apr/2026-T3-CA60".to_owned(),
        container: Some("MSKU7750847".to_owned()),
        status: TripStatus::Ongoing,
        departed_at: Some(ago(3_600)),
        ..Trip::planned(TripId(Uuid::from_u128(60)), key("T3"), places, ago(4_000))
    };
    let records = vec![
        Meta::Geofence(Geofence {
            id: FenceId::new("apapa"),
            name: "Apapa Port".to_owned(),
            kind: FenceKind::Terminal,
            watches: Watches::All,
            shape: Shape::Circle { centre: LonLat::new(3.36, 6.44).unwrap(), radius: Metres(300.0) },
        }),
        Meta::Driver(Driver {
            id: driver,
            name: "東京 太郎".to_owned(),
            phone: Some("+234 1".to_owned()),
            licence: None,
            has_smartphone: true,
            loconav_id: None,
            truck: None,
        }),
        Meta::Truck(Truck { driver: Some(driver), number: "T 1".to_owned(), ..truck("T1", "FM") }),
        Meta::Truck(truck("T2", "LH")),
        Meta::Truck(truck("T3", "FM")),
        Meta::Truck(truck("T5", "LH")),
        Meta::Trip(trip.clone()),
    ];
    let registry = Registry::new(log.clone());
    registry.save(records, CorrelationId(Uuid::nil()), now).await.unwrap();

    let state = |number: &str, motion, speed: f64, since: u64| LiveState {
        vehicle: key(number),
        position: Position {
            speed_kmh: Some(Kmh(speed)),
            ..Position::bare(LonLat::new(3.36, 6.44).unwrap(), ago(10), Source::wall("test"))
        },
        motion,
        since: ago(since),
        fences: Vec::new(),
        alerts: Vec::new(),
        trip: None,
        eta: None,
        today_m: Metres(0.0),
    };
    let idle = LiveState {
        fences: vec![FenceId::new("apapa")],
        alerts: vec![AlertKind::Idle],
        ..state("T1", Motion::Idle, 0.0, 1_500)
    };
    let fast = LiveState { alerts: vec![AlertKind::Overspeed], ..state("T2", Motion::Moving, 72.0, 600) };
    let travelling = LiveState { trip: Some(trip.id), ..state("T3", Motion::Moving, 40.0, 900) };
    for live in [idle, fast, travelling, state("T4", Motion::Parked, 0.0, 90_000)] {
        commit(&*log, live).await;
    }
    let alert = |number: &str, kind, start| (Family::Event, begun(kind, number, start));
    let alerts = [alert("T1", AlertKind::Idle, ago(300)), alert("T2", AlertKind::Overspeed, ago(60))];
    log.append(&alerts).await.unwrap();
}

/// Makes a live state part of the picture, as the engine of its partition would.
async fn commit(log: &dyn Log, live: LiveState) {
    let partition = log.partitions().of(live.vehicle.as_str());
    let token = log.lease(partition, "test", Duration::from_secs(60)).await.unwrap().unwrap();
    let live = [live];
    let (from, to) = (Progress::default(), Progress::default());
    let step = Commit { partition, token, from, to, events: &[], live: &live, snapshot: None };
    log.commit(step).await.unwrap();
}

/// An alert that begins, as the engine tells of it.
pub(crate) fn begun(kind: AlertKind, vehicle: &str, start: Timestamp) -> Event {
    let vehicle = key(vehicle);
    let alert = Alert {
        id: Alert::identity(kind, &vehicle, "", start),
        kind,
        severity: kind.severity(),
        vehicle,
        trip: None,
        start,
        end: None,
        point: None,
        geofence: None,
        values: Default::default(),
        source: "engine".into(),
    };
    Event {
        id: EventId(alert.id.0),
        ts: start,
        recorded_at: start,
        key: alert.vehicle.as_str().to_owned(),
        correlation_id: CorrelationId(Uuid::nil()),
        data: EventData::AlertTriggered(alert),
    }
}
