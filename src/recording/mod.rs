//! Recorded positions: files of fixes, read row by row.

mod csv;

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use flate2::read::MultiGzDecoder;
use watchtower_core::domain::{
    geo::LonLat,
    id::VehicleKey,
    time::Timestamp,
    units::{Heading, Kmh},
};

pub use csv::CsvRows;

/// One recorded fix.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// Which vehicle.
    pub vehicle: VehicleKey,
    /// When the device took it.
    pub device_time: Timestamp,
    /// Where.
    pub point: LonLat,
    /// Reported speed.
    pub speed_kmh: Option<Kmh>,
    /// Reported course.
    pub heading: Option<Heading>,
    /// Reported ignition.
    pub ignition: Option<bool>,
}

/// A line that is no fix.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}:{line}: {reason}", file.display())]
pub struct RowError {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1, the header included.
    pub line: u64,
    /// What is wrong, naming the column.
    pub reason: String,
}

/// Why a recording cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file cannot be opened or read.
    #[error("cannot read {}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A column that must be there is not.
    #[error("{}: no column {column}; found: {found}", file.display())]
    MissingColumn {
        /// The file.
        file: PathBuf,
        /// Its accepted names.
        column: &'static str,
        /// The header.
        found: String,
    },
}

/// The bytes of a recording: a file or `-` for standard input, unpacked when
/// they are gzip, whatever the name says.
pub fn open(file: &Path) -> Result<Box<dyn Read + Send>, RecordingError> {
    let unreadable = |source| RecordingError::Unreadable { file: file.to_owned(), source };
    let raw: Box<dyn Read + Send> = if file == Path::new("-") {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(file).map_err(unreadable)?)
    };
    let mut buffered = BufReader::with_capacity(1 << 16, raw);
    let is_gzip = buffered.fill_buf().map_err(unreadable)?.starts_with(&[0x1f, 0x8b]);
    Ok(if is_gzip { Box::new(MultiGzDecoder::new(buffered)) } else { Box::new(buffered) })
}
