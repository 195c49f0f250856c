//! Trimming: by age, but never past what somebody still needs.

use std::sync::LazyLock;

use redis::Script;
use watchtower_core::ports::log::{Family, Keep, LogError, StreamId, Trimmed};

use super::{RedisLog, keys, ledger::Field};

static TRIM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("trim.lua")));
/// As many entries are removed by one call: the server does nothing else meanwhile.
const BATCH: u64 = 10_000;

impl RedisLog {
    pub(super) async fn trim_stream(&self, stream: StreamId, keep: Keep) -> Result<Trimmed, LogError> {
        let [age, patience] =
            [keep.age, keep.patience].map(|span| u64::try_from(span.as_millis()).unwrap_or(u64::MAX));
        let snapshot = match stream.family {
            Family::Position => Field::SnapshotPosition.name(),
            Family::Command => Field::SnapshotCommand.name(),
            Family::Raw | Family::Event | Family::DeadLetter => "",
        };
        let mut trim = TRIM.key(stream.to_string());
        trim.key(keys::engine(stream.partition))
            .arg(age)
            .arg(keep.at_least)
            .arg(snapshot)
            .arg(BATCH)
            .arg(patience)
            .arg(keep.vital);
        let mut trimmed = Trimmed::default();
        loop {
            let (entries, given_up): (u64, Vec<String>) = self.link.script(&trim).await?;
            trimmed.given_up.extend(given_up);
            trimmed.entries += entries;
            if entries == 0 {
                return Ok(trimmed);
            }
        }
    }
}
