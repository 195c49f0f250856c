//! Draws the ways of the fleet: from how often cells were passed to lines.
//!
//! Passes are spread over the dots of the view and blurred by as much as fixes are
//! off; streets are then the ridges of that relief, drawn a dot wide however far the
//! view is away or however much was driven. Brightness is in steps, the busiest in
//! sight the brightest.

mod relief;

use self::relief::Relief;
use super::{
    ground::{Ground, Underfoot},
    mercator::View,
    raster::{Dots, Ink},
};
use crate::tui::theme::Glyphs;

/// How far fixes are off the middle of the road, about; metres.
const SPREAD_M: f64 = 13.0;
/// The least blur, dots: single dots have no ridges.
const LEAST_SPREAD: f64 = 0.7;
/// Dots beyond the view that take part, at most.
const MOST_MARGIN: usize = 96;
/// What rises less over a single pass than this is no road.
const OVER_ONE: f32 = 1.3;
/// Nor what is this much less than the busiest in sight,
const UNDER_TOP: f32 = 1.0 / 400.0;
/// or less than this part of what is around it where there is no blur; close by, where
/// blur is many dots, a street beside a busier one is told apart by its ridge.
const OVER_AROUND: f64 = 0.9;
const LEAST_OVER_AROUND: f64 = 0.3;
/// Specks of a smaller extent in dots are noise; by so many more for each dot of blur.
const SPECK: f64 = 6.0;
const SPECK_A_SPREAD: f64 = 1.5;
/// The parts of all dots that lie below the second, third and fourth brightness.
const STEPS: [f64; 3] = [0.40, 0.75, 0.93];
/// The part below what counts as the busiest.
const TOP: f64 = 0.97;

/// Cells of the world that ways are traced for at once, across and down: whole such
/// blocks, so that most steps of a pan find their ways traced, and a view looks the same
/// wherever one comes from.
const BLOCK: (i64, i64) = (40, 10);

/// The ways in the blocks of the world that hold a view; kept until it leaves them, or
/// what it was traced from changes.
#[derive(Clone, Debug)]
pub(super) struct Traces {
    key: (View, u64, Glyphs),
    /// Dots from the top left of the blocks, and their ink.
    dots: Vec<(i32, i32, Ink)>,
}

impl Traces {
    /// The ways in and around a view on what lies under the map; `last` if it has them.
    pub(super) fn of(last: Option<Self>, underfoot: &Underfoot, view: &View, glyphs: Glyphs) -> Self {
        let key = (blocks(view), underfoot.revision(), glyphs);
        if let Some(last) = last.filter(|last| last.key == key) {
            return last;
        }
        Self { key, dots: trace(underfoot.grounds(), &key.0, glyphs) }
    }

    /// Draws those in a view where they are `wanted`; whether there are any.
    pub(super) fn draw(&self, view: &View, dots: &mut Dots, wanted: impl Fn(i64, i64) -> bool) -> bool {
        let of = |view: &View| view.origin();
        let (left, top) = (of(&self.key.0).0 - of(view).0, of(&self.key.0).1 - of(view).1);
        let mut any = false;
        for (x, y, ink) in &self.dots {
            let (x, y) = (i64::from(*x) + left, i64::from(*y) + top);
            if dots.cell(x, y).is_some() && wanted(x, y) {
                any = true;
                dots.dot(x, y, *ink);
            }
        }
        any
    }
}

/// The view of the blocks that hold a view.
fn blocks(view: &View) -> View {
    let span = |from: i64, cells: u16, block: i64| {
        let first = from.div_euclid(block) * block;
        let end = -(-(from + i64::from(cells))).div_euclid(block) * block;
        (first, u16::try_from(end - first).unwrap_or(u16::MAX))
    };
    let ((left, cols), (top, rows)) =
        (span(view.left, view.cols, BLOCK.0), span(view.top, view.rows, BLOCK.1));
    View { cols, rows, left, top, zoom: view.zoom }
}

/// The dots of a view that are on ways, and how busy those are.
fn trace(grounds: [&Ground; 2], view: &View, glyphs: Glyphs) -> Vec<(i32, i32, Ink)> {
    if grounds.iter().all(|ground| ground.is_empty()) {
        return Vec::new();
    }
    let spread = (SPREAD_M / view.metres_a_dot()).max(LEAST_SPREAD);
    let margin = ((3.0 * spread).ceil() as usize + 2).min(MOST_MARGIN);
    let mut passes = Relief::over(view, margin);
    for ground in grounds.into_iter().filter(|ground| !ground.is_empty()) {
        passes.spread_out(ground, view);
    }
    if passes.heights.iter().all(|height| *height == 0.0) {
        return Vec::new();
    }
    let relief = passes.blurred(spread);
    let around = relief.boxed(((8.0 * spread) as usize).clamp(6, 64));
    let single = (std::f64::consts::TAU * spread * spread).recip().min(0.25) as f32;
    let over_around = (OVER_AROUND / (0.25 * spread + 0.8)).max(LEAST_OVER_AROUND) as f32;
    let mut ridges = relief.ridges(spread, OVER_ONE * single, (over_around, &around));
    let top = relief.quantile(&ridges, TOP);
    for (ridge, height) in ridges.iter_mut().zip(&relief.heights) {
        *ridge &= *height > UNDER_TOP * top;
    }
    relief.drop_specks(&mut ridges, (SPECK + SPECK_A_SPREAD * spread) as usize);
    // In coarse steps, so that a pan does not change what everything looks like.
    let steps = STEPS.map(|part| (2.0 * relief.quantile(&ridges, part).log2()).floor());
    let on_ways = ridges.iter().enumerate().filter(|(_, ridge)| **ridge);
    let inked = on_ways.filter_map(|(index, _)| {
        let (x, y) = ((index % relief.wide) as i32, (index / relief.wide) as i32);
        let level = 2.0 * relief.heights[index].log2();
        let ink = match steps.iter().filter(|step| level >= **step + 1.0).count() {
            // A letter is eight dots: lines so close are a thicket.
            0 if glyphs == Glyphs::Ascii => return None,
            0 => Ink::WayFaint,
            1 => Ink::WayUsed,
            2 => Ink::WayBusy,
            _ => Ink::WayMain,
        };
        Some((x - margin as i32, y - margin as i32, ink))
    });
    inked.collect()
}
