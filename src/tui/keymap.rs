//! The one table of keys: the loop looks keys up in it, the help screen and the
//! hint line print it.

use crossterm::event::KeyEvent;

mod action;
mod chord;
mod table;

pub use action::Action;
pub use chord::Chord;
pub use table::{Binding, Context, KEYMAP};

/// Why a keymap cannot be as asked.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeymapError {
    /// Nothing of that name can be done.
    #[error("nothing called {name:?} can be done; `watchtower config keys` lists what can")]
    NoAction {
        /// As it was written.
        name: String,
    },
    /// It is no key.
    #[error("{text:?} is no key like x, Ctrl-x, Enter, F5, PgDn, Space")]
    NoKey {
        /// As it was written.
        text: String,
    },
    /// One key, two actions.
    #[error("{key} would mean both {one} and {other}")]
    Taken {
        /// The key.
        key: String,
        /// What it means.
        one: String,
        /// What else.
        other: String,
    },
}

/// The keys of this dashboard: the table, as far as the user has not changed it.
#[derive(Clone, Debug)]
pub struct Keymap {
    rows: Vec<Row>,
}

/// A row of a keymap.
#[derive(Clone, Debug)]
pub struct Row {
    /// The keys; the first stands for all in hints. None: it has been taken away.
    pub keys: Vec<Chord>,
    /// Where, what, and the words for it.
    pub binding: &'static Binding,
}

impl Default for Keymap {
    fn default() -> Self {
        let row = |binding: &'static Binding| Row { keys: binding.keys.to_vec(), binding };
        Self { rows: KEYMAP.iter().map(row).collect() }
    }
}

impl Keymap {
    /// The table with other keys for some actions: `next-alert` to `x`, `Ctrl-x`. A key
    /// that is given to one action is taken from the one that had it, unless that one was
    /// given it, too.
    ///
    /// # Errors
    ///
    /// All that is wrong with it.
    pub fn with<'a>(
        changes: impl IntoIterator<Item = (&'a str, &'a [String])>,
    ) -> Result<Self, Vec<KeymapError>> {
        let (mut map, mut wrong) = (Self::default(), Vec::new());
        let mut changed: Vec<&'static Binding> = Vec::new();
        for (name, keys) in changes {
            let keys: Vec<Chord> = keys
                .iter()
                .filter_map(|text| {
                    let key = Chord::parse(text);
                    if key.is_none() {
                        wrong.push(KeymapError::NoKey { text: text.clone() });
                    }
                    key
                })
                .collect();
            let rows = map.rows.iter_mut().filter(|row| row.binding.action.name() == name);
            let before = changed.len();
            for row in rows {
                row.keys.clone_from(&keys);
                changed.push(row.binding);
            }
            if changed.len() == before {
                wrong.push(KeymapError::NoAction { name: name.to_owned() });
            }
        }
        let is_changed = |binding: &Binding| changed.iter().any(|other| std::ptr::eq(*other, binding));
        let given: Vec<(Chord, Context)> = map
            .rows
            .iter()
            .filter(|row| is_changed(row.binding))
            .flat_map(|row| row.keys.iter().map(|key| (*key, row.binding.context)))
            .collect();
        for row in map.rows.iter_mut().filter(|row| !is_changed(row.binding)) {
            row.keys.retain(|key| !given.contains(&(*key, row.binding.context)));
        }
        let mut seen: Vec<(Chord, &'static Binding)> = Vec::new();
        for row in map.rows.iter().filter(|row| is_changed(row.binding)) {
            for key in &row.keys {
                let clash = seen
                    .iter()
                    .find(|(other, binding)| other == key && binding.context == row.binding.context);
                if let Some((_, binding)) = clash {
                    wrong.push(KeymapError::Taken {
                        key: key.name(),
                        one: binding.action.name(),
                        other: row.binding.action.name(),
                    });
                }
                seen.push((*key, row.binding));
            }
        }
        if wrong.is_empty() { Ok(map) } else { Err(wrong) }
    }

    /// Every row.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The first key of an action, for hints; none when it has been taken away.
    pub fn key_of(&self, action: Action) -> Option<String> {
        let row = self.rows.iter().find(|row| row.binding.action == action)?;
        row.keys.first().map(|key| key.name())
    }

    /// What a key means in one context alone.
    pub fn lookup_only(&self, event: &KeyEvent, context: Context) -> Option<Action> {
        let chord = Chord::of(event);
        let bound = |row: &&Row| row.binding.context == context && row.keys.contains(&chord);
        self.rows.iter().find(bound).map(|row| row.binding.action)
    }

    /// What a key means with a pane of that context in focus.
    pub fn lookup(&self, event: &KeyEvent, context: Context) -> Option<Action> {
        self.lookup_only(event, context).or_else(|| self.lookup_only(event, Context::Anywhere))
    }
}

impl Row {
    /// All its keys, for the help screen.
    pub fn names(&self) -> String {
        self.keys.iter().map(|chord| chord.name()).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyModifiers};
    use std::collections::HashSet;

    #[test]
    fn no_key_means_two_things_in_one_place() {
        let mut seen = HashSet::new();
        for binding in KEYMAP {
            for chord in binding.keys {
                assert!(seen.insert((format!("{:?}", binding.context), chord.name())), "{}", chord.name());
            }
        }
    }

    #[test]
    fn every_key_finds_its_own_action() {
        for binding in KEYMAP {
            for chord in binding.keys {
                let modifiers = if chord.ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
                let event = KeyEvent::new(chord.code, modifiers);
                assert_eq!(
                    Keymap::default().lookup(&event, binding.context),
                    Some(binding.action),
                    "{}",
                    chord.name()
                );
            }
        }
    }

    #[test]
    fn shift_tab_is_known_in_both_spellings() {
        for event in [
            KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT),
            KeyEvent::new(KeyCode::Tab, KeyModifiers::SHIFT),
        ] {
            assert_eq!(Keymap::default().lookup(&event, Context::Map), Some(Action::Previous));
        }
    }

    #[test]
    fn every_key_is_read_by_its_own_name() {
        for chord in KEYMAP.iter().flat_map(|binding| binding.keys) {
            assert_eq!(Chord::parse(&chord.name()), Some(*chord), "{}", chord.name());
        }
        for text in ["", "Ctrl-", "F0", "F99", "Fx", "Hyper-x", "\u{7}", "ctrl-é"] {
            assert!(Chord::parse(text).is_none_or(|key| key.ctrl), "{text:?}");
        }
    }

    #[test]
    fn keys_are_changed_and_taken_from_who_had_them() {
        let keys = |text: &[&str]| text.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let (alert, quit) = (keys(&["q", "Ctrl-n"]), keys(&["Q"]));
        let map = Keymap::with([("next-alert", &alert[..]), ("quit", &quit)]).unwrap();
        let press = |c| map.lookup(&KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE), Context::List);
        assert_eq!([press('q'), press('Q'), press('n')], [Some(Action::NextAlert), Some(Action::Quit), None]);
        // Taken from the one that had it, who stays reachable otherwise or not at all.
        let map = Keymap::with([("next-alert", &keys(&["f"])[..])]).unwrap();
        assert_eq!(map.key_of(Action::Follow), None);
    }

    #[test]
    fn all_that_is_wrong_with_a_keymap_is_told_at_once() {
        let keys = |text: &str| vec![text.to_owned()];
        let (x, hyper) = (keys("x"), keys("Hyper-x"));
        let wrong =
            Keymap::with([("follow", &x[..]), ("fit", &x), ("fly", &x), ("find", &hyper)]).unwrap_err();
        let told: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        for words in ["both follow and fit", "\"fly\"", "Hyper-x"] {
            assert!(told.iter().any(|reason| reason.contains(words)), "{words} not in {told:?}");
        }
    }
}
