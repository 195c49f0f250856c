//! The fleet list.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use watchtower_core::domain::{
    id::{FenceId, VehicleKey},
    live::Motion,
    time::Timestamp,
    units::Heading,
};

mod widths;

use self::widths::{STATE_LONG, Widths};
use super::{Focus, Pen};
use crate::tui::{
    app::{App, Target},
    layout::Pane,
    mailbox::Link,
    map::Spot,
    model::vehicle::Vehicle,
    roster::{self, Column, Direction, Row},
    text, words,
};

/// Below this height the rows are worth more than the heads.
const HEAD_FROM: u16 = 6;
/// Where the rows are inside the pane.
pub fn body(area: Rect) -> Rect {
    let inside = super::inside(area);
    let head = u16::from(inside.height >= HEAD_FROM);
    Rect { y: inside.y + head, height: inside.height - head, ..inside }
}

/// Draws the pane.
pub fn draw(app: &mut App, area: Rect, buffer: &mut Buffer, now: Timestamp, focus: Focus) {
    let total = app.roster.len();
    let (mut pen, inside) = super::frame(buffer, area, &app.theme, Pane::Fleet, "Fleet", focus);
    let fleet = app.model.vehicles.len();
    let whole = app.roster.query().is_empty() && app.roster.filter().is_empty();
    let count = if whole { format!(" {fleet} ") } else { format!(" {total} of {fleet} ") };
    pen.put_right(&count, app.theme.dim);
    let widths = Widths::new(&app.roster.columns, usize::from(inside.width), app.roster.label_width());
    let rows = body(area);
    if rows.y > inside.y {
        draw_head(app, Rect { height: 1, ..inside }, buffer, &widths);
    }
    if total == 0 {
        match fleet {
            0 => super::empty(buffer, rows, &app.theme, &nobody(app)),
            _ => super::empty(buffer, rows, &app.theme, &["nothing matches", "Esc clears the filter"]),
        }
        return;
    }
    let seen = app.roster.window.rows(total, usize::from(rows.height));
    for (line, index) in seen.clone().enumerate() {
        let place = Rect { y: rows.y + line as u16, height: 1, ..rows };
        let Some(row) = app.roster.row(index) else { continue };
        let has_cursor = app.roster.cursor.as_ref() == Some(&row);
        match row {
            Row::Truck(key) => draw_truck(app, &key, place, buffer, &widths, now),
            Row::Place(fence) => draw_place(app, &fence, place, buffer),
            Row::Spot(spot) => draw_spot(app, spot, place, buffer),
        }
        if has_cursor {
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
    match (&app.connection.link, &app.setting.note) {
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

fn draw_head(app: &mut App, area: Rect, buffer: &mut Buffer, widths: &Widths) {
    let theme = &app.theme;
    let mut pen = Pen::new(buffer, area, theme);
    pen.skip(2);
    if !widths.name_drivers() && !app.roster.query().is_empty() {
        pen.cell(Column::Number.name(), widths.number(), theme.head).skip(1).put("found by", theme.head);
        return;
    }
    for &(column, width) in widths.shown() {
        let name = if column == Column::Alerts { theme.signs.alert } else { column.name() };
        let sorted = app.roster.column == column;
        let arrow = match (sorted, app.roster.direction) {
            (false, _) => "",
            (true, Direction::Natural) => theme.signs.sorted[1],
            (true, Direction::Reversed) => theme.signs.sorted[0],
        };
        let style = if sorted { theme.title } else { theme.head };
        let start = pen.column();
        let head = format!("{name}{arrow}");
        if is_right(column) {
            pen.cell_right(&head, width, style)
        } else {
            pen.cell(&head, width, style)
        };
        app.shown.targets.push((Rect::new(start, area.y, width as u16, 1), Target::Sort(column)));
        pen.skip(1);
    }
}

fn draw_truck(
    app: &mut App,
    key: &VehicleKey,
    area: Rect,
    buffer: &mut Buffer,
    widths: &Widths,
    now: Timestamp,
) {
    let (model, theme) = (&app.model, &app.theme);
    let Some(vehicle) = model.vehicles.get(key) else { return };
    let (sign, motion) = theme.motion(vehicle.motion);
    let mut pen = Pen::new(buffer, area, theme);
    pen.put(sign, motion).skip(1);
    if !widths.name_drivers() && !app.roster.query().is_empty() {
        // No room for the columns that were searched: say what was found instead.
        let hits = app.roster.hits(&vehicle.label);
        pen.cell_marked(&vehicle.label, widths.number(), theme.base, (&hits, theme.hit));
        let found = app.roster.why(model, vehicle);
        let hits = app.roster.hits(&found);
        let room = pen.skip(1).room();
        pen.cell_marked(&found, room, theme.dim, (&hits, theme.hit));
        return;
    }
    for &(column, width) in widths.shown() {
        let (text, style) = cell(app, vehicle, column, width, now);
        if is_right(column) {
            pen.cell_right(&text, width, style);
        } else {
            let is_searched =
                !matches!(column, Column::State | Column::Alerts | Column::Heading | Column::Engine);
            let hits = if is_searched { app.roster.hits(&text) } else { Vec::new() };
            pen.cell_marked(&text, width, style, (&hits, app.theme.hit));
        }
        pen.skip(1);
    }
}

/// Figures end under each other.
const fn is_right(column: Column) -> bool {
    match column {
        Column::Speed | Column::Since | Column::Today | Column::Age => true,
        Column::Number
        | Column::State
        | Column::Heading
        | Column::Engine
        | Column::Driver
        | Column::Trip
        | Column::Container
        | Column::Group
        | Column::Company
        | Column::Place
        | Column::Alerts => false,
    }
}

/// What a column says of a truck.
fn cell(app: &App, vehicle: &Vehicle, column: Column, width: usize, now: Timestamp) -> (String, Style) {
    let (model, theme) = (&app.model, &app.theme);
    let since = model.now_of(&vehicle.key, now).seconds_since(vehicle.since);
    match column {
        Column::Number => (vehicle.label.clone(), theme.base),
        Column::State => (state(vehicle, since, width), theme.motion(vehicle.motion).1),
        Column::Speed => {
            (vehicle.speed().map_or_else(String::new, |speed| format!("{speed:.0}")), theme.base)
        }
        Column::Since => (words::age(since), theme.dim),
        Column::Heading => (vehicle.heading().map_or_else(String::new, |it| heading(app, it)), theme.base),
        Column::Engine => {
            let word = |is_on| if is_on { "on" } else { "off" };
            (vehicle.position.ignition.map_or("", word).to_owned(), theme.dim)
        }
        Column::Driver => (vehicle.driver.clone(), theme.base),
        Column::Trip => (text::clean(&roster::readable_id(model, vehicle)), theme.base),
        Column::Container => (text::clean(&roster::container(model, vehicle)), theme.base),
        Column::Group => (text::clean(&roster::groups(model, vehicle)), theme.dim),
        Column::Company => (text::clean(&roster::company(model, vehicle)), theme.dim),
        Column::Place => (text::clean(&roster::place(model, vehicle)), theme.dim),
        Column::Today => (words::distance(vehicle.today), theme.base),
        Column::Alerts => {
            let sign = theme.signs.alert;
            let open = match roster::open_alerts(model, vehicle) {
                0 => String::new(),
                1 => sign.to_owned(),
                more => format!("{sign}{}", more.min(9)),
            };
            (open, theme.map.alert)
        }
        Column::Age => {
            let age = model.age(vehicle, now);
            (words::age(age), if vehicle.is_stale(age) { theme.warn } else { theme.dim })
        }
    }
}

/// `↗ NE`.
fn heading(app: &App, heading: Heading) -> String {
    let octant = words::octant(heading);
    let (arrow, name) = (app.theme.signs.headings[octant], words::OCTANTS[octant]);
    if arrow == name { name.to_owned() } else { format!("{arrow} {name}") }
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
