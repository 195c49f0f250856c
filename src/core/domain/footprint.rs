//! The footprint: how often the fleet has passed each small cell of the earth.
//!
//! Roads a fleet drives appear in it by themselves, without any map. A cell is one
//! of Web Mercator's squares at zoom 21: 19 m at the equator, 15 m at 38° north. Cells
//! lie in tiles of 256 × 256, those of zoom 13, so that what changes travels and is
//! kept in small parts. Counts mean something only beside each other: when there
//! are too many cells, or one is counted too high, all fade alike.

use std::{collections::BTreeMap, ops::RangeInclusive};

use super::geo::LonLat;

mod tile;
mod tread;

pub use tile::{Tile, TileError};
pub use tread::Tread;

/// Cells are those of Web Mercator at this zoom.
pub const CELL_ZOOM: u32 = 21;
/// Cells a tile is wide and high, as a power of two.
pub const TILE_BITS: u32 = 8;
/// Where Web Mercator ends, degrees north and south.
const MAX_LATITUDE: f64 = 85.051_128_779_806_6;
/// Counts beyond this make everything fade, long before a count is full.
const HIGHEST: u16 = 1 << 15;

/// A cell: its column from the antimeridian east, its row from the north.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cell {
    /// The column, below 2^zoom.
    pub x: u32,
    /// The row, below 2^zoom.
    pub y: u32,
}

impl Cell {
    /// The cell a point lies in; `None` nearer to a pole than Web Mercator reaches.
    pub fn at(point: LonLat) -> Option<Self> {
        if point.lat().abs() > MAX_LATITUDE {
            return None;
        }
        let latitude = point.lat().to_radians();
        let (x, y) = (point.lon() / 360.0 + 0.5, 0.5 - latitude.tan().asinh() / std::f64::consts::TAU);
        let side = f64::from(1_u32 << CELL_ZOOM);
        let number = |part: f64| (part * side).clamp(0.0, side - 1.0) as u32;
        Some(Self { x: number(x), y: number(y) })
    }

    /// The cell twice as large that holds this one.
    pub const fn parent(self) -> Self {
        Self { x: self.x / 2, y: self.y / 2 }
    }
}

/// A tile of cells: its column and row among the tiles of its level.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TileId {
    /// The column.
    pub x: u16,
    /// The row.
    pub y: u16,
}

impl TileId {
    /// The tile a cell lies in, and the cell's number in it: row by row.
    pub const fn of(cell: Cell) -> (Self, u16) {
        let mask = (1 << TILE_BITS) - 1;
        let id = Self { x: (cell.x >> TILE_BITS) as u16, y: (cell.y >> TILE_BITS) as u16 };
        (id, (((cell.y & mask) << TILE_BITS) | (cell.x & mask)) as u16)
    }

    /// The cell of a number in this tile.
    pub const fn cell(self, number: u16) -> Cell {
        let (column, row) = (number & ((1 << TILE_BITS) - 1), number >> TILE_BITS);
        Cell {
            x: ((self.x as u32) << TILE_BITS) | column as u32,
            y: ((self.y as u32) << TILE_BITS) | row as u32,
        }
    }

    /// One number for both: how a tile is named where it is kept.
    pub const fn number(self) -> u32 {
        ((self.y as u32) << 16) | self.x as u32
    }

    /// The tile of a [`TileId::number`].
    pub const fn from_number(number: u32) -> Self {
        Self { x: number as u16, y: (number >> 16) as u16 }
    }
}

/// Counts by cell, sparse.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Footprint {
    tiles: BTreeMap<TileId, Tile>,
    cells: usize,
    highest: u16,
}

impl Footprint {
    /// Counts a cell `times` more.
    pub fn add(&mut self, cell: Cell, times: u16) {
        if times == 0 {
            return;
        }
        let (id, number) = TileId::of(cell);
        let tile = self.tiles.entry(id).or_default();
        let before = tile.len();
        self.highest = self.highest.max(tile.add(number, times));
        self.cells += tile.len() - before;
    }

    /// Counts all that `other` has as well.
    pub fn merge(&mut self, other: &Self) {
        for (id, tile) in &other.tiles {
            for (number, count) in tile.cells() {
                self.add(id.cell(number), count);
            }
        }
    }

    /// Puts a tile in the place of what was there; an empty one leaves none.
    pub fn put(&mut self, id: TileId, tile: Tile) {
        self.cells += tile.len();
        self.highest = self.highest.max(tile.cells().map(|(_, count)| count).max().unwrap_or(0));
        let gone = if tile.is_empty() { self.tiles.remove(&id) } else { self.tiles.insert(id, tile) };
        self.cells -= gone.map_or(0, |tile| tile.len());
    }

    /// Fades until at most `most` cells are left and no count nears its end: each
    /// time every count is halved, and what was met once is forgotten. Returns
    /// whether it did.
    pub fn bound(&mut self, most: usize) -> bool {
        let mut faded = false;
        while self.cells > most || self.highest > HIGHEST {
            self.fade();
            faded = true;
        }
        faded
    }

    fn fade(&mut self) {
        self.tiles.retain(|_, tile| {
            tile.fade();
            !tile.is_empty()
        });
        self.cells = self.tiles.values().map(Tile::len).sum();
        self.highest /= 2;
    }

    /// How many cells have a count.
    pub const fn len(&self) -> usize {
        self.cells
    }

    /// Whether no cell has one.
    pub const fn is_empty(&self) -> bool {
        self.cells == 0
    }

    /// The tiles, north to south within each column.
    pub fn tiles(&self) -> impl Iterator<Item = (TileId, &Tile)> {
        self.tiles.iter().map(|(id, tile)| (*id, tile))
    }

    /// The tiles in these columns and rows; what it costs follows these and not the whole.
    pub fn within(
        &self,
        columns: RangeInclusive<u16>,
        rows: RangeInclusive<u16>,
    ) -> impl Iterator<Item = (TileId, &Tile)> {
        columns.flat_map(move |x| {
            let ends = TileId { x, y: *rows.start() }..=TileId { x, y: *rows.end() };
            self.tiles.range(ends).map(|(id, tile)| (*id, tile))
        })
    }

    /// One tile.
    pub fn tile(&self, id: TileId) -> Option<&Tile> {
        self.tiles.get(&id)
    }

    /// The same counts over cells twice as large.
    pub fn coarser(&self) -> Self {
        let mut counts: BTreeMap<TileId, Vec<(u16, u16)>> = BTreeMap::new();
        for (id, tile) in &self.tiles {
            for (number, count) in tile.cells() {
                let (parent, number) = TileId::of(id.cell(number).parent());
                counts.entry(parent).or_default().push((number, count));
            }
        }
        let mut coarser = Self::default();
        for (id, counts) in counts {
            coarser.put(id, Tile::summed(counts));
        }
        coarser
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).unwrap()
    }

    #[test]
    fn a_cell_is_some_fifteen_metres_wide_in_san_francisco() {
        let here = Cell::at(at(-122.42, 37.775)).unwrap();
        let east = Cell::at(at(-122.42 + 100.0 / 88_000.0, 37.775)).unwrap();
        assert!((6..=7).contains(&(east.x - here.x)), "{here:?} {east:?}");
        assert_eq!(east.y, here.y);
        assert_eq!(Cell::at(at(0.0, 86.0)), None);
        let corner = Cell::at(at(180.0, -85.0)).unwrap();
        assert_eq!(corner.x, (1 << CELL_ZOOM) - 1);
    }

    #[test]
    fn counts_add_up_and_the_coarse_picture_has_them_all() {
        let mut footprint = Footprint::default();
        let cells = [(1000, 2000), (1001, 2000), (1002, 2000), (1000, 2000)].map(|(x, y)| Cell { x, y });
        cells.into_iter().for_each(|cell| footprint.add(cell, 1));
        assert_eq!(footprint.len(), 3);
        let sum = |footprint: &Footprint| -> u32 {
            footprint.tiles().flat_map(|(_, tile)| tile.cells()).map(|(_, count)| u32::from(count)).sum()
        };
        let coarser = footprint.coarser();
        assert_eq!((coarser.len(), sum(&coarser)), (2, 4));
        let mut twice = footprint.clone();
        twice.merge(&footprint);
        assert_eq!((twice.len(), sum(&twice)), (3, 8));
    }

    #[test]
    fn what_is_too_much_fades_and_the_faintest_goes_first() {
        let mut footprint = Footprint::default();
        for x in 0..1_000 {
            footprint.add(Cell { x, y: 7 }, 1);
        }
        for x in 0..10 {
            footprint.add(Cell { x, y: 900 }, 6);
        }
        assert!(!footprint.bound(2_000));
        assert!(footprint.bound(500));
        let left: Vec<_> = footprint.tiles().flat_map(|(_, tile)| tile.cells()).collect();
        assert_eq!(left.len(), 10);
        assert!(left.iter().all(|(_, count)| *count == 3));
    }

    #[test]
    fn no_count_runs_over() {
        let mut footprint = Footprint::default();
        for _ in 0..5 {
            footprint.add(Cell { x: 5, y: 5 }, u16::MAX);
            footprint.bound(10);
        }
        let (_, tile) = footprint.tiles().next().unwrap();
        assert!(tile.cells().all(|(_, count)| count <= HIGHEST));
    }

    proptest! {
        #[test]
        fn tiles_name_their_cells(x in 0..1_u32 << CELL_ZOOM, y in 0..1_u32 << CELL_ZOOM) {
            let cell = Cell { x, y };
            let (id, number) = TileId::of(cell);
            prop_assert_eq!(id.cell(number), cell);
            prop_assert_eq!(TileId::from_number(id.number()), id);
        }
    }
}
