//! Removing entries nobody needs any more.

use sqlx::SqliteConnection;
use watchtower_core::ports::log::{Family, Keep, StreamId};

use super::{
    Embedded, Wakes,
    entries::{code, host_now, row_id},
    fault::Fault,
    ledger,
};

/// Rows removed in one transaction, so that appends need not wait long.
const CHUNK: i64 = 5_000;

pub(super) async fn trim(log: &Embedded, stream: StreamId, keep: Keep) -> Result<u64, Fault> {
    let mut removed = 0;
    loop {
        let chunk = log
            .transact(Wakes::Nobody, move |connection| {
                Box::pin(async move { remove(connection, stream, keep).await })
            })
            .await?;
        removed += chunk;
        if chunk < CHUNK.unsigned_abs() {
            return Ok(removed);
        }
    }
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
                   select min(delivered) from log_group where partition = ?1 and family = ?2
               ), ?4)
               and id < coalesce((
                   select min(id) from log_pending where partition = ?1 and family = ?2
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
    .execute(connection)
    .await?;
    Ok(removed.rows_affected())
}
