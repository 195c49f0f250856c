//! The clerk: a consumer group that does what commands ask for, and keeps the picture's
//! trips as the events have them.
//!
//! A command done is told again among the events, so that the audit trail has who asked;
//! one refused is answered by an `error.occurred` of the same correlation, so that whoever
//! asked hears why. Doing a command twice is doing it once: entries are acknowledged after,
//! and what a clerk did before it died is known by the correlation.

use std::{ops::ControlFlow, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};
use watchtower_core::{
    domain::{
        event::{Command, Event, EventData, Failure},
        id::{Derivation, EventId},
        time::Timestamp,
        trip::Trip,
    },
    ports::log::{Delivery, EntryId, Family, Log, LogError, Meta, Start, StreamId},
};

use super::dispatch::{Dispatch, Occasion, Refusal};

/// The group's name; the component of its refusals.
pub const GROUP: &str = "clerk";
/// What it hears.
const FAMILIES: [Family; 2] = [Family::Command, Family::Event];
/// Entries at once.
const BATCH: usize = 500;
/// How long a read waits for input.
const WAIT: Duration = Duration::from_millis(500);
/// An entry pending this long belonged to a clerk that died.
const ORPHANED: Duration = Duration::from_secs(30);
/// Between looks for orphans.
const CLAIM_EVERY: Duration = Duration::from_secs(15);
/// Between attempts while the store is away.
const PAUSE: Duration = Duration::from_secs(1);
/// What was asked for so long ago is not done any more: nobody waits for it, and the
/// world has moved on.
const TOO_LATE_S: f64 = 600.0;

/// The clerk of one process.
pub struct Clerk {
    log: Arc<dyn Log>,
    dispatch: Dispatch,
    consumer: String,
    clock: fn() -> Timestamp,
}

impl Clerk {
    /// A clerk under the name `consumer`, unique among processes.
    pub fn new(log: Arc<dyn Log>, dispatch: Dispatch, consumer: String, clock: fn() -> Timestamp) -> Self {
        Self { log, dispatch, consumer, clock }
    }

    /// Runs until `stop`.
    ///
    /// # Errors
    ///
    /// What the log says; to be started again.
    pub async fn run(&self, stop: CancellationToken) -> Result<(), LogError> {
        self.log.ensure_group(GROUP, &FAMILIES, Start::Newest).await?;
        // What this consumer took before it last ended is its own to finish.
        let mut idle = Duration::ZERO;
        let mut claim_at = tokio::time::Instant::now();
        while !stop.is_cancelled() {
            if claim_at <= tokio::time::Instant::now() {
                let orphans = self.log.claim(GROUP, &self.consumer, &FAMILIES, idle, BATCH).await?;
                if orphans.len() < BATCH {
                    claim_at = tokio::time::Instant::now() + CLAIM_EVERY;
                    idle = ORPHANED;
                }
                self.take(orphans, &stop).await?;
            }
            let batch = tokio::select! {
                batch = self.log.read_group(GROUP, &self.consumer, &FAMILIES, BATCH, WAIT) => batch?,
                () = stop.cancelled() => break,
            };
            self.take(batch, &stop).await?;
        }
        Ok(())
    }

    async fn take(&self, batch: Vec<Delivery>, stop: &CancellationToken) -> Result<(), LogError> {
        if batch.is_empty() {
            return Ok(());
        }
        let places: Vec<(StreamId, EntryId)> =
            batch.iter().map(|delivery| (delivery.entry.stream, delivery.entry.id)).collect();
        let mut moves = Vec::new();
        for Delivery { entry, times } in batch {
            match (&entry.event.data, entry.stream.family) {
                (EventData::CommandIssued(command), Family::Command) => {
                    let flow = self.answer(command, &entry.event, times, stop).await?;
                    if flow.is_break() {
                        return Ok(()); // stopping: the rest stays pending and is taken again
                    }
                }
                (EventData::TripStatusChanged(_), Family::Event) => moves.push(entry.event),
                _ => {}
            }
        }
        if !moves.is_empty() {
            self.follow(&moves).await?;
        }
        self.log.ack(GROUP, &places).await
    }

    /// Does a command that was delivered so many times, or says why not; breaks off when
    /// stopped while the store was away.
    async fn answer(
        &self,
        command: &Command,
        event: &Event,
        times: u64,
        stop: &CancellationToken,
    ) -> Result<ControlFlow<()>, LogError> {
        if matches!(command, Command::AcknowledgeAlert(_)) {
            return Ok(ControlFlow::Continue(()));
        }
        let now = (self.clock)();
        let when = Occasion { correlation_id: event.correlation_id, happened: event.ts, now };
        let late = now.seconds_since(event.recorded_at);
        let outcome = loop {
            if late > TOO_LATE_S {
                break Err(format!(
                    "it was asked for {:.0} minutes ago, when no service was there",
                    late / 60.0
                ));
            }
            match self.dispatch.carry_out(command, when).await {
                Ok(()) => break Ok(()),
                Err(Refusal::Log(error)) => return Err(error),
                Err(refusal) if refusal.is_retryable() => {
                    warn!(%refusal, "a command waits for the store");
                    tokio::select! {
                        () = tokio::time::sleep(PAUSE) => {}
                        () = stop.cancelled() => return Ok(ControlFlow::Break(())),
                    }
                }
                // It does not hold any more because it was done.
                Err(_) if times > 1 && self.was_done(command, event).await? => break Ok(()),
                Err(refusal) => break Err(refusal.to_string()),
            }
        };
        let told = match outcome {
            Ok(()) => {
                info!(command = command.name(), by = command.by(), key = event.key, "command done");
                Event { recorded_at: now, ..event.clone() }
            }
            Err(reason) => {
                info!(
                    command = command.name(),
                    by = command.by(),
                    key = event.key,
                    reason,
                    "command refused"
                );
                self.refused(event, reason, now)
            }
        };
        self.log.append(&[(Family::Event, told)]).await?;
        Ok(ControlFlow::Continue(()))
    }

    /// Whether the log has it, since it was asked for, that a command was done.
    async fn was_done(&self, command: &Command, event: &Event) -> Result<bool, LogError> {
        for partition in self.log.partitions().all() {
            let stream = StreamId { partition, family: Family::Event };
            let mut after = self.log.before(stream, event.recorded_at).await?;
            loop {
                let entries = self.log.read(stream, after, BATCH).await?;
                let Some(last) = entries.last() else { break };
                after = last.id;
                let told = entries.iter().map(|entry| &entry.event);
                let mut told = told.filter(|told| told.correlation_id == event.correlation_id);
                if told.any(|told| is_done_by(command, &told.data)) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn refused(&self, event: &Event, reason: String, now: Timestamp) -> Event {
        let id = Derivation {
            kind: "error.occurred",
            key: &event.key,
            subject: &event.id.to_string(),
            start: event.ts,
            phase: "refused",
            revision: 0,
        };
        Event {
            id: EventId(id.uuid()),
            recorded_at: now,
            data: EventData::ErrorOccurred(Failure { component: GROUP.to_owned(), message: reason }),
            ..event.clone()
        }
    }

    /// Brings the picture's trips up to what was said of them.
    async fn follow(&self, moves: &[Event]) -> Result<(), LogError> {
        let mut trips: Vec<(Trip, Trip)> = Vec::new();
        for record in self.log.meta().await? {
            if let Meta::Trip(trip) = record {
                trips.push((trip.clone(), trip));
            }
        }
        for event in moves {
            if let EventData::TripStatusChanged(change) = &event.data
                && let Some((_, trip)) = trips.iter_mut().find(|(_, trip)| trip.id == change.trip)
            {
                trip.hear(change, event.ts);
            }
        }
        let changed: Vec<Meta> = trips
            .into_iter()
            .filter(|(before, after)| before != after)
            .map(|(_, after)| Meta::Trip(after))
            .collect();
        if !changed.is_empty() {
            debug!(trips = changed.len(), "the picture's trips follow");
            self.log.put_meta(&changed).await?;
        }
        Ok(())
    }
}

/// Whether what was told is what a command asks for. Of others than these a second time
/// is none: nothing changes by them.
fn is_done_by(command: &Command, told: &EventData) -> bool {
    match (command, told) {
        (Command::RemoveGeofence { geofence, .. }, EventData::GeofenceRemoved(gone)) => gone.id == *geofence,
        (Command::MoveTrip { trip, to, .. }, EventData::TripStatusChanged(change)) => {
            change.trip == *trip && change.to == *to
        }
        _ => false,
    }
}
