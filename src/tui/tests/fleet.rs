//! A fleet for tests: the same every time, with everything a screen can show.

use chrono_tz::Tz;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use watchtower_core::{
    domain::{
        alert::{Alert, AlertKind},
        event::{Event, EventData, FenceMoment, FenceVisit, MotionChange, Stop},
        geo::LonLat,
        geofence::{FenceKind, Geofence},
        id::{
            AlertId, CorrelationId, Derivation, DriverId, EventId, FenceId, OrganizationId, TripId,
            VehicleKey,
        },
        live::{LiveState, Motion},
        master::{Driver, Organization, OrganizationKind, Truck},
        position::{Position, Source},
        time::Timestamp,
        trip::{Trip, TripStatus},
        units::{Heading, Kmh, Metres},
    },
    ports::log::Meta,
};

pub(crate) const ZONE: Tz = chrono_tz::Africa::Lagos;
/// 2025-04-01T13:32:07Z, 14:32:07 in Lagos.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_743_514_327_000);

/// `seconds` after [`NOW`].
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(NOW.millis() + seconds * 1_000)
}

pub(crate) fn key(text: &str) -> VehicleKey {
    VehicleKey::new(text).unwrap()
}

fn uuid(kind: &str, subject: &str) -> uuid::Uuid {
    Derivation { kind, key: "test", subject, start: NOW, phase: "", revision: 0 }.uuid()
}

pub(crate) fn position(second: i64, (lon, lat): (f64, f64), speed: f64) -> Position {
    Position {
        speed_kmh: Some(Kmh(speed)),
        heading: Heading::new(45.0),
        ignition: Some(speed > 0.0),
        ..Position::bare(LonLat::new(lon, lat).unwrap(), at(second), Source::wall("loconav"))
    }
}

pub(crate) fn fix(vehicle: &str, second: i64, point: (f64, f64), speed: f64) -> Event {
    let id = CorrelationId(uuid("fix", vehicle));
    Event::position(&key(vehicle), position(second, point, speed), id)
}

pub(crate) fn event(vehicle: &str, second: i64, data: EventData) -> Event {
    let id = uuid(data.type_name(), &format!("{vehicle} {second}"));
    Event {
        id: EventId(id),
        ts: at(second),
        recorded_at: at(second),
        key: key(vehicle).as_str().to_owned(),
        correlation_id: CorrelationId(id),
        data,
    }
}

pub(crate) fn motion_changed(vehicle: &str, second: i64, to: Motion) -> Event {
    event(vehicle, second, EventData::TruckStatusChanged(MotionChange { from: None, to }))
}

pub(crate) fn alert(vehicle: &str, second: i64, kind: AlertKind) -> Alert {
    let mut values = serde_json::Map::new();
    if kind == AlertKind::Overspeed {
        values.insert("peak_kmh".to_owned(), 74.into());
        values.insert("limit_kmh".to_owned(), 60.into());
    }
    Alert {
        id: AlertId(uuid(kind.name(), vehicle)),
        kind,
        severity: kind.severity(),
        vehicle: key(vehicle),
        trip: None,
        start: at(second),
        end: None,
        point: None,
        geofence: None,
        values,
        source: "engine".into(),
    }
}

pub(crate) fn triggered(vehicle: &str, second: i64, kind: AlertKind) -> Event {
    event(vehicle, second, EventData::AlertTriggered(alert(vehicle, second, kind)))
}

const PLACES: [(&str, &str, FenceKind, f64, f64); 5] = [
    ("apapa", "Apapa Port", FenceKind::Terminal, 3.3650, 6.4420),
    ("tin-can", "Tin Can Island", FenceKind::Terminal, 3.3400, 6.4360),
    ("esslibra", "Esslibra Terminal", FenceKind::Terminal, 3.3090, 6.4530),
    ("deekay", "Deekay Ikeja", FenceKind::Client, 3.3470, 6.6050),
    ("depot", "Mile 2 Depot", FenceKind::Depot, 3.3160, 6.4640),
];

const DRIVERS: [&str; 8] = [
    "Moruf Fashola",
    "Chinedu Okafor",
    "Ọlájídé Adéwálé",
    "Sunday Effiong",
    "Ibrahim Garba",
    "Emeka Nwosu",
    "Tunde Bakare",
    "Musa Danladi",
];

fn driver_id(index: usize) -> DriverId {
    DriverId(uuid("driver", &index.to_string()))
}

/// The number of the `index`-th truck.
pub(crate) fn number(index: usize) -> String {
    format!("T{:05}LA", 412 + index * 1_139 % 89_000)
}

pub(crate) fn meta(trucks: usize) -> Vec<Meta> {
    let mut records: Vec<Meta> = PLACES
        .iter()
        .map(|(id, name, kind, lon, lat)| {
            let ring = [(-0.006, -0.004), (0.006, -0.004), (0.006, 0.004), (-0.006, 0.004), (-0.006, -0.004)];
            let ring = ring.iter().map(|(x, y)| (lon + x, lat + y)).collect();
            Meta::Geofence(Geofence::area(id, name, *kind, ring))
        })
        .collect();
    let client = OrganizationId(uuid("organization", "deekay"));
    records.push(Meta::Organization(Organization {
        id: client,
        name: "Deekay Foods".to_owned(),
        kind: OrganizationKind::Client,
        email: None,
        phone: None,
        sales_manager: None,
    }));
    for index in 0..trucks {
        let name = DRIVERS[index % DRIVERS.len()];
        records.push(Meta::Driver(Driver {
            id: driver_id(index),
            name: name.to_owned(),
            phone: None,
            licence: None,
            has_smartphone: true,
            loconav_id: None,
            truck: None,
        }));
        records.push(Meta::Truck(Truck {
            driver: (index % 5 != 4).then(|| driver_id(index)),
            groups: vec!["FM".to_owned()],
            trailer_size: Some("40FT".to_owned()),
            company: Some("Watch Haulage".to_owned()),
            provisional: false,
            ..Truck::provisional(key(&number(index)))
        }));
    }
    records.push(Meta::Trip(Trip {
        id: TripId(uuid("trip", "ca60")),
        readable_id: "01/Apr/2025-CA60".to_owned(),
        loconav_id: None,
        vehicle: key(&number(0)),
        driver: Some(driver_id(0)),
        client: Some(client),
        pickup: FenceId::new("esslibra"),
        delivery: FenceId::new("deekay"),
        container: Some("MSKU7750847".to_owned()),
        cargo_type: Some("40FT".to_owned()),
        weight_t: None,
        status: TripStatus::Ongoing,
        scheduled_departure: at(-5_400),
        promised_arrival: None,
        departed_at: Some(at(-5_000)),
        arrived_at: None,
        offloaded_at: None,
        returned_at: None,
    }));
    records.extend([
        trip(1, ("apapa", "deekay"), -9_000, TripStatus::Delayed),
        trip(2, ("tin-can", "depot"), 3_600, TripStatus::Scheduled),
        trip(3, ("apapa", "deekay"), -40_000, TripStatus::Completed),
    ]);
    records
}

fn trip(truck: usize, ends: (&str, &str), scheduled: i64, status: TripStatus) -> Meta {
    let readable_id = format!("01/Apr/2025-{}", number(truck));
    let ends = (FenceId::new(ends.0), FenceId::new(ends.1));
    let planned = Trip::planned(TripId(uuid("trip", &readable_id)), key(&number(truck)), ends, at(scheduled));
    let done = |second| (status == TripStatus::Completed).then(|| at(second));
    Meta::Trip(Trip {
        readable_id,
        status,
        departed_at: done(-38_000),
        arrived_at: done(-30_000),
        offloaded_at: done(-20_000),
        ..planned
    })
}

/// The last states of `trucks` trucks around Lagos.
pub(crate) fn live(trucks: usize) -> Vec<LiveState> {
    let mut random = ChaCha8Rng::seed_from_u64(84);
    (0..trucks)
        .map(|index| {
            let motion = match index % 8 {
                0..5 => Motion::Moving,
                5 => Motion::Idle,
                6 => Motion::Parked,
                _ => Motion::Offline,
            };
            let place = &PLACES[index % PLACES.len()];
            let inside = motion == Motion::Idle || motion == Motion::Parked;
            let spread = if inside { 0.002 } else { 0.06 };
            let mut scatter = |centre: f64| centre + random.random_range(-spread..spread);
            let point = (scatter(place.3), scatter(place.4));
            let speed = if motion == Motion::Moving { random.random_range(12.0..78.0) } else { 0.0 };
            let age = match motion {
                Motion::Moving | Motion::Idle => random.random_range(1..40),
                Motion::Parked => random.random_range(60..600),
                Motion::Offline => random.random_range(3_600..90_000),
            };
            let mut position = position(-age, point, speed);
            position.heading = Heading::new(random.random_range(0.0..360.0));
            LiveState {
                vehicle: key(&number(index)),
                since: at(-age - random.random_range(60..9_000)),
                position,
                motion,
                fences: if inside { vec![FenceId::new(place.0)] } else { Vec::new() },
                alerts: Vec::new(),
                trip: (index == 0).then(|| TripId(uuid("trip", "ca60"))),
                eta: None,
                today_m: Metres(random.random_range(0.0..160_000.0)),
            }
        })
        .collect()
}

/// Half an hour of the first trucks' fixes, towards where they are now.
pub(crate) fn trails(trucks: usize) -> Vec<Event> {
    let mut events = Vec::new();
    for state in live(trucks).iter().filter(|state| state.motion == Motion::Moving) {
        let (lon, lat) = (state.position.point.lon(), state.position.point.lat());
        for step in 1..30_i64 {
            let back = step as f64;
            let point = (lon - 0.0012 * back, lat - 0.0007 * back * (1.0 + (back / 7.0).sin()));
            let speed = 35.0 + 28.0 * (back / 3.0).sin();
            events.push(fix(state.vehicle.as_str(), -45 - step * 60, point, speed));
        }
    }
    events
}

/// What happened in the last hours.
pub(crate) fn past() -> Vec<Event> {
    let moment = |id: &str, name: &str, second| FenceMoment {
        geofence: FenceId::new(id),
        name: name.to_owned(),
        enter: at(second),
        entered_at_first_fix: false,
        point: None,
    };
    let stop = Stop { start: at(-1_900), end: Some(at(-640)), point: LonLat::new(3.33, 6.5).unwrap() };
    let mut braked = alert(&number(3), -2_400, AlertKind::HarshBraking);
    braked.end = Some(braked.start);
    vec![
        event(&number(5), -5_100, EventData::GeofenceEntered(moment("apapa", "Apapa Port", -5_100))),
        event(&number(3), -2_400, EventData::AlertTriggered(braked)),
        motion_changed(&number(5), -1_440, Motion::Idle),
        triggered(&number(5), -1_140, AlertKind::Idle),
        event(&number(2), -640, EventData::StopEnded(stop)),
        event(
            &number(0),
            -300,
            EventData::GeofenceExited(FenceVisit {
                geofence: FenceId::new("esslibra"),
                name: "Esslibra Terminal".to_owned(),
                enter: at(-5_000),
                exit: at(-300),
                confirmed: true,
            }),
        ),
        triggered(&number(7), -200, AlertKind::DeviceOffline),
        event(&number(6), -90, EventData::GeofenceEntered(moment("tin-can", "Tin Can Island", -90))),
        triggered(&number(1), -41, AlertKind::Overspeed),
        motion_changed(&number(4), -12, Motion::Moving),
    ]
}
