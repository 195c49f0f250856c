//! The alerts: open first, gravest first.

use ratatui::{buffer::Buffer, layout::Rect};
use watchtower_core::domain::{alert::Severity, time::Timestamp};

use super::{Focus, Pen};
use crate::tui::{
    app::App,
    layout::Pane,
    model::alerts::{Entry, Note, STORM_WITHIN_S, Standing},
    text, words,
};

const SEVERITY: usize = 4;
/// In less the sign's colour must do.
const SEVERITY_FROM: usize = 32;
const AGE: usize = 4;
/// From here on who took note fits too.
const WHO_FROM: usize = 56;

/// Draws the pane.
pub fn draw(app: &mut App, area: Rect, buffer: &mut Buffer, now: Timestamp, focus: Focus) {
    let theme = &app.theme;
    let total = app.model.alerts.entries().len();
    let (mut pen, body) = super::frame(buffer, area, theme, Pane::Alerts, "Alerts", focus);
    let open = app.model.alerts.open_count();
    let style = if open > 0 { theme.bad } else { theme.dim };
    let noted = app.model.alerts.acknowledged_count();
    pen.put_right(
        &if noted > 0 { format!("{} {noted} noted ", theme.signs.dot) } else { String::new() },
        theme.dim,
    )
    .put_right(&format!(" {open} open "), style);
    if let Some((kind, count)) = app.model.alerts.storm(|vehicle| app.model.now_of(vehicle, now)) {
        let minutes = STORM_WITHIN_S / 60.0;
        let words = format!(" {} x{count} in {minutes:.0} min ", words::plain(kind.name()));
        pen.put_right(&words, theme.warn);
    }
    let theme = &app.theme;
    if total == 0 {
        super::empty(buffer, body, theme, &["no alerts", "open ones come first, the gravest on top"]);
        return;
    }
    let seen = app.lists.alerts.window.rows(total, usize::from(body.height));
    for (line, index) in seen.clone().enumerate() {
        let entry = &app.model.alerts.entries()[index];
        let place = Rect { y: body.y + line as u16, height: 1, ..body };
        draw_alert(app, entry, place, buffer, now);
        if Some(entry.alert.id) == app.lists.alerts.at {
            let style = match focus {
                Focus::Here => theme.cursor,
                Focus::Elsewhere => theme.cursor_unfocused,
            };
            buffer.set_style(place, style);
        }
    }
    super::thumb(buffer, area, theme, seen, total);
}

fn draw_alert(app: &App, entry: &Entry, area: Rect, buffer: &mut Buffer, now: Timestamp) {
    let (theme, alert) = (&app.theme, &entry.alert);
    let (sign, style) = match (entry.standing(), &entry.note) {
        (Standing::Open, Note::Asked) => (theme.signs.acknowledged, theme.dim),
        (Standing::Open, Note::None | Note::Taken(..)) => (theme.signs.alert, theme.severity(alert.severity)),
        (Standing::Acknowledged, _) => (theme.signs.acknowledged, theme.good),
        (Standing::Over, _) => (theme.signs.over, theme.dim),
    };
    let (plain, gravity) = match entry.standing() {
        Standing::Open | Standing::Acknowledged => (theme.base, theme.severity(alert.severity)),
        Standing::Over => (theme.dim, theme.dim),
    };
    let label = app.model.vehicles.get(&alert.vehicle).map(|vehicle| vehicle.label.clone());
    let label = label.unwrap_or_else(|| text::clean(alert.vehicle.as_str()));
    let since = app.model.now_of(&alert.vehicle, now).seconds_since(alert.start);
    let wide = usize::from(area.width) >= WHO_FROM;
    let mut pen = Pen::new(buffer, area, theme);
    pen.put(sign, style).skip(1);
    if usize::from(area.width) >= SEVERITY_FROM {
        pen.cell(short(alert.severity), SEVERITY, gravity).skip(1);
    }
    pen.put_right(&text::right(&words::age(since), AGE, theme.signs.ellipsis), theme.dim)
        .put_right(" ", theme.base);
    pen.cell(&label, app.roster.label_width().clamp(7, 12), plain).skip(1);
    let what = text::clean(&words::alert(alert));
    // The figures say more than their unit.
    let what = match what.strip_suffix(" km/h") {
        Some(bare) if text::width(&what) > pen.room() => bare,
        _ => &what,
    };
    pen.put(what, plain);
    if let (true, Note::Taken(note, _)) = (wide, &entry.note) {
        let words = note.note.as_deref().map_or(String::new(), |words| format!(": {words}"));
        pen.put(&text::clean(&format!("  {}{words}", note.by)), theme.dim);
    }
}

fn short(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "med",
        Severity::High => "high",
        Severity::Critical => "crit",
    }
}
