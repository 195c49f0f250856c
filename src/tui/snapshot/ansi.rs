//! A frame as a terminal is sent it. Every line stands for itself: it begins and
//! ends with the terminal's own style, so that `head` and `grep` do no harm.

use std::fmt::Write;

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};

use super::cells;

/// What SGR calls each modifier.
const CODES: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// The text with its escape sequences.
pub(in crate::tui) fn text(frame: &Buffer) -> String {
    let mut out = String::new();
    for row in 0..frame.area.height {
        let mut last = (Color::Reset, Color::Reset, Modifier::empty());
        for placed in cells::row(frame, row) {
            let style = (placed.cell.fg, placed.cell.bg, placed.cell.modifier);
            if style != last {
                last = style;
                out.push_str(&style_of(placed.cell));
            }
            out.push_str(placed.symbol);
        }
        if last == (Color::Reset, Color::Reset, Modifier::empty()) {
            let kept = out.trim_end_matches(' ').len();
            out.truncate(kept);
        } else {
            out.push_str("\u{1b}[0m");
        }
        out.push('\n');
    }
    out
}

/// The sequence that sets a cell's style whatever was set before.
fn style_of(cell: &Cell) -> String {
    let mut sequence = "\u{1b}[0".to_owned();
    for (modifier, code) in CODES {
        if cell.modifier.contains(modifier) {
            // Writing to a string cannot fail.
            let _ = write!(sequence, ";{code}");
        }
    }
    sequence.push_str(&colour(cell.fg, 30));
    sequence.push_str(&colour(cell.bg, 40));
    sequence.push('m');
    sequence
}

/// A colour's part of the sequence; `base` is 30 for ink and 40 for ground.
fn colour(colour: Color, base: u8) -> String {
    let index = match colour {
        Color::Reset => return String::new(),
        Color::Rgb(r, g, b) => return format!(";{};2;{r};{g};{b}", base + 8),
        Color::Indexed(index) => return format!(";{};5;{index}", base + 8),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
    };
    format!(";{}", base + index)
}
