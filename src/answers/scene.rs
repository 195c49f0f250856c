//! What an answer is told of, and the phrases it is told in.

use watchtower_core::{
    ask::{Clock, Period, Subject},
    domain::{
        geo::LonLat,
        id::{FenceId, VehicleKey},
        live::{LiveState, Motion},
        time::Timestamp,
        trip::Trip,
    },
};

use super::{Answer, Past};
use crate::{books::Books, words};

/// Further from every geofence a place is told by its coordinates alone.
const FAR_M: f64 = 100_000.0;

/// The fleet, its past as far as it is wanted, and the time.
pub(super) struct Scene<'a> {
    pub(super) books: &'a Books,
    pub(super) clock: Clock,
    pub(super) past: &'a Past,
}

/// The truck somebody means by something known of it.
pub(super) fn vehicle_of(books: &Books, subject: &Subject) -> Option<VehicleKey> {
    match subject {
        Subject::Truck(key) => Some(key.clone()),
        Subject::Driver(id) => {
            let drives = |key: &&VehicleKey| books.driver_of(key).is_some_and(|driver| driver.id == *id);
            books.vehicles().into_iter().find(drives).cloned()
        }
        Subject::Container(number) => {
            let with = books.trips.values().filter(|trip| trip.container.as_ref() == Some(number));
            // The one under way, else the last.
            let trip = with.max_by_key(|trip| {
                (trip.departed_at.is_some() && !trip.status.is_over(), trip.scheduled_departure)
            })?;
            Some(trip.vehicle.clone())
        }
        Subject::Trip(id) => books.trips.get(id).map(|trip| trip.vehicle.clone()),
    }
}

impl<'a> Scene<'a> {
    /// The truck that is meant, or why there is none.
    pub(super) fn vehicle(&self, subject: &Subject) -> Result<VehicleKey, String> {
        let unknown = || match subject {
            Subject::Driver(id) => {
                let name = self.books.drivers.get(id).map_or("That driver", |driver| &driver.name);
                format!("{name} drives no truck at the moment.")
            }
            Subject::Truck(_) | Subject::Container(_) | Subject::Trip(_) => {
                "No truck is known for that.".to_owned()
            }
        };
        vehicle_of(self.books, subject).ok_or_else(unknown)
    }

    /// How the truck is named in a sentence: by what was asked, too.
    pub(super) fn name(&self, subject: &Subject, key: &VehicleKey) -> String {
        let number = self.number(key);
        match subject {
            Subject::Truck(_) => number,
            Subject::Driver(id) => match self.books.drivers.get(id) {
                Some(driver) => format!("{number} ({})", driver.name),
                None => number,
            },
            Subject::Container(container) => {
                let is_on = self.trip(key).is_some_and(|on| on.container.as_ref() == Some(container));
                let rest = if is_on { "" } else { ", not under way" };
                format!("{number} (container {container}{rest})")
            }
            Subject::Trip(id) => match self.books.trips.get(id) {
                Some(trip) => format!("{number} (trip {})", trip.readable_id),
                None => number,
            },
        }
    }

    pub(super) fn number(&self, key: &VehicleKey) -> String {
        self.books.number(key).to_owned()
    }

    pub(super) fn live(&self, key: &VehicleKey) -> Option<&'a LiveState> {
        self.books.live.get(key)
    }

    pub(super) fn trip(&self, key: &VehicleKey) -> Option<&'a Trip> {
        self.books.trip_of(key)
    }

    pub(super) fn driver(&self, key: &VehicleKey) -> Option<&'a str> {
        self.books.driver_of(key).map(|driver| driver.name.as_str())
    }

    pub(super) fn fence(&self, id: &FenceId) -> String {
        self.books.fence_name(id).to_owned()
    }

    pub(super) fn now_of(&self, live: &LiveState) -> Timestamp {
        self.books.now_of(live, self.clock.now)
    }

    pub(super) fn moment(&self, at: Timestamp) -> String {
        words::moment(at, self.clock.now, self.clock.zone)
    }

    /// `in Apapa Port`, `3.2 km NW of Deekay Ikeja`.
    pub(super) fn whereabouts(&self, point: LonLat, fences: &[FenceId]) -> String {
        if !fences.is_empty() {
            let names: Vec<_> = fences.iter().map(|fence| self.fence(fence)).collect();
            return format!("in {}", listed(&names, "and"));
        }
        let middles = self.books.fences.values().filter_map(|fence| Some((fence.middle()?, fence)));
        let nearest = middles
            .map(|(middle, fence)| (middle.distance(point), middle, fence))
            .min_by(|(a, ..), (b, ..)| a.get().total_cmp(&b.get()));
        match nearest.filter(|(distance, ..)| distance.get() < FAR_M) {
            Some((distance, middle, fence)) => {
                let side = middle.course(point).map_or("", |course| words::OCTANTS[words::octant(course)]);
                format!("{} {side} of {}", words::distance(distance), fence.name)
            }
            None => format!("at {}", words::coordinates(point)),
        }
    }

    /// `moving at 61 km/h NW for 50 min`, `idle for 24 min`.
    pub(super) fn motion(&self, live: &LiveState) -> String {
        let lasted = words::duration(self.now_of(live).seconds_since(live.since));
        match live.motion {
            Motion::Moving => {
                let speed = live.position.speed_kmh;
                let speed = speed.map_or_else(String::new, |speed| format!(" at {:.0} km/h", speed.get()));
                let course = live.position.heading;
                let course = course
                    .map_or_else(String::new, |course| format!(" {}", words::OCTANTS[words::octant(course)]));
                format!("moving{speed}{course} for {lasted}")
            }
            Motion::Idle | Motion::Parked | Motion::Offline => format!("{} for {lasted}", live.motion.name()),
        }
    }

    /// `its last fix is 12 s old`.
    pub(super) fn heard(&self, live: &LiveState) -> String {
        let age = self.now_of(live).seconds_since(live.position.device_time);
        format!("its last fix is {} old", words::duration(age))
    }
}

impl Answer {
    /// A sentence and no more.
    pub(super) fn said(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(of: &[String], last: &str) -> String {
    match of {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// `1 truck`, `3 trucks`.
pub(super) fn several(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {}", plural(what)),
    }
}

fn plural(what: &str) -> String {
    format!("{what}s")
}

/// `is` of one, `are` of several.
pub(super) const fn is(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// The first letter large: the beginning of a sentence.
pub(super) fn begun(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A period's bounds as the API takes them.
pub(super) fn bounds(period: &Period) -> [(&'static str, String); 2] {
    match period.days {
        Some((from, to)) => [("from", from.to_string()), ("to", to.to_string())],
        None => [("from", period.span.from.to_string()), ("to", period.span.to.to_string())],
    }
}
