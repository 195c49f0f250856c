//! The writer: a consumer group that carries the log into the store.
//!
//! Entries are acknowledged after the store's commit and not before. A batch
//! the store refuses is halved until the entry to blame stands alone; that one
//! goes to the dead letters with the reason, and the rest is stored. A store that
//! is away, or not as it should be, is no entry's fault: it is waited for.

use std::{sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData, Failure},
        id::EventId,
        time::Timestamp,
    },
    ports::{
        log::{Delivery, EntryId, Family, Log, LogError, Start, StreamId},
        store::{Store, StoreError, Written},
    },
};

/// The group's name.
pub const GROUP: &str = "writer";
/// What it carries.
const FAMILIES: [Family; 3] = [Family::Raw, Family::Position, Family::Event];
/// Entries in one transaction.
const BATCH: usize = 2_000;
/// How long a read waits for input.
const WAIT: Duration = Duration::from_millis(500);
/// An entry pending this long belonged to a writer that died.
const ORPHANED: Duration = Duration::from_secs(60);
/// Between looks for orphans.
const CLAIM_EVERY: Duration = Duration::from_secs(30);

/// The writer of one process.
pub struct Writer {
    log: Arc<dyn Log>,
    store: Arc<dyn Store>,
    consumer: String,
    clock: fn() -> Timestamp,
}

impl Writer {
    /// A writer under the name `consumer`, unique among processes.
    pub fn new(log: Arc<dyn Log>, store: Arc<dyn Store>, consumer: String, clock: fn() -> Timestamp) -> Self {
        Self { log, store, consumer, clock }
    }

    /// Runs until `stop`; a batch begun is finished first.
    pub async fn run(&self, stop: CancellationToken) -> Result<(), LogError> {
        self.log.ensure_group(GROUP, &FAMILIES, Start::Oldest).await?;
        // What this consumer took before it last ended is its own to finish.
        let mut claim_idle = Duration::ZERO;
        let mut claim_at = tokio::time::Instant::now();
        while !stop.is_cancelled() {
            if claim_at <= tokio::time::Instant::now() {
                let orphans = self.log.claim(GROUP, &self.consumer, &FAMILIES, claim_idle, BATCH).await?;
                if orphans.len() < BATCH {
                    claim_at = tokio::time::Instant::now() + CLAIM_EVERY;
                    claim_idle = ORPHANED;
                }
                self.carry(orphans, &stop).await?;
            }
            let batch = tokio::select! {
                batch = self.log.read_group(GROUP, &self.consumer, &FAMILIES, BATCH, WAIT) => batch?,
                () = stop.cancelled() => break,
            };
            self.carry(batch, &stop).await?;
        }
        Ok(())
    }

    async fn carry(&self, batch: Vec<Delivery>, stop: &CancellationToken) -> Result<(), LogError> {
        // Halves still to be stored; the last is next, so order is kept.
        let mut parts: Vec<Vec<Delivery>> = if batch.is_empty() { Vec::new() } else { vec![batch] };
        while let Some(mut part) = parts.pop() {
            let events: Vec<Event> = part.iter().map(|delivery| delivery.entry.event.clone()).collect();
            let Some(outcome) = self.store_patiently(&events, stop).await else {
                return Ok(()); // stopping: the rest stays pending and is taken again
            };
            match outcome {
                Ok(written) => {
                    count(&written);
                    self.log.ack(GROUP, &places(&part)).await?;
                }
                Err(_) if part.len() > 1 => {
                    let second = part.split_off(part.len() / 2);
                    parts.push(second);
                    parts.push(part);
                }
                Err(reason) => {
                    self.bury(&part[0], &reason).await?;
                    self.log.ack(GROUP, &places(&part)).await?;
                }
            }
        }
        Ok(())
    }

    /// Writes, waiting for as long as the store is away or unusable: what is wrong
    /// with it then is wrong for every entry, and somebody will mend it. `None`:
    /// stopped meanwhile.
    async fn store_patiently(
        &self,
        events: &[Event],
        stop: &CancellationToken,
    ) -> Option<Result<Written, StoreError>> {
        let mut pauses = ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(10))
            .without_max_times()
            .build();
        loop {
            match self.store.write(events).await {
                Err(error) if error.is_retryable() || matches!(error, StoreError::Unusable { .. }) => {
                    warn!(%error, entries = events.len(), "store takes nothing, the writer waits");
                    metrics::counter!("watchtower_writer_retries_total").increment(1);
                    let pause = pauses.next().unwrap_or(Duration::from_secs(10));
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = stop.cancelled() => return None,
                    }
                }
                outcome => return Some(outcome),
            }
        }
    }

    async fn bury(&self, delivery: &Delivery, reason: &StoreError) -> Result<(), LogError> {
        let entry = &delivery.entry;
        error!(
            stream = %entry.stream, entry.id = %entry.id, event.id = %entry.event.id, error = %reason,
            "store refuses an entry, it goes to the dead letters"
        );
        metrics::counter!("watchtower_dead_letters_total", "group" => GROUP).increment(1);
        let failure = Event {
            id: EventId(Uuid::now_v7()),
            ts: entry.event.ts,
            recorded_at: (self.clock)(),
            key: entry.event.key.clone(),
            correlation_id: entry.event.correlation_id,
            data: EventData::ErrorOccurred(Failure {
                component: GROUP.to_owned(),
                message: format!(
                    "{} {} ({}): {reason}",
                    entry.stream,
                    entry.id,
                    entry.event.data.type_name()
                ),
            }),
        };
        let letters = [(Family::DeadLetter, entry.event.clone()), (Family::DeadLetter, failure)];
        self.log.append(&letters).await.map(|_| ())
    }
}

fn places(part: &[Delivery]) -> Vec<(StreamId, EntryId)> {
    part.iter().map(|delivery| (delivery.entry.stream, delivery.entry.id)).collect()
}

fn count(written: &Written) {
    metrics::counter!("watchtower_written_positions_total").increment(written.positions);
    metrics::counter!("watchtower_duplicate_positions_total").increment(written.duplicate_positions);
    metrics::counter!("watchtower_written_events_total").increment(written.events);
    metrics::counter!("watchtower_duplicate_events_total").increment(written.duplicate_events);
}
