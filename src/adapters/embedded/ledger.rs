//! The engine's bookkeeping: leases, progress, and the step that is applied
//! whole or not at all.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::{FromRow, SqliteConnection};
use watchtower_core::{
    domain::live::LiveState,
    ports::log::{
        Checkpoint, Commit, EngineLedger, EntryId, Family, FencingToken, LogError, Partition, Progress,
    },
};

use super::{
    Embedded, Wakes,
    batch::Batch,
    entries::{self, host_now},
    fault::Fault,
    picture, project,
};

/// No lease is given for longer.
const LONGEST: Duration = Duration::from_secs(300);

/// The row of a partition's engine.
#[derive(FromRow)]
struct Engine {
    owner: Option<String>,
    token: i64,
    lease_until: i64,
    position_id: String,
    command_id: String,
}

impl Engine {
    /// The partition's row, made when there is none.
    async fn of(connection: &mut SqliteConnection, partition: Partition) -> Result<Self, Fault> {
        sqlx::query("insert into engine (partition) values (?) on conflict do nothing")
            .bind(partition.0)
            .execute(&mut *connection)
            .await?;
        Ok(sqlx::query_as(
            "select owner, token, lease_until, position_id, command_id from engine where partition = ?",
        )
        .bind(partition.0)
        .fetch_one(connection)
        .await?)
    }

    fn progress(&self) -> Result<Progress, Fault> {
        progress(&self.position_id, &self.command_id)
    }
}

fn progress(position: &str, command: &str) -> Result<Progress, Fault> {
    let parse = |id: &str| id.parse::<EntryId>().map_err(Fault::corrupt);
    Ok(Progress { position: parse(position)?, command: parse(command)? })
}

fn stored(token: FencingToken) -> i64 {
    i64::try_from(token.0).unwrap_or(-1)
}

async fn lease(
    connection: &mut SqliteConnection,
    partition: Partition,
    owner: &str,
    ttl: Duration,
) -> Result<Option<FencingToken>, Fault> {
    let engine = Engine::of(connection, partition).await?;
    let now = host_now();
    // One that ends later than any could was taken before the clock was set back.
    let latest = now.plus(ttl.max(LONGEST)).millis();
    let held = engine.owner.is_some() && (now.millis() + 1..=latest).contains(&engine.lease_until);
    let ours = engine.owner.as_deref() == Some(owner);
    if held && !ours {
        return Ok(None);
    }
    let token = if held { engine.token } else { engine.token + 1 };
    sqlx::query("update engine set owner = ?, token = ?, lease_until = ? where partition = ?")
        .bind(owner)
        .bind(token)
        .bind(now.plus(ttl).millis())
        .bind(partition.0)
        .execute(connection)
        .await?;
    Ok(Some(FencingToken(token.unsigned_abs())))
}

/// A step with everything serialised, ready for the writer.
struct Step {
    partition: Partition,
    token: FencingToken,
    from: Progress,
    to: Progress,
    batch: Batch,
    live: Vec<picture::Live>,
    snapshot: Option<Vec<u8>>,
}

impl Step {
    async fn apply(self, connection: &mut SqliteConnection) -> Result<Result<Vec<EntryId>, LogError>, Fault> {
        let Self { partition, token, from, to, batch, live, snapshot } = self;
        let engine = Engine::of(connection, partition).await?;
        // An expired lease nobody took over is no reason to lose the step.
        if engine.owner.is_none() || engine.token != stored(token) {
            return Ok(Err(LogError::Fenced { partition }));
        }
        let found = engine.progress()?;
        if found != from {
            return Ok(Err(LogError::OutOfStep { partition, expected: from, found }));
        }
        let ids = entries::insert(connection, batch.entries.iter()).await?;
        project::apply(connection, std::iter::once(&batch.effects)).await?;
        picture::put_live(connection, partition, &live).await?;
        sqlx::query("update engine set position_id = ?, command_id = ? where partition = ?")
            .bind(to.position.to_string())
            .bind(to.command.to_string())
            .bind(partition.0)
            .execute(&mut *connection)
            .await?;
        if let Some(snapshot) = snapshot {
            sqlx::query(
                "update engine set snapshot_position_id = position_id, snapshot_command_id = command_id,
                                   snapshot = ? where partition = ?",
            )
            .bind(snapshot)
            .bind(partition.0)
            .execute(connection)
            .await?;
        }
        Ok(Ok(ids))
    }
}

async fn checkpoint(connection: &mut SqliteConnection, partition: Partition) -> Result<Checkpoint, Fault> {
    type Row = (String, String, Option<String>, Option<String>, Option<Vec<u8>>);
    let row: Option<Row> = sqlx::query_as(
        "select position_id, command_id, snapshot_position_id, snapshot_command_id, snapshot
         from engine where partition = ?",
    )
    .bind(partition.0)
    .fetch_optional(connection)
    .await?;
    let Some((position, command, snapshot_position, snapshot_command, snapshot)) = row else {
        return Ok(Checkpoint::default());
    };
    let snapshot = match (snapshot_position, snapshot_command, snapshot) {
        (Some(position), Some(command), Some(snapshot)) => Some((progress(&position, &command)?, snapshot)),
        _ => None,
    };
    Ok(Checkpoint { progress: progress(&position, &command)?, snapshot })
}

/// The last input the partition's engine will not read again: what its snapshot
/// stands for. Without one it starts over, so it needs everything.
pub(super) async fn done_with(
    connection: &mut SqliteConnection,
    partition: Partition,
) -> Result<Progress, Fault> {
    let snapshot: Option<(Option<String>, Option<String>)> =
        sqlx::query_as("select snapshot_position_id, snapshot_command_id from engine where partition = ?")
            .bind(partition.0)
            .fetch_optional(connection)
            .await?;
    match snapshot {
        Some((Some(position), Some(command))) => progress(&position, &command),
        _ => Ok(Progress::default()),
    }
}

#[async_trait]
impl EngineLedger for Embedded {
    async fn lease(
        &self,
        partition: Partition,
        owner: &str,
        ttl: Duration,
    ) -> Result<Option<FencingToken>, LogError> {
        let owner = owner.to_owned();
        let leased = self.transact(Wakes::Nobody, move |connection| {
            Box::pin(async move { lease(connection, partition, &owner, ttl).await })
        });
        self.told(leased.await)
    }

    async fn release(&self, partition: Partition, token: FencingToken) -> Result<(), LogError> {
        let released = self.transact(Wakes::Nobody, move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "update engine set owner = null, lease_until = 0 where partition = ? and token = ?",
                )
                .bind(partition.0)
                .bind(stored(token))
                .execute(connection)
                .await?;
                Ok(())
            })
        });
        self.told(released.await)
    }

    async fn checkpoint(&self, partition: Partition) -> Result<Checkpoint, LogError> {
        let mut connection = self.reader().await?;
        self.told(checkpoint(&mut connection, partition).await)
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Vec<EntryId>, LogError> {
        let partition = commit.partition;
        if let Some(stray) =
            commit.events.iter().find(|event| self.inner.partitions.of(&event.key) != partition)
        {
            let reason = format_args!("event {} does not belong to partition {}", stray.id, partition.0);
            return self.told(Err(Fault::unusable(reason)));
        }
        let events = commit.events.iter().map(|event| (Family::Event, event.clone()));
        let step = Step {
            partition,
            token: commit.token,
            from: commit.from,
            to: commit.to,
            batch: Batch::of(self.inner.partitions, self.inner.records, events),
            live: commit.live.iter().map(live).collect(),
            snapshot: commit.snapshot.map(<[u8]>::to_vec),
        };
        let applied = self.transact(Wakes::Readers, move |connection| Box::pin(step.apply(connection))).await;
        self.told::<_, LogError>(applied)?
    }
}

fn live(state: &LiveState) -> picture::Live {
    picture::Live { vehicle: state.vehicle.clone(), json: picture::json(state) }
}
