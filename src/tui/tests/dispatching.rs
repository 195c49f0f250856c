//! Planning and moving trips, and giving trucks to drivers, from the screen.

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use watchtower_core::domain::{
    event::{Command, Event, EventData, Failure},
    id::FenceId,
    time::Timestamp,
    trip::TripStatus,
};

use super::{
    fleet::{self, number},
    stage::Stage,
};
use crate::tui::app::{Access, Dialog, Effect, Overlay, Purpose};

/// The test fleet with the first truck selected and the form open.
fn planning() -> Stage {
    let mut stage = Stage::new(120, 40);
    stage.draw();
    stage.keys("2jc");
    stage
}

fn dialog(stage: &Stage) -> &Dialog {
    match stage.app.overlays.top() {
        Some(Overlay::Dialog(dialog)) => dialog,
        other => panic!("{other:?} is open"),
    }
}

fn fill(stage: &mut Stage, texts: &[&str]) {
    for text in texts {
        stage.keys(text);
        stage.key(KeyCode::Enter);
    }
}

fn sent(stage: &mut Stage) -> Event {
    match stage.effects.pop() {
        Some(Effect::Send(event)) => *event,
        other => panic!("{other:?} was sent; the screen says\n{}", stage.text()),
    }
}

fn command(event: &Event) -> &Command {
    match &event.data {
        EventData::CommandIssued(command) => command,
        other => panic!("{other:?}"),
    }
}

/// What the clerk answers to a command.
fn answer(asked: &Event, data: EventData) -> Event {
    Event { data, ..asked.clone() }
}

#[test]
fn a_trip_is_planned_with_a_few_keys() {
    let mut stage = planning();
    // The truck and its driver are known; the rest is a few letters each.
    fill(&mut stage, &["esslib", "dki", "tomorrow 8am", "", ""]);
    assert!(stage.text().contains("Wed 2 Apr 08:00"), "{}", stage.text());
    stage.keys("deek");
    stage.key(KeyCode::Tab);
    stage.keys("tcnu 387756 0");
    stage.input(Input::Key(KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL)));
    let asked = sent(&mut stage);
    let Command::PlanTrip { by, booking } = command(&asked) else { panic!("{asked:?}") };
    assert_eq!((by.as_str(), booking.truck.as_str()), ("ada", number(0).as_str()));
    assert_eq!((&booking.pickup, &booking.delivery), (&FenceId::new("esslibra"), &FenceId::new("deekay")));
    assert_eq!(booking.scheduled_departure, Timestamp::parse("2025-04-02 08:00", fleet::ZONE).unwrap());
    assert!(booking.driver.is_some() && booking.client.is_some());
    assert_eq!(booking.container.as_deref(), Some("tcnu 387756 0"));
    assert!(stage.app.overlays.top().is_none() && stage.text().contains("asked: trip of"));
    stage.hear(vec![answer(&asked, asked.data.clone())]);
    assert!(stage.text().contains("done: trip of T00412LA to Deekay Ikeja"));
}

#[test]
fn the_driver_of_the_truck_that_is_typed_is_filled_in_and_may_be_another() {
    let mut stage = Stage::new(120, 40);
    stage.draw();
    stage.keys("c");
    let driver = stage.app.model.driver_of(&stage.app.model.vehicles[&fleet::key(&number(0))]).unwrap();
    let name = driver.name.clone();
    stage.keys("t00412");
    assert_eq!(dialog(&stage).form.text("driver"), None, "nobody knows yet which truck");
    stage.key(KeyCode::Tab);
    assert_eq!(dialog(&stage).form.text("driver"), Some(&*name));
    fill(&mut stage, &["apapa", "dki", "+2h", ""]);
    stage.input(Input::Key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL)));
    stage.keys("effiong");
    stage.key(KeyCode::Tab);
    assert!(dialog(&stage).form.text("driver").unwrap().contains("Effiong"));
}

#[test]
fn what_is_wrong_is_said_beside_its_field_and_nothing_is_sent() {
    let mut stage = planning();
    fill(&mut stage, &["apapa", "apapa", "14:40", "", "", "", "TCNU3877561", "", "heavy"]);
    assert!(stage.effects.is_empty());
    let text = stage.text();
    for words in ["it is the pickup", "30 minutes ahead", "no number of tonnes"] {
        assert!(text.contains(words), "{words} not in\n{text}");
    }
    // The first of them is in focus: it is typed over.
    stage.key(KeyCode::Backspace);
    assert!(!stage.text().contains("it is the pickup"));
    stage.key(KeyCode::Esc);
    assert!(stage.app.overlays.top().is_none() && stage.effects.is_empty());
}

#[test]
fn a_refused_trip_comes_back_as_it_was_typed() {
    let mut stage = planning();
    fill(&mut stage, &["apapa", "dki", "+2h", "", "", "", "", "", ""]);
    let asked = sent(&mut stage);
    let failure = Failure { component: "clerk".into(), message: "truck: there is no truck T1".into() };
    stage.hear(vec![answer(&asked, EventData::ErrorOccurred(failure))]);
    let dialog = dialog(&stage);
    assert_eq!(dialog.form.text("scheduled_departure"), Some("+2h"));
    assert!(stage.text().contains("refused: truck: there is no truck T1"));
}

#[test]
fn a_refusal_waits_below_what_is_being_typed() {
    let mut stage = planning();
    fill(&mut stage, &["apapa", "dki", "+2h", "", "", "", "", "", ""]);
    let asked = sent(&mut stage);
    stage.keys("/mor");
    let failure = Failure { component: "clerk".into(), message: "truck: there is no truck T1".into() };
    stage.hear(vec![answer(&asked, EventData::ErrorOccurred(failure))]);
    stage.keys("uf");
    assert_eq!(stage.app.roster.query(), "moruf");
    assert!(!stage.text().contains("Ctrl-S"), "what cannot be typed into or clicked is not shown");
    stage.key(KeyCode::Esc);
    assert!(stage.text().contains("Ctrl-S"));
    assert_eq!(dialog(&stage).form.text("scheduled_departure"), Some("+2h"));
}

#[test]
fn silence_is_noticed() {
    let mut stage = planning();
    fill(&mut stage, &["apapa", "dki", "+2h", "", "", "", "", "", ""]);
    sent(&mut stage);
    stage.now = fleet::at(11);
    stage.app.tick(stage.now);
    assert!(stage.text().contains("nobody has answered yet"));
}

#[test]
fn a_trip_is_moved_only_where_it_can_go() {
    let mut stage = Stage::new(120, 40);
    stage.draw();
    stage.keys("4jjm");
    assert!(matches!(dialog(&stage).purpose, Purpose::Move(_)));
    let text = stage.text();
    assert!(text.contains("completed") && !text.contains("scheduled"), "{text}");
    fill(&mut stage, &["fail", "the axle broke", ""]);
    let asked = sent(&mut stage);
    let Command::MoveTrip { to, reason, .. } = command(&asked) else { panic!("{asked:?}") };
    assert_eq!((*to, reason.as_deref()), (TripStatus::Failed, Some("the axle broke")));
    stage.keys("4Gm");
    assert!(
        stage.app.overlays.top().is_none() && stage.text().contains("the trip is completed: nothing follows")
    );
}

#[test]
fn a_trip_that_will_be_late_is_said_to_be_and_promised_anew() {
    let mut stage = Stage::new(120, 40);
    stage.draw();
    stage.keys("2jm");
    fill(&mut stage, &["del", "queue at the gate", "whenever"]);
    assert!(stage.effects.is_empty() && stage.text().contains("neither a day nor a time"));
    stage.key(KeyCode::Esc);
    stage.keys("m");
    fill(&mut stage, &["del", "queue at the gate", "today 23:00"]);
    let asked = sent(&mut stage);
    let Command::MoveTrip { to, reason, promised_arrival, .. } = command(&asked) else { panic!("{asked:?}") };
    assert_eq!((*to, reason.as_deref()), (TripStatus::Delayed, Some("queue at the gate")));
    assert_eq!(*promised_arrival, Some(Timestamp::parse("2025-04-01 23:00", fleet::ZONE).unwrap()));
}

#[test]
fn a_driver_is_found_by_a_few_letters() {
    let mut stage = Stage::new(120, 40);
    stage.draw();
    stage.keys("2jd");
    fill(&mut stage, &["effiong"]);
    let asked = sent(&mut stage);
    let Command::AssignDriver { truck, driver, .. } = command(&asked) else { panic!("{asked:?}") };
    assert_eq!((truck, driver.is_some()), (&fleet::key(&number(0)), true));
}

#[test]
fn a_wall_screen_changes_nothing() {
    let mut stage = Stage::new(120, 40);
    stage.app.setting.access = Access::ReadOnly;
    stage.draw();
    stage.keys("2j");
    for keys in ["c", "m", "d"] {
        stage.keys(keys);
        let text = stage.text();
        assert!(stage.app.overlays.top().is_none() && text.contains("read-only"), "{keys}: {text}");
        stage.key(KeyCode::Esc);
    }
}

#[test]
fn the_form_is_filled_by_mouse_and_fits_every_screen() {
    let mut stage = planning();
    let (column, row) = stage.find("Delivery").unwrap();
    stage.click(column + 12, row);
    let (column, row) = stage.find("Tin Can Island").unwrap();
    stage.click(column + 2, row);
    assert_eq!(dialog(&stage).form.text("delivery"), Some("Tin Can Island"));
    for (width, height) in [(1, 1), (8, 3), (20, 5), (40, 12), (80, 24), (200, 50)] {
        stage.resize(width, height);
        stage.draw();
    }
    stage.resize(40, 12);
    assert!(stage.text().contains("Driver"), "{}", stage.text());
    stage.resize(80, 24);
    stage.key(KeyCode::Esc);
    stage.keys("2zc");
    insta::assert_snapshot!("form", stage.text_without_map());
    let (column, row) = stage.find("leave").unwrap();
    stage.click(column, row);
    assert!(stage.app.overlays.top().is_none());
}

#[test]
fn a_geofence_is_drawn_by_keys_named_and_sent() {
    let mut stage = Stage::new(120, 40);
    stage.draw();
    stage.keys("w");
    let centre = stage.app.map.viewport.centre;
    for keys in [" ", "LL ", "JJ ", "HH "] {
        stage.keys(keys);
    }
    let text = stage.text();
    assert!(text.contains('◆') && text.contains("Space corner"), "{text}");
    stage.key(KeyCode::Enter);
    fill(&mut stage, &["Mile 12 Yard", "depot"]);
    let asked = sent(&mut stage);
    let Command::WriteGeofence { by, geofence } = command(&asked) else { panic!("{asked:?}") };
    assert_eq!((by.as_str(), geofence.id.as_str(), geofence.kind.name()), ("ada", "mile-12-yard", "depot"));
    geofence.check().unwrap();
    let middle = geofence.middle().unwrap();
    assert!(middle.lon() > centre.lon() && middle.lat() < centre.lat());
    assert!(stage.app.overlays.top().is_none());
}

#[test]
fn a_form_that_is_left_goes_back_to_what_was_drawn() {
    let mut stage = Stage::new(120, 40);
    stage.draw();
    stage.keys("w LL JJ ");
    stage.key(KeyCode::Enter);
    assert!(matches!(dialog(&stage).purpose, Purpose::Draw(_)));
    assert!(stage.app.overlays.drawing().is_some(), "what it is about stays on the map");
    stage.key(KeyCode::Esc);
    let Some(Overlay::Drawing(drawing)) = stage.app.overlays.top() else { panic!("nothing is drawn") };
    assert_eq!(drawing.sketch.corners.len(), 3);
    stage.key(KeyCode::Esc);
    assert!(stage.app.overlays.top().is_none());
}

#[test]
fn a_circle_is_drawn_by_mouse_and_crossed_corners_are_refused() {
    let mut stage = Stage::new(120, 40);
    stage.draw();
    stage.keys("wo");
    let area = stage.app.shown.layout.of(crate::tui::layout::Pane::Map).unwrap();
    stage.click(area.x + 40, area.y + 10);
    stage.click(area.x + 46, area.y + 10);
    stage.key(KeyCode::Enter);
    fill(&mut stage, &["Ring", "chec"]);
    let asked = sent(&mut stage);
    let Command::WriteGeofence { geofence, .. } = command(&asked) else { panic!("{asked:?}") };
    let watchtower_core::domain::geofence::Shape::Circle { radius, .. } = geofence.shape else { panic!() };
    assert!(radius.get() > 100.0);
    stage.keys("w");
    for (column, row) in [(20, 5), (40, 15), (40, 5), (20, 15)] {
        stage.click(area.x + column, area.y + row);
    }
    stage.key(KeyCode::Enter);
    assert!(
        matches!(stage.app.overlays.top(), Some(Overlay::Drawing(_))) && stage.text().contains("intersect"),
        "{}",
        stage.text()
    );
    stage.key(KeyCode::Esc);
    assert!(stage.app.overlays.top().is_none());
}

#[test]
fn a_clicked_geofence_is_drawn_anew_or_deleted_when_sure() {
    let mut stage = Stage::new(120, 40);
    stage.draw();
    stage.app.pinned_fence = Some(FenceId::new("deekay"));
    stage.keys("W");
    stage.key(KeyCode::Tab);
    stage.keys("H ");
    stage.key(KeyCode::Enter);
    fill(&mut stage, &["", ""]);
    let asked = sent(&mut stage);
    let Command::WriteGeofence { geofence, .. } = command(&asked) else { panic!("{asked:?}") };
    assert_eq!((geofence.id.as_str(), geofence.name.as_str()), ("deekay", "Deekay Ikeja"));
    assert_ne!(geofence, &stage.app.model.fences[&FenceId::new("deekay")]);
    stage.keys("X");
    stage.key(KeyCode::Enter);
    assert!(stage.effects.is_empty() && stage.text().contains("yes deletes it"));
    fill(&mut stage, &["yes"]);
    let asked = sent(&mut stage);
    assert!(
        matches!(command(&asked), Command::RemoveGeofence { geofence, .. } if geofence.as_str() == "deekay")
    );
}

#[test]
fn a_key_is_never_shown_without_what_it_does() {
    for width in 30..=200 {
        let mut stage = Stage::new(width, 24);
        stage.draw();
        stage.keys("w");
        let text = stage.text();
        let line = text.lines().last().unwrap();
        assert!(width < 60 || line.contains("Enter done") && line.contains("Esc leave"), "{width}: {line}");
        for (key, hint) in [
            ("Space", "Space corner"),
            ("arrows", "arrows move, capitals further"),
            ("Backspace", "Backspace take back"),
            ("Tab", "Tab take up a corner"),
            ("+ -", "+ - zoom"),
        ] {
            assert_eq!(line.contains(key), line.contains(hint), "{width}: {line}");
        }
    }
}
