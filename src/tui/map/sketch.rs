//! A fence while it is drawn: its outline, its corners, the pen.

use watchtower_core::domain::geo::LonLat;

use super::{
    SketchMark,
    canvas::{Canvas, Owner},
    fences::Overlay,
    layer::{self, Layer},
    mark::Place,
    mercator,
    raster::{Dots, Ink, Stroke},
};
use crate::tui::theme::Glyphs;

/// Draws it above everything.
pub(super) fn draw(sketch: &SketchMark, layer: &Layer, overlay: &Overlay, canvas: &mut Canvas<'_>) {
    let (view, theme) = (&layer.view, &layer.theme);
    let mut dots = Dots::new(view);
    for pair in sketch.outline.windows(2) {
        let ends = [mercator::project(pair[0]), mercator::project(pair[1])];
        let at = view.nearest(ends[0][0]);
        dots.segment(at.dot(ends[0]), at.dot(ends[1]), Ink::FenceOccupied, Stroke::Solid);
    }
    let width = usize::from(canvas.area.width);
    for index in (0..dots.bits.len()).filter(|index| dots.bits[*index] != 0) {
        let (column, row) = ((index % width) as u16, (index / width) as u16);
        let cell = &mut canvas.buffer[(canvas.area.x + column, canvas.area.y + row)];
        layer::ink(cell, overlay.bits[index] | dots.bits[index], dots.ink[index], theme);
    }
    let (corner, pen) = if theme.glyphs == Glyphs::Ascii { ("o", "+") } else { ("◆", "╋") };
    let mut put = |point: LonLat, sign: &str, style| {
        if let Some((column, row)) = view.cell(Place::of(point)) {
            canvas.write(column, row, 1, sign, style, Owner::Nobody);
        }
    };
    for point in &sketch.corners {
        put(*point, corner, theme.fence_occupied);
    }
    put(sketch.pen, pen, theme.selected);
}
