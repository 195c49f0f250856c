//! The fleet engine over recorded positions: rows in, findings out. Knows neither
//! files nor terminals; what it remembers grows with the fleet, not with the input.

mod finding;
mod print;
mod summary;
mod table;
#[cfg(test)]
mod tests;
mod trial;

use std::sync::Arc;

use rustc_hash::FxHashMap;
use uuid::Uuid;
use watchtower_core::{
    domain::{
        alert::Alert,
        event::{Event, EventData},
        history::Record,
        id::{AlertId, CorrelationId, VehicleKey},
        position::Source,
        time::Timestamp,
        units::Metres,
    },
    engine::{Engine, FenceSet, Output, Rules, Tally},
};

pub use self::{
    finding::{Finding, Kind, Reject, VehicleRecord},
    print::{Csv, NdJson, Sink},
    summary::Summary,
    table::Table,
    trial::{Counts, Difference, Sort, Trial},
};
use crate::recording::{Row, RowError};

/// Files one after the other, the engine beneath them.
pub struct Analysis {
    engine: Engine,
    output: Output,
    source: Source,
    vehicles: FxHashMap<VehicleKey, VehicleRecord>,
    /// Alerts that are not over.
    open: FxHashMap<AlertId, Alert>,
    findings: Vec<Finding>,
}

impl Analysis {
    /// An analysis by these rules.
    pub fn new(rules: Rules, fences: FenceSet) -> Self {
        Self {
            engine: Engine::new(Arc::new(rules), Arc::new(fences)),
            output: Output::default(),
            source: Source::event("recording"),
            vehicles: FxHashMap::default(),
            open: FxHashMap::default(),
            findings: Vec::new(),
        }
    }

    /// Takes the next row; what is found by it, in order.
    pub fn take(&mut self, row: &Row) -> impl Iterator<Item = Finding> + '_ {
        let before = self.engine.tally();
        let received_at = row.received_at.unwrap_or(row.device_time);
        let position = row.position(self.source.clone(), received_at);
        let event = Event::position(&row.vehicle, position, CorrelationId(Uuid::nil()));
        self.engine.step(&event, &mut self.output);
        let after = self.engine.tally();
        record_of(&mut self.vehicles, &row.vehicle).count(&self.output.taken, before, after);
        self.collect();
        self.findings.drain(..)
    }

    /// Notes a line that is no fix.
    pub fn refuse(&mut self, error: &RowError) -> Finding {
        if let Some(vehicle) = &error.vehicle {
            let record = record_of(&mut self.vehicles, vehicle);
            record.fixes += 1;
            record.rejected += 1;
        }
        Finding::Reject(Reject::of(error))
    }

    /// The input has ended: what was waiting, what is still going on, and what became
    /// of each vehicle's fixes, by vehicle.
    pub fn finish(mut self) -> impl Iterator<Item = Finding> {
        for vehicle in self.engine.vehicles().cloned().collect::<Vec<_>>() {
            let before = self.engine.tally();
            self.engine.finish_one(&vehicle, &mut self.output);
            let after = self.engine.tally();
            record_of(&mut self.vehicles, &vehicle).count_late(&self.output.taken, before, after);
            self.collect();
        }
        let mut unfinished = Vec::new();
        self.engine.unfinished(&mut unfinished);
        for record in unfinished {
            self.note(record);
        }
        let mut open: Vec<Alert> = self.open.into_values().collect();
        open.sort_by(|a, b| (&a.vehicle, a.start, a.kind).cmp(&(&b.vehicle, b.start, b.kind)));
        let mut vehicles: Vec<_> = self.vehicles.into_values().collect();
        vehicles.sort_by(|a, b| a.vehicle.cmp(&b.vehicle));
        let findings = self.findings.into_iter().chain(open.into_iter().map(Finding::Alert));
        findings.chain(vehicles.into_iter().map(Finding::Vehicle))
    }

    /// Takes over what the last step found.
    fn collect(&mut self) {
        let mut records = std::mem::take(&mut self.output.records);
        // The engine goes by fence; whoever reads goes by time.
        records.sort_by_key(|record| (record.start().is_none(), record.start()));
        for record in records.drain(..) {
            self.note(record);
        }
        self.output.records = records;
        for event in self.output.events.drain(..) {
            match event.data {
                // One line an episode, when it is over.
                EventData::AlertTriggered(alert) if alert.end.is_none() => {
                    self.open.insert(alert.id, alert);
                }
                EventData::AlertTriggered(alert) => self.findings.push(Finding::Alert(alert)),
                EventData::AlertResolved(alert) => {
                    self.open.remove(&alert.id);
                    self.findings.push(Finding::Alert(alert));
                }
                _ => {}
            }
        }
        self.output.clear();
    }

    fn note(&mut self, record: Record) {
        if let Record::Day(day) = &record {
            let vehicle = record_of(&mut self.vehicles, &day.vehicle);
            vehicle.distance_m = Metres(vehicle.distance_m + day.distance_m.get()).rounded().get();
            vehicle.max_speed_kmh = vehicle.max_speed_kmh.max(day.max_speed_kmh.get());
        }
        self.findings.push(Finding::Record(record));
    }
}

/// The record of a vehicle, new if need be.
fn record_of<'a>(
    vehicles: &'a mut FxHashMap<VehicleKey, VehicleRecord>,
    key: &VehicleKey,
) -> &'a mut VehicleRecord {
    if !vehicles.contains_key(key) {
        vehicles.insert(key.clone(), VehicleRecord::new(key.clone()));
    }
    vehicles.get_mut(key).expect("it was just put there")
}

impl VehicleRecord {
    fn new(vehicle: VehicleKey) -> Self {
        Self {
            vehicle,
            fixes: 0,
            used: 0,
            duplicates: 0,
            late: 0,
            outliers: 0,
            rejected: 0,
            first: None,
            last: None,
            distance_m: 0.0,
            max_speed_kmh: 0.0,
        }
    }

    fn count(&mut self, taken: &[Timestamp], before: Tally, after: Tally) {
        self.fixes += 1;
        self.count_late(taken, before, after);
    }

    /// Counts what became of fixes that were read before.
    fn count_late(&mut self, taken: &[Timestamp], before: Tally, after: Tally) {
        self.used += after.used - before.used;
        self.duplicates += after.duplicates - before.duplicates;
        self.late += after.late - before.late;
        self.outliers += after.outliers - before.outliers;
        self.first = self.first.or(taken.first().copied());
        self.last = taken.last().copied().or(self.last);
    }
}
