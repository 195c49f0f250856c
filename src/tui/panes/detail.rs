//! The selected truck: what it does, where, for whom.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use watchtower_core::domain::{
    live::Motion,
    time::Timestamp,
    trip::{Trip, TripStatus},
};

use super::{Focus, Pen};
use crate::tui::{
    app::App,
    layout::Pane,
    model::{alerts::Standing, middle, vehicle::Vehicle},
    text,
    words::{self, OCTANTS},
};

/// What the sparkline covers.
const SPARK_S: f64 = 30.0 * 60.0;
/// The least speed the sparkline's top stands for.
const SPARK_TOP: f32 = 60.0;
/// Roads are longer than the straight line by about this.
const DETOUR: f64 = 1.3;
/// Cells of the longest sparkline and progress bar.
const WIDEST: usize = 48;

/// A text cut to less than this is left out.
const SHORTEST_STUMP: usize = 14;

/// Parts of a line, each with its style.
type Parts = Vec<(String, Style)>;

/// Draws the pane.
pub fn draw(app: &mut App, area: Rect, buffer: &mut Buffer, now: Timestamp, focus: Focus) {
    let vehicle = app.selected.as_ref().and_then(|key| app.model.vehicles.get(key));
    let Some(vehicle) = vehicle else {
        let (_, body) = super::frame(buffer, area, &app.theme, Pane::Truck, "Truck", focus);
        super::empty(buffer, body, &app.theme, "select a truck: / finds one");
        return;
    };
    let theme = &app.theme;
    let (mut pen, body) = super::frame(buffer, area, theme, Pane::Truck, &vehicle.label, focus);
    if !vehicle.driver.is_empty() {
        pen.put(&format!("{} ", vehicle.driver), theme.title);
    }
    let lines = lines(app, vehicle, usize::from(body.width).saturating_sub(2), now);
    let seen = app.truck_window.rows(lines.len(), usize::from(body.height));
    for (row, line) in lines[seen.clone()].iter().enumerate() {
        let place =
            Rect { x: body.x + 1, y: body.y + row as u16, width: body.width.saturating_sub(2), height: 1 };
        let mut pen = Pen::new(buffer, place, theme);
        for (text, style) in line {
            // A stump of an aside says nothing.
            if text::width(text) <= pen.room() || pen.room() >= SHORTEST_STUMP {
                pen.put(text, *style);
            }
        }
    }
    super::thumb(buffer, area, theme, seen, lines.len());
}

/// Everything known, what matters most first.
fn lines(app: &App, vehicle: &Vehicle, width: usize, now: Timestamp) -> Vec<Parts> {
    let mut lines = vec![motion(app, vehicle, now)];
    lines.extend(alerts(app, vehicle, now));
    lines.push(place(app, vehicle, now));
    lines.extend(
        app.model.trip_of(vehicle).into_iter().flat_map(|trip| trip_lines(app, vehicle, trip, width, now)),
    );
    lines.push(speeds(app, vehicle, width, now));
    lines.push(records(app, vehicle));
    lines
}

fn motion(app: &App, vehicle: &Vehicle, now: Timestamp) -> Parts {
    let theme = &app.theme;
    let (sign, style) = theme.motion(vehicle.motion);
    let mut parts = vec![(format!("{sign} {}", vehicle.motion.name()), style)];
    if let Some(speed) = vehicle.speed() {
        parts.push((format!(" {speed:.0} km/h"), theme.strong));
    }
    if let (Motion::Moving, Some(heading)) = (vehicle.motion, vehicle.heading()) {
        let octant = words::octant(heading);
        let (arrow, name) = (theme.signs.headings[octant], OCTANTS[octant]);
        let named = if arrow == name { name.to_owned() } else { format!("{arrow} {name}") };
        parts.push((format!("  {named}"), theme.base));
    }
    let since = app.model.now_of(&vehicle.key, now).seconds_since(vehicle.since);
    parts.push((format!("  for {}", words::duration(since)), theme.dim));
    parts
}

fn alerts(app: &App, vehicle: &Vehicle, now: Timestamp) -> Vec<Parts> {
    let theme = &app.theme;
    let entries = app.model.alerts.entries().iter();
    let mine: Vec<_> = entries
        .filter(|entry| entry.alert.vehicle == vehicle.key && entry.standing() != Standing::Over)
        .collect();
    let clock = app.model.now_of(&vehicle.key, now);
    let mut lines: Vec<Parts> = mine
        .iter()
        .map(|entry| {
            let (sign, style) = match entry.standing() {
                Standing::Open => (theme.signs.alert, theme.severity(entry.alert.severity)),
                Standing::Acknowledged | Standing::Over => (theme.signs.acknowledged, theme.dim),
            };
            let since = words::duration(clock.seconds_since(entry.alert.start));
            vec![
                (format!("{sign} {}", text::clean(&words::alert(&entry.alert))), style),
                (format!("  since {since}"), theme.dim),
            ]
        })
        .collect();
    // Older than the log's memory: only the kind is known.
    let unheard = vehicle.alerts.iter().filter(|kind| mine.iter().all(|entry| entry.alert.kind != **kind));
    lines.extend(
        unheard
            .map(|kind| vec![(format!("{} {}", theme.signs.alert, words::plain(kind.name())), theme.warn)]),
    );
    lines
}

fn place(app: &App, vehicle: &Vehicle, now: Timestamp) -> Parts {
    let theme = &app.theme;
    let mut parts = Parts::new();
    if !vehicle.fences.is_empty() {
        let names: Vec<String> = vehicle.fences.iter().map(|fence| app.model.fence_name(fence)).collect();
        parts.push((format!("{} {}  ", theme.signs.place, names.join(", ")), theme.map.fence_occupied));
    }
    parts.push((words::coordinates(vehicle.position.point), theme.dim));
    let age = app.model.age(vehicle, now);
    let style = if vehicle.is_stale(age) { theme.warn } else { theme.dim };
    parts.push((format!("  {} ago", words::age(age)), style));
    parts
}

fn trip_lines(app: &App, vehicle: &Vehicle, trip: &Trip, width: usize, now: Timestamp) -> Vec<Parts> {
    let theme = &app.theme;
    let style = match trip.status {
        TripStatus::Delayed | TripStatus::Failed => theme.bad,
        TripStatus::Ongoing | TripStatus::Completed => theme.good,
        TripStatus::Scheduled | TripStatus::Cancelled => theme.dim,
    };
    let mut head = vec![
        (format!("trip {}", text::clean(&trip.readable_id)), theme.base),
        (format!("  {}", trip.status.name()), style),
    ];
    if let Some(container) = &trip.container {
        head.push((format!("  {}", text::clean(container)), theme.dim));
    }
    if let Some(client) = trip.client.and_then(|id| app.model.organization(id)) {
        head.push((format!("  {client}"), theme.dim));
    }
    let mut lines = vec![head];
    let (way, figures) = progress(app, vehicle, trip, now);
    let one_line = width.saturating_sub(way.names_width() + text::width(&figures));
    if one_line >= SHORTEST_WAY {
        let mut line = way.parts(app, one_line);
        line.push((figures, theme.dim));
        lines.push(line);
    } else {
        lines.push(way.parts(app, width.saturating_sub(way.names_width())));
        if !figures.is_empty() {
            lines.push(vec![(figures.trim_start().to_owned(), theme.dim)]);
        }
    }
    lines
}

/// A trip's ends and how much of the way is done, if that can be told.
struct Way {
    names: [String; 2],
    share: Option<f64>,
}

/// A progress bar says nothing on fewer cells.
const SHORTEST_WAY: usize = 8;

impl Way {
    /// Cells of everything but the bar.
    fn names_width(&self) -> usize {
        self.names.iter().map(|name| text::width(name)).sum::<usize>() + 2
    }

    fn parts(&self, app: &App, room: usize) -> Parts {
        let theme = &app.theme;
        let mut parts = vec![(self.names[0].clone(), theme.base)];
        let room = room.min(WIDEST);
        match self.share {
            Some(share) if room >= SHORTEST_WAY => {
                let done = ((room - 1) as f64 * share).round() as usize;
                let [way, mark, ahead] = theme.signs.progress;
                parts.push((format!(" {}", way.repeat(done)), theme.good));
                parts.push((mark.to_owned(), theme.strong));
                parts.push((format!("{} ", ahead.repeat(room - 1 - done)), theme.dim));
            }
            _ => parts.push((format!(" {} ", theme.signs.headings[2]), theme.dim)),
        }
        parts.push((self.names[1].clone(), theme.base));
        parts
    }
}

/// How far a trip is, and the same in figures: `62 %  8 km to go  eta ~15:40`.
fn progress(app: &App, vehicle: &Vehicle, trip: &Trip, now: Timestamp) -> (Way, String) {
    let (model, zone) = (&app.model, app.setting.zone);
    let names = [&trip.pickup, &trip.delivery].map(|fence| model.fence_name(fence));
    let ends = [&trip.pickup, &trip.delivery].map(|fence| model.fences.get(fence).and_then(middle));
    let here = vehicle.position.point;
    let (share, figures) = match (ends, trip.arrived_at, trip.departed_at) {
        (_, Some(arrived), _) => (Some(1.0), format!("  arrived {}", words::moment(arrived, now, zone))),
        ([Some(from), Some(to)], None, Some(_)) => {
            let (done, left) = (from.distance(here), to.distance(here));
            let way = done.get() + left.get();
            let share = if way > 0.0 { done.get() / way } else { 1.0 };
            let mut figures = format!("  {:.0} %  {} to go", share * 100.0, words::distance(left));
            if let Some(speed) = mean_speed(vehicle) {
                let clock = model.now_of(&vehicle.key, now);
                let hours = left.get() / 1_000.0 * DETOUR / speed;
                let eta = clock.plus(std::time::Duration::from_secs_f64(hours * 3_600.0));
                figures.push_str(&format!("  eta ~{}", words::moment(eta, clock, zone)));
            }
            (Some(share), figures)
        }
        (_, None, None) => {
            (Some(0.0), format!("  departs {}", words::moment(trip.scheduled_departure, now, zone)))
        }
        (_, None, Some(_)) => (None, String::new()),
    };
    (Way { names, share }, figures)
}

/// The mean of the speeds driven lately, km/h; none when it hardly drove.
fn mean_speed(vehicle: &Vehicle) -> Option<f64> {
    let driven: Vec<f64> = vehicle
        .trail
        .speeds()
        .iter()
        .map(|(_, speed)| f64::from(*speed))
        .filter(|speed| *speed > 5.0)
        .collect();
    (driven.len() >= 3).then(|| driven.iter().sum::<f64>() / driven.len() as f64)
}

fn speeds(app: &App, vehicle: &Vehicle, width: usize, now: Timestamp) -> Parts {
    let theme = &app.theme;
    let samples = vehicle.trail.speeds();
    let peak = samples.iter().map(|sample| sample.1).fold(0.0, f32::max);
    let tail = format!(" max {peak:.0} km/h, 30 min");
    let cells = width.saturating_sub(6 + tail.len()).min(WIDEST);
    if samples.is_empty() || cells < 5 {
        return vec![("speed ".to_owned(), theme.dim), (format!("max {peak:.0} km/h"), theme.dim)];
    }
    let end = app.model.now_of(&vehicle.key, now).max(vehicle.position.device_time);
    let mut columns: Vec<Option<f32>> = vec![None; cells];
    for (at, speed) in samples {
        let ago = end.seconds_since(*at).max(0.0);
        if ago < SPARK_S {
            let column = cells - 1 - (ago / SPARK_S * cells as f64) as usize;
            let slot = &mut columns[column];
            *slot = Some(slot.map_or(*speed, |known| known.max(*speed)));
        }
    }
    // Between two fixes the last is what is known.
    let mut last = None;
    let bars = theme.signs.bars;
    let top = peak.max(SPARK_TOP);
    let line: String = columns
        .into_iter()
        .map(|column| {
            last = column.or(last);
            last.map_or(" ", |speed| {
                let step = (speed / top * bars.len() as f32) as usize;
                bars[step.min(bars.len() - 1)]
            })
        })
        .collect();
    vec![("speed ".to_owned(), theme.dim), (line, theme.map.moving), (tail, theme.dim)]
}

fn records(app: &App, vehicle: &Vehicle) -> Parts {
    let theme = &app.theme;
    let mut parts = vec![(format!("today {}", words::distance(vehicle.today)), theme.base)];
    let Some(truck) = app.model.truck(&vehicle.key) else { return parts };
    let facts = [
        truck.trailer_size.clone(),
        truck.company.clone(),
        (!truck.groups.is_empty()).then(|| truck.groups.join(", ")),
        truck.operating_location.clone(),
        truck.brand.clone(),
    ];
    for fact in facts.into_iter().flatten() {
        parts.push((format!(" {} {}", theme.signs.dot, text::clean(&fact)), theme.dim));
    }
    if truck.status == watchtower_core::domain::master::TruckStatus::Maintenance {
        parts.push((format!(" {} in the workshop", theme.signs.dot), theme.warn));
    }
    parts
}
