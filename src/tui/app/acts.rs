//! What each action does.

use tui_input::Input as Line;
use watchtower_core::{
    domain::{
        alert::Acknowledgement,
        event::{Command, Event, EventData},
        geo::LonLat,
        geofence::Geofence,
        id::{AlertId, CorrelationId, Derivation, EventId, FenceId},
        time::Timestamp,
    },
    filter::Filter,
};

use super::{Access, App, Effect, Fences, Fit, Following, Gravity, Naming, Prompt, Row, Trails};
use crate::tui::{
    keymap::Action,
    layout::{self, Axis, Extent, Pane},
    listing::{Step, Window},
    map::{Graticule, Spot, Stays, Ways},
    model::alerts::{Entry, Note, Standing},
    roster::Direction,
    words,
};

/// The zoom at which one sees on which road a truck is.
pub(super) const CLOSE: f64 = 13.0;
/// Half levels of a zoom key.
const ZOOM_STEP: f64 = 1.0;
/// Half levels further in when what is shown is shown already.
const CLOSER: f64 = 2.0;
/// The part of the map one pan key moves it by.
const PAN_PART: f64 = 0.1;

impl App {
    pub(super) fn act(&mut self, action: Action, now: Timestamp) -> Option<Effect> {
        match action {
            Action::Left => self.sideways(-1),
            Action::Right => self.sideways(1),
            Action::Up => self.step(Step::By(-1)),
            Action::Down => self.step(Step::By(1)),
            Action::PageUp => self.step(Step::By(-self.page())),
            Action::PageDown => self.step(Step::By(self.page())),
            Action::Top => self.step(Step::First),
            Action::Bottom => self.step(Step::Last),
            Action::ZoomIn => self.map.zoom_at(ZOOM_STEP, None),
            Action::ZoomOut => self.map.zoom_at(-ZOOM_STEP, None),
            Action::Select => self.show_cursor(now),
            Action::Follow => self.follow(now),
            Action::Fit => {
                (self.fit, self.following) = (Fit::Fleet, Following::Off);
            }
            Action::Find => self.prompt = Some(Prompt::Find(Line::from(self.roster.query()))),
            Action::Filter => self.open_filter(now),
            Action::Sort if self.view.focus() == Pane::Analytics => self.analytics.sort_beside(1),
            Action::Reverse if self.view.focus() == Pane::Analytics => {
                self.analytics.sort_by(self.analytics.column);
            }
            Action::Sort => {
                self.roster.sort_by(self.roster.neighbour(1));
                self.tell_order(now);
            }
            Action::Reverse => {
                self.roster.reverse();
                self.tell_order(now);
            }
            Action::NextAlert => self.next_alert(now),
            Action::Acknowledge => match self.alert_meant() {
                Some(alert) => return self.acknowledge(alert, None, now),
                None => self.tell(Gravity::Note, "no open alert here: n goes to the next".to_owned(), now),
            },
            Action::AcknowledgeWithNote => match self.alert_meant() {
                Some(alert) => self.prompt = Some(Prompt::Note(alert, Line::default())),
                None => self.tell(Gravity::Note, "no open alert here: n goes to the next".to_owned(), now),
            },
            Action::Export => self.open_export(now),
            Action::Copy => self.begin_copying(now),
            Action::PlanTrip => self.open_plan(now),
            Action::MoveTrip => self.open_move(now),
            Action::AssignDriver => self.open_assign(now),
            Action::Draw => self.begin_drawing(now),
            Action::DrawAnew => self.draw_anew(now),
            Action::RemoveFence => self.ask_removal(now),
            Action::Trails => self.change_trails(now),
            Action::Fences => {
                let (fences, told) = match self.fences {
                    Fences::Shown => (Fences::Hidden, "no geofences"),
                    Fences::Hidden => (Fences::Shown, "geofences"),
                };
                self.fences = fences;
                self.tell(Gravity::Note, told.to_owned(), now);
            }
            Action::Graticule => {
                self.map.graticule = match self.map.graticule {
                    Graticule::Hidden => Graticule::Shown,
                    Graticule::Shown => Graticule::Hidden,
                };
            }
            Action::Footprint => {
                let (ways, told) = match self.map.ways {
                    Ways::Shown => (Ways::Hidden, "no footprint"),
                    Ways::Hidden => (Ways::Shown, "footprint: the ways the fleet drives"),
                };
                self.map.ways = ways;
                self.tell(Gravity::Note, told.to_owned(), now);
            }
            Action::Dwell => self.change_dwell(now),
            Action::Bookmark => self.name_bookmark(Naming::Keep, now),
            Action::ReturnTo => self.name_bookmark(Naming::Return, now),
            Action::FitSelection => match self.selected {
                Some(_) => (self.fit, self.following) = (Fit::Selection, Following::Off),
                None => self.tell(Gravity::Note, "select a truck first: / finds one".to_owned(), now),
            },
            Action::Next => self.focus_by(1),
            Action::Previous => self.focus_by(-1),
            Action::Pane(7) if self.view.focus() == Pane::Analytics => self.analytics.turn_period(),
            Action::Pane(number) => {
                if let Some(pane) = Pane::ALL.iter().find(|pane| pane.number() == number) {
                    self.focus(*pane);
                }
            }
            Action::Narrower => self.resize(Axis::Across, -2, now),
            Action::Wider => self.resize(Axis::Across, 2, now),
            Action::Lower => self.resize(Axis::Down, -1, now),
            Action::Higher => self.resize(Axis::Down, 1, now),
            Action::Rearrange => {
                self.view.forget_cuts();
                self.tell(Gravity::Note, "panes as they were at first".to_owned(), now);
            }
            Action::Zoom => {
                self.view.extent = match self.view.extent {
                    Extent::Shared => Extent::Alone,
                    Extent::Alone => Extent::Shared,
                };
            }
            Action::PlayPause
            | Action::Slower
            | Action::Faster
            | Action::MinuteBack
            | Action::MinuteForward
            | Action::HourBack
            | Action::HourForward
            | Action::Beginning => return self.ask_player(action, now),
            Action::Palette => self.open_palette(),
            Action::Help => self.help = Some(Window::default()),
            Action::Escape => self.escape(),
            Action::Redraw => return Some(Effect::Redraw),
            Action::Suspend => return Some(Effect::Suspend),
            Action::Quit => return Some(Effect::Quit),
        }
        None
    }

    pub(super) fn focus(&mut self, pane: Pane) {
        self.view.give_focus(pane);
    }

    /// Moves the border of the pane in focus that is nearest along an axis, so that the
    /// pane grows or shrinks by `cells`.
    fn resize(&mut self, axis: Axis, cells: i16, now: Timestamp) {
        let pane = self.view.focus();
        let Some(divider) = self.layout.divider_of(pane, axis) else {
            self.tell(Gravity::Note, "this pane has nothing beside it to give".to_owned(), now);
            return;
        };
        let area = self.layout.of(pane).unwrap_or_default();
        let is_first = (area.x, area.y) == (divider.of.x, divider.of.y);
        let before = divider.before.saturating_add_signed(if is_first { cells } else { -cells });
        self.view.move_cut(divider.cut, before.min(divider.length()), divider.length());
        // More such keys may come before the next frame.
        self.layout = layout::arrange(self.layout.screen, &self.view);
    }

    fn focus_by(&mut self, by: isize) {
        let count = Pane::ALL.len() as isize;
        let next = (self.view.focus() as isize + by).rem_euclid(count) as usize;
        self.focus(Pane::ALL[next]);
    }

    fn sideways(&mut self, by: isize) {
        match self.view.focus() {
            Pane::Map => self.pan(by as f64, 0.0),
            Pane::Fleet => self.roster.sort_by(self.roster.neighbour(by)),
            Pane::Analytics => self.analytics.sort_beside(by),
            Pane::Truck | Pane::Trips | Pane::Alerts | Pane::Events => {}
        }
    }

    fn pan(&mut self, columns: f64, rows: f64) {
        self.following = Following::Off;
        let area = self.layout.of(Pane::Map).unwrap_or_default();
        let part = |cells: u16| (f64::from(cells) * PAN_PART).max(1.0).round();
        self.map.pan(columns * part(area.width), rows * part(area.height));
    }

    fn page(&self) -> isize {
        let window = match self.view.focus() {
            Pane::Map | Pane::Fleet => self.roster.window,
            Pane::Truck => self.truck_window,
            Pane::Trips => self.trip_window,
            Pane::Alerts => self.alert_window,
            Pane::Events => self.event_window,
            Pane::Analytics => self.analytics.window,
        };
        isize::try_from(window.page()).unwrap_or(1)
    }

    fn step(&mut self, step: Step) {
        match (self.view.focus(), step) {
            (Pane::Map, Step::By(rows)) => self.pan(0.0, rows as f64),
            (Pane::Map, Step::First | Step::Last) => {}
            (Pane::Fleet, _) => {
                self.roster.step(step);
                self.cursor_changed();
            }
            (Pane::Truck, Step::By(rows)) => self.truck_window.scroll(rows),
            (Pane::Truck, Step::First | Step::Last) => self.truck_window = Window::default(),
            (Pane::Trips, _) => {
                let order = self.model.trips_in_order();
                let row = order.iter().position(|trip| Some(*trip) == self.trip_cursor);
                if let Some(row) = step.from(row, order.len()) {
                    self.place_trip_cursor(row);
                }
            }
            (Pane::Alerts, _) => {
                let entries = self.model.alerts.entries();
                let row = entries.iter().position(|entry| Some(entry.alert.id) == self.alert_cursor);
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
        self.alert_cursor = Some(entry.alert.id);
        let vehicle = entry.alert.vehicle.clone();
        self.alert_window.reveal(row);
        self.roster.place_on(&vehicle);
        self.select(vehicle);
    }

    pub(super) fn place_trip_cursor(&mut self, row: usize) {
        let Some(trip) = self.model.trips_in_order().get(row).and_then(|id| self.model.trips.get(id)) else {
            return;
        };
        self.trip_cursor = Some(trip.id);
        let vehicle = trip.vehicle.clone();
        self.trip_window.reveal(row);
        self.roster.place_on(&vehicle);
        self.select(vehicle);
    }

    pub(super) fn event_row(&self) -> Option<usize> {
        self.model.events.newest_first().position(|line| Some(line.id) == self.event_cursor)
    }

    pub(super) fn place_event_cursor(&mut self, row: usize) {
        let Some(line) = self.model.events.newest_first().nth(row) else { return };
        self.event_cursor = Some(line.id);
        let vehicle = line.vehicle.clone();
        self.event_window.reveal(row);
        if let Some(vehicle) = vehicle {
            self.roster.place_on(&vehicle);
            self.select(vehicle);
        }
    }

    pub(super) fn show_cursor(&mut self, now: Timestamp) {
        match (self.view.focus(), self.roster.cursor.clone()) {
            (Pane::Fleet, Some(Row::Place(fence))) => self.show_fence(&fence),
            (Pane::Fleet, Some(Row::Spot(spot))) => self.show_spot(spot),
            _ if self.selected.is_some() => self.show_selected(now),
            _ => self.tell(Gravity::Note, "select a truck first: / finds one".to_owned(), now),
        }
    }

    /// Brings the selected truck to the middle; closer if it is there.
    pub(super) fn show_selected(&mut self, now: Timestamp) {
        let vehicle = self.selected.as_ref().and_then(|key| self.model.vehicles.get(key));
        if let Some(point) = vehicle.map(|vehicle| self.model.seen(vehicle, now).point) {
            self.go_to(point);
        }
    }

    pub(super) fn show_fence(&mut self, fence: &FenceId) {
        if let Some(point) = self.model.fences.get(fence).and_then(Geofence::middle) {
            self.following = Following::Off;
            self.go_to(point);
        }
    }

    pub(super) fn show_spot(&mut self, spot: Spot) {
        (self.following, self.fit) = (Following::Off, Fit::Nothing);
        self.map.viewport.centre = spot.point();
        self.map.viewport.zoom = self.map.viewport.zoom.max(spot.kind().zoom());
    }

    fn go_to(&mut self, point: LonLat) {
        // A truck that moves is hardly ever where it was to the last digit.
        let cells = [point, self.map.viewport.centre].map(|point| self.map.cell_of(point));
        let there = matches!(cells, [Some(a), Some(b)] if a.0.abs_diff(b.0) <= 2 && a.1.abs_diff(b.1) <= 1);
        self.map.viewport.centre = point;
        if there && self.map.viewport.zoom >= CLOSE {
            self.map.zoom_at(CLOSER, None);
        } else {
            self.map.viewport.zoom = self.map.viewport.zoom.max(CLOSE);
        }
        self.fit = Fit::Nothing;
    }

    fn follow(&mut self, now: Timestamp) {
        self.following = match (self.following, &self.selected) {
            (Following::On, _) => Following::Off,
            (Following::Off, Some(_)) => {
                self.fit = Fit::Nothing;
                Following::On
            }
            (Following::Off, None) => {
                self.tell(Gravity::Note, "select a truck to follow: / finds one".to_owned(), now);
                Following::Off
            }
        };
    }

    /// The column may have no room on the screen.
    fn tell_order(&mut self, now: Timestamp) {
        let turned = match self.roster.direction {
            Direction::Natural => "",
            Direction::Reversed => ", reversed",
        };
        self.tell(Gravity::Note, format!("sorted by {}{turned}", self.roster.column.name()), now);
    }

    fn change_trails(&mut self, now: Timestamp) {
        let (trails, told) = match self.trails {
            Trails::All => (Trails::Selected, "trail of the selected truck"),
            Trails::Selected => (Trails::Hidden, "no trails"),
            Trails::Hidden => (Trails::All, "all trails"),
        };
        self.trails = trails;
        self.tell(Gravity::Note, told.to_owned(), now);
    }

    fn change_dwell(&mut self, now: Timestamp) {
        if self.stays.take().is_none() {
            self.gather_stays(now);
        }
        let told = if self.stays.is_some() { "where trucks stood, and how long" } else { "no dwell" };
        self.tell(Gravity::Note, told.to_owned(), now);
    }

    /// Brings up to date where vehicles stood.
    pub(super) fn gather_stays(&mut self, now: Timestamp) {
        let revision = self.stays.as_ref().map_or(0, |stays| stays.revision) + 1;
        self.stays = Some(Stays { each: self.model.stays(now), revision });
    }

    fn next_alert(&mut self, now: Timestamp) {
        let entries = self.model.alerts.entries();
        let open = entries.iter().take_while(|entry| entry.standing() == Standing::Open).count();
        if open == 0 {
            self.tell(Gravity::Note, "no open alerts".to_owned(), now);
            return;
        }
        let here = entries[..open].iter().position(|entry| Some(entry.alert.id) == self.alert_cursor);
        self.place_alert_cursor(here.map_or(0, |row| (row + 1) % open));
        self.show_selected(now);
    }

    /// The alert under the cursor, else the gravest on the selected truck.
    fn alert_meant(&self) -> Option<AlertId> {
        let wanted = |entry: &&Entry| entry.standing() == Standing::Open && entry.note == Note::None;
        let mut open = self.model.alerts.entries().iter().filter(wanted);
        let under_cursor = open.clone().find(|entry| Some(entry.alert.id) == self.alert_cursor);
        let meant = under_cursor
            .filter(|entry| {
                self.view.focus() == Pane::Alerts || Some(&entry.alert.vehicle) == self.selected.as_ref()
            })
            .or_else(|| open.find(|entry| Some(&entry.alert.vehicle) == self.selected.as_ref()))?;
        Some(meant.alert.id)
    }

    pub(super) fn acknowledge(
        &mut self,
        id: AlertId,
        note: Option<String>,
        now: Timestamp,
    ) -> Option<Effect> {
        if self.setting.access != Access::Dispatch {
            self.tell(Gravity::Failure, "this screen is read-only".to_owned(), now);
            return None;
        }
        let alert = self.model.alerts.get(id)?.alert.clone();
        let told = format!("acknowledged: {} {}", alert.vehicle, words::alert(&alert));
        let by = self.setting.operator.clone();
        let derivation = Derivation {
            kind: "command.issued",
            key: alert.vehicle.as_str(),
            subject: &format!("{id} {by}"),
            start: now,
            phase: "acknowledge",
            revision: 0,
        };
        let event_id = derivation.uuid();
        let event = Event {
            id: EventId(event_id),
            ts: now,
            recorded_at: now,
            key: alert.vehicle.as_str().to_owned(),
            correlation_id: CorrelationId(event_id),
            data: EventData::CommandIssued(Command::AcknowledgeAlert(Acknowledgement {
                alert: id,
                by,
                note,
            })),
        };
        self.model.alerts.mark_asked(id);
        self.tell(Gravity::Note, told, now);
        Some(Effect::Send(Box::new(event)))
    }

    /// One step back, the innermost first.
    fn escape(&mut self) {
        if self.message.take().is_some() {
            return;
        }
        if !self.roster.query().is_empty() {
            self.roster.search("");
        } else if !self.roster.filter().is_empty() {
            self.roster.narrow(Filter::default());
        } else if self.view.extent == Extent::Alone {
            self.view.extent = Extent::Shared;
        } else if self.following == Following::On {
            self.following = Following::Off;
        } else {
            self.selected = None;
            self.roster.cursor = None;
            (self.alert_cursor, self.event_cursor, self.trip_cursor) = (None, None, None);
        }
    }
}
