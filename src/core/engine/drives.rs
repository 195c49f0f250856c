//! Drives: what lies between stops, or between silences, as the rules say.

use serde::{Deserialize, Serialize};

use super::{rules::TripSplit, step::Step, stops::Turn};
use crate::domain::{
    event::{self, EventData},
    history::{self, Record},
    id::VehicleKey,
    time::Timestamp,
    units::Metres,
};

/// No drive.
const NONE: Timestamp = Timestamp::from_millis(i64::MIN);

/// The drive under way, if there is one.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Driving {
    start: Timestamp,
    metres: f64,
    fixes: u32,
}

impl Default for Driving {
    fn default() -> Self {
        Self { start: NONE, metres: 0.0, fixes: 0 }
    }
}

/// How the newest fix follows on the one before.
#[derive(Clone, Copy, Debug)]
pub(super) enum Link {
    /// The way between them is known, and so many metres of it count.
    Known(f64),
    /// It is not: the first fix, a silence too long, a vehicle that is suddenly
    /// elsewhere.
    Unknown,
}

impl Driving {
    /// When it began.
    pub(super) fn is_under_way(&self) -> bool {
        self.start != NONE
    }

    /// Takes the newest fix, after what it did to the vehicle's stops.
    pub(super) fn follow(&mut self, link: Link, turn: &Turn, now: Timestamp, step: &mut Step<'_>) {
        match (step.rules.trips.split, turn) {
            (TripSplit::Stop, Turn::Stands) => {}
            (TripSplit::Stop, Turn::Left { last, metres, fixes }) => match link {
                Link::Known(counted) => {
                    *self = Self { start: *last, metres: metres + counted, fixes: fixes + 2 };
                }
                Link::Unknown => *self = Self { start: now, metres: 0.0, fixes: 1 },
            },
            (TripSplit::Stop, Turn::Stopped { start, metres, fixes }) => {
                self.go(link, now);
                self.metres = (self.metres - metres).max(0.0);
                self.fixes = self.fixes.saturating_sub(*fixes);
                // One that only led up to the stop's first fix is none.
                if *start > self.start {
                    self.end(*start, step);
                }
                *self = Self::default();
            }
            (TripSplit::Stop, Turn::Drives) | (TripSplit::Gap, _) => self.go(link, now),
        }
    }

    fn go(&mut self, link: Link, now: Timestamp) {
        match link {
            Link::Known(metres) if self.is_under_way() => {
                self.metres += metres;
                self.fixes = self.fixes.saturating_add(1);
            }
            Link::Known(_) | Link::Unknown => *self = Self { start: now, metres: 0.0, fixes: 1 },
        }
    }

    /// The drive ends at a fix, if there is one: what comes after is not known, or
    /// is a stop.
    pub(super) fn end(&mut self, end: Timestamp, step: &mut Step<'_>) {
        let Some(drive) = self.record(end, step.vehicle) else { return };
        let history::Drive { start, end, distance_m, fixes, .. } = drive;
        step.records.push(Record::Drive(drive));
        let data = EventData::DriveEnded(event::Drive { start, end, distance_m, fixes });
        step.emit(end, "", start, "end", data);
        *self = Self::default();
    }

    /// A drive that a stop's end and a silence leave between them.
    pub(super) fn between(start: Timestamp, end: Timestamp, metres: f64, fixes: u32, step: &mut Step<'_>) {
        Self { start, metres, fixes }.end(end, step);
    }

    /// The drive so far.
    pub(super) fn record(&self, last: Timestamp, vehicle: &VehicleKey) -> Option<history::Drive> {
        self.is_under_way().then(|| history::Drive {
            vehicle: vehicle.clone(),
            start: self.start,
            end: last.max(self.start),
            distance_m: Metres(self.metres).rounded(),
            fixes: self.fixes,
        })
    }
}
