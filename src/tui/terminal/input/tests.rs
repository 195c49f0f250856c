//! Keys, mouse and reports from the bytes of terminals.

use crossterm::event::{KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;

use super::*;

fn heard(bytes: &str) -> Vec<Heard> {
    let mut parser = Parser::default();
    let heard = parser.feed(bytes.as_bytes()).collect();
    assert_eq!(parser.patience(), Patience::NotNeeded, "{bytes:?} leaves something open");
    heard
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Heard {
    Heard::Input(Event::Key(KeyEvent::new(code, modifiers)))
}

fn typed(character: char) -> Heard {
    key(KeyCode::Char(character), KeyModifiers::NONE)
}

const NONE: KeyModifiers = KeyModifiers::NONE;
const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
const CONTROL: KeyModifiers = KeyModifiers::CONTROL;
const ALT: KeyModifiers = KeyModifiers::ALT;

#[test]
fn keys_are_known_by_every_spelling() {
    let cases = [
        ("a", KeyCode::Char('a'), NONE),
        ("A", KeyCode::Char('A'), SHIFT),
        ("ọ", KeyCode::Char('ọ'), NONE),
        ("東", KeyCode::Char('東'), NONE),
        ("\r", KeyCode::Enter, NONE),
        ("\n", KeyCode::Char('j'), CONTROL),
        ("\t", KeyCode::Tab, NONE),
        ("\u{7f}", KeyCode::Backspace, NONE),
        ("\u{3}", KeyCode::Char('c'), CONTROL),
        ("\0", KeyCode::Char(' '), CONTROL),
        ("\u{1c}", KeyCode::Char('4'), CONTROL),
        ("\u{1b}x", KeyCode::Char('x'), ALT),
        ("\u{1b}X\u{1b}", KeyCode::Char('X'), ALT | SHIFT),
        ("\u{1b}é", KeyCode::Char('é'), ALT),
        ("\u{1b}\r", KeyCode::Enter, ALT),
        ("\u{1b}\u{3}", KeyCode::Char('c'), ALT | CONTROL),
        ("\u{1b}[A", KeyCode::Up, NONE),
        ("\u{1b}OA", KeyCode::Up, NONE),
        ("\u{1b}[1;5C", KeyCode::Right, CONTROL),
        ("\u{1b}[1;4D", KeyCode::Left, ALT | SHIFT),
        ("\u{1b}[H", KeyCode::Home, NONE),
        ("\u{1b}[4~", KeyCode::End, NONE),
        ("\u{1b}[5~", KeyCode::PageUp, NONE),
        ("\u{1b}[3;5~", KeyCode::Delete, CONTROL),
        ("\u{1b}OP", KeyCode::F(1), NONE),
        ("\u{1b}[[E", KeyCode::F(5), NONE),
        ("\u{1b}[15~", KeyCode::F(5), NONE),
        ("\u{1b}[24;2~", KeyCode::F(12), SHIFT),
        ("\u{1b}[Z", KeyCode::BackTab, SHIFT),
        ("\u{1b}[27;5;105~", KeyCode::Char('i'), CONTROL),
        ("\u{1b}[105;5u", KeyCode::Char('i'), CONTROL),
        ("\u{1b}[97:65;2u", KeyCode::Char('A'), SHIFT),
        ("\u{1b}[27u", KeyCode::Esc, NONE),
        ("\u{1b}[9;2u", KeyCode::BackTab, SHIFT),
        ("\u{1b}[57414u", KeyCode::Enter, NONE),
    ];
    for (bytes, code, modifiers) in cases {
        let mut parser = Parser::default();
        let first = parser.feed(bytes.as_bytes()).next();
        assert_eq!(first, Some(key(code, modifiers)), "{bytes:?}");
    }
    let released = KeyEvent::new_with_kind(KeyCode::Char('a'), NONE, KeyEventKind::Release);
    assert_eq!(heard("\u{1b}[97;1:3u"), [Heard::Input(Event::Key(released))]);
}

#[test]
fn an_escape_alone_is_the_key_after_a_pause_and_another_key_with_one() {
    let mut parser = Parser::default();
    assert_eq!(parser.feed(b"\x1b").count(), 0);
    assert_eq!(parser.patience(), Patience::Short);
    assert_eq!(parser.pause().collect::<Vec<_>>(), [key(KeyCode::Esc, NONE)]);
    assert_eq!(parser.patience(), Patience::NotNeeded);
    assert_eq!(parser.feed(b"\x1b").count(), 0);
    assert_eq!(parser.feed(b"[").count(), 0);
    assert_eq!(parser.feed(b"B").collect::<Vec<_>>(), [key(KeyCode::Down, NONE)]);
    for (bytes, character) in [("\u{1b}[", '['), ("\u{1b}O", 'O'), ("\u{1b}]", ']'), ("\u{1b}P", 'P')] {
        assert_eq!(parser.feed(bytes.as_bytes()).count(), 0);
        let alone: Vec<_> = parser.pause().collect();
        let shift = if character.is_uppercase() { SHIFT } else { NONE };
        assert_eq!(alone, [key(KeyCode::Char(character), ALT | shift)], "{bytes:?}");
    }
    assert_eq!(heard("\u{1b}\u{1b}[A"), [key(KeyCode::Esc, NONE), key(KeyCode::Up, NONE)]);
}

#[test]
fn the_mouse_is_told_with_buttons_wheel_and_modifiers() {
    let mouse = |kind, column, row, modifiers| {
        Heard::Input(Event::Mouse(MouseEvent { kind, column, row, modifiers }))
    };
    assert_eq!(
        heard(
            "\u{1b}[<0;10;5M\u{1b}[<32;11;5M\u{1b}[<0;11;5m\u{1b}[<64;1;1M\u{1b}[<65;1;1M\u{1b}[<51;300;200M"
        ),
        [
            mouse(MouseEventKind::Down(MouseButton::Left), 9, 4, NONE),
            mouse(MouseEventKind::Drag(MouseButton::Left), 10, 4, NONE),
            mouse(MouseEventKind::Up(MouseButton::Left), 10, 4, NONE),
            mouse(MouseEventKind::ScrollUp, 0, 0, NONE),
            mouse(MouseEventKind::ScrollDown, 0, 0, NONE),
            mouse(MouseEventKind::Moved, 299, 199, CONTROL),
        ]
    );
    // The old way of telling, with any bytes for numbers: nothing, and the key after it.
    assert_eq!(heard("\u{1b}[M#!~q"), [typed('q')]);
}

#[test]
fn reports_of_the_terminal_are_none_of_the_users() {
    assert_eq!(heard("\u{1b}[12;40R"), [Heard::Report(Report::CursorPosition { column: 39, row: 11 })]);
    assert_eq!(heard("\u{1b}[?12;40;1R"), [Heard::Report(Report::CursorPosition { column: 39, row: 11 })]);
    assert_eq!(heard("\u{1b}[I\u{1b}[O"), [Heard::Input(Event::FocusGained), Heard::Input(Event::FocusLost)]);
    let answers =
        "\u{1b}[?64;1;2c\u{1b}[>1;10;0c\u{1b}[0n\u{1b}[?2026;2$y\u{1b}]10;rgb:1/2/3\u{7}\u{1b}P>|x\u{1b}\\q";
    assert_eq!(heard(answers), [typed('q')]);
    assert_eq!(heard("\u{1b}[0;0R\u{1b}[99999999;1Rq"), [typed('q')]);
}

#[test]
fn a_ground_is_told_with_either_end_and_by_its_change() {
    let ground = |shade| Heard::Report(Report::Ground(shade));
    for (bytes, shade) in [
        ("\u{1b}]11;rgb:fafa/fafa/fafa\u{7}", Shade::Light),
        ("\u{1b}]11;rgb:1010/1515/1b1b\u{1b}\\", Shade::Dark),
        ("\u{1b}]11;rgba:ffff/ffff/ffff/8000\u{1b}\\", Shade::Light),
        ("\u{1b}[?997;1n", Shade::Dark),
        ("\u{1b}[?997;2n", Shade::Light),
    ] {
        assert_eq!(heard(&format!("{bytes}q")), [ground(shade), typed('q')], "{bytes:?}");
        // Whatever the line makes of it, and however long it takes.
        let mut parser = Parser::default();
        let (most, last) = bytes.split_at(bytes.len() - 1);
        for (index, byte) in most.bytes().enumerate() {
            assert_eq!(parser.feed(&[byte]).count(), 0, "{bytes:?}");
            // An escape and one more may still be a key.
            let patience = if index < 2 { Patience::Short } else { Patience::Long };
            assert_eq!(parser.patience(), patience, "{index} of {bytes:?}");
        }
        assert_eq!(parser.feed(last.as_bytes()).collect::<Vec<_>>(), [ground(shade)]);
    }
    for rubbish in ["11;rgb:1/2", "11;", "11;rgb:gg/gg/gg", "12;rgb:f/f/f", "\u{9c}11;rgb:f/f/f"] {
        assert_eq!(heard(&format!("\u{1b}]{rubbish}\u{7}q")), [typed('q')], "{rubbish:?}");
    }
    // One whose end was lost does not swallow what is pressed to leave.
    let control_c = key(KeyCode::Char('c'), CONTROL);
    assert_eq!(heard("\u{1b}]11;rgb:fafa/fa\u{3}q"), [control_c, typed('q')]);
}

#[test]
fn a_paste_is_one_text_whatever_is_in_it_and_bounded() {
    let paste = |text: &str| Heard::Input(Event::Paste(text.to_owned()));
    assert_eq!(
        heard("\u{1b}[200~T1\r\u{1b}[A\u{1b}[20\u{1b}\u{1b}[201~q"),
        [paste("T1\r\u{1b}[A\u{1b}[20\u{1b}"), typed('q')]
    );
    let long = format!("\u{1b}[200~{}\u{1b}[201~q", "x".repeat(3 * LONGEST_PASTE));
    assert_eq!(heard(&long), [paste(&"x".repeat(LONGEST_PASTE)), typed('q')]);
    let mut parser = Parser::default();
    assert_eq!(parser.feed(b"\x1b[200~never ended").count(), 0);
    assert_eq!(parser.patience(), Patience::Long);
    assert_eq!(parser.pause().collect::<Vec<_>>(), [paste("never ended")]);
}

#[test]
fn rubbish_does_not_swallow_the_key_after_it() {
    let long = format!("\u{1b}[{}z", "1;".repeat(300));
    for rubbish in
        ["\u{1b}[1;2\u{1b}[", "\u{1b}[999z", "\u{1b}[<1;2M", "\u{1b}[200;1~", &long, "\u{1b}[1;\u{e9}"]
    {
        let mut parser = Parser::default();
        parser.feed(rubbish.as_bytes());
        parser.pause();
        assert_eq!(parser.feed(b"q").collect::<Vec<_>>(), [typed('q')], "{rubbish:?}");
    }
    let mut parser = Parser::default();
    assert_eq!(
        parser.feed(b"\xc3q\xff\xfeq\xe6\x9dq").collect::<Vec<_>>(),
        [typed('q'), typed('q'), typed('q')]
    );
}

/// Bytes that are likely to mean something.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => proptest::sample::select(vec![
            "\u{1b}", "[", "O", "\u{1b}[", "\u{1b}[<", "\u{1b}[200~", "\u{1b}[201~", "\u{1b}]", "\u{1b}\\",
            "1;5", "M", "m", "R", "u", "~", ":", ";", "64;10;20", "11;rgb:ff/ff/ff", "?997;2n", "\u{3}", "ọ", "東", "😀", "q", "\r", "\u{7}",
        ]).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..6),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn however_reads_cut_the_bytes_they_say_the_same(bytes in bytes(), cuts in proptest::collection::vec(1..9_usize, 1..20)) {
        let mut whole = Parser::default();
        let all: Vec<Heard> = whole.feed(&bytes).collect();
        let (mut parser, mut pieces, mut rest) = (Parser::default(), Vec::new(), bytes.as_slice());
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at((*cut).min(rest.len()));
            pieces.extend(parser.feed(piece));
            rest = after;
        }
        prop_assert_eq!(&pieces, &all);
        prop_assert_eq!(parser.pause().collect::<Vec<_>>(), whole.pause().collect::<Vec<_>>());
        prop_assert_eq!(parser.feed(b"q").collect::<Vec<_>>(), [typed('q')]);
    }
}
