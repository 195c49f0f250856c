//! Recorded positions: files of fixes in the formats that people have, read row by
//! row, in memory that does not grow with their length; and what a store has of a
//! vehicle, read the same way.

mod bytes;
mod csv;
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
#[error("{}:{line}: {reason}", file.display())]
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
    /// It is in no format known.
    #[error("{}: {reason}; known are CSV, GPX, NDJSON and GTFS-realtime, plain or gzip", file.display())]
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

/// The formats, told by how a file begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    Csv,
    Gpx,
    NdJson,
    GtfsRealtime,
}

impl Recording {
    /// Opens `file`, or standard input for `-`, whatever its format.
    pub fn open(file: &Path, terms: Terms, progress: &Progress) -> Result<Self, RecordingError> {
        let unreadable = |source| RecordingError::Unreadable { file: file.to_owned(), source };
        let mut bytes = Bytes::open(file, progress).map_err(unreadable)?;
        let head = bytes.peek().map_err(unreadable)?;
        let format = Format::of(file, head)
            .map_err(|reason| RecordingError::Unknown { file: file.to_owned(), reason })?;
        let name: Arc<Path> = file.into();
        Ok(match format {
            Format::Csv => Self::plain(csv::CsvRows::new(name, bytes, terms)?),
            Format::Gpx => Self::plain(gpx::GpxRows::new(name, bytes, terms.zone)?),
            Format::NdJson => Self::plain(ndjson::NdJsonRows::new(name, bytes, terms)),
            Format::GtfsRealtime => gtfs::read(name, bytes, terms).map_err(unreadable)?,
        })
    }

    fn plain(rows: impl Iterator<Item = Line> + Send + 'static) -> Self {
        Self { rows: Box::new(rows), feed: None }
    }
}

impl Format {
    /// The format of a file that begins with these bytes.
    fn of(file: &Path, head: &[u8]) -> Result<Self, String> {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let first = text.iter().copied().find(|byte| !byte.is_ascii_whitespace());
        // A feed whose header does not come first is told by its name.
        let is_named_feed =
            || file.to_string_lossy().to_ascii_lowercase().trim_end_matches(".gz").ends_with(".pb");
        if gtfs::is_feed(head) || !head.is_empty() && is_named_feed() {
            return Ok(Self::GtfsRealtime);
        }
        if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
            return Err("is UTF-16 text, not UTF-8".into());
        }
        match first {
            None if head.is_empty() => Err("is empty".into()),
            None => Err("holds nothing but white space".into()),
            Some(b'<') => Ok(Self::Gpx),
            Some(b'{') => Ok(Self::NdJson),
            Some(b'[') => Err("is a JSON list; write one object a line".into()),
            // A header has none; a line below may, and is then told of by itself.
            Some(_) if head.iter().take_while(|byte| **byte != b'\n').any(is_of_no_text) => {
                Err("is binary".into())
            }
            Some(_) => Ok(Self::Csv),
        }
    }
}

fn is_of_no_text(byte: &u8) -> bool {
    byte.is_ascii_control() && !byte.is_ascii_whitespace()
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
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let taken = &chunk[..end.unwrap_or(chunk.len())];
        let room = limit.saturating_sub(into.len());
        too_long |= taken.len() > room;
        into.extend_from_slice(&taken[..taken.len().min(room)]);
        let used = taken.len() + usize::from(end.is_some());
        from.consume(used);
        if end.is_some() {
            if into.last() == Some(&b'\r') {
                into.pop();
            }
            return Ok(Some(too_long));
        }
    }
}
