//! CSV with a header: `vehicle_id, ts, lon, lat` and optionally `speed_kmh,
//! heading_deg, ignition`. The names `vehicle`, `lng` and `heading` are accepted
//! alike; other columns are passed over.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use chrono_tz::Tz;
use csv::{Reader, ReaderBuilder, StringRecord};
use watchtower_core::domain::{
    geo::LonLat,
    id::VehicleKey,
    time::Timestamp,
    units::{Heading, Kmh},
};

use super::{RecordingError, Row, RowError, open};

/// The rows of a CSV file, in file order.
pub struct CsvRows {
    file: PathBuf,
    reader: Reader<Box<dyn Read + Send>>,
    columns: Columns,
    zone: Tz,
    record: StringRecord,
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
}

impl CsvRows {
    /// Opens `file` and reads its header; zone-less times are read in `zone`.
    pub fn open(file: &Path, zone: Tz) -> Result<Self, RecordingError> {
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(open(file)?);
        let header = reader.headers().map_err(|error| RecordingError::Unreadable {
            file: file.to_owned(),
            source: std::io::Error::other(error),
        })?;
        let columns = Columns::find(header, file)?;
        Ok(Self { file: file.to_owned(), reader, columns, zone, record: StringRecord::new() })
    }

    fn error(&self, line: u64, reason: String) -> RowError {
        RowError { file: self.file.clone(), line, reason }
    }
}

impl Iterator for CsvRows {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.reader.read_record(&mut self.record) {
            Ok(false) => None,
            Ok(true) => {
                let line = self.record.position().map_or(0, csv::Position::line);
                let row = self.columns.row(&self.record, self.zone);
                Some(row.map_err(|reason| self.error(line, reason)))
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                // A broken stream repeats its error for ever; a bad line does not.
                if error.is_io_error() {
                    self.reader = ReaderBuilder::new().from_reader(Box::new(std::io::empty()));
                }
                Some(Err(self.error(line, error.to_string())))
            }
        }
    }
}

impl Columns {
    fn find(header: &StringRecord, file: &Path) -> Result<Self, RecordingError> {
        let find = |names: &[&str]| header.iter().position(|found| names.contains(&found.trim()));
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
        })
    }

    fn row(&self, record: &StringRecord, zone: Tz) -> Result<Row, String> {
        let text = |column: usize, name: &str| match record.get(column).map(str::trim) {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(format!("{name} is missing")),
        };
        let number =
            |text: &str, name: &str| text.parse::<f64>().map_err(|_| format!("{name} {text:?} is no number"));
        let optional = |column: Option<usize>, name: &str| match column
            .and_then(|column| record.get(column))
            .map(str::trim)
        {
            None | Some("") => Ok(None),
            Some(text) => number(text, name).map(Some),
        };
        let vehicle = VehicleKey::new(text(self.vehicle, "vehicle_id")?)
            .map_err(|error| format!("vehicle_id: {error}"))?;
        let device_time =
            Timestamp::parse(text(self.ts, "ts")?, zone).map_err(|error| format!("ts: {error}"))?;
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
            Some("1" | "true" | "on") => Some(true),
            Some("0" | "false" | "off") => Some(false),
            Some(other) => return Err(format!("ignition {other:?} is neither 0 nor 1")),
        };
        Ok(Row { vehicle, device_time, point, speed_kmh, heading, ignition })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn rows(text: &[u8]) -> Result<Vec<Result<Row, RowError>>, RecordingError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        Ok(CsvRows::open(file.path(), chrono_tz::UTC)?.collect())
    }

    #[test]
    fn bad_lines_are_named_and_the_rest_is_read() {
        let rows = rows(
            b"vehicle,ts,lng,lat,speed_kmh,ignition,other\n\
              t 1,2026-01-01T00:00:00Z,3.4,6.5,40,1,x\n\
              t1,yesterday,3.4,6.5,,,\n\
              t1,2026-01-01T00:00:10Z,3.4,96.5,,,\n\
              t1,2026-01-01T00:00:20Z,0,0\n\
              t1,2026-01-01T00:00:30Z,3.4,NaN,,,\n\
              t1,1767225640,3.4,6.5\n",
        )
        .unwrap();
        let told: Vec<String> = rows
            .iter()
            .map(|row| match row {
                Ok(row) => row.device_time.to_string(),
                Err(error) => format!("{}: {}", error.line, error.reason),
            })
            .collect();
        assert_eq!(told[0], "2026-01-01T00:00:00.000Z");
        assert!(told[1].starts_with("3: ts: unreadable time \"yesterday\""), "{told:?}");
        assert_eq!(told[2], "4: latitude 96.5 is out of range ±90");
        assert_eq!(told[3], "5: lon and lat are both exactly 0");
        assert_eq!(told[4], "6: latitude is not a finite number");
        assert_eq!(told[5], "2026-01-01T00:00:40.000Z");
    }

    #[test]
    fn a_missing_column_and_a_missing_file_are_named() {
        let error = rows(b"vehicle,lon,lat\n").err().unwrap().to_string();
        assert!(error.ends_with("no column ts; found: vehicle, lon, lat"), "{error}");
        let error = CsvRows::open(Path::new("/no/such.csv"), chrono_tz::UTC).err().unwrap().to_string();
        assert!(error.starts_with("cannot read /no/such.csv: "), "{error}");
    }

    #[test]
    fn gzip_is_told_by_its_bytes_and_a_cut_off_file_is_an_error_not_an_end() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"vehicle_id,ts,lon,lat\n").unwrap();
        for second in 0..5_000 {
            writeln!(packed, "t{second},{},3.{second},6.5", 1_767_225_600 + second * 7).unwrap();
        }
        let packed = packed.finish().unwrap();
        assert_eq!(rows(&packed).unwrap().len(), 5_000);
        let cut = rows(&packed[..packed.len() / 2]).unwrap();
        assert!(cut.last().unwrap().is_err() && cut.len() < 5_000);
    }
}
