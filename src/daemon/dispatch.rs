//! What dispatchers change: trips, who drives, geofences. One way in for the API and
//! for commands, so that both are held to the same.

use std::sync::Arc;

use chrono_tz::Tz;
use uuid::Uuid;
use watchtower_core::{
    domain::{
        booking::{Booking, Known, Violation},
        event::Command,
        id::{CorrelationId, DriverId, TripId, VehicleKey},
        master::{Driver, Truck},
        time::Timestamp,
        trip::{Trip, TripStatus, TripStatusChange},
    },
    ports::{
        log::{Log, LogError, Meta},
        store::{Store, StoreError},
    },
};

use super::registry::Registry;

/// When something was asked for, and as part of what.
#[derive(Clone, Copy, Debug)]
pub struct Occasion {
    /// The request.
    pub correlation_id: CorrelationId,
    /// When it was asked for, by the fleet's clock.
    pub happened: Timestamp,
    /// When it is written down.
    pub now: Timestamp,
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// What it is about does not exist.
    #[error("there is no {what} {name}")]
    NoSuch {
        /// `trip`, `truck`, ….
        what: &'static str,
        /// As it was named.
        name: String,
    },
    /// It does not hold.
    #[error("{}", told(.0))]
    Invalid(Vec<Violation>),
    /// The log is away, or would not have it.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The store is away, or would not have it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn told(violations: &[Violation]) -> String {
    let each = violations.iter().map(|violation| format!("{}: {}", violation.field, violation.reason));
    each.collect::<Vec<_>>().join("; ")
}

impl Refusal {
    /// Whether the same may be done later, with nothing changed but time.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::NoSuch { .. } | Self::Invalid(_) => false,
            Self::Log(error) => error.is_retryable(),
            Self::Store(error) => error.is_retryable(),
        }
    }

    fn invalid(field: &'static str, reason: String) -> Self {
        Self::Invalid(vec![Violation { field, reason }])
    }
}

/// What somebody says of a trip.
#[derive(Clone, PartialEq, Debug)]
pub struct Word {
    /// Where it stands.
    pub to: TripStatus,
    /// Why, in words.
    pub reason: Option<String>,
    /// Of one that is delayed: when the client is promised it now.
    pub promised_arrival: Option<Timestamp>,
}

/// A trip that was asked for.
#[derive(Clone, PartialEq, Debug)]
pub enum Planned {
    /// Nobody had asked for it before.
    New(Trip),
    /// As it stands: the same was asked for before.
    Known(Trip),
}

/// Makes the changes.
#[derive(Clone)]
pub struct Dispatch {
    log: Arc<dyn Log>,
    store: Arc<dyn Store>,
    zone: Tz,
}

impl Dispatch {
    /// Over a log and a store; `zone` is the fleet's.
    pub fn new(log: Arc<dyn Log>, store: Arc<dyn Store>, zone: Tz) -> Self {
        Self { log, store, zone }
    }

    /// Does what a command asks for. An acknowledgement is the engine's to make.
    ///
    /// # Errors
    ///
    /// Everything that does not hold, at once.
    pub async fn carry_out(&self, command: &Command, when: Occasion) -> Result<(), Refusal> {
        match command {
            Command::AcknowledgeAlert(_) => Ok(()),
            Command::PlanTrip { booking, .. } => self.plan(booking, when).await.map(drop),
            Command::MoveTrip { trip, to, reason, promised_arrival, .. } => {
                let trip = self.trip(&trip.to_string()).await?;
                let (reason, promised_arrival) = (reason.clone(), *promised_arrival);
                self.move_trip(trip, Word { to: *to, reason, promised_arrival }, when).await.map(drop)
            }
            Command::AssignDriver { truck, driver, .. } => self.assign(truck, *driver, when).await,
            Command::WriteGeofence { geofence, .. } => {
                geofence.check().map_err(|error| Refusal::invalid("geofence", error.to_string()))?;
                self.save(vec![Meta::Geofence(geofence.clone())], when).await?;
                Ok(())
            }
            Command::RemoveGeofence { geofence, .. } => {
                match self.registry().remove_fence(geofence, when.correlation_id, when.happened).await? {
                    true => Ok(()),
                    false => Err(Refusal::NoSuch { what: "geofence", name: geofence.to_string() }),
                }
            }
        }
    }

    /// Plans a trip.
    ///
    /// # Errors
    ///
    /// Everything that does not hold, at once.
    pub async fn plan(&self, booking: &Booking, when: Occasion) -> Result<Planned, Refusal> {
        let known = self.known(booking).await?;
        let trip = booking.plan(&known, when.happened, self.zone).map_err(Refusal::Invalid)?;
        if let Some(trip) = self.store.trip(trip.id).await? {
            return Ok(Planned::Known(trip));
        }
        let changed = self.save(vec![Meta::Trip(trip.clone())], when).await?;
        Ok(if changed > 0 { Planned::New(trip) } else { Planned::Known(trip) })
    }

    /// Says where a trip stands; returns it as it then stands.
    ///
    /// # Errors
    ///
    /// A status does not follow from every other, and only of one that is delayed
    /// something else is promised.
    pub async fn move_trip(&self, trip: Trip, word: Word, when: Occasion) -> Result<Trip, Refusal> {
        let Word { to, reason, promised_arrival } = word;
        let mut wrong = Vec::new();
        if trip.status != to && !trip.status.may_become(to) {
            let reason = format!("{} does not become {}", trip.status.name(), to.name());
            wrong.push(Violation { field: "status", reason });
        }
        if promised_arrival.is_some() && to != TripStatus::Delayed {
            let reason = "only of a delayed trip something else is promised".to_owned();
            wrong.push(Violation { field: "promised_arrival", reason });
        }
        if promised_arrival.is_some_and(|promised| promised <= when.happened.max(trip.scheduled_departure)) {
            let reason = "it is not after the departure and now".to_owned();
            wrong.push(Violation { field: "promised_arrival", reason });
        }
        if !wrong.is_empty() {
            return Err(Refusal::Invalid(wrong));
        }
        let promised = promised_arrival.or(trip.promised_arrival);
        if trip.status == to && promised == trip.promised_arrival {
            return Ok(trip);
        }
        let change = TripStatusChange { reason, ..TripStatusChange::new(trip.id, trip.status, to) };
        let moved = Trip { status: to, promised_arrival: promised, ..trip.clone() };
        self.registry().move_trip(&trip, &moved, change, when.correlation_id, when.happened).await?;
        Ok(moved)
    }

    /// Says who drives a truck; nobody for `None`.
    async fn assign(
        &self,
        key: &VehicleKey,
        driver: Option<DriverId>,
        when: Occasion,
    ) -> Result<(), Refusal> {
        let books = self.log.meta().await?;
        let (mut truck, mut drivers) = (None, Vec::new());
        for record in books {
            match record {
                Meta::Truck(found) if found.key == *key => truck = Some(found),
                Meta::Driver(found) => drivers.push(found),
                Meta::Truck(_)
                | Meta::Geofence(_)
                | Meta::Organization(_)
                | Meta::Trip(_)
                | Meta::Lane(_) => {}
            }
        }
        let Some(truck) = truck else {
            return Err(Refusal::NoSuch { what: "truck", name: key.to_string() });
        };
        if let Some(driver) = driver
            && !drivers.iter().any(|known| known.id == driver)
        {
            return Err(Refusal::NoSuch { what: "driver", name: driver.to_string() });
        }
        // Nobody drives two trucks, and a truck has one driver.
        let moved = drivers.into_iter().filter_map(|known| {
            match (known.truck.as_ref() == Some(key), Some(known.id) == driver) {
                (false, true) => Some(Meta::Driver(Driver { truck: Some(key.clone()), ..known })),
                (true, false) => Some(Meta::Driver(Driver { truck: None, ..known })),
                (true, true) | (false, false) => None,
            }
        });
        let records = std::iter::once(Meta::Truck(Truck { driver, ..truck })).chain(moved).collect();
        self.save(records, when).await?;
        Ok(())
    }

    /// A trip by its UUID or readable id, with `/` or `-`. One planned a moment ago is in
    /// the log's picture before the store has it.
    ///
    /// # Errors
    ///
    /// There is none.
    pub async fn trip(&self, name: &str) -> Result<Trip, Refusal> {
        let uuid = Uuid::try_parse(name).ok();
        if let Some(uuid) = uuid
            && let Some(trip) = self.store.trip(TripId(uuid)).await?
        {
            return Ok(trip);
        }
        let readable = name.replace('/', "-");
        let is_it = |trip: &Trip| Some(trip.id.0) == uuid || trip.readable_id.replace('/', "-") == readable;
        let planned = self.log.meta().await?.into_iter().find_map(|record| match record {
            Meta::Trip(trip) if is_it(&trip) => Some(trip),
            _ => None,
        });
        let Some(planned) = planned else {
            return Err(Refusal::NoSuch { what: "trip", name: name.to_owned() });
        };
        Ok(self.store.trip(planned.id).await?.unwrap_or(planned))
    }

    /// What the books say of what is asked for.
    async fn known(&self, booking: &Booking) -> Result<Known, Refusal> {
        let mut known = Known { truck: self.store.truck(&booking.truck).await?, ..Known::default() };
        for record in self.log.meta().await? {
            match record {
                Meta::Geofence(fence) => {
                    known.pickup |= fence.id == booking.pickup;
                    known.delivery |= fence.id == booking.delivery;
                }
                // The picture has a change before the store has.
                Meta::Truck(truck) => {
                    if known.truck.as_ref().is_some_and(|found| found.key == truck.key) {
                        known.truck = Some(truck);
                    }
                }
                Meta::Driver(driver) => known.driver |= Some(driver.id) == booking.driver,
                Meta::Organization(organization) => known.client |= Some(organization.id) == booking.client,
                Meta::Trip(_) | Meta::Lane(_) => {}
            }
        }
        Ok(known)
    }

    async fn save(&self, records: Vec<Meta>, when: Occasion) -> Result<usize, LogError> {
        self.registry().save_as_of(records, when.correlation_id, when.happened, when.now).await
    }

    fn registry(&self) -> Registry {
        Registry::new(self.log.clone())
    }
}
