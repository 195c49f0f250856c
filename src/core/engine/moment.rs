//! An instant in six bytes, for what there is much of.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::time::Timestamp;

const BYTES: usize = 6;
const LATEST: i64 = (1 << (8 * BYTES)) - 1;

/// An instant from 1970 to the year 10889, to the millisecond: every time a fix may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment([u8; BYTES]);

impl Moment {
    /// 1970 began.
    pub(super) const FIRST: Self = Self([0; BYTES]);
    /// Later than every time of a fix.
    pub(super) const LAST: Self = Self([u8::MAX; BYTES]);

    pub(super) const fn get(self) -> Timestamp {
        let [a, b, c, d, e, f] = self.0;
        Timestamp::from_millis(i64::from_le_bytes([a, b, c, d, e, f, 0, 0]))
    }
}

impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Self {
        let [a, b, c, d, e, f, _, _] = time.millis().clamp(0, LATEST).to_le_bytes();
        Self([a, b, c, d, e, f])
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Timestamp::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_a_fix_may_have_comes_back() {
        for millis in [0, 1, 1_743_465_600_123, 253_402_300_799_999] {
            let time = Timestamp::from_millis(millis);
            assert_eq!(Moment::from(time).get(), time);
        }
    }

    #[test]
    fn other_times_become_the_nearest() {
        assert_eq!(Moment::from(Timestamp::from_millis(i64::MIN)).get(), Timestamp::from_millis(0));
        assert_eq!(Moment::from(Timestamp::from_millis(i64::MAX)).get(), Timestamp::from_millis(LATEST));
    }
}
