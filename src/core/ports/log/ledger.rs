//! The engine's exactly-once bookkeeping: leases, progress, snapshots, commits.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{EntryId, LogError, Partition};
use crate::domain::{event::Event, live::LiveState};

/// How far the engine has read a partition's inputs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    /// Last entry of the `position` stream taken.
    pub position: EntryId,
    /// Last entry of the `command` stream taken.
    pub command: EntryId,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.position, self.command)
    }
}

/// Proof of being the one engine of a partition. Grows with every lease.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct FencingToken(pub u64);

/// Everything one engine step changes, applied whole or not at all.
#[derive(Debug)]
pub struct Commit<'a> {
    /// Which partition.
    pub partition: Partition,
    /// Proof of the lease.
    pub token: FencingToken,
    /// Where the engine was.
    pub from: Progress,
    /// Where it is now.
    pub to: Progress,
    /// What it derived, for the `event` stream. Keys may lie in this partition only.
    pub events: &'a [Event],
    /// Vehicles whose live state changed.
    pub live: &'a [LiveState],
    /// The engine's state after this step, when it is time to keep one.
    pub snapshot: Option<&'a [u8]>,
}

/// What a new leaseholder starts from.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Checkpoint {
    /// The progress last committed. Derived events up to here are in the log.
    pub progress: Progress,
    /// The last snapshot and the progress it stands for, at or before `progress`:
    /// inputs between the two are stepped again and their output discarded.
    pub snapshot: Option<(Progress, Vec<u8>)>,
}

/// The engine's exactly-once bookkeeping.
#[async_trait]
pub trait EngineLedger: Send + Sync {
    /// Takes or renews the lease of a partition for `ttl`. `None`: another owner
    /// has it. The token changes when the owner does.
    async fn lease(
        &self,
        partition: Partition,
        owner: &str,
        ttl: Duration,
    ) -> Result<Option<FencingToken>, LogError>;

    /// Says that the engine `owner` is at work for `ttl` from now (zero: no
    /// longer), and returns how many are, so that each takes its share of the
    /// partitions. A log that serves one process need not count.
    async fn muster(&self, owner: &str, ttl: Duration) -> Result<usize, LogError> {
        let _ = owner;
        Ok(usize::from(!ttl.is_zero()))
    }

    /// Gives a lease back, so that another need not wait for its end.
    async fn release(&self, partition: Partition, token: FencingToken) -> Result<(), LogError>;

    /// Where the partition's engine stands.
    async fn checkpoint(&self, partition: Partition) -> Result<Checkpoint, LogError>;

    /// Applies a step atomically: refuses with [`LogError::Fenced`] when the
    /// token is old, with [`LogError::OutOfStep`] when `from` is not what is
    /// stored. Returns the ids of the appended events.
    async fn commit(&self, commit: Commit<'_>) -> Result<Vec<EntryId>, LogError>;
}
