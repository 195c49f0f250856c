//! LocoNav's pushes: the live location, and (in `alert`) 17 kinds of alert;
//! and what its API answers for the last known location.
//!
//! The three webhook paths accept both; what an element is shows in its fields.

use serde_json::{Value, value::RawValue};
use watchtower_core::domain::{
    position::Signals,
    units::{Kmh, Metres},
};

use super::{
    Context, Element, Judgement, Malformed, Refusal, Request, body,
    fields::Fields,
    reader::{self, Nonsense, Reader, Reading},
};

mod alert;
mod last_known;

/// A vehicle by its number, or else by its tracker.
const VEHICLE: &[&str] = &["vehicle_number", "vehiclenumber", "vehicle_no", "imei", "device_serial"];

/// Decodes one push, a list of them, or either under `data`.
pub fn decode(request: &Request<'_>, context: &Context) -> Result<Vec<Element>, Malformed> {
    let elements = body::elements(request.body)?;
    body::gathered(elements.into_iter().flat_map(|raw| pushes(raw, context)))
}

/// The pushes in one element: itself, or what its wrapping holds.
fn pushes(raw: &RawValue, context: &Context) -> Vec<Element> {
    let fields = match Fields::read(raw) {
        Ok(fields) => fields,
        Err(refusal) => return vec![reader::refused(refusal)],
    };
    if fields.has(VEHICLE) || fields.has(&["kind"]) {
        return vec![push(fields, context)];
    }
    let mut map = fields.into_map();
    let inner = match map.remove("data") {
        Some(Value::Object(inner)) => return vec![push(Fields::new(inner), context)],
        Some(Value::Array(inner)) => inner,
        other => {
            map.extend(other.map(|data| ("data".to_owned(), data)));
            return vec![push(Fields::new(map), context)];
        }
    };
    inner
        .into_iter()
        .map(|value| match value {
            Value::Object(inner) => push(Fields::new(inner), context),
            other => reader::refused(reader::not_an_object(&other)),
        })
        .collect()
}

fn push(fields: Fields, context: &Context) -> Element {
    let fields = if last_known::looks_like(&fields) { last_known::flattened(fields) } else { fields };
    let is_alert = alert::looks_like(&fields);
    reader::of_fields(fields, context, Nonsense::Drops, |reader| {
        if is_alert { alert::decode(reader) } else { live(reader) }
    })
}

/// The live push: `gpstime` without a zone, flags as "0" and "1".
fn live(reader: &mut Reader<'_>) -> Result<Judgement, Refusal> {
    let vehicle = reader.vehicle(VEHICLE)?;
    let reading = Reading {
        vehicle,
        time: reader.time(&["gpstime", "gps_time", "device_time", "timestamp", "received_at"])?,
        point: reader.point(&["latitude", "lat"], &["longitude", "lon", "lng", "long"])?,
        speed: reader.speed(&["speed"], Kmh)?,
        heading: reader.heading(&["orientation", "heading", "bearing"])?,
        ignition: reader.flag(&["ignition"])?,
        altitude: reader.number(&["altitude"])?.map(Metres),
        accuracy: None,
        // Its unit is not published.
        odometer: None,
        signals: Signals {
            harsh_braking: reader.flag(&["harshBraking"])?.unwrap_or_default(),
            harsh_acceleration: reader.flag(&["harshAcceleration"])?.unwrap_or_default(),
            sharp_turn: reader.flag(&["sharpTurn"])?.unwrap_or_default(),
        },
    };
    reader.judge(reading)
}

#[cfg(test)]
mod tests;
