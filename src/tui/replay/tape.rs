//! What happened, in order of time, in memory: small, because it is gone through over
//! and over.

use std::collections::HashMap;

use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData},
        geo::LonLat,
        id::{CorrelationId, VehicleKey},
        position::{Position, Signals, Source},
        time::Timestamp,
        units::{Heading, Kmh},
    },
    ports::store::Span,
};

/// Fixes a tape holds: half a gigabyte of them.
const MOST: usize = 8_000_000;
/// Fixes looked at for where the fleet is, at most about.
const SAMPLE: usize = 10_000;

/// Too much happened to be held in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("more than {MOST} fixes: name a shorter period")]
pub struct Full;

/// A fix, as far as rules and screen go by it.
#[derive(Clone, Debug)]
struct Fix {
    at: Timestamp,
    point: LonLat,
    speed: Option<Kmh>,
    heading: Option<Heading>,
    vehicle: u32,
    ignition: Option<bool>,
    signals: Signals,
}

/// The tape.
#[derive(Debug)]
pub struct Tape {
    source: Source,
    vehicles: Vec<VehicleKey>,
    numbers: HashMap<VehicleKey, u32>,
    fixes: Vec<Fix>,
    /// What else was said, each before the fix of that index.
    said: Vec<(usize, Event)>,
}

impl Default for Tape {
    fn default() -> Self {
        Self {
            source: Source::event("replay"),
            vehicles: Vec::new(),
            numbers: HashMap::new(),
            fixes: Vec::new(),
            said: Vec::new(),
        }
    }
}

impl Tape {
    /// Adds what happened next. What is earlier than the last fix counts as of that.
    ///
    /// # Errors
    ///
    /// [`Full`].
    pub fn push(&mut self, event: Event) -> Result<(), Full> {
        let EventData::PositionUpdated(position) = event.data else {
            self.said.push((self.fixes.len(), event));
            return Ok(());
        };
        if self.fixes.len() >= MOST {
            return Err(Full);
        }
        let Ok(key) = VehicleKey::new(&event.key) else { return Ok(()) };
        let vehicle = *self.numbers.entry(key).or_insert_with_key(|key| {
            self.vehicles.push(key.clone());
            self.vehicles.len() as u32 - 1
        });
        self.fixes.push(Fix {
            at: position.device_time,
            point: position.point,
            speed: position.speed_kmh,
            heading: position.heading,
            vehicle,
            ignition: position.ignition,
            signals: position.signals,
        });
        Ok(())
    }

    /// How many fixes there are.
    pub fn len(&self) -> usize {
        self.fixes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.fixes.is_empty()
    }

    /// From the first fix to just after the last; nothing of an empty tape.
    pub fn span(&self) -> Option<Span> {
        let (first, last) = (self.fixes.first()?, self.fixes.last()?);
        Some(Span { from: first.at, to: Timestamp::from_millis(last.at.millis() + 1) })
    }

    /// The south-western and the north-eastern corner of where the fixes are, but for the
    /// hundredth furthest out on each side: GPS jumps. Nothing of an empty tape.
    pub fn extent(&self) -> Option<[LonLat; 2]> {
        let sample = || self.fixes.iter().step_by(self.fixes.len() / SAMPLE + 1);
        let mut lons: Vec<f64> = sample().map(|fix| fix.point.lon()).collect();
        let mut lats: Vec<f64> = sample().map(|fix| fix.point.lat()).collect();
        lons.sort_unstable_by(f64::total_cmp);
        lats.sort_unstable_by(f64::total_cmp);
        let (out, last) = (lons.len() / 100, lons.len().checked_sub(1)?);
        let corner = |index: usize| LonLat::new(lons[index], lats[index]).ok();
        Some([corner(out)?, corner(last - out)?])
    }

    /// The source every fix is of.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// When the fix of an index was taken.
    pub fn time(&self, index: usize) -> Option<Timestamp> {
        Some(self.fixes.get(index)?.at)
    }

    /// The fix of an index as the rules take it.
    pub fn fix(&self, index: usize) -> Option<Event> {
        let fix = self.fixes.get(index)?;
        let position = Position {
            speed_kmh: fix.speed,
            heading: fix.heading,
            ignition: fix.ignition,
            signals: fix.signals,
            ..Position::bare(fix.point, fix.at, self.source.clone())
        };
        let vehicle = self.vehicles.get(fix.vehicle as usize)?;
        Some(Event::position(vehicle, position, CorrelationId(Uuid::nil())))
    }

    /// The first fix at `at` or later.
    pub fn first_from(&self, at: Timestamp) -> usize {
        self.fixes.partition_point(|fix| fix.at < at)
    }

    /// What was said before the fix of an index, and after the one before it, from the
    /// `said`-th on.
    pub fn said(&self, said: usize, index: usize) -> Option<&Event> {
        self.said.get(said).filter(|(before, _)| *before <= index).map(|(_, event)| event)
    }
}
