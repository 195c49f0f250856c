//! A trip somebody asks for, and what must hold before it is planned.

use std::time::Duration;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{
    container::ContainerNumber,
    id::{Derivation, DriverId, FenceId, OrganizationId, TripId, VehicleKey},
    master::{Truck, TruckStatus},
    time::Timestamp,
    trip::Trip,
};

/// A departure is planned at least so long ahead.
const LEAD: Duration = Duration::from_secs(30 * 60);

/// What is asked for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Booking {
    /// The truck, by any of its names.
    pub truck: String,
    /// Where the container is picked up: a geofence.
    pub pickup: FenceId,
    /// Where it goes: a geofence.
    pub delivery: FenceId,
    /// When the truck is to depart.
    pub scheduled_departure: Timestamp,
    /// When the client is promised it at the delivery.
    #[serde(default)]
    pub promised_arrival: Option<Timestamp>,
    /// The driver; the truck's own unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<DriverId>,
    /// The client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<OrganizationId>,
    /// The container's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// `20FT`, `40FT`, `import`, `export`, `empty for export`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cargo_type: Option<String>,
    /// Weight in tonnes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_t: Option<f64>,
}

/// What the books say of what is asked for.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Known {
    /// The truck, if there is such.
    pub truck: Option<Truck>,
    /// Whether there is such a pickup.
    pub pickup: bool,
    /// Whether there is such a delivery.
    pub delivery: bool,
    /// Whether the driver named is one.
    pub driver: bool,
    /// Whether the client named is one.
    pub client: bool,
}

/// One thing that does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// The field concerned.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl Booking {
    /// The trip as it is planned at `now`, in a fleet that lives in `zone`.
    ///
    /// The same truck, places and time are the same trip, however often asked for.
    ///
    /// # Errors
    ///
    /// Everything that does not hold, at once.
    pub fn plan(&self, known: &Known, now: Timestamp, zone: Tz) -> Result<Trip, Vec<Violation>> {
        let mut wrong = Vec::new();
        let mut refuse = |field, reason: String| wrong.push(Violation { field, reason });
        for (field, fence, is_known) in
            [("pickup", &self.pickup, known.pickup), ("delivery", &self.delivery, known.delivery)]
        {
            if !is_known {
                refuse(field, format!("there is no geofence {fence}"));
            }
        }
        if self.pickup == self.delivery {
            refuse("delivery", "it is the pickup, too".to_owned());
        }
        let earliest = now.plus(LEAD);
        if self.scheduled_departure < earliest {
            refuse("scheduled_departure", format!("it is not 30 minutes ahead: {earliest} is the earliest"));
        }
        if let Some(promised) = self.promised_arrival.filter(|promised| *promised <= self.scheduled_departure)
        {
            refuse("promised_arrival", format!("{promised} is not after the scheduled departure"));
        }
        match &known.truck {
            None => refuse("truck", format!("there is no truck {}", self.truck)),
            Some(truck) if truck.status != TruckStatus::Operational => {
                refuse("truck", format!("{} is in {}", truck.number, truck.status.name()));
            }
            Some(truck) if truck.driver.or(self.driver).is_none() => {
                refuse("driver", format!("{} has no driver, and none is named", truck.number));
            }
            Some(_) => {}
        }
        if self.driver.is_some() && !known.driver {
            refuse("driver", "there is no such driver".to_owned());
        }
        if self.client.is_some() && !known.client {
            refuse("client", "there is no such organization".to_owned());
        }
        let container = self.container.as_deref().map(ContainerNumber::new).transpose();
        if let Err(error) = &container {
            refuse("container", error.to_string());
        }
        if let Some(weight) = self.weight_t.filter(|weight| !(*weight > 0.0 && *weight < 1000.0)) {
            refuse("weight_t", format!("{weight} t is no container's weight"));
        }
        let (Some(truck), Ok(container), true) = (&known.truck, container, wrong.is_empty()) else {
            return Err(wrong);
        };
        let id = self.id(&truck.key);
        let ends = (self.pickup.clone(), self.delivery.clone());
        Ok(Trip {
            readable_id: readable_id(id, truck, self.scheduled_departure, zone),
            driver: self.driver.or(truck.driver),
            client: self.client,
            container: container.map(|container| container.to_string()),
            cargo_type: self.cargo_type.clone(),
            weight_t: self.weight_t,
            promised_arrival: self.promised_arrival,
            ..Trip::planned(id, truck.key.clone(), ends, self.scheduled_departure)
        })
    }

    fn id(&self, vehicle: &VehicleKey) -> TripId {
        let subject = format!("{}>{}", self.pickup, self.delivery);
        let derivation = Derivation {
            kind: "trip",
            key: vehicle.as_str(),
            subject: &subject,
            start: self.scheduled_departure,
            phase: "",
            revision: 0,
        };
        TripId(derivation.uuid())
    }
}

/// `01/Apr/2025-T11985LA-CA60`: the local day of departure, the truck, and two letters
/// and digits of the trip's id.
fn readable_id(id: TripId, truck: &Truck, departure: Timestamp, zone: Tz) -> String {
    let [first, second, digits, ..] = id.0.into_bytes();
    let letter = |byte: u8| char::from(b'A' + byte % 26);
    let day = departure.local_date(zone).format("%d/%b/%Y");
    format!("{day}-{}-{}{}{:02}", truck.key, letter(first), letter(second), digits % 100)
}

#[cfg(test)]
mod tests {
    use chrono_tz::Africa::Lagos;
    use uuid::Uuid;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2025-04-01 08:00", Lagos).unwrap()
    }

    fn booking() -> Booking {
        Booking {
            truck: "t 11985 la".into(),
            pickup: FenceId::new("apapa"),
            delivery: FenceId::new("ikeja"),
            scheduled_departure: now().plus(LEAD),
            promised_arrival: Some(now().plus(LEAD * 4)),
            driver: None,
            client: None,
            container: Some("tcnu 387756 0".into()),
            cargo_type: None,
            weight_t: Some(24.5),
        }
    }

    fn known() -> Known {
        let mut truck = Truck::provisional(VehicleKey::new("T11985LA").unwrap());
        truck.driver = Some(DriverId(Uuid::from_u128(7)));
        Known { truck: Some(truck), pickup: true, delivery: true, driver: false, client: false }
    }

    #[test]
    fn a_trip_asked_for_twice_is_one_trip() {
        let trip = booking().plan(&known(), now(), Lagos).unwrap();
        assert_eq!(booking().plan(&known(), now(), Lagos), Ok(trip.clone()));
        assert!(trip.readable_id.starts_with("01/Apr/2025-T11985LA-"), "{}", trip.readable_id);
        assert_eq!(trip.readable_id.len(), "01/Apr/2025-T11985LA-CA60".len());
        assert_eq!(
            (trip.container.as_deref(), trip.driver),
            (Some("TCNU3877560"), known().truck.unwrap().driver)
        );
        let later = Booking { scheduled_departure: now().plus(LEAD * 2), ..booking() };
        assert_ne!(later.plan(&known(), now(), Lagos).unwrap().id, trip.id);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let fields = |booking: &Booking, known: &Known| -> Vec<&str> {
            let wrong = booking.plan(known, now(), Lagos).unwrap_err();
            wrong.iter().map(|violation| violation.field).collect()
        };
        let wrong = Booking {
            delivery: FenceId::new("apapa"),
            scheduled_departure: now(),
            promised_arrival: Some(now()),
            driver: Some(DriverId(Uuid::nil())),
            client: Some(OrganizationId(Uuid::nil())),
            container: Some("TCNU3877561".into()),
            weight_t: Some(f64::NAN),
            ..booking()
        };
        let expected = [
            "pickup",
            "delivery",
            "delivery",
            "scheduled_departure",
            "promised_arrival",
            "truck",
            "driver",
            "client",
            "container",
            "weight_t",
        ];
        assert_eq!(fields(&wrong, &Known::default()), expected);
        let mut workshop = known();
        workshop.truck.as_mut().unwrap().status = TruckStatus::Maintenance;
        assert_eq!(fields(&booking(), &workshop), ["truck"]);
        let mut alone = known();
        alone.truck.as_mut().unwrap().driver = None;
        assert_eq!(fields(&booking(), &alone), ["driver"]);
    }
}
