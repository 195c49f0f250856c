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
    /// Whether it tells of the mouse and takes nothing for it. GNU screen holds an Escape back
    /// until the next key, which then is another, as long as it is asked for the mouse.
    pub mouse: bool,
}

/// Terminals that are known to take links by their name alone.
const LINK_TERMS: [&str; 6] = ["kitty", "alacritty", "foot", "wezterm", "ghostty", "contour"];
/// The same by what they call themselves.
const LINK_PROGRAMS: [&str; 8] =
    ["iTerm.app", "WezTerm", "ghostty", "vscode", "Hyper", "mintty", "rio", "Tabby"];
/// The first tmux that passes links on.
const LINK_TMUX: (u32, u32) = (3, 4);
/// The first VTE whose links do no harm: 0.50.
const LINK_VTE: u32 = 5_000;

impl Understands {
    /// From environment variables: `TERM` and what terminals and multiplexers call
    /// themselves by.
    pub fn detect(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let text = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = text("TERM").unwrap_or_default();
        let more = !matches!(term.as_str(), "" | "linux" | "dumb");
        Self { ground: more, links: more && links(&text, &term), mouse: text("STY").is_none() }
    }
}

fn links(text: &dyn Fn(&str) -> Option<String>, term: &str) -> bool {
    let program = text("TERM_PROGRAM").unwrap_or_default();
    // GNU screen swallows them; of a multiplexer at the other end of a line nothing is known.
    if text("STY").is_some() {
        return false;
    }
    if text("TMUX").is_some() {
        let version = text("TERM_PROGRAM_VERSION").unwrap_or_default();
        return program == "tmux" && release(&version).is_some_and(|release| release >= LINK_TMUX);
    }
    let vte = text("VTE_VERSION").and_then(|version| version.parse::<u32>().ok());
    LINK_TERMS.iter().any(|name| term.contains(name))
        || LINK_PROGRAMS.contains(&program.as_str())
        || vte.is_some_and(|version| version >= LINK_VTE)
        || ["KONSOLE_VERSION", "WT_SESSION", "DOMTERM"].into_iter().any(|name| text(name).is_some())
}

/// A tmux' release: of `3.4`, `3.3a` and `next-3.5` the numbers.
fn release(version: &str) -> Option<(u32, u32)> {
    let (major, rest) = version.trim_start_matches("next-").split_once('.')?;
    let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, minor.parse().ok()?))
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
            .unwrap_or_else(|| {
                // GNU screen hands down what the terminal around it announces, and takes
                // 24-bit colours for something else.
                let announced = text("COLORTERM").filter(|_| text("STY").is_none());
                colour(&term, announced.as_deref(), text("NO_COLOR").is_some())
            });
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
        let cases: [(&[(&str, &str)], ColourDepth); 10] = [
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), utf8], ColourDepth::True),
            (&[("TERM", "xterm-kitty"), utf8], ColourDepth::True),
            (&[("TERM", "screen-256color"), utf8], ColourDepth::Indexed),
            (&[("TERM", "xterm"), utf8], ColourDepth::Ansi),
            (&[("TERM", "screen-256color"), ("COLORTERM", "truecolor"), ("STY", "1")], ColourDepth::Indexed),
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
    fn links_go_to_terminals_that_are_known_to_take_them() {
        let understands = |variables: &[(&str, &str)]| {
            let of =
                |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, it)| (*it).to_owned());
            Understands::detect(&of)
        };
        let xterm = ("TERM", "xterm-256color");
        let tmux = |version| {
            [xterm, ("TMUX", "/tmp/x"), ("TERM_PROGRAM", "tmux"), ("TERM_PROGRAM_VERSION", version)]
        };
        for known in [
            &[("TERM", "xterm-kitty")][..],
            &[xterm, ("VTE_VERSION", "7600")],
            &[xterm, ("TERM_PROGRAM", "iTerm.app")],
            &[xterm, ("WT_SESSION", "x")],
            &tmux("3.4"),
            &tmux("next-3.6"),
        ] {
            assert!(understands(known).links, "{known:?}");
        }
        for unknown in [
            &[xterm][..],
            &[xterm, ("VTE_VERSION", "4800")],
            &[("TERM", "linux"), ("WT_SESSION", "x")],
            &tmux("3.3a"),
            &[xterm, ("TMUX", "/tmp/x"), ("VTE_VERSION", "7600")],
            &[("TERM", "xterm-kitty"), ("STY", "1.x")],
        ] {
            assert!(!understands(unknown).links, "{unknown:?}");
        }
        assert!(understands(&[xterm]).ground && !understands(&[("TERM", "linux")]).ground);
        assert!(understands(&[xterm]).mouse && !understands(&[xterm, ("STY", "1.x")]).mouse);
    }

    #[test]
    fn a_terminal_that_says_it_is_light_gets_the_light_theme() {
        let light = |value: &str| fitting(Some(value)) == ThemeName::Light;
        assert_eq!(["0;15", "0;default;7", "15;0", "7;8", "x"].map(light), [true, true, false, false, false]);
    }
}
