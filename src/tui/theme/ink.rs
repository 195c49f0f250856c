//! From a palette's colours to what the terminal has.

use ratatui::style::{Color, Modifier, Style};

use super::{ColourDepth, palette::Hue};

/// Reduces a colour to the terminal's depth. The 16-colour stand-in is named by
/// hand: the nearest of sixteen is seldom the one meant.
#[derive(Clone, Copy)]
pub(super) struct Ink(pub(super) ColourDepth);

impl Ink {
    fn colour(self, Hue { rgb, ansi }: Hue) -> Option<Color> {
        let [_, r, g, b] = rgb.to_be_bytes();
        match self.0 {
            ColourDepth::True => Some(Color::Rgb(r, g, b)),
            ColourDepth::Indexed => Some(Color::Indexed(nearest_indexed(r, g, b))),
            ColourDepth::Ansi => Some(ansi),
            ColourDepth::None => None,
        }
    }

    pub(super) fn fg(self, hue: Hue) -> Style {
        self.colour(hue).map_or(Style::new(), |colour| Style::new().fg(colour))
    }

    /// A ground. On 16 colours and fewer the terminal's own is kept.
    pub(super) fn bg(self, hue: Hue) -> Style {
        match self.0 {
            ColourDepth::True | ColourDepth::Indexed => {
                self.colour(hue).map_or(Style::new(), |colour| Style::new().bg(colour))
            }
            ColourDepth::Ansi | ColourDepth::None => Style::new(),
        }
    }

    /// A ground a part of the way from one colour to another; the other as ink where there
    /// are no grounds.
    pub(super) fn heat(self, from: Hue, to: Hue, share: f64) -> Style {
        let part = |shift: u32| {
            let [a, b] = [from, to].map(|hue| f64::from((hue.rgb >> shift) as u8));
            ((a + (b - a) * share).round() as u32) << shift
        };
        match self.0 {
            ColourDepth::True | ColourDepth::Indexed => {
                self.bg(Hue { rgb: part(16) | part(8) | part(0), ..to })
            }
            ColourDepth::Ansi | ColourDepth::None => self.fg(to),
        }
    }

    /// `coloured`, or without colours a modifier in its place; both where its colour is that
    /// of all text.
    pub(super) fn or(self, coloured: Style, modifier: Modifier) -> Style {
        match (self.0, coloured.fg) {
            (ColourDepth::None, _) => Style::new().add_modifier(modifier),
            (ColourDepth::Ansi, Some(Color::Reset)) => coloured.add_modifier(modifier),
            (ColourDepth::True | ColourDepth::Indexed | ColourDepth::Ansi, _) => coloured,
        }
    }

    /// A ground where there are grounds, reverse video where there are none.
    pub(super) fn highlight(self, hue: Hue) -> Style {
        match self.0 {
            ColourDepth::True | ColourDepth::Indexed => self.bg(hue).add_modifier(Modifier::BOLD),
            ColourDepth::Ansi | ColourDepth::None => Style::new().add_modifier(Modifier::REVERSED),
        }
    }
}

/// The number of a colour of the 256; none for what is no such.
pub fn number(colour: Color) -> Option<u8> {
    Some(match colour {
        Color::Reset | Color::Rgb(..) => return None,
        Color::Indexed(index) => index,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    })
}

/// The nearest colour of xterm's cube or grey ramp, by squared distance.
pub(super) fn nearest_indexed(r: u8, g: u8, b: u8) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let nearest = |value: u8| (0..6).min_by_key(|&i| value.abs_diff(LEVELS[i])).unwrap_or(0);
    let distance = |cr: u8, cg: u8, cb: u8| {
        [(r, cr), (g, cg), (b, cb)].iter().map(|(x, y)| u32::from(x.abs_diff(*y)).pow(2)).sum::<u32>()
    };
    let (i, j, k) = (nearest(r), nearest(g), nearest(b));
    let cube = distance(LEVELS[i], LEVELS[j], LEVELS[k]);
    let mean = (u32::from(r) + u32::from(g) + u32::from(b)) / 3;
    let step = (mean.saturating_sub(3) / 10).min(23) as u8;
    let grey = 8 + 10 * step;
    if distance(grey, grey, grey) < cube { 232 + step } else { (16 + 36 * i + 6 * j + k) as u8 }
}
