//! `watchtower replay`: a recording played into the event log; with `--dry-run` see
//! `trial`.
//!
//! The fixes keep their own times: they come from an event-clock source, whose
//! "now" is the newest time it has played.

use std::{collections::HashSet, path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use anyhow::Context;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, Tick},
        id::{CorrelationId, VehicleKey},
        position::{Clock, Source},
        time::Timestamp,
    },
    ports::log::{Family, Log},
};

use super::{
    exit::{self, DATA, Failure},
    media, signals, telemetry, trial, wall_clock,
};
use crate::{
    config::Settings,
    daemon::ticks::ticks,
    recording::{Progress, Recording, Row, Terms},
};

/// Between two appends while playing in time.
const BEAT: Duration = Duration::from_millis(50);
/// Entries in one append, about: fixes and the ticks between them.
const BATCH: usize = 2_000;
/// Event time between ticks.
pub(super) const TICK: Duration = Duration::from_secs(60);
/// Bad lines named before only their number is.
const NAMED_REJECTS: usize = 20;

/// Arguments of `replay`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// CSV, GPX, NDJSON or GTFS-realtime files, plain or gzip; - for standard input
    #[arg(required_unless_present = "dry_run")]
    files: Vec<PathBuf>,
    /// How much faster than it happened, or `max`
    #[arg(long, default_value = "1")]
    speed: Speed,
    /// Stop after this much recorded time, in seconds
    #[arg(long, value_name = "SECONDS")]
    limit_s: Option<u64>,
    #[command(flatten)]
    trial: trial::Args,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Speed {
    Times(f64),
    Max,
}

impl FromStr for Speed {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.parse::<f64>()) {
            ("max", _) => Ok(Self::Max),
            (_, Ok(times)) if times.is_finite() && times > 0.0 => Ok(Self::Times(times)),
            _ => Err("is neither a number above 0 nor \"max\""),
        }
    }
}

pub(super) async fn run(args: Args, settings: Settings) -> anyhow::Result<()> {
    telemetry::to_stderr(&settings.logging)?;
    if args.trial.is_wanted() {
        return trial::run(args.trial, settings).await;
    }
    let (rows, rejected) =
        read(&args.files, Terms { zone: settings.time_zone, max_ahead_s: settings.rules.fixes.max_ahead_s })?;
    let Some(first) = rows.first().map(|row| row.device_time) else {
        return Err(
            Failure::new(DATA, format!("nothing to play: {rejected} lines refused, none read")).into()
        );
    };
    let last = args.limit_s.map(|seconds| first.plus(Duration::from_secs(seconds)));
    let rows: Vec<Row> =
        rows.into_iter().take_while(|row| last.is_none_or(|last| row.device_time <= last)).collect();
    let stop = signals::stop_token()?;
    let (log, label) = media::log_only(&settings, &stop, &|_| ()).await?;
    let name = args.files[0].file_name().map_or("-".into(), |name| name.to_string_lossy().into_owned());
    let player = Player {
        log,
        source: Source::event(&format!("replay:{name}")),
        correlation_id: CorrelationId(Uuid::now_v7()),
    };
    info!(rows = rows.len(), rejected, log = label, from = %first, "playing");
    let started = Instant::now();
    let played = player.play(&rows, args.speed, &stop).await?;
    let distinct: HashSet<_> = rows[..played].iter().map(|row| (&row.vehicle, row.device_time)).collect();
    eprintln!(
        "played {played} fixes ({} distinct) of {} in {:.1} s, {rejected} lines refused",
        distinct.len(),
        rows.len(),
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// All rows by time (stable, so equal times keep the files' order), and how
/// many lines were refused.
pub(super) fn read(files: &[PathBuf], terms: Terms) -> anyhow::Result<(Vec<Row>, usize)> {
    let (mut rows, mut rejected) = (Vec::new(), 0);
    for file in files {
        let recording = Recording::open(file, terms, &Progress::default()).map_err(exit::of_recording)?;
        for row in recording.rows {
            match row {
                // In the log a vehicle goes by its number.
                Ok(row) => match VehicleKey::new(row.vehicle.as_str()) {
                    Ok(vehicle) => rows.push(Row { vehicle, ..row }),
                    Err(_) => rejected += 1,
                },
                Err(error) if error.last => {
                    return Err(Failure::new(DATA, format!("{error}; nothing is played")).into());
                }
                Err(error) => {
                    rejected += 1;
                    if rejected <= NAMED_REJECTS {
                        warn!("{error}");
                    }
                }
            }
        }
    }
    rows.sort_by_key(|row| row.device_time);
    Ok((rows, rejected))
}

struct Player {
    log: Arc<dyn Log>,
    source: Source,
    correlation_id: CorrelationId,
}

impl Player {
    /// Plays the rows, sorted by time, and returns how many were.
    async fn play(&self, rows: &[Row], speed: Speed, stop: &CancellationToken) -> anyhow::Result<usize> {
        let Some(first) = rows.first().map(|row| row.device_time) else { return Ok(0) };
        let (started, mut next, mut tick_at) = (Instant::now(), 0, first.plus(TICK));
        while next < rows.len() && !stop.is_cancelled() {
            let due = match speed {
                Speed::Max => rows.len(),
                Speed::Times(times) => {
                    let now = first.plus(started.elapsed().mul_f64(times));
                    rows.partition_point(|row| row.device_time <= now)
                }
            };
            while next < due && !stop.is_cancelled() {
                let (mut events, mut played) = (Vec::with_capacity(BATCH), 0);
                for row in &rows[next..due] {
                    if events.len() >= BATCH {
                        break;
                    }
                    // A tick stands between the fixes before it and those after.
                    while tick_at <= row.device_time {
                        events.extend(self.ticks(tick_at));
                        tick_at = tick_at.plus(TICK).max(row.device_time);
                    }
                    events.push(self.fix(row));
                    played += 1;
                }
                self.append(events, stop).await?;
                next += played;
            }
            if let (Speed::Times(_), true) = (speed, next < rows.len()) {
                tokio::select! {
                    () = sleep(BEAT) => {}
                    () = stop.cancelled() => {}
                }
            }
        }
        if let (true, Some(last)) = (next == rows.len(), rows.last()) {
            self.append(self.ticks(last.device_time.plus(TICK)), stop).await?;
        }
        Ok(next)
    }

    async fn append(&self, events: Vec<(Family, Event)>, stop: &CancellationToken) -> anyhow::Result<()> {
        loop {
            match self.log.append(&events).await {
                Ok(_) => return Ok(()),
                // Appending again is harmless: the ids come from the data.
                Err(error) if error.is_retryable() && !stop.is_cancelled() => {
                    warn!(%error, "log is away, playing waits");
                    sleep(Duration::from_secs(1)).await;
                }
                Err(error) => return Err(error).context("a batch could not be appended"),
            }
        }
    }

    fn fix(&self, row: &Row) -> (Family, Event) {
        let position = row.position(self.source.clone(), wall_clock());
        (Family::Position, Event::position(&row.vehicle, position, self.correlation_id))
    }

    fn ticks(&self, now: Timestamp) -> Vec<(Family, Event)> {
        let (partitions, tick) = (self.log.partitions(), Tick { clock: Clock::Event, now });
        ticks(partitions, partitions.all(), tick, wall_clock(), self.correlation_id)
    }
}
