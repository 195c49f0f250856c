//! The filter line: typed, completed, refused, kept and cleared, through the whole app.

use crossterm::event::{Event as Input, KeyCode};
use watchtower_core::domain::live::Motion;

use super::{
    fleet::{self, key, number},
    stage::Stage,
};
use crate::tui::{app::Overlay, layout::Pane, map::Hit, roster::Row};

fn stage() -> Stage {
    let mut stage = Stage::new(120, 40);
    stage.draw();
    stage
}

/// The motions of the trucks listed.
fn listed(stage: &Stage) -> Vec<Motion> {
    let motion = |row: &Row| match row {
        Row::Truck(key) => stage.app.model.vehicles[key].motion,
        Row::Place(_) | Row::Spot(_) => panic!("a place without a search"),
    };
    stage.app.roster.rows().iter().map(motion).collect()
}

/// The trucks drawn on the map for themselves.
fn drawn(stage: &mut Stage) -> usize {
    stage.draw();
    let area = stage.app.shown.layout.of(Pane::Map).unwrap();
    let mut keys: Vec<_> = area
        .positions()
        .filter_map(|at| match stage.app.map.hit(at.x, at.y) {
            Some(Hit::Vehicle(key)) => vec![key].into(),
            Some(Hit::Cluster(keys)) => Some(keys),
            Some(Hit::Fence(_)) | None => None,
        })
        .flatten()
        .collect();
    keys.sort();
    keys.dedup();
    keys.len()
}

#[test]
fn a_filter_narrows_list_and_map_and_is_named_in_the_status_line() {
    let mut stage = stage();
    let all = drawn(&mut stage);
    stage.keys("\\status:idle");
    stage.key(KeyCode::Enter);
    assert_eq!(listed(&stage), [Motion::Idle; 10]);
    let text = stage.text();
    assert!(text.contains("filter: status:idle") && text.contains("10 of 84 trucks"), "{text}");
    assert!(text.contains(" 10 of 84 ╮"), "{text}");
    let some = drawn(&mut stage);
    assert!(some <= 10 && some < all, "{some} of {all}");
    stage.key(KeyCode::Esc);
    assert!(!stage.text().contains("filter: "));
    assert_eq!(stage.app.roster.rows().len(), 84);
    assert_eq!(drawn(&mut stage), all);
}

#[test]
fn a_truck_that_is_looked_at_stays_on_the_map_whatever_the_filter() {
    let mut stage = stage();
    stage.keys("\\number:nobody");
    stage.key(KeyCode::Enter);
    assert_eq!(drawn(&mut stage), 0);
    assert!(stage.text().contains("0 of 84 trucks"));
    stage.keys("n");
    assert_eq!(drawn(&mut stage), 1);
}

#[test]
fn while_a_filter_cannot_be_read_the_last_good_one_stays_and_the_place_is_shown() {
    let mut stage = stage();
    stage.keys("\\status:idle and sped>6");
    let text = stage.text();
    assert!(text.contains(r#"at 17: no field "sped": did you mean speed?"#), "{text}");
    assert_eq!(listed(&stage), [Motion::Idle; 10], "the part before the error was the last good one");
    let bad = stage.app.theme.bad.fg;
    let (column, row) = stage.find("sped>6").unwrap();
    let marked: String = {
        let buffer = stage.draw();
        let cells = (column..column + 8).map(|column| &buffer[(column, row)]);
        cells.filter(|cell| Some(cell.fg) == bad).map(|cell| cell.symbol().to_owned()).collect()
    };
    assert_eq!(marked, "sped");
    stage.key(KeyCode::Enter);
    assert!(matches!(stage.app.overlays.top(), Some(Overlay::Prompt(_))), "what cannot be read is not kept");
    for _ in 0..2 {
        stage.key(KeyCode::Backspace);
    }
    stage.key(KeyCode::Esc);
    assert_eq!(stage.app.roster.rows().len(), 84);
}

#[test]
fn a_word_nobody_has_empties_the_screen_once_it_is_ended() {
    let mut stage = stage();
    stage.keys("\\moruf");
    assert_eq!(stage.app.roster.rows().len(), 9);
    stage.keys("x");
    assert_eq!(stage.app.roster.rows().len(), 9);
    stage.key(KeyCode::Enter);
    assert!(stage.app.roster.rows().is_empty());
}

#[test]
fn the_first_letters_of_a_field_empty_no_screen() {
    let mut stage = stage();
    stage.keys("\\spee");
    assert_eq!(stage.app.roster.rows().len(), 84);
    stage.keys("d>50");
    assert!(!listed(&stage).is_empty() && listed(&stage).len() < 84);
    assert!(listed(&stage).iter().all(|motion| *motion == Motion::Moving));
}

#[test]
fn fields_and_values_are_completed_from_the_table_and_the_fleet() {
    let mut stage = stage();
    stage.keys("\\stat");
    assert!(stage.text().contains("Tab status:"));
    stage.key(KeyCode::Tab);
    assert!(stage.text().contains("\\ status: "), "{}", stage.text());
    stage.keys("p");
    stage.key(KeyCode::Tab);
    assert_eq!(listed(&stage), [Motion::Parked; 10]);
    stage.keys(" driver:ch");
    stage.key(KeyCode::Tab);
    let text = stage.text();
    assert!(text.contains(r#"status:parked driver:"Chinedu Okafor""#), "{text}");
    stage.key(KeyCode::Esc);
    stage.keys("\\place:");
    let offered = ["Apapa Port", "Deekay Ikeja", "Esslibra Terminal"];
    for place in offered {
        stage.key(KeyCode::Tab);
        assert!(stage.text().contains(&format!("place:\"{place}\"")), "{}", stage.text());
    }
    stage.key(KeyCode::BackTab);
    assert!(stage.text().contains(r#"place:"Deekay Ikeja""#));
    // In the middle of a line only the word at the cursor changes.
    stage.key(KeyCode::Esc);
    stage.keys("\\spe speed>10");
    for _ in 0..9 {
        stage.key(KeyCode::Left);
    }
    stage.key(KeyCode::Tab);
    assert!(stage.text().contains("\\ speed> speed>10"), "{}", stage.text());
}

#[test]
fn a_filter_follows_what_happens() {
    let mut stage = stage();
    stage.keys("\\status:idle group:fm trip:*ca60");
    stage.key(KeyCode::Enter);
    assert!(stage.app.roster.rows().is_empty());
    assert!(stage.text().contains("nothing matches"));
    stage.now = fleet::at(5);
    stage.hear(vec![fleet::motion_changed(&number(0), 4, Motion::Idle)]);
    stage.draw();
    assert_eq!(stage.app.roster.rows(), [Row::Truck(key(&number(0)))]);
}

#[test]
fn a_search_goes_on_inside_the_filter_and_escape_takes_them_one_by_one() {
    let mut stage = stage();
    stage.input(Input::Paste("ignored".to_owned()));
    stage.keys("\\");
    stage.input(Input::Paste("status:moving".to_owned()));
    stage.key(KeyCode::Enter);
    let moving = listed(&stage).len();
    stage.keys("/moruf");
    stage.key(KeyCode::Tab);
    let found = stage.app.roster.rows().len();
    assert!(found > 0 && found < moving);
    stage.key(KeyCode::Esc);
    stage.draw();
    assert_eq!(stage.app.roster.rows().len(), moving);
    stage.key(KeyCode::Esc);
    stage.draw();
    assert_eq!(stage.app.roster.rows().len(), 84);
    // The line opens with what is in force.
    stage.keys("\\alerts>0");
    stage.key(KeyCode::Enter);
    stage.keys("\\");
    assert!(stage.text().contains("\\ alerts>0"));
}
