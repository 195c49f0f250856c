//! Everything that happens, in one envelope.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::value::RawValue;

use super::{
    alert::{Acknowledgement, Alert},
    geofence::Geofence,
    id::{CorrelationId, Derivation, EventId, VehicleKey},
    master::{Driver, Organization, Truck},
    position::Position,
    time::Timestamp,
    trip::{Trip, TripStatus, TripStatusChange},
};

mod payloads;
pub use payloads::{
    Command, Drive, Failure, FenceMoment, FenceRef, FenceVisit, Flag, Flagged, MotionChange, RawBody,
    RawRequest, Rejection, Revision, Stop, SyncReport, Tick,
};

/// Schema version written into new events. Readers accept all older ones.
pub const VERSION: u16 = 1;

/// One thing that happened.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// Derived from the data where there is data to derive it from.
    pub id: EventId,
    /// When it happened: the time of its cause.
    pub ts: Timestamp,
    /// When it was appended.
    pub recorded_at: Timestamp,
    /// What it is about, and what orders it: a vehicle's key, mostly.
    pub key: String,
    /// Ties it to the request that caused it.
    pub correlation_id: CorrelationId,
    /// What happened.
    pub data: EventData,
}

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident($payload:ty) = $name:literal,)*) => {
        /// What happened, by type.
        #[derive(Clone, PartialEq, Debug)]
        pub enum EventData {
            $($(#[$doc])* $variant($payload),)*
        }

        impl EventData {
            /// Every type's name.
            pub const TYPES: &[&str] = &[$($name),*];

            /// The type's name on the wire.
            pub const fn type_name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name),* }
            }

            fn from_raw(type_name: &str, data: &RawValue) -> Result<Self, EventError> {
                match type_name {
                    $($name => serde_json::from_str(data.get())
                        .map(Self::$variant)
                        .map_err(|source| EventError::Payload { type_name: $name, source }),)*
                    other => Err(EventError::UnknownType { type_name: other.to_owned() }),
                }
            }
        }

        impl Serialize for EventData {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$variant(payload) => payload.serialize(serializer)),* }
            }
        }
    };
}

events! {
    /// A request as it was sent.
    WebhookReceived(RawRequest) = "webhook.received",
    /// A fix.
    PositionUpdated(Position) = "position.updated",
    /// A fix with something wrong about it.
    PositionFlagged(Flagged) = "position.flagged",
    /// Somebody else's alert, as input to the engine.
    AlertReported(Alert) = "alert.reported",
    /// Time passed.
    Tick(Tick) = "tick",
    /// A fence was entered.
    GeofenceEntered(FenceMoment) = "geofence.entered",
    /// A fence was left.
    GeofenceExited(FenceVisit) = "geofence.exited",
    /// A fence was passed through between two fixes.
    GeofenceCrossed(FenceVisit) = "geofence.crossed",
    /// A visit lasted long enough to count.
    VisitConfirmed(FenceMoment) = "geofence.visit_confirmed",
    /// A vehicle came to rest.
    StopStarted(Stop) = "stop.started",
    /// It moved on.
    StopEnded(Stop) = "stop.ended",
    /// A drive was over: at a stop, or by silence.
    DriveEnded(Drive) = "drive.ended",
    /// A vehicle's motion changed.
    TruckStatusChanged(MotionChange) = "truck.status_changed",
    /// An alert began, or was heard of.
    AlertTriggered(Alert) = "alert.triggered",
    /// Somebody took note.
    AlertAcknowledged(Acknowledgement) = "alert.acknowledged",
    /// An alert's condition ended.
    AlertResolved(Alert) = "alert.resolved",
    /// A trip was planned.
    TripCreated(Trip) = "trip.created",
    /// A trip moved on.
    TripStatusChanged(TripStatusChange) = "trip.status_changed",
    /// Late data changed a day.
    HistoryRevised(Revision) = "history.revised",
    /// A synchronisation with another system ended.
    SyncCompleted(SyncReport) = "sync.completed",
    /// Something failed that somebody should know of.
    ErrorOccurred(Failure) = "error.occurred",
    /// A truck's record was written.
    TruckUpdated(Truck) = "truck.updated",
    /// A driver's record was written.
    DriverUpdated(Driver) = "driver.updated",
    /// An organization's record was written.
    OrganizationUpdated(Organization) = "organization.updated",
    /// A geofence was written.
    GeofenceUpdated(Geofence) = "geofence.updated",
    /// A geofence was deleted.
    GeofenceRemoved(FenceRef) = "geofence.removed",
    /// A change somebody asks for.
    CommandIssued(Command) = "command.issued",
}

/// Why a text is no event.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The envelope cannot be read.
    #[error("unreadable event envelope: {0}")]
    Envelope(#[from] serde_json::Error),
    /// A type this version does not know.
    #[error("unknown event type {type_name:?}")]
    UnknownType {
        /// The name found.
        type_name: String,
    },
    /// The payload does not fit its type.
    #[error("unreadable {type_name} payload: {source}")]
    Payload {
        /// The type.
        type_name: &'static str,
        /// What is wrong.
        source: serde_json::Error,
    },
}

#[derive(Serialize)]
struct EnvelopeOut<'a> {
    id: EventId,
    #[serde(rename = "type")]
    type_name: &'static str,
    ts: Timestamp,
    recorded_at: Timestamp,
    version: u16,
    key: &'a str,
    correlation_id: CorrelationId,
    data: &'a EventData,
}

#[derive(Deserialize)]
struct EnvelopeIn<'a> {
    id: EventId,
    #[serde(rename = "type", borrow)]
    type_name: std::borrow::Cow<'a, str>,
    ts: Timestamp,
    recorded_at: Timestamp,
    key: String,
    correlation_id: CorrelationId,
    #[serde(borrow)]
    data: &'a RawValue,
}

impl Event {
    /// The envelope as JSON: the `json` field of a stream entry.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("events hold no map with non-text keys and no failing Serialize")
    }

    /// Reads an envelope.
    pub fn from_json(text: &str) -> Result<Self, EventError> {
        let envelope: EnvelopeIn<'_> = serde_json::from_str(text)?;
        Ok(Self {
            data: EventData::from_raw(&envelope.type_name, envelope.data)?,
            id: envelope.id,
            ts: envelope.ts,
            recorded_at: envelope.recorded_at,
            key: envelope.key,
            correlation_id: envelope.correlation_id,
        })
    }

    /// A fix of a vehicle. The id comes from the vehicle and the device time
    /// alone, so that a fix heard twice is one event.
    pub fn position(vehicle: &VehicleKey, position: Position, correlation_id: CorrelationId) -> Self {
        let start = position.device_time;
        let kind = "position.updated";
        let derivation =
            Derivation { kind, key: vehicle.as_str(), subject: "", start, phase: "", revision: 0 };
        Self {
            id: EventId(derivation.uuid()),
            ts: start,
            recorded_at: position.received_at,
            key: vehicle.as_str().to_owned(),
            correlation_id,
            data: EventData::PositionUpdated(position),
        }
    }

    /// An event derived from `cause`: same key, same correlation, same moment of
    /// recording, so that a replay writes the same bytes.
    pub fn derived(
        cause: &Self,
        ts: Timestamp,
        subject: &str,
        start: Timestamp,
        phase: &str,
        data: EventData,
    ) -> Self {
        Cause::of(cause).derive(ts, subject, start, phase, data)
    }

    /// Of which vehicle's day it changes the figures, and when: alerts and trips are
    /// counted; what follows from fixes is not told by events.
    pub fn counts_on(&self) -> Option<(&str, Timestamp)> {
        match &self.data {
            EventData::AlertTriggered(alert) => Some((alert.vehicle.as_str(), alert.start)),
            EventData::TripCreated(trip) => Some((trip.vehicle.as_str(), trip.scheduled_departure)),
            EventData::TripStatusChanged(_) => Some((&self.key, self.ts)),
            _ => None,
        }
    }

    /// Whether it is what people said of a trip; where it stands by the rules is found
    /// again from the fixes.
    pub fn is_word_of_trip(&self) -> bool {
        match &self.data {
            EventData::TripCreated(_) => true,
            EventData::TripStatusChanged(change) => {
                change.milestone.is_none() && change.to != TripStatus::Delayed
            }
            _ => false,
        }
    }

    /// The key as a vehicle, when it is one.
    pub fn vehicle(&self) -> Option<VehicleKey> {
        VehicleKey::new(&self.key).ok()
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        EnvelopeOut {
            id: self.id,
            type_name: self.data.type_name(),
            ts: self.ts,
            recorded_at: self.recorded_at,
            version: VERSION,
            key: &self.key,
            correlation_id: self.correlation_id,
            data: &self.data,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::from_json(raw.get()).map_err(D::Error::custom)
    }
}

/// What a derived event takes from the input that caused it. The key stands
/// apart, because a tick concerns many vehicles.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cause<'a> {
    /// The vehicle the derived event is about.
    pub key: &'a str,
    /// When the input was appended.
    pub recorded_at: Timestamp,
    /// The request behind the input.
    pub correlation_id: CorrelationId,
}

impl<'a> Cause<'a> {
    /// The cause of events with the same key as `event`.
    pub fn of(event: &'a Event) -> Self {
        Self { key: &event.key, recorded_at: event.recorded_at, correlation_id: event.correlation_id }
    }

    /// An event derived from this cause. Its id knows nothing of the cause but
    /// the key.
    #[inline]
    pub fn derive(
        self,
        ts: Timestamp,
        subject: &str,
        start: Timestamp,
        phase: &str,
        data: EventData,
    ) -> Event {
        let kind = data.type_name();
        let derivation = Derivation { kind, key: self.key, subject, start, phase, revision: 0 };
        Event {
            id: EventId(derivation.uuid()),
            ts,
            recorded_at: self.recorded_at,
            key: self.key.to_owned(),
            correlation_id: self.correlation_id,
            data,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{geo::LonLat, position::Source, units::Kmh};

    fn fix() -> Event {
        Event {
            id: EventId(uuid::Uuid::nil()),
            ts: Timestamp::from_millis(1_000),
            recorded_at: Timestamp::from_millis(2_000),
            key: "T1".into(),
            correlation_id: CorrelationId(uuid::Uuid::nil()),
            data: EventData::PositionUpdated(Position {
                received_at: Timestamp::from_millis(2_000),
                speed_kmh: Some(Kmh(42.0)),
                ignition: Some(true),
                ..Position::bare(
                    LonLat::new(3.4, 6.5).unwrap(),
                    Timestamp::from_millis(1_000),
                    Source::wall("loconav"),
                )
            }),
        }
    }

    #[test]
    fn the_envelope_has_the_published_fields() {
        let json: serde_json::Value = serde_json::from_str(&fix().to_json()).unwrap();
        let fields: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields.len(), 8);
        for field in ["id", "type", "ts", "recorded_at", "version", "key", "correlation_id", "data"] {
            assert!(fields.contains(&field), "{field}");
        }
        assert_eq!(json["type"], "position.updated");
        assert_eq!(json["ts"], "1970-01-01T00:00:01.000Z");
        assert_eq!(json["data"]["lon"], 3.4);
    }

    #[test]
    fn events_round_trip() {
        assert_eq!(Event::from_json(&fix().to_json()).unwrap(), fix());
    }

    #[test]
    fn an_unknown_type_is_named_and_a_point_out_of_range_refused() {
        let json = fix().to_json();
        let error = Event::from_json(&json.replace("position.updated", "position.dreamt")).unwrap_err();
        assert_eq!(error.to_string(), "unknown event type \"position.dreamt\"");
        let error = Event::from_json(&json.replace("6.5", "96.5")).unwrap_err().to_string();
        assert!(error.contains("latitude 96.5 is out of range"), "{error}");
    }
}
