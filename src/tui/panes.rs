//! The panes, one file each. A pane draws what the app knows into its area and
//! changes nothing but its own scrolling.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
    widgets::{Block, Clear, Widget},
};
use tui_input::Input;

use super::{layout::Pane, text, theme::Theme};

pub mod alerts;
pub mod analytics;
pub mod detail;
pub mod events;
pub mod fleet;
pub mod form;
pub mod help;
pub mod hints;
pub mod hover;
pub mod map;
pub mod palette;
pub mod questions;
pub mod status;
pub mod timeline;
pub mod trips;

/// Whether a pane takes the keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Focus {
    /// It does.
    Here,
    /// Another does.
    Elsewhere,
}

/// What is inside a pane's frame. Too small a pane has no frame.
pub fn inside(area: Rect) -> Rect {
    if area.width < 8 || area.height < 3 {
        return area;
    }
    Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 }
}

/// Draws a pane's frame and name; returns a pen on the frame's top line, for
/// what else it should say, and what is inside.
pub fn frame<'a>(
    buffer: &'a mut Buffer,
    area: Rect,
    theme: &Theme,
    pane: Pane,
    name: &str,
    focus: Focus,
) -> (Pen<'a>, Rect) {
    let body = inside(area);
    let (border, title) = match focus {
        Focus::Here => (theme.border_focused, theme.title_focused),
        Focus::Elsewhere => (theme.border, theme.title),
    };
    if body == area {
        return (Pen::nowhere(buffer, theme), body);
    }
    Block::bordered().border_set(theme.frame).border_style(border).render(area, buffer);
    let line = Rect { x: area.x + 1, width: area.width - 2, height: 1, ..area };
    let mut pen = Pen::new(buffer, line, theme);
    pen.put(" ", border);
    pen.put(&pane.number().to_string(), theme.dim);
    pen.put(" ", border);
    pen.put(name, title);
    pen.put(" ", border);
    (pen, body)
}

/// Clears a framed sheet over the screen, of at most `size`, a part of the free rows above
/// it, and names it; returns all of it and what is inside. Too small a sheet has no frame.
pub fn sheet(
    buffer: &mut Buffer,
    screen: Rect,
    theme: &Theme,
    (size, above): ((u16, u16), u16),
    name: &str,
) -> (Rect, Rect) {
    let (width, height) = (screen.width.min(size.0), screen.height.min(size.1));
    let area = Rect {
        x: screen.x + (screen.width - width) / 2,
        y: screen.y + (screen.height - height) / above,
        width,
        height,
    };
    Clear.render(area, buffer);
    buffer.set_style(area, theme.base);
    let body = inside(area);
    if body != area {
        Block::bordered().border_set(theme.frame).border_style(theme.border_focused).render(area, buffer);
        let line = Rect { x: area.x + 1, width: area.width - 2, height: 1, ..area };
        Pen::new(buffer, line, theme).put(&format!(" {name} "), theme.title_focused);
    }
    (area, body)
}

/// Writes along one line, from the left and from the right, and never past it.
#[derive(Debug)]
pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    left: u16,
    right: u16,
    row: u16,
    ellipsis: &'static str,
}

impl<'a> Pen<'a> {
    /// A pen on the first line of `area`.
    pub fn new(buffer: &'a mut Buffer, area: Rect, theme: &Theme) -> Self {
        Self::with_ellipsis(buffer, area, theme.signs.ellipsis)
    }

    /// The same where the theme is out of reach.
    pub fn with_ellipsis(buffer: &'a mut Buffer, area: Rect, ellipsis: &'static str) -> Self {
        let area = area.intersection(buffer.area);
        let right = if area.is_empty() { area.left() } else { area.right() };
        Self { buffer, left: area.left(), right, row: area.top(), ellipsis }
    }

    fn nowhere(buffer: &'a mut Buffer, theme: &Theme) -> Self {
        Self::new(buffer, Rect::default(), theme)
    }

    /// Cells left.
    pub fn room(&self) -> usize {
        usize::from(self.right.saturating_sub(self.left))
    }

    /// The column the next text from the left begins at.
    pub fn column(&self) -> u16 {
        self.left
    }

    /// Writes a text, cut to what is left.
    pub fn put(&mut self, text: &str, style: Style) -> &mut Self {
        let text = text::cut(text, self.room(), self.ellipsis);
        self.write(&text, style)
    }

    /// Writes a text if all of it fits.
    pub fn put_whole(&mut self, text: &str, style: Style) -> &mut Self {
        if text::width(text) <= self.room() { self.put(text, style) } else { self }
    }

    /// Writes a key and what it does, both or neither.
    pub fn put_hint(&mut self, (key, key_style): (&str, Style), (does, style): (&str, Style)) -> &mut Self {
        if text::width(key) + text::width(does) > self.room() {
            return self;
        }
        self.put(key, key_style).put(does, style)
    }

    /// Writes a text into a cell of `width`, flush left.
    pub fn cell(&mut self, text: &str, width: usize, style: Style) -> &mut Self {
        let text = text::left(text, width.min(self.room()), self.ellipsis);
        self.write(&text, style)
    }

    /// Writes a text into a cell of `width`, flush right.
    pub fn cell_right(&mut self, text: &str, width: usize, style: Style) -> &mut Self {
        let text = text::right(text, width.min(self.room()), self.ellipsis);
        self.write(&text, style)
    }

    /// Writes a text into a cell of `width`, some of its characters marked.
    pub fn cell_marked(&mut self, text: &str, width: usize, style: Style, marks: (&[u32], Style)) {
        let start = self.left;
        self.cell(text, width, style);
        let (hits, mark) = marks;
        let mut column = start;
        for (index, c) in text.chars().enumerate() {
            let wide = text::width(c.encode_utf8(&mut [0; 4])) as u16;
            let shown = column + wide <= self.left;
            if shown && hits.binary_search(&(index as u32)).is_ok() {
                self.buffer.set_style(Rect::new(column, self.row, wide, 1), mark);
            }
            column = column.saturating_add(wide);
        }
    }

    /// Leaves cells as they are.
    pub fn skip(&mut self, cells: usize) -> &mut Self {
        self.left = self.left.saturating_add(u16::try_from(cells).unwrap_or(u16::MAX)).min(self.right);
        self
    }

    /// Writes a text at the right end, if all of it fits, and ends the line
    /// before it.
    pub fn put_right(&mut self, text: &str, style: Style) -> &mut Self {
        let width = text::width(text);
        if width <= self.room() {
            self.right -= width as u16;
            self.buffer.set_stringn(self.right, self.row, text, width, style);
        }
        self
    }

    /// Writes a line being typed, from as far on that its cursor is seen; returns where that
    /// stands, and the cells left out before.
    pub fn put_typed(&mut self, line: &Input, style: Style) -> (Position, usize) {
        let (start, room) = (self.left, self.room().saturating_sub(1));
        let scroll = line.visual_scroll(room);
        let mut skipped = 0;
        let shown = line.value().chars().skip_while(|c| {
            let skips = skipped < scroll;
            skipped += if skips { text::width(c.encode_utf8(&mut [0; 4])) } else { 0 };
            skips
        });
        self.put(&text::clean(&shown.collect::<String>()), style);
        let offset = line.visual_cursor().saturating_sub(scroll).min(room);
        let column = start.saturating_add(offset as u16).min(self.right.saturating_sub(1));
        (Position::new(column, self.row), scroll)
    }

    fn write(&mut self, text: &str, style: Style) -> &mut Self {
        let room = self.room();
        if room > 0 {
            self.left = self.buffer.set_stringn(self.left, self.row, text, room, style).0;
        }
        self
    }
}

/// Draws a scroll bar's thumb on the right border when not all rows are seen.
pub fn thumb(buffer: &mut Buffer, area: Rect, theme: &Theme, seen: std::ops::Range<usize>, total: usize) {
    let body = inside(area);
    if body == area || seen.len() >= total || seen.is_empty() || body.height < 2 {
        return;
    }
    let height = usize::from(body.height);
    let length = (height * seen.len() / total).clamp(1, height);
    let top = seen.start * (height - length) / (total - seen.len());
    for row in top..top + length {
        let position = (area.right() - 1, body.y + row as u16);
        buffer.set_string(position.0, position.1, theme.signs.thumb, theme.dim);
    }
}

/// What an empty pane says, in its middle: what is missing, then what to do.
pub fn empty(buffer: &mut Buffer, area: Rect, theme: &Theme, lines: &[&str]) {
    let shown = lines.len().min(usize::from(area.height));
    let top = area.y + (area.height - shown as u16) / 2;
    for (row, words) in lines.iter().take(shown).enumerate() {
        let width = text::width(words).min(usize::from(area.width)) as u16;
        let line = Rect { x: area.x + (area.width - width) / 2, y: top + row as u16, width, height: 1 };
        Pen::new(buffer, line, theme).put(words, if row == 0 { theme.base } else { theme.dim });
    }
}
