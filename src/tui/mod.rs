//! The dashboard: the fleet's live picture in a terminal.
//!
//! `feed` brings news from the event log, `model` is what they add up to, `app`
//! is the screen's state and `run` the loop around it. Nothing here blocks on the
//! log, and nothing draws without need.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use chrono_tz::Tz;
use ratatui::Terminal;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use watchtower_core::{
    domain::{geo::LonLat, time::Timestamp},
    ports::{log::Log, tiles::Tiles},
};

pub mod analytics;
pub mod app;
pub mod attention;
pub mod capability;
pub mod dispatch;
pub mod drill;
pub mod export;
pub mod feed;
mod frames;
pub mod hyperlinks;
pub mod keymap;
pub mod layout;
pub mod listing;
pub mod mailbox;
pub mod map;
pub mod memory;
pub mod model;
pub mod palette;
pub mod panes;
pub mod preferences;
pub mod questions;
pub mod replay;
pub mod roster;
pub mod run;
pub mod signals;
pub mod snapshot;
pub mod terminal;
pub mod text;
pub mod theme;
pub mod tiles;

#[cfg(test)]
mod tests;

pub use crate::words;
pub use analytics::archive::Archive;
pub use app::Access;
pub use capability::ThemeOptions;
pub use preferences::Preferences;

use self::{
    analytics::analyst::Analyst,
    app::{App, Setting},
    attention::Channel,
    capability::{Capability, Understands},
    feed::{Clock, Feed},
    mailbox::Mailbox,
    memory::Memory,
    preferences::Reread,
    questions::Respondent,
    replay::{Booth, Player, Reel},
    run::{LoopError, Wires},
    terminal::{Guard, Ours, Screen},
    theme::Theme,
    tiles::{Archives, Loader},
};

/// Commands waiting to be appended; a person does not type faster.
const MOST_COMMANDS: usize = 64;

/// What a dashboard shows, and how.
pub struct TuiOptions {
    /// Where the fleet's life is read, and commands are appended.
    pub log: Arc<dyn Log>,
    /// GeoJSON drawn above the basemap; empty for none.
    pub scenery: &'static str,
    /// Street maps; of several that have a place the first is drawn.
    pub tiles: Vec<Arc<dyn Tiles>>,
    /// Where past days are looked up; nowhere when not given.
    pub archive: Option<Arc<Archive>>,
    /// A past period to show instead of what the log says.
    pub replay: Option<Reel>,
    /// The fleet's zone.
    pub zone: Tz,
    /// What it is connected to, without secrets: `redis 10.0.0.5`, `embedded`.
    pub connection: String,
    /// A word beside the product's name, such as `demo`.
    pub note: Option<String>,
    /// Who sits here: the name acknowledgements carry.
    pub operator: String,
    /// What they may do.
    pub access: Access,
    /// Two corners of what the map shows first; the whole fleet when not given.
    pub start: Option<[LonLat; 2]>,
    /// Colours and glyphs, as the terminal can when not given.
    pub theme: ThemeOptions,
    /// How often it goes on to the next open alert by itself; never when not given.
    pub tour: Option<Duration>,
    /// Where what is exported goes unless another place is given.
    pub exports: PathBuf,
    /// What the person who sits here prefers.
    pub preferences: Preferences,
    /// Asked whether that changed; never when not given.
    pub reread: Option<Reread>,
    /// Where it remembers how it was arranged; nowhere when not given.
    pub memory: Option<PathBuf>,
}

impl std::fmt::Debug for TuiOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TuiOptions").field("connection", &self.connection).finish_non_exhaustive()
    }
}

/// Why the dashboard ended otherwise than by being asked to.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// Standard input or output is no terminal.
    #[error("the dashboard needs a terminal: {stream} is none")]
    NoTerminal {
        /// `standard input` or `standard output`.
        stream: &'static str,
    },
    /// The terminal cannot be taken over.
    #[error("cannot set up the terminal: {0}")]
    Setup(#[from] io::Error),
    /// A bug, reported where it happened.
    #[error("the dashboard ended because a part of it panicked")]
    Panicked,
    /// It failed later.
    #[error(transparent)]
    Loop(#[from] LoopError),
}

/// Whether there is a terminal to run the dashboard in.
pub fn require_terminal() -> Result<(), TuiError> {
    for (stream, is_terminal) in [
        ("standard input", io::IsTerminal::is_terminal(&io::stdin())),
        ("standard output", io::IsTerminal::is_terminal(&io::stdout())),
    ] {
        if !is_terminal {
            return Err(TuiError::NoTerminal { stream });
        }
    }
    Ok(())
}

/// Runs the dashboard until the user leaves or `cancel` is cancelled. The
/// terminal is as it was when this returns.
pub async fn run(options: TuiOptions, cancel: CancellationToken) -> Result<(), TuiError> {
    require_terminal()?;
    let capability = Capability::detect(&|name| std::env::var(name).ok(), &options.theme);
    let fitting = capability::fitting(std::env::var("COLORFGBG").ok().as_deref());
    let theme = Theme::new(&options.preferences.colours.palette(fitting), capability);
    let clock: Clock = Arc::new(|| Timestamp::from(chrono::Utc::now()));
    let mailbox = Arc::new(Mailbox::default());
    // Ends the tasks beside the loop with it, however it ends.
    let cancel = cancel.child_token();
    let _ends_with_the_screen = cancel.clone().drop_guard();
    let (commands, waiting) = mpsc::channel(MOST_COMMANDS);
    let mut tasks = JoinSet::new();
    let mut player = None;
    match options.replay {
        Some(Reel { tape, books, programme }) => {
            mailbox.put_meta(books);
            let (transports, asked) = std::sync::mpsc::channel();
            player = Some(transports);
            if let Some(player) = Player::new(tape, programme) {
                let booth = Booth { player, asked, mailbox: mailbox.clone(), clock: clock.clone() };
                let stop = cancel.clone();
                tasks.spawn_blocking(move || booth.run(&stop));
            }
        }
        None => {
            let feed = Feed::new(options.log.clone(), mailbox.clone(), clock.clone());
            tasks.spawn(feed.run(cancel.clone()));
            tasks.spawn(feed::send(options.log, mailbox.clone(), waiting, cancel.clone()));
        }
    }

    let setting = Setting {
        zone: options.zone,
        connection: options.connection,
        note: options.note,
        operator: options.operator,
        access: options.access,
    };
    let mut app = App::new(setting, theme, options.scenery, options.start);
    if let Some(path) = &options.memory {
        app.recall(Memory::read(path));
    }
    app.see_ground(fitting);
    let understands = Understands::detect(&|name| std::env::var(name).ok());
    app.lead(understands.links);
    app.prefer(options.preferences);
    app.call_by(Channel::detect(&|name| std::env::var(name).ok()));
    app.export_to(options.exports);
    if let Some(every) = options.tour {
        app.begin_tour(every, clock());
    }
    if let Some(reread) = options.reread {
        tasks.spawn(preferences::watch(reread, mailbox.clone(), cancel.clone()));
    }
    let mut wanted = None;
    let archives = Archives::from(options.tiles);
    if let Some(zooms) = archives.zooms() {
        app.map.use_tiles(zooms, archives.attribution());
        let (wishes, heard) = watch::channel(Vec::new());
        wanted = Some(wishes);
        let loader = Loader { archives, wanted: heard, mailbox: mailbox.clone() };
        tasks.spawn(loader.run(cancel.clone()));
    }
    let (mut figures, mut errands) = (None, None);
    if let Some(archive) = options.archive {
        app.use_archive();
        let (wishes, heard) = watch::channel(None);
        figures = Some(wishes);
        let analyst = Analyst { archive: archive.clone(), wishes: heard, mailbox: mailbox.clone() };
        tasks.spawn(analyst.run(cancel.clone()));
        let (asked, heard) = watch::channel(None);
        errands = Some(asked);
        let respondent = Respondent { archive, errands: heard, mailbox: mailbox.clone() };
        tasks.spawn(respondent.run(cancel.clone()));
    }
    let interruptions = signals::interruptions()?;
    let heard = drill::heard()?;
    let guard = Guard::take(cancel.clone(), understands)?;
    let mut screen = Terminal::new(Screen::new(Ours::open()?, capability)?.with(understands))?;
    let wires = Wires {
        mailbox,
        commands,
        tiles: wanted,
        figures,
        errands,
        player,
        clock,
        cancel,
        host: capability.host,
    };
    let mut process = signals::Own(&guard);
    run::run(&mut app, &mut screen, &mut process, heard, interruptions, wires).await?;
    if let Some(path) = &options.memory
        && let Err(error) = app.memory().write(path)
    {
        tracing::warn!(path = %path.display(), %error, "the dashboard will not remember how it was arranged");
    }
    if guard.has_panicked() { Err(TuiError::Panicked) } else { Ok(()) }
}
