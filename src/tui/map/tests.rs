//! The map as a whole: what is drawn is what is hit, at any size and place.

use ratatui::style::{Color, Modifier, Style};
use watchtower_core::domain::{
    geofence::Shape,
    id::{FenceId, VehicleKey},
    live::Motion,
    units::Metres,
};

use super::*;
use crate::tui::theme::Glyphs;

mod any;
mod demo;
mod panned;
mod ways;

use demo::{AREA, Demo, SCENERY, map, rendered, text_style};
pub(super) use demo::{at, named, palette};

#[test]
fn a_number_has_one_style_whatever_lies_under_it() {
    let demo = Demo::lagos(60);
    // Trails through every number, hatching under most.
    let trails: Vec<Vec<LonLat>> = demo
        .vehicles
        .iter()
        .map(|(_, p, ..)| (0..30).map(|i| at(p.lon() + f64::from(i) * 0.004, p.lat())).collect())
        .collect();
    for colourless in [false, true] {
        let mut theme = palette(Glyphs::Braille);
        theme.border = theme.border.add_modifier(Modifier::DIM);
        if colourless {
            (theme.moving, theme.parked) = (Style::new(), Style::new());
        }
        let mut scene = demo.scene();
        scene.trails = trails.iter().map(Vec::as_slice).collect();
        let mut map = map(3.4, 6.6, 10.0);
        let mut buffer = Buffer::empty(AREA);
        map.render(&scene, &theme, AREA, &mut buffer);
        let mut numbers = 0;
        for (column, row) in (0..AREA.height).flat_map(|row| (1..AREA.width).map(move |c| (c, row))) {
            let of = |column| map.hit(column, row).filter(|hit| matches!(hit, Hit::Vehicle(_)));
            let letters = |column| buffer[(column, row)].symbol().is_ascii();
            if of(column).is_some() && of(column) == of(column - 1) && letters(column) && letters(column - 1)
            {
                assert_eq!(text_style(&buffer, (column, row)), text_style(&buffer, (column - 1, row)));
                numbers += 1;
            }
        }
        assert!(numbers > 50, "{numbers}");
    }
}

#[test]
fn a_trail_over_dim_lines_is_as_bright_as_elsewhere() {
    let theme = palette(Glyphs::Braille);
    let mut cell = Cell::default();
    layer::ink(&mut cell, 1, Ink::TrailOld, &theme);
    layer::ink(&mut cell, 3, Ink::Trail, &theme);
    assert_eq!(cell.modifier, Modifier::empty());
}

#[test]
fn far_out_fences_have_no_names_but_the_one_asked_for() {
    let demo = Demo::lagos(0);
    let names = |zoom: f64, singled_out: &str| {
        let mut scene = demo.scene();
        for mark in &mut scene.fences {
            mark.singled_out = &*mark.fence.name == singled_out;
        }
        let mut map = map(3.33, 6.55, zoom);
        let area = Rect { width: 200, height: 100, ..AREA };
        let buffer = rendered(&mut map, &scene, Glyphs::Braille, area);
        let text: String = buffer.content.iter().map(Cell::symbol).collect();
        ["Apapa Port (12)", "Depot Ikeja", "Expressway"].map(|name| text.contains(name))
    };
    assert_eq!(names(8.0, ""), [false; 3]);
    assert_eq!(names(9.5, "Depot Ikeja"), [false, true, false]);
    assert_eq!(names(11.0, ""), [true; 3]);
}

/// The cells that belong to what `hit` says, as runs along rows: its text and what it is.
fn runs(map: &Map, buffer: &Buffer) -> Vec<(String, Hit)> {
    let mut runs: Vec<(String, Hit)> = Vec::new();
    for row in buffer.area.top()..buffer.area.bottom() {
        let mut last = None;
        for column in buffer.area.left()..buffer.area.right() {
            let hit = map.hit(column, row);
            if let Some(hit) = &hit {
                if last.as_ref() != Some(hit) {
                    runs.push((String::new(), hit.clone()));
                }
                let run = runs.last_mut().unwrap();
                run.0.push_str(buffer[(column, row)].symbol());
            }
            last = hit;
        }
    }
    runs
}

/// The frame as text, then the style of every cell as a letter, then the letters' meaning.
fn pictured(buffer: &Buffer) -> String {
    let mut styles: Vec<Style> = Vec::new();
    let (mut text, mut grid) = (String::new(), String::new());
    for row in buffer.area.rows() {
        for position in row.positions() {
            let cell = &buffer[position];
            text.push_str(cell.symbol());
            let style = cell.style();
            let index = styles.iter().position(|s| *s == style).unwrap_or_else(|| {
                styles.push(style);
                styles.len() - 1
            });
            grid.push(char::from(b'A' + index as u8));
        }
        text.push('\n');
        grid.push('\n');
    }
    let legend = styles.iter().enumerate().map(|(i, s)| {
        format!("{} {:?} on {:?} {:?}\n", char::from(b'A' + i as u8), s.fg, s.bg, s.add_modifier)
    });
    format!("{text}\n{grid}\n{}", legend.collect::<String>())
}

#[test]
fn frames_look_as_they_did() {
    let fleet = Demo::lagos(24);
    for (place, lon, lat, zoom) in
        [("world", 10.0, 20.0, 0.6), ("africa", 4.0, 9.0, 4.2), ("lagos", 3.42, 6.5, 10.0)]
    {
        for (name, glyphs) in
            [("braille", Glyphs::Braille), ("block", Glyphs::Block), ("ascii", Glyphs::Ascii)]
        {
            for (width, height) in [(80, 24), (40, 12)] {
                if (width, name) == (80, "block") {
                    continue;
                }
                let area = Rect::new(0, 0, width, height);
                let buffer = rendered(&mut map(lon, lat, zoom), &fleet.scene(), glyphs, area);
                insta::assert_snapshot!(format!("{place}_{name}_{width}x{height}"), pictured(&buffer));
            }
        }
    }
}

#[test]
fn every_ascii_frame_is_ascii() {
    for (lon, lat, zoom) in [(10.0, 50.0, 4.0), (-46.0, -23.0, 6.0), (3.42, 6.45, 11.0)] {
        let buffer = rendered(&mut map(lon, lat, zoom), &Demo::lagos(40).scene(), Glyphs::Ascii, AREA);
        assert!(buffer.content.iter().all(|cell| cell.symbol().is_ascii()));
    }
}

#[test]
fn lagos_lies_between_land_and_the_atlantic() {
    let theme = palette(Glyphs::Braille);
    let mut map = Map::new(Viewport { centre: at(3.4, 6.4), zoom: 7.0 }, "");
    let mut buffer = Buffer::empty(AREA);
    map.render(&Scene::default(), &theme, AREA, &mut buffer);
    assert_eq!(buffer[(40, 1)].bg, theme.land.bg.unwrap());
    assert_eq!(buffer[(40, 22)].bg, theme.water.bg.unwrap());
}

#[test]
fn scenery_overrides_the_coarse_coast() {
    let theme = palette(Glyphs::Braille);
    let ground = |map: &mut Map| {
        let mut buffer = Buffer::empty(AREA);
        map.render(&Scene::default(), &theme, AREA, &mut buffer);
        let cell = |point| {
            let cells = (0..AREA.height).flat_map(|y| (0..AREA.width).map(move |x| (x, y)));
            let near = |(x, y): &(u16, u16)| map.point_at(*x, *y).unwrap().distance(point).get() as u64;
            buffer[cells.min_by_key(near).unwrap()].bg
        };
        (cell(at(3.52, 6.45)), cell(at(3.44, 6.455)))
    };
    let (water, land) = (theme.water.bg.unwrap(), theme.land.bg.unwrap());
    assert_eq!(ground(&mut map(3.44, 6.46, 10.5)), (water, land));
}

#[test]
fn broken_scenery_is_left_out() {
    for text in [
        "{",
        "[]",
        r#"{"type": "Point", "coordinates": [1, 2]}"#,
        r#"{"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"layer": "water"}, "geometry": {"type": "Polygon", "coordinates": [[[400, 1], [2, 3]]]}}]}"#,
    ] {
        let mut map = Map::new(Viewport { centre: at(3.4, 6.4), zoom: 9.0 }, text);
        rendered(&mut map, &Scene::default(), Glyphs::Braille, AREA);
    }
}

#[test]
fn an_unchanged_view_is_drawn_once() {
    let mut map = map(3.42, 6.5, 10.0);
    let fleet = Demo::lagos(20);
    let theme = palette(Glyphs::Braille);
    let mut buffer = Buffer::empty(AREA);
    let mut drawings = |map: &mut Map, theme: &MapTheme, area: Rect| {
        map.render(&fleet.scene(), theme, area, &mut buffer);
        map.drawing
    };
    assert_eq!(drawings(&mut map, &theme, AREA), 1);
    assert_eq!(drawings(&mut map, &theme, AREA), 1);
    assert_eq!(drawings(&mut map, &palette(Glyphs::Block), AREA), 2);
    assert_eq!(drawings(&mut map, &theme, AREA), 3);
    assert_eq!(drawings(&mut map, &theme, Rect { width: 79, ..AREA }), 4);
    map.pan(5.0, 0.0);
    assert_eq!(drawings(&mut map, &theme, AREA), 5);
    map.zoom_at(1.0, None);
    assert_eq!(drawings(&mut map, &theme, AREA), 6);
    map.graticule = Graticule::Shown;
    assert_eq!(drawings(&mut map, &theme, AREA), 7);
    assert_eq!(drawings(&mut map, &theme, AREA), 7);
}

#[test]
fn a_fence_that_moves_or_fills_is_drawn_again() {
    let mut map = map(3.36, 6.59, 10.5);
    let mut fleet = Demo::lagos(0);
    let before = rendered(&mut map, &fleet.scene(), Glyphs::Braille, AREA);
    assert_eq!(before, rendered(&mut map, &fleet.scene(), Glyphs::Braille, AREA));
    fleet.fences[1].1 = 3;
    let filled = rendered(&mut map, &fleet.scene(), Glyphs::Braille, AREA);
    assert_ne!(before, filled);
    assert!(runs(&map, &filled).iter().any(|(text, _)| text.contains("Depot Ikeja (3)")));
    fleet.fences[1].0.shape = Shape::Circle { centre: at(3.38, 6.58), radius: Metres(900.0) };
    assert_ne!(filled, rendered(&mut map, &fleet.scene(), Glyphs::Braille, AREA));
}

#[test]
fn fences_are_hit_inside_and_nowhere_else() {
    let mut map = map(3.36, 6.59, 11.0);
    let fleet = Demo::lagos(0);
    let mut scene = fleet.scene();
    scene.trails.clear();
    rendered(&mut map, &scene, Glyphs::Braille, Rect::new(0, 0, 200, 50));
    let Shape::Circle { centre, radius } = fleet.fences[1].0.shape else { panic!("the depot is a circle") };
    let (mut inside, mut outside) = (0, 0);
    for (column, row) in (0..50).flat_map(|y| (0..200).map(move |x| (x, y))) {
        let distance = map.point_at(column, row).unwrap().distance(centre).get();
        let depot = map.hit(column, row) == Some(Hit::Fence(FenceId::new("depot")));
        // A cell is some 150 m by 300 m here.
        if distance < radius.get() - 250.0 {
            assert!(depot, "{column},{row} is {distance} m from the centre");
            inside += 1;
        } else if distance > radius.get() + 1_200.0 {
            assert!(!depot, "{column},{row} is {distance} m from the centre");
            outside += 1;
        }
    }
    assert!(inside > 20 && outside > 5_000, "{inside} {outside}");
}

#[test]
fn the_selected_vehicle_is_on_top_with_its_number() {
    for (lon, lat, zoom) in [(10.0, 20.0, 0.0), (4.0, 9.0, 4.2), (3.4, 6.6, 8.0)] {
        let fleet = Demo::lagos(84);
        let mut map = map(lon, lat, zoom);
        let buffer = rendered(&mut map, &fleet.scene(), Glyphs::Braille, AREA);
        let (key, ..) = &fleet.vehicles[7];
        let found = runs(&map, &buffer);
        let (text, _) = found.iter().find(|(_, hit)| *hit == Hit::Vehicle(key.clone())).unwrap();
        assert!(text.contains(key.as_str()), "{text}");
    }
}

#[test]
fn a_fit_contains_all_points_even_across_the_antimeridian() {
    let sets: [&[LonLat]; 4] = [
        &[at(3.1, 6.4), at(3.9, 6.9), at(7.4, 9.0)],
        &[at(178.5, -17.0), at(-178.5, -18.5), at(179.0, -20.0)],
        &[at(3.4, 6.4)],
        &[at(-60.0, -40.0), at(0.0, 0.0), at(60.0, 55.0)],
    ];
    for points in sets {
        let mut map = map(0.0, 0.0, 3.0);
        rendered(&mut map, &Scene::default(), Glyphs::Braille, AREA);
        map.fit(points);
        let keys: Vec<_> = (0..points.len()).map(|i| VehicleKey::new(&format!("V{i}")).unwrap()).collect();
        let mark = |(i, point): (usize, &LonLat)| Mark {
            selected: true,
            ..Mark::new(i as u32, Place::of(*point), Motion::Parked)
        };
        let marks: Vec<Mark> = points.iter().enumerate().map(mark).collect();
        let names = named(&keys);
        let names = Names { each: &names, of: points.len() as u64 };
        let scene = Scene { marks: &marks, names, ..Scene::default() };
        let buffer = rendered(&mut map, &scene, Glyphs::Braille, AREA);
        assert_eq!(runs(&map, &buffer).len(), points.len(), "{points:?} at {:?}", map.viewport);
    }
}

#[test]
fn the_cell_under_the_pointer_keeps_its_place_in_a_zoom() {
    let mut map = map(3.42, 6.5, 8.0);
    rendered(&mut map, &Scene::default(), Glyphs::Braille, AREA);
    let cell = (65, 4);
    for steps in [1.0, 0.5, 3.0, -2.0] {
        let before = map.point_at(cell.0, cell.1).unwrap();
        map.zoom_at(steps, Some(cell));
        rendered(&mut map, &Scene::default(), Glyphs::Braille, AREA);
        let after = map.point_at(cell.0, cell.1).unwrap();
        let one_cell = map.point_at(cell.0, cell.1 + 1).unwrap().distance(after).get();
        assert!(before.distance(after).get() <= 2.0 * one_cell, "{steps}: {before:?} {after:?}");
    }
}

#[test]
fn a_pan_moves_everything_rigidly() {
    let fleet = Demo::lagos(84);
    let mut map = map(3.42, 6.5, 9.6);
    rendered(&mut map, &fleet.scene(), Glyphs::Braille, AREA);
    let still = map.layer.clone().unwrap();
    let signs = |map: &Map| -> Vec<Option<Hit>> { AREA.positions().map(|p| map.hit(p.x, p.y)).collect() };
    let before = signs(&map);
    map.pan(7.0, 3.0);
    rendered(&mut map, &fleet.scene(), Glyphs::Braille, AREA);
    let moved = map.layer.clone().unwrap();
    let after = signs(&map);
    let index = |x: u16, y: u16| usize::from(y) * 80 + usize::from(x);
    for (x, y) in (0..21).flat_map(|y| (0..73).map(move |x| (x, y))) {
        assert_eq!(still.cells[index(x + 7, y + 3)], moved.cells[index(x, y)], "{x},{y}");
        // Numbers and counts at the edge may want for room there.
        if (12..52).contains(&x) && (4..17).contains(&y) {
            assert_eq!(before[index(x + 7, y + 3)], after[index(x, y)], "{x},{y}");
        }
    }
    let well_inside = |c: &labels::Caption, dx: u16, dy: u16| {
        c.column >= dx && c.row >= dy && c.column + c.width <= dx + 73 && c.row < dy + 21
    };
    let names = |layer: &Layer, dx, dy| -> Vec<(Box<str>, u16, u16)> {
        let inside = layer.captions.iter().filter(|c| well_inside(c, dx, dy));
        inside.map(|c| (c.text.clone(), c.column - dx, c.row - dy)).collect()
    };
    assert_eq!(names(&still, 7, 3), names(&moved, 0, 0));
    assert!(names(&still, 7, 3).len() > 5);
}

/// Prints what a frame costs beside ratatui's `Canvas` drawing the same vehicles in
/// the same run. `cargo test --lib tui::map -- --ignored --nocapture`
#[test]
#[ignore = "prints a ratio, decides nothing"]
fn cost_beside_a_canvas() {
    use ratatui::{
        symbols::Marker,
        widgets::{
            Widget,
            canvas::{Canvas, Points},
        },
    };
    let area = Rect::new(0, 0, 200, 50);
    let theme = palette(Glyphs::Braille);
    for (name, zoom) in [("the world", 1.0), ("a city", 12.0)] {
        use basemap::{LineKind, PointKind};
        let start = std::time::Instant::now();
        let cold = basemap::Basemap::default();
        let kinds = [
            LineKind::Land,
            LineKind::Lakes,
            LineKind::CountryBorders,
            LineKind::StateBorders,
            LineKind::Rivers,
        ];
        let points: usize = kinds.iter().map(|kind| cold.lines(*kind, zoom).len()).sum();
        let named = cold.points(PointKind::Places).len();
        let took = start.elapsed().as_secs_f64() * 1e3;
        println!("unpacking what {name} needs, {points} points and {named} names: {took:.1} ms");
    }
    for count in [500, 10_000, 100_000] {
        let fleet = Demo::lagos(count);
        let scene = fleet.scene();
        let mut map = map(3.45, 6.6, 9.5);
        let mut buffer = Buffer::empty(area);
        let time = |draw: &mut dyn FnMut()| {
            draw();
            let start = std::time::Instant::now();
            (0..20).for_each(|_| draw());
            start.elapsed().as_secs_f64() / 20.0 * 1e3
        };
        let ours = time(&mut || map.render(&scene, &theme, area, &mut buffer));
        let points: Vec<(f64, f64)> = fleet.vehicles.iter().map(|v| (v.1.lon(), v.1.lat())).collect();
        let theirs = time(&mut || {
            Canvas::default()
                .marker(Marker::Braille)
                .x_bounds([3.0, 3.9])
                .y_bounds([6.4, 6.95])
                .paint(|c| c.draw(&Points { coords: &points, color: Color::Green }))
                .render(area, &mut buffer);
        });
        let mut at = 0.0;
        let redrawn = time(&mut || {
            at += 1.0;
            map.pan(if at % 2.0 == 0.0 { 1.0 } else { -1.0 }, 0.0);
            map.render(&scene, &theme, area, &mut buffer);
        });
        println!(
            "{count:6} vehicles: frame {ours:.2} ms, with a pan {redrawn:.2} ms; Canvas, dots only and no map, {theirs:.2} ms; ratio {:.2}",
            ours / theirs
        );
    }
}
