//! `watchtower watch`: the dashboard on the configured log.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;
use watchtower_core::ports::{log::Log, tiles::Tiles};

use super::{
    exit::{Failure, NO_INPUT},
    media,
    preferences::{self, Sources},
    reel, signals, telemetry,
};
use crate::{
    config::Settings,
    tui::{
        self, TuiOptions,
        theme::{ColourDepth, Glyphs, ThemeName},
    },
};

/// Arguments of `watch`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A directory that a stored period was played into, instead of the fleet's log
    #[arg(value_name = "DIR")]
    played: Option<PathBuf>,
    #[command(flatten)]
    past: reel::Args,
    #[command(flatten)]
    looks: Looks,
    #[command(flatten)]
    maps: Maps,
    /// For a wall screen: nothing can be sent or written, no phone numbers are shown
    #[arg(long)]
    read_only: bool,
    /// Goes on to the next open alert, and round by the whole fleet, every so many seconds
    #[arg(
        long,
        value_name = "SECONDS",
        requires = "read_only",
        value_parser = clap::value_parser!(u64).range(2..=3_600)
    )]
    tour: Option<u64>,
}

/// Street maps, over those of the settings.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Maps {
    /// Street map to show: a .pmtiles or .mbtiles file; may be repeated [map.tiles]
    #[arg(long, value_name = "PATH")]
    tiles: Vec<PathBuf>,
}

impl Maps {
    /// Opens them.
    pub(super) async fn open(self, settings: &Settings) -> Result<Vec<Arc<dyn Tiles>>, Failure> {
        let paths = if self.tiles.is_empty() { &settings.tiles } else { &self.tiles };
        media::open_tiles(paths).await
    }
}

/// What the dashboard is drawn with, over what the terminal says of itself.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Looks {
    /// Colours: true, 256, 16 or none; default as the terminal can
    #[arg(long, value_name = "DEPTH", value_parser = colour)]
    colour: Option<ColourDepth>,
    /// Glyphs: braille, block or ascii; default as terminal and locale can
    #[arg(long, value_name = "SET", value_parser = glyphs)]
    glyphs: Option<Glyphs>,
    /// Theme: dark, light, contrast, colour-blind or 16 (the terminal's own colours); default as
    /// the terminal's ground is
    #[arg(long, value_name = "NAME", value_parser = theme)]
    pub(super) theme: Option<ThemeName>,
}

impl From<Looks> for tui::ThemeOptions {
    fn from(looks: Looks) -> Self {
        let Looks { colour, glyphs, theme: _ } = looks;
        Self { colour, glyphs }
    }
}

fn colour(name: &str) -> Result<ColourDepth, &'static str> {
    ColourDepth::from_name(name).ok_or("is none of true, 256, 16, none")
}

fn theme(name: &str) -> Result<ThemeName, &'static str> {
    ThemeName::from_name(name).ok_or("is none of dark, light, contrast, colour-blind, 16")
}

fn glyphs(name: &str) -> Result<Glyphs, &'static str> {
    Glyphs::from_name(name).ok_or("is none of braille, block, ascii")
}

pub(super) async fn run(args: Args, mut settings: Settings, sources: Sources) -> anyhow::Result<()> {
    if let Some(played) = args.played {
        if !played.join(media::FILE).exists() {
            return Err(
                Failure::new(NO_INPUT, format!("{}: nothing was played there", played.display())).into()
            );
        }
        (settings.redis.url, settings.database.url, settings.data_dir) = (None, None, played);
    }
    // Before anything is waited for: nobody would see that it is.
    tui::require_terminal()?;
    let tiles = args.maps.open(&settings).await?;
    let stop = signals::stop_token()?;
    telemetry::to_file(&settings.logging, &settings.data_dir)?;
    // The log lines go to a file: whoever sits here is told apart from them.
    if args.past.is_wanted() {
        return show_past((args.past, args.looks, sources), settings, tiles, stop).await;
    }
    let tell = |waiting: &str| eprintln!("watchtower: {waiting}; trying again, Ctrl-C leaves");
    let (log, label) = media::log_only(&settings, &stop, &tell).await?;
    let memory = Some(settings.data_dir.join("dashboard.json"));
    let options = TuiOptions {
        archive: media::archive(&settings),
        tiles,
        memory,
        access: if args.read_only { tui::Access::Wall } else { tui::Access::Dispatch },
        tour: args.tour.map(Duration::from_secs),
        ..options(log, &settings, label.to_owned(), args.looks, sources)
    };
    tui::run(options, stop).await?;
    Ok(())
}

/// The same screen on a past period: nothing is sent, and where panes lie is not
/// remembered from it.
async fn show_past(
    (past, looks, sources): (reel::Args, Looks, Sources),
    settings: Settings,
    tiles: Vec<Arc<dyn Tiles>>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let (log, reel, name) = reel::load(past, &settings, &stop).await?;
    let options = TuiOptions {
        archive: media::archive(&settings),
        start: reel.tape.extent(),
        replay: Some(reel),
        tiles,
        note: Some("replay".to_owned()),
        access: tui::Access::ReadOnly,
        ..options(log, &settings, name, looks, sources)
    };
    tui::run(options, stop).await?;
    Ok(())
}

/// A dashboard on `log` for whoever is logged in.
pub(super) fn options(
    log: Arc<dyn Log>,
    settings: &Settings,
    connection: String,
    looks: Looks,
    sources: Sources,
) -> TuiOptions {
    // What is wrong with them was told with the settings.
    let mut preferred = preferences::preferences(&settings.dashboard).unwrap_or_default();
    preferred.colours.theme = looks.theme.or(preferred.colours.theme);
    TuiOptions {
        log,
        archive: None,
        replay: None,
        scenery: "",
        tiles: Vec::new(),
        zone: settings.time_zone,
        connection,
        note: None,
        operator: std::env::var("USER").unwrap_or_else(|_| "dispatcher".to_owned()),
        access: tui::Access::Dispatch,
        start: None,
        tour: None,
        exports: settings.data_dir.join("exports"),
        preferences: preferred,
        reread: Some(preferences::reread(sources, looks.theme)),
        theme: looks.into(),
        memory: None,
    }
}
