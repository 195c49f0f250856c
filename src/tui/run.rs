//! The loop: input, news and time in, frames out. Generic over the backend and
//! where inputs come from, so that tests run it whole.

use std::{error::Error, io, pin::pin, sync::Arc, time::Duration};

use crossterm::event::Event as Input;
use futures::{FutureExt, Stream, StreamExt};
use ratatui::{
    Terminal,
    layout::{Position, Rect},
};
use rustix::io::Errno;
use tokio::{
    sync::{mpsc, watch},
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;
use watchtower_core::{domain::event::Event, ports::tiles::TileAt};

use super::{
    analytics::Wish,
    app::{App, Effect},
    capability::Host,
    feed::Clock,
    frames::Frames,
    mailbox::Mailbox,
    questions::Errand,
    replay::Transport,
    terminal::{Heard, Paced, Report, Urgency},
};

/// Ages and the clock move once a second; nothing here is timed faster.
const TICK: Duration = Duration::from_secs(1);
/// Whether anything on the map has moved by itself is looked at this often, while
/// something does.
const STIR: Duration = Duration::from_millis(250);
/// Inputs taken before a frame is drawn for them.
const BURST: usize = 256;
/// Answers of the terminal are waited for no longer than this when it is given back.
const SETTLES: Duration = Duration::from_millis(500);

/// What stops the loop for a while or for good, from outside the terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Interruption {
    /// Leave.
    End,
    /// Stop as the shell asks.
    Stop,
    /// The program runs again; the screen is anybody's.
    Resumed,
    /// The terminal has another size.
    Resized,
}

/// What the loop needs of the process and the terminal beyond drawing.
pub trait Process {
    /// Gives the terminal back, stops the process, takes the terminal again.
    fn suspend(&mut self) -> io::Result<()>;
    /// Takes the terminal again after somebody else had it.
    fn resume(&mut self) -> io::Result<()>;
}

/// What runs beside the screen.
pub struct Wires {
    /// What the feed brings.
    pub mailbox: Arc<Mailbox>,
    /// Where commands go.
    pub commands: mpsc::Sender<Event>,
    /// Where the map's wishes go; nowhere without archives.
    pub tiles: Option<watch::Sender<Vec<TileAt>>>,
    /// Which figures the screen wants; nowhere without a store.
    pub figures: Option<watch::Sender<Option<Wish>>>,
    /// Which question the store is to be asked; nowhere without one.
    pub errands: Option<watch::Sender<Option<Errand>>>,
    /// Who plays a replay; nobody shows the present.
    pub player: Option<std::sync::mpsc::Sender<Transport>>,
    /// The clock.
    pub clock: Clock,
    /// Ends everything.
    pub cancel: CancellationToken,
    /// What the output goes through.
    pub host: Host,
}

impl std::fmt::Debug for Wires {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wires").field("host", &self.host).finish_non_exhaustive()
    }
}

/// Why the loop ended otherwise than by being asked to.
#[derive(Debug, thiserror::Error)]
pub enum LoopError {
    /// The terminal cannot be written or taken over.
    #[error("terminal: {reason}")]
    Terminal {
        /// What it said.
        reason: String,
    },
}

/// Why the loop ended before it was asked to.
enum Ended {
    /// The terminal was hung up: there is nobody to show anything to.
    HungUp,
    Failed(LoopError),
}

fn terminal(error: impl Error + 'static) -> Ended {
    let told = (&error as &dyn Error).downcast_ref::<io::Error>().and_then(Errno::from_io_error);
    match told {
        Some(Errno::IO | Errno::PIPE | Errno::NXIO) => Ended::HungUp,
        _ => Ended::Failed(LoopError::Terminal { reason: error.to_string() }),
    }
}

/// Runs until the user leaves, the token is cancelled or the terminal is gone.
pub async fn run<B: Paced>(
    app: &mut App,
    screen: &mut Terminal<B>,
    process: &mut impl Process,
    heard: impl Stream<Item = io::Result<Heard>>,
    interruptions: impl Stream<Item = Interruption>,
    wires: Wires,
) -> Result<(), LoopError> {
    match go_round(app, screen, process, heard, interruptions, wires).await {
        // As when it reads as its end, which may be heard of only later.
        Ok(()) | Err(Ended::HungUp) => Ok(()),
        Err(Ended::Failed(error)) => Err(error),
    }
}

async fn go_round<B: Paced>(
    app: &mut App,
    screen: &mut Terminal<B>,
    process: &mut impl Process,
    heard: impl Stream<Item = io::Result<Heard>>,
    interruptions: impl Stream<Item = Interruption>,
    wires: Wires,
) -> Result<(), Ended> {
    let (mut heard, mut interruptions) = (pin!(heard), pin!(interruptions));
    let mut tick = time::interval_at(Instant::now() + TICK, TICK);
    tick.set_missed_tick_behavior(time::MissedTickBehavior::Skip);
    let mut stir = time::interval(STIR);
    stir.set_missed_tick_behavior(time::MissedTickBehavior::Skip);
    let mut frames = Frames::new(wires.host);
    // The first frame does not wait for the answer.
    screen.backend_mut().ask_ground().map_err(terminal)?;
    frames.draw(app, screen, (wires.clock)()).map_err(terminal)?;
    loop {
        let (mut asked, mut answered) = (Urgency::None, false);
        let slow = screen.backend().is_slow();
        let holds_news = frames.holds_news(screen);
        let (due, refine, wakes) =
            (frames.due(screen), frames.refine_due(app, screen), screen.backend().wakes());
        let effect = tokio::select! {
            biased;
            () = wires.cancel.cancelled() => Some(Effect::Quit),
            interruption = interruptions.next() => match interruption {
                Some(Interruption::End) | None => Some(Effect::Quit),
                Some(Interruption::Stop) => Some(Effect::Suspend),
                Some(Interruption::Resumed) => {
                    process.resume().map_err(terminal)?;
                    Some(Effect::Redraw)
                }
                Some(Interruption::Resized) => {
                    asked = Urgency::Key;
                    let size = screen.size().map_err(terminal)?;
                    app.handle(&Input::Resize(size.width, size.height), (wires.clock)())
                }
            },
            heard = heard.next() => match heard {
                // A terminal that is gone reads as its end or as an error.
                None | Some(Err(_)) => return Ok(()),
                Some(Ok(Heard::Input(input))) => {
                    asked = app.urgency_of(&input);
                    frames.part(asked, app, screen, (wires.clock)()).map_err(terminal)?;
                    app.handle(&input, (wires.clock)())
                }
                Some(Ok(Heard::Report(report))) => {
                    learn(app, screen, report);
                    answered = true;
                    None
                }
            },
            () = wires.mailbox.wait(), if !holds_news => {
                frames.part(asked, app, screen, (wires.clock)()).map_err(terminal)?;
                app.take_news(wires.mailbox.take(), (wires.clock)())
            },
            _ = tick.tick() => {
                frames.part(asked, app, screen, (wires.clock)()).map_err(terminal)?;
                app.tick((wires.clock)())
            },
            // What nobody asked for has no place on a slow line.
            _ = stir.tick(), if app.is_lively() && !slow => {
                app.stir((wires.clock)());
                None
            },
            () = at(wakes) => {
                screen.backend_mut().wake().map_err(terminal)?;
                None
            },
            () = at(refine) => {
                frames.refine(app);
                None
            },
            () = at(due) => {
                frames.draw(app, screen, (wires.clock)()).map_err(terminal)?;
                None
            },
        };
        let mut next = effect;
        if app.take_dirty() {
            frames.ask(asked);
        }
        wish(app, &wires);
        // A frame that is due is not put behind more input than a burst of it; nor is a key
        // that is there put behind what the terminal has room for again.
        let mut burst = 0;
        while next.is_none()
            && burst < BURST
            && (answered || frames.is_due(screen))
            && let Some(said) = FutureExt::now_or_never(heard.next())
        {
            burst += 1;
            match said {
                None | Some(Err(_)) => return Ok(()),
                Some(Ok(Heard::Input(input))) => {
                    let asked = app.urgency_of(&input);
                    frames.part(asked, app, screen, (wires.clock)()).map_err(terminal)?;
                    next = app.handle(&input, (wires.clock)());
                    if app.take_dirty() {
                        frames.ask(asked);
                    }
                }
                Some(Ok(Heard::Report(report))) => {
                    learn(app, screen, report);
                    answered = true;
                    if app.take_dirty() {
                        frames.ask(Urgency::None);
                    }
                }
            }
        }
        if answered && !frames.is_due(screen) {
            screen.backend_mut().send(Urgency::None).map_err(terminal)?;
        }
        if next.is_none() && frames.is_overdue(screen) {
            // Where something is always there already, timers are never looked at.
            frames.draw(app, screen, (wires.clock)()).map_err(terminal)?;
        }
        match next {
            None => {}
            Some(Effect::Send(event)) => append(*event, &wires),
            // A player that has ended has said why.
            Some(Effect::Play(transport)) => drop(wires.player.as_ref().map(|player| player.send(transport))),
            Some(Effect::Export(export)) => export.write_behind(wires.mailbox.clone()),
            Some(Effect::Terminal(bytes)) => screen.backend_mut().say(&bytes).map_err(terminal)?,
            Some(Effect::Quit) => {
                settle(screen, &mut heard).await.map_err(terminal)?;
                return Ok(());
            }
            Some(effect @ (Effect::Suspend | Effect::Redraw)) => {
                if effect == Effect::Suspend {
                    settle(screen, &mut heard).await.map_err(terminal)?;
                    process.suspend().map_err(terminal)?;
                }
                // Not `clear`: that asks for the cursor's place.
                let size = screen.size().map_err(terminal)?;
                screen.resize(Rect::from((Position::ORIGIN, size))).map_err(terminal)?;
                screen.backend_mut().ask_ground().map_err(terminal)?;
                frames.draw(app, screen, (wires.clock)()).map_err(terminal)?;
            }
        }
    }
}

/// Takes what the terminal says of itself.
fn learn<B: Paced>(app: &mut App, screen: &mut Terminal<B>, report: Report) {
    match report {
        Report::Ground(shade) => app.see_ground(shade.into()),
        Report::CursorPosition { .. } => {}
    }
    screen.backend_mut().heard(report);
}

/// Tells those who read beside the screen what it would like: tiles of street maps, figures,
/// answers.
fn wish(app: &App, wires: &Wires) {
    if let Some(figures) = &wires.figures {
        let wish = app.wish();
        figures.send_if_modified(|wanted| std::mem::replace(wanted, wish) != wish);
    }
    if let Some(errands) = &wires.errands {
        errands.send_if_modified(|asked| {
            let number = |errand: Option<&Errand>| errand.map(|errand| errand.number);
            let differs = number(asked.as_ref()) != number(app.errand());
            if differs {
                *asked = app.errand().cloned();
            }
            differs
        });
    }
    if let Some(tiles) = &wires.tiles {
        tiles.send_if_modified(|wanted| {
            let differs = wanted.as_slice() != app.map.wanted();
            if differs {
                *wanted = app.map.wanted().to_vec();
            }
            differs
        });
    }
}

fn append(event: Event, wires: &Wires) {
    if wires.commands.try_send(event).is_err() {
        wires.mailbox.put_failure("not sent: too much is waiting to be sent".to_owned());
    }
}

/// Sleeps until then, or for ever.
async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// Ends the talk with the terminal: what it still answers would be read by the shell.
async fn settle<B: Paced>(
    screen: &mut Terminal<B>,
    heard: &mut (impl Stream<Item = io::Result<Heard>> + Unpin),
) -> Result<(), B::Error> {
    screen.backend_mut().end();
    let all = async {
        while screen.backend().awaits() {
            match heard.next().await {
                None | Some(Err(_)) => break,
                Some(Ok(Heard::Report(report))) => screen.backend_mut().heard(report),
                Some(Ok(Heard::Input(_))) => {}
            }
        }
        Ok(())
    };
    time::timeout(SETTLES, all).await.unwrap_or(Ok(()))
}
