//! What the person who sits here prefers, and what becomes of it when that changes.

use watchtower_core::domain::time::Timestamp;

use super::{App, Gravity};
use crate::tui::{
    preferences::Preferences,
    text,
    theme::{Theme, ThemeName},
};

impl App {
    /// Does as is preferred.
    pub fn prefer(&mut self, preferences: Preferences) {
        // What was chosen on the screen meanwhile stays until the file says otherwise.
        if preferences.colours != self.preferences.colours {
            self.theme = Theme::new(&preferences.colours.palette(self.fitting), self.theme.capability);
        }
        if let Some(columns) = &preferences.columns
            && self.preferences.columns.as_ref() != Some(columns)
        {
            self.roster.show_columns(columns.clone());
        }
        self.preferences = preferences;
        self.dirty = true;
    }

    /// Which theme fits the terminal's ground has become known: by `COLORFGBG`, or whenever
    /// the terminal answers what its ground is.
    pub fn see_ground(&mut self, fitting: ThemeName) {
        if self.fitting != fitting && self.preferences.colours.theme.is_none() {
            self.theme = Theme::new(&self.preferences.colours.palette(fitting), self.theme.capability);
            self.dirty = true;
        }
        self.fitting = fitting;
    }

    pub(super) fn take_preferences(&mut self, changed: Result<Preferences, String>, now: Timestamp) {
        match changed {
            Ok(preferences) => {
                self.prefer(preferences);
                self.tell(Gravity::Note, "preferences taken from the configuration file".to_owned(), now);
            }
            Err(wrong) => self.tell(Gravity::Failure, text::clean(&wrong), now),
        }
    }
}
