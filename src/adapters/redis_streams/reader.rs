//! Reading several streams at once, with or without a group.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures::future::try_join_all;
use redis::{Cmd, RedisResult, Value};
use watchtower_core::ports::log::{Entry, EntryId, LogError, StreamId};

use super::{
    RedisLog,
    entry::{self, Raw},
    error::has_code,
    link::Link,
};

/// As many entries of a stream are fetched by one command.
const PAGE: usize = 10_000;
/// As many partitions of a cluster are asked at a time.
pub(super) const AT_A_TIME: usize = 32;
/// How soon a cluster is asked again when it had nothing, at first and at last.
const POLL: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(50));
/// Whose turn it is when not every stream can be served.
static TURN: AtomicUsize = AtomicUsize::new(0);

/// On whose behalf streams are read.
#[derive(Clone, Copy)]
pub(super) enum Reader<'a> {
    Plain,
    Group { group: &'a str, consumer: &'a str },
}

/// Which entries of a stream are wanted.
#[derive(Clone, Copy)]
pub(super) enum After {
    Id(EntryId),
    /// Those the group has not been given.
    Delivered,
}

pub(super) type Places = [(StreamId, After)];
type Answer = Vec<(StreamId, Vec<Raw>)>;

impl Reader<'_> {
    fn command(self, places: &Places, count: usize, block: Option<Duration>) -> Cmd {
        let mut command = match self {
            Self::Plain => redis::cmd("XREAD"),
            Self::Group { group, consumer } => {
                let mut command = redis::cmd("XREADGROUP");
                command.arg("GROUP").arg(group).arg(consumer);
                command
            }
        };
        command.arg("COUNT").arg(count);
        if let Some(block) = block {
            // BLOCK 0 would mean for ever.
            command.arg("BLOCK").arg(block.as_millis().max(1) as u64);
        }
        command.arg("STREAMS");
        for (stream, _) in places {
            command.arg(stream.to_string());
        }
        for (_, after) in places {
            match after {
                After::Id(id) => command.arg(id.to_string()),
                After::Delivered => command.arg(">"),
            };
        }
        command
    }
}

impl RedisLog {
    pub(super) async fn read_range(
        &self,
        stream: StreamId,
        mut after: EntryId,
        limit: usize,
    ) -> Result<Vec<Entry>, LogError> {
        let mut entries = Vec::new();
        while entries.len() < limit {
            let count = (limit - entries.len()).min(PAGE);
            let mut range = redis::cmd("XRANGE");
            range.arg(stream.to_string()).arg(format!("({after}")).arg("+").arg("COUNT").arg(count);
            let reply: Value = self.link.query(&range).await?;
            let page = entry::range(reply, stream).map_err(|error| self.link.fail(&error))?;
            after = page.last().map_or(after, |raw| raw.id);
            entries.extend(page.iter().filter_map(|raw| self.unreadable.entry(raw)));
            if page.len() < count {
                break;
            }
        }
        Ok(entries)
    }

    pub(super) async fn newest_id(&self, stream: StreamId) -> Result<EntryId, LogError> {
        let mut range = redis::cmd("XREVRANGE");
        let reply: Value =
            self.link.query(range.arg(stream.to_string()).arg("+").arg("-").arg("COUNT").arg(1)).await?;
        let newest = entry::range(reply, stream).map_err(|error| self.link.fail(&error))?;
        Ok(newest.first().map_or(EntryId::ZERO, |raw| raw.id))
    }

    pub(super) async fn tail_streams(
        &self,
        cursors: &mut [(StreamId, EntryId)],
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Entry>, LogError> {
        let deadline = Instant::now() + wait;
        loop {
            let places: Vec<_> = cursors.iter().map(|(stream, id)| (*stream, After::Id(*id))).collect();
            let remaining = deadline.saturating_duration_since(Instant::now());
            let mut answer = self.gather(Reader::Plain, &places, limit, remaining).await?;
            if !answer.is_empty() {
                let first = TURN.fetch_add(1, Ordering::Relaxed) % answer.len();
                answer.rotate_left(first);
            }
            let mut entries = Vec::new();
            for raw in answer.iter().flat_map(|(_, raws)| raws).take(limit) {
                entries.extend(self.unreadable.entry(raw));
                for (_, cursor) in cursors.iter_mut().filter(|(stream, _)| *stream == raw.stream) {
                    *cursor = raw.id;
                }
            }
            if !entries.is_empty() || Instant::now() >= deadline {
                return Ok(entries);
            }
        }
    }

    /// Entries of several streams, in order per stream; waits for the first. About
    /// `limit` of them, shared out evenly at first, then to those who have more; at
    /// least one a stream.
    pub(super) async fn gather(
        &self,
        reader: Reader<'_>,
        places: &Places,
        limit: usize,
        wait: Duration,
    ) -> Result<Answer, LogError> {
        if places.is_empty() || limit == 0 {
            tokio::time::sleep(wait).await;
            return Ok(Vec::new());
        }
        let share = (limit / places.len()).clamp(1, PAGE);
        let mut answer = self.waiting_round(reader, places, share, wait).await?;
        let mut full = full(&answer, share);
        loop {
            let taken: usize = answer.iter().map(|(_, raws)| raws.len()).sum();
            let room = limit.saturating_sub(taken);
            full.truncate(room);
            if full.is_empty() {
                return Ok(answer);
            }
            let share = (room / full.len()).min(PAGE);
            let places: Vec<_> = full
                .iter()
                .map(|(stream, last)| match reader {
                    Reader::Plain => (*stream, After::Id(*last)),
                    Reader::Group { .. } => (*stream, After::Delivered),
                })
                .collect();
            let more = self.round(reader, &places, share).await?;
            full = self::full(&more, share);
            for (stream, raws) in more {
                match answer.iter_mut().find(|(other, _)| *other == stream) {
                    Some((_, earlier)) => earlier.extend(raws),
                    None => answer.push((stream, raws)),
                }
            }
        }
    }

    /// Asks once, and waits for an answer where there is none yet.
    async fn waiting_round(
        &self,
        reader: Reader<'_>,
        places: &Places,
        count: usize,
        wait: Duration,
    ) -> Result<Answer, LogError> {
        let deadline = Instant::now() + wait;
        match self.link.waiting() {
            Some(waiting) if !wait.is_zero() => {
                let command = reader.command(places, count, Some(wait));
                let mut reply = waiting.query(&command, wait).await;
                if self.recreated(reader, places, &reply).await? {
                    reply = waiting.query(&command, deadline.saturating_duration_since(Instant::now())).await;
                }
                self.understood(reply, places)
            }
            Some(_) => self.round(reader, places, count).await,
            None => {
                let mut pause = POLL.0;
                loop {
                    let answer = self.round(reader, places, count).await?;
                    let remaining = deadline.saturating_duration_since(Instant::now());
                    if !answer.is_empty() || remaining.is_zero() {
                        return Ok(answer);
                    }
                    tokio::time::sleep(pause.min(remaining)).await;
                    pause = (pause * 2).min(POLL.1);
                }
            }
        }
    }

    /// Asks once, without waiting.
    pub(super) async fn round(
        &self,
        reader: Reader<'_>,
        places: &Places,
        count: usize,
    ) -> Result<Answer, LogError> {
        let mut answer = Vec::new();
        for some in by_slot(&self.link, places).chunks(AT_A_TIME) {
            let asked = some.iter().map(|places| async move {
                let command = reader.command(places, count, None);
                let mut reply = self.link.try_query(&command).await;
                if self.recreated(reader, places, &reply).await? {
                    reply = self.link.try_query(&command).await;
                }
                self.understood(reply, places)
            });
            answer.extend(try_join_all(asked).await?.into_iter().flatten());
        }
        Ok(answer)
    }

    /// Makes a group again that went with the data it was on, or was dropped. It
    /// begins with the oldest entry: what it has had may come again, nothing is
    /// left out.
    async fn recreated(
        &self,
        reader: Reader<'_>,
        places: &Places,
        reply: &RedisResult<Value>,
    ) -> Result<bool, LogError> {
        match (reader, reply) {
            (Reader::Group { group, .. }, Err(error)) if has_code(error, "NOGROUP") => {
                let streams: Vec<_> = places.iter().map(|(stream, _)| *stream).collect();
                self.recreate_group(group, &streams).await?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn understood(&self, reply: RedisResult<Value>, places: &Places) -> Result<Answer, LogError> {
        let streams: Vec<_> = places.iter().map(|(stream, _)| *stream).collect();
        let answer = reply.and_then(|reply| entry::streams(reply, &streams));
        let mut answer = answer.map_err(|error| self.link.fail(&error))?;
        answer.retain(|(_, raws)| !raws.is_empty());
        Ok(answer)
    }
}

/// The streams that gave all they were asked for, and how far.
fn full(answer: &Answer, share: usize) -> Vec<(StreamId, EntryId)> {
    answer
        .iter()
        .filter(|(_, raws)| raws.len() >= share)
        .filter_map(|(stream, raws)| Some((*stream, raws.last()?.id)))
        .collect()
}

/// What one call may name: everything on one server, one partition in a cluster.
fn by_slot(link: &Link, places: &Places) -> Vec<Vec<(StreamId, After)>> {
    if link.waiting().is_some() {
        return vec![places.to_vec()];
    }
    let mut places = places.to_vec();
    places.sort_by_key(|(stream, _)| stream.partition);
    places.chunk_by(|(a, _), (b, _)| a.partition == b.partition).map(<[_]>::to_vec).collect()
}
