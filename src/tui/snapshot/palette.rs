//! Which colour is meant: of 16 and 256 by xterm's palette, of none by the ground.

use ratatui::style::Color;

use crate::tui::theme::{Hue, Palette, number};

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// The terminal's own colours, for cells that leave it to the terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ground {
    /// Of what is written.
    pub ink: Rgb,
    /// Of what it is written on.
    pub ground: Rgb,
}

/// xterm's sixteen, as it comes.
const SIXTEEN: [Rgb; 16] = [
    [0x00, 0x00, 0x00],
    [0xcd, 0x00, 0x00],
    [0x00, 0xcd, 0x00],
    [0xcd, 0xcd, 0x00],
    [0x00, 0x00, 0xee],
    [0xcd, 0x00, 0xcd],
    [0x00, 0xcd, 0xcd],
    [0xe5, 0xe5, 0xe5],
    [0x7f, 0x7f, 0x7f],
    [0xff, 0x00, 0x00],
    [0x00, 0xff, 0x00],
    [0xff, 0xff, 0x00],
    [0x5c, 0x5c, 0xff],
    [0xff, 0x00, 0xff],
    [0x00, 0xff, 0xff],
    [0xff, 0xff, 0xff],
];

impl Ground {
    /// A terminal as dark as the dashboard's dark theme.
    pub const DARK: Self = Self { ink: [0xd5, 0xdc, 0xe4], ground: [0x10, 0x15, 0x1b] };

    /// A terminal that fits a palette.
    pub fn of(palette: &Palette) -> Self {
        let rgb = |hue: Hue| {
            let [_, r, g, b] = hue.rgb.to_be_bytes();
            [r, g, b]
        };
        Self { ink: rgb(palette.text), ground: rgb(palette.ground) }
    }

    /// The colour of what is written.
    pub(super) fn ink_of(self, colour: Color) -> Rgb {
        rgb(colour).unwrap_or(self.ink)
    }

    /// The colour of what it is written on.
    pub(super) fn ground_of(self, colour: Color) -> Rgb {
        rgb(colour).unwrap_or(self.ground)
    }
}

fn rgb(colour: Color) -> Option<Rgb> {
    match colour {
        Color::Rgb(r, g, b) => Some([r, g, b]),
        other => number(other).map(indexed),
    }
}

/// Sixteen colours, a cube of six levels a side, a ramp of greys.
fn indexed(index: u8) -> Rgb {
    match index {
        0..16 => SIXTEEN[usize::from(index)],
        16..232 => {
            let cube = index - 16;
            [cube / 36, cube / 6 % 6, cube % 6].map(|level| if level == 0 { 0 } else { 55 + 40 * level })
        }
        232.. => [8 + 10 * (index - 232); 3],
    }
}

/// A colour on the way from one to another, `part` of it gone.
pub(super) fn mixed(from: Rgb, to: Rgb, part: f32) -> Rgb {
    std::array::from_fn(|channel| {
        let (from, to) = (f32::from(from[channel]), f32::from(to[channel]));
        (from + (to - from) * part).round() as u8
    })
}

/// As the web writes it: `#10151b`.
pub(super) fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_xterms() {
        let of = |colour| Ground::DARK.ink_of(colour);
        assert_eq!(of(Color::Red), [0xcd, 0, 0]);
        assert_eq!(of(Color::Indexed(9)), of(Color::LightRed));
        assert_eq!(of(Color::Indexed(17)), [0, 0, 0x5f]);
        assert_eq!(of(Color::Indexed(231)), [0xff; 3]);
        assert_eq!(of(Color::Indexed(232)), [8; 3]);
        assert_eq!(of(Color::Indexed(255)), [238; 3]);
        assert_eq!(of(Color::Rgb(1, 2, 3)), [1, 2, 3]);
        assert_eq!(of(Color::Reset), Ground::DARK.ink);
        assert_eq!(Ground::DARK.ground_of(Color::Reset), Ground::DARK.ground);
    }
}
