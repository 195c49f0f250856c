//! CSV with a header: `vehicle_id, ts, lon, lat` and optionally `speed_kmh,
//! heading_deg, ignition, received_at`. The names `vehicle`, `lng` and `heading` are
//! accepted alike, in any case; other columns are passed over.

use std::{path::Path, sync::Arc};

use csv::{Reader, ReaderBuilder, StringRecord};
use rustc_hash::FxHashMap;
use watchtower_core::domain::{
    geo::LonLat,
    id::VehicleKey,
    time::Timestamp,
    units::{Heading, Kmh},
};

use super::{Bytes, Line, RecordingError, Row, RowError, Terms};

/// The rows of a CSV file, in file order.
pub(super) struct CsvRows {
    file: Arc<Path>,
    reader: Reader<Bytes>,
    /// How many lines the parser's count is behind where a record begins.
    behind: u64,
    columns: Columns,
    terms: Terms,
    record: StringRecord,
    /// Vehicles by their names as written.
    vehicles: FxHashMap<Box<str>, VehicleKey>,
    broken: bool,
}

#[derive(Debug)]
struct Columns {
    vehicle: usize,
    ts: usize,
    lon: usize,
    lat: usize,
    speed: Option<usize>,
    heading: Option<usize>,
    ignition: Option<usize>,
    received: Option<usize>,
}

impl CsvRows {
    /// Reads the header.
    pub(super) fn new(file: Arc<Path>, bytes: Bytes, terms: Terms) -> Result<Self, RecordingError> {
        let unreadable = |source| RecordingError::Unreadable { file: file.to_path_buf(), source };
        let mut bytes = bytes;
        // The parser ends a line at its \r and counts it at the \n, with the next.
        let head = bytes.peek().map_err(unreadable)?;
        let behind =
            u64::from(head.split(|byte| *byte == b'\n').next().is_some_and(|line| line.ends_with(b"\r")));
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(bytes);
        let header = reader.headers().map_err(|error| unreadable(std::io::Error::other(error)))?;
        let columns = Columns::find(header, &file)?;
        let (record, vehicles) = (StringRecord::new(), FxHashMap::default());
        Ok(Self { file, reader, behind, columns, terms, record, vehicles, broken: false })
    }

    fn vehicle(&mut self) -> Result<VehicleKey, String> {
        let name = text(&self.record, self.columns.vehicle, "vehicle_id")?;
        if let Some(known) = self.vehicles.get(name) {
            return Ok(known.clone());
        }
        let key = VehicleKey::as_written(name).map_err(|error| format!("vehicle_id: {error}"))?;
        self.vehicles.insert(name.into(), key.clone());
        Ok(key)
    }
}

impl Iterator for CsvRows {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        if self.broken {
            return None;
        }
        match self.reader.read_record(&mut self.record) {
            Ok(false) => None,
            Ok(true) => {
                let line = self.record.position().map_or(0, csv::Position::line) + self.behind;
                let vehicle = self.vehicle();
                let row =
                    vehicle.clone().and_then(|vehicle| self.columns.row(vehicle, &self.record, self.terms));
                Some(row.map_err(|reason| RowError {
                    file: self.file.clone(),
                    line,
                    vehicle: vehicle.ok(),
                    reason,
                }))
            }
            Err(error) => {
                let here = self.reader.position().line();
                let line = error.position().map_or(here, csv::Position::line) + self.behind;
                // A broken stream repeats its error for ever; a bad line does not.
                self.broken = error.is_io_error();
                Some(Err(RowError { file: self.file.clone(), line, vehicle: None, reason: what(&error) }))
            }
        }
    }
}

/// What is wrong, without the place, which is told beside it.
fn what(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { err, .. } => format!("column {} is not UTF-8", err.field() + 1),
        _ => error.to_string(),
    }
}

/// The text of a column that must hold some.
fn text<'a>(record: &'a StringRecord, column: usize, name: &str) -> Result<&'a str, String> {
    match record.get(column).map(str::trim) {
        Some(text) if !text.is_empty() => Ok(text),
        _ => Err(format!("{name} is missing")),
    }
}

impl Columns {
    fn find(header: &StringRecord, file: &Path) -> Result<Self, RecordingError> {
        let find = |names: &[&str]| {
            header.iter().position(|found| names.iter().any(|name| name.eq_ignore_ascii_case(found.trim())))
        };
        let need = |column: &'static str, names: &[&str]| {
            find(names).ok_or_else(|| RecordingError::MissingColumn {
                file: file.to_owned(),
                column,
                found: header.iter().collect::<Vec<_>>().join(", "),
            })
        };
        Ok(Self {
            vehicle: need("vehicle_id", &["vehicle_id", "vehicle"])?,
            ts: need("ts", &["ts"])?,
            lon: need("lon", &["lon", "lng"])?,
            lat: need("lat", &["lat"])?,
            speed: find(&["speed_kmh"]),
            heading: find(&["heading_deg", "heading"]),
            ignition: find(&["ignition"]),
            received: find(&["received_at"]),
        })
    }

    fn row(&self, vehicle: VehicleKey, record: &StringRecord, terms: Terms) -> Result<Row, String> {
        let zone = terms.zone;
        let text = |column: usize, name: &str| text(record, column, name);
        let number =
            |text: &str, name: &str| text.parse::<f64>().map_err(|_| format!("{name} {text:?} is no number"));
        let optional = |column: Option<usize>, name: &str| match column
            .and_then(|column| record.get(column))
            .map(str::trim)
        {
            None | Some("") => Ok(None),
            Some(text) => number(text, name).map(Some),
        };
        let device_time =
            Timestamp::parse(text(self.ts, "ts")?, zone).map_err(|error| format!("ts: {error}"))?;
        let received = self.received.and_then(|column| record.get(column)).map(str::trim);
        let received_at = received
            .filter(|text| !text.is_empty())
            .map(|text| Timestamp::parse(text, zone).map_err(|error| format!("received_at: {error}")))
            .transpose()?;
        if let Some(received_at) = received_at {
            terms.not_ahead(device_time, received_at)?;
        }
        let point =
            LonLat::new(number(text(self.lon, "lon")?, "lon")?, number(text(self.lat, "lat")?, "lat")?)
                .map_err(|error| error.to_string())?;
        if point.is_null_island() {
            return Err("lon and lat are both exactly 0".into());
        }
        let speed_kmh = match optional(self.speed, "speed_kmh")? {
            Some(speed) if !speed.is_finite() || speed < 0.0 => {
                return Err(format!("speed_kmh {speed} is no speed"));
            }
            speed => speed.map(Kmh),
        };
        let heading = match optional(self.heading, "heading_deg")? {
            None => None,
            Some(degrees) => {
                Some(Heading::new(degrees).ok_or_else(|| format!("heading_deg {degrees} is no angle"))?)
            }
        };
        let ignition = match self.ignition.and_then(|column| record.get(column)).map(str::trim) {
            None | Some("") => None,
            Some(word) => match word.to_ascii_lowercase().as_str() {
                "1" | "1.0" | "true" | "on" | "yes" => Some(true),
                "0" | "0.0" | "false" | "off" | "no" => Some(false),
                _ => return Err(format!("ignition {word:?} is neither 0 nor 1")),
            },
        };
        Ok(Row { vehicle, device_time, received_at, point, speed_kmh, heading, ignition })
    }
}
