//! Questions in plain English at the dashboard: the line they are typed into, those asked
//! before, and what was told. Pure; `respondent` asks the store what the screen does not
//! know itself.

use std::sync::Arc;

use tui_input::Input as Line;
use watchtower_core::ask::{self, Lexicon, Puzzle};

use super::listing::Window;
use crate::answers::{Answer, Goes, Inquiry};

pub(super) mod respondent;

pub use respondent::Respondent;

/// Questions kept.
const MOST: usize = 50;
/// Names offered for the word being typed.
const OFFERED: usize = 6;

/// A question on its way to the store.
#[derive(Clone, Debug)]
pub struct Errand {
    /// Tells it from those before.
    pub number: u32,
    /// The question, and the fleet as this screen knows it.
    pub inquiry: Inquiry,
}

/// What was told to the last question.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Told {
    /// Nothing was asked: what can be.
    #[default]
    Nothing,
    /// The store is being asked.
    Awaited,
    /// The answer.
    Answer(Arc<Answer>),
    /// It was not understood.
    Puzzle(Puzzle),
    /// The store had nothing to say.
    Failed(String),
}

/// What a row does when it is chosen.
#[derive(Clone, PartialEq, Debug)]
pub enum Choice {
    /// Goes there.
    Go(Goes),
    /// Asks this.
    Ask(String),
}

/// The state of the sheet, kept while it is closed.
#[derive(Debug, Default)]
pub struct Questions {
    /// What is being typed.
    pub line: Line,
    /// The question that was asked.
    pub asked: String,
    /// What was told to it.
    pub told: Told,
    /// The row picked; the line has the keys when none is.
    pub picked: Option<usize>,
    /// The window on the rows.
    pub window: Window,
    /// Names for the word being typed.
    pub offers: Vec<String>,
    /// What can be asked, with names of the fleet.
    pub examples: Vec<String>,
    /// The names of the fleet as it was when the sheet was opened.
    lexicon: Lexicon,
    /// Questions asked, the last at the end.
    history: Vec<String>,
    /// Which of them is in the line.
    recalled: Option<usize>,
    errand: Option<Errand>,
    number: u32,
}

impl Questions {
    /// Questions that can be chosen instead of typed: where nothing was asked, or was not
    /// understood.
    pub fn proposals(&self) -> &[String] {
        match &self.told {
            Told::Nothing => &self.examples,
            Told::Puzzle(puzzle) => &puzzle.instead,
            Told::Awaited | Told::Answer(_) | Told::Failed(_) => &[],
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        match &self.told {
            Told::Answer(answer) => answer.rows.len(),
            Told::Nothing | Told::Puzzle(_) | Told::Awaited | Told::Failed(_) => self.proposals().len(),
        }
    }

    /// What choosing a row does.
    pub fn choice(&self, row: usize) -> Option<Choice> {
        match &self.told {
            Told::Answer(answer) => answer.rows.get(row)?.goes.clone().map(Choice::Go),
            Told::Nothing | Told::Puzzle(_) | Told::Awaited | Told::Failed(_) => {
                self.proposals().get(row).cloned().map(Choice::Ask)
            }
        }
    }

    /// The sheet is opened on a fleet of these names.
    pub fn open(&mut self, lexicon: Lexicon) {
        self.examples = ask::examples(&lexicon).collect();
        self.lexicon = lexicon;
    }

    /// A question was asked.
    pub fn begin(&mut self, question: &str) {
        self.asked = question.to_owned();
        self.line = Line::new(question.to_owned());
        (self.picked, self.window, self.recalled, self.errand) = (None, Window::default(), None, None);
        self.offers.clear();
        self.history.retain(|before| before != question);
        self.history.push(question.to_owned());
        if self.history.len() > MOST {
            self.history.remove(0);
        }
    }

    /// It goes to the store.
    pub fn send(&mut self, inquiry: Inquiry) {
        self.number = self.number.wrapping_add(1);
        self.errand = Some(Errand { number: self.number, inquiry });
        self.told = Told::Awaited;
    }

    /// What the store should be asked.
    pub fn errand(&self) -> Option<&Errand> {
        self.errand.as_ref()
    }

    /// What it said to an errand; nothing to one that is nobody's any more.
    pub fn take(&mut self, number: u32, answer: Result<Arc<Answer>, String>) {
        if self.errand.as_ref().is_some_and(|errand| errand.number == number) {
            self.errand = None;
            self.told = answer.map_or_else(Told::Failed, Told::Answer);
        }
    }

    /// Puts an older question into the line, or a newer one; after the newest an empty one.
    pub fn recall(&mut self, older: bool) {
        let count = self.history.len();
        let at = self.recalled.unwrap_or(count);
        let at = if older { at.saturating_sub(1) } else { (at + 1).min(count) };
        self.recalled = (at < count).then_some(at);
        self.line = Line::new(self.history.get(at).cloned().unwrap_or_default());
        self.offers.clear();
    }

    /// Whether an older question is in the line.
    pub const fn is_recalling(&self) -> bool {
        self.recalled.is_some()
    }

    /// Moves the pick by rows; above the first the line has the keys.
    pub fn step(&mut self, by: isize) {
        let rows = self.rows();
        let at = self.picked.and_then(|row| isize::try_from(row).ok()).unwrap_or(-1);
        let last = isize::try_from(rows).unwrap_or(isize::MAX) - 1;
        self.picked = usize::try_from((at + by).min(last)).ok();
        self.picked.into_iter().for_each(|row| self.window.reveal(row));
    }

    /// What was typed has changed: names for the last word of it.
    pub fn typed(&mut self) {
        (self.picked, self.recalled) = (None, None);
        self.offers.clear();
        let offers = self.begun().map(|begun| self.lexicon.completions(begun, OFFERED)).unwrap_or_default();
        self.offers = offers.into_iter().map(str::to_owned).collect();
    }

    /// Completes the word being typed by the first name offered.
    pub fn complete(&mut self) {
        let (Some(offer), Some(begun)) = (self.offers.first(), self.begun()) else { return };
        let kept = &self.line.value()[..self.line.value().len() - begun.len()];
        let line = format!("{kept}{offer} ");
        self.line = Line::new(line);
        self.offers.clear();
    }

    /// The word being typed: two letters at least, with the cursor behind it.
    fn begun(&self) -> Option<&str> {
        let typed = self.line.value();
        if self.line.cursor() < typed.chars().count() {
            return None;
        }
        let begun = typed.rsplit(char::is_whitespace).next()?;
        (begun.chars().count() >= 2).then_some(begun)
    }
}
