//! `watchtower analyze`: the fleet engine over recorded positions.

use std::{
    collections::HashMap,
    io::{self, BufWriter, IsTerminal, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use chrono_tz::Tz;
use clap::ValueEnum;
use watchtower_core::{
    domain::geofence::{Geofence, read_collection},
    engine::{FenceSet, Rules},
};

use super::exit::{self, DATA, Failure, IO, USAGE};
use crate::{
    analysis::{Analysis, Csv, Finding, Kind, NdJson, Sink, Summary},
    config::{Layers, Settings},
    recording::{Bytes, Line, Merged, Progress, Recording, RowError, Sorted, Terms},
};

/// Memory for sorting before runs go to the disk, bytes.
const SORT_BUDGET: usize = 64 << 20;
/// Rows between two looks at the clock for the progress bar.
const PROGRESS_EVERY: u64 = 4_096;

/// Arguments of `analyze`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// CSV, GPX, NDJSON or GTFS-realtime, plain or gzip; - for standard input. CSV divided
    /// by semicolons (whose numbers may have decimal commas) or tabs is told by its header
    #[arg(required = true, value_name = "TRACE")]
    traces: Vec<PathBuf>,
    /// GeoJSON: Polygon, MultiPolygon, Point with radius_m, LineString with width_m
    #[arg(long, value_name = "FILE")]
    geofences: Vec<PathBuf>,
    /// Zone of local days and of times without one [default: fleet.time_zone]
    #[arg(long, value_name = "TZ")]
    time_zone: Option<Tz>,
    /// The rules to begin with: as live, or without any judgement
    #[arg(long, value_enum, default_value_t)]
    profile: Profile,
    /// Only these records: vehicle, visit, crossing, stop, trip, overspeed, alert, day, reject, feed
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    records: Vec<Kind>,
    /// How to print [default: table on a terminal, else ndjson]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// A line that is no fix is an error (exit code 65)
    #[arg(long)]
    strict: bool,
    /// Show progress on standard error, terminal or not
    #[arg(long)]
    progress: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Profile {
    /// As live
    #[default]
    Default,
    /// What independent implementations of the same definitions compute
    Raw,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One object a line
    Ndjson,
    /// Tables for a person
    Table,
    /// One table for all records, with a header
    Csv,
}

/// Runs it. Reads no default configuration file: only `config`, the environment's
/// rules and `sets`.
pub(super) fn run(args: &Args, config: Option<&Path>, sets: &[String]) -> anyhow::Result<()> {
    let inputs = args.traces.iter().chain(&args.geofences);
    if inputs.filter(|file| *file == Path::new("-")).count() > 1 {
        return Err(Failure::new(USAGE, "standard input (-) can be read once").into());
    }
    let base = match args.profile {
        Profile::Default => Rules::default(),
        Profile::Raw => Rules::raw(),
    };
    let rules = Settings::rules_over(base, args.time_zone, Layers::of_command(config, sets))?;
    let zone = rules.time_zone;
    let terms = Terms { zone, max_ahead_s: rules.fixes.max_ahead_s };
    let fences = FenceSet::new(fences(&args.geofences)?);
    let stdout = io::stdout().lock();
    let format = args.format.unwrap_or(if stdout.is_terminal() { Format::Table } else { Format::Ndjson });
    let to = BufWriter::with_capacity(1 << 16, stdout);
    let outcome = match format {
        Format::Ndjson => analyze(args, terms, Analysis::new(rules, fences), &mut NdJson(to)),
        Format::Table => analyze(args, terms, Analysis::new(rules, fences), &mut Summary::new(to, zone)),
        Format::Csv => Csv::new(to)
            .map_err(anyhow::Error::from)
            .and_then(|mut csv| analyze(args, terms, Analysis::new(rules, fences), &mut csv)),
    };
    match outcome {
        // Whoever reads has seen enough.
        Err(error) if is_closed_pipe(&error) => Ok(()),
        Err(error) if error.is::<io::Error>() => {
            Err(Failure::new(IO, format!("cannot write to standard output: {error}")).into())
        }
        outcome => outcome,
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref().map(io::Error::kind) == Some(io::ErrorKind::BrokenPipe)
}

/// The fences of all files; everything wrong with any of them is one error.
pub(super) fn fences(files: &[PathBuf]) -> Result<Vec<Geofence>, Failure> {
    let (mut all, mut problems, mut seen) = (Vec::<Geofence>::new(), Vec::new(), HashMap::new());
    for file in files {
        let unreadable = |error: io::Error| {
            Failure::new(exit::of_reading(&error), format!("cannot read {}: {error}", file.display()))
        };
        let bytes = Bytes::open(file, &Progress::default()).and_then(Bytes::text).map_err(unreadable)?;
        let text = match bytes {
            Ok(text) => io::read_to_string(text).map_err(unreadable)?,
            Err(encoding) => {
                problems.push(format!("{}: is written in {encoding}, not in UTF-8", file.display()));
                continue;
            }
        };
        match read_collection(&text) {
            Ok((fences, errors)) => {
                for fence in &fences {
                    if let Some(other) = seen.insert(fence.id.clone(), file) {
                        let (id, here, other) = (fence.id.as_str(), file.display(), other.display());
                        problems.push(format!("{here}: geofence id {id:?} is used in {other} too"));
                    }
                }
                all.extend(fences);
                problems.extend(errors.iter().map(|error| format!("{}: {error}", file.display())));
            }
            Err(error) => problems.push(format!("{}: {error}", file.display())),
        }
    }
    if problems.is_empty() { Ok(all) } else { Err(Failure::new(DATA, problems.join("\n"))) }
}

fn analyze(args: &Args, terms: Terms, analysis: Analysis, sink: &mut dyn Sink) -> anyhow::Result<()> {
    let progress = Progress::default();
    let bar = Bar::new(args.progress || io::stderr().is_terminal(), progress.clone());
    let mut run = Run { analysis, sink, wanted: &args.records, rejected: 0, lost: Vec::new(), bar };
    let mut sources = Vec::new();
    for trace in &args.traces {
        let recording = Recording::open(trace, terms, &progress).map_err(exit::of_recording)?;
        if let Some(feed) = recording.feed {
            run.put(&Finding::feed(trace.display().to_string(), feed))?;
        }
        sources.push(recording.rows);
    }
    match args.profile {
        Profile::Default => run.take_all(merged(sources))?,
        Profile::Raw => {
            let lines = sources.into_iter().flatten();
            let sorted = Sorted::new::<anyhow::Error>(lines, SORT_BUDGET, |error| run.refuse(&error))?;
            for row in sorted {
                run.take(&row?)?;
            }
        }
    }
    let (rejected, lost) = run.finish()?;
    if !lost.is_empty() {
        return Err(Failure::new(DATA, lost.join("\n")).into());
    }
    if args.strict && rejected > 0 {
        return Err(Failure::new(DATA, format!("{rejected} lines are no fixes")).into());
    }
    Ok(())
}

fn merged(mut sources: Vec<Box<dyn Iterator<Item = Line> + Send>>) -> Box<dyn Iterator<Item = Line>> {
    match sources.len() {
        1 => sources.remove(0),
        _ => Box::new(Merged::new(sources)),
    }
}

struct Run<'a> {
    analysis: Analysis,
    sink: &'a mut dyn Sink,
    /// Empty: all.
    wanted: &'a [Kind],
    rejected: u64,
    /// Files whose rest cannot be read: from where, and why.
    lost: Vec<String>,
    bar: Bar,
}

impl Run<'_> {
    fn take_all(&mut self, lines: impl Iterator<Item = Line>) -> anyhow::Result<()> {
        for line in lines {
            match line {
                Ok(row) => self.take(&row)?,
                Err(error) => self.refuse(&error)?,
            }
        }
        Ok(())
    }

    fn take(&mut self, row: &crate::recording::Row) -> anyhow::Result<()> {
        self.bar.step();
        for finding in self.analysis.take(row) {
            if self.wanted.is_empty() || self.wanted.contains(&finding.kind()) {
                self.sink.put(&finding)?;
            }
        }
        Ok(())
    }

    fn refuse(&mut self, error: &RowError) -> anyhow::Result<()> {
        self.rejected += 1;
        if error.last {
            self.lost.push(format!("{error}; the file is cut off or damaged there"));
        }
        let finding = self.analysis.refuse(error);
        self.put(&finding)
    }

    fn put(&mut self, finding: &Finding) -> anyhow::Result<()> {
        if self.wanted.is_empty() || self.wanted.contains(&finding.kind()) {
            self.sink.put(finding)?;
        }
        Ok(())
    }

    /// Prints the rest; returns how many lines were refused, and what was lost.
    fn finish(mut self) -> anyhow::Result<(u64, Vec<String>)> {
        for finding in self.analysis.finish() {
            if self.wanted.is_empty() || self.wanted.contains(&finding.kind()) {
                self.sink.put(&finding)?;
            }
        }
        self.bar.clear();
        self.sink.end()?;
        Ok((self.rejected, self.lost))
    }
}

/// A progress bar on standard error.
struct Bar {
    shown: bool,
    progress: Progress,
    rows: u64,
    started: Instant,
    drawn: Option<Instant>,
}

impl Bar {
    const BEAT: Duration = Duration::from_millis(100);
    const WIDTH: u64 = 30;

    fn new(shown: bool, progress: Progress) -> Self {
        Self { shown, progress, rows: 0, started: Instant::now(), drawn: None }
    }

    fn step(&mut self) {
        self.rows += 1;
        if self.shown && self.rows.is_multiple_of(PROGRESS_EVERY) {
            let now = Instant::now();
            if now - self.drawn.unwrap_or(self.started) >= Self::BEAT {
                self.drawn = Some(now);
                self.draw();
            }
        }
    }

    fn draw(&self) {
        let rate = self.rows as f64 / self.started.elapsed().as_secs_f64().max(1e-3);
        let (read, total) = (self.progress.read(), self.progress.total());
        let mut line = format!("\r\x1b[K{} fixes, {rate:.0}/s", self.rows);
        // Standard input has no length.
        if let Some(percent) = (read * 100).checked_div(total) {
            let done = (percent.min(100) * Self::WIDTH / 100) as usize;
            let rest = Self::WIDTH as usize - done;
            line = format!("\r\x1b[K{}{} {percent:3} %  {}", "━".repeat(done), "╌".repeat(rest), &line[4..]);
        }
        let mut to = io::stderr().lock();
        // It is only for show.
        let _ = to.write_all(line.as_bytes()).and_then(|()| to.flush());
    }

    fn clear(&mut self) {
        if self.drawn.take().is_some() {
            let _ = io::stderr().write_all(b"\r\x1b[K");
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}
