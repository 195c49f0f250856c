//! Where the map looks: at a truck, a fence, a place, or all of the fleet.

use watchtower_core::domain::{geo::LonLat, geofence::Geofence, id::FenceId, time::Timestamp};

use super::{App, Following, Gravity};
use crate::tui::{layout::Pane, map::Spot};

/// The zoom at which one sees on which road a truck is.
pub(super) const CLOSE: f64 = 13.0;
/// Half levels further in when what is shown is shown already.
const CLOSER: f64 = 2.0;
/// The part of the map one pan key moves it by.
const PAN_PART: f64 = 0.1;

/// Something the map should show as soon as it has a size.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) enum Fit {
    #[default]
    Nothing,
    FirstFleet,
    Fleet,
    Selection,
    Corners([LonLat; 2]),
}

/// What the map goes by with the next frame; otherwise it stays where it is.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(in crate::tui) struct Aim {
    /// Whether it moves with the selected truck.
    pub(in crate::tui) following: Following,
    pub(super) fit: Fit,
}

impl Aim {
    /// At this from the next frame on, whatever it followed.
    pub(super) const fn at(fit: Fit) -> Self {
        Self { following: Following::Off, fit }
    }
}

impl App {
    /// Shows a place, and stays there.
    pub(super) fn look_at(&mut self, point: LonLat, zoom: f64) {
        self.aim = Aim::at(Fit::Nothing);
        self.map.viewport.centre = point;
        self.map.viewport.zoom = self.map.viewport.zoom.max(zoom);
    }

    /// Brings the selected truck to the middle; closer if it is there.
    pub(super) fn show_selected(&mut self, now: Timestamp) {
        let vehicle = self.selected.as_ref().and_then(|key| self.model.vehicles.get(key));
        if let Some(point) = vehicle.map(|vehicle| self.model.seen(vehicle, now).point) {
            self.go_to(point);
        }
    }

    pub(super) fn show_fence(&mut self, fence: &FenceId) {
        if let Some(point) = self.model.fences.get(fence).and_then(Geofence::middle) {
            self.aim.following = Following::Off;
            self.go_to(point);
        }
    }

    pub(super) fn show_spot(&mut self, spot: Spot) {
        self.look_at(spot.point(), spot.kind().zoom());
    }

    fn go_to(&mut self, point: LonLat) {
        // A truck that moves is hardly ever where it was to the last digit.
        let cells = [point, self.map.viewport.centre].map(|point| self.map.cell_of(point));
        let there = matches!(cells, [Some(a), Some(b)] if a.0.abs_diff(b.0) <= 2 && a.1.abs_diff(b.1) <= 1);
        self.map.viewport.centre = point;
        if there && self.map.viewport.zoom >= CLOSE {
            self.map.zoom_at(CLOSER, None);
        } else {
            self.map.viewport.zoom = self.map.viewport.zoom.max(CLOSE);
        }
        self.aim.fit = Fit::Nothing;
    }

    pub(super) fn follow(&mut self, now: Timestamp) {
        self.aim.following = match (self.aim.following, &self.selected) {
            (Following::On, _) => Following::Off,
            (Following::Off, Some(_)) => {
                self.aim.fit = Fit::Nothing;
                Following::On
            }
            (Following::Off, None) => {
                self.tell(Gravity::Note, "select a truck to follow: / finds one".to_owned(), now);
                Following::Off
            }
        };
    }

    pub(super) fn fit_selection(&mut self, now: Timestamp) {
        match self.selected {
            Some(_) => self.aim = Aim::at(Fit::Selection),
            None => self.tell(Gravity::Note, "select a truck first: / finds one".to_owned(), now),
        }
    }

    pub(super) fn pan(&mut self, columns: f64, rows: f64) {
        self.aim.following = Following::Off;
        let area = self.shown.layout.of(Pane::Map).unwrap_or_default();
        let part = |cells: u16| (f64::from(cells) * PAN_PART).max(1.0).round();
        self.map.pan(columns * part(area.width), rows * part(area.height));
    }
}
