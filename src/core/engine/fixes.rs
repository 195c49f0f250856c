//! Which fixes the rules believe, and in which order they see them: duplicates,
//! the reorder buffer, late arrivals, outliers.

use serde::{Deserialize, Serialize};

use super::{rules::FixRules, sources::Sources};
use crate::domain::{
    geo::LonLat,
    id::CorrelationId,
    position::{Clock, Position, Signals},
    time::Timestamp,
    units::{Heading, Kmh, Metres},
};

/// Fixes the buffer holds at most; the oldest is let go before it grows further.
const MAX_WAITING: usize = 64;
/// So many consistent fixes elsewhere, and the vehicle is there.
const REANCHOR_AFTER: u8 = 5;
/// Device times remembered, to tell a repeat from a late arrival.
const REMEMBERED: usize = 4;

/// A figure that may be missing, in eight bytes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Figure(f64);

impl Figure {
    fn new(value: Option<f64>) -> Self {
        Self(value.unwrap_or(f64::NAN))
    }

    pub(super) fn get(self) -> Option<f64> {
        (!self.0.is_nan()).then_some(self.0)
    }
}

/// A position as the engine keeps it: half the size of the event's payload.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Fix {
    pub(super) time: Timestamp,
    pub(super) received: Timestamp,
    pub(super) point: LonLat,
    pub(super) speed: Figure,
    heading: Figure,
    altitude: Figure,
    accuracy: Figure,
    odometer: Figure,
    source: u16,
    pub(super) ignition: Option<bool>,
    pub(super) signals: Signals,
}

impl Fix {
    pub(super) fn new(position: &Position, sources: &mut Sources) -> Self {
        Self {
            time: position.device_time,
            received: position.received_at,
            point: position.point,
            speed: Figure::new(position.speed_kmh.map(Kmh::get)),
            heading: Figure::new(position.heading.map(Heading::degrees)),
            altitude: Figure::new(position.altitude_m.map(Metres::get)),
            accuracy: Figure::new(position.accuracy_m.map(Metres::get)),
            odometer: Figure::new(position.odometer_m.map(Metres::get)),
            source: sources.number(&position.source),
            ignition: position.ignition,
            signals: position.signals,
        }
    }

    /// The position again.
    pub(super) fn position(&self, sources: &Sources) -> Position {
        Position {
            device_time: self.time,
            received_at: self.received,
            point: self.point,
            speed_kmh: self.speed.get().map(Kmh),
            heading: self.heading.get().and_then(Heading::new),
            ignition: self.ignition,
            altitude_m: self.altitude.get().map(Metres),
            accuracy_m: self.accuracy.get().map(Metres),
            odometer_m: self.odometer.get().map(Metres),
            signals: self.signals,
            source: sources.get(self.source),
        }
    }

    /// The clock its source is judged by.
    pub(super) fn clock(&self, sources: &Sources) -> Clock {
        sources.clock(self.source)
    }

    /// When it was heard, by the clock its source is judged by.
    pub(super) fn heard(&self, clock: Clock) -> Timestamp {
        match clock {
            Clock::Wall => self.received,
            Clock::Event => self.time,
        }
    }
}

/// A fix with what derived events need of the entry that brought it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Arrival {
    pub(super) fix: Fix,
    pub(super) recorded_at: Timestamp,
    pub(super) correlation_id: CorrelationId,
    /// When waiting ends by time alone.
    pub(super) deadline: Timestamp,
}

/// What became of a fix on arrival.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Admission {
    /// The rules have yet to come to it.
    InTime,
    /// Its device time has been seen.
    Duplicate,
    /// The rules have moved past it.
    Late,
}

/// The reorder buffer of one vehicle.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Queue {
    /// By device time.
    waiting: Vec<Arrival>,
    /// Device time last let through.
    passed: Option<Timestamp>,
    /// The low halves of device times let through, a ring.
    remembered: [u32; REMEMBERED],
    oldest: u8,
}

impl Queue {
    /// Judges a fix by its device time.
    pub(super) fn admit(&self, time: Timestamp) -> Admission {
        match self.passed {
            Some(passed) if time == passed => Admission::Duplicate,
            Some(passed) if time < passed && self.remembered.contains(&low_half(time)) => {
                Admission::Duplicate
            }
            Some(passed) if time < passed => Admission::Late,
            _ if self.waiting.iter().any(|waiting| waiting.fix.time == time) => Admission::Duplicate,
            _ => Admission::InTime,
        }
    }

    /// The next fix that a newer one, just heard, releases.
    pub(super) fn release(&mut self, newer: Timestamp, reorder_ms: i64) -> Option<Arrival> {
        let (first, newest) = (self.waiting.first()?, self.waiting.last()?);
        let newest = newest.fix.time.max(newer);
        let due = first.fix.time.millis() <= newest.millis() - reorder_ms;
        if due || self.waiting.len() > MAX_WAITING { self.pop() } else { None }
    }

    /// Lets a fix wait for older ones.
    pub(super) fn wait(&mut self, arrival: Arrival) {
        let place = self.waiting.partition_point(|waiting| waiting.fix.time < arrival.fix.time);
        if self.waiting.len() == self.waiting.capacity() {
            // Mostly one fix waits, and there are many vehicles.
            self.waiting.reserve_exact(1 + self.waiting.len() / 2);
        }
        self.waiting.insert(place, arrival);
    }

    /// The next fix that time releases: one whose wait is over, or one older
    /// than such.
    pub(super) fn release_at(&mut self, now: Timestamp) -> Option<Arrival> {
        if self.waiting.iter().any(|waiting| waiting.deadline <= now) { self.pop() } else { None }
    }

    /// The oldest fix waiting.
    pub(super) fn pop(&mut self) -> Option<Arrival> {
        if self.waiting.is_empty() {
            return None;
        }
        let arrival = self.waiting.remove(0);
        self.passed = Some(arrival.fix.time);
        self.remembered[usize::from(self.oldest)] = low_half(arrival.fix.time);
        self.oldest = (self.oldest + 1) % REMEMBERED as u8;
        Some(arrival)
    }

    /// The newest fix waiting.
    pub(super) fn newest(&self) -> Option<&Fix> {
        self.waiting.last().map(|arrival| &arrival.fix)
    }

    /// When the first wait ends by time alone.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.waiting.iter().map(|waiting| waiting.deadline).min()
    }

    /// Swaps an empty buffer's memory out, for another vehicle to use; mostly one
    /// fix waits, so what was for more is freed.
    pub(super) fn give_back(&mut self, spare: &mut Vec<Vec<Arrival>>) {
        if !self.waiting.is_empty() || self.waiting.capacity() == 0 {
            return;
        }
        let memory = std::mem::take(&mut self.waiting);
        if memory.capacity() == 1 && spare.len() < 64 {
            spare.push(memory);
        }
    }

    /// Takes spare memory where there is none.
    pub(super) fn take_spare(&mut self, spare: &mut Vec<Vec<Arrival>>) {
        if self.waiting.capacity() == 0
            && let Some(memory) = spare.pop()
        {
            self.waiting = memory;
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.waiting.capacity() * size_of::<Arrival>()
    }
}

fn low_half(time: Timestamp) -> u32 {
    time.millis() as u32
}

/// The newest of several implausible fixes that agree with each other.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Suspect {
    point: LonLat,
    time: Timestamp,
    agreeing: u8,
}

/// What a fix is worth.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Plausibility {
    /// Believed.
    Good,
    /// The last of enough fixes that agree: the vehicle is here, and how it came
    /// here is not known.
    Reanchors,
    /// Not believed, for this reason.
    Outlier(String),
}

/// Judges a fix against the last good one, `metres` away and `seconds` ago.
pub(super) fn plausibility(
    fix: &Fix,
    leg: Option<(f64, f64)>,
    suspect: &mut Option<Box<Suspect>>,
    rules: &FixRules,
) -> Plausibility {
    let limit = rules.max_speed_kmh;
    if limit == 0.0 {
        return Plausibility::Good;
    }
    if let Some(speed) = fix.speed.get()
        && !(0.0..=limit).contains(&speed)
    {
        return Plausibility::Outlier(format!("reported speed {speed:.0} km/h is beyond {limit} km/h"));
    }
    let Some((metres, seconds)) = leg else { return Plausibility::Good };
    // Within the noise a short interval makes any speed.
    let too_fast =
        |metres: f64, seconds: f64| metres > rules.parked_noise_m && metres * 3.6 > limit * seconds;
    if !too_fast(metres, seconds) {
        *suspect = None;
        return Plausibility::Good;
    }
    let agreeing = match suspect {
        Some(last) if !too_fast(last.point.distance(fix.point).get(), fix.time.seconds_since(last.time)) => {
            last.agreeing + 1
        }
        _ => 1,
    };
    if agreeing >= REANCHOR_AFTER {
        *suspect = None;
        return Plausibility::Reanchors;
    }
    *suspect = Some(Box::new(Suspect { point: fix.point, time: fix.time, agreeing }));
    let implied = metres * 3.6 / seconds;
    Plausibility::Outlier(format!(
        "implied speed {implied:.0} km/h from the last good fix is over {limit} km/h"
    ))
}
