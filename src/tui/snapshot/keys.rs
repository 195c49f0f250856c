//! Keys by their names, as the keymap writes them: `2 j j Enter Ctrl-L`.

use crossterm::event::KeyEvent;

use crate::tui::keymap::Chord;

/// A word that is no key's name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{0:?} is no key: keys are single characters, Ctrl-L, F1 and Enter, Esc, Tab, Shift-Tab, Space, Backspace, \
     Delete, Up, Down, Left, Right, Home, End, PgUp, PgDn, with blanks between them"
)]
pub struct KeyNameError(String);

/// Reads a sequence of keys.
pub fn keys(text: &str) -> Result<Vec<KeyEvent>, KeyNameError> {
    text.split_whitespace().map(|name| key(name).ok_or_else(|| KeyNameError(name.to_owned()))).collect()
}

fn key(name: &str) -> Option<KeyEvent> {
    Chord::parse(name).map(Chord::event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::{KEYMAP, Keymap};

    #[test]
    fn every_name_of_the_keymap_is_the_key_it_names() {
        for binding in KEYMAP {
            for event in keys(&binding.names()).unwrap() {
                assert_eq!(
                    Keymap::default().lookup(&event, binding.context),
                    Some(binding.action),
                    "{}",
                    binding.names()
                );
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
