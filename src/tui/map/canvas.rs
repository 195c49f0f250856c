//! What is drawn over the still map in one frame: text that takes cells, and whose
//! each cell is.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier, Style},
};

/// Whose a cell is: an index into what the frame drew.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Owner {
    #[default]
    Nobody,
    Vehicle(u32),
    Cluster(u32),
    Fence(u32),
}

/// Draws into the map's part of the buffer and keeps the account of its cells.
#[derive(Debug)]
pub(super) struct Canvas<'a> {
    pub(super) area: Rect,
    pub(super) buffer: &'a mut Buffer,
    pub(super) owners: &'a mut [Owner],
    pub(super) taken: &'a mut [bool],
}

impl Canvas<'_> {
    fn range(&self, column: u16, row: u16, width: u16) -> Option<std::ops::Range<usize>> {
        let fits =
            row < self.area.height && u32::from(column) + u32::from(width) <= u32::from(self.area.width);
        let start = usize::from(row) * usize::from(self.area.width) + usize::from(column);
        fits.then(|| start..start + usize::from(width))
    }

    /// Whether all of these cells are inside and free.
    pub(super) fn is_free(&self, column: u16, row: u16, width: u16) -> bool {
        self.range(column, row, width).is_some_and(|range| !self.taken[range].iter().any(|t| *t))
    }

    /// Whether these cells are free, and the one either side unless the edge is there.
    pub(super) fn stands_alone(&self, column: u16, row: u16, width: u16) -> bool {
        let end = column.saturating_add(width);
        self.is_free(column, row, width)
            && (column == 0 || self.is_free(column - 1, row, 1))
            && (end >= self.area.width || self.is_free(end, row, 1))
    }

    /// Takes these cells for `owner` and writes in them. Nothing outside is touched.
    pub(super) fn write(
        &mut self,
        column: u16,
        row: u16,
        width: u16,
        text: &str,
        style: Style,
        owner: Owner,
    ) {
        let Some(range) = self.range(column, row, width) else { return };
        self.owners[range].fill(owner);
        self.letter(column, row, width, text, style);
    }

    /// Takes these cells and writes in them; whose they are stays.
    pub(super) fn letter(&mut self, column: u16, row: u16, width: u16, text: &str, style: Style) {
        let Some(range) = self.range(column, row, width) else { return };
        self.taken[range].fill(true);
        for x in column..column + width {
            // Nothing of the line below shines through but its ground: a text is of one style.
            let cell = &mut self.buffer[(self.area.x + x, self.area.y + row)];
            cell.set_char(' ').set_fg(Color::Reset).modifier = Modifier::empty();
        }
        let (x, y) = (self.area.x + column, self.area.y + row);
        self.buffer.set_stringn(x, y, text, usize::from(width), style);
    }
}
