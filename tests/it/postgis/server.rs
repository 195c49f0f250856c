//! What the store makes of the server it finds, and of what the server refuses.

use std::{sync::Arc, time::Duration};

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use watchtower::adapters::{
    embedded::Embedded,
    postgis::{PostgisOptions, PostgisStore},
};
use watchtower_core::{
    domain::{
        event::EventData,
        geofence::{FenceKind, Geofence},
        id::DriverId,
        master::Driver,
        units::Metres,
    },
    ports::store::{EventQuery, Store, StoreError},
};

use crate::{
    store_conformance::{
        Opened,
        build::{all, at, event, fix, fix_of, key, point, position},
        same_answers,
    },
    support::postgres::{Cluster, PASSWORD, connect, shared},
};

// The same, as it is spoken to a transaction pooler, and through one where
// there is one to test with.
store_conformance!(conformance_when_pooled, super::open_pooled);

async fn pooled(url: &str) -> PostgisStore {
    let options = PostgisOptions { pooled: true, ..PostgisOptions::new(url) };
    PostgisStore::connect(options).await.unwrap()
}

pub(super) async fn open_pooled() -> Opened {
    let cluster = shared().await;
    let url = cluster.database().await;
    let store = pooled(cluster.through_pooler(&url).as_deref().unwrap_or(&url)).await;
    Opened { store: Arc::new(store), keep: Box::new(()) }
}

/// Runs one statement, as a person at a prompt would.
pub(super) async fn psql(url: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
}

/// The first column of the answer, as text.
pub(super) async fn ask(url: &str, sql: &str) -> Vec<String> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgis_is_created_where_it_may_be() {
    let url = shared().await.bare_database().await;
    assert!(ask(&url, "select extname::text from pg_extension where extname = 'postgis'").await.is_empty());
    let store = connect(&url).await;
    store.migrate().await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(store.write(&[fix("T1", "2026-11-20T12:00:00Z")]).await.unwrap().positions, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_without_postgis_is_unusable_and_says_so() {
    let cluster = shared().await;
    let url = cluster.bare_database().await;
    psql(&url, "create role visitor login").await;
    let url = url.replace("watchtower:", "visitor:");
    match PostgisStore::connect(PostgisOptions::new(url)).await.map(drop) {
        Err(StoreError::Unusable { reason }) => {
            assert!(reason.contains("no PostGIS") && reason.contains("create extension postgis"), "{reason}");
            assert!(!reason.contains(PASSWORD), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_without_the_schema_is_unusable() {
    let store = connect(&shared().await.bare_database().await).await;
    let answer = store.write(&[fix("T1", "2026-11-20T12:00:00Z")]).await;
    assert!(matches!(answer, Err(StoreError::Unusable { .. })), "{answer:?}");
}

#[tokio::test]
async fn a_server_not_there_is_named_without_its_password() {
    // Bound and not listening: refused at once.
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    drop(socket);
    let url = format!("postgres://watchtower:{PASSWORD}@127.0.0.1:{port}/fleet");
    let answer = PostgisStore::connect(PostgisOptions::new(url.as_str())).await.map(drop);
    match answer {
        Err(StoreError::Unavailable { reason }) => {
            assert!(reason.contains(&format!("127.0.0.1:{port}/fleet")), "{reason}");
            assert!(!reason.contains(PASSWORD), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    assert!(!format!("{:?}", PostgisOptions::new(url.as_str())).contains(PASSWORD));
    let answer = PostgisStore::connect(PostgisOptions::new("postgres://u:s3cret@[::1/x")).await.map(drop);
    assert!(
        matches!(&answer, Err(StoreError::Unusable { reason }) if !reason.contains("s3cret")),
        "{answer:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_not_there_is_unusable() {
    let url = shared().await.url("no_such_fleet");
    match PostgisStore::connect(PostgisOptions::new(url)).await.map(drop) {
        Err(StoreError::Unusable { reason }) => assert!(reason.contains("no_such_fleet"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn daemons_may_migrate_at_the_same_moment() {
    let url = shared().await.bare_database().await;
    let migrations = (0..4).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { connect(&url).await.migrate().await })
    });
    for done in futures::future::join_all(migrations).await {
        done.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fence_the_server_cannot_draw_is_refused_by_name() {
    let store = connect(&shared().await.database().await).await;
    // Two fences: of one drawn twice in a batch only the newer is written.
    let drawn = |id: &str, ring: Vec<(f64, f64)>| {
        let fence = Geofence::area(id, "Yard", FenceKind::Depot, ring);
        event(id, "2026-11-20T12:00:00Z", EventData::GeofenceUpdated(fence))
    };
    // Two corners: the event is well formed, and only PostGIS can tell.
    let bad = drawn("bad", vec![(3.0, 6.0), (3.1, 6.1)]);
    let mut batch: Vec<_> = (0..20).map(|n| fix("T1", &format!("2026-11-20T12:00:{n:02}Z"))).collect();
    batch.insert(7, drawn("good", vec![(3.0, 6.0), (3.1, 6.0), (3.1, 6.1)]));
    batch.insert(13, bad.clone());
    match store.write(&batch).await {
        Err(StoreError::Refused { what, reason }) => {
            assert_eq!(what, format!("event {} (geofence.updated)", bad.id));
            assert!(reason.contains("geometry requires more points"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(store.count_positions(None).await.unwrap(), 0);
    batch.retain(|event| event.id != bad.id);
    let written = store.write(&batch).await.unwrap();
    assert_eq!((written.positions, written.events), (20, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_of_too_many_days_is_refused_and_its_halves_are_not() {
    let store = connect(&shared().await.database().await).await;
    let start = at("2019-01-01T12:00:00Z");
    let batch: Vec<_> = (0..404_u64)
        .map(|day| fix_of("T1", position(start.plus(Duration::from_secs(day * 86_400)))))
        .collect();
    let answer = store.write(&batch).await;
    assert!(matches!(&answer, Err(StoreError::Refused { what, .. }) if what == "batch"), "{answer:?}");
    let (left, right) = batch.split_at(202);
    assert_eq!(store.write(left).await.unwrap().positions, 202);
    assert_eq!(store.write(right).await.unwrap().positions, 202);
    assert_eq!(store.count_positions(None).await.unwrap(), 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_with_nul_can_be_read_at_a_prompt() {
    let url = shared().await.database().await;
    let store = connect(&url).await;
    let driver = Driver {
        id: DriverId(uuid::Uuid::nil()),
        name: "Ad\u{0}a".into(),
        phone: None,
        licence: None,
        has_smartphone: false,
        loconav_id: None,
        truck: Some(key("T1")),
    };
    store.write(&[event("x", "2026-11-20T12:00:00Z", EventData::DriverUpdated(driver))]).await.unwrap();
    assert_eq!(ask(&url, "select name from drivers where truck = 'T1'").await, ["Ad\u{241b}0a"]);
    assert_eq!(ask(&url, "select data ->> 'name' from events").await, ["Ad\u{241b}0a"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_are_answered_from_indexes() {
    let url = shared().await.database().await;
    let store = connect(&url).await;
    let start = at("2026-11-18T12:00:00Z");
    // Three days, 2000 vehicles, 400 fences.
    for day in 0..3_u64 {
        let fixes: Vec<_> = (0..2_000_u32)
            .map(|n| {
                let there = point(3.0 + f64::from(n % 50) * 0.01, 6.0 + f64::from(n / 50) * 0.01);
                let time = start.plus(Duration::from_secs(day * 86_400));
                fix_of(
                    &format!("T{n}"),
                    watchtower_core::domain::position::Position { point: there, ..position(time) },
                )
            })
            .collect();
        store.write(&fixes).await.unwrap();
    }
    let fences: Vec<_> = (0..400_u32)
        .map(|n| {
            let (x, y) = (3.0 + f64::from(n % 20) * 0.02, 6.0 + f64::from(n / 20) * 0.02);
            let ring = vec![(x, y), (x + 0.01, y), (x, y + 0.01)];
            let fence = Geofence::area(&format!("f{n}"), "", FenceKind::Depot, ring);
            event("f", "2026-11-20T12:00:00Z", EventData::GeofenceUpdated(fence))
        })
        .collect();
    store.write(&fences).await.unwrap();
    psql(&url, "analyze").await;
    let plan = async |sql: &str| ask(&url, &format!("explain {sql}")).await.join("\n");

    let near = plan(
        "select vehicle_id from last_positions p
          where st_dwithin(p.point, st_setsrid(st_makepoint(3.1, 6.1), 4326)::geography, 900)",
    )
    .await;
    assert!(near.contains("last_positions_point"), "{near}");
    let fences =
        plan("select id from geofences where bounds && st_setsrid(st_makepoint(3.1, 6.1), 4326)").await;
    assert!(fences.contains("geofences_bounds"), "{fences}");
    let day = plan(
        "select * from positions where vehicle_id = 7
            and device_time >= '2026-11-19T00:00:00Z' and device_time < '2026-11-20T00:00:00Z'
          order by device_time limit 1001",
    )
    .await;
    assert!(day.contains("positions_20261119_pkey"), "{day}");
    assert!(!day.contains("positions_20261118") && !day.contains("Sort"), "{day}");
    let audit = plan("select * from events order by ts desc, id desc limit 101").await;
    assert!(audit.contains("Index Scan") && !audit.contains("Sort"), "{audit}");

    let gist =
        "select indexname::text from pg_indexes where tablename like 'positions%' and indexdef like '%gist%'";
    assert!(ask(&url, gist).await.is_empty(), "a GiST index on the history halves the speed of writing");
    // The questions themselves, not only their likenesses.
    let found = store.near(point(3.1, 6.1), Metres(900.0), 10).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(store.fences_at(point(3.101, 6.101)).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooled_and_a_direct_store_give_the_same_answers() {
    let cluster: &Cluster = shared().await;
    let direct: Arc<dyn Store> = Arc::new(connect(&cluster.database().await).await);
    let pooled: Arc<dyn Store> = Arc::new(pooled(&cluster.database().await).await);
    same_answers(&direct, &pooled, 11).await;
    let one = direct.events(&EventQuery::default(), all()).await.unwrap();
    assert_eq!(one.items.len(), 120);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgis_and_the_embedded_file_give_the_same_answers() {
    for seed in [21, 22, 23] {
        let postgis: Arc<dyn Store> = Arc::new(connect(&shared().await.database().await).await);
        let embedded: Arc<dyn Store> = Arc::new(Embedded::temporary().await.unwrap());
        same_answers(&postgis, &embedded, seed).await;
    }
}
