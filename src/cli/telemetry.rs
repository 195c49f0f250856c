//! Where log lines go: stderr for services, a file for the dashboard, which
//! owns the screen.

use std::{
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
    sync::Mutex,
};

use anyhow::Context;
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

use crate::config::{LogFormat, Logging};

/// Past this size the dashboard's log starts anew, the old one kept beside it.
const LOG_FILE_LIMIT: u64 = 8 << 20;

/// Log lines on stderr.
pub(super) fn to_stderr(logging: &Logging) -> anyhow::Result<()> {
    let registry = tracing_subscriber::registry().with(EnvFilter::try_new(&logging.level)?);
    match logging.format {
        LogFormat::Text => {
            registry.with(fmt::layer().with_writer(std::io::stderr).with_target(false)).try_init()
        }
        LogFormat::Json => {
            registry.with(fmt::layer().json().flatten_event(true).with_writer(std::io::stderr)).try_init()
        }
    }
    .context("logging was set up twice")
}

/// Log lines in `watchtower.log` below `directory`; returns its path.
pub(super) fn to_file(logging: &Logging, directory: &Path) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    let path = directory.join("watchtower.log");
    if fs::metadata(&path).is_ok_and(|meta| meta.len() > LOG_FILE_LIMIT) {
        fs::rename(&path, directory.join("watchtower.log.1")).context("cannot rotate the log")?;
    }
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    tracing_subscriber::registry()
        .with(EnvFilter::try_new(&logging.level)?)
        .with(fmt::layer().with_ansi(false).with_writer(Mutex::new(file)))
        .try_init()
        .context("logging was set up twice")?;
    Ok(path)
}
