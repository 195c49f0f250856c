//! The columns of the fleet list: what can be shown of a truck, and sorted by.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use watchtower_core::domain::{geofence::Geofence, time::Timestamp, trip::Trip};

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

    /// Which of two trucks comes first: names from A, the fastest, longest, gravest and
    /// freshest; what is not known last.
    pub(super) fn compare(self, model: &Model, a: &Vehicle, b: &Vehicle, now: Timestamp) -> Ordering {
        let known = |a: &str, b: &str| a.is_empty().cmp(&b.is_empty()).then_with(|| a.cmp(b));
        let standing =
            |vehicle: &Vehicle| model.now_of(&vehicle.key, now).seconds_since(vehicle.since).max(0.0);
        let most_first = |a: Option<f64>, b: Option<f64>| {
            b.unwrap_or(f64::NEG_INFINITY).total_cmp(&a.unwrap_or(f64::NEG_INFINITY))
        };
        match self {
            Self::Number => a.label.cmp(&b.label),
            Self::State => a.motion.cmp(&b.motion).then_with(|| {
                let speed = |vehicle: &Vehicle| vehicle.speed().unwrap_or(0.0);
                speed(b).total_cmp(&speed(a)).then_with(|| a.since.cmp(&b.since))
            }),
            Self::Speed => most_first(a.speed(), b.speed()),
            Self::Since => standing(b).total_cmp(&standing(a)),
            Self::Heading => {
                let degrees = |vehicle: &Vehicle| vehicle.heading().map_or(f64::INFINITY, |it| it.degrees());
                degrees(a).total_cmp(&degrees(b))
            }
            Self::Engine => b.position.ignition.cmp(&a.position.ignition),
            Self::Driver => known(&a.driver, &b.driver),
            Self::Trip => known(&readable_id(model, a), &readable_id(model, b)),
            Self::Container => known(&container(model, a), &container(model, b)),
            Self::Group => known(&groups(model, a), &groups(model, b)),
            Self::Company => known(&company(model, a), &company(model, b)),
            Self::Place => known(&place(model, a), &place(model, b)),
            Self::Today => most_first(Some(a.today.get()), Some(b.today.get())),
            Self::Alerts => open_alerts(model, b).cmp(&open_alerts(model, a)),
            Self::Age => model.age(a, now).total_cmp(&model.age(b, now)),
        }
    }
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
