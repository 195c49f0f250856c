//! The fleet list behind its pane: filtered, searched, sorted, its cursor kept on a truck
//! rather than a row.

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
mod order;
mod passing;
mod search;

use order::Order;
use passing::Passing;
use search::Search;

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
    /// The numbers of the trucks listed.
    trucks: Vec<u32>,
    /// Places, after them.
    places: Vec<Row>,
    order: Order,
    /// The keys of all trucks by their numbers, and whose numbers those are.
    keys: Vec<VehicleKey>,
    of: u64,
    renamed: u64,
    /// Where the cursor's row was last: mostly it still is.
    cursor_at: usize,
    filter: Filter,
    /// Who passes the filter; none when there is no filter.
    passing: Option<Passing>,
    search: Search,
    sorted_at: Option<Timestamp>,
    fleet: usize,
}

impl Default for Roster {
    fn default() -> Self {
        Self {
            column: Column::default(),
            direction: Direction::default(),
            columns: Column::USUAL.to_vec(),
            window: Window::default(),
            cursor: None,
            trucks: Vec::new(),
            places: Vec::new(),
            order: Order::default(),
            keys: Vec::new(),
            of: 0,
            renamed: 0,
            cursor_at: 0,
            filter: Filter::default(),
            passing: None,
            search: Search::default(),
            sorted_at: None,
            fleet: 0,
        }
    }
}

impl Roster {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.trucks.len() + self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of the rows.
    pub fn row(&self, row: usize) -> Option<Row> {
        match self.trucks.get(row) {
            Some(number) => Some(Row::Truck(self.keys[*number as usize].clone())),
            None => self.places.get(row - self.trucks.len()).cloned(),
        }
    }

    /// All rows in order, for whoever needs them all.
    pub fn rows(&self) -> Vec<Row> {
        (0..self.len()).filter_map(|row| self.row(row)).collect()
    }

    /// What is searched; empty when nothing is.
    pub fn query(&self) -> &str {
        self.search.query()
    }

    /// Cells the longest number takes.
    pub fn label_width(&self) -> usize {
        self.order.label_width
    }

    /// What the list, and the map with it, is narrowed to; the empty filter when to nothing.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Narrows list and map to the trucks a filter means.
    pub fn narrow(&mut self, filter: Filter) {
        if self.filter != filter {
            self.passing = (!filter.is_empty()).then(Passing::default);
            self.filter = filter;
            self.sorted_at = None;
        }
    }

    /// Whether a truck passed the filter when it was last asked.
    pub fn shows(&self, vehicle: &VehicleKey) -> bool {
        self.passing.as_ref().is_none_or(|passing| passing.keys.contains(vehicle))
    }

    /// The same of a truck by its number.
    pub fn shows_number(&self, number: u32) -> bool {
        self.passing.as_ref().is_none_or(|passing| passing.has(number))
    }

    /// How many trucks passed; none without a filter.
    pub fn passing(&self) -> Option<usize> {
        self.passing.as_ref().map(|passing| passing.keys.len())
    }

    /// Searches for something else.
    pub fn search(&mut self, query: &str) {
        if self.search.turn_to(query) {
            self.sorted_at = None;
            self.cursor = None;
        }
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
        if self.is_due(model, now) {
            self.sort(model, now);
        } else if let Some(passing) = &mut self.passing {
            passing.ask_in_turn(&self.filter, model, now);
        }
        let is_there = self.row(self.cursor_at).is_some_and(|row| self.cursor.as_ref() == Some(&row));
        if !is_there {
            let number = match &self.cursor {
                Some(Row::Truck(key)) => model.vehicles.number(key),
                Some(Row::Place(_) | Row::Spot(_)) | None => None,
            };
            let truck = number.and_then(|number| self.trucks.iter().position(|other| *other == number));
            self.cursor_at = truck.or_else(|| self.place_row()).unwrap_or(0);
        }
    }

    fn is_due(&self, model: &Model, now: Timestamp) -> bool {
        let (vehicles, of) = (&model.vehicles, model.vehicles.names().of);
        let Some(sorted_at) = self.sorted_at.filter(|_| self.of == of) else { return true };
        let passed = now.seconds_since(sorted_at);
        let size = (vehicles.len() / SOON_SORTED) as f64;
        let changes = self.fleet != vehicles.len() || self.renamed != vehicles.renamed();
        let stays = self.column.stays() && self.filter.is_empty() && !self.search.is_on();
        let pause = match (stays, changes) {
            (true, changes) => return changes,
            (false, true) if size < 1.0 => 0.0,
            (false, true) => RESORT_S,
            (false, false) => RESORT_S * size.max(1.0),
        };
        !(0.0..pause).contains(&passed)
    }

    fn sort(&mut self, model: &Model, now: Timestamp) {
        let (vehicles, names) = (&model.vehicles, model.vehicles.names());
        // Of what is typed letter by letter only the first has to look everything up.
        if self.sorted_at.is_some() || self.of != names.of {
            self.search.forget();
        }
        if self.of != names.of {
            self.keys.clear();
            self.passing = self.passing.is_some().then(Passing::default);
        }
        self.keys.extend(names.each[self.keys.len()..].iter().map(|name| name.key.clone()));
        (self.sorted_at, self.of) = (Some(now), names.of);
        (self.fleet, self.renamed) = (vehicles.len(), vehicles.renamed());
        self.order.learn(model);
        if let Some(passing) = &mut self.passing {
            passing.ask(&self.filter, model, now);
        }
        let by = (self.column, self.direction);
        self.trucks = self.order.sorted(model, by, now, |number| self.shows_number(number));
        self.places.clear();
        if self.search.is_on() {
            self.search_all(model);
        }
    }

    /// Leaves who is found, the best first, and places after them.
    fn search_all(&mut self, model: &Model) {
        let mut scored: Vec<(u32, u32)> = Vec::new();
        let vehicles = model.vehicles.values().as_slice();
        for number in std::mem::take(&mut self.trucks) {
            let vehicle = vehicles.get(number as usize);
            let score = vehicle.and_then(|vehicle| self.search.score_truck(number, model, vehicle));
            scored.extend(score.map(|score| (score, number)));
        }
        scored.sort_by(|(a, _), (b, _)| b.cmp(a));
        self.trucks = scored.into_iter().map(|(_, number)| number).collect();
        let fences =
            model.fences.values().filter(|fence| self.search.score(&text::clean(&fence.name)).is_some());
        self.places = fences.map(|fence| Row::Place(fence.id.clone())).collect();
        if self.search.query().trim().len() >= LEAST_SPOT {
            self.places.extend(Spot::search(self.search.query(), MOST_SPOTS).into_iter().map(Row::Spot));
        }
        if self.cursor_row().is_none() {
            self.cursor = self.row(0);
            self.window.reveal(0);
        }
    }

    /// The row of the cursor.
    pub fn cursor_row(&self) -> Option<usize> {
        let cursor = self.cursor.as_ref()?;
        if self.row(self.cursor_at).as_ref() == Some(cursor) {
            return Some(self.cursor_at);
        }
        let truck = match cursor {
            Row::Truck(key) => self.trucks.iter().position(|number| self.keys[*number as usize] == *key),
            Row::Place(_) | Row::Spot(_) => None,
        };
        truck.or_else(|| self.place_row())
    }

    /// The row of the cursor when it is on a place.
    fn place_row(&self) -> Option<usize> {
        let place = self.places.iter().position(|row| Some(row) == self.cursor.as_ref())?;
        Some(self.trucks.len() + place)
    }

    /// Moves the cursor.
    pub fn step(&mut self, step: Step) {
        if let Some(row) = step.from(self.cursor_row(), self.len()) {
            self.place(row);
        }
    }

    /// Puts the cursor on a row.
    pub fn place(&mut self, row: usize) {
        if let Some(found) = self.row(row) {
            self.cursor = Some(found);
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
        self.search.hits(text)
    }

    /// The name a truck was found by, its driver if it was its number.
    pub fn why(&mut self, model: &Model, vehicle: &Vehicle) -> String {
        let names = search::names(model, vehicle);
        let best =
            names.iter().max_by_key(|name| self.hits(name).len()).filter(|name| !self.hits(name).is_empty());
        best.unwrap_or(&vehicle.driver).clone()
    }
}
