//! The command line: one file a command. This is the composition root: what
//! is abstract elsewhere gets its concrete medium here.

use clap::{Args, Parser, Subcommand};
use tokio::runtime::Runtime;

use self::{preferences::Sources, records::Kind};
use crate::config::Layers;

mod analyze;
mod ask;
mod config;
mod daemon;
mod demo;
mod events;
pub mod exit;
mod lines;
mod media;
mod migrate;
mod period;
mod play;
mod preferences;
mod records;
mod reel;
mod replay;
mod signals;
mod snapshot;
mod telemetry;
mod trial;
mod watch;

/// Runs the live operation of a truck fleet from a terminal.
#[derive(Debug, Parser)]
#[command(name = "watchtower", version, about, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Global {
    /// Configuration file; default WATCHTOWER_CONFIG, then the user's, then /etc/watchtower/config.toml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<std::path::PathBuf>,
    /// Sets one key over everything else, e.g. --set http.listen=127.0.0.1:9000; may be repeated
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    sets: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Dashboard and daemon in one process with a simulated fleet; needs nothing
    Demo(demo::Args),

    /// The dashboard
    Watch(watch::Args),
    /// The headless services
    Daemon(daemon::Args),
    /// The fleet's rules over recorded positions: visits, stops, trips, alerts, days
    Analyze(analyze::Args),
    /// Plays a recording, or a stored period, at any speed; or tries rules on one
    Replay(replay::Args),
    /// Trucks, as the books have them and as they are now
    Trucks(records::Args<records::FilteredDrawn>),
    /// Drivers
    Drivers(records::Args<records::Lines>),
    /// Trips that are not over, or not long ago
    Trips(records::Args<records::Filtered>),
    /// Geofences
    Geofences(records::Args<records::Drawn>),
    /// Alerts that are open, or all
    Alerts(records::Args<records::AlertList>),
    /// Answers a question in plain English, e.g. 'which trucks are idle?'
    Ask(ask::Args),
    /// One frame of the dashboard as text, ANSI, SVG or PNG
    Snapshot(snapshot::Args),
    /// Reads the event log
    Events(events::Args),
    /// Shows the configuration in force, without secrets
    Config(config::Args),
    /// Brings the store's schema up to date
    Migrate,
}

/// Runs a command to its end.
pub fn run(cli: Cli) -> anyhow::Result<()> {
    if let Command::Analyze(args) = &cli.command {
        return analyze::run(args, cli.global.config.as_deref(), &cli.global.sets);
    }
    let layers = Layers::of_process(cli.global.config.as_deref(), &cli.global.sets);
    if let Command::Config(args) = cli.command {
        return config::run(args, layers);
    }
    let settings = preferences::settings(layers)?;
    let sources = Sources { config: cli.global.config, sets: cli.global.sets };
    let runtime = Runtime::new()?;
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Demo(args) => demo::run(args, settings, sources).await,
            Command::Watch(args) => Box::pin(watch::run(args, settings, sources)).await,
            Command::Daemon(args) => daemon::run(args, settings).await,
            Command::Replay(args) => replay::run(args, settings).await,
            Command::Snapshot(args) => Box::pin(snapshot::run(args, settings)).await,
            Command::Events(args) => events::run(args, settings).await,
            Command::Trucks(args) => records::run(Kind::Trucks, args, settings).await,
            Command::Drivers(args) => records::run(Kind::Drivers, args, settings).await,
            Command::Trips(args) => records::run(Kind::Trips, args, settings).await,
            Command::Geofences(args) => records::run(Kind::Geofences, args, settings).await,
            Command::Alerts(args) => records::run(Kind::Alerts, args, settings).await,
            Command::Ask(args) => ask::run(args, settings).await,
            Command::Migrate => migrate::run(settings).await,
            Command::Analyze(_) | Command::Config(_) => unreachable!("handled before the settings are read"),
        }
    });
    // Tasks that did not end in their grace must not hold the exit.
    runtime.shutdown_background();
    outcome
}

/// The time of the host: the one place the program reads it.
pub(crate) fn wall_clock() -> watchtower_core::domain::time::Timestamp {
    chrono::Utc::now().into()
}
