//! The map's frame, and what the map is given to draw.

use ratatui::{buffer::Buffer, layout::Rect};
use watchtower_core::domain::{id::FenceId, time::Timestamp};

use super::{Focus, Pen};
use crate::tui::{
    app::{App, Detail, Fences, Following, Trails},
    layout::Pane,
    map::{FenceMark, Hit, Mark, Scene, SketchMark},
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
    let pointed = app.pointer.and_then(|(column, row)| app.map.point_at(column, row));
    let point = pointed.unwrap_or(viewport.centre);
    pen.put_right(&format!(" {} ", words::coordinates(point)), theme.dim);
    pen.put_right(&format!(" z{:.1} ", viewport.zoom), theme.dim);
    if let (Following::On, Some(key)) = (app.following, &app.selected)
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
        let occupants = app.model.occupants().get(fence).copied().unwrap_or(0);
        let kind = app.model.fences.get(fence).map_or("", |fence| fence.kind.name());
        pen.put(&format!(" {} {} ", theme.signs.place, app.model.fence_name(fence)), theme.strong);
        let trucks = if occupants == 1 { "truck" } else { "trucks" };
        pen.put(
            &format!("{} {} {occupants} {trucks} inside ", words::plain(kind), theme.signs.dot),
            theme.dim,
        );
    }
    if app.model.vehicles.is_empty() {
        pen.put(" waiting for the first position ", theme.strong);
    }
    pen.put_right(&format!(" {} ", app.map.attribution().replace('·', theme.signs.dot)), theme.head);
}

/// Draws what is inside the frame.
pub fn draw_body(app: &mut App, body: Rect, buffer: &mut Buffer, now: Timestamp) {
    let model = &app.model;
    let selected = app.selected.as_ref();
    // Whom the filter leaves out is not drawn, unless it is the one looked at.
    let shown = |vehicle: &&Vehicle| app.roster.shows(&vehicle.key) || selected == Some(&vehicle.key);
    let marks = model.vehicles.values().filter(shown).map(|vehicle| Mark {
        vehicle: &vehicle.key,
        label: &vehicle.label,
        point: vehicle.position.point,
        heading: vehicle.heading(),
        motion: vehicle.motion,
        alert: !vehicle.alerts.is_empty() || model.alerts.open_on(&vehicle.key) > 0,
        selected: selected == Some(&vehicle.key),
        stale: vehicle.is_stale(model.age(vehicle, now)),
    });
    let trail = |key: &_| model.vehicles.get(key).map(|vehicle| vehicle.trail.points());
    let trails = match app.trails {
        Trails::All if model.vehicles.len() <= MOST_TRAILS => {
            model.vehicles.values().filter(shown).map(|vehicle| vehicle.trail.points()).collect()
        }
        Trails::All | Trails::Selected => selected.and_then(trail).into_iter().collect(),
        Trails::Hidden => Vec::new(),
    };
    let fences = match app.fences {
        Fences::Shown => {
            let occupants = model.occupants();
            let count = |id| occupants.get(id).copied().unwrap_or(0);
            let pointed = app.pointer.and_then(|(column, row)| app.map.hit(column, row));
            let singled_out = |id: &FenceId| {
                app.pinned_fence.as_ref() == Some(id)
                    || matches!(&pointed, Some(Hit::Fence(fence)) if fence == id)
            };
            let fences = model.fences.values().map(|fence| FenceMark {
                fence,
                occupants: count(&fence.id),
                singled_out: singled_out(&fence.id),
            });
            fences.collect()
        }
        Fences::Hidden => Vec::new(),
    };
    let sketch = app.drawing.as_ref().map(|drawing| SketchMark {
        outline: drawing.sketch.outline(drawing.pen),
        corners: drawing.sketch.corners.clone(),
        pen: drawing.pen,
    });
    let scene = Scene { marks: marks.collect(), trails, fences, sketch };
    let theme = match app.detail() {
        Detail::Full => &app.theme.map,
        Detail::Lean => &app.theme.lean_map,
    };
    app.map.render(&scene, theme, body, buffer);
}
