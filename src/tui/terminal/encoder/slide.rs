//! Slides: a map that was panned sideways is for the most part what it was, some columns
//! aside. Terminals have moved the rest of a row by deleting and inserting characters since
//! the VT102, so of such a picture only what came into sight need be sent.

use std::{
    hash::{Hash, Hasher},
    ops::Range,
};

use ratatui::buffer::Cell;
use rustc_hash::FxHasher;

use super::width::Width;

/// Rows looked at to find how far a picture has slid.
const SAMPLES: usize = 12;
/// A slide by more than this part of the screen saves nothing worth looking for.
const LONGEST_PART: usize = 6;
/// Below this part of cells that differ there was no pan.
const LEAST_PART: usize = 10;
/// Cells a row must gain: moving there and back costs some 24 bytes, a cell at least 3.
const LEAST_GAIN: i32 = 10;

/// Part of every row has moved aside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Slide {
    /// The columns whose cells move, and those they move to.
    area: Range<usize>,
    /// By so many columns to the left; to the right when negative.
    left: isize,
}

impl Slide {
    /// The slide that brings the most cells of some of these rows where they are wanted;
    /// `None` when it would bring few.
    pub(super) fn find(
        wanted: &[Cell],
        shown: &[Option<Cell>],
        screen: usize,
        rows: &[usize],
    ) -> Option<Self> {
        let every = rows.len().div_ceil(SAMPLES).max(1);
        let sampled = rows.iter().skip(every / 2).step_by(every).map(|row| row * screen..(row + 1) * screen);
        let prints: Vec<(Vec<u64>, Vec<u64>)> = sampled
            .map(|row| {
                let wanted = wanted[row.clone()].iter().map(|cell| print(Some(cell)));
                (wanted.collect(), shown[row].iter().map(|cell| print(cell.as_ref())).collect())
            })
            .collect();
        let differ = |(wanted, shown): &(Vec<u64>, Vec<u64>)| {
            wanted.iter().zip(shown).filter(|(wanted, shown)| wanted != shown).count()
        };
        if prints.iter().map(differ).sum::<usize>() * LEAST_PART < prints.len() * screen {
            return None;
        }
        let most = (screen / LONGEST_PART) as isize;
        let slides = (1..=most).flat_map(|columns| [columns, -columns]);
        let best = slides.filter_map(|left| {
            let (gain, columns) = best_span(&gains(&prints, screen, left));
            let first = columns.start.saturating_add_signed(left.min(0));
            let end = columns.end.saturating_add_signed(left.max(0));
            (gain > 0).then_some((gain, Self { area: first..end, left }))
        });
        let (gain, slide) = best.max_by_key(|(gain, _)| *gain)?;
        (gain >= LEAST_GAIN * prints.len() as i32).then_some(slide)
    }

    /// Whether a row is shorter sent after the slide, and whether it can slide at all:
    /// what is as wide as nobody knows, or wider than a cell, cannot be cut.
    pub(super) fn pays(&self, wanted: &[Cell], shown: &[Option<Cell>]) -> bool {
        let is = |at: usize, from: usize| shown[from].as_ref() == Some(&wanted[at]);
        let by_cell = self.area.clone().map(|at| {
            let after = self.source(at).is_some_and(|from| is(at, from));
            i32::from(after) - i32::from(is(at, at))
        });
        let narrow = |cell: &Option<Cell>| {
            cell.as_ref().is_some_and(|cell| {
                let width = Width::of(cell.symbol());
                width.columns == 1 && width.reach == 1
            })
        };
        by_cell.sum::<i32>() >= LEAST_GAIN && shown[self.area.clone()].iter().all(narrow)
    }

    /// The column a cell of the area comes from; `None` when it comes into sight.
    fn source(&self, at: usize) -> Option<usize> {
        at.checked_add_signed(self.left).filter(|from| self.area.contains(from))
    }

    /// What it does to a row of the screen.
    pub(super) fn apply(&self, shown: &mut [Option<Cell>]) {
        let (by, area) = (self.left.unsigned_abs(), &mut shown[self.area.clone()]);
        if self.left > 0 {
            area.rotate_left(by);
            let kept = area.len() - by;
            area[kept..].fill(None);
        } else {
            area.rotate_right(by);
            area[..by].fill(None);
        }
    }

    /// The columns it touches.
    pub(super) fn area(&self) -> Range<usize> {
        self.area.clone()
    }

    /// What the terminal does for it in a row: at which columns, and the sequences there.
    /// The cells right of the area move away and back.
    pub(super) fn steps(&self, screen: usize) -> Vec<(u16, Vec<u8>)> {
        let by = self.left.unsigned_abs();
        let delete = |at: usize| (at as u16, format!("\x1b[{by}P").into_bytes());
        let insert = |at: usize| (at as u16, format!("\x1b[{by}@").into_bytes());
        let (first, last) = (self.area.start, self.area.end - by);
        match (self.left > 0, self.area.end == screen) {
            (true, true) => vec![delete(first)],
            (true, false) => vec![delete(first), insert(last)],
            (false, true) => vec![insert(first)],
            (false, false) => vec![delete(last), insert(first)],
        }
    }
}

/// A number that differs between cells that look different, mostly.
fn print(cell: Option<&Cell>) -> u64 {
    let Some(cell) = cell else { return 0 };
    let mut hasher = FxHasher::default();
    cell.hash(&mut hasher);
    hasher.finish() | 1
}

/// For every column, in how many rows more than now a slide would show what is wanted.
fn gains(prints: &[(Vec<u64>, Vec<u64>)], screen: usize, left: isize) -> Vec<i32> {
    let gain = |at: usize| {
        let from = at.checked_add_signed(left).filter(|from| *from < screen);
        let of_row = |(wanted, shown): &(Vec<u64>, Vec<u64>)| {
            let after = from.is_some_and(|from| wanted[at] == shown[from]);
            i32::from(after) - i32::from(wanted[at] == shown[at])
        };
        // Nothing slides in from beyond the edge.
        if from.is_none() { i32::MIN / 2 } else { prints.iter().map(of_row).sum() }
    };
    (0..screen).map(gain).collect()
}

/// The run of neighbours with the largest sum (Kadane).
fn best_span(gains: &[i32]) -> (i32, Range<usize>) {
    let (mut best, mut span, mut sum, mut start) = (0, 0..0, 0_i32, 0);
    for (at, gain) in gains.iter().enumerate() {
        if sum <= 0 {
            (sum, start) = (0, at);
        }
        sum = sum.saturating_add(*gain);
        if sum > best {
            (best, span) = (sum, start..at + 1);
        }
    }
    (best, span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<Cell> {
        let cell = |letter| {
            let mut cell = Cell::default();
            cell.set_char(letter);
            cell
        };
        text.chars().map(cell).collect()
    }

    fn known(text: &str) -> Vec<Option<Cell>> {
        cells(text).into_iter().map(Some).collect()
    }

    #[test]
    fn the_part_that_slid_is_found_beside_parts_that_did_not() {
        let before = "fleet|abcdefghijklmnopqrstuvwxyz0123456789|alerts of today";
        let after = "fleet|defghijklmnopqrstuvwxyz0123456789+++|alerts of today";
        let screen = before.len();
        let slide = Slide::find(&cells(after), &known(before), screen, &[0]).unwrap();
        assert_eq!(slide, Slide { area: 6..42, left: 3 });
        assert_eq!(slide.steps(screen), [(6, b"\x1b[3P".to_vec()), (39, b"\x1b[3@".to_vec())]);
        let mut shown = known(before);
        assert!(slide.pays(&cells(after), &shown));
        slide.apply(&mut shown);
        let mut told = known(after);
        told[39..42].fill(None);
        assert_eq!(shown, told);
        let back = Slide::find(&cells(before), &known(after), screen, &[0]).unwrap();
        assert_eq!(back, Slide { area: 6..42, left: -3 });
        assert_eq!(Slide::find(&cells(before), &known(before), screen, &[0]), None);
    }

    #[test]
    fn a_row_with_anything_wide_stays() {
        let before = "abcdefghijklmnopqrstuvwxyz";
        let after = "bcdefghijklmnopqrstuvwxyz+";
        let slide = Slide::find(&cells(after), &known(before), before.len(), &[0]).unwrap();
        let mut shown = known(before);
        shown[20] = Some(cells("車").remove(0));
        assert!(!slide.pays(&cells(after), &shown));
        shown[20] = None;
        assert!(!slide.pays(&cells(after), &shown));
    }
}
