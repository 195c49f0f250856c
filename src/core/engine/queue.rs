//! The reorder buffer: fixes wait a little for older ones. All vehicles' waiting
//! fixes lie in one pool, because mostly few vehicles have one, and one only.

use serde::{Deserialize, Serialize};

use super::fixes::Fix;
use crate::domain::{id::CorrelationId, time::Timestamp};

/// Fixes a vehicle's buffer holds at most; the oldest is let go before it grows further.
const MAX_WAITING: usize = 64;
/// Device times remembered beside the last, to tell a repeat from a late arrival.
const REMEMBERED: usize = 3;
/// Places the pool keeps while no fix waits.
const KEPT: usize = 64;
/// No place in the pool.
const NOWHERE: u32 = u32::MAX;

/// A fix with what derived events need of the entry that brought it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Arrival {
    pub(super) fix: Fix,
    pub(super) correlation_id: CorrelationId,
}

impl Arrival {
    /// When the entry was recorded: a fix is when it is received.
    pub(super) const fn recorded_at(&self) -> Timestamp {
        self.fix.received
    }
}

/// What became of a fix on arrival.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Admission {
    /// The rules have yet to come to it.
    InTime,
    /// Its device time has been seen.
    Duplicate,
    /// The rules have moved past it.
    Late,
}

/// Where the fixes of all vehicles wait: lists through one vector.
#[derive(Debug)]
pub(super) struct Pool {
    slots: Vec<Slot>,
    free: u32,
    used: u32,
}

#[derive(Debug)]
struct Slot {
    arrival: Arrival,
    next: u32,
}

impl Default for Pool {
    fn default() -> Self {
        Self { slots: Vec::new(), free: NOWHERE, used: 0 }
    }
}

impl Pool {
    fn put(&mut self, slot: Slot) -> u32 {
        self.used += 1;
        if self.free == NOWHERE {
            self.slots.push(slot);
            return (self.slots.len() - 1) as u32;
        }
        let place = self.free;
        let old = &mut self.slots[place as usize];
        self.free = old.next;
        *old = slot;
        place
    }

    fn take(&mut self, place: u32) -> (Arrival, u32) {
        let slot = &mut self.slots[place as usize];
        let (arrival, next) = (slot.arrival, slot.next);
        slot.next = self.free;
        self.free = place;
        self.used -= 1;
        if self.used == 0 && self.slots.len() > KEPT {
            // After a crowd: memory for the few that mostly wait at once.
            self.slots.clear();
            self.slots.shrink_to(KEPT);
            self.free = NOWHERE;
        }
        (arrival, next)
    }

    fn get(&self, place: u32) -> Option<&Slot> {
        self.slots.get(place as usize)
    }

    pub(super) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
    }
}

/// One vehicle's part of the buffer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Queue {
    /// Device time last let through.
    passed: Timestamp,
    /// The low halves of those let through before it, the newest last: states that
    /// have seen the same last fixes are the same, whatever came before.
    remembered: [u32; REMEMBERED],
    /// The oldest fix waiting. A snapshot keeps those beside the vehicles.
    #[serde(skip, default = "nowhere")]
    first: u32,
}

const fn nowhere() -> u32 {
    NOWHERE
}

impl Default for Queue {
    fn default() -> Self {
        let passed = Timestamp::from_millis(i64::MIN);
        Self { passed, remembered: [0; REMEMBERED], first: NOWHERE }
    }
}

impl Queue {
    /// The fixes waiting, by device time.
    pub(super) fn waiting<'a>(&self, pool: &'a Pool) -> impl Iterator<Item = &'a Arrival> {
        let first = pool.get(self.first);
        std::iter::successors(first, |slot| pool.get(slot.next)).map(|slot| &slot.arrival)
    }

    /// Judges a fix by its device time.
    pub(super) fn admit(&self, time: Timestamp, pool: &Pool) -> Admission {
        if time <= self.passed {
            let known = time == self.passed || self.remembered.contains(&low_half(time));
            return if known { Admission::Duplicate } else { Admission::Late };
        }
        let known = self.waiting(pool).any(|waiting| waiting.fix.time == time);
        if known { Admission::Duplicate } else { Admission::InTime }
    }

    /// The next fix that a newer one, just heard, releases.
    pub(super) fn release(&mut self, newer: Timestamp, reorder_ms: i64, pool: &mut Pool) -> Option<Arrival> {
        let first = pool.get(self.first)?;
        let newest = match first.next {
            NOWHERE => first.arrival.fix.time,
            _ => self.newest(pool).map_or(newer, |fix| fix.time),
        };
        let newest = newest.max(newer);
        let due = first.arrival.fix.time.millis() <= newest.millis().saturating_sub(reorder_ms);
        if due || (first.next != NOWHERE && self.waiting(pool).nth(MAX_WAITING).is_some()) {
            self.pop(pool)
        } else {
            None
        }
    }

    /// Lets a fix wait for older ones.
    pub(super) fn wait(&mut self, arrival: Arrival, pool: &mut Pool) {
        let (mut before, mut after) = (NOWHERE, self.first);
        while let Some(slot) = pool.get(after).filter(|slot| slot.arrival.fix.time < arrival.fix.time) {
            (before, after) = (after, slot.next);
        }
        let place = pool.put(Slot { arrival, next: after });
        match pool.slots.get_mut(before as usize) {
            Some(slot) => slot.next = place,
            None => self.first = place,
        }
    }

    /// The oldest fix waiting.
    pub(super) fn pop(&mut self, pool: &mut Pool) -> Option<Arrival> {
        if self.first == NOWHERE {
            return None;
        }
        let (arrival, next) = pool.take(self.first);
        self.first = next;
        self.passed(&arrival.fix);
        Some(arrival)
    }

    /// A fix goes to the rules.
    pub(super) fn passed(&mut self, fix: &Fix) {
        self.remembered.copy_within(1.., 0);
        self.remembered[REMEMBERED - 1] = low_half(self.passed);
        self.passed = fix.time;
    }

    /// Whether no fix waits.
    pub(super) const fn is_empty(&self) -> bool {
        self.first == NOWHERE
    }

    /// The newest fix waiting.
    pub(super) fn newest<'a>(&self, pool: &'a Pool) -> Option<&'a Fix> {
        self.waiting(pool).last().map(|arrival| &arrival.fix)
    }
}

fn low_half(time: Timestamp) -> u32 {
    time.millis() as u32
}
