//! Boxes about runs of things, level upon level: what a way or a circle may meet,
//! without a look at the rest. A packed R-tree without pointers: the things lie in
//! the order they are handed in, which should keep neighbours together.

use wide::f32x8;

/// Things under one box, and boxes under one box above.
const FAN: usize = 8;
/// So few nodes need none above them: one more question would seldom spare one.
const TOP: usize = 2;

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

    pub(super) fn touches(&self, other: &Self) -> bool {
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
pub(super) struct Node {
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
}

/// What a tree of boxes is asked: where to go down, and which things it was about.
pub(super) trait Question {
    /// Which of eight boxes may hold what is asked for: a bit for each.
    fn among(&self, node: &Node) -> u32;

    /// Whether a thing's own rectangle may be it.
    fn holds(&self, window: &Window) -> bool;
}

/// A rectangle eight times, outward.
struct Lanes {
    left: f32x8,
    low: f32x8,
    right: f32x8,
    high: f32x8,
}

impl Lanes {
    fn of(window: &Window) -> Self {
        // Twice what a longitude is rounded by: cheaper to find than the next number.
        const OUTWARD: f64 = 1.6e-5;
        Self {
            left: f32x8::splat((window.left - OUTWARD) as f32),
            low: f32x8::splat((window.low - OUTWARD) as f32),
            right: f32x8::splat((window.right + OUTWARD) as f32),
            high: f32x8::splat((window.high + OUTWARD) as f32),
        }
    }
}

/// What touches a rectangle?
pub(super) struct Touching {
    window: Window,
    lanes: Lanes,
}

impl Touching {
    pub(super) fn new(window: Window) -> Self {
        Self { lanes: Lanes::of(&window), window }
    }
}

impl Question for Touching {
    fn among(&self, node: &Node) -> u32 {
        let Lanes { left, low, right, high } = &self.lanes;
        let beside = node.left.simd_le(*right) & left.simd_le(node.right);
        let level = node.low.simd_le(*high) & low.simd_le(node.high);
        (beside & level).to_bitmask()
    }

    fn holds(&self, window: &Window) -> bool {
        window.touches(&self.window)
    }
}

/// What may a straight way meet? Of the boxes about it the few that lie on it: a box to
/// one side of its line holds nothing of it.
pub(super) struct OnTheWay {
    lanes: Lanes,
    /// A point of the line, and the vector across it.
    at: (f32x8, f32x8),
    across: (f32x8, f32x8),
    /// Which sides of a box lie furthest across the line.
    rises: (bool, bool),
    /// How far beyond the line, times the length of `across`, a box may seem to lie and
    /// yet touch it, by the rounding to the smaller numbers.
    doubt: f32x8,
}

impl OnTheWay {
    pub(super) fn new(from: (f64, f64), to: (f64, f64)) -> Self {
        let (x, y) = (from.1 - to.1, to.0 - from.0);
        // A longitude is rounded by 0.8e-5; differences and products by less than a part in
        // ten million, and none is about more than the way. Twice that and more.
        let doubt = (x.abs() + y.abs()) * (1.6e-5 + 1e-6 * x.abs().max(y.abs()));
        Self {
            lanes: Lanes::of(&Window::between(from, to)),
            at: (f32x8::splat(from.0 as f32), f32x8::splat(from.1 as f32)),
            across: (f32x8::splat(x as f32), f32x8::splat(y as f32)),
            rises: (x >= 0.0, y >= 0.0),
            doubt: f32x8::splat(doubt as f32),
        }
    }
}

impl Question for OnTheWay {
    fn among(&self, node: &Node) -> u32 {
        let Lanes { left, low, right, high } = &self.lanes;
        // Only the part of a box beside the way counts.
        let (left, right) = (node.left.fast_max(*left), node.right.fast_min(*right));
        let (low, high) = (node.low.fast_max(*low), node.high.fast_min(*high));
        let (west, east) = if self.rises.0 { (left, right) } else { (right, left) };
        let (south, north) = if self.rises.1 { (low, high) } else { (high, low) };
        let beyond = |x: f32x8, y: f32x8| self.across.0 * (x - self.at.0) + self.across.1 * (y - self.at.1);
        let touching = (left.simd_le(right) & low.simd_le(high)).to_bitmask();
        if touching == 0 {
            return 0;
        }
        let on_line = beyond(west, south).simd_le(self.doubt) & (-self.doubt).simd_le(beyond(east, north));
        touching & on_line.to_bitmask()
    }

    fn holds(&self, _: &Window) -> bool {
        // Who asks for a way looks at each thing closely.
        true
    }
}

/// More levels than four thousand million things take.
const LEVELS: usize = 11;

/// Things under boxes.
#[derive(Debug)]
pub(super) struct Packed<T> {
    things: Vec<T>,
    /// The boxes of [`FAN`] things to a node, and the boxes of as many nodes to one, up to
    /// [`TOP`] nodes: those first, in one piece, because many trees are asked and few
    /// are near at hand.
    nodes: Vec<Node>,
    /// Where the nodes of each level begin, the lowest level first.
    starts: [u32; LEVELS],
    /// How many levels there are.
    levels: u8,
}

impl<T> Default for Packed<T> {
    fn default() -> Self {
        Self { things: Vec::new(), nodes: Vec::new(), starts: [0; LEVELS], levels: 0 }
    }
}

impl<T: Boxed> Packed<T> {
    /// Packs things in their order.
    pub(super) fn new(things: Vec<T>) -> Self {
        let whole = |part: &[Window]| part.iter().copied().reduce(Window::with);
        let mut boxes: Vec<Window> = things.iter().map(Boxed::window).collect();
        let mut levels: Vec<Vec<Node>> = Vec::new();
        while !boxes.is_empty() && levels.last().is_none_or(|level| level.len() > TOP) {
            levels.push(boxes.chunks(FAN).map(Node::of).collect());
            boxes = boxes.chunks(FAN).filter_map(whole).collect();
        }
        let mut packed = Self { things, levels: levels.len() as u8, ..Self::default() };
        for (start, level) in packed.starts[..levels.len()].iter_mut().zip(levels).rev() {
            *start = packed.nodes.len() as u32;
            packed.nodes.extend(level);
        }
        packed.nodes.shrink_to_fit();
        packed
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

    /// Visits every thing that may be what is asked for.
    pub(super) fn visit(&self, question: &impl Question, mut visit: impl FnMut(&T)) {
        let Some(top) = usize::from(self.levels).checked_sub(1) else { return };
        // The top level lies first, and ends where the one below begins.
        let count = if top == 0 { self.nodes.len() } else { self.starts[top - 1] as usize };
        for node in 0..count {
            self.descend(top, node, question, &mut visit);
        }
    }

    fn descend(&self, level: usize, node: usize, question: &impl Question, visit: &mut impl FnMut(&T)) {
        let mut among = question.among(&self.nodes[self.starts[level] as usize + node]);
        while among != 0 {
            let below = node * FAN + among.trailing_zeros() as usize;
            among &= among - 1;
            if level > 0 {
                self.descend(level - 1, below, question, visit);
            } else if question.holds(&self.things[below].window()) {
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
            packed.visit(&Touching::new(asked), |tile| found.push(tile.1));
            found.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn a_way_meets_what_holds_a_point_of_it(
            windows in prop::collection::vec(window(), 0..700),
            from in (-180.0..180.0f64, -90.0..90.0f64), step in (-1.0..1.0f64, -1.0..1.0f64),
            size in prop_oneof![Just(0.0), Just(1e-7), Just(1e-3), Just(90.0)],
        ) {
            let to = (from.0 + size * step.0, from.1 + size * step.1);
            let on_it = (0..=100).map(|part| {
                let part = f64::from(part) / 100.0;
                (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part)
            });
            let held = |window: &Window| on_it.clone().any(|at| window.touches(&Window::between(at, at)));
            let tiles: Vec<_> = windows.iter().enumerate().map(|(number, window)| Tile(*window, number)).collect();
            let mut found = vec![false; tiles.len()];
            Packed::tiled(tiles).visit(&OnTheWay::new(from, to), |tile| found[tile.1] = true);
            for (window, found) in windows.iter().zip(found) {
                prop_assert!(found || !held(window), "{:?} was passed by", window);
            }
        }
    }
}
