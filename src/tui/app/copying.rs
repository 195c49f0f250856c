//! Copying what is selected into the clipboard of whoever sits at the terminal.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use crossterm::event::{KeyCode, KeyEvent};
use watchtower_core::domain::{geo::LonLat, time::Timestamp};

use super::{App, Effect, Gravity, Overlay};
use crate::tui::{capability::Host, text};

/// Longer texts are not put into a clipboard this way: terminals drop them silently.
const LONGEST: usize = 4_096;

/// What can be copied, by key.
pub const CHOICES: [(char, &str); 4] =
    [('t', "truck"), ('c', "coordinates"), ('l', "OpenStreetMap link"), ('g', "geo: link")];

impl App {
    pub(super) fn begin_copying(&mut self, now: Timestamp) {
        if self.selected.is_none() {
            self.tell(Gravity::Note, "select a truck first: / finds one".to_owned(), now);
            return;
        }
        self.message = None;
        self.overlays.open(Overlay::Copying);
    }

    /// The key that says what.
    pub(super) fn key_in_copying(&mut self, key: &KeyEvent, now: Timestamp) -> Option<Effect> {
        let KeyCode::Char(c) = key.code else { return None };
        self.copy(c, now)
    }

    /// Copies what stands behind a letter.
    pub(super) fn copy(&mut self, what: char, now: Timestamp) -> Option<Effect> {
        let vehicle = self.selected.as_ref().and_then(|key| self.model.vehicles.get(key))?;
        let point = vehicle.position.point;
        let copied = match what {
            't' => vehicle.label.clone(),
            'c' => format!("{:.6}, {:.6}", point.lat(), point.lon()),
            'l' => street_map(point),
            'g' => format!("geo:{:.6},{:.6}", point.lat(), point.lon()),
            _ => return None,
        };
        let told = match self.theme.capability.host {
            Host::Terminal => format!("copied: {copied}"),
            // What is behind a multiplexer cannot be known.
            Host::Multiplexer => format!("copied, if tmux or screen lets it (set-clipboard on): {copied}"),
        };
        self.tell(Gravity::Note, text::clean(&told), now);
        (copied.len() <= LONGEST).then(|| Effect::Terminal(clipboard(&copied)))
    }
}

/// Shows a place on the map everybody has.
fn street_map(point: LonLat) -> String {
    let (lat, lon) = (point.lat(), point.lon());
    format!("https://www.openstreetmap.org/?mlat={lat:.6}&mlon={lon:.6}#map=16/{lat:.6}/{lon:.6}")
}

/// OSC 52: tmux understands it itself, terminals over SSH, too.
fn clipboard(text: &str) -> Vec<u8> {
    format!("\u{1b}]52;c;{}\u{7}", STANDARD.encode(text)).into_bytes()
}
