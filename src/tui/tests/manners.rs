//! Manners towards whoever is at the screen, or is not: wall screens, calls, copies, and
//! what was missed.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use crossterm::event::{Event as Input, KeyCode};
use watchtower_core::domain::{
    alert::{AlertKind, Severity},
    event::{Event, EventData},
};

use super::{
    fleet::{self, number},
    stage::Stage,
};
use crate::tui::{
    app::Effect, attention::Channel, capability::Host, layout::Pane, mailbox::Link, preferences::Preferences,
};

/// A new alert at a second, of a severity.
fn alert(truck: usize, second: i64, severity: Severity) -> Event {
    let mut alert = fleet::alert(&number(truck), second, AlertKind::Overspeed);
    alert.severity = severity;
    fleet::event(&number(truck), second, EventData::AlertTriggered(alert))
}

fn written(stage: &mut Stage) -> Vec<String> {
    let effects = std::mem::take(&mut stage.effects);
    let text = |effect: Effect| match effect {
        Effect::Terminal(bytes) => String::from_utf8(bytes).unwrap(),
        other => panic!("{other:?} is nothing to write"),
    };
    effects.into_iter().map(text).collect()
}

fn pass(stage: &mut Stage, seconds: i64) {
    for _ in 0..seconds {
        stage.now = stage.now.plus(Duration::from_secs(1));
        let effect = stage.app.tick(stage.now);
        stage.effects.extend(effect);
    }
}

#[test]
fn a_critical_alert_rings_once_for_somebody_who_is_elsewhere() {
    let mut stage = Stage::new(120, 40);
    stage.input(Input::FocusLost);
    let grave = alert(4, 10, Severity::Critical);
    stage.hear(vec![grave.clone(), alert(5, 10, Severity::High)]);
    assert_eq!(written(&mut stage), ["\u{7}"]);
    pass(&mut stage, 60);
    stage.hear(vec![grave]);
    pass(&mut stage, 60);
    assert_eq!(written(&mut stage), [""; 0], "it is no new one");
}

#[test]
fn nobody_is_called_who_looks_at_the_screen() {
    let mut stage = Stage::new(120, 40);
    stage.input(Input::FocusGained);
    stage.hear(vec![alert(4, 10, Severity::Critical)]);
    stage.input(Input::FocusLost);
    pass(&mut stage, 120);
    assert_eq!(written(&mut stage), [""; 0], "it was seen");
    // A terminal that tells nothing of its focus is looked at a minute after a key.
    let mut stage = Stage::new(120, 40);
    stage.keys("j");
    stage.hear(vec![alert(4, 10, Severity::Critical)]);
    assert_eq!(written(&mut stage), [""; 0]);
    pass(&mut stage, 61);
    stage.hear(vec![alert(5, 10, Severity::Critical)]);
    assert_eq!(written(&mut stage), ["\u{7}"]);
}

#[test]
fn a_storm_of_alerts_is_called_out_seldom_and_together() {
    let mut stage = Stage::new(120, 40);
    stage.app.call_by(Some(Channel::Osc777));
    stage.input(Input::FocusLost);
    for truck in 4..14 {
        stage.hear(vec![alert(truck, 10, Severity::Critical)]);
        pass(&mut stage, 1);
    }
    pass(&mut stage, 30);
    let calls = written(&mut stage);
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert!(calls[0].starts_with("\u{1b}]777;notify;Watch Tower;") && calls[0].contains(&number(4)));
    assert!(calls[1].contains("and 8 more"), "{}", calls[1]);
}

#[test]
fn what_calls_is_a_matter_of_preference() {
    let mut stage = Stage::new(120, 40);
    stage.app.call_by(Some(Channel::Osc9));
    let mut preferences = Preferences::default();
    (preferences.attention.notify, preferences.attention.bell) = (None, Some(Severity::High));
    stage.app.prefer(preferences.clone());
    stage.input(Input::FocusLost);
    stage.hear(vec![alert(4, 10, Severity::High)]);
    assert_eq!(written(&mut stage), ["\u{7}"]);
    preferences.attention.bell = None;
    stage.app.prefer(preferences);
    pass(&mut stage, 60);
    stage.hear(vec![alert(5, 10, Severity::Critical)]);
    pass(&mut stage, 60);
    assert_eq!(written(&mut stage), [""; 0]);
}

#[test]
fn number_place_and_links_of_the_selected_truck_are_copied() {
    let mut stage = Stage::new(120, 40);
    stage.keys("y");
    assert!(stage.text().contains("select a truck first"));
    stage.key(KeyCode::Esc);
    stage.app.view.give_focus(Pane::Fleet);
    stage.keys("jy");
    let text = stage.text();
    assert!(text.contains("t truck") && text.contains("l OpenStreetMap link"), "{text}");
    let mut copied = |keys: &str| {
        stage.keys(keys);
        let written = written(&mut stage).pop().unwrap_or_default();
        let Some(encoded) = written.strip_prefix("\u{1b}]52;c;").and_then(|it| it.strip_suffix('\u{7}'))
        else {
            return String::new();
        };
        let copied = String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap();
        assert!(stage.text().contains(&format!("copied: {copied}")), "{copied}");
        copied
    };
    assert_eq!(copied("t"), number(0));
    assert!(crate::tui::palette::coordinates(&copied("yc")).is_some());
    assert!(copied("yl").starts_with("https://www.openstreetmap.org/?mlat=6."));
    assert!(copied("yg").starts_with("geo:6."));
    assert_eq!(copied("yx"), "", "another key copies nothing");
    let (column, row) = {
        stage.keys("y");
        stage.find("t truck").unwrap()
    };
    stage.click(column, row);
    assert_eq!(written(&mut stage).len(), 1);
    stage.app.theme.capability.host = Host::Multiplexer;
    stage.keys("yt");
    assert!(stage.text().contains("if tmux or screen lets it"));
}

#[test]
fn what_was_missed_while_the_log_was_away_is_told() {
    let mut stage = Stage::new(160, 40);
    let known = fleet::triggered(&number(8), 5, AlertKind::Overspeed);
    stage.hear(vec![known.clone()]);
    let since = stage.now;
    stage.mailbox().put_link(Link::Reconnecting { since, reason: "refused".to_owned() });
    stage.take();
    stage.now = stage.now.plus(Duration::from_secs(180));
    let late = |event: Event, second| Event { recorded_at: fleet::at(second), ..event };
    stage.mailbox().put_link(Link::Live);
    stage.hear(vec![
        late(alert(4, 60, Severity::High), 60),
        late(alert(5, 70, Severity::High), 70),
        late(known, 80),
        late(fleet::motion_changed(&number(6), 90, watchtower_core::domain::live::Motion::Idle), 90),
        // It happened since.
        late(alert(7, 200, Severity::High), 200),
    ]);
    assert!(stage.text().contains("connected again after 3 min"));
    pass(&mut stage, 2);
    let text = stage.text();
    assert!(text.contains("connected again after 3 min: 4 events, 2 new alerts"), "{text}");
    pass(&mut stage, 10);
    assert!(!stage.text().contains("connected again"));
}

#[test]
fn a_wall_screen_says_so_and_tours_the_open_alerts() {
    let mut stage = Stage::wall(160, 40);
    assert!(stage.text().contains(" WALL "));
    assert!(!Stage::new(160, 40).text().contains(" WALL "));
    stage.app.begin_tour(Duration::from_secs(5), stage.now);
    let mut seen = Vec::new();
    for _ in 0..4 {
        pass(&mut stage, 5);
        stage.draw();
        seen.push((stage.app.selected.clone(), stage.app.map.viewport.zoom));
    }
    let trucks: std::collections::HashSet<_> = seen[..3].iter().map(|(truck, _)| truck.clone()).collect();
    assert_eq!(trucks.len(), 3, "three alerts are open: {seen:?}");
    assert!(seen[3].1 < seen[2].1, "then the whole fleet: {seen:?}");
    // A hand on the mouse or a key holds it.
    stage.keys("j");
    let held = stage.app.map.viewport;
    pass(&mut stage, 50);
    assert_eq!(stage.app.map.viewport, held);
    pass(&mut stage, 20);
    assert_ne!(stage.app.map.viewport, held);
}

#[test]
fn nothing_can_be_sent_from_a_wall_screen() {
    let mut stage = Stage::wall(160, 40);
    stage.keys("na");
    stage.keys("cmdwWX");
    stage.keys("A");
    stage.keys("note");
    stage.key(KeyCode::Enter);
    assert_eq!(stage.effects, []);
    assert!(stage.app.overlays.top().is_none());
}
