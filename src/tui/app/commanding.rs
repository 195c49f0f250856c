//! The command palette, and what is chosen in it.

use crossterm::event::KeyEvent;
use watchtower_core::domain::time::Timestamp;

use super::{App, Effect, Gravity, Overlay};
use crate::tui::{
    keymap::Context,
    palette::{CommandPalette, Deed, Outcome},
    roster::Column,
};

/// A place that was asked for by its coordinates is shown from this near.
const NEAR: f64 = 14.0;

impl App {
    pub(super) fn open_palette(&mut self) {
        let is_there = |context| context != Context::Replay || self.replay.is_some();
        let palette = CommandPalette::new(&self.preferences.keymap, is_there, &self.bookmarks);
        self.overlays.open(Overlay::Palette(palette.with_columns(&self.roster.columns)));
    }

    pub(super) fn key_in_palette(
        &mut self,
        mut palette: CommandPalette,
        key: &KeyEvent,
        now: Timestamp,
    ) -> Option<Effect> {
        match palette.key(key) {
            Outcome::Open => self.overlays.open(Overlay::Palette(palette)),
            Outcome::Leave => {}
            Outcome::Do(deed) => return self.do_deed(deed, now),
        }
        None
    }

    /// A click on a row of the palette.
    pub(super) fn choose(&mut self, palette: &CommandPalette, row: usize, now: Timestamp) -> Option<Effect> {
        self.do_deed(palette.found().get(row)?.deed.clone(), now)
    }

    fn do_deed(&mut self, deed: Deed, now: Timestamp) -> Option<Effect> {
        match deed {
            Deed::Act(action) => return self.act(action, now),
            Deed::Go(point) => self.look_at(point, NEAR),
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
