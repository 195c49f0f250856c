//! Reads one element's fields into domain values and judges them: what a fix
//! must have, what may be dropped from it, and which moments are acceptable.

use serde_json::value::RawValue;
use watchtower_core::domain::{
    geo::{LonLat, PointError},
    id::VehicleKey,
    position::{Position, Signals},
    time::{TimeError, Timestamp},
    units::{Heading, Kmh, Metres},
};

use super::{
    Context, Element, Input, Judgement, Names, Refusal, RefusalClass,
    fields::{Field, Fields, type_name},
};

/// What happens to an element whose optional fields hold nonsense.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Nonsense {
    /// The field is dropped and noted: devices cannot be argued with.
    Drops,
    /// The element is refused: whoever writes to our own API can.
    Refuses,
}

/// One element while it is read.
pub(super) struct Reader<'c> {
    pub(super) fields: Fields,
    pub(super) context: &'c Context,
    nonsense: Nonsense,
    vehicle: Option<VehicleKey>,
    notes: Vec<String>,
}

/// A time with the name of the field it came from.
pub(super) struct Moment {
    pub(super) field: String,
    pub(super) at: Timestamp,
}

/// What a fix is made of once its fields are read.
pub(super) struct Reading {
    pub(super) vehicle: VehicleKey,
    pub(super) time: Moment,
    pub(super) point: LonLat,
    pub(super) speed: Option<Kmh>,
    pub(super) heading: Option<Heading>,
    pub(super) ignition: Option<bool>,
    pub(super) altitude: Option<Metres>,
    pub(super) accuracy: Option<Metres>,
    pub(super) odometer: Option<Metres>,
    pub(super) signals: Signals,
}

/// Reads an element of JSON.
pub(super) fn element(
    raw: &RawValue,
    context: &Context,
    nonsense: Nonsense,
    decode: impl FnOnce(&mut Reader<'_>) -> Result<Judgement, Refusal>,
) -> Element {
    match Fields::read(raw) {
        Ok(fields) => of_fields(fields, context, nonsense, decode),
        Err(refusal) => refused(refusal),
    }
}

/// Reads an element whose fields are known already.
pub(super) fn of_fields(
    fields: Fields,
    context: &Context,
    nonsense: Nonsense,
    decode: impl FnOnce(&mut Reader<'_>) -> Result<Judgement, Refusal>,
) -> Element {
    let mut reader = Reader { fields, context, nonsense, vehicle: None, notes: Vec::new() };
    let judgement = decode(&mut reader).unwrap_or_else(Judgement::Refused);
    Element { vehicle: reader.vehicle, judgement, notes: reader.notes }
}

/// An element that could not even be read.
pub(super) fn refused(refusal: Refusal) -> Element {
    Element { vehicle: None, judgement: Judgement::Refused(refusal), notes: Vec::new() }
}

impl Reader<'_> {
    /// The vehicle named by the first of `names`.
    pub(super) fn vehicle(&mut self, names: &[&str]) -> Result<VehicleKey, Refusal> {
        let field = self.fields.find(names).ok_or_else(|| missing(names))?;
        let (name, text) = (field.name.to_owned(), field.text()?);
        self.named(&name, &text)
    }

    /// The vehicle of that name, from wherever it came.
    pub(super) fn named(&mut self, field: &str, text: &str) -> Result<VehicleKey, Refusal> {
        // What stands for bytes that are no UTF-8: two such names would be one.
        if text.contains(char::REPLACEMENT_CHARACTER) {
            return Err(Refusal::new(RefusalClass::Vehicle, format!("{field}: is not UTF-8")));
        }
        let key = match self.context.names {
            Names::Numbers => VehicleKey::new(text),
            Names::AsWritten => VehicleKey::as_written(text),
        };
        let key = key.map_err(|error| Refusal::new(RefusalClass::Vehicle, format!("{field}: {error}")))?;
        let key = self.context.aliases.get(&key).cloned().unwrap_or(key);
        self.vehicle = Some(key.clone());
        Ok(key)
    }

    /// The moment in the first of `names`.
    pub(super) fn time(&self, names: &[&str]) -> Result<Moment, Refusal> {
        self.time_if_any(names)?.ok_or_else(|| missing(names))
    }

    pub(super) fn time_if_any(&self, names: &[&str]) -> Result<Option<Moment>, Refusal> {
        let Some(field) = self.fields.find(names) else { return Ok(None) };
        let at = match field.value {
            serde_json::Value::Number(_) => Timestamp::from_epoch(field.number()?),
            _ => Timestamp::parse(&field.text()?, self.context.zone),
        };
        let at = at.map_err(|error| {
            let class = match error {
                TimeError::OutOfRange { .. } => RefusalClass::Range,
                TimeError::Unreadable { .. } | TimeError::Skipped { .. } => RefusalClass::Time,
            };
            Refusal::new(class, format!("{}: {error}", field.name))
        })?;
        Ok(Some(Moment { field: field.name.to_owned(), at }))
    }

    /// The point in two fields; 0/0 is refused.
    pub(super) fn point(&self, lat: &[&str], lon: &[&str]) -> Result<LonLat, Refusal> {
        let lat_field = self.fields.find(lat).ok_or_else(|| missing(lat))?;
        let lon_field = self.fields.find(lon).ok_or_else(|| missing(lon))?;
        let point = LonLat::new(lon_field.number()?, lat_field.number()?).map_err(|error| {
            let (PointError::NotFinite { field } | PointError::OutOfRange { field, .. }) = error;
            let name = if field == "latitude" { lat_field.name } else { lon_field.name };
            Refusal::new(RefusalClass::Range, format!("{name}: {error}"))
        })?;
        if point.is_null_island() {
            let reason = format!(
                "{}/{}: exactly 0/0, which trackers send without a fix",
                lat_field.name, lon_field.name
            );
            return Err(Refusal::new(RefusalClass::NullIsland, reason));
        }
        Ok(point)
    }

    /// A finite number, when there is one.
    pub(super) fn number(&mut self, names: &[&str]) -> Result<Option<f64>, Refusal> {
        self.optional(names, |field| {
            let number = field.number()?;
            if number.is_finite() { Ok(number) } else { Err(out_of(field, "not a finite number")) }
        })
    }

    /// A speed, from a number in the unit `convert` knows.
    pub(super) fn speed(
        &mut self,
        names: &[&str],
        convert: impl FnOnce(f64) -> Kmh,
    ) -> Result<Option<Kmh>, Refusal> {
        Ok(self.not_negative(names)?.map(convert))
    }

    /// A length in metres that cannot be negative.
    pub(super) fn length(&mut self, names: &[&str]) -> Result<Option<Metres>, Refusal> {
        Ok(self.not_negative(names)?.map(Metres))
    }

    fn not_negative(&mut self, names: &[&str]) -> Result<Option<f64>, Refusal> {
        self.optional(names, |field| {
            let number = field.number()?;
            match number {
                _ if !number.is_finite() => Err(out_of(field, "not a finite number")),
                _ if number < 0.0 => Err(out_of(field, &format!("{number} is negative"))),
                _ => Ok(number),
            }
        })
    }

    /// A course. Up to a turn either way is brought into 0 ≤ h < 360.
    pub(super) fn heading(&mut self, names: &[&str]) -> Result<Option<Heading>, Refusal> {
        self.optional(names, |field| {
            let degrees = field.number()?;
            match Heading::new(degrees) {
                Some(heading) if degrees.abs() <= 360.0 => Ok(heading),
                Some(_) => Err(out_of(field, &format!("{degrees} is no course in degrees"))),
                None => Err(out_of(field, "not a finite number")),
            }
        })
    }

    /// A flag, when there is one.
    pub(super) fn flag(&mut self, names: &[&str]) -> Result<Option<bool>, Refusal> {
        self.optional(names, |field| field.flag())
    }

    /// Says that a field was dropped, and why.
    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    fn optional<T>(
        &mut self,
        names: &[&str],
        read: impl FnOnce(Field<'_>) -> Result<T, Refusal>,
    ) -> Result<Option<T>, Refusal> {
        match self.fields.find(names).map(read).transpose() {
            Ok(value) => Ok(value),
            Err(refusal) if self.nonsense == Nonsense::Drops => {
                self.note(format!("{} (dropped)", refusal.reason));
                Ok(None)
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Refuses a moment too far ahead of the source's clock.
    pub(super) fn not_ahead(&self, time: &Moment) -> Result<(), Refusal> {
        let context = self.context;
        if !context.source.clock.is_wall() || time.at <= context.now.plus(context.limits.max_ahead) {
            return Ok(());
        }
        let reason = format!(
            "{}: {} is {} ahead of the clock, {} is allowed",
            time.field,
            time.at,
            span(time.at.seconds_since(context.now)),
            span(context.limits.max_ahead.as_secs_f64()),
        );
        Err(Refusal::new(RefusalClass::Future, reason))
    }

    /// Why a moment is older than anything kept, if it is.
    fn stale(&self, time: &Moment) -> Option<String> {
        let context = self.context;
        let retention = context.limits.retention;
        (context.source.clock.is_wall() && time.at < context.now.minus(retention)).then(|| {
            format!(
                "stale: {}: {} is older than the {} kept",
                time.field,
                time.at,
                span(retention.as_secs_f64())
            )
        })
    }

    /// Judges a fix by its time and makes it one.
    pub(super) fn judge(&self, reading: Reading) -> Result<Judgement, Refusal> {
        self.not_ahead(&reading.time)?;
        if let Some(reason) = self.stale(&reading.time) {
            return Ok(Judgement::Stale(reason));
        }
        let position = Position {
            device_time: reading.time.at,
            received_at: self.context.now,
            point: reading.point,
            speed_kmh: reading.speed,
            heading: reading.heading,
            ignition: reading.ignition,
            altitude_m: reading.altitude,
            accuracy_m: reading.accuracy,
            odometer_m: reading.odometer,
            signals: reading.signals,
            source: self.context.source.clone(),
        };
        Ok(Judgement::Inputs(vec![Input::Fix { vehicle: reading.vehicle, position }]))
    }
}

/// A refusal of a field that is not there, by its usual name.
pub(super) fn missing(names: &[&str]) -> Refusal {
    Refusal::new(RefusalClass::Missing, format!("{}: missing", names.first().unwrap_or(&"field")))
}

fn out_of(field: Field<'_>, what: &str) -> Refusal {
    Refusal::new(RefusalClass::Range, format!("{}: {what}", field.name))
}

/// A span of seconds in the largest unit that suits it.
fn span(seconds: f64) -> String {
    match seconds {
        s if s >= 2.0 * 86_400.0 => format!("{:.0} days", s / 86_400.0),
        s if s >= 2.0 * 3_600.0 => format!("{:.0} h", s / 3_600.0),
        s if s >= 120.0 => format!("{:.0} min", s / 60.0),
        s => format!("{s:.0} s"),
    }
}

/// A refusal of an element that is no object.
pub(super) fn not_an_object(found: &serde_json::Value) -> Refusal {
    Refusal::new(RefusalClass::Type, format!("element: expected an object, found {}", type_name(found)))
}
