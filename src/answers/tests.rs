//! The answers to the questions of the scenarios, of a small fleet whose every truck,
//! day and alert is known.

use std::{fmt::Write as _, fs, path::PathBuf};

use serde::Deserialize;
use watchtower_core::domain::history::Kept;
use watchtower_core::{
    domain::{
        geo::LonLat,
        geofence,
        history::Record,
        live::LiveState,
        master::{Driver, Organization, Truck},
        position::{Position, Source},
        trip::Trip,
        units::Metres,
    },
    ports::{
        history::{DailyMetric, TruckMetric},
        log::Meta,
        store::AlertRecord,
    },
};

use super::*;

const LAGOS: Tz = chrono_tz::Africa::Lagos;

#[derive(Deserialize)]
struct Fleet {
    now: Timestamp,
    trucks: Vec<Truck>,
    drivers: Vec<Driver>,
    organizations: Vec<Organization>,
    fences: Value,
    trips: Vec<Trip>,
    live: Vec<LiveState>,
    alerts: Vec<AlertRecord>,
    records: Vec<Record>,
    days: Vec<Figures>,
    fixes: Vec<Fix>,
}

/// A truck's day, in hours and kilometres.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Figures {
    date: chrono::NaiveDate,
    vehicle: String,
    km: f64,
    moving_h: f64,
    idle_h: f64,
    top_kmh: f64,
    tat_h: f64,
    trips: u32,
    departed: u32,
    on_time: u32,
    completed: u32,
    returned: u32,
    alerts: u32,
}

#[derive(Deserialize)]
struct Fix {
    vehicle: VehicleKey,
    at: Timestamp,
    lon: f64,
    lat: f64,
}

#[derive(Deserialize)]
struct Scenario {
    ask: Vec<Ask>,
}

#[derive(Deserialize)]
struct Ask {
    questions: Vec<String>,
    answer: Option<String>,
    puzzle: Option<String>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/core/ask/scenarios")
}

fn fleet() -> (Fleet, Arc<Books>) {
    let mut fleet: Fleet =
        serde_json::from_str(&fs::read_to_string(folder().join("fleet.json")).unwrap()).unwrap();
    let (fences, faults) = geofence::read_collection(&fleet.fences.to_string()).unwrap();
    assert!(faults.is_empty());
    let meta = fleet.trucks.iter().cloned().map(Meta::Truck);
    let meta = meta.chain(fleet.drivers.iter().cloned().map(Meta::Driver));
    let meta = meta.chain(fleet.organizations.iter().cloned().map(Meta::Organization));
    let meta = meta.chain(fences.into_iter().map(Meta::Geofence));
    let meta = meta.chain(fleet.trips.iter().cloned().map(Meta::Trip)).collect();
    let books = Arc::new(Books::of(meta, std::mem::take(&mut fleet.live)));
    (fleet, books)
}

impl Fleet {
    /// What a store that holds all of this tells.
    fn tell(&self, wants: &Wants) -> Past {
        let within = |span: Option<watchtower_core::ports::store::Span>, at: Timestamp| {
            span.is_none_or(|span| span.from <= at && at < span.to)
        };
        let mut past = Past::default();
        if let Some(query) = &wants.alerts {
            past.alerts = self.alerts.clone();
            past.alerts.retain(|record| {
                let alert = &record.alert;
                query.vehicle.as_ref().is_none_or(|vehicle| *vehicle == alert.vehicle)
                    && query.open.is_none_or(|open| open == alert.end.is_none())
                    && within(query.span, alert.start)
            });
            past.alerts.sort_by_key(|record| std::cmp::Reverse(record.alert.start));
        }
        if let Some(query) = &wants.records {
            let kept = self.records.iter().map(|record| Kept::new(record.clone(), None, LAGOS));
            past.records = kept
                .filter(|kept| {
                    query.kinds.contains(&kept.record.kind())
                        && query.vehicle.as_ref().is_none_or(|vehicle| vehicle == kept.record.vehicle())
                        && query.geofence.as_ref().is_none_or(|fence| Some(fence) == kept.record.geofence())
                        && within(query.span, kept.start)
                })
                .collect();
            past.records.sort_by_key(|kept| std::cmp::Reverse(kept.start));
        }
        let days = |from, to| self.days.iter().filter(move |day| from <= day.date && day.date < to);
        if let Some((vehicle, from, to)) = &wants.days {
            let of =
                days(*from, *to).filter(|day| vehicle.as_ref().is_none_or(|key| key.as_str() == day.vehicle));
            past.days = of.map(Figures::metric).collect();
            past.days.sort_by_key(|day| day.date);
        }
        if let Some((from, to)) = wants.fleet_days {
            past.fleet_days =
                days(from, to).map(|day| DailyMetric { vehicles: 1, sum: day.metric() }).collect();
        }
        if let Some((vehicle, span)) = &wants.fixes {
            let of = self.fixes.iter().filter(|fix| fix.vehicle == *vehicle && within(Some(*span), fix.at));
            past.fixes = of
                .map(|fix| {
                    Position::bare(LonLat::new(fix.lon, fix.lat).unwrap(), fix.at, Source::wall("test"))
                })
                .collect();
        }
        past
    }
}

impl Figures {
    fn metric(&self) -> TruckMetric {
        TruckMetric {
            date: self.date,
            vehicle: self.vehicle.clone(),
            distance_m: Metres(self.km * 1_000.0),
            moving_s: self.moving_h * 3_600.0,
            idle_s: self.idle_h * 3_600.0,
            stopped_s: (24.0 - self.moving_h - self.idle_h) * 3_600.0,
            offline_s: 0.0,
            max_speed_kmh: self.top_kmh,
            trips: self.trips,
            departed: self.departed,
            on_time: self.on_time,
            completed: self.completed,
            returned: self.returned,
            tat_s: self.tat_h * 3_600.0,
            alerts: self.alerts,
        }
    }
}

#[test]
fn every_question_is_answered_as_its_scenario_says() {
    let (fleet, books) = fleet();
    let (mut report, mut answered) = (String::new(), 0);
    let mut files: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    for file in files {
        let scenario: Scenario = toml::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        for ask in scenario.ask {
            let Some(question) = ask.questions.first().filter(|_| ask.puzzle.is_none()) else { continue };
            answered += 1;
            let inquiry = Inquiry::new(question, books.clone(), fleet.now, LAGOS).unwrap();
            let answer = inquiry.answer(&fleet.tell(&inquiry.wants()));
            if ask.answer.as_ref() != Some(&answer.text) {
                let _ = writeln!(
                    report,
                    "{question}\n  - {}\n  + {}",
                    ask.answer.unwrap_or_default(),
                    answer.text
                );
            }
        }
    }
    assert!(report.is_empty(), "of {answered} these differ (- expected, + answered):\n{report}");
    assert!(answered >= 60, "only {answered} answers");
}

#[test]
fn every_row_has_a_cell_for_each_head_that_needs_one_and_data_behind_it() {
    let (fleet, books) = fleet();
    let mut seen = 0;
    for intent in ask::INTENTS {
        for question in intent.questions(&lexicon(&books)) {
            let inquiry = Inquiry::new(&question, books.clone(), fleet.now, LAGOS).unwrap();
            let answer = inquiry.answer(&fleet.tell(&inquiry.wants()));
            assert!(
                answer.text.ends_with(['.', ')']) && !answer.text.contains("  "),
                "{question}: {}",
                answer.text
            );
            for row in &answer.rows {
                seen += 1;
                assert!(row.cells.len() <= answer.heads.len(), "{question}: {:?}", row.cells);
                assert!(row.data.is_object(), "{question}: {}", row.data);
            }
            // Without any past there is an answer, too.
            assert!(!inquiry.answer(&Past::default()).text.is_empty(), "{question}");
        }
    }
    assert!(seen > 100, "only {seen} rows");
}

#[test]
fn a_selection_is_what_its_filter_means() {
    let (fleet, books) = fleet();
    let inquiry = Inquiry::new(
        "which trucks are idle more than 20 minutes near Apapa?",
        books.clone(),
        fleet.now,
        LAGOS,
    )
    .unwrap();
    let answer = inquiry.answer(&Past::default());
    assert_eq!(answer.filter, Some((Filtered::Trucks, "status:idle and idle>20m".to_owned())));
    let goes: Vec<_> = answer.rows.iter().map(|row| row.goes.clone()).collect();
    assert_eq!(goes, [Some(Goes::Truck(VehicleKey::new("T11985LA").unwrap()))]);
    assert_eq!(answer.calls[0].query["radius"], "5000");
    assert_eq!(answer.calls[1].query["filter"], "status:idle and idle>20m");
    // Nothing is asked of a store for it.
    assert!(inquiry.wants().is_nothing());
}

#[test]
fn of_a_fleet_nobody_knows_there_is_an_answer_too() {
    for question in
        ["which trucks are idle?", "alerts today", "how is the fleet doing?", "help", "late trips"]
    {
        let inquiry =
            Inquiry::new(question, Arc::new(Books::default()), Timestamp::default(), LAGOS).unwrap();
        assert!(!inquiry.answer(&Past::default()).text.is_empty(), "{question}");
    }
}
