//! Fences: their outlines in world units, kept between frames, and the drawing of
//! them over the still map.

use std::collections::HashMap;

use geo::Polygon;
use ratatui::buffer::Cell;
use watchtower_core::domain::{geo::LonLat, geofence::Shape, id::FenceId, units::Metres};

use super::{
    FenceMark,
    canvas::Owner,
    geometry::Lines,
    layer::{self, Layer},
    mercator::{Placement, Unit, View, WORLD, project},
    raster::{Dots, Ink, Mask, Stroke},
};

/// Corners of the polygon that stands for a circle.
const CORNERS: usize = 72;
/// Dots from one line of the hatching to the next.
const HATCH: i64 = 12;
/// From this zoom on fences are named.
const NAMED_FROM: f64 = 10.5;
/// Names need a fence this many dots wide.
const NAMED: f64 = 8.0;
/// The name of an occupied one needs fewer, and before [`NAMED_FROM`] as many as this.
const NAMED_OCCUPIED: (f64, f64) = (3.0, 24.0);
/// Mean radius of the earth, metres (IUGG).
const EARTH_M: f64 = 6_371_008.8;
/// Metres around the earth at the equator, and world units.
const UNITS_A_METRE: f64 = WORLD as f64 / 40_075_016.685_578_49;

/// A fence in world units.
#[derive(Clone, Debug)]
struct Outline {
    shape: Shape,
    lines: Lines,
    /// Half the width of a corridor, world units; `None` for what has an inside.
    half_width: Option<f64>,
    /// The diagonal of its extent, to draw the larger first.
    size: f64,
}

/// The outlines of all fences seen lately.
#[derive(Clone, Debug, Default)]
pub(super) struct Outlines {
    known: HashMap<FenceId, Outline>,
    changes: u64,
}

impl Outlines {
    /// Brings the outlines up to date; the answer changes when any of them did.
    fn update(&mut self, fences: &[FenceMark<'_>]) -> u64 {
        for mark in fences {
            let fence = mark.fence;
            if self.known.get(&fence.id).is_none_or(|o| o.shape != fence.shape) {
                self.known.insert(fence.id.clone(), Outline::new(&fence.shape));
                self.changes += 1;
            }
        }
        if self.known.len() > 2 * fences.len() + 64 {
            let current: std::collections::HashSet<&FenceId> = fences.iter().map(|m| &m.fence.id).collect();
            self.known.retain(|id, _| current.contains(id));
        }
        self.changes
    }
}

impl Outline {
    fn new(shape: &Shape) -> Self {
        let mut lines = Lines::default();
        let mut half_width = None;
        match shape {
            Shape::Circle { centre, radius } => lines.push_ring(circle(*centre, *radius)),
            Shape::Area(area) => area.iter().for_each(|polygon| rings(polygon, &mut lines)),
            Shape::Corridor { line, width } => {
                lines.push(line.iter().map(|p| project(*p)));
                let latitude = line.first().map_or(0.0, |p| p.lat());
                let stretch = latitude.to_radians().cos().max(0.01);
                half_width = Some(width.get() / 2.0 * UNITS_A_METRE / stretch);
            }
        }
        let size = lines.extent().map_or(0.0, |e| {
            let [wide, high] = [0, 1].map(|axis| f64::from(e.max[axis]) - f64::from(e.min[axis]));
            wide.hypot(high)
        });
        Self { shape: shape.clone(), lines, half_width, size }
    }
}

fn rings(polygon: &Polygon<f64>, lines: &mut Lines) {
    for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
        lines.push_ring(ring.coords().filter_map(|c| LonLat::new(c.x, c.y).ok()).map(project));
    }
}

/// A circle on the sphere, kept in one piece across the antimeridian.
fn circle(centre: LonLat, radius: Metres) -> Vec<Unit> {
    let middle = project(centre);
    let (sin_lat, cos_lat) = centre.lat().to_radians().sin_cos();
    let (sin_r, cos_r) = (radius.get() / EARTH_M).sin_cos();
    (0..CORNERS)
        .filter_map(|corner| {
            let (sin_a, cos_a) = (corner as f64 * std::f64::consts::TAU / CORNERS as f64).sin_cos();
            let sin_lat2 = sin_lat * cos_r + cos_lat * sin_r * cos_a;
            let dlon = (sin_a * sin_r * cos_lat).atan2(cos_r - sin_lat * sin_lat2);
            let y = project(LonLat::new(0.0, sin_lat2.clamp(-1.0, 1.0).asin().to_degrees()).ok()?)[1];
            let x = f64::from(middle[0]) + dlon / std::f64::consts::TAU * f64::from(WORLD);
            Some([x.round() as i32, y])
        })
        .collect()
}

/// A fence's name in want of room in a frame.
#[derive(Clone, Debug)]
pub(super) struct FenceName {
    pub(super) column: i64,
    pub(super) row: i64,
    pub(super) text: String,
    /// Index into the fences of the overlay.
    pub(super) fence: u32,
    pub(super) occupants: usize,
    pub(super) singled_out: bool,
}

/// What of a mark decides how it is drawn, beside its shape.
fn facts<'a>(mark: &FenceMark<'a>) -> (&'a FenceId, usize, bool) {
    (&mark.fence.id, mark.occupants, mark.singled_out)
}

/// The still map with fences on it, and what each cell belongs to.
#[derive(Clone, Debug)]
pub(super) struct Overlay {
    key: (u64, u64, Vec<(FenceId, usize, bool)>),
    pub(super) cells: Vec<Cell>,
    pub(super) bits: Vec<u8>,
    pub(super) owners: Vec<Owner>,
    pub(super) fences: Vec<FenceId>,
    pub(super) names: Vec<FenceName>,
}

impl Overlay {
    /// The overlay of these fences on the `drawing`-th layer; `last` if nothing changed.
    pub(super) fn of(
        last: Option<Self>,
        layer: &Layer,
        drawing: u64,
        marks: &[FenceMark<'_>],
        outlines: &mut Outlines,
    ) -> Self {
        let changes = outlines.update(marks);
        if let Some(last) = last
            && (last.key.0, last.key.1) == (drawing, changes)
            && last.key.2.iter().map(|(id, n, out)| (id, *n, *out)).eq(marks.iter().map(facts))
        {
            return last;
        }
        let fences: Vec<FenceId> = marks.iter().map(|m| m.fence.id.clone()).collect();
        let mut overlay = Self {
            key: (
                drawing,
                changes,
                marks.iter().map(facts).map(|(id, n, out)| (id.clone(), n, out)).collect(),
            ),
            cells: layer.cells.clone(),
            bits: layer.dots.bits.clone(),
            owners: vec![Owner::Nobody; layer.cells.len()],
            fences,
            names: Vec::new(),
        };
        let mut order: Vec<(f64, usize)> = Vec::with_capacity(marks.len());
        order.extend(
            marks.iter().enumerate().filter_map(|(i, m)| Some((outlines.known.get(&m.fence.id)?.size, i))),
        );
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| marks[a.1].fence.id.cmp(&marks[b.1].fence.id)));
        let mut dots = Dots::new(&layer.view);
        for (_, index) in order {
            overlay.draw(
                &outlines.known[&marks[index].fence.id],
                index,
                &marks[index],
                &layer.view,
                &mut dots,
            );
        }
        for (index, cell) in overlay.cells.iter_mut().enumerate().filter(|(i, _)| dots.bits[*i] != 0) {
            overlay.bits[index] |= dots.bits[index];
            layer::ink(cell, overlay.bits[index], dots.ink[index], &layer.theme);
        }
        // Who was asked for, the busiest, then the name itself, so that frames agree.
        overlay.names.sort_by(|a, b| {
            let singled_out = b.singled_out.cmp(&a.singled_out);
            singled_out.then(b.occupants.cmp(&a.occupants)).then_with(|| a.text.cmp(&b.text))
        });
        overlay
    }

    fn draw(&mut self, outline: &Outline, index: usize, mark: &FenceMark<'_>, view: &View, dots: &mut Dots) {
        let Some(extent) = outline.lines.extent() else { return };
        let at = view.nearest(i32::midpoint(extent.min[0], extent.max[0]));
        let half_width = outline.half_width.map(|w| w * view.scale());
        let margin = half_width.unwrap_or_default();
        let [left, top, right, bottom] = extent.dots(&at);
        let Some((window, column, row)) =
            view.window([left - margin, top - margin, right + margin, bottom + margin])
        else {
            return;
        };
        let inside = match half_width {
            Some(half) => band(&outline.lines, &window, &at.shifted(column, row), half),
            None => Mask::filled_at(&outline.lines, &window, &at.shifted(column, row)),
        };
        let ink = if mark.occupants > 0 { Ink::FenceOccupied } else { Ink::Fence };
        let owner = Owner::Fence(index as u32);
        let (x0, y0) = (i64::from(column) * 2, i64::from(row) * 4);
        let origin = window.origin();
        let (wide, high) = window.dots();
        for (x, y) in
            (0..high).flat_map(|y| (0..wide).map(move |x| (x, y))).filter(|(x, y)| inside.has(*x, *y))
        {
            if let Some(cell) = dots.cell(x + x0, y + y0) {
                self.owners[cell] = owner;
            }
            let hatched = mark.occupants > 0 && (x + origin.0 + y + origin.1).rem_euclid(HATCH) == 0;
            if half_width.is_some() && inside.is_shore(x, y) {
                dots.dot(x + x0, y + y0, ink);
            } else if hatched && (x + origin.0).rem_euclid(2) == 0 && self.is_blank(dots.cell(x + x0, y + y0))
            {
                dots.dot(x + x0, y + y0, Ink::Hatch);
            }
        }
        if half_width.is_none_or(|half| half < 1.0) {
            outline.lines.edges(&at, view.dots(), |[a, b]| {
                dots.segment(at.dot(a), at.dot(b), ink, Stroke::Solid);
            });
            self.own_edges(&outline.lines, view, &at, owner, dots);
        }
        self.name(mark, index, [left, top, right, bottom], view);
    }

    /// Whether the map has no line in a cell: hatching leaves those alone.
    fn is_blank(&self, cell: Option<usize>) -> bool {
        cell.is_some_and(|cell| self.bits[cell] == 0)
    }

    /// Gives the cells under an outline to the fence, the thinnest of fences too.
    fn own_edges(&mut self, lines: &Lines, view: &View, at: &Placement, owner: Owner, dots: &Dots) {
        let owners = &mut self.owners;
        lines.edges(at, view.dots(), |[a, b]| {
            dots.visit(at.dot(a), at.dot(b), |cell| owners[cell] = owner);
        });
    }

    /// Puts the name above the fence, in the middle of what shows of it.
    fn name(&mut self, mark: &FenceMark<'_>, index: usize, dots: [f64; 4], view: &View) {
        let [left, top, right, _] = dots;
        let (wide, _) = view.dots();
        let least = match (mark.occupants > 0, view.zoom >= NAMED_FROM) {
            _ if mark.singled_out => 0.0,
            (true, true) => NAMED_OCCUPIED.0,
            (true, false) => NAMED_OCCUPIED.1,
            (false, true) => NAMED,
            (false, false) => return,
        };
        if right - left < least {
            return;
        }
        let middle = (left.max(0.0) + right.min(wide as f64)) / 2.0;
        let text = match mark.occupants {
            0 => mark.fence.name.clone(),
            count => format!("{} ({count})", mark.fence.name),
        };
        let (column, row) = ((middle / 2.0).floor() as i64, ((top / 4.0).floor() as i64 - 1).max(0));
        let (occupants, singled_out) = (mark.occupants, mark.singled_out);
        self.names.push(FenceName { column, row, text, fence: index as u32, occupants, singled_out });
    }
}

/// The dots within `half` dots of a line.
fn band(lines: &Lines, view: &View, at: &Placement, half: f64) -> Mask {
    let mut mask = Mask::empty(view);
    let (wide, high) = view.dots();
    let range = |low: f64, top: f64, limit: i64| {
        ((low - half).floor().max(0.0) as i64)..((top + half).ceil().min(limit as f64) as i64)
    };
    // Edges out of sight may have a band in sight: all of them are looked at.
    lines.each(|[a, b]| {
        let (a, b) = (at.dot(a), at.dot(b));
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let norm = dx * dx + dy * dy;
        for y in range(a.1.min(b.1), a.1.max(b.1), high) {
            for x in range(a.0.min(b.0), a.0.max(b.0), wide) {
                let (px, py) = (x as f64 + 0.5 - a.0, y as f64 + 0.5 - a.1);
                let t = if norm > 0.0 { ((px * dx + py * dy) / norm).clamp(0.0, 1.0) } else { 0.0 };
                if (px - t * dx).hypot(py - t * dy) <= half {
                    mask.add(x, y);
                }
            }
        }
    });
    mask
}
