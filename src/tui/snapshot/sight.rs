//! What a frame shows: which pane, which part of the map, after which keys.

use crossterm::event::{Event as Input, KeyEvent};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect, Size},
    style::Modifier,
};
use watchtower_core::domain::{geo::LonLat, id::VehicleKey, time::Timestamp};

use super::Supplies;
use crate::tui::{
    app::{App, Overlay},
    layout::{Extent, Pane},
    listing::Window,
    mailbox::Mailbox,
};

/// A frame is not waited for longer than this, in rounds of asking and drawing.
const MOST_ROUNDS: usize = 4;

/// What of the screen is seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Seen {
    /// All panes that fit.
    #[default]
    Whole,
    /// One pane alone.
    Alone(Pane),
    /// The help over all panes.
    Help,
}

/// What to look at. Each is done in this order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sight {
    /// Which panes.
    pub seen: Seen,
    /// The truck to select, by number.
    pub select: Option<String>,
    /// The middle of the map.
    pub centre: Option<LonLat>,
    /// Its zoom.
    pub zoom: Option<f64>,
    /// Keys pressed before the frame.
    pub keys: Vec<KeyEvent>,
}

/// Why it cannot be shown.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SightError {
    /// Nobody goes by that number.
    #[error("no truck {number:?}; there are {trucks}")]
    NoTruck {
        /// As it was asked for.
        number: String,
        /// How many are known.
        trucks: usize,
    },
}

impl Seen {
    /// By the name of a pane in lower case, `all` or `help`.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let pane = Pane::ALL.into_iter().find(|pane| pane.name().to_ascii_lowercase() == name);
        match name.as_str() {
            "all" => Some(Self::Whole),
            "help" => Some(Self::Help),
            _ => pane.map(Self::Alone),
        }
    }

    /// Every name.
    pub fn names() -> Vec<String> {
        let panes = Pane::ALL.iter().map(|pane| pane.name().to_ascii_lowercase());
        ["all".to_owned()].into_iter().chain(panes).chain(["help".to_owned()]).collect()
    }
}

/// Shows it: the frame of that size at that moment, with all it asks `supplies` for.
pub async fn look(
    app: &mut App,
    sight: &Sight,
    (size, now): (Size, Timestamp),
    supplies: &mut Supplies,
) -> Result<Buffer, SightError> {
    supplies.offer(app);
    if let Seen::Alone(pane) = sight.seen {
        app.view.give_focus(pane);
        app.view.extent = Extent::Alone;
    }
    // The map fits what it shows to its size, which a first frame tells it.
    draw(app, size, now);
    if let Some(number) = &sight.select {
        let known = |key: &VehicleKey| app.model.vehicles.contains_key(key);
        let key = VehicleKey::new(number).ok().filter(known).ok_or_else(|| SightError::NoTruck {
            number: number.clone(),
            trucks: app.model.vehicles.len(),
        })?;
        app.roster.place_on(&key);
        app.select(key);
    }
    app.map.viewport.centre = sight.centre.unwrap_or(app.map.viewport.centre);
    app.map.viewport.zoom = sight.zoom.unwrap_or(app.map.viewport.zoom);
    if sight.seen == Seen::Help {
        app.overlays.open(Overlay::Help(Window::default()));
    }
    for key in &sight.keys {
        // A frame between keys, as there is for a person: what a key does may depend
        // on what is shown. Nothing comes of what one asks of the world.
        supplied(app, size, now, supplies).await;
        let _ = app.handle(&Input::Key(*key), now);
    }
    let (mut buffer, cursor) = supplied(app, size, now, supplies).await;
    if let Some(cell) = cursor.and_then(|cursor| buffer.cell_mut(cursor)) {
        cell.modifier.toggle(Modifier::REVERSED);
    }
    Ok(buffer)
}

/// A frame that lacks nothing; what came for one may show that it needs more.
async fn supplied(
    app: &mut App,
    size: Size,
    now: Timestamp,
    supplies: &mut Supplies,
) -> (Buffer, Option<Position>) {
    let mailbox = Mailbox::default();
    for _ in 0..MOST_ROUNDS {
        draw(app, size, now);
        if !supplies.fetch(app, &mailbox).await {
            break;
        }
        app.take_news(mailbox.take(), now);
    }
    draw(app, size, now)
}

fn draw(app: &mut App, size: Size, now: Timestamp) -> (Buffer, Option<Position>) {
    let area = Rect::from((Position::ORIGIN, size));
    let mut buffer = Buffer::empty(area);
    let cursor = app.draw(area, &mut buffer, now);
    (buffer, cursor)
}
