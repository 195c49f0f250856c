//! What the terminal calls attention to while nobody looks at it.

use watchtower_core::domain::alert::Severity;

/// From which severity on a new alert is told beyond the screen; `None`: never.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attention {
    /// By a notification of the desktop, where the terminal is known to show them.
    pub notify: Option<Severity>,
    /// By the bell, where it is not.
    pub bell: Option<Severity>,
}

impl Default for Attention {
    fn default() -> Self {
        Self { notify: Some(Severity::Critical), bell: Some(Severity::Critical) }
    }
}

/// What a terminal shows notifications of the desktop by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Channel {
    /// OSC 9: iTerm2, WezTerm, Ghostty.
    Osc9,
    /// OSC 777: foot.
    Osc777,
    /// OSC 99: kitty.
    Osc99,
}

/// Longer notices are cut by every desktop.
const LONGEST: usize = 160;

impl Channel {
    /// Told from environment variables; `None`: the terminal is not known to show any, or
    /// a multiplexer, which would swallow them, is in between.
    pub fn detect(variable: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let text = |name: &str| variable(name).unwrap_or_default();
        let (term, program) = (text("TERM"), text("TERM_PROGRAM"));
        let multiplexed = !text("TMUX").is_empty()
            || !text("STY").is_empty()
            || term.starts_with("tmux")
            || term.starts_with("screen");
        if multiplexed {
            return None;
        }
        if term.contains("kitty") {
            return Some(Self::Osc99);
        }
        if term.starts_with("foot") {
            return Some(Self::Osc777);
        }
        let known = ["iTerm.app", "WezTerm", "ghostty"].contains(&program.as_str());
        (known || term.contains("ghostty") || term.contains("wezterm")).then_some(Self::Osc9)
    }

    /// The bytes that show a notice; control characters and separators in it are harmless.
    pub fn notice(self, words: &str) -> Vec<u8> {
        let harmless: String = words
            .chars()
            .filter(|c| !c.is_control())
            .map(|c| if c == ';' { ',' } else { c })
            .take(LONGEST)
            .collect();
        match self {
            // The words never begin the sequence: `9;4;` would be a progress bar.
            Self::Osc9 => format!("\u{1b}]9;Watch Tower: {harmless}\u{7}"),
            Self::Osc777 => format!("\u{1b}]777;notify;Watch Tower;{harmless}\u{7}"),
            Self::Osc99 => {
                let title = "\u{1b}]99;i=watchtower:d=0;Watch Tower\u{1b}\\";
                format!("{title}\u{1b}]99;i=watchtower:p=body;{harmless}\u{1b}\\")
            }
        }
        .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_go_the_way_the_terminal_shows_them() {
        let channel = |variables: &[(&str, &str)]| {
            let variable = |name: &str| {
                variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            };
            Channel::detect(&variable)
        };
        assert_eq!(channel(&[("TERM", "xterm-kitty")]), Some(Channel::Osc99));
        assert_eq!(channel(&[("TERM", "foot")]), Some(Channel::Osc777));
        assert_eq!(
            channel(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")]),
            Some(Channel::Osc9)
        );
        assert_eq!(channel(&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux,1,0")]), None);
        assert_eq!(channel(&[("TERM", "xterm-256color")]), None);
    }

    #[test]
    fn a_notice_cannot_end_its_own_sequence() {
        for channel in [Channel::Osc9, Channel::Osc777, Channel::Osc99] {
            let bytes = channel.notice("T1 \u{7}\u{1b}]52;c;eA==\u{7} over;speed");
            let text = String::from_utf8(bytes).unwrap();
            assert!(!text.contains("]52;") && text.contains("over,speed"), "{text:?}");
        }
    }
}
