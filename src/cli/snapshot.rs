//! `watchtower snapshot`: one frame of the dashboard as text, ANSI, SVG or PNG; of the
//! configured log, of the demo's fleet or of a recording.
//!
//! The terminal and its environment have no say: the same data and arguments are
//! the same bytes.

use std::{
    fs,
    io::{self, IsTerminal, Write},
    path::PathBuf,
    sync::Arc,
};

use ratatui::layout::Size;
use watchtower_core::domain::{geo::LonLat, time::Timestamp};

use super::{
    demo,
    exit::{DATA, Failure, IO, USAGE},
    media, telemetry, watch,
};
use crate::{
    config::Settings,
    simulator::SCENERY,
    tui::{
        Access, Archive, ThemeOptions,
        app::{App, Setting},
        capability::{Capability, Host},
        snapshot::{self, Format, KeyNameError, Seen, Sight, Supplies},
        theme::{ColourDepth, Glyphs, Theme},
    },
};

mod live;
mod played;

/// The largest frame, in cells: three wall screens side by side.
const LARGEST: (u16, u16) = (600, 300);
/// The map's closest zoom.
const CLOSEST: f64 = 18.0;

/// Arguments of `snapshot`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Columns and rows
    #[arg(long, value_name = "WxH", default_value = "120x40", value_parser = size)]
    size: Size,
    /// txt, ansi, svg or png [default: by the name of FILE, else ansi on a terminal, else txt]
    #[arg(long, value_parser = format)]
    format: Option<Format>,
    /// Where to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    source: played::Args,
    #[command(flatten)]
    view: View,
    #[command(flatten)]
    looks: watch::Looks,
    #[command(flatten)]
    maps: watch::Maps,
}

/// What of the dashboard is shown.
#[derive(Debug, clap::Args)]
struct View {
    /// all, help, or one pane alone: map, fleet, truck, trips, alerts, events,
    /// analytics
    #[arg(long, value_name = "PANE", default_value = "all", value_parser = seen)]
    view: Seen,
    /// The middle of the map
    #[arg(long, value_name = "LAT,LON", value_parser = place, allow_hyphen_values = true)]
    centre: Option<LonLat>,
    /// The map's zoom, 0 the world, 18 a yard
    #[arg(long, value_name = "Z", value_parser = zoom)]
    zoom: Option<f64>,
    /// Show the whole fleet, as a live dashboard does at first
    #[arg(long, conflicts_with_all = ["centre", "zoom"])]
    fit: bool,
    /// Select a truck
    #[arg(long, value_name = "TRUCK")]
    select: Option<String>,
    /// Keys pressed before the frame, by their names in the help: "2 j j Enter z", "/ m o r u f"
    #[arg(long, value_name = "KEYS", default_value = "", hide_default_value = true, value_parser = keys)]
    keys: Keys,
}

/// A sequence of keys; one argument to clap, which takes a list for several.
#[derive(Debug, Clone)]
struct Keys(Vec<crossterm::event::KeyEvent>);

fn size(text: &str) -> Result<Size, String> {
    let number = |text: &str, most: u16| text.parse().ok().filter(|cells| (1..=most).contains(cells));
    let size = text
        .split_once(['x', 'X', '×'])
        .and_then(|(width, height)| Some(Size::new(number(width, LARGEST.0)?, number(height, LARGEST.1)?)));
    size.ok_or_else(|| format!("is no size like 120x40, from 1x1 to {}x{}", LARGEST.0, LARGEST.1))
}

fn format(name: &str) -> Result<Format, &'static str> {
    Format::from_name(name).ok_or("is none of txt, ansi, svg, png")
}

fn seen(name: &str) -> Result<Seen, String> {
    Seen::from_name(name).ok_or_else(|| format!("is none of {}", Seen::names().join(", ")))
}

fn place(text: &str) -> Result<LonLat, String> {
    let parts = text.split_once(',').and_then(|(lat, lon)| {
        let number = |text: &str| text.trim().parse::<f64>().ok();
        Some((number(lat)?, number(lon)?))
    });
    let (lat, lon) = parts.ok_or("is no place like 6.45,3.39: latitude, longitude")?;
    LonLat::new(lon, lat).map_err(|error| error.to_string())
}

fn zoom(text: &str) -> Result<f64, String> {
    let zoom = text.parse().ok().filter(|zoom| (0.0..=CLOSEST).contains(zoom));
    zoom.ok_or_else(|| format!("is no zoom from 0 to {CLOSEST}"))
}

fn keys(text: &str) -> Result<Keys, KeyNameError> {
    snapshot::keys(text).map(Keys)
}

pub(super) async fn run(args: Args, mut settings: Settings) -> anyhow::Result<()> {
    let format = chosen_format(&args)?;
    // What is written may be standard output's; only what goes wrong is told beside it.
    settings.logging.level = "warn".to_owned();
    telemetry::to_stderr(&settings.logging)?;
    let palette = args.looks.theme.unwrap_or_default().palette();
    let looks = ThemeOptions::from(args.looks);
    let capability = Capability {
        colour: looks.colour.unwrap_or(ColourDepth::True),
        glyphs: looks.glyphs.unwrap_or(Glyphs::Braille),
        host: Host::Terminal,
    };
    let theme = Theme::new(&palette, capability);
    let ground = theme.terminal;
    let tiles = args.maps.open(&settings).await?.into();
    let mut past = None;
    let (mut app, now) = if args.source.demo {
        let start = (!args.view.fit).then(demo::city);
        let mut app = App::new(setting(&settings, "simulation", Some("demo")), theme, SCENERY, start);
        let now = played::simulate(&args.source, &settings, &mut app)?;
        past = played::past(&args.source, &settings, now).await?;
        (app, now)
    } else if !args.source.replay.is_empty() {
        let mut app = App::new(setting(&settings, "recording", Some("replay")), theme, "", None);
        let now = played::replay(&args.source, &settings, &mut app)?;
        (app, now)
    } else {
        live::read(&settings, |label| App::new(setting(&settings, label, None), theme, "", None)).await?
    };
    let archive = match &past {
        Some(past) => Some(Arc::new(Archive::opened(Arc::new(past.clone())))),
        // The demo is asked about itself alone.
        None if args.source.demo => None,
        None => media::archive(&settings),
    };
    let frame = look(&mut app, args.view, (args.size, now), Supplies::new(tiles, archive)).await;
    if let Some(past) = past {
        past.close().await;
    }
    let frame = frame?;
    put(&snapshot::write(&frame, format, ground), args.output.as_deref())
}

async fn look(
    app: &mut App,
    view: View,
    at: (Size, Timestamp),
    mut supplies: Supplies,
) -> Result<ratatui::buffer::Buffer, Failure> {
    let sight = Sight {
        seen: view.view,
        select: view.select,
        centre: view.centre,
        zoom: view.zoom,
        keys: view.keys.0,
    };
    let frame = snapshot::look(app, &sight, at, &mut supplies).await;
    frame.map_err(|error| Failure::new(DATA, format!("--select: {error}")))
}

/// The dashboard as it is for whoever only looks.
fn setting(settings: &Settings, connection: &str, note: Option<&str>) -> Setting {
    Setting {
        zone: settings.time_zone,
        connection: connection.to_owned(),
        note: note.map(str::to_owned),
        operator: String::new(),
        access: Access::ReadOnly,
    }
}

fn chosen_format(args: &Args) -> Result<Format, Failure> {
    let on_terminal = args.output.is_none() && io::stdout().is_terminal();
    let format = match (args.format, &args.output) {
        (Some(format), _) => format,
        (None, Some(file)) => Format::of_file(file).ok_or_else(|| {
            let file = file.display();
            Failure::new(
                USAGE,
                format!("-o {file}: names no format: end it in .txt, .ansi, .svg or .png, or give --format"),
            )
        })?,
        (None, None) if on_terminal => Format::Ansi,
        (None, None) => Format::Txt,
    };
    if format == Format::Png && on_terminal {
        return Err(Failure::new(USAGE, "--format png: a terminal shows no PNG; give -o FILE or a pipe"));
    }
    Ok(format)
}

fn put(bytes: &[u8], file: Option<&std::path::Path>) -> anyhow::Result<()> {
    let (written, to) = match file {
        Some(file) => (fs::write(file, bytes), file.display().to_string()),
        None => (io::stdout().lock().write_all(bytes), "standard output".to_owned()),
    };
    match written {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::new(IO, format!("cannot write to {to}: {error}")).into()),
        Ok(()) => Ok(()),
    }
}
