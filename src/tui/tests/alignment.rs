//! Whether frames hold together, whatever is written into them.

use std::collections::HashMap;

use crossterm::event::{Event as Input, KeyCode};
use ratatui::buffer::Buffer;

use super::stage::Stage;
use crate::tui::{app::Overlays, panes, snapshot, text};

/// Asserts that the borders of every pane stand in their columns: that each of their cells
/// has a character of its own, which is one that borders are made of.
pub(super) fn assert_aligned(stage: &mut Stage) {
    let app = &mut stage.app;
    // What lies over panes has its own frame, and may cut theirs.
    (app.overlays, app.pointer) = (Overlays::default(), Default::default());
    let frame = stage.draw().clone();
    let (set, thumb) = (stage.app.theme.frame, stage.app.theme.signs.thumb);
    let rows: Vec<HashMap<u16, &str>> = (0..frame.area.height)
        .map(|row| {
            let mut column = 0;
            std::iter::from_fn(|| {
                let begins = (column < frame.area.width).then_some(column)?;
                let symbol = frame[(begins, row)].symbol();
                column += text::width(symbol).max(1) as u16;
                Some((begins, symbol))
            })
            .collect()
        })
        .collect();
    let framed = stage.app.shown.layout.places.iter().filter(|place| panes::inside(place.area) != place.area);
    for place in framed {
        let (area, last) = (place.area, place.area.bottom() - 1);
        for row in area.top()..=last {
            let (left, right) = match row {
                row if row == area.top() => (set.top_left, set.top_right),
                row if row == last => (set.bottom_left, set.bottom_right),
                _ => (set.vertical_left, set.vertical_right),
            };
            for (column, border) in [(area.left(), left), (area.right() - 1, right)] {
                let symbol = rows[usize::from(row)].get(&column).copied();
                assert!(
                    symbol == Some(border) || symbol == Some(thumb) && border == set.vertical_right,
                    "{:?} at {column}, {row} of {:?}:\n{}",
                    symbol,
                    place,
                    snapshot::plain(&frame)
                );
            }
        }
    }
}

/// Names as they are in the world, and as somebody's mischief makes them.
pub(super) const PIECES: [&str; 16] = [
    "東京都",
    "👨\u{200d}👩\u{200d}👧",
    "⚠\u{fe0f}",
    "🇳🇬",
    "e\u{301}\u{323}",
    "Ọlájídé",
    "\u{5e2}\u{5d1}\u{5e8}\u{5d9}\u{5ea}",
    "\u{645}\u{6cc}\u{646}\u{627}\u{621}",
    "\u{202e}txet",
    "\u{fdfa}",
    "ｗｉｄｅ",
    "\u{1b}[2J",
    "\t",
    "\u{0}",
    "  ",
    "T1",
];

#[test]
fn the_oddest_names_break_no_frame_at_any_usual_size() {
    let long = "名".repeat(200);
    let names: Vec<String> =
        PIECES.iter().map(|piece| piece.repeat(30)).chain([long, "x".repeat(200), String::new()]).collect();
    for (width, height) in [(12, 5), (40, 12), (79, 23), (120, 40), (201, 51)] {
        let mut stage = Stage::new(width, height);
        stage.rename(&names, 20);
        for keys in ["2j", "3", "4", "5", "6", "7", "1", "z", "2zj"] {
            stage.keys(keys);
            assert_aligned(&mut stage);
        }
    }
}

#[test]
fn the_cursor_stands_behind_what_was_typed_last_however_wide_that_is() {
    for opens in ["/", "\\", ":", "Q", "2jc"] {
        for letters in ["東京", "e\u{301}ọ\u{301}"] {
            let mut stage = Stage::new(30, 24);
            stage.draw();
            stage.keys(opens);
            if opens == "2jc" {
                stage.key(KeyCode::Tab);
            }
            stage.input(Input::Paste(letters.repeat(72 / letters.len())));
            stage.keys("Z");
            let mut frame = Buffer::empty(stage.draw().area);
            let cursor = stage.app.draw(frame.area, &mut frame, stage.now).unwrap();
            let typed = frame[(cursor.x - 1, cursor.y)].symbol().to_owned();
            assert_eq!(typed, "Z", "{opens} {letters}\n{}", snapshot::plain(&frame));
        }
    }
}
