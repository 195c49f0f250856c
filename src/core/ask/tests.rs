//! Every scenario file, the examples of the table, and what holds of every text.

use std::{fmt::Write as _, fs, path::Path};

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::domain::{
    geofence,
    master::{Driver, Organization, Truck},
    time::Timestamp,
    trip::Trip,
};

/// The names of the fleet that the scenarios are of.
#[derive(Deserialize)]
struct Fleet {
    now: Timestamp,
    trucks: Vec<Truck>,
    drivers: Vec<Driver>,
    organizations: Vec<Organization>,
    fences: serde_json::Value,
    trips: Vec<Trip>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    about: String,
    ask: Vec<Ask>,
}

/// Questions that all ask the same. Their answer is checked where it is given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    questions: Vec<String>,
    plan: Option<String>,
    puzzle: Option<String>,
    #[expect(dead_code, reason = "whoever answers checks it")]
    answer: Option<String>,
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ask/scenarios")
}

fn fleet() -> (Lexicon, Clock, Vec<(String, String)>) {
    let fleet: Fleet =
        serde_json::from_str(&fs::read_to_string(folder().join("fleet.json")).unwrap()).unwrap();
    let mut lexicon = Lexicon::default();
    fleet.trucks.iter().for_each(|truck| lexicon.add_truck(truck));
    fleet.drivers.iter().for_each(|driver| lexicon.add_driver(driver));
    fleet.organizations.iter().for_each(|organization| lexicon.add_organization(organization));
    fleet.trips.iter().for_each(|trip| lexicon.add_trip(trip));
    let (fences, faults) = geofence::read_collection(&fleet.fences.to_string()).unwrap();
    assert!(faults.is_empty());
    fences.iter().for_each(|fence| lexicon.add_fence(fence));
    let drivers = fleet.drivers.iter().map(|driver| (driver.id.to_string(), driver.name.clone()));
    let trips = fleet.trips.iter().map(|trip| (trip.id.to_string(), trip.readable_id.clone()));
    let clock = Clock { now: fleet.now, zone: chrono_tz::Africa::Lagos };
    (lexicon, clock, drivers.chain(trips).collect())
}

#[test]
fn every_question_means_what_its_scenario_says() {
    let (lexicon, clock, ids) = fleet();
    let (mut report, mut asked) = (String::new(), 0);
    let mut files: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    for file in files {
        let scenario: Scenario = toml::from_str(&fs::read_to_string(&file).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(!scenario.about.is_empty());
        for ask in scenario.ask {
            for question in &ask.questions {
                asked += 1;
                let (plan, puzzle) = match understand(question, &lexicon, clock) {
                    Ok(understood) => (Some(understood.query.to_string()), None),
                    Err(puzzle) => (None, Some(puzzle.to_string())),
                };
                let named = |text: String| ids.iter().fold(text, |text, (id, name)| text.replace(id, name));
                let (plan, puzzle) = (plan.map(named), puzzle);
                if (&plan, &puzzle) != (&ask.plan, &ask.puzzle) {
                    let found = plan.or(puzzle).unwrap_or_default();
                    let wanted = ask.plan.as_ref().or(ask.puzzle.as_ref()).map_or("", String::as_str);
                    let _ = writeln!(report, "{question}\n  - {wanted}\n  + {found}");
                }
            }
        }
    }
    assert!(report.is_empty(), "of {asked} questions these differ (- expected, + understood):\n{report}");
    assert!(asked >= 150, "only {asked} questions");
}

#[test]
fn every_example_is_understood_as_its_own() {
    let (lexicon, clock, _) = fleet();
    for intent in INTENTS {
        for example in intent.examples {
            let question = intent::filled(example, &lexicon).unwrap();
            let slots = slots::read(&question, &lexicon, clock)
                .unwrap_or_else(|puzzle| panic!("{question}: {puzzle}"));
            let asking = Asking { slots: &slots, lexicon: &lexicon, clock };
            let meant = intent::fitting(slots.signs)
                .into_iter()
                .find(|intent| matches!((intent.make)(asking), Ok(Some(_))))
                .unwrap_or_else(|| panic!("{question}: {slots:?}"));
            assert_eq!(meant.doc, intent.doc, "{question}");
        }
    }
}

#[test]
fn what_is_offered_instead_can_be_asked() {
    let (lexicon, clock, _) = fleet();
    for question in
        ["", "T11987LA", "where is the stadium?", "what is the meaning of idle life", "alerts of Moruf"]
    {
        let puzzle = understand(question, &lexicon, clock).unwrap_err();
        assert!(!puzzle.instead.is_empty(), "{question}: {puzzle}");
        for instead in &puzzle.instead {
            understand(instead, &lexicon, clock).unwrap_or_else(|puzzle| panic!("{instead}: {puzzle}"));
        }
    }
}

/// Words of the language, names, figures and nonsense, in any order.
fn babble() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "where",
        "is",
        "which",
        "trucks",
        "idle",
        "moving",
        "more than",
        "20",
        "minutes",
        "near",
        "Apapa",
        "at",
        "T11985LA",
        "Moruf",
        "Moruf Fashola",
        "not",
        "over",
        "60 km/h",
        "since",
        "6am",
        "yesterday",
        "between",
        "and",
        "9",
        "last",
        "week",
        "group",
        "FM",
        "how far",
        "did",
        "drive",
        "alerts",
        "speeding",
        "critical",
        "top",
        "5",
        "nearest",
        "to",
        "within",
        "km",
        "MSKU7750847",
        "trips",
        "late",
        "for",
        "client",
        "Deekay",
        "2 hours ago",
        "on",
        "31 february",
        "999999999999 hours",
        "half an",
        "'s",
        "\"",
        "(",
        "東京",
        "é\u{301}",
        "<=",
        "longest",
        "turnaround",
        "port",
        "of",
        "no",
        "driver",
        "0",
        "31st",
        "next week",
    ]);
    prop::collection::vec(words, 0..10).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn any_text_is_understood_or_said_not_to_be(text in "\\PC{0,60}") {
        let (lexicon, clock, _) = fleet();
        match understand(&text, &lexicon, clock) {
            Ok(understood) => prop_assert!(!understood.query.to_string().is_empty()),
            Err(puzzle) => prop_assert!(!puzzle.instead.is_empty() && !puzzle.to_string().is_empty()),
        }
    }

    #[test]
    fn any_words_are_understood_or_said_not_to_be(text in babble()) {
        let (lexicon, clock, _) = fleet();
        match understand(&text, &lexicon, clock) {
            Ok(understood) => prop_assert!(!understood.query.to_string().is_empty()),
            Err(puzzle) => prop_assert!(!puzzle.instead.is_empty(), "{}", puzzle),
        }
    }

    #[test]
    fn a_word_nobody_knows_is_never_left_out(question in babble()) {
        let (lexicon, clock, _) = fleet();
        let puzzle = understand(&format!("{question} xyzzyplugh"), &lexicon, clock).unwrap_err();
        let told = matches!(puzzle.problem, Problem::Unknown { .. } | Problem::Several { .. } | Problem::Length(_));
        prop_assert!(told, "{}", puzzle);
    }
}
