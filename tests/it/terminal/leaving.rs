//! However the dashboard is left, the terminal is as it was.

use std::time::Instant;

use super::{ended, fills, gone, watch};
use crate::support::tmux::{Modes, Process, Tmux};

/// A way to stop or end the dashboard, with its name.
type Way = (&'static str, fn(&Tmux, Process));

#[test]
fn keys_and_signals_end_the_dashboard_and_give_the_terminal_back() {
    let terminal = Tmux::start((80, 24), &[]);
    let ends: [Way; 4] = [
        ("q", |terminal, _| terminal.type_text("q")),
        ("Ctrl-C", |terminal, _| terminal.key("C-c")),
        ("SIGTERM", |_, dashboard| dashboard.signal("TERM")),
        ("SIGHUP", |_, dashboard| dashboard.signal("HUP")),
    ];
    for (name, end) in ends {
        let dashboard = watch(&terminal);
        let begun = Instant::now();
        end(&terminal, dashboard);
        let screen = ended(&terminal, 0);
        println!("{name}: gone after {} ms", begun.elapsed().as_millis());
        assert!(!screen.contains("WATCH TOWER"), "{name} left a frame behind:\n{screen}");
    }
}

#[test]
fn a_stopped_dashboard_leaves_a_sane_shell_and_comes_back() {
    let terminal = Tmux::start((80, 24), &[]);
    let stops: [Way; 2] =
        [("Ctrl-Z", |terminal, _| terminal.key("C-z")), ("SIGTSTP", |_, dashboard| dashboard.signal("TSTP"))];
    for (name, stop) in stops {
        let dashboard = watch(&terminal);
        stop(&terminal, dashboard);
        // Of the shell's: 128 and the number of SIGSTOP, 19 on Linux.
        ended(&terminal, 128 + 19);
        assert!(dashboard.runs(), "{name} ended it");
        terminal.type_line("echo sum=$((20 + 1))");
        let screen = terminal.wait_for("sum=21");
        assert!(screen.contains("echo sum="), "{name}: no echo:\n{screen}");
        terminal.resize((100, 30));
        terminal.type_line("fg; echo over=$?");
        terminal.wait("the frame again", |screen| fills(screen, (100, 30)));
        assert_eq!(terminal.modes(), Modes::DASHBOARD);
        assert_eq!(terminal.child(), dashboard);
        terminal.type_text("?");
        terminal.wait_for("this help");
        terminal.type_text("q");
        terminal.wait_for("over=0");
        assert_eq!(terminal.modes(), Modes::SHELL);
        terminal.resize((80, 24));
    }
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "only debug builds hear the request to panic")]
fn a_panic_gives_the_terminal_back_and_is_reported() {
    for (place, code) in [("screen", 101), ("task", 70)] {
        let terminal = Tmux::start((100, 24), &[("WATCHTOWER_TEST_PANIC", place)]);
        watch(&terminal);
        terminal.type_text("P");
        let screen = ended(&terminal, code);
        assert!(screen.contains("panicked at") && screen.contains("a drill"), "{screen}");
        // Each line of the report begins at the left edge.
        assert!(screen.lines().any(|line| line.starts_with("a drill")), "{screen}");
    }
}

#[test]
fn a_dashboard_whose_terminal_is_gone_ends() {
    let terminal = Tmux::start((80, 24), &[]);
    let dashboard = watch(&terminal);
    terminal.vanish();
    println!("watch: gone {} ms after its terminal", gone(dashboard, "watch").as_millis());
}
