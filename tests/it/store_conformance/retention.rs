//! Old days go whole, and only those judged by the wall clock.

use std::{sync::Arc, time::Duration};

use chrono::NaiveDate;
use watchtower_core::{
    domain::position::{Position, Source},
    ports::store::Store,
};

use super::build::{at, fix, fix_of, position, positions_of};

const DAYS_30: Duration = Duration::from_secs(30 * 86_400);

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn replayed(vehicle: &str, time: &str) -> watchtower_core::domain::event::Event {
    fix_of(vehicle, Position { source: Source::event("replay:sf"), ..position(at(time)) })
}

pub(crate) async fn only_old_days_of_wall_clock_sources_go(store: Arc<dyn Store>) {
    store
        .write(&[
            replayed("R1", "2008-05-20T12:00:00Z"),
            fix("T1", "2026-09-01T12:00:00Z"),
            fix("T1", "2026-10-22T23:59:59.999Z"),
            fix("T1", "2026-10-23T00:00:00Z"),
            fix("T1", "2026-10-23T18:00:00Z"),
            fix("T1", "2026-11-22T12:00:00Z"),
        ])
        .await
        .unwrap();
    // 30 days before noon lies within 23 October: that day is not old as a whole.
    let mut gone = store.retain(at("2026-11-22T12:00:00Z"), DAYS_30).await.unwrap();
    gone.sort_unstable();
    assert_eq!(gone, [day("2026-09-01"), day("2026-10-22")]);
    let left: Vec<_> =
        positions_of(&store, "T1").await.iter().map(|left| left.device_time.to_string()).collect();
    assert_eq!(left, ["2026-10-23T00:00:00.000Z", "2026-10-23T18:00:00.000Z", "2026-11-22T12:00:00.000Z"]);
    assert_eq!(positions_of(&store, "R1").await.len(), 1);
    assert_eq!(store.count_positions(None).await.unwrap(), 4);
    assert_eq!(store.retain(at("2026-11-22T12:00:00Z"), DAYS_30).await.unwrap(), []);
    // Exactly 30 days after its end it goes.
    let gone = store.retain(at("2026-11-23T00:00:00Z"), DAYS_30).await.unwrap();
    assert_eq!(gone, [day("2026-10-23")]);
    // A truck silent for long keeps its place on the map.
    store.write(&[fix("T9", "2026-10-01T12:00:00Z")]).await.unwrap();
    store.retain(at("2026-11-23T00:00:00Z"), DAYS_30).await.unwrap();
    assert_eq!(positions_of(&store, "T9").await, []);
    assert_eq!(store.last_positions().await.unwrap().len(), 3);
}

pub(crate) async fn a_day_shared_with_a_replay_keeps_the_replay(store: Arc<dyn Store>) {
    let time = "2026-09-01T12:00:00Z";
    store.write(&[fix("T1", time), fix("T2", time)]).await.unwrap();
    store.write(&[replayed("R1", time), replayed("R2", time)]).await.unwrap();
    let gone = store.retain(at("2026-11-22T12:00:00Z"), DAYS_30).await.unwrap();
    assert_eq!(gone, [day("2026-09-01")]);
    assert_eq!(store.count_positions(None).await.unwrap(), 2);
    assert_eq!(positions_of(&store, "R2").await.len(), 1);
    assert_eq!(store.retain(at("2026-11-22T12:00:00Z"), DAYS_30).await.unwrap(), []);
    // What the replay has written is still known as such.
    assert_eq!(store.write(&[replayed("R1", time)]).await.unwrap().duplicate_positions, 1);
}

pub(crate) async fn writers_go_on_while_days_are_dropped(store: Arc<dyn Store>) {
    for n in 1..=9 {
        store.write(&[fix("T1", &format!("2026-09-0{n}T12:00:00Z"))]).await.unwrap();
    }
    let start = at("2026-11-22T12:00:00Z");
    let writer = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for n in 0..40_u64 {
                // A new day every other batch, so that days are made while others go.
                let time = start.plus(Duration::from_secs(n * 43_200));
                store.write(&[fix_of("T2", position(time))]).await.unwrap();
            }
        })
    };
    let gone = store.retain(start, DAYS_30).await.unwrap();
    writer.await.unwrap();
    assert_eq!(gone.len(), 9);
    assert_eq!(store.count_positions(None).await.unwrap(), 40);
}

pub(crate) async fn a_day_dropped_can_be_written_again(store: Arc<dyn Store>) {
    let late = fix("T1", "2026-09-01T12:00:00Z");
    let now = at("2026-11-22T12:00:00Z");
    for _ in 0..2 {
        assert_eq!(store.write(std::slice::from_ref(&late)).await.unwrap().positions, 1);
        assert_eq!(store.retain(now, DAYS_30).await.unwrap(), [day("2026-09-01")]);
        assert_eq!(store.count_positions(None).await.unwrap(), 0);
    }
    store.write(&[replayed("T1", "2026-09-01T12:00:00Z")]).await.unwrap();
    assert_eq!(store.retain(now, DAYS_30).await.unwrap(), []);
    assert_eq!(store.count_positions(None).await.unwrap(), 1);
}

pub(crate) async fn days_made_ahead_change_nothing(store: Arc<dyn Store>) {
    let days = [day("2026-12-31"), day("2027-01-01"), day("2026-12-31"), day("2028-02-29")];
    store.ensure_days(&days).await.unwrap();
    store.ensure_days(&days).await.unwrap();
    store.ensure_days(&[]).await.unwrap();
    assert_eq!(store.count_positions(None).await.unwrap(), 0);
    assert_eq!(store.write(&[fix("T1", "2027-01-01T00:00:00Z")]).await.unwrap().positions, 1);
    store.ensure_days(&days).await.unwrap();
    assert_eq!(store.count_positions(None).await.unwrap(), 1);
}
