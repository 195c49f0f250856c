//! Keys: to what lies over the panes, or by the keymap to the pane in focus.

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers, MouseEventKind};
use watchtower_core::domain::time::Timestamp;

use super::{App, Effect, Overlay};
use crate::tui::{
    keymap::{Action, Context},
    layout::Pane,
    terminal::Urgency,
};

impl App {
    /// How urgent what an input will do is. A guess before it is done: a wrong one costs
    /// time on a slow line, and nothing else.
    pub fn urgency_of(&self, input: &Input) -> Urgency {
        let goes_about = match input {
            Input::Key(key) => self.overlays.top().is_none() && self.goes_about(key),
            Input::Mouse(mouse) => matches!(
                mouse.kind,
                MouseEventKind::Drag(_) | MouseEventKind::ScrollUp | MouseEventKind::ScrollDown
            ),
            Input::Paste(_) | Input::Resize(..) | Input::FocusGained | Input::FocusLost => false,
        };
        if goes_about { Urgency::Going } else { Urgency::Key }
    }

    /// Whether a key goes about on the map.
    fn goes_about(&self, key: &KeyEvent) -> bool {
        let focus = self.view.focus();
        match self.preferences.keymap.lookup(key, focus.context()) {
            Some(Action::ZoomIn | Action::ZoomOut) => true,
            Some(Action::Left | Action::Right | Action::Up | Action::Down) => focus == Pane::Map,
            Some(_) | None => false,
        }
    }

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
