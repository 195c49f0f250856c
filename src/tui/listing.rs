//! A list's window on its rows: which are seen, and keeping the cursor among
//! them.

/// Where a list is scrolled to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Window {
    offset: usize,
    height: usize,
    reveal: Option<usize>,
}

impl Window {
    /// Scrolls by rows, leaving the cursor where it is.
    pub fn scroll(&mut self, rows: isize) {
        self.offset = self.offset.saturating_add_signed(rows);
        self.reveal = None;
    }

    /// Makes sure a row is seen in the next frame.
    pub fn reveal(&mut self, row: usize) {
        self.reveal = Some(row);
    }

    /// The rows seen of `total` in a frame with room for `height`.
    pub fn rows(&mut self, total: usize, height: usize) -> std::ops::Range<usize> {
        self.height = height;
        if let Some(row) = self.reveal.take().filter(|_| height > 0) {
            self.offset = self.offset.clamp((row + 1).saturating_sub(height), row);
        }
        self.offset = self.offset.min(total.saturating_sub(height));
        self.offset..(self.offset + height).min(total)
    }

    /// The first row seen in the last frame.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Rows a page has.
    pub fn page(&self) -> usize {
        self.height.saturating_sub(1).max(1)
    }
}

/// A cursor on the rows of a list, which move under it as others come and go: it stays on
/// what it is on, not on its row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cursor<Id> {
    /// What it is on, if that is still there.
    pub at: Option<Id>,
    /// Which rows are seen.
    pub window: Window,
}

impl<Id> Default for Cursor<Id> {
    fn default() -> Self {
        Self { at: None, window: Window::default() }
    }
}

impl<Id> Cursor<Id> {
    /// Goes to what is on a row, and makes sure that is seen.
    pub fn place(&mut self, at: Id, row: usize) {
        self.at = Some(at);
        self.window.reveal(row);
    }
}

/// A move of the cursor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// By rows.
    By(isize),
    /// To the first.
    First,
    /// To the last.
    Last,
}

impl Step {
    /// The row reached from `row` of `total`; the first for a cursor that was
    /// nowhere. `None` when there are no rows.
    pub fn from(self, row: Option<usize>, total: usize) -> Option<usize> {
        let last = total.checked_sub(1)?;
        Some(match (self, row) {
            (Self::First, _) | (Self::By(_), None) => 0,
            (Self::Last, _) => last,
            (Self::By(rows), Some(row)) => row.saturating_add_signed(rows).min(last),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revealed_row_is_seen_and_the_end_stays_at_the_bottom() {
        let mut window = Window::default();
        window.reveal(15);
        assert_eq!(window.rows(20, 5), 11..16);
        window.reveal(3);
        assert_eq!(window.rows(20, 5), 3..8);
        window.scroll(1_000);
        assert_eq!(window.rows(20, 5), 15..20);
        assert_eq!(window.rows(2, 5), 0..2);
        window.reveal(7);
        assert_eq!(window.rows(20, 0), 0..0);
    }

    #[test]
    fn steps_stay_within_the_list() {
        assert_eq!(Step::By(5).from(Some(3), 6), Some(5));
        assert_eq!(Step::By(-5).from(Some(3), 6), Some(0));
        assert_eq!(Step::By(1).from(None, 6), Some(0));
        assert_eq!(Step::Last.from(None, 0), None);
    }
}
