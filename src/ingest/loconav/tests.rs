//! Values are ours; fields and shapes are the vendor's.

use watchtower_core::domain::{
    alert::{Alert, AlertKind},
    position::{Position, Source},
    time::Timestamp,
};

use crate::ingest::{
    Context, Element, Format, Input, Judgement, Limits, Malformed, RefusalClass, Request, decode,
};

fn context() -> Context {
    Context {
        source: Source::wall("loconav"),
        now: at("2026-03-05T12:00:00Z"),
        zone: chrono_tz::Africa::Lagos,
        limits: Limits::default(),
        aliases: Default::default(),
        names: Default::default(),
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text, chrono_tz::UTC).unwrap()
}

fn elements(body: &str) -> Vec<Element> {
    decode(Format::LocoNav, &Request { body: body.as_bytes(), ..Request::default() }, &context()).unwrap()
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

fn alert(element: &Element) -> &Alert {
    match &element.judgement {
        Judgement::Inputs(inputs) => match inputs.as_slice() {
            [Input::Alert(alert)] => alert,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn refusal(element: &Element) -> (RefusalClass, &str) {
    match &element.judgement {
        Judgement::Refused(refusal) => (refusal.class, &refusal.reason),
        other => panic!("{other:?}"),
    }
}

/// A live push with one field set to a JSON value, or left out for "".
fn live_with(field: &str, value: &str) -> String {
    let fields = [
        ("imei", "\"0867400031\""),
        ("speed", "38.5"),
        ("gpstime", "\"05-03-2026 12:59:30\""),
        ("ignition", "\"1\""),
        ("latitude", "6.4441"),
        ("longitude", "3.3675"),
        ("sharpTurn", "\"0\""),
        ("orientation", "271.0"),
        ("harshBraking", "\"0\""),
        ("vehiclenumber", "\"lsd 482 xa\""),
        ("rockBreakerPedal", "\"0\""),
        ("harshAcceleration", "\"0\""),
    ];
    let fields = fields.iter().map(|(name, usual)| (*name, if *name == field { value } else { *usual }));
    let fields: Vec<_> = fields
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", fields.join(","))
}

#[test]
fn a_live_push_is_a_fix_in_the_zone_of_the_fleet() {
    let element = &elements(&live_with("", ""))[0];
    let fix = fix(element);
    assert_eq!(element.vehicle.as_ref().unwrap().as_str(), "LSD482XA");
    assert_eq!(fix.device_time, at("2026-03-05T11:59:30Z"));
    assert_eq!(fix.received_at, context().now);
    assert_eq!((fix.point.lat(), fix.point.lon()), (6.4441, 3.3675));
    assert_eq!(fix.speed_kmh.unwrap().get(), 38.5);
    assert_eq!(fix.heading.unwrap().degrees(), 271.0);
    assert_eq!(fix.ignition, Some(true));
    assert!(fix.signals.is_quiet());
    assert!(element.notes.is_empty());
}

#[test]
fn flags_of_any_shape_become_signals() {
    for value in ["\"1\"", "1", "true", "\"true\""] {
        let element = &elements(&live_with("harshBraking", value))[0];
        let signals = fix(element).signals;
        assert!(signals.harsh_braking && !signals.harsh_acceleration && !signals.sharp_turn, "{value}");
    }
}

#[test]
fn numbers_as_text_and_times_in_five_shapes_are_read() {
    assert_eq!(fix(&elements(&live_with("latitude", "\" 6.4441 \""))[0]).point.lat(), 6.4441);
    assert_eq!(fix(&elements(&live_with("speed", "\"12\""))[0]).speed_kmh.unwrap().get(), 12.0);
    let shapes = [
        "\"05-03-2026 12:59:30\"",
        "\"2026-03-05T11:59:30Z\"",
        "\"2026-03-05T17:29:30.000+05:30\"",
        "\"2026-03-05T12:59:30\"",
        "1772711970",
        "1772711970000",
        "\"1772711970\"",
    ];
    for shape in shapes {
        let fixes = elements(&live_with("gpstime", shape));
        assert_eq!(fix(&fixes[0]).device_time, at("2026-03-05T11:59:30Z"), "{shape}");
    }
}

#[test]
fn what_a_fix_cannot_do_without_is_refused_by_name() {
    use RefusalClass::*;
    let cases = [
        ("latitude", "", Missing, "latitude: missing"),
        ("latitude", "null", Missing, "latitude: missing"),
        ("latitude", "\"\"", Missing, "latitude: missing"),
        ("latitude", "91.5", Range, "latitude: latitude 91.5 is out of range ±90"),
        ("longitude", "-180.01", Range, "longitude: longitude -180.01 is out of range ±180"),
        ("longitude", "\"NaN\"", Range, "longitude: longitude is not a finite number"),
        ("latitude", "\"inf\"", Range, "latitude: latitude is not a finite number"),
        ("latitude", "[6.4]", Type, "latitude: expected a number, found a list"),
        ("latitude", "true", Type, "latitude: expected a number, found true"),
        ("longitude", "\"east\"", Type, "longitude: expected a number, found \"east\""),
        ("gpstime", "", Missing, "gpstime: missing"),
        ("gpstime", "\"soon\"", Time, "gpstime: unreadable time \"soon\""),
        ("gpstime", "\"32-03-2026 12:59:30\"", Time, "gpstime: unreadable time"),
        ("gpstime", "{}", Type, "gpstime: expected text, found an object"),
        ("gpstime", "-7", Range, "gpstime: time -7 is out of range"),
        (
            "gpstime",
            "\"05-03-2080 12:59:30\"",
            Future,
            "gpstime: 2080-03-05T11:59:30.000Z is 19724 days ahead",
        ),
        ("gpstime", "\"05-03-2026 13:05:01\"", Future, "gpstime: 2026-03-05T12:05:01.000Z is 5 min ahead"),
        ("vehiclenumber", "\"\\u0007\"", Vehicle, "vehiclenumber: vehicle number contains a control"),
    ];
    for (field, value, class, reason) in cases {
        let elements = elements(&live_with(field, value));
        let (found, said) = refusal(&elements[0]);
        assert_eq!(found, class, "{field} {value}: {said}");
        assert!(said.starts_with(reason), "{field} {value}: {said}");
    }
    // 5 min to the second are allowed.
    fix(&elements(&live_with("gpstime", "\"05-03-2026 13:05:00\""))[0]);
}

#[test]
fn null_island_is_refused_and_its_surroundings_are_not() {
    let null = live_with("latitude", "0.0").replace("3.3675", "\"0\"");
    assert_eq!(refusal(&elements(&null)[0]).0, RefusalClass::NullIsland);
    assert_eq!(fix(&elements(&live_with("latitude", "0"))[0]).point.lat(), 0.0);
}

#[test]
fn nonsense_in_optional_fields_costs_only_the_field() {
    let cases = [
        ("speed", "-3", "speed: -3 is negative (dropped)"),
        ("speed", "\"NaN\"", "speed: not a finite number (dropped)"),
        ("speed", "\"fast\"", "speed: expected a number, found \"fast\" (dropped)"),
        ("orientation", "4711", "orientation: 4711 is no course in degrees (dropped)"),
        ("ignition", "\"maybe\"", "ignition: expected a flag, found \"maybe\" (dropped)"),
        ("sharpTurn", "{}", "sharpTurn: expected a flag, found an object (dropped)"),
    ];
    for (field, value, note) in cases {
        let elements = elements(&live_with(field, value));
        fix(&elements[0]);
        assert_eq!(elements[0].notes, [note]);
    }
}

#[test]
fn a_fix_older_than_the_retention_is_stale_unless_the_source_has_its_own_clock() {
    let body = live_with("gpstime", "\"01-01-2026 00:00:00\"");
    let Judgement::Stale(reason) = &elements(&body)[0].judgement else { panic!("not stale") };
    assert_eq!(reason, "stale: gpstime: 2025-12-31T23:00:00.000Z is older than the 30 days kept");
    let replay = Context { source: Source::event("replay:march"), ..context() };
    for time in ["\"01-01-2006 00:00:00\"", "\"01-01-2046 00:00:00\""] {
        let body = live_with("gpstime", time);
        let request = Request { body: body.as_bytes(), ..Request::default() };
        fix(&decode(Format::LocoNav, &request, &replay).unwrap()[0]);
    }
}

#[test]
fn the_tracker_names_the_vehicle_when_nothing_else_does_and_aliases_are_resolved() {
    let body = live_with("vehiclenumber", "\"\"");
    assert_eq!(elements(&body)[0].vehicle.as_ref().unwrap().as_str(), "0867400031");
    let key = |text| watchtower_core::domain::id::VehicleKey::new(text).unwrap();
    let aliases = std::sync::Arc::new([(key("0867400031"), key("LSD482XA"))].into());
    let request = Request { body: body.as_bytes(), ..Request::default() };
    let known = decode(Format::LocoNav, &request, &Context { aliases, ..context() }).unwrap();
    assert_eq!(known[0].vehicle, Some(key("LSD482XA")));
}

/// An alert in the shape of episodes.
fn episode(kind: &str, end: &str, more: &str) -> String {
    format!(
        r#"{{"id":9001,"vehicle_number":"KJA 77 B","active_event_time":"2026-03-05T10:20:00Z",
        "active_event_latitude":6.45,"active_event_longitude":"3.39",{end}
        "inactive_event_latitude":6.46,"inactive_event_longitude":3.4,
        "created_at":"2026-03-05T10:21:00Z","event_key":"k-17",{more}"kind":"{kind}"}}"#
    )
}

/// An alert in the shape of moments.
fn moment(kind: &str, more: &str) -> String {
    format!(
        r#"{{"id":"9002","event_time":"2026-03-05T15:50:00.000+05:30","latitude":6.45,"longitude":3.39,
        "vehicle_number":"KJA77B","created_at":"2026-03-05T10:21:00Z","truck_id":31,{more}"kind":"{kind}"}}"#
    )
}

const ENDED: &str = r#""inactive_event_time":"2026-03-05T10:35:00Z","#;

#[test]
fn every_published_kind_is_mapped() {
    use AlertKind::*;
    let episodes = [
        ("OverspeedAlert", Overspeed),
        ("IgnitionAlert", Ignition),
        ("IdlingAlert", Idle),
        ("FatigueAlert", Fatigue),
        ("OverrevAlert", Overrev),
        ("GeofenceAlert", Geofence),
        ("DeviceRemovalAlert", DeviceRemoval),
        ("VehicleLowBatteryVoltageAlert", LowBattery),
        ("DtcAlert", TroubleCode),
        ("DeviceOfflineAlert", DeviceOffline),
    ];
    let moments = [
        ("SuddenBrakingAlert", HarshBraking),
        ("SuddenAccelerationAlert", HarshAcceleration),
        ("AntiTheftAlert", AntiTheft),
        ("CrashDuringOverspeedAlert", Crash),
        ("SharpTurnAlert", SharpTurn),
        ("RefuelingAlert", Refueling),
        ("PossibleFuelTheftAlert", FuelTheft),
    ];
    assert_eq!(episodes.len() + moments.len(), 17);
    let start = at("2026-03-05T10:20:00Z");
    for (name, kind) in episodes {
        let ended = elements(&episode(name, ENDED, ""));
        let (ended, open) = (alert(&ended[0]), &elements(&episode(name, "", ""))[0]);
        assert_eq!((ended.kind, ended.severity), (kind, kind.severity()), "{name}");
        assert_eq!((ended.start, ended.end), (start, Some(at("2026-03-05T10:35:00Z"))));
        assert_eq!(alert(open).end, None, "{name}");
        assert_eq!(alert(open).id, ended.id, "the push with the end is of the same episode");
        assert_eq!(ended.values["end_lat"], 6.46);
    }
    for (name, kind) in moments {
        let elements = elements(&moment(name, ""));
        let alert = alert(&elements[0]);
        assert_eq!((alert.kind, alert.start, alert.end), (kind, start, Some(start)), "{name}");
        assert_eq!(alert.values["loconav_id"], "9002");
        assert_eq!(alert.values["loconav_truck_id"], "31");
    }
}

#[test]
fn an_alert_carries_its_figures() {
    let cases = [
        (episode("OverspeedAlert", ENDED, r#""speed":"88.5","#), "speed_kmh", serde_json::json!(88.5)),
        (episode("OverrevAlert", ENDED, r#""rpm_value":5200,"#), "rpm", serde_json::json!(5200.0)),
        (episode("GeofenceAlert", ENDED, r#""polygon_id":77,"#), "polygon_id", serde_json::json!("77")),
        (episode("DtcAlert", ENDED, r#""dtc_code":"P0301","#), "dtc_code", serde_json::json!("P0301")),
        (moment("RefuelingAlert", r#""refueled_in_liters":140.5,"#), "fuel_litres", serde_json::json!(140.5)),
        (
            moment("PossibleFuelTheftAlert", r#""fuel_theft_in_percent":9,"#),
            "fuel_percent",
            serde_json::json!(9.0),
        ),
        (
            episode("FatigueAlert", ENDED, r#""start_time":"2026-03-05T06:00:00Z","#),
            "counted_from",
            serde_json::json!("2026-03-05T06:00:00.000Z"),
        ),
    ];
    for (body, name, value) in cases {
        let elements = elements(&body);
        let alert = alert(&elements[0]);
        assert_eq!(alert.values[name], value);
        assert_eq!(alert.vehicle.as_str(), "KJA77B");
        assert_eq!(&*alert.source, "loconav");
        assert_eq!((alert.point.unwrap().lat(), alert.point.unwrap().lon()), (6.45, 3.39));
    }
}

#[test]
fn an_alert_is_news_however_late_it_comes() {
    let elements = elements(&moment("CrashDuringOverspeedAlert", "").replace("2026-03-05", "2021-03-05"));
    assert_eq!(alert(&elements[0]).start, at("2021-03-05T10:20:00Z"));
}

#[test]
fn alerts_of_two_fences_at_one_moment_are_two() {
    let of = |polygon: u32| {
        let elements = elements(&episode("GeofenceAlert", ENDED, &format!(r#""polygon_id":{polygon},"#)));
        alert(&elements[0]).id
    };
    assert_ne!(of(1), of(2));
}

#[test]
fn times_of_alerts_without_a_zone_are_of_the_fleet() {
    let elements = elements(&episode("DtcAlert", "", "").replace("10:20:00Z", "11:20:00"));
    assert_eq!(alert(&elements[0]).start, at("2026-03-05T10:20:00Z"));
}

#[test]
fn an_alert_with_bad_coordinates_or_end_is_kept_without_them() {
    let far = elements(&episode("DtcAlert", "", "").replace("6.45,", "96.45,"));
    assert_eq!(alert(&far[0]).point, None);
    assert!(
        far[0].notes[0].contains("active_event_latitude: latitude 96.45 is out of range"),
        "{:?}",
        far[0].notes
    );
    let none =
        elements(r#"{"kind":"AntiTheftAlert","event_time":"2026-03-05T10:20:00Z","vehicle_number":"A1"}"#);
    assert_eq!(alert(&none[0]).point, None);
    let backwards = r#""inactive_event_time":"2026-03-05T09:00:00Z","#;
    let backwards = elements(&episode("OverspeedAlert", backwards, ""));
    assert_eq!(alert(&backwards[0]).end, None);
    assert!(backwards[0].notes[0].contains("is before the start"), "{:?}", backwards[0].notes);
}

#[test]
fn an_alert_nobody_can_place_is_refused_by_name() {
    let unknown = elements(&moment("TyrePressureAlert", ""));
    assert_eq!(
        refusal(&unknown[0]),
        (RefusalClass::Unknown, "kind: unknown alert kind \"TyrePressureAlert\"")
    );
    assert!(unknown[0].vehicle.is_some());
    let kindless = elements(r#"{"event_time":"2026-03-05T10:20:00Z","vehicle_number":"A1"}"#);
    assert_eq!(refusal(&kindless[0]), (RefusalClass::Missing, "kind: missing"));
    let timeless = elements(r#"{"kind":"DtcAlert","vehicle_number":"A1"}"#);
    assert_eq!(refusal(&timeless[0]), (RefusalClass::Missing, "active_event_time: missing"));
    let ahead = elements(&moment("AntiTheftAlert", "").replace("2026-03-05T15", "2080-03-05T15"));
    assert_eq!(refusal(&ahead[0]).0, RefusalClass::Future);
}

#[test]
fn one_push_a_list_of_both_families_and_wrapped_ones_are_the_same() {
    let (live, alarm) = (live_with("", ""), moment("AntiTheftAlert", ""));
    for body in [format!("[{live},{alarm}]"), format!("{{\"success\":true,\"data\":[{live},{alarm}]}}")] {
        let both = elements(&body);
        fix(&both[0]);
        alert(&both[1]);
        assert_eq!(both.len(), 2);
    }
    fix(&elements(&format!("{{\"data\":{live}}}"))[0]);
    assert!(elements("[]").is_empty());
}

#[test]
fn a_bad_element_leaves_its_neighbours_alone() {
    let good = live_with("", "");
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let (string, null, number) = ("\"text\"", "null", "1e999");
    let bad_number = live_with("speed", "1e999");
    let body = format!("[{good},{deep},{string},{null},{number},{bad_number},{good}]");
    let elements = elements(&body);
    fix(&elements[0]);
    fix(&elements[6]);
    let reasons: Vec<_> = elements[1..6].iter().map(|element| refusal(element).1).collect();
    assert!(reasons[0].contains("recursion limit"), "{reasons:?}");
    assert_eq!(reasons[1], "element: expected an object, found text");
    assert_eq!(reasons[2], "element: expected an object, found null");
    assert!(reasons[3].contains("number out of range"), "{reasons:?}");
    assert!(reasons[4].contains("number out of range"), "{reasons:?}");
}

#[test]
fn a_body_that_is_no_json_is_malformed() {
    let decoded = |body: &[u8]| decode(Format::LocoNav, &Request { body, ..Request::default() }, &context());
    let good = live_with("", "");
    let truncated = &good.as_bytes()[..good.len() / 2];
    let nan = format!("[{good},{}]", live_with("speed", "NaN"));
    let deep = "[".repeat(1_000_000);
    for body in [truncated, nan.as_bytes(), deep.as_bytes(), b"\xff\xfe[]", b"{\"a\":\"\xc3\x28\"}", b"[1] x"]
    {
        assert!(matches!(decoded(body), Err(Malformed::Json { .. })), "{:?}", decoded(body));
    }
    let closed = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(decoded(closed.as_bytes()), Err(Malformed::Json { .. })));
    assert_eq!(decoded(b" \n"), Err(Malformed::Empty));
    assert_eq!(decoded(b"\"text\""), Err(Malformed::Shape { found: "text" }));
    assert_eq!(decoded(b"12"), Err(Malformed::Shape { found: "a number" }));
}

#[test]
fn a_list_of_nothings_is_bounded() {
    let decoded = |body: &str| {
        decode(Format::LocoNav, &Request { body: body.as_bytes(), ..Request::default() }, &context())
    };
    let many = format!("[{}0]", "0,".repeat(400_000));
    assert_eq!(decoded(&many), Err(Malformed::TooMany));
    let wide = format!("[{{\"a\":[{}0]}},{}]", "0,".repeat(200_000), live_with("", ""));
    let elements = decoded(&wide).unwrap();
    assert_eq!(refusal(&elements[0]).1, "element: more than 100000 values");
    fix(&elements[1]);
}
