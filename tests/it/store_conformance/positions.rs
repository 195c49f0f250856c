//! Positions: once each, first wins, in order of device time.

use std::{sync::Arc, time::Duration};

use watchtower_core::{
    domain::{
        position::{Position, Signals, Source},
        units::{Heading, Kmh, Metres},
    },
    ports::store::{Store, Window, Written},
};

use super::build::{all, at, ever, fix, fix_of, key, paged, point, position, positions_of, shuffled, span};

pub(crate) async fn a_batch_written_twice_is_stored_once(store: Arc<dyn Store>) {
    let batch: Vec<_> = (0..50).map(|second| fix("T1", &format!("2026-11-20T12:00:{second:02}Z"))).collect();
    let first = store.write(&batch).await.unwrap();
    assert_eq!(first, Written { positions: 50, ..Written::default() });
    let again = store.write(&batch).await.unwrap();
    assert_eq!(again, Written { duplicate_positions: 50, ..Written::default() });
    assert_eq!(store.count_positions(None).await.unwrap(), 50);
    assert_eq!(positions_of(&store, "T1").await.len(), 50);
}

pub(crate) async fn overlapping_shuffled_batches_store_every_fix_once(store: Arc<dyn Store>) {
    let start = at("2026-11-20T23:50:00Z");
    let fixes: Vec<_> = (0..300_u64)
        .map(|n| {
            let time = start.plus(Duration::from_secs(n * 7));
            fix_of(&format!("T{}", n % 5), position(time))
        })
        .collect();
    let fixes = shuffled(&fixes, 1);
    let mut written = Written::default();
    for batch in fixes.windows(60).step_by(24) {
        let one = store.write(batch).await.unwrap();
        assert_eq!(one.positions + one.duplicate_positions, 60);
        written.positions += one.positions;
    }
    let tail = store.write(&fixes[200..]).await.unwrap();
    assert_eq!(written.positions + tail.positions, 300);
    assert_eq!(store.count_positions(None).await.unwrap(), 300);
    for vehicle in 0..5 {
        let track = positions_of(&store, &format!("T{vehicle}")).await;
        assert_eq!(track.len(), 60);
        assert!(track.is_sorted_by(|a, b| a.device_time < b.device_time));
    }
}

pub(crate) async fn the_first_of_two_fixes_at_one_moment_wins(store: Arc<dyn Store>) {
    let time = at("2026-11-20T12:00:00Z");
    let told = |speed| Position { speed_kmh: Some(Kmh(speed)), ..position(time) };
    let written = store.write(&[fix_of("T1", told(1.0)), fix_of("T1", told(2.0))]).await.unwrap();
    assert_eq!(written, Written { positions: 1, duplicate_positions: 1, ..Written::default() });
    let later = store.write(&[fix_of("T1", told(3.0)), fix_of("T2", told(4.0))]).await.unwrap();
    assert_eq!(later, Written { positions: 1, duplicate_positions: 1, ..Written::default() });
    assert_eq!(positions_of(&store, "T1").await, [told(1.0)]);
    let mut last = store.last_positions().await.unwrap();
    last.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(last, [(key("T1"), told(1.0)), (key("T2"), told(4.0))]);
}

pub(crate) async fn a_fix_comes_back_as_it_went_in(store: Arc<dyn Store>) {
    let full = Position {
        device_time: at("2026-11-20T12:00:00.123Z"),
        received_at: at("2026-11-20T12:00:02.456Z"),
        point: point(-179.999_999_912_3, 6.524_379_2),
        speed_kmh: Some(Kmh(61.3)),
        heading: Heading::new(271.7),
        ignition: Some(false),
        altitude_m: Some(Metres(-12.25)),
        accuracy_m: Some(Metres(4.1)),
        odometer_m: Some(Metres(412_345_678.9)),
        signals: Signals { harsh_braking: true, harsh_acceleration: false, sharp_turn: true },
        source: Source::event("replay:sf-2008"),
    };
    let bare = Position {
        device_time: at("2026-11-20T12:00:01Z"),
        speed_kmh: None,
        ignition: None,
        signals: Signals { harsh_acceleration: true, ..Signals::default() },
        ..position(at("2026-11-20T12:00:01Z"))
    };
    store.write(&[fix_of("T1", full.clone()), fix_of("T1", bare.clone())]).await.unwrap();
    assert_eq!(positions_of(&store, "T1").await, [full, bare.clone()]);
    assert_eq!(store.last_positions().await.unwrap(), [(key("T1"), bare)]);
}

pub(crate) async fn fixes_cross_the_ends_of_years(store: Arc<dyn Store>) {
    let times = [
        "2008-02-29T23:59:59.999Z",
        "2008-03-01T00:00:00.000Z",
        "2008-12-31T23:59:59.999Z",
        "2009-01-01T00:00:00.000Z",
        "2026-12-31T23:59:59.999Z",
        "2027-01-01T00:00:00.000Z",
    ];
    let batch: Vec<_> = times.iter().map(|time| fix("T1", time)).collect();
    assert_eq!(store.write(&batch).await.unwrap().positions, 6);
    let read: Vec<_> =
        positions_of(&store, "T1").await.iter().map(|position| position.device_time.to_string()).collect();
    assert_eq!(read, times);
    // Half open: the instant at `to` belongs to the next span.
    let eve = span("2008-12-31T00:00:00Z", "2009-01-01T00:00:00Z");
    assert_eq!(store.count_positions(Some(eve)).await.unwrap(), 1);
    let page = store.positions(&key("T1"), eve, all()).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let newyear = span("2009-01-01T00:00:00Z", "2009-01-01T00:00:00.001Z");
    assert_eq!(store.count_positions(Some(newyear)).await.unwrap(), 1);
    let never = span("2012-01-01T00:00:00Z", "2013-01-01T00:00:00Z");
    assert_eq!(store.count_positions(Some(never)).await.unwrap(), 0);
}

pub(crate) async fn pages_are_complete_and_stable_while_fixes_arrive(store: Arc<dyn Store>) {
    let start = at("2026-11-20T23:59:00Z");
    let nth = |n: u64| fix_of("T1", position(start.plus(Duration::from_secs(n * 10))));
    let batch: Vec<_> = (0..20).map(|n| nth(2 * n)).collect();
    store.write(&batch).await.unwrap();
    let vehicle = key("T1");
    let read = |window| store.positions(&vehicle, ever(), window);
    assert_eq!(paged(7, read).await.len(), 20);
    // A last page that is just full has no next.
    assert_eq!(paged(10, read).await, positions_of(&store, "T1").await);

    let first = read(Window { limit: 10, after: None }).await.unwrap();
    // One before and one after where the page ended.
    store.write(&[nth(1), nth(25)]).await.unwrap();
    let second = read(Window { limit: 100, after: first.next }).await.unwrap();
    let mut seen: Vec<_> = first.items.iter().chain(&second.items).map(|p| p.device_time).collect();
    assert!(seen.is_sorted_by(|a, b| a < b));
    seen.retain(|time| *time != start.plus(Duration::from_secs(250)));
    assert_eq!(seen.len(), 20);
}

pub(crate) async fn the_fleets_fixes_come_by_time_whoever_is_asked_for(store: Arc<dyn Store>) {
    let start = at("2026-11-20T23:50:00Z");
    let fixes: Vec<_> = (0..240_u64)
        .map(|n| {
            // Four vehicles at each moment, one of a source with a clock of its own.
            let source = if n % 4 == 3 { Source::event("replay:x") } else { Source::wall("osmand") };
            let time = start.plus(Duration::from_secs(n / 4 * 20));
            fix_of(&format!("T{}", n % 4), Position { source, ..position(time) })
        })
        .collect();
    store.write(&shuffled(&fixes, 3)).await.unwrap();
    let within = span("2026-11-20T23:55:00Z", "2026-11-21T00:05:00Z");
    let told = |of: Vec<&str>| {
        let (store, of) = (&store, of.into_iter().map(key).collect::<Vec<_>>());
        async move { paged(7, |window| store.fixes(&of, within, window)).await }
    };
    let all_of_them = told(vec![]).await;
    let expected = fixes.iter().filter(|fix| within.from <= fix.ts && fix.ts < within.to);
    let expected: Vec<_> = expected.map(|fix| (fix.key.clone(), fix.ts)).collect();
    let heard: Vec<_> =
        all_of_them.iter().map(|(vehicle, fix)| (vehicle.to_string(), fix.device_time)).collect();
    assert_eq!(heard, expected, "by time, and of one moment by vehicle");
    let [two, none] =
        [told(vec!["T3", "T1"]).await, store.fixes(&[key("T9")], ever(), all()).await.unwrap().items];
    let of_two = all_of_them.iter().filter(|(vehicle, _)| ["T1", "T3"].contains(&vehicle.as_str()));
    assert_eq!(two, of_two.cloned().collect::<Vec<_>>());
    assert_eq!(none, []);
}

pub(crate) async fn the_last_position_is_the_newest_whatever_the_order(store: Arc<dyn Store>) {
    let newest = "2026-11-20T12:00:30Z";
    store.write(&[fix("T1", "2026-11-20T12:00:10Z"), fix("T1", newest)]).await.unwrap();
    store.write(&[fix("T1", "2026-11-20T12:00:20Z"), fix("T2", "2008-05-01T00:00:00Z")]).await.unwrap();
    let mut last = store.last_positions().await.unwrap();
    last.sort_by(|a, b| a.0.cmp(&b.0));
    let times: Vec<_> = last.iter().map(|(vehicle, last)| (vehicle.as_str(), last.device_time)).collect();
    assert_eq!(times, [("T1", at(newest)), ("T2", at("2008-05-01T00:00:00Z"))]);
}

pub(crate) async fn an_empty_batch_changes_nothing(store: Arc<dyn Store>) {
    assert_eq!(store.write(&[]).await.unwrap(), Written::default());
    assert_eq!(store.count_positions(None).await.unwrap(), 0);
    assert_eq!(store.trucks().await.unwrap(), []);
}

pub(crate) async fn a_vehicle_never_heard_of_has_no_positions(store: Arc<dyn Store>) {
    store.write(&[fix("T1", "2026-11-20T12:00:00Z")]).await.unwrap();
    let page = store.positions(&key("T2"), ever(), all()).await.unwrap();
    assert_eq!((page.items, page.next), (vec![], None));
    assert_eq!(store.truck("T2").await.unwrap(), None);
}

pub(crate) async fn concurrent_writers_of_a_new_day_store_every_fix_once(store: Arc<dyn Store>) {
    let start = at("2026-11-20T23:58:20Z");
    let fixes: Vec<_> = (0..200_u64)
        .map(|n| fix_of(&format!("T{}", n % 20), position(start.plus(Duration::from_secs(n)))))
        .collect();
    let writers = (0..6).map(|seed| {
        let (store, batch) = (Arc::clone(&store), shuffled(&fixes, seed));
        tokio::spawn(async move {
            let mut stored = 0;
            for part in batch.chunks(50) {
                stored += store.write(part).await.unwrap().positions;
            }
            stored
        })
    });
    let stored: u64 = futures::future::join_all(writers).await.into_iter().map(Result::unwrap).sum();
    assert_eq!(stored, 200);
    assert_eq!(store.count_positions(None).await.unwrap(), 200);
    assert_eq!(store.trucks().await.unwrap().len(), 20);
    assert_eq!(store.last_positions().await.unwrap().len(), 20);
}
