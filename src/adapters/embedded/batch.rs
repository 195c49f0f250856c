//! Events taken apart before they reach the writer: rows of the log and their
//! effect on the records.

use watchtower_core::{
    domain::{
        event::{Event, EventData},
        id::VehicleKey,
        position::Position,
        time::Timestamp,
    },
    ports::log::{Family, Partition, Partitions},
};

use super::{Records, fault::Fault};

/// A row of the log to be.
pub(super) struct Row {
    pub(super) partition: Partition,
    pub(super) family: Family,
    pub(super) type_name: &'static str,
    pub(super) json: String,
}

/// A position and whose it is.
pub(super) struct Fix {
    pub(super) vehicle: VehicleKey,
    pub(super) position: Position,
}

/// An event of the audit trail, with its envelope.
pub(super) struct Happening {
    pub(super) event: Event,
    pub(super) json: String,
}

/// What events do to the records.
#[derive(Default)]
pub(super) struct Effects {
    pub(super) fixes: Vec<Fix>,
    pub(super) happenings: Vec<Happening>,
}

/// Entries and their effects.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) entries: Vec<Row>,
    pub(super) effects: Effects,
}

impl Effects {
    /// What the store is handed: all of it counts. Refused as a whole when one
    /// event cannot be kept.
    pub(super) fn of(events: &[Event]) -> Result<Self, Fault> {
        let mut effects = Self::default();
        for event in events {
            effects.add(event, || event.to_json())?;
        }
        Ok(effects)
    }

    fn add(&mut self, event: &Event, json: impl FnOnce() -> String) -> Result<(), Fault> {
        let refused = |reason: &dyn std::fmt::Display| {
            Fault::refused(format_args!("event {} ({})", event.id, event.data.type_name()), reason)
        };
        let instants = instants(event);
        if let Some(instant) = instants.into_iter().flatten().find(|instant| !instant.is_on_calendar()) {
            return Err(refused(&format_args!("{} ms is no instant of 1970 to 9999", instant.millis())));
        }
        if let EventData::PositionUpdated(position) = &event.data {
            let vehicle = VehicleKey::new(&event.key).map_err(|error| refused(&error))?;
            self.fixes.push(Fix { vehicle, position: position.clone() });
        } else {
            self.happenings.push(Happening { event: event.clone(), json: json() });
        }
        Ok(())
    }
}

/// The instants of an event the tables are searched by.
fn instants(event: &Event) -> [Option<Timestamp>; 4] {
    let (one, other) = match &event.data {
        EventData::PositionUpdated(position) => (Some(position.device_time), Some(position.received_at)),
        EventData::AlertTriggered(alert) | EventData::AlertResolved(alert) => (Some(alert.start), alert.end),
        EventData::TripCreated(trip) => (Some(trip.scheduled_departure), None),
        _ => (None, None),
    };
    [Some(event.ts), Some(event.recorded_at), one, other]
}

impl Batch {
    /// What is appended. Only what a writer would carry into a store is for the
    /// records: requests, fixes and what is derived.
    pub(super) fn of(
        partitions: Partitions,
        records: Records,
        events: impl IntoIterator<Item = (Family, Event)>,
    ) -> Self {
        let mut batch = Self::default();
        for (family, event) in events {
            let json = event.to_json();
            if is_for(records, family, &event)
                && let Err(fault) = batch.effects.add(&event, || json.clone())
            {
                metrics::counter!("watchtower_embedded_unprojected_total").increment(1);
                tracing::warn!(event.id = %event.id, reason = ?fault, "an entry has no place in the store");
            }
            batch.entries.push(Row {
                partition: partitions.of(&event.key),
                family,
                type_name: event.data.type_name(),
                json,
            });
        }
        batch
    }
}

fn is_for(records: Records, family: Family, event: &Event) -> bool {
    match (records, family) {
        (Records::Elsewhere, _) | (_, Family::Command | Family::DeadLetter) => false,
        // Time passing is not worth a line in the books.
        (Records::Here, Family::Raw | Family::Position | Family::Event) => {
            !matches!(event.data, EventData::Tick(_))
        }
    }
}
