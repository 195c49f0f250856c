//! The dashboard at the end of a slow line, with time held: a terminal that takes so
//! many bytes a second, and answers when it has taken them.

use std::{
    collections::VecDeque,
    io,
    num::NonZero,
    sync::{Arc, Mutex},
    time::Duration,
};

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use futures::stream;
use ratatui::{Terminal, layout::Size};
use rustix::io::Errno;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;

use super::{fleet, stage::Stage};
use crate::tui::{
    capability::{Capability, Host},
    feed::Clock,
    mailbox::{Arrival, Mailbox},
    run::{self, Interruption, LoopError, Process, Wires},
    terminal::{Heard, Line, Report, Screen},
    theme::{ColourDepth, Glyphs},
};

const SIZE: Size = Size { width: 200, height: 50 };
const MS: Duration = Duration::from_millis(1);
/// What the kernel holds of what a terminal has not taken.
const HELD: usize = 4_096;
/// What a key does is seen within so many milliseconds.
const KEY_MS: u128 = 150;
const QUESTION: &[u8] = b"\x1b[6n";
const END_FRAME: &[u8] = b"\x1b[?2026l";

/// The far end of the line.
#[derive(Default)]
struct Far {
    held: VecDeque<u8>,
    taken: Vec<u8>,
    frames: Vec<Instant>,
    screen: Option<vt100::Parser>,
    /// What it says from now on instead of taking anything.
    refuses: Option<Errno>,
}

impl Far {
    fn text(&self) -> String {
        self.screen.as_ref().unwrap().screen().contents()
    }
}

#[derive(Clone, Default)]
struct Wire(Arc<Mutex<Far>>);

impl Line for Wire {
    fn size(&self) -> io::Result<Size> {
        Ok(SIZE)
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut far = self.0.lock().unwrap();
        if let Some(refusal) = far.refuses {
            return Err(refusal.into());
        }
        let room = HELD.saturating_sub(far.held.len()).min(bytes.len());
        far.held.extend(&bytes[..room]);
        Ok(room)
    }
}

struct Alone;

impl Process for Alone {
    fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn resume(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How the far end is.
#[derive(Clone, Copy)]
struct Kind {
    bytes_a_second: usize,
    /// There and back.
    way: Duration,
    answers: bool,
}

const SLOW: Kind = Kind { bytes_a_second: 20_000, way: Duration::from_millis(40), answers: true };

struct Show {
    wire: Wire,
    said: mpsc::Sender<io::Result<Heard>>,
    mailbox: Arc<Mailbox>,
    cancel: CancellationToken,
    ended: JoinHandle<Result<(), LoopError>>,
}

impl Show {
    fn start(kind: Kind) -> Self {
        let mut stage = Stage::empty(SIZE.width, SIZE.height, ColourDepth::True, Glyphs::Braille);
        stage.populate(84);
        let capability =
            Capability { colour: ColourDepth::True, glyphs: Glyphs::Braille, host: Host::Terminal };
        let wire = Wire::default();
        let cells = |count| NonZero::new(count).unwrap();
        wire.0.lock().unwrap().screen = Some(vt100::Parser::new(cells(SIZE.height), cells(SIZE.width), 0));
        let mut screen = Terminal::new(Screen::new(wire.clone(), capability).unwrap()).unwrap();
        let (said, mut heard) = mpsc::channel(1_024);
        let (mailbox, cancel) = (Arc::new(Mailbox::default()), CancellationToken::new());
        let begun = Instant::now();
        let clock: Clock = Arc::new(move || fleet::NOW.plus(begun.elapsed()));
        let (commands, _appended) = mpsc::channel(8);
        let host = capability.host;
        let wires = Wires {
            mailbox: mailbox.clone(),
            commands,
            tiles: None,
            figures: None,
            errands: None,
            player: None,
            clock,
            cancel: cancel.clone(),
            host,
        };
        tokio::spawn(far_end(wire.clone(), kind, said.clone()));
        let ended = tokio::spawn(async move {
            let heard = stream::poll_fn(move |context| heard.poll_recv(context));
            let signals = stream::pending::<Interruption>();
            run::run(&mut stage.app, &mut screen, &mut Alone, heard, signals, wires).await
        });
        Self { wire, said, mailbox, cancel, ended }
    }

    /// The first frames are there, and the line is known to be slow.
    async fn settle(&self) {
        time::sleep(Duration::from_secs(4)).await;
    }

    async fn press(&self, character: char) {
        let code = match character {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            other => KeyCode::Char(other),
        };
        let key = KeyEvent::new(code, KeyModifiers::NONE);
        self.said.send(Ok(Heard::Input(Input::Key(key)))).await.unwrap();
    }

    fn text(&self) -> String {
        self.wire.0.lock().unwrap().text()
    }

    fn frames(&self) -> Vec<Instant> {
        self.wire.0.lock().unwrap().frames.clone()
    }

    /// How long until the far end shows this.
    async fn until(&self, words: &str) -> Duration {
        let begun = Instant::now();
        while !self.text().contains(words) {
            assert!(begun.elapsed() < Duration::from_secs(20), "no {words}:\n{}", self.text());
            time::sleep(MS).await;
        }
        begun.elapsed()
    }

    /// Every truck reports.
    fn news(&self, second: i64) {
        let fix = |truck| {
            let east = 0.0008 * second as f64;
            let point = (3.30 + 0.001 * truck as f64 + east, 6.44 + 0.002 * truck as f64);
            fleet::fix(&fleet::number(truck), second, point, 40.0)
        };
        let arrival = Arrival { recorded_at: fleet::at(second), arrived_at: fleet::at(second) };
        self.mailbox.put_events((0..84).map(fix).collect(), arrival);
    }
}

impl Drop for Show {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// Takes bytes as fast as it can, a twohundredth of a second's at a time.
async fn far_end(wire: Wire, kind: Kind, said: mpsc::Sender<io::Result<Heard>>) {
    let mut every = time::interval(5 * MS);
    loop {
        every.tick().await;
        let mut asked = 0;
        {
            let mut far = wire.0.lock().unwrap();
            let count = far.held.len().min(kind.bytes_a_second / 200);
            let bytes: Vec<u8> = far.held.drain(..count).collect();
            for byte in bytes {
                far.taken.push(byte);
                far.screen.as_mut().unwrap().process(&[byte]);
                if far.taken.ends_with(END_FRAME) {
                    far.frames.push(Instant::now());
                }
                asked += usize::from(far.taken.ends_with(QUESTION));
            }
        }
        for _ in 0..asked * usize::from(kind.answers) {
            let said = said.clone();
            tokio::spawn(async move {
                time::sleep(kind.way).await;
                let report = Report::CursorPosition { column: 0, row: 0 };
                let _gone = said.send(Ok(Heard::Report(report))).await;
            });
        }
    }
}

#[tokio::test(start_paused = true)]
async fn panning_over_twenty_kilobytes_a_second_shows_a_frame_every_three_hundred_milliseconds() {
    let show = Show::start(SLOW);
    show.settle().await;
    // A country, full of borders and coasts.
    let further = "-".repeat(5);
    for key in further.chars() {
        show.press(key).await;
    }
    time::sleep(Duration::from_secs(4)).await;
    let begun = Instant::now();
    let keys = "llljhhhkk".repeat(14);
    for key in keys.chars() {
        show.press(key).await;
        time::sleep(50 * MS).await;
    }
    let mut seen = show.frames();
    seen.retain(|at| *at >= begun);
    let gaps: Vec<u128> = seen.windows(2).map(|pair| (pair[1] - pair[0]).as_millis()).collect();
    let first = (seen[0] - begun).as_millis();
    println!("=== frames of a pan after {first} ms, then every {gaps:?} ms");
    assert!(first <= 300 && gaps.iter().all(|gap| *gap <= 300), "{gaps:?}");
    // The newest state is what is there in the end, drawn richly again.
    time::sleep(Duration::from_secs(4)).await;
    let mut stage = Stage::new(SIZE.width, SIZE.height);
    stage.draw();
    for key in further.chars().chain(keys.chars()) {
        stage.key(KeyCode::Char(key));
        stage.draw();
    }
    let title = |text: &str| text.lines().nth(1).unwrap_or_default().to_owned();
    assert_eq!(title(&show.text()), title(&stage.text()));
    let far = show.wire.0.lock().unwrap();
    let grounds = |row: u16| (0..SIZE.width).map(move |column| (row, column));
    let shown = far.screen.as_ref().unwrap().screen();
    let filled = grounds(20).filter(|(row, column)| {
        shown.cell(*row, *column).unwrap().bgcolor() == vt100::Color::Rgb(0x0e, 0x26, 0x3d)
            || shown.cell(*row, *column).unwrap().bgcolor() == vt100::Color::Rgb(0x16, 0x1b, 0x21)
    });
    assert!(filled.count() > 50, "the map is not filled again");
}

#[tokio::test(start_paused = true)]
async fn a_keys_effect_is_seen_within_a_hundred_and_fifty_milliseconds_over_a_slow_line() {
    let mut waits = Vec::new();
    for after in [10, 20, 40, 60, 80, 120, 160] {
        let show = Show::start(SLOW);
        show.settle().await;
        // A frame nobody asked for has set out, of several units: the whole fleet moved.
        show.news(5);
        time::sleep(Duration::from_secs(1)).await;
        show.news(60);
        time::sleep(Duration::from_millis(after)).await;
        show.press('/').await;
        waits.push(show.until("Esc leave").await.as_millis());
        // Nor does the next key wait for the rest of that frame.
        show.press('Z').await;
        waits.push(show.until("/ Z").await.as_millis());
    }
    println!("=== a key is seen after {waits:?} ms");
    assert!(waits.iter().all(|wait| *wait <= KEY_MS), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn a_key_does_not_wait_for_a_fleet_that_jumps_in_the_very_same_frame() {
    let mut waits = Vec::new();
    // News before, after and around the key, with no time for a frame between them.
    for (before, after) in [(true, false), (false, true), (true, true)] {
        for pause in [0, 8, 16, 30] {
            let show = Show::start(SLOW);
            show.settle().await;
            // The frame before is so fresh that the next waits for its time.
            show.news(5);
            time::sleep(Duration::from_millis(pause)).await;
            if before {
                show.news(60);
            }
            show.press('/').await;
            if after {
                show.news(90);
            }
            waits.push(show.until("Esc leave").await.as_millis());
        }
    }
    println!("=== a key in the frame of a jump is seen after {waits:?} ms");
    assert!(waits.iter().all(|wait| *wait <= KEY_MS), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn a_key_passes_a_pan_that_is_on_its_way() {
    let mut waits = Vec::new();
    for held in 20..36 {
        let show = Show::start(SLOW);
        show.settle().await;
        for second in 0..held {
            show.press(if second % 20 < 10 { 'l' } else { 'j' }).await;
            time::sleep(33 * MS).await;
            if second % 5 == 0 {
                show.news(i64::from(second));
            }
        }
        assert!(!show.text().contains("Esc leave"));
        show.press('/').await;
        waits.push(show.until("Esc leave").await.as_millis());
    }
    println!("=== a key during a pan is seen after {waits:?} ms");
    assert!(waits.iter().all(|wait| *wait <= KEY_MS), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn whatever_a_key_does_something_of_it_is_seen_in_time() {
    // Those before the last are only the way there.
    let keys =
        ["?", "z", ":", "\\", "c", "7", "2", "2j", "2jj", "2j\n", "2j\nf", "2jV", "V", "n", "t", "g", "\t"];
    let mut waits: Vec<u128> = Vec::new();
    for keys in keys {
        let show = Show::start(SLOW);
        show.settle().await;
        let (last, before) = keys.chars().next_back().zip(keys.get(..keys.len() - 1)).unwrap();
        for key in before.chars() {
            show.press(key).await;
            time::sleep(Duration::from_secs(3)).await;
        }
        // No tick comes between.
        time::sleep(Duration::from_millis(300)).await;
        let begun = Instant::now();
        show.press(last).await;
        time::sleep(Duration::from_millis(650)).await;
        let seen = show.frames().into_iter().filter(|at| *at >= begun);
        let seen: Vec<_> = seen.map(|at| (at - begun).as_millis()).collect();
        println!("=== {keys:?} is seen after {seen:?} ms");
        waits.extend(seen.first());
    }
    assert!(waits.iter().all(|wait| *wait <= KEY_MS), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn a_terminal_that_takes_nothing_stops_nothing_and_catches_up() {
    let stuck = Kind { bytes_a_second: 0, ..SLOW };
    let show = Show::start(stuck);
    for second in 0..30 {
        show.news(second);
        show.press('l').await;
        time::sleep(Duration::from_millis(200)).await;
    }
    assert!(show.wire.0.lock().unwrap().held.len() <= HELD);
    show.press('q').await;
    time::sleep(Duration::from_secs(2)).await;
    assert!(show.said.is_closed(), "the loop did not end");
}

#[tokio::test(start_paused = true)]
async fn a_terminal_that_answers_nothing_is_drawn_on_all_the_same() {
    let mute = Kind { bytes_a_second: 1_000_000, answers: false, ..SLOW };
    let show = Show::start(mute);
    time::sleep(Duration::from_secs(4)).await;
    show.press('/').await;
    let wait = show.until("Esc leave").await;
    assert!(wait <= 60 * MS, "{wait:?}");
}

#[tokio::test(start_paused = true)]
async fn a_terminal_found_hung_up_while_it_is_drawn_ends_it_well_and_one_that_fails_does_not() {
    for (refusal, is_end) in
        [(Errno::IO, true), (Errno::PIPE, true), (Errno::NXIO, true), (Errno::NOSPC, false)]
    {
        let mut show = Show::start(Kind { bytes_a_second: 1_000_000, way: MS, answers: true });
        show.settle().await;
        show.wire.0.lock().unwrap().refuses = Some(refusal);
        show.news(1);
        let ended = (&mut show.ended).await.unwrap();
        assert_eq!(ended.is_ok(), is_end, "{refusal}: {ended:?}");
    }
}
