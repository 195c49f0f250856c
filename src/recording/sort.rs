//! Rows in order of time, stably, however many there are: sorted in memory as long
//! as they fit, then in runs on the disk that are merged.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, Write},
};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use watchtower_core::domain::{
    geo::LonLat,
    id::VehicleKey,
    time::Timestamp,
    units::{Heading, Kmh},
};

use super::{Line, Row};

/// Runs merged at once; more are merged to fewer first, to bound the files open.
const MOST_RUNS: usize = 128;

/// Why rows cannot be sorted.
#[derive(Debug, thiserror::Error)]
#[error("cannot sort in {}", folder.display())]
pub struct SortError {
    /// Where the runs were to lie.
    pub folder: std::path::PathBuf,
    /// What the system said.
    pub source: io::Error,
}

fn failed(source: io::Error) -> SortError {
    SortError { folder: std::env::temp_dir(), source }
}

/// A row on the disk: its vehicle's name is kept in memory, once.
#[derive(Serialize, Deserialize)]
struct Stored {
    vehicle: u32,
    device_time: Timestamp,
    received_at: Option<Timestamp>,
    point: LonLat,
    speed_kmh: Option<Kmh>,
    heading: Option<Heading>,
    ignition: Option<bool>,
}

#[derive(Default)]
struct Names {
    names: Vec<VehicleKey>,
    numbers: FxHashMap<VehicleKey, u32>,
}

impl Names {
    fn store(&mut self, row: Row) -> Stored {
        let Row { vehicle, device_time, received_at, point, speed_kmh, heading, ignition } = row;
        let next = self.names.len() as u32;
        let vehicle = *self.numbers.entry(vehicle).or_insert_with_key(|name| {
            self.names.push(name.clone());
            next
        });
        Stored { vehicle, device_time, received_at, point, speed_kmh, heading, ignition }
    }

    fn row(&self, stored: Stored) -> Row {
        let Stored { vehicle, device_time, received_at, point, speed_kmh, heading, ignition } = stored;
        let vehicle = self.names[vehicle as usize].clone();
        Row { vehicle, device_time, received_at, point, speed_kmh, heading, ignition }
    }
}

/// Rows by time; rows of one time as they came.
pub struct Sorted {
    merge: Merge,
    names: Names,
}

impl Sorted {
    /// Takes all lines; what is no row is handed to `rejected`. Rows beyond `budget`
    /// bytes go to `$TMPDIR`.
    pub fn new<E: From<SortError>>(
        lines: impl Iterator<Item = Line>,
        budget: usize,
        mut rejected: impl FnMut(super::RowError) -> Result<(), E>,
    ) -> Result<Self, E> {
        let most = (budget / size_of::<Row>()).max(2);
        let (mut rows, mut runs, mut names) = (Vec::new(), Vec::new(), Names::default());
        for line in lines {
            match line {
                Ok(row) => rows.push(row),
                Err(error) => rejected(error)?,
            }
            if rows.len() >= most {
                rows.sort_by_key(|row| row.device_time);
                runs.push(Run::write(rows.drain(..).map(|row| Ok(names.store(row)))).map_err(failed)?);
                if runs.len() == MOST_RUNS {
                    let mut merged = Merge::new(Vec::new(), std::mem::take(&mut runs)).map_err(failed)?;
                    let stored = std::iter::from_fn(|| merged.pop(&mut names).transpose());
                    runs.push(Run::write(stored).map_err(failed)?);
                }
            }
        }
        rows.sort_by_key(|row| row.device_time);
        Ok(Self { merge: Merge::new(rows, runs).map_err(failed)?, names })
    }
}

/// Sorted runs, and rows sorted in memory, which came last.
struct Merge {
    memory: std::vec::IntoIter<Row>,
    runs: Vec<Run>,
    heads: BinaryHeap<Reverse<(Timestamp, usize)>>,
}

impl Merge {
    fn new(rows: Vec<Row>, mut runs: Vec<Run>) -> io::Result<Self> {
        let mut heads = BinaryHeap::new();
        for (number, run) in runs.iter_mut().enumerate() {
            run.advance()?;
            heads.extend(run.time().map(|time| Reverse((time, number))));
        }
        let memory = rows.into_iter();
        heads.extend(memory.as_slice().first().map(|row| Reverse((row.device_time, runs.len()))));
        Ok(Self { memory, runs, heads })
    }

    fn pop(&mut self, names: &mut Names) -> io::Result<Option<Stored>> {
        let Some(Reverse((_, number))) = self.heads.pop() else { return Ok(None) };
        let Some(run) = self.runs.get_mut(number) else {
            let row = self.memory.next();
            let next = self.memory.as_slice().first();
            self.heads.extend(next.map(|row| Reverse((row.device_time, number))));
            return Ok(row.map(|row| names.store(row)));
        };
        let stored = run.head.take();
        run.advance()?;
        self.heads.extend(run.time().map(|time| Reverse((time, number))));
        Ok(stored)
    }
}

impl Iterator for Sorted {
    type Item = Result<Row, SortError>;

    fn next(&mut self) -> Option<Self::Item> {
        let stored = self.merge.pop(&mut self.names).transpose()?;
        Some(stored.map(|stored| self.names.row(stored)).map_err(failed))
    }
}

/// Sorted rows in a file without a name, which is gone with the process.
struct Run {
    file: BufReader<File>,
    head: Option<Stored>,
    buffer: Vec<u8>,
}

impl Run {
    fn write(rows: impl Iterator<Item = io::Result<Stored>>) -> io::Result<Self> {
        let mut file = BufWriter::with_capacity(1 << 16, tempfile::tempfile()?);
        for row in rows {
            let bytes = postcard::to_stdvec(&row?).map_err(io::Error::other)?;
            let length = u16::try_from(bytes.len()).map_err(io::Error::other)?;
            file.write_all(&length.to_le_bytes())?;
            file.write_all(&bytes)?;
        }
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(Self { file: BufReader::with_capacity(1 << 16, file), head: None, buffer: Vec::new() })
    }

    fn time(&self) -> Option<Timestamp> {
        self.head.as_ref().map(|stored| stored.device_time)
    }

    fn advance(&mut self) -> io::Result<()> {
        let mut length = [0; 2];
        self.head = match self.file.read_exact(&mut length) {
            Ok(()) => {
                self.buffer.resize(usize::from(u16::from_le_bytes(length)), 0);
                self.file.read_exact(&mut self.buffer)?;
                Some(postcard::from_bytes(&self.buffer).map_err(io::Error::other)?)
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => None,
            Err(error) => return Err(error),
        };
        Ok(())
    }
}
