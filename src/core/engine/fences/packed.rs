//! Boxes about runs of things, level upon level: what a way or a circle may meet,
//! without a look at the rest. A packed R-tree without pointers: the things lie in
//! the order they are handed in, which should keep neighbours together.

use wide::f32x8;

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

/// Eight boxes side by side, so that one question is put to all at once; outward to
/// the next of the smaller numbers, so that none says no that should say yes.
#[derive(Clone, Debug)]
struct Node {
    left: f32x8,
    low: f32x8,
    right: f32x8,
    high: f32x8,
}

fn down(degrees: f64) -> f32 {
    let near = degrees as f32;
    if f64::from(near) > degrees { near.next_down() } else { near }
}

fn up(degrees: f64) -> f32 {
    let near = degrees as f32;
    if f64::from(near) < degrees { near.next_up() } else { near }
}

impl Node {
    /// As many as [`FAN`]; the rest touches nothing.
    fn of(boxes: &[Window]) -> Self {
        let lanes = |of: fn(&Window) -> f32, none: f32| {
            let mut lanes = [none; FAN];
            lanes.iter_mut().zip(boxes).for_each(|(lane, window)| *lane = of(window));
            f32x8::from(lanes)
        };
        Self {
            left: lanes(|window| down(window.left), f32::INFINITY),
            low: lanes(|window| down(window.low), f32::INFINITY),
            right: lanes(|window| up(window.right), f32::NEG_INFINITY),
            high: lanes(|window| up(window.high), f32::NEG_INFINITY),
        }
    }

    /// Which of the boxes touch a window: a bit for each.
    fn touching(&self, probe: &Probe) -> u32 {
        let beside = self.left.simd_le(probe.right) & probe.left.simd_le(self.right);
        let level = self.low.simd_le(probe.high) & probe.low.simd_le(self.high);
        (beside & level).to_bitmask()
    }
}

/// A window asked about, outward, eight times.
struct Probe {
    left: f32x8,
    low: f32x8,
    right: f32x8,
    high: f32x8,
}

/// Things under boxes.
#[derive(Debug)]
pub(super) struct Packed<T> {
    things: Vec<T>,
    /// The boxes of [`FAN`] things to a node; then the boxes of as many nodes to one, up
    /// to one node.
    levels: Vec<Vec<Node>>,
}

impl<T> Default for Packed<T> {
    fn default() -> Self {
        Self { things: Vec::new(), levels: Vec::new() }
    }
}

impl<T: Boxed> Packed<T> {
    /// Packs things in their order.
    pub(super) fn new(things: Vec<T>) -> Self {
        let whole = |part: &[Window]| part.iter().copied().reduce(Window::with);
        let mut boxes: Vec<Window> = things.iter().map(Boxed::window).collect();
        let mut levels: Vec<Vec<Node>> = Vec::new();
        loop {
            let level: Vec<_> = boxes.chunks(FAN).map(Node::of).collect();
            boxes = boxes.chunks(FAN).filter_map(whole).collect();
            match level.len() {
                0 => return Self::default(),
                1 => {
                    levels.push(level);
                    return Self { things, levels };
                }
                _ => levels.push(level),
            }
        }
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
        let Some(top) = self.levels.len().checked_sub(1) else { return };
        let probe = Probe {
            left: f32x8::splat(down(window.left)),
            low: f32x8::splat(down(window.low)),
            right: f32x8::splat(up(window.right)),
            high: f32x8::splat(up(window.high)),
        };
        self.descend(top, 0, window, &probe, &mut visit);
    }

    fn descend(&self, level: usize, node: usize, window: &Window, probe: &Probe, visit: &mut impl FnMut(&T)) {
        let mut touching = self.levels[level][node].touching(probe);
        while touching != 0 {
            let below = node * FAN + touching.trailing_zeros() as usize;
            touching &= touching - 1;
            if level > 0 {
                self.descend(level - 1, below, window, probe, visit);
            } else if self.things[below].window().touches(window) {
                visit(&self.things[below]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    struct Tile(Window, usize);

    impl Boxed for Tile {
        fn window(&self) -> Window {
            self.0
        }
    }

    fn window() -> impl Strategy<Value = Window> {
        let place = || (-180.0..180.0f64, -90.0..90.0f64);
        (place(), 0.0..30.0f64, 0.0..30.0f64)
            .prop_map(|((x, y), wide, high)| Window::between((x, y), (x + wide, y + high)))
    }

    proptest! {
        #[test]
        fn whatever_the_order_all_that_touches_is_visited_once(
            windows in prop::collection::vec(window(), 0..700), asked in window(), tiled in any::<bool>(),
        ) {
            let tiles: Vec<_> = windows.iter().enumerate().map(|(number, window)| Tile(*window, number)).collect();
            let mut expected: Vec<_> = tiles.iter().filter(|tile| tile.0.touches(&asked)).map(|tile| tile.1).collect();
            let packed = if tiled { Packed::tiled(tiles) } else { Packed::new(tiles) };
            let mut found = Vec::new();
            packed.visit(&asked, |tile| found.push(tile.1));
            found.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
