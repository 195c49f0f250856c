//! The last weeks in figures: a chart of each by day, and below them the trucks, each
//! with its course.

use chrono::Days;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use watchtower_core::domain::{id::VehicleKey, time::Timestamp};

use super::{Focus, Pen};
use crate::tui::{
    analytics::{Analytics, Course, Figure, Figures, Supply, Today},
    app::{App, Target},
    layout::Pane,
    text,
    theme::Theme,
    words,
};

/// Charts are drawn from this many columns and rows on; in less each is a line.
const CHARTS_FROM: (u16, u16) = (44, 17);
/// Cells of a chart no narrower than this stand side by side.
const CHART_WIDTH: u16 = 34;
/// Rows the trucks keep beside the charts: a head and some of them.
const LEAST_ROWS: u16 = 5;
/// Rows of the highest bar.
const HIGHEST: u16 = 6;
/// Cells between charts.
const GAP: u16 = 2;
/// The name of a figure on a line of its own.
const NAME: usize = 12;
/// Columns of the table, by figure.
const COLUMN: usize = 9;
/// A sparkline takes what is left, no more than a cell a day, no less than this.
const SHORTEST_SPARK: usize = 7;

/// Draws the pane.
pub fn draw(app: &mut App, area: Rect, buffer: &mut Buffer, now: Timestamp, focus: Focus) {
    let now = app.model.event_clock().map_or(now, |(_, at)| at);
    app.analytics.see(now.local_date(app.setting.zone), &app.roster);
    app.analytics.seen = Rect::default();
    let today = Today::of(&app.model, now, app.setting.zone);
    let (mut pen, body) = super::frame(buffer, area, &app.theme, Pane::Analytics, "Analytics", focus);
    let theme = &app.theme;
    let days = app.analytics.period.days();
    let start = pen.column();
    pen.put(&format!("{days} days "), theme.key);
    let title = Rect::new(start, area.y, pen.column() - start, 1);
    match (&app.analytics.failure, app.analytics.supply) {
        (Some(failure), _) => {
            let failure =
                text::cut(&text::clean(failure), pen.room().saturating_sub(12), theme.signs.ellipsis);
            pen.put_right(&format!(" not read: {failure} "), theme.bad);
        }
        (None, Supply::Awaited) => drop(pen.put_right(" reading ", theme.warn)),
        (None, Supply::None | Supply::Here) => {}
    }
    app.shown.targets.push((title, Target::Act(crate::tui::keymap::Action::Pane(Pane::Analytics.number()))));
    let Some(figures) = app.analytics.figures.clone() else {
        let lines = without_figures(&app.analytics);
        let told: Vec<String> = Figure::ALL.iter().filter_map(|figure| told_today(*figure, today)).collect();
        let told = told.join("  ");
        let lines: Vec<&str> = lines.into_iter().chain([told.as_str()]).collect();
        super::empty(buffer, body, theme, &lines);
        return;
    };
    let whole = body.width >= CHARTS_FROM.0 && body.height >= CHARTS_FROM.1;
    let table = match whole {
        true => draw_charts(&app.theme, &figures, today, body, buffer),
        false => draw_lines(&app.theme, &figures, today, body, buffer),
    };
    draw_trucks(app, &figures, table, (area, buffer), focus);
}

fn without_figures(analytics: &Analytics) -> Vec<&'static str> {
    match (analytics.supply, &analytics.failure) {
        (Supply::None, _) => {
            vec!["no store to ask for past days", "WATCHTOWER_DATABASE_URL names the one the daemon writes"]
        }
        (Supply::Awaited | Supply::Here, Some(_)) => {
            vec!["the store gave no figures", "it is asked again in a few minutes"]
        }
        (Supply::Awaited | Supply::Here, None) => vec!["reading the figures of past days"],
    }
}

/// `distance today 320 km`.
fn told_today(figure: Figure, today: Today) -> Option<String> {
    Some(format!("{} {}", figure.name(), today.told(figure)?))
}

/// The value of each day, today's at the end where something is known of it.
fn values(figure: Figure, figures: &Figures, today: Today) -> Vec<Option<f64>> {
    let days = figures.days.iter().map(|day| figure.of(&day.as_ref()?.sum));
    days.chain([today.figure(figure)]).collect()
}

/// `62 % a day`, and what there is of today.
fn summary(figure: Figure, figures: &Figures, today: Today) -> (String, String) {
    let counted = figures.days.iter().flatten().count();
    let mean = match (counted, figure.mean(&figures.sum(), counted)) {
        (0, _) | (_, None) => "none yet".to_owned(),
        (_, Some(mean)) => match figure {
            Figure::Utilisation | Figure::Turnaround => figure.told(mean),
            Figure::Distance | Figure::Trips | Figure::Idle | Figure::Alerts => {
                format!("{} a day", figure.told(mean))
            }
        },
    };
    (mean, today.told(figure).unwrap_or_default())
}

fn style(figure: Figure, theme: &Theme) -> Style {
    match figure {
        Figure::Utilisation | Figure::Distance | Figure::Trips => theme.map.moving,
        Figure::Turnaround => theme.good,
        Figure::Idle => theme.map.idle,
        Figure::Alerts => theme.bad,
    }
}

/// Every figure as a chart; hands back what is left.
fn draw_charts(theme: &Theme, figures: &Figures, today: Today, body: Rect, buffer: &mut Buffer) -> Rect {
    let across = ((body.width + GAP) / (CHART_WIDTH + GAP)).clamp(1, 3);
    let down = (Figure::ALL.len() as u16).div_ceil(across);
    let rows = body.height.saturating_sub((body.height / 3).max(LEAST_ROWS));
    // A title, the bars, a line of days below the last of each column.
    let height = (rows.saturating_sub(1) / down).saturating_sub(1).clamp(1, HIGHEST);
    let width = (body.width - GAP * (across - 1)) / across;
    let mut bottom = body.y;
    for (index, figure) in (0..).zip(Figure::ALL) {
        let (column, row) = (index % across, index / across);
        let place = Rect {
            x: body.x + column * (width + GAP),
            y: body.y + row * (height + 1),
            width,
            height: height + 1,
        };
        draw_chart(theme, figure, figures, today, place.intersection(body), buffer);
        bottom = bottom.max(place.bottom());
        if row + 1 == down {
            let axis = Rect { y: place.bottom(), height: 1, ..place }.intersection(body);
            draw_axis(theme, figures, axis, buffer);
        }
    }
    let top = (bottom + 1).min(body.bottom());
    Rect { y: top, height: body.bottom() - top, ..body }
}

/// Cells a bar and the gap after it take, and how many of the last days have room.
fn spacing(days: usize, width: u16) -> (u16, usize) {
    // After the last there need not be a gap.
    let each = ((usize::from(width) + 1) / days.max(1)).clamp(1, 4);
    (each as u16, ((usize::from(width) + 1) / each).max(1).min(days))
}

fn draw_chart(
    theme: &Theme,
    figure: Figure,
    figures: &Figures,
    today: Today,
    area: Rect,
    buffer: &mut Buffer,
) {
    let (mean, so_far) = summary(figure, figures, today);
    let mut pen = Pen::new(buffer, area, theme);
    pen.put(figure.name(), theme.title).put(" ", theme.base).put(&mean, theme.strong);
    pen.put_whole(&format!("  {so_far}"), theme.dim);
    let values = values(figure, figures, today);
    let (each, shown) = spacing(values.len(), area.width);
    let values = &values[values.len() - shown..];
    let top = values.iter().flatten().copied().fold(0.0, f64::max);
    let (bars, height) = (theme.signs.bars, usize::from(area.height.saturating_sub(1)));
    for (index, value) in values.iter().enumerate() {
        let Some(value) = value else { continue };
        let steps = height * bars.len();
        let filled = if top > 0.0 { (value / top * steps as f64).round() as usize } else { 0 };
        let x = area.x + index as u16 * each;
        let wide = usize::from(if each > 1 { each - 1 } else { 1 });
        // What is not over is told apart from what is.
        let ink = if index + 1 == values.len() { theme.dim } else { style(figure, theme) };
        for level in 0..height {
            let part = filled.saturating_sub(level * bars.len()).min(bars.len());
            let (sign, ink) = match (part, level) {
                // A day of nothing is not a day unknown.
                (0, 0) => (bars[0], theme.dim),
                (0, _) => break,
                (part, _) => (bars[part - 1], ink),
            };
            let y = area.bottom() - 1 - level as u16;
            buffer.set_string(x, y, sign.repeat(wide), ink);
        }
    }
}

/// The first day and today, below a column of charts.
fn draw_axis(theme: &Theme, figures: &Figures, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let days = figures.days.len() + 1;
    let (each, shown) = spacing(days, area.width);
    let first = figures.from.checked_add_days(Days::new((days - shown) as u64)).unwrap_or(figures.from);
    let width = (each * shown as u16).min(area.width);
    let mut pen = Pen::new(buffer, Rect { width, ..area }, theme);
    pen.put_right("today", theme.dim).put_whole(&first.format("%-d %b").to_string(), theme.dim);
}

/// Every figure on a line; hands back what is left.
fn draw_lines(theme: &Theme, figures: &Figures, today: Today, body: Rect, buffer: &mut Buffer) -> Rect {
    let lines = (Figure::ALL.len() as u16).min(body.height);
    for (row, figure) in (0..lines).zip(Figure::ALL) {
        let place = Rect { y: body.y + row, height: 1, ..body };
        let (mean, so_far) = summary(figure, figures, today);
        let mut pen = Pen::new(buffer, place, theme);
        pen.cell(figure.name(), NAME, theme.title).skip(1);
        let line = spark(theme, &values(figure, figures, today));
        let shown = line.chars().count().min(pen.room().saturating_sub(text::width(&mean) + 2));
        let tail: String = line.chars().skip(line.chars().count() - shown).collect();
        pen.put(&tail, style(figure, theme)).skip(1).put(&mean, theme.strong);
        pen.put_whole(&format!("  {so_far}"), theme.dim);
    }
    Rect { y: body.y + lines, height: body.height - lines, ..body }
}

/// A cell a day, high as the day is beside the highest.
fn spark(theme: &Theme, values: &[Option<f64>]) -> String {
    // The highest of a row leaves a gap to the row above.
    let bars = theme.signs.bars.strip_suffix(&["█"]).unwrap_or(theme.signs.bars);
    let top = values.iter().flatten().copied().fold(0.0, f64::max);
    let cell = |value: &Option<f64>| {
        value.map_or(" ", |value| {
            let step = if top > 0.0 { (value / top * (bars.len() - 1) as f64).round() as usize } else { 0 };
            bars[step.min(bars.len() - 1)]
        })
    };
    values.iter().map(cell).collect()
}

/// The trucks, as far as there is room for some.
fn draw_trucks(
    app: &mut App,
    figures: &Figures,
    body: Rect,
    (area, buffer): (Rect, &mut Buffer),
    focus: Focus,
) {
    if body.height < 2 {
        return;
    }
    let label = app.roster.label_width().clamp(8, 14);
    let columns = columns(usize::from(body.width), label);
    draw_head(app, Rect { height: 1, ..body }, &columns, label, buffer);
    let rows = Rect { y: body.y + 1, height: body.height - 1, ..body };
    app.analytics.seen = rows;
    let total = app.analytics.rows().len();
    let selected = app.analytics.row_of(app.selected.as_ref());
    let seen = app.analytics.window.rows(total, usize::from(rows.height));
    let theme = &app.theme;
    if total == 0 {
        let why = if figures.trucks.is_empty() {
            "no day has been counted yet"
        } else {
            "the filter lets no truck through"
        };
        super::empty(buffer, rows, theme, &[why, "days are counted the night after"]);
        return;
    }
    for (line, row) in seen.clone().enumerate() {
        let Some(course) = figures.trucks.get(app.analytics.rows()[row]) else { continue };
        let place = Rect { y: rows.y + line as u16, height: 1, ..rows };
        draw_truck(app, course, place, &columns, label, buffer);
        if Some(row) == selected {
            let style = match focus {
                Focus::Here => theme.cursor,
                Focus::Elsewhere => theme.cursor_unfocused,
            };
            buffer.set_style(place, style);
        }
    }
    // The charts above do not scroll.
    let table = Rect { y: rows.y - 1, height: rows.height + 2, ..area };
    super::thumb(buffer, table, theme, seen, total);
}

/// The figures there is room for beside number and sparkline.
fn columns(width: usize, label: usize) -> Vec<Figure> {
    let room = width.saturating_sub(label + 2 + SHORTEST_SPARK);
    // What is left out first stands last.
    let wanted = [
        Figure::Distance,
        Figure::Utilisation,
        Figure::Trips,
        Figure::Turnaround,
        Figure::Idle,
        Figure::Alerts,
    ];
    let kept = &wanted[..(room / (COLUMN + 1)).min(wanted.len())];
    Figure::ALL.into_iter().filter(|figure| kept.contains(figure)).collect()
}

fn draw_head(app: &mut App, area: Rect, columns: &[Figure], label: usize, buffer: &mut Buffer) {
    let theme = &app.theme;
    let sorted = app.analytics.column;
    let sign = theme.signs.sorted[app.analytics.direction as usize];
    let mut pen = Pen::new(buffer, area, theme);
    let mut targets = Vec::new();
    let style = |column| if sorted == column { theme.title_focused } else { theme.head };
    let marked =
        |name: &str, column| if sorted == column { format!("{name}{sign}") } else { name.to_owned() };
    let start = pen.column();
    pen.cell(&marked("truck", None), label, style(None));
    targets.push((Rect::new(start, area.y, pen.column() - start, 1), Target::SortFigures(None)));
    for &figure in columns {
        pen.skip(1);
        let start = pen.column();
        pen.cell_right(&marked(figure.head(), Some(figure)), COLUMN, style(Some(figure)));
        targets.push((Rect::new(start, area.y, pen.column() - start, 1), Target::SortFigures(Some(figure))));
    }
    pen.skip(2).put(spark_name(sorted), theme.head);
    app.shown.targets.extend(targets);
}

const fn spark_name(sorted: Option<Figure>) -> &'static str {
    match sorted {
        Some(Figure::Utilisation) => "utilisation by day",
        Some(Figure::Turnaround | Figure::Distance | Figure::Trips | Figure::Idle | Figure::Alerts)
        | None => "distance by day",
    }
}

fn draw_truck(app: &App, course: &Course, area: Rect, columns: &[Figure], label: usize, buffer: &mut Buffer) {
    let theme = &app.theme;
    let vehicle = app.model.vehicles.get(&course.vehicle);
    let name = vehicle.map_or_else(|| text::clean(course.vehicle.as_str()), |vehicle| vehicle.label.clone());
    let mut pen = Pen::new(buffer, area, theme);
    pen.cell(&name, label, if vehicle.is_some() { theme.base } else { theme.dim });
    for &figure in columns {
        let value = figure.of(&course.sum).map_or(String::new(), |value| figure.told(value));
        let ink = if app.analytics.column == Some(figure) { theme.strong } else { theme.base };
        pen.skip(1).cell_right(&value, COLUMN, ink);
    }
    pen.skip(2);
    let by_use = app.analytics.column == Some(Figure::Utilisation);
    let values: Vec<Option<f64>> = course
        .days
        .iter()
        .map(|day| match (day, by_use) {
            (Some(day), true) => day.utilisation.map(f64::from),
            (Some(day), false) => Some(f64::from(day.km)),
            (None, _) => None,
        })
        .collect();
    let shown = values.len().min(pen.room());
    pen.put(&spark(theme, &values[values.len() - shown..]), theme.map.moving);
    // The day that is not over, from the live picture.
    if let Some(vehicle) = vehicle {
        pen.put_whole(&format!("  today {}", words::distance(vehicle.today)), theme.dim);
    }
}

/// The truck of the row at screen row `row`, clicked in the pane at `area`.
pub fn clicked(app: &App, area: Rect, row: u16) -> Option<VehicleKey> {
    let rows = app.analytics.seen.intersection(area);
    let line = (rows.top()..rows.bottom()).contains(&row).then(|| row - rows.top())?;
    app.analytics.vehicle(app.analytics.window.offset() + usize::from(line)).cloned()
}
