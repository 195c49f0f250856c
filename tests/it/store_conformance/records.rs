//! The records people keep, and the figures of days.

use std::sync::Arc;

use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{EventData, FenceRef},
        geofence::{FenceKind, Geofence, Shape, Watches},
        id::{DriverId, FenceId, OrganizationId},
        master::{Driver, Organization, OrganizationKind, Truck, TruckStatus},
        units::Metres,
    },
    ports::store::{Store, SyncStatus},
};

use super::build::{at, event, fix, key, orders, point, write_singly};

/// A truck as the books have it.
pub(super) fn truck(number: &str) -> Truck {
    Truck { provisional: false, ..Truck::provisional(key(number)) }
}

pub(super) fn circle(id: &str, lon: f64, lat: f64, radius: f64) -> Geofence {
    Geofence {
        id: FenceId::new(id),
        name: id.to_owned(),
        kind: FenceKind::Client,
        watches: Watches::All,
        shape: Shape::Circle { centre: point(lon, lat), radius: Metres(radius) },
    }
}

pub(crate) async fn a_vehicle_not_known_is_registered_provisionally(store: Arc<dyn Store>) {
    store.write(&[fix("T1", "2026-11-20T12:00:00Z"), fix("T1", "2026-11-20T12:00:01Z")]).await.unwrap();
    assert_eq!(store.trucks().await.unwrap(), [Truck::provisional(key("T1"))]);
    assert_eq!(store.truck("t 1").await.unwrap(), Some(Truck::provisional(key("T1"))));
}

pub(crate) async fn a_real_record_replaces_a_provisional_one_and_never_the_reverse(store: Arc<dyn Store>) {
    for (number, order) in orders(&[0, 1, 2]).into_iter().enumerate() {
        let name = format!("T{number}");
        let real = Truck { company: Some("VPC".into()), status: TruckStatus::Maintenance, ..truck(&name) };
        let events = [
            fix(&name, "2026-11-20T12:00:00Z"),
            event(&name, "2026-11-20T12:00:01Z", EventData::TruckUpdated(real.clone())),
            // Recorded last, and still no more than a guess.
            event(&name, "2026-11-20T12:00:02Z", EventData::TruckUpdated(Truck::provisional(key(&name)))),
        ];
        let events: Vec<_> = order.into_iter().map(|n| events[n].clone()).collect();
        match number % 2 {
            0 => drop(store.write(&events).await.unwrap()),
            _ => write_singly(&store, &events).await,
        }
        assert_eq!(store.truck(&name).await.unwrap(), Some(real), "order {number}");
    }
    assert_eq!(store.trucks().await.unwrap().len(), 6);
}

pub(crate) async fn a_truck_is_found_by_each_of_its_names(store: Arc<dyn Store>) {
    let real = Truck {
        number: "T 11985 LA".into(),
        loconav_id: Some("88001".into()),
        aliases: vec!["867322031234567".into(), "osmand-7".into()],
        groups: vec!["port".into(), "night".into()],
        driver: Some(DriverId(Uuid::from_u128(7))),
        ..truck("T11985LA")
    };
    store
        .write(&[event("T11985LA", "2026-11-20T12:00:00Z", EventData::TruckUpdated(real.clone()))])
        .await
        .unwrap();
    for name in ["T11985LA", "t11985 la", "867322031234567", "osmand-7", "OSMAND-7", "88001"] {
        assert_eq!(store.truck(name).await.unwrap().as_ref(), Some(&real), "{name}");
    }
    for name in ["T11985", "", "\u{0}", "osmand"] {
        assert_eq!(store.truck(name).await.unwrap(), None, "{name:?}");
    }
}

pub(crate) async fn a_provisional_truck_is_absorbed_by_the_one_it_is_an_alias_of(store: Arc<dyn Store>) {
    let real = Truck { aliases: vec!["8673220".into(), "8673221".into()], ..truck("T1") };
    store.write(&[fix("8673220", "2026-11-20T12:00:00Z")]).await.unwrap();
    let record = event("T1", "2026-11-20T12:00:01Z", EventData::TruckUpdated(real.clone()));
    store.write(&[record, fix("8673221", "2026-11-20T12:00:02Z")]).await.unwrap();
    assert_eq!(store.trucks().await.unwrap().as_slice(), std::slice::from_ref(&real));
    for name in ["8673220", "8673221", "T1"] {
        assert_eq!(store.truck(name).await.unwrap().as_ref(), Some(&real), "{name}");
    }
    // What it sent under the alias is still there under the alias.
    assert_eq!(store.count_positions(None).await.unwrap(), 2);
}

pub(crate) async fn the_newest_record_stands_whatever_the_order(store: Arc<dyn Store>) {
    let times = ["2026-11-20T12:00:00Z", "2026-11-20T12:00:01Z", "2026-11-20T12:00:02Z"];
    for (number, order) in orders(&[0_usize, 1, 2]).into_iter().enumerate() {
        let id = Uuid::from_u128(number as u128);
        let events: Vec<_> = order
            .iter()
            .flat_map(|n| {
                let (time, name) = (times[*n], format!("name {n}"));
                [
                    EventData::DriverUpdated(driver(id, &name)),
                    EventData::OrganizationUpdated(organization(id, &name)),
                    EventData::GeofenceUpdated(Geofence { name, ..circle(&id.to_string(), 3.0, 6.0, 50.0) }),
                ]
                .map(|data| event(&id.to_string(), time, data))
            })
            .collect();
        match number % 2 {
            0 => drop(store.write(&events).await.unwrap()),
            _ => write_singly(&store, &events).await,
        }
    }
    let drivers = store.drivers().await.unwrap();
    let organizations = store.organizations().await.unwrap();
    let fences = store.geofences().await.unwrap();
    assert_eq!((drivers.len(), organizations.len(), fences.len()), (6, 6, 6));
    assert!(drivers.iter().all(|driver| driver.name == "name 2"), "{drivers:?}");
    assert!(organizations.iter().all(|organization| organization.name == "name 2"), "{organizations:?}");
    assert!(fences.iter().all(|fence| fence.name == "name 2"), "{fences:?}");
    assert!(drivers.contains(&driver(Uuid::from_u128(3), "name 2")));
    assert!(organizations.contains(&organization(Uuid::from_u128(3), "name 2")));
}

fn driver(id: Uuid, name: &str) -> Driver {
    Driver {
        id: DriverId(id),
        name: name.to_owned(),
        phone: Some("+234 800 000 0000".into()),
        licence: None,
        has_smartphone: true,
        loconav_id: Some("d-1".into()),
        truck: Some(key("T1")),
    }
}

fn organization(id: Uuid, name: &str) -> Organization {
    Organization {
        id: OrganizationId(id),
        name: name.to_owned(),
        kind: OrganizationKind::Transporter,
        email: Some("gate@example.com".into()),
        phone: None,
        sales_manager: Some("Ada".into()),
    }
}

pub(crate) async fn a_removed_fence_stays_removed_until_written_anew(store: Arc<dyn Store>) {
    let written =
        |time, radius| event("apapa", time, EventData::GeofenceUpdated(circle("apapa", 3.36, 6.44, radius)));
    let removed = event(
        "apapa",
        "2026-11-20T12:00:02Z",
        EventData::GeofenceRemoved(FenceRef { id: FenceId::new("apapa") }),
    );
    store.write(&[removed, written("2026-11-20T12:00:01Z", 100.0)]).await.unwrap();
    store.write(&[written("2026-11-20T12:00:00Z", 50.0)]).await.unwrap();
    assert_eq!(store.geofences().await.unwrap(), []);
    store.write(&[written("2026-11-20T12:00:03Z", 200.0)]).await.unwrap();
    assert_eq!(store.geofences().await.unwrap(), [circle("apapa", 3.36, 6.44, 200.0)]);
}

pub(crate) async fn every_shape_of_fence_comes_back_as_it_went_in(store: Arc<dyn Store>) {
    let text = r#"{"type":"FeatureCollection","features":[
      {"type":"Feature","id":"circle","properties":{"radius_m":150.5,"kind":"client","name":"Íkòyí"},"geometry":{"type":"Point","coordinates":[3.312345678901,6.5]}},
      {"type":"Feature","id":"corridor","properties":{"width_m":80,"watches":"on_trip"},"geometry":{"type":"LineString","coordinates":[[3.3,6.5],[3.4,6.5],[3.4,6.6]]}},
      {"type":"Feature","id":"holed","properties":{"kind":"terminal"},"geometry":{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,9],[0,0]],[[1,1],[1,2],[2,2],[2,1],[1,1]]]}},
      {"type":"Feature","id":"islands","properties":{"kind":"depot"},"geometry":{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]}}]}"#;
    let (mut fences, errors) = watchtower_core::domain::geofence::read_collection(text).unwrap();
    assert!(errors.is_empty(), "{errors:?}");
    let events: Vec<_> = fences
        .iter()
        .map(|fence| {
            event(fence.id.as_str(), "2026-11-20T12:00:00Z", EventData::GeofenceUpdated(fence.clone()))
        })
        .collect();
    store.write(&events).await.unwrap();
    let mut stored = store.geofences().await.unwrap();
    stored.sort_by(|a, b| a.id.cmp(&b.id));
    fences.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(stored, fences);
}

pub(crate) async fn names_in_any_script_survive(store: Arc<dyn Store>) {
    let name = "Ọláyínká Adébáyọ̀ 🚚 محمد \u{202e} 'quote\" \\slash ; drop table trucks; --";
    let real = Truck { number: name.into(), fleet_manager: Some(name.into()), ..truck("ÉTÉ7🚛") };
    let events = [
        fix("été 7 🚛", "2026-11-20T12:00:00Z"),
        event("ÉTÉ7🚛", "2026-11-20T12:00:00Z", EventData::TruckUpdated(real.clone())),
        event(name, "2026-11-20T12:00:00Z", EventData::DriverUpdated(driver(Uuid::nil(), name))),
    ];
    store.write(&events).await.unwrap();
    assert_eq!(store.trucks().await.unwrap().as_slice(), std::slice::from_ref(&real));
    assert_eq!(store.truck("été7🚛").await.unwrap(), Some(real));
    assert_eq!(store.drivers().await.unwrap(), [driver(Uuid::nil(), name)]);
    assert_eq!(store.last_positions().await.unwrap()[0].0, key("ÉTÉ7🚛"));
}

pub(crate) async fn the_last_synchronisation_is_kept(store: Arc<dyn Store>) {
    let status = |source: &str, time: &str, error: Option<&str>| SyncStatus {
        source: source.to_owned(),
        at: at(time),
        records: 84,
        error: error.map(str::to_owned),
    };
    assert_eq!(store.sync_statuses().await.unwrap(), []);
    let vehicles = status("loconav.vehicles", "2026-11-20T12:00:00Z", None);
    store.put_sync_status(&vehicles).await.unwrap();
    store.put_sync_status(&status("loconav.alerts", "2026-11-20T12:00:00Z", None)).await.unwrap();
    let failed = status("loconav.alerts", "2026-11-20T12:05:00Z", Some("429 too many requests"));
    store.put_sync_status(&failed).await.unwrap();
    assert_eq!(store.sync_statuses().await.unwrap(), [failed, vehicles]);
}
