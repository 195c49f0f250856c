//! What every rule is handed beside a vehicle's state.

use crate::domain::{
    event::{Cause, Event, EventData},
    history::Record,
    id::{TripId, VehicleKey},
    time::Timestamp,
};

use super::{
    fences::{FenceSet, Inside},
    rules::Rules,
};

/// One input on its way through one vehicle's rules.
pub(super) struct Step<'a> {
    pub(super) rules: &'a Rules,
    pub(super) fences: &'a FenceSet,
    pub(super) vehicle: &'a VehicleKey,
    /// The trip the vehicle is on.
    pub(super) trip: Option<TripId>,
    pub(super) cause: Cause<'a>,
    pub(super) events: &'a mut Vec<Event>,
    pub(super) records: &'a mut Vec<Record>,
    pub(super) scratch: &'a mut Scratch,
}

/// Memory reused from fix to fix.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) candidates: Vec<u32>,
    pub(super) crossings: Vec<f64>,
    pub(super) inside: Vec<Inside>,
}

impl Step<'_> {
    /// Appends an event derived from this step's cause.
    #[inline]
    pub(super) fn emit(
        &mut self,
        ts: Timestamp,
        subject: &str,
        start: Timestamp,
        phase: &str,
        data: EventData,
    ) {
        self.events.push(self.cause.derive(ts, subject, start, phase, data));
    }
}

/// Seconds as whole milliseconds.
pub(super) fn millis(seconds: f64) -> i64 {
    nearest(seconds * 1000.0)
}

/// The whole number nearest to one far smaller than 2⁵², half away from zero: what
/// `round` gives, which is a call into the mathematics library on most processors.
pub(super) fn nearest(number: f64) -> i64 {
    (number + 0.5_f64.copysign(number)) as i64
}

/// The instant so many seconds later.
pub(super) fn after(time: Timestamp, seconds: f64) -> Timestamp {
    Timestamp::from_millis(time.millis().saturating_add(millis(seconds)))
}
