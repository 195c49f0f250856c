//! Which panes a screen of a given size shows, and where. Pure.

use ratatui::layout::Rect;

mod pane;
#[cfg(test)]
mod tests;
mod view;

pub use pane::Pane;
pub use view::{Cut, Extent, View};

/// Which way a cut divides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Axis {
    /// Into left and right.
    Across,
    /// Into upper and lower.
    Down,
}

/// A cut as it lies on the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Divider {
    /// Which.
    pub cut: Cut,
    /// Which way it divides.
    pub axis: Axis,
    /// What it divides.
    pub of: Rect,
    /// Cells before it.
    pub before: u16,
}

impl Divider {
    /// Whether a cell is on the borders that meet here. The upper border of what lies
    /// below is left out: names and tabs stand there.
    fn is_at(&self, column: u16, row: u16) -> bool {
        if !self.of.contains((column, row).into()) {
            return false;
        }
        match self.axis {
            Axis::Across => {
                (self.of.x + self.before).abs_diff(column) <= u16::from(column < self.of.x + self.before)
            }
            Axis::Down => row + 1 == self.of.y + self.before,
        }
    }

    /// Cells of what it divides, along its axis.
    pub fn length(&self) -> u16 {
        match self.axis {
            Axis::Across => self.of.width,
            Axis::Down => self.of.height,
        }
    }
}

/// A place on the screen, and the panes that share it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The pane seen.
    pub pane: Pane,
    /// Where.
    pub area: Rect,
    /// All that share the place; the one seen is among them.
    pub sharing: &'static [Pane],
}

/// A place for every pane shown.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Layout {
    /// All of it.
    pub screen: Rect,
    /// The line that always says how things stand.
    pub status: Rect,
    /// The line of keys, where there is room.
    pub hints: Rect,
    /// The panes.
    pub places: Vec<Place>,
    /// What can be moved between them.
    pub dividers: Vec<Divider>,
}

impl Layout {
    /// Where a pane is, if it is shown.
    pub fn of(&self, pane: Pane) -> Option<Rect> {
        self.places.iter().find(|place| place.pane == pane).map(|place| place.area)
    }

    /// The pane at a cell.
    pub fn at(&self, column: u16, row: u16) -> Option<Pane> {
        let inside = |place: &&Place| place.area.contains((column, row).into());
        self.places.iter().find(inside).map(|place| place.pane)
    }

    /// The panes that share a place with the one shown.
    pub fn sharing(&self, pane: Pane) -> &'static [Pane] {
        self.places.iter().find(|place| place.pane == pane).map_or(&[], |place| place.sharing)
    }

    /// The divider at a cell: the one that divides least.
    pub fn divider_at(&self, column: u16, row: u16) -> Option<Divider> {
        self.dividers.iter().rev().find(|divider| divider.is_at(column, row)).copied()
    }

    /// The divider that lies beside a pane along an axis, the nearest.
    pub fn divider_of(&self, pane: Pane, axis: Axis) -> Option<Divider> {
        let area = self.of(pane)?;
        let inside = |divider: &&Divider| divider.axis == axis && divider.of.intersection(area) == area;
        self.dividers.iter().rev().find(inside).copied()
    }
}

/// Cuts `height` rows off the bottom.
pub(super) fn split_bottom(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    let top = Rect { height: area.height - height, ..area };
    (top, Rect { y: area.y + top.height, height, ..area })
}

/// Arranges the panes.
pub fn arrange(area: Rect, view: &View) -> Layout {
    let status = Rect { height: area.height.min(1), ..area };
    let body = Rect { y: area.y + status.height, height: area.height - status.height, ..area };
    let (body, hints) = split_bottom(body, u16::from(area.height >= 8));
    let mut plan = Plan { view, layout: Layout { screen: area, status, hints, ..Layout::default() } };
    if body.is_empty() {
        return plan.layout;
    }
    if view.extent == Extent::Alone || body.width < 60 || body.height < 10 {
        plan.put(body, &Pane::ALL);
        return plan.layout;
    }
    match (body.width, body.height) {
        (150.., 34..) => plan.wide(body),
        (110.., 24..) => plan.medium(body),
        _ => plan.small(body),
    }
    plan.layout
}

/// No pane is narrower or lower than this by being moved.
const LEAST: (u16, u16) = (16, 4);

struct Plan<'a> {
    view: &'a View,
    layout: Layout,
}

impl Plan<'_> {
    fn put(&mut self, area: Rect, sharing: &'static [Pane]) {
        self.layout.places.push(Place { pane: self.view.front(sharing), area, sharing });
    }

    /// Cuts an area in two, `usual` cells before the cut unless it was moved.
    fn cut(&mut self, cut: Cut, axis: Axis, of: Rect, usual: u16) -> (Rect, Rect) {
        let (length, least) = match axis {
            Axis::Across => (of.width, LEAST.0),
            Axis::Down => (of.height, LEAST.1),
        };
        let moved = self.view.shares.get(&cut).map(|share| (share * f64::from(length)).round() as u16);
        let before = match moved {
            Some(moved) => {
                moved.clamp(least.min(length), length.saturating_sub(least).max(least.min(length)))
            }
            None => usual.min(length),
        };
        self.layout.dividers.push(Divider { cut, axis, of, before });
        match axis {
            Axis::Across => {
                (Rect { width: before, ..of }, Rect { x: of.x + before, width: of.width - before, ..of })
            }
            Axis::Down => {
                (Rect { height: before, ..of }, Rect { y: of.y + before, height: of.height - before, ..of })
            }
        }
    }

    /// Fleet and trips on the left, the map, and the rest in a column on the right.
    fn wide(&mut self, body: Rect) {
        let (lists, rest) =
            self.cut(Cut::WideLists, Axis::Across, body, (body.width * 31 / 100).clamp(44, 72));
        let (fleet, trips) =
            self.cut(Cut::WideFleet, Axis::Down, lists, lists.height - (lists.height / 4).clamp(8, 16));
        let (map, right) = self.cut(
            Cut::WideMap,
            Axis::Across,
            rest,
            rest.width.saturating_sub((body.width / 4).clamp(44, 60)),
        );
        let low = (right.height / 3).max(9);
        let alerts_too = (right.height - low).saturating_sub(14).max((right.height - low) / 3) + low;
        let (truck, below) = self.cut(Cut::WideTruck, Axis::Down, right, right.height - alerts_too);
        let (alerts, events) = self.cut(Cut::WideAlerts, Axis::Down, below, below.height.saturating_sub(low));
        self.put(map, &[Pane::Map, Pane::Analytics]);
        self.put(fleet, &[Pane::Fleet]);
        self.put(truck, &[Pane::Truck]);
        self.put(trips, &[Pane::Trips]);
        self.put(alerts, &[Pane::Alerts]);
        self.put(events, &[Pane::Events]);
    }

    /// Fleet and map above, the rest side by side below.
    fn medium(&mut self, body: Rect) {
        let low = (body.height / 3).clamp(9, 12);
        let (top, bottom) = self.cut(Cut::MediumTop, Axis::Down, body, body.height - low);
        let (fleet, map) = self.cut(Cut::MediumFleet, Axis::Across, top, (body.width * 3 / 10).clamp(34, 46));
        let (truck, rest) = self.cut(Cut::MediumTruck, Axis::Across, bottom, body.width * 36 / 100);
        let (alerts, events) = self.cut(Cut::MediumAlerts, Axis::Across, rest, rest.width * 53 / 100);
        self.put(map, &[Pane::Map, Pane::Analytics]);
        self.put(fleet, &[Pane::Fleet, Pane::Trips]);
        self.put(truck, &[Pane::Truck]);
        self.put(alerts, &[Pane::Alerts]);
        self.put(events, &[Pane::Events]);
    }

    /// Fleet and map, and below them one of the rest; beside the map where it is too low.
    fn small(&mut self, body: Rect) {
        let width = (body.width * 3 / 8).clamp(28, 34);
        if body.height < 18 {
            let (left, map) = self.cut(Cut::SmallFleet, Axis::Across, body, width);
            self.put(map, &[Pane::Map]);
            self.put(
                left,
                &[Pane::Fleet, Pane::Truck, Pane::Trips, Pane::Alerts, Pane::Events, Pane::Analytics],
            );
            return;
        }
        let low = (body.height * 3 / 10).clamp(6, 10);
        let (top, bottom) = self.cut(Cut::SmallTop, Axis::Down, body, body.height - low);
        let (left, map) = self.cut(Cut::SmallFleet, Axis::Across, top, width);
        self.put(map, &[Pane::Map]);
        self.put(left, &[Pane::Fleet]);
        self.put(bottom, &Pane::STRIP);
    }
}
