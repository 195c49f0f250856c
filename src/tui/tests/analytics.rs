//! The analytics pane on the screen: figures as a store would give them, keys and clicks.

use std::sync::Arc;

use chrono::Days;
use crossterm::event::KeyCode;
use watchtower_core::{
    domain::{id::VehicleKey, units::Metres},
    ports::history::{DailyMetric, TruckMetric},
};

use super::{fleet, stage::Stage};
use crate::tui::{
    analytics::{Course, CourseDay, Figures, Wish},
    layout::Pane,
    theme::{ColourDepth, Glyphs},
};

const TRUCKS: usize = 12;

/// Figures like those of a fleet: busy weekdays, quiet Sundays, a day that was not counted.
fn figures(wish: Wish) -> Figures {
    let length = (wish.to - wish.from).num_days() as usize;
    let day = |index: usize| {
        let busy = if index % 7 == 2 { 0.3 } else { 1.0 - index as f64 * 0.02 };
        let sum = TruckMetric {
            date: wish.from.checked_add_days(Days::new(index as u64)).unwrap(),
            distance_m: Metres(9_800_000.0 * busy),
            moving_s: 84.0 * 26_000.0 * busy,
            idle_s: 84.0 * 5_400.0 * busy,
            stopped_s: 84.0 * 40_000.0,
            completed: (41.0 * busy) as u32,
            returned: (38.0 * busy) as u32,
            tat_s: 38.0 * 22_300.0 * busy,
            alerts: index as u32 % 5,
            ..TruckMetric::default()
        };
        (index != 4).then_some(DailyMetric { vehicles: 84, sum })
    };
    let course = |index: usize| {
        let km = 60.0 + (index * 37 % 100) as f64;
        let vehicle = fleet::number(index);
        let sum = TruckMetric {
            vehicle: vehicle.clone(),
            distance_m: Metres(km * 14_000.0),
            moving_s: km * 1_000.0,
            idle_s: km * 300.0,
            stopped_s: 1_000_000.0,
            completed: index as u32,
            returned: (index % 3) as u32,
            tat_s: (index % 3) as f64 * 20_000.0,
            ..TruckMetric::default()
        };
        let of_day = |day: usize| CourseDay {
            km: (km * (1.0 + (day as f64 * 1.7).sin() * 0.6)) as f32,
            utilisation: Some(0.3),
        };
        let days = (0..length).map(|day| (day != 4).then(|| of_day(day))).collect();
        Course { vehicle: VehicleKey::new(&vehicle).unwrap(), sum, days }
    };
    let mut trucks: Vec<Course> = (0..TRUCKS).map(course).collect();
    trucks.sort_by(|a, b| a.vehicle.cmp(&b.vehicle));
    Figures { from: wish.from, days: (0..length).map(day).collect(), trucks }
}

fn opened(width: u16, height: u16, glyphs: Glyphs) -> Stage {
    let colour = if glyphs == Glyphs::Ascii { ColourDepth::None } else { ColourDepth::True };
    let mut stage = Stage::empty(width, height, colour, glyphs);
    stage.populate(84);
    stage.app.use_archive();
    stage.draw();
    stage.keys("7");
    stage.draw();
    stage
}

fn answered(width: u16, height: u16, glyphs: Glyphs) -> Stage {
    let mut stage = opened(width, height, glyphs);
    let wish = stage.app.wish().unwrap();
    stage.mailbox().put_figures(wish, Ok(Arc::new(figures(wish))));
    stage.take();
    stage
}

#[test]
fn charts_and_trucks_are_drawn_at_the_sizes_people_have() {
    insta::assert_snapshot!("200x50", answered(200, 50, Glyphs::Braille).text());
    insta::assert_snapshot!("120x40", answered(120, 40, Glyphs::Block).text());
    insta::assert_snapshot!("80x24", answered(80, 24, Glyphs::Braille).text());
    let mut alone = answered(80, 24, Glyphs::Ascii);
    alone.keys("z");
    let text = alone.text();
    assert!(text.is_ascii());
    insta::assert_snapshot!("80x24_ascii_alone", text);
}

#[test]
fn the_pane_says_why_it_is_empty() {
    let mut stage = Stage::new(120, 40);
    stage.draw();
    stage.keys("7");
    assert!(stage.text().contains("WATCHTOWER_DATABASE_URL"));
    assert_eq!(stage.app.wish(), None);
    let mut stage = opened(120, 40, Glyphs::Braille);
    assert!(stage.text().contains("reading the figures"));
    let wish = stage.app.wish().unwrap();
    stage.mailbox().put_figures(wish, Err("store unavailable: refused".to_owned()));
    stage.take();
    let text = stage.text();
    assert!(text.contains("the store gave no figures") && text.contains("refused"), "{text}");
}

#[test]
fn a_truck_picked_from_its_figures_is_selected_everywhere() {
    let mut stage = answered(200, 50, Glyphs::Braille);
    stage.draw();
    stage.keys("jj");
    let second = stage.app.analytics.vehicle(1).cloned();
    assert_eq!(stage.app.selected, second);
    assert!(stage.app.roster.cursor_row().is_some());
    stage.keys("G");
    stage.draw();
    assert_eq!(stage.app.selected, stage.app.analytics.vehicle(TRUCKS - 1).cloned());
    let rows = stage.app.analytics.seen;
    stage.click(rows.x + 2, rows.y);
    let first = stage.app.analytics.vehicle(stage.app.analytics.window.offset()).cloned();
    assert_eq!(stage.app.selected, first);
}

#[test]
fn heads_and_keys_sort_the_trucks_and_seven_again_looks_further_back() {
    let mut stage = answered(200, 50, Glyphs::Braille);
    let (column, row) = stage.find("distance  ").unwrap();
    let top = stage.app.analytics.seen.y;
    assert!(row < top);
    stage.click(column, top - 1);
    let sorted = stage.app.analytics.column;
    assert!(sorted.is_some());
    stage.key(KeyCode::Char('l'));
    assert_ne!(stage.app.analytics.column, sorted);
    stage.draw();
    assert!(stage.text().contains("14 days"));
    stage.keys("7");
    assert!(stage.text().contains("30 days"));
    let wish = stage.app.wish().unwrap();
    assert_eq!((wish.to - wish.from).num_days(), 30);
    stage.keys("1");
    stage.draw();
    assert_eq!((stage.app.view.focus(), stage.app.wish()), (Pane::Map, None));
}
