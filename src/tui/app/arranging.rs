//! The panes: which has the keys, and how much of the screen each takes.

use watchtower_core::domain::time::Timestamp;

use super::{App, Gravity};
use crate::tui::layout::{self, Axis, Extent, Pane};

impl App {
    pub(super) fn focus(&mut self, pane: Pane) {
        self.view.give_focus(pane);
    }

    pub(super) fn focus_by(&mut self, by: isize) {
        let count = Pane::ALL.len() as isize;
        let next = (self.view.focus() as isize + by).rem_euclid(count) as usize;
        self.focus(Pane::ALL[next]);
    }

    /// Goes to the pane of that number; once more turns the figures' period.
    pub(super) fn focus_on(&mut self, number: u8) {
        match Pane::ALL.into_iter().find(|pane| pane.number() == number) {
            Some(Pane::Analytics) if self.view.focus() == Pane::Analytics => self.analytics.turn_period(),
            Some(pane) => self.focus(pane),
            None => {}
        }
    }

    /// Moves the border of the pane in focus that is nearest along an axis, so that the
    /// pane grows or shrinks by `cells`.
    pub(super) fn resize(&mut self, axis: Axis, cells: i16, now: Timestamp) {
        let pane = self.view.focus();
        let Some(divider) = self.shown.layout.divider_of(pane, axis) else {
            self.tell(Gravity::Note, "this pane has nothing beside it to give".to_owned(), now);
            return;
        };
        let area = self.shown.layout.of(pane).unwrap_or_default();
        let is_first = (area.x, area.y) == (divider.of.x, divider.of.y);
        let before = divider.before.saturating_add_signed(if is_first { cells } else { -cells });
        self.view.move_cut(divider.cut, before.min(divider.length()), divider.length());
        // More such keys may come before the next frame.
        self.shown.layout = layout::arrange(self.shown.layout.screen, &self.view);
    }

    pub(super) fn rearrange(&mut self, now: Timestamp) {
        self.view.forget_cuts();
        self.tell(Gravity::Note, "panes as they were at first".to_owned(), now);
    }

    /// The pane in focus alone, and back.
    pub(super) fn change_extent(&mut self) {
        self.view.extent = match self.view.extent {
            Extent::Shared => Extent::Alone,
            Extent::Alone => Extent::Shared,
        };
    }
}
