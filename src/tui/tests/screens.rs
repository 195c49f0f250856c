//! Frames at the sizes people have.

use super::stage::{Stage, styles};
use crate::tui::export::frame::ansi;
use crate::tui::theme::{ColourDepth, Glyphs};
use crossterm::event::KeyCode;

fn staged(width: u16, height: u16) -> Stage {
    let mut stage = Stage::new(width, height);
    stage.draw();
    stage.key(KeyCode::Char('2'));
    stage.key(KeyCode::Char('j'));
    stage
}

#[test]
fn small_terminals_keep_what_matters() {
    insta::assert_snapshot!("40x12", staged(40, 12).text_without_map());
    insta::assert_snapshot!("80x24", staged(80, 24).text_without_map());
}

#[test]
fn usual_and_large_terminals_show_every_pane() {
    insta::assert_snapshot!("120x40", staged(120, 40).text_without_map());
    insta::assert_snapshot!("200x50", staged(200, 50).text_without_map());
}

#[test]
fn a_filter_narrows_the_screen_and_what_is_wrong_with_one_is_marked() {
    let mut stage = staged(120, 40);
    stage.keys("\\status:idle ");
    insta::assert_snapshot!("filter", stage.text_without_map());
    stage.keys("sped>60");
    insta::assert_snapshot!("filter_error", styles(stage.draw()).lines().last().unwrap_or_default());
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

/// Text alone would hide a lost colour: the runs of style of one frame at every
/// depth, the map's cells left out.
#[test]
fn every_depth_keeps_its_signs_and_styles() {
    for (name, colour, glyphs) in [
        ("true", ColourDepth::True, Glyphs::Braille),
        ("256", ColourDepth::Indexed, Glyphs::Braille),
        ("16", ColourDepth::Ansi, Glyphs::Block),
        ("none", ColourDepth::None, Glyphs::Ascii),
    ] {
        let mut stage = Stage::empty(60, 14, colour, glyphs);
        stage.populate(8);
        stage.draw();
        stage.keys("2zjj");
        let frame = format!("{}\n{}", stage.text(), styles(stage.draw()));
        insta::assert_snapshot!(format!("depth_{name}"), frame);
        if glyphs == Glyphs::Ascii {
            assert!(stage.text().is_ascii());
        }
        if colour == ColourDepth::None {
            assert!(frame.contains("REVERSED") && !frame.contains("Rgb"), "{frame}");
        }
    }
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
