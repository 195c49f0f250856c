//! A frame's cells one after the other, and how each of them looks.

use ratatui::{
    buffer::{Buffer, Cell},
    style::Modifier,
};

use super::palette::{Ground, Rgb, mixed};
use crate::tui::text;

/// A character where it stands. The cells that a wide one covers are its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed<'a> {
    /// From 0 at the frame's left.
    pub(super) column: u16,
    /// From 0 at its top.
    pub(super) row: u16,
    /// Cells it covers, at least one.
    pub(super) width: u16,
    /// What is written there.
    pub(super) symbol: &'a str,
    /// The cell.
    pub(super) cell: &'a Cell,
}

impl Placed<'_> {
    /// Whether nothing is seen of it but its ground.
    pub(super) fn is_blank(&self) -> bool {
        self.symbol.chars().all(|c| c.is_whitespace() || c.is_control())
    }

    /// Its one character, if it is one.
    pub(super) fn only(&self) -> Option<char> {
        let mut characters = self.symbol.chars();
        characters.next().filter(|_| characters.next().is_none())
    }
}

/// The cells of a row.
pub(super) fn row(frame: &Buffer, row: u16) -> impl Iterator<Item = Placed<'_>> {
    let area = frame.area;
    let mut column = 0;
    std::iter::from_fn(move || {
        if column >= area.width {
            return None;
        }
        let cell = &frame[(area.x + column, area.y + row)];
        // A cell that nothing was written to is as blank as a space.
        let symbol = if cell.symbol().is_empty() { " " } else { cell.symbol() };
        let width = u16::try_from(text::width(symbol)).unwrap_or(u16::MAX).clamp(1, area.width - column);
        let placed = Placed { column, row, width, symbol, cell };
        column += width;
        Some(placed)
    })
}

/// All cells, row by row.
pub(super) fn all(frame: &Buffer) -> impl Iterator<Item = Placed<'_>> {
    (0..frame.area.height).flat_map(|index| row(frame, index))
}

/// How heavy strokes are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// How a cell looks, every colour of it settled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Look {
    pub(super) ink: Rgb,
    pub(super) ground: Rgb,
    pub(super) weight: Weight,
    /// Lines under and through it.
    pub(super) rules: Modifier,
}

impl Look {
    pub(super) fn of(cell: &Cell, ground: Ground) -> Self {
        let has = |modifier| cell.modifier.contains(modifier);
        let (mut ink, mut below) = (ground.ink_of(cell.fg), ground.ground_of(cell.bg));
        if has(Modifier::DIM) {
            ink = mixed(below, ink, 0.5);
        }
        if has(Modifier::REVERSED) {
            std::mem::swap(&mut ink, &mut below);
        }
        if has(Modifier::HIDDEN) {
            ink = below;
        }
        Self {
            ink,
            ground: below,
            weight: if has(Modifier::BOLD) { Weight::Bold } else { Weight::Regular },
            rules: cell.modifier & (Modifier::UNDERLINED | Modifier::CROSSED_OUT),
        }
    }
}
