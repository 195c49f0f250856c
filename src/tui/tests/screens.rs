//! Frames at the sizes people have.

use crossterm::event::KeyCode;
use ratatui::style::Modifier;

use super::stage::{Stage, look, styles};
use crate::tui::{
    snapshot::ansi,
    theme::{ColourDepth, Glyphs},
};

const SIZES: [(u16, u16); 4] = [(40, 12), (80, 24), (120, 40), (200, 50)];
const DEPTHS: [ColourDepth; 4] =
    [ColourDepth::True, ColourDepth::Indexed, ColourDepth::Ansi, ColourDepth::None];

fn staged(width: u16, height: u16) -> Stage {
    staged_as(width, height, ColourDepth::True, Glyphs::Braille)
}

fn staged_as(width: u16, height: u16, colour: ColourDepth, glyphs: Glyphs) -> Stage {
    let mut stage = Stage::empty(width, height, colour, glyphs);
    stage.populate(84);
    stage.draw();
    stage.key(KeyCode::Char('2'));
    stage.key(KeyCode::Char('j'));
    stage
}

#[test]
fn every_size_shows_what_matters_with_every_set_of_glyphs() {
    for (width, height) in SIZES {
        for (name, glyphs) in [("", Glyphs::Braille), ("_block", Glyphs::Block), ("_ascii", Glyphs::Ascii)] {
            let mut stage = staged_as(width, height, ColourDepth::True, glyphs);
            insta::assert_snapshot!(format!("{width}x{height}{name}"), stage.text_without_map());
            assert!(glyphs != Glyphs::Ascii || stage.text().is_ascii());
        }
    }
}

/// Text alone would hide a lost colour. Depths do not change what is where, so that one
/// plan has them all: a letter for each cell, and for each letter how it looks at each depth.
#[test]
fn every_size_keeps_its_styles_at_every_depth() {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    for (width, height) in SIZES {
        let frames = DEPTHS.map(|depth| staged_as(width, height, depth, Glyphs::Braille).without_map());
        let (mut looks, mut plan) = (Vec::new(), String::new());
        for row in 0..height {
            for column in 0..width {
                let cells = frames.each_ref().map(|frame| &frame[(column, row)]);
                assert!(cells.iter().all(|cell| cell.symbol() == cells[0].symbol()), "{column}, {row}");
                let looked = cells.map(look);
                let letter = looks.iter().position(|known| *known == looked).unwrap_or_else(|| {
                    looks.push(looked);
                    looks.len() - 1
                });
                plan.push(char::from(LETTERS[letter]));
            }
            plan.push('\n');
        }
        let mut legend = String::new();
        for (letter, [truly, indexed, ansi, none]) in LETTERS.iter().zip(&looks) {
            assert!(!none.contains(|c: char| c == '#' || c.is_ascii_digit()), "{none}");
            let letter = char::from(*letter);
            legend += &format!("{letter}  {truly:<28} | {indexed:<16} | {ansi:<26} | {none}\n");
        }
        insta::assert_snapshot!(format!("{width}x{height}_styles"), format!("{legend}\n{plan}"));
    }
}

/// The text of all cells with a modifier, in the order they are on the screen.
fn marked(stage: &mut Stage, modifier: Modifier) -> String {
    let cells = stage.draw().content.iter().filter(|cell| cell.modifier.contains(modifier));
    cells.map(|cell| cell.symbol()).collect()
}

#[test]
fn without_colours_what_is_selected_is_still_seen() {
    for colour in [ColourDepth::None, ColourDepth::Ansi] {
        let mut stage = staged_as(120, 40, colour, Glyphs::Braille);
        let selected = stage.app.selected.clone().unwrap();
        let times = |text: String| text.matches(selected.as_str()).count();
        assert_eq!(times(marked(&mut stage, Modifier::REVERSED)), 2, "in the list and on the map");
        stage.keys("1");
        assert_eq!(times(marked(&mut stage, Modifier::REVERSED)), 1, "on the map");
        assert_eq!(times(marked(&mut stage, Modifier::UNDERLINED)), 1, "out of focus in the list");
        // Of the rows of the palette the one that would be chosen.
        stage.keys(":theme light");
        let reversed = marked(&mut stage, Modifier::REVERSED);
        assert!(reversed.contains("theme light") && !reversed.contains("theme dark"), "{reversed}");
    }
}

#[test]
fn a_filter_narrows_the_screen_and_what_is_wrong_with_one_is_marked() {
    let mut stage = staged(120, 40);
    stage.keys("\\status:idle ");
    insta::assert_snapshot!("filter", stage.text_without_map());
    stage.keys("sped>60");
    insta::assert_snapshot!("filter_error", styles(stage.draw(), 39));
}

#[test]
fn help_and_search_lie_over_the_screen() {
    let mut stage = staged(120, 40);
    stage.keys("?");
    insta::assert_snapshot!("help", stage.text_without_map());
    let mut stage = staged(80, 24);
    stage.keys("/moruf");
    insta::assert_snapshot!("search", stage.text_without_map());
}

/// `WATCHTOWER_LOOK=dir cargo test look` writes frames for a person to look at.
#[test]
fn frames_to_look_at_are_complete() {
    let directory = std::env::var("WATCHTOWER_LOOK").ok();
    let save = |name: &str, stage: &mut Stage| {
        let frame = ansi(stage.draw());
        assert!(frame.contains('T'));
        if let Some(directory) = &directory {
            std::fs::write(format!("{directory}/{name}.ansi"), frame).unwrap();
        }
    };
    for (width, height) in [(40, 12), (80, 24), (120, 40), (200, 50), (240, 70)] {
        save(&format!("{width}x{height}"), &mut staged(width, height));
    }
    for (name, colour, glyphs) in [
        ("256", ColourDepth::Indexed, Glyphs::Braille),
        ("16", ColourDepth::Ansi, Glyphs::Block),
        ("none", ColourDepth::None, Glyphs::Ascii),
    ] {
        let mut stage = Stage::empty(120, 40, colour, glyphs);
        stage.populate(84);
        stage.draw();
        stage.key(KeyCode::Char('n'));
        save(name, &mut stage);
    }
    let mut help = staged(120, 40);
    help.keys("?");
    save("help", &mut help);
    let mut find = staged(120, 40);
    find.keys("/moruf");
    save("find", &mut find);
    let mut alert = staged(120, 40);
    alert.keys("nf5");
    save("alert", &mut alert);
}
