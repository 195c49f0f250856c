//! The panes: their numbers, names and what keys mean in them.

use serde::{Deserialize, Serialize};

use crate::tui::keymap::Context;

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
    pub(super) const STRIP: [Self; 5] =
        [Self::Truck, Self::Trips, Self::Alerts, Self::Events, Self::Analytics];

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
