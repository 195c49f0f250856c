//! What a terminal sends, from bytes to keys, mouse, pastes and reports. Pure: a byte
//! at a time, so that how reads cut the stream makes no difference.
//!
//! Sources: ECMA-48, xterm's ctlseqs, and kitty's keyboard protocol.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

mod ground;
mod keys;
mod mouse;
#[cfg(test)]
mod tests;

/// A sequence longer than this is none.
const LONGEST_SEQUENCE: usize = 64;
/// Of a string nobody asked for, so much is taken for one.
const LONGEST_STRING: usize = 4_096;
/// Of a paste, so much is kept.
const LONGEST_PASTE: usize = 64 * 1024;
const PASTE_END: &[u8] = b"\x1b[201~";

/// What was heard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Heard {
    /// From the user.
    Input(Event),
    /// From the terminal itself.
    Report(Report),
}

/// What a terminal says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Report {
    /// Where its cursor is: it has done all that was sent before the question.
    CursorPosition {
        /// From 0.
        column: u16,
        /// From 0.
        row: u16,
    },
    /// What it writes on: it was asked, or the user changed it.
    Ground(Shade),
}

/// How bright a terminal's ground is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shade {
    /// Bright letters are seen on it.
    Dark,
    /// Dark ones are.
    Light,
}

/// How long what was begun may wait for its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Patience {
    /// Nothing was begun.
    NotNeeded,
    /// What may be a key of its own.
    Short,
    /// What only a terminal begins, or a paste: the rest may come over a slow line, and
    /// would be taken for keys.
    Long,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum State {
    Ground,
    /// The first bytes of a character.
    Utf8(KeyModifiers),
    Escape,
    /// After `ESC O`.
    SingleShift,
    /// After `ESC [`.
    Control,
    /// After `ESC [ [`: a function key of the Linux console.
    Console,
    /// Coordinates of a mouse report of old, so many of them to come.
    OldMouse(u8),
    /// A string up to its end, `ESC \` or BEL, begun with this byte.
    String(u8),
    /// An escape within such a string.
    StringEscape(u8),
    /// So many bytes of the end of a paste were seen.
    Paste(usize),
}

/// The parser of one terminal's bytes.
#[derive(Debug)]
pub(super) struct Parser {
    state: State,
    bytes: Vec<u8>,
    heard: Vec<Heard>,
}

impl Default for Parser {
    fn default() -> Self {
        Self { state: State::Ground, bytes: Vec::new(), heard: Vec::new() }
    }
}

impl Parser {
    /// Takes bytes as they came; returns what they say.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> std::vec::Drain<'_, Heard> {
        bytes.iter().for_each(|byte| self.byte(*byte));
        self.heard.drain(..)
    }

    /// Nothing came for as long as [`Self::patience`] says: what was begun is all there
    /// is. An escape is the key of that name.
    pub(super) fn pause(&mut self) -> std::vec::Drain<'_, Heard> {
        match std::mem::replace(&mut self.state, State::Ground) {
            State::Ground => {}
            State::Escape => self.key(KeyCode::Esc, KeyModifiers::NONE),
            State::SingleShift => self.character('O', KeyModifiers::ALT),
            State::Control if self.bytes.is_empty() => self.character('[', KeyModifiers::ALT),
            State::String(first) if self.bytes.is_empty() => {
                self.character(char::from(first), KeyModifiers::ALT);
            }
            State::Paste(_) => self.pasted(),
            // Rubbish.
            State::Utf8(_)
            | State::Control
            | State::Console
            | State::OldMouse(_)
            | State::String(_)
            | State::StringEscape(_) => {}
        }
        self.bytes.clear();
        self.heard.drain(..)
    }

    /// How long to wait for more before [`Self::pause`].
    pub(super) fn patience(&self) -> Patience {
        match self.state {
            State::Ground => Patience::NotNeeded,
            State::Paste(_) | State::StringEscape(_) => Patience::Long,
            State::Control | State::String(_) if !self.bytes.is_empty() => Patience::Long,
            State::Utf8(_)
            | State::Escape
            | State::SingleShift
            | State::Control
            | State::Console
            | State::OldMouse(_)
            | State::String(_) => Patience::Short,
        }
    }

    fn byte(&mut self, byte: u8) {
        match self.state {
            State::Ground => self.ground(byte, KeyModifiers::NONE),
            State::Utf8(modifiers) => self.utf8(byte, modifiers),
            State::Escape => self.escape(byte),
            State::SingleShift => self.single_shift(byte),
            State::Control => self.control(byte),
            State::Console => match keys::console(byte) {
                Some(code) => self.end(|parser| parser.key(code, KeyModifiers::NONE)),
                None => self.again(byte),
            },
            State::OldMouse(left) => match byte {
                0..0x20 => self.again(byte),
                _ if left > 1 => self.state = State::OldMouse(left - 1),
                _ => self.state = State::Ground,
            },
            State::String(first) => self.string(byte, first),
            State::StringEscape(first) => match byte {
                b'\\' => self.end(|parser| parser.said(first)),
                _ => {
                    self.bytes.clear();
                    self.escape(byte);
                }
            },
            State::Paste(seen) => self.paste(byte, seen),
        }
    }

    /// Back to the ground with what was collected.
    fn end(&mut self, say: impl FnOnce(&mut Self)) {
        self.state = State::Ground;
        say(self);
        self.bytes.clear();
    }

    /// What was begun is rubbish; the byte begins something new.
    fn again(&mut self, byte: u8) {
        self.state = State::Ground;
        self.bytes.clear();
        self.byte(byte);
    }

    fn ground(&mut self, byte: u8, modifiers: KeyModifiers) {
        self.state = State::Ground;
        match byte {
            0x1b => self.state = State::Escape,
            0x20..=0x7e => self.character(char::from(byte), modifiers),
            0x80.. => {
                // What begins no character is rubbish.
                if utf8_length(byte).is_some() {
                    self.bytes.push(byte);
                    self.state = State::Utf8(modifiers);
                }
            }
            _ => {
                let (code, with) = keys::control(byte);
                self.key(code, with | modifiers);
            }
        }
    }

    fn utf8(&mut self, byte: u8, modifiers: KeyModifiers) {
        if !(0x80..0xc0).contains(&byte) {
            return self.again(byte);
        }
        self.bytes.push(byte);
        if utf8_length(self.bytes[0]).is_none_or(|length| self.bytes.len() >= length) {
            self.end(|parser| {
                let character = std::str::from_utf8(&parser.bytes).ok().and_then(|text| text.chars().next());
                if let Some(character) = character.filter(|character| !character.is_control()) {
                    parser.character(character, modifiers);
                }
            });
        }
    }

    fn escape(&mut self, byte: u8) {
        match byte {
            b'[' => self.state = State::Control,
            b'O' => self.state = State::SingleShift,
            b']' | b'P' | b'X' | b'^' | b'_' => self.state = State::String(byte),
            0x1b => {
                self.key(KeyCode::Esc, KeyModifiers::NONE);
                self.state = State::Escape;
            }
            _ => self.ground(byte, KeyModifiers::ALT),
        }
    }

    fn single_shift(&mut self, byte: u8) {
        match keys::single_shift(byte) {
            Some(code) => self.end(|parser| parser.key(code, KeyModifiers::NONE)),
            None => {
                self.character('O', KeyModifiers::ALT);
                self.again(byte);
            }
        }
    }

    fn control(&mut self, byte: u8) {
        match byte {
            b'[' if self.bytes.is_empty() => self.state = State::Console,
            b'M' if self.bytes.is_empty() => self.state = State::OldMouse(3),
            0x20..0x40 => {
                if self.bytes.len() < LONGEST_SEQUENCE {
                    self.bytes.push(byte);
                }
            }
            0x40..0x7f => {
                self.state = State::Ground;
                let parameters = std::mem::take(&mut self.bytes);
                if parameters.len() < LONGEST_SEQUENCE {
                    self.sequence(&parameters, byte);
                }
                self.bytes = parameters;
                self.bytes.clear();
            }
            _ => self.again(byte),
        }
    }

    /// A whole control sequence.
    fn sequence(&mut self, parameters: &[u8], last: u8) {
        match (parameters, last) {
            (b"200", b'~') => self.state = State::Paste(0),
            (b"", b'I') => self.heard.push(Heard::Input(Event::FocusGained)),
            (b"", b'O') => self.heard.push(Heard::Input(Event::FocusLost)),
            ([b'<', report @ ..], b'M' | b'm') => {
                self.heard.extend(mouse::report(report, last).map(Event::Mouse).map(Heard::Input));
            }
            (_, b'R') => self.heard.extend(position(parameters).map(Heard::Report)),
            (_, b'n') => self.heard.extend(ground::scheme(parameters).map(Heard::Report)),
            // Answers to what somebody else may have asked.
            (_, b'c' | b't' | b'y') => {}
            _ => self.heard.extend(keys::sequence(parameters, last).map(Event::Key).map(Heard::Input)),
        }
    }

    fn string(&mut self, byte: u8, first: u8) {
        match byte {
            0x07 => self.end(|parser| parser.said(first)),
            0x1b if self.bytes.is_empty() => {
                self.character(char::from(first), KeyModifiers::ALT);
                self.again(byte);
            }
            0x1b => self.state = State::StringEscape(first),
            // No string has a control character: its end was lost, and this is a key.
            0x00..0x20 => self.again(byte),
            _ if self.bytes.len() < LONGEST_STRING => self.bytes.push(byte),
            _ => self.end(|_| ()),
        }
    }

    /// A string is whole.
    fn said(&mut self, first: u8) {
        if first == b']' {
            self.heard.extend(ground::command(&self.bytes).map(Heard::Report));
        }
    }

    fn paste(&mut self, byte: u8, seen: usize) {
        if byte == PASTE_END[seen] {
            if seen + 1 == PASTE_END.len() {
                return self.end(Self::pasted);
            }
            self.state = State::Paste(seen + 1);
            return;
        }
        // It was none: what looked like it belongs to the text.
        let room = |parser: &Self| LONGEST_PASTE.saturating_sub(parser.bytes.len());
        let kept = seen.min(room(self));
        self.bytes.extend_from_slice(&PASTE_END[..kept]);
        if byte == PASTE_END[0] {
            self.state = State::Paste(1);
            return;
        }
        self.state = State::Paste(0);
        if room(self) > 0 {
            self.bytes.push(byte);
        }
    }

    fn pasted(&mut self) {
        let text = String::from_utf8_lossy(&self.bytes).into_owned();
        self.heard.push(Heard::Input(Event::Paste(text)));
    }

    fn character(&mut self, character: char, modifiers: KeyModifiers) {
        let shift = if character.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
        self.key(KeyCode::Char(character), modifiers | shift);
    }

    fn key(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        self.heard.push(Heard::Input(Event::Key(KeyEvent::new(code, modifiers))));
    }
}

/// How many bytes the character has that begins with this one.
fn utf8_length(first: u8) -> Option<usize> {
    match first {
        0xc2..=0xdf => Some(2),
        0xe0..=0xef => Some(3),
        0xf0..=0xf4 => Some(4),
        _ => None,
    }
}

/// Numbers between semicolons, each its first part where colons divide it; 0 for one
/// that is left out.
fn numbers(parameters: &[u8]) -> Option<Vec<u32>> {
    let text = std::str::from_utf8(parameters).ok()?;
    let number = |part: &str| {
        let first = part.split(':').next().unwrap_or_default();
        if first.is_empty() { Some(0) } else { first.parse().ok() }
    };
    text.split(';').map(number).collect()
}

/// A cursor's position: row and column from 1.
fn position(parameters: &[u8]) -> Option<Report> {
    let parameters = parameters.strip_prefix(b"?").unwrap_or(parameters);
    let &[row, column, ..] = numbers(parameters)?.as_slice() else { return None };
    let from_zero = |number: u32| u16::try_from(number.checked_sub(1)?).ok();
    Some(Report::CursorPosition { column: from_zero(column)?, row: from_zero(row)? })
}
