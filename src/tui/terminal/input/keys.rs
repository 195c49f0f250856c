//! Keys as terminals spell them.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::numbers;

/// A control character: what the key of it is called.
pub(super) fn control(byte: u8) -> (KeyCode, KeyModifiers) {
    let with = |character: u8| (KeyCode::Char(char::from(character)), KeyModifiers::CONTROL);
    match byte {
        b'\r' => (KeyCode::Enter, KeyModifiers::NONE),
        b'\t' => (KeyCode::Tab, KeyModifiers::NONE),
        0x7f => (KeyCode::Backspace, KeyModifiers::NONE),
        0 => with(b' '),
        0x01..=0x1a => with(byte - 1 + b'a'),
        // As a VT100 has them: Ctrl with 4 to 7.
        _ => with((byte & 0x1f).saturating_sub(0x1c) + b'4'),
    }
}

/// After `ESC O`.
pub(super) fn single_shift(byte: u8) -> Option<KeyCode> {
    match byte {
        b'A'..=b'D' | b'F' | b'H' | b'P'..=b'S' => letter(byte),
        b'M' => Some(KeyCode::Enter),
        _ => None,
    }
}

/// After `ESC [ [`.
pub(super) fn console(byte: u8) -> Option<KeyCode> {
    (b'A'..=b'E').contains(&byte).then(|| KeyCode::F(byte - b'A' + 1))
}

/// A key in a control sequence.
pub(super) fn sequence(parameters: &[u8], last: u8) -> Option<KeyEvent> {
    if parameters.first().is_some_and(|first| !first.is_ascii_digit() && *first != b';') {
        return None;
    }
    let given = numbers(parameters)?;
    let number = |at: usize| given.get(at).copied().unwrap_or(0);
    let second = parameters.split(|byte| *byte == b';').nth(1).unwrap_or_default();
    let (modifiers, kind) = modifiers(number(1), second);
    let (code, modifiers) = match last {
        // Keys that are modified otherwise: `27 ; modifiers ; character`.
        b'~' if number(0) == 27 => (character(number(2))?, modifiers),
        b'~' => (numbered(number(0))?, modifiers),
        b'u' => (character(number(0))?, modifiers),
        b'Z' => (KeyCode::BackTab, modifiers | KeyModifiers::SHIFT),
        _ => (letter(last)?, modifiers),
    };
    // Shift and Tab is a key of its own.
    let (code, modifiers) = match code {
        KeyCode::Tab if modifiers.contains(KeyModifiers::SHIFT) => (KeyCode::BackTab, modifiers),
        KeyCode::Char(small) if modifiers.contains(KeyModifiers::SHIFT) => {
            (KeyCode::Char(small.to_uppercase().next().unwrap_or(small)), modifiers)
        }
        code => (code, modifiers),
    };
    Some(KeyEvent::new_with_kind(code, modifiers, kind))
}

/// One more than the sum of the modifiers; after a colon whether the key went down, is
/// held or went up.
fn modifiers(number: u32, parameter: &[u8]) -> (KeyModifiers, KeyEventKind) {
    let bits = number.saturating_sub(1);
    let mut modifiers = KeyModifiers::NONE;
    for (bit, modifier) in [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
        (8, KeyModifiers::SUPER),
        (16, KeyModifiers::HYPER),
        (32, KeyModifiers::META),
    ] {
        if bits & bit != 0 {
            modifiers |= modifier;
        }
    }
    let kind = match parameter.split(|byte| *byte == b':').nth(1) {
        Some(b"2") => KeyEventKind::Repeat,
        Some(b"3") => KeyEventKind::Release,
        _ => KeyEventKind::Press,
    };
    (modifiers, kind)
}

/// A key by the letter its sequence ends with.
fn letter(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'E' => KeyCode::KeypadBegin,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'R' => KeyCode::F(3),
        b'S' => KeyCode::F(4),
        _ => return None,
    })
}

/// A key by the number before its `~`.
fn numbered(number: u32) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number as u8 - 10),
        17..=21 => KeyCode::F(number as u8 - 11),
        23..=26 => KeyCode::F(number as u8 - 12),
        28 | 29 => KeyCode::F(number as u8 - 13),
        31..=34 => KeyCode::F(number as u8 - 14),
        _ => return None,
    })
}

/// A key by its character.
fn character(code: u32) -> Option<KeyCode> {
    Some(match code {
        0x1b => KeyCode::Esc,
        0x0d => KeyCode::Enter,
        0x09 => KeyCode::Tab,
        0x7f | 0x08 => KeyCode::Backspace,
        // Kitty's own, in Unicode's private use area: the keypad and what else has no
        // character. Of these the keypad is all that anything is bound to.
        57_399..=57_408 => KeyCode::Char(char::from(b'0' + (code - 57_399) as u8)),
        57_414 => KeyCode::Enter,
        57_344..=63_743 => return None,
        code => KeyCode::Char(char::from_u32(code).filter(|character| !character.is_control())?),
    })
}
