//! What the person who sits here prefers, and what becomes of it when that changes.

use watchtower_core::domain::time::Timestamp;

use super::{App, Gravity};
use crate::tui::{
    hyperlinks::Hyperlink,
    preferences::Preferences,
    text,
    theme::{Theme, ThemeName},
};

impl App {
    /// Does as is preferred.
    pub fn prefer(&mut self, preferences: Preferences) {
        // What was chosen on the screen meanwhile stays until the file says otherwise.
        let changed = preferences.colours != self.preferences.colours;
        if let Some(columns) = &preferences.columns
            && self.preferences.columns.as_ref() != Some(columns)
        {
            self.roster.show_columns(columns.clone());
        }
        self.preferences = preferences;
        if changed {
            self.chosen = None;
            self.colour();
        }
        self.dirty = true;
    }

    /// Changes the colours to those of a theme, on the screen.
    pub(super) fn choose_theme(&mut self, name: ThemeName) {
        self.chosen = Some(name);
        self.colour();
    }

    /// Colours everything as was chosen, as is preferred, or as fits.
    fn colour(&mut self) {
        let palette = match self.chosen {
            Some(name) => name.palette(),
            None => self.preferences.colours.palette(self.fitting),
        };
        self.theme = Theme::new(&palette, self.theme.capability);
        self.dirty = true;
    }

    /// Which theme fits the terminal's ground has become known: by `COLORFGBG`, or whenever
    /// the terminal tells what its ground is.
    pub fn see_ground(&mut self, fitting: ThemeName) {
        if std::mem::replace(&mut self.fitting, fitting) != fitting
            && self.chosen.is_none()
            && self.preferences.colours.theme.is_none()
        {
            self.colour();
        }
    }

    /// Whether the terminal understands text that leads somewhere.
    pub fn lead(&mut self, understands: bool) {
        self.links = understands;
    }

    /// What of the last frame leads somewhere, unless the terminal should not be told.
    pub fn hyperlinks(&self) -> &[Hyperlink] {
        if self.preferences.links.unwrap_or(self.links) { &self.shown.hyperlinks } else { &[] }
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
