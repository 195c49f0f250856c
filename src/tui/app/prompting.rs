//! A line typed at the bottom: what to find, words that go with an acknowledgement, or a
//! filter.

use crossterm::event::{Event as Input, KeyCode, KeyEvent};
use tui_input::{Input as Line, InputRequest, backend::crossterm::EventHandler};
use watchtower_core::domain::{id::AlertId, time::Timestamp};

use super::{App, Effect, FilterLine, Gravity, Overlay, Row};
use crate::tui::{layout::Pane, listing::Step, text};

/// Longer lines are not typed by hand.
pub(super) const LONGEST: usize = 256;

/// A line being typed.
#[derive(Debug)]
pub enum Prompt {
    /// What to find.
    Find(Line),
    /// Words to go with an acknowledgement.
    Note(AlertId, Line),
    /// Which trucks are meant.
    Filter(FilterLine),
}

/// Types a key into a line, unless it is long enough.
pub(super) fn type_into(line: &mut Line, key: &KeyEvent) {
    if line.value().len() < LONGEST || key.code == KeyCode::Backspace {
        line.handle_event(&Input::Key(*key));
    }
}

impl App {
    pub(super) fn open_prompt(&mut self, prompt: Prompt) {
        self.overlays.open(Overlay::Prompt(prompt));
    }

    pub(super) fn key_in_prompt(&mut self, prompt: Prompt, key: &KeyEvent, now: Timestamp) -> Option<Effect> {
        match prompt {
            Prompt::Find(line) => self.key_in_find(line, key, now),
            Prompt::Note(alert, line) => return self.key_in_note(alert, line, key, now),
            Prompt::Filter(typed) => self.key_in_filter(typed, key, now),
        }
        None
    }

    fn key_in_find(&mut self, mut line: Line, key: &KeyEvent, now: Timestamp) {
        match key.code {
            KeyCode::Esc => {
                self.roster.search("");
                return;
            }
            KeyCode::Enter => {
                self.roster.refresh(&self.model, now);
                if let Some(found) = self.roster.cursor.clone() {
                    self.go_to_found(&found, now);
                    return;
                }
                self.tell(Gravity::Note, "nothing found".to_owned(), now);
            }
            KeyCode::Tab => {
                self.focus(Pane::Fleet);
                return;
            }
            code @ (KeyCode::Down | KeyCode::Up | KeyCode::PageDown | KeyCode::PageUp) => {
                let page = isize::try_from(self.roster.window.page()).unwrap_or(1);
                self.roster.step(Step::By(match code {
                    KeyCode::Down => 1,
                    KeyCode::Up => -1,
                    KeyCode::PageDown => page,
                    _ => -page,
                }));
                self.cursor_changed();
            }
            _ => {
                type_into(&mut line, key);
                self.search_as_typed(line.value(), now);
            }
        }
        self.open_prompt(Prompt::Find(line));
    }

    fn key_in_note(
        &mut self,
        alert: AlertId,
        mut line: Line,
        key: &KeyEvent,
        now: Timestamp,
    ) -> Option<Effect> {
        match key.code {
            KeyCode::Esc => return None,
            KeyCode::Enter => {
                let note = text::clean(line.value()).trim().to_owned();
                return self.acknowledge(alert, (!note.is_empty()).then_some(note), now);
            }
            _ => type_into(&mut line, key),
        }
        self.open_prompt(Prompt::Note(alert, line));
        None
    }

    /// Types what was pasted, as far as there is room.
    pub(super) fn paste_in_prompt(&mut self, prompt: &mut Prompt, pasted: &str, now: Timestamp) {
        let line = match prompt {
            Prompt::Find(line) | Prompt::Note(_, line) => line,
            Prompt::Filter(typed) => &mut typed.line,
        };
        let room = LONGEST.saturating_sub(line.value().len());
        for c in text::clean(pasted).chars().take(room) {
            line.handle(InputRequest::InsertChar(c));
        }
        match prompt {
            Prompt::Find(line) => self.search_as_typed(line.value(), now),
            Prompt::Note(..) => {}
            Prompt::Filter(typed) => self.filter_as_typed(typed, now),
        }
    }

    fn search_as_typed(&mut self, query: &str, now: Timestamp) {
        self.roster.search(query);
        self.roster.refresh(&self.model, now);
        if !query.is_empty() {
            self.cursor_changed();
        }
    }

    /// Enter in the search: shows what is found, and is done.
    fn go_to_found(&mut self, found: &Row, now: Timestamp) {
        self.roster.search("");
        match found {
            Row::Truck(vehicle) => {
                self.roster.refresh(&self.model, now);
                self.pick(vehicle.clone());
                self.show_selected(now);
            }
            Row::Place(fence) => self.show_fence(fence),
            Row::Spot(spot) => self.show_spot(*spot),
        }
    }
}
