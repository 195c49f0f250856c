//! Appending: pipelines of XADD.

use futures::future::try_join_all;
use watchtower_core::{
    domain::event::Event,
    ports::log::{EntryId, Family, LogError, Partition, StreamId},
};

use super::{RedisLog, reader::AT_A_TIME};

/// As many entries, or as many bytes of them, go in one pipeline: others share
/// the connection.
const BATCH: (usize, usize) = (1_000, 4 << 20);

/// What is to be appended: its place in the caller's list, its stream, itself.
struct Item<'a> {
    index: usize,
    stream: StreamId,
    event: &'a Event,
}

impl RedisLog {
    pub(super) async fn append_events(&self, events: &[(Family, Event)]) -> Result<Vec<EntryId>, LogError> {
        let items = events.iter().enumerate().map(|(index, (family, event))| {
            let partition = self.partitions.of(&event.key);
            Item { index, stream: StreamId { partition, family: *family }, event }
        });
        let mut ids = vec![EntryId::ZERO; events.len()];
        if self.link.waiting().is_some() {
            for (index, id) in self.append_in_order(items.collect()).await? {
                ids[index] = id;
            }
            return Ok(ids);
        }
        for some in by_partition(items.collect()).chunks_mut(AT_A_TIME) {
            let appended = some.iter_mut().map(|items| self.append_in_order(std::mem::take(items)));
            for (index, id) in try_join_all(appended).await?.into_iter().flatten() {
                ids[index] = id;
            }
        }
        Ok(ids)
    }

    async fn append_in_order(&self, items: Vec<Item<'_>>) -> Result<Vec<(usize, EntryId)>, LogError> {
        let mut ids = Vec::with_capacity(items.len());
        let mut items = items.into_iter().peekable();
        while items.peek().is_some() {
            let (mut pipeline, mut indices, mut bytes) = (redis::pipe(), Vec::new(), 0);
            while indices.len() < BATCH.0
                && bytes < BATCH.1
                && let Some(Item { index, stream, event }) = items.next()
            {
                let json = event.to_json();
                bytes += json.len();
                indices.push(index);
                pipeline.cmd("XADD").arg(stream.to_string()).arg("*");
                pipeline.arg("type").arg(event.data.type_name()).arg("json").arg(json);
            }
            let appended: Vec<String> = self.link.pipeline(&pipeline).await?;
            for (index, id) in indices.into_iter().zip(appended) {
                ids.push((index, id.parse()?));
            }
        }
        Ok(ids)
    }
}

fn by_partition(mut items: Vec<Item<'_>>) -> Vec<Vec<Item<'_>>> {
    // Stable, so that a key's events stay in order.
    items.sort_by_key(|item| item.stream.partition);
    let mut groups: Vec<Vec<Item<'_>>> = Vec::new();
    let mut last: Option<Partition> = None;
    for item in items {
        if last != Some(item.stream.partition) {
            groups.push(Vec::new());
        }
        last = Some(item.stream.partition);
        if let Some(group) = groups.last_mut() {
            group.push(item);
        }
    }
    groups
}
