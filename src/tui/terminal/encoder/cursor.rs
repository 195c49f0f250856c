//! Where the terminal writes next, as far as that is known, and the shortest way from
//! there to somewhere else.

use std::io::Write;

/// The terminal's cursor. What is `None` is not known: after a character whose width
/// terminals do not agree on, or at the end of a line.
#[derive(Clone, Debug, Default)]
pub(super) struct Cursor {
    column: Option<u16>,
    row: Option<u16>,
    way: Vec<u8>,
    other: Vec<u8>,
}

impl Cursor {
    pub(super) fn forget(&mut self) {
        (self.column, self.row) = (None, None);
    }

    /// The column, if the cursor is known to be in this row.
    pub(super) fn column_in(&self, row: u16) -> Option<u16> {
        self.column.filter(|_| self.row == Some(row))
    }

    pub(super) fn is_at(&self, column: u16, row: u16) -> bool {
        self.column_in(row) == Some(column)
    }

    /// It is at the left end of the first row.
    pub(super) fn is_home(&mut self) {
        (self.column, self.row) = (Some(0), Some(0));
    }

    /// Something was written from `column` on that ends before `end`; `None` if
    /// terminals do not agree on where.
    pub(super) fn wrote(&mut self, end: Option<u16>, screen: u16) {
        // Past the last column it waits there or in the next line: only an absolute
        // column puts an end to that everywhere.
        self.column = end.filter(|end| *end < screen);
    }

    /// The shortest way to a cell, as bytes.
    pub(super) fn way_to(&mut self, column: u16, row: u16) -> &[u8] {
        self.way.clear();
        if self.is_at(column, row) {
            return &self.way;
        }
        absolute(column, row, &mut self.way);
        if let Some(now) = self.row {
            self.other.clear();
            match row.cmp(&now) {
                std::cmp::Ordering::Less => relative(now - row, b'A', &mut self.other),
                std::cmp::Ordering::Greater => relative(row - now, b'B', &mut self.other),
                std::cmp::Ordering::Equal => {}
            }
            match self.column {
                Some(now) if now == column => {}
                _ if column == 0 => self.other.push(b'\r'),
                Some(now) if now < column => relative(column - now, b'C', &mut self.other),
                // Up to three backspaces are no longer than the sequence.
                Some(now) if now - column <= 3 => {
                    self.other.extend(std::iter::repeat_n(b'\x08', (now - column).into()));
                }
                Some(now) if now - column < 10 => relative(now - column, b'D', &mut self.other),
                _ => put(&mut self.other, format_args!("\x1b[{}G", column + 1)),
            }
            if self.other.len() <= self.way.len() {
                std::mem::swap(&mut self.way, &mut self.other);
            }
        }
        &self.way
    }

    pub(super) fn go(&mut self, column: u16, row: u16, out: &mut Vec<u8>) {
        self.way_to(column, row);
        out.extend_from_slice(&self.way);
        (self.column, self.row) = (Some(column), Some(row));
    }
}

fn put(out: &mut Vec<u8>, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("memory takes what is written");
}

fn absolute(column: u16, row: u16, out: &mut Vec<u8>) {
    match (column, row) {
        (0, 0) => put(out, format_args!("\x1b[H")),
        (0, _) => put(out, format_args!("\x1b[{}H", row + 1)),
        _ => put(out, format_args!("\x1b[{};{}H", row + 1, column + 1)),
    }
}

fn relative(count: u16, letter: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x1b[");
    if count > 1 {
        put(out, format_args!("{count}"));
    }
    out.push(letter);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(from: (u16, u16), to: (u16, u16)) -> String {
        let mut cursor = Cursor::default();
        cursor.go(from.0, from.1, &mut Vec::new());
        String::from_utf8(cursor.way_to(to.0, to.1).to_vec()).unwrap()
    }

    #[test]
    fn the_shortest_way_is_taken() {
        assert_eq!(way((5, 5), (5, 5)), "");
        assert_eq!(way((5, 5), (6, 5)), "\u{1b}[C");
        assert_eq!(way((5, 5), (3, 5)), "\u{8}\u{8}");
        assert_eq!(way((50, 5), (44, 5)), "\u{1b}[6D");
        assert_eq!(way((50, 5), (4, 5)), "\u{1b}[5G");
        assert_eq!(way((50, 5), (0, 5)), "\r");
        assert_eq!(way((50, 5), (0, 6)), "\u{1b}[B\r");
        assert_eq!(way((50, 5), (50, 4)), "\u{1b}[A");
        assert_eq!(way((50, 5), (0, 0)), "\u{1b}[H");
        assert_eq!(way((50, 5), (20, 30)), "\u{1b}[31;21H");
    }

    #[test]
    fn nothing_is_relative_to_what_is_not_known() {
        let mut cursor = Cursor::default();
        assert_eq!(cursor.way_to(0, 0), b"\x1b[H");
        cursor.go(10, 3, &mut Vec::new());
        cursor.wrote(None, 80);
        assert_eq!(cursor.way_to(12, 3), b"\x1b[13G");
        cursor.forget();
        assert_eq!(cursor.way_to(12, 3), b"\x1b[4;13H");
    }
}
