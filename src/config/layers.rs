//! The layers a value can come from, and what is wrong with them.

use std::{
    collections::BTreeMap,
    env, fmt, fs,
    path::{Path, PathBuf},
};

use super::{
    dashboard::{Given, Leaves},
    table::{SETTINGS, Setting},
};

/// Everything wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// At least one, in the order found.
    pub problems: Vec<Problem>,
}

/// One thing wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The variable, flag or file and key concerned.
    pub place: String,
    /// What is wrong. Never the value of a secret.
    pub reason: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [one] => write!(f, "configuration: {}: {}", one.place, one.reason),
            all => {
                write!(f, "configuration: {} problems", all.len())?;
                all.iter().try_for_each(|problem| write!(f, "\n  {}: {}", problem.place, problem.reason))
            }
        }
    }
}

impl std::error::Error for ConfigError {}

/// A value as text, and where it came from.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) place: String,
}

/// The layers, merged: later ones win.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    pub(super) values: BTreeMap<&'static str, Value>,
    /// The tree under `rules.`.
    pub(super) rules: toml::Table,
    /// What stands under `dashboard.`.
    pub(super) dashboard: Leaves,
    pub(super) problems: Vec<Problem>,
    /// A file could not be read, or is no TOML.
    pub(super) unreadable: bool,
}

impl Layers {
    /// The process' own layers: the configuration file (`explicit`, else
    /// `WATCHTOWER_CONFIG`, else the first that exists of
    /// `$XDG_CONFIG_HOME/watchtower/config.toml` and
    /// `/etc/watchtower/config.toml`), the environment, then `sets` (`key=value`).
    pub fn of_process(explicit: Option<&Path>, sets: &[String]) -> Self {
        let mut layers = Self::default();
        match file_of_process(explicit) {
            Some(path) if explicit.is_none() && !path.exists() => {
                layers.problem("WATCHTOWER_CONFIG", format!("{}: there is no such file", path.display()));
            }
            Some(path) => layers.add_file(&path),
            None => {}
        }
        layers.add_environment(env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
        }));
        layers.add_sets(sets);
        layers
    }

    /// The layers of a command that reads no default file: `file` if given, the
    /// environment, then `sets`.
    pub fn of_command(file: Option<&Path>, sets: &[String]) -> Self {
        let mut layers = Self::default();
        if let Some(path) = file {
            layers.add_file(path);
        }
        layers.add_environment(env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
        }));
        layers.add_sets(sets);
        layers
    }

    fn problem(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.problems.push(Problem { place: place.into(), reason: reason.into() });
    }

    /// Reads a TOML file.
    pub fn add_file(&mut self, path: &Path) {
        match fs::read_to_string(path) {
            Ok(text) => self.add_toml(&text, &path.display().to_string()),
            Err(error) => {
                self.unreadable = true;
                self.problem(path.display().to_string(), error.to_string());
            }
        }
    }

    /// Reads TOML text; `name` is what messages call it.
    pub fn add_toml(&mut self, text: &str, name: &str) {
        let mut table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                self.unreadable = true;
                return self.problem(name, error.to_string().trim_end().to_owned());
            }
        };
        match table.remove("rules") {
            Some(toml::Value::Table(rules)) => merge(&mut self.rules, rules),
            Some(_) => self.problem(format!("{name}: rules"), "is not a table"),
            None => {}
        }
        let mut leaves = Vec::new();
        flatten("", table, &mut leaves);
        for (key, value) in leaves {
            let place = format!("{name}: {key}");
            if let Some(key) = key.strip_prefix("dashboard.") {
                self.dashboard.insert(key.to_owned(), Given { value, place });
                continue;
            }
            match (Setting::of(&key), value) {
                (None, _) => self.problem(place, "no such setting"),
                (Some(_), toml::Value::Array(_) | toml::Value::Datetime(_) | toml::Value::Table(_)) => {
                    self.problem(place, "is neither text, number nor boolean");
                }
                (Some(setting), toml::Value::String(text)) => self.put(setting, text, place),
                (Some(setting), other) => self.put(setting, other.to_string(), place),
            }
        }
    }

    /// Reads variables; those without the prefix are not ours, and unknown ones
    /// with it may belong to another version.
    pub fn add_environment(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        let variables: BTreeMap<String, String> =
            variables.into_iter().filter(|(name, _)| name.starts_with("WATCHTOWER_")).collect();
        for setting in SETTINGS {
            let name = setting.variable();
            let file_name = format!("{name}_FILE");
            let (direct, file) = (variables.get(&name), variables.get(&file_name).filter(|_| setting.secret));
            match (direct, file) {
                (Some(_), Some(_)) => {
                    self.problem(&name, format!("{file_name} is set too; give one of them"))
                }
                // An empty variable is how a shell or a unit file says "none".
                (Some(value), None) if value.is_empty() => {}
                (Some(value), None) => self.put(setting, value.clone(), name),
                (None, Some(path)) => match fs::read_to_string(path) {
                    Ok(value) => {
                        self.put(setting, value.trim_end_matches(['\r', '\n']).to_owned(), file_name)
                    }
                    Err(error) => self.problem(&file_name, format!("{path}: {error}")),
                },
                (None, None) => {}
            }
        }
        for (name, value) in &variables {
            if let Some(key) = name.strip_prefix("WATCHTOWER_RULES_") {
                match key.to_lowercase().split_once('_') {
                    Some((group, leaf)) => self.put_rule(&[group, leaf], value, name),
                    None => self.problem(name, "names no rule"),
                }
            }
        }
    }

    /// Reads `key=value` flags.
    pub fn add_sets(&mut self, sets: &[String]) {
        for set in sets {
            let place = format!("--set {}", set.split('=').next().unwrap_or_default());
            let Some((key, value)) = set.split_once('=') else {
                self.problem(place, "is not key=value");
                continue;
            };
            if let Some(rule) = key.strip_prefix("rules.") {
                let path: Vec<&str> = rule.split('.').collect();
                self.put_rule(&path, value, &place);
                continue;
            }
            if let Some(key) = key.strip_prefix("dashboard.") {
                self.dashboard.insert(key.to_owned(), Given { value: bare(value), place });
                continue;
            }
            match Setting::of(key) {
                Some(setting) => self.put(setting, value.to_owned(), place),
                None => self.problem(place, "no such setting"),
            }
        }
    }

    fn put(&mut self, setting: &'static Setting, text: String, place: String) {
        self.values.insert(setting.key, Value { text, place });
    }

    fn put_rule(&mut self, path: &[&str], value: &str, place: &str) {
        let value = bare(value);
        let mut tree = toml::Table::new();
        let Some((leaf, groups)) = path.split_last().filter(|(_, groups)| !groups.is_empty()) else {
            return self.problem(place, "names no rule");
        };
        tree.insert((*leaf).to_owned(), value);
        for group in groups.iter().rev() {
            tree = toml::Table::from_iter([((*group).to_owned(), toml::Value::Table(tree))]);
        }
        merge(&mut self.rules, tree);
    }
}

/// A value as it stands in a flag or a variable; a bare word is text: `device` as well as
/// `"device"`.
fn bare(value: &str) -> toml::Value {
    format!("v = {value}")
        .parse::<toml::Table>()
        .ok()
        .and_then(|mut table| table.remove("v"))
        .unwrap_or_else(|| toml::Value::String(value.to_owned()))
}

/// The configuration file: `explicit`, else `WATCHTOWER_CONFIG`, else the first that
/// exists of the user's and the host's.
pub fn file_of_process(explicit: Option<&Path>) -> Option<PathBuf> {
    let of_variable = || env::var_os("WATCHTOWER_CONFIG").map(PathBuf::from);
    let of_default = || default_files().into_iter().find(|path| path.exists());
    explicit.map(Path::to_owned).or_else(of_variable).or_else(of_default)
}

fn default_files() -> Vec<PathBuf> {
    let own = directories::BaseDirs::new().map(|dirs| dirs.config_dir().join("watchtower/config.toml"));
    own.into_iter().chain([PathBuf::from("/etc/watchtower/config.toml")]).collect()
}

fn flatten(prefix: &str, table: toml::Table, leaves: &mut Vec<(String, toml::Value)>) {
    for (key, value) in table {
        let key = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, leaves),
            leaf => leaves.push((key, leaf)),
        }
    }
}

pub(super) fn merge(into: &mut toml::Table, from: toml::Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(more)) => merge(inner, more),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}
