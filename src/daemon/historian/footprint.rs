//! The days that are counted, trodden into the footprint beside the log, where
//! dashboards find it.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use tracing::{info, warn};
use watchtower_core::{
    domain::footprint::{Footprint, Tile, TileId, Tread},
    historian::span_of,
    ports::{
        history::Uncounted,
        log::Log,
        store::{Store, StoreError, Window},
    },
};

use super::HistorianError;

/// Cells kept: some 4 MB here and 2 MB in the log; 15 000 km of road at two cells
/// across.
const MOST_CELLS: usize = 1_000_000;
/// Fixes asked for at once.
const PAGE: u32 = 5_000;
/// Others may tread at the same time, but not forever.
const ATTEMPTS: u32 = 8;

/// The footprint as it was last seen in the log.
#[derive(Debug, Default)]
pub(super) struct Ground {
    version: u64,
    footprint: Footprint,
}

impl Ground {
    /// Counts the vehicles' ways on those of `days` that are new, once: a day whose
    /// late fixes make it count again has left its trace. Should this process end
    /// between this and the counting, these few days count twice, which nobody will see.
    pub(super) async fn tread(
        &mut self,
        days: &[Uncounted],
        zone: Tz,
        log: &dyn Log,
        store: &dyn Store,
    ) -> Result<(), HistorianError> {
        let mut fresh = Footprint::default();
        for day in days.iter().filter(|day| day.is_new) {
            walk(day, zone, store, &mut fresh).await?;
        }
        if fresh.is_empty() {
            return Ok(());
        }
        for _ in 0..ATTEMPTS {
            self.catch_up(log).await?;
            let changed = self.merge(&fresh);
            if log.put_footprint(self.version, &changed).await? {
                self.version += 1;
                info!(days = days.len(), cells = self.footprint.len(), "the footprint has grown");
                return Ok(());
            }
            // What is here holds what nobody took: it is read anew.
            *self = Self::default();
        }
        warn!("others keep changing the footprint; some days are left out of it");
        Ok(())
    }

    async fn catch_up(&mut self, log: &dyn Log) -> Result<(), HistorianError> {
        let mut news = log.footprint(self.version).await?;
        if news.version < self.version {
            *self = Self::default();
            news = log.footprint(0).await?;
        }
        for (id, tile) in news.tiles {
            self.footprint.put(id, tile);
        }
        self.version = news.version;
        Ok(())
    }

    /// Counts what is fresh as well; returns the tiles that are different now.
    fn merge(&mut self, fresh: &Footprint) -> Vec<(TileId, Tile)> {
        let before: BTreeSet<TileId> = self.footprint.tiles().map(|(id, _)| id).collect();
        self.footprint.merge(fresh);
        let faded = self.footprint.bound(MOST_CELLS);
        let concerned: BTreeSet<TileId> = match faded {
            true => before.into_iter().chain(fresh.tiles().map(|(id, _)| id)).collect(),
            false => fresh.tiles().map(|(id, _)| id).collect(),
        };
        let now = |id| (id, self.footprint.tile(id).cloned().unwrap_or_default());
        concerned.into_iter().map(now).collect()
    }
}

/// Counts a vehicle's way on one day.
async fn walk(day: &Uncounted, zone: Tz, store: &dyn Store, into: &mut Footprint) -> Result<(), StoreError> {
    let Some(span) = span_of(day.day, zone) else { return Ok(()) };
    let (mut tread, mut after) = (Tread::default(), None);
    loop {
        let page = store.positions(&day.vehicle, span, Window { limit: PAGE, after }).await?;
        for position in &page.items {
            tread.step(position, |cell| into.add(cell, 1));
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}
