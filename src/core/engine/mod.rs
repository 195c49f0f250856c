//! The fleet engine: a pure, synchronous state machine per vehicle.
//!
//! `(state, input) → (state, events)`: no I/O, no clock, no async. Time comes
//! with the input, so live, replay and a file give the same answer.

use std::sync::Arc;

use crate::domain::{event::Event, geofence::Geofence, id::VehicleKey, live::LiveState};

/// Thresholds of every rule.
#[derive(Clone, PartialEq, Debug, Default, serde::Deserialize)]
pub struct Rules {}

/// The fences, indexed for point queries. Shared between engines.
#[derive(Debug, Default)]
pub struct FenceSet {}

impl FenceSet {
    /// Indexes fences.
    pub fn new(_fences: Vec<Geofence>) -> Self {
        Self {}
    }
}

/// What one step made of its input.
#[derive(Debug, Default)]
pub struct Output {
    /// Derived events, in order.
    pub events: Vec<Event>,
    /// Vehicles whose live state changed.
    pub touched: Vec<VehicleKey>,
}

impl Output {
    /// Empties it, keeping its memory.
    pub fn clear(&mut self) {
        self.events.clear();
        self.touched.clear();
    }
}

/// Why a snapshot cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Written by another version, or damaged.
    #[error("engine snapshot unreadable: {reason}")]
    Unreadable {
        /// What is wrong.
        reason: String,
    },
}

/// The engine of one partition, or of a whole file.
#[derive(Debug)]
pub struct Engine {
    _rules: Arc<Rules>,
    _fences: Arc<FenceSet>,
}

impl Engine {
    /// An engine that has seen nothing.
    pub fn new(rules: Arc<Rules>, fences: Arc<FenceSet>) -> Self {
        Self { _rules: rules, _fences: fences }
    }

    /// An engine as it was when [`Engine::snapshot`] was taken.
    pub fn restore(
        rules: Arc<Rules>,
        fences: Arc<FenceSet>,
        _snapshot: &[u8],
    ) -> Result<Self, SnapshotError> {
        Ok(Self::new(rules, fences))
    }

    /// The engine's whole state, compact.
    pub fn snapshot(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Takes other fences from the next input on. Visits to fences that are gone end.
    pub fn set_fences(&mut self, fences: Arc<FenceSet>) {
        self._fences = fences;
    }

    /// Takes one entry of the `position` stream (fix, reported alert, tick) or a
    /// command, and appends what follows from it to `out`.
    pub fn step(&mut self, _input: &Event, _out: &mut Output) {}

    /// A vehicle's live state.
    pub fn live(&self, _vehicle: &VehicleKey) -> Option<LiveState> {
        None
    }

    /// The vehicles known.
    pub fn vehicles(&self) -> impl Iterator<Item = &VehicleKey> {
        std::iter::empty()
    }
}
