//! Who drives which truck, by the records of trips, trucks and drivers, and what trucks are
//! called with it.

use watchtower_core::domain::{
    id::{DriverId, VehicleKey},
    master::Driver,
};

use super::{Model, vehicle::Vehicle};
use crate::tui::text;

impl Model {
    /// Who drives a vehicle: its trip's driver, else its own.
    pub fn driver_of(&self, vehicle: &Vehicle) -> Option<&Driver> {
        let planned = self.trip_of(vehicle).and_then(|trip| trip.driver);
        let own = || self.trucks.get(&vehicle.key).and_then(|truck| truck.driver);
        let known = planned.or_else(own).and_then(|id| self.drivers.get(&id));
        known.or_else(|| self.drivers.get(self.driving.get(&vehicle.key)?))
    }

    pub(super) fn record_driver(&mut self, driver: Driver) {
        if let Some(truck) = self.drivers.get(&driver.id).and_then(|before| before.truck.as_ref())
            && self.driving.get(truck) == Some(&driver.id)
        {
            self.driving.remove(truck);
        }
        if let Some(truck) = &driver.truck {
            self.driving.insert(truck.clone(), driver.id);
        }
        self.drivers.insert(driver.id, driver);
    }

    /// The trucks a driver may drive, by any record.
    pub(super) fn trucks_of(&self, id: DriverId) -> Vec<VehicleKey> {
        let own = self.drivers.get(&id).and_then(|driver| driver.truck.as_ref());
        let given = self.trucks.values().filter(|truck| truck.driver == Some(id)).map(|truck| &truck.key);
        let planned = self.trips.values().filter(|trip| trip.driver == Some(id)).map(|trip| &trip.vehicle);
        own.into_iter().chain(given).chain(planned).cloned().collect()
    }

    pub(super) fn name(&mut self, key: &VehicleKey) {
        let Some(vehicle) = self.vehicles.get(key) else { return };
        let label = text::clean(self.trucks.get(key).map_or(key.as_str(), |truck| &truck.number));
        let label = if label.trim().is_empty() { text::clean(key.as_str()) } else { label };
        let driver = self.driver_of(vehicle).map(|driver| text::clean(&driver.name)).unwrap_or_default();
        self.vehicles.change(key, |vehicle| (vehicle.label, vehicle.driver) = (label, driver));
    }

    pub(super) fn name_all(&mut self) {
        let keys: Vec<VehicleKey> = self.vehicles.values().map(|vehicle| vehicle.key.clone()).collect();
        keys.iter().for_each(|key| self.name(key));
    }
}
