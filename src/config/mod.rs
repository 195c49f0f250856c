//! Configuration: defaults < file (TOML) < environment (`WATCHTOWER_…`) < `--set`.
//!
//! Every setting is one row of [`SETTINGS`], from which the environment's names,
//! the messages and `watchtower config show` come. All problems are found and
//! reported together, before anything starts.

mod dashboard;
mod layers;
mod settings;
mod table;

pub use dashboard::{Dashboard, Given};
pub use layers::{ConfigError, Layers, Problem, file_of_process};
pub use settings::{
    Database, Http, HttpToken, LocoNav, LogFormat, Logging, Receiver, Redis, Retention, Settings,
};
pub use table::{SETTINGS, Setting};
