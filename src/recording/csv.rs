//! CSV with a header: `vehicle_id, ts, lon, lat` and optionally `speed_kmh,
//! heading_deg, ignition, received_at`. The names `vehicle`, `lng` and `heading` are
//! accepted alike, in any case; other columns are passed over. Fields are divided by
//! commas, or by semicolons or tabs where the header shows no columns otherwise.

use std::{path::Path, sync::Arc};

use rustc_hash::FxHashMap;
use watchtower_core::domain::{
    geo::LonLat,
    id::VehicleKey,
    time::Timestamp,
    units::{Heading, Kmh},
};

use super::{
    Bytes, Line, RecordingError, Row, RowError, Terms,
    records::{Outcome, Record, Records},
};

/// What may divide fields, the usual first.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];
/// Of a header that lacks a column so much is shown, characters.
const SHOWN: usize = 200;

/// The rows of a CSV file, in file order.
pub(super) struct CsvRows {
    file: Arc<Path>,
    records: Records,
    columns: Columns,
    terms: Terms,
    record: Record,
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
    /// Reads the header, which says what divides the fields: it is what makes the
    /// columns appear, commas before all.
    pub(super) fn new(file: Arc<Path>, bytes: Bytes, terms: Terms) -> Result<Self, RecordingError> {
        let mut records = Records::new(bytes);
        let mut of_commas = None;
        for separator in SEPARATORS {
            let mut record = Record::divided_by(separator);
            let (line, columns) = Self::header(&file, &mut records, &mut record)?;
            match columns {
                Ok(columns) => {
                    let vehicles = FxHashMap::default();
                    return Ok(Self { file, records, columns, terms, record, vehicles, broken: false });
                }
                Err(error) => of_commas = of_commas.or(Some(error)),
            }
            records.reread(line);
        }
        Err(of_commas.expect("there are separators"))
    }

    /// The header's line, and its columns by the record's separator.
    fn header(
        file: &Path,
        records: &mut Records,
        record: &mut Record,
    ) -> Result<(u64, Result<Columns, RecordingError>), RecordingError> {
        let unreadable = |source| RecordingError::Unreadable { file: file.to_owned(), source };
        Ok(match records.next(record).map_err(unreadable)? {
            Some((line, Outcome::Malformed(reason))) => {
                let reason = format!("header: {reason}");
                (line, Err(RecordingError::Unknown { file: file.to_owned(), reason }))
            }
            Some((line, Outcome::Record)) => (line, Columns::find(record, file)),
            None => (1, Columns::find(record, file)),
        })
    }

    /// The record as a row, or whose it is, if that is known, and what is wrong with it.
    fn row(&mut self) -> Result<Row, (Option<VehicleKey>, String)> {
        let vehicle = self.vehicle().map_err(|reason| (None, reason))?;
        let row = self.columns.row(vehicle.clone(), &self.record, self.terms);
        row.map_err(|reason| (Some(vehicle), reason))
    }

    /// Whether the record is a header; then what follows is read by it.
    fn is_header(&mut self) -> bool {
        let columns = Columns::find(&self.record, &self.file);
        columns.map(|columns| self.columns = columns).is_ok()
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
        while !self.broken {
            let (line, vehicle, reason) = match self.records.next(&mut self.record) {
                Ok(None) => return None,
                Ok(Some((line, Outcome::Malformed(reason)))) => (line, None, reason),
                Ok(Some((line, Outcome::Record))) => match self.row() {
                    Ok(row) => return Some(Ok(row)),
                    // Files put together have their headers with them, each for what follows.
                    Err(_) if self.is_header() => continue,
                    Err((vehicle, reason)) => (line, vehicle, reason),
                },
                Err(error) => {
                    self.broken = true;
                    (self.records.line(), None, error.to_string())
                }
            };
            return Some(Err(RowError { file: self.file.clone(), line, vehicle, reason, last: self.broken }));
        }
        None
    }
}

/// The text of a column, where there is some.
fn text_if_any<'a>(record: &'a Record, column: usize, name: &str) -> Result<Option<&'a str>, String> {
    match record.field(column) {
        None | Some([]) => Ok(None),
        Some(bytes) => str::from_utf8(bytes).map(Some).map_err(|_| format!("{name} is not UTF-8")),
    }
}

/// The text of a column that must hold some.
fn text<'a>(record: &'a Record, column: usize, name: &str) -> Result<&'a str, String> {
    text_if_any(record, column, name)?.ok_or_else(|| format!("{name} is missing"))
}

impl Columns {
    /// Where the columns are; of two names of one thing the first counts.
    fn find(header: &Record, file: &Path) -> Result<Self, RecordingError> {
        let found = || {
            let names: Vec<_> = header.fields().map(String::from_utf8_lossy).collect();
            names.join(", ").chars().take(SHOWN).collect()
        };
        let find = |names: &[&'static str]| {
            for column in names {
                let is_it = |(_, field): &(usize, &[u8])| column.as_bytes().eq_ignore_ascii_case(field);
                let mut places = header.fields().enumerate().filter(is_it).map(|(place, _)| place);
                match (places.next(), places.next()) {
                    (None, _) => {}
                    (place, None) => return Ok(place),
                    (Some(_), Some(_)) => {
                        let file = file.to_owned();
                        return Err(RecordingError::TwoColumns { file, column, found: found() });
                    }
                }
            }
            Ok(None)
        };
        let need = |column: &'static str, names: &[&'static str]| {
            let missing = || RecordingError::MissingColumn { file: file.to_owned(), column, found: found() };
            find(names)?.ok_or_else(missing)
        };
        Ok(Self {
            vehicle: need("vehicle_id", &["vehicle_id", "vehicle"])?,
            ts: need("ts", &["ts"])?,
            lon: need("lon", &["lon", "lng"])?,
            lat: need("lat", &["lat"])?,
            speed: find(&["speed_kmh"])?,
            heading: find(&["heading_deg", "heading"])?,
            ignition: find(&["ignition"])?,
            received: find(&["received_at"])?,
        })
    }

    fn row(&self, vehicle: VehicleKey, record: &Record, terms: Terms) -> Result<Row, String> {
        let zone = terms.zone;
        let text = |column: usize, name: &str| text(record, column, name);
        // Whoever divides fields by semicolons may need the comma for decimals.
        let with_commas = record.separator() == b';';
        let number = |text: &str, name: &str| {
            let parsed = match with_commas {
                true => text.replacen(',', ".", 1).parse::<f64>(),
                false => text.parse(),
            };
            parsed.map_err(|_| format!("{name} {text:?} is no number"))
        };
        let if_any = |column: Option<usize>, name: &str| match column {
            None => Ok(None),
            Some(column) => text_if_any(record, column, name),
        };
        let optional = |column: Option<usize>, name: &str| {
            if_any(column, name)?.map(|text| number(text, name)).transpose()
        };
        let device_time =
            Timestamp::parse(text(self.ts, "ts")?, zone).map_err(|error| format!("ts: {error}"))?;
        let received_at = if_any(self.received, "received_at")?
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
        let ignition = match if_any(self.ignition, "ignition")? {
            None => None,
            Some(word) => match word.to_ascii_lowercase().as_str() {
                "1" | "1.0" | "true" | "on" | "yes" => Some(true),
                "0" | "0.0" | "false" | "off" | "no" => Some(false),
                _ => return Err(format!("ignition {word:?} is neither 0 nor 1")),
            },
        };
        Ok(Row { vehicle, device_time, received_at, point, speed_kmh, heading, ignition })
    }
}
