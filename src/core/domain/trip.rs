//! Planned trips: a container from a pickup to a delivery.

use serde::{Deserialize, Serialize};

use super::{
    id::{DriverId, FenceId, OrganizationId, TripId, VehicleKey},
    time::Timestamp,
};

/// Where a trip stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TripStatus {
    /// Planned, not departed.
    #[default]
    Scheduled,
    /// Departed.
    Ongoing,
    /// Behind its schedule: a flag, shown as a status.
    Delayed,
    /// Offloaded.
    Completed,
    /// Called off.
    Cancelled,
    /// Broken off under way.
    Failed,
}

impl TripStatus {
    /// Every status.
    pub const ALL: [Self; 6] =
        [Self::Scheduled, Self::Ongoing, Self::Delayed, Self::Completed, Self::Cancelled, Self::Failed];

    /// The name used on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Ongoing => "ongoing",
            Self::Delayed => "delayed",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// The status of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether somebody may say that it becomes `to`. Delayed is a flag, not a step.
    pub const fn may_become(self, to: Self) -> bool {
        match self {
            Self::Scheduled => matches!(to, Self::Ongoing | Self::Delayed | Self::Cancelled),
            // Before its departure, or under way.
            Self::Delayed => {
                matches!(to, Self::Ongoing | Self::Completed | Self::Cancelled | Self::Failed)
            }
            Self::Ongoing => {
                matches!(to, Self::Delayed | Self::Completed | Self::Cancelled | Self::Failed)
            }
            Self::Completed | Self::Cancelled | Self::Failed => false,
        }
    }

    /// Nothing more will happen on it.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled | Self::Failed)
    }
}

/// A planned trip.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Trip {
    /// Identity.
    pub id: TripId,
    /// `01/Apr/2025-T11985LA-CA60`.
    pub readable_id: String,
    /// The vendor's id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loconav_id: Option<String>,
    /// The truck.
    pub vehicle: VehicleKey,
    /// The driver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<DriverId>,
    /// The client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<OrganizationId>,
    /// Where the container is picked up.
    pub pickup: FenceId,
    /// Where it goes.
    pub delivery: FenceId,
    /// ISO 6346 number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// `20FT`, `40FT`, `import`, `export`, `empty for export`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cargo_type: Option<String>,
    /// Weight in tonnes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_t: Option<f64>,
    /// Where it stands.
    pub status: TripStatus,
    /// When it should depart.
    pub scheduled_departure: Timestamp,
    /// When the client was promised it at the delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised_arrival: Option<Timestamp>,
    /// When it left the pickup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departed_at: Option<Timestamp>,
    /// When it reached the delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived_at: Option<Timestamp>,
    /// When it left the delivery, offloaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offloaded_at: Option<Timestamp>,
    /// When it was back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned_at: Option<Timestamp>,
}

impl Trip {
    /// A trip as it is planned, and nothing more known of it.
    pub fn planned(
        id: TripId,
        vehicle: VehicleKey,
        (pickup, delivery): (FenceId, FenceId),
        scheduled_departure: Timestamp,
    ) -> Self {
        Self {
            id,
            readable_id: id.to_string(),
            loconav_id: None,
            vehicle,
            driver: None,
            client: None,
            pickup,
            delivery,
            container: None,
            cargo_type: None,
            weight_t: None,
            status: TripStatus::Scheduled,
            scheduled_departure,
            promised_arrival: None,
            departed_at: None,
            arrived_at: None,
            offloaded_at: None,
            returned_at: None,
        }
    }
}

impl Trip {
    /// Takes in what was said of it at `at`: where it stands, what it has reached. What
    /// is over stays over, and what was reached first.
    pub fn hear(&mut self, change: &TripStatusChange, at: Timestamp) {
        if !self.status.is_over() {
            self.status = change.to;
        }
        let reached = match change.reached() {
            Some(Milestone::Departed) => &mut self.departed_at,
            Some(Milestone::Arrived) => &mut self.arrived_at,
            Some(Milestone::Offloaded) => &mut self.offloaded_at,
            Some(Milestone::Returned) => &mut self.returned_at,
            None => return,
        };
        reached.get_or_insert(at);
    }
}

/// A point of a trip's way.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Milestone {
    /// Left the pickup.
    Departed,
    /// Came to the delivery.
    Arrived,
    /// Left it, offloaded.
    Offloaded,
    /// Is back at the pickup or a depot.
    Returned,
}

impl Milestone {
    /// The name used on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Departed => "departed",
            Self::Arrived => "arrived",
            Self::Offloaded => "offloaded",
            Self::Returned => "returned",
        }
    }
}

/// The payload of `trip.status_changed`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TripStatusChange {
    /// Which trip.
    pub trip: TripId,
    /// Before.
    pub from: TripStatus,
    /// Now.
    pub to: TripStatus,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was reached, at the event's time; the status may be what it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milestone: Option<Milestone>,
    /// The rules' word on its being late, or so no more: by how many seconds; negative
    /// when it is early. Nobody else says so, and nothing is reached by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_s: Option<f64>,
    /// On return: seconds from departure to return, the turnaround time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tat_s: Option<f64>,
}

impl TripStatusChange {
    /// What was reached: by its own word, else by its status.
    pub fn reached(&self) -> Option<Milestone> {
        if self.late_s.is_some() {
            return self.milestone;
        }
        self.milestone.or(match self.to {
            TripStatus::Ongoing => Some(Milestone::Departed),
            TripStatus::Completed => Some(Milestone::Offloaded),
            TripStatus::Scheduled | TripStatus::Delayed | TripStatus::Cancelled | TripStatus::Failed => None,
        })
    }

    /// What happened, in a word: what was reached, else the status.
    pub const fn word(&self) -> &'static str {
        match self.milestone {
            Some(milestone) => milestone.name(),
            None => self.to.name(),
        }
    }

    /// A change of status and nothing more.
    pub fn new(trip: TripId, from: TripStatus, to: TripStatus) -> Self {
        Self { trip, from, to, reason: None, milestone: None, late_s: None, tat_s: None }
    }
}
