//! What a frame of the dashboard costs, in time and on the line: each figure beside a
//! yardstick of the same run. `cargo bench --bench dashboard`.
//!
//! Times are of the processor, so that a busy machine does not pass for a slow screen.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and fails by panicking")]

use std::{sync::Arc, time::Duration};

use cpu_time::ThreadTime;
use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
    style::{Color, Style},
    symbols::Marker,
    text::Span,
    widgets::{
        Widget,
        canvas::{Canvas, Map as Coasts, MapResolution},
    },
};
use watchtower::tui::{
    Access,
    app::{App, Setting},
    capability::{Capability, Host},
    mailbox::{Link, Mailbox},
    map::{Course, Ground, Map, Mark, Name, Names, Place, Scene, Viewport},
    roster::Column,
    theme::{ColourDepth, Glyphs, Theme, ThemeName},
};
use watchtower_core::{
    domain::{
        footprint::{Cell, Footprint},
        geo::{LonLat, Scale},
        id::VehicleKey,
        live::{LiveState, Motion},
        position::{Position, Source},
        time::Timestamp,
        units::{Heading, Kmh, Metres},
    },
    filter::Filter,
};

mod bytes;
mod process;

const SIZE: Size = Size { width: 200, height: 50 };
const SCENERY: &str = include_str!("../../assets/lagos.geojson");
/// 2025-04-01T13:32:07Z.
const NOW: Timestamp = Timestamp::from_millis(1_743_514_327_000);
/// Enough for a ninety-ninth of a hundred.
const FRAMES: usize = 200;

/// A small generator with a fixed seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

struct Truck {
    key: VehicleKey,
    point: LonLat,
    course: f64,
    motion: Motion,
}

/// A fleet around Lagos, all of it on the move but for what its colours say.
fn fleet(count: usize) -> Vec<Truck> {
    let mut dice = Dice(7);
    let one = |number: usize| Truck {
        key: VehicleKey::new(&format!("T{number:06}LA")).unwrap(),
        point: LonLat::new(3.1 + 0.6 * dice.roll(), 6.42 + 0.3 * dice.roll()).unwrap(),
        course: 360.0 * dice.roll(),
        motion: Motion::ALL[[0, 0, 0, 0, 1, 2, 3][number % 7]],
    };
    (0..count).map(one).collect()
}

fn drive(fleet: &mut [Truck], metres: f64) {
    for truck in fleet {
        let scale = Scale::at_latitude(truck.point.lat());
        let (east, north) = (truck.course.to_radians().sin(), truck.course.to_radians().cos());
        let lon = truck.point.lon() + metres * east / scale.lon;
        let lat = truck.point.lat() + metres * north / scale.lat;
        truck.point = LonLat::new(lon, lat).unwrap();
    }
}

fn capability() -> Capability {
    Capability { colour: ColourDepth::True, glyphs: Glyphs::Braille, host: Host::Terminal }
}

fn theme() -> Theme {
    Theme::new(&ThemeName::Dark.palette(), capability())
}

fn lagos(zoom: f64) -> Map {
    Map::new(Viewport { centre: LonLat::new(3.4, 6.56).unwrap(), zoom }, SCENERY)
}

fn screen() -> Buffer {
    Buffer::empty(Rect::new(0, 0, SIZE.width, SIZE.height))
}

/// The fleet as the map is given it.
fn marks(fleet: &[Truck]) -> Vec<Mark> {
    let mark = |(number, truck): (usize, &Truck)| Mark {
        course: Heading::new(truck.course).map(Course::of),
        ..Mark::new(number as u32, Place::of(truck.point), truck.motion)
    };
    fleet.iter().enumerate().map(mark).collect()
}

fn names(fleet: &[Truck]) -> Vec<Name> {
    fleet.iter().map(|truck| Name { key: truck.key.clone(), label: truck.key.as_str().into() }).collect()
}

fn scene<'a>(marks: &'a [Mark], names: &'a [Name]) -> Scene<'a> {
    Scene { marks, names: Names { each: names, of: 0 }, ..Scene::default() }
}

/// The median and the ninety-ninth of a hundred of what `frame` takes, in milliseconds.
struct Times {
    p50: f64,
    p99: f64,
}

fn times(mut between: impl FnMut(usize), mut frame: impl FnMut(usize)) -> Times {
    let mut taken: Vec<Duration> = (0..FRAMES + 5)
        .map(|number| {
            between(number);
            let start = ThreadTime::now();
            frame(number);
            start.elapsed()
        })
        .collect();
    // What is made once is of another table.
    taken.drain(..5);
    taken.sort();
    let at = |part: usize| taken[FRAMES * part / 100].as_secs_f64() * 1e3;
    Times { p50: at(50), p99: at(99) }
}

fn compare(name: &str, ours: &Times, theirs: &Times, yardstick: &str) {
    println!(
        "{name:<46} p50 {:>6.2} p99 {:>6.2} ms  {:.1} × faster than {yardstick} (p50 {:.2} p99 {:.2})",
        ours.p50,
        ours.p99,
        theirs.p50 / ours.p50,
        theirs.p50,
        theirs.p99,
    );
}

/// The map with a fleet that moves from frame to frame.
fn map_frames(count: usize) {
    let theme = theme();
    let (mut map, mut buffer) = (lagos(11.0), screen());
    let area = buffer.area;
    let trucks = std::cell::RefCell::new(fleet(count));
    let names = names(&trucks.borrow());
    let drawn = std::cell::RefCell::new(Vec::new());
    let move_on = |_| {
        drive(&mut trucks.borrow_mut(), 11.0);
        *drawn.borrow_mut() = marks(&trucks.borrow());
    };
    let ours = times(move_on, |_| {
        map.render(&scene(&drawn.borrow(), &names), &theme.map, area, &mut buffer);
    });
    let glyphs = ["↑", "↗", "→", "↘", "↓", "↙", "←", "↖"];
    let colours = [Color::LightCyan, Color::Yellow, Color::Gray, Color::Magenta];
    let theirs = times(move_on, |_| {
        let canvas = Canvas::default().marker(Marker::Braille).x_bounds([3.0, 3.8]).y_bounds([6.4, 6.75]);
        let trucks = trucks.borrow();
        let paint = canvas.paint(|context| {
            context.draw(&Coasts { color: Color::Blue, resolution: MapResolution::High });
            for truck in trucks.iter() {
                let glyph = glyphs[(truck.course / 45.0).round() as usize % 8];
                let style = Style::new().fg(colours[truck.motion as usize]);
                context.print(truck.point.lon(), truck.point.lat(), Span::styled(glyph, style));
            }
        });
        paint.render(area, &mut buffer);
    });
    compare(&format!("map, {count} trucks moving"), &ours, &theirs, "ratatui's Canvas");
}

/// The map drawn anew for every frame, as in a drag.
fn map_pans() {
    let theme = theme();
    for (name, zoom) in [("a city", 11.4), ("a country", 6.5), ("a continent", 3.5)] {
        let (mut map, mut buffer, trucks) = (lagos(zoom), screen(), fleet(500));
        let (area, marks, names) = (buffer.area, marks(&trucks), names(&trucks));
        let pan = |number: usize| if number % 40 < 20 { 1.0 } else { -1.0 };
        let ours = times(
            |_| {},
            |number| {
                map.pan(pan(number), 0.0);
                map.render(&scene(&marks, &names), &theme.map, area, &mut buffer);
            },
        );
        println!("{:<46} p50 {:>6.2} p99 {:>6.2} ms", format!("map of {name}, panning"), ours.p50, ours.p99);
    }
}

/// Passes of a fleet over a city's net of streets, some busier than others.
fn footprint() -> Footprint {
    let (mut footprint, mut dice) = (Footprint::default(), Dice(11));
    let (west, south, wide, high) = (3.1, 6.42, 0.6, 0.3);
    for street in 0..260 {
        let across = dice.roll();
        let passes = 40 + (400.0 * dice.roll().powi(4)) as u16;
        let steps = 12_000.0 * (0.2 + 0.8 * dice.roll());
        for step in 0..steps as usize {
            let along = step as f64 / 12_000.0;
            let off = 0.000_12 * (dice.roll() + dice.roll() + dice.roll() - 1.5);
            let (lon, lat) = match street % 2 {
                0 => (west + wide * along, south + high * across + off),
                _ => (west + wide * across + off, south + high * along),
            };
            footprint.add(Cell::at(LonLat::new(lon, lat).unwrap()).unwrap(), passes / 40);
        }
    }
    footprint
}

/// The same with the ways of the fleet, beside a map drawn wholly anew.
fn footprint_pans() {
    let theme = theme();
    let ground = Arc::new(Ground::of(footprint()));
    for zoom in [7.0, 9.5, 11.4, 13.0, 14.5, 16.0, 17.5] {
        let render = |map: &mut Map, buffer: &mut Buffer| {
            map.render(&Scene::default(), &theme.map, buffer.area, buffer);
        };
        let (mut map, mut buffer) = (lagos(zoom), screen());
        map.take_ground(ground.clone());
        let pan = |number: usize| if number % 40 < 20 { 1.0 } else { -1.0 };
        let by_cell = times(
            |_| {},
            |number| {
                map.pan(pan(number), 0.0);
                render(&mut map, &mut buffer);
            },
        );
        let by_key = times(
            |_| {},
            |number| {
                map.pan(20.0 * pan(number), 0.0);
                render(&mut map, &mut buffer);
            },
        );
        let anew = times(
            |_| {},
            |_| {
                map.take_ground(ground.clone());
                render(&mut map, &mut buffer);
            },
        );
        compare(&format!("footprint at zoom {zoom}, panning by a cell"), &by_cell, &anew, "a map drawn anew");
        compare(&format!("footprint at zoom {zoom}, panning by a key"), &by_key, &anew, "a map drawn anew");
    }
}

fn states(fleet: &[Truck]) -> Vec<LiveState> {
    let state = |truck: &Truck| {
        let mut position = Position::bare(truck.point, NOW, Source::wall("bench"));
        position.speed_kmh = Some(Kmh(40.0));
        position.heading = Heading::new(truck.course);
        LiveState {
            vehicle: truck.key.clone(),
            position,
            motion: truck.motion,
            since: NOW,
            fences: Vec::new(),
            alerts: Vec::new(),
            trip: None,
            eta: None,
            today_m: Metres(0.0),
        }
    };
    fleet.iter().map(state).collect()
}

fn app() -> App {
    let setting = Setting {
        zone: chrono_tz::Africa::Lagos,
        connection: "bench".to_owned(),
        note: None,
        operator: "bench".to_owned(),
        access: Access::ReadOnly,
    };
    let corners = [LonLat::new(3.1, 6.4).unwrap(), LonLat::new(3.7, 6.75).unwrap()];
    App::new(setting, theme(), SCENERY, Some(corners))
}

/// The whole screen: every pane, with news of every truck between two frames.
fn whole_frames(count: usize) {
    let app = std::cell::RefCell::new(app());
    let (mailbox, mut trucks, mut buffer) = (Mailbox::default(), fleet(count), screen());
    let area = buffer.area;
    mailbox.put_link(Link::Live);
    let second = |number: usize| NOW.plus(Duration::from_secs(number as u64));
    let news = |number| {
        drive(&mut trucks, 11.0);
        mailbox.put_picture(states(&trucks));
        app.borrow_mut().take_news(mailbox.take(), second(number));
    };
    let all = times(news, |number| {
        buffer.reset();
        app.borrow_mut().draw(area, &mut buffer, second(number));
    });
    let idle = times(
        |_| {},
        |number| {
            let now = second(FRAMES + number);
            app.borrow_mut().tick(now);
            buffer.reset();
            app.borrow_mut().draw(area, &mut buffer, now);
        },
    );
    let mut tick = |number: usize| {
        let now = second(2 * FRAMES + number);
        app.borrow_mut().tick(now);
        buffer.reset();
        app.borrow_mut().draw(area, &mut buffer, now);
    };
    app.borrow_mut().roster.sort_by(Column::State);
    let sorted = times(|_| {}, &mut tick);
    app.borrow_mut().roster.narrow(Filter::parse("speed>30 or idle>4m").unwrap());
    let narrowed = times(|_| {}, &mut tick);
    app.borrow_mut().roster.narrow(Filter::parse("").unwrap());
    // Typed, each letter with its frame, and deleted again.
    let mut typed = |words: &'static str, last: Option<KeyCode>| {
        let back = std::iter::repeat_n(KeyCode::Backspace, words.len() - 1);
        let keys: Vec<KeyCode> = words.chars().map(KeyCode::Char).chain(last).chain(back).collect();
        let cost = times(
            |_| {},
            |number| {
                let (key, now) = (keys[number % keys.len()], second(3 * FRAMES + number));
                let _ = app.borrow_mut().handle(&Input::Key(KeyEvent::new(key, KeyModifiers::NONE)), now);
                buffer.reset();
                app.borrow_mut().draw(area, &mut buffer, now);
            },
        );
        let _ = app.borrow_mut().handle(&Input::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)), NOW);
        cost
    };
    let asked = typed("Qwhich trucks are idle near apapa", Some(KeyCode::Enter));
    let searched = typed("/t199la", None);
    let name = format!("whole screen, {count} trucks moving");
    println!("{name:<46} p50 {:>6.2} p99 {:>6.2} ms", all.p50, all.p99);
    let name = format!("whole screen, {count} trucks, idle tick");
    let share = idle.p50 / 10.0;
    println!("{name:<46} p50 {:>6.2} p99 {:>6.2} ms  {share:.2} % of a core", idle.p50, idle.p99);
    println!("{:<46} p50 {:>6.2} p99 {:>6.2} ms", "  sorted by state", sorted.p50, sorted.p99);
    println!("{:<46} p50 {:>6.2} p99 {:>6.2} ms", "  narrowed by a filter", narrowed.p50, narrowed.p99);
    println!("{:<46} p50 {:>6.2} p99 {:>6.2} ms", "  a letter of a search", searched.p50, searched.p99);
    println!(
        "{:<46} p50 {:>6.2} p99 {:>6.2} ms",
        "  a letter of a question, or its answer", asked.p50, asked.p99
    );
}

fn main() {
    crossterm::style::force_color_output(true);
    println!("{} x {}, 24-bit colours, braille", SIZE.width, SIZE.height);
    for count in [500, 10_000, 100_000] {
        map_frames(count);
    }
    map_pans();
    footprint_pans();
    for count in [84, 10_000, 100_000] {
        whole_frames(count);
    }
    bytes::report();
    process::report();
}
