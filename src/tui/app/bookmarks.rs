//! Views kept under a letter or a digit.

use crossterm::event::{KeyCode, KeyEvent};
use watchtower_core::domain::time::Timestamp;

use super::{
    App, Gravity, Overlay,
    aiming::{Aim, Fit},
};
use crate::tui::{layout::Pane, words};

/// What the next key names a bookmark for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Naming {
    /// To keep the view under it.
    Keep,
    /// To go back to what was kept.
    Return,
}

impl App {
    pub(super) fn name_bookmark(&mut self, naming: Naming, now: Timestamp) {
        if naming == Naming::Return && self.bookmarks.is_empty() {
            self.tell(Gravity::Note, "no bookmarks yet: B keeps the view under a letter".to_owned(), now);
            return;
        }
        self.message = None;
        self.overlays.open(Overlay::Naming(naming));
    }

    /// The key after: anything but a letter or a digit leaves.
    pub(super) fn key_for_bookmark(&mut self, naming: Naming, key: &KeyEvent, now: Timestamp) {
        let KeyCode::Char(name) = key.code else { return };
        if !name.is_ascii_alphanumeric() {
            return;
        }
        match naming {
            Naming::Keep => {
                let view = self.map.viewport;
                self.bookmarks.insert(name, view);
                let where_to = words::coordinates(view.centre);
                self.tell(Gravity::Note, format!("{name} is now {where_to}: ' {name} goes back"), now);
            }
            Naming::Return => self.return_to(name, now),
        }
    }

    /// Goes back to a view that was kept.
    pub(super) fn return_to(&mut self, name: char, now: Timestamp) {
        match self.bookmarks.get(&name) {
            Some(view) => {
                self.map.viewport = *view;
                self.aim = Aim::at(Fit::Nothing);
                self.focus(Pane::Map);
            }
            None => self.tell(Gravity::Note, format!("nothing is kept under {name}"), now),
        }
    }
}
