//! Which panes a screen of a given size shows, and where. Pure.

use std::collections::BTreeMap;

use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use super::keymap::Context;

/// A pane.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pane {
    /// The map.
    Map,
    /// The fleet list.
    Fleet,
    /// The selected truck.
    Truck,
    /// The trips.
    Trips,
    /// The alerts.
    Alerts,
    /// The events.
    Events,
    /// The figures of past days.
    Analytics,
}

impl Pane {
    /// Every pane, in the order of their numbers.
    pub const ALL: [Self; 7] =
        [Self::Map, Self::Fleet, Self::Truck, Self::Trips, Self::Alerts, Self::Events, Self::Analytics];
    /// Those that share one place where there is no room for all.
    const STRIP: [Self; 5] = [Self::Truck, Self::Trips, Self::Alerts, Self::Events, Self::Analytics];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Map => "Map",
            Self::Fleet => "Fleet",
            Self::Truck => "Truck",
            Self::Trips => "Trips",
            Self::Alerts => "Alerts",
            Self::Events => "Events",
            Self::Analytics => "Analytics",
        }
    }

    /// Its number, from 1.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// What keys mean in it.
    pub const fn context(self) -> Context {
        match self {
            Self::Map => Context::Map,
            Self::Fleet | Self::Truck | Self::Trips | Self::Alerts | Self::Events | Self::Analytics => {
                Context::List
            }
        }
    }
}

/// One pane, or all that fit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// All that fit.
    #[default]
    Shared,
    /// The one in focus alone.
    Alone,
}

/// Where a layout is cut in two. The name says which layout and what lies before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// Fleet and trips | the rest.
    WideLists,
    /// Fleet / trips.
    WideFleet,
    /// Map | truck, alerts, events.
    WideMap,
    /// Truck / alerts and events.
    WideTruck,
    /// Alerts / events.
    WideAlerts,
    /// Fleet and map / the rest.
    MediumTop,
    /// Fleet | map.
    MediumFleet,
    /// Truck | alerts and events.
    MediumTruck,
    /// Alerts | events.
    MediumAlerts,
    /// Fleet and map / the rest.
    SmallTop,
    /// Fleet | map.
    SmallFleet,
}

/// What has changed places between panes, and is remembered.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    /// Every pane, the one last in focus first.
    recent: Vec<Pane>,
    /// One pane or all.
    pub extent: Extent,
    /// How much of what a cut divides lies before it, where somebody moved it.
    shares: BTreeMap<Cut, f64>,
}

impl Default for View {
    fn default() -> Self {
        let recent = vec![
            Pane::Map,
            Pane::Fleet,
            Pane::Alerts,
            Pane::Truck,
            Pane::Trips,
            Pane::Events,
            Pane::Analytics,
        ];
        Self { recent, extent: Extent::Shared, shares: BTreeMap::new() }
    }
}

impl View {
    /// The pane in focus.
    pub fn focus(&self) -> Pane {
        self.recent.first().copied().unwrap_or(Pane::Map)
    }

    /// Gives a pane the keys.
    pub fn give_focus(&mut self, pane: Pane) {
        self.recent.retain(|other| *other != pane);
        self.recent.insert(0, pane);
    }

    /// Puts a pane of the strip before the others of it, and takes the keys from nobody.
    pub fn bring_up(&mut self, pane: Pane) {
        if self.focus() != pane {
            self.recent.retain(|other| *other != pane);
            let first = self.recent.iter().position(|other| Pane::STRIP.contains(other));
            // Never before the one in focus.
            self.recent.insert(first.unwrap_or(self.recent.len()).max(1), pane);
        }
    }

    /// Which of the panes that share a place is seen.
    fn front(&self, panes: &[Pane]) -> Pane {
        let found = self.recent.iter().find(|pane| panes.contains(pane));
        found.or(panes.first()).copied().unwrap_or(Pane::Map)
    }

    /// Moves a cut so that `before` of `all` cells lie before it.
    pub fn move_cut(&mut self, cut: Cut, before: u16, all: u16) {
        self.shares.insert(cut, f64::from(before) / f64::from(all.max(1)));
    }

    /// Puts every cut where it belongs by itself.
    pub fn forget_cuts(&mut self) {
        self.shares.clear();
    }

    /// The same, made whole: what was remembered may know other panes than there are.
    pub fn completed(mut self) -> Self {
        let mut whole = Vec::new();
        for pane in self.recent.into_iter().chain(Self::default().recent) {
            if !whole.contains(&pane) {
                whole.push(pane);
            }
        }
        self.recent = whole;
        self.shares.retain(|_, share| share.is_finite());
        self
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    /// A view with `pane` in focus and every cut at `share`, where there is one.
    fn view(pane: Pane, share: Option<f64>) -> View {
        use Cut::{
            MediumAlerts, MediumFleet, MediumTop, MediumTruck, SmallFleet, SmallTop, WideAlerts, WideFleet,
            WideLists, WideMap, WideTruck,
        };
        let cuts = [
            WideLists,
            WideFleet,
            WideMap,
            WideTruck,
            WideAlerts,
            MediumTop,
            MediumFleet,
            MediumTruck,
            MediumAlerts,
            SmallTop,
            SmallFleet,
        ];
        let mut view = View::default();
        view.give_focus(pane);
        view.shares = share.into_iter().flat_map(|share| cuts.map(|cut| (cut, share))).collect();
        view
    }

    #[test]
    fn at_every_size_panes_tile_the_screen_and_the_focus_is_shown() {
        for (width, height) in (1..=300).step_by(7).flat_map(|w| (1..=100).step_by(3).map(move |h| (w, h))) {
            for (focus, share) in Pane::ALL
                .into_iter()
                .flat_map(|pane| [None, Some(0.0), Some(0.5), Some(7.0)].map(|share| (pane, share)))
            {
                let screen = Rect::new(0, 0, width, height);
                let layout = arrange(screen, &view(focus, share));
                let areas: Vec<Rect> = layout.places.iter().map(|place| place.area).collect();
                let covered = areas.iter().map(|area| area.area()).sum::<u32>()
                    + layout.status.area()
                    + layout.hints.area();
                assert_eq!(covered, screen.area(), "{width}x{height}");
                for (i, area) in areas.iter().enumerate() {
                    assert_eq!(area.intersection(screen), *area);
                    assert!(areas[..i].iter().all(|other| !other.intersects(*area)));
                }
                assert!(height == 1 || layout.of(focus).is_some(), "{width}x{height} {focus:?}");
            }
        }
    }

    #[test]
    fn a_pane_brought_up_is_seen_and_takes_no_keys() {
        let mut view = View::default();
        view.bring_up(Pane::Truck);
        let layout = arrange(Rect::new(0, 0, 80, 24), &view);
        assert!(layout.of(Pane::Truck).is_some() && layout.of(Pane::Alerts).is_none());
        assert_eq!(view.focus(), Pane::Map);
        view.give_focus(Pane::Alerts);
        view.bring_up(Pane::Events);
        assert_eq!(view.focus(), Pane::Alerts);
    }

    #[test]
    fn a_moved_cut_stays_where_it_was_put() {
        let mut view = View::default();
        let screen = Rect::new(0, 0, 200, 50);
        let divider = arrange(screen, &view).divider_of(Pane::Fleet, Axis::Across).unwrap();
        assert_eq!((divider.cut, divider.before), (Cut::WideLists, 62));
        let grabbed = arrange(screen, &view).divider_at(61, 20).unwrap();
        assert_eq!(grabbed, divider);
        view.move_cut(divider.cut, 80, divider.length());
        assert_eq!(arrange(screen, &view).of(Pane::Fleet).unwrap().width, 80);
        view.forget_cuts();
        assert_eq!(arrange(screen, &view).of(Pane::Fleet).unwrap().width, 62);
    }

    #[test]
    fn a_remembered_view_of_other_panes_is_completed() {
        let told: View = serde_json::from_str(r#"{"recent":["trips","map","trips"]}"#).unwrap();
        let whole = told.completed();
        assert_eq!(whole.focus(), Pane::Trips);
        assert_eq!(whole.recent.len(), Pane::ALL.len());
    }
}
