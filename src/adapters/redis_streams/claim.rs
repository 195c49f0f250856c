//! Taking over what another consumer, or a former life, left unfinished.
//!
//! XPENDING and XCLAIM in one script rather than XAUTOCLAIM, which does not tell
//! how often an entry has been delivered.

use std::{
    sync::LazyLock,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use redis::{RedisResult, Script, Value};
use watchtower_core::ports::log::{Delivery, LogError, StreamId};

use super::{
    RedisLog,
    entry::{self, Raw},
    error::{has_code, unexpected},
};

static CLAIM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("claim.lua")));
/// As many are claimed by one call: Lua's stack is bounded.
const BATCH: usize = 1_000;
/// Where to begin, so that a backlog of one stream does not keep others waiting.
static TURN: AtomicUsize = AtomicUsize::new(0);

impl RedisLog {
    pub(super) async fn claim_as(
        &self,
        group: &str,
        consumer: &str,
        streams: &[StreamId],
        idle: Duration,
        limit: usize,
    ) -> Result<Vec<Delivery>, LogError> {
        let mut streams = streams.to_vec();
        if !streams.is_empty() {
            let first = TURN.fetch_add(1, Ordering::Relaxed) % streams.len();
            streams.rotate_left(first);
        }
        let mut deliveries = Vec::new();
        for stream in streams {
            while deliveries.len() < limit {
                let batch = (limit - deliveries.len()).min(BATCH);
                let claimed = self.claim_from(stream, group, consumer, idle, batch).await?;
                deliveries.extend(self.deliveries(group, &claimed).await?);
                // With no idleness asked for, what was just claimed could be again.
                if claimed.len() < batch || idle.is_zero() {
                    break;
                }
            }
        }
        Ok(deliveries)
    }

    async fn claim_from(
        &self,
        stream: StreamId,
        group: &str,
        consumer: &str,
        idle: Duration,
        limit: usize,
    ) -> Result<Vec<(Raw, u64)>, LogError> {
        let mut claim = CLAIM.key(stream.to_string());
        claim.arg(group).arg(consumer).arg(idle.as_millis() as u64).arg(limit);
        let reply: RedisResult<Value> = self.link.try_script(&claim).await;
        match reply {
            Err(error) if has_code(&error, "NOGROUP") => {
                self.recreate_group(group, &[stream]).await?;
                Ok(Vec::new())
            }
            reply => reply.and_then(|reply| rows(reply, stream)).map_err(|error| self.link.fail(&error)),
        }
    }
}

fn rows(reply: Value, stream: StreamId) -> RedisResult<Vec<(Raw, u64)>> {
    let row = |row: Value| match <[Value; 2]>::try_from(entry::array(row)?) {
        Ok([Value::Int(times), entry]) => Ok((entry::raw(entry, stream)?, times.unsigned_abs())),
        _ => Err(unexpected("not a claimed entry")),
    };
    entry::array(reply)?.into_iter().map(row).collect()
}
