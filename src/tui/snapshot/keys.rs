//! Keys by their names, as the keymap writes them: `2 j j Enter Ctrl-L`.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A word that is no key's name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{0:?} is no key: keys are single characters, Ctrl-L, F1 and Enter, Esc, Tab, Shift-Tab, Space, Backspace, \
     Delete, Up, Down, Left, Right, Home, End, PgUp, PgDn, with blanks between them"
)]
pub struct KeyNameError(String);

const NAMED: [(&str, KeyCode); 16] = [
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Shift-Tab", KeyCode::BackTab),
    ("Space", KeyCode::Char(' ')),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
];

/// Reads a sequence of keys.
pub fn keys(text: &str) -> Result<Vec<KeyEvent>, KeyNameError> {
    text.split_whitespace().map(|name| key(name).ok_or_else(|| KeyNameError(name.to_owned()))).collect()
}

fn key(name: &str) -> Option<KeyEvent> {
    if let Some(c) = only(name) {
        return Some(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
    }
    if let Some((_, code)) = NAMED.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return Some(KeyEvent::new(*code, KeyModifiers::NONE));
    }
    if let Some(c) = name.strip_prefix("Ctrl-").and_then(only) {
        return Some(KeyEvent::new(KeyCode::Char(c.to_ascii_lowercase()), KeyModifiers::CONTROL));
    }
    let number = name.strip_prefix(['F', 'f'])?.parse().ok()?;
    (1..=24).contains(&number).then(|| KeyEvent::new(KeyCode::F(number), KeyModifiers::NONE))
}

fn only(text: &str) -> Option<char> {
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::{KEYMAP, lookup};

    #[test]
    fn every_name_of_the_keymap_is_the_key_it_names() {
        for binding in KEYMAP {
            for event in keys(&binding.names()).unwrap() {
                assert_eq!(lookup(&event, binding.context), Some(binding.action), "{}", binding.names());
            }
        }
    }

    #[test]
    fn a_word_that_is_no_key_is_named() {
        assert_eq!(keys("2 j Entre"), Err(KeyNameError("Entre".to_owned())));
        assert!(keys("F0").is_err() && keys("Ctrl-").is_err() && keys("Ctrl-ab").is_err());
        assert_eq!(keys("").unwrap(), []);
    }
}
