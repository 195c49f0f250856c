//! A replay's timeline under the mouse: where it is pressed and dragged, and what is asked
//! of the player.

use std::time::Duration;

use crossterm::event::{MouseButton, MouseEventKind};
use ratatui::layout::Rect;
use watchtower_core::ports::store::Span;

use super::{fleet, stage::Stage};
use crate::tui::{
    app::Effect,
    replay::{Motion, Standing, Transport},
};

const HOURS: Duration = Duration::from_secs(10 * 3_600);

/// A dashboard in the middle of a replay of ten hours.
fn stage(width: u16, height: u16) -> Stage {
    let mut stage = Stage::new(width, height);
    stand(&mut stage, 0.5);
    stage
}

/// The player has come to this share of its period.
fn stand(stage: &mut Stage, share: f64) {
    let span = Span { from: fleet::NOW, to: fleet::NOW.plus(HOURS) };
    let at = fleet::NOW.plus(HOURS.mul_f64(share));
    stage.mailbox().put_standing(Standing { span, at, speed: 60, motion: Motion::Paused });
    stage.take();
}

fn bar(stage: &mut Stage) -> Rect {
    stage.draw();
    stage.app.shown.timeline.expect("a replay has a timeline")
}

fn press(stage: &mut Stage, column: u16, row: u16) {
    stage.mouse(MouseEventKind::Down(MouseButton::Left), column, row);
}

fn drag(stage: &mut Stage, column: u16, row: u16) {
    stage.mouse(MouseEventKind::Drag(MouseButton::Left), column, row);
}

/// The column of the mark on the timeline.
fn mark(stage: &mut Stage) -> u16 {
    let bar = bar(stage);
    let sign = stage.app.theme.signs.progress[1];
    let buffer = stage.draw();
    bar.columns().find(|cell| buffer[(cell.x, cell.y)].symbol() == sign).expect("the mark is shown").x
}

/// The shares of the period that were asked for since the last look.
fn asked(stage: &mut Stage) -> Vec<f64> {
    let share = |effect| match effect {
        Effect::Play(Transport::To(share)) => share,
        other => panic!("{other:?}"),
    };
    stage.effects.drain(..).map(share).collect()
}

#[test]
fn a_press_on_the_timeline_goes_to_the_moment_whose_mark_stands_there() {
    for size in [(200, 50), (120, 40), (80, 24), (40, 12)] {
        let mut stage = stage(size.0, size.1);
        let bar = bar(&mut stage);
        for column in bar.left()..bar.right() {
            stage.click(column, bar.y);
            let [share] = asked(&mut stage)[..] else { panic!("at {column} of {size:?}") };
            stand(&mut stage, share);
            assert_eq!(mark(&mut stage), column, "{size:?}");
        }
        stage.click(bar.left(), bar.y);
        stage.click(bar.right() - 1, bar.y);
        assert_eq!(asked(&mut stage), [0.0, 1.0], "the ends are the period's, {size:?}");
    }
}

#[test]
fn a_drag_is_followed_off_the_line_and_past_its_ends_until_it_is_let_go() {
    let mut stage = stage(120, 40);
    let bar = bar(&mut stage);
    let centre = stage.app.map.viewport.centre;
    press(&mut stage, bar.left() + 2, bar.y);
    drag(&mut stage, bar.left() + 12, bar.y);
    drag(&mut stage, 0, bar.y - 9);
    drag(&mut stage, 119, bar.y);
    let cells = f64::from(bar.width - 1);
    assert_eq!(asked(&mut stage), [2.0 / cells, 12.0 / cells, 0.0, 1.0]);
    stage.mouse(MouseEventKind::Up(MouseButton::Left), 60, bar.y - 9);
    drag(&mut stage, bar.left() + 5, bar.y);
    assert_eq!(asked(&mut stage), [0.0; 0], "it has been let go");
    assert_eq!(stage.app.map.viewport.centre, centre, "the map above stays where it is");
}

#[test]
fn a_drag_that_comes_from_the_map_pans_on_over_the_timeline() {
    let mut stage = stage(120, 40);
    let bar = bar(&mut stage);
    let centre = stage.app.map.viewport.centre;
    press(&mut stage, bar.left() + 20, bar.y - 6);
    drag(&mut stage, bar.left() + 20, bar.y);
    stage.mouse(MouseEventKind::Up(MouseButton::Left), bar.left() + 20, bar.y);
    assert_eq!(asked(&mut stage), [0.0; 0]);
    assert_ne!(stage.app.map.viewport.centre, centre);
}

#[test]
fn the_word_before_the_bar_plays_and_pauses() {
    let mut stage = stage(120, 40);
    let (column, row) = stage.find("paused x60").unwrap();
    stage.click(column, row);
    assert_eq!(stage.effects, [Effect::Play(Transport::Toggle)]);
}

#[test]
fn nothing_under_the_help_is_pressed_and_the_help_tells_of_the_timeline() {
    let mut stage = stage(120, 60);
    let bar = bar(&mut stage);
    stage.keys("?");
    let help = stage.text();
    assert!(help.contains("timeline"), "{help}");
    assert!(help.contains("replay: click or drag to go there"), "{help}");
    press(&mut stage, bar.left() + 2, bar.y);
    drag(&mut stage, bar.left() + 4, bar.y);
    assert_eq!(stage.effects, []);
}
