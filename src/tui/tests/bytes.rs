//! What a frame costs on the line, beside what crossterm's backend sends for it.

use ratatui::{
    backend::{Backend, CrosstermBackend},
    buffer::Buffer,
    layout::{Rect, Size},
};
use watchtower_core::domain::{
    geo::{LonLat, Scale},
    id::VehicleKey,
    live::Motion,
    units::Heading,
};

use crate::tui::{
    capability::{Capability, Host},
    map::{Course, Map, Mark, Name, Names, Place, Scene, Viewport},
    terminal::Encoder,
    theme::{ColourDepth, Glyphs, Theme, ThemeName},
};

const SIZE: Size = Size { width: 200, height: 50 };
const SCENERY: &str = include_str!("../../../assets/lagos.geojson");

/// Bytes of one frame.
#[derive(Clone, Copy, Debug)]
struct Cost {
    ours: usize,
    theirs: usize,
}

/// A map of a moving fleet, and a terminal at the end of either encoder.
struct Show {
    map: Map,
    theme: Theme,
    trucks: Vec<(VehicleKey, LonLat, f64)>,
    encoder: Encoder,
    before: Buffer,
}

impl Show {
    fn new(centre: (f64, f64), zoom: f64, trucks: usize) -> Self {
        let capability =
            Capability { colour: ColourDepth::True, glyphs: Glyphs::Braille, host: Host::Terminal };
        let mut seed = 7_u64;
        let mut dice = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1_u64 << 53) as f64
        };
        let point = |lon, lat| LonLat::new(lon, lat).unwrap();
        let truck = |number: usize| {
            let key = VehicleKey::new(&format!("T{number:05}LA")).unwrap();
            (key, point(3.1 + 0.6 * dice(), 6.42 + 0.3 * dice()), 360.0 * dice())
        };
        let mut show = Self {
            map: Map::new(Viewport { centre: point(centre.0, centre.1), zoom }, SCENERY),
            theme: Theme::new(&ThemeName::Dark.palette(), capability),
            trucks: (0..trucks).map(truck).collect(),
            encoder: Encoder::new(SIZE, capability),
            before: Buffer::empty(Rect::new(0, 0, SIZE.width, SIZE.height)),
        };
        show.frame();
        show
    }

    fn frame(&mut self) -> Cost {
        let area = self.before.area;
        let mut next = Buffer::empty(area);
        next.set_style(area, self.theme.base);
        let mark = |(i, (_, point, course)): (usize, &(VehicleKey, LonLat, f64))| Mark {
            course: Heading::new(*course).map(Course::of),
            ..Mark::new(i as u32, Place::of(*point), Motion::Moving)
        };
        let marks: Vec<Mark> = self.trucks.iter().enumerate().map(mark).collect();
        let name =
            |(key, ..): &(VehicleKey, LonLat, f64)| Name { key: key.clone(), label: key.as_str().into() };
        let names: Vec<Name> = self.trucks.iter().map(name).collect();
        let scene = Scene { marks: &marks, names: Names { each: &names, of: 0 }, ..Scene::default() };
        self.map.render(&scene, &self.theme.map, area, &mut next);
        let changed = self.before.diff(&next);
        let mut theirs = Vec::new();
        CrosstermBackend::new(&mut theirs).draw(changed.iter().copied()).unwrap();
        let mut ours = Vec::new();
        for (column, row, cell) in changed {
            self.encoder.want(column, row, cell);
        }
        self.encoder.encode(usize::MAX, &mut ours);
        self.before = next;
        Cost { ours: ours.len(), theirs: theirs.len() }
    }

    /// All trucks drive on.
    fn drive(&mut self, metres: f64) {
        for (_, point, course) in &mut self.trucks {
            let scale = Scale::at_latitude(point.lat());
            let (east, north) = (metres * course.to_radians().sin(), metres * course.to_radians().cos());
            *point = LonLat::new(point.lon() + east / scale.lon, point.lat() + north / scale.lat).unwrap();
        }
    }
}

#[test]
fn a_pan_of_the_filled_map_costs_a_third_and_sideways_a_tenth() {
    crossterm::style::force_color_output(true);
    let views = [("Africa", (8.0, 8.0), 3.5), ("Nigeria", (6.0, 7.0), 6.5), ("Lagos", (3.4, 6.5), 11.4)];
    for (name, centre, zoom) in views {
        // By a cell, and by a key, after which next to nothing is where it was.
        for (columns, rows, most, times) in
            [(1.0, 0.0, 2_000, 10), (-1.0, 0.0, 2_000, 10), (20.0, 0.0, 4_000, 10), (0.0, 1.0, 11_000, 3)]
        {
            let mut show = Show::new(centre, zoom, 84);
            show.map.pan(columns, rows);
            let cost = show.frame();
            println!("pan of {name} by {columns}, {rows}: {cost:?}");
            assert!(cost.ours < most && times * cost.ours < cost.theirs, "{name}: {cost:?}");
        }
    }
}

#[test]
fn a_second_of_five_hundred_moving_trucks_costs_less_than_seven_hundred_bytes() {
    let mut show = Show::new((3.4, 6.56), 11.0, 500);
    let costs: Vec<Cost> = (0..20)
        .map(|_| {
            show.drive(11.0);
            show.frame()
        })
        .collect();
    let mean = |of: fn(&Cost) -> usize| costs.iter().map(of).sum::<usize>() / costs.len();
    println!("mean of {} frames: {} of {}", costs.len(), mean(|c| c.ours), mean(|c| c.theirs));
    assert!(mean(|c| c.ours) < 700, "{costs:?}");
    assert_eq!(show.frame().ours, 0, "nothing moved");
}
