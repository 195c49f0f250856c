//! The loop: input, news and time in, frames out. Generic over the backend and
//! where inputs come from, so that tests run it whole.

use std::{sync::Arc, time::Duration};

use crossterm::event::Event as Input;
use futures::{Stream, StreamExt};
use ratatui::{
    Terminal,
    backend::Backend,
    layout::{Position, Rect},
};
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
    mailbox::Mailbox,
    replay::Transport,
};

/// The least time between two frames.
const FRAME: Duration = Duration::from_millis(33);
/// The same for what nobody asked for, where a multiplexer redraws behind us.
const FRAME_MULTIPLEXED: Duration = Duration::from_millis(100);
/// Ages and the clock move once a second; nothing here is timed faster.
const TICK: Duration = Duration::from_secs(1);
/// Inputs taken before a frame is drawn for them.
const BURST: usize = 256;

/// What stops the loop for a while or for good, from outside the terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Interruption {
    /// Leave.
    End,
    /// Stop as the shell asks.
    Stop,
    /// The program runs again; the screen is anybody's.
    Resumed,
}

/// What the loop needs of the process and the terminal beyond drawing.
pub trait Process {
    /// Gives the terminal back, stops the process, takes the terminal again.
    fn suspend(&mut self) -> std::io::Result<()>;
    /// Takes the terminal again after somebody else had it.
    fn resume(&mut self) -> std::io::Result<()>;
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

fn terminal(error: impl std::fmt::Display) -> LoopError {
    LoopError::Terminal { reason: error.to_string() }
}

/// How urgent the next frame is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Asked {
    ByUser,
    ByNobody,
}

/// Runs until the user leaves, the token is cancelled or the terminal is gone.
pub async fn run<B: Backend>(
    app: &mut App,
    screen: &mut Terminal<B>,
    process: &mut impl Process,
    inputs: impl Stream<Item = std::io::Result<Input>>,
    interruptions: impl Stream<Item = Interruption>,
    wires: Wires,
) -> Result<(), LoopError> {
    let (mut inputs, mut interruptions) = (std::pin::pin!(inputs), std::pin::pin!(interruptions));
    let mut tick = time::interval_at(Instant::now() + TICK, TICK);
    tick.set_missed_tick_behavior(time::MissedTickBehavior::Skip);
    let background = match wires.host {
        Host::Terminal => FRAME,
        Host::Multiplexer => FRAME_MULTIPLEXED,
    };
    let mut last = draw(app, screen, &wires)?;
    let mut next: Option<Instant> = None;
    loop {
        let mut asked = Asked::ByNobody;
        let effect = tokio::select! {
            biased;
            () = wires.cancel.cancelled() => return Ok(()),
            interruption = interruptions.next() => match interruption {
                Some(Interruption::End) | None => return Ok(()),
                Some(Interruption::Stop) => Some(Effect::Suspend),
                Some(Interruption::Resumed) => {
                    process.resume().map_err(terminal)?;
                    Some(Effect::Redraw)
                }
            },
            input = inputs.next() => {
                asked = Asked::ByUser;
                match input {
                    // A terminal that is gone reads as its end or as an error.
                    None | Some(Err(_)) => return Ok(()),
                    Some(Ok(input)) => app.handle(&input, (wires.clock)()),
                }
            },
            () = wires.mailbox.wait() => {
                app.take_news(wires.mailbox.take(), (wires.clock)());
                None
            },
            _ = tick.tick() => {
                app.tick((wires.clock)());
                None
            },
            () = time::sleep_until(next.unwrap_or(last)), if next.is_some() => {
                next = None;
                last = draw(app, screen, &wires)?;
                None
            },
        };
        if let Some(flow) = apply(effect, screen, process, &wires)? {
            match flow {
                Flow::End => return Ok(()),
                Flow::Redraw => {
                    last = draw(app, screen, &wires)?;
                    next = None;
                    continue;
                }
            }
        }
        if app.take_dirty() {
            let pause = match asked {
                Asked::ByUser => FRAME,
                Asked::ByNobody => background,
            };
            let due = last + pause;
            next = Some(next.map_or(due, |next| next.min(due)));
        }
        // A frame that is due is not put behind more input than a burst of it.
        if next.is_some_and(|due| due <= Instant::now()) {
            let mut burst = 0;
            while burst < BURST
                && let Some(input) = futures::FutureExt::now_or_never(inputs.next())
            {
                burst += 1;
                let Some(Ok(input)) = input else { return Ok(()) };
                let effect = app.handle(&input, (wires.clock)());
                if let Some(Flow::End) = apply(effect, screen, process, &wires)? {
                    return Ok(());
                }
            }
            next = None;
            last = draw(app, screen, &wires)?;
        }
    }
}

enum Flow {
    End,
    Redraw,
}

fn apply<B: Backend>(
    effect: Option<Effect>,
    screen: &mut Terminal<B>,
    process: &mut impl Process,
    wires: &Wires,
) -> Result<Option<Flow>, LoopError> {
    match effect {
        None => return Ok(None),
        Some(Effect::Quit) => return Ok(Some(Flow::End)),
        Some(Effect::Send(event)) => {
            if wires.commands.try_send(*event).is_err() {
                wires.mailbox.put_failure("not sent: too much is waiting to be sent".to_owned());
            }
            return Ok(None);
        }
        Some(Effect::Play(transport)) => {
            // A player that has ended has said why.
            if let Some(player) = &wires.player {
                let _ = player.send(transport);
            }
            return Ok(None);
        }
        Some(Effect::Suspend) => process.suspend().map_err(terminal)?,
        Some(Effect::Redraw) => {}
    }
    // Not `clear`: that asks the terminal where its cursor is, and the answer would
    // have to be read from under the input stream.
    let size = screen.size().map_err(terminal)?;
    screen.resize(Rect::from((Position::ORIGIN, size))).map_err(terminal)?;
    Ok(Some(Flow::Redraw))
}

fn draw<B: Backend>(app: &mut App, screen: &mut Terminal<B>, wires: &Wires) -> Result<Instant, LoopError> {
    let now = (wires.clock)();
    app.take_dirty();
    let draw = |frame: &mut ratatui::Frame<'_>| {
        let area = frame.area();
        if let Some(cursor) = app.draw(area, frame.buffer_mut(), now) {
            frame.set_cursor_position(cursor);
        }
    };
    screen.draw(draw).map_err(terminal)?;
    if let Some(tiles) = &wires.tiles {
        tiles.send_if_modified(|wanted| {
            let differs = wanted.as_slice() != app.map.wanted();
            if differs {
                *wanted = app.map.wanted().to_vec();
            }
            differs
        });
    }
    if let Some(figures) = &wires.figures {
        let wish = app.wish();
        figures.send_if_modified(|wanted| std::mem::replace(wanted, wish) != wish);
    }
    Ok(Instant::now())
}
