//! The command palette: everything that can be done, found by a few letters of its name.

use std::collections::BTreeMap;

use crossterm::event::{Event as Input, KeyCode, KeyEvent};
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use tui_input::{Input as Line, backend::crossterm::EventHandler};
use watchtower_core::domain::geo::LonLat;

use super::{
    keymap::{Action, Context, Keymap},
    map::Viewport,
    roster::Column,
    theme::ThemeName,
    words,
};

mod columns;

/// Longer lines are not typed into it.
const LONGEST: usize = 80;

/// What a row of the palette does.
#[derive(Clone, PartialEq, Debug)]
pub enum Deed {
    /// The same as a key.
    Act(Action),
    /// Shows a place.
    Go(LonLat),
    /// Shows a view that was kept.
    Return(char),
    /// Changes the colours.
    Theme(ThemeName),
    /// Changes the columns of the fleet list.
    Columns(Vec<Column>),
}

/// A row.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// What is typed for it.
    pub name: String,
    /// What it does, in words.
    pub help: String,
    /// The keys that do the same.
    pub keys: String,
    /// What it does.
    pub deed: Deed,
}

/// The palette while it is open.
#[derive(Clone, Debug)]
pub struct CommandPalette {
    /// What is typed.
    pub line: Line,
    /// The row picked.
    pub picked: usize,
    all: Vec<Entry>,
    found: Vec<Entry>,
}

/// What a key made of the palette.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// It goes on.
    Open,
    /// It was left.
    Leave,
    /// Something was chosen.
    Do(Deed),
}

impl CommandPalette {
    /// Everything there is to do where those contexts are.
    pub fn new(
        keymap: &Keymap,
        is_there: impl Fn(Context) -> bool,
        bookmarks: &BTreeMap<char, Viewport>,
    ) -> Self {
        let mut all: Vec<Entry> = Vec::new();
        for row in keymap.rows().iter().filter(|row| is_there(row.binding.context)) {
            let action = row.binding.action;
            // The arrows mean another thing in every pane.
            if all.iter().any(|entry| entry.deed == Deed::Act(action)) || is_movement(action) {
                continue;
            }
            all.push(Entry {
                name: action.name(),
                help: row.binding.help.to_owned(),
                keys: row.names(),
                deed: Deed::Act(action),
            });
        }
        let themes = ThemeName::ALL.map(|theme| Entry {
            name: format!("theme {}", theme.name()),
            help: format!("{} colours", theme.name()),
            keys: String::new(),
            deed: Deed::Theme(theme),
        });
        all.extend(themes);
        all.extend(bookmarks.iter().map(|(name, view)| Entry {
            name: format!("bookmark {name}"),
            help: format!("{}  z{:.1}", words::coordinates(view.centre), view.zoom),
            keys: format!("' {name}"),
            deed: Deed::Return(*name),
        }));
        let mut palette = Self { line: Line::default(), picked: 0, all, found: Vec::new() };
        palette.find();
        palette
    }

    /// The same with what can be made of the columns shown.
    pub fn with_columns(mut self, shown: &[Column]) -> Self {
        self.all.extend(columns::entries(shown));
        self.find();
        self
    }

    /// What is found, best first.
    pub fn found(&self) -> &[Entry] {
        &self.found
    }

    /// Takes a key.
    pub fn key(&mut self, key: &KeyEvent) -> Outcome {
        let count = self.found.len().max(1);
        match key.code {
            KeyCode::Esc => return Outcome::Leave,
            KeyCode::Enter => {
                return self
                    .found
                    .get(self.picked)
                    .map_or(Outcome::Open, |entry| Outcome::Do(entry.deed.clone()));
            }
            KeyCode::Down => self.picked = (self.picked + 1) % count,
            KeyCode::Up => self.picked = (self.picked + count - 1) % count,
            KeyCode::Tab => {
                if let Some(entry) = self.found.get(self.picked) {
                    self.line = Line::new(entry.name.clone());
                    self.find();
                }
            }
            // Backspace in an empty line leaves it, as in an editor.
            KeyCode::Backspace if self.line.value().is_empty() => return Outcome::Leave,
            _ => {
                if self.line.value().len() < LONGEST || key.code == KeyCode::Backspace {
                    self.line.handle_event(&Input::Key(*key));
                }
                self.find();
            }
        }
        Outcome::Open
    }

    /// Types a character.
    pub fn insert(&mut self, c: char) {
        if self.line.value().len() < LONGEST {
            self.line.handle(tui_input::InputRequest::InsertChar(c));
            self.find();
        }
    }

    fn find(&mut self) {
        self.picked = 0;
        let typed = self.line.value().trim();
        if let Some(point) = coordinates(typed) {
            let (lat, lon) = (point.lat(), point.lon());
            let help = format!("go to {lat:.5}, {lon:.5}");
            self.found =
                vec![Entry { name: "go".to_owned(), help, keys: String::new(), deed: Deed::Go(point) }];
            return;
        }
        if typed.is_empty() {
            self.found.clone_from(&self.all);
            return;
        }
        if let Some(found) = columns::typed(self.line.value()) {
            self.found = found;
            return;
        }
        let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
        let (mut matcher, mut buffer) = (Matcher::new(Config::DEFAULT), Vec::new());
        let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher);
        let mut found: Vec<(u32, &Entry)> = Vec::new();
        for entry in &self.all {
            // A name counts for more than the words that explain it.
            let best = score(&entry.name).map(|score| 2 * score).max(score(&entry.help));
            found.extend(best.map(|score| (score, entry)));
        }
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        self.found = found.into_iter().map(|(_, entry)| entry.clone()).collect();
    }
}

const fn is_movement(action: Action) -> bool {
    matches!(
        action,
        Action::Left
            | Action::Right
            | Action::Up
            | Action::Down
            | Action::PageUp
            | Action::PageDown
            | Action::Top
            | Action::Bottom
            | Action::Escape
            | Action::Palette
    )
}

/// `6.4541, 3.3947`, `6.4541 N 3.3947 E`, `go 6.4541 3.3947`: latitude first, as people say it.
pub fn coordinates(text: &str) -> Option<LonLat> {
    let upper = text.to_uppercase();
    let upper = ["GO TO ", "GOTO ", "GO "].iter().find_map(|word| upper.strip_prefix(word)).unwrap_or(&upper);
    let plain = upper.replace(['N', 'S', 'E', 'W', ',', '°'], " ");
    let numbers: Vec<f64> = plain.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    let [lat, lon] = numbers[..] else { return None };
    let lat = if upper.contains('S') { -lat } else { lat };
    let lon = if upper.contains('W') { -lon } else { lon };
    LonLat::new(lon, lat).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_read_as_people_write_them() {
        for text in [
            "6.4541, 3.3947",
            "6.4541 3.3947",
            "6.4541 N 3.3947 E",
            "6.4541n,3.3947e",
            "6.4541° 3.3947°",
            "go 6.4541 3.3947",
            "goto 6.4541,3.3947",
            "go to 6.4541 N 3.3947 E",
        ] {
            let point = coordinates(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((point.lat(), point.lon()), (6.4541, 3.3947), "{text}");
        }
        let point = coordinates("6.5 S 3.25 W").unwrap();
        assert_eq!((point.lat(), point.lon()), (-6.5, -3.25));
        for text in ["", "6.4", "x y", "95 10", "1 2 3", "nan nan", "theme light"] {
            assert_eq!(coordinates(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_meant_is_found_by_a_few_letters() {
        let mut palette = CommandPalette::new(&Keymap::default(), |_| true, &BTreeMap::new());
        let mut first = |typed: &str| {
            palette.line = Line::new(typed.to_owned());
            palette.find();
            palette.found().first().map(|entry| entry.name.clone()).unwrap_or_default()
        };
        assert_eq!(first("plan"), "plan-trip");
        assert_eq!(first("light"), "theme light");
        assert_eq!(first("whole fleet"), "fit");
        assert_eq!(first("6.5 3.4"), "go");
        assert_eq!(first("play"), "play-pause");
        assert_eq!(first("zzzz"), "");
        let now = CommandPalette::new(&Keymap::default(), |it| it != Context::Replay, &BTreeMap::new());
        assert!(now.found().iter().all(|entry| entry.name != "play-pause"));
        assert_eq!(now.found()[0].name, "help");
    }
}
