//! The selected truck: what it does, where, for whom.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use watchtower_core::domain::{live::Motion, time::Timestamp, trip::Trip};

use super::{Focus, Pen};
use crate::tui::{
    app::{Access, App},
    layout::Pane,
    model::{alerts::Standing, vehicle::Vehicle},
    text,
    theme::Theme,
    words::{self, OCTANTS},
};

/// What the sparkline covers.
const SPARK_S: f64 = 30.0 * 60.0;
/// The sparkline's top stands for a multiple of this, and no less than twice it.
const SPARK_STEP: f32 = 30.0;
/// In less than this a sparkline shows no course.
const SHORTEST_SPARK: usize = 12;
/// Cells of the longest sparkline and progress bar.
const WIDEST: usize = 48;
/// Cells of the words that begin most lines.
const LABEL: usize = 7;

/// A text cut to less than this is left out.
const SHORTEST_STUMP: usize = 14;

/// Parts of a line, each with its style.
type Parts = Vec<(String, Style)>;

/// Draws the pane.
pub fn draw(app: &mut App, area: Rect, buffer: &mut Buffer, now: Timestamp, focus: Focus) {
    let vehicle = app.selected.as_ref().and_then(|key| app.model.vehicles.get(key));
    let Some(vehicle) = vehicle else {
        let (_, body) = super::frame(buffer, area, &app.theme, Pane::Truck, "Truck", focus);
        super::empty(buffer, body, &app.theme, &["no truck selected", "/ finds one, a click picks one"]);
        return;
    };
    let theme = &app.theme;
    let (mut pen, body) = super::frame(buffer, area, theme, Pane::Truck, &vehicle.label, focus);
    if !vehicle.driver.is_empty() {
        pen.put(&format!("{} ", vehicle.driver), theme.title);
    }
    let lines = lines(app, vehicle, usize::from(body.width).saturating_sub(2), now);
    let seen = app.lists.truck.rows(lines.len(), usize::from(body.height));
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
    let theme = &app.theme;
    let room = width.saturating_sub(LABEL);
    let mut lines = vec![motion(app, vehicle, now)];
    lines.extend(alerts(app, vehicle, now));
    if let Some(trip) = app.model.trip_of(vehicle) {
        let mut label = "way";
        for parts in way_lines(app, vehicle, trip, room, now) {
            lines.push(labelled(theme, std::mem::take(&mut label), parts));
        }
        lines.push(labelled(theme, "trip", trip_parts(app, trip)));
    }
    lines.push(labelled(theme, "at", place(app, vehicle, now)));
    lines.push(labelled(theme, "speed", speeds(app, vehicle, room, now)));
    let today = vec![(words::distance(vehicle.today), theme.base), (" driven".to_owned(), theme.dim)];
    lines.push(labelled(theme, "today", today));
    let lists = [("driver", driver(app, vehicle, room)), ("truck", records(app, vehicle))];
    lines.extend(
        lists
            .into_iter()
            .filter(|(_, parts)| !parts.is_empty())
            .map(|(label, parts)| labelled(theme, label, parts)),
    );
    lines
}

fn labelled(theme: &Theme, label: &str, parts: Parts) -> Parts {
    std::iter::once((text::left(label, LABEL, ""), theme.head)).chain(parts).collect()
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
    let age = app.model.age(vehicle, now);
    let style = if vehicle.is_stale(age) { theme.warn } else { theme.base };
    parts.push((format!("{} ago", words::age(age)), style));
    parts.push((format!("  {}", words::coordinates(vehicle.position.point)), theme.dim));
    parts
}

fn trip_parts(app: &App, trip: &Trip) -> Parts {
    let theme = &app.theme;
    let mut parts = vec![(trip.status.name().to_owned(), theme.trip(trip.status).1)];
    if let Some(container) = &trip.container {
        parts.push((format!("  {}", text::clean(container)), theme.base));
    }
    parts.push((format!("  {}", text::clean(&trip.readable_id)), theme.dim));
    if let Some(client) = trip.client.and_then(|id| app.model.organization(id)) {
        parts.push((format!("  {client}"), theme.dim));
    }
    parts
}

/// From where to where, how far it is and when it will be there: on one line, on
/// two where one is too short.
fn way_lines(app: &App, vehicle: &Vehicle, trip: &Trip, room: usize, now: Timestamp) -> Vec<Parts> {
    let theme = &app.theme;
    let (way, figures) = progress(app, vehicle, trip, now);
    let [from, to] = way.names.each_ref().map(|name| (name.clone(), theme.base));
    let figures = |gap: &str| (format!("{gap}{figures}"), theme.base);
    let free =
        room.saturating_sub(text::width(&from.0) + text::width(&to.0) + 2 + text::width(&figures("  ").0));
    if let (true, Some(mut bar)) = (free >= SHORTEST_WAY, way.bar(app, free)) {
        bar.insert(0, (" ".to_owned(), theme.dim));
        bar.push((" ".to_owned(), theme.dim));
        let ends = (vec![from], vec![to, figures("  ")]);
        return vec![ends.0.into_iter().chain(bar).chain(ends.1).collect()];
    }
    // Where it is going matters more than where it comes from.
    let most = room.saturating_sub(3 + text::width(&to.0)).max(room / 3);
    let from = (text::cut(&from.0, most, theme.signs.ellipsis), from.1);
    let names = vec![from, (format!(" {} ", theme.signs.headings[2]), theme.dim), to];
    let free = room.saturating_sub(text::width(&figures("  ").0));
    let second: Parts = match way.bar(app, free) {
        Some(bar) if free >= SHORTEST_WAY => bar.into_iter().chain([figures("  ")]).collect(),
        _ => vec![figures("")],
    };
    std::iter::once(names).chain((!second[0].0.is_empty()).then_some(second)).collect()
}

/// A trip's ends and how much of the way is done, if that can be told.
pub(super) struct Way {
    pub(super) names: [String; 2],
    share: Option<f64>,
}

/// A progress bar says nothing on fewer cells.
const SHORTEST_WAY: usize = 8;

impl Way {
    /// The way done and the way ahead, in at most `room` cells.
    fn bar(&self, app: &App, room: usize) -> Option<Parts> {
        let (theme, room) = (&app.theme, room.clamp(1, WIDEST));
        let done = ((room - 1) as f64 * self.share?).round() as usize;
        let [way, mark, ahead] = theme.signs.progress;
        Some(vec![
            (way.repeat(done), theme.good),
            (mark.to_owned(), theme.strong),
            (ahead.repeat(room - 1 - done), theme.dim),
        ])
    }
}

/// How far a trip is, and the same in figures: `62 %  8 km left  ETA ~15:40`.
pub(super) fn progress(app: &App, vehicle: &Vehicle, trip: &Trip, now: Timestamp) -> (Way, String) {
    let (model, zone) = (&app.model, app.setting.zone);
    let names = [&trip.pickup, &trip.delivery].map(|fence| model.fence_name(fence));
    let ends = model.ends(trip);
    let here = vehicle.position.point;
    let (share, figures) = match (ends, trip.arrived_at, trip.departed_at) {
        (_, Some(arrived), _) => (Some(1.0), format!("arrived {}", words::moment(arrived, now, zone))),
        ([Some(from), Some(to)], None, Some(_)) => {
            let (done, left) = (from.distance(here), model.left(vehicle, to, now));
            let way = done.get() + left.straight.get();
            let share = if way > 0.0 { done.get() / way } else { 1.0 };
            let mut figures = format!("{:.0} %  {} left", share * 100.0, words::distance(left.straight));
            if let Some(eta) = left.eta {
                let clock = model.now_of(&vehicle.key, now);
                figures.push_str(&format!("  ETA ~{}", words::moment(eta, clock, zone)));
            }
            if let Some(promised) = trip.promised_arrival {
                let clock = model.now_of(&vehicle.key, now);
                figures.push_str(&format!("  promised {}", words::moment(promised, clock, zone)));
            }
            (Some(share), figures)
        }
        (_, None, None) => {
            (Some(0.0), format!("departs {}", words::moment(trip.scheduled_departure, now, zone)))
        }
        (_, None, Some(_)) => (None, String::new()),
    };
    (Way { names, share }, figures)
}

fn speeds(app: &App, vehicle: &Vehicle, width: usize, now: Timestamp) -> Parts {
    let theme = &app.theme;
    let samples = vehicle.trail.speeds();
    let peak = samples.iter().map(|sample| sample.1).fold(0.0, f32::max);
    let top = ((peak / SPARK_STEP).ceil() * SPARK_STEP).max(2.0 * SPARK_STEP);
    let mut tail = format!(" 0-{top:.0} km/h, 30 min, max {peak:.0}");
    if width < tail.len() + SHORTEST_SPARK {
        tail = format!(" 0-{top:.0} km/h, 30 min");
    }
    let cells = width.saturating_sub(tail.len()).min(WIDEST);
    if samples.is_empty() || cells < 5 {
        return vec![(format!("max {peak:.0} km/h"), theme.dim)];
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
    vec![(line, theme.map.moving), (tail, theme.dim)]
}

/// Who drives, and how to call them; a wall screen tells nobody's number.
fn driver(app: &App, vehicle: &Vehicle, room: usize) -> Parts {
    let theme = &app.theme;
    let Some(driver) = app.model.driver_of(vehicle) else { return Parts::new() };
    let mut parts = vec![(text::clean(&driver.name), theme.base)];
    if let (Access::Dispatch, Some(phone)) = (app.setting.access, &driver.phone) {
        let phone = text::clean(phone);
        // The pane's title has the name; half a number calls nobody.
        if text::width(&parts[0].0) + 2 + text::width(&phone) > room {
            return vec![(phone, theme.base)];
        }
        parts.push((format!("  {phone}"), theme.base));
    }
    parts
}

fn records(app: &App, vehicle: &Vehicle) -> Parts {
    let theme = &app.theme;
    let Some(truck) = app.model.truck(&vehicle.key) else { return Parts::new() };
    let mut parts = Parts::new();
    let facts = [
        truck.trailer_size.clone(),
        truck.company.clone(),
        (!truck.groups.is_empty()).then(|| truck.groups.join(", ")),
        truck.operating_location.clone(),
        truck.brand.clone(),
    ];
    for fact in facts.into_iter().flatten() {
        let gap = if parts.is_empty() { String::new() } else { format!(" {} ", theme.signs.dot) };
        parts.push((format!("{gap}{}", text::clean(&fact)), theme.dim));
    }
    if truck.status == watchtower_core::domain::master::TruckStatus::Maintenance {
        parts.push(("  in the workshop".to_owned(), theme.warn));
    }
    parts
}
