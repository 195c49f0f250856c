//! The way of the selected trip: straight from end to end, for nobody here knows the
//! roads; what is left of it, what is done, and where it goes.

use unicode_width::UnicodeWidthStr;
use watchtower_core::domain::geo::LonLat;

use super::{
    canvas::Canvas,
    fences::Overlay,
    glyphs,
    layer::{self, Layer},
    mark::Place,
    mercator,
    raster::{Dots, Ink, Stroke},
};

/// A stretch of a way.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stretch {
    /// Its ends.
    pub ends: [LonLat; 2],
    /// Whether it is driven already.
    pub done: bool,
}

/// A trip's way.
#[derive(Clone, PartialEq, Debug)]
pub struct RouteMark {
    /// Its stretches.
    pub stretches: Vec<Stretch>,
    /// Where it goes.
    pub destination: LonLat,
    /// What is written there, the most telling first: the first that finds room is.
    pub labels: Vec<String>,
}

/// Draws its lines, under the vehicles.
pub(super) fn lines(route: &RouteMark, layer: &Layer, overlay: &Overlay, canvas: &mut Canvas<'_>) {
    let view = &layer.view;
    let mut dots = Dots::new(view);
    for stretch in &route.stretches {
        let (a, mut b) = (mercator::project(stretch.ends[0]), mercator::project(stretch.ends[1]));
        mercator::go_the_short_way(a, &mut b);
        let at = view.nearest(i32::midpoint(a[0], b[0]));
        let (ink, stroke) =
            if stretch.done { (Ink::RouteDone, Stroke::Dotted) } else { (Ink::Route, Stroke::Dashed) };
        dots.segment(at.dot(a), at.dot(b), ink, stroke);
    }
    let width = usize::from(canvas.area.width);
    for index in (0..dots.bits.len()).filter(|index| dots.bits[*index] != 0) {
        let (column, row) = ((index % width) as u16, (index / width) as u16);
        let cell = &mut canvas.buffer[(canvas.area.x + column, canvas.area.y + row)];
        layer::ink(cell, overlay.bits[index] | dots.bits[index], dots.ink[index], &layer.theme);
    }
}

/// Marks and names where it goes, after the vehicles: it covers none of them.
pub(super) fn destination(route: &RouteMark, layer: &Layer, canvas: &mut Canvas<'_>) {
    let (view, theme) = (&layer.view, &layer.theme);
    let Some((column, row)) = view.cell(Place::of(route.destination)) else { return };
    let sign = glyphs::destination(theme.glyphs);
    let marked = canvas.is_free(column, row, 1);
    if marked {
        canvas.letter(column, row, 1, sign.encode_utf8(&mut [0; 4]), theme.route);
    }
    for label in &route.labels {
        let label = glyphs::spelled(label, theme.glyphs);
        // Where a vehicle has arrived already, the sign stands by the name.
        let label = if marked { label } else { format!("{sign} {label}") };
        let width = label.width().min(usize::from(u16::MAX)) as u16;
        let beside = [column.checked_add(2), column.checked_sub(width.saturating_add(1))];
        let mut places = beside.into_iter().flatten().map(|column| (column, row));
        let above = column.saturating_sub(width / 2).min(view.cols.saturating_sub(width));
        let over = [row.checked_sub(1), row.checked_add(1)].into_iter().flatten().map(|row| (above, row));
        let place = places.by_ref().chain(over).find(|(column, row)| canvas.is_free(*column, *row, width));
        if let (Some((column, row)), true) = (place, width > 0) {
            canvas.letter(column, row, width, &label, theme.route);
            return;
        }
    }
}
