//! The embedded file, held to both suites, and what only a file can promise.

use std::sync::Arc;

use tempfile::TempDir;
use watchtower::adapters::embedded::{Embedded, EmbeddedOptions};
use watchtower_core::ports::log::{Log, Partitions};

use crate::store_conformance::Opened;

store_conformance!(store, crate::embedded::open_store);

/// An empty file of so many partitions, as the log's suite wants it.
pub(crate) async fn open_log(partitions: Partitions) -> (Arc<dyn Log>, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let options = EmbeddedOptions { partitions, ..EmbeddedOptions::default() };
    let log = Embedded::open(&dir.path().join("fleet.db"), options).await.unwrap();
    (Arc::new(log), dir)
}

/// An empty file, as the store's suite wants it.
pub(crate) async fn open_store() -> Opened {
    Opened { store: Arc::new(Embedded::temporary().await.unwrap()), keep: Box::new(()) }
}
