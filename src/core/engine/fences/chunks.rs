//! Boxes about runs of edges, level upon level: what a way or a circle may meet,
//! without a look at the rest of the outline.

use super::area::Edge;

/// Edges under one box, and boxes under one box above.
const FAN: usize = 8;

/// A rectangle in degrees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) left: f64,
    pub(super) low: f64,
    pub(super) right: f64,
    pub(super) high: f64,
}

impl Window {
    fn of(edge: &Edge) -> Self {
        Self {
            left: edge.x1.min(edge.x2),
            low: edge.y1.min(edge.y2),
            right: edge.x1.max(edge.x2),
            high: edge.y1.max(edge.y2),
        }
    }

    fn with(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            low: self.low.min(other.low),
            right: self.right.max(other.right),
            high: self.high.max(other.high),
        }
    }

    fn touches(&self, other: &Self) -> bool {
        // One test without branches: neighbours rarely agree on one half of it.
        (self.left <= other.right)
            & (other.left <= self.right)
            & (self.low <= other.high)
            & (other.low <= self.high)
    }
}

/// Edges in the order they are drawn, which keeps neighbours together.
#[derive(Debug)]
pub(super) struct Chunks {
    edges: Vec<Edge>,
    /// The boxes of [`FAN`] edges each, then of as many of those, up to one level
    /// of at most as many.
    levels: Vec<Vec<Window>>,
}

impl Chunks {
    pub(super) fn new(edges: Vec<Edge>) -> Self {
        let mut level: Vec<_> = edges.iter().map(Window::of).collect();
        let mut levels = Vec::new();
        while level.len() > FAN || levels.is_empty() {
            level = level.chunks(FAN).filter_map(|part| part.iter().copied().reduce(Window::with)).collect();
            levels.push(level.clone());
        }
        Self { edges, levels }
    }

    /// Visits every edge whose bounds touch the window.
    pub(super) fn visit(&self, window: &Window, mut visit: impl FnMut(&Edge)) {
        let top = self.levels.len() - 1;
        self.descend(top, 0..self.levels[top].len(), window, &mut visit);
    }

    fn descend(
        &self,
        level: usize,
        range: std::ops::Range<usize>,
        window: &Window,
        visit: &mut impl FnMut(&Edge),
    ) {
        for index in range {
            if !self.levels[level][index].touches(window) {
                continue;
            }
            let first = index * FAN;
            if level > 0 {
                let end = (first + FAN).min(self.levels[level - 1].len());
                self.descend(level - 1, first..end, window, visit);
            } else {
                let end = (first + FAN).min(self.edges.len());
                self.edges[first..end]
                    .iter()
                    .filter(|edge| Window::of(edge).touches(window))
                    .for_each(&mut *visit);
            }
        }
    }
}
