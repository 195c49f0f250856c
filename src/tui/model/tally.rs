//! How the fleet stands, counted as it changes: a screen asks with every frame, and a
//! hundred thousand vehicles are not gone through for that.

use rustc_hash::FxHashMap;
use watchtower_core::domain::{id::FenceId, live::Motion};

use super::{Counts, vehicle::Vehicle};

/// The counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    by_motion: [usize; 4],
    occupants: FxHashMap<FenceId, usize>,
}

impl Tally {
    /// A vehicle as it is from now on.
    pub(super) fn add(&mut self, vehicle: &Vehicle) {
        self.by_motion[vehicle.motion as usize] += 1;
        vehicle.fences.iter().for_each(|fence| self.enter(fence));
    }

    /// A vehicle as it was until now.
    pub(super) fn remove(&mut self, vehicle: &Vehicle) {
        self.by_motion[vehicle.motion as usize] -= 1;
        vehicle.fences.iter().for_each(|fence| self.leave(fence));
    }

    pub(super) fn enter(&mut self, fence: &FenceId) {
        match self.occupants.get_mut(fence) {
            Some(count) => *count += 1,
            None => drop(self.occupants.insert(fence.clone(), 1)),
        }
    }

    pub(super) fn leave(&mut self, fence: &FenceId) {
        if let Some(count) = self.occupants.get_mut(fence) {
            *count -= 1;
            if *count == 0 {
                self.occupants.remove(fence);
            }
        }
    }

    pub(super) fn change(&mut self, from: Motion, to: Motion) {
        self.by_motion[from as usize] -= 1;
        self.by_motion[to as usize] += 1;
    }

    pub(super) fn counts(&self) -> Counts {
        Counts { total: self.by_motion.iter().sum(), by_motion: self.by_motion }
    }

    pub(super) fn occupants(&self, fence: &FenceId) -> usize {
        self.occupants.get(fence).copied().unwrap_or(0)
    }
}
