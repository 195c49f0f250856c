//! The live picture, and the master data it is drawn with.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{LogError, Partition};
use crate::domain::{
    footprint::{Tile, TileId},
    geofence::Geofence,
    lane::Lane,
    live::LiveState,
    master,
    trip::Trip,
};

/// Master data a dashboard needs beside the streams.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", content = "record", rename_all = "snake_case")]
pub enum Meta {
    /// A geofence.
    Geofence(Geofence),
    /// A truck.
    Truck(master::Truck),
    /// A driver.
    Driver(master::Driver),
    /// An organization.
    Organization(master::Organization),
    /// A trip that is not over, or not long ago.
    Trip(Trip),
    /// What past trips say of a pair of places.
    Lane(Lane),
}

impl Meta {
    /// `geofence:apapa`: the field of the record in its hash.
    pub fn field(&self) -> String {
        match self {
            Self::Geofence(fence) => format!("geofence:{}", fence.id),
            Self::Truck(truck) => format!("truck:{}", truck.key),
            Self::Driver(driver) => format!("driver:{}", driver.id),
            Self::Organization(organization) => format!("organization:{}", organization.id),
            Self::Trip(trip) => format!("trip:{}", trip.id),
            Self::Lane(lane) => format!("lane:{}>{}", lane.pickup, lane.delivery),
        }
    }
}

/// The footprint's tiles that are new since some version.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FootprintNews {
    /// The version they make of it; lower than the one asked about in a log that has
    /// begun anew, whose tiles are then all to be read again.
    pub version: u64,
    /// The tiles, whole; an empty one has gone.
    pub tiles: Vec<(TileId, Tile)>,
}

/// The live picture, kept beside the streams: complete without any other store.
#[async_trait]
pub trait LivePicture: Send + Sync {
    /// The last state of every vehicle of a partition.
    async fn live(&self, partition: Partition) -> Result<Vec<LiveState>, LogError>;

    /// All master data.
    async fn meta(&self) -> Result<Vec<Meta>, LogError>;

    /// Grows with every change of the master data.
    async fn meta_version(&self) -> Result<u64, LogError>;

    /// Writes master data records, replacing those with the same field.
    async fn put_meta(&self, records: &[Meta]) -> Result<(), LogError>;

    /// Removes records by their field.
    async fn remove_meta(&self, fields: &[String]) -> Result<(), LogError>;

    /// The tiles of the footprint that changed after `version`, 0 for all of them.
    async fn footprint(&self, version: u64) -> Result<FootprintNews, LogError>;

    /// Replaces tiles, an empty one removing it, and counts the version up by one, all
    /// at once. `false`, and nothing changed, when the version is no longer `from`.
    async fn put_footprint(&self, from: u64, tiles: &[(TileId, Tile)]) -> Result<bool, LogError>;
}
