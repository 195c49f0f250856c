//! The scale bar.

use super::{
    canvas::{Canvas, Owner},
    mercator::{CELL, View},
};
use crate::tui::theme::{Glyphs, MapTheme};

/// Draws the scale bar at the lower left, or right, where there is room for one.
pub(super) fn scale_bar(view: &View, theme: &MapTheme, canvas: &mut Canvas<'_>) {
    if view.cols < 30 || view.rows < 8 {
        return;
    }
    let a_cell = view.metres_a_dot() * CELL.0 as f64;
    let Some((metres, cells)) = length(a_cell, (view.cols / 5).min(16)) else { return };
    let (left, line, right) =
        if theme.glyphs == Glyphs::Ascii { ("|", "-", "|") } else { ("├", "─", "┤") };
    let inner = line.repeat(usize::from(cells.saturating_sub(2)));
    let distance = if metres >= 1_000 { format!("{} km", metres / 1_000) } else { format!("{metres} m") };
    let text = format!("{left}{inner}{right} {distance}");
    let width = cells + 1 + distance.len() as u16;
    let places = [1, view.cols - width - 1];
    if let Some(column) = places.into_iter().find(|column| canvas.is_free(*column, view.rows - 1, width)) {
        canvas.write(column, view.rows - 1, width, &text, theme.place, Owner::Nobody);
    }
}

/// The longest of 1, 2, 5 × 10ⁿ metres that takes at most `most` cells, and its cells.
fn length(a_cell: f64, most: u16) -> Option<(u64, u16)> {
    let lengths = (0..8).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power)));
    let cells = |metres: u64| (metres as f64 / a_cell).round();
    let metres = lengths.rev().find(|m| cells(*m) <= f64::from(most))?;
    Some((metres, cells(metres) as u16)).filter(|(_, cells)| *cells >= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_a_round_number_and_as_long_as_it_says() {
        for a_cell in [0.6, 3.3, 47.0, 912.0, 33_000.0, 156_000.0] {
            let (metres, cells) = length(a_cell, 16).unwrap();
            let first = metres.to_string();
            assert!(["1", "2", "5"].contains(&first.trim_end_matches('0')), "{metres}");
            assert!((f64::from(cells) * a_cell - metres as f64).abs() <= a_cell / 2.0);
            assert!((6..=16).contains(&cells));
        }
        assert_eq!(length(1e12, 16), None);
    }
}
