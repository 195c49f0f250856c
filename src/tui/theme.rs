//! Colours and glyphs, and what is left of them on lesser terminals.

use ratatui::style::Style;

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

/// The styles of the map, already reduced to the terminal's depth.
#[derive(Clone, PartialEq, Debug)]
pub struct MapTheme {
    /// Which cells dots are drawn with.
    pub glyphs: Glyphs,
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
