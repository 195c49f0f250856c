//! kill -9 in the middle of appends: nothing acknowledged is lost.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use watchtower::adapters::embedded::{Embedded, EmbeddedOptions};
use watchtower_core::{
    domain::event::EventData,
    ports::{
        log::{EntryId, EventLog, Family, Partitions, StreamId},
        store::Store,
    },
};

use super::fix;

/// Where the child is to append.
const FILE: &str = "WATCHTOWER_TEST_CRASH_FILE";
/// Before each acknowledged second in what the child writes.
const ACKNOWLEDGED: &str = "acknowledged ";

/// This binary again, running nothing but the child's part.
fn spawn(path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "embedded::crash::child_appends_until_it_is_killed"])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of another test, which kills it"]
async fn child_appends_until_it_is_killed() {
    let Some(path) = std::env::var_os(FILE).map(PathBuf::from) else { return };
    let file = Embedded::open(&path, EmbeddedOptions::default()).await.unwrap();
    let appenders: Vec<_> = (0..8)
        .map(|appender| {
            let file = file.clone();
            tokio::spawn(async move {
                for second in (appender..).step_by(8) {
                    file.append(&[(Family::Position, fix("T1", second))]).await.unwrap();
                    // One write a line: a line read is a line whole.
                    let line = format!("{ACKNOWLEDGED}{second}\n");
                    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
                }
            })
        })
        .collect();
    for appender in appenders {
        appender.await.unwrap();
    }
}

/// Kills the child after so many acknowledgements; returns all it has made.
fn kill_after(mut child: Child, count: usize) -> BTreeSet<i64> {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = BTreeSet::new();
    let mut take = |line: String| {
        // The harness writes a line of its own before the first.
        if let Some((_, second)) = line.split_once(ACKNOWLEDGED) {
            acknowledged.insert(second.parse::<i64>().unwrap());
        }
        acknowledged.len()
    };
    for line in lines.by_ref() {
        if take(line.unwrap()) == count {
            child.kill().unwrap();
            break;
        }
    }
    // What it had written before it died.
    for line in lines.map_while(Result::ok) {
        take(line);
    }
    let status = child.wait().unwrap();
    assert!(!status.success(), "it was killed, not done");
    assert!(acknowledged.len() >= count);
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_loses_nothing_it_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fleet.db");
    let mut acknowledged = BTreeSet::new();
    for round in 1..=3 {
        let child = spawn(&path);
        acknowledged
            .extend(tokio::task::spawn_blocking(move || kill_after(child, 150 * round)).await.unwrap());
        let file = Embedded::open(&path, EmbeddedOptions::default()).await.unwrap();
        let stream = StreamId { partition: Partitions::DEFAULT.of("T1"), family: Family::Position };
        let mut logged = BTreeSet::new();
        for entry in file.read(stream, EntryId::ZERO, 1_000_000).await.unwrap() {
            let EventData::PositionUpdated(position) = entry.event.data else { panic!("{entry:?}") };
            logged.insert((position.device_time.millis() - 1_763_640_000_000) / 1_000);
        }
        let lost: Vec<_> = acknowledged.difference(&logged).collect();
        assert!(lost.is_empty(), "round {round} lost {lost:?}");
        // Log and store are of one mind: the entry and its effect are one commit.
        assert_eq!(file.count_positions(None).await.unwrap(), logged.len() as u64);
        println!("killed after {} acknowledgements, {} in the log", acknowledged.len(), logged.len());
    }
}
