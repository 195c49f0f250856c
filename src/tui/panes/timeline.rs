//! The timeline of a replay: where it is in its period, and how fast it goes.

use ratatui::{buffer::Buffer, layout::Rect};

use super::Pen;
use crate::tui::{
    app::{App, Target},
    keymap::Action,
    replay::Motion,
    text, words,
};

/// A shorter bar hits nothing.
const SHORTEST: usize = 8;

/// Draws the line; returns where its bar is, to be clicked and dragged.
pub fn draw(app: &mut App, area: Rect, buffer: &mut Buffer) -> Option<Rect> {
    let standing = app.replay?;
    if area.is_empty() {
        return None;
    }
    let (theme, zone) = (&app.theme, app.setting.zone);
    buffer.set_string(area.x, area.y, " ".repeat(usize::from(area.width)), theme.bar);
    let word = match standing.motion {
        Motion::Playing => "playing",
        Motion::Paused => "paused",
    };
    let mut pen = Pen::new(buffer, area, theme);
    let start = pen.column();
    pen.put(" REPLAY ", theme.badge)
        .put(&format!(" {word} x{} ", standing.speed), theme.bar.patch(theme.key));
    let toggle = Rect::new(start, area.y, pen.column() - start, 1);
    let day = standing.at.to_utc().with_timezone(&zone).format("%-d %b");
    let moment = format!(" {day} {} ", words::second(standing.at, zone));
    if pen.room() >= text::width(&moment) + SHORTEST {
        pen.put_right(&moment, theme.bar.patch(theme.strong));
    }
    let [way, mark, ahead] = theme.signs.progress;
    let cells = pen.room();
    let bar = (cells >= SHORTEST).then(|| {
        let bar = Rect::new(pen.column(), area.y, cells as u16, 1);
        let done = ((cells - 1) as f64 * standing.share()).round() as usize;
        pen.put(&way.repeat(done), theme.bar.patch(theme.good))
            .put(mark, theme.bar.patch(theme.strong))
            .put(&ahead.repeat(cells - 1 - done), theme.bar.patch(theme.dim));
        bar
    });
    app.shown.targets.push((toggle, Target::Act(Action::PlayPause)));
    bar
}
