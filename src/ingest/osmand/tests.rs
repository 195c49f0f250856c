use watchtower_core::domain::{
    position::{Position, Source},
    time::Timestamp,
};

use crate::ingest::{Context, Element, Format, Input, Judgement, Limits, Malformed, Request, decode};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text, chrono_tz::UTC).unwrap()
}

fn decoded(query: &str, body: &str) -> Result<Vec<Element>, Malformed> {
    let context = Context {
        source: Source::wall("osmand"),
        now: at("2026-03-05T12:00:00Z"),
        zone: chrono_tz::Africa::Lagos,
        limits: Limits::default(),
        aliases: Default::default(),
        names: Default::default(),
    };
    let request = Request { query: Some(query), body: body.as_bytes(), ..Request::default() };
    decode(Format::OsmAnd, &request, &context)
}

fn fix(element: &Element) -> &Position {
    match &element.judgement {
        Judgement::Inputs(inputs) => match inputs.as_slice() {
            [Input::Fix { position, .. }] => position,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn reason(element: &Element) -> &str {
    match &element.judgement {
        Judgement::Refused(refusal) => &refusal.reason,
        other => panic!("{other:?}"),
    }
}

const QUERY: &str = "id=lsd%20482&lat=6.4441&lon=3.3675&timestamp=1772711970&speed=10&bearing=90.5\
    &altitude=12.5&accuracy=4&batt=80";

#[test]
fn query_and_form_are_the_same() {
    for (query, body) in [(QUERY, ""), ("", QUERY), ("id=lsd%20482", &QUERY[QUERY.find("lat").unwrap()..])] {
        let elements = decoded(query, body).unwrap();
        let fix = fix(&elements[0]);
        assert_eq!(elements[0].vehicle.as_ref().unwrap().as_str(), "LSD482");
        assert_eq!(fix.device_time, at("2026-03-05T11:59:30Z"));
        assert_eq!(fix.speed_kmh.unwrap().get(), 18.52, "knots");
        assert_eq!(fix.heading.unwrap().degrees(), 90.5);
        assert_eq!(fix.altitude_m.unwrap().get(), 12.5);
        assert_eq!(fix.accuracy_m.unwrap().get(), 4.0);
    }
}

#[test]
fn times_come_as_seconds_milliseconds_iso_or_not_at_all() {
    let cases = [
        ("1772711970", "2026-03-05T11:59:30Z"),
        ("1772711970250", "2026-03-05T11:59:30.250Z"),
        ("2026-03-05T11:59:30Z", "2026-03-05T11:59:30Z"),
        ("2026-03-05T12:59:30%2B01:00", "2026-03-05T11:59:30Z"),
        ("", "2026-03-05T12:00:00Z"),
    ];
    for (text, expected) in cases {
        let elements = decoded(&format!("id=a&lat=6&lon=3&timestamp={text}"), "").unwrap();
        assert_eq!(fix(&elements[0]).device_time, at(expected), "{text}");
    }
}

#[test]
fn json_of_newer_clients_is_in_metres_a_second_and_minus_one_is_unknown() {
    let location = r#"{"timestamp":"2026-03-05T11:59:30.000Z","odometer":1200.5,"is_moving":true,
        "coords":{"latitude":6.4441,"longitude":3.3675,"speed":10,"heading":-1,"accuracy":5,"altitude":7}}"#;
    let elements = decoded("", &format!(r#"{{"device_id":"kja77","location":{location}}}"#)).unwrap();
    let one = fix(&elements[0]);
    assert_eq!(elements[0].vehicle.as_ref().unwrap().as_str(), "KJA77");
    assert_eq!(one.speed_kmh.unwrap().get(), 36.0);
    assert_eq!(one.heading, None);
    assert_eq!(one.odometer_m.unwrap().get(), 1200.5);
    assert!(elements[0].notes.is_empty(), "{:?}", elements[0].notes);

    let unknown = location.replace("\"speed\":10", "\"speed\":-1");
    let waited = decoded("id=kja77", &format!(r#"{{"location":[{location},{unknown},7]}}"#)).unwrap();
    assert_eq!(waited.len(), 3);
    assert_eq!(fix(&waited[0]), one);
    assert_eq!(fix(&waited[1]).speed_kmh, None);
    assert_eq!(reason(&waited[2]), "location: expected an object, found a number");
}

#[test]
fn what_is_missing_or_nonsense_is_named() {
    let cases = [
        ("lat=6&lon=3&timestamp=1772711970", "id: missing"),
        ("id=a&lon=3&timestamp=1772711970", "lat: missing"),
        ("id=a&lat=6&lon=203&timestamp=1772711970", "lon: longitude 203 is out of range ±180"),
        ("id=a&lat=NaN&lon=3&timestamp=1772711970", "lat: latitude is not a finite number"),
        ("id=a&lat=0&lon=0.0&timestamp=1772711970", "lat/lon: exactly 0/0"),
        ("id=a&lat=6&lon=3&timestamp=3476000000", "timestamp: 2080-"),
        ("id=a&lat=6&lon=3&timestamp=never", "timestamp: unreadable time \"never\""),
        ("id=a&lat=6&lon=3&valid=false", "valid: false"),
    ];
    for (query, expected) in cases {
        let elements = decoded(query, "").unwrap();
        assert!(reason(&elements[0]).starts_with(expected), "{query}: {}", reason(&elements[0]));
    }
    assert_eq!(decoded("", ""), Err(Malformed::Empty));
    assert!(matches!(decoded("", "{\"device_id\":"), Err(Malformed::Json { .. })));
}

#[test]
fn both_coordinates_may_come_in_one_field() {
    let elements = decoded("deviceid=a&location=6.5,3.4&timestamp=1772711970", "").unwrap();
    assert_eq!(fix(&elements[0]).point.lon(), 3.4);
    let elements = decoded("deviceid=a&location=here&timestamp=1772711970", "").unwrap();
    assert!(reason(&elements[0]).starts_with("location: expected lat,lon"));
}
