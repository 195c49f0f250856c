//! A frame as plain text, a line a row, without blanks at their ends.

use ratatui::buffer::Buffer;

use super::cells;

/// The text.
pub(in crate::tui) fn text(frame: &Buffer) -> String {
    let mut out = String::new();
    for row in 0..frame.area.height {
        let start = out.len();
        cells::row(frame, row).for_each(|placed| out.push_str(placed.symbol));
        out.truncate(start + out[start..].trim_end_matches(' ').len());
        out.push('\n');
    }
    out
}
