use super::*;
use crate::tui::tests::fleet::{self, alert, at, event, fix, key, motion_changed, position};
use watchtower_core::domain::{
    alert::{Acknowledgement, AlertKind, Escalation, Severity},
    event::{FenceMoment, FenceVisit, Flagged},
    live::Motion,
    trip::TripStatusChange,
    units::Metres,
};

fn model() -> Model {
    let mut model = Model::default();
    model.take_meta(fleet::meta(8));
    model.take_picture(fleet::live(8));
    model
}

fn vehicle(model: &Model, index: usize) -> &Vehicle {
    &model.vehicles[&key(&fleet::number(index))]
}

/// The counts kept are those that counting gives.
fn assert_counted(model: &Model) {
    let mut counts = Counts { total: model.vehicles.len(), ..Counts::default() };
    let mut inside: HashMap<&FenceId, usize> = HashMap::new();
    for vehicle in model.vehicles.values() {
        counts.by_motion[vehicle.motion as usize] += 1;
        vehicle.fences.iter().for_each(|fence| *inside.entry(fence).or_default() += 1);
    }
    assert_eq!(model.counts(), counts);
    for fence in model.fences.keys() {
        assert_eq!(model.occupants(fence), inside.get(fence).copied().unwrap_or(0), "{fence}");
    }
}

#[test]
fn a_fix_out_of_order_completes_the_trail_and_moves_nothing() {
    let mut model = Model::default();
    for (second, lon) in [(0, 3.30), (60, 3.40), (30, 3.35), (60, 9.0)] {
        model.take_fix(&key("T1"), position(second, (lon, 6.5), 40.0));
    }
    let vehicle = &model.vehicles[&key("T1")];
    let lons: Vec<f64> = vehicle.trail.points().iter().map(|point| point.lon()).collect();
    assert_eq!(lons, [3.30, 3.35, 3.40]);
    assert_eq!(vehicle.position.point.lon(), 3.40);
}

#[test]
fn a_trail_is_bounded_in_length_and_age() {
    let mut model = Model::default();
    for second in 0..10_000 {
        model.take_fix(&key("T1"), position(second, (3.0 + second as f64 / 1_000.0, 6.5), 40.0));
    }
    let trail = &model.vehicles[&key("T1")].trail;
    assert!(trail.points().len() <= 160 && trail.speeds().len() <= 180);
    model.take_fix(&key("T1"), position(20_000, (13.5, 6.5), 40.0));
    assert_eq!(model.vehicles[&key("T1")].trail.points().len(), 1);
}

#[test]
fn a_standing_vehicle_draws_no_trail() {
    let mut model = Model::default();
    for second in 0..50 {
        let jitter = f64::from(second as i32 % 2) * 0.000_05;
        model.take_fix(&key("T1"), position(second * 30, (3.3 + jitter, 6.5), 0.0));
    }
    assert_eq!(model.vehicles[&key("T1")].trail.points().len(), 1);
}

#[test]
fn an_outlier_is_taken_back() {
    let mut model = Model::default();
    model.take_fix(&key("T1"), position(0, (3.30, 6.5), 40.0));
    model.take_fix(&key("T1"), position(60, (9.0, 6.5), 40.0));
    let flagged = Flagged { flag: Flag::Outlier, device_time: at(60), reason: "570 km in 60 s".to_owned() };
    model.take_event(event("T1", 60, EventData::PositionFlagged(flagged)));
    assert_eq!(model.vehicles[&key("T1")].position.point.lon(), 3.30);
    assert_eq!(model.vehicles[&key("T1")].trail.points().len(), 1);
}

#[test]
fn a_picture_never_takes_a_vehicle_back() {
    let mut model = model();
    let number = fleet::number(0);
    model.take_fix(&key(&number), position(30, (3.9, 6.9), 40.0));
    model.take_picture(fleet::live(8));
    assert_eq!(vehicle(&model, 0).position.point.lon(), 3.9);
    assert_counted(&model);
    // One that has moved, stopped and left since.
    let mut live = fleet::live(8);
    (live[5].motion, live[5].fences) = (Motion::Moving, Vec::new());
    model.take_picture(live);
    assert_counted(&model);
    model.take_fix(&key("T1"), position(30, (3.9, 6.9), 40.0));
    assert_counted(&model);
}

#[test]
fn fences_follow_entry_and_exit_but_not_the_past() {
    let mut model = model();
    let number = fleet::number(0);
    let moment = FenceMoment {
        geofence: FenceId::new("depot"),
        name: "Mile 2 Depot".to_owned(),
        enter: at(1),
        entered_at_first_fix: false,
        point: None,
    };
    let visit = FenceVisit {
        geofence: FenceId::new("depot"),
        name: "Mile 2 Depot".to_owned(),
        enter: at(1),
        exit: at(2),
        confirmed: false,
    };
    let entered = event(&number, 1, EventData::GeofenceEntered(moment));
    for _ in 0..2 {
        model.take_event(entered.clone());
    }
    assert_eq!(vehicle(&model, 0).fences, [FenceId::new("depot")]);
    assert_counted(&model);
    model.take_event(event(&number, 2, EventData::GeofenceExited(visit)));
    model.take_past(entered);
    assert!(vehicle(&model, 0).fences.is_empty());
    assert_counted(&model);
    assert_eq!(model.events.len(), 2, "each event is listed once");
}

#[test]
fn a_motion_heard_late_changes_nothing() {
    let mut model = model();
    let number = fleet::number(0);
    model.take_event(fleet::motion_changed(&number, 10, Motion::Parked));
    model.take_event(fleet::motion_changed(&number, 5, Motion::Idle));
    assert_eq!(vehicle(&model, 0).motion, Motion::Parked);
    assert_counted(&model);
}

#[test]
fn an_alert_is_one_entry_in_whatever_order_it_is_heard() {
    let (triggered, mut resolved) =
        (alert("T1", 0, AlertKind::Overspeed), alert("T1", 0, AlertKind::Overspeed));
    resolved.end = Some(at(60));
    let ack = Acknowledgement { alert: triggered.id, by: "ada".to_owned(), note: None };
    let events = [
        event("T1", 0, EventData::AlertTriggered(triggered.clone())),
        event("T1", 60, EventData::AlertResolved(resolved)),
        event("T1", 30, EventData::AlertAcknowledged(ack)),
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut model = Model::default();
        model.take_fix(&key("T1"), position(0, (3.3, 6.5), 80.0));
        for index in order {
            model.take_event(events[index].clone());
            model.take_event(events[index].clone());
        }
        model.alerts.settle();
        let entries = model.alerts.entries();
        assert_eq!(entries.len(), 1, "{order:?}");
        assert_eq!(entries[0].alert.end, Some(at(60)), "{order:?}");
        assert!(matches!(entries[0].note, alerts::Note::Taken(..)), "{order:?}");
        assert_eq!(model.alerts.open_count(), 0);
        assert!(model.vehicles[&key("T1")].alerts.is_empty(), "{order:?}");
    }
}

#[test]
fn an_escalated_alert_is_graver_in_whatever_order_it_is_heard() {
    let raised = alert("T1", 0, AlertKind::Idle);
    let (from, to) = (Severity::Medium, Severity::High);
    let escalation = Escalation {
        alert: raised.id,
        kind: raised.kind,
        vehicle: key("T1"),
        trip: None,
        start: at(0),
        from,
        to,
        after_s: 600.0,
    };
    let events = [
        event("T1", 0, EventData::AlertTriggered(raised)),
        event("T1", 600, EventData::AlertEscalated(escalation)),
    ];
    for order in [[0, 1], [1, 0]] {
        let mut model = Model::default();
        for index in order {
            model.take_event(events[index].clone());
            model.take_event(events[index].clone());
        }
        model.alerts.settle();
        let severities: Vec<_> = model.alerts.entries().iter().map(|entry| entry.alert.severity).collect();
        assert_eq!(severities, [to], "{order:?}");
    }
}

#[test]
fn a_crash_of_one_moment_stays_open_until_somebody_takes_note() {
    let mut model = Model::default();
    let mut crash = alert("T1", 0, AlertKind::Crash);
    crash.end = Some(crash.start);
    assert_eq!(crash.severity, Severity::Critical);
    let id = crash.id;
    model.take_event(event("T1", 0, EventData::AlertTriggered(crash)));
    model.alerts.settle();
    assert_eq!(model.alerts.open_count(), 1);
    let ack = Acknowledgement { alert: id, by: "ada".to_owned(), note: None };
    model.take_event(event("T1", 5, EventData::AlertAcknowledged(ack)));
    model.alerts.settle();
    assert_eq!(model.alerts.open_count(), 0);
}

#[test]
fn lists_are_bounded() {
    let mut model = Model::default();
    for second in 0..3_000 {
        model.take_event(fleet::triggered(&format!("T{second}"), second, AlertKind::Idle));
    }
    model.alerts.settle();
    assert_eq!(model.alerts.entries().len(), 500);
    assert_eq!(model.events.len(), 500);
    assert_eq!(model.events.newest_first().next().unwrap().at, at(2_999));
}

#[test]
fn the_driver_is_the_trips_then_the_trucks() {
    let mut model = model();
    assert_eq!(vehicle(&model, 0).driver, "Moruf Fashola");
    assert_eq!(vehicle(&model, 1).driver, "Chinedu Okafor");
    assert_eq!(vehicle(&model, 4).driver, "");
    model.take_fix(&key("NEW1"), position(0, (3.3, 6.5), 80.0));
    assert_eq!(model.vehicles[&key("NEW1")].motion, Motion::Moving);
}

#[test]
fn who_drives_follows_what_is_told_of_trips_trucks_and_drivers() {
    let mut model = model();
    let (truck, other) = (fleet::number(1), fleet::number(2));
    let driver = |model: &Model| vehicle(model, 1).driver.clone();
    let record = |model: &Model, name: &str| {
        model.drivers().find(|driver| driver.name == name).cloned().expect("the books have one")
    };
    // A trip of its own driver departs, and is over.
    let borrowed = record(&model, &vehicle(&model, 2).driver);
    let mut trip = model.trips.values().find(|trip| trip.vehicle == key(&truck)).cloned().unwrap();
    (trip.driver, trip.status) = (Some(borrowed.id), TripStatus::Scheduled);
    model.take_event(event(&truck, 1, EventData::TripCreated(trip.clone())));
    assert_eq!(driver(&model), "Chinedu Okafor");
    let told = |second, to| {
        let change = TripStatusChange::new(trip.id, TripStatus::Scheduled, to);
        event(&truck, second, EventData::TripStatusChanged(change))
    };
    model.take_event(told(2, TripStatus::Ongoing));
    assert_eq!(driver(&model), borrowed.name);
    model.take_event(told(3, TripStatus::Completed));
    assert_eq!(driver(&model), "Chinedu Okafor");
    // Only the driver's own record says which truck; the truck's own record comes after.
    let unassigned = Truck { driver: None, ..model.truck(&key(&truck)).unwrap().clone() };
    model.take_event(event(&truck, 4, EventData::TruckUpdated(unassigned.clone())));
    assert_eq!(driver(&model), "");
    let new = Driver { id: DriverId(uuid::Uuid::from_u128(7)), truck: Some(key(&truck)), ..borrowed };
    model.take_event(event(&truck, 5, EventData::DriverUpdated(new.clone())));
    model.take_event(event(&truck, 6, EventData::TruckUpdated(unassigned)));
    assert_eq!(driver(&model), new.name);
    // They change over to another truck.
    let moved = Driver { truck: Some(key(&other)), name: "Bola Ige".to_owned(), ..new };
    model.take_event(event(&other, 7, EventData::DriverUpdated(moved)));
    assert_eq!(driver(&model), "");
    assert_ne!(vehicle(&model, 2).driver, "Bola Ige", "its own record names another");
}

#[test]
fn a_truck_stays_on_its_trip_whatever_is_told_of_its_next() {
    let mut model = model();
    let truck = fleet::number(0);
    let on =
        vehicle(&model, 0).trip.or_else(|| model.trip_of(vehicle(&model, 0)).map(|trip| trip.id)).unwrap();
    let next = TripId(uuid::Uuid::from_u128(9));
    let tell = |model: &mut Model, second, trip, to| {
        let change = TripStatusChange::new(trip, TripStatus::Scheduled, to);
        model.take_event(event(&truck, second, EventData::TripStatusChanged(change)));
        vehicle(model, 0).trip
    };
    assert_eq!(tell(&mut model, 1, on, TripStatus::Ongoing), Some(on));
    assert_eq!(tell(&mut model, 2, next, TripStatus::Delayed), Some(on));
    assert_eq!(tell(&mut model, 3, next, TripStatus::Cancelled), Some(on));
    assert_eq!(tell(&mut model, 4, on, TripStatus::Delayed), Some(on));
    assert_eq!(tell(&mut model, 5, on, TripStatus::Completed), None);
}

#[test]
fn the_days_distance_grows_with_driving_alone() {
    let mut model = Model::default();
    model.take_event(fix("T1", 0, (3.3, 6.5), 60.0));
    model.take_fix(&key("T1"), position(0, (3.30, 6.5), 60.0));
    model.take_fix(&key("T1"), position(60, (3.309, 6.5), 60.0));
    let driven = model.vehicles[&key("T1")].today;
    assert!((driven.get() - 995.0).abs() < 5.0, "{driven:?}");
    // 600 km in a minute is no driving.
    model.take_fix(&key("T1"), position(120, (9.0, 6.5), 60.0));
    assert_eq!(model.vehicles[&key("T1")].today, driven);
    assert!(Metres(0.0) < driven);
}

#[test]
fn events_are_listed_as_they_happened_unless_heard_long_after() {
    let mut model = Model::default();
    let heard = |happened, recorded| Event {
        recorded_at: at(recorded),
        ..motion_changed("T1", happened, Motion::Idle)
    };
    for event in [heard(10_000, 10_001), heard(9_900, 10_002), heard(10_010, 10_011), heard(0, 10_012)] {
        model.take_event(event);
    }
    let listed: Vec<_> = model.events.newest_first().map(|line| line.at).collect();
    assert_eq!(listed, [at(0), at(10_010), at(10_000), at(9_900)]);
}

#[test]
fn many_alerts_of_one_kind_in_a_few_minutes_are_a_storm() {
    let mut alerts = alerts::Alerts::default();
    let one = |number: i64, kind| alert(&format!("T{number}"), number * 30, kind);
    (0..9).for_each(|number| alerts.hear(one(number, AlertKind::Overspeed)));
    (0..3).for_each(|number| alerts.hear(one(number, AlertKind::Idle)));
    alerts.settle();
    assert_eq!(alerts.storm(|_| at(270)), None);
    alerts.hear(one(9, AlertKind::Overspeed));
    assert_eq!(alerts.storm(|_| at(270)), Some((AlertKind::Overspeed, 10)));
    assert_eq!(alerts.storm(|_| at(301)), None, "the first has passed");
}
