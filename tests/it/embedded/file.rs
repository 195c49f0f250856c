//! The file itself: who may read it, and which are refused.

use std::{os::unix::fs::PermissionsExt, path::Path};

use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
use watchtower::adapters::embedded::{Embedded, EmbeddedOptions};
use watchtower_core::ports::{
    log::{EventLog, Family, LogError, Partitions},
    store::Store,
};

use super::fix;

async fn open(path: &Path) -> Result<Embedded, LogError> {
    Embedded::open(path, EmbeddedOptions::default()).await
}

async fn change(path: &Path, statement: &'static str) {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Asserts that the file is refused for good, by a message that names it.
async fn refused(path: &Path, why: &str) {
    let error = open(path).await.unwrap_err();
    assert!(!error.is_retryable(), "{error}");
    let text = error.to_string();
    assert!(text.contains(&path.display().to_string()) && text.contains(why), "{text}");
}

#[tokio::test]
async fn nobody_else_may_read_what_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("var/lib/fleet.db");
    let file = open(&path).await.unwrap();
    file.append(&[(Family::Position, fix("T1", 0))]).await.unwrap();
    assert_eq!(mode(&dir.path().join("var")), 0o700);
    assert_eq!(mode(&dir.path().join("var/lib")), 0o700);
    for name in ["fleet.db", "fleet.db-wal", "fleet.db-shm"] {
        assert_eq!(mode(&dir.path().join("var/lib").join(name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn what_was_written_is_there_when_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fleet.db");
    let first = open(&path).await.unwrap();
    let ids = first.append(&[(Family::Position, fix("T1", 0))]).await.unwrap();
    first.close().await;
    assert!(!dir.path().join("fleet.db-wal").exists(), "closing in order leaves one file");
    let error = first.append(&[(Family::Position, fix("T1", 1))]).await.unwrap_err();
    assert!(error.to_string().contains("closed"), "{error}");

    let again = open(&path).await.unwrap();
    assert_eq!(again.count_positions(None).await.unwrap(), 1);
    let more = again.append(&[(Family::Position, fix("T1", 1))]).await.unwrap();
    assert!(more[0] > ids[0]);
}

#[tokio::test]
async fn a_temporary_file_goes_with_its_last_handle() {
    let file = Embedded::temporary().await.unwrap();
    let dir = file.path().parent().unwrap().to_owned();
    assert_eq!(mode(&dir), 0o700);
    let clone = file.clone();
    drop(file);
    clone.append(&[(Family::Position, fix("T1", 0))]).await.unwrap();
    clone.close().await;
    drop(clone);
    assert!(!dir.exists());
}

#[tokio::test]
async fn another_number_of_partitions_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fleet.db");
    open(&path).await.unwrap();
    let options = EmbeddedOptions { partitions: Partitions::new(8).unwrap(), ..EmbeddedOptions::default() };
    let error = Embedded::open(&path, options).await.unwrap_err();
    assert!(matches!(error, LogError::Partitions { found: 16, expected: 8 }), "{error}");
}

#[tokio::test]
async fn files_of_others_are_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let newer = dir.path().join("newer.db");
    open(&newer).await.unwrap().close().await;
    change(&newer, "pragma user_version = 99").await;
    refused(&newer, "written by a newer version of this program: schema 99").await;

    let other = dir.path().join("other.db");
    change(&other, "create table songs (title text)").await;
    let before = std::fs::read(&other).unwrap();
    refused(&other, "an SQLite file of another program").await;
    assert_eq!(std::fs::read(&other).unwrap(), before);

    let text = dir.path().join("notes.txt");
    std::fs::write(&text, "no database at all, but longer than a header of a hundred bytes. ".repeat(20))
        .unwrap();
    refused(&text, "not an SQLite file").await;
    refused(dir.path(), "cannot be opened").await;
    refused(&text.join("fleet.db"), "File exists").await;
}

#[tokio::test]
async fn damage_is_named_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fleet.db");
    let file = open(&path).await.unwrap();
    let fixes: Vec<_> = (0..2_000).map(|second| (Family::Position, fix("T1", second))).collect();
    file.append(&fixes).await.unwrap();
    file.close().await;
    // All but the first pages, which hold the schema.
    let mut bytes = std::fs::read(&path).unwrap();
    let kept = bytes.len() / 4;
    bytes[kept..].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();
    let file = open(&path).await.unwrap();
    let error = file.count_positions(None).await.and(file.last_positions().await.map(|_| 0)).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("the file is damaged") && text.contains("fleet.db"), "{text}");
}

#[tokio::test]
async fn a_lock_held_by_another_process_is_waited_for_and_then_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fleet.db");
    let options =
        EmbeddedOptions { busy_timeout: std::time::Duration::from_millis(50), ..EmbeddedOptions::default() };
    let file = Embedded::open(&path, options).await.unwrap();
    let mut other = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    sqlx::raw_sql("begin immediate").execute(&mut other).await.unwrap();
    let error = file.append(&[(Family::Position, fix("T1", 0))]).await.unwrap_err();
    assert!(error.is_retryable());
    let text = error.to_string();
    assert!(text.contains("locked by another process") && text.contains("fleet.db"), "{text}");
    assert_eq!(file.count_positions(None).await.unwrap(), 0, "reading goes on");
    sqlx::raw_sql("rollback").execute(&mut other).await.unwrap();
    file.append(&[(Family::Position, fix("T1", 0))]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_may_make_one_file_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fleet.db");
    let openers: Vec<_> = (0..8)
        .map(|opener| {
            let path = path.clone();
            tokio::spawn(async move {
                let file = open(&path).await.unwrap();
                file.append(&[(Family::Position, fix("T1", opener))]).await.unwrap();
            })
        })
        .collect();
    for opener in openers {
        opener.await.unwrap();
    }
    assert_eq!(open(&path).await.unwrap().count_positions(None).await.unwrap(), 8);
}
