//! Trucks and alerts as subjects of a filter: what the books, the live picture and
//! the trip say of one, put side by side. Borrowed, so that asking costs nothing.

use super::{
    Subject,
    table::{Choice, Figure, Text},
};
use crate::domain::{
    alert::{Alert, AlertKind, Severity},
    geofence::Geofence,
    id::{FenceId, OrganizationId, VehicleKey},
    live::{LiveState, Motion},
    master::{Organization, Truck, TruckStatus},
    position::Position,
    time::Timestamp,
    trip::{Trip, TripStatus},
    units::{Heading, Kmh},
};

/// The names behind ids.
pub trait Names {
    /// A fence by its id.
    fn fence(&self, id: &FenceId) -> Option<&Geofence>;

    /// An organization by its id.
    fn organization(&self, id: OrganizationId) -> Option<&Organization>;
}

/// A truck as it is known at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a, N> {
    /// The names behind the ids below.
    pub names: &'a N,
    /// What its source's clock says.
    pub now: Timestamp,
    /// Its key.
    pub key: &'a VehicleKey,
    /// Its record.
    pub truck: Option<&'a Truck>,
    /// The name of who drives it.
    pub driver: Option<&'a str>,
    /// The trip it is on.
    pub trip: Option<&'a Trip>,
    /// How it moves, and since when.
    pub motion: Option<(Motion, Timestamp)>,
    /// Its last fix.
    pub position: Option<&'a Position>,
    /// Its speed, where more is known of it than the fix says.
    pub speed: Option<Kmh>,
    /// Its course, likewise.
    pub heading: Option<Heading>,
    /// The fences it is in.
    pub fences: &'a [FenceId],
    /// Kinds of the alerts open on it.
    pub alerts: &'a [AlertKind],
}

impl<'a, N: Names> Sighting<'a, N> {
    /// A truck of which only the key is known.
    pub fn unseen(names: &'a N, key: &'a VehicleKey, now: Timestamp) -> Self {
        Self {
            names,
            now,
            key,
            truck: None,
            driver: None,
            trip: None,
            motion: None,
            position: None,
            speed: None,
            heading: None,
            fences: &[],
            alerts: &[],
        }
    }

    /// The same with its live state.
    #[must_use]
    pub fn seen(self, live: &'a LiveState) -> Self {
        Self {
            motion: Some((live.motion, live.since)),
            position: Some(&live.position),
            speed: live.position.speed_kmh,
            heading: live.position.heading,
            fences: &live.fences,
            alerts: &live.alerts,
            ..self
        }
    }

    /// Shows a fence's id and name.
    fn fence(&self, id: &FenceId, taken: &mut dyn FnMut(&str) -> bool) -> bool {
        taken(id.as_str()) || self.names.fence(id).is_some_and(|fence| taken(&fence.name))
    }
}

impl<N: Names> Subject for Sighting<'_, N> {
    fn any_text(&self, field: Text, taken: &mut dyn FnMut(&str) -> bool) -> bool {
        let of_truck = |text: fn(&Truck) -> Option<&String>| self.truck.and_then(text);
        let of_trip = |text: fn(&Trip) -> Option<&String>| self.trip.and_then(text);
        let text = match field {
            // As written and as its key, which is without white space.
            Text::Number => {
                return self.truck.is_some_and(|truck| taken(&truck.number)) || taken(self.key.as_str());
            }
            Text::Driver => return self.driver.is_some_and(taken),
            Text::Group => {
                return self.truck.is_some_and(|truck| truck.groups.iter().any(|group| taken(group)));
            }
            Text::Place => return self.fences.iter().any(|fence| self.fence(fence, taken)),
            Text::Pickup => return self.trip.is_some_and(|trip| self.fence(&trip.pickup, taken)),
            Text::Delivery => return self.trip.is_some_and(|trip| self.fence(&trip.delivery, taken)),
            Text::Client => {
                let client = self.trip.and_then(|trip| trip.client);
                client.and_then(|id| self.names.organization(id)).map(|client| &client.name)
            }
            Text::Company => of_truck(|truck| truck.company.as_ref()),
            Text::Manager => of_truck(|truck| truck.fleet_manager.as_ref()),
            Text::Brand => of_truck(|truck| truck.brand.as_ref()),
            Text::Trailer => of_truck(|truck| truck.trailer_size.as_ref()),
            Text::Base => of_truck(|truck| truck.operating_location.as_ref()),
            Text::Trip => of_trip(|trip| Some(&trip.readable_id)),
            Text::Container => of_trip(|trip| trip.container.as_ref()),
        };
        text.is_some_and(|text| taken(text))
    }

    fn figure(&self, field: Figure) -> Option<f64> {
        let in_state = |wanted: Option<Motion>| {
            let (motion, since) = self.motion?;
            let holds = wanted.is_none_or(|wanted| wanted == motion);
            holds.then(|| self.now.seconds_since(since).max(0.0))
        };
        match field {
            Figure::Speed => self.speed.map(Kmh::get),
            Figure::Heading => self.heading.map(Heading::degrees),
            Figure::Age => self.position.map(|fix| self.now.seconds_since(fix.device_time).max(0.0)),
            Figure::Since => in_state(None),
            Figure::For(motion) => in_state(Some(motion)),
            Figure::Alerts => Some(self.alerts.len() as f64),
            Figure::Lat => self.position.map(|fix| fix.point.lat()),
            Figure::Lon => self.position.map(|fix| fix.point.lon()),
        }
    }

    fn choices(&self, field: Choice) -> u32 {
        match field {
            Choice::Status => self.motion.map_or(0, |(motion, _)| bit(&Motion::ALL, motion)),
            Choice::Availability => self.truck.map_or(0, |truck| bit(&TruckStatus::ALL, truck.status)),
            Choice::TripStatus => self.trip.map_or(0, |trip| bit(&TripStatus::ALL, trip.status)),
            Choice::Ignition => {
                self.position.and_then(|fix| fix.ignition).map_or(0, |is_on| if is_on { 0b01 } else { 0b10 })
            }
            Choice::Alert => self.alerts.iter().fold(0, |bits, kind| bits | bit(AlertKind::ALL, *kind)),
            Choice::Severity => {
                self.alerts.iter().fold(0, |bits, kind| bits | bit(&Severity::ALL, kind.severity()))
            }
        }
    }
}

/// The bit of a value's place among all.
fn bit<T: PartialEq>(all: &[T], value: T) -> u32 {
    all.iter().position(|other| *other == value).map_or(0, |place| 1 << place)
}

/// An alert with the truck it is on: kind, severity and place are the alert's own,
/// and so is how long it lasts.
#[derive(Clone, Copy, Debug)]
pub struct AlertSighting<'a, N> {
    /// The alert.
    pub alert: &'a Alert,
    /// Its truck as it is now.
    pub truck: Sighting<'a, N>,
}

impl<N: Names> Subject for AlertSighting<'_, N> {
    fn any_text(&self, field: Text, taken: &mut dyn FnMut(&str) -> bool) -> bool {
        match (field, &self.alert.geofence) {
            (Text::Place, Some(fence)) => self.truck.fence(fence, taken),
            _ => self.truck.any_text(field, taken),
        }
    }

    fn figure(&self, field: Figure) -> Option<f64> {
        if field == Figure::Since {
            let end = self.alert.end.unwrap_or(self.truck.now);
            return Some(end.seconds_since(self.alert.start).max(0.0));
        }
        self.truck.figure(field)
    }

    fn choices(&self, field: Choice) -> u32 {
        match field {
            Choice::Alert => bit(AlertKind::ALL, self.alert.kind),
            Choice::Severity => bit(&Severity::ALL, self.alert.severity),
            Choice::Status | Choice::Availability | Choice::TripStatus | Choice::Ignition => {
                self.truck.choices(field)
            }
        }
    }
}
