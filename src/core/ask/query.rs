//! What a question asks, typed. It prints itself in one line, as the scenarios have it.

use std::fmt;

use super::{Period, lexicon::Named};
use crate::{
    domain::{
        id::{DriverId, FenceId, TripId, VehicleKey},
        live::Motion,
        time::Timestamp,
        units::Metres,
    },
    filter::Filter,
};

/// A question understood.
#[derive(Clone, PartialEq, Debug)]
pub enum Query {
    /// Something of one truck as it is now.
    One {
        /// Which truck, by what is known of it.
        of: Subject,
        /// What of it.
        about: About,
    },
    /// Where a truck was at a moment.
    WhereAt {
        /// Which.
        of: Subject,
        /// When.
        at: Timestamp,
    },
    /// What a truck did.
    Story {
        /// Which.
        of: Subject,
        /// When.
        period: Period,
    },
    /// How far and how long a truck drove; all of them when none is named.
    Driven {
        /// Which.
        of: Option<Subject>,
        /// When.
        period: Period,
    },
    /// How far it is from a truck to somewhere.
    Between {
        /// The truck.
        of: Subject,
        /// Where to.
        spot: Spot,
    },
    /// The trucks that a filter means.
    Trucks {
        /// Which.
        meant: Meant,
        /// And are near something.
        near: Option<Near>,
        /// Which first.
        order: Order,
        /// At most so many.
        limit: Option<usize>,
        /// What of them is asked.
        asked: Asked,
    },
    /// The trucks with the highest or lowest figures of a period.
    Rank {
        /// Of what.
        figure: Figure,
        /// The lowest first.
        lowest: bool,
        /// When.
        period: Period,
        /// Which trucks.
        meant: Meant,
        /// At most so many.
        limit: usize,
    },
    /// The trips that a filter means, which were to depart in a period when one is named.
    Trips {
        /// Which.
        meant: Meant,
        /// When they were to depart.
        period: Option<Period>,
        /// What of them is asked.
        asked: Asked,
    },
    /// The alerts that a filter means: those open, or those begun in a period.
    Alerts {
        /// Which.
        meant: Meant,
        /// When they began.
        period: Option<Period>,
        /// What of them is asked.
        asked: Asked,
    },
    /// How long trucks were in a place.
    Stays {
        /// Where.
        place: FenceId,
        /// Which, all when none is named.
        of: Option<Subject>,
        /// When they came.
        period: Period,
    },
    /// How long trips took from their departure to their return.
    Turnaround {
        /// Whose; the fleet's when none is named.
        of: Option<Subject>,
        /// When they returned.
        period: Period,
    },
    /// How the fleet is.
    Fleet,
    /// What can be asked.
    Help,
}

/// Those that a filter means.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Meant {
    /// The filter.
    pub filter: Filter,
    /// The same in a sentence: `idle for more than 20 min`; empty of all.
    pub words: String,
}

/// A truck, by something known of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subject {
    /// Itself.
    Truck(VehicleKey),
    /// The one somebody drives.
    Driver(DriverId),
    /// The one a container is on.
    Container(String),
    /// The one that is on a trip.
    Trip(TripId),
}

/// What of a truck is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    /// Where it is.
    Where,
    /// How it moves; whether in one of these states, if some are named.
    Doing(&'static [Motion]),
    /// Who drives it.
    Driver,
    /// When it arrives.
    Arrival,
    /// Its trip, and what it carries.
    Trip,
}

/// A place or a truck.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Spot {
    /// A geofence.
    Place(FenceId),
    /// A truck.
    Truck(Subject),
}

/// Within a distance of something.
#[derive(Clone, PartialEq, Debug)]
pub struct Near {
    /// Of what.
    pub spot: Spot,
    /// How near; the nearest of all when no distance is meant.
    pub within: Option<Metres>,
}

/// The order of trucks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// By number.
    Number,
    /// Longest in their state first.
    Longest,
    /// Fastest first.
    Fastest,
    /// Nearest first.
    Nearest,
}

/// What of a selection is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// Which.
    Which,
    /// How many.
    Count,
}

/// What trucks are ranked by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Figure {
    /// Distance covered.
    Distance,
    /// Time on the move.
    Moving,
    /// Time standing with the engine on.
    Idle,
    /// Top speed.
    Speed,
    /// Trips offloaded.
    Trips,
    /// Alerts begun.
    Alerts,
}

impl Figure {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Distance => "distance",
            Self::Moving => "driving time",
            Self::Idle => "idle time",
            Self::Speed => "top speed",
            Self::Trips => "completed trips",
            Self::Alerts => "alerts",
        }
    }
}

impl From<Subject> for Named {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Truck(key) => Self::Truck(key),
            Subject::Driver(id) => Self::Driver(id),
            Subject::Container(number) => Self::Container(number),
            Subject::Trip(id) => Self::Trip(id),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truck(key) => write!(f, "truck {key}"),
            Self::Driver(id) => write!(f, "driver {id}"),
            Self::Container(number) => write!(f, "container {number}"),
            Self::Trip(id) => write!(f, "trip {id}"),
        }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place(id) => write!(f, "place {id}"),
            Self::Truck(subject) => write!(f, "{subject}"),
        }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Where => f.write_str("where"),
            Self::Doing([]) => f.write_str("doing"),
            Self::Doing(motions) => {
                let names: Vec<_> = motions.iter().map(|motion| motion.name()).collect();
                write!(f, "is it {}", names.join(" or "))
            }
            Self::Driver => f.write_str("driver"),
            Self::Arrival => f.write_str("arrival"),
            Self::Trip => f.write_str("trip"),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.days {
            Some((from, to)) if from.succ_opt() == Some(to) => write!(f, "{from}"),
            Some((from, to)) => write!(f, "{from}/{to}"),
            None => write!(f, "{}/{}", self.span.from, self.span.to),
        }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = |of: &Option<Subject>| of.as_ref().map_or_else(|| "fleet".to_owned(), ToString::to_string);
        match self {
            Self::One { of, about } => write!(f, "{of}: {about}"),
            Self::WhereAt { of, at } => write!(f, "{of}: where at {at}"),
            Self::Story { of, period } => write!(f, "{of}: story {period}"),
            Self::Driven { of, period } => write!(f, "{}: driven {period}", all(of)),
            Self::Between { of, spot } => write!(f, "{of}: distance to {spot}"),
            Self::Trucks { meant, near, order, limit, asked } => {
                write!(f, "{} trucks", asked.word())?;
                selected(f, &meant.filter)?;
                if let Some(near) = near {
                    write!(f, " near {}", near.spot)?;
                    if let Some(within) = near.within {
                        write!(f, " within {} m", within.get())?;
                    }
                }
                match order {
                    Order::Number => {}
                    Order::Longest => f.write_str(", longest first")?,
                    Order::Fastest => f.write_str(", fastest first")?,
                    Order::Nearest => f.write_str(", nearest first")?,
                }
                limit.map_or(Ok(()), |limit| write!(f, ", first {limit}"))
            }
            Self::Rank { figure, lowest, period, meant, limit } => {
                let way = if *lowest { "lowest" } else { "highest" };
                write!(f, "{limit} trucks")?;
                selected(f, &meant.filter)?;
                write!(f, " of {way} {} {period}", figure.name())
            }
            Self::Trips { meant, period, asked } => told(f, "trips", &meant.filter, period.as_ref(), *asked),
            Self::Alerts { meant, period, asked } => {
                told(f, "alerts", &meant.filter, period.as_ref(), *asked)
            }
            Self::Stays { place, of, period } => write!(f, "{}: stays in {place} {period}", all(of)),
            Self::Turnaround { of, period } => write!(f, "{}: turnaround {period}", all(of)),
            Self::Fleet => f.write_str("fleet"),
            Self::Help => f.write_str("help"),
        }
    }
}

impl Asked {
    const fn word(self) -> &'static str {
        match self {
            Self::Which => "which",
            Self::Count => "how many",
        }
    }
}

fn selected(f: &mut fmt::Formatter<'_>, filter: &Filter) -> fmt::Result {
    if filter.is_empty() { Ok(()) } else { write!(f, " [{filter}]") }
}

fn told(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    filter: &Filter,
    period: Option<&Period>,
    asked: Asked,
) -> fmt::Result {
    write!(f, "{} {what}", asked.word())?;
    selected(f, filter)?;
    period.map_or(Ok(()), |period| write!(f, " {period}"))
}
