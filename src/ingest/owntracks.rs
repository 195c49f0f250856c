//! OwnTracks in HTTP mode: JSON with `_type`, of which `location` is a fix
//! (`tst` in seconds, `vel` in km/h, `cog` in degrees).
//!
//! Who sends is told by the headers `X-Limit-U` and `X-Limit-D`, the query's `u`
//! and `d`, the topic `owntracks/<user>/<device>`, or last the two letters of
//! `tid`. With user and device the vehicle is `USER/DEVICE`.

use watchtower_core::domain::{
    id::VehicleKey,
    position::Signals,
    units::{Kmh, Metres},
};

use super::{
    Context, Element, Judgement, Malformed, Refusal, RefusalClass, Request, body,
    fields::Fields,
    reader::{self, Nonsense, Reader, Reading},
};

/// Messages the app sends that say nothing of where it is.
const OTHER: &[&str] = &[
    "beacon",
    "card",
    "cmd",
    "configuration",
    "dump",
    "lwt",
    "request",
    "status",
    "steps",
    "transition",
    "waypoint",
    "waypoints",
];

/// Decodes one message, or a list of them.
pub fn decode(request: &Request<'_>, context: &Context) -> Result<Vec<Element>, Malformed> {
    let sender = sender(request);
    let one =
        |raw| reader::element(raw, context, Nonsense::Drops, |reader| message(reader, sender.as_deref()));
    body::gathered(body::elements(request.body)?.into_iter().map(one))
}

/// `user/device` as the transport tells it.
fn sender(request: &Request<'_>) -> Option<String> {
    let query = Fields::of_form(request.query.unwrap_or_default().as_bytes());
    let from_query = |name: &str| query.find(&[name]).and_then(|field| field.text().ok());
    let told = |header: Option<&str>, name: &str| {
        header.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).or_else(|| from_query(name))
    };
    joined(told(request.user, "u"), told(request.device, "d"))
}

fn joined(user: Option<String>, device: Option<String>) -> Option<String> {
    match (user, device) {
        (Some(user), Some(device)) => Some(format!("{user}/{device}")),
        (user, device) => user.or(device),
    }
}

fn message(reader: &mut Reader<'_>, sender: Option<&str>) -> Result<Judgement, Refusal> {
    let kind = reader.fields.find(&["_type"]).ok_or_else(|| reader::missing(&["_type"]))?.text()?;
    match kind.as_str() {
        "location" => fix(reader, sender),
        other if OTHER.contains(&other) => Ok(Judgement::Inputs(Vec::new())),
        "encrypted" => Err(Refusal::new(RefusalClass::Unknown, "_type: encrypted messages cannot be read")),
        other => Err(Refusal::new(RefusalClass::Unknown, format!("_type: unknown message {other:?}"))),
    }
}

fn fix(reader: &mut Reader<'_>, sender: Option<&str>) -> Result<Judgement, Refusal> {
    let vehicle = vehicle(reader, sender)?;
    let reading = Reading {
        vehicle,
        time: reader.time(&["tst"])?,
        point: reader.point(&["lat"], &["lon"])?,
        speed: reader.speed(&["vel"], Kmh)?,
        heading: match reader.number(&["cog"])? {
            Some(degrees) if degrees < 0.0 => None,
            _ => reader.heading(&["cog"])?,
        },
        ignition: None,
        altitude: reader.number(&["alt"])?.map(Metres),
        accuracy: reader.length(&["acc"])?,
        odometer: None,
        signals: Signals::default(),
    };
    reader.judge(reading)
}

fn vehicle(reader: &mut Reader<'_>, sender: Option<&str>) -> Result<VehicleKey, Refusal> {
    if let Some(sender) = sender {
        return reader.named("X-Limit-U/X-Limit-D", sender);
    }
    let topic = reader.fields.find(&["topic"]).map(|field| field.text()).transpose()?;
    // `owntracks/<user>/<device>`, with whatever a broker puts below it.
    let named = topic.as_deref().and_then(|topic| {
        let mut levels = topic.trim_start_matches('/').split('/').skip(1).map(str::to_owned);
        joined(levels.next(), levels.next())
    });
    match named {
        Some(name) => reader.named("topic", &name),
        None => reader.vehicle(&["tid"]),
    }
}

#[cfg(test)]
mod tests;
