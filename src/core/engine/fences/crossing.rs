//! Which parts of the way between two fixes lie inside a fence.

use super::{Fence, segment::Segment};

/// Shorter parts of a way than this share of it are rounding, not movement.
const NOTHING: f64 = 1e-12;

/// A crossing this share of an edge from its ends, and this share of the way from the next
/// crossing and from the ends of the way, is one whatever rounding does.
pub(super) const PLAIN: f64 = 1e-7;

/// A part of a way inside a fence, as fractions of it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Inside {
    pub(crate) start: f64,
    pub(crate) end: f64,
}

/// Sorts crossings of which each is plainly a change of sides, taken by itself; says
/// whether they also are beside each other. Then what lies between them is inside and
/// outside by turns.
pub(crate) fn take_turns(crossings: &mut [f64]) -> bool {
    crossings.sort_unstable_by(f64::total_cmp);
    let mut before = 0.0;
    let apart = |at: &f64| *at - std::mem::replace(&mut before, *at) > PLAIN;
    crossings.iter().chain([&1.0]).all(apart)
}

/// Fills `inside` with the parts of a way inside a fence, given where it changes sides, in
/// order, and on which it ends: what [`Fence::along`] finds by looking at each part.
pub(crate) fn by_turns(ends_inside: bool, crossings: &[f64], inside: &mut Vec<Inside>) {
    inside.clear();
    let mut is_inside = ends_inside != (crossings.len() % 2 == 1);
    let mut start = 0.0;
    for &end in crossings.iter().chain([&1.0]) {
        if is_inside {
            inside.push(Inside { start, end });
        }
        (start, is_inside) = (end, !is_inside);
    }
}

impl Fence {
    /// Fills `inside` with the maximal parts of the way inside this fence, in order,
    /// from where it may cross the boundary. `ends_inside` says whether its last point
    /// is, exactly.
    pub(crate) fn along(
        &self,
        way: &Segment,
        ends_inside: bool,
        crossings: &mut Vec<f64>,
        inside: &mut Vec<Inside>,
    ) {
        inside.clear();
        if crossings.is_empty() {
            if ends_inside {
                inside.push(Inside { start: 0.0, end: 1.0 });
            }
            return;
        }
        crossings.push(1.0);
        crossings.sort_unstable_by(f64::total_cmp);
        let mut start: f64 = 0.0;
        for end in crossings.iter().map(|end| end.clamp(0.0, 1.0)) {
            if end - start <= NOTHING {
                continue;
            }
            if self.outline.covers(way.at((start + end) / 2.0)) {
                match inside.last_mut() {
                    Some(last) if start - last.end <= NOTHING => last.end = end,
                    _ => inside.push(Inside { start, end }),
                }
            }
            start = end;
        }
        for part in inside.iter_mut() {
            if part.start <= NOTHING {
                part.start = 0.0;
            }
            if part.end >= 1.0 - NOTHING {
                part.end = 1.0;
            }
        }
        // A way that ends on the boundary, coming from outside.
        if ends_inside && inside.last().is_none_or(|last| last.end < 1.0) {
            inside.push(Inside { start: 1.0, end: 1.0 });
        }
    }
}
