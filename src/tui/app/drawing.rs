//! Drawing a geofence on the map: a pen moved by keys or the pointer.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use watchtower_core::domain::{geo::LonLat, id::FenceId, time::Timestamp};

use super::{Access, App, Dialog, Following, Gravity, Overlay, Purpose};
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
        self.aim.following = Following::Off;
        self.overlays.open(Overlay::Drawing(Drawing { sketch, pen }));
    }

    pub(super) fn key_in_drawing(&mut self, mut drawing: Drawing, key: &KeyEvent, now: Timestamp) {
        match key.code {
            KeyCode::Char('+' | '=') => {
                self.map.viewport.centre = drawing.pen;
                self.map.zoom_at(1.0, None);
            }
            KeyCode::Char('-' | '_') => self.map.zoom_at(-1.0, None),
            KeyCode::Char(' ') => drawing.sketch.set(drawing.pen),
            KeyCode::Backspace => drawing.sketch.undo(),
            KeyCode::Char('o') => drawing.sketch.change_figure(),
            KeyCode::Tab => drawing.pen = drawing.sketch.take_next().unwrap_or(drawing.pen),
            KeyCode::Enter => return self.finish_drawing(drawing, now),
            KeyCode::Esc => return,
            _ => {
                if let Some((columns, rows)) = pen_step(key) {
                    let to = self.map.beside(drawing.pen, columns, rows);
                    self.move_pen(&mut drawing, to);
                }
            }
        }
        self.overlays.open(Overlay::Drawing(drawing));
    }

    /// Moves the pen, and the map with it where it would leave the map.
    fn move_pen(&mut self, drawing: &mut Drawing, to: LonLat) {
        drawing.pen = to;
        drawing.sketch.pull(to);
        if self.map.cell_of(to).is_none() {
            self.map.viewport.centre = to;
        }
    }

    /// A click on the map while drawing: the pen goes there and sets a corner.
    pub(super) fn click_in_drawing(&mut self, mut drawing: Drawing, column: u16, row: u16) {
        if let Some(point) = self.map.point_at(column, row) {
            self.move_pen(&mut drawing, point);
            drawing.sketch.set(point);
        }
        self.overlays.open(Overlay::Drawing(drawing));
    }

    /// Asks for the name of what is drawn; it stays below the form, to go back to.
    fn finish_drawing(&mut self, mut drawing: Drawing, now: Timestamp) {
        // The pen stands on a corner nobody has set: a circle's edge, mostly.
        if drawing.sketch.figure == Figure::Circle && drawing.sketch.corners.len() == 1 {
            drawing.sketch.set(drawing.pen);
        }
        let (shape, sketch) = (drawing.sketch.shape(), drawing.sketch.clone());
        self.overlays.open(Overlay::Drawing(drawing));
        match shape {
            Ok(_) => {
                let form = sketch.form(&self.model);
                self.overlays.open(Overlay::Dialog(Dialog { purpose: Purpose::Draw(sketch), form }));
            }
            Err(reason) => self.tell(Gravity::Failure, reason, now),
        }
    }

    /// What a finished sketch is about, for the one who asked.
    pub(super) fn forget_drawing_of(&mut self, fence: FenceId) {
        self.overlays.close(|overlay| matches!(overlay, Overlay::Drawing(_)));
        self.pinned_fence = Some(fence);
    }
}

/// Cells east and south a key moves the pen by.
fn pen_step(key: &KeyEvent) -> Option<(i32, i32)> {
    let (columns, rows) = match key.code {
        KeyCode::Left | KeyCode::Char('h') => (-1, 0),
        KeyCode::Right | KeyCode::Char('l') => (1, 0),
        KeyCode::Up | KeyCode::Char('k') => (0, -1),
        KeyCode::Down | KeyCode::Char('j') => (0, 1),
        KeyCode::Char('H') => return Some((-FAR, 0)),
        KeyCode::Char('L') => return Some((FAR, 0)),
        KeyCode::Char('K') => return Some((0, -FAR)),
        KeyCode::Char('J') => return Some((0, FAR)),
        _ => return None,
    };
    let far = if key.modifiers.contains(KeyModifiers::SHIFT) { FAR } else { 1 };
    Some((columns * far, rows * far))
}
