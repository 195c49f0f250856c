use watchtower_core::domain::{position::Source, time::Timestamp};

use crate::ingest::{Context, Element, Format, Input, Judgement, Limits, Malformed, Request, decode};

fn decoded(content_type: Option<&str>, body: &[u8]) -> Result<Vec<Element>, Malformed> {
    let context = Context {
        source: Source::wall("api"),
        now: Timestamp::parse("2026-03-05T12:00:00Z", chrono_tz::UTC).unwrap(),
        zone: chrono_tz::Africa::Lagos,
        limits: Limits::default(),
        aliases: Default::default(),
        names: Default::default(),
    };
    decode(Format::Positions, &Request { content_type, body, ..Request::default() }, &context)
}

fn reasons(elements: &[Element]) -> Vec<&str> {
    let reason = |element| match element {
        &Element { judgement: Judgement::Refused(ref refusal), .. } => refusal.reason.as_str(),
        _ => "",
    };
    elements.iter().map(reason).collect()
}

const GOOD: &str = r#"{"vehicle":"T1","ts":"2026-03-05T11:59:30Z","lat":6.5,"lon":3.4,"speed_kmh":40,"heading":10,"ignition":true}"#;
const NDJSON: Option<&str> = Some("application/x-ndjson; charset=utf-8");

#[test]
fn all_names_are_understood() {
    let other = r#"{"vehicle_id":"t 1","time":1772711970,"lat":6.5,"lng":3.4,"speed_kmh":40,"heading_deg":10,"ignition":1}"#;
    let elements = decoded(None, format!("[{GOOD},{other}]").as_bytes()).unwrap();
    assert_eq!(elements[0], elements[1]);
    let Judgement::Inputs(inputs) = &elements[0].judgement else { panic!("{elements:?}") };
    let [Input::Fix { vehicle, position }] = inputs.as_slice() else { panic!("{inputs:?}") };
    assert_eq!(
        (vehicle.as_str(), position.speed_kmh.unwrap().get(), position.ignition),
        ("T1", 40.0, Some(true))
    );
}

#[test]
fn what_no_parser_can_hold_is_refused_by_the_name_of_its_field() {
    let huge = "{\n  \"vehicle\": \"T1\",\n  \"lat\": 1e999}";
    let body = format!("[{GOOD},{huge},{{\"vehicle\":\"\u{fffd}1\",\"ts\":1772711970}}]");
    let elements = decoded(None, body.as_bytes()).unwrap();
    let reasons = reasons(&elements);
    assert_eq!(reasons[0], "");
    assert!(reasons[1].starts_with("lat: number out of range"), "{reasons:?}");
    assert_eq!(reasons[2], "vehicle: is not UTF-8");
}

#[test]
fn lines_are_judged_one_by_one() {
    let body = [
        GOOD.as_bytes(),
        b"",
        br#"{"vehicle":"T1","ts":1772711970,"lat":NaN,"lon":3}"#,
        b"  ",
        b"{\"vehicle\":\"\xff\"}",
        br#"{"vehicle":"T1","ts":"2026-03-05T11:59:31Z","lat":6.5,"lon":3.4,"speed_kmh":-4}"#,
        GOOD.as_bytes(),
    ]
    .join(&b'\n');
    for content_type in [NDJSON, None, Some("application/json")] {
        let elements = decoded(content_type, &body).unwrap();
        let reasons = reasons(&elements);
        assert_eq!(reasons.len(), 5);
        assert_eq!((reasons[0], reasons[4]), ("", ""));
        assert!(reasons[1].starts_with("line: expected value"), "{reasons:?}");
        assert!(reasons[2].starts_with("line: "), "{reasons:?}");
        assert_eq!(reasons[3], "speed_kmh: -4 is negative");
    }
}

#[test]
fn one_line_of_declared_ndjson_is_refused_but_of_json_malformed() {
    let nan = br#"{"vehicle":"T1","ts":1,"lat":NaN,"lon":3}"#;
    assert!(reasons(&decoded(NDJSON, nan).unwrap())[0].starts_with("line: "));
    assert!(matches!(decoded(None, nan), Err(Malformed::Json { .. })));
    assert!(matches!(decoded(None, b"{}\n{"), Ok(elements) if elements.len() == 2));
    assert!(matches!(decoded(None, b"[{}"), Err(Malformed::Json { .. })));
    assert_eq!(decoded(None, b""), Err(Malformed::Empty));
    assert_eq!(decoded(NDJSON, b"\n"), Ok(Vec::new()));
}

#[test]
fn nonsense_in_any_field_is_refused_by_name() {
    let with = |from: &str, to: &str| GOOD.replace(from, to);
    let cases = [
        (with("\"vehicle\":\"T1\",", ""), "vehicle: missing"),
        (with("\"T1\"", "{}"), "vehicle: expected text, found an object"),
        (with("40", "\"fast\""), "speed_kmh: expected a number, found \"fast\""),
        (with("40", "\"NaN\""), "speed_kmh: not a finite number"),
        (with(":10", ":1000"), "heading: 1000 is no course in degrees"),
        (with("true", "\"perhaps\""), "ignition: expected a flag, found \"perhaps\""),
        (with("6.5", "0").replace("3.4", "0"), "lat/lon: exactly 0/0, which trackers send without a fix"),
    ];
    for (body, expected) in cases {
        assert_eq!(reasons(&decoded(None, body.as_bytes()).unwrap()), [expected]);
    }
}
