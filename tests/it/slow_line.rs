//! The dashboard over a slow line and a lost one: the built binary in a pseudo-terminal whose
//! far end takes 20 KB/s. What is asserted is counted in bytes of the line, which a busy
//! machine does not change: at that rate 3 KB are 150 ms, and 6 KB are 300 ms.

use std::{collections::BTreeSet, time::Duration};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{
    daemon::binary,
    pty::{Line, Pty, Seat, Tie},
};

const SLOW: Line = Line { rate: 20_000.0, way: Duration::from_millis(40) };
const BYTES_IN_150_MS: usize = 3_000;
const BYTES_IN_300_MS: usize = 6_000;
const SEAT: Seat<'static> = Seat { size: (200, 50), line: SLOW, tie: Tie::Controlling, data: None };

/// The demo with its whole fleet on the screen, and the line known to be slow.
fn demo(seat: Seat<'_>) -> Pty {
    let mut pty = Pty::start(binary(), &["demo", "--speed", "20"], seat);
    pty.until("the fleet", |pty| titles(&pty.screen()).contains(" 84 "));
    pty.run_for(Duration::from_secs(2));
    pty
}

/// The titles of the upper panes.
fn titles(screen: &str) -> &str {
    screen.lines().nth(1).unwrap_or_default()
}

/// Where the map looks: zoom and centre.
fn place(screen: &str) -> String {
    let (_, map) = titles(screen).split_once("1 Map").expect("the map is shown");
    let (title, _) = map.split_once('╮').expect("it has a frame");
    title.trim_start_matches(['─', ' ']).to_owned()
}

/// The rows of the fleet list, of which the one under the cursor has another ground.
fn rows(pty: &Pty) -> Vec<vt100::Color> {
    pty.grounds(2)
}

/// Presses a key; returns how many bytes passed the line until its effect was seen.
fn bytes_until(pty: &mut Pty, key: &str, is_seen: impl Fn(&Pty) -> bool) -> usize {
    assert!(!is_seen(pty), "what {key:?} does is there before it");
    let before = pty.taken();
    pty.type_text(key);
    pty.until(key, |pty| is_seen(pty));
    pty.taken() - before
}

#[test]
fn a_pan_shows_frame_after_frame_and_comes_to_where_it_should() {
    let mut pty = demo(SEAT);
    pty.type_text("1");
    pty.run_for(Duration::from_secs(1));
    let (begun, frames) = (place(&pty.screen()), pty.frames().len());
    let mut places = BTreeSet::new();
    for key in ["l", "j", "h", "k"].map(|key| [key; 15]).as_flattened() {
        pty.type_text(key);
        pty.run_for(Duration::from_millis(50));
        places.insert(place(&pty.screen()));
    }
    let seen: Vec<_> = pty.frames()[frames..].to_vec();
    let gaps: Vec<usize> = seen.windows(2).map(|pair| pair[1].taken - pair[0].taken).collect();
    let waits: Vec<u128> = seen.windows(2).map(|pair| (pair[1].at - pair[0].at).as_millis()).collect();
    println!("frames of a pan every {gaps:?} B, every {waits:?} ms, {} places", places.len());
    assert!(gaps.iter().all(|gap| *gap <= BYTES_IN_300_MS), "{gaps:?}");
    // Sixty keys in three seconds; a busy machine draws fewer, but not few.
    assert!(places.len() >= 6, "{places:?}");
    pty.until("the map where it was", |pty| place(&pty.screen()) == begun);
}

#[test]
fn a_key_is_seen_before_whatever_else_is_on_its_way() {
    let mut pty = demo(SEAT);
    let mut bytes = Vec::new();
    let searches = |pty: &Pty| pty.screen().contains("Esc leave");
    for steps in 4..12 {
        pty.type_text("1");
        for _ in 0..steps {
            pty.type_text(if steps % 2 == 0 { "l" } else { "h" });
            pty.run_for(Duration::from_millis(33));
        }
        bytes.push(bytes_until(&mut pty, "/", searches));
        bytes.push(bytes_until(&mut pty, "\x1b", |pty| !searches(pty)));
        pty.type_text("2");
        pty.run_for(Duration::from_millis(300));
        let before = rows(&pty);
        bytes.push(bytes_until(&mut pty, "j", |pty| rows(pty) != before));
    }
    println!("a key is seen after {bytes:?} B");
    // While a busy machine keeps the program from its processor the line goes on.
    let late = bytes.iter().filter(|bytes| **bytes > BYTES_IN_150_MS).count();
    assert!(late <= 2 && bytes.iter().all(|bytes| *bytes <= BYTES_IN_300_MS), "{bytes:?}");
}

/// Sends a program a signal.
fn signal(pty: &Pty, signal: Signal) {
    let id = Pid::from_raw(pty.id().cast_signed()).expect("a process has a number");
    kill_process(id, signal).expect("it runs");
}

#[test]
fn a_signal_ends_it_in_the_middle_of_a_frame_and_the_terminal_is_given_back() {
    for (name, sent) in [("SIGTERM", Signal::TERM), ("SIGHUP", Signal::HUP), ("SIGINT", Signal::INT)] {
        let mut pty = demo(SEAT);
        assert!(!pty.is_given_back());
        // The whole screen is on its way.
        pty.type_text("z");
        pty.run_for(Duration::from_millis(60));
        signal(&pty, sent);
        let (status, took) = pty.ended();
        println!("{name}: gone after {} ms", took.as_millis());
        assert_eq!(status.code(), Some(0), "{name}");
        assert!(pty.is_given_back(), "{name}: the terminal is not as it was");
    }
}

#[test]
fn a_terminal_that_is_hung_up_ends_it_with_and_without_a_signal() {
    for tie in [Tie::Controlling, Tie::Loose] {
        for program in [&["demo"][..], &["watch"]] {
            let mut pty = Pty::start(binary(), program, Seat { tie, ..SEAT });
            pty.until_seen("WATCH TOWER");
            pty.hang_up();
            let (status, took) = pty.ended();
            println!("{program:?}, {tie:?}: gone {} ms after its terminal", took.as_millis());
            assert_eq!(status.code(), Some(0), "{program:?}, {tie:?}");
        }
    }
}

#[test]
fn a_terminal_that_takes_nothing_more_does_not_keep_it() {
    for sent in [Signal::TERM, Signal::HUP] {
        let mut pty = demo(SEAT);
        pty.hold();
        pty.run_for(Duration::from_secs(2));
        signal(&pty, sent);
        let (status, took) = pty.ended();
        println!("{sent:?}: gone after {} ms from a terminal that is held", took.as_millis());
        assert_eq!(status.code(), Some(0));
    }
}
