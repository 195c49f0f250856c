//! Which panes a screen of a given size shows, and where. Pure.

use ratatui::layout::Rect;

use super::keymap::Context;

/// A pane.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Pane {
    /// The map.
    Map,
    /// The fleet list.
    Fleet,
    /// The selected truck.
    Truck,
    /// The alerts.
    Alerts,
    /// The events.
    Events,
}

impl Pane {
    /// Every pane, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Map, Self::Fleet, Self::Truck, Self::Alerts, Self::Events];
    /// Those that share one place where there is no room for all.
    pub const STRIP: [Self; 3] = [Self::Truck, Self::Alerts, Self::Events];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Map => "Map",
            Self::Fleet => "Fleet",
            Self::Truck => "Truck",
            Self::Alerts => "Alerts",
            Self::Events => "Events",
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
            Self::Fleet | Self::Truck | Self::Alerts | Self::Events => Context::List,
        }
    }

    fn is_strip(self) -> bool {
        Self::STRIP.contains(&self)
    }
}

/// One pane, or all that fit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Extent {
    /// All that fit.
    #[default]
    Shared,
    /// The one in focus alone.
    Alone,
}

/// What has changed places between panes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct View {
    /// The pane in focus.
    pub focus: Pane,
    /// The one of [`Pane::STRIP`] last in focus.
    pub strip: Pane,
    /// One pane or all.
    pub extent: Extent,
}

/// A place for every pane shown.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Layout {
    /// The line that always says how things stand.
    pub status: Rect,
    /// The line of keys, where there is room.
    pub hints: Rect,
    /// The panes.
    pub panes: Vec<(Pane, Rect)>,
    /// Whether panes share one place, so that it needs tabs.
    pub tabs: Option<Pane>,
}

impl Layout {
    /// Where a pane is, if it is shown.
    pub fn of(&self, pane: Pane) -> Option<Rect> {
        self.panes.iter().find(|(shown, _)| *shown == pane).map(|(_, area)| *area)
    }

    /// The pane at a cell.
    pub fn at(&self, column: u16, row: u16) -> Option<Pane> {
        let inside = |area: &Rect| area.contains((column, row).into());
        self.panes.iter().find(|(_, area)| inside(area)).map(|(pane, _)| *pane)
    }
}

/// Cuts `height` rows off the bottom.
fn split_bottom(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    let top = Rect { height: area.height - height, ..area };
    (top, Rect { y: area.y + top.height, height, ..area })
}

/// Cuts `width` columns off the left.
fn split_left(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    (Rect { width, ..area }, Rect { x: area.x + width, width: area.width - width, ..area })
}

/// Arranges the panes.
pub fn arrange(area: Rect, view: View) -> Layout {
    let status = Rect { height: area.height.min(1), ..area };
    let body = Rect { y: area.y + status.height, height: area.height - status.height, ..area };
    let (body, hints) = split_bottom(body, u16::from(area.height >= 8));
    let layout = Layout { status, hints, panes: Vec::new(), tabs: None };
    if body.is_empty() {
        return layout;
    }
    if view.extent == Extent::Alone || body.width < 60 || body.height < 10 {
        return Layout { panes: vec![(view.focus, body)], ..layout };
    }
    match (body.width, body.height) {
        (150.., 34..) => wide(layout, body),
        (110.., 24..) => medium(layout, body),
        _ => small(layout, body, view),
    }
}

/// Fleet, map, and the rest in a column on the right.
fn wide(layout: Layout, body: Rect) -> Layout {
    let (fleet, rest) = split_left(body, (body.width * 31 / 100).clamp(44, 72));
    let (map, right) = split_left(rest, rest.width - (body.width / 4).clamp(44, 60));
    let (top, events) = split_bottom(right, (right.height / 3).max(9));
    let (truck, alerts) = split_bottom(top, top.height.saturating_sub(14).max(top.height / 3));
    let panes = vec![
        (Pane::Map, map),
        (Pane::Fleet, fleet),
        (Pane::Truck, truck),
        (Pane::Alerts, alerts),
        (Pane::Events, events),
    ];
    Layout { panes, ..layout }
}

/// Fleet and map above, the rest side by side below.
fn medium(layout: Layout, body: Rect) -> Layout {
    let (top, bottom) = split_bottom(body, (body.height / 3).clamp(9, 12));
    let (fleet, map) = split_left(top, (body.width * 3 / 10).clamp(34, 46));
    let (truck, rest) = split_left(bottom, body.width * 36 / 100);
    let (alerts, events) = split_left(rest, rest.width * 53 / 100);
    let panes = vec![
        (Pane::Map, map),
        (Pane::Fleet, fleet),
        (Pane::Truck, truck),
        (Pane::Alerts, alerts),
        (Pane::Events, events),
    ];
    Layout { panes, ..layout }
}

/// Fleet and map, and below them one of the rest; none where it is too low.
fn small(layout: Layout, body: Rect, view: View) -> Layout {
    let (top, bottom) =
        split_bottom(body, if body.height >= 18 { (body.height * 3 / 10).clamp(6, 10) } else { 0 });
    let (left, map) = split_left(top, (body.width * 3 / 8).clamp(28, 34));
    if bottom.is_empty() {
        let shown = if view.focus.is_strip() { view.strip } else { Pane::Fleet };
        return Layout { panes: vec![(Pane::Map, map), (shown, left)], ..layout };
    }
    let panes = vec![(Pane::Map, map), (Pane::Fleet, left), (view.strip, bottom)];
    Layout { panes, tabs: Some(view.strip), ..layout }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_every_size_panes_tile_the_screen_and_the_focus_is_shown() {
        for (width, height) in (1..=300).step_by(7).flat_map(|w| (1..=100).step_by(3).map(move |h| (w, h))) {
            for (focus, strip) in Pane::ALL.iter().flat_map(|f| Pane::STRIP.map(|s| (*f, s))) {
                let strip = if focus.is_strip() { focus } else { strip };
                let screen = Rect::new(0, 0, width, height);
                let layout = arrange(screen, View { focus, strip, extent: Extent::Shared });
                let areas: Vec<Rect> = layout.panes.iter().map(|(_, area)| *area).collect();
                let covered: u32 = areas.iter().map(|area| area.area()).sum::<u32>()
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
}
