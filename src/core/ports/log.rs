//! The event log: partitioned, append-only, with consumer groups, a ledger of
//! the engine's progress and the live picture beside it.
//!
//! Three traits over one medium, because three kinds of code use it: everybody
//! appends and reads ([`EventLog`]), the engine commits ([`EngineLedger`]), a
//! dashboard paints its first frame ([`LivePicture`]).

use std::{collections::BTreeSet, fmt, str::FromStr, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::domain::{event::Event, time::Timestamp};

mod ledger;
mod picture;

pub use ledger::{Checkpoint, Commit, EngineLedger, FencingToken, Progress};
pub use picture::{FootprintNews, LivePicture, Meta};

/// The number of partitions, fixed when a log is set up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Partitions(u16);

impl Partitions {
    /// The number used unless set otherwise, on a single Redis too, so that
    /// growing to a cluster moves nothing.
    pub const DEFAULT: Self = Self(16);
    /// The most partitions a log may have.
    pub const MAX: u16 = 1024;

    /// `None` unless 1 ≤ `count` ≤ [`Partitions::MAX`].
    pub fn new(count: u16) -> Option<Self> {
        (1..=Self::MAX).contains(&count).then_some(Self(count))
    }

    /// How many.
    pub const fn count(self) -> u16 {
        self.0
    }

    /// The partition of a key: CRC-32 (IEEE) modulo the count.
    pub fn of(self, key: &str) -> Partition {
        Partition((crc32fast::hash(key.as_bytes()) % u32::from(self.0)) as u16)
    }

    /// A key that lies in `partition`, for entries that are about no vehicle
    /// and must reach its engine: `tick-…`.
    pub fn tick_key(self, partition: Partition) -> String {
        (0_u32..)
            .map(|number| format!("tick-{number}"))
            .find(|key| self.of(key) == partition)
            .expect("CRC-32 reaches every partition")
    }

    /// All of them.
    pub fn all(self) -> impl Iterator<Item = Partition> {
        (0..self.0).map(Partition)
    }
}

/// One partition.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Partition(pub u16);

/// The families of streams.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Family {
    /// Requests as they were sent.
    Raw,
    /// Input of the engine: fixes, reported alerts, ticks; of a period that is played, what
    /// was said of trips, too.
    Position,
    /// Everything derived.
    Event,
    /// Changes asked for.
    Command,
    /// Messages no handler could digest.
    DeadLetter,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 5] = [Self::Raw, Self::Position, Self::Event, Self::Command, Self::DeadLetter];

    /// The name in a stream's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Position => "position",
            Self::Event => "event",
            Self::Command => "command",
            Self::DeadLetter => "dead-letter",
        }
    }
}

/// One stream: `watchtower:{<partition>}:<family>`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct StreamId {
    /// Which partition.
    pub partition: Partition,
    /// Which family.
    pub family: Family,
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "watchtower:{{{}}}:{}", self.partition.0, self.family.name())
    }
}

/// Where an entry stands in its stream. Ordered; otherwise opaque.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub struct EntryId {
    /// The major part: milliseconds on Redis, a row number when embedded.
    pub major: u64,
    /// Tells entries with one major part apart.
    pub minor: u64,
}

impl EntryId {
    /// Before every entry.
    pub const ZERO: Self = Self { major: 0, minor: 0 };
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.major, self.minor)
    }
}

impl FromStr for EntryId {
    type Err = LogError;
    fn from_str(text: &str) -> Result<Self, LogError> {
        let parse = || {
            let (major, minor) = text.split_once('-')?;
            Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? })
        };
        parse().ok_or_else(|| LogError::Corrupt { what: format!("entry id {text:?}") })
    }
}

/// An event where it stands in the log.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// Which stream.
    pub stream: StreamId,
    /// Where in it.
    pub id: EntryId,
    /// What.
    pub event: Event,
}

/// An entry handed to a consumer of a group.
#[derive(Clone, PartialEq, Debug)]
pub struct Delivery {
    /// The entry.
    pub entry: Entry,
    /// How often it has been delivered, this time included.
    pub times: u64,
}

/// Where a new group begins to read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start {
    /// With the oldest entry kept.
    Oldest,
    /// With what comes from now on.
    Newest,
}

/// How much of a stream to keep. Trimming never passes what a group has not
/// acknowledged or an engine's snapshot still needs: where there is no snapshot
/// yet, all of `position` and `command`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Keep {
    /// Entries younger than this are kept.
    pub age: Duration,
    /// At least this many of the newest are kept, whatever their age.
    pub at_least: u64,
    /// A group nobody has read for longer than this is given up: it holds nothing back
    /// any more. One that was never read may be waited for.
    pub patience: Duration,
    /// But this one is waited for, however long: what it has not read is nowhere else.
    pub vital: &'static str,
}

/// What trimming did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Trimmed {
    /// Entries that went.
    pub entries: u64,
    /// Groups that were given up.
    pub given_up: BTreeSet<String>,
}

/// Why the log could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// It cannot be reached, or did not answer in time; trying again may help.
    #[error("event log unavailable: {reason}")]
    Unavailable {
        /// What the driver said, without secrets.
        reason: String,
    },
    /// It was set up for another number of partitions.
    #[error("event log has {found} partitions, configured are {expected}")]
    Partitions {
        /// Stored beside the data.
        found: u16,
        /// Configured.
        expected: u16,
    },
    /// Another engine holds the partition now.
    #[error("partition {} is leased to another engine", partition.0)]
    Fenced {
        /// Which.
        partition: Partition,
    },
    /// The engine's view of its own progress is not the log's.
    #[error("partition {}: engine was at {expected}, the log says {found}", partition.0)]
    OutOfStep {
        /// Which.
        partition: Partition,
        /// What the engine thought.
        expected: Progress,
        /// What is stored.
        found: Progress,
    },
    /// The server is too old, or lacks something needed.
    #[error("event log unusable: {reason}")]
    Unusable {
        /// What is missing.
        reason: String,
    },
    /// Something stored cannot be read back.
    #[error("event log holds something unreadable: {what}")]
    Corrupt {
        /// What, and where.
        what: String,
    },
}

impl LogError {
    /// Whether the same call may succeed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

/// Appending and reading.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// How many partitions.
    fn partitions(&self) -> Partitions;

    /// Appends each event to the stream of its family and its key's partition.
    /// When this returns, all of them are accepted by the log; on error any
    /// prefix may be, and appending again is harmless because ids are derived.
    async fn append(&self, events: &[(Family, Event)]) -> Result<Vec<EntryId>, LogError>;

    /// Entries of a stream after `after`, oldest first, at most `limit`; does
    /// not wait. Entries that cannot be read are left out, counted and logged.
    async fn read(&self, stream: StreamId, after: EntryId, limit: usize) -> Result<Vec<Entry>, LogError>;

    /// The id of the newest entry, [`EntryId::ZERO`] when there is none.
    async fn newest(&self, stream: StreamId) -> Result<EntryId, LogError>;

    /// The cursor after which the entries recorded at or after `at` begin.
    async fn before(&self, stream: StreamId, at: Timestamp) -> Result<EntryId, LogError>;

    /// Entries of several streams after their cursors, which are moved past what
    /// is returned (or left out as unreadable); waits up to `wait` for the first.
    /// At most `limit` in all; per stream in order; no stream is starved.
    async fn tail(
        &self,
        cursors: &mut [(StreamId, EntryId)],
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Entry>, LogError>;

    /// Makes sure a group exists on the streams of `families` in every partition.
    async fn ensure_group(&self, group: &str, families: &[Family], start: Start) -> Result<(), LogError>;

    /// Entries not yet delivered to the group; waits up to `wait` for the first.
    /// At most `limit`, or one a stream where that is more. What was delivered to
    /// this consumer but cannot have reached it (the call was dropped, the
    /// connection or the process broke) may come first, and its `times` tells.
    /// One reader a consumer's name.
    async fn read_group(
        &self,
        group: &str,
        consumer: &str,
        families: &[Family],
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>, LogError>;

    /// Takes over entries delivered to any consumer of the group (this one
    /// included) at least `idle` ago and not acknowledged since.
    async fn claim(
        &self,
        group: &str,
        consumer: &str,
        families: &[Family],
        idle: Duration,
        limit: usize,
    ) -> Result<Vec<Delivery>, LogError>;

    /// Acknowledges entries for the group.
    async fn ack(&self, group: &str, entries: &[(StreamId, EntryId)]) -> Result<(), LogError>;

    /// Removes what need not be kept.
    async fn trim(&self, stream: StreamId, keep: Keep) -> Result<Trimmed, LogError>;
}

/// The three together: what an adapter provides.
pub trait Log: EventLog + EngineLedger + LivePicture {}

impl<T: EventLog + EngineLedger + LivePicture> Log for T {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_crc32_of_the_key() {
        // CRC-32/ISO-HDLC of "123456789" is 0xCBF43926.
        assert_eq!(Partitions::DEFAULT.of("123456789"), Partition((0xCBF4_3926_u32 % 16) as u16));
        assert_eq!(Partitions::new(0), None);
        assert_eq!(Partitions::new(1025), None);
    }

    #[test]
    fn streams_carry_a_cluster_hash_tag() {
        let stream = StreamId { partition: Partition(7), family: Family::DeadLetter };
        assert_eq!(stream.to_string(), "watchtower:{7}:dead-letter");
    }

    #[test]
    fn entry_ids_round_trip_and_sort_by_number() {
        let (nine, ten): (EntryId, EntryId) = ("9-2".parse().unwrap(), "10-0".parse().unwrap());
        assert!(nine < ten);
        assert_eq!(ten.to_string(), "10-0");
        assert!("ten".parse::<EntryId>().is_err());
    }
}
