//! The signs: each glyph set has all of them.

use ratatui::symbols::border;

/// The signs that stand beside the colours: colour is never the only sign.
#[derive(Clone, Copy, Debug)]
pub struct Signs {
    /// On the move.
    pub moving: &'static str,
    /// On the move, and drawn ahead of the last fix.
    pub ahead: &'static str,
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

pub(super) const UNICODE: Signs = Signs {
    moving: "▲",
    ahead: "⇗",
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
pub(super) const BLOCK: Signs = Signs {
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

pub(super) const ASCII: Signs = Signs {
    moving: "^",
    ahead: "}",
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

pub(super) const ASCII_BORDER: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};
