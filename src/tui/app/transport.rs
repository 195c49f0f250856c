//! A replay on the screen: what the keys and the timeline ask of the player.

use std::time::Duration;

use watchtower_core::domain::time::Timestamp;

use super::{App, Effect, Gravity};
use crate::tui::{
    keymap::Action,
    replay::{Scene, Standing, Transport},
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

impl App {
    /// What a key asks of the player; nothing where none plays.
    pub(super) fn ask_player(&mut self, action: Action, now: Timestamp) -> Option<Effect> {
        if self.replay.is_none() {
            let told = "this is the present: watchtower watch --replay shows the past";
            self.tell(Gravity::Note, told.to_owned(), now);
            return None;
        }
        let transport = match action {
            Action::PlayPause => Transport::Toggle,
            Action::Slower => Transport::Slower,
            Action::Faster => Transport::Faster,
            Action::MinuteBack => Transport::Back(MINUTE),
            Action::MinuteForward => Transport::Forward(MINUTE),
            Action::HourBack => Transport::Back(HOUR),
            Action::HourForward => Transport::Forward(HOUR),
            Action::Beginning => Transport::Beginning,
            _ => return None,
        };
        Some(Effect::Play(transport))
    }

    /// A place on the timeline was pressed, or dragged to.
    pub(super) fn point_in_time(&self, column: u16) -> Option<Effect> {
        let bar = self.shown.timeline?;
        let cells = f64::from(bar.width.saturating_sub(1).max(1));
        let share = f64::from(column.clamp(bar.left(), bar.right().saturating_sub(1)) - bar.left()) / cells;
        Some(Effect::Play(Transport::To(share)))
    }

    /// The player has gone to another place: nothing of before holds there.
    pub(super) fn take_scene(&mut self, scene: Scene) {
        let Scene { live, trails, past, trips } = scene;
        self.model.begin_anew(trips);
        self.model.take_picture(live);
        for event in trails {
            self.model.take_trail(event);
        }
        past.into_iter().for_each(|event| self.model.take_past(event));
    }

    /// Time has passed in the replay.
    pub(super) fn take_standing(&mut self, standing: Standing) {
        self.replay = Some(standing);
        self.model.pass_time("replay", standing.at);
    }
}
