//! Recorded positions: files of fixes in the formats that people have, read row by
//! row, in memory that does not grow with their length; and what a store has of a
//! vehicle, read the same way.

mod bytes;
mod csv;
mod encoding;
mod gpx;
mod gtfs;
mod merge;
mod ndjson;
mod period;
mod records;
mod sort;
mod stored;
#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    io::{self, BufRead},
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono_tz::Tz;
use watchtower_core::domain::{
    geo::LonLat,
    id::VehicleKey,
    position::{Position, Source},
    time::Timestamp,
    units::{Heading, Kmh},
};

pub use self::{
    bytes::{Bytes, Progress},
    gtfs::Feed,
    merge::Merged,
    period::Period,
    sort::{SortError, Sorted},
    stored::Stored,
};

/// One recorded fix.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// Which vehicle, by its name as written.
    pub vehicle: VehicleKey,
    /// When the device took it.
    pub device_time: Timestamp,
    /// When it was received, where the recording says.
    pub received_at: Option<Timestamp>,
    /// Where.
    pub point: LonLat,
    /// Reported speed.
    pub speed_kmh: Option<Kmh>,
    /// Reported course.
    pub heading: Option<Heading>,
    /// Reported ignition.
    pub ignition: Option<bool>,
}

impl Row {
    /// The row as a position of `source`, received at `received_at` unless the
    /// recording knows better.
    pub fn position(&self, source: Source, received_at: Timestamp) -> Position {
        Position {
            received_at,
            speed_kmh: self.speed_kmh,
            heading: self.heading,
            ignition: self.ignition,
            ..Position::bare(self.point, self.device_time, source)
        }
    }
}

/// A line that is no fix.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}:{line}: {reason}", shown(file))]
pub struct RowError {
    /// The file.
    pub file: Arc<Path>,
    /// The line, from 1, the header included; of a feed the entity, from 1.
    pub line: u64,
    /// Whose line it is, where that much could be read.
    pub vehicle: Option<VehicleKey>,
    /// What is wrong, naming the column.
    pub reason: String,
    /// Nothing of the file after it can be read: it is cut off or damaged.
    pub last: bool,
}

/// A file's name, for people.
fn shown(file: &Path) -> Cow<'_, str> {
    if file == Path::new("-") { "standard input".into() } else { file.to_string_lossy() }
}

/// Why a recording cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file cannot be opened or read.
    #[error("cannot read {}: {source}", shown(file))]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A column that must be there is not.
    #[error("{}: no column {column}; found: {found}", shown(file))]
    MissingColumn {
        /// The file.
        file: PathBuf,
        /// Its accepted names.
        column: &'static str,
        /// The header.
        found: String,
    },
    /// A column is there twice.
    #[error("{}: the column {column} is there twice; found: {found}", shown(file))]
    TwoColumns {
        /// The file.
        file: PathBuf,
        /// Its name in the header.
        column: &'static str,
        /// The header.
        found: String,
    },
    /// It is text in an encoding nobody knows.
    #[error("{}: is written in {encoding}, which is not known; save it as UTF-8", shown(file))]
    Encoding {
        /// The file.
        file: PathBuf,
        /// What it says it is written in.
        encoding: String,
    },
    /// It is in no format known.
    #[error("{}: {reason}; known are CSV, GPX, NDJSON and GTFS-realtime, plain or gzip", shown(file))]
    Unknown {
        /// The file.
        file: PathBuf,
        /// What it seems to be.
        reason: String,
    },
}

/// A row, or what is wrong with a line.
pub type Line = Result<Row, RowError>;

/// A recording, opened.
pub struct Recording {
    /// Its rows, in the file's order.
    pub rows: Box<dyn Iterator<Item = Line> + Send>,
    /// What a feed says of itself.
    pub feed: Option<Feed>,
}

/// How lines are read.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Terms {
    /// The zone of times written without one.
    pub zone: Tz,
    /// A fix further ahead of its receipt is none, where the recording tells of
    /// receipts; seconds, 0 = any.
    pub max_ahead_s: f64,
}

impl Terms {
    /// Refuses a time too far ahead of `now`.
    fn not_ahead(&self, time: Timestamp, now: Timestamp) -> Result<(), String> {
        let ahead = time.seconds_since(now);
        if self.max_ahead_s > 0.0 && ahead > self.max_ahead_s {
            return Err(format!("ts: {time} is {ahead:.0} s ahead of its receipt"));
        }
        Ok(())
    }
}

/// The formats of text, told by how it begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    Csv,
    Gpx,
    NdJson,
}

impl Recording {
    /// Opens `file`, or standard input for `-`, whatever its format.
    pub fn open(file: &Path, terms: Terms, progress: &Progress) -> Result<Self, RecordingError> {
        let unreadable = |source| RecordingError::Unreadable { file: file.to_owned(), source };
        let mut bytes = Bytes::open(file, progress).map_err(unreadable)?;
        let name: Arc<Path> = file.into();
        if is_feed(file, bytes.peek().map_err(unreadable)?) {
            return gtfs::read(name, bytes, terms).map_err(unreadable);
        }
        let mut text = bytes
            .text()
            .map_err(unreadable)?
            .map_err(|encoding| RecordingError::Encoding { file: file.to_owned(), encoding })?;
        let format = Format::of(text.peek().map_err(unreadable)?)
            .map_err(|reason| RecordingError::Unknown { file: file.to_owned(), reason })?;
        Ok(match format {
            Format::Csv => Self::plain(csv::CsvRows::new(name, text, terms)?),
            Format::Gpx => Self::plain(gpx::GpxRows::new(name, text, terms.zone)?),
            Format::NdJson => Self::plain(ndjson::NdJsonRows::new(name, text, terms)),
        })
    }

    fn plain(rows: impl Iterator<Item = Line> + Send + 'static) -> Self {
        Self { rows: Box::new(rows), feed: None }
    }
}

/// Whether a file is GTFS-realtime: one whose header does not come first is told by
/// its name.
fn is_feed(file: &Path, head: &[u8]) -> bool {
    let name = file.to_string_lossy().to_ascii_lowercase();
    gtfs::is_feed(head) || !head.is_empty() && name.trim_end_matches(".gz").ends_with(".pb")
}

impl Format {
    /// The format of a text that begins so.
    fn of(head: &[u8]) -> Result<Self, String> {
        let first = head.iter().copied().find(|byte| !byte.is_ascii_whitespace());
        match first {
            None if head.is_empty() => Err("is empty".into()),
            None => Err("holds nothing but white space".into()),
            Some(b'<') => Ok(Self::Gpx),
            Some(b'{') => Ok(Self::NdJson),
            Some(b'[') => Err("is a JSON list; write one object a line".into()),
            // A header has none; a line below may, and is then told of by itself.
            Some(_) if head.iter().take_while(|byte| !ends_line(**byte)).any(is_of_no_text) => {
                Err("is binary".into())
            }
            Some(_) => Ok(Self::Csv),
        }
    }
}

fn is_of_no_text(byte: &u8) -> bool {
    byte.is_ascii_control() && !byte.is_ascii_whitespace()
}

/// Lines end in LF, CR LF or, as old spreadsheets write them, CR.
const fn ends_line(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Reads a line without its end, of at most `limit` bytes; the rest of a longer one is
/// passed over. `None` at the end of the input; the flag says whether it was too long.
fn read_line(from: &mut impl BufRead, into: &mut Vec<u8>, limit: usize) -> io::Result<Option<bool>> {
    into.clear();
    let mut too_long = false;
    loop {
        let chunk = from.fill_buf()?;
        if chunk.is_empty() {
            return Ok((!into.is_empty() || too_long).then_some(too_long));
        }
        let end = chunk.iter().position(|byte| ends_line(*byte));
        let taken = &chunk[..end.unwrap_or(chunk.len())];
        let room = limit.saturating_sub(into.len());
        too_long |= taken.len() > room;
        into.extend_from_slice(&taken[..taken.len().min(room)]);
        let used = taken.len();
        let Some(end) = end.map(|end| chunk[end]) else {
            from.consume(used);
            continue;
        };
        from.consume(used + 1);
        // What cannot be read behind it is told of when it is asked for, again.
        if end == b'\r' && from.fill_buf().is_ok_and(|after| after.starts_with(b"\n")) {
            from.consume(1);
        }
        return Ok(Some(too_long));
    }
}
