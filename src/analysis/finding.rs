//! What an analysis finds, as it is printed.

use std::{fmt, str::FromStr};

use serde::Serialize;
use watchtower_core::domain::{alert::Alert, history::Record, id::VehicleKey, time::Timestamp};

use crate::recording::{Feed, RowError};

/// One line of the answer.
#[derive(Clone, PartialEq, Debug)]
pub enum Finding {
    /// Something of a vehicle's history.
    Record(Record),
    /// An alert's episode, over or as it stands at the end of the input.
    Alert(Alert),
    /// What became of a vehicle's fixes.
    Vehicle(VehicleRecord),
    /// A line that is no fix.
    Reject(Reject),
    /// What a feed says of itself.
    Feed(Box<FeedRecord>),
}

/// What became of a vehicle's fixes.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct VehicleRecord {
    /// Whose.
    pub vehicle: VehicleKey,
    /// Lines that name it.
    pub fixes: u64,
    /// Those the rules believed.
    pub used: u64,
    /// Those whose time was seen before.
    pub duplicates: u64,
    /// Those the rules had moved past.
    pub late: u64,
    /// Those further away than any truck drives.
    pub outliers: u64,
    /// Those that are no fix.
    pub rejected: u64,
    /// The first one used.
    pub first: Option<Timestamp>,
    /// The last one used.
    pub last: Option<Timestamp>,
    /// Metres covered.
    pub distance_m: f64,
    /// Top speed.
    pub max_speed_kmh: f64,
}

/// A line that is no fix.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Reject {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1; of a feed the entity.
    pub line: u64,
    /// What is wrong, naming the column.
    pub reason: String,
}

impl Reject {
    pub(super) fn of(error: &RowError) -> Self {
        let (file, reason) = (error.file.display().to_string(), error.reason.clone());
        Self { file, line: error.line, reason }
    }
}

/// A feed and its file.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct FeedRecord {
    /// The file, as it was named.
    pub file: String,
    /// Its counts.
    #[serde(flatten)]
    pub feed: Feed,
}

impl Finding {
    /// What a feed says of itself.
    pub fn feed(file: String, feed: Feed) -> Self {
        Self::Feed(Box::new(FeedRecord { file, feed }))
    }

    /// Its kind, by which it can be asked for.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Record(Record::Visit(_)) => Kind::Visit,
            Self::Record(Record::Crossing(_)) => Kind::Crossing,
            Self::Record(Record::Stop(_)) => Kind::Stop,
            Self::Record(Record::Drive(_)) => Kind::Trip,
            Self::Record(Record::Overspeed(_)) => Kind::Overspeed,
            Self::Record(Record::Day(_)) => Kind::Day,
            Self::Alert(_) => Kind::Alert,
            Self::Vehicle(_) => Kind::Vehicle,
            Self::Reject(_) => Kind::Reject,
            Self::Feed(_) => Kind::Feed,
        }
    }
}

impl Serialize for Finding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Tagged<'a, T> {
            record: &'static str,
            #[serde(flatten)]
            what: &'a T,
        }
        let record = self.kind().name();
        match self {
            Self::Record(what) => what.serialize(serializer),
            Self::Alert(what) => Tagged { record, what }.serialize(serializer),
            Self::Vehicle(what) => Tagged { record, what }.serialize(serializer),
            Self::Reject(what) => Tagged { record, what }.serialize(serializer),
            Self::Feed(what) => Tagged { record, what }.serialize(serializer),
        }
    }
}

macro_rules! kinds {
    ($($variant:ident = $name:literal,)*) => {
        /// The kinds of findings.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Kind { $(#[doc = concat!("`", $name, "`.")] $variant,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in the field `record`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

kinds! {
    Vehicle = "vehicle",
    Visit = "visit",
    Crossing = "crossing",
    Stop = "stop",
    Trip = "trip",
    Overspeed = "overspeed",
    Alert = "alert",
    Day = "day",
    Reject = "reject",
    Feed = "feed",
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = text.trim();
        Self::ALL.iter().copied().find(|kind| kind.name() == wanted).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|kind| kind.name()).collect();
            format!("there is no record {wanted:?}; there are {}", names.join(", "))
        })
    }
}
