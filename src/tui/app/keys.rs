//! Keys: to what lies over the panes, or by the keymap to the pane in focus.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use watchtower_core::domain::time::Timestamp;

use super::{App, Effect, Overlay};
use crate::tui::keymap::Context;

impl App {
    pub(super) fn key(&mut self, key: &KeyEvent, now: Timestamp) -> Option<Effect> {
        // It is never typed: whatever is open, it means what the keymap says.
        let ctrl_c = key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c');
        match self.overlays.take() {
            None => {}
            Some(overlay) if ctrl_c && !matches!(overlay, Overlay::Help(_)) => self.overlays.open(overlay),
            Some(overlay) => return self.key_in_overlay(overlay, key, now),
        }
        let keymap = &self.preferences.keymap;
        let of_replay = self.replay.and_then(|_| keymap.lookup_only(key, Context::Replay));
        let action = of_replay.or_else(|| keymap.lookup(key, self.view.focus().context()))?;
        self.act(action, now)
    }
}
