//! The vehicles of an engine, found by key and kept in order of appearance, with
//! the moments at which time alone concerns them.

use rustc_hash::FxHashMap;

use super::vehicle::Vehicle;
use crate::domain::{id::VehicleKey, position::Clock, time::Timestamp};

/// When a vehicle next needs a tick, and of which clock.
#[derive(Clone, Copy, Debug)]
struct Alarm {
    at: Timestamp,
    clock: Clock,
}

/// Every vehicle heard of.
#[derive(Debug, Default)]
pub(super) struct Fleet {
    vehicles: Vec<Vehicle>,
    by_key: FxHashMap<VehicleKey, u32>,
    /// Beside the vehicles, so that a tick over a sleeping fleet reads little.
    alarms: Vec<Option<Alarm>>,
}

impl Fleet {
    pub(super) fn from_vehicles(vehicles: Vec<Vehicle>) -> Self {
        let by_key = (0..).zip(&vehicles).map(|(number, vehicle)| (vehicle.key.clone(), number)).collect();
        Self { alarms: vec![None; vehicles.len()], vehicles, by_key }
    }

    /// All of them, in order of appearance.
    pub(super) fn vehicles(&self) -> &[Vehicle] {
        &self.vehicles
    }

    pub(super) fn vehicles_mut(&mut self) -> &mut [Vehicle] {
        &mut self.vehicles
    }

    /// The number of a vehicle by the text of its key.
    pub(super) fn find(&self, key: &str) -> Option<u32> {
        self.by_key.get(key).copied()
    }

    /// The number of a vehicle, new if need be; none if the key is no vehicle's.
    pub(super) fn find_or_add(&mut self, key: &str) -> Option<u32> {
        if let Some(number) = self.find(key) {
            return Some(number);
        }
        let key = VehicleKey::new(key).ok()?;
        if let Some(number) = self.find(key.as_str()) {
            return Some(number);
        }
        let number = u32::try_from(self.vehicles.len()).ok()?;
        self.by_key.insert(key.clone(), number);
        self.vehicles.push(Vehicle::new(key));
        self.alarms.push(None);
        Some(number)
    }

    pub(super) fn get(&self, number: u32) -> &Vehicle {
        &self.vehicles[number as usize]
    }

    pub(super) fn get_mut(&mut self, number: u32) -> &mut Vehicle {
        &mut self.vehicles[number as usize]
    }

    /// Sets when time next concerns a vehicle.
    pub(super) fn wake(&mut self, number: u32, at: Option<Timestamp>, clock: Clock) {
        self.alarms[number as usize] = at.map(|at| Alarm { at, clock });
    }

    /// The first vehicle from `number` on whose moment has come.
    pub(super) fn due(&self, number: u32, clock: Clock, now: Timestamp) -> Option<u32> {
        let rest = self.alarms.get(number as usize..)?;
        let due = |alarm: &Option<Alarm>| alarm.is_some_and(|alarm| alarm.clock == clock && alarm.at <= now);
        rest.iter().position(due).map(|ahead| number + ahead as u32)
    }

    /// Bytes held for all vehicles.
    pub(super) fn bytes(&self) -> usize {
        let index = self.by_key.capacity() * (size_of::<(VehicleKey, u32)>() + 1);
        let spare = (self.vehicles.capacity() - self.vehicles.len()) * size_of::<Vehicle>();
        let alarms = self.alarms.capacity() * size_of::<Option<Alarm>>();
        self.vehicles.iter().map(Vehicle::bytes).sum::<usize>() + index + spare + alarms
    }
}
