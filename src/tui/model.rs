//! What is known of the fleet, as the log told it. Pure: time arrives with what
//! happened, and the wall clock as an argument.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use watchtower_core::{
    domain::{
        event::{Event, EventData, Flag},
        geofence::Geofence,
        id::{DriverId, FenceId, OrganizationId, TripId, VehicleKey},
        live::LiveState,
        master::{Driver, Organization, Truck},
        position::{Clock, Position, Source},
        time::Timestamp,
        trip::{Milestone, Trip, TripStatus},
    },
    ports::log::Meta,
};

use super::text;
use crate::books::Books;

pub mod alerts;
mod driving;
mod dwell;
pub mod events;
pub mod fleet;
mod plot;
pub mod reckoning;
mod sighting;
mod tally;
pub mod trail;
pub mod vehicle;
pub mod way;

use alerts::Alerts;
use events::Events;
use fleet::Vehicles;
use vehicle::Vehicle;

/// The fleet's state on this screen.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Every vehicle.
    pub vehicles: Vehicles,
    /// Every fence.
    pub fences: BTreeMap<FenceId, Geofence>,
    /// Trips that are not over, or not long ago.
    pub trips: HashMap<TripId, Trip>,
    /// The alerts.
    pub alerts: Alerts,
    /// The events.
    pub events: Events,
    tally: tally::Tally,
    stops: dwell::Stops,
    trucks: HashMap<VehicleKey, Truck>,
    drivers: HashMap<DriverId, Driver>,
    /// Who drives a truck by the driver's own record.
    driving: HashMap<VehicleKey, DriverId>,
    organizations: HashMap<OrganizationId, Organization>,
    clocks: HashMap<Arc<str>, Timestamp>,
    under_way: HashMap<VehicleKey, TripId>,
    trip_order: Vec<TripId>,
}

/// Vehicles by motion, in the order of `Motion::ALL`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// All of them.
    pub total: usize,
    /// By motion.
    pub by_motion: [usize; 4],
}

impl Model {
    /// Takes the live picture. What it does not mention keeps its last state.
    pub fn take_picture(&mut self, live: Vec<LiveState>) {
        for state in live {
            self.hear_clock(&state.position.source, state.position.device_time);
            let key = state.vehicle.clone();
            if self.vehicles.contains_key(&key) {
                self.vehicles.change(&key, |vehicle| {
                    self.tally.remove(vehicle);
                    vehicle.refresh(state);
                    self.tally.add(vehicle);
                });
            } else {
                self.meet(Vehicle::from_live(state));
            }
        }
        self.name_all();
    }

    /// Takes the master data, whole.
    pub fn take_meta(&mut self, records: Vec<Meta>) {
        self.fences.clear();
        self.trips.clear();
        self.trucks.clear();
        self.drivers.clear();
        self.driving.clear();
        self.organizations.clear();
        for record in records {
            match record {
                Meta::Geofence(fence) => drop(self.fences.insert(fence.id.clone(), fence)),
                Meta::Truck(truck) => drop(self.trucks.insert(truck.key.clone(), truck)),
                Meta::Driver(driver) => self.record_driver(driver),
                Meta::Organization(organization) => {
                    drop(self.organizations.insert(organization.id, organization));
                }
                Meta::Trip(trip) => drop(self.trips.insert(trip.id, trip)),
                // What it says is in the live states.
                Meta::Lane(_) => {}
            }
        }
        self.settle_trips();
        self.name_all();
    }

    /// Takes a fix on arrival.
    pub fn take_fix(&mut self, key: &VehicleKey, position: Position) {
        self.hear_clock(&position.source, position.device_time);
        if self.vehicles.contains_key(key) {
            self.vehicles.change(key, |vehicle| vehicle.take_fix(position));
        } else {
            self.meet(Vehicle::from_fix(key.clone(), position));
            self.name(key);
        }
    }

    /// Takes a vehicle that was not known.
    fn meet(&mut self, vehicle: Vehicle) {
        self.tally.add(&vehicle);
        self.vehicles.add(vehicle);
    }

    /// Forgets everything but the books: what follows is of another time. `trips` are
    /// those of that time.
    pub fn begin_anew(&mut self, trips: Vec<Trip>) {
        let books = std::mem::take(self);
        *self = Self {
            vehicles: books.vehicles.anew(),
            fences: books.fences,
            trucks: books.trucks,
            drivers: books.drivers,
            driving: books.driving,
            organizations: books.organizations,
            trips: trips.into_iter().map(|trip| (trip.id, trip)).collect(),
            ..Self::default()
        };
        self.settle_trips();
    }

    /// A source that carries its own time says what time it is.
    pub fn pass_time(&mut self, source: &str, at: Timestamp) {
        self.hear_clock(&Source::event(source), at);
    }

    /// Takes a fix from before the live picture: it completes a trail.
    pub fn take_trail(&mut self, event: Event) {
        if let (Some(key), EventData::PositionUpdated(position)) = (event.vehicle(), event.data) {
            self.take_fix(&key, position);
        }
    }

    /// Takes an event from before the live picture: it completes the lists and
    /// changes nothing else.
    pub fn take_past(&mut self, event: Event) {
        self.events.take(&event);
        let vehicle = event.vehicle();
        match event.data {
            EventData::AlertTriggered(alert) | EventData::AlertResolved(alert) => self.alerts.hear(alert),
            EventData::AlertEscalated(escalation) => self.alerts.escalate(&escalation),
            EventData::AlertAcknowledged(note) => self.alerts.acknowledge(note, event.ts),
            EventData::StopEnded(stop) => {
                if let Some(vehicle) = vehicle {
                    self.stops.hear(&vehicle, &stop);
                }
            }
            _ => {}
        }
    }

    /// Takes a derived event, each once in effect however often it comes.
    pub fn take_event(&mut self, event: Event) {
        self.events.take(&event);
        let key = event.vehicle();
        if let Some(key) = &key {
            self.take_word(key, event.ts, &event.data);
        }
        match event.data {
            EventData::AlertTriggered(alert) | EventData::AlertResolved(alert) => self.alerts.hear(alert),
            EventData::AlertEscalated(escalation) => self.alerts.escalate(&escalation),
            EventData::AlertAcknowledged(note) => self.alerts.acknowledge(note, event.ts),
            EventData::TripCreated(trip) => {
                let truck = trip.vehicle.clone();
                self.trips.insert(trip.id, trip);
                self.settle_trips();
                self.name(&truck);
            }
            EventData::TripStatusChanged(change) => {
                if let Some(trip) = self.trips.get_mut(&change.trip) {
                    trip.hear(&change, event.ts);
                }
                self.settle_trips();
                key.iter().for_each(|key| self.name(key));
            }
            EventData::TruckUpdated(truck) => {
                let key = truck.key.clone();
                self.trucks.insert(key.clone(), truck);
                self.name(&key);
            }
            EventData::DriverUpdated(driver) => {
                let id = driver.id;
                let before = self.drivers.get(&id).and_then(|driver| driver.truck.clone());
                self.record_driver(driver);
                self.trucks_of(id).into_iter().chain(before).for_each(|key| self.name(&key));
            }
            EventData::OrganizationUpdated(organization) => {
                self.organizations.insert(organization.id, organization);
            }
            EventData::StopEnded(stop) => {
                if let Some(key) = &key {
                    self.stops.hear(key, &stop);
                }
            }
            EventData::GeofenceUpdated(fence) => drop(self.fences.insert(fence.id.clone(), fence)),
            EventData::GeofenceRemoved(fence) => drop(self.fences.remove(&fence.id)),
            EventData::WebhookReceived(_)
            | EventData::PositionUpdated(_)
            | EventData::PositionFlagged(_)
            | EventData::TruckStatusChanged(_)
            | EventData::AlertReported(_)
            | EventData::Tick(_)
            | EventData::GeofenceEntered(_)
            | EventData::GeofenceExited(_)
            | EventData::GeofenceCrossed(_)
            | EventData::VisitConfirmed(_)
            | EventData::StopStarted(_)
            | EventData::DriveEnded(_)
            | EventData::HistoryRevised(_)
            | EventData::SyncCompleted(_)
            | EventData::ErrorOccurred(_)
            | EventData::CommandIssued(_) => {}
        }
    }

    /// Lets a vehicle change by what an event says of it.
    fn take_word(&mut self, key: &VehicleKey, at: Timestamp, data: &EventData) {
        let (tally, alerts) = (&mut self.tally, &self.alerts);
        let change = |vehicle: &mut Vehicle| match data {
            EventData::PositionFlagged(flagged) if flagged.flag == Flag::Outlier => {
                vehicle.drop_fix(flagged.device_time);
            }
            EventData::GeofenceEntered(moment) if !vehicle.fences.contains(&moment.geofence) => {
                tally.enter(&moment.geofence);
                vehicle.fences.push(moment.geofence.clone());
            }
            EventData::GeofenceExited(visit) => {
                if let Some(index) = vehicle.fences.iter().position(|fence| *fence == visit.geofence) {
                    tally.leave(&vehicle.fences.remove(index));
                }
            }
            EventData::TruckStatusChanged(change) if at >= vehicle.since => {
                tally.change(vehicle.motion, change.to);
                (vehicle.motion, vehicle.since) = (change.to, at);
            }
            EventData::AlertTriggered(alert)
                if alert.end.is_none()
                    && alerts.get(alert.id).is_none_or(|known| known.alert.end.is_none())
                    && !vehicle.alerts.contains(&alert.kind) =>
            {
                vehicle.alerts.push(alert.kind);
            }
            EventData::AlertResolved(alert) => vehicle.alerts.retain(|kind| *kind != alert.kind),
            EventData::TripStatusChanged(change) => {
                let goes_on = matches!(change.to, TripStatus::Ongoing | TripStatus::Delayed);
                if !goes_on {
                    vehicle.trip.take_if(|trip| *trip == change.trip);
                } else if let Some(Milestone::Departed | Milestone::Arrived) = change.reached() {
                    // One that is late need not have departed: the truck may be on another.
                    vehicle.trip = Some(change.trip);
                }
            }
            _ => {}
        };
        self.vehicles.change(key, change);
    }

    /// What a source's clock says when the wall clock says `wall`.
    pub fn now(&self, source: &Source, wall: Timestamp) -> Timestamp {
        match source.clock {
            Clock::Wall => wall,
            Clock::Event => self.clocks.get(&source.name).copied().unwrap_or(wall),
        }
    }

    /// Seconds since a vehicle's last fix, by its source's clock.
    pub fn age(&self, vehicle: &Vehicle, wall: Timestamp) -> f64 {
        let position = &vehicle.position;
        self.now(&position.source, wall).seconds_since(position.device_time).max(0.0)
    }

    /// All of it as whoever answers a question takes it.
    pub fn books(&self) -> Books {
        let fences = self.fences.values().cloned().map(Meta::Geofence);
        let trucks = self.trucks.values().cloned().map(Meta::Truck);
        let drivers = self.drivers.values().cloned().map(Meta::Driver);
        let organizations = self.organizations.values().cloned().map(Meta::Organization);
        let trips = self.trips.values().cloned().map(Meta::Trip);
        let records = fences.chain(trucks).chain(drivers).chain(organizations).chain(trips);
        let mut books = Books::of(records.collect(), self.vehicles.values().map(Vehicle::to_live));
        self.clocks.iter().for_each(|(source, at)| books.hear_clock(source, *at));
        books
    }

    /// What a vehicle's clock says, the wall clock for one not known.
    pub fn now_of(&self, vehicle: &VehicleKey, wall: Timestamp) -> Timestamp {
        self.vehicles.get(vehicle).map_or(wall, |vehicle| self.now(&vehicle.position.source, wall))
    }

    /// The newest of the event-clock sources: its name and what its clock says.
    pub fn event_clock(&self) -> Option<(&str, Timestamp)> {
        self.clocks.iter().max_by_key(|(_, at)| **at).map(|(name, at)| (name.as_ref(), *at))
    }

    /// Vehicles by motion.
    pub fn counts(&self) -> Counts {
        self.tally.counts()
    }

    /// How many vehicles are in a fence.
    pub fn occupants(&self, fence: &FenceId) -> usize {
        self.tally.occupants(fence)
    }

    /// A fence's name, safe to draw; its id when it is not known.
    pub fn fence_name(&self, id: &FenceId) -> String {
        text::clean(self.fences.get(id).map_or(id.as_str(), |fence| &fence.name))
    }

    /// A truck's record.
    pub fn truck(&self, key: &VehicleKey) -> Option<&Truck> {
        self.trucks.get(key)
    }

    /// Every truck of the books.
    pub fn trucks(&self) -> impl Iterator<Item = &Truck> {
        self.trucks.values()
    }

    /// Every driver.
    pub fn drivers(&self) -> impl Iterator<Item = &Driver> {
        self.drivers.values()
    }

    /// Every organization.
    pub fn organizations(&self) -> impl Iterator<Item = &Organization> {
        self.organizations.values()
    }

    /// An organization's name, safe to draw.
    pub fn organization(&self, id: OrganizationId) -> Option<String> {
        self.organizations.get(&id).map(|organization| text::clean(&organization.name))
    }

    /// The trip a vehicle is on: the engine's word, else the books'.
    pub fn trip_of(&self, vehicle: &Vehicle) -> Option<&Trip> {
        let told = vehicle.trip.and_then(|id| self.trips.get(&id));
        told.or_else(|| self.under_way.get(&vehicle.key).and_then(|id| self.trips.get(id)))
    }

    /// The trips: late ones first, then those under way, then what is planned by its
    /// departure, then what is over, the last first.
    pub fn trips_in_order(&self) -> &[TripId] {
        &self.trip_order
    }

    fn settle_trips(&mut self) {
        let rank = |status: TripStatus| match status {
            TripStatus::Delayed => 0,
            TripStatus::Ongoing => 1,
            TripStatus::Scheduled => 2,
            TripStatus::Completed | TripStatus::Cancelled | TripStatus::Failed => 3,
        };
        let mut ordered: Vec<&Trip> = self.trips.values().collect();
        ordered.sort_by(|a, b| {
            let by_departure = a.scheduled_departure.cmp(&b.scheduled_departure);
            let by_departure = if a.status.is_over() { by_departure.reverse() } else { by_departure };
            rank(a.status).cmp(&rank(b.status)).then(by_departure).then_with(|| a.id.cmp(&b.id))
        });
        self.trip_order = ordered.into_iter().map(|trip| trip.id).collect();
        self.under_way.clear();
        let mut trips: Vec<&Trip> =
            self.trips.values().filter(|trip| trip.departed_at.is_some() && !trip.status.is_over()).collect();
        trips.sort_by_key(|trip| (trip.scheduled_departure, trip.id));
        self.under_way = trips.iter().map(|trip| (trip.vehicle.clone(), trip.id)).collect();
    }

    fn hear_clock(&mut self, source: &Source, at: Timestamp) {
        if source.clock == Clock::Event {
            let newest = self.clocks.entry(source.name.clone()).or_insert(at);
            *newest = (*newest).max(at);
        }
    }
}

#[cfg(test)]
mod tests;
