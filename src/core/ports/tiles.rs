//! Street maps of the user's own: archives of vector tiles.

use std::ops::RangeInclusive;

use async_trait::async_trait;

/// A tile of Web Mercator: its zoom, its column from the west, its row from the north.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TileAt {
    /// The zoom; the world is 2^zoom tiles wide. At most 22.
    pub zoom: u8,
    /// The column.
    pub x: u32,
    /// The row.
    pub y: u32,
}

impl TileAt {
    /// The closest zoom there are tiles of.
    pub const MAX_ZOOM: u8 = 22;

    /// The tile twice as large that holds this one; `None` of the world.
    pub fn parent(self) -> Option<Self> {
        Some(Self { zoom: self.zoom.checked_sub(1)?, x: self.x / 2, y: self.y / 2 })
    }
}

/// Why there is no tile, or no archive.
#[derive(Debug, thiserror::Error)]
pub enum TilesError {
    /// It is not there, or may not be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// Which file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no archive of vector tiles, or of a kind that is not read, or damaged.
    #[error("{path}: {reason}")]
    Unusable {
        /// Which file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// One archive.
#[async_trait]
pub trait Tiles: Send + Sync {
    /// Whose data it is, in plain text; empty when it does not say.
    fn attribution(&self) -> &str;

    /// The zooms it has tiles of.
    fn zooms(&self) -> RangeInclusive<u8>;

    /// A tile as a Mapbox Vector Tile, uncompressed; `None` when the archive has none
    /// there.
    async fn tile(&self, at: TileAt) -> Result<Option<Vec<u8>>, TilesError>;
}
