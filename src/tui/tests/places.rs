//! Going about the map: views kept and found again, places by name, what the pointer
//! is on, where trucks stood.

use crossterm::event::{KeyCode, MouseEventKind};
use watchtower_core::domain::geo::LonLat;

use super::{
    fleet::{key, number},
    stage::Stage,
};
use crate::tui::{
    app::Following,
    layout::Pane,
    map::{Hit, Viewport},
    panes,
    roster::Row,
    theme::{ColourDepth, Glyphs},
};

fn stage() -> Stage {
    let mut stage = Stage::new(160, 45);
    stage.draw();
    stage
}

fn view(lon: f64, lat: f64, zoom: f64) -> Viewport {
    Viewport { centre: LonLat::new(lon, lat).unwrap(), zoom }
}

#[test]
fn a_view_is_kept_under_a_letter_gone_back_to_and_remembered() {
    let mut stage = stage();
    stage.keys("'");
    assert!(stage.text().contains("no bookmarks yet"));
    let yard = view(3.365, 6.442, 15.0);
    stage.app.map.viewport = yard;
    stage.keys("B");
    assert!(stage.text().contains("keep this view under"));
    stage.keys("q");
    assert!(stage.effects.is_empty(), "a name, not the way out");
    stage.app.map.viewport = view(10.0, 50.0, 4.0);
    stage.app.aim.following = Following::On;
    stage.keys("'");
    assert!(stage.text().contains("go to q; Esc leaves"));
    stage.keys("q");
    assert_eq!((stage.app.map.viewport, stage.app.aim.following), (yard, Following::Off));
    // Escape leaves, and what is not kept is said so.
    stage.keys("B");
    stage.key(KeyCode::Esc);
    stage.keys("'x");
    assert!(stage.text().contains("nothing is kept under x"));
    assert_eq!(stage.app.memory().bookmarks.len(), 1);
    // Another day, by name.
    let memory = stage.app.memory();
    let mut stage = self::stage();
    stage.app.recall(memory);
    stage.keys(":bookmark q");
    assert!(stage.text().contains("6.4420 N 3.3650 E"));
    stage.key(KeyCode::Enter);
    assert_eq!(stage.app.map.viewport, yard);
}

#[test]
fn places_of_the_basemap_are_found_after_trucks_and_fences_and_gone_to() {
    let mut stage = stage();
    stage.keys("/apapa");
    let rows = stage.app.roster.rows().to_vec();
    let first = |wanted: fn(&Row) -> bool| rows.iter().position(wanted);
    let (fence, truck) = (first(|r| matches!(r, Row::Place(_))), first(|r| matches!(r, Row::Truck(_))));
    assert!(truck < fence, "{rows:?}");
    if let Some(spot) = first(|r| matches!(r, Row::Spot(_))) {
        assert!(fence < Some(spot) && rows[spot..].iter().all(|row| matches!(row, Row::Spot(_))));
    }
    stage.key(KeyCode::Esc);
    stage.keys("/kano");
    stage.draw();
    let rows = stage.app.roster.rows();
    let kano = rows.iter().position(|row| matches!(row, Row::Spot(spot) if spot.name() == "Kano")).unwrap();
    assert!(stage.text().contains("town"));
    for _ in 0..kano {
        stage.key(KeyCode::Down);
    }
    stage.key(KeyCode::Enter);
    let centre = stage.app.map.viewport.centre;
    assert!(centre.distance(LonLat::new(8.52, 12.0).unwrap()).get() < 20_000.0, "{centre:?}");
    assert!(stage.app.map.viewport.zoom >= 10.0 && stage.app.roster.query().is_empty());
}

#[test]
fn the_selected_truck_is_shown_with_both_ends_of_its_trip() {
    let mut stage = stage();
    stage.keys("V");
    assert!(stage.text().contains("select a truck first"));
    stage.app.map.viewport = view(20.0, 50.0, 9.0);
    stage.app.selected = Some(key(&number(0)));
    stage.keys("V");
    stage.draw();
    let vehicle = &stage.app.model.vehicles[&key(&number(0))];
    let trip = stage.app.model.trip_of(vehicle).unwrap();
    let points = stage.app.model.ends(trip).into_iter().flatten().chain([vehicle.position.point]);
    for point in points.collect::<Vec<_>>() {
        assert!(stage.app.map.cell_of(point).is_some(), "{point:?} is out of sight");
    }
    assert!(stage.app.map.viewport.zoom > 9.0, "as near as they allow");
}

#[test]
fn dwell_is_shown_on_request_in_every_depth() {
    for (colour, glyphs) in [
        (ColourDepth::True, Glyphs::Braille),
        (ColourDepth::Indexed, Glyphs::Braille),
        (ColourDepth::Ansi, Glyphs::Block),
        (ColourDepth::None, Glyphs::Ascii),
    ] {
        let mut stage = Stage::empty(160, 45, colour, glyphs);
        stage.populate(40);
        stage.draw();
        let body = panes::inside(stage.app.shown.layout.of(Pane::Map).unwrap());
        let before = stage.draw().clone();
        stage.keys("D");
        let after = stage.draw().clone();
        let shaded = body.positions().filter(|at| before[*at] != after[*at]).count();
        assert!(shaded > 10, "{shaded} {colour:?}");
        assert!(stage.text().contains(" stood "), "the legend");
        stage.keys("D");
        let again = stage.draw();
        assert!(body.positions().all(|at| before[at] == again[at]));
    }
}

/// Where the first truck that stands by itself is drawn.
fn a_truck(stage: &mut Stage) -> (u16, u16, Hit) {
    let buffer = stage.draw().clone();
    let hit = |at: (u16, u16)| stage.app.map.hit(at.0, at.1);
    let found = buffer.area.positions().map(|at| (at.x, at.y)).find_map(|at| match hit(at) {
        Some(hit @ Hit::Vehicle(_)) => Some((at.0, at.1, hit)),
        _ => None,
    });
    found.unwrap()
}

#[test]
fn pointing_at_a_truck_tells_of_it_beside_the_pointer() {
    let mut stage = stage();
    stage.app.map.viewport = view(3.33, 6.47, 12.0);
    let (column, row, hit) = a_truck(&mut stage);
    let Hit::Vehicle(truck) = hit else { panic!("a truck") };
    let before = stage.draw().clone();
    stage.mouse(MouseEventKind::Moved, column, row);
    let text = stage.text();
    let driver = stage.app.model.vehicles[&truck].driver.clone();
    assert!(text.contains(&format!("{truck}  {driver}")), "{text}");
    assert!(text.contains(" ago"), "{text}");
    let after = stage.draw();
    assert_eq!(before[(column, row)], after[(column, row)], "what is pointed at is seen");
    // A click still hits what is seen.
    stage.click(column, row);
    assert_eq!(stage.app.selected, Some(truck));
}

#[test]
fn pointing_at_a_count_names_the_first_few_of_many() {
    let mut stage = stage();
    stage.app.map.viewport = view(3.4, 6.5, 7.0);
    let area = stage.draw().area;
    let count = area.positions().find_map(|at| match stage.app.map.hit(at.x, at.y) {
        Some(Hit::Cluster(keys)) if keys.len() > 4 => Some((at, keys)),
        _ => None,
    });
    let (at, mut keys) = count.unwrap();
    stage.mouse(MouseEventKind::Moved, at.x, at.y);
    let text = stage.text();
    keys.sort();
    let named: Vec<&str> = keys[..4].iter().map(|key| key.as_str()).collect();
    assert!(text.contains(&format!("{} trucks  a click", keys.len())), "{text}");
    assert!(text.contains(&format!("{} +{}", named.join(" "), keys.len() - 4)), "{text}");
}

#[test]
fn pointing_at_a_fence_tells_its_name_and_who_is_inside() {
    let mut stage = stage();
    stage.app.map.viewport = view(3.365, 6.442, 14.0);
    let buffer = stage.draw().clone();
    let cell =
        buffer.area.positions().find(|at| matches!(stage.app.map.hit(at.x, at.y), Some(Hit::Fence(_))));
    let cell = cell.unwrap();
    stage.mouse(MouseEventKind::Moved, cell.x, cell.y);
    let text = stage.text();
    assert!(text.contains("Apapa Port  terminal") && text.contains("inside"), "{text}");
    // Nothing is told over what covers the map, nor of nothing.
    stage.keys("?");
    assert!(!stage.text().contains("Apapa Port  terminal"));
}
