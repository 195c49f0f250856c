//! LocoNav's alerts: episodes (`active_event_time` … `inactive_event_time`) and
//! moments (`event_time`), named by `kind`.

use serde_json::{Map, Value};
use watchtower_core::domain::{
    alert::{Alert, AlertKind},
    geo::LonLat,
};

use super::VEHICLE;
use crate::ingest::{
    Input, Judgement, Refusal, RefusalClass,
    fields::Fields,
    reader::{self, Moment, Reader},
};

/// Fields only alerts have.
const MARKS: &[&str] = &["kind", "active_event_time", "inactive_event_time", "event_time", "event_key"];
/// When it began, by preference: `start_time` is when the vendor began to count.
const START: &[&str] = &["active_event_time", "event_time", "start_time"];

/// How long what a kind reports lasts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// It happens and is over.
    Moment,
    /// It ends later, maybe with a second push.
    Episode,
}

/// The published kinds.
fn kind_of(name: &str) -> Option<(AlertKind, Extent)> {
    use Extent::{Episode, Moment};
    Some(match name {
        "SuddenBrakingAlert" => (AlertKind::HarshBraking, Moment),
        "SuddenAccelerationAlert" => (AlertKind::HarshAcceleration, Moment),
        "OverspeedAlert" => (AlertKind::Overspeed, Episode),
        "IgnitionAlert" => (AlertKind::Ignition, Episode),
        "IdlingAlert" => (AlertKind::Idle, Episode),
        "FatigueAlert" => (AlertKind::Fatigue, Episode),
        "OverrevAlert" => (AlertKind::Overrev, Episode),
        "AntiTheftAlert" => (AlertKind::AntiTheft, Moment),
        "GeofenceAlert" => (AlertKind::Geofence, Episode),
        "CrashDuringOverspeedAlert" => (AlertKind::Crash, Moment),
        "DeviceRemovalAlert" => (AlertKind::DeviceRemoval, Episode),
        "VehicleLowBatteryVoltageAlert" => (AlertKind::LowBattery, Episode),
        "SharpTurnAlert" => (AlertKind::SharpTurn, Moment),
        "DtcAlert" => (AlertKind::TroubleCode, Episode),
        "RefuelingAlert" => (AlertKind::Refueling, Moment),
        "PossibleFuelTheftAlert" => (AlertKind::FuelTheft, Moment),
        "DeviceOfflineAlert" => (AlertKind::DeviceOffline, Episode),
        _ => return None,
    })
}

/// What is measured: the vendor's name and ours.
const FIGURES: &[(&str, &str)] = &[
    ("speed", "speed_kmh"),
    ("rpm_value", "rpm"),
    ("refueled_in_percent", "fuel_percent"),
    ("refueled_in_liters", "fuel_litres"),
    ("fuel_theft_in_percent", "fuel_percent"),
    ("fuel_theft_in_liters", "fuel_litres"),
];

/// What is named: the vendor's name and ours.
const NAMES: &[(&str, &str)] = &[
    ("id", "loconav_id"),
    ("event_key", "event_key"),
    ("truck_id", "loconav_truck_id"),
    ("polygon_id", "polygon_id"),
    ("dtc_code", "dtc_code"),
    ("fuel_tank_uuid", "fuel_tank"),
];

/// What tells two alerts of one kind at one moment apart.
const SUBJECT: &[&str] = &["polygon_id", "dtc_code", "fuel_tank_uuid"];

/// Whether an element is an alert rather than a live location.
pub(super) fn looks_like(fields: &Fields) -> bool {
    fields.has(MARKS)
}

/// Decodes an alert. Bad coordinates are dropped, for an alarm is worth having
/// without them; an unknown kind or moment is not.
pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Judgement, Refusal> {
    let vehicle = reader.vehicle(VEHICLE)?;
    let name = reader.fields.find(&["kind"]).ok_or_else(|| reader::missing(&["kind"]))?.text()?;
    let (kind, extent) = kind_of(&name)
        .ok_or_else(|| Refusal::new(RefusalClass::Unknown, format!("kind: unknown alert kind {name:?}")))?;
    let start = reader.time(START)?;
    reader.not_ahead(&start)?;
    let end = match extent {
        Extent::Moment => Some(start.at),
        Extent::Episode => end(reader, &start),
    };
    let point =
        place(reader, &["active_event_latitude", "latitude"], &["active_event_longitude", "longitude"]);
    let subject = match reader.fields.find(SUBJECT) {
        Some(field) => field.text()?,
        None => String::new(),
    };
    let alert = Alert {
        id: Alert::identity(kind, &vehicle, &subject, start.at),
        kind,
        severity: kind.severity(),
        vehicle,
        trip: None,
        start: start.at,
        end,
        point,
        geofence: None,
        values: values(reader)?,
        source: reader.context.source.name.clone(),
    };
    Ok(Judgement::Inputs(vec![Input::Alert(alert)]))
}

/// When an episode ended. An end that cannot be leaves the episode open.
fn end(reader: &mut Reader<'_>, start: &Moment) -> Option<watchtower_core::domain::time::Timestamp> {
    let judged = reader.time_if_any(&["inactive_event_time", "end_time"]).and_then(|end| {
        let Some(end) = end else { return Ok(None) };
        reader.not_ahead(&end)?;
        if end.at < start.at {
            let reason = format!("{}: {} is before the start {}", end.field, end.at, start.at);
            return Err(Refusal::new(RefusalClass::Range, reason));
        }
        Ok(Some(end.at))
    });
    judged.unwrap_or_else(|refusal| {
        reader.note(format!("{} (dropped)", refusal.reason));
        None
    })
}

/// A place, when both coordinates are there and make one.
fn place(reader: &mut Reader<'_>, lat: &[&str], lon: &[&str]) -> Option<LonLat> {
    match reader.point(lat, lon) {
        Ok(point) => Some(point),
        Err(refusal) => {
            reader.note(format!("{} (dropped)", refusal.reason));
            None
        }
    }
}

fn values(reader: &mut Reader<'_>) -> Result<Map<String, Value>, Refusal> {
    let mut values = Map::new();
    for (theirs, ours) in FIGURES {
        if let Some(number) = reader.number(&[theirs])? {
            values.insert((*ours).to_owned(), number.into());
        }
    }
    for (theirs, ours) in NAMES {
        let Some(text) = reader.fields.find(&[theirs]).and_then(|field| field.text().ok()) else { continue };
        values.insert((*ours).to_owned(), text.chars().take(128).collect::<String>().into());
    }
    if let Ok(began) = reader.time(&["start_time"]) {
        values.insert("counted_from".to_owned(), began.at.to_string().into());
    }
    let (lat, lon) = (&["inactive_event_latitude"], &["inactive_event_longitude"]);
    if let Ok(point) = reader.point(lat, lon) {
        values.insert("end_lat".to_owned(), point.lat().into());
        values.insert("end_lon".to_owned(), point.lon().into());
    }
    Ok(values)
}
