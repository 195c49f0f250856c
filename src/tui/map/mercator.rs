//! Web Mercator in integers, and which part of it a widget shows.
//!
//! The world is a square of 2^30 units, x east from the antimeridian, y south
//! from 85.05° N: 3.7 cm a unit at the equator, 16 units a dot at zoom 18. A cell
//! is 2 dots wide and 4 high, so dots are square on a usual terminal.

use ratatui::layout::Rect;
use watchtower_core::domain::geo::LonLat;

use super::{Viewport, mark::Place};

/// Units across the world.
pub(super) const WORLD: i32 = 1 << 30;
/// Dots a cell is wide and high.
pub(super) const CELL: (i64, i64) = (2, 4);
/// Closest zoom.
pub(super) const MAX_ZOOM: f64 = 18.0;
/// Where Web Mercator ends, degrees north and south.
pub(super) const MAX_LATITUDE: f64 = 85.051_128_779_806_6;
/// Metres around the equator, as Web Mercator has it (radius 6 378 137 m).
const EQUATOR_M: f64 = 40_075_016.685_578_49;

/// A place in world units.
pub(super) type Unit = [i32; 2];

/// A point as fractions of the world.
fn fraction(point: LonLat) -> (f64, f64) {
    let latitude = point.lat().clamp(-MAX_LATITUDE, MAX_LATITUDE).to_radians();
    (point.lon() / 360.0 + 0.5, (0.5 - latitude.tan().asinh() / std::f64::consts::TAU).clamp(0.0, 1.0))
}

/// The point at a fraction of the world; x wraps, y is held inside.
fn at_fraction(x: f64, y: f64) -> LonLat {
    let latitude = ((0.5 - y.clamp(0.0, 1.0)) * std::f64::consts::TAU).sinh().atan().to_degrees();
    let longitude = (x.rem_euclid(1.0) - 0.5) * 360.0;
    LonLat::new(longitude.clamp(-180.0, 180.0), latitude.clamp(-90.0, 90.0))
        .expect("a finite fraction of the world is a point")
}

/// A point in world units.
pub(super) fn project(point: LonLat) -> Unit {
    let (x, y) = fraction(point);
    let side = f64::from(WORLD);
    // Rounding cannot leave 0..=2^30, which fits.
    [(x * side).round() as i32, (y * side).round() as i32]
}

/// Moves the end of a line to the copy of the world in which it is nearest to its
/// beginning: over the antimeridian the short way.
pub(super) fn go_the_short_way(from: Unit, to: &mut Unit) {
    let across = i64::from(to[0]) - i64::from(from[0]);
    if across.abs() > i64::from(WORLD / 2) {
        to[0] -= WORLD * across.signum() as i32;
    }
}

/// The point at world units.
pub(super) fn unproject(unit: Unit) -> LonLat {
    at_fraction(f64::from(unit[0]) / f64::from(WORLD), f64::from(unit[1]) / f64::from(WORLD))
}

/// What a widget shows: the viewport on a grid of whole cells.
///
/// The origin lies on a cell of the world's own grid at that zoom, so a pan moves
/// everything rigidly by whole cells: no dot shimmers, no label changes its mind.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct View {
    /// Cells across and down.
    pub(super) cols: u16,
    pub(super) rows: u16,
    /// The world cell at the top left.
    pub(super) left: i64,
    pub(super) top: i64,
    /// Web Mercator zoom, within 0..=18.
    pub(super) zoom: f64,
}

impl View {
    /// The view of `viewport` in `area`. The centre is kept off the poles: nothing
    /// beyond them is shown while the world is higher than the widget.
    pub(super) fn new(viewport: Viewport, area: Rect) -> Self {
        let mut view =
            Self { cols: area.width, rows: area.height, left: 0, top: 0, zoom: held_zoom(viewport.zoom) };
        let world = view.world_dots();
        let (x, y) = fraction(viewport.centre);
        let (wide, high) = view.dots();
        let spare = (high as f64 / 2.0).min(world / 2.0);
        let y = (y * world).clamp(spare, world - spare);
        view.left = ((x * world - wide as f64 / 2.0) / CELL.0 as f64).round() as i64;
        view.top = ((y - high as f64 / 2.0) / CELL.1 as f64).round() as i64;
        view
    }

    /// Dots across the world.
    pub(super) fn world_dots(&self) -> f64 {
        256.0 * self.zoom.exp2()
    }

    /// Dots a world unit.
    pub(super) fn scale(&self) -> f64 {
        self.world_dots() / f64::from(WORLD)
    }

    /// Dots across and down.
    pub(super) fn dots(&self) -> (i64, i64) {
        (i64::from(self.cols) * CELL.0, i64::from(self.rows) * CELL.1)
    }

    /// The world dot at the top left.
    pub(super) fn origin(&self) -> (i64, i64) {
        (self.left * CELL.0, self.top * CELL.1)
    }

    /// Maps world units to dots of the widget, for each copy of the world in sight,
    /// or near enough for its labels to reach in.
    pub(super) fn copies(&self) -> impl Iterator<Item = Placement> + use<> {
        let view = *self;
        self.worlds().map(move |copy| view.placement(copy))
    }

    /// The numbers of the copies of the world in sight, or near enough.
    pub(super) fn worlds(&self) -> std::ops::RangeInclusive<i64> {
        let (world, left) = (self.world_dots(), self.origin().0 as f64);
        (left / world).floor() as i64..=((left + self.dots().0 as f64) / world).floor() as i64
    }

    /// The placement of a copy of the world.
    pub(super) fn placement(&self, copy: i64) -> Placement {
        let (left, top) = self.origin();
        Placement {
            scale: self.scale(),
            dx: copy as f64 * self.world_dots() - left as f64,
            dy: -(top as f64),
        }
    }

    /// The placement of the copy in which `x` lies nearest to the middle.
    pub(super) fn nearest(&self, x: i32) -> Placement {
        let world = self.world_dots();
        let (left, top) = self.origin();
        let middle = left as f64 + self.dots().0 as f64 / 2.0;
        let copy = ((middle - f64::from(x) * self.scale()) / world).round();
        Placement { scale: self.scale(), dx: copy * world - left as f64, dy: -(top as f64) }
    }

    /// The point in the middle of a cell of the widget.
    pub(super) fn point(&self, column: u16, row: u16) -> LonLat {
        let world = self.world_dots();
        let (left, top) = self.origin();
        let x = left as f64 + (f64::from(column) + 0.5) * CELL.0 as f64;
        let y = top as f64 + (f64::from(row) + 0.5) * CELL.1 as f64;
        at_fraction(x / world, y / world)
    }

    /// The cell of the widget a place is in, if it is in sight.
    pub(super) fn cell(&self, Place(unit): Place) -> Option<(u16, u16)> {
        let (x, y) = self.nearest(unit[0]).dot(unit);
        let (column, row) = ((x / CELL.0 as f64).floor(), (y / CELL.1 as f64).floor());
        let inside =
            (0.0..f64::from(self.cols)).contains(&column) && (0.0..f64::from(self.rows)).contains(&row);
        inside.then_some((column as u16, row as u16))
    }

    /// The part of the view that holds a rectangle of dots (left, top, right, bottom),
    /// in whole cells, and the cell of the view it begins at; `None` when out of sight.
    pub(super) fn window(&self, dots: [f64; 4]) -> Option<(Self, u16, u16)> {
        let cell =
            |dot: f64, size: i64, limit: u16| (dot / size as f64).floor().clamp(0.0, f64::from(limit)) as u16;
        let [left, top, right, bottom] = dots;
        let (wide, high) = self.dots();
        if right < 0.0 || bottom < 0.0 || left >= wide as f64 || top >= high as f64 {
            return None;
        }
        let (col, row) = (cell(left, CELL.0, self.cols), cell(top, CELL.1, self.rows));
        let (end_col, end_row) = (cell(right, CELL.0, self.cols - 1), cell(bottom, CELL.1, self.rows - 1));
        let window = Self {
            cols: end_col - col + 1,
            rows: end_row - row + 1,
            left: self.left + i64::from(col),
            top: self.top + i64::from(row),
            zoom: self.zoom,
        };
        Some((window, col, row))
    }

    /// Metres a dot at the middle row.
    pub(super) fn metres_a_dot(&self) -> f64 {
        let latitude = self.point(self.cols / 2, self.rows / 2).lat();
        EQUATOR_M * latitude.to_radians().cos() / self.world_dots()
    }
}

/// An affine map from world units to dots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placement {
    scale: f64,
    dx: f64,
    dy: f64,
}

impl Placement {
    /// Dots of the widget, not yet clipped.
    pub(super) fn dot(&self, unit: Unit) -> (f64, f64) {
        (f64::from(unit[0]) * self.scale + self.dx, f64::from(unit[1]) * self.scale + self.dy)
    }

    /// The placement in a window that begins at this cell.
    pub(super) fn shifted(&self, column: u16, row: u16) -> Self {
        let (x, y) = (i64::from(column) * CELL.0, i64::from(row) * CELL.1);
        Self { scale: self.scale, dx: self.dx - x as f64, dy: self.dy - y as f64 }
    }
}

/// A zoom inside what is offered; not a number becomes the world.
pub(super) fn held_zoom(zoom: f64) -> f64 {
    if zoom.is_nan() { 0.0 } else { zoom.clamp(0.0, MAX_ZOOM) }
}

/// `viewport` moved by dots.
pub(super) fn moved(viewport: Viewport, across: f64, down: f64) -> Viewport {
    let zoom = held_zoom(viewport.zoom);
    let world = 256.0 * zoom.exp2();
    let (x, y) = fraction(viewport.centre);
    let (x, y) = (x + across / world, y + down / world);
    let centre = if x.is_finite() && y.is_finite() { at_fraction(x, y) } else { viewport.centre };
    Viewport { centre, zoom }
}

/// The viewport that shows all `points` on `area` less a margin of `margin` cells,
/// no closer than `closest`; `None` for no points.
pub(super) fn fitting(points: &[LonLat], area: Rect, margin: u16, closest: f64) -> Option<Viewport> {
    let mut xs: Vec<f64> = points.iter().map(|p| fraction(*p).0.rem_euclid(1.0)).collect();
    xs.sort_by(f64::total_cmp);
    let (first, last) = (*xs.first()?, *xs.last()?);
    // The widest empty stretch of longitude is what the view leaves out.
    let mut gap = (1.0 - (last - first), first, last);
    for pair in xs.windows(2) {
        if pair[1] - pair[0] > gap.0 {
            gap = (pair[1] - pair[0], pair[1], pair[0] + 1.0);
        }
    }
    let (west, east) = (gap.1, gap.2);
    let ys = points.iter().map(|p| fraction(*p).1);
    let (north, south) = ys.fold((1.0_f64, 0.0_f64), |(n, s), y| (n.min(y), s.max(y)));
    let inner = |cells: u16, dots: i64| (i64::from(cells.saturating_sub(2 * margin).max(1)) * dots) as f64;
    // The origin snaps to whole cells: up to a cell more may be needed.
    let zoom = |span: f64, dots: f64| if span > 0.0 { (dots / (256.0 * span)).log2() } else { f64::INFINITY };
    let zoom = zoom(east - west, inner(area.width, CELL.0))
        .min(zoom(south - north, inner(area.height, CELL.1)))
        .min(closest);
    Some(Viewport { centre: at_fraction((west + east) / 2.0, (north + south) / 2.0), zoom: held_zoom(zoom) })
}
