//! Tests of the whole engine: scenarios as data, and properties.

mod passing;
mod places;
mod plan;
mod properties;
mod scenarios;
mod snapshots;

use std::sync::Arc;

use uuid::Uuid;

use super::{Engine, FenceSet, Output, Rules};
use crate::domain::{
    event::{Event, EventData, Tick},
    geo::{LonLat, Scale},
    geofence::Geofence,
    id::{CorrelationId, VehicleKey},
    position::{Clock, Position, Source},
    time::Timestamp,
    units::Kmh,
};

/// 2025-04-01T00:00:00Z, a Tuesday.
pub(super) const DAY: i64 = 1_743_465_600_000;
const CORRELATION: CorrelationId = CorrelationId(Uuid::from_u128(7));

/// Seconds of the test's day.
pub(super) fn at(seconds: f64) -> Timestamp {
    Timestamp::from_millis(DAY + (seconds * 1000.0).round() as i64)
}

/// A flat piece of earth: metres east and north of a point.
#[derive(Clone, Copy)]
pub(super) struct Ground {
    origin: LonLat,
    scale: Scale,
}

impl Ground {
    pub(super) fn new(lon: f64, lat: f64) -> Self {
        Self { origin: LonLat::new(lon, lat).unwrap(), scale: Scale::at_latitude(lat) }
    }

    pub(super) fn lagos() -> Self {
        Self::new(3.36, 6.44)
    }

    pub(super) fn point(&self, east: f64, north: f64) -> LonLat {
        let mut lon = self.origin.lon() + east / self.scale.lon;
        if lon.abs() > 180.0 {
            lon -= 360.0_f64.copysign(lon);
        }
        LonLat::new(lon, self.origin.lat() + north / self.scale.lat).unwrap()
    }

    pub(super) fn metres(&self, point: LonLat) -> (f64, f64) {
        let mut dlon = point.lon() - self.origin.lon();
        if dlon.abs() > 180.0 {
            dlon -= 360.0_f64.copysign(dlon);
        }
        (dlon * self.scale.lon, (point.lat() - self.origin.lat()) * self.scale.lat)
    }
}

/// A position with nothing but a place and a time.
pub(super) fn position(point: LonLat, seconds: f64) -> Position {
    Position::bare(point, at(seconds), Source::wall("test"))
}

pub(super) fn fix(vehicle: &str, position: Position) -> Event {
    Event::position(&VehicleKey::new(vehicle).unwrap(), position, CORRELATION)
}

pub(super) fn reported(vehicle: &str, point: LonLat, seconds: f64, speed: f64, ignition: bool) -> Event {
    let plain = position(point, seconds);
    fix(vehicle, Position { speed_kmh: Some(Kmh(speed)), ignition: Some(ignition), ..plain })
}

/// An input of another type.
pub(super) fn input(key: &str, seconds: f64, data: EventData) -> Event {
    Event {
        id: crate::domain::id::EventId(Uuid::nil()),
        ts: at(seconds),
        recorded_at: at(seconds),
        key: key.into(),
        correlation_id: CORRELATION,
        data,
    }
}

pub(super) fn tick(seconds: f64) -> Event {
    input("tick", seconds, EventData::Tick(Tick { clock: Clock::Wall, now: at(seconds) }))
}

pub(super) fn engine(rules: &Rules, fences: &[Geofence]) -> Engine {
    rules.validate().unwrap();
    Engine::new(Arc::new(rules.clone()), Arc::new(FenceSet::new(fences.to_vec())))
}

/// Everything an engine makes of some input.
pub(super) fn events_of(rules: &Rules, fences: &[Geofence], inputs: &[Event]) -> Vec<Event> {
    let (mut engine, mut out) = (engine(rules, fences), Output::default());
    inputs.iter().for_each(|input| engine.step(input, &mut out));
    engine.finish(&mut out);
    out.events
}
