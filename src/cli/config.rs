//! `watchtower config`: what is set, and what can be.

use clap::Subcommand;

use watchtower_core::engine::Rules;

use super::preferences;
use crate::{
    config::{Dashboard, Layers, Problem, Settings},
    tui::{Preferences, theme::ThemeName},
};

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
    /// Prints everything the dashboard can do with its keys, to be pasted into the file
    Keys,
    /// Prints every colour of the dashboard and what it is for, to be pasted into the file
    Colours,
    /// Prints every threshold of the fleet's rules: key, default, where it can be set, meaning
    Rules,
}

pub(super) fn run(args: Args, layers: Layers) -> anyhow::Result<()> {
    match args.command {
        Command::Show => show(layers),
        Command::Keys => keys(layers),
        Command::Colours => colours(layers),
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

/// The preferences; what is wrong with anything else is of no concern here.
fn preferred(layers: Layers) -> anyhow::Result<Preferences> {
    let wrong = |problems: Vec<Problem>| crate::config::ConfigError { problems };
    Ok(preferences::preferences(&Dashboard::of(layers)).map_err(wrong)?)
}

fn keys(layers: Layers) -> anyhow::Result<()> {
    let mut lines = super::lines::Lines::stdout();
    let keymap = preferred(layers)?.keymap;
    let mut told: Vec<(String, String, Vec<&str>)> = Vec::new();
    for row in keymap.rows() {
        let (name, help) = (row.binding.action.name(), row.binding.help);
        match told.iter_mut().find(|(known, ..)| *known == name) {
            // The arrows do one thing on the map and another in lists.
            Some((.., helps)) => helps.push(help),
            None => {
                let keys = toml::Value::from(row.keys.iter().map(|key| key.name()).collect::<Vec<_>>());
                told.push((name, keys.to_string(), vec![help]));
            }
        }
    }
    let heading = std::iter::once("[dashboard.keys]".to_owned());
    let rows = told.iter().map(|(name, keys, help)| format!("{name:<22} = {keys:<24} # {}", help.join("; ")));
    for line in heading.chain(rows) {
        if !lines.print(&line)? {
            break;
        }
    }
    Ok(())
}

fn colours(layers: Layers) -> anyhow::Result<()> {
    let mut lines = super::lines::Lines::stdout();
    let palette = preferred(layers)?.colours.palette(ThemeName::default());
    let heading = std::iter::once("[dashboard.colours]".to_owned());
    let rows = palette.roles().into_iter().map(|(name, hue, doc)| {
        format!("{name:<18} = \"#{:06x}\" # {}", hue.rgb, doc.trim().trim_end_matches('.'))
    });
    for line in heading.chain(rows) {
        if !lines.print(&line)? {
            break;
        }
    }
    Ok(())
}

fn show(layers: Layers) -> anyhow::Result<()> {
    let (shown, preferred) = (Settings::show(&layers), Settings::show_dashboard(&layers));
    preferences::settings(layers)?;
    let mut lines = super::lines::Lines::stdout();
    for (setting, value, place) in shown {
        let value = if value.is_empty() { "(none)" } else { &value };
        if !lines.print(&format!("{:<34} = {value:<32} # {place}; {}", setting.key, setting.variable()))? {
            break;
        }
    }
    for (key, value, place) in preferred {
        if !lines.print(&format!("{key:<34} = {value:<32} # {place}"))? {
            break;
        }
    }
    Ok(())
}
