//! Writing a batch: one transaction, each thing once.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet, HashSet},
    time::Duration,
};

use chrono::Datelike;
use sqlx::{Postgres, Transaction};
use watchtower_core::{
    domain::{
        event::{Event, EventData},
        id::{EventId, VehicleKey},
        position::Position,
    },
    ports::store::{StoreError, Written},
};

use super::{
    Failure, PostgisStore, alerts, events,
    fences::{self, Change},
    history,
    partitions::{self, Held, Needs, Tree},
    people,
    positions::{self, Fix},
    rank::Rank,
    trips, trucks,
};

/// Most partitions one batch may touch: each costs the server four locks of the
/// 64 it has for each connection by default.
const MOST_PARTITIONS: usize = 400;
/// How often a batch is tried again that met another or outdated memory.
const TRIES: u32 = 6;

/// A batch, checked and sorted. Every writer takes its rows in the same order,
/// so that two seldom wait for each other.
struct Batch<'a> {
    /// Sorted and distinct by vehicle and time.
    fixes: Vec<(VehicleKey, &'a Position)>,
    /// Distinct, in the order given.
    events: Vec<&'a Event>,
    needs: Needs,
    /// What the batch itself repeats.
    repeated: Written,
}

pub(super) async fn write(store: &PostgisStore, events: &[Event]) -> Result<Written, Failure> {
    if events.is_empty() {
        return Ok(Written::default());
    }
    match write_again(store, events).await {
        // One of many: find out which, so that it can be named.
        Err(failure) if failure.is_refusal() && matches!(failure, Failure::Sql(_)) => {
            Err(name_the_refused(store, events, failure).await)
        }
        other => other,
    }
}

/// Writes, again where that helps.
async fn write_again(store: &PostgisStore, events: &[Event]) -> Result<Written, Failure> {
    let batch = Batch::new(events)?;
    let mut tried = 0;
    loop {
        partitions::ensure(store, &batch.needs).await?;
        let failure = match write_once(store, &batch).await {
            Ok(written) => return Ok(written),
            Err(failure) => failure,
        };
        tried += 1;
        if failure.is_stale_memory() {
            store.partitions.forget();
            store.vehicles.forget();
            store.sources.forget();
        } else if !failure.is_collision() {
            return Err(failure);
        }
        if tried == TRIES {
            return Err(failure);
        }
        tracing::debug!(store.tried = tried, "a batch met another and is written again");
        tokio::time::sleep(Duration::from_millis(u64::from(tried * tried) * 5)).await;
    }
}

async fn write_once(store: &PostgisStore, batch: &Batch<'_>) -> Result<Written, Failure> {
    let sql = store.sql();
    let sources = store.sources.numbers(store, batch.fixes.iter().map(|fix| &fix.1.source)).await?;
    let mut transaction = store.pool.begin().await?;
    let (written, learnt) = {
        let fresh = events::store(&mut transaction, sql, &batch.events).await?;
        let effects: Vec<&Event> =
            batch.events.iter().filter(|event| fresh.contains(&event.id)).copied().collect();
        take_effect(&mut transaction, store, &effects).await?;
        let keys: BTreeSet<&VehicleKey> = batch.fixes.iter().map(|fix| &fix.0).collect();
        let (numbers, learnt) = trucks::numbers(&mut transaction, sql, &store.vehicles, &keys).await?;
        let rows: Vec<_> = batch
            .fixes
            .iter()
            .map(|(vehicle, position)| Fix {
                vehicle: numbers[vehicle],
                source: sources[&position.source],
                position,
            })
            .collect();
        let stored = match rows.is_empty() {
            true => 0,
            false => positions::store(&mut transaction, sql, &rows).await?,
        };
        history::hear(&mut transaction, sql, &effects).await?;
        history::recount(&mut transaction, sql, &effects).await?;
        let written = Written {
            positions: stored,
            duplicate_positions: rows.len() as u64 - stored + batch.repeated.duplicate_positions,
            events: fresh.len() as u64,
            duplicate_events: (batch.events.len() - fresh.len()) as u64 + batch.repeated.duplicate_events,
        };
        (written, learnt)
    };
    transaction.commit().await?;
    store.vehicles.learn(learnt);
    Ok(written)
}

/// What events do beside being on record.
async fn take_effect(
    transaction: &mut Transaction<'static, Postgres>,
    store: &PostgisStore,
    events: &[&Event],
) -> Result<(), Failure> {
    let sql = store.sql();
    let ranked = || events.iter().map(|event| (Rank::of(event), &event.data));
    macro_rules! records {
        ($variant:ident) => {
            ranked().filter_map(|(rank, data)| match data {
                EventData::$variant(record) => Some((rank, record)),
                _ => None,
            })
        };
    }
    trucks::write(transaction, sql, records!(TruckUpdated)).await?;
    people::write_drivers(transaction, sql, records!(DriverUpdated)).await?;
    people::write_organizations(transaction, sql, records!(OrganizationUpdated)).await?;
    let changes = ranked().filter_map(|(rank, data)| match data {
        EventData::GeofenceUpdated(fence) => Some((rank, Change::Drawn(fence))),
        EventData::GeofenceRemoved(fence) => Some((rank, Change::Removed(&fence.id))),
        _ => None,
    });
    fences::write(transaction, sql, changes).await?;
    trips::write(transaction, sql, events).await?;
    alerts::write(transaction, sql, events).await
}

impl<'a> Batch<'a> {
    fn new(events: &'a [Event]) -> Result<Self, Failure> {
        let mut batch =
            Self { fixes: Vec::new(), events: Vec::new(), needs: Needs::new(), repeated: Written::default() };
        let mut ids: HashSet<EventId> = HashSet::new();
        let mut keys: BTreeMap<&str, VehicleKey> = BTreeMap::new();
        for event in events {
            check_times(event)?;
            match &event.data {
                EventData::PositionUpdated(position) => {
                    let key = match keys.get(event.key.as_str()) {
                        Some(key) => key.clone(),
                        None => {
                            let key = VehicleKey::new(&event.key)
                                .map_err(|error| refused(event, error.to_string()))?;
                            keys.insert(&event.key, key.clone());
                            key
                        }
                    };
                    batch.fixes.push((key, position));
                }
                _ if ids.insert(event.id) => batch.events.push(event),
                _ => batch.repeated.duplicate_events += 1,
            }
        }
        // Stable: of two at one moment the first given stays first.
        batch.fixes.sort_by(|a, b| match a.0.cmp(&b.0) {
            Ordering::Equal => a.1.device_time.cmp(&b.1.device_time),
            other => other,
        });
        let given = batch.fixes.len();
        batch.fixes.dedup_by(|a, b| a.1.device_time == b.1.device_time && a.0 == b.0);
        batch.repeated.duplicate_positions = (given - batch.fixes.len()) as u64;
        batch.count_needs()?;
        Ok(batch)
    }

    fn count_needs(&mut self) -> Result<(), Failure> {
        // Neighbours mostly share a day: ask the map only when they do not.
        let mut last = None;
        for (_, position) in &self.fixes {
            let need = (position.device_time.millis().div_euclid(86_400_000), position.source.clock);
            if last != Some(need) {
                last = Some(need);
                let day = position.device_time.to_utc().date_naive();
                let held = self.needs.entry((Tree::Positions, day)).or_default();
                *held = held.and(Held::by(position.source.clock));
            }
        }
        for event in &self.events {
            let day = event.ts.to_utc().date_naive();
            let place = match event.data {
                EventData::WebhookReceived(_) => (Tree::Raw, day),
                _ => (Tree::Audit, day.with_day(1).unwrap_or(day)),
            };
            self.needs.insert(place, Held { wall: true, event_clock: false });
        }
        if self.needs.len() > MOST_PARTITIONS {
            let days = self.needs.len();
            return Err(Failure::refused(
                "batch",
                format!("it touches {days} partitions, at most {MOST_PARTITIONS} fit: write it in parts"),
            ));
        }
        Ok(())
    }
}

fn refused(event: &Event, reason: impl Into<String>) -> Failure {
    Failure::refused(format!("event {} ({})", event.id, event.data.type_name()), reason)
}

/// Every instant that has a column must be one that RFC 3339 can write.
fn check_times(event: &Event) -> Result<(), Failure> {
    let mut times = vec![("ts", Some(event.ts)), ("recorded_at", Some(event.recorded_at))];
    match &event.data {
        EventData::PositionUpdated(position) => {
            times.push(("device_time", Some(position.device_time)));
            times.push(("received_at", Some(position.received_at)));
        }
        EventData::AlertTriggered(alert) | EventData::AlertResolved(alert) => {
            times.push(("start", Some(alert.start)));
            times.push(("end", alert.end));
        }
        EventData::TripCreated(trip) => times.push(("scheduled_departure", Some(trip.scheduled_departure))),
        _ => {}
    }
    for (field, time) in times {
        let time = time.unwrap_or_default();
        if !time.is_on_calendar() {
            let millis = time.millis();
            return Err(refused(event, format!("{field} is {millis} ms, outside of the years 1970 to 9999")));
        }
    }
    Ok(())
}

/// Finds the first event the server refuses, by halving. Keeps nothing.
async fn name_the_refused(store: &PostgisStore, events: &[Event], failure: Failure) -> Failure {
    let (mut suspects, mut failure) = (events, failure);
    while suspects.len() > 1 {
        let (left, right) = suspects.split_at(suspects.len() / 2);
        match rehearse(store, left).await {
            Ok(()) => suspects = right,
            Err(found) if found.is_refusal() => (suspects, failure) = (left, found),
            Err(other) => return other,
        }
    }
    // The last one left was never tried by itself. A batch refused only as a
    // whole has no culprit to name.
    match (suspects, rehearse(store, suspects).await) {
        ([event], Err(found)) if found.is_refusal() => match found.told_of(&store.place) {
            StoreError::Refused { reason, .. } => refused(event, reason),
            other => Failure::Store(other),
        },
        (_, Err(other)) if !other.is_refusal() => other,
        _ => failure,
    }
}

/// Writes and takes it back.
async fn rehearse(store: &PostgisStore, events: &[Event]) -> Result<(), Failure> {
    let batch = Batch::new(events)?;
    let mut transaction = store.pool.begin().await?;
    let fresh = events::store(&mut transaction, store.sql(), &batch.events).await?;
    let effects: Vec<&Event> =
        batch.events.iter().filter(|event| fresh.contains(&event.id)).copied().collect();
    take_effect(&mut transaction, store, &effects).await?;
    transaction.rollback().await?;
    Ok(())
}
