//! Writing master data: into the log as events, and into the live picture.

use std::sync::Arc;

use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData, FenceRef},
        id::{CorrelationId, EventId, FenceId},
        time::Timestamp,
        trip::{Trip, TripStatusChange},
    },
    ports::log::{Family, Log, LogError, Meta},
};

/// The one way master data is changed.
#[derive(Clone)]
pub struct Registry {
    log: Arc<dyn Log>,
}

impl Registry {
    /// A registry over `log`.
    pub fn new(log: Arc<dyn Log>) -> Self {
        Self { log }
    }

    /// Writes records: an event each, which the store follows, then the picture
    /// dashboards and engines read. Those equal to what stands are left out;
    /// returns how many changed.
    pub async fn save(
        &self,
        records: Vec<Meta>,
        correlation_id: CorrelationId,
        now: Timestamp,
    ) -> Result<usize, LogError> {
        let known = self.log.meta().await?;
        let changed: Vec<Meta> = records.into_iter().filter(|record| !known.contains(record)).collect();
        if changed.is_empty() {
            return Ok(0);
        }
        let mut events: Vec<(Family, Event)> = Vec::with_capacity(changed.len());
        for (key, data) in changed.iter().flat_map(|record| events_of(record, &known)) {
            let event = new_event(key, data, correlation_id, now);
            if matches!(event.data, EventData::TripCreated(_) | EventData::TripStatusChanged(_)) {
                // Engines do not read what is derived: they hear of it as of a command.
                events.push((Family::Command, event.clone()));
            }
            events.push((Family::Event, event));
        }
        self.log.append(&events).await?;
        self.log.put_meta(&changed).await?;
        Ok(changed.len())
    }

    /// Deletes a geofence. `false` when there is none of that id.
    pub async fn remove_fence(
        &self,
        id: &FenceId,
        correlation_id: CorrelationId,
        now: Timestamp,
    ) -> Result<bool, LogError> {
        let known = self.log.meta().await?;
        let Some(record) =
            known.iter().find(|record| matches!(record, Meta::Geofence(fence) if fence.id == *id))
        else {
            return Ok(false);
        };
        let data = EventData::GeofenceRemoved(FenceRef { id: id.clone() });
        let event = new_event(id.to_string(), data, correlation_id, now);
        self.log.append(&[(Family::Event, event)]).await?;
        self.log.remove_meta(&[record.field()]).await?;
        Ok(true)
    }
}

fn new_event(key: String, data: EventData, correlation_id: CorrelationId, now: Timestamp) -> Event {
    // Not derived from data: saving the same record twice is two changes.
    Event { id: EventId(Uuid::now_v7()), ts: now, recorded_at: now, key, correlation_id, data }
}

fn events_of(record: &Meta, known: &[Meta]) -> Vec<(String, EventData)> {
    let (key, data) = match record.clone() {
        Meta::Geofence(fence) => (fence.id.to_string(), EventData::GeofenceUpdated(fence)),
        Meta::Truck(truck) => (truck.key.to_string(), EventData::TruckUpdated(truck)),
        Meta::Driver(driver) => (driver.id.to_string(), EventData::DriverUpdated(driver)),
        Meta::Organization(org) => (org.id.to_string(), EventData::OrganizationUpdated(org)),
        Meta::Trip(trip) => return trip_events(trip, known),
    };
    vec![(key, data)]
}

/// The record, and the change of its status; the change alone where it says all.
fn trip_events(trip: Trip, known: &[Meta]) -> Vec<(String, EventData)> {
    let old = known.iter().find_map(|record| match record {
        Meta::Trip(old) if old.id == trip.id => Some(old),
        _ => None,
    });
    let key = trip.vehicle.to_string();
    let change = old.filter(|old| old.status != trip.status).map(|old| TripStatusChange {
        trip: trip.id,
        from: old.status,
        to: trip.status,
        reason: None,
    });
    let says_all =
        change.is_some() && old.is_some_and(|old| Trip { status: trip.status, ..old.clone() } == trip);
    let record = (!says_all).then_some(EventData::TripCreated(trip));
    let events = record.into_iter().chain(change.map(EventData::TripStatusChanged));
    events.map(|data| (key.clone(), data)).collect()
}
