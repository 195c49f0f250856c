//! Drivers.

use serde_json::Value;
use watchtower_core::domain::master::Driver;

use super::{
    Scene, Wanted,
    listing::{Cell, Column, Listing, Record, column, detail, known},
};

const COLUMNS: &[Column] = &[
    column("NAME", "name"),
    column("TRUCK", "truck"),
    column("PHONE", "phone"),
    column("LICENCE", "licence"),
    detail("has_smartphone"),
    detail("loconav_id"),
    detail("id"),
];

/// By name.
pub(super) fn listing(_: &Wanted, scene: &Scene<'_>) -> Listing {
    let mut drivers: Vec<&Driver> = scene.books.drivers.values().collect();
    drivers.sort_by_key(|driver| (driver.name.to_lowercase(), driver.id));
    let records = drivers.into_iter().map(|driver| record(driver, scene)).collect();
    Listing { singular: "driver", columns: COLUMNS, records, remarks: Vec::new() }
}

fn record(driver: &Driver, scene: &Scene<'_>) -> Record {
    let trucks = &scene.books.trucks;
    let named = driver.truck.as_ref().and_then(|key| trucks.get(key));
    let truck = named.or_else(|| trucks.values().find(|truck| truck.driver == Some(driver.id)));
    let number = truck.map(|truck| truck.number.as_str());
    let cells = vec![
        Cell::from(driver.name.as_str()),
        known(number.or_else(|| driver.truck.as_ref().map(|key| key.as_str()))),
        known(driver.phone.as_deref()),
        known(driver.licence.as_deref()),
        Cell::from(if driver.has_smartphone { "yes" } else { "no" }).exact(driver.has_smartphone.to_string()),
        known(driver.loconav_id.as_deref()),
        Cell::from(driver.id.to_string()),
    ];
    Record {
        names: vec![driver.name.clone(), driver.id.to_string()],
        cells,
        json: serde_json::to_value(driver).unwrap_or(Value::Null),
        geometry: None,
    }
}
