//! What events do to the records, each once however often it is handed in.
//!
//! Applying commutes: events of different streams, or delivered again, leave the
//! same records in any order.

use std::collections::HashSet;

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use uuid::Uuid;
use watchtower_core::{
    domain::event::{Event, EventData},
    ports::store::Written,
};

use super::{
    alerts,
    batch::{Effects, Happening},
    fault::Fault,
    fences, history, positions, records, trips,
};

/// Rows in one statement: six values each.
const CHUNK: usize = 500;

/// Applies effects in the writer's transaction.
pub(super) async fn apply<'a>(
    connection: &mut SqliteConnection,
    effects: impl Iterator<Item = &'a Effects> + Send + Clone,
) -> Result<Written, Fault> {
    let fixes: Vec<_> = effects.clone().flat_map(|effects| &effects.fixes).collect();
    let stored = positions::insert(connection, &fixes).await?;
    let happenings: Vec<_> = effects.flat_map(|effects| &effects.happenings).collect();
    let mut events = 0;
    for chunk in happenings.chunks(CHUNK) {
        let mut new = record(connection, chunk).await?;
        events += new.len() as u64;
        for happening in chunk {
            // Twice in one chunk counts for the first.
            if new.remove(&happening.event.id.0) {
                effect(connection, &happening.event).await?;
            }
        }
    }
    Ok(Written {
        positions: stored,
        duplicate_positions: fixes.len() as u64 - stored,
        events,
        duplicate_events: happenings.len() as u64 - events,
    })
}

/// Writes the audit trail; returns the ids not heard of before.
async fn record(
    connection: &mut SqliteConnection,
    happenings: &[&Happening],
) -> Result<HashSet<Uuid>, Fault> {
    let mut insert =
        QueryBuilder::<Sqlite>::new("insert into event (id, ts, type, key, correlation_id, json) ");
    insert.push_values(happenings, |mut values, Happening { event, json }| {
        values
            .push_bind(event.id.0)
            .push_bind(event.ts.millis())
            .push_bind(event.data.type_name())
            .push_bind(event.key.as_str())
            .push_bind(event.correlation_id.0)
            .push_bind(json.as_str());
    });
    insert.push(" on conflict do nothing returning id");
    let new: Vec<Uuid> = insert.build_query_scalar().fetch_all(connection).await?;
    Ok(new.into_iter().collect())
}

async fn effect(connection: &mut SqliteConnection, event: &Event) -> Result<(), Fault> {
    if let Some((vehicle, at)) = event.counts_on() {
        history::recount(connection, vehicle, at).await?;
    }
    if event.is_word_of_trip() {
        history::hear(connection, &event.key, event.ts).await?;
    }
    match &event.data {
        EventData::AlertTriggered(alert) => alerts::put(connection, event, alert, alert.end).await,
        EventData::AlertResolved(alert) => {
            alerts::put(connection, event, alert, alert.end.or(Some(event.ts))).await
        }
        EventData::AlertAcknowledged(taken) => alerts::acknowledge(connection, event, taken).await,
        EventData::TripCreated(trip) => trips::put(connection, event, trip).await,
        EventData::TripStatusChanged(change) => trips::change(connection, event, change).await,
        EventData::TruckUpdated(truck) => records::put_truck(connection, event, truck).await,
        EventData::DriverUpdated(driver) => records::put_driver(connection, event, driver).await,
        EventData::OrganizationUpdated(organization) => {
            records::put_organization(connection, event, organization).await
        }
        EventData::GeofenceUpdated(fence) => fences::put(connection, event, &fence.id, Some(fence)).await,
        EventData::GeofenceRemoved(gone) => fences::put(connection, event, &gone.id, None).await,
        // For the record; fixes do not come this way.
        EventData::WebhookReceived(_)
        | EventData::PositionUpdated(_)
        | EventData::PositionFlagged(_)
        | EventData::AlertReported(_)
        | EventData::Tick(_)
        | EventData::GeofenceEntered(_)
        | EventData::GeofenceExited(_)
        | EventData::GeofenceCrossed(_)
        | EventData::VisitConfirmed(_)
        | EventData::StopStarted(_)
        | EventData::StopEnded(_)
        | EventData::DriveEnded(_)
        | EventData::TruckStatusChanged(_)
        | EventData::HistoryRevised(_)
        | EventData::SyncCompleted(_)
        | EventData::ErrorOccurred(_)
        | EventData::CommandIssued(_) => Ok(()),
    }
}
