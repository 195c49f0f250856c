//! Colours and glyphs, and what is left of them on lesser terminals.
//!
//! Every style is decided here, once, for the terminal's depth. With
//! [`ColourDepth::None`] no style carries a colour, and modifiers stand in.

use ratatui::{
    style::{Color, Modifier, Style},
    symbols::border,
};
use watchtower_core::domain::{alert::Severity, live::Motion, trip::TripStatus};

mod ink;
mod palette;
mod signs;

use self::ink::Ink;
pub use self::{
    ink::number,
    palette::{Hue, Palette, PaletteError, ThemeName, Whose},
    signs::Signs,
};
use super::{capability::Capability, snapshot::Ground};

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
    /// The ways of the fleet, from the faintest to the busiest.
    pub ways: [Style; 4],
    /// Outlines of buildings.
    pub building: Style,
    /// Background of buildings.
    pub built: Style,
    /// Background of parks and woods.
    pub park: Style,
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
    /// The way of the selected trip.
    pub route: Style,
    /// Where vehicles stand, from the shortest to the longest; a ground where there are
    /// grounds.
    pub heat: [Style; 4],
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

/// Every style of the screen.
#[derive(Clone, Debug)]
pub struct Theme {
    /// The terminal it was made for.
    pub capability: Capability,
    /// The colours of one that fits it, for frames that are drawn as pictures.
    pub terminal: Ground,
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

impl MapTheme {
    fn new(palette: &Palette, capability: Capability) -> Self {
        let (depth, bold, p) = (palette.depth(capability.colour), Modifier::BOLD, palette);
        let ink = Ink(depth);
        let grounded = matches!(depth, ColourDepth::True | ColourDepth::Indexed);
        Self {
            glyphs: capability.glyphs,
            lines: Lines::All,
            land: ink.bg(p.land),
            water: match depth {
                ColourDepth::Indexed => Style::new().bg(Color::Indexed(p.water_indexed)),
                ColourDepth::True | ColourDepth::Ansi | ColourDepth::None => ink.bg(p.water),
            },
            coast: ink.fg(p.coast),
            border: ink.or(ink.fg(p.border), Modifier::DIM),
            river: ink.fg(p.river),
            road: ink.or(ink.fg(p.road), Modifier::DIM),
            ways: [
                ink.or(ink.fg(p.way_faint), Modifier::DIM),
                ink.or(ink.fg(p.way_quiet), Modifier::DIM),
                ink.fg(p.way_used),
                ink.fg(p.way_busy),
            ],
            building: ink.or(ink.fg(p.building), Modifier::DIM),
            built: ink.bg(p.built),
            park: match depth {
                ColourDepth::Indexed => Style::new().bg(Color::Indexed(p.park_indexed)),
                ColourDepth::True | ColourDepth::Ansi | ColourDepth::None => ink.bg(p.park),
            },
            place: ink.fg(p.place),
            site: ink.fg(p.site),
            graticule: ink.or(ink.fg(p.graticule), Modifier::DIM),
            fence: ink.fg(p.fence),
            fence_occupied: ink.or(ink.fg(p.good), bold),
            trail: ink.or(ink.fg(p.trail), Modifier::DIM),
            route: ink.or(ink.fg(p.site), bold),
            // Of the silent ones' hue: nobody silent is counted, so no sign drowns in it.
            heat: [0.18, 0.32, 0.48, 0.66].map(|share| ink.heat(p.land, p.offline, share)),
            moving: ink.or(ink.fg(p.moving), bold),
            idle: ink.fg(p.idle),
            parked: ink.fg(p.parked),
            offline: ink.or(ink.fg(p.offline), Modifier::DIM),
            alert: ink.fg(p.alert).add_modifier(bold),
            selected: match grounded {
                true => ink.fg(p.ground).patch(ink.bg(p.strong)).add_modifier(bold),
                false => Style::new().add_modifier(Modifier::REVERSED),
            },
        }
    }

    /// Only what says something keeps a colour; the rest is of one style.
    fn lean(&self, base: Style) -> Self {
        Self {
            lines: Lines::Main,
            land: base,
            water: base,
            built: base,
            park: base,
            coast: base,
            border: base,
            river: base,
            road: base,
            ways: [base; 4],
            building: base,
            place: base,
            site: base,
            graticule: base,
            trail: base,
            ..self.clone()
        }
    }
}

impl Theme {
    /// The theme of a palette on a terminal.
    pub fn new(palette: &Palette, capability: Capability) -> Self {
        let depth = palette.depth(capability.colour);
        let ink = Ink(depth);
        let bold = Modifier::BOLD;
        let grounded = matches!(depth, ColourDepth::True | ColourDepth::Indexed);
        let p = palette;
        let (moving, idle, alert) = (ink.fg(p.moving), ink.fg(p.idle), ink.fg(p.alert));
        let text = ink.fg(p.text);
        let reversed = Style::new().add_modifier(Modifier::REVERSED);
        let base = text.patch(ink.bg(p.ground));
        let map = MapTheme::new(palette, capability);
        Self {
            capability,
            terminal: Ground::of(palette),
            lean_map: map.lean(base),
            map,
            signs: match capability.glyphs {
                Glyphs::Braille => signs::UNICODE,
                Glyphs::Block => signs::BLOCK,
                Glyphs::Ascii => signs::ASCII,
            },
            frame: match capability.glyphs {
                Glyphs::Braille => border::ROUNDED,
                Glyphs::Block => border::PLAIN,
                Glyphs::Ascii => signs::ASCII_BORDER,
            },
            base,
            strong: ink.fg(p.strong).add_modifier(bold),
            dim: ink.or(ink.fg(p.dim), Modifier::DIM),
            brand: moving.add_modifier(bold),
            border: ink.or(ink.fg(p.frame), Modifier::DIM),
            border_focused: ink.or(moving, bold),
            title: ink.or(ink.fg(p.parked), Modifier::empty()),
            title_focused: ink.fg(p.strong).add_modifier(bold),
            head: ink.or(ink.fg(p.faint), Modifier::DIM),
            cursor: ink.highlight(p.cursor),
            cursor_unfocused: match grounded {
                true => ink.bg(p.cursor_unfocused),
                false => Style::new().add_modifier(Modifier::UNDERLINED),
            },
            hit: ink.or(idle.add_modifier(bold), bold).add_modifier(Modifier::UNDERLINED),
            key: ink.or(moving, bold),
            good: ink.fg(p.good),
            warn: ink.or(idle, bold),
            bad: alert.add_modifier(bold),
            badge: match grounded {
                true => ink.fg(p.strong).patch(ink.bg(p.badge)),
                false => reversed,
            },
            bar: text.patch(ink.bg(p.bar)),
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

    /// The sign and style of a trip's status.
    pub fn trip(&self, status: TripStatus) -> (&'static str, Style) {
        match status {
            TripStatus::Delayed => (self.signs.alert, self.bad),
            TripStatus::Ongoing => (self.signs.moving, self.good),
            TripStatus::Scheduled => (self.signs.parked, self.base),
            TripStatus::Completed => (self.signs.acknowledged, self.dim),
            TripStatus::Cancelled => (self.signs.over, self.dim),
            TripStatus::Failed => (self.signs.offline, self.bad),
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
