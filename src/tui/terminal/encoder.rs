//! From what the screen should show and what it does show to the bytes between:
//! only what differs, by the shortest way. Pure: it writes into memory.
//!
//! It keeps both pictures, so that what is wanted may change while the way to it is
//! still being sent: the newest is what is headed for.

use std::io::Write;

use ratatui::{
    buffer::Cell,
    layout::{Position, Rect, Size},
    style::{Color, Modifier},
};

mod cursor;
mod links;
mod order;
mod pen;
mod slide;
#[cfg(test)]
mod tests;
mod turns;
mod width;

use self::{
    cursor::Cursor,
    links::Links,
    order::Order,
    pen::{Look, ON_BLANK, Pen},
    slide::Slide,
    turns::Turns,
    width::Width,
};
use super::pace::Urgency;
use crate::tui::{
    capability::{Capability, Host},
    hyperlinks::Hyperlink,
    theme::ColourDepth,
};

/// The terminal shows what comes between these at once (DEC 2026).
const BEGIN_FRAME: &[u8] = b"\x1b[?2026h";
const END_FRAME: &[u8] = b"\x1b[?2026l";
/// Writing over more unchanged cells than this is never shorter than the way around.
const LONGEST_GAP: u16 = 6;
/// Fewer blanks than this are not erased but written.
const FEWEST_ERASED: usize = 12;

/// What is left to be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Left {
    /// Nothing: the terminal shows what is wanted.
    Nothing,
    /// The limit was reached before.
    Something,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Frame {
    Closed,
    Open,
}

/// Whether the terminal's cursor is visible.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Visible {
    Unknown,
    No,
    Yes,
}

/// What hides in the columns of a wide character after its first.
const TAIL: Cell = Cell::new("");

/// The encoder of one terminal.
#[derive(Clone, Debug)]
pub struct Encoder {
    size: Size,
    capability: Capability,
    wanted: Vec<Cell>,
    /// What the terminal shows; `None` where that is not known.
    shown: Vec<Option<Cell>>,
    /// The rows in which the two may differ.
    stale: Vec<bool>,
    turns: Turns,
    order: Order,
    links: Links,
    pen: Pen,
    cursor: Cursor,
    frame: Frame,
    clear: Clear,
    visible: Visible,
    /// Where the text cursor belongs; hidden when nowhere.
    caret: Option<Position>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Clear {
    NotNeeded,
    Needed,
}

impl Encoder {
    /// An encoder for a terminal of that size, of which nothing is known. With
    /// [`ColourDepth::None`] no colour is ever sent.
    pub fn new(size: Size, capability: Capability) -> Self {
        let mut encoder = Self {
            size,
            capability,
            wanted: Vec::new(),
            shown: Vec::new(),
            stale: Vec::new(),
            turns: Turns::new(),
            order: Order::default(),
            links: Links::default(),
            pen: Pen::default(),
            cursor: Cursor::default(),
            frame: Frame::Closed,
            clear: Clear::Needed,
            visible: Visible::Unknown,
            caret: None,
        };
        encoder.start_anew(size);
        encoder
    }

    /// The terminal is of that size and shows anything: a blank screen is wanted.
    pub fn start_anew(&mut self, size: Size) {
        self.size = size;
        let cells = usize::from(size.width) * usize::from(size.height);
        self.wanted.clear();
        self.wanted.resize(cells, Cell::EMPTY);
        self.shown.clear();
        self.shown.resize(cells, None);
        self.links.start_anew(cells);
        self.stale.clear();
        self.stale.resize(size.height.into(), true);
        self.turns.start_anew(cells);
        self.pen.forget();
        self.cursor.forget();
        self.visible = Visible::Unknown;
        self.clear = Clear::Needed;
    }

    /// Wants a cell to be shown; outside the screen none is.
    pub fn want(&mut self, column: u16, row: u16, cell: &Cell) {
        if column >= self.size.width || row >= self.size.height {
            return;
        }
        let index = self.index(column, row);
        let room = self.size.width - column;
        let columns = put(&mut self.wanted[index], cell, room, self.capability.colour);
        self.stale[usize::from(row)] = true;
        self.turns.want(index);
        // What a wide character hides is not told, nor that it looks the same when it is seen.
        let hidden = index + 1..index + usize::from(columns.clamp(1, room));
        if !hidden.is_empty() {
            let mut tail = Cell::new(" ");
            tail.set_style(self.wanted[index].style());
            self.wanted[hidden].fill(tail);
        }
    }

    /// Wants these cells to lead somewhere, and no others.
    pub fn lead(&mut self, links: &[Hyperlink]) {
        let size = self.size;
        let index = |link: &Hyperlink| {
            let seen = link.at.x < size.width && link.at.y < size.height;
            let first = usize::from(link.at.y) * usize::from(size.width) + usize::from(link.at.x);
            seen.then(|| first..first + usize::from(link.width.min(size.width - link.at.x)))
        };
        for cell in self.links.want(links, index) {
            self.stale[cell / usize::from(size.width)] = true;
            self.turns.want(cell);
        }
    }

    /// Wants the text cursor there, or hidden.
    pub fn want_caret(&mut self, caret: Option<Position>) {
        self.caret = caret;
    }

    /// Where the text cursor was last wanted.
    pub fn caret(&self) -> Option<Position> {
        self.caret
    }

    /// What is wanted from now on goes before what is less urgent, and is shown before.
    pub fn take_turn(&mut self, urgency: Urgency) {
        self.turns.take(urgency);
    }

    /// Whether something is left that is as urgent, or more.
    pub fn has_left(&self, urgency: Urgency) -> bool {
        self.turns.first() >= urgency && self.stale.contains(&true)
    }

    /// Appends what brings the terminal nearer to what is wanted, and stops before the
    /// character with which `limit` bytes would be passed by much more than itself.
    pub fn encode(&mut self, limit: usize, out: &mut Vec<u8>) -> Left {
        let left = self.advance(limit, out);
        // What is said between two units leads nowhere.
        self.links.close(out);
        left
    }

    fn advance(&mut self, limit: usize, out: &mut Vec<u8>) -> Left {
        let end = out.len().saturating_add(limit);
        if self.clear == Clear::Needed {
            self.clear = Clear::NotNeeded;
            self.open(out);
            self.links.close(out);
            self.pen.change(Look::PLAIN, out);
            out.extend_from_slice(b"\x1b[H\x1b[2J");
            self.cursor.is_home();
            self.links.clear();
            self.shown.fill(Some(Cell::EMPTY));
        }
        while self.stale.contains(&true) {
            // What a key did goes before, and is little.
            if self.turns.first() != Urgency::Key && self.slide(end, out) == Left::Something {
                return Left::Something;
            }
            self.collect();
            for at in 0..self.order.len() {
                let index = self.order.get(at);
                if self.is_shown(index) {
                    continue;
                }
                if out.len() >= end {
                    return Left::Something;
                }
                self.open(out);
                self.write(index, out);
            }
            if self.order.len() > 0 && self.shown.contains(&None) {
                // What was written over by the way is found in a second round.
                continue;
            }
            match self.turns.first() {
                Urgency::None => self.stale.fill(false),
                Urgency::Going | Urgency::Key => {
                    // The rest is another frame.
                    self.turns.end();
                    self.close(out);
                }
            }
        }
        self.close(out);
        Left::Nothing
    }

    /// Whether what somebody waits for, or all if nobody does, takes more than so many bytes.
    pub fn is_longer(&self, limit: usize) -> bool {
        let mut encoder = self.clone();
        encoder.encode(limit, &mut Vec::new());
        encoder.has_left(self.turns.first().min(Urgency::Going))
    }

    /// What was wanted in `area` is no more urgent than what goes about there.
    pub fn step_back(&mut self, area: Rect) {
        let area = area.intersection(Rect::from((Position::ORIGIN, self.size)));
        let width = usize::from(self.size.width);
        let cells = area.positions().map(|at| usize::from(at.y) * width + usize::from(at.x));
        self.turns.step_back(cells, Urgency::Going);
    }

    /// Whether something was sent that the terminal does not show yet.
    pub fn is_open(&self) -> bool {
        self.frame == Frame::Open
    }

    /// Shows what was sent so far; the rest is another frame.
    pub fn show(&mut self, out: &mut Vec<u8>) {
        self.close(out);
    }

    fn index(&self, column: u16, row: u16) -> usize {
        usize::from(row) * usize::from(self.size.width) + usize::from(column)
    }

    fn open(&mut self, out: &mut Vec<u8>) {
        if self.frame == Frame::Closed {
            self.frame = Frame::Open;
            out.extend_from_slice(BEGIN_FRAME);
        }
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        self.links.close(out);
        self.encode_caret(out);
        if self.frame == Frame::Open {
            self.frame = Frame::Closed;
            out.extend_from_slice(END_FRAME);
        }
    }

    fn encode_caret(&mut self, out: &mut Vec<u8>) {
        let Some(Position { x, y }) = self.caret else {
            if self.visible != Visible::No {
                self.visible = Visible::No;
                out.extend_from_slice(b"\x1b[?25l");
            }
            return;
        };
        self.cursor.go(x, y, out);
        if self.visible != Visible::Yes {
            self.visible = Visible::Yes;
            out.extend_from_slice(b"\x1b[?25h");
        }
    }

    /// Lets the terminal move aside what has slid on it.
    fn slide(&mut self, end: usize, out: &mut Vec<u8>) -> Left {
        let screen = usize::from(self.size.width);
        let rows: Vec<usize> = (0..self.stale.len()).filter(|row| self.stale[*row]).collect();
        let Some(slide) = Slide::find(&self.wanted, &self.shown, screen, &rows) else {
            return Left::Nothing;
        };
        for row in rows {
            let cells = row * screen..(row + 1) * screen;
            let mut area = slide.area().map(|column| cells.start + column);
            if !slide.pays(&self.wanted[cells.clone()], &self.shown[cells.clone()])
                || area.any(|cell| self.links.is_led(cell))
            {
                continue;
            }
            if out.len() >= end {
                return Left::Something;
            }
            self.open(out);
            self.links.close(out);
            for (column, sequence) in slide.steps(screen) {
                self.cursor.go(column, row as u16, out);
                out.extend_from_slice(&sequence);
            }
            slide.apply(&mut self.shown[cells.clone()]);
            // What it left blank is not left so for another frame.
            self.turns.join(slide.area().map(|column| cells.start + column));
        }
        Left::Nothing
    }

    /// Puts all cells that are not as wanted into the order they are to be written in.
    fn collect(&mut self) {
        self.order.clear();
        for row in (0..self.size.height).filter(|row| self.stale[usize::from(*row)]) {
            let mut column = 0;
            while column < self.size.width {
                let index = self.index(column, row);
                let columns = Width::of(self.wanted[index].symbol()).columns;
                let over = self.shown[index..index + usize::from(columns)].contains(&None);
                if (over || self.turns.has(index)) && !self.is_shown(index) {
                    self.order.add(index, &self.wanted[index]);
                }
                column += columns;
            }
        }
        self.order.sort(&self.wanted, self.pen.look());
    }

    /// Writes a cell, or erases the blanks from it on.
    fn write(&mut self, index: usize, out: &mut Vec<u8>) {
        let screen = usize::from(self.size.width);
        let (column, row) = ((index % screen) as u16, (index / screen) as u16);
        if self.erase(column, row, out) {
            return;
        }
        if !self.links.fits(index) {
            self.links.close(out);
        }
        self.approach(column, row, out);
        self.links.take(index, out);
        let cell = &self.wanted[index];
        self.pen.take(cell, out);
        out.extend_from_slice(cell.symbol().as_bytes());
        self.shown[index] = Some(cell.clone());
        let width = Width::of(cell.symbol());
        self.shown[index + 1..index + usize::from(width.columns)].fill(Some(TAIL));
        let reached = index + usize::from(width.reach);
        self.shown[index + usize::from(width.columns)..reached].fill(None);
        self.cursor.wrote(width.certain.then_some(column + width.columns), self.size.width);
    }

    fn is_shown(&self, index: usize) -> bool {
        let wanted = &self.wanted[index];
        let tails = usize::from(Width::of(wanted.symbol()).columns).saturating_sub(1);
        self.shown[index].as_ref() == Some(wanted)
            && self.links.is_shown(index)
            && self.shown[index + 1..=index + tails].iter().all(|shown| shown.as_ref() == Some(&TAIL))
    }

    /// Brings the cursor to a cell: over few unchanged ones before it by writing them
    /// again, where that is shorter.
    fn approach(&mut self, column: u16, row: u16, out: &mut Vec<u8>) {
        let from = self.cursor.column_in(row).filter(|from| *from < column && column - from <= LONGEST_GAP);
        if let Some(from) = from {
            let gap = self.index(from, row)..self.index(column, row);
            let around = self.cursor.way_to(column, row).len();
            let across = gap.clone().map(|index| self.bytes_over(index)).sum::<Option<usize>>();
            if across.is_some_and(|across| across <= around) {
                self.wanted[gap].iter().for_each(|cell| out.extend_from_slice(cell.symbol().as_bytes()));
                self.cursor.wrote(Some(column), self.size.width);
                return;
            }
        }
        self.cursor.go(column, row, out);
    }

    /// What it takes to write an unchanged cell again, if it can be done in passing.
    fn bytes_over(&self, index: usize) -> Option<usize> {
        let cell = &self.wanted[index];
        let width = Width::of(cell.symbol());
        let fits = self.pen.fits(cell) && self.links.fits(index);
        let passes = width.columns == 1 && width.certain && fits && self.is_shown(index);
        passes.then_some(cell.symbol().len())
    }

    /// Erases the blanks from a cell on if that is shorter than writing them.
    fn erase(&mut self, column: u16, row: u16, out: &mut Vec<u8>) -> bool {
        let first = self.index(column, row);
        let blank = self.wanted[first].clone();
        // Not every multiplexer erases to another ground than the terminal's own.
        let erases = blank.bg == Color::Reset || self.capability.host == Host::Terminal;
        if blank.symbol() != " " || blank.modifier.intersects(ON_BLANK) || !erases || self.links.leads(first)
        {
            return false;
        }
        let line = &self.wanted[first..self.index(0, row) + usize::from(self.size.width)];
        let is_blank = |(at, cell): &(usize, &Cell)| **cell == blank && !self.links.leads(first + at);
        let blanks = line.iter().enumerate().take_while(is_blank).count();
        let to_the_end = blanks == line.len();
        let stale = self.shown[first..first + blanks].iter().filter(|shown| shown.as_ref() != Some(&blank));
        if stale.count() < if to_the_end { 4 } else { FEWEST_ERASED } {
            return false;
        }
        self.links.close(out);
        self.links.erased(first..first + blanks);
        self.cursor.go(column, row, out);
        self.pen.take(&blank, out);
        if to_the_end {
            out.extend_from_slice(b"\x1b[K");
        } else {
            write!(out, "\x1b[{blanks}X").expect("memory takes what is written");
        }
        self.shown[first..first + blanks].fill(Some(blank));
        true
    }
}

/// Puts a cell as it will look into its place: without what would not show, and no
/// wider than there is room; returns the columns it was meant to take.
fn put(place: &mut Cell, cell: &Cell, room: u16, colours: ColourDepth) -> u16 {
    let width = Width::of(cell.symbol());
    if width.columns == 1 && width.certain {
        place.clone_from(cell);
    } else {
        let first = cell.symbol().chars().next().filter(|first| !first.is_control());
        let narrow = first.filter(|first| Width::of(first.encode_utf8(&mut [0; 4])).columns == 1);
        *place = cell.clone();
        if width.columns == 0 {
            place.set_char(' ');
        } else if width.columns.max(width.reach) > room {
            // What may pass the edge would be in the next line, or scroll the screen.
            place.set_char(narrow.unwrap_or(' '));
        }
    }
    if place.symbol().bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        place.set_char(' ');
    }
    if colours == ColourDepth::None {
        (place.fg, place.bg, place.underline_color) = (Color::Reset, Color::Reset, Color::Reset);
    }
    if !place.modifier.contains(Modifier::UNDERLINED) {
        place.underline_color = Color::Reset;
    }
    if place.symbol() == " " && !place.modifier.intersects(ON_BLANK) {
        place.fg = Color::Reset;
        place.modifier = Modifier::empty();
    }
    width.columns
}
