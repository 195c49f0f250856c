//! LocoNav's own JSON, as it pushes it: the live location and the alerts.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, TimeDelta};
use serde_json::{Map, Value, json};
use watchtower_core::domain::geo::LonLat;

use super::traffic::LAGOS_OFFSET_S;

/// One fix as the tracker took it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fix {
    /// Seconds since 1970.
    pub(super) at: i64,
    pub(super) point: LonLat,
    pub(super) speed_kmh: f64,
    pub(super) heading: f64,
    pub(super) ignition: bool,
    pub(super) harsh_braking: bool,
}

/// A field a push lacks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Missing {
    Nothing,
    Orientation,
    Longitude,
}

/// The body of a live location push, its fields in the order published.
pub(super) fn location(imei: &str, number: &str, fix: &Fix, missing: Missing) -> String {
    let flag = |raised: bool| if raised { '1' } else { '0' };
    let gpstime = DateTime::from_timestamp(fix.at + LAGOS_OFFSET_S, 0).unwrap_or_default();
    let mut body = String::with_capacity(300);
    let mut put = |arguments: std::fmt::Arguments<'_>| {
        body.write_fmt(arguments).expect("a string takes whatever is written to it");
    };
    put(format_args!(r#"{{"imei":"{imei}","speed":{:.1}"#, fix.speed_kmh));
    put(format_args!(r#","gpstime":"{}""#, gpstime.format("%d-%m-%Y %H:%M:%S")));
    put(format_args!(r#","ignition":"{}","latitude":{:.6}"#, flag(fix.ignition), fix.point.lat()));
    if missing != Missing::Longitude {
        put(format_args!(r#","longitude":{:.6}"#, fix.point.lon()));
    }
    put(format_args!(r#","sharpTurn":"0""#));
    if missing != Missing::Orientation {
        put(format_args!(r#","orientation":{:.1}"#, fix.heading));
    }
    put(format_args!(
        r#","vehiclenumber":"{number}","harshBraking":"{}","rockBreakerPedal":"0","harshAcceleration":"0"}}"#,
        flag(fix.harsh_braking)
    ));
    body
}

/// The alerts simulated, by LocoNav's names of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    SuddenBraking,
    Overspeed,
    Ignition,
    Idling,
    Fatigue,
    DeviceRemoval,
    LowBattery,
    TroubleCode,
    Refueling,
    FuelTheft,
    DeviceOffline,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::SuddenBraking => "SuddenBrakingAlert",
            Self::Overspeed => "OverspeedAlert",
            Self::Ignition => "IgnitionAlert",
            Self::Idling => "IdlingAlert",
            Self::Fatigue => "FatigueAlert",
            Self::DeviceRemoval => "DeviceRemovalAlert",
            Self::LowBattery => "VehicleLowBatteryVoltageAlert",
            Self::TroubleCode => "DtcAlert",
            Self::Refueling => "RefuelingAlert",
            Self::FuelTheft => "PossibleFuelTheftAlert",
            Self::DeviceOffline => "DeviceOfflineAlert",
        }
    }

    /// Whether its times come without a zone, as some of the published do: local
    /// ones then.
    const fn is_zoneless(self) -> bool {
        match self {
            Self::DeviceRemoval
            | Self::LowBattery
            | Self::TroubleCode
            | Self::Refueling
            | Self::FuelTheft
            | Self::DeviceOffline => true,
            Self::SuddenBraking | Self::Overspeed | Self::Ignition | Self::Idling | Self::Fatigue => false,
        }
    }

    /// Whether it is a moment rather than an episode.
    pub(super) const fn is_moment(self) -> bool {
        match self {
            Self::SuddenBraking | Self::Refueling | Self::FuelTheft => true,
            Self::Overspeed
            | Self::Ignition
            | Self::Idling
            | Self::Fatigue
            | Self::DeviceRemoval
            | Self::LowBattery
            | Self::TroubleCode
            | Self::DeviceOffline => false,
        }
    }
}

/// When and where.
pub(super) type Place = (i64, LonLat);

/// An alert to be pushed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alert {
    /// LocoNav's number, the same when the end is pushed.
    pub(super) id: u64,
    pub(super) kind: Kind,
    /// When it began, or happened.
    pub(super) start: Place,
    /// When it ended; `None` while it lasts and for a moment's event.
    pub(super) end: Option<Place>,
    /// The figure of the kind: km/h, or litres of fuel.
    pub(super) value: f64,
}

/// The body of an alert push.
pub(super) fn alert(number: &str, alert: &Alert) -> String {
    let time = |second: i64| {
        if alert.kind.is_zoneless() {
            let local =
                DateTime::from_timestamp(second, 0).unwrap_or_default() + TimeDelta::seconds(LAGOS_OFFSET_S);
            local.format("%Y-%m-%dT%H:%M:%S").to_string()
        } else {
            DateTime::from_timestamp(second, 0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
        }
    };
    let (at, point) = alert.start;
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| {
        body.insert(name.to_owned(), value);
    };
    put("id", json!(alert.id));
    put("kind", json!(alert.kind.name()));
    put("vehicle_number", json!(number));
    put("created_at", json!(time(at + 2)));
    if alert.kind.is_moment() {
        put("event_time", json!(time(at)));
        put("latitude", json!(rounded(point.lat())));
        put("longitude", json!(rounded(point.lon())));
    } else {
        put("event_key", json!(format!("sim-{}", alert.id)));
        put("active_event_time", json!(time(at)));
        put("active_event_latitude", json!(rounded(point.lat())));
        put("active_event_longitude", json!(rounded(point.lon())));
        put("updated_at", json!(time(alert.end.map_or(at, |(end, _)| end) + 2)));
        put("inactive_event_time", json!(alert.end.map(|(end, _)| time(end))));
        put("inactive_event_latitude", json!(alert.end.map(|(_, point)| rounded(point.lat()))));
        put("inactive_event_longitude", json!(alert.end.map(|(_, point)| rounded(point.lon()))));
    }
    match alert.kind {
        Kind::SuddenBraking | Kind::Overspeed => put("speed", json!((alert.value * 10.0).round() / 10.0)),
        Kind::Fatigue => put("start_time", json!(time(at - alert.value as i64))),
        Kind::TroubleCode => put("dtc_code", json!("P0123")),
        Kind::Refueling | Kind::FuelTheft => {
            let stem = if alert.kind == Kind::Refueling { "refueled" } else { "fuel_theft" };
            put(&format!("{stem}_in_liters"), json!(alert.value.round()));
            // Tanks of 400 l.
            put(&format!("{stem}_in_percent"), json!((alert.value / 4.0).round()));
            put("fuel_tank_uuid", json!(format!("tank-{number}")));
            put("updated_at", json!(time(at + 2)));
        }
        Kind::Ignition | Kind::Idling | Kind::DeviceRemoval | Kind::LowBattery | Kind::DeviceOffline => {}
    }
    Value::Object(body).to_string()
}

/// Six decimals, 11 cm.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}
