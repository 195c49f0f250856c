//! Street maps from the user's tiles: which are needed, which are there, and how they
//! are drawn. Reading them is somebody else's: what is wanted goes out, what is read
//! comes in, and until then a coarser tile that is there stands in.

use std::{collections::HashMap, ops::RangeInclusive, sync::Arc};

use watchtower_core::ports::tiles::TileAt;

use super::{
    mercator::{Placement, View, WORLD},
    raster::{Dots, Ink, Mask, Stroke},
};

mod mvt;
mod schema;

pub(super) use self::schema::Name;
use self::schema::Road;
pub use self::schema::StreetTile;

/// Tiles kept: a dozen fill a screen. The one looked at longest ago goes.
const MOST: usize = 160;
/// How far up a stand-in is looked for.
const HIGHEST_STAND_IN: usize = 6;
/// From these zooms on roads are drawn, by importance; where one walks, late.
const ROADS_FROM: [f64; 5] = [4.0, 9.0, 12.0, 14.5, 16.2];
const RAILS_FROM: f64 = 10.5;
/// What is built is seen as ground before it has outlines.
const BUILT_FROM: f64 = 14.0;
const OUTLINES_FROM: f64 = 16.2;

/// The archives' tiles as far as they are known here.
#[derive(Debug, Default)]
pub(super) struct Streets {
    /// The zooms there are tiles of; `None` without archives.
    zooms: Option<RangeInclusive<u8>>,
    attribution: String,
    tiles: HashMap<TileAt, Known>,
    wanted: Vec<TileAt>,
    looks: u64,
    revision: u64,
}

#[derive(Debug)]
struct Known {
    /// `None`: the archives have none there.
    tile: Option<Arc<StreetTile>>,
    looked_at: u64,
}

/// A tile to draw, and where: a rectangle of dots, left, top, right, bottom.
#[derive(Clone, Debug)]
pub(super) struct Pane {
    tile: Arc<StreetTile>,
    at: Placement,
    dots: [i64; 4],
}

impl Streets {
    pub(super) fn new(zooms: RangeInclusive<u8>, attribution: String) -> Self {
        Self { zooms: Some(zooms), attribution, ..Self::default() }
    }

    pub(super) fn attribution(&self) -> &str {
        &self.attribution
    }

    /// Changes with what a layer that is drawn now would show.
    pub(super) const fn revision(&self) -> u64 {
        self.revision
    }

    /// Takes a tile that was read, or the news that there is none.
    pub(super) fn take(&mut self, at: TileAt, tile: Option<Arc<StreetTile>>) {
        self.tiles.insert(at, Known { tile, looked_at: self.looks });
        self.wanted.retain(|wanted| *wanted != at);
        self.revision += 1;
        if self.tiles.len() > MOST
            && let Some(oldest) =
                self.tiles.iter().min_by_key(|(_, known)| known.looked_at).map(|(at, _)| *at)
        {
            self.tiles.remove(&oldest);
        }
    }

    /// What the last view needs and is not here, the middle of it first.
    pub(super) fn wanted(&self) -> &[TileAt] {
        &self.wanted
    }

    /// The tiles of a view that are here, or what stands in for them; notes what is not.
    pub(super) fn panes(&mut self, view: &View) -> Vec<Pane> {
        self.wanted.clear();
        self.looks += 1;
        let Some(zooms) = self.zooms.clone().filter(|zooms| view.zoom >= f64::from(*zooms.start())) else {
            return Vec::new();
        };
        let zoom = (view.zoom.floor() as u8).clamp(*zooms.start(), *zooms.end());
        let mut panes = Vec::new();
        let (wide, high) = view.dots();
        let mut missing = Vec::new();
        for at in view.copies() {
            let side = f64::from(WORLD >> zoom) * view.scale();
            let (left, top) = at.dot([0, 0]);
            let last = ((1_u64 << zoom) - 1) as f64;
            let range = |from: f64, size: i64| {
                let (first, end) = ((-from / side).floor(), ((size as f64 - from) / side).floor());
                (end >= 0.0 && first <= last).then(|| first.max(0.0) as u32..=end.min(last) as u32)
            };
            let (Some(columns), Some(rows)) = (range(left, wide), range(top, high)) else { continue };
            for (x, y) in columns.flat_map(|x| rows.clone().map(move |y| (x, y))) {
                let edge = |from: f64, tile: u32| (from + f64::from(tile) * side).round() as i64;
                let dots = [edge(left, x), edge(top, y), edge(left, x + 1), edge(top, y + 1)];
                let tile = TileAt { zoom, x, y };
                if !self.tiles.contains_key(&tile) {
                    let off = |low: i64, high: i64, size: i64| (low + high - size).abs();
                    missing.push((off(dots[0], dots[2], wide) + off(dots[1], dots[3], high), tile));
                }
                if let Some(tile) = self.here(tile) {
                    panes.push(Pane { tile, at, dots });
                }
            }
        }
        missing.sort_unstable();
        missing.dedup_by_key(|(_, tile)| *tile);
        self.wanted.extend(missing.into_iter().map(|(_, tile)| tile));
        panes
    }

    /// A tile, or the nearest above it that is here.
    fn here(&mut self, tile: TileAt) -> Option<Arc<StreetTile>> {
        let mut at = Some(tile);
        for _ in 0..=HIGHEST_STAND_IN {
            let known = at.and_then(|at| self.tiles.get_mut(&at));
            if let Some(known) = known {
                known.looked_at = self.looks;
                return known.tile.clone();
            }
            at = at?.parent();
        }
        None
    }
}

/// What tiles made of a view.
pub(super) struct Drawn {
    /// The dots they speak for.
    pub(super) covered: Mask,
    /// Parks.
    pub(super) green: Mask,
    /// Buildings.
    pub(super) built: Mask,
}

/// Draws tiles over ground and lines of the basemap. Where tiles know of water, theirs
/// takes the place of the basemap's.
pub(super) fn draw(panes: &[Pane], view: &View, ground: &mut Mask, dots: &mut Dots) -> Drawn {
    let mut drawn = Drawn { covered: Mask::empty(view), green: Mask::empty(view), built: Mask::empty(view) };
    let know_water = panes.iter().any(|pane| !pane.tile.water.is_empty());
    for pane in panes {
        pane.each(view, |x, y| drawn.covered.add(x, y));
        pane.filled(&pane.tile.parks, view, |x, y| drawn.green.add(x, y));
        if view.zoom >= BUILT_FROM {
            pane.filled(&pane.tile.buildings, view, |x, y| drawn.built.add(x, y));
        }
    }
    if know_water {
        ground.unite(&drawn.covered);
        let mut water = Mask::empty(view);
        for pane in panes {
            pane.each(view, |x, y| dots.wipe(x, y));
            pane.filled(&pane.tile.water, view, |x, y| water.add(x, y));
        }
        ground.subtract(&water);
        drawn.green.subtract(&water);
    }
    for pane in panes {
        let tile = &pane.tile;
        // The middle of a river that has banks is no line.
        let has_no_banks = |x, y| !know_water || ground.has(x, y);
        pane.lines_where(&tile.waterways, view, (Ink::River, Stroke::Solid), dots, has_no_banks);
        let mut lines =
            |lines: &_, ink, stroke| pane.lines_where(lines, view, (ink, stroke), dots, |_, _| true);
        if view.zoom >= OUTLINES_FROM {
            lines(&tile.buildings, Ink::Building, Stroke::Solid);
        }
        if view.zoom >= RAILS_FROM {
            lines(&tile.rails, Ink::Rail, Stroke::Dashed);
        }
        for road in Road::ALL.into_iter().rev().filter(|road| view.zoom >= ROADS_FROM[*road as usize]) {
            let (ink, stroke) = match road {
                Road::Main => (Ink::StreetMain, Stroke::Solid),
                Road::Middle => (Ink::Street, Stroke::Solid),
                Road::Minor => (Ink::StreetMinor, Stroke::Solid),
                Road::Service => (Ink::Path, Stroke::Solid),
                Road::Path => (Ink::Path, Stroke::Dotted),
            };
            lines(&tile.roads[road as usize], ink, stroke);
        }
        if know_water {
            tile.water.edges(&pane.at, view.dots(), |[a, b]| {
                let shore = |x, y| pane.has(x, y) && ground.is_shore(x, y);
                dots.segment_where(pane.at.dot(a), pane.at.dot(b), Ink::Coast, Stroke::Solid, shore);
            });
        }
    }
    drawn
}

/// The names on tiles that this zoom tells of.
pub(super) fn names<'a>(panes: &'a [Pane], view: &View) -> impl Iterator<Item = &'a Name> {
    let zoom = view.zoom;
    panes
        .iter()
        .flat_map(|pane| {
            let [left, top, right, bottom] = pane.dots;
            pane.tile.names.iter().filter(move |name| {
                let (x, y) = pane.at.dot(name.at);
                let (x, y) = (x.floor() as i64, y.floor() as i64);
                (left..right).contains(&x) && (top..bottom).contains(&y)
            })
        })
        .filter(move |name| zoom >= name.from)
}

impl Pane {
    fn has(&self, x: i64, y: i64) -> bool {
        let [left, top, right, bottom] = self.dots;
        (left..right).contains(&x) && (top..bottom).contains(&y)
    }

    /// Calls `dot` for its dots in sight.
    fn each(&self, view: &View, mut dot: impl FnMut(i64, i64)) {
        let ([left, top, right, bottom], (wide, high)) = (self.dots, view.dots());
        for y in top.max(0)..bottom.min(high) {
            (left.max(0)..right.min(wide)).for_each(|x| dot(x, y));
        }
    }

    /// Calls `dot` for its dots inside areas. Each tile by itself: in their buffers tiles
    /// overlap, and inside twice is outside.
    fn filled(&self, areas: &super::geometry::Lines, view: &View, mut dot: impl FnMut(i64, i64)) {
        if areas.is_empty() {
            return;
        }
        let Some((window, column, row)) = view.window(self.dots.map(|dot| dot as f64)) else { return };
        let mask = Mask::filled_at(areas, &window, &self.at.shifted(column, row));
        let (left, top) = (i64::from(column) * 2, i64::from(row) * 4);
        self.each(view, |x, y| {
            if mask.has(x - left, y - top) {
                dot(x, y);
            }
        });
    }

    fn lines_where(
        &self,
        lines: &super::geometry::Lines,
        view: &View,
        (ink, stroke): (Ink, Stroke),
        dots: &mut Dots,
        wanted: impl Fn(i64, i64) -> bool,
    ) {
        lines.edges(&self.at, view.dots(), |[a, b]| {
            let wanted = |x, y| self.has(x, y) && wanted(x, y);
            dots.segment_where(self.at.dot(a), self.at.dot(b), ink, stroke, wanted);
        });
    }
}

#[cfg(test)]
mod tests;
