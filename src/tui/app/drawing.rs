//! Drawing a geofence on the map: a pen moved by keys or the pointer.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use watchtower_core::domain::{geo::LonLat, id::FenceId, time::Timestamp};

use super::{Access, App, Dialog, Effect, Gravity, Purpose};
use crate::tui::{
    dispatch::{
        form::{Field, Form, Need},
        offer::Kind,
        sketch::{Figure, Sketch},
    },
    layout::Pane,
};

/// Cells a capital letter moves the pen by.
const FAR: i32 = 5;

/// A sketch and where the pen is.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// What is drawn.
    pub sketch: Sketch,
    /// Where the pen is.
    pub pen: LonLat,
}

impl App {
    /// Begins a new fence in the middle of the map.
    pub(super) fn begin_drawing(&mut self, now: Timestamp) {
        self.draw_on(Sketch::default(), self.map.viewport.centre, now);
    }

    /// Draws the fence that was clicked anew.
    pub(super) fn draw_anew(&mut self, now: Timestamp) {
        let Some(fence) = self.pinned_fence.as_ref().and_then(|id| self.model.fences.get(id)) else {
            self.tell(Gravity::Note, "click a geofence first".to_owned(), now);
            return;
        };
        match Sketch::of(fence) {
            Some(sketch) => {
                let pen = sketch.corners.first().copied().unwrap_or(self.map.viewport.centre);
                self.draw_on(sketch, pen, now);
            }
            None => {
                let told = format!("{} has holes, parts or a line: import it as GeoJSON", fence.name);
                self.tell(Gravity::Note, told, now);
            }
        }
    }

    /// Asks whether the fence that was clicked is to go.
    pub(super) fn ask_removal(&mut self, now: Timestamp) {
        let Some(fence) = self.pinned_fence.clone().filter(|id| self.model.fences.contains_key(id)) else {
            self.tell(Gravity::Note, "click a geofence first".to_owned(), now);
            return;
        };
        let title = format!("Delete {}?", self.model.fence_name(&fence));
        let sure = Field::new("Sure", "sure", Kind::Word(&["yes"]), Need::Needed);
        let form = Form::new(title, vec![sure], &self.model);
        self.open(Purpose::Remove(fence), form, now);
    }

    fn draw_on(&mut self, sketch: Sketch, pen: LonLat, now: Timestamp) {
        if self.setting.access != Access::Dispatch {
            self.tell(Gravity::Failure, "this screen is read-only".to_owned(), now);
            return;
        }
        self.focus(Pane::Map);
        self.following = super::Following::Off;
        self.drawing = Some(Drawing { sketch, pen });
    }

    pub(super) fn key_in_drawing(&mut self, key: &KeyEvent, now: Timestamp) -> Option<Effect> {
        let drawing = self.drawing.as_mut()?;
        let step = match key.code {
            KeyCode::Left | KeyCode::Char('h') => (-1, 0),
            KeyCode::Right | KeyCode::Char('l') => (1, 0),
            KeyCode::Up | KeyCode::Char('k') => (0, -1),
            KeyCode::Down | KeyCode::Char('j') => (0, 1),
            KeyCode::Char('H') => (-FAR, 0),
            KeyCode::Char('L') => (FAR, 0),
            KeyCode::Char('K') => (0, -FAR),
            KeyCode::Char('J') => (0, FAR),
            KeyCode::Char('+' | '=') => {
                self.map.viewport.centre = drawing.pen;
                self.map.zoom_at(1.0, None);
                return None;
            }
            KeyCode::Char('-' | '_') => {
                self.map.zoom_at(-1.0, None);
                return None;
            }
            KeyCode::Char(' ') => {
                drawing.sketch.set(drawing.pen);
                return None;
            }
            KeyCode::Backspace => {
                drawing.sketch.undo();
                return None;
            }
            KeyCode::Char('o') => {
                drawing.sketch.change_figure();
                return None;
            }
            KeyCode::Tab => {
                if let Some(corner) = drawing.sketch.take_next() {
                    drawing.pen = corner;
                }
                return None;
            }
            KeyCode::Enter => {
                self.finish_drawing(now);
                return None;
            }
            KeyCode::Esc => {
                self.drawing = None;
                return None;
            }
            _ => return None,
        };
        let far = if key.modifiers.contains(KeyModifiers::SHIFT) && step.0.abs() + step.1.abs() == 1 {
            FAR
        } else {
            1
        };
        let moved = self.map.beside(drawing.pen, step.0 * far, step.1 * far);
        self.move_pen(moved);
        None
    }

    /// Moves the pen, and the map with it where it would leave the map.
    fn move_pen(&mut self, to: LonLat) {
        let Some(drawing) = &mut self.drawing else { return };
        drawing.pen = to;
        drawing.sketch.pull(to);
        if self.map.cell_of(to).is_none() {
            self.map.viewport.centre = to;
        }
    }

    /// A click on the map while drawing: the pen goes there and sets a corner.
    pub(super) fn click_in_drawing(&mut self, column: u16, row: u16) {
        if let Some(point) = self.map.point_at(column, row) {
            self.move_pen(point);
            if let Some(drawing) = &mut self.drawing {
                drawing.sketch.set(point);
            }
        }
    }

    fn finish_drawing(&mut self, now: Timestamp) {
        let Some(drawing) = &mut self.drawing else { return };
        // The pen stands on a corner nobody has set: a circle's edge, mostly.
        if drawing.sketch.figure == Figure::Circle && drawing.sketch.corners.len() == 1 {
            drawing.sketch.set(drawing.pen);
        }
        match drawing.sketch.shape() {
            Ok(_) => {
                let (form, sketch) = (drawing.sketch.form(&self.model), drawing.sketch.clone());
                self.dialog = Some(Dialog { purpose: Purpose::Draw(sketch), form });
            }
            Err(reason) => self.tell(Gravity::Failure, reason, now),
        }
    }

    /// What a finished sketch is about, for the one who asked.
    pub(super) fn forget_drawing_of(&mut self, fence: &FenceId) {
        self.drawing = None;
        self.pinned_fence = Some(fence.clone());
    }
}
