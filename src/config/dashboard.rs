//! What a person prefers of the dashboard: `[dashboard]` in the file. Plain values here;
//! which themes, colours, actions and columns there are the dashboard knows.

use std::{collections::BTreeMap, path::Path};

use super::layers::{ConfigError, Layers, Problem};

/// A value and the file and key, or the flag, that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub place: String,
}

/// The preferences as they were written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dashboard {
    /// `dashboard.theme`.
    pub theme: Option<Given<String>>,
    /// `dashboard.colours.*`, by what each is for.
    pub colours: Vec<(String, Given<String>)>,
    /// `dashboard.keys.*`, by action.
    pub keys: Vec<(String, Given<Vec<String>>)>,
    /// `dashboard.columns`.
    pub columns: Option<Given<Vec<String>>>,
    /// `dashboard.bell`.
    pub bell: Option<Given<String>>,
    /// `dashboard.notify`.
    pub notify: Option<Given<String>>,
    /// `dashboard.links`.
    pub links: Option<Given<bool>>,
}

/// Values by their keys without `dashboard.`; later ones win.
pub(super) type Leaves = BTreeMap<String, Given<toml::Value>>;

impl Dashboard {
    /// Types the values; what is not of its key's type becomes a problem.
    pub(super) fn read(leaves: Leaves, problems: &mut Vec<Problem>) -> Self {
        let mut read = Self::default();
        for (key, Given { value, place }) in leaves {
            let typed = read.take(&key, value, &place);
            problems.extend(typed.err().map(|reason| Problem { place, reason: reason.to_owned() }));
        }
        read
    }

    /// What layers say of it; that something is not of its type is left to
    /// [`Settings::read`](super::Settings::read) to tell.
    pub fn of(layers: Layers) -> Self {
        Self::read(layers.dashboard, &mut Vec::new())
    }

    fn take(&mut self, key: &str, value: toml::Value, place: &str) -> Result<(), &'static str> {
        let (value, place) = (&value, place.to_owned());
        match key.split_once('.') {
            None if key == "theme" => self.theme = Some(Given { value: name(value)?, place }),
            None if key == "bell" => self.bell = Some(Given { value: text(value)?, place }),
            None if key == "notify" => self.notify = Some(Given { value: text(value)?, place }),
            None if key == "links" => {
                let value = value.as_bool().ok_or("is neither true nor false")?;
                self.links = Some(Given { value, place });
            }
            None if key == "columns" => self.columns = Some(Given { value: texts(value)?, place }),
            Some(("colours", role)) => {
                self.colours.push((role.to_owned(), Given { value: text(value)?, place }));
            }
            Some(("keys", action)) => {
                self.keys.push((action.to_owned(), Given { value: texts(value)?, place }));
            }
            None | Some(_) => {
                return Err(
                    "no such setting; there are theme, colours, keys, columns, bell, notify and links",
                );
            }
        }
        Ok(())
    }

    /// The preferences of a file alone, with `sets` over it: what is asked again while the
    /// dashboard runs.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is no TOML, or has something else than what belongs there
    /// under `dashboard`. What is wrong with other settings was told when the program began.
    pub fn of_file(path: &Path, sets: &[String]) -> Result<Self, ConfigError> {
        let mut layers = Layers::default();
        layers.add_file(path);
        let unreadable = layers.unreadable;
        layers.problems.retain(|problem| unreadable || problem.place.contains(": dashboard"));
        let of_dashboard: Vec<String> =
            sets.iter().filter(|set| set.starts_with("dashboard.")).cloned().collect();
        layers.add_sets(&of_dashboard);
        let mut problems = layers.problems;
        let read = Self::read(layers.dashboard, &mut problems);
        if problems.is_empty() { Ok(read) } else { Err(ConfigError { problems }) }
    }
}

fn text(value: &toml::Value) -> Result<String, &'static str> {
    value.as_str().map(str::to_owned).ok_or("is no text")
}

/// A text, or the number that is one's name.
fn name(value: &toml::Value) -> Result<String, &'static str> {
    value.as_integer().map_or_else(|| text(value), |number| Ok(number.to_string()))
}

/// A list of texts; one text alone is a list of one.
fn texts(value: &toml::Value) -> Result<Vec<String>, &'static str> {
    let wrong = "is no list of texts like [\"x\", \"y\"]";
    match value {
        toml::Value::String(one) => Ok(vec![one.clone()]),
        toml::Value::Array(many) => many.iter().map(|one| text(one).map_err(|_| wrong)).collect(),
        toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_)
        | toml::Value::Table(_) => Err(wrong),
    }
}
