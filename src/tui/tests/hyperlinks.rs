//! What of a frame leads somewhere.

use super::stage::Stage;
use crate::tui::{hyperlinks, preferences::Preferences};

/// Where the screen leads, and what is written there.
fn leads(stage: &mut Stage) -> Vec<(String, String)> {
    let frame = stage.draw().clone();
    let link = |link: &hyperlinks::Hyperlink| {
        let columns = link.at.x..link.at.x + link.width;
        let text = columns.map(|column| frame[(column, link.at.y)].symbol()).collect();
        (text, link.address.clone())
    };
    stage.app.hyperlinks().iter().map(link).collect()
}

#[test]
fn the_place_of_the_selected_truck_leads_to_a_map_and_sources_to_themselves() {
    let mut stage = Stage::new(120, 40);
    stage.app.lead(true);
    let source = ("Natural Earth".to_owned(), "https://www.naturalearthdata.com/".to_owned());
    assert_eq!(leads(&mut stage), std::slice::from_ref(&source));
    stage.keys("2j");
    let mut led = leads(&mut stage);
    assert!(led.contains(&source), "{led:?}");
    led.retain(|(_, address)| address.starts_with("https://www.openstreetmap.org/?mlat=6."));
    let [(text, _)] = led.as_slice() else { panic!("{led:?}") };
    let point = stage.app.model.vehicles[stage.app.selected.as_ref().unwrap()].position.point;
    assert_eq!(*text, crate::tui::words::coordinates(point));
}

#[test]
fn nothing_leads_anywhere_through_what_lies_over_it_or_where_nobody_understands_it() {
    let mut stage = Stage::new(60, 20);
    stage.app.lead(true);
    stage.keys("1");
    assert_eq!(leads(&mut stage).len(), 1);
    stage.keys("?");
    assert_eq!(leads(&mut stage), [], "the help covers it");
    stage.keys("?");
    assert_eq!(leads(&mut stage).len(), 1);
    stage.app.lead(false);
    assert_eq!(leads(&mut stage), []);
    stage.app.prefer(Preferences { links: Some(true), ..Preferences::default() });
    assert_eq!(leads(&mut stage).len(), 1);
    stage.app.lead(true);
    stage.app.prefer(Preferences { links: Some(false), ..Preferences::default() });
    assert_eq!(leads(&mut stage), []);
}

#[test]
fn a_number_is_called_by_its_digits() {
    assert_eq!(hyperlinks::telephone("+234 (0)803-555 0101").as_deref(), Some("tel:+23408035550101"));
    assert_eq!(hyperlinks::telephone("by radio"), None);
}
