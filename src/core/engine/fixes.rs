//! Fixes as the engine keeps them, and which of them the rules believe.

use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};

use super::{rules::FixRules, sources::Sources};
use crate::domain::{
    geo::LonLat,
    position::{Clock, Position, Signals},
    time::Timestamp,
    units::{Heading, Kmh, Metres},
};

/// So many consistent fixes elsewhere, and the vehicle is there.
const REANCHOR_AFTER: u8 = 5;
/// A figure that may be missing, to the thousandth, in four bytes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Thousandths(i32);

impl Thousandths {
    fn new(value: Option<f64>) -> Self {
        // Float to integer saturates, which leaves the missing one alone.
        Self(value.map_or(i32::MIN, |value| ((value * 1000.0).round() as i32).max(-i32::MAX)))
    }

    pub(super) fn get(self) -> Option<f64> {
        (self.0 != i32::MIN).then(|| f64::from(self.0) / 1000.0)
    }
}

/// A heading that may be missing, to the hundredth of a degree.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Course(u16);

impl Course {
    fn new(heading: Option<Heading>) -> Self {
        Self(heading.map_or(u16::MAX, |heading| (heading.degrees() * 100.0).round() as u16 % 36_000))
    }

    fn get(self) -> Option<Heading> {
        (self.0 != u16::MAX).then(|| Heading::new(f64::from(self.0) / 100.0)).flatten()
    }
}

/// An odometer that may be missing, to the metre: four million kilometres.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Mileage(u32);

impl Mileage {
    fn new(metres: Option<Metres>) -> Self {
        Self(metres.map_or(u32::MAX, |metres| (metres.get().round() as u32).min(u32::MAX - 1)))
    }

    fn get(self) -> Option<Metres> {
        (self.0 != u32::MAX).then(|| Metres(self.0.into()))
    }
}

/// A height that may be missing, to a quarter of a metre, eight kilometres up or down.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Height(i16);

impl Height {
    fn new(metres: Option<Metres>) -> Self {
        Self(metres.map_or(i16::MIN, |metres| ((metres.get() * 4.0).round() as i16).max(-i16::MAX)))
    }

    fn get(self) -> Option<Metres> {
        (self.0 != i16::MIN).then(|| Metres(f64::from(self.0) / 4.0))
    }
}

/// A radius of confidence that may be missing, to the decimetre, up to 6.5 km.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Accuracy(u16);

impl Accuracy {
    fn new(metres: Option<Metres>) -> Self {
        Self(metres.map_or(u16::MAX, |metres| ((metres.get() * 10.0).round() as u16).min(u16::MAX - 1)))
    }

    fn get(self) -> Option<Metres> {
        (self.0 != u16::MAX).then(|| Metres(f64::from(self.0) / 10.0))
    }
}

/// Who sent a fix, and what the device said beside it: five bits of flags below the
/// source's number. Never 0, so that a fix that may be missing is no larger.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Word(NonZeroU16);

impl Word {
    fn new(source: u16, ignition: Option<bool>, signals: Signals) -> Self {
        let flags = [
            ignition.is_some(),
            ignition == Some(true),
            signals.harsh_braking,
            signals.harsh_acceleration,
            signals.sharp_turn,
        ];
        let flags = flags.iter().rev().fold(0, |bits, flag| bits << 1 | u16::from(*flag));
        Self(NonZeroU16::new((source + 1) << 5 | flags).expect("sources are few, and counted from one here"))
    }

    fn source(self) -> u16 {
        (self.0.get() >> 5) - 1
    }

    fn says(self, flag: u16) -> bool {
        self.0.get() >> flag & 1 == 1
    }

    fn ignition(self) -> Option<bool> {
        self.says(0).then(|| self.says(1))
    }

    fn signals(self) -> Signals {
        Signals { harsh_braking: self.says(2), harsh_acceleration: self.says(3), sharp_turn: self.says(4) }
    }
}

/// A position as the engine keeps it: a third of the size of the event's payload,
/// because every vehicle has one. Place and times are exact; the rest is rounded to
/// less than any device measures.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Fix {
    pub(super) time: Timestamp,
    pub(super) received: Timestamp,
    pub(super) point: LonLat,
    pub(super) speed: Thousandths,
    odometer: Mileage,
    altitude: Height,
    accuracy: Accuracy,
    heading: Course,
    word: Word,
}

impl Fix {
    pub(super) fn new(position: &Position, sources: &mut Sources) -> Self {
        Self {
            time: position.device_time,
            received: position.received_at,
            point: position.point,
            speed: Thousandths::new(position.speed_kmh.map(Kmh::get)),
            odometer: Mileage::new(position.odometer_m),
            altitude: Height::new(position.altitude_m),
            accuracy: Accuracy::new(position.accuracy_m),
            heading: Course::new(position.heading),
            word: Word::new(sources.number(&position.source), position.ignition, position.signals),
        }
    }

    /// The position again.
    pub(super) fn position(&self, sources: &Sources) -> Position {
        Position {
            device_time: self.time,
            received_at: self.received,
            point: self.point,
            speed_kmh: self.speed.get().map(Kmh),
            heading: self.heading.get(),
            ignition: self.ignition(),
            altitude_m: self.altitude.get(),
            accuracy_m: self.accuracy.get(),
            odometer_m: self.odometer.get(),
            signals: self.signals(),
            source: sources.get(self.word.source()),
        }
    }

    /// What the device said of the ignition.
    pub(super) fn ignition(&self) -> Option<bool> {
        self.word.ignition()
    }

    /// What the device made of the moment.
    pub(super) fn signals(&self) -> Signals {
        self.word.signals()
    }

    /// The clock its source is judged by.
    pub(super) fn clock(&self, sources: &Sources) -> Clock {
        sources.clock(self.word.source())
    }

    /// When it was heard, by the clock its source is judged by.
    pub(super) fn heard(&self, clock: Clock) -> Timestamp {
        match clock {
            Clock::Wall => self.received,
            Clock::Event => self.time,
        }
    }
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
