//! The loop itself, with time held: what it draws, and how often.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use futures::{TryStreamExt, stream};
use ratatui::{
    Terminal,
    backend::{Backend, ClearType, TestBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};
use tokio::{sync::mpsc, time};
use tokio_util::sync::CancellationToken;

use super::{fleet, stage::Stage, wired::wires};
use crate::tui::{
    capability::Host,
    mailbox::{Arrival, Mailbox},
    run::{self, Interruption, Process},
    terminal::{Heard, Paced},
    theme::{ColourDepth, Glyphs},
};

/// Counts frames: a frame ends with a flush.
struct Counting(TestBackend, Arc<AtomicUsize>);

impl Backend for Counting {
    type Error = core::convert::Infallible;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> Result<(), Self::Error> {
        self.0.draw(content)
    }
    fn hide_cursor(&mut self) -> Result<(), Self::Error> {
        self.0.hide_cursor()
    }
    fn show_cursor(&mut self) -> Result<(), Self::Error> {
        self.0.show_cursor()
    }
    fn get_cursor_position(&mut self) -> Result<Position, Self::Error> {
        self.0.get_cursor_position()
    }
    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Self::Error> {
        self.0.set_cursor_position(position)
    }
    fn clear(&mut self) -> Result<(), Self::Error> {
        self.0.clear()
    }
    fn clear_region(&mut self, region: ClearType) -> Result<(), Self::Error> {
        self.0.clear_region(region)
    }
    fn size(&self) -> Result<Size, Self::Error> {
        self.0.size()
    }
    fn window_size(&mut self) -> Result<WindowSize, Self::Error> {
        self.0.window_size()
    }
    fn flush(&mut self) -> Result<(), Self::Error> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.flush()
    }
}

impl Paced for Counting {}

#[derive(Default)]
struct Calls(Vec<&'static str>);

impl Process for Calls {
    fn suspend(&mut self) -> io::Result<()> {
        self.0.push("suspend");
        Ok(())
    }
    fn resume(&mut self) -> io::Result<()> {
        self.0.push("resume");
        Ok(())
    }
}

struct Show {
    inputs: mpsc::Sender<io::Result<Input>>,
    signals: mpsc::Sender<Interruption>,
    mailbox: Arc<Mailbox>,
    frames: Arc<AtomicUsize>,
    cancel: CancellationToken,
    ended: tokio::task::JoinHandle<(String, Vec<&'static str>)>,
}

impl Show {
    fn start(host: Host) -> Self {
        let mut stage = Stage::empty(100, 30, ColourDepth::True, Glyphs::Braille);
        stage.populate(12);
        let frames = Arc::new(AtomicUsize::new(0));
        let mut screen = Terminal::new(Counting(TestBackend::new(100, 30), frames.clone())).unwrap();
        let (inputs, mut typed) = mpsc::channel(1_024);
        let (signals, mut raised) = mpsc::channel(8);
        let wires = wires(host);
        let (mailbox, cancel) = (wires.mailbox.clone(), wires.cancel.clone());
        let ended = tokio::spawn(async move {
            let mut calls = Calls::default();
            let heard = stream::poll_fn(move |context| typed.poll_recv(context)).map_ok(Heard::Input);
            let signals = stream::poll_fn(move |context| raised.poll_recv(context));
            run::run(&mut stage.app, &mut screen, &mut calls, heard, signals, wires).await.unwrap();
            (format!("{}", screen.backend().0), calls.0)
        });
        Self { inputs, signals, mailbox, frames, cancel, ended }
    }

    async fn press(&self, code: KeyCode) {
        self.inputs.send(Ok(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)))).await.unwrap();
    }

    /// Frames drawn while time passes.
    async fn frames_in(&self, span: Duration) -> usize {
        let before = self.frames.load(Ordering::SeqCst);
        time::sleep(span).await;
        self.frames.load(Ordering::SeqCst) - before
    }
}

const MOMENT: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn an_idle_screen_is_drawn_once_a_second() {
    let show = Show::start(Host::Terminal);
    // After half a minute without a fix nobody is drawn ahead of it any more.
    time::sleep(Duration::from_millis(31_500)).await;
    assert_eq!(show.frames_in(Duration::from_secs(10)).await, 10);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_drawn_at_once_and_a_flood_of_keys_at_thirty_frames_and_at_ten_in_a_multiplexer() {
    for (host, frames) in [(Host::Terminal, 25..=32), (Host::Multiplexer, 8..=12)] {
        let show = Show::start(host);
        time::sleep(Duration::from_millis(500)).await;
        show.press(KeyCode::Char('?')).await;
        assert_eq!(show.frames_in(MOMENT).await, 1);
        let before = show.frames.load(Ordering::SeqCst);
        for _ in 0..1_000 {
            show.press(KeyCode::Char('j')).await;
            time::sleep(MOMENT).await;
        }
        let drawn = show.frames.load(Ordering::SeqCst) - before;
        assert!(frames.contains(&drawn), "{drawn} frames for a second of keys, {host:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_news_is_drawn_at_thirty_frames_and_at_ten_in_a_multiplexer() {
    for (host, frames) in [(Host::Terminal, 25..=32), (Host::Multiplexer, 8..=12)] {
        let show = Show::start(host);
        time::sleep(Duration::from_millis(500)).await;
        let before = show.frames.load(Ordering::SeqCst);
        for second in 0..1_000 {
            let events = vec![fleet::fix(&fleet::number(0), second, (3.3, 6.5), 40.0)];
            show.mailbox.put_events(events, Arrival { recorded_at: fleet::NOW, arrived_at: fleet::NOW });
            time::sleep(MOMENT).await;
        }
        let drawn = show.frames.load(Ordering::SeqCst) - before;
        assert!(frames.contains(&drawn), "{drawn} frames for a second of news, {host:?}");
    }
}

#[tokio::test]
async fn news_without_a_pause_keep_no_frame_from_being_drawn() {
    let mut stage = Stage::empty(40, 12, ColourDepth::True, Glyphs::Braille);
    let frames = Arc::new(AtomicUsize::new(0));
    let mut screen = Terminal::new(Counting(TestBackend::new(40, 12), frames.clone())).unwrap();
    let mut wires = wires(Host::Terminal);
    let (mailbox, cancel, drawn) = (wires.mailbox.clone(), wires.cancel.clone(), frames.clone());
    let begun = Instant::now();
    // Whenever the loop looks at the clock there is more.
    wires.clock = Arc::new(move || {
        mailbox.put_told("more".to_owned());
        if drawn.load(Ordering::SeqCst) > 3 || begun.elapsed() > Duration::from_secs(5) {
            cancel.cancel();
        }
        fleet::NOW
    });
    let (heard, signals) = (stream::pending(), stream::pending());
    run::run(&mut stage.app, &mut screen, &mut Calls::default(), heard, signals, wires).await.unwrap();
    assert!(frames.load(Ordering::SeqCst) > 3);
}

#[tokio::test(start_paused = true)]
async fn it_ends_by_key_by_signal_by_token_and_with_its_terminal() {
    let show = Show::start(Host::Terminal);
    show.press(KeyCode::Char('q')).await;
    let (screen, _) = show.ended.await.unwrap();
    assert!(screen.contains("2 Fleet") && screen.contains(&fleet::number(0)), "{screen}");

    let show = Show::start(Host::Terminal);
    show.signals.send(Interruption::End).await.unwrap();
    show.ended.await.unwrap();

    let show = Show::start(Host::Terminal);
    show.cancel.cancel();
    show.ended.await.unwrap();

    let show = Show::start(Host::Terminal);
    show.inputs.send(Err(io::Error::other("gone"))).await.unwrap();
    show.ended.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stop_gives_the_terminal_away_and_a_continue_draws_it_anew() {
    let show = Show::start(Host::Terminal);
    time::sleep(MOMENT).await;
    show.signals.send(Interruption::Stop).await.unwrap();
    assert_eq!(show.frames_in(MOMENT).await, 1);
    show.signals.send(Interruption::Resumed).await.unwrap();
    assert_eq!(show.frames_in(MOMENT).await, 1);
    show.press(KeyCode::Char('q')).await;
    let (_, calls) = show.ended.await.unwrap();
    assert_eq!(calls, ["suspend", "resume"]);
}
