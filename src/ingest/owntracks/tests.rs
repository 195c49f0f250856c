use watchtower_core::domain::{position::Source, time::Timestamp};

use crate::ingest::{Context, Element, Format, Input, Judgement, Limits, Request, decode};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text, chrono_tz::UTC).unwrap()
}

fn decoded(request: Request<'_>) -> Element {
    let context = Context {
        source: Source::wall("owntracks"),
        now: at("2026-03-05T12:00:00Z"),
        zone: chrono_tz::Africa::Lagos,
        limits: Limits::default(),
        aliases: Default::default(),
        names: Default::default(),
    };
    decode(Format::OwnTracks, &request, &context).unwrap().remove(0)
}

const LOCATION: &str = r#"{"_type":"location","lat":6.4441,"lon":3.3675,"tst":1772711970,"vel":43,"cog":181,
    "acc":8,"alt":15,"batt":66,"tid":"k7","topic":"owntracks/ada/phone"}"#;

#[test]
fn the_sender_is_told_by_headers_query_topic_and_tid_in_this_order() {
    let body = LOCATION.as_bytes();
    let topicless = LOCATION.replace(",\"topic\":\"owntracks/ada/phone\"", "");
    let all = Request {
        user: Some("jane"),
        device: Some("van 3"),
        query: Some("u=q&d=r"),
        body,
        ..Request::default()
    };
    let cases = [
        (all, "JANE/VAN3"),
        (Request { user: None, device: None, ..all }, "Q/R"),
        (Request { user: None, ..all }, "Q/VAN3"),
        (Request { user: None, device: None, query: None, ..all }, "ADA/PHONE"),
        (Request { body: topicless.as_bytes(), ..Request::default() }, "K7"),
        (Request { user: Some("jane"), body, ..Request::default() }, "JANE"),
    ];
    for (request, expected) in cases {
        assert_eq!(decoded(request).vehicle.unwrap().as_str(), expected);
    }
}

#[test]
fn a_location_is_a_fix_and_other_messages_are_of_no_interest() {
    let request = |body: &'static str| Request { body: body.as_bytes(), ..Request::default() };
    let Judgement::Inputs(inputs) = decoded(request(LOCATION)).judgement else { panic!("no inputs") };
    let [Input::Fix { position, .. }] = inputs.as_slice() else { panic!("{inputs:?}") };
    assert_eq!(position.device_time, at("2026-03-05T11:59:30Z"));
    assert_eq!(position.speed_kmh.unwrap().get(), 43.0);
    assert_eq!(position.heading.unwrap().degrees(), 181.0);
    assert_eq!(position.accuracy_m.unwrap().get(), 8.0);

    let transition = r#"{"_type":"transition","tst":1772711970,"event":"enter"}"#;
    assert_eq!(decoded(request(transition)).judgement, Judgement::Inputs(Vec::new()));
}

#[test]
fn what_is_wrong_is_named() {
    let cases = [
        (r#"{"lat":6}"#.to_owned(), "_type: missing"),
        (r#"{"_type":"encrypted","data":"x"}"#.to_owned(), "_type: encrypted messages cannot be read"),
        (r#"{"_type":"dance"}"#.to_owned(), "_type: unknown message \"dance\""),
        (r#"{"_type":"location","lat":6,"lon":3,"tst":1}"#.to_owned(), "tid: missing"),
        (LOCATION.replace("1772711970", "\"x\""), "tst: unreadable time"),
        (LOCATION.replace("6.4441", "[]"), "lat: expected a number, found a list"),
    ];
    for (body, expected) in cases {
        let element = decoded(Request { body: body.as_bytes(), ..Request::default() });
        let Judgement::Refused(refusal) = element.judgement else { panic!("{body} was not refused") };
        assert!(refusal.reason.starts_with(expected), "{}", refusal.reason);
    }
}
