//! The still part of the map: ground, lines and names of one view, drawn once and
//! kept until view or theme changes.

use ratatui::{buffer::Cell, style::Modifier};
use serde::{Deserialize, Serialize};

use super::{
    basemap::{Basemap, LineKind},
    geometry::Lines,
    glyphs,
    ground::{Underfoot, Ways},
    labels::{self, Caption},
    mercator::{Unit, View, WORLD},
    raster::{Dots, Ink, Mask, Stroke},
    scenery::Scenery,
    streets::{self, Pane},
    ways::Traces,
};
use crate::tui::theme::{self, MapTheme};

/// Whether meridians and parallels are drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Graticule {
    /// They are not.
    #[default]
    Hidden,
    /// They are, at a distance fit for the zoom.
    Shown,
}

/// What a layer is drawn of beside the basemap.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strata<'a> {
    pub(super) scenery: &'a Scenery,
    pub(super) graticule: Graticule,
    pub(super) underfoot: &'a Underfoot,
    pub(super) ways: Ways,
    /// Counts the changes of the street map.
    pub(super) streets: u64,
}

impl Strata<'_> {
    /// What of it changes between frames.
    fn state(&self) -> (Graticule, Ways, [u64; 2]) {
        (self.graticule, self.ways, [self.underfoot.revision(), self.streets])
    }
}

/// One view of basemap, scenery and footprint.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) view: View,
    pub(super) theme: MapTheme,
    state: (Graticule, Ways, [u64; 2]),
    /// Whether ways of the fleet are in sight.
    pub(super) has_ways: bool,
    /// Whether the user's tiles are.
    pub(super) has_streets: bool,
    /// Cells as they are drawn, without names.
    pub(super) cells: Vec<Cell>,
    /// The dots of each, for what is drawn over it.
    pub(super) dots: Dots,
    /// Names, the most important first.
    pub(super) captions: Vec<Caption>,
}

impl Layer {
    /// Whether this is the layer of these.
    pub(super) fn shows(&self, view: &View, theme: &MapTheme, strata: &Strata<'_>) -> bool {
        self.view == *view && self.state == strata.state() && self.theme == *theme
    }

    /// Draws it; `traces` are the ways traced last, if they are.
    pub(super) fn draw(
        view: View,
        theme: &MapTheme,
        strata: &Strata<'_>,
        panes: &[Pane],
        traces: &mut Option<Traces>,
    ) -> Self {
        let map = Basemap::shared();
        let land = map.lines(LineKind::Land, view.zoom);
        let mut ground = Mask::filled(land, &view);
        let lakes = map.lines(LineKind::Lakes, view.zoom);
        ground.subtract(&Mask::filled(lakes, &view));

        let mut dots = Dots::new(&view);
        if strata.graticule == Graticule::Shown {
            dots.lines(&meridians(&view), &view, Ink::Graticule, Stroke::Dotted);
        }
        let all = theme.lines == theme::Lines::All;
        if all && view.zoom >= 5.2 {
            dots.lines(map.lines(LineKind::StateBorders, view.zoom), &view, Ink::State, Stroke::Dotted);
        }
        if all && view.zoom >= 3.0 {
            dots.lines(map.lines(LineKind::Rivers, view.zoom), &view, Ink::River, Stroke::Solid);
        }
        outline(lakes, LAKE, &view, Ink::River, &mut dots);
        if view.zoom >= 1.5 {
            let stroke = if view.zoom < 3.0 { Stroke::Dotted } else { Stroke::Dashed };
            dots.lines(map.lines(LineKind::CountryBorders, view.zoom), &view, Ink::Border, stroke);
        }
        outline(land, ISLAND, &view, Ink::Coast, &mut dots);
        city(strata.scenery, &view, &mut ground, &mut dots);
        let tiles = streets::draw(panes, &view, &mut ground, &mut dots);
        let has_ways = match strata.ways {
            Ways::Shown => {
                // Where there are streets, nobody needs their shadow.
                let wanted = |x, y| view.zoom < STREETS_ALONE || !tiles.covered.has(x, y);
                let traced = Traces::of(traces.take(), strata.underfoot, &view, theme.glyphs);
                traces.insert(traced).draw(&view, &mut dots, wanted)
            }
            Ways::Hidden => false,
        };

        let mut cells = vec![Cell::default(); dots.bits.len()];
        for (index, cell) in cells.iter_mut().enumerate() {
            let (column, row) = (index % usize::from(view.cols), index / usize::from(view.cols));
            let on_land = ground.coverage(column as u16, row as u16) >= 4;
            cell.set_style(if on_land { theme.land } else { theme.water });
            if on_land && tiles.green.coverage(column as u16, row as u16) >= 5 {
                cell.set_style(theme.park);
            }
            if tiles.built.coverage(column as u16, row as u16) >= 4 {
                cell.set_style(theme.built);
            }
            ink(cell, dots.bits[index], dots.ink[index], theme);
        }
        let captions = labels::placed(&view, strata.scenery, panes, theme);
        Self {
            view,
            theme: theme.clone(),
            state: strata.state(),
            has_ways,
            has_streets: !panes.is_empty(),
            cells,
            dots,
            captions,
        }
    }
}

/// Gives a cell the character and colour of its dots.
pub(super) fn ink(cell: &mut Cell, bits: u8, ink: Ink, theme: &MapTheme) {
    if bits == 0 {
        return;
    }
    // What was there before may have been dim; the ink decides alone.
    cell.modifier = Modifier::empty();
    cell.set_char(glyphs::dots(bits, theme.glyphs)).set_style(glyphs::ink_style(ink, theme));
}

/// From this zoom on tiles have all streets.
const STREETS_ALONE: f64 = 12.0;
/// Smaller lakes and islands, in dots, have no outline: specks are noise.
const LAKE: f64 = 5.0;
const ISLAND: f64 = 1.5;

/// The outline of areas, without the cuts along the edge of the world.
fn outline(areas: &Lines, least: f64, view: &View, ink: Ink, dots: &mut Dots) {
    let cut =
        |[a, b]: [Unit; 2]| (a[0] == b[0] && (a[0] == 0 || a[0] == WORLD)) || (a[1] == b[1] && a[1] == WORLD);
    for at in view.copies() {
        areas.edges_of(least, &at, view.dots(), |edge| {
            if !cut(edge) {
                dots.segment(at.dot(edge[0]), at.dot(edge[1]), ink, Stroke::Solid);
            }
        });
    }
}

/// Lays the scenery over ground and dots.
fn city(scenery: &Scenery, view: &View, ground: &mut Mask, dots: &mut Dots) {
    let shore = [&scenery.water, &scenery.land];
    if shore.iter().any(|lines| !lines.is_empty()) {
        let (water, land) = (Mask::filled(&scenery.water, view), Mask::filled(&scenery.land, view));
        ground.subtract(&water);
        ground.unite(&land);
        let (wide, high) = view.dots();
        for (x, y) in (0..high).flat_map(|y| (0..wide).map(move |x| (x, y))) {
            if water.has(x, y) || land.has(x, y) {
                dots.wipe(x, y);
            }
        }
        for at in view.copies() {
            for lines in shore {
                let size = view.dots();
                lines.edges(&at, size, |[a, b]| {
                    let shore = |x, y| ground.is_shore(x, y);
                    dots.segment_where(at.dot(a), at.dot(b), Ink::Coast, Stroke::Solid, shore);
                });
            }
        }
    }
    for (rank, roads) in scenery.roads.iter().enumerate() {
        if view.zoom >= [6.5, 8.5, 9.5, 11.0, 12.5, 14.0][rank] {
            dots.lines(roads, view, Ink::Road, Stroke::Solid);
        }
    }
}

/// Meridians and parallels, at least some 50 dots apart.
fn meridians(view: &View) -> Lines {
    use super::mercator::{MAX_LATITUDE, project};
    use watchtower_core::domain::geo::LonLat;

    let least = 50.0 * 360.0 / view.world_dots();
    let steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0];
    let step = steps.into_iter().find(|s| *s >= least).unwrap_or(30.0);
    let mut lines = Lines::default();
    let mut line = |from: (f64, f64), to: (f64, f64)| {
        if let (Ok(a), Ok(b)) = (LonLat::new(from.0, from.1), LonLat::new(to.0, to.1)) {
            lines.push([project(a), project(b)]);
        }
    };
    let corner = [view.point(0, 0), view.point(view.cols.saturating_sub(1), view.rows.saturating_sub(1))];
    let whole = view.dots().0 as f64 >= view.world_dots() / 2.0;
    let (west, east) = (corner[0].lon(), corner[1].lon());
    let count = |from: f64, to: f64| ((from / step).floor() as i64 - 1)..=((to / step).ceil() as i64 + 1);
    let ranges = if whole || west > east { vec![(-180.0, 180.0)] } else { vec![(west, east)] };
    for i in ranges.into_iter().flat_map(|(from, to)| count(from, to)).take(1_000) {
        line((i as f64 * step, MAX_LATITUDE), (i as f64 * step, -MAX_LATITUDE));
    }
    for i in count(corner[1].lat(), corner[0].lat()).take(1_000) {
        line((-180.0, i as f64 * step), (180.0, i as f64 * step));
    }
    lines
}
