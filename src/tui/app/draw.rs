//! One frame of the whole screen.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};
use watchtower_core::domain::time::Timestamp;

use super::{App, Following, Overlay, Target, aiming::Fit};
use crate::tui::{
    layout::{self, Layout, Pane},
    panes::{self, Focus},
    text,
    theme::Glyphs,
};

/// What the last frame shows, and where: clicks are read by it.
#[derive(Debug, Default)]
pub(in crate::tui) struct Shown {
    pub(in crate::tui) layout: Layout,
    /// Cells that do something when clicked; the first that has one counts.
    pub(in crate::tui) targets: Vec<(Rect, Target)>,
    /// The bar of a replay.
    pub(in crate::tui) timeline: Option<Rect>,
}

impl App {
    /// Draws the screen into `area`; returns where the text cursor belongs.
    pub fn draw(&mut self, area: Rect, buffer: &mut Buffer, now: Timestamp) -> Option<Position> {
        buffer.set_style(area, self.theme.base);
        self.moving.begin();
        self.shown.targets.clear();
        self.shown.timeline = None;
        self.shown.layout = layout::arrange(area, &self.view);
        self.roster.refresh(&self.model, now);
        for layout::Place { pane, area: place, .. } in self.shown.layout.places.clone() {
            let focus = if pane == self.view.focus() { Focus::Here } else { Focus::Elsewhere };
            match pane {
                Pane::Map => self.draw_map(place, buffer, now, focus),
                Pane::Fleet => panes::fleet::draw(self, place, buffer, now, focus),
                Pane::Truck => panes::detail::draw(self, place, buffer, now, focus),
                Pane::Trips => panes::trips::draw(self, place, buffer, now, focus),
                Pane::Alerts => panes::alerts::draw(self, place, buffer, now, focus),
                Pane::Events => panes::events::draw(self, place, buffer, now, focus),
                Pane::Analytics => panes::analytics::draw(self, place, buffer, now, focus),
            }
            panes::hints::tabs(self, place, buffer, pane);
        }
        if self.shown.layout.of(Pane::Analytics).is_none() {
            self.analytics.unsee();
        }
        panes::status::draw(self, self.shown.layout.status, buffer, now);
        let is_typed = matches!(self.overlays.speaking(), Some(Overlay::Prompt(_)));
        let bottom = match self.shown.layout.hints.is_empty() && is_typed {
            true => self.shown.layout.status,
            false => self.shown.layout.hints,
        };
        let mut cursor = panes::hints::draw(self, bottom, buffer);
        if self.overlays.cover() {
            cursor = self.draw_overlays(area, buffer, now);
        } else if self.overlays.drawing().is_none() && !self.pointer.is_pressed() {
            panes::hover::draw(self, buffer, now);
        }
        if self.theme.map.glyphs == Glyphs::Ascii {
            to_ascii(buffer);
        }
        cursor
    }

    fn draw_map(&mut self, area: Rect, buffer: &mut Buffer, now: Timestamp, focus: Focus) {
        let now = self.moving.moment(now);
        let (area, line) = layout::split_bottom(area, u16::from(self.replay.is_some() && area.height > 3));
        self.shown.timeline = panes::timeline::draw(self, line, buffer);
        let body = panes::inside(area);
        if self.aim.following == Following::On
            && let Some(vehicle) = self.selected.as_ref().and_then(|key| self.model.vehicles.get(key))
        {
            self.map.viewport.centre = self.model.seen(vehicle, now).point;
        }
        self.fit_fleet(body, now);
        panes::map::draw(self, area, buffer, now, focus);
    }

    fn fit_fleet(&mut self, body: Rect, now: Timestamp) {
        let wanted = match self.aim.fit {
            Fit::Nothing => false,
            Fit::FirstFleet => !self.model.vehicles.is_empty(),
            Fit::Fleet | Fit::Selection | Fit::Corners(_) => true,
        };
        if !wanted || body.is_empty() {
            return;
        }
        let fit = std::mem::replace(&mut self.aim.fit, Fit::Nothing);
        // The map learns its size by being drawn; this frame is thrown away.
        let mut scratch = Buffer::empty(body);
        panes::map::draw_body(self, body, &mut scratch, now);
        let points: Vec<_> = match fit {
            Fit::Corners(corners) => corners.to_vec(),
            Fit::Selection => panes::map::selection(self, now),
            Fit::Nothing | Fit::FirstFleet | Fit::Fleet => {
                let shown = self.model.vehicles.values().filter(|vehicle| self.roster.shows(&vehicle.key));
                shown.map(|vehicle| vehicle.position.point).collect()
            }
        };
        self.map.fit(&points);
    }
}

/// A terminal of another encoding shows UTF-8 as rubbish: accents go, and what is
/// no Latin letter becomes a question mark.
fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            let letter = match cell.symbol().chars().next() {
                Some('×') => 'x',
                Some('…') => '~',
                Some('–' | '·') => '-',
                Some('→') => '>',
                Some('©') => 'c',
                Some(other) => text::folded(other.encode_utf8(&mut [0; 4])).chars().next().unwrap_or('?'),
                None => ' ',
            };
            cell.set_char(if letter.is_ascii() { letter } else { '?' });
        }
    }
}
