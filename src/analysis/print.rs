//! Findings as lines: NDJSON, and one wide CSV.

use std::io::{self, Write};

use serde_json::Value;

use super::Finding;

/// Where findings go.
pub trait Sink {
    /// Takes the next finding.
    fn put(&mut self, finding: &Finding) -> io::Result<()>;

    /// There are no more.
    fn end(&mut self) -> io::Result<()>;
}

/// One object a line.
pub struct NdJson<W>(pub W);

impl<W: Write> Sink for NdJson<W> {
    fn put(&mut self, finding: &Finding) -> io::Result<()> {
        serde_json::to_writer(&mut self.0, finding)?;
        self.0.write_all(b"\n")
    }

    fn end(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The columns of all kinds, each filled where the kind has it.
const COLUMNS: &[&str] = &[
    "record",
    "vehicle",
    "geofence",
    "kind",
    "severity",
    "date",
    "enter",
    "exit",
    "start",
    "end",
    "seconds",
    "confirmed",
    "entered_at_first_fix",
    "lon",
    "lat",
    "distance_m",
    "fixes",
    "used",
    "duplicates",
    "late",
    "outliers",
    "rejected",
    "first",
    "last",
    "limit_kmh",
    "peak_kmh",
    "max_speed_kmh",
    "moving_s",
    "stationary_s",
    "idle_s",
    "offline_s",
    "file",
    "line",
    "reason",
    "values",
];

/// One table for all kinds, with a header.
pub struct Csv<W: Write>(csv::Writer<W>);

impl<W: Write> Csv<W> {
    /// Writes the header.
    pub fn new(to: W) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(to);
        writer.write_record(COLUMNS).map_err(plain)?;
        Ok(Self(writer))
    }
}

/// The error of the file behind, so that a closed pipe is known for one.
fn plain(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

impl<W: Write> Sink for Csv<W> {
    fn put(&mut self, finding: &Finding) -> io::Result<()> {
        let Value::Object(mut fields) = serde_json::to_value(finding)? else { return Ok(()) };
        // A place is two columns, whether it stands in a field of its own or not.
        if let Some(Value::Object(point)) = fields.remove("point") {
            fields.extend(point);
        }
        if let Finding::Feed(_) = finding {
            let rest = fields.iter().filter(|(name, _)| !COLUMNS.contains(&name.as_str()));
            let counts = rest.map(|(name, value)| (name.clone(), value.clone())).collect();
            fields.insert("values".into(), Value::Object(counts));
        }
        let cells = COLUMNS.iter().map(|column| match fields.get(*column) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        });
        self.0.write_record(cells).map_err(plain)
    }

    fn end(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
