//! OsmAnd's protocol as the Traccar clients speak it: `id, lat, lon, timestamp,
//! speed (knots), bearing, altitude, accuracy` as query or form, or the newer
//! clients' JSON `{device_id, location: {timestamp, coords: {…, speed (m/s)}}}`.

use serde_json::{Map, Value, value::RawValue};
use watchtower_core::domain::{
    id::VehicleKey,
    position::Signals,
    units::{Kmh, Metres},
};

use super::{
    Context, Element, Judgement, Malformed, Refusal, RefusalClass, Request, body,
    fields::{Fields, type_name},
    reader::{self, Moment, Nonsense, Reader, Reading},
};

/// Names of the device: what the clients send, and what other trackers do.
const IDS: &[&str] = &["id", "deviceid", "device_id", "imei", "uniqueid"];

/// The field that named the device, and what it held.
type Id = Option<(String, Result<String, Refusal>)>;

/// Decodes a request. Clients that POST with an empty body have everything in
/// the query.
pub fn decode(request: &Request<'_>, context: &Context) -> Result<Vec<Element>, Malformed> {
    let query = request.query.unwrap_or_default();
    match body::first(request.body) {
        None if query.is_empty() => Err(Malformed::Empty),
        None => Ok(vec![form(query.as_bytes(), context)]),
        Some(b'{' | b'[') => json(request.body, query, context),
        Some(_) => {
            let text = std::str::from_utf8(request.body).map_err(|_| Malformed::Encoding)?;
            Ok(vec![form([query, text.trim()].join("&").as_bytes(), context)])
        }
    }
}

fn form(text: &[u8], context: &Context) -> Element {
    reader::of_fields(Fields::of_form(text), context, Nonsense::Drops, |reader| {
        let vehicle = reader.vehicle(IDS)?;
        fix(reader, vehicle, Kmh::from_knots)
    })
}

fn json(text: &[u8], query: &str, context: &Context) -> Result<Vec<Element>, Malformed> {
    let query = Fields::of_form(query.as_bytes());
    let elements = body::elements(text)?;
    body::gathered(elements.into_iter().flat_map(|raw| locations(raw, &query, context)))
}

/// One message of the newer clients: `location` is one, or several that waited
/// for the network.
fn locations(raw: &RawValue, query: &Fields, context: &Context) -> Vec<Element> {
    let fields = match Fields::read(raw) {
        Ok(fields) => fields,
        Err(refusal) => return vec![reader::refused(refusal)],
    };
    let id = fields.find(IDS).or_else(|| query.find(IDS)).map(|field| (field.name.to_owned(), field.text()));
    let mut map = fields.into_map();
    let found = match map.remove("location") {
        // The flat names of the query, written as JSON.
        None => {
            let flat = Fields::new(map);
            return vec![reader::of_fields(flat, context, Nonsense::Drops, |reader| {
                let vehicle = named(reader, id)?;
                fix(reader, vehicle, Kmh::from_knots)
            })];
        }
        Some(Value::Array(list)) => list,
        Some(other) => vec![other],
    };
    found.into_iter().map(|location| one(location, id.clone(), context)).collect()
}

fn one(location: Value, id: Id, context: &Context) -> Element {
    let mut outer = match location {
        Value::Object(map) => map,
        other => {
            let reason = format!("location: expected an object, found {}", type_name(&other));
            return reader::refused(Refusal::new(RefusalClass::Type, reason));
        }
    };
    let fields = flattened(&mut outer);
    reader::of_fields(Fields::new(fields), context, Nonsense::Drops, |reader| {
        let vehicle = named(reader, id)?;
        fix(reader, vehicle, Kmh::from_metres_per_second)
    })
}

/// `coords` and what stands beside it, on one level.
fn flattened(outer: &mut Map<String, Value>) -> Map<String, Value> {
    let mut fields = match outer.remove("coords") {
        Some(Value::Object(coords)) => coords,
        _ => Map::new(),
    };
    for (name, value) in std::mem::take(outer) {
        fields.entry(name).or_insert(value);
    }
    fields
}

fn named(reader: &mut Reader<'_>, id: Id) -> Result<VehicleKey, Refusal> {
    let (field, text) = id.ok_or_else(|| reader::missing(&["device_id"]))?;
    reader.named(&field, &text?)
}

fn fix(reader: &mut Reader<'_>, vehicle: VehicleKey, speed: fn(f64) -> Kmh) -> Result<Judgement, Refusal> {
    if reader.flag(&["valid"])? == Some(false) {
        return Err(Refusal::new(RefusalClass::Range, "valid: false, the device has no fix"));
    }
    split_location(reader)?;
    // Like Traccar's own server: a message without a time is of now.
    let time = reader
        .time_if_any(&["timestamp", "time", "ts"])?
        .unwrap_or_else(|| Moment { field: "timestamp".into(), at: reader.context.now });
    let reading = Reading {
        vehicle,
        time,
        point: reader.point(&["lat", "latitude"], &["lon", "lng", "longitude"])?,
        speed: reader.speed(&["speed"], speed)?,
        // The platform's word for "unknown" is −1.
        heading: match reader.number(&["bearing", "heading", "course"])? {
            Some(degrees) if degrees < 0.0 => None,
            _ => reader.heading(&["bearing", "heading", "course"])?,
        },
        ignition: reader.flag(&["ignition"])?,
        altitude: reader.number(&["altitude"])?.map(Metres),
        accuracy: reader.length(&["accuracy"])?,
        odometer: reader.length(&["odometer"])?,
        signals: Signals::default(),
    };
    reader.judge(reading)
}

/// `location=lat,lon`, which some trackers send in place of the two fields.
fn split_location(reader: &mut Reader<'_>) -> Result<(), Refusal> {
    let Some(field) = reader.fields.find(&["location"]) else { return Ok(()) };
    let text = field.text()?;
    let Some((lat, lon)) = text.split_once(',') else {
        let reason = format!("{}: expected lat,lon, found {text:?}", field.name);
        return Err(Refusal::new(RefusalClass::Type, reason));
    };
    let (lat, lon) = (Value::from(lat), Value::from(lon));
    reader.fields.put("lat", lat);
    reader.fields.put("lon", lon);
    Ok(())
}

#[cfg(test)]
mod tests;
