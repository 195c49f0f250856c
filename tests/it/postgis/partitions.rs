//! Partitions between processes, and while they come and go.

use std::{sync::Arc, time::Duration};

use sqlx::{Connection, PgConnection};
use watchtower_core::{
    domain::position::{Position, Source},
    ports::store::Store,
};

use super::server::{ask, psql};
use crate::{
    store_conformance::build::{at, fix, fix_of, position, shuffled},
    support::postgres::{connect, shared},
};

const DAYS_30: Duration = Duration::from_secs(30 * 86_400);
const NOW: &str = "2026-11-22T12:00:00Z";
/// Far longer than anything here takes, far shorter than for ever.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_writing_the_same_new_days_make_them_once() {
    let url = shared().await.database().await;
    let start = at("2026-11-20T00:00:00Z");
    let fixes: Vec<_> = (0..60_u64)
        .map(|n| fix_of(&format!("T{}", n % 7), position(start.plus(Duration::from_secs(n * 43_200)))))
        .collect();
    // Each with its own connections and memory, like a process of its own.
    let writers = (0..5).map(|seed| {
        let (url, batch) = (url.clone(), shuffled(&fixes, seed));
        tokio::spawn(async move {
            let store = connect(&url).await;
            let mut stored = 0;
            for part in batch.chunks(20) {
                stored += store.write(part).await.unwrap().positions;
            }
            stored
        })
    });
    let stored: u64 = futures::future::join_all(writers).await.into_iter().map(Result::unwrap).sum();
    assert_eq!(stored, 60);
    let made = "select count(*)::text from pg_inherits where inhparent = 'positions'::regclass";
    assert_eq!(ask(&url, made).await, ["30"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_dropped_by_another_process_is_made_again() {
    let url = shared().await.database().await;
    let (one, other) = (connect(&url).await, connect(&url).await);
    other.write(&[fix("T1", "2026-09-01T12:00:00Z")]).await.unwrap();
    assert_eq!(one.retain(at(NOW), DAYS_30).await.unwrap().len(), 1);
    // The other still believes in the partition.
    assert_eq!(other.write(&[fix("T1", "2026-09-01T13:00:00Z")]).await.unwrap().positions, 1);
    assert_eq!(other.count_positions(None).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_do_not_wait_for_a_day_that_waits_for_a_reader() {
    let url = shared().await.database().await;
    let store = Arc::new(connect(&url).await);
    store.write(&[fix("T1", "2026-09-01T12:00:00Z"), fix("T1", "2026-11-22T11:00:00Z")]).await.unwrap();
    // A report somebody began and did not end: the day cannot be detached.
    let mut reader = PgConnection::connect(&url).await.unwrap();
    let mut report = reader.begin().await.unwrap();
    sqlx::query("select count(*) from positions").fetch_one(&mut *report).await.unwrap();

    let retention = {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.retain(at(NOW), DAYS_30).await })
    };
    let waiting = "select count(*)::text from pg_stat_activity
                    where datname = current_database() and wait_event_type = 'Lock' and query like '%detach%'";
    tokio::time::timeout(PATIENCE, async {
        while ask(&url, waiting).await != ["1"] {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("the day is being detached");
    // Into a day that exists, and into one that must be made.
    let work = async {
        for n in 0..10 {
            store.write(&[fix("T1", &format!("2026-11-22T12:00:{n:02}Z"))]).await.unwrap();
        }
        store.write(&[fix("T1", "2026-11-23T00:00:00Z")]).await.unwrap();
    };
    tokio::time::timeout(PATIENCE, work).await.expect("writers do not wait for the reader");
    assert!(!retention.is_finished(), "the case has lost its point");
    report.rollback().await.unwrap();
    let gone = tokio::time::timeout(PATIENCE, retention).await.unwrap().unwrap().unwrap();
    assert_eq!(gone.len(), 1);
    assert_eq!(store.count_positions(None).await.unwrap(), 12);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drop_broken_off_is_finished_from_wherever_it_was() {
    let detach = "alter table positions detach partition positions_20260901 concurrently";
    for stage in ["marked", "detached", "dropped"] {
        let url = shared().await.database().await;
        let store = connect(&url).await;
        store.write(&[fix("T1", "2026-09-01T12:00:00Z")]).await.unwrap();
        psql(&url, "update partitions set dropping = true where tree = 'positions'").await;
        if stage != "marked" {
            psql(&url, detach).await;
        }
        if stage == "dropped" {
            psql(&url, "drop table positions_20260901").await;
        }
        assert_eq!(store.retain(at(NOW), DAYS_30).await.unwrap().len(), 1, "{stage}");
        assert_eq!(ask(&url, "select tree from partitions").await, Vec::<String>::new(), "{stage}");
        assert_eq!(store.write(&[fix("T1", "2026-09-01T12:00:00Z")]).await.unwrap().positions, 1, "{stage}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_detach_broken_off_midway_is_finalized() {
    let url = shared().await.database().await;
    let store = connect(&url).await;
    store.write(&[fix("T1", "2026-09-01T12:00:00Z")]).await.unwrap();
    psql(&url, "update partitions set dropping = true where tree = 'positions'").await;
    let mut reader = PgConnection::connect(&url).await.unwrap();
    let mut report = reader.begin().await.unwrap();
    sqlx::query("select count(*) from positions").fetch_one(&mut *report).await.unwrap();
    // Waits for the reader and is cancelled: the partition stays half attached.
    let mut broken = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("set statement_timeout = 300").execute(&mut broken).await.unwrap();
    let detach = "alter table positions detach partition positions_20260901 concurrently";
    assert!(sqlx::raw_sql(detach).execute(&mut broken).await.is_err());
    report.rollback().await.unwrap();
    let pending = "select count(*)::text from pg_inherits where inhdetachpending";
    assert_eq!(ask(&url, pending).await, ["1"]);

    // A replay for that very day finishes the drop itself, and keeps its data.
    let replayed = Position { source: Source::event("replay"), ..position(at("2026-09-01T13:00:00Z")) };
    assert_eq!(store.write(&[fix_of("R1", replayed)]).await.unwrap().positions, 1);
    assert_eq!(store.retain(at(NOW), DAYS_30).await.unwrap(), []);
    assert_eq!(store.count_positions(None).await.unwrap(), 1);
    assert_eq!(ask(&url, pending).await, ["0"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_retentions_at_once_do_not_disturb_each_other() {
    let url = shared().await.database().await;
    let (one, other) = (connect(&url).await, connect(&url).await);
    for n in 1..=6 {
        one.write(&[fix("T1", &format!("2026-09-0{n}T12:00:00Z"))]).await.unwrap();
    }
    let (left, right) = tokio::join!(one.retain(at(NOW), DAYS_30), other.retain(at(NOW), DAYS_30));
    let mut gone = [left.unwrap(), right.unwrap()].concat();
    gone.sort_unstable();
    gone.dedup();
    assert_eq!(gone.len(), 6);
    assert_eq!(one.count_positions(None).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_dropped_sooner_than_positions() {
    use watchtower_core::{
        domain::event::{EventData, RawBody, RawRequest},
        ports::store::EventQuery,
    };
    let store = connect(&shared().await.database().await).await;
    let sent = |time| {
        let request = RawRequest {
            source: "loconav".into(),
            path: "/webhooks/loconav/location".into(),
            content_type: None,
            body: RawBody::Body("{}".into()),
            rejected: vec![],
        };
        crate::store_conformance::build::event("T1", time, EventData::WebhookReceived(request))
    };
    let (old, new) = (sent("2026-11-10T12:00:00Z"), sent("2026-11-20T12:00:00Z"));
    store.write(&[old, new.clone(), fix("T1", "2026-11-10T12:00:00Z")]).await.unwrap();
    let week = Duration::from_secs(7 * 86_400);
    store.retain_requests(at(NOW), week).await.unwrap();
    let left = store.events(&EventQuery::default(), crate::store_conformance::build::all()).await.unwrap();
    assert_eq!(left.items, [new]);
    assert_eq!(store.count_positions(None).await.unwrap(), 1);
}
