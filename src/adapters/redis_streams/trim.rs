//! Trimming: by age, but never past what somebody still needs.

use std::sync::LazyLock;

use redis::Script;
use watchtower_core::ports::log::{Family, Keep, LogError, StreamId};

use super::{RedisLog, keys, ledger::Field};

static TRIM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("trim.lua")));
/// As many entries are removed by one call: the server does nothing else meanwhile.
const BATCH: u64 = 10_000;

impl RedisLog {
    pub(super) async fn trim_stream(&self, stream: StreamId, keep: Keep) -> Result<u64, LogError> {
        let age = u64::try_from(keep.age.as_millis()).unwrap_or(u64::MAX);
        let snapshot = match stream.family {
            Family::Position => Field::SnapshotPosition.name(),
            Family::Command => Field::SnapshotCommand.name(),
            Family::Raw | Family::Event | Family::DeadLetter => "",
        };
        let mut trim = TRIM.key(stream.to_string());
        trim.key(keys::engine(stream.partition)).arg(age).arg(keep.at_least).arg(snapshot).arg(BATCH);
        let mut removed = 0;
        loop {
            match self.link.script::<u64>(&trim).await? {
                0 => return Ok(removed),
                some => removed += some,
            }
        }
    }
}
