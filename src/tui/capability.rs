//! What the terminal can show, told from its environment alone: asking the
//! terminal would cost a round trip before the first frame.

use super::{
    terminal::Shade,
    theme::{ColourDepth, Glyphs, ThemeName},
};

/// What the user says the terminal can; `None`: as it says itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ThemeOptions {
    /// Colours.
    pub colour: Option<ColourDepth>,
    /// Glyphs.
    pub glyphs: Option<Glyphs>,
}

impl From<Shade> for ThemeName {
    /// The theme for a terminal of that ground.
    fn from(ground: Shade) -> Self {
        match ground {
            Shade::Dark => Self::Dark,
            Shade::Light => Self::Light,
        }
    }
}

/// The theme for a terminal whose `COLORFGBG` (as rxvt, Konsole and others set it) ends in
/// the number of its ground: 7 and what is brighter than 8 are light.
pub fn fitting(colorfgbg: Option<&str>) -> ThemeName {
    let ground = colorfgbg.and_then(|value| value.rsplit(';').next()?.parse::<u8>().ok());
    match ground {
        Some(7 | 9..=15) => ThemeName::Light,
        Some(_) | None => ThemeName::Dark,
    }
}

/// Whether the program runs inside a terminal multiplexer, which buffers and
/// answers for the terminal behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Host {
    /// Directly in a terminal.
    Terminal,
    /// In tmux or screen.
    Multiplexer,
}

/// What the terminal understands beside what draws.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Understands {
    /// Whether it may be asked for its ground (OSC 11): it answers, or takes no notice.
    pub ground: bool,
    /// Whether text may lead somewhere (OSC 8).
    pub links: bool,
}

/// The terminal, as far as drawing is concerned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Capability {
    /// Colours.
    pub colour: ColourDepth,
    /// Glyphs.
    pub glyphs: Glyphs,
    /// What is behind the output.
    pub host: Host,
}

/// Terminals that show 24-bit colours whether or not `COLORTERM` came along
/// over SSH.
const TRUE_COLOUR_TERMS: [&str; 6] = ["kitty", "alacritty", "foot", "wezterm", "ghostty", "-direct"];

impl Capability {
    /// From environment variables, of which options take precedence:
    /// `WATCHTOWER_COLOUR` (`true`, `256`, `16`, `none`), `WATCHTOWER_GLYPHS`
    /// (`braille`, `block`, `ascii`), then `NO_COLOR`, `COLORTERM`, `TERM` and the
    /// locale.
    pub fn detect(variable: &dyn Fn(&str) -> Option<String>, options: &ThemeOptions) -> Self {
        let text = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = text("TERM").unwrap_or_default();
        let colour = options
            .colour
            .or_else(|| text("WATCHTOWER_COLOUR").and_then(|name| ColourDepth::from_name(&name)))
            .unwrap_or_else(|| colour(&term, text("COLORTERM").as_deref(), text("NO_COLOR").is_some()));
        let glyphs = options
            .glyphs
            .or_else(|| text("WATCHTOWER_GLYPHS").and_then(|name| Glyphs::from_name(&name)))
            .unwrap_or_else(|| {
                let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(text).unwrap_or_default();
                glyphs(&term, &locale)
            });
        let multiplexed = text("TMUX").is_some()
            || text("STY").is_some()
            || term.starts_with("tmux")
            || term.starts_with("screen");
        Self { colour, glyphs, host: if multiplexed { Host::Multiplexer } else { Host::Terminal } }
    }
}

fn colour(term: &str, colorterm: Option<&str>, no_color: bool) -> ColourDepth {
    if no_color || term == "dumb" {
        return ColourDepth::None;
    }
    let announced = colorterm.is_some_and(|value| value.contains("truecolor") || value.contains("24bit"));
    if announced || TRUE_COLOUR_TERMS.iter().any(|name| term.contains(name)) {
        return ColourDepth::True;
    }
    if term.contains("256color") { ColourDepth::Indexed } else { ColourDepth::Ansi }
}

fn glyphs(term: &str, locale: &str) -> Glyphs {
    let locale = locale.to_ascii_lowercase();
    if !(locale.contains("utf-8") || locale.contains("utf8")) || term == "dumb" {
        return Glyphs::Ascii;
    }
    // The Linux console's font has blocks and box drawing, no braille.
    if term == "linux" { Glyphs::Block } else { Glyphs::Braille }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(variables: &[(&str, &str)]) -> Capability {
        let variable =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Capability::detect(&variable, &ThemeOptions::default())
    }

    #[test]
    fn colours_follow_the_environment() {
        let utf8 = ("LANG", "en_NG.UTF-8");
        let cases: [(&[(&str, &str)], ColourDepth); 9] = [
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), utf8], ColourDepth::True),
            (&[("TERM", "xterm-kitty"), utf8], ColourDepth::True),
            (&[("TERM", "screen-256color"), utf8], ColourDepth::Indexed),
            (&[("TERM", "xterm"), utf8], ColourDepth::Ansi),
            (&[("TERM", "dumb")], ColourDepth::None),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "1")], ColourDepth::None),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "")], ColourDepth::Indexed),
            (&[("NO_COLOR", "1"), ("WATCHTOWER_COLOUR", "16")], ColourDepth::Ansi),
            (&[("TERM", "xterm"), ("WATCHTOWER_COLOUR", "plaid")], ColourDepth::Ansi),
        ];
        for (variables, expected) in cases {
            assert_eq!(detect(variables).colour, expected, "{variables:?}");
        }
    }

    #[test]
    fn glyphs_follow_locale_and_console() {
        assert_eq!(detect(&[("LANG", "C.UTF-8"), ("TERM", "xterm")]).glyphs, Glyphs::Braille);
        assert_eq!(detect(&[("LANG", "en_GB.utf8"), ("TERM", "linux")]).glyphs, Glyphs::Block);
        assert_eq!(detect(&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")]).glyphs, Glyphs::Ascii);
        assert_eq!(detect(&[]).glyphs, Glyphs::Ascii);
        assert_eq!(detect(&[("WATCHTOWER_GLYPHS", "block")]).glyphs, Glyphs::Block);
    }

    #[test]
    fn multiplexers_are_known_by_variable_or_term() {
        assert_eq!(detect(&[("TMUX", "/tmp/tmux-0/default,1,0")]).host, Host::Multiplexer);
        assert_eq!(detect(&[("TERM", "screen.xterm-256color")]).host, Host::Multiplexer);
        assert_eq!(detect(&[("TERM", "xterm")]).host, Host::Terminal);
    }

    #[test]
    fn a_terminal_that_says_it_is_light_gets_the_light_theme() {
        let light = |value: &str| fitting(Some(value)) == ThemeName::Light;
        assert_eq!(["0;15", "0;default;7", "15;0", "7;8", "x"].map(light), [true, true, false, false, false]);
    }
}
