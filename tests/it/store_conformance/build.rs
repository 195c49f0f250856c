//! Events to write, with as little said as the case needs.

use std::sync::Arc;

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData},
        geo::LonLat,
        id::{CorrelationId, EventId, VehicleKey},
        position::{Position, Source},
        time::Timestamp,
        units::Kmh,
    },
    ports::store::{Cursor, Page, Span, Store, StoreError, Window},
};

/// An RFC 3339 time.
pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text, chrono_tz::UTC).unwrap()
}

pub(crate) fn key(text: &str) -> VehicleKey {
    VehicleKey::new(text).unwrap()
}

pub(crate) fn point(lon: f64, lat: f64) -> LonLat {
    LonLat::new(lon, lat).unwrap()
}

pub(crate) fn span(from: &str, to: &str) -> Span {
    Span { from: at(from), to: at(to) }
}

/// All of time.
pub(crate) fn ever() -> Span {
    span("1970-01-01T00:00:00Z", "9999-12-31T00:00:00Z")
}

/// The first rows of an answer, more than any case writes.
pub(crate) fn all() -> Window {
    Window { limit: 10_000, after: None }
}

/// A plain position near Lagos.
pub(crate) fn position(device_time: Timestamp) -> Position {
    Position {
        received_at: device_time.plus(std::time::Duration::from_millis(1_500)),
        speed_kmh: Some(Kmh(42.5)),
        ignition: Some(true),
        ..Position::bare(point(3.3792, 6.5244), device_time, Source::wall("osmand"))
    }
}

/// A plain fix.
pub(crate) fn fix(vehicle: &str, time: &str) -> Event {
    fix_of(vehicle, position(at(time)))
}

pub(crate) fn fix_of(vehicle: &str, position: Position) -> Event {
    Event::position(&key(vehicle), position, CorrelationId(Uuid::nil()))
}

/// An event with an id of its own, recorded when it happened.
pub(crate) fn event(about: &str, time: &str, data: EventData) -> Event {
    Event {
        id: EventId(Uuid::new_v4()),
        ts: at(time),
        recorded_at: at(time),
        key: about.to_owned(),
        correlation_id: CorrelationId(Uuid::nil()),
        data,
    }
}

/// In another order, the same each time for one seed.
pub(crate) fn shuffled<T: Clone>(items: &[T], seed: u64) -> Vec<T> {
    let mut items = items.to_vec();
    items.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    items
}

/// Every order of a few things.
pub(crate) fn orders<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    if items.len() <= 1 {
        return vec![items.to_vec()];
    }
    let mut orders_of_all = Vec::new();
    for first in 0..items.len() {
        let mut rest = items.to_vec();
        let head = rest.remove(first);
        for mut tail in orders(&rest) {
            tail.insert(0, head.clone());
            orders_of_all.push(tail);
        }
    }
    orders_of_all
}

/// Writes each event in a batch of its own.
pub(crate) async fn write_singly(store: &Arc<dyn Store>, events: &[Event]) {
    for event in events {
        store.write(std::slice::from_ref(event)).await.unwrap();
    }
}

/// Every position of a vehicle, checked to come in one page.
pub(crate) async fn positions_of(store: &Arc<dyn Store>, vehicle: &str) -> Vec<Position> {
    let page = store.positions(&key(vehicle), ever(), all()).await.unwrap();
    assert_eq!(page.next, None);
    page.items
}

/// Reads page after page; each but the last is full, none is empty.
pub(crate) async fn paged<T, F>(limit: u32, read: impl Fn(Window) -> F) -> Vec<T>
where
    F: Future<Output = Result<Page<T>, StoreError>>,
{
    let (mut items, mut after) = (Vec::new(), None::<Cursor>);
    loop {
        let page = read(Window { limit, after }).await.unwrap();
        assert!(!page.items.is_empty(), "an empty page after {} rows", items.len());
        assert!(page.items.len() <= limit as usize);
        assert!(
            page.next.is_none() || page.items.len() == limit as usize,
            "a short page that is not the last"
        );
        items.extend(page.items);
        match page.next {
            Some(next) => after = Some(next),
            None => return items,
        }
    }
}
