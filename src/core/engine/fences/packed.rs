//! Boxes about runs of things, level upon level: what a way or a circle may meet,
//! without a look at the rest. A packed R-tree without pointers: the things lie in
//! the order they are handed in, which should keep neighbours together.

/// Things under one box, and boxes under one box above.
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
    /// The rectangle between two opposite corners.
    pub(super) fn between((x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> Self {
        Self { left: x1.min(x2), low: y1.min(y2), right: x1.max(x2), high: y1.max(y2) }
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

    fn centre(&self) -> (f64, f64) {
        ((self.left + self.right) / 2.0, (self.low + self.high) / 2.0)
    }
}

/// What lies in a rectangle.
pub(super) trait Boxed {
    /// The rectangle.
    fn window(&self) -> Window;
}

/// Things under boxes.
#[derive(Debug)]
pub(super) struct Packed<T> {
    things: Vec<T>,
    /// The boxes of [`FAN`] things each, then of as many of those, up to one level
    /// of at most as many.
    levels: Vec<Vec<Window>>,
}

impl<T> Default for Packed<T> {
    fn default() -> Self {
        Self { things: Vec::new(), levels: vec![Vec::new()] }
    }
}

impl<T: Boxed> Packed<T> {
    /// Packs things in their order.
    pub(super) fn new(things: Vec<T>) -> Self {
        let mut level: Vec<_> = things.iter().map(Boxed::window).collect();
        let mut levels = Vec::new();
        while level.len() > FAN || levels.is_empty() {
            level = level.chunks(FAN).filter_map(|part| part.iter().copied().reduce(Window::with)).collect();
            levels.push(level.clone());
        }
        Self { things, levels }
    }

    /// Packs things in an order of its own: sorted into tiles, west to east and in
    /// each south to north (Leutenegger et al., "STR", 1997).
    pub(super) fn tiled(mut things: Vec<T>) -> Self {
        let by = |of: fn((f64, f64)) -> f64| {
            move |a: &T, b: &T| of(a.window().centre()).total_cmp(&of(b.window().centre()))
        };
        things.sort_by(by(|(x, _)| x));
        let tiles = things.len().div_ceil(FAN);
        let slices = (tiles as f64).sqrt().ceil() as usize;
        for slice in things.chunks_mut((slices * FAN).max(1)) {
            slice.sort_by(by(|(_, y)| y));
        }
        Self::new(things)
    }

    /// Visits every thing whose box touches the window.
    pub(super) fn visit(&self, window: &Window, mut visit: impl FnMut(&T)) {
        let top = self.levels.len() - 1;
        self.descend(top, 0..self.levels[top].len(), window, &mut visit);
    }

    fn descend(
        &self,
        level: usize,
        range: std::ops::Range<usize>,
        window: &Window,
        visit: &mut impl FnMut(&T),
    ) {
        let first = range.start;
        for (index, part) in (first..).zip(&self.levels[level][range]) {
            if !part.touches(window) {
                continue;
            }
            let first = index * FAN;
            if level > 0 {
                let end = (first + FAN).min(self.levels[level - 1].len());
                self.descend(level - 1, first..end, window, visit);
            } else {
                let end = (first + FAN).min(self.things.len());
                self.things[first..end]
                    .iter()
                    .filter(|thing| thing.window().touches(window))
                    .for_each(&mut *visit);
            }
        }
    }
}
