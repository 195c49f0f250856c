//! Commands of dashboards: done once and told, or refused and told why.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use watchtower::{
    adapters::embedded::Embedded,
    daemon::{
        clerk::{self, Clerk},
        dispatch::{Dispatch, Occasion},
        registry::Registry,
    },
};
use watchtower_core::{
    domain::{
        booking::Booking,
        event::{Command, Event, EventData, FenceRef},
        geofence::{FenceKind, Geofence},
        id::{CorrelationId, DriverId, EventId, FenceId, VehicleKey},
        master::{Driver, Truck},
        time::Timestamp,
        trip::{Milestone, Trip, TripStatus, TripStatusChange},
    },
    ports::{
        log::{EntryId, EventLog as _, Family, LivePicture as _, Meta, StreamId},
        store::{EventQuery, Store as _, Window},
    },
};

fn now() -> Timestamp {
    Timestamp::parse("2026-03-05T12:00:00Z", chrono_tz::UTC).unwrap()
}

fn truck() -> VehicleKey {
    VehicleKey::new("T11985LA").unwrap()
}

fn square(id: &str) -> Geofence {
    let ring = [(3.36, 6.44), (3.37, 6.44), (3.37, 6.45), (3.36, 6.45), (3.36, 6.44)];
    Geofence::area(id, id, FenceKind::Terminal, ring.to_vec())
}

fn driver(number: u128, name: &str) -> Driver {
    Driver {
        id: DriverId(Uuid::from_u128(number)),
        name: name.to_owned(),
        phone: None,
        licence: None,
        has_smartphone: true,
        loconav_id: None,
        truck: None,
    }
}

fn booking(container: &str) -> Booking {
    Booking {
        truck: "T11985LA".into(),
        pickup: FenceId::new("apapa"),
        delivery: FenceId::new("ikeja"),
        scheduled_departure: now().plus(Duration::from_secs(3_600)),
        promised_arrival: None,
        driver: None,
        client: None,
        container: Some(container.to_owned()),
        cargo_type: None,
        weight_t: None,
    }
}

fn asked(number: u128, recorded_at: Timestamp, command: Command) -> (Family, Event) {
    let id = Uuid::from_u128(number);
    let event = Event {
        id: EventId(id),
        ts: recorded_at,
        recorded_at,
        key: truck().to_string(),
        correlation_id: CorrelationId(id),
        data: EventData::CommandIssued(command),
    };
    (Family::Command, event)
}

/// An office: a file with books, and a clerk at work.
struct Office {
    file: Embedded,
    stop: CancellationToken,
    clerk: tokio::task::JoinHandle<()>,
}

impl Office {
    async fn open() -> Self {
        Self::open_after(async |_| {}).await
    }

    /// Opens one after its group has begun, and what happened before the clerk came.
    async fn open_after(before: impl AsyncFnOnce(&Embedded)) -> Self {
        let file = Embedded::temporary().await.unwrap();
        let mut record = Truck::provisional(truck());
        (record.provisional, record.driver) = (false, Some(DriverId(Uuid::from_u128(7))));
        let records = vec![
            Meta::Geofence(square("apapa")),
            Meta::Geofence(square("ikeja")),
            Meta::Truck(record),
            Meta::Driver(Driver { truck: Some(truck()), ..driver(7, "Ada") }),
            Meta::Driver(driver(8, "Moruf")),
        ];
        let registry = Registry::new(Arc::new(file.clone()));
        registry.save(records, CorrelationId(Uuid::nil()), now()).await.unwrap();
        let (stop, log) = (CancellationToken::new(), Arc::new(file.clone()));
        let dispatch = Dispatch::new(log.clone(), log.clone(), chrono_tz::Africa::Lagos);
        let (clerk, token) = (Clerk::new(log, dispatch, "clerk-1".into(), now), stop.clone());
        file.ensure_group(
            clerk::GROUP,
            &[Family::Command, Family::Event],
            watchtower_core::ports::log::Start::Newest,
        )
        .await
        .unwrap();
        before(&file).await;
        let clerk = tokio::spawn(async move { clerk.run(token).await.unwrap() });
        Self { file, stop, clerk }
    }

    /// What was told among the events as part of request `number`, once there is some.
    async fn answer(&self, number: u128) -> Vec<EventData> {
        let streams =
            self.file.partitions().all().map(|partition| StreamId { partition, family: Family::Event });
        let streams: Vec<_> = streams.collect();
        for _ in 0..200 {
            let mut told = Vec::new();
            for stream in &streams {
                let entries = self.file.read(*stream, EntryId::ZERO, 1_000).await.unwrap();
                let mine = entries.into_iter().map(|entry| entry.event);
                told.extend(
                    mine.filter(|event| event.correlation_id.0 == Uuid::from_u128(number))
                        .map(|event| event.data),
                );
            }
            let is_last =
                |data: &EventData| matches!(data, EventData::CommandIssued(_) | EventData::ErrorOccurred(_));
            if told.iter().any(is_last) {
                return told;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("nobody answers request {number}");
    }

    async fn trips(&self) -> Vec<Trip> {
        let records = self.file.meta().await.unwrap().into_iter();
        records.filter_map(|record| if let Meta::Trip(trip) = record { Some(trip) } else { None }).collect()
    }

    async fn close(self) {
        self.stop.cancel();
        self.clerk.await.unwrap();
    }
}

#[tokio::test]
async fn a_trip_is_planned_as_asked_and_the_audit_trail_has_who_asked() {
    let office = Office::open().await;
    let command = Command::PlanTrip { by: "ada".into(), booking: booking("TCNU3877560") };
    office.file.append(&[asked(1, now(), command.clone())]).await.unwrap();
    let told = office.answer(1).await;
    let [EventData::TripCreated(trip), EventData::CommandIssued(done)] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!((done, trip.container.as_deref()), (&command, Some("TCNU3877560")));
    assert_eq!(office.trips().await, std::slice::from_ref(trip));
    let query = EventQuery { types: vec!["command.issued".into()], ..EventQuery::default() };
    let audit = office.file.events(&query, Window { limit: 10, after: None }).await.unwrap().items;
    assert!(matches!(audit.as_slice(), [event] if event.data == EventData::CommandIssued(command)));
    office.close().await;
}

#[tokio::test]
async fn what_does_not_hold_is_refused_with_every_reason_and_changes_nothing() {
    let office = Office::open().await;
    let wrong = Booking { delivery: FenceId::new("nowhere"), ..booking("TCNU3877561") };
    let lost = now().minus(Duration::from_secs(3_600));
    let unknown = Command::RemoveGeofence { by: "ada".into(), geofence: FenceId::new("nowhere") };
    let mut bow = square("bow");
    let ring = [(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)];
    bow.shape = Geofence::area("bow", "bow", FenceKind::Client, ring.to_vec()).shape;
    office
        .file
        .append(&[
            asked(1, now(), Command::PlanTrip { by: "ada".into(), booking: wrong }),
            asked(2, lost, Command::PlanTrip { by: "ada".into(), booking: booking("TCNU3877560") }),
            asked(3, now(), unknown),
            asked(4, now(), Command::WriteGeofence { by: "ada".into(), geofence: bow }),
        ])
        .await
        .unwrap();
    for (number, words) in [
        (1, ["nowhere", "TCNU3877561"]),
        (2, ["60 minutes ago", "no service"]),
        (3, ["geofence", "nowhere"]),
        (4, ["bow", "intersect"]),
    ] {
        let told = office.answer(number).await;
        let [EventData::ErrorOccurred(failure)] = told.as_slice() else { panic!("{told:?}") };
        assert!(words.iter().all(|word| failure.message.contains(word)), "{}", failure.message);
    }
    assert!(office.trips().await.is_empty());
    office.close().await;
}

#[tokio::test]
async fn what_a_clerk_did_before_it_died_is_not_refused_by_the_next() {
    let families = [Family::Command, Family::Event];
    let fence = FenceId::new("ikeja");
    let removal = Command::RemoveGeofence { by: "ada".into(), geofence: fence.clone() };
    let unknown = Command::RemoveGeofence { by: "ada".into(), geofence: FenceId::new("nowhere") };
    let command = removal.clone();
    let office = Office::open_after(async |file| {
        file.append(&[asked(1, now(), command.clone()), asked(2, now(), unknown)]).await.unwrap();
        let taken = file.read_group(clerk::GROUP, "dead", &families, 10, Duration::ZERO).await.unwrap();
        assert_eq!(taken.len(), 2);
        // It is done, and nobody is left to say so.
        let log = Arc::new(file.clone());
        let dispatch = Dispatch::new(log.clone(), log, chrono_tz::Africa::Lagos);
        let correlation_id = CorrelationId(Uuid::from_u128(1));
        let when = Occasion { correlation_id, happened: now(), now: now() };
        dispatch.carry_out(&command, when).await.unwrap();
    })
    .await;
    let told = office.answer(1).await;
    let gone = EventData::GeofenceRemoved(FenceRef { id: fence });
    let done = EventData::CommandIssued(removal);
    assert!(told.len() == 2 && told.contains(&gone) && told.contains(&done), "{told:?}");
    let told = office.answer(2).await;
    assert!(matches!(told.as_slice(), [EventData::ErrorOccurred(_)]), "nobody did this: {told:?}");
    office.close().await;
}

#[tokio::test]
async fn a_driver_is_given_a_truck_and_nobody_drives_two() {
    let office = Office::open().await;
    let moruf = DriverId(Uuid::from_u128(8));
    let command = Command::AssignDriver { by: "ada".into(), truck: truck(), driver: Some(moruf) };
    office.file.append(&[asked(1, now(), command)]).await.unwrap();
    office.answer(1).await;
    let trucks = office.file.trucks().await.unwrap();
    assert_eq!(trucks.iter().map(|truck| truck.driver).collect::<Vec<_>>(), [Some(moruf)]);
    let mut drivers = office.file.drivers().await.unwrap();
    drivers.sort_by_key(|driver| driver.id.0);
    let places: Vec<_> = drivers.into_iter().map(|driver| driver.truck).collect();
    assert_eq!(places, [None, Some(truck())]);
    office.close().await;
}

#[tokio::test]
async fn the_pictures_trip_follows_what_is_said_of_it() {
    let office = Office::open().await;
    let command = Command::PlanTrip { by: "ada".into(), booking: booking("TCNU3877560") };
    office.file.append(&[asked(1, now(), command)]).await.unwrap();
    office.answer(1).await;
    let trip = office.trips().await.remove(0);
    let mut change = TripStatusChange::new(trip.id, TripStatus::Scheduled, TripStatus::Ongoing);
    change.milestone = Some(Milestone::Departed);
    let departed = now().plus(Duration::from_secs(4_000));
    let (_, command) = asked(
        2,
        departed,
        Command::MoveTrip {
            by: "ada".into(),
            trip: trip.id,
            to: TripStatus::Failed,
            reason: Some("the axle broke".into()),
            promised_arrival: None,
        },
    );
    let news = Event {
        id: EventId(Uuid::from_u128(99)),
        data: EventData::TripStatusChanged(change),
        ..command.clone()
    };
    office.file.append(&[(Family::Event, news)]).await.unwrap();
    let is_under_way = |trips: &[Trip]| trips[0].departed_at == Some(departed);
    for _ in 0..200 {
        if is_under_way(&office.trips().await) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(office.trips().await[0].status, TripStatus::Ongoing);
    office.file.append(&[(Family::Command, Event { recorded_at: now(), ..command })]).await.unwrap();
    office.answer(2).await;
    assert_eq!(office.trips().await[0].status, TripStatus::Failed);
    assert_eq!(office.file.trip(trip.id).await.unwrap().unwrap().status, TripStatus::Failed);
    office.close().await;
}
