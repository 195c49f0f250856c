//! What was heard lately, so that a repeat is told and not appended again.
//!
//! Bounded both ways: a vehicle's last inputs in a ring, and vehicles in two
//! generations of which the older is forgotten when the younger is full.

use std::collections::{HashMap, VecDeque};

use watchtower_core::domain::id::{EventId, VehicleKey};

/// One input heard: its identity and a digest of what it said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Heard {
    pub(super) id: EventId,
    pub(super) digest: u64,
}

/// The memory.
pub(super) struct Memory {
    inputs: usize,
    vehicles: usize,
    young: HashMap<VehicleKey, VecDeque<Heard>>,
    old: HashMap<VehicleKey, VecDeque<Heard>>,
}

impl Memory {
    /// Remembers `inputs` of each of at least `vehicles` vehicles.
    pub(super) fn new(inputs: usize, vehicles: usize) -> Self {
        let (inputs, vehicles) = (inputs.max(1), vehicles.max(1));
        Self { inputs, vehicles, young: HashMap::new(), old: HashMap::new() }
    }

    /// The input of that identity, if it was heard lately.
    pub(super) fn recall(&self, vehicle: &VehicleKey, id: EventId) -> Option<Heard> {
        let ring = self.young.get(vehicle).or_else(|| self.old.get(vehicle))?;
        // A repeat mostly follows what it repeats.
        ring.iter().rev().find(|heard| heard.id == id).copied()
    }

    /// Remembers inputs that are durable.
    pub(super) fn learn(&mut self, learned: impl IntoIterator<Item = (VehicleKey, Heard)>) {
        for (vehicle, heard) in learned {
            if !self.young.contains_key(&vehicle) && self.young.len() >= self.vehicles {
                self.old = std::mem::take(&mut self.young);
            }
            let old = &mut self.old;
            let ring = self
                .young
                .entry(vehicle)
                .or_insert_with_key(|vehicle| old.remove(vehicle).unwrap_or_default());
            if ring.len() == self.inputs {
                ring.pop_front();
            }
            ring.push_back(heard);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn key(name: &str) -> VehicleKey {
        VehicleKey::new(name).unwrap()
    }

    fn heard(number: u128) -> Heard {
        Heard { id: EventId(Uuid::from_u128(number)), digest: 0 }
    }

    #[test]
    fn a_chatty_vehicle_pushes_out_only_its_own_past() {
        let mut memory = Memory::new(2, 10);
        memory.learn([(key("quiet"), heard(1))]);
        memory.learn((2..9).map(|number| (key("chatty"), heard(number))));
        assert_eq!(memory.recall(&key("quiet"), heard(1).id), Some(heard(1)));
        assert_eq!(memory.recall(&key("chatty"), heard(8).id), Some(heard(8)));
        assert_eq!(memory.recall(&key("chatty"), heard(6).id), None);
    }

    #[test]
    fn vehicles_are_bounded_and_those_heard_again_survive() {
        let mut memory = Memory::new(4, 3);
        memory.learn([(key("a"), heard(1))]);
        for number in 0..100_u128 {
            memory.learn([(key(&format!("v{number}")), heard(number)), (key("a"), heard(1_000 + number))]);
        }
        assert!(memory.young.len() + memory.old.len() <= 6);
        assert!(memory.recall(&key("a"), heard(1_097).id).is_some());
        assert_eq!(memory.recall(&key("v1"), heard(1).id), None);
    }
}
