//! The live picture: what is known of a vehicle right now.

use serde::{Deserialize, Serialize};

use super::{
    alert::AlertKind,
    id::{FenceId, TripId, VehicleKey},
    position::Position,
    time::Timestamp,
    units::Metres,
};

/// How a vehicle moves, apart from the operator's word on it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Motion {
    /// On the move.
    Moving,
    /// Standing with the engine on.
    Idle,
    /// Standing with the engine off, or for long.
    Parked,
    /// Silent for too long.
    Offline,
}

impl Motion {
    /// Every state, in the order people list them.
    pub const ALL: [Self; 4] = [Self::Moving, Self::Idle, Self::Parked, Self::Offline];

    /// The name used on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Moving => "moving",
            Self::Idle => "idle",
            Self::Parked => "parked",
            Self::Offline => "offline",
        }
    }
}

/// When a vehicle is reckoned to be at its delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Eta {
    /// Going on as reckoned.
    pub at: Timestamp,
    /// One of ten past trips of the lane was faster. Where none are known, after three
    /// quarters of the time left: a margin chosen, not measured.
    pub earliest: Timestamp,
    /// One of ten was slower. Where none are known, after one and a half times the time left.
    pub latest: Timestamp,
    /// How many past trips it is learned from; 0: reckoned from distance and speed.
    #[serde(default)]
    pub trips: u32,
}

/// One vehicle at the head of its history; a field of the live hash.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LiveState {
    /// The vehicle.
    pub vehicle: VehicleKey,
    /// Its last good fix.
    pub position: Position,
    /// How it moves.
    pub motion: Motion,
    /// Since when.
    pub since: Timestamp,
    /// The fences it is in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fences: Vec<FenceId>,
    /// Kinds of the alerts open on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<AlertKind>,
    /// The trip it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trip: Option<TripId>,
    /// When it will be at that trip's delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta: Option<Eta>,
    /// Distance covered since the local midnight.
    #[serde(default)]
    pub today_m: Metres,
}
