//! What each action does.

use tui_input::Input as Line;
use watchtower_core::{domain::time::Timestamp, filter::Filter};

use super::{
    App, Effect, Following, Gravity, Naming, Overlay, Prompt,
    aiming::{Aim, Fit},
};
use crate::tui::{
    keymap::Action,
    layout::{Axis, Extent, Pane},
    listing::{Step, Window},
    roster::Direction,
};

/// Half levels of a zoom key.
const ZOOM_STEP: f64 = 1.0;

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
            Action::Fit => self.aim = Aim::at(Fit::Fleet),
            Action::FitSelection => self.fit_selection(now),
            Action::Find => self.open_prompt(Prompt::Find(Line::from(self.roster.query()))),
            Action::Filter => self.open_filter(now),
            Action::Sort => self.sort(now),
            Action::Reverse => self.reverse(now),
            Action::NextAlert => self.next_alert(now),
            Action::Acknowledge => return self.acknowledge_meant(now),
            Action::AcknowledgeWithNote => self.open_note(now),
            Action::Export => self.open_export(now),
            Action::Copy => self.begin_copying(now),
            Action::PlanTrip => self.open_plan(now),
            Action::MoveTrip => self.open_move(now),
            Action::AssignDriver => self.open_assign(now),
            Action::Draw => self.begin_drawing(now),
            Action::DrawAnew => self.draw_anew(now),
            Action::RemoveFence => self.ask_removal(now),
            Action::Trails => self.change_trails(now),
            Action::Fences => self.change_fences(now),
            Action::Graticule => self.change_graticule(),
            Action::Footprint => self.change_footprint(now),
            Action::Dwell => self.change_dwell(now),
            Action::Bookmark => self.name_bookmark(Naming::Keep, now),
            Action::ReturnTo => self.name_bookmark(Naming::Return, now),
            Action::Next => self.focus_by(1),
            Action::Previous => self.focus_by(-1),
            Action::Pane(number) => self.focus_on(number),
            Action::Narrower => self.resize(Axis::Across, -2, now),
            Action::Wider => self.resize(Axis::Across, 2, now),
            Action::Lower => self.resize(Axis::Down, -1, now),
            Action::Higher => self.resize(Axis::Down, 1, now),
            Action::Rearrange => self.rearrange(now),
            Action::Zoom => self.change_extent(),
            Action::PlayPause
            | Action::Slower
            | Action::Faster
            | Action::MinuteBack
            | Action::MinuteForward
            | Action::HourBack
            | Action::HourForward
            | Action::Beginning => return self.ask_player(action, now),
            Action::Palette => self.open_palette(),
            Action::Ask => self.open_questions(),
            Action::Help => self.overlays.open(Overlay::Help(Window::default())),
            Action::Escape => self.escape(),
            Action::Redraw => return Some(Effect::Redraw),
            Action::Suspend => return Some(Effect::Suspend),
            Action::Quit => return Some(Effect::Quit),
        }
        None
    }

    fn sideways(&mut self, by: isize) {
        match self.view.focus() {
            Pane::Map => self.pan(by as f64, 0.0),
            Pane::Fleet => self.roster.sort_by(self.roster.neighbour(by)),
            Pane::Analytics => self.analytics.sort_beside(by),
            Pane::Truck | Pane::Trips | Pane::Alerts | Pane::Events => {}
        }
    }

    fn sort(&mut self, now: Timestamp) {
        if self.view.focus() == Pane::Analytics {
            self.analytics.sort_beside(1);
        } else {
            self.roster.sort_by(self.roster.neighbour(1));
            self.tell_order(now);
        }
    }

    fn reverse(&mut self, now: Timestamp) {
        if self.view.focus() == Pane::Analytics {
            self.analytics.sort_by(self.analytics.column);
        } else {
            self.roster.reverse();
            self.tell_order(now);
        }
    }

    /// The column may have no room on the screen.
    fn tell_order(&mut self, now: Timestamp) {
        let turned = match self.roster.direction {
            Direction::Natural => "",
            Direction::Reversed => ", reversed",
        };
        self.tell(Gravity::Note, format!("sorted by {}{turned}", self.roster.column.name()), now);
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
        } else if self.aim.following == Following::On {
            self.aim.following = Following::Off;
        } else {
            self.forget_cursors();
        }
    }
}
