//! The columns of the fleet list: what can be shown of a truck, and sorted by.

use serde::{Deserialize, Serialize};
use watchtower_core::domain::{geofence::Geofence, live::Motion, time::Timestamp, trip::Trip};

use crate::tui::model::{Model, vehicle::Vehicle};

/// What the list can show and be sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The number.
    #[default]
    Number,
    /// Motion, then speed or how long.
    State,
    /// Speed.
    Speed,
    /// How long it has moved, idled, stood or been silent.
    Since,
    /// The compass point it goes to.
    Heading,
    /// Whether the engine is on.
    Engine,
    /// Who drives.
    Driver,
    /// The trip it is on.
    Trip,
    /// The container it carries.
    Container,
    /// The groups it is in.
    Group,
    /// The company it works for.
    Company,
    /// The fence it is in.
    Place,
    /// Distance since the local midnight.
    Today,
    /// Open alerts.
    Alerts,
    /// Age of the last fix.
    Age,
}

impl Column {
    /// Every column, from left to right.
    pub const ALL: [Self; 15] = [
        Self::Number,
        Self::State,
        Self::Speed,
        Self::Since,
        Self::Heading,
        Self::Engine,
        Self::Driver,
        Self::Trip,
        Self::Container,
        Self::Group,
        Self::Company,
        Self::Place,
        Self::Today,
        Self::Alerts,
        Self::Age,
    ];

    /// Those shown unless others are chosen.
    pub const USUAL: [Self; 6] =
        [Self::Number, Self::State, Self::Driver, Self::Place, Self::Alerts, Self::Age];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::State => "state",
            Self::Speed => "speed",
            Self::Since => "since",
            Self::Heading => "heading",
            Self::Engine => "engine",
            Self::Driver => "driver",
            Self::Trip => "trip",
            Self::Container => "container",
            Self::Group => "group",
            Self::Company => "company",
            Self::Place => "place",
            Self::Today => "today",
            Self::Alerts => "alerts",
            Self::Age => "age",
        }
    }

    /// The column of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }

    /// Some of them by name.
    pub fn names(columns: &[Self]) -> String {
        columns.iter().map(|column| column.name()).collect::<Vec<_>>().join(" ")
    }

    /// What each truck is sorted by, by its number, the lowest first: names from A, the
    /// fastest, longest, gravest and freshest; what is not known last. In no more than 96 bits.
    pub(super) fn figures(self, model: &Model, now: Timestamp) -> Vec<u128> {
        let (readings, vehicles) = (model.vehicles.readings().iter(), model.vehicles.values());
        let least = |figure: f64| u128::from(ascending(figure));
        let most = |figure: f64| u128::from(!ascending(figure));
        match self {
            // The order of numbers is known without.
            Self::Number => vec![0; model.vehicles.len()],
            Self::State => {
                let states = model.ages(now).zip(readings);
                states.map(|((motion, _), reading)| state(motion, reading.speed, reading.since)).collect()
            }
            Self::Speed => {
                let speed = |speed: Option<f32>| speed.map_or(f64::NEG_INFINITY, f64::from);
                readings.map(|reading| most(speed(reading.speed))).collect()
            }
            Self::Since => {
                let standing = readings.zip(model.nows(now));
                standing.map(|(reading, now)| most(now.seconds_since(reading.since).max(0.0))).collect()
            }
            Self::Heading => vehicles
                .map(|vehicle| least(vehicle.heading().map_or(f64::INFINITY, |heading| heading.degrees())))
                .collect(),
            Self::Engine => vehicles
                .map(|vehicle| match vehicle.position.ignition {
                    Some(true) => 0,
                    Some(false) => 1,
                    None => 2,
                })
                .collect(),
            Self::Driver => ordinals(vehicles.map(|vehicle| vehicle.driver.clone())),
            Self::Trip => ordinals(vehicles.map(|vehicle| readable_id(model, vehicle))),
            Self::Container => ordinals(vehicles.map(|vehicle| container(model, vehicle))),
            Self::Group => ordinals(vehicles.map(|vehicle| groups(model, vehicle))),
            Self::Company => ordinals(vehicles.map(|vehicle| company(model, vehicle))),
            Self::Place => ordinals(vehicles.map(|vehicle| place(model, vehicle))),
            Self::Today => readings.map(|reading| most(reading.today)).collect(),
            Self::Alerts => {
                let mut counts: Vec<u32> = readings.map(|reading| reading.alerts).collect();
                for (key, open) in model.alerts.open() {
                    if let Some(number) = model.vehicles.number(key) {
                        let count = &mut counts[number as usize];
                        *count = (*count).max(open as u32);
                    }
                }
                counts.into_iter().map(|count| u128::from(u32::MAX - count)).collect()
            }
            Self::Age => model.ages(now).map(|(_, age)| least(age)).collect(),
        }
    }

    /// Whether the order by it is the same as long as nobody is called anything else.
    pub(super) fn stays(self) -> bool {
        self == Self::Number
    }
}

/// Bits in the order of the numbers they are of.
const fn ascending(figure: f64) -> u64 {
    let bits = figure.to_bits();
    if figure.is_sign_negative() { !bits } else { bits | 1 << 63 }
}

/// By motion, the fastest first, then who does so for the longest: 2, 31 and 48 bits.
fn state(motion: Motion, speed: Option<f32>, since: Timestamp) -> u128 {
    let slowness = (i32::MAX as u32).saturating_sub(speed.unwrap_or(0.0).max(0.0).to_bits());
    let since = since.millis().max(0).unsigned_abs();
    ((motion as u128) << 79) | (u128::from(slowness) << 48) | u128::from(since)
}

/// The places of texts in their order, equal ones the same; empty ones come last.
fn ordinals(texts: impl Iterator<Item = String>) -> Vec<u128> {
    let mut sorted: Vec<(String, usize)> = texts.enumerate().map(|(number, text)| (text, number)).collect();
    let mut ordinals = vec![u128::from(u32::MAX); sorted.len()];
    sorted.retain(|(text, _)| !text.is_empty());
    sorted.sort_unstable();
    let mut ordinal = 0;
    for (index, (text, number)) in sorted.iter().enumerate() {
        ordinal += u128::from(index > 0 && sorted[index - 1].0 != *text);
        ordinals[*number] = ordinal;
    }
    ordinals
}

/// How many alerts are open on a truck.
pub fn open_alerts(model: &Model, vehicle: &Vehicle) -> usize {
    model.alerts.open_on(&vehicle.key).max(vehicle.alerts.len())
}

/// The readable id of the trip a truck is on; empty without one.
pub fn readable_id(model: &Model, vehicle: &Vehicle) -> String {
    model.trip_of(vehicle).map_or_else(String::new, |trip: &Trip| trip.readable_id.to_string())
}

/// The container it carries; empty when not known.
pub fn container(model: &Model, vehicle: &Vehicle) -> String {
    model.trip_of(vehicle).and_then(|trip| trip.container.clone()).unwrap_or_default()
}

/// The groups it is in.
pub fn groups(model: &Model, vehicle: &Vehicle) -> String {
    model.truck(&vehicle.key).map_or_else(String::new, |truck| truck.groups.join(", "))
}

/// The company it works for; empty when not known.
pub fn company(model: &Model, vehicle: &Vehicle) -> String {
    model.truck(&vehicle.key).and_then(|truck| truck.company.clone()).unwrap_or_default()
}

/// The name of the fence it is in; empty outside all.
pub fn place(model: &Model, vehicle: &Vehicle) -> String {
    let fence = vehicle.fences.first().and_then(|id| model.fences.get(id));
    fence.map_or_else(String::new, |fence: &Geofence| fence.name.clone())
}
