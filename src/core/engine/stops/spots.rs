//! The places of a run that is no stop yet, oldest first. A vehicle on its way has one,
//! which needs no place on the heap.

use std::{iter, mem, slice};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    domain::{geo::Scale, time::Timestamp},
    engine::{hull::Place, moment::Moment, rules::MotionRules},
};

/// Places kept.
const MAX_SPOTS: usize = 64;
/// Fixes this share of the radius apart, one after the other, are one place.
const SAME_PLACE: f64 = 0.01;
/// Places there is room for, once there is more than one.
const LEAST_ROOM: usize = 2;

/// Consecutive fixes at one place.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(in crate::engine) struct Spot {
    pub(super) place: Place,
    first: Moment,
    lasted_ms: u32,
    /// Decimetres of the way from its first fix to the next spot's, or to now.
    way_dm: u16,
    fixes: u16,
    stood: bool,
}

impl Spot {
    const FREE: Self =
        Self { place: Place::ORIGIN, first: Moment::FIRST, lasted_ms: 0, way_dm: 0, fixes: 0, stood: false };

    pub(super) fn new(place: Place, first: Timestamp, stood: bool) -> Self {
        Self { place, first: first.into(), lasted_ms: 0, way_dm: 0, fixes: 1, stood }
    }

    pub(super) const fn stood(&self) -> bool {
        self.stood
    }

    pub(super) fn fixes(&self) -> u32 {
        self.fixes.into()
    }

    pub(super) fn metres(&self) -> f64 {
        f64::from(self.way_dm) / 10.0
    }

    pub(super) const fn first(&self) -> Timestamp {
        self.first.get()
    }

    pub(super) fn last(&self) -> Timestamp {
        Timestamp::from_millis(self.first().millis() + i64::from(self.lasted_ms))
    }

    fn go(&mut self, metres: f64) {
        // Float to integer saturates; a way that long leads out of the run.
        self.way_dm = self.way_dm.saturating_add((metres * 10.0 + 0.5) as u16);
    }

    /// Stands for a later one as well.
    fn take(&mut self, next: &Self) {
        let lasted = next.last().millis() - self.first().millis();
        self.lasted_ms = u32::try_from(lasted).unwrap_or(u32::MAX);
        self.go(next.metres());
        self.fixes = self.fixes.saturating_add(next.fixes);
        self.stood |= next.stood;
    }
}

/// The places of a run.
#[derive(Debug, Default)]
pub(in crate::engine) enum Spots {
    #[default]
    None,
    One(Spot),
    /// Room for some; those free are behind the others, and have no fixes.
    Many(Box<[Spot]>),
}

/// Room for so many, of which some are taken.
fn room(size: usize, taken: &[Spot]) -> Box<[Spot]> {
    taken.iter().copied().chain(iter::repeat(Spot::FREE)).take(size).collect()
}

fn taken(room: &[Spot]) -> usize {
    room.partition_point(|spot| spot.fixes > 0)
}

impl Spots {
    pub(super) fn as_slice(&self) -> &[Spot] {
        match self {
            Self::None => &[],
            Self::One(spot) => slice::from_ref(spot),
            Self::Many(room) => &room[..taken(room)],
        }
    }

    fn last_mut(&mut self) -> Option<&mut Spot> {
        match self {
            Self::None => None,
            Self::One(spot) => Some(spot),
            Self::Many(room) => {
                let taken = taken(room);
                room[..taken].last_mut()
            }
        }
    }

    fn push(&mut self, spot: Spot) {
        match self {
            Self::None => *self = Self::One(spot),
            Self::One(first) => *self = Self::of(&[*first, spot]),
            Self::Many(spots) => {
                let taken = taken(spots);
                if taken == spots.len() {
                    *spots = room(taken + taken.div_ceil(4), spots);
                }
                spots[taken] = spot;
            }
        }
    }

    /// Lets the oldest go, and room nobody needed for a while.
    fn forget(&mut self, count: usize) {
        let Self::Many(room) = self else {
            if count > 0 {
                *self = Self::None;
            }
            return;
        };
        let taken = taken(room);
        let left = taken - count;
        room.copy_within(count..taken, 0);
        if left <= 1 && room.len() > LEAST_ROOM || room.len() > 2 * left.max(LEAST_ROOM) {
            *self = Self::of(&room[..left]);
        } else {
            room[left..taken].fill(Spot::FREE);
        }
    }

    fn of(spots: &[Spot]) -> Self {
        match spots {
            [] => Self::None,
            [spot] => Self::One(*spot),
            spots => Self::Many(room(spots.len().max(LEAST_ROOM), spots)),
        }
    }

    /// Adds a fix, `metres` from the last: to its last spot where it is the same place.
    /// What is further from it than the radius leaves the run, and what is older.
    pub(super) fn extend(&mut self, fix: Spot, metres: f64, rules: &MotionRules, scale: Scale) {
        if let Some(last) = self.last_mut() {
            last.go(metres);
            if last.stood == fix.stood
                && last.place.distance(fix.place, scale) <= SAME_PLACE * rules.radius_m
                && u32::try_from(fix.first().millis() - last.first().millis()).is_ok()
            {
                last.take(&fix);
                // Only the newest fix can be too far from an older place.
                if last.place == fix.place {
                    return;
                }
            } else {
                self.push(fix);
            }
        } else {
            self.push(fix);
        }
        let spots = self.as_slice();
        let older = &spots[..spots.len() - 1];
        let far = older.iter().rposition(|spot| spot.place.distance(fix.place, scale) > rules.radius_m);
        if let Some(far) = far {
            self.forget(far + 1);
        }
        if self.as_slice().len() > MAX_SPOTS {
            self.thin();
        }
    }

    /// Lets every second place stand for its neighbour as well.
    fn thin(&mut self) {
        let pairs = self.as_slice().chunks(2).map(|pair| {
            let mut spot = pair[0];
            if let Some(next) = pair.get(1) {
                spot.take(next);
            }
            spot
        });
        *self = Self::of(&pairs.collect::<Vec<_>>());
    }

    /// How long the run lasts, in seconds, from the first fix that stood to the last. One
    /// that only crawled counts whole: the device's word is never required.
    pub(super) fn standing_s(&self) -> f64 {
        let spots = self.as_slice();
        let stood = || spots.iter().filter(|spot| spot.stood);
        let ends = stood().next().zip(stood().next_back()).or_else(|| spots.first().zip(spots.last()));
        ends.map_or(0.0, |(first, last)| last.last().seconds_since(first.first()))
    }

    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        let _ = mem::take(self);
    }

    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::Many(room) => size_of_val(&**room),
            Self::None | Self::One(_) => 0,
        }
    }
}

impl Serialize for Spots {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_slice().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Spots {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|spots| Self::of(&spots))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::stops::Run;
    use proptest::prelude::*;

    #[test]
    fn a_run_of_one_place_is_no_larger_than_a_vector() {
        assert_eq!((size_of::<Spot>(), size_of::<Run>()), (24, size_of::<Vec<Spot>>()));
    }

    proptest! {
        /// What it does with its room is nobody's business.
        #[test]
        fn it_holds_what_a_vector_would(steps in prop::collection::vec((1..9usize, 0..9usize), 1..60)) {
            let (mut spots, mut plain) = (Spots::default(), Vec::new());
            let place = Place::new(crate::domain::geo::LonLat::new(3.4, 6.4).unwrap());
            let mut second = 0;
            for (more, fewer) in steps {
                for _ in 0..more {
                    second += 1;
                    let spot = Spot::new(place, Timestamp::from_millis(second * 1_000), true);
                    spots.push(spot);
                    plain.push(second);
                }
                let gone = fewer.min(plain.len() - 1);
                plain.drain(..gone);
                spots.forget(gone);
                let seconds = spots.as_slice().iter().map(|spot| spot.first().millis() / 1_000);
                prop_assert_eq!(seconds.collect::<Vec<_>>(), plain.clone());
                prop_assert!(spots.heap_bytes() <= size_of::<Spot>() * (2 * plain.len()).max(2));
            }
        }
    }
}
