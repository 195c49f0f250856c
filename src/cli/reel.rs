//! `watchtower watch --replay`: what the dashboard plays, from recordings or from the
//! store, with the books and the rules it is judged by.

use std::{path::PathBuf, sync::Arc};

use tokio_util::sync::CancellationToken;
use tracing::info;
use uuid::Uuid;
use watchtower_core::{
    domain::{event::Event, id::CorrelationId, position::Source, time::Timestamp},
    ports::{
        log::{Log, Meta},
        store::Span,
    },
};

use super::{
    analyze,
    exit::{DATA, Failure, USAGE},
    media::{self, Media},
    replay, wall_clock,
};
use crate::{
    config::Settings,
    recording::{Period, Terms},
    tui::replay::{Programme, Reel, Tape},
};

/// Which past the dashboard shows.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// Show the past: recorded files (CSV, GPX, NDJSON, GTFS-realtime, plain or gzip), or with --from and --to what the store has
    #[arg(long, value_name = "FILE", num_args = 0.., conflicts_with = "played")]
    replay: Option<Vec<PathBuf>>,
    /// Of what the store has the first day, or instant, e.g. 2026-11-01T06:00:00Z; without a zone it is the fleet's
    #[arg(long, value_name = "TIME", requires_all = ["to", "replay"])]
    from: Option<String>,
    /// The first day or instant after it
    #[arg(long, value_name = "TIME", requires_all = ["from", "replay"])]
    to: Option<String>,
    /// GeoJSON geofences to judge by instead of the fleet's; may be repeated
    #[arg(long, value_name = "FILE", requires = "replay")]
    geofences: Vec<PathBuf>,
}

impl Args {
    pub(super) const fn is_wanted(&self) -> bool {
        self.replay.is_some()
    }

    fn span(&self, settings: &Settings) -> Result<Option<Span>, Failure> {
        let (Some(from), Some(to)) = (&self.from, &self.to) else { return Ok(None) };
        let read = |name: &str, text: &str| {
            Timestamp::parse_or_midnight(text, settings.time_zone)
                .map_err(|error| Failure::new(USAGE, format!("--{name}: {error}")))
        };
        let span = Span { from: read("from", from)?, to: read("to", to)? };
        if span.from >= span.to {
            return Err(Failure::new(USAGE, format!("--from {} is not before --to {}", span.from, span.to)));
        }
        Ok(Some(span))
    }
}

/// Reads all of it; also the log the books are from, and what the screen calls it.
pub(super) async fn load(
    args: Args,
    settings: &Settings,
    stop: &CancellationToken,
) -> anyhow::Result<(Arc<dyn Log>, Reel, String)> {
    let span = args.span(settings)?;
    let files = args.replay.unwrap_or_default();
    let tell = |waiting: &str| eprintln!("watchtower: {waiting}; trying again, Ctrl-C leaves");
    let (log, tape, name) = match (span, &files[..]) {
        (None, []) => {
            let reason = "--replay: name recorded files, or a stored period by --from and --to";
            return Err(Failure::new(USAGE, reason).into());
        }
        (Some(_), [_, ..]) => {
            let reason = "--replay: either files or a stored period, not both";
            return Err(Failure::new(USAGE, reason).into());
        }
        (None, [first, ..]) => {
            let (log, _) = media::log_only(settings, stop, &tell).await?;
            let name = first.file_name().map_or("-".into(), |name| name.to_string_lossy());
            (log, recorded(&files, settings)?, name.into_owned())
        }
        (Some(span), []) => {
            let media = Media::open(settings, stop).await?;
            (media.log.clone(), stored(&media, span, stop).await?, media.label.to_owned())
        }
    };
    if tape.is_empty() {
        return Err(Failure::new(DATA, "nothing to play: there is no fix").into());
    }
    info!(fixes = tape.len(), "playing on the dashboard");
    let mut books = log.meta().await?;
    // Where trips stand is told by what is played.
    books.retain(|record| !matches!(record, Meta::Trip(_)));
    if !args.geofences.is_empty() {
        books.retain(|record| !matches!(record, Meta::Geofence(_)));
        books.extend(analyze::fences(&args.geofences)?.into_iter().map(Meta::Geofence));
    }
    let programme = Arc::new(Programme::of(settings.rules.clone(), &books));
    Ok((log, Reel { tape, books, programme }, name))
}

fn recorded(files: &[PathBuf], settings: &Settings) -> anyhow::Result<Tape> {
    let terms = Terms { zone: settings.time_zone, max_ahead_s: settings.rules.fixes.max_ahead_s };
    let read = replay::read(files, terms)?;
    let mut tape = Tape::default();
    let source = Source::event("replay");
    for row in read.rows {
        let row = row?;
        let position = row.position(source.clone(), wall_clock());
        let event = Event::position(&row.vehicle, position, CorrelationId(Uuid::nil()));
        tape.push(event).map_err(|full| Failure::new(DATA, full.to_string()))?;
    }
    if tape.is_empty() {
        let reason = format!("nothing to play: {} lines refused, none read", read.rejected);
        return Err(Failure::new(DATA, reason).into());
    }
    Ok(tape)
}

async fn stored(media: &Media, span: Span, stop: &CancellationToken) -> anyhow::Result<Tape> {
    eprintln!("watchtower: reading what is stored from {} to {}", span.from, span.to);
    let mut period = Period::new(&*media.store, Vec::new(), span);
    let mut tape = Tape::default();
    while let Some(event) = period.next().await? {
        if stop.is_cancelled() {
            return Err(Failure::new(super::exit::UNAVAILABLE, "stopped while reading").into());
        }
        tape.push(event).map_err(|full| Failure::new(DATA, full.to_string()))?;
    }
    if tape.is_empty() {
        let reason = format!("nothing is stored from {} to {}", span.from, span.to);
        return Err(Failure::new(DATA, reason).into());
    }
    Ok(tape)
}
