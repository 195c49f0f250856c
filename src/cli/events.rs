//! `watchtower events tail`.

use std::time::Duration;

use clap::Subcommand;
use watchtower_core::ports::log::{EntryId, Family, Log, StreamId};

use super::{lines, media, signals, telemetry};
use crate::config::Settings;

/// Arguments of `events`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints events as they are appended
    Tail(Tail),
}

#[derive(Debug, clap::Args)]
struct Tail {
    /// The envelopes, one JSON object a line
    #[arg(long)]
    json: bool,
    /// Begin with the oldest entry kept instead of with what comes
    #[arg(long)]
    from_start: bool,
    /// Families to read, comma separated: raw, position, event, command, dead-letter
    #[arg(long, value_delimiter = ',', default_value = "position,event")]
    families: Vec<String>,
}

pub(super) async fn run(args: Args, settings: Settings) -> anyhow::Result<()> {
    let Command::Tail(args) = args.command;
    telemetry::to_stderr(&settings.logging)?;
    let mut families = Vec::new();
    for name in &args.families {
        let family = Family::ALL.into_iter().find(|family| family.name() == name);
        families.push(family.ok_or_else(|| {
            super::exit::Failure::new(super::exit::USAGE, format!("--families: there is no family {name:?}"))
        })?);
    }
    let stop = signals::stop_token()?;
    let (log, _) = media::log_only(&settings, &stop, &|_| ()).await?;
    let mut cursors = cursors(&*log, &families, args.from_start).await?;
    let mut out = lines::Lines::stdout();
    while !stop.is_cancelled() {
        let entries = tokio::select! {
            entries = log.tail(&mut cursors, 1_000, Duration::from_secs(1)) => entries?,
            () = stop.cancelled() => break,
        };
        for entry in entries {
            let line = if args.json {
                entry.event.to_json()
            } else {
                lines::describe(&entry.event, settings.time_zone)
            };
            if !out.print(&line)? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Cursors over the families of every partition, at their end or at their start.
pub(super) async fn cursors(
    log: &dyn Log,
    families: &[Family],
    from_start: bool,
) -> anyhow::Result<Vec<(StreamId, EntryId)>> {
    let mut cursors = Vec::new();
    for partition in log.partitions().all() {
        for family in families {
            let stream = StreamId { partition, family: *family };
            let at = if from_start { EntryId::ZERO } else { log.newest(stream).await? };
            cursors.push((stream, at));
        }
    }
    Ok(cursors)
}
