//! The bytes, replayed through a terminal emulator, are the picture.

use std::num::NonZero;

use proptest::prelude::*;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::*;
use crate::tui::{terminal::Urgency, theme::Glyphs};

mod linked;

const SIZE: Size = Size { width: 24, height: 5 };

/// A terminal at the end of an encoder.
struct Far {
    encoder: Encoder,
    terminal: vt100::Parser,
    /// What ratatui's backend would compare with.
    before: Buffer,
}

fn capability(colour: ColourDepth) -> Capability {
    Capability { colour, glyphs: Glyphs::Braille, host: Host::Terminal }
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap()
}

impl Far {
    fn new(size: Size) -> Self {
        let mut terminal = vt100::Parser::new(cells(size.height), cells(size.width), 0);
        // Whatever was there before.
        terminal.process("\u{1b}[1;31;44mrubbish".repeat(9).as_bytes());
        let before = Buffer::empty(Rect::from((Position::ORIGIN, size)));
        Self { encoder: Encoder::new(size, capability(ColourDepth::True)), terminal, before }
    }

    fn want(&mut self, next: &Buffer) {
        for (column, row, cell) in self.before.diff(next) {
            self.encoder.want(column, row, cell);
        }
        self.before = next.clone();
    }

    fn send(&mut self, limit: usize) -> (Left, String) {
        let mut bytes = Vec::new();
        let left = self.encoder.encode(limit, &mut bytes);
        self.terminal.process(&bytes);
        (left, String::from_utf8(bytes).unwrap())
    }

    fn assert_shows(&self, wanted: &Buffer) {
        for row in 0..wanted.area.height {
            let mut column = 0;
            while column < wanted.area.width {
                let wanted = &wanted[(column, row)];
                let shown = self.terminal.screen().cell(row, column).unwrap();
                column += assert_same(wanted, shown, (column, row), self.before.area.width - column);
            }
        }
    }
}

fn colour(colour: Color) -> vt100::Color {
    match colour {
        Color::Reset => vt100::Color::Default,
        Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
        Color::Indexed(index) => vt100::Color::Idx(index),
        named => vt100::Color::Idx(match named {
            Color::Red => 1,
            Color::Blue => 4,
            Color::LightGreen => 10,
            other => panic!("{other} is not among the strategies"),
        }),
    }
}

/// Asserts that a cell shows what is wanted there; returns how far the
/// next is: what a wide one hides is never told.
fn assert_same(wanted: &Cell, shown: &vt100::Cell, at: (u16, u16), room: u16) -> u16 {
    let mut cell = Cell::EMPTY;
    let columns = put(&mut cell, wanted, room, ColourDepth::True).max(1);
    let symbol = if shown.has_contents() { shown.contents() } else { " " };
    let width = Width::of(cell.symbol());
    if width.reach > width.columns {
        return columns;
    }
    assert_eq!(symbol, cell.symbol(), "at {at:?}");
    assert_eq!(shown.bgcolor(), colour(cell.bg), "ground at {at:?}");
    let inverse = cell.modifier.contains(Modifier::REVERSED);
    assert_eq!(shown.inverse(), inverse, "at {at:?}");
    assert_eq!(shown.underline(), cell.modifier.contains(Modifier::UNDERLINED), "at {at:?}");
    if symbol != " " || inverse {
        assert_eq!(shown.fgcolor(), colour(cell.fg), "at {at:?}");
        assert_eq!(shown.italic(), cell.modifier.contains(Modifier::ITALIC), "at {at:?}");
        let (bold, dim) = (cell.modifier.contains(Modifier::BOLD), cell.modifier.contains(Modifier::DIM));
        // The emulator knows bold or dim, not both.
        if !(bold && dim) {
            assert_eq!((shown.bold(), shown.dim()), (bold, dim), "at {at:?}");
        }
    }
    columns
}

fn styles() -> impl Strategy<Value = Style> {
    let colour = || {
        proptest::sample::select(vec![
            Color::Reset,
            Color::Reset,
            Color::Red,
            Color::Blue,
            Color::LightGreen,
            Color::Indexed(81),
            Color::Rgb(1, 20, 255),
        ])
    };
    let modifiers = proptest::sample::select(vec![
        Modifier::empty(),
        Modifier::empty(),
        Modifier::BOLD,
        Modifier::DIM,
        Modifier::ITALIC | Modifier::BOLD,
        Modifier::UNDERLINED,
        Modifier::REVERSED,
        Modifier::REVERSED | Modifier::DIM | Modifier::UNDERLINED,
    ]);
    (colour(), colour(), modifiers)
        .prop_map(|(fg, bg, modifier)| Style::new().fg(fg).bg(bg).add_modifier(modifier))
}

/// A text somewhere on the screen.
#[derive(Clone, Debug)]
struct Text {
    at: (u16, u16),
    text: String,
    style: Style,
}

fn texts() -> impl Strategy<Value = Vec<Text>> {
    let piece = proptest::sample::select(vec![
        " ",
        "   ",
        "a",
        "bc",
        "─",
        "⠿⠇",
        "東",
        "東京",
        "e\u{301}",
        "↗",
        "⚠",
        "⚠\u{fe0f}",
        "😀",
        "ọ",
        "👨\u{200d}👩\u{200d}👧",
        "              ",
    ]);
    let text = proptest::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat());
    let one = (0..SIZE.width, 0..SIZE.height, text, styles()).prop_map(|(x, y, text, style)| Text {
        at: (x, y),
        text,
        style,
    });
    proptest::collection::vec(one, 0..12)
}

fn buffer(size: Size, ground: Style, texts: &[Text]) -> Buffer {
    let area = Rect::from((Position::ORIGIN, size));
    let mut buffer = Buffer::empty(area);
    buffer.set_style(area, ground);
    for Text { at: (x, y), text, style } in texts {
        if *x < size.width && *y < size.height {
            buffer.set_stringn(*x, *y, text, (size.width - x).into(), *style);
        }
    }
    for y in 0..size.height {
        let mut x = 0;
        while x < size.width {
            let columns = Width::of(buffer[(x, y)].symbol()).columns.max(1);
            // Part of a text may lie below a wide character. Its tail tells nothing, and the
            // difference of two pictures is right only where it looks like the rest of it.
            let style = buffer[(x, y)].style();
            for hidden in x + 1..(x + columns).min(size.width) {
                buffer[(hidden, y)].reset();
                buffer[(hidden, y)].set_style(style);
            }
            x += columns;
        }
    }
    buffer
}

proptest! {
    #[test]
    fn what_the_terminal_shows_is_the_last_picture(
        frames in proptest::collection::vec((styles(), texts()), 1..6),
    ) {
        let mut far = Far::new(SIZE);
        for (ground, texts) in frames {
            let picture = buffer(SIZE, ground, &texts);
            far.want(&picture);
            let (left, _) = far.send(usize::MAX);
            prop_assert_eq!(left, Left::Nothing);
            far.assert_shows(&picture);
            let (_, again) = far.send(usize::MAX);
            prop_assert_eq!(again, "", "nothing changed");
        }
    }

    #[test]
    fn a_picture_that_changes_on_its_way_is_the_newest_in_the_end(
        frames in proptest::collection::vec((styles(), texts(), 0..3_usize), 1..8),
        limit in 1..60_usize,
    ) {
        let mut far = Far::new(SIZE);
        let mut picture = far.before.clone();
        for (ground, texts, sends) in frames {
            picture = buffer(SIZE, ground, &texts);
            far.want(&picture);
            for _ in 0..sends {
                far.send(limit);
            }
        }
        let mut sent = 0;
        while far.send(limit).0 == Left::Something {
            sent += 1;
            prop_assert!(sent < 2_000, "it never ends");
        }
        far.assert_shows(&picture);
    }

    #[test]
    fn any_size_is_drawn_and_redrawn(
        sizes in proptest::collection::vec((1..30_u16, 1..8_u16), 1..5),
        ground in styles(),
        texts in texts(),
    ) {
        let mut far = Far::new(SIZE);
        for (width, height) in sizes {
            let size = Size { width, height };
            far.terminal.screen_mut().set_size(cells(height), cells(width));
            far.encoder.start_anew(size);
            far.before = Buffer::empty(Rect::from((Position::ORIGIN, size)));
            let picture = buffer(size, ground, &texts);
            far.want(&picture);
            far.send(usize::MAX);
            far.assert_shows(&picture);
        }
    }
}

#[test]
fn what_is_urgent_is_shown_before_what_is_less_so() {
    let mut far = Far::new(SIZE);
    let (mut old, mut new) = (far.before.clone(), far.before.clone());
    for row in 0..5 {
        old.set_string(0, row, "a frame on its way", Style::new());
    }
    far.want(&old);
    assert_eq!(far.send(20).0, Left::Something);
    new.clone_from(&old);
    new.set_string(4, 3, "GOING", Style::new());
    far.encoder.take_turn(Urgency::Going);
    far.want(&new);
    new.set_string(4, 4, "KEY", Style::new());
    far.encoder.take_turn(Urgency::Key);
    far.want(&new);
    new.set_string(4, 2, "NEWS", Style::new());
    far.encoder.take_turn(Urgency::None);
    far.want(&new);
    let (_, bytes) = far.send(usize::MAX);
    let frames: Vec<&str> = bytes.split("\u{1b}[?2026l").collect();
    let [key, going, rest, ""] = frames[..] else { panic!("{frames:?}") };
    assert!(key.contains("KEY") && key.find("KEY") < Some(20), "{frames:?}");
    assert!(going.contains("GOING") && !going.contains("frame"), "{frames:?}");
    assert!(rest.contains("NEWS") && rest.contains("frame"), "{frames:?}");
    far.assert_shows(&new);
}

fn line(text: &str) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 24, 2));
    buffer.set_string(0, 0, text, Style::new());
    buffer
}

fn sent(texts: &[&str]) -> String {
    let mut far = Far::new(Size { width: 24, height: 2 });
    let mut last = String::new();
    for text in texts {
        far.want(&line(text));
        last = far.send(usize::MAX).1;
        far.assert_shows(&line(text));
    }
    last.trim_start_matches("\u{1b}[?2026h").trim_end_matches("\u{1b}[?2026l").to_owned()
}

#[test]
fn only_what_differs_is_written() {
    assert_eq!(sent(&["T11985LA", "T11985LA 48"]), " 48");
    assert_eq!(sent(&["abcdefgh", "Abcdefgh"]), "\rA");
    // Two unchanged letters are shorter than the way around them.
    assert_eq!(sent(&["abcdefgh", "AbcDefgh"]), "\rAbcD");
    assert_eq!(sent(&["abcdefgh", "AbcdefgH"]), "\rA\u{1b}[6CH");
}

#[test]
fn blanks_to_the_end_are_erased() {
    assert_eq!(sent(&["T11985LA", "T1"]), "\u{1b}[6D\u{1b}[K");
    assert_eq!(sent(&["T11985LA", "T11985"]), "\u{8}\u{8}  ");
}

#[test]
fn the_cursor_is_found_again_after_what_terminals_disagree_on() {
    assert_eq!(sent(&["", "↗T1"]), "↗\u{1b}[2GT1");
    assert_eq!(sent(&["", "東T1"]), "東T1");
}

#[test]
fn a_wide_character_that_does_not_fit_is_not_written() {
    let mut far = Far::new(Size { width: 1, height: 1 });
    let mut picture = Buffer::empty(far.before.area);
    picture[(0, 0)].set_symbol("東");
    far.want(&picture);
    assert!(!far.send(usize::MAX).1.contains('東'));
}

#[test]
fn reverse_video_survives_without_colours_and_no_colour_is_sent() {
    let mut encoder = Encoder::new(Size { width: 4, height: 1 }, capability(ColourDepth::None));
    let mut cell = Cell::new("x");
    cell.set_style(Style::new().fg(Color::Red).bg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::REVERSED));
    encoder.want(0, 0, &cell);
    let mut bytes = Vec::new();
    encoder.encode(usize::MAX, &mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("\u{1b}[7mx"), "{text:?}");
}

#[test]
fn the_text_cursor_is_put_and_hidden_once() {
    let mut far = Far::new(SIZE);
    far.send(usize::MAX);
    far.encoder.want_caret(Some(Position { x: 3, y: 1 }));
    assert_eq!(far.send(usize::MAX).1, "\u{1b}[2;4H\u{1b}[?25h");
    assert_eq!(far.send(usize::MAX).1, "");
    assert_eq!(far.terminal.screen().cursor_position(), (1, 3));
    far.encoder.want_caret(None);
    assert_eq!(far.send(usize::MAX).1, "\u{1b}[?25l");
}

/// A row of a map between two panes, `from` columns aside.
fn panned(from: usize, seed: usize) -> Buffer {
    let size = Size { width: 60, height: 8 };
    let mut buffer = Buffer::empty(Rect::from((Position::ORIGIN, size)));
    for row in 0..size.height {
        buffer.set_string(0, row, format!("truck {row} \u{2197}"), Style::new());
        for column in 10..48 {
            let at = (usize::from(column) + from) * 7 + usize::from(row) * 31 + seed;
            let dots = char::from_u32(0x2800 + (at * at % 251) as u32).unwrap();
            let sign = if at.is_multiple_of(23) { '\u{25cf}' } else { dots };
            let ground = if (at / 40).is_multiple_of(2) { Color::Rgb(1, 20, 255) } else { Color::Reset };
            buffer[(column, row)].set_char(sign).set_bg(ground);
        }
        buffer.set_string(48, row, format!("\u{2502}alert {row} \u{8eca}"), Style::new().fg(Color::Red));
    }
    buffer
}

proptest! {
    #[test]
    fn a_map_panned_by_any_way_is_shown_whatever_the_units(
        steps in proptest::collection::vec((0..90_usize, 0..3_usize, 20..400_usize), 1..8),
        hosts in any::<bool>(),
    ) {
        let first = panned(40, 0);
        let mut far = Far::new(first.area.as_size());
        if hosts {
            far.encoder.capability.host = Host::Multiplexer;
        }
        far.want(&first);
        far.send(usize::MAX);
        for (from, seed, limit) in steps {
            let next = panned(from, seed / 2);
            far.encoder.take_turn(if seed == 1 { Urgency::Going } else { Urgency::None });
            far.want(&next);
            // One unit may be overtaken by the next picture.
            let (mut left, _) = far.send(limit);
            if seed == 2 {
                continue;
            }
            while left == Left::Something {
                left = far.send(limit).0;
            }
            far.assert_shows(&next);
        }
        let last = panned(41, 0);
        far.want(&last);
        far.send(usize::MAX);
        far.assert_shows(&last);
    }
}

#[test]
fn a_pan_sends_what_came_into_sight_and_not_the_rest() {
    let mut far = Far::new(panned(40, 0).area.as_size());
    far.want(&panned(40, 0));
    let (_, whole) = far.send(usize::MAX);
    for from in [42, 37] {
        far.want(&panned(from, 0));
        let (_, bytes) = far.send(usize::MAX);
        far.assert_shows(&panned(from, 0));
        assert!(3 * bytes.len() < whole.len(), "{} of {}", bytes.len(), whole.len());
    }
}
