//! SQLite: log and store in one file.
//!
//! Both ports over one medium, so that a batch, the engine's step and their
//! effect on the records commit in one transaction, and no writer role is
//! needed: [`EventLog::append`](watchtower_core::ports::log::EventLog::append)
//! and [`EngineLedger::commit`](watchtower_core::ports::log::EngineLedger::commit)
//! project what they take into the store's tables as `Store::write` would.
//!
//! One task writes (`writer`), a small pool reads, whoever waits is woken by
//! `changes`, by another process's commits too.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sqlx::{Sqlite, SqliteConnection, SqlitePool, pool::PoolConnection};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use watchtower_core::ports::log::{LogError, Partitions};

use changes::Changes;
use fault::Fault;
use temporary::TemporaryDir;
use writer::{Wakes, Writer};

mod batch;
mod changes;
mod covers;
mod entries;
mod fault;
mod file;
mod groups;
mod history;
mod ledger;
mod log;
mod page;
mod picture;
mod project;
mod records;
mod retention;
mod store;
mod temporary;
mod trim;
mod writer;

mod alerts;
mod audit;
mod fences;
mod figures;
mod positions;
mod trips;

/// Where what is appended has its effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Records {
    /// On the records of this file, in the same transaction.
    Here,
    /// In another store, brought there by a writer: the file is a log alone.
    Elsewhere,
}

/// How a file is opened.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedOptions {
    /// The number of partitions; a file that exists must have as many.
    pub partitions: Partitions,
    /// Whether appending writes the records, too.
    pub records: Records,
    /// Connections for reading, opened as needed.
    pub readers: u32,
    /// How long to wait for another process's transaction to end.
    pub busy_timeout: Duration,
    /// How often to look for other processes' commits while somebody waits.
    pub poll: Duration,
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        Self {
            partitions: Partitions::DEFAULT,
            records: Records::Here,
            readers: 4,
            busy_timeout: Duration::from_secs(5),
            poll: Duration::from_millis(40),
        }
    }
}

/// An open file. Clones share it; it is closed when the last one goes.
#[derive(Clone)]
pub struct Embedded {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    partitions: Partitions,
    records: Records,
    readers: SqlitePool,
    writer: Writer,
    changes: Arc<Changes>,
    transactions: Arc<AtomicU64>,
    writing: std::sync::Mutex<Option<JoinHandle<()>>>,
    _stop_watching: DropGuard,
    _temporary: Option<Arc<TemporaryDir>>,
}

impl Embedded {
    /// Opens a file, or makes it: directories with mode 0700, the file with 0600.
    ///
    /// # Errors
    ///
    /// [`LogError::Partitions`] when it was made for another number of them,
    /// [`LogError::Unusable`] when it is no file of ours, was written by a newer
    /// version or may not be opened. Every message names the path.
    pub async fn open(path: &Path, options: EmbeddedOptions) -> Result<Self, LogError> {
        Self::open_in(path, options, None).await
    }

    /// A file in a directory of its own below the system's temporary one,
    /// removed with the last handle.
    ///
    /// # Errors
    ///
    /// As [`Embedded::open`].
    pub async fn temporary() -> Result<Self, LogError> {
        let dir = TemporaryDir::create()?;
        let path = dir.path().join("watchtower.db");
        Self::open_in(&path, EmbeddedOptions::default(), Some(dir)).await
    }

    async fn open_in(
        path: &Path,
        options: EmbeddedOptions,
        temporary: Option<TemporaryDir>,
    ) -> Result<Self, LogError> {
        let connect = file::prepare(path, options).await?;
        let changes = Arc::new(Changes::default());
        let transactions = Arc::new(AtomicU64::new(0));
        let stop = CancellationToken::new();
        let readers = file::readers(&connect, options);
        let temporary = temporary.map(Arc::new);
        let (writer, writing) =
            writer::start(connect.clone(), changes.clone(), transactions.clone(), temporary.clone());
        // It ends by the token, and by nothing else: its errors are its own.
        tokio::spawn(changes::watch_file(connect, changes.clone(), options.poll, stop.clone()));
        Ok(Self {
            inner: Arc::new(Inner {
                path: path.to_owned(),
                partitions: options.partitions,
                records: options.records,
                readers,
                writer,
                changes,
                transactions,
                writing: std::sync::Mutex::new(Some(writing)),
                _stop_watching: stop.drop_guard(),
                _temporary: temporary,
            }),
        })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// How many transactions this handle and its clones have committed: under
    /// load fewer than calls, because calls share them.
    pub fn transactions(&self) -> u64 {
        self.inner.transactions.load(Ordering::Relaxed)
    }

    /// Ends writing and reading in order: what was handed in before is committed,
    /// what comes after fails as unavailable.
    pub async fn close(&self) {
        self.inner.writer.stop().await;
        let writing = self.inner.writing.lock().expect("nobody panics while holding it").take();
        if let Some(writing) = writing
            && let Err(error) = writing.await
        {
            tracing::error!(path = %self.inner.path.display(), %error, "the embedded file's writer failed");
        }
        self.inner.readers.close().await;
    }

    async fn reader(&self) -> Result<PoolConnection<Sqlite>, Fault> {
        self.inner.readers.acquire().await.map_err(|error| Fault::from(error).at(&self.inner.path))
    }

    /// Runs `work` in a transaction of the writer; it is committed when this returns.
    async fn transact<T, F>(&self, wakes: Wakes, work: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> futures::future::BoxFuture<'c, Result<T, Fault>>
            + Send
            + 'static,
    {
        self.inner.writer.transact(wakes, work).await.map_err(|fault| fault.at(&self.inner.path))
    }

    /// Names the file in what went wrong, in the words of a port.
    fn told<T, E: From<Fault>>(&self, outcome: Result<T, Fault>) -> Result<T, E> {
        outcome.map_err(|fault| fault.at(&self.inner.path).into())
    }
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedded").field("path", &self.inner.path).finish_non_exhaustive()
    }
}
