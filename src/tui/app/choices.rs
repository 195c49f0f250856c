//! What a person chose of the view, and what they may do.

use serde::{Deserialize, Serialize};

/// What this screen may do beside showing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Access {
    /// Acknowledge alerts, plan trips, draw fences.
    #[default]
    Dispatch,
    /// Nothing: the past, and pictures.
    ReadOnly,
    /// Nothing, and says so: a wall screen.
    Wall,
}

/// Which trails are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trails {
    /// Everybody's.
    #[default]
    All,
    /// The selected truck's.
    Selected,
    /// None.
    Hidden,
}

/// Whether fences are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fences {
    /// They are.
    #[default]
    Shown,
    /// They are not.
    Hidden,
}

/// Whether the map moves with the selected truck.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Following {
    /// It does.
    On,
    /// It stays.
    #[default]
    Off,
}

/// How richly the map is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Detail {
    /// With all the terminal can show.
    #[default]
    Full,
    /// Without fill and colours of its own, and with fewer lines: over a slow line.
    Lean,
}
