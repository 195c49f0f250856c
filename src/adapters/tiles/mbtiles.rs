//! MBTiles: an SQLite file of tiles, their rows counted from the south
//! (<https://github.com/mapbox/mbtiles-spec/blob/master/1.3/spec.md>).

use std::{
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use watchtower_core::ports::tiles::{TileAt, Tiles, TilesError};

use super::{plain, unpacked, unusable};

/// Readers at once: tiles are asked for one after the other.
const READERS: u32 = 2;

/// An open archive.
#[derive(Debug)]
pub(super) struct Mbtiles {
    path: PathBuf,
    pool: SqlitePool,
    attribution: String,
    zooms: RangeInclusive<u8>,
}

impl Mbtiles {
    pub(super) async fn open(path: &Path) -> Result<Self, TilesError> {
        let refuse = |error: sqlx::Error| unusable(path, format_args!("is no MBTiles archive: {error}"));
        // It is the user's file and never written, not even a journal beside it.
        let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true);
        let pool =
            SqlitePoolOptions::new().max_connections(READERS).connect_with(options).await.map_err(refuse)?;
        let metadata: Vec<(String, String)> =
            sqlx::query_as("select name, value from metadata").fetch_all(&pool).await.map_err(refuse)?;
        let told = |key: &str| metadata.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
        if told("format").is_some_and(|format| format != "pbf") {
            return Err(unusable(path, "holds pictures, not vector tiles"));
        }
        // Told zooms are not always those there are; the index answers at once.
        let (least, most): (Option<i64>, Option<i64>) =
            sqlx::query_as("select min(zoom_level), max(zoom_level) from tiles")
                .fetch_one(&pool)
                .await
                .map_err(refuse)?;
        let (Some(least), Some(most)) = (least, most) else { return Err(unusable(path, "holds no tiles")) };
        let zoom = |zoom: i64| zoom.clamp(0, i64::from(TileAt::MAX_ZOOM)) as u8;
        Ok(Self {
            path: path.to_owned(),
            attribution: plain(told("attribution").unwrap_or_default()),
            zooms: zoom(least)..=zoom(most),
            pool,
        })
    }
}

#[async_trait]
impl Tiles for Mbtiles {
    fn attribution(&self) -> &str {
        &self.attribution
    }

    fn zooms(&self) -> RangeInclusive<u8> {
        self.zooms.clone()
    }

    async fn tile(&self, at: TileAt) -> Result<Option<Vec<u8>>, TilesError> {
        let row = (1_i64 << at.zoom) - 1 - i64::from(at.y);
        let bytes: Option<Vec<u8>> = sqlx::query_scalar(
            "select tile_data from tiles where zoom_level = ? and tile_column = ? and tile_row = ?",
        )
        .bind(at.zoom)
        .bind(at.x)
        .bind(row)
        .fetch_optional(&self.pool)
        .await
        .map_err(|error| unusable(&self.path, format_args!("tile {at:?}: {error}")))?;
        match bytes {
            Some(bytes) if bytes.starts_with(&[0x1f, 0x8b]) => unpacked(&bytes)
                .map(Some)
                .map_err(|error| unusable(&self.path, format_args!("tile {at:?}: {error}"))),
            bytes => Ok(bytes),
        }
    }
}
