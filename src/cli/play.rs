//! Playing: what happened goes into a log in time, or as fast as it takes it, and ticks
//! between tell the engines what time it is.
//!
//! The fixes keep their own times: they come from event-clock sources, whose "now" is
//! the newest time played.

use std::{collections::HashSet, pin::pin, str::FromStr, sync::Arc, time::Duration};

use anyhow::Context;
use futures::{Stream, StreamExt};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use watchtower_core::{
    domain::{
        event::{Event, EventData, Tick},
        id::CorrelationId,
        position::Clock,
        time::Timestamp,
    },
    ports::log::{Family, Log},
};

use super::wall_clock;
use crate::daemon::ticks::ticks;

/// Between two appends while playing in time.
const BEAT: Duration = Duration::from_millis(50);
/// Entries in one append, about: fixes and the ticks between them.
const BATCH: usize = 2_000;
/// Event time between ticks.
const TICK: Duration = Duration::from_secs(60);

/// How fast is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Speed {
    /// So much faster than it happened.
    Times(f64),
    /// As fast as the log takes it.
    Max,
}

impl FromStr for Speed {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.parse::<f64>()) {
            ("max", _) => Ok(Self::Max),
            (_, Ok(times)) if times.is_finite() && times > 0.0 => Ok(Self::Times(times)),
            _ => Err("is neither a number above 0 nor \"max\""),
        }
    }
}

/// Plays into a log.
pub(super) struct Player {
    pub(super) log: Arc<dyn Log>,
    pub(super) correlation_id: CorrelationId,
    pub(super) speed: Speed,
    /// What happened before is played at once; none: the first event begins it.
    pub(super) begin: Option<Timestamp>,
}

/// What has been played.
#[derive(Default)]
pub(super) struct Played {
    pub(super) fixes: u64,
    /// Of different moments or vehicles.
    pub(super) distinct: u64,
    /// Whose fixes of the newest moment are known.
    newest: (Timestamp, HashSet<String>),
}

impl Played {
    fn count(&mut self, event: &Event) {
        if !matches!(event.data, EventData::PositionUpdated(_)) {
            return;
        }
        if event.ts > self.newest.0 {
            self.newest.1.clear();
        }
        self.newest.0 = event.ts;
        self.fixes += 1;
        self.distinct += u64::from(self.newest.1.insert(event.key.clone()));
    }
}

impl Player {
    /// Plays events that come in order of time until they end, or until `stop`.
    pub(super) async fn play(
        &self,
        events: impl Stream<Item = anyhow::Result<Event>>,
        stop: &CancellationToken,
    ) -> anyhow::Result<Played> {
        let mut events = pin!(events.peekable());
        let mut played = Played::default();
        let first = match events.as_mut().peek().await {
            None => return Ok(played),
            Some(Ok(event)) => event.ts,
            // Told with the first batch.
            Some(Err(_)) => Timestamp::default(),
        };
        let (started, begin) = (Instant::now(), self.begin.map_or(first, |begin| begin.max(first)));
        let (mut tick_at, mut last) = (first.plus(TICK), first);
        while !stop.is_cancelled() {
            let now = match self.speed {
                Speed::Max => None,
                Speed::Times(times) => Some(begin.plus(started.elapsed().mul_f64(times))),
            };
            let mut batch = Vec::with_capacity(BATCH);
            let is_due = |next: &anyhow::Result<Event>| {
                next.as_ref().map_or(true, |event| now.is_none_or(|now| event.ts <= now))
            };
            while batch.len() < BATCH
                && let Some(event) = events.as_mut().next_if(is_due).await
            {
                let event = event?;
                // A tick stands between what was before it and what comes after.
                while tick_at <= event.ts {
                    batch.extend(self.ticks(tick_at));
                    tick_at = tick_at.plus(TICK).max(event.ts);
                }
                last = event.ts;
                played.count(&event);
                // What was said goes the way of the fixes, to be heard between the same two.
                batch.push((Family::Position, event));
            }
            let is_full = batch.len() >= BATCH;
            if !batch.is_empty() {
                self.append(batch, stop).await?;
            }
            if events.as_mut().peek().await.is_none() {
                self.append(self.ticks(last.plus(TICK)), stop).await?;
                break;
            }
            if !is_full {
                tokio::select! {
                    () = sleep(BEAT) => {}
                    () = stop.cancelled() => {}
                }
            }
        }
        Ok(played)
    }

    async fn append(&self, events: Vec<(Family, Event)>, stop: &CancellationToken) -> anyhow::Result<()> {
        loop {
            match self.log.append(&events).await {
                Ok(_) => return Ok(()),
                // Appending again is harmless: the ids come from the data.
                Err(error) if error.is_retryable() && !stop.is_cancelled() => {
                    warn!(%error, "log is away, playing waits");
                    sleep(Duration::from_secs(1)).await;
                }
                Err(error) => return Err(error).context("a batch could not be appended"),
            }
        }
    }

    fn ticks(&self, now: Timestamp) -> Vec<(Family, Event)> {
        let (partitions, tick) = (self.log.partitions(), Tick { clock: Clock::Event, now });
        ticks(partitions, partitions.all(), tick, wall_clock(), self.correlation_id)
    }
}
