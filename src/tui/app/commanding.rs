//! The command palette, and what is chosen in it.

use crossterm::event::KeyEvent;
use watchtower_core::domain::time::Timestamp;

use super::{App, Effect, Fit, Following, Gravity};
use crate::tui::{
    palette::{CommandPalette, Deed, Outcome},
    roster::Column,
};

/// A place that was asked for by its coordinates is shown from this near.
const NEAR: f64 = 14.0;

impl App {
    pub(super) fn open_palette(&mut self) {
        self.palette =
            Some(CommandPalette::new(&self.keymap, &self.bookmarks).with_columns(&self.roster.columns));
    }

    pub(super) fn key_in_palette(&mut self, key: &KeyEvent, now: Timestamp) -> Option<Effect> {
        match self.palette.as_mut()?.key(key) {
            Outcome::Open => None,
            Outcome::Leave => {
                self.palette = None;
                None
            }
            Outcome::Do(deed) => self.do_deed(deed, now),
        }
    }

    /// A click on a row of the palette.
    pub(super) fn choose(&mut self, row: usize, now: Timestamp) -> Option<Effect> {
        let deed = self.palette.as_ref()?.found().get(row)?.deed.clone();
        self.do_deed(deed, now)
    }

    fn do_deed(&mut self, deed: Deed, now: Timestamp) -> Option<Effect> {
        self.palette = None;
        match deed {
            Deed::Act(action) => return self.act(action, now),
            Deed::Go(point) => {
                (self.following, self.fit) = (Following::Off, Fit::Nothing);
                self.map.viewport.centre = point;
                self.map.viewport.zoom = self.map.viewport.zoom.max(NEAR);
            }
            Deed::Return(name) => self.return_to(name, now),
            Deed::Theme(name) => {
                self.choose_theme(name);
                self.tell(Gravity::Note, format!("{} colours", name.name()), now);
            }
            Deed::Columns(columns) => {
                self.tell(Gravity::Note, format!("columns {}", Column::names(&columns)), now);
                self.roster.show_columns(columns);
            }
        }
        None
    }
}
