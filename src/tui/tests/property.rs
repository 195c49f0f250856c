//! Whatever the size, the keys, the mouse, the names and the news: no panic, a cursor
//! within the screen, and frames that hold together.

use crossterm::event::{
    Event as Input, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use proptest::prelude::*;
use watchtower_core::domain::{alert::AlertKind, event::EventData, id::VehicleKey, live::Motion};

use super::{
    alignment::{PIECES, assert_aligned},
    fleet,
    stage::Stage,
};
use crate::tui::{
    mailbox::Link,
    model::Counts,
    theme::{ColourDepth, Glyphs},
};

#[derive(Clone, Debug)]
enum Move {
    Input(Input),
    Resize(u16, u16),
    Fix { truck: usize, second: i64, lon: f64, lat: f64, speed: f64 },
    Motion { truck: usize, second: i64, to: Motion },
    Alert { truck: usize, second: i64, kind: AlertKind, resolved: i64 },
    Populate(usize),
    Rename(Vec<String>),
    Stranger { name: String, second: i64 },
    Link(Link),
    Wait(i64),
}

fn key() -> impl Strategy<Value = Input> {
    let code = prop_oneof![
        8 => proptest::sample::select("hjkl+-=_fFnaAsStgz12345/?Gqx\\:DVB'".chars().map(KeyCode::Char).collect::<Vec<_>>()),
        1 => any::<char>().prop_map(KeyCode::Char),
        6 => proptest::sample::select(vec![
            KeyCode::Tab, KeyCode::BackTab, KeyCode::Enter, KeyCode::Esc, KeyCode::Up, KeyCode::Down,
            KeyCode::Left, KeyCode::Right, KeyCode::PageUp, KeyCode::PageDown, KeyCode::Home, KeyCode::End,
            KeyCode::Backspace, KeyCode::Delete, KeyCode::F(1), KeyCode::Null,
        ]),
    ];
    let modifiers = prop_oneof![
        9 => Just(KeyModifiers::NONE), 1 => Just(KeyModifiers::CONTROL), 1 => Just(KeyModifiers::SHIFT)
    ];
    (code, modifiers).prop_map(|(code, modifiers)| Input::Key(KeyEvent::new(code, modifiers)))
}

fn mouse() -> impl Strategy<Value = Input> {
    let kind = proptest::sample::select(vec![
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::Up(MouseButton::Left),
        MouseEventKind::Drag(MouseButton::Left),
        MouseEventKind::Down(MouseButton::Right),
        MouseEventKind::Moved,
        MouseEventKind::ScrollUp,
        MouseEventKind::ScrollDown,
        MouseEventKind::ScrollLeft,
    ]);
    (kind, 0..410_u16, 0..130_u16).prop_map(|(kind, column, row)| {
        Input::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
    })
}

/// A name of somebody or something, of up to two hundred characters.
fn name() -> impl Strategy<Value = String> {
    let pieces = proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 1..20);
    prop_oneof![pieces.prop_map(|pieces| pieces.concat()), "\\PC{0,200}", "[a-zA-Z0-9 ]{200}",]
}

fn moves() -> impl Strategy<Value = Move> {
    let motion = proptest::sample::select(Motion::ALL.to_vec());
    let kind = proptest::sample::select(AlertKind::ALL.to_vec());
    prop_oneof![
        8 => key().prop_map(Move::Input),
        4 => mouse().prop_map(Move::Input),
        1 => "\\PC{0,40}".prop_map(|text| Move::Input(Input::Paste(text))),
        1 => (1..=400_u16, 1..=120_u16).prop_map(|(width, height)| Move::Resize(width, height)),
        3 => (0..12_usize, -4_000..4_000_i64, -180.0..=180.0, -90.0..=90.0, -5.0..500.0).prop_map(
            |(truck, second, lon, lat, speed)| Move::Fix { truck, second, lon, lat, speed }),
        1 => (0..12_usize, -4_000..4_000_i64, motion).prop_map(|(truck, second, to)| Move::Motion { truck, second, to }),
        2 => (0..12_usize, -4_000..4_000_i64, kind, -10..10_i64).prop_map(
            |(truck, second, kind, resolved)| Move::Alert { truck, second, kind, resolved }),
        1 => (0..40_usize).prop_map(Move::Populate),
        2 => proptest::collection::vec(name(), 1..9).prop_map(Move::Rename),
        2 => (name(), -400..400_i64).prop_map(|(name, second)| Move::Stranger { name, second }),
        1 => Just(Move::Link(Link::Reconnecting { since: fleet::NOW, reason: "Größe \u{1b}[2J".to_owned() })),
        1 => (0..100_000_i64).prop_map(Move::Wait),
        2 => (0..40_i64).prop_map(Move::Wait),
    ]
}

fn play(stage: &mut Stage, step: Move) {
    match step {
        Move::Input(input) => stage.input(input),
        Move::Resize(width, height) => stage.resize(width, height),
        Move::Fix { truck, second, lon, lat, speed } => {
            stage.hear(vec![fleet::fix(&fleet::number(truck), second, (lon, lat), speed)]);
        }
        Move::Motion { truck, second, to } => {
            stage.hear(vec![fleet::motion_changed(&fleet::number(truck), second, to)]);
        }
        Move::Alert { truck, second, kind, resolved } => {
            let mut alert = fleet::alert(&fleet::number(truck), second, kind);
            if resolved < 0 {
                stage.hear(vec![fleet::triggered(&fleet::number(truck), second, kind)]);
            } else {
                alert.end = Some(fleet::at(second + resolved));
                stage.hear(vec![fleet::event(
                    &fleet::number(truck),
                    second,
                    EventData::AlertResolved(alert),
                )]);
            }
        }
        Move::Populate(trucks) => stage.populate(trucks),
        Move::Rename(names) => stage.rename(&names, 12),
        Move::Stranger { name, second } => {
            if VehicleKey::new(&name).is_ok() {
                stage.hear(vec![fleet::fix(&name, second, (3.4, 6.5), 40.0)]);
            }
        }
        Move::Link(link) => {
            stage.mailbox().put_link(link);
            stage.take();
        }
        Move::Wait(seconds) => {
            stage.now = stage.now.plus(std::time::Duration::from_secs(seconds.unsigned_abs()));
            stage.app.stir(stage.now);
            stage.app.tick(stage.now);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn nothing_panics_and_no_frame_breaks(
        width in 1..=400_u16,
        height in 1..=120_u16,
        colour in proptest::sample::select(vec![ColourDepth::True, ColourDepth::Ansi, ColourDepth::None]),
        glyphs in proptest::sample::select(vec![Glyphs::Braille, Glyphs::Block, Glyphs::Ascii]),
        steps in proptest::collection::vec(moves(), 0..40),
    ) {
        let mut stage = Stage::empty(width, height, colour, glyphs);
        stage.populate(12);
        stage.draw();
        for (index, step) in steps.into_iter().enumerate() {
            play(&mut stage, step);
            if index % 3 == 0 {
                stage.draw();
            }
        }
        assert_aligned(&mut stage);
        // What is counted as it changes is what is counted.
        let model = &stage.app.model;
        let mut counts = Counts { total: model.vehicles.len(), ..Counts::default() };
        model.vehicles.values().for_each(|vehicle| counts.by_motion[vehicle.motion as usize] += 1);
        prop_assert_eq!(model.counts(), counts);
        for fence in model.fences.keys() {
            let inside = model.vehicles.values().filter(|vehicle| vehicle.fences.contains(fence)).count();
            prop_assert_eq!(model.occupants(fence), inside, "{}", fence);
        }
    }
}

#[test]
fn the_smallest_screens_show_every_pane_and_prompt() {
    // A terminal nobody has told its size has none.
    for (width, height) in (0..=12).flat_map(|width| (0..=9).map(move |height| (width, height))) {
        let mut stage = Stage::new(width, height);
        for keys in [
            "1", "2", "3", "4", "5", "6", "?", "?", ":z", "\u{1b}", "c", "ab", "\u{1b}", "w  ", "\u{1b}",
            "/lagos", "\u{1b}", "nA", "\u{1b}", "Qhow", "\u{1b}", "\\speed>", "\u{1b}", "E", "\u{1b}", "y",
            "\u{1b}", "B", "\u{1b}", "7",
        ] {
            match keys {
                "\u{1b}" => stage.key(KeyCode::Esc),
                keys => stage.keys(keys),
            }
            stage.draw();
        }
    }
}
