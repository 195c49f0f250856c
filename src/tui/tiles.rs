//! Reads the tiles a map wants, beside the screen: the newest wish first, one tile
//! after the other, unpacked and made ready where nobody waits.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use watchtower_core::ports::tiles::{TileAt, Tiles, TilesError};

use super::{mailbox::Mailbox, map::StreetTile};

/// What it takes to read tiles.
pub struct Loader {
    /// The archives; of several that have a tile the first is read.
    pub archives: Vec<Arc<dyn Tiles>>,
    /// What the screen lacks, the most wanted first.
    pub wanted: watch::Receiver<Vec<TileAt>>,
    /// Where tiles go.
    pub mailbox: Arc<Mailbox>,
}

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader").field("archives", &self.archives.len()).finish_non_exhaustive()
    }
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
                let tile = match self.read(at).await {
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

    async fn read(&self, at: TileAt) -> Result<Option<Arc<StreetTile>>, String> {
        for archive in &self.archives {
            if !archive.zooms().contains(&at.zoom) {
                continue;
            }
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
