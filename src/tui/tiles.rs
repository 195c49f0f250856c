//! Reads the tiles a map wants, beside the screen: the newest wish first, one tile
//! after the other, unpacked and made ready where nobody waits.

use std::{ops::RangeInclusive, sync::Arc};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use watchtower_core::ports::tiles::{TileAt, Tiles, TilesError};

use super::{mailbox::Mailbox, map::StreetTile, text};

/// Street maps; of several that have a tile the first is read.
#[derive(Clone, Default)]
pub struct Archives(Vec<Arc<dyn Tiles>>);

impl From<Vec<Arc<dyn Tiles>>> for Archives {
    fn from(archives: Vec<Arc<dyn Tiles>>) -> Self {
        Self(archives)
    }
}

impl std::fmt::Debug for Archives {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Archives").field(&self.attribution()).finish()
    }
}

impl Archives {
    /// The zooms any of them has tiles of; `None` without archives.
    pub fn zooms(&self) -> Option<RangeInclusive<u8>> {
        let zooms = || self.0.iter().map(|archive| archive.zooms());
        Some(zooms().map(|zooms| *zooms.start()).min()?..=zooms().map(|zooms| *zooms.end()).max()?)
    }

    /// Whose they are.
    pub fn attribution(&self) -> String {
        let mut attributions: Vec<&str> = self.0.iter().map(|tiles| tiles.attribution()).collect();
        attributions.retain(|attribution| !attribution.is_empty());
        attributions.dedup();
        text::clean(&attributions.join(" · "))
    }

    /// A tile, unpacked and made ready where nobody waits.
    pub(super) async fn read(&self, at: TileAt) -> Result<Option<Arc<StreetTile>>, String> {
        for archive in self.0.iter().filter(|archive| archive.zooms().contains(&at.zoom)) {
            let bytes = archive.tile(at).await.map_err(|error: TilesError| error.to_string())?;
            if let Some(bytes) = bytes {
                let read = tokio::task::spawn_blocking(move || StreetTile::read(at, &bytes)).await;
                let tile = read.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
                return Ok(Some(Arc::new(tile)));
            }
        }
        Ok(None)
    }
}

/// What it takes to read tiles.
#[derive(Debug)]
pub struct Loader {
    /// The archives.
    pub archives: Archives,
    /// What the screen lacks, the most wanted first.
    pub wanted: watch::Receiver<Vec<TileAt>>,
    /// Where tiles go.
    pub mailbox: Arc<Mailbox>,
}

impl Loader {
    /// Reads until cancelled, or until nobody can want anything any more.
    pub async fn run(self, cancel: CancellationToken) {
        cancel.run_until_cancelled(self.keep_reading()).await;
    }

    async fn keep_reading(mut self) {
        let mut told = false;
        while self.wanted.changed().await.is_ok() {
            let wanted = self.wanted.borrow_and_update().clone();
            for at in wanted {
                let tile = match self.archives.read(at).await {
                    Ok(tile) => tile,
                    Err(reason) => {
                        tracing::warn!(%reason, "a tile cannot be read");
                        // Once: where one is broken, many are.
                        if !std::mem::replace(&mut told, true) {
                            self.mailbox.put_failure(format!("street map: {reason}"));
                        }
                        None
                    }
                };
                self.mailbox.put_tile(at, tile);
                // The view has moved on: what is in it now is read first.
                if self.wanted.has_changed().unwrap_or(true) {
                    break;
                }
            }
        }
    }
}
