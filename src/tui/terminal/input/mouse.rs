//! The mouse, as xterm's mode 1006 tells of it.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::numbers;

/// `button ; column ; row`, from 1, then `M` for down and `m` for up.
pub(super) fn report(parameters: &[u8], last: u8) -> Option<MouseEvent> {
    let &[code, column, row] = numbers(parameters)?.as_slice() else { return None };
    let kind = match kind(code)? {
        MouseEventKind::Down(button) if last == b'm' => MouseEventKind::Up(button),
        kind => kind,
    };
    let mut modifiers = KeyModifiers::NONE;
    for (bit, modifier) in [(4, KeyModifiers::SHIFT), (8, KeyModifiers::ALT), (16, KeyModifiers::CONTROL)] {
        if code & bit != 0 {
            modifiers |= modifier;
        }
    }
    let from_zero = |number: u32| u16::try_from(number.checked_sub(1)?).ok();
    Some(MouseEvent { kind, column: from_zero(column)?, row: from_zero(row)?, modifiers })
}

fn kind(code: u32) -> Option<MouseEventKind> {
    let button = (code & 0b11) | ((code & 0b1100_0000) >> 4);
    let moves = code & 0b10_0000 != 0;
    let name = match button {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        2 => MouseButton::Right,
        3 if moves => return Some(MouseEventKind::Moved),
        4 => return Some(MouseEventKind::ScrollUp),
        5 => return Some(MouseEventKind::ScrollDown),
        6 => return Some(MouseEventKind::ScrollLeft),
        7 => return Some(MouseEventKind::ScrollRight),
        _ => return None,
    };
    Some(if moves { MouseEventKind::Drag(name) } else { MouseEventKind::Down(name) })
}
