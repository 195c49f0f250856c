//! Waking whoever waits for entries: at once for this process's commits, within
//! a poll for other processes'.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::fault::Fault;

/// After a failure to look at the file.
const RETRY: Duration = Duration::from_secs(1);
/// No file system's clock is coarser.
const COARSEST: Duration = Duration::from_secs(3);

/// Counts what may have brought entries, and who waits for that.
#[derive(Default)]
pub(super) struct Changes {
    generation: watch::Sender<u64>,
    waiting: watch::Sender<usize>,
}

impl Changes {
    /// Something was committed.
    pub(super) fn announce(&self) {
        self.generation.send_modify(|generation| *generation += 1);
    }

    /// Begins to wait; what is committed from now on is noticed. Look for
    /// entries after this, and between any two calls of [`Waiting::changed`].
    pub(super) fn wait(&self, wait: Duration) -> Waiting<'_> {
        self.waiting.send_modify(|waiting| *waiting += 1);
        Waiting { changes: self, seen: self.generation.subscribe(), deadline: Instant::now() + wait }
    }
}

pub(super) struct Waiting<'a> {
    changes: &'a Changes,
    seen: watch::Receiver<u64>,
    deadline: Instant,
}

impl Waiting<'_> {
    /// Sleeps until something changed (`true`) or the wait is over (`false`).
    pub(super) async fn changed(&mut self) -> bool {
        matches!(timeout_at(self.deadline, self.seen.changed()).await, Ok(Ok(())))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.changes.waiting.send_modify(|waiting| *waiting -= 1);
    }
}

/// While somebody waits, looks whether another connection changed the file.
pub(super) async fn watch_file(
    connect: SqliteConnectOptions,
    changes: Arc<Changes>,
    poll: Duration,
    stop: CancellationToken,
) {
    stop.run_until_cancelled(async {
        let mut waiting = changes.waiting.subscribe();
        let log = write_ahead_log(connect.get_filename());
        let (mut connection, mut version, mut known) = (None, None, None);
        while waiting.wait_for(|waiting| *waiting > 0).await.is_ok() {
            let stamp = Stamp::of(&log);
            if stamp.is_some() && stamp == known {
                sleep(poll).await;
                continue;
            }
            match data_version(&connect, &mut connection).await {
                Ok(found) => {
                    known = stamp.filter(|stamp| stamp.is_old);
                    if version.replace(found) != Some(found) {
                        changes.announce();
                    }
                    sleep(poll).await;
                }
                Err(fault) => {
                    tracing::warn!(reason = ?fault, "looking for other processes' commits failed");
                    (connection, version) = (None, None);
                    sleep(RETRY).await;
                }
            }
        }
    })
    .await;
}

/// What the file system knows of the write-ahead log. Every commit writes to it, so that
/// while nothing is written a look at this, which costs next to nothing, will do.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    written: SystemTime,
    bytes: u64,
    /// Whether what is written from now on has another time.
    is_old: bool,
}

impl Stamp {
    fn of(log: &Path) -> Option<Self> {
        let found = fs::metadata(log).ok()?;
        let written = found.modified().ok()?;
        let is_old = SystemTime::now().duration_since(written).is_ok_and(|age| age > COARSEST);
        Some(Self { written, bytes: found.len(), is_old })
    }
}

fn write_ahead_log(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push("-wal");
    name.into()
}

async fn data_version(
    connect: &SqliteConnectOptions,
    connection: &mut Option<SqliteConnection>,
) -> Result<i64, Fault> {
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(connect.connect().await?),
    };
    Ok(sqlx::query_scalar("pragma data_version").fetch_one(connection).await?)
}
