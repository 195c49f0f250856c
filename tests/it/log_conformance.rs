//! What every event log guarantees, as facts checked on the real thing.
//!
//! A fact takes an empty log of [`PARTITIONS`] partitions through the port alone,
//! so an adapter is held to all of them by one line:
//! `conforms!(name_of_module, open)`, where `open` is an
//! `async fn(Partitions) -> (Arc<dyn Log>, impl Sized)`; what comes beside the log
//! (a server, a directory) is dropped after the fact.

#![expect(clippy::unwrap_used, reason = "a fact panics where it does not hold")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData, Failure, RawBody, RawRequest},
        geo::LonLat,
        id::{CorrelationId, DriverId, EventId, VehicleKey},
        live::{LiveState, Motion},
        master::{Driver, Truck},
        position::{Position, Signals, Source},
        time::Timestamp,
        units::{Kmh, Metres},
    },
    ports::log::{
        Checkpoint, Commit, Delivery, Entry, EntryId, Family, FencingToken, Keep, Log, LogError, Meta,
        Partition, Partitions, Progress, Start, StreamId,
    },
};

/// Holds an adapter to every fact. With `together`, on one medium after another
/// fact, where starting it takes long: `open` is then `async fn() -> P`, and
/// `P::empty_log(&self, Partitions) -> Arc<dyn Log>` is awaited before each.
macro_rules! conforms {
    ($adapter:ident, $open:expr) => {
        conforms! { @facts $adapter separate $open }
    };
    ($adapter:ident, $open:expr, together) => {
        conforms! { @facts $adapter together $open }
    };
    (@facts $adapter:ident $how:ident $open:expr) => {
        mod $adapter {
            use super::*;

            conforms! { @$how $open;
                an_entry_comes_back_as_it_was_appended
                appending_nothing_is_no_error
                each_event_goes_to_the_stream_of_its_family_and_key
                entries_of_a_key_are_read_in_the_order_appended
                a_read_takes_at_most_its_limit_and_resumes_after_an_id
                newest_is_the_last_appended_and_zero_when_there_is_none
                before_finds_what_was_recorded_since
                an_event_of_a_megabyte_is_an_event_like_any_other
                concurrent_appenders_lose_nothing
                tail_reads_several_streams_and_moves_their_cursors
                tail_hands_out_at_most_its_limit_and_starves_no_stream
                tail_with_nothing_new_waits_and_comes_back_empty
                tail_wakes_up_when_something_is_appended

                a_group_gets_each_entry_once
                every_group_gets_everything
                two_consumers_share_a_group
                a_group_read_takes_at_most_its_limit
                a_group_starts_where_it_is_told_and_keeps_its_place
                a_group_read_with_nothing_new_waits_and_comes_back_empty
                a_group_read_wakes_up_when_something_is_appended
                what_a_dead_consumer_left_is_claimed_and_counted
                what_is_not_idle_long_enough_is_left_alone
                a_consumer_claims_its_own_leftovers
                a_claim_takes_at_most_its_limit
                acknowledging_twice_or_the_unknown_is_harmless

                trimming_keeps_what_is_young_and_the_newest
                trimming_goes_by_age
                trimming_never_passes_what_a_group_has_not_acknowledged
                trimming_never_passes_what_a_snapshot_needs
                trimming_a_stream_that_never_was_removes_nothing

                a_lease_is_exclusive_and_renewed_with_the_same_token
                a_lease_given_back_is_free_at_once
                a_lease_expires_and_the_next_token_is_greater
                releasing_with_an_old_token_frees_nothing
                of_many_engines_one_gets_the_lease
                a_commit_changes_everything_at_once
                a_fenced_engine_leaves_nothing_behind
                an_engine_out_of_step_leaves_nothing_behind
                of_two_commits_from_one_place_one_succeeds
                a_snapshot_stays_until_the_next
                partitions_have_ledgers_of_their_own

                the_live_picture_has_the_last_state_of_each_vehicle
                master_data_are_replaced_and_removed_by_field
                the_version_grows_with_every_change_of_master_data
            }
        }
    };
    (@separate $open:expr; $($fact:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $fact() {
                let (log, _kept) = $open(*PARTITIONS).await;
                super::$fact(log).await;
            }
        )*
    };
    (@together $open:expr; $($fact:ident)*) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn every_fact_holds() {
            let place = $open().await;
            $(
                // Shown when it does not hold.
                println!("{}", stringify!($fact));
                Box::pin(super::$fact(place.empty_log(*PARTITIONS).await)).await;
            )*
        }
    };
}

mod redis;

conforms!(redis_streams, redis::single);
conforms!(redis_cluster, redis::cluster, together);
conforms!(embedded, crate::embedded::open_log);

/// Few, so that a fact can look at all of them.
static PARTITIONS: LazyLock<Partitions> = LazyLock::new(|| Partitions::new(4).expect("4 is in range"));
/// Long enough that no honest wait is cut short on a busy machine.
const LONG: Duration = Duration::from_secs(20);
const NOW: Duration = Duration::ZERO;
/// Removes all that may be removed.
const NOTHING: Keep = Keep { age: Duration::ZERO, at_least: 0 };

type Shared = Arc<dyn Log>;

// Builders

fn now() -> Timestamp {
    chrono::Utc::now().into()
}

fn point() -> LonLat {
    LonLat::new(3.3792, 6.5244).unwrap()
}

fn position(second: i64) -> Position {
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
fn fix(key: &str, second: i64) -> Event {
    Event::position(&VehicleKey::new(key).unwrap(), position(second), CorrelationId(Uuid::nil()))
}

fn event(key: &str, data: EventData) -> Event {
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
fn derived(key: &str, number: usize) -> Event {
    let message = format!("number {number}");
    event(key, EventData::ErrorOccurred(Failure { component: "engine".into(), message }))
}

fn deriveds(key: &str, count: usize) -> Vec<(Family, Event)> {
    (0..count).map(|number| (Family::Event, derived(key, number))).collect()
}

/// The n-th vehicle whose events go to `partition`.
fn key_in(partition: Partition, n: usize) -> String {
    (0..)
        .map(|number| format!("T{number}LA"))
        .filter(|key| PARTITIONS.of(key) == partition)
        .nth(n)
        .expect("CRC-32 leaves no partition empty")
}

const fn stream(partition: u16, family: Family) -> StreamId {
    StreamId { partition: Partition(partition), family }
}

fn state(key: &str, second: i64) -> LiveState {
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

fn driver(number: u128, name: &str) -> Meta {
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

const fn at(position: EntryId) -> Progress {
    Progress { position, command: EntryId::ZERO }
}

/// A commit that changes nothing but the progress.
const fn step(partition: Partition, token: FencingToken, from: Progress, to: Progress) -> Commit<'static> {
    Commit { partition, token, from, to, events: &[], live: &[], snapshot: None }
}

/// Lets the clock by which a log dates its entries move on.
async fn let_time_pass() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

async fn append(log: &Shared, events: &[(Family, Event)]) -> Vec<EntryId> {
    let ids = log.append(events).await.expect("the log accepts");
    assert_eq!(ids.len(), events.len(), "one id an event");
    ids
}

async fn all(log: &Shared, stream: StreamId) -> Vec<Entry> {
    log.read(stream, EntryId::ZERO, 100_000).await.expect("the stream can be read")
}

async fn count(log: &Shared, stream: StreamId) -> usize {
    all(log, stream).await.len()
}

async fn lease(log: &Shared, partition: Partition, owner: &str) -> FencingToken {
    log.lease(partition, owner, LONG).await.expect("the ledger answers").expect("the partition is free")
}

/// Reads a group until `count` entries have come.
async fn read_group(log: &Shared, group: &str, consumer: &str, count: usize) -> Vec<Delivery> {
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

async fn claim_now(log: &Shared, group: &str, consumer: &str) -> Vec<Delivery> {
    log.claim(group, consumer, &[Family::Event], NOW, 100).await.unwrap()
}

fn events_of(entries: &[Entry]) -> Vec<Event> {
    entries.iter().map(|entry| entry.event.clone()).collect()
}

fn only_events(appended: &[(Family, Event)]) -> Vec<Event> {
    appended.iter().map(|(_, event)| event.clone()).collect()
}

fn places(deliveries: &[Delivery]) -> Vec<(StreamId, EntryId)> {
    deliveries.iter().map(|delivery| (delivery.entry.stream, delivery.entry.id)).collect()
}

// Appending and reading

async fn an_entry_comes_back_as_it_was_appended(log: Shared) {
    let key = key_in(Partition(1), 0);
    let fix = fix(&key, 0);
    let ids = append(&log, &[(Family::Position, fix.clone())]).await;
    let entry = Entry { stream: stream(1, Family::Position), id: ids[0], event: fix };
    assert_eq!(all(&log, entry.stream).await, [entry]);
    assert_eq!(log.partitions(), *PARTITIONS);
}

async fn appending_nothing_is_no_error(log: Shared) {
    assert_eq!(append(&log, &[]).await, []);
}

async fn each_event_goes_to_the_stream_of_its_family_and_key(log: Shared) {
    let mut expected = BTreeMap::new();
    let mut batch = Vec::new();
    for family in Family::ALL {
        for partition in PARTITIONS.all() {
            let event = derived(&key_in(partition, 0), batch.len());
            expected.insert(StreamId { partition, family }, event.clone());
            batch.push((family, event));
        }
    }
    append(&log, &batch).await;
    for (stream, event) in expected {
        assert_eq!(events_of(&all(&log, stream).await), [event], "{stream}");
    }
}

async fn entries_of_a_key_are_read_in_the_order_appended(log: Shared) {
    let keys = [key_in(Partition(0), 0), key_in(Partition(2), 0), key_in(Partition(0), 1)];
    let mut appended = Vec::new();
    let mut ids = Vec::new();
    for batch in 0..5 {
        let fixes: Vec<_> = (0..30)
            .map(|n| (Family::Position, fix(&keys[n % 3], i64::try_from(batch * 30 + n).unwrap())))
            .collect();
        ids.extend(append(&log, &fixes).await);
        appended.extend(only_events(&fixes));
    }
    for partition in [0, 2] {
        let entries = all(&log, stream(partition, Family::Position)).await;
        let expected: Vec<_> = ids
            .iter()
            .zip(&appended)
            .filter(|(_, event)| PARTITIONS.of(&event.key) == Partition(partition))
            .map(|(id, event)| (*id, event.clone()))
            .collect();
        assert_eq!(entries.iter().map(|entry| (entry.id, entry.event.clone())).collect::<Vec<_>>(), expected);
        assert!(entries.is_sorted_by(|a, b| a.id < b.id), "ids grow");
        assert!(entries[0].id > EntryId::ZERO);
    }
}

async fn a_read_takes_at_most_its_limit_and_resumes_after_an_id(log: Shared) {
    let ids = append(&log, &deriveds(&key_in(Partition(3), 0), 25)).await;
    let stream = stream(3, Family::Event);
    let mut after = EntryId::ZERO;
    let mut read = Vec::new();
    for expected in [10, 10, 5, 0] {
        let page = log.read(stream, after, 10).await.unwrap();
        assert_eq!(page.len(), expected);
        after = page.last().map_or(after, |entry| entry.id);
        read.extend(page.iter().map(|entry| entry.id));
    }
    assert_eq!(read, ids);
}

async fn newest_is_the_last_appended_and_zero_when_there_is_none(log: Shared) {
    let stream = stream(0, Family::Event);
    assert_eq!(log.newest(stream).await.unwrap(), EntryId::ZERO);
    let ids = append(&log, &deriveds(&key_in(Partition(0), 0), 3)).await;
    assert_eq!(log.newest(stream).await.unwrap(), ids[2]);
}

async fn before_finds_what_was_recorded_since(log: Shared) {
    let (stream, key) = (stream(0, Family::Event), key_in(Partition(0), 0));
    append(&log, &deriveds(&key, 3)).await;
    let_time_pass().await;
    let moment = now();
    let_time_pass().await;
    let later = append(&log, &deriveds(&key, 2)).await;

    let since = async |at: Timestamp| {
        let cursor = log.before(stream, at).await.unwrap();
        let entries = log.read(stream, cursor, 100).await.unwrap();
        entries.iter().map(|entry| entry.id).collect::<Vec<_>>()
    };
    assert_eq!(since(moment).await, later);
    assert_eq!(since(Timestamp::from_millis(0)).await.len(), 5);
    assert_eq!(since(now().plus(LONG)).await, []);
}

async fn an_event_of_a_megabyte_is_an_event_like_any_other(log: Shared) {
    let body: String = "\"Ẹ̀kọ́\"\\\n\u{0}€".chars().cycle().take(700_000).collect();
    let request = RawRequest {
        source: "loconav".into(),
        path: "/webhooks/loconav/location".into(),
        content_type: Some("application/json".into()),
        body: RawBody::Body(body),
        rejected: Vec::new(),
    };
    let large = event(&key_in(Partition(1), 0), EventData::WebhookReceived(request));
    assert!(large.to_json().len() > 1_000_000);
    append(&log, &[(Family::Raw, large.clone())]).await;
    let mut cursors = [(stream(1, Family::Raw), EntryId::ZERO)];
    let entries = log.tail(&mut cursors, 10, NOW).await.unwrap();
    assert_eq!(entries.len(), 1);
    assert!(entries[0].event == large, "the body is as it was sent");
}

async fn concurrent_appenders_lose_nothing(log: Shared) {
    let appenders: Vec<_> = (0..8)
        .map(|appender| {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                // All in one partition, where they meet.
                let key = key_in(Partition(0), appender);
                let mut ids = Vec::new();
                for batch in deriveds(&key, 100).chunks(7) {
                    ids.extend(append(&log, batch).await);
                }
                (key, ids)
            })
        })
        .collect();
    let mut expected = BTreeMap::new();
    for appender in appenders {
        let (key, ids) = appender.await.unwrap();
        expected.insert(key, ids);
    }
    let entries = all(&log, stream(0, Family::Event)).await;
    assert_eq!(entries.len(), 800);
    assert!(entries.is_sorted_by(|a, b| a.id < b.id));
    for (key, ids) in expected {
        let own: Vec<_> = entries.iter().filter(|entry| entry.event.key == key).collect();
        assert_eq!(own.iter().map(|entry| entry.id).collect::<Vec<_>>(), ids);
        for (number, entry) in own.iter().enumerate() {
            let EventData::ErrorOccurred(failure) = &entry.event.data else { panic!("{entry:?}") };
            assert_eq!(failure.message, format!("number {number}"));
        }
    }
}

async fn tail_reads_several_streams_and_moves_their_cursors(log: Shared) {
    let keys = [key_in(Partition(0), 0), key_in(Partition(1), 0)];
    let batch = [
        (Family::Position, fix(&keys[0], 1)),
        (Family::Event, derived(&keys[1], 1)),
        (Family::Event, derived(&keys[1], 2)),
    ];
    let ids = append(&log, &batch).await;
    let mut cursors = [
        (stream(0, Family::Position), EntryId::ZERO),
        (stream(1, Family::Event), EntryId::ZERO),
        (stream(2, Family::Event), EntryId::ZERO),
    ];
    let entries = log.tail(&mut cursors, 100, NOW).await.unwrap();
    assert_eq!(entries.len(), 3);
    assert_eq!(cursors.map(|(_, id)| id), [ids[0], ids[2], EntryId::ZERO]);
    let second: Vec<_> = entries.iter().filter(|e| e.stream.partition == Partition(1)).cloned().collect();
    assert_eq!(events_of(&second), [batch[1].1.clone(), batch[2].1.clone()]);

    assert_eq!(log.tail(&mut cursors, 100, NOW).await.unwrap(), []);
    let more = append(&log, &[(Family::Event, derived(&keys[1], 3))]).await;
    let entries = log.tail(&mut cursors, 100, NOW).await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), more);
}

async fn tail_hands_out_at_most_its_limit_and_starves_no_stream(log: Shared) {
    let mut batch = Vec::new();
    for partition in PARTITIONS.all() {
        batch.extend(deriveds(&key_in(partition, 0), 10));
    }
    append(&log, &batch).await;
    for limit in [2, 7, 15] {
        let mut cursors: Vec<_> =
            PARTITIONS.all().map(|p| (stream(p.0, Family::Event), EntryId::ZERO)).collect();
        let (mut seen, mut calls) = (BTreeSet::new(), 0);
        while seen.len() < batch.len() {
            let entries = log.tail(&mut cursors, limit, NOW).await.unwrap();
            assert!((1..=limit).contains(&entries.len()), "{} of at most {limit}", entries.len());
            for entry in &entries {
                assert!(seen.insert((entry.stream, entry.id)), "{} came twice", entry.id);
            }
            calls += 1;
        }
        assert!(calls <= batch.len(), "{calls} calls");
        for (stream, id) in cursors {
            assert_eq!(log.newest(stream).await.unwrap(), id);
        }
    }
    // A stream that is always full does not keep the others from being read.
    let mut cursors: Vec<_> = PARTITIONS.all().map(|p| (stream(p.0, Family::Event), EntryId::ZERO)).collect();
    for _ in 0..4 * usize::from(PARTITIONS.count()) {
        log.tail(&mut cursors, 1, NOW).await.unwrap();
    }
    assert!(cursors.iter().all(|(_, id)| *id > EntryId::ZERO), "{cursors:?}");
}

async fn tail_with_nothing_new_waits_and_comes_back_empty(log: Shared) {
    let mut cursors = [(stream(0, Family::Event), EntryId::ZERO), (stream(1, Family::Event), EntryId::ZERO)];
    let began = Instant::now();
    assert_eq!(log.tail(&mut cursors, 10, Duration::from_millis(150)).await.unwrap(), []);
    assert!(began.elapsed() >= Duration::from_millis(140), "{:?}", began.elapsed());
    assert!(began.elapsed() < LONG);
}

async fn tail_wakes_up_when_something_is_appended(log: Shared) {
    let waiting = tokio::spawn({
        let log = Arc::clone(&log);
        async move {
            let mut cursors: Vec<_> =
                PARTITIONS.all().map(|p| (stream(p.0, Family::Event), EntryId::ZERO)).collect();
            let began = Instant::now();
            (log.tail(&mut cursors, 10, LONG).await.unwrap(), began.elapsed())
        }
    });
    tokio::time::sleep(Duration::from_millis(150)).await;
    let late = deriveds(&key_in(Partition(2), 0), 1);
    append(&log, &late).await;
    let (entries, waited) = waiting.await.unwrap();
    assert_eq!(events_of(&entries), only_events(&late));
    assert!(waited < LONG / 2, "woke up only after {waited:?}");
}

// Groups

async fn a_group_gets_each_entry_once(log: Shared) {
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    let mut batch = deriveds(&key_in(Partition(0), 0), 5);
    batch.extend(deriveds(&key_in(Partition(3), 0), 5));
    append(&log, &batch).await;
    let deliveries = read_group(&log, "writer", "a", 10).await;
    assert!(deliveries.iter().all(|delivery| delivery.times == 1), "{deliveries:?}");
    for partition in [0, 3] {
        let expected = all(&log, stream(partition, Family::Event)).await;
        let got: Vec<_> = deliveries
            .iter()
            .filter(|delivery| delivery.entry.stream.partition == Partition(partition))
            .map(|delivery| delivery.entry.clone())
            .collect();
        assert_eq!(got, expected, "in order");
    }
    assert_eq!(log.read_group("writer", "a", &[Family::Event], 100, NOW).await.unwrap(), []);
    log.ack("writer", &places(&deliveries)).await.unwrap();
    assert_eq!(claim_now(&log, "writer", "b").await, []);
}

async fn every_group_gets_everything(log: Shared) {
    for group in ["writer", "notifier"] {
        log.ensure_group(group, &[Family::Event], Start::Oldest).await.unwrap();
    }
    append(&log, &deriveds(&key_in(Partition(0), 0), 3)).await;
    let writer = read_group(&log, "writer", "a", 3).await;
    log.ack("writer", &places(&writer)).await.unwrap();
    assert_eq!(places(&read_group(&log, "notifier", "a", 3).await), places(&writer));
    assert_eq!(claim_now(&log, "notifier", "a").await.len(), 3, "the writer acknowledged for itself alone");
}

async fn two_consumers_share_a_group(log: Shared) {
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    let mut batch = Vec::new();
    for partition in PARTITIONS.all() {
        batch.extend(deriveds(&key_in(partition, 0), 50));
    }
    append(&log, &batch).await;
    let consumers = ["a", "b"].map(|consumer| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            let mut got = Vec::new();
            loop {
                let read = log.read_group("writer", consumer, &[Family::Event], 8, NOW).await.unwrap();
                if read.is_empty() {
                    return got;
                }
                log.ack("writer", &places(&read)).await.unwrap();
                got.extend(places(&read));
            }
        })
    });
    let mut got = Vec::new();
    for consumer in consumers {
        got.extend(consumer.await.unwrap());
    }
    assert_eq!(got.len(), batch.len());
    assert_eq!(got.into_iter().collect::<BTreeSet<_>>().len(), batch.len(), "none went to both");
}

async fn a_group_read_takes_at_most_its_limit(log: Shared) {
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    append(&log, &deriveds(&key_in(Partition(1), 0), 30)).await;
    for expected in [20, 10, 0] {
        let read = log.read_group("writer", "a", &[Family::Event], 20, NOW).await.unwrap();
        assert_eq!(read.len(), expected);
    }
}

async fn a_group_starts_where_it_is_told_and_keeps_its_place(log: Shared) {
    let key = key_in(Partition(0), 0);
    append(&log, &deriveds(&key, 2)).await;
    log.ensure_group("old", &[Family::Event], Start::Oldest).await.unwrap();
    log.ensure_group("new", &[Family::Event], Start::Newest).await.unwrap();
    append(&log, &deriveds(&key, 1)).await;
    read_group(&log, "old", "a", 3).await;
    read_group(&log, "new", "a", 1).await;
    for group in ["old", "new"] {
        log.ensure_group(group, &[Family::Event], Start::Oldest).await.unwrap();
        assert_eq!(log.read_group(group, "a", &[Family::Event], 100, NOW).await.unwrap(), []);
    }
}

async fn a_group_read_with_nothing_new_waits_and_comes_back_empty(log: Shared) {
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    let began = Instant::now();
    let wait = Duration::from_millis(150);
    assert_eq!(log.read_group("writer", "a", &[Family::Event], 10, wait).await.unwrap(), []);
    assert!(began.elapsed() >= Duration::from_millis(140), "{:?}", began.elapsed());
}

async fn a_group_read_wakes_up_when_something_is_appended(log: Shared) {
    log.ensure_group("writer", &[Family::Position, Family::Event], Start::Oldest).await.unwrap();
    let waiting = tokio::spawn({
        let log = Arc::clone(&log);
        async move {
            let began = Instant::now();
            let families = [Family::Position, Family::Event];
            (log.read_group("writer", "a", &families, 10, LONG).await.unwrap(), began.elapsed())
        }
    });
    tokio::time::sleep(Duration::from_millis(150)).await;
    append(&log, &deriveds(&key_in(Partition(2), 0), 1)).await;
    let (deliveries, waited) = waiting.await.unwrap();
    assert_eq!(deliveries.len(), 1);
    assert!(waited < LONG / 2, "woke up only after {waited:?}");
}

async fn what_a_dead_consumer_left_is_claimed_and_counted(log: Shared) {
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    append(&log, &deriveds(&key_in(Partition(0), 0), 2)).await;
    append(&log, &deriveds(&key_in(Partition(1), 0), 1)).await;
    let first = read_group(&log, "writer", "dead", 3).await;
    log.ack("writer", &places(&first[..1])).await.unwrap();
    let left: BTreeSet<_> = places(&first[1..]).into_iter().collect();
    for times in [2, 3] {
        let claimed = claim_now(&log, "writer", &format!("heir of {times}")).await;
        assert_eq!(places(&claimed).into_iter().collect::<BTreeSet<_>>(), left);
        assert!(claimed.iter().all(|delivery| delivery.times == times), "{claimed:?}");
        for delivery in claimed {
            assert!(first.iter().any(|earlier| earlier.entry == delivery.entry), "{delivery:?}");
        }
    }
    log.ack("writer", &places(&first)).await.unwrap();
    assert_eq!(claim_now(&log, "writer", "c").await, []);
}

async fn what_is_not_idle_long_enough_is_left_alone(log: Shared) {
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    append(&log, &deriveds(&key_in(Partition(0), 0), 1)).await;
    read_group(&log, "writer", "a", 1).await;
    let claim = async |idle| log.claim("writer", "b", &[Family::Event], idle, 10).await.unwrap();
    assert_eq!(claim(LONG).await, []);
    let began = Instant::now();
    let idle = Duration::from_millis(100);
    while claim(idle).await.is_empty() {
        assert!(began.elapsed() < LONG, "never idle long enough");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(began.elapsed() >= Duration::from_millis(50), "claimed after {:?}", began.elapsed());
    assert_eq!(claim(LONG).await, [], "the claim began a new time of idleness");
}

async fn a_consumer_claims_its_own_leftovers(log: Shared) {
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    append(&log, &deriveds(&key_in(Partition(0), 0), 1)).await;
    let read = read_group(&log, "writer", "a", 1).await;
    let claimed = claim_now(&log, "writer", "a").await;
    assert_eq!(places(&claimed), places(&read));
    assert_eq!(claimed[0].times, 2);
}

async fn a_claim_takes_at_most_its_limit(log: Shared) {
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    append(&log, &deriveds(&key_in(Partition(0), 0), 6)).await;
    append(&log, &deriveds(&key_in(Partition(1), 0), 6)).await;
    read_group(&log, "writer", "dead", 12).await;
    let mut claimed = BTreeSet::new();
    for expected in [5, 5, 2] {
        let some = log.claim("writer", "b", &[Family::Event], NOW, 5).await.unwrap();
        assert_eq!(some.len(), expected);
        log.ack("writer", &places(&some)).await.unwrap();
        claimed.extend(places(&some));
    }
    assert_eq!(claimed.len(), 12);
}

async fn acknowledging_twice_or_the_unknown_is_harmless(log: Shared) {
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    append(&log, &deriveds(&key_in(Partition(0), 0), 2)).await;
    let read = read_group(&log, "writer", "a", 2).await;
    let mut entries = places(&read[..1]);
    entries.push((stream(2, Family::Event), EntryId { major: 5, minor: 5 }));
    log.ack("writer", &entries).await.unwrap();
    log.ack("writer", &entries).await.unwrap();
    log.ack("writer", &[]).await.unwrap();
    assert_eq!(places(&claim_now(&log, "writer", "b").await), places(&read[1..]));
}

// Trimming

async fn trimming_keeps_what_is_young_and_the_newest(log: Shared) {
    let stream = stream(0, Family::Event);
    let ids = append(&log, &deriveds(&key_in(Partition(0), 0), 5)).await;
    let_time_pass().await;
    assert_eq!(log.trim(stream, Keep { age: LONG, at_least: 0 }).await.unwrap(), 0);
    assert_eq!(log.trim(stream, Keep { age: NOW, at_least: 9 }).await.unwrap(), 0);
    assert_eq!(log.trim(stream, Keep { age: NOW, at_least: 2 }).await.unwrap(), 3);
    assert_eq!(all(&log, stream).await.iter().map(|entry| entry.id).collect::<Vec<_>>(), ids[3..]);
    assert_eq!(log.trim(stream, NOTHING).await.unwrap(), 2);
    let after = append(&log, &deriveds(&key_in(Partition(0), 0), 1)).await;
    assert!(after[0] > ids[4], "an emptied stream goes on where it was");
}

async fn trimming_goes_by_age(log: Shared) {
    let (stream, key) = (stream(0, Family::Event), key_in(Partition(0), 0));
    append(&log, &deriveds(&key, 300)).await;
    tokio::time::sleep(Duration::from_millis(250)).await;
    let between = Instant::now();
    tokio::time::sleep(Duration::from_millis(250)).await;
    let young = append(&log, &deriveds(&key, 300)).await;
    assert_eq!(log.trim(stream, Keep { age: between.elapsed(), at_least: 0 }).await.unwrap(), 300);
    assert_eq!(all(&log, stream).await.iter().map(|entry| entry.id).collect::<Vec<_>>(), young);
}

async fn trimming_never_passes_what_a_group_has_not_acknowledged(log: Shared) {
    let stream = stream(0, Family::Event);
    for group in ["writer", "notifier"] {
        log.ensure_group(group, &[Family::Event], Start::Oldest).await.unwrap();
    }
    append(&log, &deriveds(&key_in(Partition(0), 0), 6)).await;
    let_time_pass().await;
    let trim = async || log.trim(stream, NOTHING).await.unwrap();
    assert_eq!(trim().await, 0, "nothing was delivered");

    let notified = read_group(&log, "notifier", "a", 6).await;
    log.ack("notifier", &places(&notified)).await.unwrap();
    assert_eq!(trim().await, 0, "one of two groups has nothing");

    let written = log.read_group("writer", "a", &[Family::Event], 4, NOW).await.unwrap();
    assert_eq!(written.len(), 4);
    assert_eq!(trim().await, 0, "delivered is not acknowledged");
    // The third stays behind.
    for n in [0, 1, 3] {
        log.ack("writer", &places(&written[n..=n])).await.unwrap();
    }
    assert_eq!(trim().await, 2);
    log.ack("writer", &places(&written[2..3])).await.unwrap();
    assert_eq!(trim().await, 2, "two were never delivered");
    let written = read_group(&log, "writer", "a", 2).await;
    log.ack("writer", &places(&written)).await.unwrap();
    assert_eq!(trim().await, 2);
    assert_eq!(count(&log, stream).await, 0);
}

async fn trimming_never_passes_what_a_snapshot_needs(log: Shared) {
    let (partition, stream) = (Partition(0), stream(0, Family::Position));
    let key = key_in(partition, 0);
    let fixes: Vec<_> = (0..6).map(|second| (Family::Position, fix(&key, second))).collect();
    let ids = append(&log, &fixes).await;
    let_time_pass().await;
    assert_eq!(log.trim(stream, NOTHING).await.unwrap(), 0, "an engine that never ran needs everything");

    let token = lease(&log, partition, "engine").await;
    let (start, third, fifth) = (Progress::default(), at(ids[2]), at(ids[4]));
    log.commit(step(partition, token, start, third)).await.unwrap();
    assert_eq!(log.trim(stream, NOTHING).await.unwrap(), 0, "without a snapshot it starts over");

    let keep = Commit { snapshot: Some(b"state"), ..step(partition, token, third, third) };
    log.commit(keep).await.unwrap();
    log.commit(step(partition, token, third, fifth)).await.unwrap();
    assert_eq!(log.trim(stream, NOTHING).await.unwrap(), 3, "up to the snapshot, not to the progress");
    assert_eq!(all(&log, stream).await[0].id, ids[3]);
    assert_eq!(log.trim(stream, NOTHING).await.unwrap(), 0);
}

async fn trimming_a_stream_that_never_was_removes_nothing(log: Shared) {
    assert_eq!(log.trim(stream(3, Family::Raw), NOTHING).await.unwrap(), 0);
}

// The engine's ledger

async fn a_lease_is_exclusive_and_renewed_with_the_same_token(log: Shared) {
    let partition = Partition(0);
    let token = lease(&log, partition, "a").await;
    assert_eq!(log.lease(partition, "b", LONG).await.unwrap(), None);
    assert_eq!(log.lease(partition, "a", LONG).await.unwrap(), Some(token));
    assert!(log.lease(Partition(1), "b", LONG).await.unwrap().is_some(), "other partitions are free");
}

async fn a_lease_given_back_is_free_at_once(log: Shared) {
    let partition = Partition(0);
    let first = lease(&log, partition, "a").await;
    log.release(partition, first).await.unwrap();
    let second = lease(&log, partition, "b").await;
    assert!(second > first);
    assert_eq!(log.lease(partition, "a", LONG).await.unwrap(), None);
}

async fn a_lease_expires_and_the_next_token_is_greater(log: Shared) {
    let (partition, ttl) = (Partition(0), Duration::from_millis(300));
    let began = Instant::now();
    let first = log.lease(partition, "a", ttl).await.unwrap().unwrap();
    let second = loop {
        if let Some(token) = log.lease(partition, "b", LONG).await.unwrap() {
            break token;
        }
        assert!(began.elapsed() < LONG, "the lease never ended");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert!(began.elapsed() >= Duration::from_millis(250), "ended after {:?}", began.elapsed());
    assert!(second > first);
    let late = log.commit(step(partition, first, Progress::default(), Progress::default())).await;
    assert!(matches!(late, Err(LogError::Fenced { partition: Partition(0) })), "{late:?}");
}

async fn releasing_with_an_old_token_frees_nothing(log: Shared) {
    let partition = Partition(0);
    let old = lease(&log, partition, "a").await;
    log.release(partition, old).await.unwrap();
    lease(&log, partition, "b").await;
    match log.release(partition, old).await {
        Ok(()) | Err(LogError::Fenced { .. }) => {}
        Err(error) => panic!("{error}"),
    }
    assert_eq!(log.lease(partition, "a", LONG).await.unwrap(), None, "it is still b's");
}

async fn of_many_engines_one_gets_the_lease(log: Shared) {
    let engines: Vec<_> = (0..8)
        .map(|engine| {
            let log = Arc::clone(&log);
            tokio::spawn(
                async move { log.lease(Partition(0), &format!("engine {engine}"), LONG).await.unwrap() },
            )
        })
        .collect();
    let mut tokens = Vec::new();
    for engine in engines {
        tokens.extend(engine.await.unwrap());
    }
    assert_eq!(tokens.len(), 1, "{tokens:?}");
}

async fn a_commit_changes_everything_at_once(log: Shared) {
    let partition = Partition(2);
    let keys = [key_in(partition, 0), key_in(partition, 1)];
    let ids =
        append(&log, &[(Family::Position, fix(&keys[0], 1)), (Family::Position, fix(&keys[1], 1))]).await;
    let token = lease(&log, partition, "engine").await;
    assert_eq!(log.checkpoint(partition).await.unwrap(), Checkpoint::default());

    let events = [derived(&keys[0], 1), derived(&keys[1], 2), derived(&keys[0], 3)];
    let live = [state(&keys[0], 1), state(&keys[1], 1)];
    let snapshot: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let to = Progress { position: ids[1], command: EntryId { major: 7, minor: 3 } };
    let appended = log
        .commit(Commit {
            partition,
            token,
            from: Progress::default(),
            to,
            events: &events,
            live: &live,
            snapshot: Some(&snapshot),
        })
        .await
        .unwrap();

    let entries = all(&log, stream(2, Family::Event)).await;
    assert_eq!(entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), appended);
    assert_eq!(events_of(&entries), events);
    let mut picture = log.live(partition).await.unwrap();
    picture.sort_by(|a, b| (a.vehicle != live[0].vehicle).cmp(&(b.vehicle != live[0].vehicle)));
    assert_eq!(picture, live);
    let checkpoint = log.checkpoint(partition).await.unwrap();
    assert_eq!(checkpoint, Checkpoint { progress: to, snapshot: Some((to, snapshot)) });
}

/// What a refused commit would have changed, had it not been refused.
async fn assert_untouched(log: &Shared, partition: Partition, progress: Progress) {
    assert_eq!(count(log, StreamId { partition, family: Family::Event }).await, 0);
    assert_eq!(log.live(partition).await.unwrap(), []);
    assert_eq!(log.checkpoint(partition).await.unwrap(), Checkpoint { progress, snapshot: None });
}

async fn a_fenced_engine_leaves_nothing_behind(log: Shared) {
    let partition = Partition(0);
    let key = key_in(partition, 0);
    let old = lease(&log, partition, "a").await;
    log.release(partition, old).await.unwrap();
    let new = lease(&log, partition, "b").await;
    let (events, live) = ([derived(&key, 1)], [state(&key, 1)]);
    let to = at(EntryId { major: 1, minor: 0 });
    let commit = |token| Commit {
        events: &events,
        live: &live,
        snapshot: Some(b"state"),
        ..step(partition, token, Progress::default(), to)
    };
    for token in [old, FencingToken(0), FencingToken(new.0 + 1)] {
        let refused = log.commit(commit(token)).await.unwrap_err();
        assert!(matches!(refused, LogError::Fenced { partition: Partition(0) }), "{refused}");
        assert!(!refused.is_retryable());
    }
    assert_untouched(&log, partition, Progress::default()).await;
    log.commit(commit(new)).await.unwrap();
    assert_eq!(count(&log, stream(0, Family::Event)).await, 1);
}

async fn an_engine_out_of_step_leaves_nothing_behind(log: Shared) {
    let partition = Partition(0);
    let key = key_in(partition, 0);
    let token = lease(&log, partition, "a").await;
    let here = Progress { position: EntryId { major: 4, minor: 2 }, command: EntryId { major: 3, minor: 1 } };
    log.commit(step(partition, token, Progress::default(), here)).await.unwrap();
    let (events, live) = ([derived(&key, 1)], [state(&key, 1)]);
    let wrong = [
        Progress::default(),
        Progress { command: EntryId::ZERO, ..here },
        Progress { position: EntryId { major: 4, minor: 3 }, ..here },
    ];
    for from in wrong {
        let to = at(EntryId { major: 9, minor: 0 });
        let commit =
            Commit { events: &events, live: &live, snapshot: Some(b"s"), ..step(partition, token, from, to) };
        match log.commit(commit).await.unwrap_err() {
            LogError::OutOfStep { partition: Partition(0), expected, found } => {
                assert_eq!((expected, found), (from, here));
            }
            other => panic!("{other}"),
        }
    }
    assert_untouched(&log, partition, here).await;
}

async fn of_two_commits_from_one_place_one_succeeds(log: Shared) {
    let partition = Partition(0);
    let key = key_in(partition, 0);
    let token = lease(&log, partition, "a").await;
    let commits = [1, 2, 3, 4].map(|n| {
        let (log, event) = (Arc::clone(&log), derived(&key, 1));
        tokio::spawn(async move {
            let to = at(EntryId { major: n, minor: 0 });
            let events = [event];
            log.commit(Commit { events: &events, ..step(partition, token, Progress::default(), to) }).await
        })
    });
    let mut succeeded = 0;
    for commit in commits {
        match commit.await.unwrap() {
            Ok(_) => succeeded += 1,
            Err(error) => assert!(matches!(error, LogError::OutOfStep { .. }), "{error}"),
        }
    }
    assert_eq!(succeeded, 1);
    assert_eq!(count(&log, stream(0, Family::Event)).await, 1);
}

async fn a_snapshot_stays_until_the_next(log: Shared) {
    let partition = Partition(1);
    let token = lease(&log, partition, "a").await;
    let [one, two, three] = [1, 2, 3].map(|major| at(EntryId { major, minor: 0 }));
    let kept = Commit { snapshot: Some(b"one"), ..step(partition, token, Progress::default(), one) };
    log.commit(kept).await.unwrap();
    log.commit(step(partition, token, one, two)).await.unwrap();
    let expected = Checkpoint { progress: two, snapshot: Some((one, b"one".to_vec())) };
    assert_eq!(log.checkpoint(partition).await.unwrap(), expected);
    log.commit(Commit { snapshot: Some(b""), ..step(partition, token, two, three) }).await.unwrap();
    let expected = Checkpoint { progress: three, snapshot: Some((three, Vec::new())) };
    assert_eq!(log.checkpoint(partition).await.unwrap(), expected);
}

async fn partitions_have_ledgers_of_their_own(log: Shared) {
    let [one, two] = [Partition(1), Partition(2)];
    let token = lease(&log, one, "a").await;
    lease(&log, two, "a").await;
    let to = at(EntryId { major: 1, minor: 0 });
    let live = [state(&key_in(one, 0), 1)];
    log.commit(Commit { live: &live, ..step(one, token, Progress::default(), to) }).await.unwrap();
    assert_untouched(&log, two, Progress::default()).await;
    assert_eq!(log.checkpoint(one).await.unwrap().progress, to);
}

// The live picture

async fn the_live_picture_has_the_last_state_of_each_vehicle(log: Shared) {
    let partition = Partition(3);
    let keys = [key_in(partition, 0), key_in(partition, 1)];
    assert_eq!(log.live(partition).await.unwrap(), []);
    let token = lease(&log, partition, "a").await;
    let [one, two] = [1, 2].map(|major| at(EntryId { major, minor: 0 }));
    let first = [state(&keys[0], 1), state(&keys[1], 1)];
    log.commit(Commit { live: &first, ..step(partition, token, Progress::default(), one) }).await.unwrap();
    let second = [state(&keys[1], 60)];
    log.commit(Commit { live: &second, ..step(partition, token, one, two) }).await.unwrap();
    let picture: BTreeMap<_, _> =
        log.live(partition).await.unwrap().into_iter().map(|state| (state.vehicle.clone(), state)).collect();
    assert_eq!(picture.len(), 2);
    assert_eq!(picture[&first[0].vehicle], first[0]);
    assert_eq!(picture[&second[0].vehicle], second[0]);
}

async fn master_data_are_replaced_and_removed_by_field(log: Shared) {
    assert_eq!(log.meta().await.unwrap(), []);
    let truck = Meta::Truck(Truck::provisional(VehicleKey::new("T1LA").unwrap()));
    log.put_meta(&[driver(1, "Ada"), driver(2, "Bola"), truck.clone()]).await.unwrap();
    log.put_meta(&[driver(2, "Bọ́lá")]).await.unwrap();
    let by_field = async || {
        let records = log.meta().await.unwrap();
        records.into_iter().map(|record| (record.field(), record)).collect::<BTreeMap<_, _>>()
    };
    let expected = [driver(1, "Ada"), driver(2, "Bọ́lá"), truck.clone()];
    let expected: BTreeMap<_, _> = expected.into_iter().map(|record| (record.field(), record)).collect();
    assert_eq!(by_field().await, expected);
    log.remove_meta(&[driver(1, "").field(), driver(2, "").field(), "trip:unknown".into()]).await.unwrap();
    assert_eq!(log.meta().await.unwrap(), [truck]);
}

async fn the_version_grows_with_every_change_of_master_data(log: Shared) {
    let mut last = log.meta_version().await.unwrap();
    let mut grown = async |log: &Shared| {
        let version = log.meta_version().await.unwrap();
        assert!(version > last, "{version} after {last}");
        last = version;
    };
    log.put_meta(&[driver(1, "Ada")]).await.unwrap();
    grown(&log).await;
    log.put_meta(&[driver(1, "Ada B.")]).await.unwrap();
    grown(&log).await;
    log.remove_meta(&[driver(1, "").field()]).await.unwrap();
    grown(&log).await;
    let before = log.meta_version().await.unwrap();
    log.meta().await.unwrap();
    assert_eq!(log.meta_version().await.unwrap(), before, "reading changes nothing");
}
