//! The one table of fields: their names, what they hold, what they mean. The
//! parser, completion, help and FILTERS.md go by it.

use crate::domain::{
    alert::{AlertKind, Severity},
    live::Motion,
    master::TruckStatus,
    trip::TripStatus,
};

/// A field that holds text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Text {
    /// The truck's number.
    Number,
    /// Who drives.
    Driver,
    /// Owning company.
    Company,
    /// Fleet manager.
    Manager,
    /// Maker.
    Brand,
    /// Trailer size.
    Trailer,
    /// Where it is based.
    Base,
    /// Groups it belongs to.
    Group,
    /// Fences it is in, by id and by name.
    Place,
    /// The trip's readable id.
    Trip,
    /// The trip's container.
    Container,
    /// The trip's client.
    Client,
    /// Where the trip begins, by id and by name.
    Pickup,
    /// Where it goes.
    Delivery,
}

/// A field that holds a figure.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Figure {
    /// Speed, km/h.
    Speed,
    /// Course over ground, degrees.
    Heading,
    /// Seconds since the last fix.
    Age,
    /// Seconds in the state it is in.
    Since,
    /// The same where it is this state, and nothing elsewhere.
    For(Motion),
    /// How many alerts are open on it.
    Alerts,
    /// Degrees north.
    Lat,
    /// Degrees east.
    Lon,
}

/// A field that holds some of a few values.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Choice {
    /// How it moves.
    Status,
    /// The operator's word on it.
    Availability,
    /// Where its trip stands.
    TripStatus,
    /// The ignition.
    Ignition,
    /// Kinds of the alerts open on it.
    Alert,
    /// How grave they are.
    Severity,
}

/// A field.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Field {
    /// Of text.
    Text(Text),
    /// Of a figure.
    Figure(Figure),
    /// Of a few values.
    Choice(Choice),
}

/// A field as people know it.
#[derive(Debug)]
pub struct Row {
    /// Which.
    pub field: Field,
    /// Its name.
    pub name: &'static str,
    /// Other names it is known by.
    pub aliases: &'static [&'static str],
    /// An example of its use.
    pub example: &'static str,
    /// What it means.
    pub doc: &'static str,
}

const fn text(
    field: Text,
    name: &'static str,
    aliases: &'static [&'static str],
    example: &'static str,
    doc: &'static str,
) -> Row {
    Row { field: Field::Text(field), name, aliases, example, doc }
}

const fn figure(field: Figure, name: &'static str, example: &'static str, doc: &'static str) -> Row {
    Row { field: Field::Figure(field), name, aliases: &[], example, doc }
}

const fn choice(
    field: Choice,
    name: &'static str,
    aliases: &'static [&'static str],
    example: &'static str,
    doc: &'static str,
) -> Row {
    Row { field: Field::Choice(field), name, aliases, example, doc }
}

/// Every field, in the order people are told of them.
pub const TABLE: &[Row] = &[
    text(Text::Number, "number", &["truck", "vehicle"], "number:T11*", "number of the truck"),
    text(Text::Driver, "driver", &[], "driver:moruf", "name of its driver"),
    choice(Choice::Status, "status", &["motion"], "status:idle,parked", "how it moves"),
    choice(
        Choice::Availability,
        "availability",
        &[],
        "availability:maintenance",
        "the operator's word on it",
    ),
    text(Text::Company, "company", &[], "company:FM", "company that owns it"),
    text(Text::Manager, "manager", &[], "manager:ade", "fleet manager who looks after it"),
    text(Text::Brand, "brand", &[], "brand:mack", "its maker"),
    text(Text::Trailer, "trailer", &[], "trailer:40FT", "size of its trailer"),
    text(Text::Base, "base", &[], "base:apapa", "where it is based"),
    text(Text::Group, "group", &["groups"], "group:\"FM\"", "a group it belongs to"),
    text(Text::Place, "place", &["fence", "geofence"], "place:apapa", "geofence it is in, by id or name"),
    text(Text::Trip, "trip", &[], "trip:*CA60", "readable id of the trip it is on"),
    choice(Choice::TripStatus, "tripstatus", &[], "tripstatus:delayed", "where that trip stands"),
    text(Text::Container, "container", &[], "container:MSKU*", "container on that trip"),
    text(Text::Client, "client", &[], "client:deekay", "client of that trip"),
    text(Text::Pickup, "pickup", &[], "pickup:tin-can", "where that trip begins, by id or name"),
    text(Text::Delivery, "delivery", &[], "delivery:ikeja", "where that trip goes, by id or name"),
    figure(Figure::Speed, "speed", "speed>60", "speed it reported last; km/h, also mph, kn, m/s"),
    figure(Figure::Heading, "heading", "heading<180", "course over ground, degrees from north"),
    choice(Choice::Ignition, "ignition", &[], "ignition:on", "ignition at its last fix"),
    figure(Figure::Age, "age", "age>10m", "time since its last fix: 30s, 10m, 2h, 1d"),
    figure(Figure::Since, "since", "since>2h", "time in the state it is in"),
    figure(Figure::For(Motion::Moving), "moving", "moving>4h", "time it has been moving"),
    figure(Figure::For(Motion::Idle), "idle", "idle>20m", "time it has been idle"),
    figure(Figure::For(Motion::Parked), "parked", "parked>1d", "time it has been parked"),
    figure(Figure::For(Motion::Offline), "offline", "offline>2h", "time it has been offline"),
    figure(Figure::Alerts, "alerts", "alerts>0", "how many alerts are open on it"),
    choice(Choice::Alert, "alert", &["kind"], "alert:geofence*", "kind of an alert open on it"),
    choice(Choice::Severity, "severity", &[], "severity>=high", "how grave an alert open on it is"),
    figure(Figure::Lat, "lat", "lat>6.45", "latitude, degrees north"),
    figure(Figure::Lon, "lon", "lon<3.4", "longitude, degrees east"),
];

impl Field {
    /// The field of that name, in either case.
    pub fn named(name: &str) -> Option<Self> {
        let is_it = |known: &&str| known.eq_ignore_ascii_case(name);
        TABLE.iter().find(|row| is_it(&row.name) || row.aliases.iter().any(is_it)).map(|row| row.field)
    }

    /// Its row in the table.
    pub fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.field == self).expect("a test finds every field in the table")
    }
}

impl Text {
    /// The fields a bare word is looked for in.
    pub const BARE: [Self; 5] = [Self::Number, Self::Driver, Self::Trip, Self::Container, Self::Place];

    /// Whether `:` means the whole of it: codes, of which one may begin like another.
    /// Of a name, `:` finds any part.
    pub const fn is_code(self) -> bool {
        match self {
            Self::Number
            | Self::Company
            | Self::Brand
            | Self::Trailer
            | Self::Group
            | Self::Trip
            | Self::Container => true,
            Self::Driver
            | Self::Manager
            | Self::Base
            | Self::Place
            | Self::Client
            | Self::Pickup
            | Self::Delivery => false,
        }
    }

    pub(super) fn row(self) -> &'static Row {
        Field::Text(self).row()
    }
}

impl Figure {
    pub(super) fn row(self) -> &'static Row {
        Field::Figure(self).row()
    }
}

impl Choice {
    /// The values it can have, in their order where they have one.
    pub fn values(self) -> Vec<&'static str> {
        match self {
            Self::Status => Motion::ALL.iter().map(|motion| motion.name()).collect(),
            Self::Availability => TruckStatus::ALL.map(TruckStatus::name).into(),
            Self::TripStatus => TripStatus::ALL.iter().map(|status| status.name()).collect(),
            Self::Ignition => vec!["on", "off"],
            Self::Alert => AlertKind::ALL.iter().map(|kind| kind.name()).collect(),
            Self::Severity => Severity::ALL.iter().map(|severity| severity.name()).collect(),
        }
    }

    /// Whether one value is more than another.
    pub(super) const fn is_ordered(self) -> bool {
        match self {
            Self::Severity => true,
            Self::Status | Self::Availability | Self::TripStatus | Self::Ignition | Self::Alert => false,
        }
    }

    pub(super) fn row(self) -> &'static Row {
        Field::Choice(self).row()
    }
}

impl Row {
    /// What it holds, in words.
    pub fn holds(&self) -> String {
        match self.field {
            Field::Text(field) if field.is_code() => "code".to_owned(),
            Field::Text(_) => "name".to_owned(),
            Field::Figure(Figure::Speed) => "speed".to_owned(),
            Field::Figure(Figure::Heading | Figure::Lat | Figure::Lon) => "degrees".to_owned(),
            Field::Figure(Figure::Age | Figure::Since | Figure::For(_)) => "duration".to_owned(),
            Field::Figure(Figure::Alerts) => "count".to_owned(),
            Field::Choice(Choice::Alert) => "kind of alert".to_owned(),
            Field::Choice(choice) => choice.values().join(", "),
        }
    }
}

/// The language in a few lines, for help texts: how to compare, then every field.
pub fn guide() -> String {
    let mut text = String::from(
        "Terms are joined by `and` (or nothing), `or`, `not` and parentheses; case does not matter.\n\
         A bare word is looked for in number, driver, trip, container and place.\n\
         : finds a value (the whole of a code, any part of a name), = and != the whole of it,\n\
         < <= > >= compare; a,b is either; * stands for anything; \"quotes\" take it as it is.\n\n",
    );
    for row in TABLE {
        text += &format!("{:<13} {:<26} {}\n", row.name, row.example, row.doc);
    }
    text
}
