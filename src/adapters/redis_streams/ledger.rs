//! The engine's bookkeeping: leases, steps, snapshots.
//!
//! An answer to a commit that is lost leaves the caller not knowing; when it
//! commits again, [`LogError::OutOfStep`] with `found` equal to its own `to` says
//! that the first went through.

use std::{sync::LazyLock, time::Duration};

use async_trait::async_trait;
use redis::Script;
use watchtower_core::ports::log::{
    Checkpoint, Commit, EngineLedger, EntryId, Family, FencingToken, LogError, Partition, Progress, StreamId,
};

use super::{RedisLog, error::unexpected, keys};

static LEASE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lease.lua")));
static MUSTER: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("muster.lua")));
static RELEASE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("release.lua")));
static COMMIT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("commit.lua")));

/// Fields of the engine's hash, as the scripts name them.
#[derive(Clone, Copy)]
pub(super) enum Field {
    Position,
    Command,
    Snapshot,
    SnapshotPosition,
    SnapshotCommand,
}

impl Field {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Position => "position",
            Self::Command => "command",
            Self::Snapshot => "snapshot",
            Self::SnapshotPosition => "snapshot_position",
            Self::SnapshotCommand => "snapshot_command",
        }
    }
}

#[async_trait]
impl EngineLedger for RedisLog {
    async fn lease(
        &self,
        partition: Partition,
        owner: &str,
        ttl: Duration,
    ) -> Result<Option<FencingToken>, LogError> {
        let mut lease = LEASE.key(keys::lease(partition));
        lease.key(keys::engine(partition)).arg(owner).arg(ttl.as_millis().max(1) as u64);
        Ok(self.link.script::<Option<u64>>(&lease).await?.map(FencingToken))
    }

    async fn muster(&self, owner: &str, ttl: Duration) -> Result<usize, LogError> {
        let mut muster = MUSTER.key(keys::ENGINES);
        self.link.script(muster.arg(owner).arg(ttl.as_millis() as u64)).await
    }

    async fn release(&self, partition: Partition, token: FencingToken) -> Result<(), LogError> {
        let mut release = RELEASE.key(keys::lease(partition));
        self.link.script(release.key(keys::engine(partition)).arg(token.0)).await
    }

    async fn checkpoint(&self, partition: Partition) -> Result<Checkpoint, LogError> {
        type Fields = (Option<String>, Option<String>, Option<String>, Option<String>, Option<Vec<u8>>);
        let mut get = redis::cmd("HMGET");
        get.arg(keys::engine(partition));
        for field in [
            Field::Position,
            Field::Command,
            Field::SnapshotPosition,
            Field::SnapshotCommand,
            Field::Snapshot,
        ] {
            get.arg(field.name());
        }
        let (position, command, at_position, at_command, state): Fields = self.link.query(&get).await?;
        let snapshot = match state {
            Some(state) => Some((progress(at_position, at_command)?, state)),
            None => None,
        };
        Ok(Checkpoint { progress: progress(position, command)?, snapshot })
    }

    async fn commit(&self, step: Commit<'_>) -> Result<Vec<EntryId>, LogError> {
        let Commit { partition, token, from, to, events, live, snapshot } = step;
        let mut commit = COMMIT.key(keys::engine(partition));
        commit.key(StreamId { partition, family: Family::Event }.to_string()).key(keys::live(partition));
        commit.arg(token.0);
        for id in [from.position, from.command, to.position, to.command] {
            commit.arg(id.to_string());
        }
        commit.arg(events.len()).arg(live.len());
        commit.arg(u8::from(snapshot.is_some())).arg(snapshot.unwrap_or_default());
        for event in events {
            commit.arg(event.data.type_name()).arg(event.to_json());
        }
        for state in live {
            let json = serde_json::to_string(state).expect("a live state holds nothing JSON cannot");
            commit.arg(state.vehicle.as_str()).arg(json);
        }
        let reply: Vec<String> = self.link.script(&commit).await?;
        match reply.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["done", ids @ ..] => ids.iter().map(|id| id.parse()).collect(),
            ["fenced"] => Err(LogError::Fenced { partition }),
            ["out of step", position, command] => Err(LogError::OutOfStep {
                partition,
                expected: from,
                found: Progress { position: position.parse()?, command: command.parse()? },
            }),
            _ => Err(self.link.fail(&unexpected("neither done nor refused"))),
        }
    }
}

fn progress(position: Option<String>, command: Option<String>) -> Result<Progress, LogError> {
    let id = |text: Option<String>| text.map_or(Ok(EntryId::ZERO), |text| text.parse());
    Ok(Progress { position: id(position)?, command: id(command)? })
}
