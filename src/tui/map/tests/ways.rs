//! The ways of the fleet: streets where it drove, nothing where it did not.

use ratatui::layout::Position;
use watchtower_core::domain::footprint::{Cell as Passed, Footprint};

use super::*;

/// A crossing in a country without tiles, and how far its streets reach; degrees.
const CROSSING: (f64, f64) = (8.52, 11.99);
const REACH: f64 = 0.008;
/// Some 13 m, as fixes are off.
const OFF: f64 = 0.000_12;

fn random(seed: u64) -> impl FnMut() -> f64 {
    let mut seed = seed;
    move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
    }
}

fn cell(lon: f64, lat: f64) -> Passed {
    Passed::at(at(lon, lat)).unwrap()
}

/// Two streets that cross, each passed a thousand times, no fix quite on the road.
fn crossing() -> Footprint {
    let (mut footprint, mut random) = (Footprint::default(), random(3));
    for _ in 0..1_000 {
        let (along, off) = (2.0 * REACH * random(), OFF * (random() + random() + random()));
        footprint.add(cell(CROSSING.0 + along, CROSSING.1 + off), 1);
        let (along, off) = (2.0 * REACH * random(), OFF * (random() + random() + random()));
        footprint.add(cell(CROSSING.0 + off, CROSSING.1 + along), 1);
    }
    footprint
}

fn map_at(zoom: f64) -> Map {
    Map::new(Viewport { centre: at(CROSSING.0, CROSSING.1), zoom }, "")
}

const AREA: Rect = Rect { x: 0, y: 0, width: 80, height: 40 };

fn drawn(map: &mut Map) -> Buffer {
    let mut buffer = Buffer::empty(AREA);
    map.render(&Scene::default(), &palette(Glyphs::Braille), AREA, &mut buffer);
    buffer
}

/// The places of the cells that have dots, as points.
fn dotted(map: &Map, buffer: &Buffer) -> Vec<LonLat> {
    let is_dots = |at: &Position| {
        let symbol = buffer[*at].symbol().chars().next().unwrap_or(' ');
        ('\u{2801}'..='\u{28ff}').contains(&symbol)
    };
    AREA.positions().filter(is_dots).filter_map(|at| map.point_at(at.x, at.y)).collect()
}

#[test]
fn streets_appear_where_the_fleet_drove_and_nowhere_else() {
    let ground = Arc::new(Ground::of(crossing()));
    for zoom in [12.0, 13.4, 15.0, 16.5] {
        let mut map = map_at(zoom);
        map.take_ground(ground.clone());
        let buffer = drawn(&mut map);
        let points = dotted(&map, &buffer);
        let a_cell = 360.0 * 4.0 / (256.0 * zoom.exp2());
        let astray = points.iter().filter(|point| {
            let off = [(point.lon() - CROSSING.0).abs(), (point.lat() - CROSSING.1).abs()];
            off[0].min(off[1]) > (2.0 * OFF).max(1.5 * a_cell)
        });
        let astray = astray.count();
        assert!(astray * 20 <= points.len(), "{astray} of {} astray at zoom {zoom}", points.len());
        // Every column and row the streets run through has some of them.
        let covered = |along: fn(&LonLat) -> f64, middle: f64, across: fn(&LonLat) -> f64, other: f64| {
            let steps = (REACH / a_cell) as i64 - 1;
            let shown = (-steps..=steps).filter(|step| {
                let here = middle + *step as f64 * a_cell;
                points.iter().any(|p| {
                    (along(p) - here).abs() <= a_cell
                        && (across(p) - other).abs() <= (2.0 * OFF).max(1.5 * a_cell)
                })
            });
            let in_sight = i64::from(AREA.width / 4);
            shown.count() as f64 / (2 * steps.min(in_sight) + 1) as f64
        };
        let street = covered(|p| p.lon(), CROSSING.0, |p| p.lat(), CROSSING.1);
        assert!(street > 0.8, "at zoom {zoom} {street:.2} of the street is drawn");
        assert_eq!(map.attribution(), "Natural Earth · footprint");
    }
}

#[test]
fn what_was_passed_once_here_and_there_is_no_street() {
    let (mut footprint, mut random) = (Footprint::default(), random(9));
    for _ in 0..60 {
        footprint.add(cell(CROSSING.0 + 0.03 * random(), CROSSING.1 + 0.03 * random()), 1);
    }
    let mut map = map_at(13.0);
    map.take_ground(Arc::new(Ground::of(footprint)));
    let buffer = drawn(&mut map);
    assert_eq!(dotted(&map, &buffer), []);
    assert_eq!(map.attribution(), "Natural Earth");
}

#[test]
fn hidden_ways_are_not_drawn_nor_named() {
    let mut map = map_at(14.0);
    map.take_ground(Arc::new(Ground::of(crossing())));
    let with = drawn(&mut map);
    map.ways = Ways::Hidden;
    let without = drawn(&mut map);
    assert_ne!(with, without);
    assert_eq!(dotted(&map, &without), []);
    assert_eq!(map.attribution(), "Natural Earth");
}

#[test]
fn ways_seen_are_shown_once_they_settle_and_kept_in_bounds() {
    let mut map = map_at(14.0);
    let before = drawn(&mut map);
    let cells: Vec<Passed> = (0..2_000)
        .map(|step| cell(CROSSING.0 - REACH + REACH * f64::from(step % 100) / 50.0, CROSSING.1))
        .collect();
    map.tread(&cells);
    assert_eq!(drawn(&mut map), before, "not with every fix");
    map.settle();
    assert_ne!(drawn(&mut map), before);
    let drawing = map.drawing;
    map.settle();
    drawn(&mut map);
    assert_eq!(map.drawing, drawing, "nothing new is nothing to draw");
}

#[test]
fn a_pan_moves_the_ways_rigidly() {
    let mut map = map_at(14.0);
    map.take_ground(Arc::new(Ground::of(crossing())));
    let before = drawn(&mut map);
    map.pan(3.0, 0.0);
    let after = drawn(&mut map);
    let same = AREA
        .positions()
        .filter(|at| (12..60).contains(&at.x) && at.y < AREA.height - 2)
        .filter(|at| after[*at].symbol() == before[(at.x + 3, at.y)].symbol())
        .count();
    assert_eq!(same, 48 * usize::from(AREA.height - 2));
}

#[test]
fn a_view_looks_the_same_wherever_one_comes_from() {
    let ground = Arc::new(Ground::of(crossing()));
    for zoom in [12.6, 14.0, 16.2] {
        let mut panned = map_at(zoom);
        panned.take_ground(ground.clone());
        drawn(&mut panned);
        for (columns, rows) in [(3.0, 0.0), (20.0, 1.0), (-50.0, -3.0), (7.0, 12.0), (0.0, -40.0)] {
            panned.pan(columns, rows);
            let mut fresh = Map::new(panned.viewport, "");
            fresh.take_ground(ground.clone());
            assert_eq!(drawn(&mut panned), drawn(&mut fresh), "zoom {zoom}, {columns}, {rows}");
        }
    }
}
