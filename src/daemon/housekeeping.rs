//! Keeping house: days made ready ahead of need, history and streams let go
//! when their time is over.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::Days;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use watchtower_core::{
    domain::time::Timestamp,
    ports::{
        history::HistoryAge,
        log::{Family, Keep, Log, StreamId},
        store::Store,
    },
};

use super::writer;

/// Between rounds.
const ROUND: Duration = Duration::from_secs(600);
/// Days made ready ahead of today.
const AHEAD: u64 = 3;
/// Entries of a stream that stay whatever their age, so that a dashboard
/// attaching after a quiet night still finds trails.
const AT_LEAST: u64 = 1_000;
/// Positions and derived events stay in the log this long; the store has them.
const LOG_AGE: Duration = Duration::from_secs(24 * 3_600);

/// What to keep, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Housekeeping {
    /// Raw requests, in the log and in the store.
    pub raw: Duration,
    /// Positions, and what is told of them, in the store.
    pub history: HistoryAge,
}

impl Housekeeping {
    /// Runs until `stop`. What fails is logged and tried again next round.
    pub async fn run(
        self,
        log: Arc<dyn Log>,
        store: Arc<dyn Store>,
        clock: fn() -> Timestamp,
        stop: CancellationToken,
    ) {
        let mut told_on = None;
        loop {
            let now = clock();
            self.round(&*log, &*store, now).await;
            // What is told goes by days: looking through all of it once a day is enough.
            let today = now.to_utc().date_naive();
            if told_on != Some(today) {
                told_on = self.retain_told(&*store, now).await.then_some(today);
            }
            tokio::select! {
                () = tokio::time::sleep(ROUND) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Whether it worked.
    async fn retain_told(self, store: &dyn Store, now: Timestamp) -> bool {
        let kept = store.retain_history(now, self.history).await;
        if let Err(error) = &kept {
            warn!(%error, "retention of what is told failed");
        }
        kept.is_ok()
    }

    async fn round(self, log: &dyn Log, store: &dyn Store, now: Timestamp) {
        let today = now.to_utc().date_naive();
        let days: Vec<_> = (0..=AHEAD).filter_map(|ahead| today.checked_add_days(Days::new(ahead))).collect();
        if let Err(error) = store.ensure_days(&days).await {
            warn!(%error, "days ahead could not be made ready");
        }
        match store.retain(now, self.history.positions).await {
            Ok(gone) if gone.is_empty() => {}
            Ok(gone) => info!(days = ?gone, "history past its retention was dropped"),
            Err(error) => warn!(%error, "retention failed"),
        }
        if let Err(error) = store.retain_requests(now, self.raw).await {
            warn!(%error, "retention of raw requests failed");
        }
        let (mut trimmed, mut given_up) = (0, BTreeSet::new());
        for partition in log.partitions().all() {
            for family in Family::ALL {
                let age = match family {
                    Family::Raw | Family::DeadLetter => self.raw,
                    Family::Position | Family::Event | Family::Command => LOG_AGE,
                };
                let patience = self.history.positions;
                let keep = Keep { age, at_least: AT_LEAST, patience, vital: writer::GROUP };
                match log.trim(StreamId { partition, family }, keep).await {
                    Ok(done) => {
                        trimmed += done.entries;
                        given_up.extend(done.given_up);
                    }
                    Err(error) => return warn!(%error, "trimming failed"),
                }
            }
        }
        for group in given_up {
            warn!(
                log.group = group,
                days = self.history.positions.as_secs() / 86_400,
                "nobody has read as this group for that long: what it has not read is let go"
            );
        }
        metrics::counter!("watchtower_trimmed_entries_total").increment(trimmed);
    }
}
