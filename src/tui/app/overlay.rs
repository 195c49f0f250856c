//! What lies over the panes: a stack whose topmost has the keys. Keys, the mouse, pastes
//! and drawing are given to what is open here, and nowhere else.
//!
//! Who handles an input takes its overlay off the stack, and puts it back if it stays open.

use std::mem::discriminant;

use crossterm::event::KeyEvent;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};
use watchtower_core::domain::time::Timestamp;

use super::{App, Dialog, Drawing, Effect, Naming, Prompt, Target};
use crate::tui::{
    keymap::{Action, Context},
    layout::Pane,
    listing::Window,
    palette::CommandPalette,
    panes, text,
};

/// Something over the panes.
#[derive(Debug)]
pub enum Overlay {
    /// The help screen, scrolled.
    Help(Window),
    /// The command palette.
    Palette(CommandPalette),
    /// Questions in plain English.
    Questions,
    /// A form.
    Dialog(Dialog),
    /// A geofence being drawn on the map.
    Drawing(Drawing),
    /// A line being typed.
    Prompt(Prompt),
    /// The next key names a bookmark.
    Naming(Naming),
    /// The next key says what is to be copied.
    Copying,
}

impl Overlay {
    /// Whether it hides the panes below it, which then are neither pointed at nor dragged.
    const fn covers(&self) -> bool {
        match self {
            Self::Help(_) | Self::Palette(_) | Self::Questions | Self::Dialog(_) => true,
            Self::Drawing(_) | Self::Prompt(_) | Self::Naming(_) | Self::Copying => false,
        }
    }

    /// Whether it has something to say on the bottom line.
    const fn speaks(&self) -> bool {
        !self.covers()
    }
}

/// All that is open, the topmost last; one of each kind at most.
#[derive(Debug, Default)]
pub struct Overlays(Vec<Overlay>);

impl Overlays {
    /// What has the keys.
    pub fn top(&self) -> Option<&Overlay> {
        self.0.last()
    }

    /// Whether what has the keys hides the panes. A form that waits below a line being typed
    /// hides nothing yet.
    pub fn cover(&self) -> bool {
        self.top().is_some_and(Overlay::covers)
    }

    /// What has the bottom line.
    pub fn speaking(&self) -> Option<&Overlay> {
        self.0.iter().rfind(|overlay| overlay.speaks())
    }

    /// The geofence being drawn, whatever has been opened since.
    pub fn drawing(&self) -> Option<&Drawing> {
        self.0.iter().find_map(|overlay| match overlay {
            Overlay::Drawing(drawing) => Some(drawing),
            _ => None,
        })
    }

    /// Opens one above all others, in place of one of its kind.
    pub fn open(&mut self, overlay: Overlay) {
        self.close(|other| discriminant(other) == discriminant(&overlay));
        self.0.push(overlay);
    }

    /// Opens a form that comes back unasked: below what has been opened meanwhile, and not
    /// at all if that is a form, too.
    pub(super) fn give_back(&mut self, dialog: Dialog) {
        if !self.0.iter().any(|overlay| matches!(overlay, Overlay::Dialog(_))) {
            let drawn = self.0.iter().take_while(|overlay| matches!(overlay, Overlay::Drawing(_))).count();
            self.0.insert(drawn, Overlay::Dialog(dialog));
        }
    }

    /// Closes those.
    pub(super) fn close(&mut self, which: impl Fn(&Overlay) -> bool) {
        self.0.retain(|overlay| !which(overlay));
    }

    /// Takes the topmost off.
    pub(super) fn take(&mut self) -> Option<Overlay> {
        self.0.pop()
    }

    fn covering_mut(&mut self) -> Option<&mut Overlay> {
        self.0.last_mut().filter(|overlay| overlay.covers())
    }
}

/// Whether an input was meant for what is open, or for the panes below.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meant {
    Overlay,
    Panes,
}

impl App {
    /// A key, for what is topmost.
    pub(super) fn key_in_overlay(
        &mut self,
        overlay: Overlay,
        key: &KeyEvent,
        now: Timestamp,
    ) -> Option<Effect> {
        match overlay {
            Overlay::Help(window) => self.key_in_help(window, key, now),
            Overlay::Palette(palette) => self.key_in_palette(palette, key, now),
            Overlay::Questions => self.key_in_questions(key, now),
            Overlay::Dialog(dialog) => self.key_in_dialog(dialog, key, now),
            Overlay::Drawing(drawing) => {
                self.key_in_drawing(drawing, key, now);
                None
            }
            Overlay::Prompt(prompt) => self.key_in_prompt(prompt, key, now),
            Overlay::Naming(naming) => {
                self.key_for_bookmark(naming, key, now);
                None
            }
            Overlay::Copying => self.key_in_copying(key, now),
        }
    }

    /// The help is read like a list.
    fn key_in_help(&mut self, mut window: Window, key: &KeyEvent, now: Timestamp) -> Option<Effect> {
        let page = isize::try_from(window.page()).unwrap_or(1);
        let mut asked = None;
        match self.preferences.keymap.lookup(key, Context::List) {
            Some(Action::Up) => window.scroll(-1),
            Some(Action::Down) => window.scroll(1),
            Some(Action::PageUp) => window.scroll(-page),
            Some(Action::PageDown) => window.scroll(page),
            Some(Action::Escape | Action::Help | Action::Select) => return None,
            Some(action @ (Action::Quit | Action::Redraw | Action::Suspend)) => {
                asked = self.act(action, now);
            }
            _ => {}
        }
        self.overlays.open(Overlay::Help(window));
        asked
    }

    /// A pasted text, for what is topmost and takes text.
    pub(super) fn paste(&mut self, pasted: &str, now: Timestamp) {
        let Some(mut overlay) = self.overlays.take() else { return };
        match &mut overlay {
            Overlay::Palette(palette) => text::clean(pasted).chars().for_each(|c| palette.insert(c)),
            Overlay::Dialog(dialog) => dialog.form.paste(pasted, &self.model),
            Overlay::Questions => self.paste_question(pasted),
            Overlay::Prompt(prompt) => self.paste_in_prompt(prompt, pasted, now),
            Overlay::Help(_) | Overlay::Drawing(_) | Overlay::Naming(_) | Overlay::Copying => {}
        }
        self.overlays.open(overlay);
        self.dirty = true;
    }

    /// Rows of the wheel over what hides the panes.
    pub(super) fn scroll_overlay(&mut self, rows: isize) -> Meant {
        match self.overlays.covering_mut() {
            Some(Overlay::Help(window)) => window.scroll(rows),
            Some(Overlay::Questions) => self.questions.window.scroll(rows),
            Some(_) => {}
            None => return Meant::Panes,
        }
        Meant::Overlay
    }

    /// A click on what an overlay offers.
    pub(super) fn click_in_overlay(&mut self, target: Target, now: Timestamp) -> Option<Effect> {
        match (self.overlays.take()?, target) {
            (Overlay::Dialog(dialog), Target::SendForm) => return self.send_dialog(dialog, now),
            (Overlay::Dialog(_), Target::LeaveForm) => {}
            (Overlay::Dialog(mut dialog), Target::Field(field)) => {
                dialog.form.place(field, &self.model);
                self.go_on_with(dialog);
            }
            (Overlay::Dialog(mut dialog), Target::Offer(offer)) => {
                dialog.form.take(offer, &self.model);
                self.go_on_with(dialog);
            }
            (Overlay::Palette(palette), Target::Command(row)) => return self.choose(&palette, row, now),
            (Overlay::Questions, Target::Told(row)) => return self.choose_told(row, now),
            (Overlay::Questions, Target::FilterTold) => return self.filter_as_told(now),
            (Overlay::Copying, Target::Copy(what)) => return self.copy(what, now),
            (overlay, _) => self.overlays.open(overlay),
        }
        None
    }

    /// A click beside all that is offered: it closes what is only looked at.
    pub(super) fn click_beside_overlay(&mut self, column: u16, row: u16) -> Meant {
        match self.overlays.take() {
            None | Some(Overlay::Copying) => Meant::Panes,
            Some(Overlay::Help(_) | Overlay::Palette(_) | Overlay::Questions) => Meant::Overlay,
            Some(Overlay::Drawing(drawing)) if self.shown.layout.at(column, row) == Some(Pane::Map) => {
                self.focus(Pane::Map);
                self.click_in_drawing(drawing, column, row);
                Meant::Overlay
            }
            Some(dialog @ Overlay::Dialog(_)) => {
                self.overlays.open(dialog);
                Meant::Overlay
            }
            Some(overlay @ (Overlay::Drawing(_) | Overlay::Prompt(_) | Overlay::Naming(_))) => {
                self.overlays.open(overlay);
                Meant::Panes
            }
        }
    }

    /// Draws what hides the panes; returns where the text cursor belongs in it. What the
    /// panes offer to clicks is out of reach below it.
    pub(super) fn draw_overlays(
        &mut self,
        screen: Rect,
        buffer: &mut Buffer,
        now: Timestamp,
    ) -> Option<Position> {
        let mut overlays = std::mem::take(&mut self.overlays);
        let (targets, cursor) = match overlays.covering_mut() {
            Some(Overlay::Help(window)) => {
                panes::help::draw(&self.theme, &self.preferences.keymap, window, screen, buffer);
                (Some(Vec::new()), None)
            }
            Some(Overlay::Palette(palette)) => {
                let (targets, cursor) = panes::palette::draw(&self.theme, palette, screen, buffer);
                (Some(targets), cursor)
            }
            Some(Overlay::Questions) => {
                let questions = &mut self.questions;
                let (targets, cursor) = panes::questions::draw(&self.theme, questions, screen, buffer);
                (Some(targets), cursor)
            }
            Some(Overlay::Dialog(dialog)) => {
                let (targets, cursor) = panes::form::draw(self, &dialog.form, screen, buffer, now);
                (Some(targets), cursor)
            }
            _ => (None, None),
        };
        self.shown.targets = targets.unwrap_or_else(|| std::mem::take(&mut self.shown.targets));
        self.overlays = overlays;
        cursor
    }
}
