//! Removing entries nobody needs any more.

use sqlx::SqliteConnection;
use watchtower_core::ports::log::{Family, Keep, StreamId, Trimmed};

use super::{
    Embedded, Wakes,
    entries::{code, host_now, row_id},
    fault::Fault,
    ledger,
};

/// Rows removed in one transaction, so that appends need not wait long.
const CHUNK: i64 = 5_000;

pub(super) async fn trim(log: &Embedded, stream: StreamId, keep: Keep) -> Result<Trimmed, Fault> {
    let mut trimmed = Trimmed::default();
    loop {
        let (entries, given_up) = log
            .transact(Wakes::Nobody, move |connection| {
                Box::pin(async move {
                    let entries = remove(connection, stream, keep).await?;
                    Ok((entries, give_up(connection, stream, keep).await?))
                })
            })
            .await?;
        trimmed.entries += entries;
        trimmed.given_up.extend(given_up);
        if entries < CHUNK.unsigned_abs() {
            return Ok(trimmed);
        }
    }
}

/// The groups nobody has read for too long. What they were handed and is gone must not
/// hold back what is to come when somebody reads them again.
async fn give_up(
    connection: &mut SqliteConnection,
    stream: StreamId,
    keep: Keep,
) -> Result<Vec<String>, Fault> {
    let (partition, family) = (stream.partition.0, code(stream.family));
    let given_up: Vec<String> = sqlx::query_scalar(
        "select name from log_group where partition = ? and family = ? and read_at < ? and name <> ?",
    )
    .bind(partition)
    .bind(family)
    .bind(host_now().minus(keep.patience).millis())
    .bind(keep.vital)
    .fetch_all(&mut *connection)
    .await?;
    if !given_up.is_empty() {
        sqlx::query(
            "delete from log_pending where partition = ? and family = ?
               and not exists (select 1 from log where log.id = log_pending.id)",
        )
        .bind(partition)
        .bind(family)
        .execute(connection)
        .await?;
    }
    Ok(given_up)
}

async fn remove(connection: &mut SqliteConnection, stream: StreamId, keep: Keep) -> Result<u64, Fault> {
    let done_with = match stream.family {
        Family::Position => row_id(ledger::done_with(connection, stream.partition).await?.position),
        Family::Command => row_id(ledger::done_with(connection, stream.partition).await?.command),
        Family::Raw | Family::Event | Family::DeadLetter => i64::MAX,
    };
    let removed = sqlx::query(
        "delete from log where id in (
             select id from log
             where partition = ?1 and family = ?2 and appended_at <= ?3 and id <= ?4
               -- Not one of the newest: as many are younger.
               and (?5 = 0 or id < (
                   select id from log where partition = ?1 and family = ?2
                   order by id desc limit 1 offset ?5 - 1
               ))
               and id <= coalesce((
                   select min(delivered) from log_group
                   where partition = ?1 and family = ?2 and (read_at >= ?7 or name = ?8)
               ), ?4)
               and id < coalesce((
                   select min(id) from log_pending
                   where partition = ?1 and family = ?2 and name not in (
                       select name from log_group
                       where partition = ?1 and family = ?2 and read_at < ?7 and name <> ?8
                   )
               ), 9223372036854775807)
             order by id limit ?6
         )",
    )
    .bind(stream.partition.0)
    .bind(code(stream.family))
    .bind(host_now().minus(keep.age).millis())
    .bind(done_with)
    .bind(i64::try_from(keep.at_least).unwrap_or(i64::MAX))
    .bind(CHUNK)
    .bind(host_now().minus(keep.patience).millis())
    .bind(keep.vital)
    .execute(connection)
    .await?;
    Ok(removed.rows_affected())
}
