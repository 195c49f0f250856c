//! The language by examples.

use uuid::Uuid;

use super::*;
use crate::domain::{alert::AlertKind, id::FenceId};

mod any;
mod yard;

use yard::{Yard, at};

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
