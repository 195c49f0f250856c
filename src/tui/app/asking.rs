//! Questions in plain English: asked of what this screen knows, and of the store where
//! they are about the past.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input as Line;
use watchtower_core::{
    domain::{id::TripId, time::Timestamp},
    ports::store::AlertRecord,
};

use super::{App, Effect, Gravity, Overlay, aiming::CLOSE, prompting};
use crate::{
    answers::{self, Filtered, Goes, Inquiry, Past, Wants},
    tui::{
        layout::Pane,
        model::alerts::Note,
        questions::{Choice, Errand, Told},
        text,
    },
};

impl App {
    pub(super) fn open_questions(&mut self) {
        self.questions.open(answers::lexicon(&self.model.books()));
        self.overlays.open(Overlay::Questions);
    }

    /// What the store should be asked for a question.
    pub fn errand(&self) -> Option<&Errand> {
        self.questions.errand()
    }

    pub(super) fn key_in_questions(&mut self, key: &KeyEvent, now: Timestamp) -> Option<Effect> {
        let questions = &mut self.questions;
        let page = isize::try_from(questions.window.page()).unwrap_or(1);
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc if questions.picked.is_some() => questions.picked = None,
            KeyCode::Esc => return None,
            KeyCode::Enter => match questions.picked {
                Some(row) => return self.choose_told(row, now),
                None => {
                    let question = text::clean(questions.line.value()).trim().to_owned();
                    self.put_question(&question, now);
                }
            },
            KeyCode::Char('f') if ctrl => return self.filter_as_told(now),
            KeyCode::Char('u') if ctrl => self.type_question(""),
            KeyCode::Tab => {
                questions.complete();
                self.questions.typed();
            }
            KeyCode::PageDown => questions.step(page),
            KeyCode::PageUp => questions.step(-page),
            KeyCode::Down if questions.is_recalling() => questions.recall(false),
            KeyCode::Down => questions.step(1),
            KeyCode::Up if questions.picked.is_some() => questions.step(-1),
            KeyCode::Up => questions.recall(true),
            _ => {
                let before = questions.line.value().len();
                prompting::type_into(&mut questions.line, key);
                if questions.line.value().len() != before {
                    self.questions.typed();
                }
            }
        }
        self.overlays.open(Overlay::Questions);
        None
    }

    /// Types what was pasted.
    pub(super) fn paste_question(&mut self, pasted: &str) {
        let line = format!("{}{}", self.questions.line.value(), text::clean(pasted));
        self.type_question(&line.chars().take(prompting::LONGEST).collect::<String>());
    }

    fn type_question(&mut self, line: &str) {
        self.questions.line = Line::new(line.to_owned());
        self.questions.typed();
    }

    /// Asks: at once where this screen knows all of it, else the store.
    pub(super) fn put_question(&mut self, question: &str, now: Timestamp) {
        self.questions.begin(question);
        let books = Arc::new(self.model.books());
        let inquiry = match Inquiry::new(question, books, now, self.setting.zone) {
            Ok(inquiry) => inquiry,
            Err(puzzle) => {
                self.questions.told = Told::Puzzle(puzzle);
                return;
            }
        };
        let wants = inquiry.wants();
        match self.known(&wants) {
            Some(past) => self.questions.told = Told::Answer(Arc::new(inquiry.answer(&past))),
            None if self.has_archive() => self.questions.send(inquiry),
            None => {
                let why = "there is no store here to ask about the past".to_owned();
                self.questions.told = Told::Failed(why);
            }
        }
    }

    /// What is wanted, where this screen knows all of it: nothing, or the alerts that are open.
    fn known(&self, wants: &Wants) -> Option<Past> {
        let open = wants.alerts.as_ref().filter(|query| query.open == Some(true) && query.span.is_none());
        let rest = Wants { alerts: None, ..wants.clone() };
        if !rest.is_nothing() || (wants.alerts.is_some() && open.is_none()) {
            return None;
        }
        let mut past = Past::default();
        if open.is_some() {
            let last = self.model.alerts.entries().iter().filter(|entry| entry.alert.end.is_none());
            past.alerts = last
                .map(|entry| {
                    let taken = match &entry.note {
                        Note::Taken(acknowledgement, at) => Some((acknowledgement, *at)),
                        Note::None | Note::Asked => None,
                    };
                    AlertRecord {
                        alert: entry.alert.clone(),
                        escalated_at: None,
                        acknowledged_by: taken.map(|(by, _)| by.by.clone()),
                        acknowledged_at: taken.map(|(_, at)| at),
                        note: taken.and_then(|(by, _)| by.note.clone()),
                    }
                })
                .collect();
        }
        Some(past)
    }

    /// Does what a row says: goes there, or asks it.
    pub(super) fn choose_told(&mut self, row: usize, now: Timestamp) -> Option<Effect> {
        match self.questions.choice(row) {
            Some(Choice::Go(goes)) => {
                self.questions.picked = Some(row);
                self.go_to_told(&goes, now);
            }
            Some(Choice::Ask(question)) => {
                self.put_question(&question, now);
                self.overlays.open(Overlay::Questions);
            }
            None => self.overlays.open(Overlay::Questions),
        }
        None
    }

    fn go_to_told(&mut self, goes: &Goes, now: Timestamp) {
        match goes {
            Goes::Truck(vehicle) => {
                self.pick(vehicle.clone());
                self.show_selected(now);
            }
            Goes::Place(fence) => self.show_fence(fence),
            Goes::Point(point) => self.look_at(*point, CLOSE),
            Goes::Trip(trip) => self.go_to_trip(*trip, now),
        }
    }

    /// Shows a trip's truck, and the trip in its list.
    fn go_to_trip(&mut self, id: TripId, now: Timestamp) {
        let Some(trip) = self.model.trips.get(&id) else {
            self.tell(Gravity::Note, "that trip is over, and not on this screen".to_owned(), now);
            return;
        };
        let vehicle = trip.vehicle.clone();
        if let Some(row) = self.model.trips_in_order().iter().position(|trip| *trip == id) {
            self.lists.trips.place(id, row);
        }
        self.pick(vehicle);
        self.show_selected(now);
    }

    /// Narrows list and map to the trucks the answer's filter means.
    pub(super) fn filter_as_told(&mut self, now: Timestamp) -> Option<Effect> {
        let filter = match &self.questions.told {
            Told::Answer(answer) => answer.filter.clone(),
            Told::Nothing | Told::Awaited | Told::Puzzle(_) | Told::Failed(_) => None,
        };
        match filter {
            Some((Filtered::Trucks, filter)) => {
                self.narrow_to(&filter, now);
                self.focus(Pane::Fleet);
            }
            Some((Filtered::Trips | Filtered::Alerts, _)) | None => {
                self.tell(Gravity::Note, "no filter of trucks was told".to_owned(), now);
                self.overlays.open(Overlay::Questions);
            }
        }
        None
    }
}
