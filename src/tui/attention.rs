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
