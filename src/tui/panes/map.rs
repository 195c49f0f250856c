//! The map's frame, and what the map is given to draw.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};
use watchtower_core::domain::{geo::LonLat, id::FenceId, time::Timestamp, trip::Trip};

use super::{Focus, Pen};
use crate::tui::{
    app::{App, Detail, Fences, Following, Trails},
    hyperlinks,
    layout::Pane,
    map::{FenceMark, Mark, RouteMark, Scene, SketchMark, Stretch},
    model::vehicle::Vehicle,
    words,
};

/// With more vehicles than this, only the selected one's trail is drawn: the
/// others would cover the map.
const MOST_TRAILS: usize = 400;

/// Draws the pane.
pub fn draw(app: &mut App, area: Rect, buffer: &mut Buffer, now: Timestamp, focus: Focus) {
    let body = super::inside(area);
    draw_body(app, body, buffer, now);
    let theme = &app.theme;
    let (mut pen, _) = super::frame(buffer, area, theme, Pane::Map, "Map", focus);
    let viewport = app.map.viewport;
    let pointed = app.pointer.on_map.and_then(|(column, row)| app.map.point_at(column, row));
    let point = pointed.unwrap_or(viewport.centre);
    pen.put_right(&format!(" {} ", words::coordinates(point)), theme.dim);
    pen.put_right(&format!(" z{:.1} ", viewport.zoom), theme.dim);
    if let (Following::On, Some(key)) = (app.aim.following, &app.selected)
        && let Some(vehicle) = app.model.vehicles.get(key)
    {
        pen.put(&format!("following {} ", vehicle.label), theme.key);
    }
    if let Some(passing) = app.roster.passing() {
        pen.put(&format!("{passing} of {} trucks ", app.model.vehicles.len()), theme.warn);
    }
    if body == area {
        return;
    }
    let bottom = Rect { x: area.x + 1, y: area.bottom() - 1, width: area.width - 2, height: 1 };
    let mut pen = Pen::new(buffer, bottom, theme);
    if let Some(fence) = &app.pinned_fence {
        let occupants = app.model.occupants(fence);
        let kind = app.model.fences.get(fence).map_or("", |fence| fence.kind.name());
        pen.put(&format!(" {} {} ", theme.signs.place, app.model.fence_name(fence)), theme.strong);
        let trucks = if occupants == 1 { "truck" } else { "trucks" };
        pen.put(
            &format!("{} {} {occupants} {trucks} inside ", words::plain(kind), theme.signs.dot),
            theme.dim,
        );
    }
    let (sources, room) = (format!(" {} ", app.map.attribution().replace('·', theme.signs.dot)), pen.room());
    pen.put_right(&sources, theme.head);
    let named = (pen.room() < room).then(|| pen.column() + pen.room() as u16);
    if let Some(way) = way(app, now) {
        pen.put_whole(&format!(" {} {} ", theme.signs.headings[2], way.told(" straight")), theme.dim);
    }
    if app.model.vehicles.is_empty() {
        pen.put(" waiting for the first position ", theme.strong);
    }
    if let Some(x) = named {
        app.shown.hyperlinks.extend(hyperlinks::sources(buffer, Position { x, y: bottom.y }, &sources));
    }
}

/// Draws what is inside the frame.
pub fn draw_body(app: &mut App, body: Rect, buffer: &mut Buffer, now: Timestamp) {
    let memory = std::mem::take(&mut app.marks);
    let marks = marks(app, memory, now);
    let lively = marks.iter().any(|mark| app.model.is_lively(mark));
    let model = &app.model;
    let selected = app.selected.as_ref();
    let trail = |key: &_| model.vehicles.get(key).map(|vehicle| vehicle.trail.points());
    let trails = match app.layers.trails {
        Trails::All if model.vehicles.len() <= MOST_TRAILS => {
            let shown = |(_, number): &(&Vehicle, u32)| app.roster.shows_number(*number);
            let shown = model.vehicles.values().zip(0..).filter(shown);
            shown.map(|(vehicle, _)| vehicle.trail.points()).collect()
        }
        Trails::All | Trails::Selected => selected.and_then(trail).into_iter().collect(),
        Trails::Hidden => Vec::new(),
    };
    let fences = match app.layers.fences {
        Fences::Shown => {
            let pointed = app.pointer.on_map.and_then(|(column, row)| app.map.fence_at(column, row));
            let singled_out = |id: &FenceId| app.pinned_fence.as_ref() == Some(id) || pointed == Some(id);
            let fences = model.fences.values().map(|fence| FenceMark {
                fence,
                occupants: model.occupants(&fence.id),
                singled_out: singled_out(&fence.id),
            });
            fences.collect()
        }
        Fences::Hidden => Vec::new(),
    };
    let sketch = app.overlays.drawing().map(|drawing| SketchMark {
        outline: drawing.sketch.outline(drawing.pen),
        corners: drawing.sketch.corners.clone(),
        pen: drawing.pen,
    });
    let route = route(app, now);
    let (stays, names) = (app.layers.stays.as_ref(), model.vehicles.names());
    let scene = Scene { marks: &marks, names, trails, fences, stays, route, sketch };
    let theme = match app.detail() {
        Detail::Full => &app.theme.map,
        Detail::Lean => &app.theme.lean_map,
    };
    app.map.render(&scene, theme, body, buffer);
    app.marks = marks;
    app.moving.drawn(now, lively);
}

/// Marks of the vehicles shown, in the memory of those of the last frame: whom the filter
/// leaves out is not drawn, unless it is the one looked at.
fn marks(app: &App, mut marks: Vec<Mark>, now: Timestamp) -> Vec<Mark> {
    let model = &app.model;
    let selected = app.selected.as_ref().and_then(|key| model.vehicles.number(key));
    marks.clear();
    marks.extend(model.marks(now, |number| app.roster.shows_number(number) || selected == Some(number)));
    if let Some(mark) = selected.and_then(|number| mark_of(&mut marks, number)) {
        mark.selected = true;
    }
    for (key, _) in model.alerts.open() {
        if let Some(mark) = model.vehicles.number(key).and_then(|number| mark_of(&mut marks, number)) {
            mark.alert = true;
            mark.raised = app.beat && model.alerts.is_pressing(key);
        }
    }
    marks
}

/// The mark of a vehicle among marks by number.
fn mark_of(marks: &mut [Mark], number: u32) -> Option<&mut Mark> {
    let at = marks.binary_search_by_key(&number, |mark| mark.vehicle).ok()?;
    marks.get_mut(at)
}

/// The selected truck and the ends of its trip.
pub fn selection(app: &App, now: Timestamp) -> Vec<LonLat> {
    let vehicle = app.selected.as_ref().and_then(|key| app.model.vehicles.get(key));
    let here = vehicle.map(|vehicle| app.model.seen(vehicle, now).point);
    let ends = way(app, now).map_or([None; 2], |way| way.ends);
    here.into_iter().chain(ends.into_iter().flatten()).collect()
}

/// Where the selected truck's trip goes, and how far that is.
struct Way<'a> {
    vehicle: &'a Vehicle,
    trip: &'a Trip,
    ends: [Option<LonLat>; 2],
    to: LonLat,
    name: String,
    figures: [String; 2],
}

impl Way<'_> {
    /// `Deekay Ikeja  8.4 km straight  ETA ~15:40`.
    fn told(&self, straight: &str) -> String {
        let [distance, eta] = &self.figures;
        format!("{}  {distance}{straight}{eta}", self.name)
    }
}

fn way(app: &App, now: Timestamp) -> Option<Way<'_>> {
    let model = &app.model;
    let vehicle = model.vehicles.get(app.selected.as_ref()?)?;
    let picked = app.lists.trips.at.and_then(|id| model.trips.get(&id));
    let trip = model.trip_shown(vehicle, picked)?;
    let ends = model.ends(trip);
    let to = ends[1]?;
    let left = model.left(vehicle, to, now);
    let clock = model.now_of(&vehicle.key, now);
    let eta = match (trip.arrived_at, trip.departed_at) {
        (Some(arrived), _) => format!("  arrived {}", words::moment(arrived, clock, app.setting.zone)),
        // The way of one that has not departed begins elsewhere.
        (None, None) => {
            format!("  departs {}", words::moment(trip.scheduled_departure, clock, app.setting.zone))
        }
        (None, Some(_)) => {
            let told = |eta| format!("  ETA ~{}", words::moment(eta, clock, app.setting.zone));
            left.eta.map(told).unwrap_or_default()
        }
    };
    let name = model.fence_name(&trip.delivery);
    Some(Way { vehicle, trip, ends, to, name, figures: [words::distance(left.straight), eta] })
}

/// The way of the selected truck's trip: straight, for nobody here knows the roads.
fn route(app: &App, now: Timestamp) -> Option<RouteMark> {
    let way = way(app, now)?;
    let here = app.model.seen(way.vehicle, now).point;
    let (from, to) = (way.ends[0], way.to);
    let stretch = |a, b, done| Stretch { ends: [a, b], done };
    let stretches = match (way.trip.arrived_at, way.trip.departed_at, from) {
        (Some(_), _, from) => from.map(|from| stretch(from, to, true)).into_iter().collect(),
        (None, Some(_), from) => {
            let done = from.map(|from| stretch(from, here, true));
            done.into_iter().chain([stretch(here, to, false)]).collect()
        }
        (None, None, Some(from)) => vec![stretch(here, from, false), stretch(from, to, false)],
        (None, None, None) => vec![stretch(here, to, false)],
    };
    let labels = vec![way.told(" straight"), format!("{}{}", way.name, way.figures[1]), way.name.clone()];
    Some(RouteMark { stretches, destination: to, labels })
}
