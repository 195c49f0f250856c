//! The map under any size, place and scene.

use proptest::prelude::*;
use watchtower_core::domain::{
    geofence::{FenceKind, Shape, Watches},
    id::{FenceId, VehicleKey},
    units::{Heading, Metres},
};

use super::*;

fn any_point() -> impl Strategy<Value = LonLat> {
    let anywhere = (-180.0..=180.0f64, -90.0..=90.0f64);
    let lagos = (3.0..=3.8f64, 6.3..=6.8f64);
    let date_line = (prop_oneof![179.0..=180.0f64, -180.0..=-179.0f64], -90.0..=90.0f64);
    prop_oneof![anywhere, lagos, date_line].prop_map(|(lon, lat)| at(lon, lat))
}

fn any_viewport() -> impl Strategy<Value = Viewport> {
    let zoom =
        prop_oneof![9 => 0.0..=18.0f64, 1 => Just(f64::NAN), 1 => Just(-3.0), 1 => Just(f64::INFINITY)];
    (any_point(), zoom).prop_map(|(centre, zoom)| Viewport { centre, zoom })
}

type Truck = (VehicleKey, String, LonLat, Option<Heading>, Motion, [bool; 3]);

fn any_truck() -> impl Strategy<Value = Truck> {
    let label = prop_oneof![
        Just(String::new()),
        "[A-Z]{1,3}[0-9]{2,5}",
        Just("卡车一号".to_owned()),
        Just("a\u{7}\u{301}b".to_owned())
    ];
    let heading = proptest::option::of(0.0..360.0f64);
    let motion = (0..4usize).prop_map(|i| Motion::ALL[i]);
    let flags = (any::<bool>(), 0..12u8, any::<bool>())
        .prop_map(|(alert, selected, stale)| [alert, selected == 0, stale]);
    ("[A-Z]{3}[0-9]{5}", label, any_point(), heading, motion, flags).prop_map(
        |(key, label, point, heading, motion, flags)| {
            (VehicleKey::new(&key).unwrap(), label, point, heading.and_then(Heading::new), motion, flags)
        },
    )
}

fn any_fence() -> impl Strategy<Value = Geofence> {
    let shape = prop_oneof![
        (any_point(), 1.0..20_000_000.0f64)
            .prop_map(|(centre, r)| Shape::Circle { centre, radius: Metres(r) }),
        (proptest::collection::vec(any_point(), 2..6), 1.0..50_000.0f64)
            .prop_map(|(line, width)| Shape::Corridor { line, width: Metres(width) }),
        proptest::collection::vec(any_point(), 3..8).prop_map(|ring| {
            Geofence::area("", "", FenceKind::Depot, ring.iter().map(|p| (p.lon(), p.lat())).collect()).shape
        }),
    ];
    ("[a-z]{1,4}", shape).prop_map(|(id, shape)| Geofence {
        id: FenceId::new(&id),
        name: id,
        kind: FenceKind::Depot,
        watches: Watches::All,
        shape,
    })
}

fn marks(trucks: &[Truck]) -> Vec<Mark> {
    let mark = |(i, truck): (usize, &Truck)| {
        let (_, _, point, heading, motion, [alert, selected, stale]) = *truck;
        Mark {
            course: heading.map(Course::of),
            alert,
            selected,
            stale,
            reckoned: stale && heading.is_some(),
            raised: alert && stale,
            ..Mark::new(i as u32, Place::of(point), motion)
        }
    };
    trucks.iter().enumerate().map(mark).collect()
}

fn names(trucks: &[Truck]) -> Vec<Name> {
    trucks.iter().map(|truck| Name { key: truck.0.clone(), label: truck.1.as_str().into() }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_size_any_view_any_scene_is_drawn_inside_its_area(
        viewport in any_viewport(),
        (x, y, width, height) in (0..6u16, 0..6u16, 0..90u16, 0..30u16),
        trucks in proptest::collection::vec(any_truck(), 0..30),
        fences in proptest::collection::vec((any_fence(), 0..3usize), 0..4),
        trail in proptest::collection::vec(any_point(), 0..8),
        glyphs in prop_oneof![Just(Glyphs::Braille), Just(Glyphs::Block), Just(Glyphs::Ascii)],
        (shown, pan, zoom) in (any::<bool>(), (-300.0..300.0f64, -300.0..300.0f64), -5.0..5.0f64),
    ) {
        let (marks, names) = (marks(&trucks), names(&trucks));
        let scene = Scene {
            marks: &marks,
            names: Names { each: &names, of: 1 },
            trails: vec![&trail],
            fences: fences.iter().map(|(fence, occupants)| FenceMark { fence, occupants: *occupants, singled_out: occupants % 3 == 1 }).collect(),
            ..Scene::default()
        };
        let mut map = Map::new(viewport, SCENERY);
        map.graticule = if shown { Graticule::Shown } else { Graticule::Hidden };
        let area = Rect::new(x, y, width, height);
        let whole = Rect::new(0, 0, 80, 30);
        for _ in 0..2 {
            let mut buffer = Buffer::filled(whole, Cell::new("~"));
            map.render(&scene, &palette(glyphs), area, &mut buffer);
            for position in whole.positions().filter(|p| !area.contains(*p)) {
                prop_assert_eq!(buffer[position].symbol(), "~");
                prop_assert_eq!(map.hit(position.x, position.y), None);
            }
            map.pan(pan.0, pan.1);
            map.zoom_at(zoom, Some((x + width / 2, y)));
        }
        map.fit(&trail);
        prop_assert!(map.viewport.zoom >= 0.0 && map.viewport.zoom <= 18.0);
    }

    #[test]
    fn what_is_hit_is_what_is_seen(
        seed in 1..60usize, lon in 3.2..3.7f64, lat in 6.4..6.7f64, zoom in 5.0..14.0f64,
    ) {
        seen_and_hit(seed * 3, Viewport { centre: at(lon, lat), zoom })?;
    }

    #[test]
    fn projection_returns(point in any_point()) {
        let back = mercator::unproject(mercator::project(point));
        prop_assert!((back.lon() - point.lon()).abs() < 1e-6 || (back.lon() - point.lon()).abs() > 359.999);
        let held = point.lat().clamp(-mercator::MAX_LATITUDE, mercator::MAX_LATITUDE);
        prop_assert!((back.lat() - held).abs() < 1e-6);
    }

    #[test]
    fn the_point_of_a_cell_is_drawn_in_that_cell(
        viewport in any_viewport(), column in 0..80u16, row in 0..24u16,
    ) {
        let mut map = Map::new(viewport, "");
        rendered(&mut map, &Scene::default(), Glyphs::Braille, AREA);
        let point = map.point_at(column, row).unwrap();
        // A world narrower than the widget is seen more than once, and nothing is beyond the poles.
        if map.viewport.zoom >= 1.0 && point.lat().abs() < 85.0 {
            let key = VehicleKey::new("T1").unwrap();
            let mark = Mark { selected: true, ..Mark::new(0, Place::of(point), Motion::Idle) };
            let names = named(std::slice::from_ref(&key));
            let scene = Scene { marks: &[mark], names: Names { each: &names, of: 1 }, ..Scene::default() };
            rendered(&mut map, &scene, Glyphs::Braille, AREA);
            prop_assert_eq!(map.hit(column, row), Some(Hit::Vehicle(key)));
        }
    }
}

/// The cell a point is in, by the points of cells.
fn cell_of(map: &Map, point: LonLat) -> Option<(u16, u16)> {
    let view = &map.layer.as_ref()?.view;
    let (x, y) = view.nearest(mercator::project(point)[0]).dot(mercator::project(point));
    let (column, row) = ((x / 2.0).floor(), (y / 4.0).floor());
    let inside = (0.0..f64::from(view.cols)).contains(&column) && (0.0..f64::from(view.rows)).contains(&row);
    inside.then_some((column as u16, row as u16))
}

/// Everything that is hit reads as what it is, and whoever is in sight is hit.
fn seen_and_hit(count: usize, viewport: Viewport) -> Result<(), TestCaseError> {
    let mut fleet = Demo::lagos(count);
    fleet.fences.clear();
    let mut map = Map::new(viewport, "");
    let buffer = rendered(&mut map, &fleet.scene(), Glyphs::Braille, AREA);
    let mut met = std::collections::HashSet::new();
    for (text, hit) in runs(&map, &buffer) {
        match hit {
            Hit::Vehicle(key) => {
                let at = fleet.vehicles.iter().position(|v| v.0 == key).unwrap();
                let truck = &fleet.vehicles[at];
                let glyph = glyphs::vehicle(&fleet.marks[at], Glyphs::Braille).to_string();
                let alert = if truck.4 { "!" } else { "" };
                let whole = format!("{alert}{key}");
                let shapes = [
                    glyph.clone(),
                    format!("{glyph}!"),
                    format!("{glyph}{whole}"),
                    format!("{whole}{glyph}"),
                ];
                // The selected one may stand on the count of a cluster, never on a number.
                prop_assert!(shapes.contains(&text), "{:?} for {:?}", text, key);
                prop_assert!(met.insert(key));
            }
            Hit::Cluster(keys) => {
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                prop_assert!(
                    text == "+" || digits == keys.len().to_string(),
                    "{:?} for {}",
                    text,
                    keys.len()
                );
                prop_assert!(keys.into_iter().all(|key| met.insert(key)));
            }
            Hit::Fence(id) => prop_assert!(false, "no fence was drawn, {id} was hit"),
        }
    }
    // Whoever is in sight is met, unless the selected one stands there.
    let selected = fleet.vehicles.get(7).map(|v| v.0.clone());
    for (key, point, ..) in &fleet.vehicles {
        let cell = cell_of(&map, *point);
        if let Some((column, row)) = cell
            && !met.contains(key)
        {
            let near = (0..AREA.width).any(|x| map.hit(x, row) == selected.clone().map(Hit::Vehicle))
                || (row.saturating_sub(2)..(row + 3).min(AREA.height))
                    .any(|y| (0..AREA.width).any(|x| map.hit(x, y) == selected.clone().map(Hit::Vehicle)));
            prop_assert!(near, "{key} at {column},{row} is nowhere");
        }
    }
    Ok(())
}

#[test]
fn a_cluster_cut_by_the_edge_hides_nobody() {
    let viewport = Viewport { centre: at(3.624_374_262_677_839_5, 6.4), zoom: 8.698_726_749_113_181 };
    seen_and_hit(51, viewport).unwrap();
}
