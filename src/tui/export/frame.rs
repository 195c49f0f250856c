//! A frame of the screen as text, plain or with the colours it has.

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};

use crate::tui::text;

/// Its text, a line a row, without the spaces at their ends.
pub fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for row in 0..buffer.area.height {
        let mut skip = 0;
        let mut line = String::new();
        for column in 0..buffer.area.width {
            let symbol = buffer[(column, row)].symbol();
            if skip == 0 {
                line.push_str(symbol);
                skip = text::width(symbol).max(1);
            }
            skip -= 1;
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The same with its colours, as a terminal would be sent it.
pub fn ansi(buffer: &Buffer) -> String {
    let mut out = String::new();
    for row in 0..buffer.area.height {
        let (mut skip, mut last) = (0, String::new());
        for column in 0..buffer.area.width {
            let cell = &buffer[(column, row)];
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let style = style(cell);
            // Only what changes, so that words stay together.
            if style != last {
                out.push_str(&style);
                last = style;
            }
            out.push_str(cell.symbol());
            skip = text::width(cell.symbol()).saturating_sub(1);
        }
        out.push_str("\u{1b}[0m\n");
    }
    out
}

/// What sets a cell's style, whatever was set before.
fn style(cell: &Cell) -> String {
    let mut out = "\u{1b}[0".to_owned();
    for (modifier, code) in [
        (Modifier::BOLD, ";1"),
        (Modifier::DIM, ";2"),
        (Modifier::UNDERLINED, ";4"),
        (Modifier::REVERSED, ";7"),
    ] {
        if cell.modifier.contains(modifier) {
            out.push_str(code);
        }
    }
    out + &colour(cell.fg, 30) + &colour(cell.bg, 40) + "m"
}

fn colour(colour: Color, base: u16) -> String {
    let ansi =
        |index: u16| if index < 8 { format!(";{}", base + index) } else { format!(";{}", base + 52 + index) };
    match colour {
        Color::Reset => String::new(),
        Color::Rgb(r, g, b) => format!(";{};2;{r};{g};{b}", base + 8),
        Color::Indexed(index) => format!(";{};5;{index}", base + 8),
        Color::Black => ansi(0),
        Color::Red => ansi(1),
        Color::Green => ansi(2),
        Color::Yellow => ansi(3),
        Color::Blue => ansi(4),
        Color::Magenta => ansi(5),
        Color::Cyan => ansi(6),
        Color::Gray => ansi(7),
        Color::DarkGray => ansi(8),
        Color::LightRed => ansi(9),
        Color::LightGreen => ansi(10),
        Color::LightYellow => ansi(11),
        Color::LightBlue => ansi(12),
        Color::LightMagenta => ansi(13),
        Color::LightCyan => ansi(14),
        Color::White => ansi(15),
    }
}
