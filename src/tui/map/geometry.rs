//! Lines and rings in world units, cut into short runs that know their extent:
//! what a view cannot see is passed over a run, or a whole line, at a time.

use super::mercator::{Placement, Unit};

/// Edges in a run.
const RUN: usize = 32;

/// A rectangle in world units.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Extent {
    pub(super) min: Unit,
    pub(super) max: Unit,
}

impl Extent {
    /// The extent of some points; of none, one that holds nothing.
    pub(super) fn of(points: &[Unit]) -> Self {
        let empty = Self { min: [i32::MAX; 2], max: [i32::MIN; 2] };
        points.iter().fold(empty, |e, p| Self {
            min: [e.min[0].min(p[0]), e.min[1].min(p[1])],
            max: [e.max[0].max(p[0]), e.max[1].max(p[1])],
        })
    }

    /// Its corners in dots: left, top, right, bottom.
    pub(super) fn dots(&self, at: &Placement) -> [f64; 4] {
        let (left, top) = at.dot(self.min);
        let (right, bottom) = at.dot(self.max);
        [left, top, right, bottom]
    }
}

/// A stretch of points and its extent: `points[start..=end]`.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: u32,
    end: u32,
    extent: Extent,
}

/// One line: its runs and its extent.
#[derive(Clone, Copy, Debug)]
struct Line {
    first: u32,
    last: u32,
    extent: Extent,
}

/// Many lines, or rings whose first point is repeated at the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    points: Vec<Unit>,
    runs: Vec<Run>,
    lines: Vec<Line>,
}

impl Lines {
    /// Adds a line of at least two points; fewer draw nothing and are left out.
    pub(super) fn push(&mut self, points: impl IntoIterator<Item = Unit>) {
        let start = self.points.len();
        self.points.extend(points);
        self.seal(start);
    }

    /// Adds a ring, closing it.
    pub(super) fn push_ring(&mut self, points: impl IntoIterator<Item = Unit>) {
        let start = self.points.len();
        self.points.extend(points);
        if let Some(&first) = self.points.get(start)
            && self.points.last() != Some(&first)
        {
            self.points.push(first);
        }
        self.seal(start);
    }

    fn seal(&mut self, start: usize) {
        let end = self.points.len();
        if end - start < 2 {
            self.points.truncate(start);
            return;
        }
        let first = self.runs.len();
        let mut at = start;
        while at + 1 < end {
            let stop = (at + RUN).min(end - 1);
            let extent = Extent::of(&self.points[at..=stop]);
            self.runs.push(Run { start: at as u32, end: stop as u32, extent });
            at = stop;
        }
        let extent = Extent::of(&self.points[start..end]);
        self.lines.push(Line { first: first as u32, last: self.runs.len() as u32, extent });
    }

    /// Whether nothing was added.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many points there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.points.len()
    }

    /// The extent of all lines; `None` of none.
    pub(super) fn extent(&self) -> Option<Extent> {
        (!self.is_empty()).then(|| Extent::of(&self.points))
    }

    /// Calls `edge` for every edge.
    pub(super) fn each(&self, mut edge: impl FnMut([Unit; 2])) {
        for run in &self.runs {
            for pair in self.points[run.start as usize..=run.end as usize].windows(2) {
                edge([pair[0], pair[1]]);
            }
        }
    }

    /// Calls `edge` for every edge that may show in a widget of `size` dots.
    pub(super) fn edges(&self, at: &Placement, size: (i64, i64), edge: impl FnMut([Unit; 2])) {
        self.edges_of(0.0, at, size, edge);
    }

    /// The same, of lines at least `least` dots wide or high.
    pub(super) fn edges_of(
        &self,
        least: f64,
        at: &Placement,
        size: (i64, i64),
        mut edge: impl FnMut([Unit; 2]),
    ) {
        let hidden = |extent: &Extent| {
            let [left, top, right, bottom] = extent.dots(at);
            right < -1.0 || bottom < -1.0 || left > size.0 as f64 + 1.0 || top > size.1 as f64 + 1.0
        };
        let small = |extent: &Extent| {
            let [left, top, right, bottom] = extent.dots(at);
            right - left < least && bottom - top < least
        };
        for line in self.lines.iter().filter(|l| !hidden(&l.extent) && !small(&l.extent)) {
            for run in
                self.runs[line.first as usize..line.last as usize].iter().filter(|r| !hidden(&r.extent))
            {
                for pair in self.points[run.start as usize..=run.end as usize].windows(2) {
                    edge([pair[0], pair[1]]);
                }
            }
        }
    }

    /// Calls `edge` for edges that cross the same rows, an even or odd number of
    /// times, left of each dot in sight, as all edges do. A run wholly to the left
    /// counts as the one edge from its start to its end.
    pub(super) fn crossings(
        &self,
        at: &Placement,
        size: (i64, i64),
        mut edge: impl FnMut((f64, f64), (f64, f64)),
    ) {
        let (wide, high) = (size.0 as f64, size.1 as f64);
        let beside = |extent: &Extent| {
            let [left, top, _, bottom] = extent.dots(at);
            bottom < 0.0 || top > high || left > wide
        };
        for line in self.lines.iter().filter(|l| !beside(&l.extent)) {
            if line.extent.dots(at)[2] < 0.0 {
                continue; // closed and wholly to the left: crosses every row an even number of times
            }
            for run in
                self.runs[line.first as usize..line.last as usize].iter().filter(|r| !beside(&r.extent))
            {
                let points = &self.points[run.start as usize..=run.end as usize];
                if run.extent.dots(at)[2] < 0.0 {
                    edge(at.dot(points[0]), at.dot(points[points.len() - 1]));
                    continue;
                }
                let mut from = at.dot(points[0]);
                for &point in &points[1..] {
                    let to = at.dot(point);
                    edge(from, to);
                    from = to;
                }
            }
        }
    }
}
