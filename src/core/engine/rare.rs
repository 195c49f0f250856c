//! What most vehicles have nothing of most of the time, behind one pointer: planned
//! trips, alerts, a suspicion, an overspeed.

use serde::{Deserialize, Serialize};

use super::{alerts::Alerts, fixes::Suspect, overspeed::Overspeed, trips::Trips};

/// All of it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rare {
    pub(super) trips: Trips,
    pub(super) alerts: Alerts,
    pub(super) suspect: Option<Box<Suspect>>,
    pub(super) overspeed: Overspeed,
}

/// Where it is kept, where there is any.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Drawer(Option<Box<Rare>>);

impl Rare {
    fn is_empty(&self) -> bool {
        !self.trips.is_any() && self.alerts.is_empty() && self.suspect.is_none() && self.overspeed.is_none()
    }
}

impl Drawer {
    /// What there is.
    pub(super) fn get(&self) -> Option<&Rare> {
        self.0.as_deref()
    }

    /// Lends what there is, or an empty one; keeps what comes back unless it is empty.
    pub(super) fn lend<T>(&mut self, act: impl FnOnce(&mut Rare) -> T) -> T {
        let Some(rare) = &mut self.0 else {
            let mut rare = Rare::default();
            let done = act(&mut rare);
            if !rare.is_empty() {
                self.0 = Some(Box::new(rare));
            }
            return done;
        };
        let done = act(rare);
        if rare.is_empty() {
            self.0 = None;
        }
        done
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.get().map_or(0, |rare| {
            size_of::<Rare>()
                + rare.trips.heap_bytes()
                + rare.alerts.heap_bytes()
                + rare.overspeed.heap_bytes()
                + rare.suspect.as_ref().map_or(0, |_| size_of::<Suspect>())
        })
    }
}
