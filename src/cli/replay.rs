//! `watchtower replay`: recorded files played into the event log; a stored period played
//! into a log of its own, see `period`; with `--dry-run` see `trial`.

use std::{path::PathBuf, time::Duration};

use futures::stream;
use tokio::time::Instant;
use tracing::{info, warn};
use uuid::Uuid;
use watchtower_core::domain::{
    event::Event,
    id::{CorrelationId, VehicleKey},
    position::Source,
};

use super::{
    exit::{self, DATA, Failure},
    media, period,
    play::{Player, Speed},
    signals, telemetry, trial, wall_clock,
};
use crate::{
    config::Settings,
    recording::{Progress, Recording, Row, RowError, Sorted, Terms},
};

/// Bad lines named before only their number is.
const NAMED_REJECTS: usize = 20;
/// Memory for sorting; what does not fit goes to `$TMPDIR`.
const SORT_BUDGET: usize = 64 << 20;

/// Arguments of `replay`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// CSV, GPX, NDJSON or GTFS-realtime files, plain or gzip; - for standard input
    #[arg(required_unless_present_any = ["dry_run", "from"], conflicts_with = "from")]
    files: Vec<PathBuf>,
    /// How much faster than it happened, or `max`
    #[arg(long, default_value = "1")]
    speed: Speed,
    /// Stop after this much recorded time, in seconds
    #[arg(long, value_name = "SECONDS", conflicts_with = "from")]
    limit_s: Option<u64>,
    #[command(flatten)]
    period: period::Args,
    #[command(flatten)]
    trial: trial::Args,
}

pub(super) async fn run(args: Args, settings: Settings) -> anyhow::Result<()> {
    telemetry::to_stderr(&settings.logging)?;
    if args.trial.is_wanted() {
        return trial::run(args.trial, args.period, settings).await;
    }
    if args.period.is_wanted() {
        return period::play(args.period, args.speed, settings).await;
    }
    let terms = Terms { zone: settings.time_zone, max_ahead_s: settings.rules.fixes.max_ahead_s };
    let read = read(&args.files, terms)?;
    let (count, rejected) = (read.count, read.rejected);
    let mut rows = read.rows.peekable();
    let first = match rows.peek() {
        Some(Ok(row)) => Some(row.device_time),
        Some(Err(_)) | None => None,
    };
    if count == 0 {
        let reason = format!("nothing to play: {rejected} lines refused, none read");
        return Err(Failure::new(DATA, reason).into());
    }
    let last = args.limit_s.zip(first).map(|(seconds, first)| first.plus(Duration::from_secs(seconds)));
    let stop = signals::stop_token()?;
    let (log, label) = media::log_only(&settings, &stop, &|_| ()).await?;
    let name = args.files[0].file_name().map_or("-".into(), |name| name.to_string_lossy().into_owned());
    let source = Source::event(&format!("replay:{name}"));
    let correlation_id = CorrelationId(Uuid::now_v7());
    let event =
        |row: Row| Event::position(&row.vehicle, row.position(source.clone(), wall_clock()), correlation_id);
    let events = rows
        .map(|row| Ok(event(row?)))
        .take_while(|event| event.as_ref().map_or(true, |event| last.is_none_or(|last| event.ts <= last)));
    let player = Player { log, correlation_id, speed: args.speed, begin: None };
    info!(rows = count, rejected, log = label, from = ?first, "playing");
    let started = Instant::now();
    let played = player.play(stream::iter(events), &stop).await?;
    eprintln!(
        "played {} fixes ({} distinct) of {count} in {:.1} s, {rejected} lines refused",
        played.fixes,
        played.distinct,
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// All rows by time, equal times in the files' order.
pub(super) struct Read {
    pub(super) rows: Sorted,
    pub(super) count: u64,
    /// Lines refused.
    pub(super) rejected: u64,
}

pub(super) fn read(files: &[PathBuf], terms: Terms) -> anyhow::Result<Read> {
    let (mut lines, mut count, mut rejected) = (Vec::new(), 0, 0);
    for file in files {
        let recording = Recording::open(file, terms, &Progress::default()).map_err(exit::of_recording)?;
        lines.push(recording.rows);
    }
    // In the log a vehicle goes by its number.
    let named = |row: Row| VehicleKey::new(row.vehicle.as_str()).ok().map(|vehicle| Row { vehicle, ..row });
    let mut nameless = 0;
    let rows = lines.into_iter().flatten().filter_map(|line| match line {
        Ok(row) => match named(row) {
            Some(row) => {
                count += 1;
                Some(Ok(row))
            }
            None => {
                nameless += 1;
                None
            }
        },
        Err(error) => Some(Err(error)),
    });
    let rows = Sorted::new(rows, SORT_BUDGET, |error: RowError| -> anyhow::Result<()> {
        if error.last {
            return Err(Failure::new(DATA, format!("{error}; nothing is played")).into());
        }
        rejected += 1;
        if rejected <= NAMED_REJECTS as u64 {
            warn!("{error}");
        }
        Ok(())
    })?;
    Ok(Read { rows, count, rejected: rejected + nameless })
}
