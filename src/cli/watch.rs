//! `watchtower watch`: the dashboard on the configured log.

use std::sync::Arc;

use watchtower_core::ports::log::Log;

use super::{media, signals, telemetry};
use crate::{
    config::Settings,
    tui::{self, TuiOptions},
};

/// Arguments of `watch`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) async fn run(_args: Args, settings: Settings) -> anyhow::Result<()> {
    // Before anything is waited for: nobody would see that it is.
    tui::require_terminal()?;
    let stop = signals::stop_token()?;
    telemetry::to_file(&settings.logging, &settings.data_dir)?;
    // The log lines go to a file: whoever sits here is told apart from them.
    let tell = |waiting: &str| eprintln!("watchtower: {waiting}; trying again, Ctrl-C leaves");
    let (log, label) = media::log_only(&settings, &stop, &tell).await?;
    let options = options(log, &settings, label.to_owned());
    tui::run(options, stop).await?;
    Ok(())
}

/// A dashboard on `log` for whoever is logged in.
pub(super) fn options(log: Arc<dyn Log>, settings: &Settings, connection: String) -> TuiOptions {
    TuiOptions {
        log,
        scenery: "",
        zone: settings.time_zone,
        connection,
        note: None,
        operator: std::env::var("USER").unwrap_or_else(|_| "dispatcher".to_owned()),
        access: tui::Access::Dispatch,
        start: None,
        theme: tui::ThemeOptions::default(),
    }
}
