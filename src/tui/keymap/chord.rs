//! A key with its modifiers, and its name.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers. Shift is part of the character.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chord {
    pub(super) code: KeyCode,
    pub(super) ctrl: bool,
}

pub(super) const fn key(c: char) -> Chord {
    Chord { code: KeyCode::Char(c), ctrl: false }
}

pub(super) const fn ctrl(c: char) -> Chord {
    Chord { code: KeyCode::Char(c), ctrl: true }
}

pub(super) const fn code(code: KeyCode) -> Chord {
    Chord { code, ctrl: false }
}

/// Keys with names of their own.
const NAMED: [(&str, KeyCode); 16] = [
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Shift-Tab", KeyCode::BackTab),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Space", KeyCode::Char(' ')),
];

impl Chord {
    pub(super) fn of(event: &KeyEvent) -> Self {
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        // Some terminals report Shift-Tab as Tab with a modifier.
        let code = match event.code {
            KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
            KeyCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
            code => code,
        };
        Self { code, ctrl }
    }

    /// `Ctrl-C`, `Enter`, `h`.
    pub fn name(self) -> String {
        let named = NAMED.iter().find(|(_, code)| *code == self.code).map(|(name, _)| (*name).to_owned());
        let name = match (named, self.code) {
            (Some(name), _) => name,
            (None, KeyCode::Char(c)) if self.ctrl => c.to_ascii_uppercase().to_string(),
            (None, KeyCode::Char(c)) => c.to_string(),
            (None, KeyCode::F(n)) => format!("F{n}"),
            (None, code) => format!("{code:?}"),
        };
        if self.ctrl { format!("Ctrl-{name}") } else { name }
    }

    /// The key as a terminal reports it.
    pub fn event(self) -> KeyEvent {
        KeyEvent::new(self.code, if self.ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE })
    }

    /// The key of such a name.
    pub fn parse(text: &str) -> Option<Self> {
        let (ctrl, text) = match text.get(..5).filter(|start| start.eq_ignore_ascii_case("ctrl-")) {
            Some(_) => (true, &text[5..]),
            None => (false, text),
        };
        let named = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, code)| *code);
        let mut chars = text.chars();
        let code = match (named, chars.next(), chars.next()) {
            (Some(code), _, _) => code,
            (None, Some(c), None) if !c.is_control() => {
                KeyCode::Char(if ctrl { c.to_ascii_lowercase() } else { c })
            }
            (None, Some('F' | 'f'), Some(_)) => {
                KeyCode::F(text[1..].parse().ok().filter(|number| (1..=24).contains(number))?)
            }
            _ => return None,
        };
        Some(Self { code, ctrl })
    }
}
