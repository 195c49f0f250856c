//! Keys: to the line being typed, to the help screen, or by the keymap.

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use tui_input::backend::crossterm::EventHandler;
use watchtower_core::domain::time::Timestamp;

use super::{App, Copying, Effect, Gravity, Prompt, Row};
use crate::tui::{
    keymap::{Action, Context},
    layout::Pane,
    listing::Step,
    text,
};

/// Longer lines are not typed by hand.
pub(super) const LONGEST_LINE: usize = 256;

impl App {
    pub(super) fn key(&mut self, key: &KeyEvent, now: Timestamp) -> Option<Effect> {
        let ctrl_c = key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c');
        if matches!(self.prompt, Some(Prompt::Filter(_))) && !ctrl_c {
            self.key_in_filter(key, now);
            return None;
        }
        if self.prompt.is_some() && !ctrl_c {
            return self.key_in_prompt(key, now);
        }
        if self.palette.is_some() && !ctrl_c {
            return self.key_in_palette(key, now);
        }
        if self.dialog.is_some() && !ctrl_c {
            return self.key_in_dialog(key, now);
        }
        if self.copying == Copying::Asked && !ctrl_c {
            return self.key_in_copying(key, now);
        }
        if self.drawing.is_some() && self.help.is_none() && !ctrl_c {
            return self.key_in_drawing(key, now);
        }
        if let Some(naming) = self.naming.take()
            && !ctrl_c
        {
            self.key_for_bookmark(naming, key, now);
            return None;
        }
        let of_replay = self.replay.and_then(|_| self.keymap.lookup_only(key, Context::Replay));
        // The help is read like a list, whatever lies below it.
        let context = if self.help.is_some() { Context::List } else { self.view.focus().context() };
        let action = of_replay.or_else(|| self.keymap.lookup(key, context))?;
        if self.help.is_some() {
            return self.key_in_help(action, now);
        }
        self.act(action, now)
    }

    fn key_in_help(&mut self, action: Action, now: Timestamp) -> Option<Effect> {
        let window = self.help.as_mut()?;
        let page = isize::try_from(window.page()).unwrap_or(1);
        match action {
            Action::Up => window.scroll(-1),
            Action::Down => window.scroll(1),
            Action::PageUp => window.scroll(-page),
            Action::PageDown => window.scroll(page),
            Action::Escape | Action::Help | Action::Select => self.help = None,
            Action::Quit | Action::Redraw | Action::Suspend => return self.act(action, now),
            _ => {}
        }
        None
    }

    fn key_in_prompt(&mut self, key: &KeyEvent, now: Timestamp) -> Option<Effect> {
        match (self.prompt.as_mut()?, key.code) {
            (Prompt::Find(_), KeyCode::Esc) => {
                self.prompt = None;
                self.roster.search("");
            }
            (Prompt::Note(..), KeyCode::Esc) => self.prompt = None,
            (Prompt::Find(_), KeyCode::Enter) => self.go_to_found(now),
            (Prompt::Find(_), KeyCode::Tab) => {
                self.prompt = None;
                self.focus(Pane::Fleet);
            }
            (Prompt::Find(_), code @ (KeyCode::Down | KeyCode::Up | KeyCode::PageDown | KeyCode::PageUp)) => {
                let page = isize::try_from(self.roster.window.page()).unwrap_or(1);
                self.roster.step(Step::By(match code {
                    KeyCode::Down => 1,
                    KeyCode::Up => -1,
                    KeyCode::PageDown => page,
                    _ => -page,
                }));
                self.cursor_changed();
            }
            (Prompt::Note(alert, line), KeyCode::Enter) => {
                let (alert, note) = (*alert, text::clean(line.value()).trim().to_owned());
                self.prompt = None;
                return self.acknowledge(alert, (!note.is_empty()).then_some(note), now);
            }
            // It has keys of its own.
            (Prompt::Filter(_), _) => {}
            (Prompt::Find(line) | Prompt::Note(_, line), _) => {
                if line.value().len() < LONGEST_LINE || key.code == KeyCode::Backspace {
                    line.handle_event(&Input::Key(*key));
                }
                self.search_as_typed(now);
            }
        }
        None
    }

    pub(super) fn paste(&mut self, pasted: &str, now: Timestamp) {
        if let Some(palette) = &mut self.palette {
            text::clean(pasted).chars().for_each(|c| palette.insert(c));
            self.dirty = true;
            return;
        }
        if let Some(dialog) = &mut self.dialog {
            dialog.form.paste(pasted, &self.model);
            self.dirty = true;
            return;
        }
        let line = match self.prompt.as_mut() {
            Some(Prompt::Find(line) | Prompt::Note(_, line)) => line,
            Some(Prompt::Filter(typed)) => &mut typed.line,
            None => return,
        };
        let room = LONGEST_LINE.saturating_sub(line.value().len());
        for c in text::clean(pasted).chars().take(room) {
            line.handle(tui_input::InputRequest::InsertChar(c));
        }
        self.filter_as_typed(now);
        self.dirty = true;
    }

    fn search_as_typed(&mut self, now: Timestamp) {
        let Some(Prompt::Find(line)) = &self.prompt else { return };
        let query = line.value().to_owned();
        self.roster.search(&query);
        self.roster.refresh(&self.model, now);
        if !query.is_empty() {
            self.cursor_changed();
        }
    }

    /// Enter in the search: show what is found, and be done.
    fn go_to_found(&mut self, now: Timestamp) {
        self.roster.refresh(&self.model, now);
        match self.roster.cursor.clone() {
            Some(Row::Truck(vehicle)) => {
                self.prompt = None;
                self.roster.search("");
                self.roster.refresh(&self.model, now);
                self.roster.place_on(&vehicle);
                self.select(vehicle);
                self.show_selected(now);
            }
            Some(Row::Place(fence)) => {
                self.prompt = None;
                self.roster.search("");
                self.show_fence(&fence);
            }
            Some(Row::Spot(spot)) => {
                self.prompt = None;
                self.roster.search("");
                self.show_spot(spot);
            }
            None => self.tell(Gravity::Note, "nothing found".to_owned(), now),
        }
    }
}
