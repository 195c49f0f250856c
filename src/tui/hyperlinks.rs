//! Text on the screen that leads somewhere: what a terminal opens that understands OSC 8.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};
use watchtower_core::domain::geo::LonLat;

use super::text;

/// Whose data the map draws, and where they tell of it.
const SOURCES: [(&str, &str); 2] = [
    ("Natural Earth", "https://www.naturalearthdata.com/"),
    ("OpenStreetMap", "https://www.openstreetmap.org/copyright"),
];

/// A run of cells on one line that leads somewhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hyperlink {
    /// Its first cell.
    pub at: Position,
    /// Cells it covers.
    pub width: u16,
    /// Where it leads, in ASCII without blanks.
    pub address: String,
    /// What was written there when it was made.
    written: String,
}

impl Hyperlink {
    /// What is written in `frame` from `at` on, `width` cells of it, leads to `address`.
    pub fn new(frame: &Buffer, at: Position, width: u16, address: String) -> Self {
        Self { at, width, address, written: written(frame, at, width) }
    }

    /// Whether it is still seen, and nothing has been drawn over it.
    pub fn stands(&self, frame: &Buffer) -> bool {
        written(frame, self.at, self.width) == self.written
    }
}

fn written(frame: &Buffer, at: Position, width: u16) -> String {
    let run = Rect { x: at.x, y: at.y, width, height: 1 }.intersection(frame.area);
    run.positions().map(|position| frame[position].symbol()).collect()
}

/// The sources that a line about them, written from `at` on, names.
pub fn sources(frame: &Buffer, at: Position, line: &str) -> Vec<Hyperlink> {
    let link = |(name, address): (&str, &str)| {
        let cells = |text: &str| u16::try_from(text::width(text)).ok();
        let before = cells(&line[..line.find(name)?])?;
        let at = Position { x: at.x.checked_add(before)?, ..at };
        Some(Hyperlink::new(frame, at, cells(name)?, address.to_owned()))
    };
    SOURCES.into_iter().filter_map(link).collect()
}

/// Shows a place on the map everybody has.
pub fn street_map(point: LonLat) -> String {
    let (lat, lon) = (point.lat(), point.lon());
    format!("https://www.openstreetmap.org/?mlat={lat:.6}&mlon={lon:.6}#map=16/{lat:.6}/{lon:.6}")
}

/// Calls somebody; nobody by a text without digits.
pub fn telephone(number: &str) -> Option<String> {
    let dialled: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    dialled.contains(|c: char| c.is_ascii_digit()).then(|| format!("tel:{dialled}"))
}
