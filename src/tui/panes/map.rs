//! The map's frame, and what the map is given to draw.

use ratatui::{buffer::Buffer, layout::Rect};
use watchtower_core::domain::{geo::LonLat, id::FenceId, position::Clock, time::Timestamp, trip::Trip};

use super::{Focus, Pen};
use crate::tui::{
    app::{App, Detail, Fences, Following, Trails},
    layout::Pane,
    map::{FenceMark, Hit, Mark, RouteMark, Scene, SketchMark, Stretch},
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
    pen.put_right(&format!(" {} ", app.map.attribution().replace('·', theme.signs.dot)), theme.head);
    if let Some(way) = way(app, now) {
        pen.put_whole(&format!(" {} {} ", theme.signs.headings[2], way.told(" straight")), theme.dim);
    }
    if app.model.vehicles.is_empty() {
        pen.put(" waiting for the first position ", theme.strong);
    }
}

/// Draws what is inside the frame.
pub fn draw_body(app: &mut App, body: Rect, buffer: &mut Buffer, now: Timestamp) {
    let model = &app.model;
    let selected = app.selected.as_ref();
    // Whom the filter leaves out is not drawn, unless it is the one looked at.
    let shown = |vehicle: &&Vehicle| app.roster.shows(&vehicle.key) || selected == Some(&vehicle.key);
    let (mut clocks, mut lively) = (model.clocks(now), false);
    let marks = model.vehicles.values().filter(shown).map(|vehicle| {
        let age = clocks.age(vehicle);
        let seen = vehicle.seen(age);
        lively |= seen.reckoned && vehicle.position.source.clock == Clock::Wall;
        Mark {
            vehicle: &vehicle.key,
            label: &vehicle.label,
            point: seen.point,
            heading: vehicle.heading(),
            motion: vehicle.motion,
            alert: !vehicle.alerts.is_empty() || model.alerts.open_on(&vehicle.key) > 0,
            selected: selected == Some(&vehicle.key),
            stale: vehicle.is_stale(age),
            reckoned: seen.reckoned,
            raised: app.beat && model.alerts.is_pressing(&vehicle.key),
        }
    });
    let mut memory = emptied(std::mem::take(&mut app.marks));
    memory.extend(marks);
    let marks = memory;
    let trail = |key: &_| model.vehicles.get(key).map(|vehicle| vehicle.trail.points());
    let trails = match app.layers.trails {
        Trails::All if model.vehicles.len() <= MOST_TRAILS => {
            model.vehicles.values().filter(shown).map(|vehicle| vehicle.trail.points()).collect()
        }
        Trails::All | Trails::Selected => selected.and_then(trail).into_iter().collect(),
        Trails::Hidden => Vec::new(),
    };
    let fences = match app.layers.fences {
        Fences::Shown => {
            let pointed = app.pointer.on_map.and_then(|(column, row)| app.map.hit(column, row));
            let singled_out = |id: &FenceId| {
                app.pinned_fence.as_ref() == Some(id)
                    || matches!(&pointed, Some(Hit::Fence(fence)) if fence == id)
            };
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
    let scene = Scene { marks, trails, fences, stays: app.layers.stays.as_ref(), route, sketch };
    let theme = match app.detail() {
        Detail::Full => &app.theme.map,
        Detail::Lean => &app.theme.lean_map,
    };
    app.map.render(&scene, theme, body, buffer);
    app.marks = emptied(scene.marks);
    app.moving.drawn(now, lively);
}

/// The memory of marks, without them: that of a hundred thousand is some megabytes, and
/// to ask the system for it anew with every frame costs more than to fill it. The empty
/// list is collected in place.
#[expect(clippy::unnecessary_filter_map, reason = "a filter would keep the marks' lifetime")]
fn emptied<'a>(mut marks: Vec<Mark<'_>>) -> Vec<Mark<'a>> {
    marks.clear();
    marks.into_iter().filter_map(|_| None).collect()
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
