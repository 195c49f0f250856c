//! `watchtower trucks|drivers|trips|geofences|alerts`: what the fleet's log and
//! store know, listed and shown in one pattern. No daemon is needed.

use std::{
    cell::RefCell,
    io::{self, ErrorKind, IsTerminal as _, Write as _},
    time::Duration,
};

use clap::{Args as ClapArgs, Subcommand};
use watchtower_core::{
    domain::time::Timestamp,
    filter::{self, Filter},
};

use super::{
    exit::{Failure, IO, NO_INPUT, UNAVAILABLE},
    media::{self, Media},
    signals,
};
use crate::{books::Books, config::Settings};

mod alerts;
mod drivers;
mod geofences;
mod listing;
mod trips;
mod trucks;

use listing::{Format, Ink, Listing};

/// A service that has not answered by then is away; whoever waits for a list would
/// rather know.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Trucks,
    Drivers,
    Trips,
    Geofences,
    Alerts,
}

/// Arguments of all of them.
#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args<L: ClapArgs> {
    #[command(subcommand)]
    command: Option<Command<L>>,
    #[command(flatten)]
    list: L,
}

#[derive(Debug, Subcommand)]
enum Command<L: ClapArgs> {
    /// Lists them
    List(L),
    /// Shows one with all that is known of it
    Show(Show),
}

/// How the answer is printed.
#[derive(Debug, Default, Clone, Copy, ClapArgs)]
#[group(multiple = false)]
pub(super) struct Lines {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// CSV with a header
    #[arg(long)]
    csv: bool,
}

#[derive(Debug, ClapArgs)]
struct Show {
    /// Its number, name or id
    name: String,
    /// As a JSON object
    #[arg(long)]
    json: bool,
}

/// A list of what can be filtered.
#[derive(Debug, ClapArgs)]
pub(super) struct Filtered {
    /// Those a filter means, e.g. 'status:idle and group:FM'; --help lists its fields
    #[arg(long, value_name = "FILTER", value_parser = Filter::parse, long_help = long_help())]
    filter: Option<Filter>,
    #[command(flatten)]
    lines: Lines,
}

/// A list of what can be filtered and drawn.
#[derive(Debug, ClapArgs)]
pub(super) struct FilteredDrawn {
    #[command(flatten)]
    filtered: Filtered,
    /// A GeoJSON FeatureCollection
    #[arg(long, conflicts_with_all = ["json", "csv"])]
    geojson: bool,
}

/// A list of what can be drawn.
#[derive(Debug, ClapArgs)]
pub(super) struct Drawn {
    #[command(flatten)]
    lines: Lines,
    /// A GeoJSON FeatureCollection
    #[arg(long, conflicts_with_all = ["json", "csv"])]
    geojson: bool,
}

/// A list of alerts.
#[derive(Debug, ClapArgs)]
pub(super) struct AlertList {
    #[command(flatten)]
    filtered: Filtered,
    /// Those that are over, too
    #[arg(long)]
    all: bool,
    /// At most so many, the newest
    #[arg(long, value_name = "COUNT", default_value_t = 1_000)]
    limit: usize,
}

fn long_help() -> String {
    format!("Those a filter means, e.g. 'status:idle and group:FM and speed>60'.\n\n{}", filter::guide())
}

/// What is wanted of a list.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    filter: Filter,
    format: Format,
    all: bool,
    limit: Option<usize>,
    /// One of this name, where there may be too many to look through.
    only: Option<String>,
}

impl From<Lines> for Wanted {
    fn from(lines: Lines) -> Self {
        let format = match (lines.json, lines.csv) {
            (true, _) => Format::Json,
            (_, true) => Format::Csv,
            (false, false) => Format::Table,
        };
        Self { format, ..Self::default() }
    }
}

impl From<Filtered> for Wanted {
    fn from(list: Filtered) -> Self {
        Self { filter: list.filter.unwrap_or_default(), ..list.lines.into() }
    }
}

impl From<FilteredDrawn> for Wanted {
    fn from(list: FilteredDrawn) -> Self {
        let wanted = Self::from(list.filtered);
        if list.geojson { Self { format: Format::GeoJson, ..wanted } } else { wanted }
    }
}

impl From<Drawn> for Wanted {
    fn from(list: Drawn) -> Self {
        let wanted = Self::from(list.lines);
        if list.geojson { Self { format: Format::GeoJson, ..wanted } } else { wanted }
    }
}

impl From<AlertList> for Wanted {
    fn from(list: AlertList) -> Self {
        Self { all: list.all, limit: Some(list.limit), ..list.filtered.into() }
    }
}

/// What the records are told with.
struct Scene<'a> {
    books: &'a Books,
    /// The host's clock.
    now: Timestamp,
    zone: chrono_tz::Tz,
}

pub(super) async fn run<L>(kind: Kind, args: Args<L>, settings: Settings) -> anyhow::Result<()>
where
    L: ClapArgs + Into<Wanted>,
{
    match args.command {
        Some(Command::Show(show)) => {
            let wanted = Wanted { all: true, only: Some(show.name.clone()), ..Wanted::default() };
            let listing = read(kind, &wanted, &settings).await?;
            let found = listing.find(&show.name).ok_or_else(|| {
                Failure::new(NO_INPUT, format!("there is no {} {:?}", listing.singular, show.name))
            })?;
            print(&if show.json { format!("{}\n", found.json) } else { listing.shown(found, ink()) })
        }
        Some(Command::List(list)) => print_list(kind, &list.into(), &settings).await,
        None => print_list(kind, &args.list.into(), &settings).await,
    }
}

async fn print_list(kind: Kind, wanted: &Wanted, settings: &Settings) -> anyhow::Result<()> {
    let listing = read(kind, wanted, settings).await?;
    print(&listing.printed(wanted.format, ink())?)
}

/// What is wanted of the log, and for alerts of the store.
async fn read(kind: Kind, wanted: &Wanted, settings: &Settings) -> anyhow::Result<Listing> {
    let stop = signals::stop_token()?;
    let (now, zone) = (super::wall_clock(), settings.time_zone);
    let listing = match kind {
        Kind::Trucks => trucks::listing as fn(&Wanted, &Scene<'_>) -> Listing,
        Kind::Drivers => drivers::listing,
        Kind::Trips => trips::listing,
        Kind::Geofences => geofences::listing,
        Kind::Alerts => {
            let why = RefCell::new("log or store does not answer".to_owned());
            let media = soon(Media::open(settings, &stop), &why).await?;
            let books = Books::read(&*media.log).await?;
            let scene = Scene { books: &books, now, zone };
            return Ok(alerts::listing(&*media.store, wanted, &scene).await?);
        }
    };
    let why = RefCell::new("the log does not answer".to_owned());
    let tell = |reason: &str| reason.clone_into(&mut why.borrow_mut());
    let (log, _) = soon(media::log_only(settings, &stop, &tell), &why).await?;
    let books = Books::read(&*log).await?;
    Ok(listing(wanted, &Scene { books: &books, now, zone }))
}

/// What is opened, or the reason last heard why it is not.
pub(super) async fn soon<T>(
    opening: impl Future<Output = anyhow::Result<T>>,
    why: &RefCell<String>,
) -> anyhow::Result<T> {
    let opened = tokio::time::timeout(PATIENCE, opening).await;
    opened.unwrap_or_else(|_| Err(Failure::new(UNAVAILABLE, why.borrow().clone()).into()))
}

/// Whether whoever reads wants colours.
fn ink() -> Ink {
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    if wanted && io::stdout().is_terminal() { Ink::Coloured } else { Ink::Plain }
}

/// Prints a text; a reader that went away is a normal end.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::new(IO, format!("cannot write: {error}")).into()),
    }
}
