//! `kill -9` of the server, under load.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use watchtower::adapters::postgis::{PostgisOptions, PostgisStore};
use watchtower_core::{
    domain::event::{Event, EventData, Failure},
    ports::store::{EventQuery, Store, StoreError},
};

use crate::{
    store_conformance::build::{all, at, event, fix_of, position},
    support::postgres::Cluster,
};

const WRITERS: u64 = 4;
const BATCHES: u64 = 30;

/// Ten fixes and two other events, the same each time they are asked for.
fn batch(writer: u64, number: u64) -> Vec<Event> {
    let start = at("2026-11-20T23:58:00Z").plus(Duration::from_secs(number * 10));
    let mut events: Vec<_> = (0..10)
        .map(|n| fix_of(&format!("T{writer}"), position(start.plus(Duration::from_secs(n)))))
        .collect();
    for part in 0..2_u128 {
        let failure = Failure { component: "writer".into(), message: format!("{writer} {number} {part}") };
        let mut failed = event("x", &start.to_string(), EventData::ErrorOccurred(failure));
        let id = (u128::from(writer) << 64) | (u128::from(number) << 8) | part;
        failed.id = watchtower_core::domain::id::EventId(uuid::Uuid::from_u128(id));
        events.push(failed);
    }
    events
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_under_load_stores_everything_exactly_once() {
    let cluster = Arc::new(tokio::task::spawn_blocking(Cluster::start).await.unwrap());
    cluster.make_ready().await;
    let url = cluster.database().await;
    let options = PostgisOptions { timeout: Duration::from_secs(5), ..PostgisOptions::new(url.as_str()) };
    let store = Arc::new(PostgisStore::connect(options).await.unwrap());
    let (committed, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (store, committed, failed) =
                (Arc::clone(&store), Arc::clone(&committed), Arc::clone(&failed));
            tokio::spawn(async move {
                for number in 0..BATCHES {
                    loop {
                        match store.write(&batch(writer, number)).await {
                            Ok(_) => break,
                            Err(StoreError::Unavailable { .. }) => {
                                failed.fetch_add(1, Ordering::SeqCst);
                                tokio::time::sleep(Duration::from_millis(50)).await;
                            }
                            Err(other) => panic!("{other}"),
                        }
                    }
                    committed.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    for kill in 1..=3 {
        // Once each quarter of the work is done: always with some still to do.
        while committed.load(Ordering::SeqCst) < kill * WRITERS * BATCHES / 4 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let cluster = Arc::clone(&cluster);
        tokio::task::spawn_blocking(move || {
            cluster.kill();
            cluster.restart();
        })
        .await
        .unwrap();
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert!(failed.load(Ordering::SeqCst) > 0, "nobody noticed: the case has lost its point");
    assert_eq!(store.count_positions(None).await.unwrap(), WRITERS * BATCHES * 10);
    let audit = store.events(&EventQuery::default(), all()).await.unwrap();
    assert_eq!(audit.items.len() as u64, WRITERS * BATCHES * 2);
    // And all of it is known as stored.
    for writer in 0..WRITERS {
        for number in 0..BATCHES {
            let again = store.write(&batch(writer, number)).await.unwrap();
            assert_eq!((again.duplicate_positions, again.duplicate_events), (10, 2));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_gone_is_unavailable_in_time() {
    let cluster = tokio::task::spawn_blocking(Cluster::start).await.unwrap();
    cluster.make_ready().await;
    let url = cluster.database().await;
    let options = PostgisOptions { timeout: Duration::from_secs(1), ..PostgisOptions::new(url) };
    let store = PostgisStore::connect(options).await.unwrap();
    store.write(&batch(0, 0)).await.unwrap();
    cluster.kill();
    for _ in 0..2 {
        let answer = store.write(&batch(0, 1)).await;
        assert!(matches!(&answer, Err(error) if error.is_retryable()), "{answer:?}");
        let answer = store.count_positions(None).await;
        assert!(matches!(&answer, Err(error) if error.is_retryable()), "{answer:?}");
    }
}
