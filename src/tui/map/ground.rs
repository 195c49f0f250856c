//! The fleet's footprint as the map draws from it: at every zoom, so that what a view
//! costs follows the screen and not the history; what was told beside what was seen.

use std::sync::Arc;

use watchtower_core::domain::footprint::{CELL_ZOOM, Cell, Footprint, TILE_BITS};

/// Levels above the finest: up to the one whose only tile is the world.
const COARSER: u32 = CELL_ZOOM - TILE_BITS;
/// Cells a dashboard keeps of what it sees itself.
const MOST_SEEN: usize = 200_000;

/// A footprint at every level of detail.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The finest first, each next one over cells twice as large.
    levels: Vec<Footprint>,
}

impl Default for Ground {
    fn default() -> Self {
        Self { levels: vec![Footprint::default(); COARSER as usize + 1] }
    }
}

impl Ground {
    /// All levels of a footprint. Some 0.1 µs a cell: not for the thread that draws.
    pub fn of(footprint: Footprint) -> Self {
        let mut levels = vec![footprint];
        for level in 0..COARSER as usize {
            let coarser = levels[level].coarser();
            levels.push(coarser);
        }
        Self { levels }
    }

    /// The finest level.
    pub fn footprint(&self) -> &Footprint {
        &self.levels[0]
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.levels[0].is_empty()
    }

    /// Counts a cell once more, at every level.
    fn add(&mut self, mut cell: Cell) {
        for level in &mut self.levels {
            level.add(cell, 1);
            cell = cell.parent();
        }
    }

    fn bound(&mut self) {
        if self.levels[0].bound(MOST_SEEN) {
            *self = Self::of(std::mem::take(&mut self.levels[0]));
        }
    }

    /// The level to draw at a zoom, and how many times its cells across the world can
    /// be halved: cells of half a dot to a whole one, larger when there are no finer.
    pub(super) fn level(&self, zoom: f64) -> (&Footprint, u32) {
        let wanted = (zoom.ceil().max(0.0) as u32 + TILE_BITS).min(CELL_ZOOM);
        (&self.levels[(CELL_ZOOM - wanted) as usize], wanted)
    }
}

/// Whether the ways of the fleet are drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Ways {
    /// They are.
    #[default]
    Shown,
    /// They are not.
    Hidden,
}

/// What lies under the map: the ways told, and those seen since.
#[derive(Debug, Default)]
pub(super) struct Underfoot {
    told: Arc<Ground>,
    seen: Ground,
    /// Changes with what a layer that is drawn now would show.
    revision: u64,
    unsettled: bool,
}

impl Underfoot {
    /// Takes what was told. What was seen until then is part of it, or soon will be.
    pub(super) fn take(&mut self, told: Arc<Ground>) {
        (self.told, self.seen) = (told, Ground::default());
        self.revision += 1;
    }

    /// Counts cells seen to be passed; shown when settled, or with the next view.
    pub(super) fn tread(&mut self, cells: &[Cell]) {
        cells.iter().for_each(|cell| self.seen.add(*cell));
        self.unsettled |= !cells.is_empty();
    }

    /// Lets what was seen be shown.
    pub(super) fn settle(&mut self) {
        if std::mem::take(&mut self.unsettled) {
            self.seen.bound();
            self.revision += 1;
        }
    }

    pub(super) const fn revision(&self) -> u64 {
        self.revision
    }

    /// What there is to draw.
    pub(super) fn grounds(&self) -> [&Ground; 2] {
        [&self.told, &self.seen]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_has_all_passes_and_the_last_is_the_world() {
        let mut grown = Ground::default();
        let mut footprint = Footprint::default();
        for step in 0..500 {
            let cell = Cell { x: 1_000_000 + step, y: 900_000 + step / 3 };
            grown.add(cell);
            footprint.add(cell, 1);
        }
        let built = Ground::of(footprint);
        for zoom in 0..=18 {
            let (a, level) = built.level(f64::from(zoom));
            assert_eq!((a, level), grown.level(f64::from(zoom)), "built and grown are the same");
            let passes: u32 = a.tiles().flat_map(|(_, tile)| tile.cells()).map(|(_, n)| u32::from(n)).sum();
            assert_eq!(passes, 500);
        }
        assert_eq!(built.level(0.0).0.tiles().count(), 1);
        assert_eq!(built.level(12.5).1, 21);
    }
}
