//! Rectangles of whole pixels, and fewer of them.

/// A rectangle; the right and lower edges are outside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Bar {
    pub(super) top: u16,
    pub(super) bottom: u16,
    pub(super) left: u16,
    pub(super) right: u16,
}

impl Bar {
    /// From its upper left to its lower right.
    pub(super) const fn new(left: u16, top: u16, right: u16, bottom: u16) -> Self {
        Self { top, bottom, left, right }
    }

    /// The same somewhere else.
    pub(super) const fn moved(self, (x, y): (u16, u16)) -> Self {
        Self { top: self.top + y, bottom: self.bottom + y, left: self.left + x, right: self.right + x }
    }

    fn turned(self) -> Self {
        Self { top: self.left, bottom: self.right, left: self.top, right: self.bottom }
    }
}

/// The same area in fewer rectangles: neighbours in a row become one, then those
/// in a column.
pub(super) fn merged(bars: Vec<Bar>) -> Vec<Bar> {
    let rows = joined(bars);
    let columns = joined(rows.into_iter().map(Bar::turned).collect());
    let mut all: Vec<Bar> = columns.into_iter().map(Bar::turned).collect();
    all.sort_unstable();
    all
}

fn joined(mut bars: Vec<Bar>) -> Vec<Bar> {
    bars.sort_unstable();
    let mut out: Vec<Bar> = Vec::with_capacity(bars.len());
    for next in bars {
        match out.last_mut() {
            Some(last) if (last.top, last.bottom) == (next.top, next.bottom) && last.right >= next.left => {
                last.right = last.right.max(next.right);
            }
            _ => out.push(next),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_cells_and_a_field_of_them_become_one_bar() {
        let cell = |column: u16, row: u16| Bar::new(0, 0, 10, 20).moved((column * 10, row * 20));
        let field: Vec<Bar> = (0..4).flat_map(|row| (0..7).map(move |column| cell(column, row))).collect();
        assert_eq!(merged(field), [Bar::new(0, 0, 70, 80)]);
        assert_eq!(merged(vec![cell(0, 0), cell(2, 0), cell(1, 1)]).len(), 3);
    }
}
