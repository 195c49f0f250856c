//! The map: a widget of its own, from the world to a yard.

mod basemap;
mod canvas;
mod fences;
mod furniture;
mod gazetteer;
mod geometry;
mod glyphs;
mod ground;
mod heat;
mod labels;
mod layer;
mod mark;
mod mercator;
mod pointing;
mod raster;
mod route;
mod scenery;
mod sketch;
mod streets;
mod vehicles;
mod ways;

use std::{ops::RangeInclusive, sync::Arc};

use ratatui::{
    buffer::{Buffer, Cell},
    layout::Rect,
};
use serde::{Deserialize, Serialize};
use unicode_width::UnicodeWidthStr;
use watchtower_core::{
    domain::{footprint::Cell as Passed, geo::LonLat, geofence::Geofence},
    ports::tiles::TileAt,
};

use self::{
    canvas::{Canvas, Owner},
    fences::{Outlines, Overlay},
    ground::Underfoot,
    heat::Heat,
    layer::{Layer, Strata},
    mercator::View,
    raster::{Dots, Ink, Stroke},
    scenery::Scenery,
    streets::Streets,
    vehicles::Fleet,
    ways::Traces,
};
pub use self::{
    gazetteer::{Spot, SpotKind},
    ground::{Ground, Ways},
    heat::Stays,
    layer::Graticule,
    mark::{Course, Mark, Name, Names, Place},
    pointing::Hit,
    route::{RouteMark, Stretch},
    streets::StreetTile,
};
use super::theme::MapTheme;

/// What part of the world is shown.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Viewport {
    /// The centre of the widget.
    pub centre: LonLat,
    /// Web Mercator zoom, continuous: 0 shows the world on 256 dots.
    pub zoom: f64,
}

/// A fence to draw.
#[derive(Clone, Debug)]
pub struct FenceMark<'a> {
    /// The fence.
    pub fence: &'a Geofence,
    /// How many vehicles are in it.
    pub occupants: usize,
    /// Selected or pointed at: named at any zoom.
    pub singled_out: bool,
}

/// Everything on the map beside the basemap.
#[derive(Clone, Debug, Default)]
pub struct Scene<'a> {
    /// Vehicles.
    pub marks: &'a [Mark],
    /// What they are called.
    pub names: Names<'a>,
    /// Trails, each oldest point first.
    pub trails: Vec<&'a [LonLat]>,
    /// Fences.
    pub fences: Vec<FenceMark<'a>>,
    /// Where vehicles stand and how long, to be shaded.
    pub stays: Option<&'a Stays>,
    /// The way of the selected trip.
    pub route: Option<RouteMark>,
    /// What is being drawn, above all else.
    pub sketch: Option<SketchMark>,
}

/// A fence while it is drawn.
#[derive(Clone, Debug)]
pub struct SketchMark {
    /// Its outline as it would be with the pen where it is, closed.
    pub outline: Vec<LonLat>,
    /// The corners set.
    pub corners: Vec<LonLat>,
    /// Where the pen is.
    pub pen: LonLat,
}

/// The map between frames: viewport, cached layers, what was drawn where.
///
/// Cells are those of the buffer it was last rendered into, as mouse reports have
/// them (from 0).
#[derive(Debug)]
pub struct Map {
    /// What is shown. Change it freely between frames.
    pub viewport: Viewport,
    /// Meridians and parallels; hidden at first.
    pub graticule: Graticule,
    /// The ways of the fleet; shown at first.
    pub ways: Ways,
    underfoot: Underfoot,
    streets: Streets,
    scenery: Scenery,
    layer: Option<Layer>,
    traces: Option<Traces>,
    /// Counts layers drawn, so that what is built on one knows its own.
    drawing: u64,
    outlines: Outlines,
    overlay: Option<Overlay>,
    heat: Option<Heat>,
    fleet: Fleet,
    area: Rect,
    owners: Vec<Owner>,
    taken: Vec<bool>,
}

/// What [`Map::fit`] fits to before the first frame.
const FIRST_AREA: Rect = Rect { x: 0, y: 0, width: 80, height: 24 };
/// Cells kept free around what is fitted.
const FIT_MARGIN: u16 = 2;
/// No fit comes closer: a lone truck is shown with its streets.
const FIT_ZOOM: f64 = 15.0;
/// Zoom levels a step of [`Map::zoom_at`].
const ZOOM_STEP: f64 = 0.5;

impl Map {
    /// A map of `viewport`; `scenery` is GeoJSON drawn as a layer above the
    /// basemap (the demo's city), empty for none. What cannot be read is logged and
    /// left out.
    pub fn new(viewport: Viewport, scenery: &str) -> Self {
        Self {
            viewport,
            graticule: Graticule::Hidden,
            ways: Ways::default(),
            underfoot: Underfoot::default(),
            streets: Streets::default(),
            scenery: Scenery::read(scenery),
            layer: None,
            traces: None,
            drawing: 0,
            outlines: Outlines::default(),
            overlay: None,
            heat: None,
            fleet: Fleet::default(),
            area: Rect::ZERO,
            owners: Vec::new(),
            taken: Vec::new(),
        }
    }

    /// Whose data the map of the last frame is made of: show it near the map.
    pub fn attribution(&self) -> String {
        let mut whose = String::from("Natural Earth");
        if let Some(layer) = &self.layer {
            let streets = self.streets.attribution();
            if layer.has_streets && !streets.is_empty() {
                whose = whose + " · " + streets;
            }
            if layer.has_ways {
                whose += " · footprint";
            }
        }
        whose
    }

    /// Lets the map want tiles of these zooms; whose they are is `attribution`.
    pub fn use_tiles(&mut self, zooms: RangeInclusive<u8>, attribution: String) {
        self.streets = Streets::new(zooms, attribution);
    }

    /// The tiles the last frame would have had and did not, the most wanted first.
    pub fn wanted(&self) -> &[TileAt] {
        self.streets.wanted()
    }

    /// Takes a tile that was read; `None`: there is none.
    pub fn take_tile(&mut self, at: TileAt, tile: Option<Arc<StreetTile>>) {
        self.streets.take(at, tile);
    }

    /// Takes the ways the fleet has driven, as they are told.
    pub fn take_ground(&mut self, told: Arc<Ground>) {
        self.underfoot.take(told);
    }

    /// Takes cells vehicles are seen to pass.
    pub fn tread(&mut self, cells: &[Passed]) {
        self.underfoot.tread(cells);
    }

    /// Lets the view show what was seen since: a view costs some milliseconds, so not
    /// with every fix.
    pub fn settle(&mut self) {
        self.underfoot.settle();
    }

    /// Draws the map into `area`.
    pub fn render(&mut self, scene: &Scene<'_>, theme: &MapTheme, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        self.area = area;
        self.owners.clear();
        self.taken.clear();
        if area.is_empty() {
            return;
        }
        let view = View::new(self.viewport, area);
        let strata = Strata {
            scenery: &self.scenery,
            graticule: self.graticule,
            underfoot: &self.underfoot,
            ways: self.ways,
            streets: self.streets.revision(),
        };
        let layer = match self.layer.take() {
            Some(layer) if layer.shows(&view, theme, &strata) => layer,
            _ => {
                self.drawing += 1;
                Layer::draw(view, theme, &strata, &self.streets.panes(&view), &mut self.traces)
            }
        };
        let overlay =
            Overlay::of(self.overlay.take(), &layer, self.drawing, &scene.fences, &mut self.outlines);
        self.taken.resize(overlay.cells.len(), false);
        self.owners.extend_from_slice(&overlay.owners);
        copy(&overlay.cells, area, buffer);
        self.heat = scene.stays.map(|stays| Heat::of(self.heat.take(), stays, &view));
        if let Some(heat) = &self.heat {
            heat.shade(theme, area, buffer);
        }
        trails(&scene.trails, &layer, &overlay, area, buffer);
        let mut canvas = Canvas { area, buffer, owners: &mut self.owners, taken: &mut self.taken };
        if let Some(route) = &scene.route {
            route::lines(route, &layer, &overlay, &mut canvas);
        }
        self.fleet.draw(scene.marks, scene.names, &view, theme, &mut canvas);
        if let Some(route) = &scene.route {
            route::destination(route, &layer, &mut canvas);
        }
        furniture::scale_bar(&view, theme, &mut canvas);
        if let Some(heat) = &self.heat {
            heat.legend(theme, &mut canvas);
        }
        if let Some(sketch) = &scene.sketch {
            sketch::draw(sketch, &layer, &overlay, &mut canvas);
        }
        names(&overlay, &layer, theme, &mut canvas);
        self.layer = Some(layer);
        self.overlay = Some(overlay);
    }

    /// Moves the centre by cells, east and south.
    pub fn pan(&mut self, columns: f64, rows: f64) {
        self.viewport =
            mercator::moved(self.viewport, columns * mercator::CELL.0 as f64, rows * mercator::CELL.1 as f64);
    }

    /// Zooms in by `steps` of half a level, out by negative ones, about a cell, which
    /// keeps its place; `None`: the centre.
    pub fn zoom_at(&mut self, steps: f64, cell: Option<(u16, u16)>) {
        let from = mercator::held_zoom(self.viewport.zoom);
        let to = mercator::held_zoom(from + steps * ZOOM_STEP);
        if let Some((column, row)) = cell.and_then(|(column, row)| self.cell(column, row)) {
            let off = |at: u16, size: u16| f64::from(at) + 0.5 - f64::from(size) / 2.0;
            let keep = 1.0 - (from - to).exp2();
            self.viewport.zoom = from;
            self.pan(off(column, self.area.width) * keep, off(row, self.area.height) * keep);
        }
        self.viewport.zoom = to;
    }

    /// Shows all `points` with a margin, on the area of the last frame.
    pub fn fit(&mut self, points: &[LonLat]) {
        let area = if self.area.is_empty() { FIRST_AREA } else { self.area };
        if let Some(viewport) = mercator::fitting(points, area, FIT_MARGIN, FIT_ZOOM) {
            self.viewport = viewport;
        }
    }
}

/// Puts cells into their part of the buffer.
fn copy(cells: &[Cell], area: Rect, buffer: &mut Buffer) {
    for (row, line) in cells.chunks_exact(usize::from(area.width)).enumerate() {
        let start = buffer.index_of(area.x, area.y + row as u16);
        buffer.content[start..start + line.len()].clone_from_slice(line);
    }
}

/// Draws trails over the map, the older two thirds faded.
fn trails(trails: &[&[LonLat]], layer: &Layer, overlay: &Overlay, area: Rect, buffer: &mut Buffer) {
    if trails.is_empty() {
        return;
    }
    let view = &layer.view;
    let mut dots = Dots::new(view);
    for trail in trails {
        let recent = trail.len() - trail.len() / 3;
        for (index, pair) in trail.windows(2).enumerate() {
            let (a, mut b) = (mercator::project(pair[0]), mercator::project(pair[1]));
            mercator::go_the_short_way(a, &mut b);
            let at = view.nearest(a[0]);
            let ink = if index + 1 < recent { Ink::TrailOld } else { Ink::Trail };
            dots.segment(at.dot(a), at.dot(b), ink, Stroke::Dashed);
        }
    }
    for index in (0..dots.bits.len()).filter(|index| dots.bits[*index] != 0) {
        let (column, row) = (index % usize::from(area.width), index / usize::from(area.width));
        let cell = &mut buffer[(area.x + column as u16, area.y + row as u16)];
        layer::ink(cell, overlay.bits[index] | dots.bits[index], dots.ink[index], &layer.theme);
    }
}

/// Writes the names of fences and places that nothing else stands on.
fn names(overlay: &Overlay, layer: &Layer, theme: &MapTheme, canvas: &mut Canvas<'_>) {
    for name in &overlay.names {
        let width = name.text.width();
        let column = name.column - width as i64 / 2;
        let (Ok(column), Ok(row), Ok(width)) = (column.try_into(), name.row.try_into(), width.try_into())
        else {
            continue;
        };
        if canvas.stands_alone(column, row, width) {
            let style = if name.occupants > 0 { theme.fence_occupied } else { theme.fence };
            canvas.write(column, row, width, &name.text, style, Owner::Fence(name.fence));
        }
    }
    for caption in &layer.captions {
        if canvas.stands_alone(caption.column, caption.row, caption.width) {
            canvas.letter(caption.column, caption.row, caption.width, &caption.text, caption.style);
        }
    }
}

#[cfg(test)]
mod tests;
