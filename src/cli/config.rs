//! `watchtower config show`.

use clap::Subcommand;

use crate::config::{Layers, Settings};

/// Arguments of `config`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints every setting with its value and where that came from, secrets left out
    Show,
}

pub(super) fn run(args: Args, layers: Layers) -> anyhow::Result<()> {
    let Command::Show = args.command;
    let shown = Settings::show(&layers);
    Settings::read(layers)?;
    let mut lines = super::lines::Lines::stdout();
    for (setting, value, place) in shown {
        let value = if value.is_empty() { "(none)" } else { &value };
        if !lines.print(&format!("{:<34} = {value:<32} # {place}; {}", setting.key, setting.variable()))? {
            break;
        }
    }
    Ok(())
}
