//! What must hold when something is away, slow or taken over: nothing lost,
//! nothing twice, nobody stuck.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use watchtower::{
    adapters::{
        embedded::{Embedded, EmbeddedOptions, Records},
        loconav::{LocoNavClient, LocoNavOptions},
    },
    daemon::{
        engine::EngineService,
        poller::Poller,
        receiver::{Receiver, ReceiverOptions},
        registry::Registry,
        writer::{self, Writer},
    },
};
use watchtower_core::{
    domain::{
        event::Event,
        footprint::{Tile, TileId},
        geo::LonLat,
        geofence,
        id::{CorrelationId, VehicleKey},
        live::LiveState,
        position::{Position, Source},
        time::Timestamp,
        trip::{Trip, TripStatus},
        units::Kmh,
    },
    engine::Rules,
    ports::{
        log::{
            Checkpoint, Commit, Delivery, EngineLedger, Entry, EntryId, EventLog, Family, FencingToken,
            FootprintNews, Keep, LivePicture, LogError, Meta, Partition, Partitions, Progress, Start,
            StreamId, Trimmed,
        },
        store::Store,
    },
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

use crate::support::{daemon::eventually, postgres};

const WITHIN: Duration = Duration::from_secs(30);

fn now() -> Timestamp {
    chrono::Utc::now().into()
}

/// The fix of a vehicle's n-th second of ten minutes ago.
fn fix(vehicle: &str, second: u64) -> Event {
    let device_time = now().minus(Duration::from_secs(600)).plus(Duration::from_secs(second));
    let position = Position {
        received_at: now(),
        speed_kmh: Some(Kmh(30.0)),
        ignition: Some(true),
        ..Position::bare(LonLat::new(3.3792, 6.5244).unwrap(), device_time, Source::wall("osmand"))
    };
    Event::position(&VehicleKey::new(vehicle).unwrap(), position, CorrelationId(Uuid::nil()))
}

fn partitions(count: u16) -> Partitions {
    Partitions::new(count).unwrap()
}

async fn file(records: Records, count: u16) -> (Embedded, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let options = EmbeddedOptions { partitions: partitions(count), records, ..EmbeddedOptions::default() };
    (Embedded::open(&dir.path().join("fleet.db"), options).await.unwrap(), dir)
}

#[tokio::test]
async fn a_database_that_is_wrong_for_a_while_costs_no_entry() {
    let (log, _dir) = file(Records::Elsewhere, 2).await;
    let log = Arc::new(log);
    let database = postgres::shared().await.database().await;
    let store = Arc::new(postgres::connect(&database).await);
    let mut admin = PgConnection::connect(&database).await.unwrap();
    // As a role without its rights, or a restore half-way: no entry is to blame.
    sqlx::query(AssertSqlSafe("alter table sources rename to sources_away"))
        .execute(&mut admin)
        .await
        .unwrap();
    let fixes: Vec<_> = (0..20).map(|second| (Family::Position, fix("T1", second))).collect();
    log.append(&fixes).await.unwrap();
    let writer = Writer::new(log.clone(), store.clone(), "one".into(), now);
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { writer.run(stop).await }
    });
    tokio::time::sleep(Duration::from_secs(2)).await;
    for partition in log.partitions().all() {
        let letters = StreamId { partition, family: Family::DeadLetter };
        assert_eq!(log.read(letters, EntryId::ZERO, 100).await.unwrap(), [], "nothing is a dead letter");
    }
    sqlx::query(AssertSqlSafe("alter table sources_away rename to sources"))
        .execute(&mut admin)
        .await
        .unwrap();
    eventually("every fix is stored", WITHIN, || async {
        match store.count_positions(None).await {
            Ok(20) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    stop.cancel();
    running.await.unwrap().unwrap();
    assert_eq!(log.claim(writer::GROUP, "two", &[Family::Position], Duration::ZERO, 100).await.unwrap(), []);
}

/// A log in a file, of which one thing is slow.
struct Slow {
    log: Embedded,
    read: Mutex<Duration>,
    checkpoints: AtomicU64,
}

#[async_trait]
impl EventLog for Slow {
    fn partitions(&self) -> Partitions {
        self.log.partitions()
    }
    async fn append(&self, events: &[(Family, Event)]) -> Result<Vec<EntryId>, LogError> {
        self.log.append(events).await
    }
    async fn read(&self, stream: StreamId, after: EntryId, limit: usize) -> Result<Vec<Entry>, LogError> {
        let pause = *self.read.lock().unwrap();
        tokio::time::sleep(pause).await;
        self.log.read(stream, after, limit).await
    }
    async fn newest(&self, stream: StreamId) -> Result<EntryId, LogError> {
        self.log.newest(stream).await
    }
    async fn before(&self, stream: StreamId, at: Timestamp) -> Result<EntryId, LogError> {
        self.log.before(stream, at).await
    }
    async fn tail(
        &self,
        cursors: &mut [(StreamId, EntryId)],
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Entry>, LogError> {
        self.log.tail(cursors, limit, wait).await
    }
    async fn ensure_group(&self, group: &str, families: &[Family], start: Start) -> Result<(), LogError> {
        self.log.ensure_group(group, families, start).await
    }
    async fn read_group(
        &self,
        group: &str,
        consumer: &str,
        families: &[Family],
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>, LogError> {
        self.log.read_group(group, consumer, families, limit, wait).await
    }
    async fn claim(
        &self,
        group: &str,
        consumer: &str,
        families: &[Family],
        idle: Duration,
        limit: usize,
    ) -> Result<Vec<Delivery>, LogError> {
        self.log.claim(group, consumer, families, idle, limit).await
    }
    async fn ack(&self, group: &str, entries: &[(StreamId, EntryId)]) -> Result<(), LogError> {
        self.log.ack(group, entries).await
    }
    async fn trim(&self, stream: StreamId, keep: Keep) -> Result<Trimmed, LogError> {
        self.log.trim(stream, keep).await
    }
}

#[async_trait]
impl EngineLedger for Slow {
    async fn lease(
        &self,
        partition: Partition,
        owner: &str,
        ttl: Duration,
    ) -> Result<Option<FencingToken>, LogError> {
        self.log.lease(partition, owner, ttl).await
    }
    async fn release(&self, partition: Partition, token: FencingToken) -> Result<(), LogError> {
        self.log.release(partition, token).await
    }
    async fn checkpoint(&self, partition: Partition) -> Result<Checkpoint, LogError> {
        self.checkpoints.fetch_add(1, Ordering::SeqCst);
        self.log.checkpoint(partition).await
    }
    async fn commit(&self, commit: Commit<'_>) -> Result<Vec<EntryId>, LogError> {
        self.log.commit(commit).await
    }
}

#[async_trait]
impl LivePicture for Slow {
    async fn live(&self, partition: Partition) -> Result<Vec<LiveState>, LogError> {
        self.log.live(partition).await
    }
    async fn meta(&self) -> Result<Vec<Meta>, LogError> {
        self.log.meta().await
    }
    async fn meta_version(&self) -> Result<u64, LogError> {
        self.log.meta_version().await
    }
    async fn put_meta(&self, records: &[Meta]) -> Result<(), LogError> {
        self.log.put_meta(records).await
    }
    async fn remove_meta(&self, fields: &[String]) -> Result<(), LogError> {
        self.log.remove_meta(fields).await
    }
    async fn footprint(&self, version: u64) -> Result<FootprintNews, LogError> {
        self.log.footprint(version).await
    }
    async fn put_footprint(&self, from: u64, tiles: &[(TileId, Tile)]) -> Result<bool, LogError> {
        self.log.put_footprint(from, tiles).await
    }
}

/// An engine that runs until the handle is aborted, as a crash would.
fn engine(log: Arc<Slow>, owner: &'static str) -> tokio::task::JoinHandle<Result<(), LogError>> {
    let engine = EngineService::new(log, Arc::new(Rules::default()), owner.into(), now);
    tokio::spawn(async move { engine.run(CancellationToken::new()).await })
}

async fn slow(count: u16) -> (Arc<Slow>, tempfile::TempDir) {
    let (log, dir) = file(Records::Elsewhere, count).await;
    (Arc::new(Slow { log, read: Mutex::default(), checkpoints: AtomicU64::new(0) }), dir)
}

/// Appends fixes and waits until the engine has committed them.
async fn drive(log: &Slow, seconds: std::ops::Range<u64>) -> Progress {
    let fixes: Vec<_> = seconds.map(|second| (Family::Position, fix("T1", second))).collect();
    let last = *log.append(&fixes).await.unwrap().last().unwrap();
    let partition = log.partitions().of("T1");
    eventually("the engine commits", WITHIN, || async {
        let progress = log.log.checkpoint(partition).await.map_err(|error| error.to_string())?.progress;
        if progress.position >= last { Ok(progress) } else { Err(progress.to_string()) }
    })
    .await
}

#[tokio::test]
async fn catching_up_for_longer_than_a_lease_lasts_keeps_the_lease_and_is_done_once() {
    let (log, _dir) = slow(1).await;
    let first = engine(log.clone(), "one");
    let before = drive(&log, 0..5).await;
    first.abort();
    // The lease of who crashed is over when the next comes to it.
    let token = log.lease(Partition(0), "one", Duration::from_secs(1)).await.unwrap().unwrap();
    log.release(Partition(0), token).await.unwrap();
    *log.read.lock().unwrap() = Duration::from_secs(12);
    log.checkpoints.store(0, Ordering::SeqCst);
    let second = engine(log.clone(), "two");
    let deadline = tokio::time::Instant::now() + Duration::from_secs(18);
    let mut caught_up = false;
    tokio::time::sleep(Duration::from_secs(1)).await;
    while tokio::time::Instant::now() < deadline {
        let taken = log.lease(Partition(0), "rival", Duration::from_millis(1)).await.unwrap();
        assert_eq!(taken, None, "the lease was lost");
        caught_up |= log.log.checkpoint(Partition(0)).await.unwrap().snapshot.is_some();
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    assert!(caught_up, "what it caught up with is kept");
    assert_eq!(log.checkpoints.load(Ordering::SeqCst), 1, "taken over once");
    assert!(drive(&log, 5..8).await.position > before.position);
    second.abort();
}

#[tokio::test]
async fn a_change_of_the_fences_is_followed_by_a_snapshot_with_the_first_input_after_it() {
    let (log, _dir) = slow(1).await;
    let running = engine(log.clone(), "one");
    drive(&log, 0..5).await;
    assert_eq!(log.log.checkpoint(Partition(0)).await.unwrap().snapshot, None, "none is due so soon");
    let feature = json!({"type": "Feature", "id": "yard", "properties": {"name": "Yard", "radius_m": 200.0},
        "geometry": {"type": "Point", "coordinates": [3.3792, 6.5244]}});
    let (mut fences, _) = geofence::read_collection(&feature.to_string()).unwrap();
    let fence = Meta::Geofence(fences.remove(0));
    log.put_meta(&[fence]).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    drive(&log, 5..8).await;
    // Else a crash now would have the fixes from before stepped again with the new
    // fence, and the entry into it discarded with what is in the log already.
    let checkpoint = log.log.checkpoint(Partition(0)).await.unwrap();
    let (at, _) = checkpoint.snapshot.expect("a snapshot was taken");
    assert!(at.position > EntryId::ZERO && at.position <= checkpoint.progress.position);
    running.abort();
}

#[tokio::test]
async fn a_lease_from_before_the_clock_was_set_back_does_not_hold_a_partition_for_ever() {
    let (log, dir) = file(Records::Here, 1).await;
    let (ttl, families) = (Duration::from_secs(10), [Family::Position]);
    let old = log.lease(Partition(0), "dead", ttl).await.unwrap().unwrap();
    assert_eq!(log.lease(Partition(0), "alive", ttl).await.unwrap(), None);
    log.ensure_group("writer", &families, Start::Oldest).await.unwrap();
    log.append(&[(Family::Position, fix("T1", 0))]).await.unwrap();
    assert_eq!(log.read_group("writer", "dead", &families, 10, ttl).await.unwrap().len(), 1);
    let url = format!("sqlite://{}", dir.path().join("fleet.db").display());
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    for statement in [
        "update engine set lease_until = lease_until + 86400000",
        "update log_pending set delivered_at = delivered_at + 86400000",
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut other).await.unwrap();
    }
    assert!(log.lease(Partition(0), "alive", ttl).await.unwrap() > Some(old));
    assert_eq!(log.claim("writer", "alive", &families, Duration::ZERO, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn positions_are_asked_for_while_a_list_of_master_data_hangs() {
    crate::support::install_tls();
    let server = MockServer::start().await;
    let positions = "/integration/api/v1/vehicles/telematics/last_known";
    let empty = || ResponseTemplate::new(200).set_body_json(json!({"success": true, "data": {"values": []}}));
    Mock::given(path(positions)).respond_with(empty()).mount(&server).await;
    Mock::given(path("/integration/api/v1/vehicles")).respond_with(empty()).mount(&server).await;
    Mock::given(path("/integration/api/v1/trips"))
        .respond_with(empty().set_delay(Duration::from_secs(60)))
        .mount(&server)
        .await;
    let log = Arc::new(Embedded::temporary().await.unwrap());
    let poller = Poller {
        client: LocoNavClient::new(LocoNavOptions::new(server.uri(), "token".into())).unwrap(),
        receiver: Arc::new(Receiver::new(log.clone(), ReceiverOptions::default())),
        log: log.clone(),
        store: log.clone(),
        account: "account".into(),
        every: Duration::from_millis(500),
        clock: now,
        seen: Mutex::default(),
    };
    let running = tokio::spawn(async move { poller.run(CancellationToken::new()).await });
    eventually("positions are asked for", Duration::from_secs(10), || async {
        let requests = server.received_requests().await.unwrap();
        let count = |wanted: &str| requests.iter().filter(|request| request.url.path() == wanted).count();
        match (count(positions), count("/integration/api/v1/trips")) {
            (3.., 1..) => Ok(()),
            others => Err(format!("{others:?}")),
        }
    })
    .await;
    running.abort();
}

#[tokio::test]
async fn a_trip_reaches_the_engine_and_what_changes_with_its_status_the_store() {
    let (log, _dir) = file(Records::Here, 1).await;
    let log = Arc::new(log);
    let registry = Registry::new(log.clone());
    let vehicle = VehicleKey::new("T1").unwrap();
    let mut trip: Trip = serde_json::from_value(json!({
        "id": Uuid::from_u128(7), "readable_id": "T-7", "vehicle": "T1", "pickup": "a", "delivery": "b",
        "status": "scheduled", "scheduled_departure": now()}))
    .unwrap();
    let correlation = CorrelationId(Uuid::nil());
    registry.save(vec![Meta::Trip(trip.clone())], correlation, now()).await.unwrap();
    trip.status = TripStatus::Ongoing;
    trip.container = Some("MSCU1234565".into());
    registry.save(vec![Meta::Trip(trip.clone())], correlation, now()).await.unwrap();
    let stored = log.trip(trip.id).await.unwrap().unwrap();
    assert_eq!((stored.status, stored.container), (trip.status, trip.container));

    let service = EngineService::new(log.clone(), Arc::new(Rules::default()), "one".into(), now);
    let running = tokio::spawn(async move { service.run(CancellationToken::new()).await });
    let fixes: Vec<_> = (0..300).step_by(10).map(|second| (Family::Position, fix("T1", second))).collect();
    log.append(&fixes).await.unwrap();
    eventually("the truck is on its trip", WITHIN, || async {
        let live = log.live(Partition(0)).await.map_err(|error| error.to_string())?;
        match live.iter().find(|state| state.vehicle == vehicle) {
            Some(state) if state.trip == Some(trip.id) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    running.abort();
}
