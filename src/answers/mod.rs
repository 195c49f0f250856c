//! Answers to questions in plain English: what the fleet's books, its live picture and
//! its past have to say to a [`Query`]. The same for whoever asks from a shell, over the
//! API or at the dashboard.
//!
//! A question is understood by `watchtower_core::ask`, says which of the past it wants
//! ([`Inquiry::wants`]), and is answered from that without asking anybody else.

use std::sync::Arc;

use chrono_tz::Tz;
use serde::Serialize;
use serde_json::Value;
use watchtower_core::{
    ask::{self, Clock, Lexicon, Puzzle, Query},
    domain::{
        geo::LonLat,
        id::{FenceId, TripId, VehicleKey},
        time::Timestamp,
    },
    ports::{
        log::{Log, LogError},
        store::{Store, StoreError},
    },
};

mod alerts;
mod figures;
mod one;
mod past;
mod scene;
mod told;
mod trips;
mod trucks;

pub use past::{Past, Wants};

use crate::books::Books;
use scene::Scene;

/// Rows of an answer; of more their number is told.
const MOST_ROWS: usize = 200;

/// An answer.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Answer {
    /// In sentences.
    pub text: String,
    /// The heads of the table, none where there is no table.
    pub heads: Vec<&'static str>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// The filter that means the same, and what it filters.
    pub filter: Option<(Filtered, String)>,
    /// What was asked of the API's own resources, so that it can be asked again.
    pub calls: Vec<Call>,
}

/// A row of an answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// A cell under each head.
    pub cells: Vec<String>,
    /// What it is about, to go there.
    pub goes: Option<Goes>,
    /// All of the record behind it.
    pub data: Value,
}

/// Something of the fleet that can be gone to.
#[derive(Clone, PartialEq, Debug)]
pub enum Goes {
    /// A truck.
    Truck(VehicleKey),
    /// A geofence.
    Place(FenceId),
    /// A trip.
    Trip(TripId),
    /// A point.
    Point(LonLat),
}

/// What a filter is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Filtered {
    /// Trucks.
    Trucks,
    /// Trips.
    Trips,
    /// Alerts.
    Alerts,
}

impl Filtered {
    /// Their name: the command's and the resource's.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trucks => "trucks",
            Self::Trips => "trips",
            Self::Alerts => "alerts",
        }
    }
}

/// A request to the API that tells the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Call {
    /// Its method.
    pub method: &'static str,
    /// Its path.
    pub path: String,
    /// Its parameters.
    pub query: std::collections::BTreeMap<&'static str, String>,
}

impl Call {
    fn get<const N: usize>(path: impl Into<String>, query: [(&'static str, String); N]) -> Self {
        Self { method: "GET", path: path.into(), query: query.into() }
    }
}

/// A question understood, with the fleet it is asked of.
#[derive(Clone, Debug)]
pub struct Inquiry {
    /// What it asks.
    pub query: Query,
    books: Arc<Books>,
    clock: Clock,
    taken: Vec<(String, String)>,
}

/// Why a question could not even be put.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// It is not understood.
    #[error(transparent)]
    Puzzle(#[from] Puzzle),
    /// The log's.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Inquiry {
    /// Understands a question; `wall` is what the wall clock says.
    ///
    /// # Errors
    ///
    /// What of it is not understood.
    pub fn new(question: &str, books: Arc<Books>, wall: Timestamp, zone: Tz) -> Result<Self, Puzzle> {
        let clock = Clock { now: books.now(wall), zone };
        let understood = ask::understand(question, &lexicon(&books), clock)?;
        Ok(Self { query: understood.query, books, clock, taken: understood.taken })
    }

    /// What of the past it wants to be told.
    pub fn wants(&self) -> Wants {
        Wants::of(&self.query, &self.books, self.clock)
    }

    /// The answer, when what it wants is told.
    pub fn answer(&self, past: &Past) -> Answer {
        let scene = Scene { books: &self.books, clock: self.clock, past };
        let mut answer = match &self.query {
            Query::One { of, about } => one::now(&scene, of, *about),
            Query::WhereAt { of, at } => one::then(&scene, of, *at),
            Query::Between { of, spot } => one::between(&scene, of, spot),
            Query::Story { of, period } => told::story(&scene, of, period),
            Query::Stays { place, of, period } => told::stays(&scene, place, of.as_ref(), period),
            Query::Driven { of: Some(of), period } => figures::driven(&scene, of, period),
            Query::Driven { of: None, period } => figures::driven_by_all(&scene, period),
            Query::Rank { figure, lowest, period, meant, limit } => {
                figures::rank(&scene, *figure, *lowest, period, meant, *limit)
            }
            Query::Turnaround { of, period } => figures::turnaround(&scene, of.as_ref(), period),
            Query::Trucks { meant, near, order, limit, asked } => {
                let wanted = trucks::Wanted { meant, near: near.as_ref(), order: *order, limit: *limit };
                trucks::selected(&scene, wanted, *asked)
            }
            Query::Trips { meant, period, asked } => trips::selected(&scene, meant, period.as_ref(), *asked),
            Query::Alerts { meant, period, .. } => alerts::selected(&scene, meant, period.as_ref()),
            Query::Fleet => trucks::fleet(&scene),
            Query::Help => help(&self.books),
        };
        for (written, name) in &self.taken {
            answer.text += &format!(" ({written:?} is taken for {name}.)");
        }
        if answer.rows.len() > MOST_ROWS {
            answer.text += &format!(" The first {MOST_ROWS} of {} are shown.", answer.rows.len());
            answer.rows.truncate(MOST_ROWS);
        }
        answer
    }
}

/// Asks a log and its store.
///
/// # Errors
///
/// When the question is not understood, or one of them cannot be read.
pub async fn ask(
    question: &str,
    log: &dyn Log,
    store: &dyn Store,
    wall: Timestamp,
    zone: Tz,
) -> Result<Answer, AskError> {
    let books = Arc::new(Books::read(log).await?);
    let inquiry = Inquiry::new(question, books, wall, zone)?;
    let past = Past::read(store, &inquiry.wants()).await?;
    Ok(inquiry.answer(&past))
}

/// The names a question may hold.
pub fn lexicon(books: &Books) -> Lexicon {
    let mut lexicon = Lexicon::default();
    books.trucks.values().for_each(|truck| lexicon.add_truck(truck));
    books.live.keys().for_each(|key| lexicon.add_unlisted(key));
    let mut drivers: Vec<_> = books.drivers.values().collect();
    drivers.sort_by_key(|driver| (&driver.name, driver.id));
    drivers.into_iter().for_each(|driver| lexicon.add_driver(driver));
    books.fences.values().for_each(|fence| lexicon.add_fence(fence));
    let mut organizations: Vec<_> = books.organizations.values().collect();
    organizations.sort_by_key(|organization| (&organization.name, organization.id));
    organizations.into_iter().for_each(|organization| lexicon.add_organization(organization));
    let mut trips: Vec<_> = books.trips.values().collect();
    trips.sort_by_key(|trip| (trip.scheduled_departure, trip.id));
    trips.into_iter().for_each(|trip| lexicon.add_trip(trip));
    lexicon
}

/// What can be asked, with names of the fleet.
fn help(books: &Books) -> Answer {
    let lexicon = lexicon(books);
    let examples = ask::INTENTS.iter().filter_map(|intent| Some((intent.doc, intent.example(&lexicon)?)));
    let row = |(doc, example): (&str, String)| Row {
        cells: vec![example.clone(), doc.to_owned()],
        goes: None,
        data: serde_json::json!({"question": example, "asks": doc}),
    };
    Answer {
        text: "These can be asked, in these words or others.".to_owned(),
        heads: vec!["QUESTION", "ASKS"],
        rows: examples.map(row).collect(),
        ..Answer::default()
    }
}

#[cfg(test)]
mod tests;
