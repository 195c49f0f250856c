//! Exit codes, by sysexits.

use std::{io, process::ExitCode};

use clap::error::ErrorKind;
use watchtower_core::ports::{log::LogError, store::StoreError, tiles::TilesError};

use crate::{
    config::ConfigError,
    recording::{RecordingError, SortError},
    tui::TuiError,
};

/// Usage or configuration.
pub const USAGE: u8 = 64;
/// Bad data.
pub const DATA: u8 = 65;
/// No input.
pub const NO_INPUT: u8 = 66;
/// A service is unavailable.
pub const UNAVAILABLE: u8 = 69;
/// A bug.
pub const SOFTWARE: u8 = 70;
/// What was found cannot be written.
pub const IO: u8 = 74;

/// A failure whose exit code is decided where it happens.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What happened.
    pub message: String,
    /// One of the codes above.
    pub code: u8,
}

impl Failure {
    /// A failure with a code.
    pub fn new(code: u8, message: impl Into<String>) -> Self {
        Self { message: message.into(), code }
    }
}

/// A recording that cannot be read: no input, or data of another kind.
pub(super) fn of_recording(error: RecordingError) -> Failure {
    let code = match &error {
        RecordingError::Unreadable { source, .. } => of_reading(source),
        RecordingError::MissingColumn { .. }
        | RecordingError::TwoColumns { .. }
        | RecordingError::Encoding { .. }
        | RecordingError::Unknown { .. } => DATA,
    };
    Failure::new(code, error.to_string())
}

/// A street map that cannot be used: no input, or data of another kind.
pub(super) fn of_tiles(error: TilesError) -> Failure {
    let code = match &error {
        TilesError::Unreadable { source, .. } => of_reading(source),
        TilesError::Unusable { .. } => DATA,
    };
    Failure::new(code, format!("street map {error}"))
}

/// A file that is there and damaged is bad data.
pub(super) fn of_reading(error: &io::Error) -> u8 {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    if matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof) { DATA } else { NO_INPUT }
}

/// The code of a command's failure: the first cause that has one.
pub fn of(error: &anyhow::Error) -> ExitCode {
    error
        .chain()
        .find_map(|cause| {
            if let Some(failure) = cause.downcast_ref::<Failure>() {
                return Some(failure.code);
            }
            let no_terminal = matches!(cause.downcast_ref(), Some(TuiError::NoTerminal { .. }));
            if no_terminal || cause.is::<ConfigError>() {
                return Some(USAGE);
            }
            if cause.is::<LogError>() || cause.is::<StoreError>() {
                return Some(UNAVAILABLE);
            }
            if cause.is::<SortError>() {
                return Some(IO);
            }
            None
        })
        .unwrap_or(SOFTWARE)
        .into()
}

/// Prints what clap has to say; help and version are no failure.
pub fn of_usage(message: &clap::Error) -> ExitCode {
    // A closed pipe leaves nobody to tell.
    let _ = message.print();
    match message.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => USAGE.into(),
    }
}
