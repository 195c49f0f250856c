//! The palettes: every colour by what it is for. A theme is one of them, some of its
//! colours perhaps changed by the user.

use ratatui::style::Color;

use super::ColourDepth;

/// A colour, and what stands for it where there are sixteen: named by hand, for the
/// nearest of sixteen is seldom the one meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hue {
    /// `0xRRGGBB`.
    pub rgb: u32,
    /// Of the sixteen.
    pub ansi: Color,
}

const fn hue(rgb: u32, ansi: Color) -> Hue {
    Hue { rgb, ansi }
}

/// The palettes there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ThemeName {
    /// For dark terminals, safe for every common colour blindness.
    #[default]
    Dark,
    /// For light ones, as safe.
    Light,
    /// Nothing but the strongest differences.
    Contrast,
    /// Differences of brightness and of blue against yellow alone.
    Blind,
    /// The terminal's own sixteen colours, as its user has set them, on its own ground.
    Sixteen,
}

impl ThemeName {
    /// Every name.
    pub const ALL: [Self; 5] = [Self::Dark, Self::Light, Self::Contrast, Self::Blind, Self::Sixteen];

    /// The name used in configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Contrast => "contrast",
            Self::Blind => "colour-blind",
            Self::Sixteen => "16",
        }
    }

    /// The theme of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }

    /// Its palette.
    pub const fn palette(self) -> Palette {
        match self {
            Self::Dark => DARK,
            Self::Light => LIGHT,
            Self::Contrast => CONTRAST,
            Self::Blind => BLIND,
            Self::Sixteen => SIXTEEN,
        }
    }
}

/// Whose colours those of a palette are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// Its own, where the terminal has as many.
    Ours,
    /// The terminal's sixteen, however many it has.
    Terminals,
}

/// Why a colour cannot be changed as asked.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PaletteError {
    /// Nothing of that name has a colour.
    #[error("nothing called {name:?} has a colour; what has: {}", Palette::ROLES.join(", "))]
    NoRole {
        /// As it was written.
        name: String,
    },
    /// It is no colour.
    #[error("{text:?} is no colour like #5fc9f8")]
    NoColour {
        /// As it was written.
        text: String,
    },
}

macro_rules! palette {
    ($($(#[doc = $doc:literal])+ $role:ident,)*) => {
        /// Every colour by what it is for.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct Palette {
            $($(#[doc = $doc])+ pub $role: Hue,)*
            /// Whose colours they are.
            pub whose: Whose,
            /// Water on 256 colours: the nearest to a dark blue is the grey that land has.
            pub water_indexed: u8,
            /// The same of parks.
            pub park_indexed: u8,
        }

        impl Palette {
            /// What has a colour, by the names of configuration.
            pub const ROLES: &[&str] = &[$(stringify!($role)),*];

            /// What has a colour, which, and what it is for.
            pub fn roles(&self) -> Vec<(&'static str, Hue, &'static str)> {
                vec![$((stringify!($role), self.$role, concat!($($doc),+)),)*]
            }

            /// How many of a terminal's colours it uses.
            pub(super) fn depth(&self, terminal: ColourDepth) -> ColourDepth {
                match (self.whose, terminal) {
                    (Whose::Terminals, ColourDepth::True | ColourDepth::Indexed) => ColourDepth::Ansi,
                    (Whose::Ours | Whose::Terminals, depth) => depth,
                }
            }

            /// Changes a colour: `moving`, `#5fc9f8`.
            ///
            /// # Errors
            ///
            /// There is no such thing, or it is no colour.
            pub fn set(&mut self, name: &str, text: &str) -> Result<(), PaletteError> {
                let no_colour = || PaletteError::NoColour { text: text.to_owned() };
                let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6).ok_or_else(no_colour)?;
                let rgb = u32::from_str_radix(digits, 16).map_err(|_| no_colour())?;
                match name {
                    $(stringify!($role) => self.$role.rgb = rgb,)*
                    _ => return Err(PaletteError::NoRole { name: name.to_owned() }),
                }
                Ok(())
            }
        }
    };
}

palette! {
    /// The screen's ground.
    ground,
    /// The ground of the status and hint lines.
    bar,
    /// The ground of a badge.
    badge,
    /// The ground of the row under the cursor.
    cursor,
    /// The same where another pane has the keys.
    cursor_unfocused,
    /// Plain text.
    text,
    /// Text that matters.
    strong,
    /// Text that explains.
    dim,
    /// Heads.
    faint,
    /// Frames of panes.
    frame,
    /// On the move; also names, keys and the pane in focus.
    moving,
    /// Standing with the engine on; also what to take note of.
    idle,
    /// Standing.
    parked,
    /// Silent.
    offline,
    /// Something is wrong.
    alert,
    /// All is well; also a fence with somebody in it.
    good,
    /// Ground of land.
    land,
    /// Ground of water.
    water,
    /// Coastlines.
    coast,
    /// Borders.
    border,
    /// Rivers.
    river,
    /// Roads.
    road,
    /// Ways the fleet seldom takes.
    way_faint,
    /// Ways it takes now and then.
    way_quiet,
    /// Ways it takes often.
    way_used,
    /// Ways it takes most.
    way_busy,
    /// Outlines of buildings.
    building,
    /// Ground of buildings.
    built,
    /// Ground of parks and woods.
    park,
    /// Names of places.
    place,
    /// Ports, terminals, airports.
    site,
    /// Meridians, parallels, the scale bar.
    graticule,
    /// A fence with nobody in it.
    fence,
    /// Trails.
    trail,
}

/// Hues of Okabe and Ito's set, brightened for a dark ground: told apart with every
/// common colour blindness (<https://jfly.uni-koeln.de/color/>).
const DARK: Palette = Palette {
    whose: Whose::Ours,
    ground: hue(0x10_15_1b, Color::Black),
    bar: hue(0x1a_21_29, Color::Black),
    badge: hue(0x33_40_4d, Color::Black),
    cursor: hue(0x1d_3a_4e, Color::Blue),
    cursor_unfocused: hue(0x22_2b_35, Color::Black),
    text: hue(0xd5_dc_e4, Color::Reset),
    strong: hue(0xf5_f7_fa, Color::Reset),
    dim: hue(0x9c_a7_b3, Color::Gray),
    faint: hue(0x84_90_9d, Color::Gray),
    frame: hue(0x39_44_50, Color::DarkGray),
    moving: hue(0x5f_c9_f8, Color::LightCyan),
    idle: hue(0xf0_b8_3c, Color::LightYellow),
    parked: hue(0xb0_b8_c2, Color::Gray),
    offline: hue(0xd8_a0_cc, Color::LightMagenta),
    alert: hue(0xff_7a_52, Color::LightRed),
    good: hue(0x4f_d1_a5, Color::LightGreen),
    land: hue(0x16_1b_21, Color::Black),
    water: hue(0x0e_26_3d, Color::Black),
    water_indexed: 17,
    coast: hue(0x42_70_8c, Color::Blue),
    border: hue(0x5c_56_68, Color::DarkGray),
    river: hue(0x2f_5f_80, Color::Blue),
    road: hue(0x5a_5f_55, Color::DarkGray),
    way_faint: hue(0x47_4c_4f, Color::DarkGray),
    way_quiet: hue(0x6c_6f_6b, Color::DarkGray),
    way_used: hue(0xa0_9d_90, Color::Gray),
    way_busy: hue(0xe0_d8_c8, Color::White),
    building: hue(0x3a_42_4b, Color::DarkGray),
    built: hue(0x21_27_2f, Color::Black),
    park: hue(0x17_26_20, Color::Black),
    park_indexed: 22,
    place: hue(0xa3_ab_b5, Color::Gray),
    site: hue(0x8d_b3_c9, Color::Cyan),
    graticule: hue(0x2e_38_42, Color::DarkGray),
    fence: hue(0x6f_8f_7d, Color::Green),
    trail: hue(0x3f_7f_a6, Color::Cyan),
};

/// The same hues, darkened for a light ground.
const LIGHT: Palette = Palette {
    whose: Whose::Ours,
    ground: hue(0xfa_fb_fc, Color::White),
    bar: hue(0xe6_ea_ee, Color::White),
    badge: hue(0xd0_d8_e0, Color::White),
    cursor: hue(0xcf_e6_f5, Color::Cyan),
    cursor_unfocused: hue(0xe4_e9_ee, Color::White),
    text: hue(0x22_2b_34, Color::Reset),
    strong: hue(0x00_04_08, Color::Reset),
    dim: hue(0x4a_55_60, Color::DarkGray),
    faint: hue(0x5a_66_72, Color::DarkGray),
    frame: hue(0xb4_be_c8, Color::Gray),
    moving: hue(0x00_5a_8f, Color::Blue),
    idle: hue(0x66_42_00, Color::Yellow),
    parked: hue(0x4c_56_60, Color::DarkGray),
    offline: hue(0x86_2f_75, Color::Magenta),
    alert: hue(0xa8_2c_00, Color::Red),
    good: hue(0x00_5f_45, Color::Green),
    land: hue(0xf4_f2_ec, Color::White),
    water: hue(0xd3_e6_f3, Color::White),
    water_indexed: 195,
    coast: hue(0x5e_8f_b0, Color::Blue),
    border: hue(0xa0_98_b0, Color::Gray),
    river: hue(0x6f_a4_c8, Color::Blue),
    road: hue(0xa8_a2_8e, Color::Gray),
    way_faint: hue(0xcf_cb_c0, Color::Gray),
    way_quiet: hue(0xa8_a2_94, Color::Gray),
    way_used: hue(0x7c_7464, Color::DarkGray),
    way_busy: hue(0x4a_42_34, Color::Black),
    building: hue(0xcd_c6_ba, Color::Gray),
    built: hue(0xe7_e2_d8, Color::White),
    park: hue(0xdd_ee_d8, Color::White),
    park_indexed: 194,
    place: hue(0x4c_54_5c, Color::DarkGray),
    site: hue(0x20_58_78, Color::Blue),
    graticule: hue(0xc8_cf_d6, Color::Gray),
    fence: hue(0x4f_7d_68, Color::Green),
    trail: hue(0x58_98_c0, Color::Cyan),
};

/// Full colours on black.
const CONTRAST: Palette = Palette {
    whose: Whose::Ours,
    ground: hue(0x00_00_00, Color::Black),
    bar: hue(0x1c_1c_1c, Color::Black),
    badge: hue(0x3a_3a_3a, Color::Black),
    cursor: hue(0x00_10_58, Color::Blue),
    cursor_unfocused: hue(0x30_30_30, Color::Black),
    text: hue(0xff_ff_ff, Color::White),
    strong: hue(0xff_ff_ff, Color::White),
    dim: hue(0xd8_d8_d8, Color::White),
    faint: hue(0xd8_d8_d8, Color::White),
    frame: hue(0xa0_a0_a0, Color::White),
    moving: hue(0x5f_ff_ff, Color::LightCyan),
    idle: hue(0xff_ff_00, Color::LightYellow),
    parked: hue(0xff_ff_ff, Color::White),
    offline: hue(0xff_a8_ff, Color::LightMagenta),
    alert: hue(0xff_96_70, Color::LightRed),
    good: hue(0x5f_ff_87, Color::LightGreen),
    land: hue(0x00_00_00, Color::Black),
    water: hue(0x00_20_48, Color::Black),
    water_indexed: 17,
    coast: hue(0xa8_d0_ff, Color::LightBlue),
    border: hue(0xc0_b0_e0, Color::Gray),
    river: hue(0x70_b0_ff, Color::LightBlue),
    road: hue(0xb8_b0_98, Color::Gray),
    way_faint: hue(0x70_70_70, Color::DarkGray),
    way_quiet: hue(0x9a_9a_9a, Color::Gray),
    way_used: hue(0xd0_d0_d0, Color::Gray),
    way_busy: hue(0xff_ff_ff, Color::White),
    building: hue(0x60_60_60, Color::DarkGray),
    built: hue(0x22_22_22, Color::Black),
    park: hue(0x00_28_10, Color::Black),
    park_indexed: 22,
    place: hue(0xff_ff_ff, Color::White),
    site: hue(0xc8_e8_ff, Color::LightCyan),
    graticule: hue(0x60_60_60, Color::DarkGray),
    fence: hue(0x90_d0_b0, Color::Green),
    trail: hue(0x60_c0_ff, Color::Cyan),
};

/// Blue against yellow, and brightness: what remains with one kind of cone missing.
const BLIND: Palette = Palette {
    moving: hue(0x56_b4_e9, Color::LightCyan),
    idle: hue(0xf0_e4_42, Color::LightYellow),
    parked: hue(0xc0_c0_c0, Color::Gray),
    offline: hue(0x8f_a6_c8, Color::LightBlue),
    alert: hue(0xff_a5_40, Color::LightYellow),
    good: hue(0xa8_d8_ff, Color::LightCyan),
    fence: hue(0x7a_90_a8, Color::Blue),
    ..DARK
};

/// What a terminal's user can be trusted to have set so that it is seen: the plain six and
/// text on ground. Of the bright ones some schemes make greys, of black and white some
/// make the ground.
const SIXTEEN: Palette = Palette {
    whose: Whose::Terminals,
    text: plain(DARK.text),
    strong: plain(DARK.strong),
    dim: plain(DARK.dim),
    faint: plain(DARK.faint),
    frame: plain(DARK.frame),
    moving: hue(0x00_cd_cd, Color::Cyan),
    idle: hue(0xcd_cd_00, Color::Yellow),
    parked: plain(DARK.parked),
    offline: hue(0xcd_00_cd, Color::Magenta),
    alert: hue(0xcd_00_00, Color::Red),
    good: hue(0x00_cd_00, Color::Green),
    coast: hue(0x00_00_ee, Color::Blue),
    border: plain(DARK.border),
    river: hue(0x00_00_ee, Color::Blue),
    road: plain(DARK.road),
    way_faint: plain(DARK.way_faint),
    way_quiet: plain(DARK.way_quiet),
    way_used: plain(DARK.way_used),
    way_busy: hue(0xcd_cd_00, Color::Yellow),
    building: plain(DARK.building),
    place: plain(DARK.place),
    site: hue(0x00_cd_cd, Color::Cyan),
    graticule: plain(DARK.graticule),
    fence: hue(0x00_cd_00, Color::Green),
    trail: hue(0x00_cd_cd, Color::Cyan),
    ..DARK
};

/// The colour that the terminal writes with when nothing is said.
const fn plain(Hue { rgb, .. }: Hue) -> Hue {
    hue(rgb, Color::Reset)
}
