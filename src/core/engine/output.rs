//! What the engine answers: events, records of history, counts.

use crate::domain::{event::Event, history::Record, id::VehicleKey, time::Timestamp};

/// What one step made of its input.
#[derive(Debug, Default)]
pub struct Output {
    /// Derived events, in order.
    pub events: Vec<Event>,
    /// Vehicles whose live state changed. One may stand here more than once.
    pub touched: Vec<VehicleKey>,
    /// What is over and belongs to history, in order of each vehicle's time.
    pub records: Vec<Record>,
    /// Device times of the fixes the rules took and believed, in order.
    pub taken: Vec<Timestamp>,
}

impl Output {
    /// Empties it, keeping its memory.
    pub fn clear(&mut self) {
        self.events.clear();
        self.touched.clear();
        self.records.clear();
        self.taken.clear();
    }

    pub(super) fn touch(&mut self, vehicle: &VehicleKey) {
        if self.touched.last() != Some(vehicle) {
            self.touched.push(vehicle.clone());
        }
    }
}

/// What became of the fixes an engine has seen since it was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Good ones.
    pub used: u64,
    /// Device time seen before.
    pub duplicates: u64,
    /// Arrived after the rules had moved on.
    pub late: u64,
    /// Further away than any truck drives.
    pub outliers: u64,
}
