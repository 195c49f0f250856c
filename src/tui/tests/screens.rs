//! Frames at the sizes people have.

use super::stage::{Stage, ansi, styles};
use crate::tui::theme::{ColourDepth, Glyphs};
use crossterm::event::KeyCode;

/// Everything on the screen but the map's ground, which is the map's own to test.
fn staged(width: u16, height: u16) -> Stage {
    let mut stage = Stage::new(width, height);
    stage.draw();
    stage.key(KeyCode::Char('2'));
    stage.key(KeyCode::Char('j'));
    stage
}

/// `WATCHTOWER_LOOK=dir cargo test look` writes frames for a person to look at.
#[test]
fn frames_to_look_at_are_complete() {
    let directory = std::env::var("WATCHTOWER_LOOK").ok();
    let mut save = |name: &str, stage: &mut Stage| {
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
    alert.keys("nf4");
    save("alert", &mut alert);
}
