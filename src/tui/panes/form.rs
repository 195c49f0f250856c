//! A form over the screen.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};
use watchtower_core::domain::time::Timestamp;

use super::Pen;
use crate::tui::{
    app::{App, Target},
    dispatch::{
        form::{Field, Form, Need},
        offer::Kind,
        when,
    },
    text, words,
};

/// Cells of the widest form.
const WIDEST: u16 = 76;
/// Cells of the labels.
const LABEL: usize = 10;
/// Offers seen at once, where there is room.
const OFFERS: u16 = 6;

/// Draws the form; returns what a click does in it, and where the text cursor belongs.
pub fn draw(
    app: &App,
    form: &Form,
    screen: Rect,
    buffer: &mut Buffer,
    now: Timestamp,
) -> (Vec<(Rect, Target)>, Option<Position>) {
    let theme = &app.theme;
    let now = app.clock_of(form, now);
    let fields = u16::try_from(form.fields.len()).unwrap_or(u16::MAX);
    // Offers come and go; the form stays as high as it may become.
    let wanted = fields.saturating_add(OFFERS + 3);
    let (area, body) = super::sheet(buffer, screen, theme, ((WIDEST, wanted), 2), &form.title);
    let mut targets = Vec::new();
    if body != area {
        let line = Rect { x: area.x + 1, y: area.bottom() - 1, width: area.width - 2, height: 1 };
        let mut pen = Pen::new(buffer, line, theme);
        for (key, does, target) in [
            ("Tab", "next", None),
            ("Ctrl-S", "send", Some(Target::SendForm)),
            ("Esc", "leave", Some(Target::LeaveForm)),
        ] {
            let start = pen.column();
            pen.put_hint((&format!(" {key} "), theme.key), (&format!("{does} "), theme.dim));
            let place = Rect::new(start, line.y, pen.column() - start, 1);
            targets.extend(target.map(|target| (place, target)));
        }
    }
    let body = Rect { x: body.x + 1, width: body.width.saturating_sub(2), ..body };
    let focus = u16::try_from(form.focus()).unwrap_or(0);
    // On a low screen the field in focus and its first offer matter most.
    let seen = fields.min(body.height - u16::from(body.height > 2));
    let first = (focus + 1).saturating_sub(seen);
    let mut cursor = None;
    for row in 0..seen {
        let Some(field) = form.fields.get(usize::from(first + row)) else { break };
        let place = Rect { y: body.y + row, height: 1, ..body };
        let at = draw_field(app, field, place, buffer, now);
        if first + row == focus {
            cursor = Some(at);
        }
        targets.push((place, Target::Field(usize::from(first + row))));
    }
    let (offered, picked) = form.offered();
    let below = Rect { y: body.y + seen, height: body.height - seen, ..body };
    // A line between, where there is one to spare.
    let below = if below.height > OFFERS {
        Rect { y: below.y + 1, height: below.height - 1, ..below }
    } else {
        below
    };
    for (row, offer) in offered.iter().enumerate().take(usize::from(below.height)) {
        let place = Rect { y: below.y + row as u16, height: 1, ..below };
        let mut pen = Pen::new(buffer, place, theme);
        pen.skip(LABEL.min(usize::from(place.width) / 3)).put(&offer.value, theme.base);
        if !offer.detail.is_empty() {
            pen.put_whole(&format!("  {}", offer.detail), theme.dim);
        }
        if row == picked {
            buffer.set_style(place, theme.cursor);
        }
        targets.push((place, Target::Offer(row)));
    }
    (targets, cursor.filter(|at| screen.contains(*at)))
}

/// Draws a field; returns where the text cursor stands in it.
fn draw_field(app: &App, field: &Field, area: Rect, buffer: &mut Buffer, now: Timestamp) -> Position {
    let theme = &app.theme;
    let mut pen = Pen::new(buffer, area, theme);
    let label = match field.need {
        Need::Needed => theme.strong,
        Need::Optional => theme.dim,
    };
    pen.cell(field.label, LABEL.min(usize::from(area.width) / 3), label).skip(1);
    let (told, style) = match (&field.wrong, field.kind, field.text()) {
        (Some(wrong), _, _) => (wrong.clone(), theme.bad),
        (None, Kind::Moment, Some(typed)) => match when::parse(typed, now, app.setting.zone) {
            Ok(at) => (words::moment_named(at, app.setting.zone), theme.good),
            Err(_) => (String::new(), theme.dim),
        },
        (None, _, _) => (String::new(), theme.dim),
    };
    let value = text::clean(field.line.value());
    let room = pen.room();
    if !told.is_empty() {
        let told = text::cut(&told, room.saturating_sub(text::width(&value) + 3), theme.signs.ellipsis);
        pen.put_right(&told, style);
    }
    pen.put_typed(&field.line, theme.strong).0
}
