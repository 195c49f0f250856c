//! The command palette over the screen.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::Pen;
use crate::tui::{app::Target, palette::CommandPalette, theme::Theme};

/// Cells of the widest palette.
const WIDEST: u16 = 72;
/// Rows seen at once.
const ROWS: u16 = 12;

/// Draws the palette; returns what a click does in it, and where the text cursor belongs.
pub fn draw(
    theme: &Theme,
    palette: &CommandPalette,
    screen: Rect,
    buffer: &mut Buffer,
) -> (Vec<(Rect, Target)>, Option<Position>) {
    let (area, body) = super::sheet(buffer, screen, theme, ((WIDEST, ROWS + 3), 4), "Commands");
    if body != area {
        let line = Rect { x: area.x + 1, width: area.width - 2, height: 1, ..area };
        Pen::new(buffer, line, theme).skip(11).put_right(&format!(" {} ", palette.found().len()), theme.dim);
    }
    let mut pen = Pen::new(buffer, Rect { height: body.height.min(1), ..body }, theme);
    pen.put(":", theme.key);
    let (cursor, _) = pen.put_typed(&palette.line, theme.strong);
    let rows = body.height.saturating_sub(1);
    let first = (palette.picked + 1).saturating_sub(usize::from(rows));
    let mut targets = Vec::new();
    for (row, entry) in palette.found().iter().enumerate().skip(first).take(usize::from(rows)) {
        let place = Rect { y: body.y + 1 + (row - first) as u16, height: 1, ..body };
        let mut pen = Pen::new(buffer, place, theme);
        pen.skip(1).put_right(&format!(" {} ", entry.keys), theme.key);
        pen.cell(&entry.name, 18.min(pen.room()), theme.base).skip(1).put(&entry.help, theme.dim);
        if row == palette.picked {
            buffer.set_style(place, theme.cursor);
        }
        targets.push((place, Target::Command(row)));
    }
    super::thumb(
        buffer,
        area,
        theme,
        first..(first + usize::from(rows)).min(palette.found().len()),
        palette.found().len(),
    );
    (targets, screen.contains(cursor).then_some(cursor))
}
