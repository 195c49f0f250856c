//! Colours and glyphs, and what is left of them on lesser terminals.
//!
//! Every style is decided here, once, for the terminal's depth. With
//! [`ColourDepth::None`] no style carries a colour, and modifiers stand in.

use ratatui::{
    style::{Color, Modifier, Style},
    symbols::border,
};
use watchtower_core::domain::{alert::Severity, live::Motion};

use super::capability::Capability;

/// How many colours the terminal has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ColourDepth {
    /// 24 bit.
    True,
    /// The 256-colour palette.
    Indexed,
    /// The 16 ANSI colours.
    Ansi,
    /// None: `NO_COLOR`.
    None,
}

impl ColourDepth {
    /// From the name used in configuration: `true`, `256`, `16`, `none`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "true" | "truecolor" | "24bit" => Some(Self::True),
            "256" | "indexed" => Some(Self::Indexed),
            "16" | "ansi" => Some(Self::Ansi),
            "none" | "never" | "mono" => Some(Self::None),
            _ => None,
        }
    }
}

/// What the terminal can draw.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Glyphs {
    /// Braille dots, arrows, box drawing.
    Braille,
    /// Block elements and box drawing.
    Block,
    /// ASCII only.
    Ascii,
}

impl Glyphs {
    /// From the name used in configuration: `braille`, `block`, `ascii`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "braille" => Some(Self::Braille),
            "block" => Some(Self::Block),
            "ascii" => Some(Self::Ascii),
            _ => None,
        }
    }
}

/// Which lines the basemap has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lines {
    /// All that the zoom allows.
    All,
    /// Coasts, countries and roads.
    Main,
}

/// The styles of the map, already reduced to the terminal's depth.
#[derive(Clone, PartialEq, Debug)]
pub struct MapTheme {
    /// Which cells dots are drawn with.
    pub glyphs: Glyphs,
    /// Which lines are drawn.
    pub lines: Lines,
    /// Background of land.
    pub land: Style,
    /// Background of sea, lagoons and lakes.
    pub water: Style,
    /// Coastlines.
    pub coast: Style,
    /// Borders of countries and states.
    pub border: Style,
    /// Rivers.
    pub river: Style,
    /// Trunk roads and bridges.
    pub road: Style,
    /// Names of places.
    pub place: Style,
    /// Ports, terminals, airports.
    pub site: Style,
    /// Graticule and scale bar.
    pub graticule: Style,
    /// A fence with nobody in it.
    pub fence: Style,
    /// A fence with somebody in it.
    pub fence_occupied: Style,
    /// Trails.
    pub trail: Style,
    /// A moving vehicle.
    pub moving: Style,
    /// An idle one.
    pub idle: Style,
    /// A parked one.
    pub parked: Style,
    /// A silent one.
    pub offline: Style,
    /// A vehicle with an open alert.
    pub alert: Style,
    /// Laid over what is selected.
    pub selected: Style,
}

/// The signs that stand beside the colours: colour is never the only sign.
#[derive(Clone, Copy, Debug)]
pub struct Signs {
    /// On the move.
    pub moving: &'static str,
    /// Standing with the engine on.
    pub idle: &'static str,
    /// Standing.
    pub parked: &'static str,
    /// Silent.
    pub offline: &'static str,
    /// An alert is open.
    pub alert: &'static str,
    /// Somebody took note.
    pub acknowledged: &'static str,
    /// Over.
    pub over: &'static str,
    /// Connected.
    pub live: &'static str,
    /// Not connected.
    pub down: &'static str,
    /// A place.
    pub place: &'static str,
    /// Between segments of a line.
    pub divider: &'static str,
    /// Between parts of a phrase.
    pub dot: &'static str,
    /// Text was cut here.
    pub ellipsis: &'static str,
    /// Sorted upwards, downwards.
    pub sorted: [&'static str; 2],
    /// The way done, the vehicle on it, the way ahead.
    pub progress: [&'static str; 3],
    /// Bars of a sparkline, lowest first.
    pub bars: &'static [&'static str],
    /// The eight headings from north, clockwise.
    pub headings: [&'static str; 8],
    /// Thumb of a scroll bar.
    pub thumb: &'static str,
}

const UNICODE: Signs = Signs {
    moving: "▲",
    idle: "■",
    parked: "◌",
    offline: "✕",
    alert: "⚠",
    acknowledged: "✓",
    over: "○",
    live: "●",
    down: "○",
    place: "◇",
    divider: "│",
    dot: "·",
    ellipsis: "…",
    sorted: ["↑", "↓"],
    progress: ["━", "●", "┄"],
    bars: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    headings: ["↑", "↗", "→", "↘", "↓", "↙", "←", "↖"],
    thumb: "┃",
};

// The Linux console's 512 glyphs: no quarter blocks, no diagonal arrows, no ✕.
const BLOCK: Signs = Signs {
    parked: "○",
    offline: "x",
    alert: "!",
    acknowledged: "√",
    over: "·",
    live: "●",
    down: "○",
    place: "◆",
    ellipsis: "~",
    progress: ["=", "●", "-"],
    bars: &["_", "▄", "█"],
    headings: ["N", "NE", "E", "SE", "S", "SW", "W", "NW"],
    thumb: "█",
    ..UNICODE
};

const ASCII: Signs = Signs {
    moving: "^",
    idle: "#",
    parked: "o",
    offline: "x",
    alert: "!",
    acknowledged: "v",
    over: "-",
    live: "*",
    down: "o",
    place: "@",
    divider: "|",
    dot: "-",
    ellipsis: "~",
    sorted: ["-", "+"],
    progress: ["=", "O", "-"],
    bars: &[".", ":", "-", "=", "+", "*", "#", "@"],
    headings: ["N", "NE", "E", "SE", "S", "SW", "W", "NW"],
    thumb: "#",
};

const ASCII_BORDER: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

impl MapTheme {
    /// Only what says something keeps a colour; the rest is of one style.
    fn lean(&self, base: Style) -> Self {
        Self {
            lines: Lines::Main,
            land: base,
            water: base,
            coast: base,
            border: base,
            river: base,
            road: base,
            place: base,
            site: base,
            graticule: base,
            trail: base,
            ..self.clone()
        }
    }
}

/// Every style of the screen.
#[derive(Clone, Debug)]
pub struct Theme {
    /// The styles of the map.
    pub map: MapTheme,
    /// The same without ground and colours of its own: for slow lines.
    pub lean_map: MapTheme,
    /// The signs.
    pub signs: Signs,
    /// The frames around panes.
    pub frame: border::Set<'static>,
    /// The screen's ground and plain text.
    pub base: Style,
    /// Text that matters.
    pub strong: Style,
    /// Text that explains.
    pub dim: Style,
    /// The product's name.
    pub brand: Style,
    /// Borders, and that of the pane in focus.
    pub border: Style,
    /// See `border`.
    pub border_focused: Style,
    /// Titles, and that of the pane in focus.
    pub title: Style,
    /// See `title`.
    pub title_focused: Style,
    /// Column heads.
    pub head: Style,
    /// Laid over the row under the cursor, in focus and out of it.
    pub cursor: Style,
    /// See `cursor`.
    pub cursor_unfocused: Style,
    /// Letters that match what is searched.
    pub hit: Style,
    /// Keys in hints and help.
    pub key: Style,
    /// All is well.
    pub good: Style,
    /// Take note.
    pub warn: Style,
    /// Something is wrong.
    pub bad: Style,
    /// A badge on a line: what is shown is not the present.
    pub badge: Style,
    /// The status and hint lines' ground.
    pub bar: Style,
}

/// Reduces a colour to the terminal's depth. The 16-colour stand-in is named by
/// hand: the nearest of sixteen is seldom the one meant.
#[derive(Clone, Copy)]
struct Ink(ColourDepth);

impl Ink {
    fn colour(self, rgb: u32, ansi: Color) -> Option<Color> {
        let [_, r, g, b] = rgb.to_be_bytes();
        match self.0 {
            ColourDepth::True => Some(Color::Rgb(r, g, b)),
            ColourDepth::Indexed => Some(Color::Indexed(nearest_indexed(r, g, b))),
            ColourDepth::Ansi => Some(ansi),
            ColourDepth::None => None,
        }
    }

    fn fg(self, rgb: u32, ansi: Color) -> Style {
        self.colour(rgb, ansi).map_or(Style::new(), |colour| Style::new().fg(colour))
    }

    /// A ground. On 16 colours and fewer the terminal's own is kept.
    fn bg(self, rgb: u32) -> Style {
        match self.0 {
            ColourDepth::True | ColourDepth::Indexed => {
                self.colour(rgb, Color::Reset).map_or(Style::new(), |colour| Style::new().bg(colour))
            }
            ColourDepth::Ansi | ColourDepth::None => Style::new(),
        }
    }

    /// `coloured`, or without colours a modifier in its place.
    fn or(self, coloured: Style, modifier: Modifier) -> Style {
        if self.0 == ColourDepth::None { Style::new().add_modifier(modifier) } else { coloured }
    }

    /// A ground where there are grounds, reverse video where there are none.
    fn highlight(self, rgb: u32) -> Style {
        match self.0 {
            ColourDepth::True | ColourDepth::Indexed => self.bg(rgb).add_modifier(Modifier::BOLD),
            ColourDepth::Ansi | ColourDepth::None => Style::new().add_modifier(Modifier::REVERSED),
        }
    }
}

/// The nearest colour of xterm's cube or grey ramp, by squared distance.
fn nearest_indexed(r: u8, g: u8, b: u8) -> u8 {
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

impl Theme {
    /// The dark default. Hues are of Okabe and Ito's set, brightened for a dark
    /// ground: told apart with every common colour blindness
    /// (<https://jfly.uni-koeln.de/color/>).
    pub fn dark(capability: Capability) -> Self {
        let ink = Ink(capability.colour);
        let bold = Modifier::BOLD;
        let (sky, amber, vermilion) = (
            ink.fg(0x5f_c9_f8, Color::LightCyan),
            ink.fg(0xf0_b8_3c, Color::LightYellow),
            ink.fg(0xff_7a_52, Color::LightRed),
        );
        let (grey, faint) = (ink.fg(0xb0_b8_c2, Color::Gray), ink.fg(0x84_90_9d, Color::Gray));
        let mauve = ink.fg(0xd8_a0_cc, Color::LightMagenta);
        let text = ink.fg(0xd5_dc_e4, Color::Reset);
        let ground = 0x10_15_1b;
        let map = MapTheme {
            glyphs: capability.glyphs,
            lines: Lines::All,
            land: ink.bg(0x16_1b_21),
            water: match capability.colour {
                // The nearest of 256 to a dark blue is the grey that land has.
                ColourDepth::Indexed => Style::new().bg(Color::Indexed(17)),
                _ => ink.bg(0x0e_26_3d),
            },
            coast: ink.fg(0x42_70_8c, Color::Blue),
            border: ink.or(ink.fg(0x5c_56_68, Color::DarkGray), Modifier::DIM),
            river: ink.fg(0x2f_5f_80, Color::Blue),
            road: ink.or(ink.fg(0x5a_5f_55, Color::DarkGray), Modifier::DIM),
            place: ink.fg(0xa3_ab_b5, Color::Gray),
            site: ink.fg(0x8d_b3_c9, Color::Cyan),
            graticule: ink.or(ink.fg(0x2e_38_42, Color::DarkGray), Modifier::DIM),
            fence: ink.fg(0x6f_8f_7d, Color::Green),
            fence_occupied: ink.or(ink.fg(0x4f_d1_a5, Color::LightGreen), bold),
            trail: ink.or(ink.fg(0x3f_7f_a6, Color::Cyan), Modifier::DIM),
            moving: ink.or(sky, bold),
            idle: amber,
            parked: grey,
            offline: ink.or(mauve, Modifier::DIM),
            alert: vermilion.add_modifier(bold),
            selected: match capability.colour {
                ColourDepth::True | ColourDepth::Indexed => ink
                    .fg(0x10_15_1b, Color::Black)
                    .patch(ink.colour(0xf5_f7_fa, Color::White).map_or(Style::new(), |c| Style::new().bg(c)))
                    .add_modifier(bold),
                ColourDepth::Ansi | ColourDepth::None => Style::new().add_modifier(Modifier::REVERSED),
            },
        };
        let base = text.patch(ink.bg(ground));
        Self {
            lean_map: map.lean(base),
            map,
            signs: match capability.glyphs {
                Glyphs::Braille => UNICODE,
                Glyphs::Block => BLOCK,
                Glyphs::Ascii => ASCII,
            },
            frame: match capability.glyphs {
                Glyphs::Braille => border::ROUNDED,
                Glyphs::Block => border::PLAIN,
                Glyphs::Ascii => ASCII_BORDER,
            },
            base,
            strong: ink.fg(0xf5_f7_fa, Color::Reset).add_modifier(bold),
            dim: ink.or(ink.fg(0x9c_a7_b3, Color::Gray), Modifier::DIM),
            brand: sky.add_modifier(bold),
            border: ink.or(ink.fg(0x39_44_50, Color::DarkGray), Modifier::DIM),
            border_focused: ink.or(sky, bold),
            title: ink.or(grey, Modifier::empty()),
            title_focused: ink.fg(0xf5_f7_fa, Color::Reset).add_modifier(bold),
            head: ink.or(faint, Modifier::DIM),
            cursor: ink.highlight(0x1d_3a_4e),
            cursor_unfocused: match capability.colour {
                ColourDepth::True | ColourDepth::Indexed => ink.bg(0x22_2b_35),
                ColourDepth::Ansi | ColourDepth::None => Style::new().add_modifier(Modifier::UNDERLINED),
            },
            hit: ink.or(amber.add_modifier(bold), bold).add_modifier(Modifier::UNDERLINED),
            key: ink.or(sky, bold),
            good: ink.fg(0x4f_d1_a5, Color::LightGreen),
            warn: ink.or(amber, bold),
            bad: vermilion.add_modifier(bold),
            badge: match capability.colour {
                ColourDepth::True | ColourDepth::Indexed => {
                    ink.fg(0xf5_f7_fa, Color::Reset).patch(ink.bg(0x33_40_4d))
                }
                ColourDepth::Ansi | ColourDepth::None => Style::new().add_modifier(Modifier::REVERSED),
            },
            bar: text.patch(ink.bg(0x1a_21_29)),
        }
    }

    /// Sign and style of a motion.
    pub fn motion(&self, motion: Motion) -> (&'static str, Style) {
        match motion {
            Motion::Moving => (self.signs.moving, self.map.moving),
            Motion::Idle => (self.signs.idle, self.map.idle),
            Motion::Parked => (self.signs.parked, self.map.parked),
            Motion::Offline => (self.signs.offline, self.map.offline),
        }
    }

    /// The style of a severity.
    pub fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Low => self.dim,
            Severity::Medium => self.warn,
            Severity::High | Severity::Critical => self.bad,
        }
    }
}

#[cfg(test)]
mod tests;
