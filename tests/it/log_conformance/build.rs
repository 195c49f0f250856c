//! Entries, states and steps to write, with as little said as the fact needs.

use super::*;

pub(super) fn now() -> Timestamp {
    chrono::Utc::now().into()
}

pub(super) fn point() -> LonLat {
    LonLat::new(3.3792, 6.5244).unwrap()
}

pub(super) fn position(second: i64) -> Position {
    Position {
        device_time: Timestamp::from_millis(1_700_000_000_000 + second * 1000),
        received_at: now(),
        point: point(),
        speed_kmh: Some(Kmh(42.5)),
        heading: None,
        ignition: Some(true),
        altitude_m: None,
        accuracy_m: Some(Metres(7.0)),
        odometer_m: None,
        signals: Signals::default(),
        source: Source::wall("loconav"),
    }
}

/// The fix of a vehicle's n-th second.
pub(super) fn fix(key: &str, second: i64) -> Event {
    Event::position(&VehicleKey::new(key).unwrap(), position(second), CorrelationId(Uuid::nil()))
}

pub(super) fn event(key: &str, data: EventData) -> Event {
    Event {
        id: EventId(Uuid::new_v4()),
        ts: now(),
        recorded_at: now(),
        key: key.to_owned(),
        correlation_id: CorrelationId(Uuid::nil()),
        data,
    }
}

/// Something derived, told apart by its number.
pub(super) fn derived(key: &str, number: usize) -> Event {
    let message = format!("number {number}");
    event(key, EventData::ErrorOccurred(Failure { component: "engine".into(), message }))
}

pub(super) fn deriveds(key: &str, count: usize) -> Vec<(Family, Event)> {
    (0..count).map(|number| (Family::Event, derived(key, number))).collect()
}

/// The n-th vehicle whose events go to `partition`.
pub(super) fn key_in(partition: Partition, n: usize) -> String {
    (0..)
        .map(|number| format!("T{number}LA"))
        .filter(|key| PARTITIONS.of(key) == partition)
        .nth(n)
        .expect("CRC-32 leaves no partition empty")
}

pub(super) const fn stream(partition: u16, family: Family) -> StreamId {
    StreamId { partition: Partition(partition), family }
}

pub(super) fn state(key: &str, second: i64) -> LiveState {
    let position = position(second);
    LiveState {
        vehicle: VehicleKey::new(key).unwrap(),
        since: position.device_time,
        position,
        motion: Motion::Moving,
        fences: Vec::new(),
        alerts: Vec::new(),
        trip: None,
        eta: None,
        today_m: Metres(1_234.5),
    }
}

pub(super) fn driver(number: u128, name: &str) -> Meta {
    Meta::Driver(Driver {
        id: DriverId(Uuid::from_u128(number)),
        name: name.to_owned(),
        phone: None,
        licence: None,
        has_smartphone: false,
        loconav_id: None,
        truck: None,
    })
}

pub(super) const fn at(position: EntryId) -> Progress {
    Progress { position, command: EntryId::ZERO }
}

/// A commit that changes nothing but the progress.
pub(super) const fn step(
    partition: Partition,
    token: FencingToken,
    from: Progress,
    to: Progress,
) -> Commit<'static> {
    Commit { partition, token, from, to, events: &[], live: &[], snapshot: None }
}

/// Lets the clock by which a log dates its entries move on.
pub(super) async fn let_time_pass() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

pub(super) async fn append(log: &Shared, events: &[(Family, Event)]) -> Vec<EntryId> {
    let ids = log.append(events).await.expect("the log accepts");
    assert_eq!(ids.len(), events.len(), "one id an event");
    ids
}

pub(super) async fn all(log: &Shared, stream: StreamId) -> Vec<Entry> {
    log.read(stream, EntryId::ZERO, 100_000).await.expect("the stream can be read")
}

pub(super) async fn count(log: &Shared, stream: StreamId) -> usize {
    all(log, stream).await.len()
}

pub(super) async fn lease(log: &Shared, partition: Partition, owner: &str) -> FencingToken {
    log.lease(partition, owner, LONG).await.expect("the ledger answers").expect("the partition is free")
}

/// Reads a group until `count` entries have come.
pub(super) async fn read_group(log: &Shared, group: &str, consumer: &str, count: usize) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    let began = Instant::now();
    while deliveries.len() < count {
        assert!(began.elapsed() < LONG, "only {} of {count} entries came", deliveries.len());
        let wait = Duration::from_millis(200);
        deliveries.extend(log.read_group(group, consumer, &[Family::Event], 100, wait).await.unwrap());
    }
    assert_eq!(deliveries.len(), count);
    deliveries
}

pub(super) async fn claim_now(log: &Shared, group: &str, consumer: &str) -> Vec<Delivery> {
    log.claim(group, consumer, &[Family::Event], NOW, 100).await.unwrap()
}

pub(super) fn events_of(entries: &[Entry]) -> Vec<Event> {
    entries.iter().map(|entry| entry.event.clone()).collect()
}

pub(super) fn only_events(appended: &[(Family, Event)]) -> Vec<Event> {
    appended.iter().map(|(_, event)| event.clone()).collect()
}

pub(super) fn places(deliveries: &[Delivery]) -> Vec<(StreamId, EntryId)> {
    deliveries.iter().map(|delivery| (delivery.entry.stream, delivery.entry.id)).collect()
}
