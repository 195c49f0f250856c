//! The filter line: read as it is typed, completed from the table of fields and
//! from what the fleet has. While it cannot be read, the last good filter stays.

use crossterm::event::{KeyCode, KeyEvent};
use tui_input::Input as Line;
use watchtower_core::{
    domain::time::Timestamp,
    filter::{Completion, Field, Filter, FilterError, Row, Slot, TABLE, quoted},
};

use super::{App, Prompt, prompting::type_into};
use crate::tui::model::Model;

/// More than this nobody steps through.
const MOST_OFFERED: usize = 50;

const KEYWORDS: [&str; 3] = ["and", "or", "not"];

/// What a word at the cursor, not ended yet, may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Typing {
    /// There is none, or it is the value of a field.
    #[default]
    Nothing,
    /// The first letters of a field or a keyword.
    Name,
    /// A bare word, or a field misspelt.
    Word,
}

/// A filter being typed.
#[derive(Debug, Default)]
pub struct FilterLine {
    /// The line.
    pub line: Line,
    /// Why it cannot be read, when it cannot.
    pub error: Option<FilterError>,
    /// What could stand at the cursor, the likeliest first.
    pub offered: Vec<String>,
    /// The field whose value is at the cursor.
    pub field: Option<&'static Row>,
    /// Whether a bare word is being typed at the cursor, and what it may yet become.
    word: Typing,
    /// What Tab goes round: the line before it, and which was put in last.
    round: Option<(String, usize)>,
}

impl FilterLine {
    fn new(text: &str) -> Self {
        Self { line: Line::from(text), ..Self::default() }
    }

    /// The line up to the cursor.
    fn before_cursor(&self) -> &str {
        let value = self.line.value();
        let end = value.char_indices().nth(self.line.cursor()).map_or(value.len(), |(at, _)| at);
        &value[..end]
    }

    /// Looks what could stand at the cursor.
    fn look(&mut self, model: &Model, now: Timestamp) {
        let typed = Completion::at_end(self.before_cursor());
        (self.field, self.word, self.round) = (None, Typing::Nothing, None);
        self.offered = match typed.slot {
            Slot::Term => {
                let offered = fields(&typed.begun);
                let keyword = KEYWORDS.iter().any(|keyword| begins(keyword, &typed.begun));
                self.word = match (typed.begun.is_empty(), keyword || !offered.is_empty()) {
                    (true, _) => Typing::Nothing,
                    (false, true) => Typing::Name,
                    (false, false) => Typing::Word,
                };
                offered
            }
            Slot::Value(field) => {
                self.field = Some(field.row());
                values(field, &typed.begun, model, now)
            }
        };
    }

    /// Puts in what is offered, another one every time.
    fn complete(&mut self, by: isize) {
        let count = self.offered.len() as isize;
        if count == 0 {
            return;
        }
        let (before, place) = match self.round.take() {
            Some((before, last)) => (before, (last as isize + by).rem_euclid(count) as usize),
            None => (self.before_cursor().to_owned(), if by > 0 { 0 } else { self.offered.len() - 1 }),
        };
        let behind = self.line.value()[self.before_cursor().len()..].to_owned();
        let head = &before[..Completion::at_end(&before).at.start];
        let completed = format!("{head}{}", self.offered[place]);
        let cursor = completed.chars().count();
        self.line = Line::new(completed + &behind).with_cursor(cursor);
        self.round = Some((before, place));
    }
}

/// Fields that begin so, with the comparison most used of them.
fn fields(begun: &str) -> Vec<String> {
    let sign = |row: &Row| match row.field {
        Field::Text(_) | Field::Choice(_) => ":",
        Field::Figure(_) => ">",
    };
    let rows = TABLE.iter().filter(|row| begins(row.name, begun));
    rows.map(|row| format!("{}{}", row.name, sign(row))).collect()
}

/// What the fleet has of a field: first what begins so, then what has it somewhere.
fn values(field: Field, begun: &str, model: &Model, now: Timestamp) -> Vec<String> {
    let known: Vec<String> = match field {
        Field::Choice(field) => field.values().into_iter().map(str::to_owned).collect(),
        Field::Text(field) => model.texts(field, now).into_iter().collect(),
        Field::Figure(_) => Vec::new(),
    };
    let (mut first, rest): (Vec<_>, Vec<_>) = known.into_iter().partition(|value| begins(value, begun));
    let folded = begun.to_lowercase();
    first.extend(rest.into_iter().filter(|value| value.to_lowercase().contains(&folded)));
    first.truncate(MOST_OFFERED);
    first.iter().map(|value| quoted(value).into_owned()).collect()
}

fn begins(text: &str, begun: &str) -> bool {
    text.to_lowercase().starts_with(&begun.to_lowercase())
}

impl App {
    pub(super) fn open_filter(&mut self, now: Timestamp) {
        let mut typed = FilterLine::new(&self.roster.filter().to_string());
        typed.look(&self.model, now);
        self.open_prompt(Prompt::Filter(typed));
    }

    pub(super) fn key_in_filter(&mut self, mut typed: FilterLine, key: &KeyEvent, now: Timestamp) {
        match key.code {
            KeyCode::Esc => return self.narrow(Filter::default(), now),
            KeyCode::Enter => {
                typed.word = Typing::Nothing;
                if self.filter_by_line(&mut typed, now) {
                    return;
                }
            }
            code @ (KeyCode::Tab | KeyCode::BackTab) => {
                typed.complete(if code == KeyCode::Tab { 1 } else { -1 });
                if typed.offered.len() == 1 {
                    // Nothing to go round: on to what follows.
                    typed.look(&self.model, now);
                }
                self.filter_by_line(&mut typed, now);
            }
            _ => {
                type_into(&mut typed.line, key);
                self.filter_as_typed(&mut typed, now);
            }
        }
        self.open_prompt(Prompt::Filter(typed));
    }

    /// Follows the line after it changed.
    pub(super) fn filter_as_typed(&mut self, typed: &mut FilterLine, now: Timestamp) {
        typed.look(&self.model, now);
        self.filter_by_line(typed, now);
    }

    /// Goes by the line as far as it can be read; says whether it can.
    fn filter_by_line(&mut self, typed: &mut FilterLine, now: Timestamp) -> bool {
        match Filter::parse(typed.line.value()) {
            Ok(filter) => {
                typed.error = None;
                // The first letters of `status`, or `sped` before its `>`, would empty the
                // screen under the typing hand.
                let passes = |vehicle| filter.matches(&self.model.sighting(vehicle, now));
                let wait = match typed.word {
                    Typing::Nothing => false,
                    Typing::Name => true,
                    Typing::Word => !self.model.vehicles.values().any(passes),
                };
                if !wait {
                    self.narrow(filter, now);
                }
                true
            }
            Err(error) => {
                typed.error = Some(error);
                false
            }
        }
    }

    /// Goes by a filter told elsewhere.
    pub(super) fn narrow_to(&mut self, filter: &str, now: Timestamp) {
        if let Ok(filter) = Filter::parse(filter) {
            self.narrow(filter, now);
        }
    }

    fn narrow(&mut self, filter: Filter, now: Timestamp) {
        self.roster.narrow(filter);
        self.roster.refresh(&self.model, now);
    }
}
