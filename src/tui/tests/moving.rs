//! Trucks between two fixes: where they are drawn, found and followed.

use crossterm::event::KeyCode;
use watchtower_core::domain::{
    alert::AlertKind,
    event::{Event, EventData},
    geo::LonLat,
    live::Motion,
    units::Heading,
};

use super::{fleet, stage::Stage};
use crate::tui::{
    layout::Pane,
    map::{Hit, Viewport},
    panes,
    theme::{ColourDepth, Glyphs},
};

const TRUCK: &str = "T1";
/// Degrees of longitude a truck at 72 km/h passes in a second at 6.5° north.
const SECOND: f64 = 0.000_180_9;

/// Fixes every ten seconds, the last at `NOW`, 20 m a second eastward.
fn fixes(vehicle: &str, lat: f64) -> Vec<Event> {
    let fix = |step: i64| {
        let mut event = fleet::fix(vehicle, 10 * step, (3.4 + SECOND * 10.0 * step as f64, lat), 72.0);
        if let EventData::PositionUpdated(position) = &mut event.data {
            position.heading = Heading::new(90.0);
        }
        event
    };
    (-5..=0).map(fix).collect()
}

fn stage() -> Stage {
    let mut stage = Stage::empty(120, 40, ColourDepth::True, Glyphs::Braille);
    stage.hear(fixes(TRUCK, 6.5));
    stage.hear(vec![fleet::motion_changed(TRUCK, 0, Motion::Moving)]);
    stage.app.map.viewport.centre = LonLat::new(3.4, 6.5).unwrap();
    stage.draw();
    stage.app.map.viewport = Viewport { centre: LonLat::new(3.4, 6.5).unwrap(), zoom: 15.0 };
    stage.draw();
    stage
}

fn wait(stage: &mut Stage, millis: u64) {
    stage.now = stage.now.plus(std::time::Duration::from_millis(millis));
}

/// The cell the truck's sign is hit in, and the sign.
fn sign(stage: &mut Stage) -> ((u16, u16), String) {
    let buffer = stage.draw().clone();
    let truck = Hit::Vehicle(fleet::key(TRUCK));
    let mut cells = buffer.area.positions();
    let at = cells.find(|at| stage.app.map.hit(at.x, at.y).as_ref() == Some(&truck)).unwrap();
    ((at.x, at.y), buffer[at].symbol().to_owned())
}

#[test]
fn between_fixes_it_moves_on_in_outline_and_is_hit_where_it_is_seen() {
    let mut stage = stage();
    let (begun, known) = sign(&mut stage);
    assert_eq!(known, "→");
    wait(&mut stage, 10_000);
    let (ahead, reckoned) = sign(&mut stage);
    assert_eq!((reckoned.as_str(), ahead.1), ("⇒", begun.1));
    // 200 m, and a cell of 2 dots at zoom 15 is some 9.5 m wide.
    assert!((20..=22).contains(&(ahead.0 - begun.0)), "{begun:?} {ahead:?}");
    // Overdue, it is known no better than where it was.
    wait(&mut stage, 6_000);
    assert_eq!(sign(&mut stage), (begun, "→".to_owned()));
}

#[test]
fn it_is_drawn_again_only_when_it_has_moved_by_a_cell() {
    let mut stage = stage();
    wait(&mut stage, 1_000);
    stage.draw();
    assert!(stage.app.is_lively());
    stage.app.take_dirty();
    stage.app.stir(stage.now);
    assert!(!stage.app.take_dirty(), "nothing has moved");
    wait(&mut stage, 500);
    stage.app.stir(stage.now);
    assert!(stage.app.take_dirty(), "10 m are a cell");
    // Far out, half a second moves nothing by a cell.
    stage.app.map.viewport.zoom = 8.0;
    stage.draw();
    stage.app.take_dirty();
    wait(&mut stage, 500);
    stage.app.stir(stage.now);
    assert!(!stage.app.take_dirty());
    // Nobody is drawn ahead any more: nothing to look for.
    wait(&mut stage, 60_000);
    stage.draw();
    assert!(!stage.app.is_lively());
}

#[test]
fn a_stop_ends_it_at_once() {
    let mut stage = stage();
    let (begun, _) = sign(&mut stage);
    wait(&mut stage, 8_000);
    assert_ne!(sign(&mut stage).0, begun);
    stage.hear(vec![fleet::motion_changed(TRUCK, 7, Motion::Idle)]);
    assert_eq!(sign(&mut stage), (begun, "■".to_owned()));
}

#[test]
fn who_is_followed_stays_in_the_middle_while_it_moves_on() {
    let mut stage = stage();
    stage.app.selected = Some(fleet::key(TRUCK));
    stage.keys("f");
    let (at_first, _) = sign(&mut stage);
    let centre = stage.app.map.viewport.centre;
    wait(&mut stage, 8_000);
    let (at_last, reckoned) = sign(&mut stage);
    assert!(at_last.0.abs_diff(at_first.0) <= 1 && at_last.1.abs_diff(at_first.1) <= 1);
    assert_eq!(reckoned, "⇒");
    assert!(stage.app.map.viewport.centre.distance(centre).get() > 150.0);
}

/// Cells of the map that differ after another second in which nothing happened.
fn changed(stage: &mut Stage) -> Vec<(u16, u16)> {
    let body = panes::inside(stage.app.shown.layout.of(Pane::Map).unwrap());
    let before = stage.draw().clone();
    stage.app.tick(stage.now);
    let after = stage.draw();
    body.positions().filter(|at| before[*at] != after[*at]).map(|at| (at.x, at.y)).collect()
}

#[test]
fn a_grave_alert_pulses_in_one_cell_until_somebody_takes_note() {
    for colour in [ColourDepth::True, ColourDepth::Ansi, ColourDepth::None] {
        let mut stage = Stage::empty(120, 40, colour, Glyphs::Braille);
        stage.hear(fixes(TRUCK, 6.5));
        stage.draw();
        assert_eq!(changed(&mut stage), []);
        stage.hear(vec![fleet::triggered(TRUCK, 0, AlertKind::Idle)]);
        assert_eq!(changed(&mut stage), [], "an alert like many");
        stage.hear(vec![fleet::triggered(TRUCK, 0, AlertKind::Crash)]);
        let at = sign(&mut stage).0;
        assert_eq!(changed(&mut stage), [at], "{colour:?}");
        assert_eq!(changed(&mut stage), [at], "{colour:?}");
        // Selecting it draws it otherwise; it still pulses.
        stage.keys("n");
        stage.draw();
        let at = sign(&mut stage).0;
        assert_eq!(changed(&mut stage), [at], "{colour:?}");
        stage.keys("a");
        assert_eq!(changed(&mut stage), [], "somebody has taken note");
    }
}

#[test]
fn shown_a_second_time_it_is_shown_closer_though_it_has_moved() {
    let mut stage = stage();
    stage.app.selected = Some(fleet::key(TRUCK));
    stage.key(KeyCode::Enter);
    stage.draw();
    let zoom = stage.app.map.viewport.zoom;
    wait(&mut stage, 200);
    stage.draw();
    stage.key(KeyCode::Enter);
    assert_eq!(stage.app.map.viewport.zoom, zoom + 1.0);
}
