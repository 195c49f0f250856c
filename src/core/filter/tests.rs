//! The language by examples, and what holds of every text.

use std::collections::HashMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::{
    alert::AlertKind,
    geo::LonLat,
    geofence::{FenceKind, Geofence},
    id::{DriverId, FenceId, OrganizationId, TripId, VehicleKey},
    live::{LiveState, Motion},
    master::{Driver, Organization, OrganizationKind, Truck},
    position::{Position, Source},
    time::Timestamp,
    trip::{Trip, TripStatus},
    units::{Heading, Kmh, Metres},
};

#[derive(Default)]
struct Ledger {
    fences: HashMap<FenceId, Geofence>,
    client: Option<Organization>,
}

impl Names for Ledger {
    fn fence(&self, id: &FenceId) -> Option<&Geofence> {
        self.fences.get(id)
    }
    fn organization(&self, id: OrganizationId) -> Option<&Organization> {
        self.client.as_ref().filter(|client| client.id == id)
    }
}

const fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_743_514_327_000 + seconds * 1_000)
}

/// A truck of FM, idle for half an hour in Apapa Port at 6.44 N, and a second of which
/// nothing is known.
struct Yard {
    names: Ledger,
    truck: Truck,
    driver: Driver,
    trip: Trip,
    live: LiveState,
    unknown: VehicleKey,
}

impl Yard {
    fn new() -> Self {
        let key = VehicleKey::new("T 11985 LA").unwrap();
        let fence = Geofence::area("apapa-port", "Apapa Port", FenceKind::Terminal, Vec::new());
        let client = Organization {
            id: OrganizationId(Uuid::from_u128(1)),
            name: "Deekay \"Foods\" Ltd".to_owned(),
            kind: OrganizationKind::Client,
            email: None,
            phone: None,
            sales_manager: None,
        };
        let driver = Driver {
            id: DriverId(Uuid::from_u128(2)),
            name: "Ọlájídé Fashola".to_owned(),
            phone: None,
            licence: None,
            has_smartphone: true,
            loconav_id: None,
            truck: Some(key.clone()),
        };
        let truck = Truck {
            number: "T 11985 LA".to_owned(),
            company: Some("PC".to_owned()),
            brand: Some("MACK".to_owned()),
            groups: vec!["FM".to_owned(), "Night shift".to_owned()],
            ..Truck::provisional(key.clone())
        };
        let places = (FenceId::new("apapa-port"), FenceId::new("ikeja"));
        let trip = Trip {
            readable_id: "01/Apr/2025-CA60".to_owned(),
            container: Some("MSKU7750847".to_owned()),
            client: Some(client.id),
            status: TripStatus::Delayed,
            ..Trip::planned(TripId(Uuid::nil()), key.clone(), places, at(0))
        };
        let fix = Position::bare(LonLat::new(3.365, 6.442).unwrap(), at(-45), Source::wall("test"));
        let live = LiveState {
            vehicle: key,
            position: Position {
                speed_kmh: Some(Kmh(47.6)),
                heading: Heading::new(270.0),
                ignition: Some(true),
                ..fix
            },
            motion: Motion::Idle,
            since: at(-1_800),
            fences: vec![FenceId::new("apapa-port")],
            alerts: vec![AlertKind::Idle, AlertKind::HarshBraking],
            trip: Some(trip.id),
            eta: None,
            today_m: Metres(0.0),
        };
        let names = Ledger { fences: [(fence.id.clone(), fence)].into(), client: Some(client) };
        Self { names, truck, driver, trip, live, unknown: VehicleKey::new("X1").unwrap() }
    }

    fn known(&self) -> Sighting<'_, Ledger> {
        let bare = Sighting::unseen(&self.names, &self.live.vehicle, at(0));
        let truck = Some(&self.truck);
        Sighting { truck, driver: Some(&self.driver.name), trip: Some(&self.trip), ..bare }.seen(&self.live)
    }

    fn unknown(&self) -> Sighting<'_, Ledger> {
        Sighting::unseen(&self.names, &self.unknown, at(0))
    }
}

#[test]
fn a_filter_means_what_the_examples_say() {
    let yard = Yard::new();
    // What matches the known truck, and what does not.
    for text in [
        "",
        "  ",
        "status:idle",
        "STATUS = Idle",
        "status:moving,idle",
        "status:mov*,idl*",
        "status!=moving",
        "not status:moving",
        "motion:idle",
        r#"group:"FM""#,
        "group:fm",
        r#"group:"night shift""#,
        "group!=LH",
        "company:pc",
        "company:VPC,PC",
        "brand:mack",
        "brand:m*k",
        "number:T11985LA",
        "truck:t11*",
        "truck:*985*la",
        r#"truck:"T 11985 LA""#,
        "driver:fashola",
        "driver:ỌLÁJÍDÉ",
        r#"driver="ọlájídé fashola""#,
        "driver:Ọ*fash*",
        "driver:olajide",
        "driver:\"O\u{323}la\u{301}ji\u{301}de\u{301} Fashola\"",
        "olájìdé",
        "place:apapa",
        "place:apapa-port",
        r#"fence="Apapa Port""#,
        "trip:*ca60",
        "trip:01/Apr/2025-CA60",
        "tripstatus:delayed",
        "container:MSKU*",
        "client:deekay",
        r#"client:"\"foods\"""#,
        "pickup:apapa",
        "delivery:ikeja",
        "speed:48",
        "speed=47.6",
        "speed>47",
        "speed >= 47.6 km/h",
        "speed<30mph",
        "speed<30 mph and status:idle",
        "speed:10,48",
        "heading>180",
        "heading:270°",
        "ignition:on",
        "ignition=yes",
        "age>30s",
        "age<1m",
        "age<1 min",
        "since>=30m",
        "since:0.5h",
        "idle>20m",
        "idle<1d",
        "alerts>1",
        "alerts:2",
        "alert:harsh-braking",
        "alert:harsh*",
        "alert!=overspeed",
        "severity>=medium",
        "severity<=medium",
        "lat>6.4 lon<3.4",
        "lon:3.365",
        "11985",
        "fashola",
        "msku apapa CA60",
        r#""apapa port""#,
        "t11* and *la",
        "(status:parked or speed>40) and group:FM",
        "status:parked or speed>40 group:FM",
        "not (status:parked or speed<40)",
        "not not status:idle",
    ] {
        let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(filter.matches(&yard.known()), "{text}");
    }
    for text in [
        "status:moving",
        "status!=idle",
        "group:F",
        "company:C",
        "number:T1198",
        "driver=fashola",
        "driver!=\"Ọlájídé Fashola\"",
        "trip:CA60",
        r#"number:"T11*""#,
        "speed:47",
        "speed>48",
        "speed>30mph",
        "age<30s",
        "since:2h",
        "parked>1s",
        "moving>0s",
        "alerts!=2",
        "alert!=idle",
        "severity>=high",
        "severity<medium",
        "zzz",
        "night",
        "t11* and t12*",
        "status:parked or speed>50 group:FM",
    ] {
        let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(!filter.matches(&yard.known()), "{text}");
    }
}

#[test]
fn what_is_not_known_compares_with_nothing() {
    let yard = Yard::new();
    for text in
        ["speed>0", "speed<1", "speed:0", "status:idle", "driver:*", "group:*", "age>1s", "severity<high"]
    {
        assert!(!Filter::parse(text).unwrap().matches(&yard.unknown()), "{text}");
    }
    for text in ["speed!=60", "status!=idle", "not driver:*", "group!=FM", "alerts:0", "X1"] {
        assert!(Filter::parse(text).unwrap().matches(&yard.unknown()), "{text}");
    }
}

#[test]
fn an_alert_is_judged_by_its_own_kind_and_place() {
    use crate::domain::{alert::Alert, id::AlertId};
    let yard = Yard::new();
    let alert = Alert {
        id: AlertId(Uuid::nil()),
        kind: AlertKind::Overspeed,
        severity: crate::domain::alert::Severity::Critical,
        vehicle: yard.live.vehicle.clone(),
        trip: None,
        start: at(-90),
        end: None,
        point: None,
        geofence: Some(FenceId::new("third-mainland")),
        values: serde_json::Map::new(),
        source: "engine".into(),
    };
    let sighting = AlertSighting { alert: &alert, truck: yard.known() };
    let own = "alert:overspeed severity:critical place:third* since:90s group:FM idle>20m";
    assert!(Filter::parse(own).unwrap().matches(&sighting));
    for text in ["alert:idle", "severity:medium", "place:apapa"] {
        assert!(!Filter::parse(text).unwrap().matches(&sighting), "{text}");
    }
}

#[test]
fn an_error_says_where_what_was_expected_and_what_may_have_been_meant() {
    for (text, told) in [
        ("sped>60", r#"at 1: no field "sped": did you mean speed?"#),
        ("status:idle gruop:FM", r#"at 13: no field "gruop": did you mean group?"#),
        ("avail:operational", r#"at 1: no field "avail": did you mean availability?"#),
        ("weather:wet", r#"at 1: no field "weather""#),
        ("status:idel", r#"at 8: no status "idel": did you mean idle?"#),
        ("status:flying", r#"at 8: no status "flying": one of moving, idle, parked, offline"#),
        ("status>idle", "at 7: status is not more or less: use : = or !="),
        ("driver<x", "at 7: driver is not more or less: use : = or !="),
        ("speed>", "at 7: expected a speed such as 60, 60km/h, 40mph, found the end"),
        ("speed>fast", r#"at 7: expected a speed such as 60, 60km/h, 40mph, found "fast""#),
        ("speed>60kg", r#"at 7: expected a speed such as 60, 60km/h, 40mph, found "60kg""#),
        ("age>10", r#"at 5: expected a unit: 10s, 10m, 10h or 10d, found "10""#),
        ("alerts>1km", r#"at 8: expected a count such as 1, found "1km""#),
        ("speed>60,70", "at 9: one value goes with >: a list needs : = or !="),
        ("status:", "at 8: expected one of moving, idle, parked, offline, found the end"),
        ("status:idle,", "at 13: expected one of moving, idle, parked, offline, found the end"),
        ("driver:\"mo", "at 8: the quote is not closed"),
        ("driver:\"\"", "at 8: expected a text, found \"\\\"\\\"\""),
        ("(status:idle", "at 13: expected and, or, or a closing parenthesis, found the end"),
        ("status:idle)", "at 12: expected and, or, or the end, found \")\""),
        ("status:idle and", "at 16: expected a field, a word or a parenthesis, found the end"),
        ("or status:idle", "at 1: expected a field, a word or a parenthesis, found \"or\""),
        ("ọlájídé sped>1", r#"at 9: no field "sped": did you mean speed?"#),
    ] {
        let error = Filter::parse(text).unwrap_err();
        assert_eq!(error.to_string(), told, "{text}");
        assert!(text.get(error.at.clone()).is_some(), "{text}: {:?}", error.at);
    }
    let deep = "(".repeat(40);
    assert_eq!(Filter::parse(&deep).unwrap_err().problem, Problem::Depth(32));
    assert_eq!(Filter::parse(&"not ".repeat(1_000)).unwrap_err().problem, Problem::Depth(32));
    assert_eq!(Filter::parse(&"x".repeat(5_000)).unwrap_err().problem, Problem::Length(4_096));
}

#[test]
fn a_filter_prints_as_people_would_write_it() {
    for (text, printed) in [
        ("STATUS = Idle,PARKED", "status=idle,parked"),
        ("truck:T11* speed>60 km/h", "number:T11* and speed>60"),
        (r#"group:"FM" or (a and (b c))"#, "group:FM or a and b and c"),
        (r#"a and (b or c) not(d or e)"#, "a and (b or c) and not (d or e)"),
        (r#"client:"a \"b\"" "and" "T*""#, r#"client:"a \"b\"" and "and" and "T*""#),
        ("age > 1.50 min", "age>1.50m"),
        ("alert:harsh-braking,geofence*", "alert:harsh_braking,geofence*"),
        ("", ""),
    ] {
        let filter = Filter::parse(text).unwrap();
        assert_eq!(filter.to_string(), printed, "{text}");
        assert_eq!(Filter::parse(printed).unwrap(), filter);
    }
}

#[test]
fn every_field_is_in_the_table_once_under_names_of_its_own_with_an_example_that_reads() {
    let mut names = Vec::new();
    for row in TABLE {
        let filter = Filter::parse(row.example).unwrap_or_else(|error| panic!("{}: {error}", row.example));
        assert!(filter.to_string().starts_with(row.name), "{filter}");
        assert_eq!(row.field.row().name, row.name);
        names.push(row.name);
        names.extend(row.aliases);
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn what_is_being_typed_is_known_at_the_cursor() {
    let value = |name: &str| Slot::Value(Field::named(name).unwrap());
    for (text, begun, slot) in [
        ("", "", Slot::Term),
        ("st", "st", Slot::Term),
        ("status:", "", value("status")),
        ("status:id", "id", value("status")),
        ("status:idle, pa", "pa", value("status")),
        ("status:idle pa", "pa", Slot::Term),
        ("(group:\"Night sh", "Night sh", value("group")),
        ("nobody:x", "x", Slot::Term),
        ("speed>60 ", "", Slot::Term),
    ] {
        let found = Completion::at_end(text);
        assert_eq!((found.begun.as_str(), found.slot), (begun, slot), "{text}");
        assert_eq!(found.at.end, text.len());
    }
}

/// Texts that look like filters more often than chance would have it.
fn texts() -> impl Strategy<Value = String> {
    let scraps = prop::sample::select(vec![
        "status",
        "speed",
        "age",
        "group",
        "alert",
        "severity",
        "and",
        "or",
        "not",
        "(",
        ")",
        ",",
        ":",
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "\"",
        "\\",
        "*",
        "!",
        " ",
        "60",
        "10m",
        "km/h",
        "-",
        ".",
        "idle",
        "high",
        "Ọlá",
        "é",
        "999999999999999999999",
        "0.0000001",
    ]);
    let pieces = prop_oneof![4 => scraps.prop_map(str::to_owned), 1 => "\\PC{0,6}"];
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

fn patterns() -> impl Strategy<Value = Pattern> {
    let piece = prop_oneof!["[a-zA-Z0-9]{1,6}", "\\PC{1,6}", Just("and".to_owned())];
    prop_oneof![
        piece.clone().prop_map(|piece| Pattern::new(vec![piece])),
        prop::collection::vec(prop_oneof![piece, Just(String::new())], 2..4).prop_map(Pattern::new),
    ]
}

fn terms() -> impl Strategy<Value = Node> {
    let equality = || prop::sample::select(vec![Op::Has, Op::Is, Op::IsNot]);
    let order = prop::sample::select(vec![Op::Less, Op::AtMost, Op::More, Op::AtLeast]);
    let rows = |wanted: fn(&Field) -> bool| {
        prop::sample::select(TABLE.iter().map(|row| row.field).filter(wanted).collect::<Vec<_>>())
    };
    let texts = rows(|field| matches!(field, Field::Text(_)));
    let texts = (texts, equality(), prop::collection::vec(patterns(), 1..4));
    let figures = rows(|field| matches!(field, Field::Figure(_)));
    let figures = (figures, order, -1_000_000_i64..1_000_000, 0..=6_u8);
    let choices = (rows(|field| matches!(field, Field::Choice(_))), equality(), any::<prop::sample::Index>());
    prop_oneof![
        patterns().prop_map(Node::Word),
        texts.prop_map(|(field, op, patterns)| match field {
            Field::Text(field) => Node::Text(field, op, patterns),
            Field::Figure(_) | Field::Choice(_) => unreachable!("only texts were drawn"),
        }),
        figures.prop_map(|(field, op, digits, decimals)| match field {
            Field::Figure(field) => {
                let unit = match field {
                    Figure::Speed => Unit::Knots,
                    field if field.needs_unit() => Unit::Hours,
                    _ => Unit::Own,
                };
                Node::Figure(field, op, vec![Quantity { digits, decimals, unit }])
            }
            Field::Text(_) | Field::Choice(_) => unreachable!("only figures were drawn"),
        }),
        choices.prop_map(|(field, op, index)| match field {
            Field::Choice(field) => {
                let values = field.values();
                let place = index.index(values.len());
                Node::Choice(field, op, vec![Pattern::new(vec![values[place].to_owned()])], 1 << place)
            }
            Field::Text(_) | Field::Figure(_) => unreachable!("only choices were drawn"),
        }),
    ]
}

fn filters() -> impl Strategy<Value = Filter> {
    let nodes = terms().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Node::all),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Node::any),
            inner.prop_map(|node| Node::Not(Box::new(node))),
        ]
    });
    nodes.prop_map(|root| Filter { root: Some(root) })
}

proptest! {
    #[test]
    fn any_text_is_a_filter_or_an_error_with_a_place_in_it(text in texts()) {
        match Filter::parse(&text) {
            Ok(filter) => {
                let yard = Yard::new();
                let _ = filter.matches(&yard.known());
                prop_assert_eq!(Filter::parse(&filter.to_string()).unwrap(), filter);
            }
            Err(error) => {
                prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error);
                prop_assert!(error.column <= text.chars().count() + 1);
            }
        }
        let typed = Completion::at_end(&text);
        prop_assert!(text.get(typed.at).is_some());
    }

    #[test]
    fn a_filter_printed_and_read_is_the_same_filter(filter in filters()) {
        let printed = filter.to_string();
        prop_assert_eq!(Filter::parse(&printed).map_err(|error| format!("{printed}: {error}")), Ok(filter));
    }

    #[test]
    fn not_is_the_opposite(text in texts()) {
        let yard = Yard::new();
        if let (Ok(filter), Ok(opposite)) = (Filter::parse(&text), Filter::parse(&format!("not ({text})")))
            && !filter.is_empty()
        {
            prop_assert!(filter.matches(&yard.known()) != opposite.matches(&yard.known()));
        }
    }
}
