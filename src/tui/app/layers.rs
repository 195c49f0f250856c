//! What the map shows beside trucks: trails, fences, ways, and where trucks stood.

use watchtower_core::domain::time::Timestamp;

use super::{App, Fences, Gravity, Trails};
use crate::tui::map::{Graticule, Stays, Ways};

/// Layers of the map that come from the model; the others the map keeps itself.
#[derive(Clone, Debug, Default)]
pub(in crate::tui) struct Layers {
    pub(in crate::tui) trails: Trails,
    pub(in crate::tui) fences: Fences,
    /// Where vehicles have stood, while that is shown.
    pub(in crate::tui) stays: Option<Stays>,
}

impl App {
    pub(super) fn change_trails(&mut self, now: Timestamp) {
        let (trails, told) = match self.layers.trails {
            Trails::All => (Trails::Selected, "trail of the selected truck"),
            Trails::Selected => (Trails::Hidden, "no trails"),
            Trails::Hidden => (Trails::All, "all trails"),
        };
        self.layers.trails = trails;
        self.tell(Gravity::Note, told.to_owned(), now);
    }

    pub(super) fn change_fences(&mut self, now: Timestamp) {
        let (fences, told) = match self.layers.fences {
            Fences::Shown => (Fences::Hidden, "no geofences"),
            Fences::Hidden => (Fences::Shown, "geofences"),
        };
        self.layers.fences = fences;
        self.tell(Gravity::Note, told.to_owned(), now);
    }

    pub(super) fn change_graticule(&mut self) {
        self.map.graticule = match self.map.graticule {
            Graticule::Hidden => Graticule::Shown,
            Graticule::Shown => Graticule::Hidden,
        };
    }

    pub(super) fn change_footprint(&mut self, now: Timestamp) {
        let (ways, told) = match self.map.ways {
            Ways::Shown => (Ways::Hidden, "no footprint"),
            Ways::Hidden => (Ways::Shown, "footprint: the ways the fleet drives"),
        };
        self.map.ways = ways;
        self.tell(Gravity::Note, told.to_owned(), now);
    }

    pub(super) fn change_dwell(&mut self, now: Timestamp) {
        let told = match self.layers.stays.take() {
            Some(_) => "no dwell",
            None => {
                self.gather_stays(now);
                "where trucks stood, and how long"
            }
        };
        self.tell(Gravity::Note, told.to_owned(), now);
    }

    /// Brings up to date where vehicles stood.
    pub(super) fn gather_stays(&mut self, now: Timestamp) {
        let revision = self.layers.stays.as_ref().map_or(0, |stays| stays.revision) + 1;
        self.layers.stays = Some(Stays { each: self.model.stays(now), revision });
    }
}
