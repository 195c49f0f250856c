//! Watch Tower's own language: a JSON list or NDJSON of
//! `{vehicle, ts, lat, lon, speed_kmh?, heading?, ignition?, …}`.
//!
//! A list is read whole, so a `NaN` anywhere makes it no JSON; lines are judged
//! one by one. Nonsense in an optional field refuses the element: whoever writes
//! this can be told.

use watchtower_core::domain::{
    position::Signals,
    units::{Kmh, Metres},
};

use super::{
    Context, Element, Judgement, Malformed, Refusal, Request, body,
    reader::{self, Nonsense, Reader, Reading},
};

/// Decodes a list, one object, or lines.
pub fn decode(request: &Request<'_>, context: &Context) -> Result<Vec<Element>, Malformed> {
    let one = |raw| reader::element(raw, context, Nonsense::Refuses, position);
    let by_line = || -> Result<Vec<Element>, Malformed> {
        let lines = body::lines(request.body)?;
        Ok(lines.into_iter().map(|line| line.map_or_else(reader::refused, one)).collect())
    };
    if request.content_type.is_some_and(is_ndjson) {
        return by_line();
    }
    match body::elements(request.body) {
        Ok(elements) => body::gathered(elements.into_iter().map(one)),
        // Not one JSON text, but maybe several: lines whose sender did not say so.
        Err(Malformed::Json { reason }) if body::first(request.body) == Some(b'{') => {
            match body::gathered(by_line()?.into_iter()) {
                Ok(elements) if elements.len() > 1 => Ok(elements),
                _ => Err(Malformed::Json { reason }),
            }
        }
        Err(malformed) => Err(malformed),
    }
}

fn is_ndjson(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"]
        .iter()
        .any(|known| essence.eq_ignore_ascii_case(known))
}

fn position(reader: &mut Reader<'_>) -> Result<Judgement, Refusal> {
    let vehicle = reader.vehicle(&["vehicle", "vehicle_id", "vehicle_number", "truck"])?;
    let time = reader.time(&["ts", "time", "timestamp", "device_time"])?;
    let reading = Reading {
        vehicle,
        time,
        point: reader.point(&["lat", "latitude"], &["lon", "lng", "longitude"])?,
        speed: reader.speed(&["speed_kmh", "speed"], Kmh)?,
        heading: reader.heading(&["heading", "heading_deg", "bearing", "course"])?,
        ignition: reader.flag(&["ignition"])?,
        altitude: reader.number(&["altitude_m", "altitude"])?.map(Metres),
        accuracy: reader.length(&["accuracy_m", "accuracy"])?,
        odometer: reader.length(&["odometer_m"])?,
        signals: Signals::default(),
    };
    reader.judge(reading)
}

#[cfg(test)]
mod tests;
