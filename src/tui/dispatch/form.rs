//! A form: fields one below the other, the one in focus with what it could be completed
//! with. Enter takes what is offered and goes on; on the last field it sends.

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use tui_input::{Input as Line, backend::crossterm::EventHandler};

use super::offer::{Kind, Offer, offers};
use crate::tui::{model::Model, text};

/// Longer texts are not typed into a field.
const LONGEST: usize = 120;

/// A field.
#[derive(Clone, Debug)]
pub struct Field {
    /// What it is, for people.
    pub label: &'static str,
    /// Its name in the request, as violations have it.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be left empty.
    pub need: Need,
    /// What is typed.
    pub line: Line,
    /// What is wrong with it.
    pub wrong: Option<String>,
}

/// Whether a field may be left empty.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// It may not.
    Needed,
    /// It may.
    Optional,
}

impl Field {
    /// An empty field.
    pub fn new(label: &'static str, name: &'static str, kind: Kind, need: Need) -> Self {
        Self { label, name, kind, need, line: Line::default(), wrong: None }
    }

    /// The same with something in it.
    pub fn holding(mut self, text: impl Into<String>) -> Self {
        self.line = Line::new(text.into());
        self
    }

    /// What is typed, without the spaces around it; `None` when that is nothing.
    pub fn text(&self) -> Option<&str> {
        Some(self.line.value().trim()).filter(|text| !text.is_empty())
    }
}

/// What a key made of a form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It goes on.
    Open,
    /// It is to be sent.
    Send,
    /// It was left.
    Leave,
}

/// Fields and which is in focus.
#[derive(Clone, Debug)]
pub struct Form {
    /// What it is for.
    pub title: String,
    /// The fields.
    pub fields: Vec<Field>,
    focus: usize,
    picked: usize,
    offered: Vec<Offer>,
}

impl Form {
    /// A form with its first empty field in focus.
    pub fn new(title: impl Into<String>, fields: Vec<Field>, model: &Model) -> Self {
        let focus = fields.iter().position(|field| field.text().is_none()).unwrap_or(0);
        let mut form = Self { title: title.into(), fields, focus, picked: 0, offered: Vec::new() };
        form.offer(model);
        form
    }

    /// The field in focus.
    pub fn focus(&self) -> usize {
        self.focus
    }

    /// What the field in focus could be completed with, and which of it is picked.
    pub fn offered(&self) -> (&[Offer], usize) {
        (&self.offered, self.picked)
    }

    /// Takes a key.
    pub fn key(&mut self, key: &KeyEvent, model: &Model) -> Outcome {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return Outcome::Leave,
            KeyCode::Char('s') if ctrl => {
                self.complete();
                return Outcome::Send;
            }
            KeyCode::Enter => {
                self.complete();
                if self.focus + 1 == self.fields.len() {
                    return Outcome::Send;
                }
                self.go(1, model);
            }
            KeyCode::Tab => {
                self.complete();
                self.go(1, model);
            }
            KeyCode::BackTab => self.go(-1, model),
            KeyCode::Down if !self.offered.is_empty() => self.picked = (self.picked + 1) % self.offered.len(),
            KeyCode::Up if !self.offered.is_empty() => {
                self.picked = (self.picked + self.offered.len() - 1) % self.offered.len();
            }
            KeyCode::Down => self.go(1, model),
            KeyCode::Up => self.go(-1, model),
            _ => {
                let field = &mut self.fields[self.focus];
                if field.line.value().len() < LONGEST || key.code == KeyCode::Backspace {
                    field.line.handle_event(&Input::Key(*key));
                }
                field.wrong = None;
                self.offer(model);
            }
        }
        Outcome::Open
    }

    /// Types what was pasted.
    pub fn paste(&mut self, pasted: &str, model: &Model) {
        let line = &mut self.fields[self.focus].line;
        let room = LONGEST.saturating_sub(line.value().len());
        for c in text::clean(pasted).chars().take(room) {
            line.handle(tui_input::InputRequest::InsertChar(c));
        }
        self.offer(model);
    }

    /// Puts a field in focus.
    pub fn place(&mut self, field: usize, model: &Model) {
        self.focus = field.min(self.fields.len().saturating_sub(1));
        self.offer(model);
    }

    /// Takes one of what is offered, and goes on.
    pub fn take(&mut self, offer: usize, model: &Model) {
        if offer < self.offered.len() {
            self.picked = offer;
            self.complete();
            self.go(1, model);
        }
    }

    /// Says what is wrong with the fields by their names, and puts the first in focus;
    /// what is wrong with none of them is returned.
    pub fn blame(&mut self, wrong: Vec<(String, String)>, model: &Model) -> Vec<String> {
        let mut rest = Vec::new();
        for field in &mut self.fields {
            field.wrong = None;
        }
        for (name, reason) in wrong {
            match self.fields.iter_mut().find(|field| field.name == name) {
                Some(field) => {
                    field.wrong.get_or_insert(reason);
                }
                None => rest.push(reason),
            }
        }
        if let Some(first) = self.fields.iter().position(|field| field.wrong.is_some()) {
            self.place(first, model);
        }
        rest
    }

    /// The text of a field by its name.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.name == name).and_then(Field::text)
    }

    /// Takes what is picked, if something was typed for it and it is not there already.
    fn complete(&mut self) {
        let field = &mut self.fields[self.focus];
        let typed = field.line.value().trim().to_owned();
        // An empty field that may be empty stays so, unless something was picked by hand.
        if typed.is_empty() && self.picked == 0 {
            return;
        }
        if let Some(offer) = self.offered.get(self.picked)
            && !offer.value.eq_ignore_ascii_case(&typed)
        {
            field.line = Line::new(offer.value.clone());
            field.wrong = None;
        }
    }

    fn go(&mut self, by: isize, model: &Model) {
        let count = self.fields.len() as isize;
        self.focus = (self.focus as isize + by).rem_euclid(count) as usize;
        self.offer(model);
    }

    fn offer(&mut self, model: &Model) {
        let field = &self.fields[self.focus];
        self.offered = offers(field.kind, field.line.value(), model);
        self.picked = 0;
    }
}
