//! The embedded file, held to both suites, and what only a file can promise.

use std::sync::Arc;

use tempfile::TempDir;
use uuid::Uuid;
use watchtower::adapters::embedded::{Embedded, EmbeddedOptions};
use watchtower_core::{
    domain::{
        event::Event,
        geo::LonLat,
        id::{CorrelationId, VehicleKey},
        position::{Position, Source},
        time::Timestamp,
        units::Kmh,
    },
    ports::log::{Log, Partitions},
};

use crate::store_conformance::{Opened, same_answers};

mod crash;
mod file;
mod following;
mod load;
mod records;

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

/// The fix of a vehicle's n-th second.
fn fix(vehicle: &str, second: i64) -> Event {
    let device_time = Timestamp::from_millis(1_763_640_000_000 + second * 1_000);
    let position = Position {
        received_at: now(),
        speed_kmh: Some(Kmh(42.5)),
        ignition: Some(true),
        ..Position::bare(LonLat::new(3.3792, 6.5244).unwrap(), device_time, Source::wall("osmand"))
    };
    Event::position(&VehicleKey::new(vehicle).unwrap(), position, CorrelationId(Uuid::nil()))
}

fn now() -> Timestamp {
    chrono::Utc::now().into()
}

/// PostGIS is the oracle of what lies where.
#[tokio::test(flavor = "multi_thread")]
async fn the_file_and_postgis_give_the_same_answers() {
    let (file, postgis) = (open_store().await, crate::support::postgres::open().await);
    for seed in [3, 17] {
        same_answers(&file.store, &postgis.store, seed).await;
    }
}
