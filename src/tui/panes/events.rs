//! The events, newest first.

use ratatui::{buffer::Buffer, layout::Rect};
use watchtower_core::domain::time::Timestamp;

use super::{Focus, Pen};
use crate::tui::{
    app::App,
    layout::Pane,
    model::events::{Line, Tone},
    words,
};

/// `14:32:07`.
const TIME: usize = 8;

/// Draws the pane.
pub fn draw(app: &mut App, area: Rect, buffer: &mut Buffer, now: Timestamp, focus: Focus) {
    let total = app.model.events.len();
    let (_, body) = super::frame(buffer, area, &app.theme, Pane::Events, "Events", focus);
    let theme = &app.theme;
    if total == 0 {
        super::empty(buffer, body, theme, &["nothing has happened yet"]);
        return;
    }
    // A list scrolled away from the newest stays on what is read.
    let seen = app.lists.events.window.rows(total, usize::from(body.height));
    let lines = app.model.events.newest_first().skip(seen.start).take(seen.len());
    for (row, line) in lines.enumerate() {
        let place = Rect { y: body.y + row as u16, height: 1, ..body };
        draw_line(app, line, place, buffer, now);
        if Some(line.id) == app.lists.events.at {
            let style = match focus {
                Focus::Here => theme.cursor,
                Focus::Elsewhere => theme.cursor_unfocused,
            };
            buffer.set_style(place, style);
        }
    }
    super::thumb(buffer, area, theme, seen, total);
}

fn draw_line(app: &App, line: &Line, area: Rect, buffer: &mut Buffer, now: Timestamp) {
    let theme = &app.theme;
    let (sign, style) = match line.tone {
        Tone::Plain => (theme.signs.dot, theme.dim),
        Tone::Motion(motion) => theme.motion(motion),
        Tone::Alert(severity) => (theme.signs.alert, theme.severity(severity)),
        Tone::Good => (theme.signs.acknowledged, theme.good),
    };
    let mut pen = Pen::new(buffer, area, theme);
    let now = line.vehicle.as_ref().map_or(now, |key| app.model.now_of(key, now));
    pen.cell(&words::second_or_day(line.at, now, app.setting.zone), TIME, theme.dim).skip(1);
    pen.put(sign, style).skip(1);
    if let Some(key) = &line.vehicle {
        let label = app.model.vehicles.get(key).map_or(key.as_str(), |vehicle| vehicle.label.as_str());
        pen.cell(label, app.roster.label_width().clamp(7, 12), theme.base).skip(1);
    }
    pen.put(&line.text, theme.base);
}
