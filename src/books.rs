//! The fleet as its log has it: the live picture beside the master data, and who
//! and what belongs to which truck. For whatever answers once and forgets; the
//! dashboard keeps its own picture up to date.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::future::try_join_all;
use watchtower_core::{
    domain::{
        geofence::Geofence,
        id::{DriverId, FenceId, OrganizationId, TripId, VehicleKey},
        live::LiveState,
        master::{Driver, Organization, Truck},
        position::Clock,
        time::Timestamp,
        trip::Trip,
    },
    filter::{Names, Sighting},
    ports::log::{Log, LogError, Meta},
};

/// Master data and live states, joined.
#[derive(Debug, Default)]
pub struct Books {
    /// Trucks by key.
    pub trucks: BTreeMap<VehicleKey, Truck>,
    /// Live states by vehicle; of some no record may be known yet.
    pub live: BTreeMap<VehicleKey, LiveState>,
    /// Drivers.
    pub drivers: HashMap<DriverId, Driver>,
    /// Organizations.
    pub organizations: HashMap<OrganizationId, Organization>,
    /// Geofences by id.
    pub fences: BTreeMap<FenceId, Geofence>,
    /// Trips that are not over, or not long ago.
    pub trips: HashMap<TripId, Trip>,
    /// The driver whose record names the truck.
    assigned: HashMap<VehicleKey, DriverId>,
    /// The trip that has departed and is not over.
    under_way: HashMap<VehicleKey, TripId>,
    /// What the clocks of sources say that bring their own.
    clocks: HashMap<std::sync::Arc<str>, Timestamp>,
}

impl Books {
    /// Reads all of a log's live picture and master data.
    ///
    /// # Errors
    ///
    /// The log's.
    pub async fn read(log: &dyn Log) -> Result<Self, LogError> {
        let meta = log.meta().await?;
        let partitions = log.partitions().all().map(|partition| log.live(partition));
        Ok(Self::of(meta, try_join_all(partitions).await?.into_iter().flatten()))
    }

    /// Joins what is known.
    pub fn of(meta: Vec<Meta>, live: impl IntoIterator<Item = LiveState>) -> Self {
        let mut books = Self::default();
        for record in meta {
            match record {
                Meta::Geofence(fence) => drop(books.fences.insert(fence.id.clone(), fence)),
                Meta::Truck(truck) => drop(books.trucks.insert(truck.key.clone(), truck)),
                Meta::Driver(driver) => {
                    books.assigned.extend(driver.truck.clone().map(|truck| (truck, driver.id)));
                    books.drivers.insert(driver.id, driver);
                }
                Meta::Organization(organization) => {
                    books.organizations.insert(organization.id, organization);
                }
                Meta::Trip(trip) => drop(books.trips.insert(trip.id, trip)),
                // What it says is in the live states.
                Meta::Lane(_) => {}
            }
        }
        let mut departed: Vec<&Trip> = books
            .trips
            .values()
            .filter(|trip| trip.departed_at.is_some() && !trip.status.is_over())
            .collect();
        departed.sort_by_key(|trip| (trip.scheduled_departure, trip.id));
        books.under_way = departed.into_iter().map(|trip| (trip.vehicle.clone(), trip.id)).collect();
        for state in live {
            let fix = &state.position;
            if fix.source.clock == Clock::Event {
                books.hear_clock(&fix.source.name, fix.device_time);
            }
            books.live.insert(state.vehicle.clone(), state);
        }
        books
    }

    /// A source that carries its own time says what time it is.
    pub fn hear_clock(&mut self, source: &std::sync::Arc<str>, at: Timestamp) {
        let newest = self.clocks.entry(source.clone()).or_insert(at);
        *newest = (*newest).max(at);
    }

    /// What a live state's own clock says when the wall clock says `wall`.
    pub fn now_of(&self, live: &LiveState, wall: Timestamp) -> Timestamp {
        let source = &live.position.source;
        match source.clock {
            Clock::Wall => wall,
            Clock::Event => self.clocks.get(&source.name).copied().unwrap_or(wall),
        }
    }

    /// What time it is for the fleet as a whole when the wall clock says `wall`: where every
    /// source brings its own clock, the newest of theirs.
    pub fn now(&self, wall: Timestamp) -> Timestamp {
        let is_of_wall = |live: &LiveState| live.position.source.clock == Clock::Wall;
        let newest = self.clocks.values().max().copied();
        newest.filter(|_| !self.live.values().any(is_of_wall)).unwrap_or(wall)
    }

    /// Every vehicle, in the books or heard of.
    pub fn vehicles(&self) -> BTreeSet<&VehicleKey> {
        self.trucks.keys().chain(self.live.keys()).collect()
    }

    /// A vehicle's number as people write it.
    pub fn number<'a>(&'a self, key: &'a VehicleKey) -> &'a str {
        self.trucks.get(key).map_or(key.as_str(), |truck| &truck.number)
    }

    /// The trip a truck is on: the engine's word, else the books'.
    pub fn trip_of(&self, key: &VehicleKey) -> Option<&Trip> {
        let told = self.live.get(key).and_then(|live| live.trip).and_then(|id| self.trips.get(&id));
        told.or_else(|| self.under_way.get(key).and_then(|id| self.trips.get(id)))
    }

    /// Who drives a truck: its trip's driver, else its own.
    pub fn driver_of(&self, key: &VehicleKey) -> Option<&Driver> {
        let planned = self.trip_of(key).and_then(|trip| trip.driver);
        let own = || self.trucks.get(key).and_then(|truck| truck.driver);
        let known = planned.or_else(own).and_then(|id| self.drivers.get(&id));
        known.or_else(|| self.assigned.get(key).and_then(|id| self.drivers.get(id)))
    }

    /// A fence's name; its id when it is not known.
    pub fn fence_name<'a>(&'a self, id: &'a FenceId) -> &'a str {
        self.fences.get(id).map_or(id.as_str(), |fence| &fence.name)
    }

    /// A truck as a filter is asked about it; `truck` where another record of it is at hand.
    pub fn sighting<'a>(
        &'a self,
        key: &'a VehicleKey,
        truck: Option<&'a Truck>,
        wall: Timestamp,
    ) -> Sighting<'a, Self> {
        let live = self.live.get(key);
        let now = live.map_or(wall, |live| self.now_of(live, wall));
        let unseen = Sighting {
            truck: truck.or_else(|| self.trucks.get(key)),
            driver: self.driver_of(key).map(|driver| driver.name.as_str()),
            trip: self.trip_of(key),
            ..Sighting::unseen(self, key, now)
        };
        match live {
            Some(live) => unseen.seen(live),
            None => unseen,
        }
    }
}

impl Names for Books {
    fn fence(&self, id: &FenceId) -> Option<&Geofence> {
        self.fences.get(id)
    }

    fn organization(&self, id: OrganizationId) -> Option<&Organization> {
        self.organizations.get(&id)
    }
}
