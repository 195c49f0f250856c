//! The dashboard in terminals that are not alike: of another ground, and in GNU screen.

use std::{fs, os::unix::fs::DirBuilderExt, time::Duration};

use super::{ended, ended_as, launch, past::recording, watch};
use crate::support::tmux::{Modes, Tmux};

/// Grounds of the light and of the dark theme, as styles have them.
const LIGHT: &str = "48;2;250;251;252";
const DARK: &str = "48;2;16;21;27";
/// The rest of what a slow line has cut comes so much later.
const LATER: Duration = Duration::from_millis(300);

#[test]
fn the_theme_follows_what_the_terminal_answers_of_its_ground() {
    let terminal = Tmux::start((80, 24), &[("COLORTERM", "truecolor")]);
    for (ground, style) in [("#fdf6e3", LIGHT), ("#002b36", DARK)] {
        terminal.paint_ground(ground);
        watch(&terminal);
        terminal.wait_for_style(style);
        terminal.type_text("q");
        ended(&terminal, 0);
    }
    // Whoever chose a theme keeps it.
    terminal.paint_ground("#fdf6e3");
    launch(&terminal, "watchtower watch --theme dark");
    terminal.wait_for("WATCH TOWER");
    terminal.wait_for_style(DARK);
    std::thread::sleep(LATER);
    terminal.wait_for_style(DARK);
    terminal.type_text("q");
    ended(&terminal, 0);
    // An answer to somebody who leaves at once is not the shell's.
    launch(&terminal, "watchtower watch");
    terminal.wait("the terminal taken over", |_| terminal.modes() == Modes::DASHBOARD);
    terminal.type_text("q");
    let screen = ended(&terminal, 0);
    assert!(!screen.contains("rgb:"), "{screen}");
}

#[test]
fn an_answer_that_comes_late_and_in_pieces_is_no_key() {
    let terminal = Tmux::start((80, 24), &[("COLORTERM", "truecolor")]);
    watch(&terminal);
    terminal.wait_for_style(DARK);
    // The clock and what is told at the bottom apart.
    let middle = || terminal.screen().lines().skip(1).take(22).map(str::to_owned).collect::<Vec<_>>();
    let before = middle();
    // The pieces have keys in them: to follow, to ack, to open the help.
    for piece in ["\u{1b}]11;rgb:fa", "fa/fa", "fa/fa?fa", "\u{7}"] {
        terminal.answer(piece);
        std::thread::sleep(LATER);
    }
    for piece in ["\u{1b}]11;rgb:fd", "fd/f6f6", "/e3e3\u{1b}", "\\"] {
        terminal.answer(piece);
        std::thread::sleep(LATER);
    }
    terminal.wait_for_style(LIGHT);
    assert_eq!(middle(), before);
    let bottom = terminal.screen().lines().last().unwrap().to_owned();
    assert!(bottom.contains("q quit"), "nothing was asked for: {bottom}");
    // The user's terminal changes its colours, and tells.
    terminal.answer("\u{1b}[?997;1n");
    terminal.wait_for_style(DARK);
    terminal.answer("\u{1b}[?997;2n");
    terminal.wait_for_style(LIGHT);
    terminal.type_text("q");
    ended(&terminal, 0);
}

#[test]
fn links_are_written_where_they_are_wanted_and_leave_the_frame_as_it_is() {
    let terminal = Tmux::start((100, 30), &[]);
    let output = terminal.record();
    launch(&terminal, "watchtower watch --set dashboard.links=true");
    terminal.wait_for("Natural Earth");
    terminal.type_text("q");
    ended(&terminal, 0);
    let written = super::recorded(&output);
    let link = "https://www.naturalearthdata.com/\u{1b}\\Natural Earth\u{1b}]8;;\u{1b}\\";
    assert!(written.contains(link), "{written:?}");
    // This terminal has not said that it takes any.
    let before = written.len();
    watch(&terminal);
    terminal.wait_for("Natural Earth");
    terminal.type_text("q");
    ended(&terminal, 0);
    let written = super::recorded(&output).split_off(before);
    assert!(written.contains("Natural Earth") && !written.contains("\u{1b}]8;"), "{written:?}");
}

/// A recording at its beginning, after some keys: the same whenever it is looked at.
fn paused(terminal: &Tmux) {
    recording(&terminal.home().join("day.csv"));
    launch(terminal, "watchtower watch --replay day.csv");
    terminal.wait_for("playing x60");
    terminal.key("Space");
    terminal.wait_for("paused x60");
    terminal.key("R");
    terminal.wait_for("2 Mar 09:00:00");
    terminal.type_text("?");
    terminal.wait_for("this help");
    terminal.key("Escape");
    terminal.wait("the help closed", |screen| !screen.contains("this help"));
    terminal.type_text("2j");
    terminal.wait_for("3 T00001LA");
    terminal.type_text("1++");
}

#[test]
fn in_gnu_screen_frames_are_as_elsewhere_and_leaving_gives_the_terminal_back() {
    let size = (100, 30);
    let plain = Tmux::start(size, &[]);
    paused(&plain);
    // What is announced to the terminal around it is not what GNU screen can do.
    let terminal = Tmux::start(size, &[("COLORTERM", "truecolor")]);
    fs::DirBuilder::new().mode(0o700).create(terminal.home().join("sockets")).unwrap();
    let configuration = "startup_message off\naltscreen on\ndefutf8 on\nterm screen-256color\nvbell off\n";
    fs::write(terminal.home().join("screenrc"), configuration).unwrap();
    terminal.type_line("SCREENDIR=$PWD/sockets exec screen -U -c screenrc sh -i");
    terminal.wait("the shell in GNU screen", |screen| screen.starts_with('$') && !screen.contains("exec"));
    let before = terminal.modes();

    let output = terminal.record();
    paused(&terminal);
    let frame = |terminal: &Tmux| {
        terminal.wait("the frame", |screen| screen.contains("z1") && settled(terminal, screen))
    };
    let wanted = frame(&plain);
    terminal.wait("the frame as without GNU screen", |screen| screen == wanted);
    // Nothing that was drawn step by step is otherwise when all of it is drawn anew.
    terminal.key("C-l");
    std::thread::sleep(LATER);
    assert_eq!(frame(&terminal), wanted);
    terminal.resize((80, 24));
    terminal.wait("a smaller frame", |screen| {
        screen.lines().nth(1).is_some_and(|line| line.chars().count() == 80)
    });
    assert!(!super::recorded(&output).contains("38;2;"), "24-bit colours in GNU screen");

    terminal.type_text("q");
    let screen = ended_as(&terminal, 0, before);
    assert!(!screen.contains("1 Map"), "{screen}");
    terminal.type_line("echo sum=$((20 + 1))");
    terminal.wait_for("sum=21");
    plain.type_text("q");
    ended(&plain, 0);
    // Its server would outlive the terminal around it.
    let sockets = terminal.home().join("sockets");
    terminal.type_line("exit");
    let is_gone = || fs::read_dir(&sockets).is_ok_and(|mut sockets| sockets.next().is_none());
    assert!((0..200).any(|_| is_gone() || {
        std::thread::sleep(Duration::from_millis(50));
        false
    }));
}

/// Whether nothing changes any more.
fn settled(terminal: &Tmux, screen: &str) -> bool {
    std::thread::sleep(LATER);
    terminal.screen() == screen
}
