//! The trips: late ones first, then those under way, planned, over.

use ratatui::{buffer::Buffer, layout::Rect};
use watchtower_core::domain::{
    time::Timestamp,
    trip::{Trip, TripStatus},
};

use super::{Focus, Pen, detail};
use crate::tui::{app::App, layout::Pane, text, words};

/// `cancelled`, the longest.
const STATUS: usize = 9;
/// In less the sign must do.
const STATUS_FROM: usize = 64;
/// From here on the trip's own number fits too.
const ID_FROM: usize = 96;

/// Draws the pane.
pub fn draw(app: &mut App, area: Rect, buffer: &mut Buffer, now: Timestamp, focus: Focus) {
    let theme = &app.theme;
    let total = app.model.trips_in_order().len();
    let (mut pen, body) = super::frame(buffer, area, theme, Pane::Trips, "Trips", focus);
    let count = |wanted: TripStatus| app.model.trips.values().filter(|trip| trip.status == wanted).count();
    let late = count(TripStatus::Delayed);
    pen.put_right(&format!(" {} under way ", count(TripStatus::Ongoing) + late), theme.dim);
    if late > 0 {
        pen.put_right(&format!(" {late} late {}", theme.signs.dot), theme.bad);
    }
    if total == 0 {
        super::empty(buffer, body, theme, &["no trips", "planned ones appear here"]);
        return;
    }
    let seen = app.lists.trips.window.rows(total, usize::from(body.height));
    for (line, id) in app.model.trips_in_order()[seen.clone()].iter().enumerate() {
        let Some(trip) = app.model.trips.get(id) else { continue };
        let place = Rect { y: body.y + line as u16, height: 1, ..body };
        draw_trip(app, trip, place, buffer, now);
        if Some(*id) == app.lists.trips.at {
            let style = match focus {
                Focus::Here => theme.cursor,
                Focus::Elsewhere => theme.cursor_unfocused,
            };
            buffer.set_style(place, style);
        }
    }
    super::thumb(buffer, area, theme, seen, total);
}

fn draw_trip(app: &App, trip: &Trip, area: Rect, buffer: &mut Buffer, now: Timestamp) {
    let (theme, model) = (&app.theme, &app.model);
    let (sign, style) = theme.trip(trip.status);
    let vehicle = model.vehicles.get(&trip.vehicle);
    let label = vehicle.map_or_else(|| text::clean(trip.vehicle.as_str()), |vehicle| vehicle.label.clone());
    let plain = if trip.status.is_over() { theme.dim } else { theme.base };
    let width = usize::from(area.width);
    let mut pen = Pen::new(buffer, area, theme);
    pen.put(sign, style).skip(1);
    if width >= STATUS_FROM {
        pen.cell(trip.status.name(), STATUS, style).skip(1);
    }
    pen.cell(&label, app.roster.label_width().clamp(7, 12), plain).skip(1);
    let [from, to] = [&trip.pickup, &trip.delivery].map(|fence| model.fence_name(fence));
    let way = format!("{from} {} {to}", theme.signs.headings[2]);
    // The whole of the figures, or what they begin with.
    let clock = model.now_of(&trip.vehicle, now);
    let figures = figures(app, trip, clock);
    let brief = figures.split("  ").next().unwrap_or_default();
    let whole = text::width(&way) + 2 + text::width(&figures) <= pen.room();
    pen.put_right(if whole { &figures } else { brief }, theme.dim);
    if width >= ID_FROM && text::width(&way) + 2 + text::width(&trip.readable_id) <= pen.room() {
        pen.put_right(&format!("{}  ", text::clean(&trip.readable_id)), theme.dim);
    }
    // Where it is going matters more than where it comes from.
    let way = if text::width(&way) < pen.room() { way } else { format!("{} {to}", theme.signs.headings[2]) };
    let room = pen.room().saturating_sub(1);
    pen.cell(&way, room, plain);
}

/// What is known of when: `62 %  8 km left  ETA ~15:40`, `departs 14:00`, `offloaded 12:20`.
fn figures(app: &App, trip: &Trip, now: Timestamp) -> String {
    let zone = app.setting.zone;
    let moment = |word: &str, at: Option<Timestamp>| {
        at.map_or(word.to_owned(), |at| format!("{word} {}", words::moment(at, now, zone)))
    };
    match trip.status {
        TripStatus::Completed => match trip.returned_at {
            Some(back) => moment("back", Some(back)),
            None => moment("offloaded", trip.offloaded_at),
        },
        TripStatus::Cancelled | TripStatus::Failed => trip.status.name().to_owned(),
        TripStatus::Delayed if trip.departed_at.is_none() => {
            let late = now.seconds_since(trip.scheduled_departure);
            format!("{} late", words::duration(late))
        }
        TripStatus::Scheduled | TripStatus::Ongoing | TripStatus::Delayed => {
            match app.model.vehicles.get(&trip.vehicle) {
                Some(vehicle) => detail::progress(app, vehicle, trip, now).1,
                None => moment("departs", Some(trip.scheduled_departure)),
            }
        }
    }
}
