//! Dialogs: a form over the screen, what it asks for, and what is heard of it.

use std::time::Duration;

use crossterm::event::KeyEvent;
use uuid::Uuid;
use watchtower_core::domain::{
    event::{Command, Event, EventData},
    id::{CorrelationId, EventId, FenceId, TripId, VehicleKey},
    time::Timestamp,
    trip::{Trip, TripStatus},
};

use super::{Access, App, Effect, Gravity, Overlay};
use crate::tui::{
    dispatch::{
        form::{Field, Form, Need, Outcome},
        offer::Kind,
        sketch::Sketch,
        trip, when,
    },
    layout::Pane,
    text,
};

/// So long after asking it is strange that nobody has answered.
const PATIENCE: Duration = Duration::from_secs(10);
/// So long after asking nobody will.
const FORGOTTEN: Duration = Duration::from_secs(600);

/// What a form is for.
#[derive(Clone, PartialEq, Debug)]
pub enum Purpose {
    /// To plan a trip.
    Plan,
    /// To say where a trip stands.
    Move(TripId),
    /// To say who drives a truck.
    Assign(VehicleKey),
    /// To name a geofence that was drawn.
    Draw(Sketch),
    /// To delete a geofence.
    Remove(FenceId),
    /// To write what is seen to a file.
    Export,
}

/// A form over the screen.
#[derive(Clone, Debug)]
pub struct Dialog {
    /// What for.
    pub purpose: Purpose,
    /// Its fields.
    pub form: Form,
}

/// Something asked for that nobody has answered yet.
#[derive(Debug)]
pub(super) struct Asked {
    id: Uuid,
    at: Timestamp,
    what: String,
    dialog: Option<Dialog>,
    silence: Silence,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Silence {
    Short,
    Told,
}

impl App {
    /// Opens a form, unless this screen may only look.
    pub(super) fn open(&mut self, purpose: Purpose, form: Form, now: Timestamp) {
        match self.setting.access {
            Access::ReadOnly | Access::Wall => {
                self.tell(Gravity::Failure, "this screen is read-only".to_owned(), now);
            }
            Access::Dispatch => self.overlays.open(Overlay::Dialog(Dialog { purpose, form })),
        }
    }

    pub(super) fn open_plan(&mut self, now: Timestamp) {
        let form = trip::form(&self.model, self.selected.as_ref());
        self.open(Purpose::Plan, form, now);
    }

    pub(super) fn open_move(&mut self, now: Timestamp) {
        let Some(trip) = self.trip_meant() else {
            self.tell(Gravity::Note, "no trip here: select one, or a truck that has one".to_owned(), now);
            return;
        };
        let (id, title) = (trip.id, format!("Trip {} is", text::clean(&trip.readable_id)));
        let may_become = may_become(trip.status);
        if may_become.is_empty() {
            let told = format!("the trip is {}: nothing follows", trip.status.name());
            self.tell(Gravity::Note, told, now);
            return;
        }
        let fields = vec![
            Field::new("Status", "status", Kind::Word(may_become), Need::Needed),
            Field::new("Reason", "reason", Kind::Text, Need::Optional),
            Field::new("Promised", "promised_arrival", Kind::Moment, Need::Optional),
        ];
        let form = Form::new(title, fields, &self.model);
        self.open(Purpose::Move(id), form, now);
    }

    pub(super) fn open_assign(&mut self, now: Timestamp) {
        let Some(truck) = self.selected.clone().filter(|key| self.model.truck(key).is_some()) else {
            self.tell(Gravity::Note, "select a truck of the books first: / finds one".to_owned(), now);
            return;
        };
        let field = Field::new("Driver", "driver", Kind::Driver, Need::Optional);
        let form = Form::new(format!("Who drives {truck}; empty for nobody"), vec![field], &self.model);
        self.open(Purpose::Assign(truck), form, now);
    }

    /// The trip under the cursor, else the selected truck's: the one it is on, or its next.
    fn trip_meant(&self) -> Option<&Trip> {
        let at_cursor = self.lists.trips.at.and_then(|id| self.model.trips.get(&id));
        if let (Pane::Trips, Some(trip)) = (self.view.focus(), at_cursor) {
            return Some(trip);
        }
        let vehicle = self.model.vehicles.get(self.selected.as_ref()?)?;
        let order = self.model.trips_in_order().iter().filter_map(|id| self.model.trips.get(id));
        let next = order.filter(|trip| trip.vehicle == vehicle.key).find(|trip| !trip.status.is_over());
        self.model.trip_of(vehicle).or(next)
    }

    pub(super) fn key_in_dialog(
        &mut self,
        mut dialog: Dialog,
        key: &KeyEvent,
        now: Timestamp,
    ) -> Option<Effect> {
        match dialog.form.key(key, &self.model) {
            Outcome::Open => self.go_on_with(dialog),
            Outcome::Leave => {}
            Outcome::Send => return self.send_dialog(dialog, now),
        }
        None
    }

    /// Shows it again after something was typed or picked.
    pub(super) fn go_on_with(&mut self, mut dialog: Dialog) {
        if dialog.purpose == Purpose::Plan {
            trip::suggest_driver(&mut dialog.form, &self.model);
        }
        self.overlays.open(Overlay::Dialog(dialog));
    }

    /// Sends what the form asks for, or says in it what is wrong.
    pub(super) fn send_dialog(&mut self, mut dialog: Dialog, now: Timestamp) -> Option<Effect> {
        if dialog.purpose == Purpose::Export {
            return self.export(dialog, now);
        }
        match self.command(&dialog, now) {
            Ok((key, what, command)) => {
                if let Command::WriteGeofence { geofence, .. } = &command {
                    self.forget_drawing_of(geofence.id.clone());
                }
                Some(self.ask(key, what, command, Some(dialog), now))
            }
            Err(wrong) => {
                let rest = dialog.form.blame(wrong, &self.model);
                self.overlays.open(Overlay::Dialog(dialog));
                if let Some(reason) = rest.into_iter().next() {
                    self.tell(Gravity::Failure, reason, now);
                }
                None
            }
        }
    }

    /// The command a dialog means: what it is about, the same in words, and itself.
    fn command(
        &self,
        dialog: &Dialog,
        now: Timestamp,
    ) -> Result<(String, String, Command), Vec<(String, String)>> {
        let (form, by) = (&dialog.form, self.setting.operator.clone());
        match &dialog.purpose {
            Purpose::Plan => {
                let clock = self.clock_of(form, now);
                let booking = trip::booking(form, &self.model, clock, self.setting.zone)?;
                let truck = trip::truck(&self.model, &booking.truck)
                    .expect("a booking that was checked names a truck of the books");
                let what = format!("trip of {truck} to {}", self.model.fence_name(&booking.delivery));
                Ok((truck.to_string(), what, Command::PlanTrip { by, booking }))
            }
            Purpose::Move(id) => {
                let status = form.text("status").and_then(TripStatus::from_name);
                let trip = self.model.trips.get(id);
                let (Some(to), Some(trip)) = (status, trip) else {
                    return Err(vec![("status".to_owned(), "pick one of those below".to_owned())]);
                };
                if !trip.status.may_become(to) {
                    let reason = format!("{} does not become {}", trip.status.name(), to.name());
                    return Err(vec![("status".to_owned(), reason)]);
                }
                let what = format!("trip {} {}", text::clean(&trip.readable_id), to.name());
                let clock = self.model.now_of(&trip.vehicle, now);
                let promised = form.text("promised_arrival").filter(|_| to == TripStatus::Delayed);
                let promised = promised.map(|typed| when::parse(typed, clock, self.setting.zone)).transpose();
                let promised_arrival =
                    promised.map_err(|reason| vec![("promised_arrival".to_owned(), reason)])?;
                let reason = form.text("reason").map(str::to_owned);
                let command = Command::MoveTrip { by, trip: *id, to, reason, promised_arrival };
                Ok((trip.vehicle.to_string(), what, command))
            }
            Purpose::Assign(truck) => {
                let driver = match form.text("driver") {
                    None => None,
                    Some(typed) => match trip::driver(&self.model, typed) {
                        Some(id) => Some(id),
                        None => return Err(vec![("driver".to_owned(), format!("no driver {typed:?}"))]),
                    },
                };
                let who = form.text("driver").map_or("nobody".to_owned(), text::clean);
                let what = format!("{who} drives {truck}");
                Ok((truck.to_string(), what, Command::AssignDriver { by, truck: truck.clone(), driver }))
            }
            Purpose::Draw(sketch) => {
                let geofence = sketch.fence(form, &self.model)?;
                let what = format!("geofence {}", text::clean(&geofence.name));
                Ok((geofence.id.to_string(), what, Command::WriteGeofence { by, geofence }))
            }
            Purpose::Export => unreachable!("it is written to a file, not sent"),
            Purpose::Remove(id) => {
                if form.text("sure") != Some("yes") {
                    return Err(vec![("sure".to_owned(), "yes deletes it, Esc keeps it".to_owned())]);
                }
                let what = format!("geofence {} deleted", self.model.fence_name(id));
                Ok((id.to_string(), what, Command::RemoveGeofence { by, geofence: id.clone() }))
            }
        }
    }

    /// What time it is for what a form is about: its truck's.
    pub(in crate::tui) fn clock_of(&self, form: &Form, now: Timestamp) -> Timestamp {
        let truck = form.text("truck").and_then(|typed| trip::truck(&self.model, typed));
        truck.map_or(now, |key| self.model.now_of(&key, now))
    }

    /// Asks for a change and waits for the answer, which need not come.
    pub(super) fn ask(
        &mut self,
        key: String,
        what: String,
        command: Command,
        dialog: Option<Dialog>,
        now: Timestamp,
    ) -> Effect {
        // Not derived from what is asked: asking again is asking again.
        let id = Uuid::now_v7();
        self.tell(Gravity::Note, format!("asked: {what}"), now);
        self.asked.push(Asked { id, at: now, what, dialog, silence: Silence::Short });
        Effect::Send(Box::new(Event {
            id: EventId(id),
            ts: VehicleKey::new(&key).map_or(now, |vehicle| self.model.now_of(&vehicle, now)),
            recorded_at: now,
            key,
            correlation_id: CorrelationId(id),
            data: EventData::CommandIssued(command),
        }))
    }

    /// Hears whether an event answers something asked for here.
    pub(super) fn hear_answer(&mut self, event: &Event, now: Timestamp) {
        let Some(index) = self.asked.iter().position(|asked| asked.id == event.correlation_id.0) else {
            return;
        };
        match &event.data {
            EventData::CommandIssued(_) => {
                let asked = self.asked.remove(index);
                self.tell(Gravity::Note, format!("done: {}", asked.what), now);
            }
            EventData::ErrorOccurred(failure) => {
                let asked = self.asked.remove(index);
                self.tell(Gravity::Failure, format!("refused: {}", text::clean(&failure.message)), now);
                // What was typed is not typed again.
                if let Some(dialog) = asked.dialog {
                    self.overlays.give_back(dialog);
                }
            }
            _ => {}
        }
    }

    /// Says when nobody answers.
    pub(super) fn await_answers(&mut self, now: Timestamp) {
        self.asked.retain(|asked| now.seconds_since(asked.at) < FORGOTTEN.as_secs_f64());
        let late = |asked: &&mut Asked| {
            asked.silence == Silence::Short && now.seconds_since(asked.at) > PATIENCE.as_secs_f64()
        };
        if let Some(asked) = self.asked.iter_mut().find(late) {
            asked.silence = Silence::Told;
            let told = format!("nobody has answered yet, is a daemon running? asked: {}", asked.what);
            self.tell(Gravity::Failure, told, now);
        }
    }
}

/// What people may say of a trip, by where it stands.
fn may_become(status: TripStatus) -> &'static [&'static str] {
    match status {
        TripStatus::Scheduled => &["ongoing", "delayed", "cancelled"],
        TripStatus::Delayed => &["ongoing", "completed", "cancelled", "failed"],
        TripStatus::Ongoing => &["delayed", "completed", "cancelled", "failed"],
        TripStatus::Completed | TripStatus::Cancelled | TripStatus::Failed => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_of_a_trip_is_what_the_rules_allow() {
        let all = ["scheduled", "ongoing", "delayed", "completed", "cancelled", "failed"];
        for from in all.map(|name| TripStatus::from_name(name).unwrap()) {
            let allowed = all.iter().filter(|name| from.may_become(TripStatus::from_name(name).unwrap()));
            assert_eq!(allowed.copied().collect::<Vec<_>>(), may_become(from), "{}", from.name());
        }
    }
}
