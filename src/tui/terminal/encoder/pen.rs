//! The pen: the colours and modifiers the terminal writes with, changed by the
//! shortest SGR sequence there is.

use std::io::Write;

use ratatui::{
    buffer::Cell,
    style::{Color, Modifier},
};

use crate::tui::theme::number;

/// What shows on a blank.
pub(super) const ON_BLANK: Modifier = Modifier::REVERSED
    .union(Modifier::UNDERLINED)
    .union(Modifier::SLOW_BLINK)
    .union(Modifier::RAPID_BLINK)
    .union(Modifier::CROSSED_OUT);

/// Each modifier, what turns it on, and what turns it off again.
const MODIFIERS: [(Modifier, u8, u8); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// Colours and modifiers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Look {
    pub(super) fg: Color,
    pub(super) bg: Color,
    pub(super) underline: Color,
    pub(super) modifier: Modifier,
}

impl Look {
    pub(super) const PLAIN: Self =
        Self { fg: Color::Reset, bg: Color::Reset, underline: Color::Reset, modifier: Modifier::empty() };

    pub(super) fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, underline: cell.underline_color, modifier: cell.modifier }
    }

    /// Whether a blank written with `pen` looks as one of this look.
    fn is_blank_of(self, pen: Self) -> bool {
        self.bg == pen.bg && !pen.modifier.intersects(ON_BLANK) && !self.modifier.intersects(ON_BLANK)
    }
}

/// What the terminal writes with at the moment; `None` when somebody else may have
/// changed it.
#[derive(Clone, Debug, Default)]
pub(super) struct Pen {
    now: Option<Look>,
    delta: Vec<u8>,
    anew: Vec<u8>,
}

impl Pen {
    pub(super) fn forget(&mut self) {
        self.now = None;
    }

    /// What it writes with, as far as is known.
    pub(super) fn look(&self) -> Look {
        self.now.unwrap_or(Look::PLAIN)
    }

    /// Whether `cell` can be written as things are.
    pub(super) fn fits(&self, cell: &Cell) -> bool {
        let look = Look::of(cell);
        self.now.is_some_and(|now| now == look || cell.symbol() == " " && look.is_blank_of(now))
    }

    /// Changes to the look of `cell`. What a blank does not show stays as it is.
    pub(super) fn take(&mut self, cell: &Cell, out: &mut Vec<u8>) {
        if self.fits(cell) {
            return;
        }
        let mut to = Look::of(cell);
        if let Some(now) = self.now.filter(|_| cell.symbol() == " " && !to.modifier.intersects(ON_BLANK)) {
            to = Look { bg: to.bg, modifier: now.modifier.difference(ON_BLANK), ..now };
        }
        self.change(to, out);
    }

    pub(super) fn change(&mut self, to: Look, out: &mut Vec<u8>) {
        self.anew.clear();
        self.anew.push(b'0');
        parameters(Look::PLAIN, to, &mut self.anew);
        let shortest = match self.now {
            Some(now) if now == to => return,
            Some(now) => {
                self.delta.clear();
                parameters(now, to, &mut self.delta);
                if self.delta.len() <= self.anew.len() { &self.delta } else { &self.anew }
            }
            None => &self.anew,
        };
        out.extend_from_slice(b"\x1b[");
        // A lone 0 goes without saying.
        if shortest.as_slice() != b"0" {
            out.extend_from_slice(shortest);
        }
        out.push(b'm');
        self.now = Some(to);
    }
}

/// Appends what turns one look into another.
fn parameters(from: Look, to: Look, out: &mut Vec<u8>) {
    let mut put = |arguments: std::fmt::Arguments<'_>| {
        if !out.is_empty() {
            out.push(b';');
        }
        out.write_fmt(arguments).expect("memory takes what is written");
    };
    let gone = from.modifier.difference(to.modifier);
    let mut lost = Modifier::empty();
    for (modifier, _, off) in MODIFIERS {
        if gone.contains(modifier) && !lost.contains(modifier) {
            put(format_args!("{off}"));
            // What turns one off turns off the other that shares its number.
            lost.extend(MODIFIERS.iter().filter(|(_, _, other)| *other == off).map(|(other, ..)| *other));
        }
    }
    let kept = from.modifier.difference(lost);
    for (modifier, on, _) in MODIFIERS {
        if to.modifier.contains(modifier) && !kept.contains(modifier) {
            put(format_args!("{on}"));
        }
    }
    if from.fg != to.fg {
        colour(to.fg, 30, &mut put);
    }
    if from.bg != to.bg {
        colour(to.bg, 40, &mut put);
    }
    if from.underline != to.underline {
        underline(to.underline, &mut put);
    }
}

/// A colour of the text (`base` 30) or of the ground (40).
fn colour(colour: Color, base: u8, put: &mut impl FnMut(std::fmt::Arguments<'_>)) {
    match colour {
        Color::Reset => put(format_args!("{}", base + 9)),
        Color::Rgb(r, g, b) => put(format_args!("{};2;{r};{g};{b}", base + 8)),
        Color::Indexed(index) => put(format_args!("{};5;{index}", base + 8)),
        named => {
            let index = number(named).unwrap_or_default();
            // The bright eight have numbers of their own.
            put(format_args!("{}", if index < 8 { base + index } else { base + 52 + index }));
        }
    }
}

/// Of the underline. With colons, as only those know it who know what it means: with
/// semicolons others take its numbers for modifiers.
fn underline(colour: Color, put: &mut impl FnMut(std::fmt::Arguments<'_>)) {
    match colour {
        Color::Reset => put(format_args!("59")),
        Color::Rgb(r, g, b) => put(format_args!("58:2::{r}:{g}:{b}")),
        Color::Indexed(index) => put(format_args!("58:5:{index}")),
        named => put(format_args!("58:5:{}", number(named).unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(from: Look, to: Look) -> String {
        let (mut pen, mut out) = (Pen::default(), Vec::new());
        pen.change(from, &mut out);
        out.clear();
        pen.change(to, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_what_differs_is_sent() {
        let old = Look { fg: Color::Rgb(1, 2, 3), bg: Color::Indexed(17), ..Look::PLAIN };
        assert_eq!(change(old, old), "");
        assert_eq!(change(old, Look { bg: Color::Indexed(18), ..old }), "\u{1b}[48;5;18m");
        assert_eq!(change(old, Look { fg: Color::LightRed, ..old }), "\u{1b}[91m");
        assert_eq!(
            change(old, Look { underline: Color::Rgb(4, 5, 6), ..old }),
            "\u{1b}[58:2::4:5:6m",
            "with semicolons it would be dim to those who do not know it"
        );
    }

    #[test]
    fn a_reset_is_sent_where_it_is_shorter() {
        let old = Look { fg: Color::Red, bg: Color::Blue, modifier: Modifier::BOLD, ..Look::PLAIN };
        assert_eq!(change(old, Look::PLAIN), "\u{1b}[m");
        assert_eq!(change(old, Look { fg: Color::Green, ..Look::PLAIN }), "\u{1b}[0;32m");
    }

    #[test]
    fn bold_and_dim_share_what_turns_them_off() {
        let ground = Look { bg: Color::Rgb(100, 100, 100), ..Look::PLAIN };
        let both = Look { modifier: Modifier::BOLD | Modifier::DIM, ..ground };
        assert_eq!(change(both, Look { modifier: Modifier::DIM, ..ground }), "\u{1b}[22;2m");
        assert_eq!(change(both, Look { modifier: Modifier::BOLD, ..ground }), "\u{1b}[22;1m");
        assert_eq!(change(both, ground), "\u{1b}[22m");
    }

    #[test]
    fn a_blank_keeps_the_colour_of_text_it_does_not_show() {
        let (mut pen, mut out) = (Pen::default(), Vec::new());
        pen.change(Look { fg: Color::Red, modifier: Modifier::BOLD, ..Look::PLAIN }, &mut out);
        out.clear();
        pen.take(&Cell::new(" "), &mut out);
        assert_eq!(out, b"");
        let mut reversed = Cell::new(" ");
        reversed.modifier = Modifier::REVERSED;
        assert!(!pen.fits(&reversed));
    }
}
