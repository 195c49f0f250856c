//! Consumer groups: reading and acknowledging.
//!
//! An answer can be lost on its way: the read is dropped, the connection breaks,
//! the process dies. What it held is pending for the consumer. So each consumer
//! first reads what is pending for it after the last entry it has in hand; for a
//! process that has just begun that is everything left from its former life.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::future::try_join_all;
use redis::Value;
use watchtower_core::ports::log::{Delivery, EntryId, LogError, Start, StreamId};

use super::{
    RedisLog,
    entry::Raw,
    error::{has_code, unexpected},
    reader::{AT_A_TIME, After, Reader},
};

/// As many ids go into one XACK.
const ACKS: usize = 1_000;

/// How far the consumers of this process have come.
#[derive(Default)]
pub(super) struct Consumers {
    places: Mutex<HashMap<(String, String), HashMap<StreamId, Place>>>,
}

/// Where a consumer stands in a stream.
#[derive(Clone, Copy, Default)]
struct Place {
    /// The last entry that reached it.
    in_hand: EntryId,
    /// Nothing after that is pending for it.
    complete: bool,
}

impl Consumers {
    fn with<T>(&self, reader: (&str, &str), change: impl FnOnce(&mut HashMap<StreamId, Place>) -> T) -> T {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        change(places.entry((reader.0.to_owned(), reader.1.to_owned())).or_default())
    }

    /// The streams where something may be pending unseen, and after what.
    fn incomplete(&self, reader: (&str, &str), streams: &[StreamId]) -> Vec<(StreamId, After)> {
        self.with(reader, |places| {
            let places = streams.iter().map(|stream| (*stream, *places.entry(*stream).or_default()));
            let incomplete = places.filter(|(_, place)| !place.complete);
            incomplete.map(|(stream, place)| (stream, After::Id(place.in_hand))).collect()
        })
    }

    /// From here on an answer may be lost.
    fn set_out(&self, reader: (&str, &str), streams: &[StreamId]) {
        self.with(reader, |places| {
            for stream in streams {
                places.entry(*stream).or_default().complete = false;
            }
        });
    }

    /// An answer has arrived.
    fn arrived(&self, reader: (&str, &str), streams: &[StreamId], raws: &[(Raw, u64)]) {
        self.with(reader, |places| {
            for stream in streams {
                places.entry(*stream).or_default().complete = true;
            }
            for (raw, _) in raws {
                let place = places.entry(raw.stream).or_default();
                place.in_hand = place.in_hand.max(raw.id);
            }
        });
    }
}

impl RedisLog {
    pub(super) async fn create_group(
        &self,
        group: &str,
        streams: &[StreamId],
        start: Start,
    ) -> Result<(), LogError> {
        let start = match start {
            Start::Oldest => "0",
            Start::Newest => "$",
        };
        for some in streams.chunks(AT_A_TIME) {
            try_join_all(some.iter().map(|stream| async move {
                let mut create = redis::cmd("XGROUP");
                create.arg("CREATE").arg(stream.to_string()).arg(group).arg(start).arg("MKSTREAM");
                match self.link.try_query::<()>(&create).await {
                    Err(error) if !has_code(&error, "BUSYGROUP") => Err(self.link.fail(&error)),
                    _ => Ok(()),
                }
            }))
            .await?;
        }
        Ok(())
    }

    pub(super) async fn recreate_group(&self, group: &str, streams: &[StreamId]) -> Result<(), LogError> {
        tracing::warn!(
            log.group = group,
            "a consumer group was gone and is made again, from the oldest entry"
        );
        self.create_group(group, streams, Start::Oldest).await
    }

    pub(super) async fn read_as(
        &self,
        group: &str,
        consumer: &str,
        streams: &[StreamId],
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>, LogError> {
        let deadline = Instant::now() + wait;
        let (name, reader) = ((group, consumer), Reader::Group { group, consumer });
        let lost = self.lost(group, consumer, streams, limit).await?;
        if !lost.is_empty() {
            return Ok(lost);
        }
        let places: Vec<_> = streams.iter().map(|stream| (*stream, After::Delivered)).collect();
        loop {
            let remaining = deadline.saturating_duration_since(Instant::now());
            self.consumers.set_out(name, streams);
            let answer = self.gather(reader, &places, limit, remaining).await?;
            let raws: Vec<_> = answer.into_iter().flat_map(|(_, raws)| raws).map(|raw| (raw, 1)).collect();
            let deliveries = self.deliveries(group, &raws).await?;
            // Nothing is awaited from here on: what has arrived is handed out.
            self.consumers.arrived(name, streams, &raws);
            if !deliveries.is_empty() || Instant::now() >= deadline {
                return Ok(deliveries);
            }
        }
    }

    /// What is pending for a consumer and never reached it.
    async fn lost(
        &self,
        group: &str,
        consumer: &str,
        streams: &[StreamId],
        limit: usize,
    ) -> Result<Vec<Delivery>, LogError> {
        let name = (group, consumer);
        loop {
            let places = self.consumers.incomplete(name, streams);
            if places.is_empty() || limit == 0 {
                return Ok(Vec::new());
            }
            self.end_abandoned().await;
            let share = (limit / places.len()).max(1);
            let reader = Reader::Group { group, consumer };
            let answer = self.round(reader, &places, share).await?;
            let complete: Vec<_> = places
                .iter()
                .map(|(stream, _)| *stream)
                .filter(|stream| !answer.iter().any(|(other, raws)| other == stream && raws.len() >= share))
                .collect();
            let mut times = HashMap::new();
            for (stream, raws) in &answer {
                times.extend(self.times(*stream, group, consumer, raws).await?);
            }
            let times = |raw: &Raw| times.get(&(raw.stream, raw.id)).copied().unwrap_or(1);
            let raws = answer.into_iter().flat_map(|(_, raws)| raws);
            let raws: Vec<_> = raws
                .map(|raw| {
                    let times = times(&raw);
                    (raw, times)
                })
                .collect();
            let deliveries = self.deliveries(group, &raws).await?;
            self.consumers.arrived(name, &complete, &raws);
            if !deliveries.is_empty() {
                return Ok(deliveries);
            }
        }
    }

    /// Makes sure no connection of a dropped read is given anything more.
    async fn end_abandoned(&self) {
        for client_id in self.link.waiting().map(|waiting| waiting.take_abandoned()).unwrap_or_default() {
            let mut kill = redis::cmd("CLIENT");
            // Without the permission to kill, what it is given is claimed later.
            if let Err(error) = self.link.try_query::<i64>(kill.arg("KILL").arg("ID").arg(client_id)).await {
                tracing::debug!(error = %error, "cannot end the connection of a dropped read");
            }
        }
    }

    /// How often each entry has been delivered to the consumer that has it.
    async fn times(
        &self,
        stream: StreamId,
        group: &str,
        consumer: &str,
        raws: &[Raw],
    ) -> Result<HashMap<(StreamId, EntryId), u64>, LogError> {
        let (Some(first), Some(last)) = (raws.first(), raws.last()) else {
            return Ok(HashMap::new());
        };
        let mut pending = redis::cmd("XPENDING");
        pending.arg(stream.to_string()).arg(group).arg(first.id.to_string()).arg(last.id.to_string());
        let rows: Vec<(String, String, u64, u64)> =
            self.link.query(pending.arg(raws.len()).arg(consumer)).await?;
        rows.into_iter().map(|(id, _, _, times)| Ok(((stream, id.parse()?), times))).collect()
    }

    /// Makes deliveries of what can be read (with how often it was delivered), and acknowledges the rest: nobody will
    /// ever be able to.
    pub(super) async fn deliveries(
        &self,
        group: &str,
        raws: &[(Raw, u64)],
    ) -> Result<Vec<Delivery>, LogError> {
        let (mut deliveries, mut hopeless) = (Vec::with_capacity(raws.len()), Vec::new());
        for (raw, times) in raws {
            match self.unreadable.entry(raw) {
                Some(entry) => deliveries.push(Delivery { entry, times: *times }),
                None => hopeless.push((raw.stream, raw.id)),
            }
        }
        self.acknowledge(group, &hopeless).await?;
        Ok(deliveries)
    }

    pub(super) async fn acknowledge(
        &self,
        group: &str,
        entries: &[(StreamId, EntryId)],
    ) -> Result<(), LogError> {
        let mut entries = entries.to_vec();
        entries.sort_unstable();
        let one_slot = self.link.waiting().is_some();
        let slots: Vec<_> =
            entries.chunk_by(|(a, _), (b, _)| one_slot || a.partition == b.partition).collect();
        for some in slots.chunks(AT_A_TIME) {
            try_join_all(some.iter().map(|entries| async move {
                let mut pipeline = redis::pipe();
                for ids in entries.chunk_by(|(a, _), (b, _)| a == b).flat_map(|same| same.chunks(ACKS)) {
                    pipeline.cmd("XACK").arg(ids[0].0.to_string()).arg(group);
                    for (_, id) in ids {
                        pipeline.arg(id.to_string());
                    }
                }
                let acknowledged: Vec<Value> = self.link.pipeline(&pipeline).await?;
                match acknowledged.iter().find(|value| !matches!(value, Value::Int(_))) {
                    Some(_) => Err(self.link.fail(&unexpected("XACK counts nothing"))),
                    None => Ok(()),
                }
            }))
            .await?;
        }
        Ok(())
    }
}
