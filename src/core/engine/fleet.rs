//! The vehicles of an engine, found by key and kept in order of appearance, with
//! the moments at which time alone concerns them.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use super::vehicle::Vehicle;
use crate::domain::{id::VehicleKey, position::Clock, time::Timestamp};

/// When a vehicle next needs a tick, and of which clock, in eight bytes: many are
/// looked through at each tick.
#[derive(Clone, Copy, Debug)]
struct Alarm(i64);

impl Alarm {
    const NONE: Self = Self(i64::MAX);

    fn new(at: Timestamp, clock: Clock) -> Self {
        // Half the range of milliseconds is still beyond every calendar.
        Self(at.millis().clamp(i64::MIN / 2, i64::MAX / 2 - 1) << 1 | i64::from(clock == Clock::Event))
    }

    fn is_of(self, clock: Clock) -> bool {
        (self.0 & 1 == 1) == (clock == Clock::Event)
    }

    fn is_due(self, clock: Clock, now: Timestamp) -> bool {
        self.0 >> 1 <= now.millis() && self.is_of(clock)
    }
}

/// Every vehicle heard of.
#[derive(Debug, Default)]
pub(super) struct Fleet {
    vehicles: Vec<Vehicle>,
    /// By the hash of the key, which the vehicle has.
    by_key: HashTable<u32>,
    /// Beside the vehicles, so that a tick over a sleeping fleet reads little.
    alarms: Vec<Alarm>,
    /// Which set of rules each goes by: what the rules at hand say, not the vehicle.
    rules: Vec<u16>,
}

impl Fleet {
    pub(super) fn from_vehicles(vehicles: Vec<Vehicle>) -> Self {
        let mut by_key = HashTable::with_capacity(vehicles.len());
        for (number, vehicle) in (0..).zip(&vehicles) {
            by_key.insert_unique(hash(vehicle.key.as_str()), number, |other| hash_of(&vehicles, *other));
        }
        let count = vehicles.len();
        Self { alarms: vec![Alarm::NONE; count], rules: vec![0; count], vehicles, by_key }
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
        let is_it = |number: &u32| self.vehicles[*number as usize].key.as_str() == key;
        self.by_key.find(hash(key), is_it).copied()
    }

    /// The number of a vehicle, new if need be; none if the key is no vehicle's.
    pub(super) fn find_or_add(&mut self, key: &str) -> Option<u32> {
        if let Some(number) = self.find(key) {
            return Some(number);
        }
        // As it is: whoever appended the entry has normalised it.
        let key = VehicleKey::as_written(key).ok()?;
        if let Some(number) = self.find(key.as_str()) {
            return Some(number);
        }
        let number = u32::try_from(self.vehicles.len()).ok()?;
        let hash = hash(key.as_str());
        if self.vehicles.len() == self.vehicles.capacity() {
            // Doubling would leave half of a large fleet's memory unused.
            self.vehicles.reserve_exact(4 + self.vehicles.len() / 16);
        }
        self.vehicles.push(Vehicle::new(key));
        self.alarms.push(Alarm::NONE);
        self.rules.push(0);
        self.by_key.insert_unique(hash, number, |other| hash_of(&self.vehicles, *other));
        Some(number)
    }

    pub(super) fn get(&self, number: u32) -> &Vehicle {
        &self.vehicles[number as usize]
    }

    pub(super) fn get_mut(&mut self, number: u32) -> &mut Vehicle {
        &mut self.vehicles[number as usize]
    }

    /// Which set of rules a vehicle goes by.
    pub(super) fn rules(&self, number: u32) -> u16 {
        self.rules[number as usize]
    }

    /// Sets which set of rules each vehicle goes by, from `first` on.
    pub(super) fn assign(&mut self, first: u32, mut rules: impl FnMut(&VehicleKey) -> u16) {
        let from = first as usize;
        for (number, vehicle) in self.rules[from..].iter_mut().zip(&self.vehicles[from..]) {
            *number = rules(&vehicle.key);
        }
    }

    /// Sets when time next concerns a vehicle.
    pub(super) fn wake(&mut self, number: u32, at: Option<Timestamp>, clock: Clock) {
        self.alarms[number as usize] = at.map_or(Alarm::NONE, |at| Alarm::new(at, clock));
    }

    /// Makes sure that a vehicle is woken at a moment, or sooner.
    pub(super) fn wake_by(&mut self, number: u32, at: Timestamp, clock: Clock) {
        let alarm = &mut self.alarms[number as usize];
        let wanted = Alarm::new(at, clock);
        // Of another clock it cannot be kept: that one may be far ahead.
        *alarm = if alarm.is_of(clock) { Alarm(alarm.0.min(wanted.0)) } else { wanted };
    }

    /// The first vehicle from `number` on whose moment has come.
    pub(super) fn due(&self, number: u32, clock: Clock, now: Timestamp) -> Option<u32> {
        let rest = self.alarms.get(number as usize..)?;
        rest.iter().position(|alarm| alarm.is_due(clock, now)).map(|ahead| number + ahead as u32)
    }

    /// Bytes held for all vehicles.
    pub(super) fn bytes(&self) -> usize {
        let index = self.by_key.allocation_size();
        let spare = (self.vehicles.capacity() - self.vehicles.len()) * size_of::<Vehicle>();
        let alarms = self.alarms.capacity() * size_of::<Alarm>() + self.rules.capacity() * size_of::<u16>();
        self.vehicles.iter().map(Vehicle::bytes).sum::<usize>() + index + spare + alarms
    }
}

fn hash(key: &str) -> u64 {
    FxBuildHasher.hash_one(key)
}

fn hash_of(vehicles: &[Vehicle], number: u32) -> u64 {
    hash(vehicles[number as usize].key.as_str())
}
