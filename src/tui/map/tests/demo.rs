//! A fleet about Lagos, a bay to draw it on, and a palette.

use std::sync::Arc;

use ratatui::style::{Color, Modifier, Style};
use watchtower_core::domain::{
    geofence::{FenceKind, Shape, Watches},
    id::{FenceId, VehicleKey},
    live::Motion,
    units::{Heading, Metres},
};

use super::super::*;
use crate::tui::theme::{Glyphs, Lines};

pub(in crate::tui::map) fn at(lon: f64, lat: f64) -> LonLat {
    LonLat::new(lon, lat).unwrap()
}

/// A dark, calm palette.
pub(in crate::tui::map) fn palette(glyphs: Glyphs) -> MapTheme {
    let ink = |r, g, b| Style::new().fg(Color::Rgb(r, g, b));
    let ground = |r, g, b| Style::new().bg(Color::Rgb(r, g, b));
    MapTheme {
        glyphs,
        lines: Lines::All,
        land: ground(24, 29, 34),
        water: ground(14, 30, 45),
        coast: ink(74, 111, 138),
        border: ink(88, 84, 96),
        river: ink(44, 84, 116),
        road: ink(104, 96, 78),
        ways: [ink(60, 64, 66), ink(90, 92, 90), ink(150, 148, 136), ink(214, 206, 180)],
        building: ink(48, 55, 63),
        built: ground(33, 39, 47),
        park: ground(23, 38, 32),
        place: ink(186, 192, 196),
        site: ink(146, 170, 160),
        graticule: ink(58, 76, 92),
        fence: ink(126, 110, 168),
        fence_occupied: ink(190, 150, 232),
        trail: ink(120, 178, 130),
        route: ink(230, 220, 160),
        heat: [ground(60, 50, 30), ground(100, 80, 34), ground(150, 110, 40), ground(210, 150, 50)],
        moving: ink(96, 214, 130),
        idle: ink(238, 190, 84),
        parked: ink(132, 166, 214),
        offline: ink(150, 150, 150),
        alert: ink(255, 98, 90).add_modifier(Modifier::BOLD),
        selected: Style::new().bg(Color::Rgb(70, 60, 130)).add_modifier(Modifier::BOLD),
    }
}

/// A fleet to draw.
pub(super) struct Demo {
    pub(super) vehicles: Vec<(VehicleKey, LonLat, Option<Heading>, Motion, bool)>,
    pub(super) fences: Vec<(Geofence, usize)>,
    pub(super) trail: Vec<LonLat>,
    pub(super) marks: Vec<Mark>,
    names: Vec<Name>,
}

/// What vehicles are called whose labels are their keys.
pub(in crate::tui::map) fn named(keys: &[VehicleKey]) -> Vec<Name> {
    keys.iter().map(|key| Name { key: key.clone(), label: key.as_str().into() }).collect()
}

impl Demo {
    pub(super) fn lagos(count: usize) -> Self {
        let mut seed = 7_u64;
        let mut random = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as f64 / f64::from(1_u32 << 31)
        };
        let vehicles: Vec<(VehicleKey, LonLat, Option<Heading>, Motion, bool)> = (0..count)
            .map(|i| {
                let key = VehicleKey::new(&format!("T{:05}LA", 10_000 + i * 37)).unwrap();
                let (lon, lat) = match i % 6 {
                    0 => (3.362 + random() * 0.012, 6.438 + random() * 0.012),
                    _ => (3.05 + random() * 0.8, 6.42 + random() * 0.5),
                };
                let motion = Motion::ALL[[0, 0, 0, 1, 2, 3][i % 6]];
                (key, at(lon, lat), Heading::new(random() * 360.0), motion, i % 17 == 3)
            })
            .collect();
        let fence = |id: &str, name: &str, shape| Geofence {
            id: FenceId(Arc::from(id)),
            name: name.into(),
            kind: FenceKind::Terminal,
            watches: Watches::All,
            shape,
        };
        let ring = vec![(3.355, 6.433), (3.378, 6.433), (3.374, 6.452), (3.357, 6.455), (3.355, 6.433)];
        let fences = vec![
            (Geofence::area("apapa", "Apapa Port", FenceKind::Terminal, ring), 12),
            (
                fence(
                    "depot",
                    "Depot Ikeja",
                    Shape::Circle { centre: at(3.35, 6.6), radius: Metres(1_200.0) },
                ),
                0,
            ),
            (
                fence(
                    "corridor",
                    "Expressway",
                    Shape::Corridor {
                        line: vec![at(3.31, 6.47), at(3.33, 6.56), at(3.29, 6.62), at(3.22, 6.69)],
                        width: Metres(900.0),
                    },
                ),
                0,
            ),
        ];
        let trail = (0..60)
            .map(|i| at(3.30 + f64::from(i) * 0.004, 6.50 + (f64::from(i) * 0.2).sin() * 0.03))
            .collect();
        let marks = vehicles.iter().enumerate().map(|(i, (_, point, heading, motion, alert))| Mark {
            course: heading.map(Course::of),
            alert: *alert,
            selected: i == 7,
            stale: i % 9 == 4,
            ..Mark::new(i as u32, Place::of(*point), *motion)
        });
        let marks = marks.collect();
        let names = named(&vehicles.iter().map(|vehicle| vehicle.0.clone()).collect::<Vec<_>>());
        Self { vehicles, fences, trail, marks, names }
    }

    pub(super) fn scene(&self) -> Scene<'_> {
        Scene {
            marks: &self.marks,
            names: Names { each: &self.names, of: self.marks.len() as u64 },
            trails: vec![&self.trail],
            fences: self
                .fences
                .iter()
                .map(|(fence, occupants)| FenceMark { fence, occupants: *occupants, singled_out: false })
                .collect(),
            ..Scene::default()
        }
    }
}

/// A small bay with an island, a bridge, a yard and a village, near Lagos.
pub(super) const SCENERY: &str = r#"{"type": "FeatureCollection", "features": [
    {"type": "Feature", "properties": {"layer": "water", "name": "Bay"}, "geometry": {"type": "Polygon", "coordinates":
        [[[3.35, 6.40], [3.55, 6.40], [3.60, 6.47], [3.50, 6.55], [3.38, 6.52], [3.35, 6.40]]]}},
    {"type": "Feature", "properties": {"layer": "land"}, "geometry": {"type": "Polygon", "coordinates":
        [[[3.42, 6.44], [3.46, 6.44], [3.46, 6.47], [3.42, 6.47], [3.42, 6.44]]]}},
    {"type": "Feature", "properties": {"layer": "road", "class": "bridge"}, "geometry": {"type": "LineString", "coordinates":
        [[3.30, 6.50], [3.40, 6.46], [3.44, 6.455], [3.56, 6.52]]}},
    {"type": "Feature", "properties": {"layer": "site", "class": "port", "name": "Quay", "rank": 1},
        "geometry": {"type": "Point", "coordinates": [3.425, 6.445]}},
    {"type": "Feature", "properties": {"layer": "district", "name": "Village", "rank": 2},
        "geometry": {"type": "Point", "coordinates": [3.31, 6.44]}},
    {"type": "Feature", "properties": {"layer": "rumour"}, "geometry": null}]}"#;

pub(super) const AREA: Rect = Rect { x: 0, y: 0, width: 80, height: 24 };

pub(super) fn map(lon: f64, lat: f64, zoom: f64) -> Map {
    Map::new(Viewport { centre: at(lon, lat), zoom }, SCENERY)
}

pub(super) fn rendered(map: &mut Map, scene: &Scene<'_>, glyphs: Glyphs, area: Rect) -> Buffer {
    let mut buffer = Buffer::empty(area);
    map.render(scene, &palette(glyphs), area, &mut buffer);
    buffer
}

/// What a cell's text looks like, without the ground it stands on.
pub(super) fn text_style(buffer: &Buffer, at: (u16, u16)) -> (Color, Modifier) {
    (buffer[at].fg, buffer[at].modifier)
}
