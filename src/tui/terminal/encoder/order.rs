//! In which order cells are written: all of one colour before the next. A change of
//! colour costs some 17 bytes in 24 bit, a move of the cursor four to eight.

use std::ops::Range;

use ratatui::{buffer::Cell, style::Color};

use super::pen::{Look, ON_BLANK};

/// Text and ground.
type Colours = (Color, Color);

const ANY: u16 = u16::MAX;

/// The cells that are to be written; its memory is used again.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    cells: Vec<(u16, u32)>,
    colours: Vec<Colours>,
    ranks: Vec<u16>,
    /// Where in `cells` the blanks begin that wait for the colour of what follows.
    waiting: usize,
}

impl Order {
    pub(super) fn clear(&mut self) {
        self.cells.clear();
        self.colours.clear();
        self.waiting = 0;
    }

    /// Adds a cell; those of a line from left to right, line by line.
    pub(super) fn add(&mut self, index: usize, cell: &Cell) {
        let colours = (cell.fg, cell.bg);
        let index = index as u32;
        let follows = |before: &(u16, u32)| before.1 + 1 == index;
        if cell.symbol() == " " && !cell.modifier.intersects(ON_BLANK) {
            // A blank is of any colour: that of its neighbours, if it can be.
            let before = self.cells.last().filter(|before| follows(before));
            let same = before.filter(|(at, _)| *at != ANY && self.colours[usize::from(*at)].1 == cell.bg);
            let at = same.map_or(ANY, |(at, _)| *at);
            if before.is_none_or(|(at, _)| *at != ANY) {
                self.waiting = self.cells.len();
            }
            self.cells.push((at, index));
            return;
        }
        let at = self.place(colours);
        if self.cells.last().is_some_and(|before| follows(before) && before.0 == ANY) {
            self.settle(self.waiting..self.cells.len(), at);
        }
        self.cells.push((at, index));
    }

    /// Gives blanks the colours at `at` if their ground is the same.
    fn settle(&mut self, blanks: Range<usize>, at: u16) {
        for blank in self.cells[blanks].iter_mut().filter(|(of, _)| *of == ANY) {
            blank.0 = at;
        }
    }

    fn place(&mut self, colours: Colours) -> u16 {
        let known = self.colours.iter().rposition(|known| *known == colours);
        let at = known.unwrap_or_else(|| {
            self.colours.push(colours);
            self.colours.len() - 1
        });
        // A screen has fewer cells than this has numbers to spare; more colours than
        // numbers share the last, which costs bytes and nothing else.
        u16::try_from(at).unwrap_or(ANY - 1).min(ANY - 1)
    }

    /// Sorts; grounds stay together, and what the pen has now comes first.
    pub(super) fn sort(&mut self, wanted: &[Cell], pen: Look) {
        for at in 0..self.cells.len() {
            if self.cells[at].0 == ANY {
                let ground = wanted[self.cells[at].1 as usize].bg;
                let same = self.colours.iter().position(|(_, bg)| *bg == ground);
                self.cells[at].0 = same.map_or_else(|| self.place((Color::Reset, ground)), |at| at as u16);
            }
        }
        let mut sorted: Vec<u16> = (0..self.colours.len() as u16).collect();
        let ground = |of: u16| {
            let bg = self.colours[usize::from(of)].1;
            self.colours.iter().position(|(_, other)| *other == bg)
        };
        sorted.sort_by_key(|of| {
            let (fg, bg) = self.colours[usize::from(*of)];
            (bg != pen.bg, ground(*of), fg != pen.fg, *of)
        });
        self.ranks.clear();
        self.ranks.resize(sorted.len(), 0);
        for (rank, of) in sorted.iter().enumerate() {
            self.ranks[usize::from(*of)] = rank as u16;
        }
        for (of, _) in &mut self.cells {
            *of = self.ranks[usize::from(*of)];
        }
        self.cells.sort_unstable();
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    pub(super) fn get(&self, at: usize) -> usize {
        self.cells[at].1 as usize
    }
}
