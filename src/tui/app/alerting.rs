//! Alerts: from one to the next, and taking note of them.

use tui_input::Input as Line;
use watchtower_core::domain::{
    alert::Acknowledgement,
    event::{Command, Event, EventData},
    id::{AlertId, CorrelationId, Derivation, EventId},
    time::Timestamp,
};

use super::{Access, App, Effect, Gravity, Prompt};
use crate::tui::{
    layout::Pane,
    model::alerts::{Entry, Note, Standing},
    words,
};

impl App {
    pub(super) fn next_alert(&mut self, now: Timestamp) {
        let entries = self.model.alerts.entries();
        let open = entries.iter().take_while(|entry| entry.standing() == Standing::Open).count();
        if open == 0 {
            self.tell(Gravity::Note, "no open alerts".to_owned(), now);
            return;
        }
        let here = entries[..open].iter().position(|entry| Some(entry.alert.id) == self.lists.alerts.at);
        self.place_alert_cursor(here.map_or(0, |row| (row + 1) % open));
        self.show_selected(now);
    }

    /// The alert under the cursor, else the gravest on the selected truck; says so when
    /// there is none.
    fn alert_meant(&mut self, now: Timestamp) -> Option<AlertId> {
        let wanted = |entry: &&Entry| entry.standing() == Standing::Open && entry.note == Note::None;
        let is_selected = |entry: &&Entry| Some(&entry.alert.vehicle) == self.selected.as_ref();
        let mut open = self.model.alerts.entries().iter().filter(wanted);
        let under_cursor = open.clone().find(|entry| Some(entry.alert.id) == self.lists.alerts.at);
        let meant = under_cursor
            .filter(|entry| self.view.focus() == Pane::Alerts || is_selected(entry))
            .or_else(|| open.find(is_selected))
            .map(|entry| entry.alert.id);
        if meant.is_none() {
            self.tell(Gravity::Note, "no open alert here: n goes to the next".to_owned(), now);
        }
        meant
    }

    pub(super) fn acknowledge_meant(&mut self, now: Timestamp) -> Option<Effect> {
        let alert = self.alert_meant(now)?;
        self.acknowledge(alert, None, now)
    }

    pub(super) fn open_note(&mut self, now: Timestamp) {
        if let Some(alert) = self.alert_meant(now) {
            self.open_prompt(Prompt::Note(alert, Line::default()));
        }
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
}
