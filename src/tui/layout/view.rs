//! What a person has changed of a layout: which panes come first, and how large they are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Pane;

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
    pub(super) recent: Vec<Pane>,
    /// One pane or all.
    pub extent: Extent,
    /// How much of what a cut divides lies before it, where somebody moved it.
    pub(super) shares: BTreeMap<Cut, f64>,
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
    pub(super) fn front(&self, panes: &[Pane]) -> Pane {
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
