//! Time passing, as entries of the log: one for each partition's engine.

use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData, Tick},
        id::{CorrelationId, EventId},
        time::Timestamp,
    },
    ports::log::{Family, Partition, Partitions},
};

/// Entries that tell the engines of `to` what time it is, written at `recorded_at`.
pub fn ticks(
    partitions: Partitions,
    to: impl Iterator<Item = Partition>,
    tick: Tick,
    recorded_at: Timestamp,
    correlation_id: CorrelationId,
) -> Vec<(Family, Event)> {
    to.map(|partition| {
        let event = Event {
            // Not derived from data: the same time may be told twice.
            id: EventId(Uuid::now_v7()),
            ts: tick.now,
            recorded_at,
            key: partitions.tick_key(partition),
            correlation_id,
            data: EventData::Tick(tick),
        };
        (Family::Position, event)
    })
    .collect()
}
