//! Writing master data: into the log as events, and into the live picture.

use std::{iter, sync::Arc};

use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData, FenceRef},
        id::{CorrelationId, Derivation, EventId, FenceId},
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
        self.save_as_of(records, correlation_id, now, now).await
    }

    /// Like [`Registry::save`], for changes that happened at another time than
    /// they are recorded: those of a source with a clock of its own.
    pub async fn save_as_of(
        &self,
        records: Vec<Meta>,
        correlation_id: CorrelationId,
        happened: Timestamp,
        now: Timestamp,
    ) -> Result<usize, LogError> {
        let known = self.log.meta().await?;
        let changed: Vec<Meta> = records.into_iter().filter(|record| !known.contains(record)).collect();
        if changed.is_empty() {
            return Ok(0);
        }
        let mut events: Vec<(Family, Event)> = Vec::with_capacity(changed.len());
        for record in &changed {
            let (key, told) = told_of(record, &known);
            for data in told {
                let event = Event { ts: happened, ..new_event(key.clone(), data, correlation_id, now) };
                if matches!(event.data, EventData::TripCreated(_) | EventData::TripStatusChanged(_)) {
                    // Engines do not read what is derived: they hear of it as of a command.
                    events.push((Family::Command, event.clone()));
                }
                events.push((Family::Event, event));
            }
        }
        self.log.append(&events).await?;
        self.log.put_meta(&changed).await?;
        Ok(changed.len())
    }

    /// Says where a trip stands: the change is news, and the picture's record follows. The
    /// whole record is told where something else is promised.
    pub async fn move_trip(
        &self,
        trip: &Trip,
        moved: &Trip,
        change: TripStatusChange,
        correlation_id: CorrelationId,
        now: Timestamp,
    ) -> Result<(), LogError> {
        let promised_anew = trip.promised_arrival != moved.promised_arrival;
        let record = promised_anew.then(|| EventData::TripCreated(moved.clone()));
        let told = record.into_iter().chain([EventData::TripStatusChanged(change)]);
        let events: Vec<(Family, Event)> = told
            .map(|data| new_event(moved.vehicle.to_string(), data, correlation_id, now))
            .flat_map(|event| [(Family::Command, event.clone()), (Family::Event, event)])
            .collect();
        self.log.append(&events).await?;
        self.log.put_meta(&[Meta::Trip(moved.clone())]).await
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
        // Asked for once it is one removal, however often it has to be begun.
        let removal = Derivation {
            kind: "geofence.removed",
            key: id.as_str(),
            subject: &correlation_id.0.to_string(),
            start: now,
            phase: "removed",
            revision: 0,
        };
        let event =
            Event { id: EventId(removal.uuid()), ..new_event(id.to_string(), data, correlation_id, now) };
        self.log.append(&[(Family::Event, event)]).await?;
        self.log.remove_meta(&[record.field()]).await?;
        Ok(true)
    }
}

/// Something that happened now, and is derived from nothing.
pub fn new_event(key: String, data: EventData, correlation_id: CorrelationId, now: Timestamp) -> Event {
    // Not derived from data: saving the same record twice is two changes.
    Event { id: EventId(Uuid::now_v7()), ts: now, recorded_at: now, key, correlation_id, data }
}

/// What is told of a record that was changed, and under which key; `known` are the
/// records as they stood.
pub fn told_of(record: &Meta, known: &[Meta]) -> (String, Vec<EventData>) {
    let (key, data) = match record.clone() {
        Meta::Geofence(fence) => (fence.id.to_string(), EventData::GeofenceUpdated(fence)),
        Meta::Truck(truck) => (truck.key.to_string(), EventData::TruckUpdated(truck)),
        Meta::Driver(driver) => (driver.id.to_string(), EventData::DriverUpdated(driver)),
        Meta::Organization(org) => (org.id.to_string(), EventData::OrganizationUpdated(org)),
        Meta::Trip(trip) => return (trip.vehicle.to_string(), told_of_trip(trip, known)),
        // Learned, not decided: nobody is told.
        Meta::Lane(lane) => return (lane.pickup.to_string(), Vec::new()),
    };
    (key, vec![data])
}

/// The whole record, for a change of status says nothing of times, driver or
/// place; and the change, where there is one.
fn told_of_trip(trip: Trip, known: &[Meta]) -> Vec<EventData> {
    let before = known.iter().find_map(|record| match record {
        Meta::Trip(old) if old.id == trip.id => Some(old.status),
        _ => None,
    });
    let change = before.filter(|from| *from != trip.status).map(|from| {
        let (trip, to) = (trip.id, trip.status);
        EventData::TripStatusChanged(TripStatusChange::new(trip, from, to))
    });
    iter::once(EventData::TripCreated(trip)).chain(change).collect()
}
