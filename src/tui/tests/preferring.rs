//! Preferences that change while the dashboard runs, and the columns a person chose.

use crossterm::event::KeyCode;

use super::stage::Stage;
use crate::tui::{
    app::Overlay, attention::Attention, keymap::Keymap, preferences::Preferences, roster::Column,
    theme::ThemeName,
};

fn changed(change: impl FnOnce(&mut Preferences)) -> Preferences {
    let mut preferences = Preferences { attention: Attention::default(), ..Preferences::default() };
    change(&mut preferences);
    preferences
}

fn take(stage: &mut Stage, preferences: Result<Preferences, String>) {
    stage.mailbox().put_preferences(preferences);
    stage.take();
}

#[test]
fn preferences_that_change_are_taken_at_once() {
    let mut stage = Stage::new(160, 40);
    let dark = stage.draw()[(0, 10)].bg;
    take(
        &mut stage,
        Ok(changed(|preferences| {
            preferences.colours.theme = Some(ThemeName::Light);
            preferences.keymap = Keymap::with([("help", &["x".to_owned()][..])]).unwrap();
            preferences.columns = Some(vec![Column::Number, Column::Age]);
        })),
    );
    assert_ne!(stage.draw()[(0, 10)].bg, dark);
    let text = stage.text();
    assert!(text.contains("preferences taken") && !text.contains(" driver "), "{text}");
    stage.keys("?");
    assert!(stage.app.overlays.top().is_none(), "the key was taken away");
    stage.keys("x");
    assert!(matches!(stage.app.overlays.top(), Some(Overlay::Help(_))));
}

#[test]
fn a_broken_file_leaves_the_preferences_and_says_where_it_is_broken() {
    let mut stage = Stage::new(160, 40);
    take(&mut stage, Ok(changed(|preferences| preferences.colours.theme = Some(ThemeName::Light))));
    let light = stage.draw()[(0, 10)].bg;
    take(&mut stage, Err("config.toml: dashboard.theme: \"plaid\" is none of dark".to_owned()));
    assert_eq!(stage.draw()[(0, 10)].bg, light);
    assert!(stage.text().contains("config.toml: dashboard.theme: \"plaid\""));
}

#[test]
fn what_was_chosen_on_the_screen_stays_when_the_file_changes_elsewhere() {
    let mut stage = Stage::new(160, 40);
    stage.keys(":light");
    stage.key(KeyCode::Enter);
    let light = stage.draw()[(0, 10)].bg;
    take(&mut stage, Ok(changed(|preferences| preferences.attention.bell = None)));
    assert_eq!(stage.draw()[(0, 10)].bg, light);
}

#[test]
fn a_ground_that_becomes_known_changes_the_theme_nobody_chose() {
    let mut stage = Stage::new(100, 30);
    let dark = stage.draw()[(0, 10)].bg;
    stage.app.see_ground(ThemeName::Light);
    assert_ne!(stage.draw()[(0, 10)].bg, dark);
    take(&mut stage, Ok(changed(|preferences| preferences.colours.theme = Some(ThemeName::Dark))));
    stage.app.see_ground(ThemeName::Contrast);
    assert_eq!(stage.draw()[(0, 10)].bg, dark);
}

/// Every pane but the fleet's out of the way.
fn list(width: u16) -> Stage {
    let mut stage = Stage::new(width, 20);
    stage.keys("2z");
    stage
}

#[test]
fn columns_are_chosen_by_command_and_remembered() {
    let mut stage = list(160);
    stage.keys(":columns number speed trip container");
    stage.key(KeyCode::Enter);
    let text = stage.text();
    assert!(text.contains("columns number speed trip container"), "{text}");
    let head = text.lines().find(|line| line.contains("number")).unwrap().to_owned();
    assert!(head.contains("container") && !head.contains("driver"), "{head}");
    stage.keys(":column today");
    stage.key(KeyCode::Enter);
    let mut later = list(160);
    later.app.recall(stage.app.memory());
    assert!(later.text().contains("today"));
    assert_eq!(later.app.roster.columns.last(), Some(&Column::Today));
}

#[test]
fn the_list_is_sorted_by_a_click_on_any_head() {
    let mut stage = list(220);
    let all = Column::ALL.to_vec();
    take(&mut stage, Ok(changed(|preferences| preferences.columns = Some(all))));
    for column in Column::ALL {
        let head = if column == Column::Alerts { "\u{26a0}" } else { column.name() };
        let line = stage.text().lines().nth(2).unwrap().to_owned();
        let byte = line.find(&format!(" {head}")).unwrap_or_else(|| panic!("{head} not in {line}")) + 1;
        stage.click(crate::tui::text::width(&line[..byte]) as u16, 2);
        assert_eq!(stage.app.roster.column, column);
        stage.draw();
        let sorted = stage.text().lines().nth(2).unwrap().to_owned();
        assert_ne!(sorted, line, "an arrow says so");
    }
}

#[test]
fn the_fastest_and_the_furthest_come_first() {
    let mut stage = list(200);
    for column in [Column::Speed, Column::Today] {
        stage.app.roster.sort_by(column);
        stage.draw();
        let figures: Vec<f64> = stage
            .app
            .roster
            .rows()
            .iter()
            .filter_map(|row| match row {
                crate::tui::roster::Row::Truck(key) => stage.app.model.vehicles.get(key),
                crate::tui::roster::Row::Place(_) | crate::tui::roster::Row::Spot(_) => None,
            })
            .map(|vehicle| match column {
                Column::Speed => vehicle.speed().unwrap_or(-1.0),
                _ => vehicle.today.get(),
            })
            .collect();
        assert!(figures.len() > 10 && figures.is_sorted_by(|a, b| a >= b), "{column:?} {figures:?}");
    }
}

#[test]
fn sorting_steps_through_the_columns_shown() {
    let mut stage = list(120);
    stage.app.roster.show_columns(vec![Column::Age, Column::Number, Column::Trip]);
    for column in [Column::Trip, Column::Age, Column::Number] {
        stage.keys("s");
        assert_eq!(stage.app.roster.column, column);
    }
}
