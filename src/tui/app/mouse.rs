//! The mouse: a click selects, a drag pans, the wheel zooms to the pointer or
//! scrolls what is under it.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;
use watchtower_core::domain::time::Timestamp;

use super::{App, Effect, Following, Overlay, Target, overlay::Meant};
use crate::tui::{
    layout::{Axis, Divider, Pane},
    map::Hit,
    panes,
};

/// A second click on the same cell within this is a double click.
const DOUBLE_S: f64 = 0.4;
/// Rows one notch of the wheel scrolls.
const NOTCH: isize = 3;
/// Half levels of one notch.
const NOTCH_ZOOM: f64 = 1.0;

/// Where the pointer is, and what its button does.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::tui) struct Pointer {
    /// The cell it is on, column and row, while that is the map's.
    pub(in crate::tui) on_map: Option<(u16, u16)>,
    press: Option<Press>,
    last_click: Option<Press>,
}

impl Pointer {
    pub(super) const fn is_pressed(&self) -> bool {
        self.press.is_some()
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Press {
    column: u16,
    row: u16,
    at: Timestamp,
    moved: Moved,
    held: Held,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Moved {
    No,
    Yes,
}

/// What a pressed button drags.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Held {
    /// What lies under the pointer.
    Content,
    /// The border between panes.
    Divider(Divider),
    /// The moment a replay shows.
    Timeline,
}

impl App {
    pub(super) fn mouse(&mut self, mouse: &MouseEvent, now: Timestamp) -> Option<Effect> {
        let (column, row) = (mouse.column, mouse.row);
        match mouse.kind {
            MouseEventKind::Moved => self.point(column, row),
            MouseEventKind::Down(MouseButton::Left) => return self.press(column, row, now),
            MouseEventKind::Drag(MouseButton::Left) => return self.drag(column, row),
            MouseEventKind::Up(MouseButton::Left) => {
                if let Some(Press { moved: Moved::No, .. }) = self.pointer.press.take() {
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

    fn point(&mut self, column: u16, row: u16) {
        let over_map = self.shown.layout.at(column, row) == Some(Pane::Map) && !self.overlays.cover();
        let on_map = over_map.then_some((column, row));
        if on_map != self.pointer.on_map {
            self.pointer.on_map = on_map;
            self.dirty = true;
        }
    }

    fn press(&mut self, column: u16, row: u16, now: Timestamp) -> Option<Effect> {
        self.overlays.close(|overlay| matches!(overlay, Overlay::Naming(_)));
        let held = if self.overlays.cover() {
            Held::Content
        } else if self.shown.timeline.is_some_and(|bar| bar.contains((column, row).into())) {
            Held::Timeline
        } else {
            self.shown.layout.divider_at(column, row).map_or(Held::Content, Held::Divider)
        };
        // The timeline is held from the first moment: letting go of it is no click.
        let moved = if held == Held::Timeline { Moved::Yes } else { Moved::No };
        self.pointer.press = Some(Press { column, row, at: now, moved, held });
        if held == Held::Timeline { self.point_in_time(column) } else { None }
    }

    fn drag(&mut self, column: u16, row: u16) -> Option<Effect> {
        // What tells of the pointer where no button is pressed tells of it here.
        if self.pointer.on_map.is_some() {
            self.point(column, row);
        }
        let press = self.pointer.press?;
        if press.held == Held::Timeline {
            return self.point_in_time(column);
        }
        let (columns, rows) =
            (i32::from(press.column) - i32::from(column), i32::from(press.row) - i32::from(row));
        if (columns, rows) == (0, 0) {
            return None;
        }
        if self.overlays.cover() {
            // Nothing is dragged there, but nothing is clicked either.
        } else if let Held::Divider(divider) = press.held {
            let before = match divider.axis {
                Axis::Across => column.saturating_sub(divider.of.x),
                Axis::Down => (row + 1).saturating_sub(divider.of.y),
            };
            self.view.move_cut(divider.cut, before, divider.length());
            self.dirty = true;
        } else if self.shown.layout.at(press.column, press.row) == Some(Pane::Map) {
            self.aim.following = Following::Off;
            self.map.pan(f64::from(columns), f64::from(rows));
            self.dirty = true;
        }
        self.pointer.press = Some(Press { column, row, moved: Moved::Yes, ..press });
        None
    }

    fn wheel(&mut self, column: u16, row: u16, notches: isize) {
        self.dirty = true;
        if self.scroll_overlay(notches * NOTCH) == Meant::Overlay {
            return;
        }
        match self.shown.layout.at(column, row) {
            Some(Pane::Map) => self.map.zoom_at(-(notches as f64) * NOTCH_ZOOM, Some((column, row))),
            Some(Pane::Fleet) => self.roster.window.scroll(notches * NOTCH),
            Some(Pane::Truck) => self.lists.truck.scroll(notches * NOTCH),
            Some(Pane::Trips) => self.lists.trips.window.scroll(notches * NOTCH),
            Some(Pane::Alerts) => self.lists.alerts.window.scroll(notches * NOTCH),
            Some(Pane::Events) => self.lists.events.window.scroll(notches * NOTCH),
            Some(Pane::Analytics) => self.analytics.window.scroll(notches * NOTCH),
            None => {}
        }
    }

    fn click(&mut self, column: u16, row: u16, now: Timestamp) -> Option<Effect> {
        let press = Press { column, row, at: now, moved: Moved::No, held: Held::Content };
        let double = self.pointer.last_click.replace(press).is_some_and(|last| {
            (last.column, last.row) == (column, row) && now.seconds_since(last.at) < DOUBLE_S
        });
        let target = self.shown.targets.iter().find(|(area, _)| area.contains((column, row).into()));
        if let Some((_, target)) = target {
            return self.click_target(*target, now);
        }
        if self.click_beside_overlay(column, row) == Meant::Overlay {
            return None;
        }
        let pane = self.shown.layout.at(column, row)?;
        self.focus(pane);
        self.click_pane(pane, column, row);
        if double && pane != Pane::Map {
            self.show_cursor(now);
        }
        None
    }

    fn click_target(&mut self, target: Target, now: Timestamp) -> Option<Effect> {
        match target {
            Target::Act(action) => return self.act(action, now),
            Target::Sort(column) => self.roster.sort_by(column),
            Target::SortFigures(figure) => self.analytics.sort_by(figure),
            Target::Tab(pane) => self.focus(pane),
            Target::Field(_)
            | Target::Offer(_)
            | Target::Command(_)
            | Target::SendForm
            | Target::LeaveForm
            | Target::Told(_)
            | Target::FilterTold
            | Target::Copy(_) => return self.click_in_overlay(target, now),
        }
        None
    }

    fn click_pane(&mut self, pane: Pane, column: u16, row: u16) {
        let area = self.shown.layout.of(pane).unwrap_or_default();
        match pane {
            Pane::Map => self.click_map(column, row),
            Pane::Fleet => {
                if let Some(index) = clicked(panes::fleet::body(area), row) {
                    self.roster.place(self.roster.window.offset() + index);
                    self.cursor_changed();
                }
            }
            Pane::Trips => {
                if let Some(index) = clicked(panes::inside(area), row) {
                    self.place_trip_cursor(self.lists.trips.window.offset() + index);
                }
            }
            Pane::Alerts => {
                if let Some(index) = clicked(panes::inside(area), row) {
                    self.place_alert_cursor(self.lists.alerts.window.offset() + index);
                }
            }
            Pane::Events => {
                if let Some(index) = clicked(panes::inside(area), row) {
                    self.place_event_cursor(self.lists.events.window.offset() + index);
                }
            }
            Pane::Analytics => {
                if let Some(vehicle) = panes::analytics::clicked(self, area, row) {
                    self.pick(vehicle);
                }
            }
            Pane::Truck => {}
        }
    }

    fn click_map(&mut self, column: u16, row: u16) {
        match self.map.hit(column, row) {
            Some(Hit::Vehicle(vehicle)) => self.pick(vehicle),
            Some(Hit::Cluster(vehicles)) => {
                let found = vehicles.iter().filter_map(|key| self.model.vehicles.get(key));
                let points: Vec<_> = found.map(|vehicle| vehicle.position.point).collect();
                self.aim.following = Following::Off;
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
