//! The fleet as a filter is asked about it, and what its fields hold here.

use std::collections::BTreeSet;

use watchtower_core::{
    domain::{
        geofence::Geofence,
        id::{FenceId, OrganizationId},
        master::Organization,
        time::Timestamp,
        units::Kmh,
    },
    filter::{Names, Sighting, Subject as _, Text},
};

use super::{Model, vehicle::Vehicle};

impl Names for Model {
    fn fence(&self, id: &FenceId) -> Option<&Geofence> {
        self.fences.get(id)
    }

    fn organization(&self, id: OrganizationId) -> Option<&Organization> {
        self.organizations.get(&id)
    }
}

impl Model {
    /// A vehicle as a filter is asked about it.
    pub fn sighting<'a>(&'a self, vehicle: &'a Vehicle, wall: Timestamp) -> Sighting<'a, Self> {
        let position = &vehicle.position;
        Sighting {
            names: self,
            now: self.now(&position.source, wall),
            key: &vehicle.key,
            truck: self.truck(&vehicle.key),
            driver: Some(vehicle.driver.as_str()).filter(|name| !name.is_empty()),
            trip: self.trip_of(vehicle),
            motion: Some((vehicle.motion, vehicle.since)),
            position: Some(position),
            speed: position.speed_kmh.or_else(|| vehicle.speed().map(Kmh)),
            heading: vehicle.heading(),
            fences: &vehicle.fences,
            alerts: &vehicle.alerts,
        }
    }

    /// What a field holds anywhere in the fleet, in order.
    pub fn texts(&self, field: Text, wall: Timestamp) -> BTreeSet<String> {
        let mut texts = BTreeSet::new();
        if matches!(field, Text::Place | Text::Pickup | Text::Delivery) {
            texts.extend(self.fences.values().map(|fence| fence.name.clone()));
            return texts;
        }
        for vehicle in self.vehicles.values() {
            self.sighting(vehicle, wall).any_text(field, &mut |text| {
                if !texts.contains(text) {
                    texts.insert(text.to_owned());
                }
                false
            });
        }
        texts
    }
}
