//! NDJSON: one object a line, in the language of `POST /api/v1/positions`, or one
//! event of the log, of which fixes are taken and the rest passed over.

use std::{collections::HashMap, path::Path, sync::Arc};

use serde::Deserialize;
use watchtower_core::domain::{
    event::{Event, EventData},
    position::{Position, Source},
    time::Timestamp,
};

use super::{Bytes, Line, Row, RowError, Terms, read_line};
use crate::ingest::{self, Context, Input, Judgement, Limits, Names, Request};

/// A field that positions of our own language do not have.
const RECEIVED_AT: &str = "\"received_at\"";
/// A line longer than this is no position.
const LONGEST_LINE: usize = 1 << 20;

/// The rows of an NDJSON file, in file order.
pub(super) struct NdJsonRows {
    file: Arc<Path>,
    bytes: Bytes,
    terms: Terms,
    context: Context,
    buffer: Vec<u8>,
    line: u64,
    broken: bool,
}

impl NdJsonRows {
    pub(super) fn new(file: Arc<Path>, bytes: Bytes, terms: Terms) -> Self {
        let context = Context {
            source: Source::event("recording"),
            now: Timestamp::default(),
            zone: terms.zone,
            limits: Limits::default(),
            aliases: Arc::new(HashMap::new()),
            names: Names::AsWritten,
        };
        Self { file, bytes, terms, context, buffer: Vec::new(), line: 0, broken: false }
    }

    fn error(&self, reason: String) -> RowError {
        RowError { file: self.file.clone(), line: self.line, vehicle: None, reason, last: false }
    }

    /// `None` for a line that is well formed and no fix.
    fn row(&self) -> Result<Option<Row>, RowError> {
        let text = &*self.buffer;
        if text.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        // What is no UTF-8 is no JSON, and the decoder says where.
        let line = str::from_utf8(text).unwrap_or_default();
        if is_event(line) {
            return self.of_event(line);
        }
        let request = Request { body: text, ..Request::default() };
        let elements = ingest::positions::decode(&request, &self.context)
            .map_err(|malformed| self.error(malformed.to_string().replace("body", "line")))?;
        let [element] = <[_; 1]>::try_from(elements)
            .map_err(|elements| self.error(format!("holds {} objects, not one", elements.len())))?;
        match element.judgement {
            Judgement::Inputs(inputs) => {
                let row = inputs.into_iter().find_map(|input| match input {
                    Input::Fix { vehicle, position } => Some(row(vehicle, &position)),
                    Input::Alert(_) => None,
                });
                let Some(row) = row else { return Ok(None) };
                let received_at = self.received_at(line, row.device_time);
                let received_at = received_at.map_err(|reason| RowError {
                    vehicle: Some(row.vehicle.clone()),
                    ..self.error(reason)
                })?;
                Ok(Some(Row { received_at, ..row }))
            }
            Judgement::Stale(reason) => Err(RowError { vehicle: element.vehicle, ..self.error(reason) }),
            Judgement::Refused(refusal) => {
                Err(RowError { vehicle: element.vehicle, ..self.error(refusal.reason) })
            }
        }
    }

    /// When a fix was received, which a recording may say and a sender may not.
    fn received_at(&self, line: &str, device_time: Timestamp) -> Result<Option<Timestamp>, String> {
        #[derive(Deserialize)]
        struct Receipt {
            received_at: Option<serde_json::Value>,
        }
        if !line.contains(RECEIVED_AT) {
            return Ok(None);
        }
        let receipt: Receipt = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let time = match receipt.received_at {
            None => return Ok(None),
            Some(serde_json::Value::String(text)) => Timestamp::parse(&text, self.terms.zone),
            Some(other) => Timestamp::parse(&other.to_string(), self.terms.zone),
        };
        let time = time.map_err(|error| format!("received_at: {error}"))?;
        self.terms.not_ahead(device_time, time)?;
        Ok(Some(time))
    }

    fn of_event(&self, text: &str) -> Result<Option<Row>, RowError> {
        let event = Event::from_json(text).map_err(|error| self.error(error.to_string()))?;
        let EventData::PositionUpdated(position) = &event.data else { return Ok(None) };
        self.terms
            .not_ahead(position.device_time, position.received_at)
            .map_err(|reason| self.error(reason))?;
        let vehicle = event.vehicle().ok_or_else(|| self.error("key: is no vehicle's".into()))?;
        Ok(Some(row(vehicle, position)))
    }
}

/// An envelope of the event log has these, and no position does.
fn is_event(text: &str) -> bool {
    text.contains("\"correlation_id\"") && text.contains("\"recorded_at\"") && text.contains("\"data\"")
}

fn row(vehicle: watchtower_core::domain::id::VehicleKey, position: &Position) -> Row {
    Row {
        vehicle,
        device_time: position.device_time,
        received_at: Some(position.received_at),
        point: position.point,
        speed_kmh: position.speed_kmh,
        heading: position.heading,
        ignition: position.ignition,
    }
}

impl Iterator for NdJsonRows {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        while !self.broken {
            self.line += 1;
            match read_line(&mut self.bytes, &mut self.buffer, LONGEST_LINE) {
                Ok(None) => return None,
                Ok(Some(true)) => {
                    return Some(Err(self.error(format!("line is longer than {LONGEST_LINE} bytes"))));
                }
                Ok(Some(false)) => match self.row().transpose() {
                    Some(line) => return Some(line),
                    None => continue,
                },
                Err(error) => {
                    self.broken = true;
                    return Some(Err(RowError { last: true, ..self.error(error.to_string()) }));
                }
            }
        }
        None
    }
}
