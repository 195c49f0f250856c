//! `watchtower config`: what is set, and what can be.

use clap::Subcommand;

use watchtower_core::engine::Rules;

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
    /// Prints every threshold of the fleet's rules: key, default, where it can be set, meaning
    Rules,
}

pub(super) fn run(args: Args, layers: Layers) -> anyhow::Result<()> {
    match args.command {
        Command::Show => show(layers),
        Command::Rules => rules(),
    }
}

fn rules() -> anyhow::Result<()> {
    let mut lines = super::lines::Lines::stdout();
    for row in Rules::table() {
        let value = format!("{} {}", row.default, row.unit);
        let line = format!("{:<32} = {:<30} # {}; {}", row.key, value.trim_end(), row.scope.words(), row.doc);
        if !lines.print(&line)? {
            break;
        }
    }
    Ok(())
}

fn show(layers: Layers) -> anyhow::Result<()> {
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
