//! Tiles in the schemas people have become streets, and stand where they belong.

use prost::Message as _;
use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    mvt::{Feature, Layer, Tile, Value},
    *,
};
use crate::tui::{
    map::{Graticule, Map, Scene, Viewport, mercator::unproject, tests::palette},
    theme::Glyphs,
};

const POINT: u32 = 1;
const LINE: u32 = 2;
const AREA: u32 = 3;

/// The words of a path: to its first point, along the others, and closed if an area.
fn geometry(kind: u32, path: &[(i32, i32)]) -> Vec<u32> {
    let zigzag = |step: i32| ((step << 1) ^ (step >> 31)) as u32;
    let (mut words, mut last) = (Vec::new(), (0, 0));
    for (index, point) in path.iter().enumerate() {
        match index {
            0 => words.push(1 | (1 << 3)),
            1 => words.push(2 | ((path.len() as u32 - 1) << 3)),
            _ => {}
        }
        words.extend([zigzag(point.0 - last.0), zigzag(point.1 - last.1)]);
        last = *point;
    }
    if kind == AREA {
        words.push(7 | (1 << 3));
    }
    words
}

/// A kind, a path, and properties.
type Drawn<'a> = (u32, &'a [(i32, i32)], &'a [(&'a str, &'a str)]);

/// A layer of features.
fn layer(name: &str, features: &[Drawn<'_>]) -> Layer {
    let mut layer = Layer { name: name.to_owned(), version: 2, ..Layer::default() };
    for (kind, path, properties) in features {
        let mut tags = Vec::new();
        for (key, value) in *properties {
            let known = layer.keys.iter().position(|known| known == key);
            let known = known.unwrap_or_else(|| {
                layer.keys.push((*key).to_owned());
                layer.keys.len() - 1
            });
            tags.extend([known as u32, layer.values.len() as u32]);
            let number = value.parse::<i64>().ok();
            let text = number.is_none().then(|| (*value).to_owned());
            layer.values.push(Value { text, int: number, ..Value::default() });
        }
        layer.features.push(Feature { tags, kind: Some(*kind), geometry: geometry(*kind, path) });
    }
    layer
}

fn bytes(layers: Vec<Layer>) -> Vec<u8> {
    Tile { layers }.encode_to_vec()
}

/// A tile of Lagos.
const TILE: TileAt = TileAt { zoom: 14, x: 8_347, y: 7_897 };
const MIDDLE: &[(i32, i32)] = &[(0, 2_048), (4_096, 2_048)];
const DOWN: &[(i32, i32)] = &[(1_024, 0), (1_024, 4_096)];
const LAKE: &[(i32, i32)] = &[(2_600, 2_600), (4_000, 2_600), (4_000, 4_000), (2_600, 4_000)];

fn open_map_tiles() -> Vec<u8> {
    bytes(vec![
        layer("water", &[(AREA, LAKE, &[("class", "lake")])]),
        layer("landcover", &[(AREA, &[(0, 0), (900, 0), (900, 900), (0, 900)], &[("class", "wood")])]),
        layer(
            "transportation",
            &[
                (LINE, MIDDLE, &[("class", "primary")]),
                (LINE, DOWN, &[("class", "minor")]),
                (LINE, &[(0, 300), (4_096, 300)], &[("class", "rail")]),
                (LINE, &[(0, 9), (9, 9)], &[("class", "ferry")]),
            ],
        ),
        layer("transportation_name", &[(LINE, MIDDLE, &[("class", "primary"), ("name", "Ikorodu Road")])]),
        layer("place", &[(POINT, &[(3_000, 1_000)], &[("class", "suburb"), ("name", "Onigbongbo")])]),
        layer("building", &[(AREA, &[(1_500, 1_500), (1_600, 1_500), (1_600, 1_600)], &[])]),
    ])
}

fn shortbread() -> Vec<u8> {
    bytes(vec![
        layer("water_polygons", &[(AREA, LAKE, &[("kind", "water")])]),
        layer(
            "streets",
            &[
                (LINE, MIDDLE, &[("kind", "primary")]),
                (LINE, DOWN, &[("kind", "residential")]),
                (LINE, &[(0, 300), (4_096, 300)], &[("kind", "rail")]),
            ],
        ),
        layer("street_labels", &[(LINE, MIDDLE, &[("kind", "primary"), ("name", "Ikorodu Road")])]),
        layer("place_labels", &[(POINT, &[(3_000, 1_000)], &[("kind", "suburb"), ("name", "Onigbongbo")])]),
        layer("land", &[(AREA, &[(0, 0), (900, 0), (900, 900), (0, 900)], &[("kind", "forest")])]),
        layer("buildings", &[(AREA, &[(1_500, 1_500), (1_600, 1_500), (1_600, 1_600)], &[])]),
    ])
}

fn protomaps() -> Vec<u8> {
    bytes(vec![
        layer("earth", &[(AREA, &[(0, 0), (4_096, 0), (4_096, 4_096), (0, 4_096)], &[])]),
        layer("water", &[(AREA, LAKE, &[("kind", "lake")])]),
        layer(
            "roads",
            &[
                (
                    LINE,
                    MIDDLE,
                    &[("kind", "major_road"), ("kind_detail", "primary"), ("name", "Ikorodu Road")],
                ),
                (LINE, DOWN, &[("kind", "minor_road"), ("kind_detail", "residential")]),
                (LINE, &[(0, 300), (4_096, 300)], &[("kind", "rail")]),
            ],
        ),
        layer("places", &[(POINT, &[(3_000, 1_000)], &[("kind", "neighbourhood"), ("name", "Onigbongbo")])]),
        layer("landuse", &[(AREA, &[(0, 0), (900, 0), (900, 900), (0, 900)], &[("kind", "park")])]),
        layer("buildings", &[(AREA, &[(1_500, 1_500), (1_600, 1_500), (1_600, 1_600)], &[])]),
    ])
}

#[test]
fn three_schemas_say_the_same() {
    for bytes in [open_map_tiles(), shortbread(), protomaps()] {
        let tile = StreetTile::read(TILE, &bytes).unwrap();
        let points = |lines: &crate::tui::map::geometry::Lines| lines.len();
        assert_eq!(tile.roads.each_ref().map(points), [2, 0, 2, 0, 0]);
        assert_eq!((points(&tile.rails), points(&tile.waterways)), (2, 0));
        // Closed, so that the first point is there again.
        assert_eq!([&tile.water, &tile.parks, &tile.buildings].map(points), [5, 5, 4]);
        let names: Vec<_> = tile.names.iter().map(|name| &*name.text).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(names.contains(&"Ikorodu Road") && names.contains(&"Onigbongbo"));
    }
}

#[test]
fn a_tile_lies_where_it_lies_in_the_world() {
    let tile = StreetTile::read(TILE, &open_map_tiles()).unwrap();
    let road = tile.names.iter().find(|name| &*name.text == "Ikorodu Road").unwrap();
    // The middle of the tile, by the usual formula.
    let middle = unproject(road.at);
    let longitude = (f64::from(TILE.x) + 0.5) / 2_f64.powi(14) * 360.0 - 180.0;
    let north = std::f64::consts::PI * (1.0 - 2.0 * (f64::from(TILE.y) + 0.5) / 2_f64.powi(14));
    assert!(
        (middle.lon() - longitude).abs() < 1e-6
            && (middle.lat() - north.sinh().atan().to_degrees()).abs() < 1e-6
    );
}

#[test]
fn damage_is_refused_or_left_out() {
    assert!(StreetTile::read(TILE, b"<html>").is_err());
    let whole = open_map_tiles();
    for length in 0..whole.len() {
        let _ = StreetTile::read(TILE, &whole[..length]);
    }
    let mut wild = layer("water", &[(AREA, LAKE, &[])]);
    wild.features[0].geometry = vec![u32::MAX, u32::MAX, 5, 9, u32::MAX, 2];
    wild.features[0].tags = vec![7, 7, 7];
    wild.extent = Some(0);
    assert!(StreetTile::read(TILE, &bytes(vec![wild])).is_ok());
}

const SCREEN: Rect = Rect { x: 0, y: 0, width: 60, height: 30 };

fn map(zoom: f64) -> Map {
    let middle = unproject([
        (i64::from(TILE.x) * (1 << 16) + (1 << 15)) as i32,
        (i64::from(TILE.y) * (1 << 16) + (1 << 15)) as i32,
    ]);
    let mut map = Map::new(Viewport { centre: middle, zoom }, "");
    map.graticule = Graticule::Hidden;
    map.use_tiles(0..=14, "© OpenStreetMap contributors".to_owned());
    map
}

fn frame(map: &mut Map) -> Buffer {
    let mut buffer = Buffer::empty(SCREEN);
    map.render(&Scene::default(), &palette(Glyphs::Braille), SCREEN, &mut buffer);
    buffer
}

fn read(at: TileAt, bytes: &[u8]) -> Option<Arc<StreetTile>> {
    Some(Arc::new(StreetTile::read(at, bytes).unwrap()))
}

#[test]
fn a_view_wants_what_it_lacks_and_shows_it_when_it_comes() {
    let mut map = map(14.2);
    let before = frame(&mut map);
    assert_eq!(map.wanted().first(), Some(&TILE), "the middle first");
    assert_eq!(map.attribution(), "Natural Earth");
    map.take_tile(TILE, read(TILE, &open_map_tiles()));
    let after = frame(&mut map);
    assert_ne!(before, after);
    assert!(!map.wanted().contains(&TILE));
    assert_eq!(map.attribution(), "Natural Earth · © OpenStreetMap contributors");
    let water = palette(Glyphs::Braille).water.bg;
    let lakes = SCREEN.positions().filter(|cell| Some(after[*cell].bg) == water).count();
    assert!(lakes > 20, "{lakes} cells of the lake");
    // What is known to be nowhere is not asked for again.
    let rest = map.wanted().to_vec();
    rest.iter().for_each(|at| map.take_tile(*at, None));
    frame(&mut map);
    assert_eq!(map.wanted(), []);
}

#[test]
fn a_coarser_tile_stands_in_while_the_fine_one_loads() {
    let mut map = map(14.2);
    let empty = frame(&mut map);
    let parent = TILE.parent().unwrap();
    // Of the four tiles below it this view is in the one to the south-east.
    let road = layer("transportation", &[(LINE, &[(0, 3_072), (4_096, 3_072)], &[("class", "trunk")])]);
    map.take_tile(parent, read(parent, &bytes(vec![road])));
    let stand_in = frame(&mut map);
    assert_ne!(stand_in, empty);
    assert!(map.wanted().contains(&TILE), "and is still wanted");
}

#[test]
fn closer_than_the_closest_tiles_these_are_drawn_larger() {
    let mut map = map(17.0);
    frame(&mut map);
    assert!(map.wanted().iter().all(|at| at.zoom == 14));
    map.take_tile(TILE, read(TILE, &open_map_tiles()));
    let buffer = frame(&mut map);
    let middle: String = (0..SCREEN.width).map(|x| buffer[(x, SCREEN.height / 2)].symbol()).collect();
    let above: String = (0..SCREEN.width).map(|x| buffer[(x, SCREEN.height / 2 - 1)].symbol()).collect();
    let dots = |row: &str| row.chars().filter(|c| ('\u{2801}'..='\u{28ff}').contains(c)).count();
    assert!(dots(&middle).max(dots(&above)) > 30, "the road runs through:\n{above}\n{middle}");
}

#[test]
fn neighbours_share_a_lake_across_their_edge() {
    // Both have it to the end of their buffers.
    let east = TileAt { x: TILE.x + 1, ..TILE };
    let lake = |left: i32, right: i32| {
        let path = [(left, 1_000), (right, 1_000), (right, 3_000), (left, 3_000)];
        bytes(vec![layer("water", &[(AREA, &path, &[])])])
    };
    let mut map = map(14.0);
    map.viewport.centre = unproject([((TILE.x + 1) << 16) as i32, ((TILE.y << 16) + (1 << 15)) as i32]);
    map.take_tile(TILE, read(TILE, &lake(2_000, 4_176)));
    map.take_tile(east, read(east, &lake(-80, 2_000)));
    let buffer = frame(&mut map);
    let water = palette(Glyphs::Braille).water.bg;
    let row = SCREEN.height / 2;
    let ground: Vec<bool> = (20..40).map(|x| Some(buffer[(x, row)].bg) == water).collect();
    assert!(ground.iter().all(|is_water| *is_water), "{ground:?}");
    assert!((20..40).all(|x| buffer[(x, row)].symbol() == " "), "and has no shore there");
}

#[test]
fn the_cache_lets_go_of_what_was_not_looked_at() {
    let mut streets = Streets::new(0..=14, String::new());
    for x in 0..2 * MOST as u32 {
        streets.take(TileAt { zoom: 14, x, y: 0 }, None);
    }
    assert_eq!(streets.tiles.len(), MOST);
}

#[test]
fn a_street_in_pieces_is_named_by_its_longest_and_again_where_there_is_room() {
    let street: &[(&str, &str)] = &[("class", "secondary"), ("name", "Broad Street")];
    let piece = |from: i32, to: i32| [(from, 2_048), (to, 2_048)];
    let pieces =
        [piece(0, 300), piece(300, 500), piece(500, 3_000), piece(3_000, 3_100), piece(3_100, 4_000)];
    let drawn: Vec<Drawn<'_>> = pieces.iter().map(|path| (LINE, path.as_slice(), street)).collect();
    let tile = StreetTile::read(TILE, &bytes(vec![layer("transportation_name", &drawn)])).unwrap();
    let first = tile.names.iter().min_by(|a, b| a.from.total_cmp(&b.from)).unwrap();
    assert_eq!(first.at[0], (TILE.x as i32) * (1 << 16) + 1_750 * 16);
    for zoom in [14.0, 15.0, 16.0, 17.0, 18.0_f64] {
        let mut told: Vec<i32> =
            tile.names.iter().filter(|name| name.from <= zoom).map(|name| name.at[0]).collect();
        told.sort_unstable();
        let dots = 256.0 * zoom.exp2() / f64::from(crate::tui::map::mercator::WORLD);
        let nearest = told.windows(2).map(|two| f64::from(two[1] - two[0]) * dots).fold(f64::MAX, f64::min);
        assert!(nearest >= 179.0, "zoom {zoom}: {nearest} dots apart");
        assert_eq!(told.len(), [0, 3, 3, 4, 5][zoom as usize - 14], "zoom {zoom}");
    }
}

#[test]
fn houses_are_ground_before_they_have_outlines_and_yards_come_before_footways() {
    let block = &[(2_000, 2_000), (2_300, 2_000), (2_300, 2_300), (2_000, 2_300)];
    let way = |class| layer("transportation", &[(LINE, MIDDLE, &[("class", class)])]);
    let houses = layer("building", &[(AREA, block, &[])]);
    let shown = |zoom: f64, layers: Vec<Layer>| {
        let mut map = map(zoom);
        let before = frame(&mut map);
        map.take_tile(TILE, read(TILE, &bytes(layers)));
        let buffer = frame(&mut map);
        let built = palette(Glyphs::Braille).built.bg;
        let inked = |cell: &str| cell.starts_with(|dots| ('\u{2801}'..='\u{28ff}').contains(&dots));
        let differing = || SCREEN.positions().filter(|at| buffer[*at] != before[*at]);
        let ground = differing().filter(|at| Some(buffer[*at].bg) == built).count();
        (ground, differing().filter(|at| inked(buffer[*at].symbol())).count())
    };
    assert_eq!(shown(13.5, vec![houses.clone()]), (0, 0));
    let (ground, outline) = shown(14.5, vec![houses.clone()]);
    assert!(ground > 50 && outline == 0, "{ground} cells built, {outline} of outline");
    let (ground, outline) = shown(16.3, vec![houses]);
    assert!(ground > 600 && outline > 20, "{ground} cells built, {outline} of outline");
    let inked = |zoom, class| shown(zoom, vec![way(class)]).1;
    assert_eq!((inked(14.4, "service"), inked(16.1, "path")), (0, 0));
    assert!(inked(14.6, "service") > 40 && inked(16.3, "path") > 15);
}

#[test]
fn the_middle_of_a_river_is_drawn_where_it_has_no_banks() {
    let stream = layer("waterway", &[(LINE, MIDDLE, &[("class", "river")])]);
    let banks = &[(2_000, 1_000), (4_096, 1_000), (4_096, 3_000), (2_000, 3_000)];
    let mut map = map(14.2);
    map.take_tile(TILE, read(TILE, &bytes(vec![stream, layer("water", &[(AREA, banks, &[])])])));
    let buffer = frame(&mut map);
    let inked = |columns: std::ops::Range<u16>| {
        let row = |row: u16| columns.clone().filter(|x| buffer[(*x, row)].symbol() != " ").count();
        row(SCREEN.height / 2).max(row(SCREEN.height / 2 - 1))
    };
    assert!(inked(2..28) > 20, "a stream to the west");
    assert_eq!(inked(32..58), 0, "a lake to the east");
}
