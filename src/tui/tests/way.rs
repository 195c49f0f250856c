//! The selected truck's trip on the map.

use watchtower_core::domain::geo::LonLat;

use super::{fleet, stage::Stage};
use crate::tui::{
    app::Trails,
    layout::Pane,
    map::Viewport,
    panes,
    theme::{ColourDepth, Glyphs},
};

fn stage(colour: ColourDepth, glyphs: Glyphs) -> Stage {
    let mut stage = Stage::empty(160, 45, colour, glyphs);
    stage.populate(2);
    stage.draw();
    stage.app.layers.trails = Trails::Hidden;
    stage.app.layers.fences = crate::tui::app::Fences::Hidden;
    stage.app.map.viewport = Viewport { centre: LonLat::new(3.33, 6.53).unwrap(), zoom: 10.5 };
    stage
}

/// Cells inside the map in the style of a way.
fn cells_of_the_way(stage: &mut Stage) -> usize {
    let route = stage.app.theme.map.route.fg;
    let buffer = stage.draw().clone();
    let body = panes::inside(stage.app.shown.layout.of(Pane::Map).unwrap());
    body.positions().filter(|at| Some(buffer[*at].fg) == route).count()
}

#[test]
fn the_way_of_the_selected_truck_leads_to_its_named_destination() {
    let mut stage = stage(ColourDepth::True, Glyphs::Braille);
    // Sites have the same ink.
    let others = cells_of_the_way(&mut stage);
    stage.app.selected = Some(fleet::key(&fleet::number(0)));
    assert!(cells_of_the_way(&mut stage) > others + 20);
    let body = panes::inside(stage.app.shown.layout.of(Pane::Map).unwrap());
    let (column, row) = stage.find("Deekay Ikeja  ").unwrap();
    assert!(body.contains((column, row).into()));
    let vehicle = &stage.app.model.vehicles[&fleet::key(&fleet::number(0))];
    let to = stage.app.model.ends(stage.app.model.trip_of(vehicle).unwrap())[1].unwrap();
    let text = stage.text();
    assert!(text.contains("km straight  ETA ~"), "it says that it is straight and when: {text}");
    let at = stage.app.map.cell_of(to).unwrap();
    assert_eq!(stage.draw()[at].symbol(), "⚑");
    // Out of sight, the map's own line still tells.
    stage.app.map.viewport.zoom = 16.0;
    assert!(stage.text().contains("→ Deekay Ikeja  "));
}

#[test]
fn a_trip_not_departed_leads_by_its_pickup_and_says_when_it_will() {
    let mut stage = Stage::empty(160, 45, ColourDepth::True, Glyphs::Braille);
    stage.populate(8);
    stage.draw();
    let (id, vehicle) = {
        let mut trips = stage.app.model.trips.values();
        let trip =
            trips.find(|trip| trip.departed_at.is_none() && trip.scheduled_departure > stage.now).unwrap();
        (trip.id, trip.vehicle.clone())
    };
    stage.app.selected = Some(vehicle);
    assert!(!stage.text().contains("straight"), "it is on no trip");
    stage.app.lists.trips.at = Some(id);
    let text = stage.text();
    assert!(text.contains("straight  departs 15:32"), "{text}");
}

#[test]
fn every_terminal_tells_the_way() {
    for (colour, glyphs, sign) in [
        (ColourDepth::Ansi, Glyphs::Block, "▼"),
        (ColourDepth::None, Glyphs::Ascii, "F"),
        (ColourDepth::None, Glyphs::Braille, "⚑"),
    ] {
        let mut stage = stage(colour, glyphs);
        stage.app.selected = Some(fleet::key(&fleet::number(0)));
        let text = stage.text();
        assert!(text.contains(sign) && text.contains("km straight"), "{text}");
    }
}
