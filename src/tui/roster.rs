//! The fleet list behind its pane: filtered, searched, sorted, its cursor kept on a truck
//! rather than a row.

use std::cmp::Ordering;

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use watchtower_core::{
    domain::{
        id::{FenceId, VehicleKey},
        time::Timestamp,
    },
    filter::Filter,
};

use super::{
    listing::{Step, Window},
    map::Spot,
    model::{Model, vehicle::Vehicle},
    text,
};

mod column;

pub use column::{Column, company, container, groups, open_alerts, place, readable_id};

/// What changes by itself (ages, speeds) is sorted anew this often, so that rows
/// can be read.
const RESORT_S: f64 = 2.0;
/// A larger fleet takes longer to sort, and is sorted as much less often.
const SOON_SORTED: usize = 10_000;

/// Places of the basemap come after all else, so many of them, from so many letters on.
const MOST_SPOTS: usize = 12;
const LEAST_SPOT: usize = 3;

/// A row of the list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Row {
    /// A truck.
    Truck(VehicleKey),
    /// A fence that was searched for.
    Place(FenceId),
    /// A place of the basemap that was.
    Spot(Spot),
}

/// Which way a list is sorted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// As people expect of the column: names from A, the fastest, gravest and
    /// freshest first.
    #[default]
    Natural,
    /// The other way.
    Reversed,
}

/// The list.
#[derive(Debug)]
pub struct Roster {
    /// Sorted by this.
    pub column: Column,
    /// And this way.
    pub direction: Direction,
    /// What is shown of each truck, from left to right.
    pub columns: Vec<Column>,
    /// The window on the rows.
    pub window: Window,
    /// The row the cursor is on.
    pub cursor: Option<Row>,
    rows: Vec<Row>,
    /// Where the cursor's row was last: mostly it still is.
    cursor_at: usize,
    filter: Filter,
    /// Who passes the filter; none when there is no filter.
    passing: Option<FxHashSet<VehicleKey>>,
    query: String,
    pattern: Option<Pattern>,
    matcher: Matcher,
    sorted_at: Option<Timestamp>,
    fleet: usize,
    label_width: usize,
}

impl Default for Roster {
    fn default() -> Self {
        Self {
            column: Column::default(),
            direction: Direction::default(),
            columns: Column::USUAL.to_vec(),
            window: Window::default(),
            cursor: None,
            rows: Vec::new(),
            cursor_at: 0,
            filter: Filter::default(),
            passing: None,
            query: String::new(),
            pattern: None,
            matcher: Matcher::new(Config::DEFAULT),
            sorted_at: None,
            fleet: 0,
            label_width: 0,
        }
    }
}

impl Roster {
    /// The rows in order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What is searched; empty when nothing is.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Cells the longest number takes.
    pub fn label_width(&self) -> usize {
        self.label_width
    }

    /// What the list, and the map with it, is narrowed to; the empty filter when to nothing.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Narrows list and map to the trucks a filter means.
    pub fn narrow(&mut self, filter: Filter) {
        if self.filter != filter {
            self.filter = filter;
            self.sorted_at = None;
        }
    }

    /// Whether a truck passed the filter when it was last asked.
    pub fn shows(&self, vehicle: &VehicleKey) -> bool {
        self.passing.as_ref().is_none_or(|passing| passing.contains(vehicle))
    }

    /// How many trucks passed; none without a filter.
    pub fn passing(&self) -> Option<usize> {
        self.passing.as_ref().map(FxHashSet::len)
    }

    /// Searches for something else.
    pub fn search(&mut self, query: &str) {
        if self.query == query {
            return;
        }
        query.clone_into(&mut self.query);
        let parse = || Pattern::parse(&text::folded(query), CaseMatching::Ignore, Normalization::Smart);
        self.pattern = (!query.trim().is_empty()).then(parse);
        self.sorted_at = None;
        self.cursor = None;
    }

    /// Sorts by another column.
    pub fn sort_by(&mut self, column: Column) {
        self.direction = match (column == self.column, self.direction) {
            (true, Direction::Natural) => Direction::Reversed,
            (true, Direction::Reversed) | (false, _) => Direction::Natural,
        };
        self.column = column;
        self.sorted_at = None;
    }

    /// Shows other columns; the usual ones for none.
    pub fn show_columns(&mut self, columns: Vec<Column>) {
        self.columns = if columns.is_empty() { Column::USUAL.to_vec() } else { columns };
    }

    /// The column `by` further than the one that is sorted by, round the ends.
    pub fn neighbour(&self, by: isize) -> Column {
        let place = self.columns.iter().position(|column| *column == self.column);
        let count = self.columns.len().max(1) as isize;
        let next = place.map_or(0, |place| (place as isize + by).rem_euclid(count));
        self.columns.get(next as usize).copied().unwrap_or_default()
    }

    /// Turns the order round.
    pub fn reverse(&mut self) {
        self.sort_by(self.column);
    }

    /// Brings the rows up to date; at once after a change of what is wanted,
    /// seldom for what changes by itself.
    pub fn refresh(&mut self, model: &Model, now: Timestamp) {
        self.sort_when_due(model, now);
        self.cursor_at = self.cursor_row().unwrap_or(0);
    }

    fn sort_when_due(&mut self, model: &Model, now: Timestamp) {
        let pause = RESORT_S * (model.vehicles.len() / SOON_SORTED).max(1) as f64;
        let fresh = self.sorted_at.is_some_and(|at| (0.0..pause).contains(&now.seconds_since(at)));
        if fresh && self.fleet == model.vehicles.len() {
            return;
        }
        (self.sorted_at, self.fleet) = (Some(now), model.vehicles.len());
        self.label_width =
            model.vehicles.values().map(|vehicle| text::width(&vehicle.label)).max().unwrap_or(0);
        self.passing = (!self.filter.is_empty()).then(|| {
            let passes = |vehicle: &&Vehicle| self.filter.matches(&model.sighting(vehicle, now));
            model.vehicles.values().filter(passes).map(|vehicle| vehicle.key.clone()).collect()
        });
        let mut scored: Vec<(u32, &Vehicle)> = Vec::with_capacity(model.vehicles.len());
        for vehicle in model.vehicles.values() {
            if !self.shows(&vehicle.key) {
                continue;
            }
            let score = match self.pattern {
                Some(_) => self.score(&haystack(model, vehicle)),
                None => Some(0),
            };
            scored.extend(score.map(|score| (score, vehicle)));
        }
        let (column, direction, searching) = (self.column, self.direction, self.pattern.is_some());
        scored.sort_by(|(score, a), (other, b)| {
            let best = if searching { other.cmp(score) } else { Ordering::Equal };
            best.then_with(|| match direction {
                Direction::Natural => column.compare(model, a, b, now),
                Direction::Reversed => column.compare(model, b, a, now),
            })
            .then_with(|| a.label.cmp(&b.label))
            .then_with(|| a.key.cmp(&b.key))
        });
        self.rows = scored.into_iter().map(|(_, vehicle)| Row::Truck(vehicle.key.clone())).collect();
        if self.pattern.is_some() {
            let places =
                model.fences.values().filter(|fence| self.score(&text::clean(&fence.name)).is_some());
            let places: Vec<Row> = places.map(|fence| Row::Place(fence.id.clone())).collect();
            self.rows.extend(places);
            if self.query.trim().len() >= LEAST_SPOT {
                self.rows.extend(Spot::search(&self.query, MOST_SPOTS).into_iter().map(Row::Spot));
            }
            if self.cursor.as_ref().is_none_or(|row| !self.rows.contains(row)) {
                self.cursor = self.rows.first().cloned();
                self.window.reveal(0);
            }
        }
    }

    /// The row of the cursor.
    pub fn cursor_row(&self) -> Option<usize> {
        let cursor = self.cursor.as_ref()?;
        let is_there = self.rows.get(self.cursor_at) == Some(cursor);
        if is_there { Some(self.cursor_at) } else { self.rows.iter().position(|row| row == cursor) }
    }

    /// Moves the cursor.
    pub fn step(&mut self, step: Step) {
        if let Some(row) = step.from(self.cursor_row(), self.rows.len()) {
            self.place(row);
        }
    }

    /// Puts the cursor on a row.
    pub fn place(&mut self, row: usize) {
        if let Some(found) = self.rows.get(row) {
            self.cursor = Some(found.clone());
            self.window.reveal(row);
        }
    }

    /// Puts the cursor on a truck, if it is listed.
    pub fn place_on(&mut self, vehicle: &VehicleKey) {
        self.cursor = Some(Row::Truck(vehicle.clone()));
        if let Some(row) = self.cursor_row() {
            self.window.reveal(row);
        }
    }

    /// Which characters of a text match what is searched.
    pub fn hits(&mut self, text: &str) -> Vec<u32> {
        let (Some(pattern), mut buffer, mut indices) = (&self.pattern, Vec::new(), Vec::new()) else {
            return Vec::new();
        };
        // Words of a query may match different cells of the row.
        let folded = text::folded(text);
        for atom in &pattern.atoms {
            let mut found = Vec::new();
            if atom.indices(Utf32Str::new(&folded, &mut buffer), &mut self.matcher, &mut found).is_some() {
                indices.extend(found);
            }
        }
        indices.sort_unstable();
        indices
    }

    /// The name a truck was found by, its driver if it was its number.
    pub fn why(&mut self, model: &Model, vehicle: &Vehicle) -> String {
        let names = names(model, vehicle);
        let best =
            names.iter().max_by_key(|name| self.hits(name).len()).filter(|name| !self.hits(name).is_empty());
        best.unwrap_or(&vehicle.driver).clone()
    }

    fn score(&mut self, haystack: &str) -> Option<u32> {
        let Some(pattern) = &self.pattern else { return Some(0) };
        let mut buffer = Vec::new();
        pattern.score(Utf32Str::new(&text::folded(haystack), &mut buffer), &mut self.matcher)
    }
}

/// Everything a truck can be found by beside its number.
fn names(model: &Model, vehicle: &Vehicle) -> Vec<String> {
    let mut names = vec![vehicle.driver.clone()];
    names.extend(vehicle.fences.iter().map(|fence| model.fence_name(fence)));
    if let Some(trip) = model.trip_of(vehicle) {
        names.extend(
            [Some(&trip.readable_id), trip.container.as_ref()]
                .into_iter()
                .flatten()
                .map(|id| text::clean(id)),
        );
        names.push(model.fence_name(&trip.delivery));
    }
    names
}

fn haystack(model: &Model, vehicle: &Vehicle) -> String {
    format!("{} {}", vehicle.label, names(model, vehicle).join(" "))
}
