//! The fleet list.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use watchtower_core::domain::{
    id::{FenceId, VehicleKey},
    live::Motion,
    time::Timestamp,
};

use super::{Focus, Pen};
use crate::tui::{
    app::{App, Target},
    layout::Pane,
    mailbox::Link,
    map::Spot,
    model::vehicle::Vehicle,
    roster::{Column, Direction, Row},
    words,
};

/// Widths of the columns, in cells.
#[derive(Clone, Copy, Debug)]
struct Widths {
    number: usize,
    state: usize,
    driver: usize,
    place: usize,
    alerts: usize,
    age: usize,
}

/// Below this height the rows are worth more than the heads.
const HEAD_FROM: u16 = 6;
const AGE: usize = 4;
const ALERTS: usize = 2;
/// `offline 17h`.
const STATE_LONG: usize = 11;
/// `148 km/h`.
const STATE_SHORT: usize = 8;
/// The least and the most cells worth giving a name.
const NAME: std::ops::RangeInclusive<usize> = 8..=24;

impl Widths {
    /// Gives every column its place, the dearest first, names what is left.
    fn new(room: usize, longest_number: usize) -> Self {
        // The sign and the space after it.
        let mut left = room.saturating_sub(2);
        let number = longest_number.clamp(7, 12).min(left);
        left -= number;
        let mut take = |wanted: usize| {
            let taken = if wanted > 0 && left > wanted { wanted } else { 0 };
            left -= if taken > 0 { taken + 1 } else { 0 };
            (taken, left)
        };
        let (age, _) = take(AGE);
        let (short, _) = take(STATE_SHORT);
        let (alerts, rest) = take(ALERTS);
        // The word for the state grows out of the short one: no gap between.
        let more = STATE_LONG - STATE_SHORT;
        let (state, rest) = match short > 0 && rest >= more {
            true => (STATE_LONG, take(more - 1).1),
            false => (short, rest),
        };
        let name = |cells: usize| if cells < *NAME.start() { 0 } else { cells.min(*NAME.end()) };
        let two = rest / 2 >= *NAME.start() + 4;
        let driver = take(name(if two { rest / 2 } else { rest }.saturating_sub(1))).0;
        let place = if two { take(name((rest - rest / 2).saturating_sub(1))).0 } else { 0 };
        Self { number, state, driver, place, alerts, age }
    }

    fn of(&self, column: Column) -> usize {
        match column {
            Column::Number => self.number,
            Column::State => self.state,
            Column::Driver => self.driver,
            Column::Place => self.place,
            Column::Alerts => self.alerts,
            Column::Age => self.age,
        }
    }
}

/// Where the rows are inside the pane.
pub fn body(area: Rect) -> Rect {
    let inside = super::inside(area);
    let head = u16::from(inside.height >= HEAD_FROM);
    Rect { y: inside.y + head, height: inside.height - head, ..inside }
}

/// Draws the pane.
pub fn draw(app: &mut App, area: Rect, buffer: &mut Buffer, now: Timestamp, focus: Focus) {
    let total = app.roster.rows().len();
    let (mut pen, inside) = super::frame(buffer, area, &app.theme, Pane::Fleet, "Fleet", focus);
    let fleet = app.model.vehicles.len();
    let whole = app.roster.query().is_empty() && app.roster.filter().is_empty();
    let count = if whole { format!(" {fleet} ") } else { format!(" {total} of {fleet} ") };
    pen.put_right(&count, app.theme.dim);
    let widths = Widths::new(usize::from(inside.width), app.roster.label_width());
    let rows = body(area);
    if rows.y > inside.y {
        draw_head(app, Rect { height: 1, ..inside }, buffer, widths);
    }
    if total == 0 {
        match fleet {
            0 => super::empty(buffer, rows, &app.theme, &nobody(app)),
            _ => super::empty(buffer, rows, &app.theme, &["nothing matches", "Esc clears the filter"]),
        }
        return;
    }
    let seen = app.roster.window.rows(total, usize::from(rows.height));
    let cursor = app.roster.cursor_row();
    for (line, index) in seen.clone().enumerate() {
        let place = Rect { y: rows.y + line as u16, height: 1, ..rows };
        match app.roster.rows()[index].clone() {
            Row::Truck(key) => draw_truck(app, &key, place, buffer, widths, now),
            Row::Place(fence) => draw_place(app, &fence, place, buffer),
            Row::Spot(spot) => draw_spot(app, spot, place, buffer),
        }
        if cursor == Some(index) {
            let style = match focus {
                Focus::Here => app.theme.cursor,
                Focus::Elsewhere => app.theme.cursor_unfocused,
            };
            buffer.set_style(place, style);
        }
    }
    super::thumb(buffer, area, &app.theme, seen, total);
}

/// Why the list is empty, and what would fill it.
fn nobody(app: &App) -> Vec<&'static str> {
    let waiting = "waiting for a position";
    match (&app.link, &app.setting.note) {
        (Link::Connecting, _) => vec!["connecting"],
        (Link::Reconnecting { .. }, _) => vec!["connection lost", "trying again"],
        (Link::Live, Some(_)) => vec![waiting],
        (Link::Live, None) => vec![
            waiting,
            "",
            "trackers report to",
            "watchtower daemon;",
            "watchtower replay",
            "plays a recording",
        ],
    }
}

fn draw_head(app: &mut App, area: Rect, buffer: &mut Buffer, widths: Widths) {
    let theme = &app.theme;
    let mut pen = Pen::new(buffer, area, theme);
    pen.skip(2);
    if widths.driver == 0 && !app.roster.query().is_empty() {
        pen.cell(Column::Number.name(), widths.number, theme.head).skip(1).put("found by", theme.head);
        return;
    }
    for column in Column::ALL {
        let width = widths.of(column);
        if width == 0 {
            continue;
        }
        let name = match column {
            Column::Alerts => theme.signs.alert,
            Column::Number | Column::State | Column::Driver | Column::Place | Column::Age => column.name(),
        };
        let sorted = app.roster.column == column;
        let arrow = match (sorted, app.roster.direction) {
            (false, _) => "",
            (true, Direction::Natural) => theme.signs.sorted[1],
            (true, Direction::Reversed) => theme.signs.sorted[0],
        };
        let style = if sorted { theme.title } else { theme.head };
        let start = pen.column();
        match column {
            Column::Age => pen.cell_right(&format!("{name}{arrow}"), width, style),
            _ => pen.cell(&format!("{name}{arrow}"), width, style),
        };
        app.targets.push((Rect::new(start, area.y, width as u16, 1), Target::Sort(column)));
        pen.skip(1);
    }
}

fn draw_truck(
    app: &mut App,
    key: &VehicleKey,
    area: Rect,
    buffer: &mut Buffer,
    widths: Widths,
    now: Timestamp,
) {
    let (model, theme) = (&app.model, &app.theme);
    let Some(vehicle) = model.vehicles.get(key) else { return };
    let (sign, motion) = theme.motion(vehicle.motion);
    let mut pen = Pen::new(buffer, area, theme);
    pen.put(sign, motion).skip(1);
    if widths.driver == 0 && !app.roster.query().is_empty() {
        // No room for the columns that were searched: say what was found instead.
        let hits = app.roster.hits(&vehicle.label);
        pen.cell_marked(&vehicle.label, widths.number, theme.base, (&hits, theme.hit));
        let found = app.roster.why(model, vehicle);
        let hits = app.roster.hits(&found);
        let room = pen.skip(1).room();
        pen.cell_marked(&found, room, theme.dim, (&hits, theme.hit));
        return;
    }
    for column in Column::ALL {
        let width = widths.of(column);
        if width == 0 {
            continue;
        }
        let mut name = |pen: &mut Pen<'_>, text: &str, style: Style| {
            let hits = app.roster.hits(text);
            pen.cell_marked(text, width, style, (&hits, theme.hit));
        };
        match column {
            Column::Number => name(&mut pen, &vehicle.label, theme.base),
            Column::Driver => name(&mut pen, &vehicle.driver, theme.base),
            Column::Place => {
                let place = vehicle.fences.first().map(|id| model.fence_name(id)).unwrap_or_default();
                name(&mut pen, &place, theme.dim);
            }
            Column::State => {
                let since = model.now_of(key, now).seconds_since(vehicle.since);
                pen.cell(&state(vehicle, since, width), width, motion);
            }
            Column::Alerts => {
                let sign = theme.signs.alert;
                let open = match model.alerts.open_on(key).max(vehicle.alerts.len()) {
                    0 => String::new(),
                    1 => sign.to_owned(),
                    more => format!("{sign}{}", more.min(9)),
                };
                pen.cell(&open, width, theme.map.alert);
            }
            Column::Age => {
                let age = model.age(vehicle, now);
                let style = if vehicle.is_stale(age) { theme.warn } else { theme.dim };
                pen.cell_right(&words::age(age), width, style);
            }
        }
        pen.skip(1);
    }
}

/// `48 km/h`, `parked 24m`; where there is no room for the word, `park 24m`.
fn state(vehicle: &Vehicle, since: f64, width: usize) -> String {
    match (vehicle.motion, vehicle.speed()) {
        (Motion::Moving, Some(speed)) => format!("{speed:>3.0} km/h"),
        (Motion::Moving, None) => "moving".to_owned(),
        (Motion::Parked, _) if width < STATE_LONG => format!("park {}", words::age(since)),
        (Motion::Offline, _) if width < STATE_LONG => format!("off {}", words::age(since)),
        (still, _) => format!("{} {}", still.name(), words::age(since)),
    }
}

fn draw_spot(app: &mut App, spot: Spot, area: Rect, buffer: &mut Buffer) {
    let hits = app.roster.hits(spot.name());
    let theme = &app.theme;
    let mut pen = Pen::new(buffer, area, theme);
    pen.put(theme.signs.dot, theme.map.place).skip(1);
    pen.put_right(&format!(" {}", spot.kind().name()), theme.dim);
    let width = pen.room();
    pen.cell_marked(spot.name(), width, theme.base, (&hits, theme.hit));
}

fn draw_place(app: &mut App, fence: &FenceId, area: Rect, buffer: &mut Buffer) {
    let name = app.model.fence_name(fence);
    let occupants = app.model.occupants(fence);
    let hits = app.roster.hits(&name);
    let theme = &app.theme;
    let mut pen = Pen::new(buffer, area, theme);
    pen.put(theme.signs.place, theme.map.fence_occupied).skip(1);
    pen.put_right(&format!(" {occupants} inside"), theme.dim);
    let width = pen.room();
    pen.cell_marked(&name, width, theme.base, (&hits, theme.hit));
}
