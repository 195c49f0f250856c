//! The vendor's records as ours. Each function takes one element and names
//! what it lacks.

use serde_json::Value;
use uuid::Uuid;
use watchtower_core::domain::{
    geo::LonLat,
    geofence::{FenceKind, Geofence, Shape, Watches},
    id::{Derivation, DriverId, FenceId, TripId, VehicleKey},
    master::{Driver, Truck, TruckStatus},
    time::Timestamp,
    trip::{Trip, TripStatus},
    units::Metres,
};

use super::wire::{number, text, truth};

fn need(element: &Value, pointer: &str) -> Result<String, String> {
    element.pointer(pointer).and_then(text).ok_or_else(|| format!("{} is missing", &pointer[1..]))
}

fn maybe(element: &Value, pointer: &str) -> Option<String> {
    element.pointer(pointer).and_then(text)
}

fn need_number(element: &Value, pointer: &str) -> Result<f64, String> {
    element
        .pointer(pointer)
        .and_then(number)
        .ok_or_else(|| format!("{} is missing or no number", &pointer[1..]))
}

fn vehicle_key(element: &Value, pointer: &str) -> Result<VehicleKey, String> {
    VehicleKey::new(&need(element, pointer)?).map_err(|error| format!("{}: {error}", &pointer[1..]))
}

fn moment(element: &Value, pointer: &str) -> Option<Timestamp> {
    Timestamp::from_epoch(number(element.pointer(pointer)?)?).ok()
}

/// The id of a record the vendor numbers.
fn numbered(kind: &str, id: &str) -> Uuid {
    let start = Timestamp::default();
    Derivation { kind, key: "loconav", subject: id, start, phase: "", revision: 0 }.uuid()
}

pub(super) fn truck(element: &Value) -> Result<Truck, String> {
    let key = vehicle_key(element, "/number")?;
    let mut truck = Truck::provisional(key);
    truck.provisional = false;
    truck.number = maybe(element, "/displayNumber").unwrap_or_else(|| truck.key.to_string());
    truck.loconav_id = maybe(element, "/vehicleUuid");
    truck.aliases = ["/currentDevice/serialNumber", "/vehicleUuid"]
        .iter()
        .filter_map(|pointer| maybe(element, pointer))
        .collect();
    truck.brand = maybe(element, "/make");
    truck.status = TruckStatus::Operational;
    Ok(truck)
}

pub(super) fn driver(element: &Value) -> Result<Driver, String> {
    let id = need(element, "/id")?;
    Ok(Driver {
        id: DriverId(numbered("driver", &id)),
        name: need(element, "/name")?,
        phone: maybe(element, "/phoneNumber"),
        licence: maybe(element, "/licenseNumber"),
        has_smartphone: false,
        loconav_id: Some(id),
        truck: None,
    })
}

pub(super) fn fence(element: &Value) -> Result<Geofence, String> {
    let id = need(element, "/id")?;
    let ring = element.pointer("/boundingBox").and_then(Value::as_array);
    place(&id, element, ring)
}

/// A polygon where there is one, else a circle.
fn place(id: &str, element: &Value, ring: Option<&Vec<Value>>) -> Result<Geofence, String> {
    let corners: Vec<(f64, f64)> = ring
        .into_iter()
        .flatten()
        .map(|corner| {
            let point = LonLat::new(need_number(corner, "/long")?, need_number(corner, "/lat")?);
            point.map(|point| (point.lon(), point.lat())).map_err(|error| error.to_string())
        })
        .collect::<Result<_, String>>()?;
    let shape = if corners.len() >= 3 {
        let name = need(element, "/name")?;
        let area = Geofence::area(id, &name, FenceKind::ServiceArea, corners);
        area.check().map_err(|error| error.to_string())?;
        area.shape
    } else {
        Shape::Circle { centre: centre(element)?, radius: radius(element)? }
    };
    Ok(Geofence {
        id: FenceId::new(&format!("loconav-{id}")),
        name: need(element, "/name")?,
        kind: FenceKind::ServiceArea,
        watches: Watches::All,
        shape,
    })
}

fn centre(element: &Value) -> Result<LonLat, String> {
    let (lon, lat) = match maybe(element, "/coordinates") {
        Some(pair) => {
            let (lat, lon) =
                pair.split_once(',').ok_or_else(|| format!("coordinates {pair:?} are no pair"))?;
            let read = |text: &str| {
                text.trim().parse::<f64>().map_err(|_| format!("coordinates {pair:?} are no numbers"))
            };
            (read(lon)?, read(lat)?)
        }
        None => (need_number(element, "/long")?, need_number(element, "/lat")?),
    };
    LonLat::new(lon, lat).map_err(|error| error.to_string())
}

fn radius(element: &Value) -> Result<Metres, String> {
    match need_number(element, "/radius")? {
        radius if radius.is_finite() && radius > 0.0 => Ok(Metres(radius)),
        radius => Err(format!("radius {radius} is not a positive length")),
    }
}

/// A trip and the fences of its two ends.
pub(super) fn trip(element: &Value) -> Result<(Trip, [Geofence; 2]), String> {
    let id = need(element, "/id")?;
    let end = |name: &str| -> Result<Geofence, String> {
        let stop = element.get(name).ok_or_else(|| format!("{name} is missing"))?;
        let place_id =
            maybe(stop, "/polygonId").map_or_else(|| need(stop, "/id").map(|id| format!("stop-{id}")), Ok)?;
        let ring = stop.pointer("/polygonCoordinates").and_then(Value::as_array);
        place(&place_id, stop, ring).map_err(|reason| format!("{name}: {reason}"))
    };
    let (pickup, delivery) = (end("source")?, end("destination")?);
    let departed_at = moment(element, "/source/exitAt").or_else(|| moment(element, "/startTimeTs"));
    let (arrived_at, offloaded_at) =
        (moment(element, "/destination/entryAt"), moment(element, "/destination/exitAt"));
    let cancelled = moment(element, "/cancelledAt").is_some() || truth_at(element, "/cancelled");
    let status = match (cancelled, departed_at, offloaded_at) {
        (true, ..) => TripStatus::Cancelled,
        (false, _, Some(_)) => TripStatus::Completed,
        (false, Some(_), None) => TripStatus::Ongoing,
        (false, None, None) => TripStatus::Scheduled,
    };
    let trip = Trip {
        id: TripId(numbered("trip", &id)),
        readable_id: maybe(element, "/uniqueId").unwrap_or_else(|| id.clone()),
        loconav_id: Some(id),
        vehicle: vehicle_key(element, "/vehicleNumber")?,
        driver: maybe(element, "/driver/id").map(|id| DriverId(numbered("driver", &id))),
        client: None,
        pickup: pickup.id.clone(),
        delivery: delivery.id.clone(),
        container: None,
        cargo_type: None,
        weight_t: None,
        status,
        scheduled_departure: moment(element, "/shouldStartTs")
            .ok_or("shouldStartTs is missing or no time")?,
        // LocoNav knows when a trip should start, not when it is promised.
        promised_arrival: None,
        departed_at,
        arrived_at,
        offloaded_at,
        returned_at: None,
    };
    Ok((trip, [pickup, delivery]))
}

fn truth_at(element: &Value, pointer: &str) -> bool {
    element.pointer(pointer).and_then(truth).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_truck_keeps_its_number_and_its_other_names() {
        let truck = truck(&json!({
            "number": "t 11985 la", "displayNumber": "T 11985 LA", "vehicleUuid": "u-1", "model": 2022,
            "currentDevice": {"serialNumber": 866_907_000_000_001_u64}
        }))
        .unwrap();
        assert_eq!((truck.key.as_str(), truck.number.as_str()), ("T11985LA", "T 11985 LA"));
        assert_eq!(truck.aliases, ["866907000000001", "u-1"]);
        assert_eq!(super::truck(&json!({"vehicleUuid": "u"})).unwrap_err(), "number is missing");
    }

    #[test]
    fn a_polygon_is_an_area_and_a_bare_centre_a_circle() {
        let corner = |lat: &str, long: &str| json!({"lat": lat, "long": long});
        let square = json!({"id": 7, "name": "Yard", "lat": "6.5", "long": "3.4", "radius": 100,
            "boundingBox": [corner("6.4", "3.3"), corner("6.4", "3.5"), corner("6.6", "3.5"), corner("6.6", "3.3")]});
        assert!(matches!(fence(&square).unwrap().shape, Shape::Area(_)));
        let bare = json!({"id": 8, "name": "Gate", "lat": "6.5", "long": "3.4", "radius": "100"});
        assert!(matches!(fence(&bare).unwrap().shape, Shape::Circle { .. }));
        let off = json!({"id": 9, "name": "Pole", "lat": "90", "long": "85", "radius": 100,
            "boundingBox": [corner("89.9", "84"), corner("90.1", "84"), corner("90.1", "86")]});
        assert!(fence(&off).unwrap_err().contains("latitude 90.1 is out of range"));
    }

    #[test]
    fn a_trip_stands_where_its_times_say() {
        let stop = |name: &str, exit: Value| json!({"id": 1, "name": name, "coordinates": "6.45,3.36", "radius": 500, "exitAt": exit});
        let base = json!({"id": 5, "vehicleNumber": "T1", "uniqueId": "loco/5", "shouldStartTs": 1_706_186_069,
            "source": stop("A", 1_706_186_100.into()), "destination": stop("B", Value::Null)});
        let (ongoing, ends) = trip(&base).unwrap();
        assert_eq!(ongoing.status, TripStatus::Ongoing);
        assert_eq!(ongoing.pickup, ends[0].id);
        let mut over = base.clone();
        over["destination"]["exitAt"] = 1_706_190_000.into();
        assert_eq!(trip(&over).unwrap().0.status, TripStatus::Completed);
        let mut lost = base;
        lost["destination"] = json!({"id": 2, "name": "B"});
        assert_eq!(trip(&lost).unwrap_err(), "destination: long is missing or no number");
    }
}
