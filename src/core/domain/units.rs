//! Numbers that say what they count.

use serde::{Deserialize, Serialize};

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub f64);

        impl $name {
            /// The bare number.
            pub const fn get(self) -> f64 {
                self.0
            }
        }
    };
}

unit!(
    /// A length in metres.
    Metres
);
unit!(
    /// A speed in kilometres an hour.
    Kmh
);

impl Metres {
    /// To the millimetre, which is more than anything here is known to.
    pub fn rounded(self) -> Self {
        Self((self.0 * 1000.0).round() / 1000.0)
    }
}

impl Kmh {
    /// To the thousandth.
    pub fn rounded(self) -> Self {
        Self((self.0 * 1000.0).round() / 1000.0)
    }

    /// From metres a second.
    pub fn from_metres_per_second(speed: f64) -> Self {
        Self(speed * 3.6)
    }

    /// From knots (international nautical miles, 1852 m, an hour).
    pub fn from_knots(speed: f64) -> Self {
        Self(speed * 1.852)
    }
}

/// A course over ground: degrees clockwise from true north, 0 ≤ h < 360.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Heading(f64);

impl Heading {
    /// Brings any finite number of degrees into 0 ≤ h < 360; `None` when it is
    /// not finite.
    pub fn new(degrees: f64) -> Option<Self> {
        let turn = degrees.rem_euclid(360.0);
        // -1e-20 rounds to 360 itself.
        degrees.is_finite().then_some(Self(if turn >= 360.0 { 0.0 } else { turn }))
    }

    /// Degrees clockwise from true north.
    pub const fn degrees(self) -> f64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_wrap() {
        assert_eq!(Heading::new(-90.0).unwrap().degrees(), 270.0);
        assert_eq!(Heading::new(360.0).unwrap().degrees(), 0.0);
        assert_eq!(Heading::new(-1e-20).unwrap().degrees(), 0.0);
        assert_eq!(Heading::new(f64::NAN), None);
    }
}
