//! Dots: the grid that lines and areas are drawn on before it becomes cells.

use super::{
    geometry::Lines,
    mercator::{Placement, View},
};

/// What a dot belongs to. The later in the list, the more it matters: of several
/// in a cell the last gives the cell its colour.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) enum Ink {
    #[default]
    None,
    Graticule,
    State,
    Building,
    Path,
    WayFaint,
    River,
    StreetMinor,
    Rail,
    WayUsed,
    Border,
    Coast,
    Road,
    Street,
    StreetMain,
    WayBusy,
    WayMain,
    Fence,
    Hatch,
    FenceOccupied,
    TrailOld,
    Trail,
    RouteDone,
    Route,
}

/// How a line is broken up. Phases hang on the world, so that a pan keeps them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stroke {
    Solid,
    /// Two dots of three.
    Dashed,
    /// One dot of three.
    Dotted,
}

impl Stroke {
    fn inks(self, phase: i64) -> bool {
        match self {
            Self::Solid => true,
            Self::Dashed => phase.rem_euclid(3) != 0,
            Self::Dotted => phase.rem_euclid(3) == 0,
        }
    }
}

/// A grid of dots, eight a cell as braille has them, with one ink a cell.
#[derive(Clone, Debug, Default)]
pub(super) struct Dots {
    cols: usize,
    origin: (i64, i64),
    size: (i64, i64),
    /// Braille bits by cell.
    pub(super) bits: Vec<u8>,
    /// Ink by cell.
    pub(super) ink: Vec<Ink>,
}

/// Bit of the dot in column `x & 1`, row `y & 3` of a cell.
fn bit(x: i64, y: i64) -> u8 {
    const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
    BITS[(y & 3) as usize][(x & 1) as usize]
}

impl Dots {
    /// An empty grid for `view`.
    pub(super) fn new(view: &View) -> Self {
        let cells = usize::from(view.cols) * usize::from(view.rows);
        Self {
            cols: view.cols.into(),
            origin: view.origin(),
            size: view.dots(),
            bits: vec![0; cells],
            ink: vec![Ink::None; cells],
        }
    }

    /// The cell of a dot inside the grid.
    pub(super) fn cell(&self, x: i64, y: i64) -> Option<usize> {
        ((0..self.size.0).contains(&x) && (0..self.size.1).contains(&y))
            .then(|| (y >> 2) as usize * self.cols + (x >> 1) as usize)
    }

    /// Inks one dot; outside the grid, none.
    pub(super) fn dot(&mut self, x: i64, y: i64, ink: Ink) {
        if let Some(cell) = self.cell(x, y) {
            self.bits[cell] |= bit(x, y);
            self.ink[cell] = self.ink[cell].max(ink);
        }
    }

    /// Wipes one dot.
    pub(super) fn wipe(&mut self, x: i64, y: i64) {
        if let Some(cell) = self.cell(x, y) {
            self.bits[cell] &= !bit(x, y);
            if self.bits[cell] == 0 {
                self.ink[cell] = Ink::None;
            }
        }
    }

    /// Inks a segment given in dots.
    pub(super) fn segment(&mut self, a: (f64, f64), b: (f64, f64), ink: Ink, stroke: Stroke) {
        let (size, origin) = (self.size, self.origin);
        walk(size, origin, a, b, stroke, |x, y| self.dot(x, y, ink));
    }

    /// Inks those dots of a segment that `wanted` agrees to.
    pub(super) fn segment_where(
        &mut self,
        a: (f64, f64),
        b: (f64, f64),
        ink: Ink,
        stroke: Stroke,
        wanted: impl Fn(i64, i64) -> bool,
    ) {
        let (size, origin) = (self.size, self.origin);
        walk(size, origin, a, b, stroke, |x, y| {
            if wanted(x, y) {
                self.dot(x, y, ink);
            }
        });
    }

    /// Calls `cell` for the cell of every visible dot of a segment.
    pub(super) fn visit(&self, a: (f64, f64), b: (f64, f64), mut cell: impl FnMut(usize)) {
        walk(self.size, self.origin, a, b, Stroke::Solid, |x, y| {
            if let Some(index) = self.cell(x, y) {
                cell(index);
            }
        });
    }

    /// Inks lines of the world.
    pub(super) fn lines(&mut self, lines: &Lines, view: &View, ink: Ink, stroke: Stroke) {
        for at in view.copies() {
            lines.edges(&at, self.size, |[a, b]| self.segment(at.dot(a), at.dot(b), ink, stroke));
        }
    }
}

/// Calls `dot` for every visible dot of a segment: one in each column, or in each row
/// of a steep one. Each is computed from the ends, never from the dot before, so a
/// clipped segment has the dots of the whole one.
fn walk(
    size: (i64, i64),
    origin: (i64, i64),
    a: (f64, f64),
    b: (f64, f64),
    stroke: Stroke,
    mut dot: impl FnMut(i64, i64),
) {
    let flat = (b.0 - a.0).abs() >= (b.1 - a.1).abs();
    let turned = |p: (f64, f64)| if flat { p } else { (p.1, p.0) };
    let (a, b) = if turned(a) <= turned(b) { (turned(a), turned(b)) } else { (turned(b), turned(a)) };
    let (size, phase) = if flat { (size, origin.0) } else { ((size.1, size.0), origin.1) };
    let slope = if b.0 > a.0 { (b.1 - a.1) / (b.0 - a.0) } else { 0.0 };
    let (first, last) = ((a.0.floor() as i64).max(0), (b.0.floor() as i64).min(size.0 - 1));
    for major in first..=last {
        let along = (major as f64 + 0.5).clamp(a.0, b.0) - a.0;
        let minor = (a.1 + along * slope).floor();
        if minor >= 0.0 && minor < size.1 as f64 && stroke.inks(major + phase) {
            let (x, y) = if flat { (major, minor as i64) } else { (minor as i64, major) };
            dot(x, y);
        }
    }
}

/// A filled area on the dots of a view, even-odd.
///
/// Each edge flips, in every row it crosses, the dot right of the crossing; one
/// pass along the rows then turns flips into insides. No edge list, no sorting.
#[derive(Clone, Debug)]
pub(super) struct Mask {
    size: (i64, i64),
    dots: Vec<bool>,
}

impl Mask {
    /// The inside of closed lines.
    pub(super) fn filled(lines: &Lines, view: &View) -> Self {
        let mut mask = Self::empty(view);
        for at in view.copies() {
            mask.flip(lines, &at);
        }
        mask.sweep();
        mask
    }

    /// The inside of one copy of closed lines.
    pub(super) fn filled_at(lines: &Lines, view: &View, at: &Placement) -> Self {
        let mut mask = Self::empty(view);
        mask.flip(lines, at);
        mask.sweep();
        mask
    }

    /// Nothing inside.
    pub(super) fn empty(view: &View) -> Self {
        let size = view.dots();
        Self { size, dots: vec![false; (size.0 * size.1) as usize] }
    }

    /// Flips the crossings of one copy of closed lines; [`Self::sweep`] follows.
    fn flip(&mut self, lines: &Lines, at: &Placement) {
        let (wide, high) = self.size;
        let dots = &mut self.dots;
        lines.crossings(at, self.size, |a, b| {
            let (top, bottom) = if a.1 <= b.1 { (a, b) } else { (b, a) };
            // Rows whose middle lies in top..bottom.
            let first = (top.1 - 0.5).ceil().max(0.0) as i64;
            let last = ((bottom.1 - 0.5).ceil() as i64).min(high);
            if first >= last {
                return;
            }
            let slope = (bottom.0 - top.0) / (bottom.1 - top.1);
            for row in first..last {
                let x = top.0 + (row as f64 + 0.5 - top.1) * slope;
                let column = (x - 0.5).ceil().max(0.0) as i64;
                if column < wide {
                    let dot = &mut dots[(row * wide + column) as usize];
                    *dot = !*dot;
                }
            }
        });
    }

    /// Turns flips into insides.
    fn sweep(&mut self) {
        for row in self.dots.chunks_exact_mut((self.size.0 as usize).max(1)) {
            let mut inside = false;
            for dot in row {
                inside ^= *dot;
                *dot = inside;
            }
        }
    }

    /// Whether a dot is inside; beyond the grid none is.
    pub(super) fn has(&self, x: i64, y: i64) -> bool {
        (0..self.size.0).contains(&x)
            && (0..self.size.1).contains(&y)
            && self.dots[(y * self.size.0 + x) as usize]
    }

    /// Whether inside and outside meet within a dot of this one.
    pub(super) fn is_shore(&self, x: i64, y: i64) -> bool {
        let near = |v: i64, limit: i64| (v - 1).max(0)..=(v + 1).min(limit - 1);
        let here = self.has(x, y);
        near(y, self.size.1).any(|y| near(x, self.size.0).any(|x| self.has(x, y) != here))
    }

    /// Adds a dot.
    pub(super) fn add(&mut self, x: i64, y: i64) {
        if (0..self.size.0).contains(&x) && (0..self.size.1).contains(&y) {
            self.dots[(y * self.size.0 + x) as usize] = true;
        }
    }

    /// Takes away what `other`, of the same view, has.
    pub(super) fn subtract(&mut self, other: &Self) {
        for (dot, gone) in self.dots.iter_mut().zip(&other.dots) {
            *dot &= !gone;
        }
    }

    /// Adds what `other`, of the same view, has.
    pub(super) fn unite(&mut self, other: &Self) {
        for (dot, more) in self.dots.iter_mut().zip(&other.dots) {
            *dot |= more;
        }
    }

    /// How many of the eight dots of a cell are inside.
    pub(super) fn coverage(&self, column: u16, row: u16) -> usize {
        let (x, y) = (usize::from(column) * 2, usize::from(row) * 4);
        let wide = self.size.0 as usize;
        (y..y + 4).map(|y| self.dots[y * wide + x..y * wide + x + 2].iter().filter(|d| **d).count()).sum()
    }
}
