//! The dashboard's preferences out of the settings' plain values, at the start and
//! whenever the file changes.

use std::{
    fmt::Display,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use watchtower_core::domain::alert::Severity;

use crate::{
    config::{ConfigError, Dashboard, Given, Layers, Problem, Settings, file_of_process},
    tui::{
        Preferences,
        keymap::{Keymap, KeymapError},
        preferences::Reread,
        roster::Column,
        theme::ThemeName,
    },
};

/// Where preferences come from while the program runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    /// `--config`.
    pub(super) config: Option<PathBuf>,
    /// `--set`.
    pub(super) sets: Vec<String>,
}

/// The settings, and whether what they say of the dashboard can be: everything wrong
/// with either at once.
pub(super) fn settings(layers: Layers) -> Result<Settings, ConfigError> {
    let (settings, mut problems) = match Settings::read(layers.clone()) {
        Ok(settings) => (Some(settings), Vec::new()),
        Err(error) => (None, error.problems),
    };
    let dashboard = Dashboard::of(layers);
    problems.extend(preferences(&dashboard).err().unwrap_or_default());
    match settings {
        Some(settings) if problems.is_empty() => Ok(settings),
        Some(_) | None => Err(ConfigError { problems }),
    }
}

/// What they come to; all that is wrong with them.
pub(super) fn preferences(dashboard: &Dashboard) -> Result<Preferences, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut wrong = |place: &str, reason: &dyn Display| {
        problems.push(Problem { place: place.to_owned(), reason: reason.to_string() });
    };
    let mut read = Preferences::default();
    if let Some(Given { value, place }) = &dashboard.theme {
        read.colours.theme = ThemeName::from_name(value);
        if read.colours.theme.is_none() {
            let names = ThemeName::ALL.map(ThemeName::name).join(", ");
            wrong(place, &format!("{value:?} is none of {names}"));
        }
    }
    for (role, Given { value, place }) in &dashboard.colours {
        if let Err(error) = read.colours.change(role, value) {
            wrong(place, &error);
        }
    }
    let keys = dashboard.keys.iter().map(|(action, given)| (action.as_str(), &given.value[..]));
    match Keymap::with(keys) {
        Ok(keymap) => read.keymap = keymap,
        Err(errors) => errors.iter().for_each(|error| wrong(place_of(error, dashboard), error)),
    }
    if let Some(Given { value, place }) = &dashboard.columns {
        match columns(value) {
            Ok(columns) => read.columns = Some(columns),
            Err(reason) => wrong(place, &reason),
        }
    }
    read.links = dashboard.links.as_ref().map(|given| given.value);
    for (given, severity) in
        [(&dashboard.bell, &mut read.attention.bell), (&dashboard.notify, &mut read.attention.notify)]
    {
        let Some(Given { value, place }) = given else { continue };
        *severity = Severity::ALL.into_iter().find(|severity| severity.name() == value);
        if severity.is_none() && value != "none" {
            wrong(place, &format!("{value:?} is none of critical, high, medium, low, none"));
        }
    }
    if problems.is_empty() { Ok(read) } else { Err(problems) }
}

/// The columns of those names.
fn columns(names: &[String]) -> Result<Vec<Column>, String> {
    let mut columns = Vec::new();
    for name in names {
        let Some(column) = Column::from_name(name) else {
            return Err(format!("{name:?} is none of {}", Column::ALL.map(Column::name).join(", ")));
        };
        if columns.contains(&column) {
            return Err(format!("names {name:?} twice"));
        }
        columns.push(column);
    }
    if columns.is_empty() { Err("names no column".to_owned()) } else { Ok(columns) }
}

/// The key of the file a fault in the keymap is under.
fn place_of<'a>(error: &KeymapError, dashboard: &'a Dashboard) -> &'a str {
    let is_meant = |(action, given): &&(String, Given<Vec<String>>)| match error {
        KeymapError::NoAction { name } => action == name,
        KeymapError::NoKey { text } => given.value.contains(text),
        KeymapError::Taken { other, .. } => action == other,
    };
    dashboard.keys.iter().find(is_meant).map_or("dashboard.keys", |(_, given)| &given.place)
}

/// What is asked once a second whether the preferences changed. `theme`, if given, stands
/// above what the file says.
pub(super) fn reread(sources: Sources, theme: Option<ThemeName>) -> Reread {
    let mut seen = stamp(file_of_process(sources.config.as_deref()));
    Box::new(move || {
        let now = stamp(file_of_process(sources.config.as_deref()));
        // A file that is gone may be about to be replaced; nothing is said of it.
        if now == seen || now.is_none() {
            return None;
        }
        seen.clone_from(&now);
        let (path, ..) = now?;
        let read = Dashboard::of_file(&path, &sources.sets).map_err(|error| error.problems);
        let read = read.and_then(|dashboard| preferences(&dashboard)).map(|mut read| {
            read.colours.theme = theme.or(read.colours.theme);
            read
        });
        Some(read.map_err(|problems| told(&problems, &path)))
    })
}

/// Which file, of when, how long.
fn stamp(path: Option<PathBuf>) -> Option<(PathBuf, Option<SystemTime>, u64)> {
    let path = path?;
    let meta = fs::metadata(&path).ok()?;
    Some((path, meta.modified().ok(), meta.len()))
}

/// On one line, the file by its name: the screen has little room.
fn told(problems: &[Problem], path: &Path) -> String {
    let (whole, name) = (path.display().to_string(), path.file_name().unwrap_or_default().to_string_lossy());
    let told: Vec<String> = problems
        .iter()
        .map(|problem| {
            let reason = problem.reason.lines().collect::<Vec<_>>().join(" ");
            format!("{}: {reason}", problem.place.replacen(&whole, &name, 1))
        })
        .collect();
    format!("preferences stay as they were: {}", told.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Preferences, String> {
        let mut layers = Layers::default();
        layers.add_toml(text, "config.toml");
        let wrong = |problems: Vec<Problem>| ConfigError { problems }.to_string();
        preferences(&Dashboard::of(layers)).map_err(wrong)
    }

    #[test]
    fn everything_preferred_is_taken() {
        let read = read(
            "[dashboard]\ntheme = 'light'\ncolumns = ['number', 'age']\nbell = 'none'\nnotify = 'high'\n\
             links = false\n\
             [dashboard.colours]\nmoving = '#00ff7f'\n[dashboard.keys]\nnext-alert = ['x', 'Ctrl-n']\n",
        )
        .unwrap();
        let palette = read.colours.palette(ThemeName::Dark);
        assert_eq!(palette.moving.rgb, 0x00_ff_7f);
        assert_eq!(palette.ground, ThemeName::Light.palette().ground);
        assert_eq!(read.columns, Some(vec![Column::Number, Column::Age]));
        assert_eq!(read.keymap.key_of(crate::tui::keymap::Action::NextAlert).as_deref(), Some("x"));
        assert_eq!((read.attention.bell, read.attention.notify), (None, Some(Severity::High)));
        assert_eq!(read.links, Some(false));
    }

    #[test]
    fn the_theme_of_sixteen_may_be_written_as_the_number_it_is() {
        for text in ["[dashboard]\ntheme = 16\n", "[dashboard]\ntheme = '16'\n"] {
            assert_eq!(read(text).unwrap().colours.theme, Some(ThemeName::Sixteen), "{text}");
        }
    }

    #[test]
    fn every_fault_is_told_with_its_file_and_key() {
        let told = read(
            "[dashboard]\ntheme = 'plaid'\ncolumns = ['number', 'mood']\nbell = 'loud'\n\
             [dashboard.colours]\nmoving = 'green'\nsky = '#000000'\n\
             [dashboard.keys]\nfly = 'x'\nfollow = 'Hyper-x'\nfit = 'Z'\nquit = 'Z'\n",
        )
        .unwrap_err();
        for line in [
            "config.toml: dashboard.theme: \"plaid\" is none of",
            "config.toml: dashboard.columns: \"mood\" is none of",
            "config.toml: dashboard.bell: \"loud\" is none of",
            "config.toml: dashboard.colours.moving: \"green\" is no colour",
            "config.toml: dashboard.colours.sky: nothing called \"sky\"",
            "config.toml: dashboard.keys.fly: nothing called \"fly\"",
            "config.toml: dashboard.keys.follow: \"Hyper-x\" is no key",
            "config.toml: dashboard.keys.quit: Z would mean both fit and quit",
        ] {
            assert!(told.contains(line), "{line} not in\n{told}");
        }
    }

    #[test]
    fn a_file_that_changes_is_read_again_and_a_broken_one_tells_where() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        let sources = Sources { config: Some(path.clone()), sets: Vec::new() };
        let mut reread = reread(sources, None);
        assert!(reread().is_none(), "there is no file yet");
        fs::write(&path, "[dashboard]\ntheme = 'light'\nhttp.listen = 'x'\n").unwrap();
        assert!(reread().unwrap().unwrap_err().contains("config.toml: dashboard.http.listen: no such"));
        fs::write(&path, "[http]\nlisten = 'told before'\n[dashboard]\ntheme = 'light'\n").unwrap();
        assert_eq!(reread().unwrap().unwrap().colours.theme, Some(ThemeName::Light));
        assert!(reread().is_none(), "it has not changed since");
        fs::write(&path, "[dashboard]\ntheme = ").unwrap();
        assert!(reread().unwrap().unwrap_err().contains("config.toml: TOML parse error"));
        fs::remove_file(&path).unwrap();
        assert!(reread().is_none());
    }
}
