//! Cursors in the lists: the row a key or a click goes to, and the truck that is selected
//! with it.

use watchtower_core::domain::{
    id::{AlertId, EventId, TripId, VehicleKey},
    time::Timestamp,
};

use super::{App, Gravity, Row};
use crate::tui::{
    layout::Pane,
    listing::{Cursor, Step, Window},
};

/// The lists beside that of the fleet.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::tui) struct Lists {
    pub(in crate::tui) trips: Cursor<TripId>,
    pub(in crate::tui) alerts: Cursor<AlertId>,
    pub(in crate::tui) events: Cursor<EventId>,
    /// Of the selected truck: lines, none of which is picked.
    pub(in crate::tui) truck: Window,
}

impl App {
    /// Selects a truck, and shows it in detail where panes share a place.
    pub(in crate::tui) fn select(&mut self, vehicle: VehicleKey) {
        if self.selected.as_ref() != Some(&vehicle) {
            self.lists.truck = Window::default();
        }
        // Where one pane stands for several, whoever picks a truck wants to see it.
        if self.selected.is_none() && matches!(self.view.focus(), Pane::Map | Pane::Fleet) {
            self.view.bring_up(Pane::Truck);
        }
        self.selected = Some(vehicle);
    }

    /// Selects a truck picked from another list than the fleet's.
    pub(super) fn pick(&mut self, vehicle: VehicleKey) {
        self.roster.place_on(&vehicle);
        self.select(vehicle);
    }

    pub(super) fn cursor_changed(&mut self) {
        if let Some(Row::Truck(vehicle)) = self.roster.cursor.clone() {
            self.select(vehicle);
        }
    }

    /// Lets go of what is picked in every list.
    pub(super) fn forget_cursors(&mut self) {
        (self.selected, self.roster.cursor) = (None, None);
        (self.lists.trips.at, self.lists.alerts.at, self.lists.events.at) = (None, None, None);
    }

    /// Rows a page of the pane in focus has.
    pub(super) fn page(&self) -> isize {
        let window = match self.view.focus() {
            Pane::Map | Pane::Fleet => self.roster.window,
            Pane::Truck => self.lists.truck,
            Pane::Trips => self.lists.trips.window,
            Pane::Alerts => self.lists.alerts.window,
            Pane::Events => self.lists.events.window,
            Pane::Analytics => self.analytics.window,
        };
        isize::try_from(window.page()).unwrap_or(1)
    }

    /// Moves the cursor of the pane in focus.
    pub(super) fn step(&mut self, step: Step) {
        match (self.view.focus(), step) {
            (Pane::Map, Step::By(rows)) => self.pan(0.0, rows as f64),
            (Pane::Map, Step::First | Step::Last) => {}
            (Pane::Fleet, _) => {
                self.roster.step(step);
                self.cursor_changed();
            }
            (Pane::Truck, Step::By(rows)) => self.lists.truck.scroll(rows),
            (Pane::Truck, Step::First | Step::Last) => self.lists.truck = Window::default(),
            (Pane::Trips, _) => {
                let order = self.model.trips_in_order();
                let row = order.iter().position(|trip| Some(*trip) == self.lists.trips.at);
                if let Some(row) = step.from(row, order.len()) {
                    self.place_trip_cursor(row);
                }
            }
            (Pane::Alerts, _) => {
                let entries = self.model.alerts.entries();
                let row = entries.iter().position(|entry| Some(entry.alert.id) == self.lists.alerts.at);
                if let Some(row) = step.from(row, entries.len()) {
                    self.place_alert_cursor(row);
                }
            }
            (Pane::Analytics, _) => {
                let row = self.analytics.row_of(self.selected.as_ref());
                if let Some(row) = step.from(row, self.analytics.rows().len())
                    && let Some(vehicle) = self.analytics.vehicle(row).cloned()
                {
                    self.analytics.window.reveal(row);
                    self.pick(vehicle);
                }
            }
            (Pane::Events, _) => {
                let row = self.event_row();
                if let Some(row) = step.from(row, self.model.events.len()) {
                    self.place_event_cursor(row);
                }
            }
        }
    }

    pub(super) fn place_alert_cursor(&mut self, row: usize) {
        let Some(entry) = self.model.alerts.entries().get(row) else { return };
        self.lists.alerts.place(entry.alert.id, row);
        self.pick(entry.alert.vehicle.clone());
    }

    pub(super) fn place_trip_cursor(&mut self, row: usize) {
        let order = self.model.trips_in_order();
        let Some(trip) = order.get(row).and_then(|id| self.model.trips.get(id)) else { return };
        self.lists.trips.place(trip.id, row);
        self.pick(trip.vehicle.clone());
    }

    pub(in crate::tui) fn event_row(&self) -> Option<usize> {
        self.model.events.newest_first().position(|line| Some(line.id) == self.lists.events.at)
    }

    pub(super) fn place_event_cursor(&mut self, row: usize) {
        let Some(line) = self.model.events.newest_first().nth(row) else { return };
        self.lists.events.place(line.id, row);
        if let Some(vehicle) = line.vehicle.clone() {
            self.pick(vehicle);
        }
    }

    /// Shows on the map what is under the cursor.
    pub(super) fn show_cursor(&mut self, now: Timestamp) {
        match (self.view.focus(), self.roster.cursor.clone()) {
            (Pane::Fleet, Some(Row::Place(fence))) => self.show_fence(&fence),
            (Pane::Fleet, Some(Row::Spot(spot))) => self.show_spot(spot),
            _ if self.selected.is_some() => self.show_selected(now),
            _ => self.tell(Gravity::Note, "select a truck first: / finds one".to_owned(), now),
        }
    }
}
