//! How panes lie: focus, tabs, borders that are dragged, and what is remembered of it.

use crossterm::event::{KeyCode, MouseButton, MouseEventKind};

use super::{fleet, stage::Stage};
use crate::tui::layout::{Axis, Pane};

#[test]
fn late_trips_stand_before_those_under_way_planned_and_over() {
    let mut stage = Stage::new(200, 50);
    stage.draw();
    let order = stage.app.model.trips_in_order();
    let names: Vec<&str> = order.iter().map(|id| stage.app.model.trips[id].status.name()).collect();
    assert_eq!(names, ["delayed", "ongoing", "scheduled", "completed"]);
    stage.keys("4jj");
    assert_eq!(stage.app.selected.as_ref(), Some(&fleet::key(&fleet::number(0))), "its truck is selected");
    let text = stage.text();
    assert!(text.contains("1 late") && text.contains("2 h 30 late"), "{text}");
    assert!(text.contains("Esslibra Terminal → Deekay Ikeja"), "{text}");
}

#[test]
fn a_trip_reached_on_the_way_is_told_with_its_time() {
    let mut stage = Stage::new(200, 50);
    let trip =
        stage.app.model.trips.values().find(|trip| trip.readable_id.ends_with("CA60")).unwrap().clone();
    let mut change = watchtower_core::domain::trip::TripStatusChange::new(trip.id, trip.status, trip.status);
    change.milestone = Some(watchtower_core::domain::trip::Milestone::Arrived);
    let data = watchtower_core::domain::event::EventData::TripStatusChanged(change);
    stage.hear(vec![fleet::event(&fleet::number(0), -7, data)]);
    assert_eq!(stage.app.model.trips[&trip.id].arrived_at, Some(fleet::at(-7)));
    assert!(stage.text().contains("arrived 14:32"));
}

#[test]
fn a_border_between_panes_is_dragged_and_its_pane_grows_by_keys() {
    let mut stage = Stage::new(200, 50);
    stage.draw();
    let width = |stage: &mut Stage| {
        stage.draw();
        stage.app.shown.layout.of(Pane::Fleet).unwrap().width
    };
    let before = width(&mut stage);
    let centre = stage.app.map.viewport.centre;
    stage.mouse(MouseEventKind::Down(MouseButton::Left), before - 1, 20);
    stage.mouse(MouseEventKind::Drag(MouseButton::Left), before + 9, 20);
    stage.mouse(MouseEventKind::Up(MouseButton::Left), before + 9, 20);
    assert_eq!(width(&mut stage), before + 9);
    assert_eq!(stage.app.map.viewport.centre, centre, "the map is not dragged along");
    stage.keys("2>>>");
    assert_eq!(width(&mut stage), before + 15);
    stage.keys("1>");
    assert!(stage.app.shown.layout.divider_of(Pane::Map, Axis::Down).is_none());
    stage.keys("|");
    assert_eq!(width(&mut stage), before);
}

#[test]
fn the_next_dashboard_is_arranged_like_the_last() {
    let mut stage = Stage::new(200, 50);
    stage.draw();
    stage.keys("2>>tgs4z");
    let memory = stage.app.memory();
    let mut next = Stage::new(200, 50);
    next.app.recall(memory.clone());
    assert_eq!(next.app.memory(), memory);
    assert_eq!(next.app.view.focus(), Pane::Trips);
    assert_eq!(next.text(), {
        stage.key(KeyCode::Esc);
        stage.text()
    });
}

#[test]
fn panes_that_share_a_place_have_tabs_to_click() {
    let mut stage = Stage::new(120, 40);
    let (column, row) = stage.find("4 Trips").unwrap();
    stage.click(column + 1, row);
    assert_eq!(stage.app.view.focus(), Pane::Trips);
    assert!(stage.text().contains("→ Mile 2"));
    let mut tiny = Stage::new(40, 12);
    tiny.keys("5");
    let (column, row) = tiny.find(" 6 ").unwrap();
    tiny.click(column + 1, row);
    assert_eq!(tiny.app.view.focus(), Pane::Events);
}
