//! The mouse: a click selects, a drag pans, the wheel zooms to the pointer or
//! scrolls what is under it.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;
use watchtower_core::domain::time::Timestamp;

use super::{App, Copying, Effect, Following, Held, Moved, Press, Target};
use crate::tui::{
    layout::{Axis, Pane},
    map::Hit,
    panes,
};

/// A second click on the same cell within this is a double click.
const DOUBLE_S: f64 = 0.4;
/// Rows one notch of the wheel scrolls.
const NOTCH: isize = 3;
/// Half levels of one notch.
const NOTCH_ZOOM: f64 = 1.0;

impl App {
    pub(super) fn mouse(&mut self, mouse: &MouseEvent, now: Timestamp) -> Option<Effect> {
        let (column, row) = (mouse.column, mouse.row);
        match mouse.kind {
            MouseEventKind::Moved => self.point(column, row),
            MouseEventKind::Down(MouseButton::Left) => {
                self.naming = None;
                let divider = (self.help.is_none() && !self.is_covered())
                    .then(|| self.layout.divider_at(column, row))
                    .flatten();
                let covered = self.help.is_some() || self.is_covered();
                let on_timeline = self.timeline.is_some_and(|bar| bar.contains((column, row).into()));
                if on_timeline && !covered {
                    let held = Held::Timeline;
                    self.press = Some(Press { column, row, at: now, moved: Moved::Yes, held });
                    return self.point_in_time(column);
                }
                let held = divider.map_or(Held::Content, Held::Divider);
                self.press = Some(Press { column, row, at: now, moved: Moved::No, held });
            }
            MouseEventKind::Drag(MouseButton::Left)
                if self.press.is_some_and(|press| press.held == Held::Timeline) =>
            {
                return self.point_in_time(column);
            }
            MouseEventKind::Drag(MouseButton::Left) => self.drag(column, row),
            MouseEventKind::Up(MouseButton::Left) => {
                if let Some(Press { moved: Moved::No, .. }) = self.press.take() {
                    self.dirty = true;
                    return self.click(column, row, now);
                }
            }
            MouseEventKind::ScrollUp => self.wheel(column, row, -1),
            MouseEventKind::ScrollDown => self.wheel(column, row, 1),
            MouseEventKind::Down(_)
            | MouseEventKind::Up(_)
            | MouseEventKind::Drag(_)
            | MouseEventKind::ScrollLeft
            | MouseEventKind::ScrollRight => {}
        }
        None
    }

    /// Whether a form or the palette lies over the panes.
    fn is_covered(&self) -> bool {
        self.dialog.is_some() || self.palette.is_some()
    }

    fn point(&mut self, column: u16, row: u16) {
        let over_map = self.layout.at(column, row) == Some(Pane::Map) && self.help.is_none();
        let pointer = over_map.then_some((column, row));
        if pointer != self.pointer {
            self.pointer = pointer;
            self.dirty = true;
        }
    }

    fn drag(&mut self, column: u16, row: u16) {
        let Some(press) = self.press else { return };
        let (columns, rows) =
            (i32::from(press.column) - i32::from(column), i32::from(press.row) - i32::from(row));
        if (columns, rows) == (0, 0) || self.help.is_some() || self.is_covered() {
            return;
        }
        if let Held::Divider(divider) = press.held {
            let before = match divider.axis {
                Axis::Across => column.saturating_sub(divider.of.x),
                Axis::Down => (row + 1).saturating_sub(divider.of.y),
            };
            self.view.move_cut(divider.cut, before, divider.length());
            self.dirty = true;
        } else if self.layout.at(press.column, press.row) == Some(Pane::Map) {
            self.following = Following::Off;
            self.map.pan(f64::from(columns), f64::from(rows));
            self.dirty = true;
        }
        self.press = Some(Press { column, row, moved: Moved::Yes, ..press });
    }

    fn wheel(&mut self, column: u16, row: u16, notches: isize) {
        self.dirty = true;
        if let Some(help) = &mut self.help {
            help.scroll(notches * NOTCH);
            return;
        }
        if self.is_covered() {
            return;
        }
        match self.layout.at(column, row) {
            Some(Pane::Map) => self.map.zoom_at(-(notches as f64) * NOTCH_ZOOM, Some((column, row))),
            Some(Pane::Fleet) => self.roster.window.scroll(notches * NOTCH),
            Some(Pane::Truck) => self.truck_window.scroll(notches * NOTCH),
            Some(Pane::Trips) => self.trip_window.scroll(notches * NOTCH),
            Some(Pane::Alerts) => self.alert_window.scroll(notches * NOTCH),
            Some(Pane::Events) => self.event_window.scroll(notches * NOTCH),
            Some(Pane::Analytics) => self.analytics.window.scroll(notches * NOTCH),
            None => {}
        }
    }

    fn click(&mut self, column: u16, row: u16, now: Timestamp) -> Option<Effect> {
        let press = Press { column, row, at: now, moved: Moved::No, held: Held::Content };
        let double = self.last_click.replace(press).is_some_and(|last| {
            (last.column, last.row) == (column, row) && now.seconds_since(last.at) < DOUBLE_S
        });
        if self.help.take().is_some() {
            return None;
        }
        let target = self.targets.iter().find(|(area, _)| area.contains((column, row).into()));
        if let Some((_, target)) = target {
            match *target {
                Target::Act(action) => return self.act(action, now),
                Target::Sort(column) => self.roster.sort_by(column),
                Target::SortFigures(figure) => self.analytics.sort_by(figure),
                Target::Tab(pane) => self.focus(pane),
                Target::Field(field) => {
                    if let Some(dialog) = &mut self.dialog {
                        dialog.form.place(field, &self.model);
                    }
                }
                Target::Offer(offer) => {
                    if let Some(dialog) = &mut self.dialog {
                        dialog.form.take(offer, &self.model);
                    }
                }
                Target::Command(row) => return self.choose(row, now),
                Target::SendForm => return self.send_dialog(now),
                Target::LeaveForm => self.dialog = None,
                Target::Copy(what) => return self.copy(what, now),
            }
            return None;
        }
        self.copying = Copying::No;
        // Beside an open form nothing is meant; a palette is left.
        if self.palette.take().is_some() || self.dialog.is_some() {
            return None;
        }
        let pane = self.layout.at(column, row)?;
        self.focus(pane);
        let area = self.layout.of(pane)?;
        match pane {
            Pane::Map if self.drawing.is_some() => self.click_in_drawing(column, row),
            Pane::Map => self.click_map(column, row),
            Pane::Fleet => {
                if let Some(index) = clicked(panes::fleet::body(area), row) {
                    self.roster.place(self.roster.window.offset() + index);
                    self.cursor_changed();
                }
            }
            Pane::Trips => {
                if let Some(index) = clicked(panes::inside(area), row) {
                    self.place_trip_cursor(self.trip_window.offset() + index);
                }
            }
            Pane::Alerts => {
                if let Some(index) = clicked(panes::inside(area), row) {
                    self.place_alert_cursor(self.alert_window.offset() + index);
                }
            }
            Pane::Events => {
                if let Some(index) = clicked(panes::inside(area), row) {
                    self.place_event_cursor(self.event_window.offset() + index);
                }
            }
            Pane::Analytics => {
                if let Some(vehicle) = panes::analytics::clicked(self, area, row) {
                    self.pick(vehicle);
                }
            }
            Pane::Truck => {}
        }
        if double && pane != Pane::Map {
            self.show_cursor(now);
        }
        None
    }

    fn click_map(&mut self, column: u16, row: u16) {
        match self.map.hit(column, row) {
            Some(Hit::Vehicle(vehicle)) => {
                self.roster.place_on(&vehicle);
                self.select(vehicle);
            }
            Some(Hit::Cluster(vehicles)) => {
                let found = vehicles.iter().filter_map(|key| self.model.vehicles.get(key));
                let points: Vec<_> = found.map(|vehicle| vehicle.position.point).collect();
                self.following = Following::Off;
                self.map.fit(&points);
            }
            Some(Hit::Fence(fence)) => {
                self.roster.search("");
                self.pinned_fence = Some(fence);
            }
            None => self.pinned_fence = None,
        }
    }
}

/// Which of the rows in `area` a click at screen row `row` is on.
fn clicked(area: Rect, row: u16) -> Option<usize> {
    (area.top()..area.bottom()).contains(&row).then(|| usize::from(row - area.top()))
}
