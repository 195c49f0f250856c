//! Keys, clicks and what follows from them, through the whole app.

use crossterm::event::{Event as Input, KeyCode, MouseButton, MouseEventKind};
use watchtower_core::domain::{
    alert::{Acknowledgement, AlertKind},
    event::{Command, EventData},
    geo::LonLat,
    id::VehicleKey,
    live::Motion,
};

use super::{
    fleet::{self, key, number},
    stage::Stage,
};
use crate::tui::{
    app::{Effect, Following, Overlay},
    keymap::{Context, KEYMAP},
    layout::{Extent, Pane},
    mailbox::Link,
    model::alerts::Standing,
    roster::{Column, Row},
};

fn stage() -> Stage {
    let mut stage = Stage::new(120, 40);
    stage.draw();
    stage
}

#[test]
fn the_help_screen_shows_every_binding() {
    let mut stage = Stage::new(100, 70);
    stage.keys("?");
    let text = stage.text();
    for binding in KEYMAP {
        let (names, help) = (binding.names(), binding.help);
        let shown = text.lines().any(|line| line.contains(&names) && line.contains(help));
        assert!(shown, "{names} {help} not in\n{text}");
    }
    stage.key(KeyCode::Esc);
    assert!(!stage.text().contains("Esc closes"));
}

#[test]
fn the_first_frame_fits_the_fleet_and_an_empty_one_says_so() {
    let mut stage =
        Stage::empty(120, 40, crate::tui::theme::ColourDepth::True, crate::tui::theme::Glyphs::Braille);
    let text = stage.text();
    assert!(
        text.contains("waiting for the first position") && text.contains("connecting to redis"),
        "{text}"
    );
    stage.populate(84);
    stage.draw();
    let centre = stage.app.map.viewport.centre;
    assert!(centre.distance(LonLat::new(3.34, 6.5).unwrap()).get() < 20_000.0, "{centre:?}");
    assert!(stage.app.map.viewport.zoom > 7.0);
}

/// Where a truck is drawn.
fn seen(stage: &Stage, vehicle: &VehicleKey) -> LonLat {
    stage.app.model.seen(&stage.app.model.vehicles[vehicle], stage.now).point
}

#[test]
fn a_truck_is_found_by_its_drivers_name_and_shown() {
    let mut stage = stage();
    stage.keys("/moruf");
    assert!(stage.text().contains("9 of 84"));
    stage.key(KeyCode::Down);
    let Some(Row::Truck(second)) = stage.app.roster.rows().get(1).cloned() else { panic!("no second row") };
    stage.key(KeyCode::Enter);
    assert_eq!(stage.app.selected.as_ref(), Some(&second));
    assert_eq!(stage.app.map.viewport.centre, seen(&stage, &second));
    assert!(stage.text().contains(" 84 "), "the filter is gone");
}

#[test]
fn who_gets_another_name_while_it_is_searched_is_found_by_that_soon() {
    let mut stage = stage();
    stage.keys("/zuleikha");
    assert!(stage.text().contains("nothing matches"));
    stage.rename(&["Zuleikha Danjuma".to_owned()], 84);
    stage.now = stage.now.plus(std::time::Duration::from_secs(3));
    let text = stage.text();
    let trucks = stage.app.roster.rows().iter().filter(|row| matches!(row, Row::Truck(_))).count();
    assert!(trucks > 20, "{trucks} trucks:\n{text}");
}

#[test]
fn what_is_pasted_into_the_search_is_searched() {
    let mut stage = stage();
    stage.keys("/");
    stage.input(Input::Paste("moruf\n".to_owned()));
    assert!(stage.text().contains("9 of 84"), "{}", stage.text());
}

#[test]
fn escape_leaves_the_search_and_tab_keeps_it() {
    let mut stage = stage();
    stage.keys("/apapa");
    stage.key(KeyCode::Tab);
    assert!(stage.text().contains("filter: apapa"));
    stage.key(KeyCode::Esc);
    assert!(!stage.text().contains("apapa"));
    stage.keys("/zzzzzz");
    assert!(stage.text().contains("nothing matches"));
    stage.key(KeyCode::Enter);
    stage.key(KeyCode::Esc);
    assert!(stage.text().contains("T00412LA"));
    assert_eq!(stage.app.roster.rows().len(), 84);
    // Letters were typed, not obeyed.
    assert!(stage.effects.is_empty());
}

#[test]
fn a_place_is_found_and_gone_to() {
    let mut stage = stage();
    stage.keys("/tin can island");
    stage.draw();
    let place = stage.app.roster.rows().iter().position(|row| matches!(row, Row::Place(_))).unwrap();
    for _ in 0..place {
        stage.key(KeyCode::Down);
    }
    stage.key(KeyCode::Enter);
    let centre = stage.app.map.viewport.centre;
    assert!(centre.distance(LonLat::new(3.34, 6.436).unwrap()).get() < 10.0, "{centre:?}");
}

#[test]
fn a_trip_is_found_by_its_container() {
    let mut stage = stage();
    stage.keys("/mskuu7750847");
    assert!(stage.app.roster.rows().is_empty());
    stage.key(KeyCode::Esc);
    stage.keys("/msku7750847");
    assert_eq!(stage.app.roster.rows(), [Row::Truck(key(&number(0)))]);
}

#[test]
fn acknowledging_sends_a_command_and_the_answer_settles_it() {
    let mut stage = stage();
    stage.keys("n");
    assert_eq!(stage.app.selected, Some(key(&number(1))), "the gravest and newest comes first");
    stage.keys("a");
    let Some(Effect::Send(event)) = stage.effects.pop() else { panic!("nothing sent") };
    let id = fleet::alert(&number(1), -41, AlertKind::Overspeed).id;
    let EventData::CommandIssued(Command::AcknowledgeAlert(ack)) = &event.data else { panic!("{event:?}") };
    assert_eq!(ack, &Acknowledgement { alert: id, by: "ada".to_owned(), note: None });
    assert_eq!(event.key, number(1));
    assert!(stage.text().contains("acknowledged: T01551LA overspeed 74/60 km/h"));
    stage.keys("a");
    assert!(stage.effects.is_empty(), "asked once");

    stage.hear(vec![fleet::event(&number(1), 1, EventData::AlertAcknowledged(ack.clone()))]);
    let entry = stage.app.model.alerts.get(id).unwrap();
    assert_eq!(entry.standing(), Standing::Acknowledged);
    assert!(stage.text().contains("2 open"));
}

#[test]
fn a_failed_command_can_be_given_again() {
    let mut stage = stage();
    stage.keys("na");
    stage.mailbox().put_failure("not sent: event log unavailable".to_owned());
    stage.take();
    assert!(stage.text().contains("not sent: event log unavailable"));
    stage.keys("a");
    assert_eq!(stage.effects.len(), 2);
}

#[test]
fn a_note_goes_with_the_acknowledgement() {
    let mut stage = stage();
    stage.keys("nA");
    assert!(stage.text().contains("note on T01551LA overspeed"));
    stage.keys("called q");
    stage.key(KeyCode::Enter);
    let Some(Effect::Send(event)) = stage.effects.pop() else { panic!("nothing sent") };
    let EventData::CommandIssued(Command::AcknowledgeAlert(ack)) = event.data else { panic!() };
    assert_eq!(ack.note.as_deref(), Some("called q"));
}

#[test]
fn next_alert_goes_round() {
    let mut stage = stage();
    let mut seen = Vec::new();
    for _ in 0..4 {
        stage.keys("n");
        seen.push(stage.app.selected.clone().unwrap());
    }
    assert_eq!(seen[0], seen[3]);
    assert!(seen[0] != seen[1] && seen[1] != seen[2] && seen[2] != seen[0]);
}

#[test]
fn following_moves_the_map_with_the_truck_until_it_is_panned() {
    let mut stage = stage();
    stage.keys("2jf");
    let vehicle = stage.app.selected.clone().unwrap();
    stage.hear(vec![fleet::fix(vehicle.as_str(), 5, (3.5, 6.6), 50.0)]);
    stage.draw();
    assert_eq!(stage.app.map.viewport.centre, LonLat::new(3.5, 6.6).unwrap());
    stage.keys("1l");
    assert_eq!(stage.app.aim.following, Following::Off);
    stage.hear(vec![fleet::fix(vehicle.as_str(), 6, (3.6, 6.7), 50.0)]);
    stage.draw();
    assert!(stage.app.map.viewport.centre.lon() < 3.58);
}

#[test]
fn a_fix_moves_a_truck_before_the_engine_has_judged() {
    let mut stage = stage();
    let offline = key(&number(7));
    assert_eq!(stage.app.model.vehicles[&offline].motion, Motion::Offline);
    stage.hear(vec![fleet::fix(&number(7), 3, (3.4, 6.5), 42.0)]);
    let vehicle = &stage.app.model.vehicles[&offline];
    assert_eq!(vehicle.position.point, LonLat::new(3.4, 6.5).unwrap());
    stage.hear(vec![fleet::motion_changed(&number(7), 3, Motion::Moving)]);
    assert_eq!(stage.app.model.vehicles[&offline].motion, Motion::Moving);
}

#[test]
fn panes_are_reached_by_tab_and_number_and_fill_the_screen() {
    let mut stage = stage();
    let mut seen = Vec::new();
    for _ in 0..Pane::ALL.len() {
        seen.push(stage.app.view.focus());
        stage.key(KeyCode::Tab);
    }
    assert_eq!(seen, Pane::ALL);
    assert_eq!(stage.app.view.focus(), Pane::Map);
    stage.keys("5z");
    let text = stage.text();
    assert!(text.contains("5 Alerts") && !text.contains("╭ 1 Map") && !text.contains("╭ 2 Fleet"), "{text}");
    stage.key(KeyCode::Esc);
    assert_eq!(stage.app.view.extent, Extent::Shared);
}

#[test]
fn sorting_turns_and_steps() {
    let mut stage = stage();
    stage.keys("s");
    assert_eq!(stage.app.roster.column, Column::State);
    stage.draw();
    let speed = |stage: &Stage, row: usize| match &stage.app.roster.rows()[row] {
        Row::Truck(key) => stage.app.model.vehicles[key].speed().unwrap_or(-1.0),
        Row::Place(_) | Row::Spot(_) => panic!("a place without a search"),
    };
    assert!(speed(&stage, 0) >= speed(&stage, 1) && speed(&stage, 1) > 40.0);
    stage.keys("S");
    stage.draw();
    assert_eq!(speed(&stage, 0), -1.0);
    let (column, row) = stage.find("age").unwrap();
    stage.click(column, row);
    assert_eq!(stage.app.roster.column, Column::Age);
}

#[test]
fn a_click_on_a_row_selects_and_a_double_click_shows() {
    let mut stage = stage();
    let (column, row) = stage.find(&number(2)).unwrap();
    stage.click(column, row);
    assert_eq!(stage.app.selected, Some(key(&number(2))));
    assert_eq!(stage.app.view.focus(), Pane::Fleet);
    stage.click(column, row);
    assert_eq!(stage.app.map.viewport.centre, seen(&stage, &key(&number(2))));
}

#[test]
fn a_click_on_the_map_selects_the_truck_drawn_there() {
    let mut stage = stage();
    stage.keys("n");
    stage.key(KeyCode::Esc);
    stage.draw();
    let area = stage.app.shown.layout.of(Pane::Map).unwrap();
    let hit = area.positions().find(|at| {
        matches!(stage.app.map.hit(at.x, at.y), Some(crate::tui::map::Hit::Vehicle(key)) if key == fleet::key(&number(1)))
    });
    let at = hit.expect("the truck is on the map");
    stage.click(at.x, at.y);
    assert_eq!(stage.app.selected, Some(key(&number(1))));
}

#[test]
fn the_wheel_zooms_to_the_pointer_and_a_drag_pans() {
    let mut stage = stage();
    let area = stage.app.shown.layout.of(Pane::Map).unwrap();
    let (column, row) = (area.x + 10, area.y + 5);
    let under = stage.app.map.point_at(column, row).unwrap();
    stage.mouse(MouseEventKind::ScrollUp, column, row);
    stage.draw();
    let now = stage.app.map.point_at(column, row).unwrap();
    assert!(under.distance(now).get() < 1_000.0, "{under:?} {now:?}");

    let before = stage.app.map.point_at(column, row).unwrap();
    stage.mouse(MouseEventKind::Down(MouseButton::Left), column, row);
    stage.mouse(MouseEventKind::Drag(MouseButton::Left), column + 6, row + 3);
    stage.mouse(MouseEventKind::Up(MouseButton::Left), column + 6, row + 3);
    stage.draw();
    let dragged = stage.app.map.point_at(column + 6, row + 3).unwrap();
    assert!(before.distance(dragged).get() < 1_000.0, "{before:?} {dragged:?}");
    assert_eq!(stage.app.selected, None, "a drag is no click");
}

#[test]
fn the_pointer_is_where_a_drag_ends() {
    let mut stage = stage();
    let area = stage.app.shown.layout.of(Pane::Map).unwrap();
    let (column, row) = (area.x + 10, area.y + 5);
    stage.mouse(MouseEventKind::Moved, column, row);
    stage.mouse(MouseEventKind::Down(MouseButton::Left), column, row);
    stage.mouse(MouseEventKind::Drag(MouseButton::Left), column + 6, row + 3);
    stage.mouse(MouseEventKind::Up(MouseButton::Left), column + 6, row + 3);
    assert_eq!(stage.app.pointer.on_map, Some((column + 6, row + 3)));
}

#[test]
fn a_button_let_go_elsewhere_clicks_nothing_in_what_covers_the_panes() {
    let mut stage = stage();
    stage.keys(":");
    let (column, row) = stage.find("quit").unwrap();
    stage.mouse(MouseEventKind::Down(MouseButton::Left), column, row - 1);
    stage.mouse(MouseEventKind::Drag(MouseButton::Left), column, row);
    stage.mouse(MouseEventKind::Up(MouseButton::Left), column, row);
    assert!(stage.effects.is_empty() && matches!(stage.app.overlays.top(), Some(Overlay::Palette(_))));
    stage.click(column, row);
    assert!(stage.app.overlays.top().is_none());
}

#[test]
fn hints_can_be_clicked() {
    let mut stage = stage();
    let (column, row) = stage.find("? help").unwrap();
    stage.click(column + 2, row);
    assert!(stage.text().contains("Esc closes"));
    stage.click(1, 1);
    let (column, row) = stage.find("q quit").unwrap();
    stage.click(column, row);
    assert_eq!(stage.effects, [Effect::Quit]);
}

#[test]
fn the_last_words_of_a_lost_connection_and_its_return_are_told() {
    let mut stage = stage();
    let since = stage.now;
    stage
        .mailbox()
        .put_link(Link::Reconnecting { since, reason: "event log unavailable: refused".to_owned() });
    stage.now = fleet::at(75);
    stage.take();
    let text = stage.text();
    assert!(text.contains("reconnecting 1m: event log unavailable: refused"), "{text}");
    assert!(text.contains(&number(2)), "what is known stays on the screen");
    stage.mailbox().put_link(Link::Live);
    stage.take();
    assert!(stage.text().contains("connected again after 1 min"));
    stage.now = fleet::at(90);
    stage.app.tick(stage.now);
    assert!(!stage.text().contains("connected again"));
}

#[test]
fn a_replay_shows_its_own_time_and_judges_ages_by_it() {
    let mut stage = stage();
    let mut event = fleet::fix("R1", -86_400, (3.4, 6.5), 42.0);
    if let EventData::PositionUpdated(position) = &mut event.data {
        position.source = watchtower_core::domain::position::Source::event("replay:march");
    }
    stage.hear(vec![event]);
    let text = stage.text();
    assert!(text.contains(" REPLAY  31 Mar 2025 14:32:07 WAT"), "{text}");
    let vehicle = &stage.app.model.vehicles[&key("R1")];
    assert_eq!(stage.app.model.age(vehicle, stage.now), 0.0);
}

#[test]
fn a_read_only_screen_changes_nothing() {
    let mut stage = stage();
    stage.app.setting.access = crate::tui::app::Access::ReadOnly;
    stage.keys("na");
    assert!(stage.effects.is_empty());
    assert!(stage.text().contains("read-only"));
}

#[test]
fn toggles_and_control_keys_do_what_the_table_says() {
    let mut stage = stage();
    stage.keys("g");
    assert!(!stage.text().contains("Apapa Port ("));
    stage.keys("ttt");
    assert!(stage.text().contains("all trails"));
    for (c, effect) in [('z', Effect::Suspend), ('l', Effect::Redraw), ('c', Effect::Quit)] {
        stage.input(crossterm::event::Event::Key(crossterm::event::KeyEvent::new(
            KeyCode::Char(c),
            crossterm::event::KeyModifiers::CONTROL,
        )));
        assert_eq!(stage.effects.pop(), Some(effect));
    }
    assert!(KEYMAP.iter().any(|binding| binding.context == Context::Map));
}

#[test]
fn strange_names_keep_every_column_in_its_place() {
    let mut stage =
        Stage::empty(200, 50, crate::tui::theme::ColourDepth::True, crate::tui::theme::Glyphs::Braille);
    let names =
        ["東京都港区運送", "محمد عبد الله", "👩‍👩‍👧‍👦 family 🇳🇬", "Ọ̀ṣun\u{202e}evil\u{1b}[31m", &"x".repeat(200)];
    let mut records = fleet::meta(names.len());
    for record in &mut records {
        match record {
            watchtower_core::ports::log::Meta::Driver(driver) => {
                let index = (0..names.len()).find(|i| fleet::meta(names.len()).iter().any(|other| {
                    matches!(other, watchtower_core::ports::log::Meta::Truck(truck) if truck.driver == Some(driver.id) && truck.key == key(&number(*i)))
                }));
                driver.name = names[index.unwrap_or(4)].to_owned();
            }
            watchtower_core::ports::log::Meta::Geofence(fence) => {
                fence.name = format!("{} 埠頭 عربى", names[4])
            }
            _ => {}
        }
    }
    stage.mailbox().put_meta(records);
    stage.mailbox().put_picture(fleet::live(names.len()));
    stage.take();
    stage.keys("2j");
    let area = {
        stage.draw();
        stage.app.shown.layout.of(Pane::Fleet).unwrap()
    };
    let buffer = stage.draw();
    for row in area.top() + 1..area.bottom() - 1 {
        for edge in [area.left(), area.right() - 1] {
            let symbol = buffer[(edge, row)].symbol();
            assert!(["│", "┃"].contains(&symbol), "row {row} column {edge}: {symbol:?}");
        }
    }
    let text = stage.text();
    for forbidden in ['\u{202e}', '\u{1b}', '\u{200d}'] {
        assert!(!text.contains(forbidden));
    }
    assert!(text.contains("東京都"), "{text}");
}

#[test]
fn everything_is_found_by_its_name_in_the_palette() {
    let mut stage = stage();
    stage.keys(":graticule");
    stage.key(KeyCode::Enter);
    assert_eq!(stage.app.map.graticule, crate::tui::map::Graticule::Shown);
    stage.keys(":theme light");
    stage.key(KeyCode::Enter);
    assert!(stage.app.overlays.top().is_none() && stage.text().contains("light colours"));
    stage.keys(":6.6 3.5");
    stage.key(KeyCode::Enter);
    assert_eq!(stage.app.map.viewport.centre, LonLat::new(3.5, 6.6).unwrap());
    stage.keys(":plan");
    let (column, row) = stage.find("plan-trip").unwrap();
    stage.click(column, row);
    assert!(matches!(stage.app.overlays.top(), Some(Overlay::Dialog(_))));
    stage.key(KeyCode::Esc);
    stage.keys(":");
    for (width, height) in [(1, 1), (9, 3), (40, 12), (200, 50)] {
        stage.resize(width, height);
        stage.draw();
    }
    stage.key(KeyCode::Esc);
    assert!(stage.app.overlays.top().is_none());
}
