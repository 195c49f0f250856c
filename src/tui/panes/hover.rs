//! What the pointer is on, in a few words beside it: never over the cell it points at.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    widgets::{Block, Clear, Widget},
};
use watchtower_core::domain::{
    id::{FenceId, VehicleKey},
    live::Motion,
    time::Timestamp,
};

use super::Pen;
use crate::tui::{app::App, layout::Pane, map::Hit, text, theme::Theme, words};

/// Cells of the widest box, its frame included.
const WIDEST: usize = 44;
/// Trucks named of those in a fence or a cluster.
const NAMED: usize = 4;

/// A line: its parts, each with its style.
type Line = Vec<(String, Style)>;

/// Draws the box, if the pointer rests on something of the map and there is room.
pub fn draw(app: &App, buffer: &mut Buffer, now: Timestamp) {
    let Some((column, row)) = app.pointer.on_map else { return };
    let Some(area) = app.shown.layout.of(Pane::Map) else { return };
    let lines = match app.map.hit(column, row) {
        Some(Hit::Vehicle(vehicle)) => of_vehicle(app, &vehicle, now),
        Some(Hit::Cluster(vehicles)) => of_cluster(app, vehicles),
        Some(Hit::Fence(fence)) => of_fence(app, &fence),
        None => return,
    };
    let width = lines.iter().map(|line| line.iter().map(|(text, _)| text::width(text)).sum::<usize>()).max();
    let width = (width.unwrap_or(0) + 4).min(WIDEST);
    let Some(place) = beside((column, row), (width as u16, lines.len() as u16 + 2), super::inside(area))
    else {
        return;
    };
    let theme = &app.theme;
    Clear.render(place, buffer);
    buffer.set_style(place, theme.base);
    Block::bordered().border_set(theme.frame).border_style(theme.border).render(place, buffer);
    for (index, line) in lines.iter().enumerate() {
        let inside =
            Rect { x: place.x + 2, y: place.y + 1 + index as u16, width: place.width - 4, height: 1 };
        let mut pen = Pen::new(buffer, inside, theme);
        for (text, style) in line {
            pen.put(text, *style);
        }
    }
}

/// A place of this size near a cell and clear of it: below to the right, else below to the
/// left, above, or to one side.
fn beside(pointer: (u16, u16), size: (u16, u16), area: Rect) -> Option<Rect> {
    let (column, row) = (i32::from(pointer.0), i32::from(pointer.1));
    let (width, height) = (i32::from(size.0), i32::from(size.1));
    let [right, left] = [column + 2, column - 1 - width];
    let [below, above] = [row + 1, row - height];
    let held = (column - width / 2)
        .clamp(area.left().into(), (i32::from(area.right()) - width).max(area.left().into()));
    let level = (row - height / 2)
        .clamp(area.top().into(), (i32::from(area.bottom()) - height).max(area.top().into()));
    let places = [
        (right, below),
        (left, below),
        (right, above),
        (left, above),
        (held, below),
        (held, above),
        (right, level),
        (left, level),
    ];
    places.into_iter().find_map(|(x, y)| {
        let place =
            Rect { x: u16::try_from(x).ok()?, y: u16::try_from(y).ok()?, width: size.0, height: size.1 };
        (area.intersection(place) == place && !place.is_empty()).then_some(place)
    })
}

fn of_vehicle(app: &App, key: &VehicleKey, now: Timestamp) -> Vec<Line> {
    let (model, theme) = (&app.model, &app.theme);
    let Some(vehicle) = model.vehicles.get(key) else { return Vec::new() };
    let (sign, style) = theme.motion(vehicle.motion);
    let mut head = vec![(format!("{sign} "), style), (vehicle.label.clone(), theme.strong)];
    if !vehicle.driver.is_empty() {
        head.push((format!("  {}", vehicle.driver), theme.base));
    }
    let age = model.age(vehicle, now);
    let motion = match vehicle.speed() {
        Some(speed) => format!("{speed:.0} km/h"),
        None => {
            let since = model.now_of(key, now).seconds_since(vehicle.since);
            format!("{} {}", vehicle.motion.name(), words::duration(since))
        }
    };
    let freshness = if vehicle.is_stale(age) { theme.warn } else { theme.dim };
    let mut second = vec![(motion, style), (format!("  {} ago", words::age(age)), freshness)];
    if vehicle.seen(age).reckoned {
        second.push((format!("  {} drawn ahead", theme.signs.ahead), theme.dim));
    }
    let mut lines = vec![head, second];
    if let Some(trip) = model.trip_of(vehicle) {
        let mut line = vec![(trip.status.name().to_owned(), theme.trip(trip.status).1)];
        line.push((format!(" {} {}", theme.signs.headings[2], model.fence_name(&trip.delivery)), theme.base));
        let eta = model.ends(trip)[1].and_then(|to| model.left(vehicle, to, now).eta);
        if let (Some(eta), None) = (eta, trip.arrived_at) {
            let clock = model.now_of(key, now);
            line.push((format!("  ETA ~{}", words::moment(eta, clock, app.setting.zone)), theme.dim));
        }
        lines.push(line);
    }
    let open = model.alerts.open_on(key).max(vehicle.alerts.len());
    if open > 0 {
        let words = if open == 1 { "alert" } else { "alerts" };
        lines.push(vec![(format!("{} {open} {words} open", theme.signs.alert), theme.bad)]);
    }
    lines
}

fn of_cluster(app: &App, mut keys: Vec<VehicleKey>) -> Vec<Line> {
    let theme = &app.theme;
    let vehicles = keys.iter().filter_map(|key| app.model.vehicles.get(key));
    let mut counts = [0_usize; 4];
    vehicles.for_each(|vehicle| counts[vehicle.motion as usize] += 1);
    let mut motions = Line::new();
    for (motion, count) in Motion::ALL.iter().zip(counts).filter(|(_, count)| *count > 0) {
        let (sign, style) = theme.motion(*motion);
        let gap = if motions.is_empty() { "" } else { "  " };
        motions.push((format!("{gap}{sign}{count} {}", motion.name()), style));
    }
    let head = vec![
        (format!("{} trucks", keys.len()), theme.strong),
        ("  a click goes closer".to_owned(), theme.dim),
    ];
    let count = keys.len();
    // Most are not named: they need no order, and may be all of a large fleet.
    if count > NAMED {
        keys.select_nth_unstable(NAMED);
        keys.truncate(NAMED);
    }
    keys.sort_unstable();
    let labels = keys.iter().filter_map(|key| app.model.vehicles.get(key)).map(|v| v.label.as_str());
    vec![head, motions, named(theme, labels, count)]
}

fn of_fence(app: &App, id: &FenceId) -> Vec<Line> {
    let (model, theme) = (&app.model, &app.theme);
    let kind = model.fences.get(id).map_or(String::new(), |fence| words::plain(fence.kind.name()));
    let head = vec![
        (format!("{} {}", theme.signs.place, model.fence_name(id)), theme.strong),
        (format!("  {kind}"), theme.dim),
    ];
    let mut inside: Vec<&str> = model
        .vehicles
        .values()
        .filter(|vehicle| vehicle.fences.contains(id))
        // Nobody is looked for behind the last, nor in a fence that is empty.
        .take(model.occupants(id))
        .map(|vehicle| vehicle.label.as_str())
        .collect();
    inside.sort_unstable();
    let trucks = if inside.len() == 1 { "truck" } else { "trucks" };
    let count = vec![(format!("{} {trucks} inside", inside.len()), theme.base)];
    let names = named(theme, inside.iter().copied(), inside.len());
    if inside.is_empty() { vec![head, count] } else { vec![head, count, names] }
}

/// The first few of many.
fn named<'a>(theme: &Theme, labels: impl Iterator<Item = &'a str>, count: usize) -> Line {
    let mut names = labels.take(NAMED).collect::<Vec<_>>().join(" ");
    if count > NAMED {
        names.push_str(&format!(" +{}", count - NAMED));
    }
    vec![(names, theme.dim)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_never_covers_the_cell_and_stays_in_its_pane() {
        let area = Rect::new(3, 2, 60, 20);
        let mut placed = 0;
        for (column, row) in area.positions().map(|at| (at.x, at.y)) {
            for size in [(10, 3), (44, 6), (58, 5), (60, 20), (0, 0)] {
                if let Some(place) = beside((column, row), size, area) {
                    assert!(!place.contains((column, row).into()), "{place:?} {column},{row}");
                    assert_eq!(area.intersection(place), place);
                    placed += 1;
                }
            }
        }
        assert!(placed > 2 * 60 * 20, "{placed}");
        assert_eq!(beside((0, 0), (10, 3), Rect::new(0, 0, 9, 9)), None);
    }
}
