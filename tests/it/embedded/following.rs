//! Following what another handle, or another process, appends.

use std::time::{Duration, Instant};

use watchtower::adapters::embedded::{Embedded, EmbeddedOptions};
use watchtower_core::ports::log::{EntryId, EventLog, Family, Partitions, Start, StreamId};

use super::fix;

const LONG: Duration = Duration::from_secs(20);
/// What a dashboard beside the daemon may lag behind.
const PROMISED: Duration = Duration::from_millis(100);

/// Two handles that share nothing but the file: not the pool, not the writer.
async fn two() -> (Embedded, Embedded, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fleet.db");
    let open = || async { Embedded::open(&path, EmbeddedOptions::default()).await.unwrap() };
    let (one, other) = (open().await, open().await);
    (one, other, dir)
}

fn everything() -> Vec<(StreamId, EntryId)> {
    let stream = |partition| StreamId { partition, family: Family::Position };
    Partitions::DEFAULT.all().map(|partition| (stream(partition), EntryId::ZERO)).collect()
}

/// The middle of several measurements: one alone may hit a busy moment of the
/// machine.
fn median(mut lags: Vec<Duration>) -> Duration {
    lags.sort_unstable();
    lags[lags.len() / 2]
}

#[tokio::test(flavor = "multi_thread")]
async fn another_handles_appends_are_tailed_within_a_tenth_of_a_second() {
    let (one, other, _dir) = two().await;
    let mut cursors = everything();
    let mut lags = Vec::new();
    for second in 0..15 {
        let reader = other.clone();
        let mut places = cursors.clone();
        let waiting = tokio::spawn(async move {
            let entries = reader.tail(&mut places, 10, LONG).await.unwrap();
            (entries, places, Instant::now())
        });
        tokio::time::sleep(Duration::from_millis(40)).await;
        one.append(&[(Family::Position, fix("T1", second))]).await.unwrap();
        let appended = Instant::now();
        let (entries, places, seen) = waiting.await.unwrap();
        assert_eq!(entries.len(), 1);
        cursors = places;
        lags.push(seen.saturating_duration_since(appended));
    }
    println!("another handle's appends are seen after {:?} (median)", median(lags.clone()));
    assert!(median(lags.clone()) < PROMISED, "{lags:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_handles_appends_are_seen_after_a_long_silence_too() {
    let (one, other, _dir) = two().await;
    one.append(&[(Family::Position, fix("T1", 0))]).await.unwrap();
    let mut cursors = everything();
    assert_eq!(other.tail(&mut cursors, 10, LONG).await.unwrap().len(), 1);
    for second in 1..3 {
        let (reader, mut places) = (other.clone(), cursors.clone());
        let waiting = tokio::spawn(async move {
            let entries = reader.tail(&mut places, 10, LONG).await.unwrap();
            (entries.len(), places, Instant::now())
        });
        // By then it goes by the file's times alone.
        tokio::time::sleep(Duration::from_millis(3_500)).await;
        one.append(&[(Family::Position, fix("T1", second))]).await.unwrap();
        let appended = Instant::now();
        let (count, places, seen) = waiting.await.unwrap();
        assert_eq!(count, 1);
        assert!(seen.saturating_duration_since(appended) < LONG / 4);
        cursors = places;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_handles_appends_wake_a_group() {
    let (one, other, _dir) = two().await;
    other.ensure_group("writer", &[Family::Position], Start::Oldest).await.unwrap();
    let mut lags = Vec::new();
    for second in 0..15 {
        let reader = other.clone();
        let waiting = tokio::spawn(async move {
            let read = reader.read_group("writer", "a", &[Family::Position], 10, LONG).await.unwrap();
            (read.len(), Instant::now())
        });
        tokio::time::sleep(Duration::from_millis(40)).await;
        one.append(&[(Family::Position, fix("T1", second))]).await.unwrap();
        let appended = Instant::now();
        let (count, seen) = waiting.await.unwrap();
        assert_eq!(count, 1);
        lags.push(seen.saturating_duration_since(appended));
    }
    assert!(median(lags.clone()) < PROMISED, "{lags:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_handle_tells_itself_at_once() {
    let (one, _other, _dir) = two().await;
    // Nothing looks at the file in the time of this test.
    let file = Embedded::open(one.path(), EmbeddedOptions { poll: LONG * 10, ..EmbeddedOptions::default() });
    let file = file.await.unwrap();
    let mut cursors = everything();
    for second in 0..5 {
        let (reader, mut places) = (file.clone(), cursors.clone());
        let waiting = tokio::spawn(async move {
            let entries = reader.tail(&mut places, 10, LONG).await.unwrap();
            (entries.len(), places)
        });
        tokio::time::sleep(Duration::from_millis(40)).await;
        let began = Instant::now();
        file.append(&[(Family::Position, fix("T1", second))]).await.unwrap();
        let (count, places) = waiting.await.unwrap();
        assert_eq!(count, 1);
        assert!(began.elapsed() < LONG / 2);
        cursors = places;
    }
}

/// CPU time of this process, from the kernel's book on it, seconds.
fn cpu_seconds() -> f64 {
    // Fields 14 and 15, user and system time in ticks of 10 ms; the second field
    // ends with the last bracket.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: f64 = [11, 12].iter().map(|n| fields[*n].parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

/// Measures the whole process, so it must run alone:
/// `cargo test --test it -- --ignored --exact embedded::following::waiting_costs_next_to_nothing`.
#[tokio::test]
#[ignore = "measures the CPU time of the whole process: run it alone"]
async fn waiting_costs_next_to_nothing() {
    let (one, _other, _dir) = two().await;
    let mut cursors = everything();
    assert_eq!(one.tail(&mut cursors, 10, Duration::from_secs(4)).await.unwrap(), []);
    let before = cpu_seconds();
    let wait = Duration::from_secs(5);
    assert_eq!(one.tail(&mut cursors, 10, wait).await.unwrap(), []);
    let used = (cpu_seconds() - before) / wait.as_secs_f64();
    println!("waiting takes {:.2} % of one core", used * 100.0);
    assert!(used < 0.02, "{used}");
}
