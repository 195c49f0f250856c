//! The answer of `last_known`: one vehicle with its readings nested, each with
//! a unit and a time of its own.

use serde_json::{Map, Value};

use super::Fields;

/// Readings below `gps`, by the name the live push gives them.
const READINGS: [(&str, &str); 5] = [
    ("latitude", "/currentLocationCoordinates/lat/value"),
    ("longitude", "/currentLocationCoordinates/long/value"),
    ("speed", "/speed/value"),
    ("orientation", "/orientation/value"),
    ("ignition", "/ignition/value"),
];

/// Where the time of the fix is found: that of the coordinates first, because a
/// parked vehicle's speed is younger than its place.
const TIMES: [&str; 3] = [
    "/currentLocationCoordinates/lat/timestamp",
    "/currentLocationCoordinates/long/timestamp",
    "/speed/timestamp",
];

/// Whether an element is of this shape.
pub(super) fn looks_like(fields: &Fields) -> bool {
    fields.find(&["gps"]).is_some_and(|field| field.value.is_object())
}

/// The same as a live push.
pub(super) fn flattened(fields: Fields) -> Fields {
    let mut map = fields.into_map();
    let gps = map.remove("gps").unwrap_or_default();
    let mut flat = Map::new();
    for name in ["vehicleNumber", "vehicleId"] {
        flat.extend(map.remove(name).map(|value| (name.to_owned(), value)));
    }
    for (name, pointer) in READINGS {
        flat.extend(gps.pointer(pointer).map(|value| (name.to_owned(), value.clone())));
    }
    let time = TIMES.iter().find_map(|pointer| gps.pointer(pointer).filter(|value| !value.is_null()));
    flat.extend(time.map(|value: &Value| ("gpstime".to_owned(), value.clone())));
    Fields::new(flat)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use watchtower_core::domain::{position::Source, time::Timestamp};

    use crate::ingest::{Context, Input, Judgement, Limits, Request, loconav};

    #[test]
    fn a_fix_is_read_from_the_nested_readings() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let context = Context {
            source: Source::wall("loconav"),
            now,
            zone: chrono_tz::Africa::Lagos,
            limits: Limits::default(),
            aliases: Default::default(),
            names: Default::default(),
        };
        let at = now.millis() / 1000 - 300;
        let reading =
            |value: serde_json::Value, at: i64| json!({"displayName": "x", "value": value, "timestamp": at});
        let body = json!([
            {"vehicleNumber": "T 11 LA", "vehicleId": "u-1", "gps": {
                "speed": reading(59.0.into(), at + 60), "ignition": {"value": "ON"}, "orientation": reading("34".into(), at + 60),
                "currentLocationCoordinates": {"lat": reading(6.5.into(), at), "long": reading("3.4".into(), at)}}},
            {"vehicleNumber": "T12LA", "vehicleId": "u-2", "gps": {}}
        ])
        .to_string();
        let elements =
            loconav::decode(&Request { body: body.as_bytes(), ..Request::default() }, &context).unwrap();
        let Judgement::Inputs(inputs) = &elements[0].judgement else { panic!("{:?}", elements[0]) };
        let [Input::Fix { vehicle, position }] = inputs.as_slice() else { panic!("{inputs:?}") };
        assert_eq!(vehicle.as_str(), "T11LA");
        assert_eq!((position.point.lat(), position.point.lon()), (6.5, 3.4));
        assert_eq!(position.device_time.millis() / 1000, at);
        assert_eq!(position.ignition, Some(true));
        assert_eq!(position.heading.map(|heading| heading.degrees()), Some(34.0));
        let Judgement::Refused(refusal) = &elements[1].judgement else { panic!("{:?}", elements[1]) };
        assert_eq!(refusal.reason, "gpstime: missing");
    }
}
