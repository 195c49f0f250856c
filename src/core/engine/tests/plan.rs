//! A scenario file, read: fences, rules, input lines, expected lines.
//!
//! Places are metres east and north of `origin`. A line of input begins with its
//! time and goes on with
//!
//! * `EAST NORTH [speed=] [ignition=on|off] [received=] [truck=] [braking]
//!   [accelerating] [replayed]`: a fix,
//! * `tick`, `restart` (from a snapshot), `fences ID…` (all others are deleted),
//! * `report kind= start= [end=]`: somebody else's alert,
//! * `acknowledge kind= start= by=`, `trip STATUS`,
//!   `trip plan pickup= delivery= at= [promised=]`.
//!
//! A `#` begins a remark. The truck is T1 unless another is named.

use geo::{LineString, MultiPolygon, Polygon};
use serde::Deserialize;

use super::{Ground, at, fix, input, position, tick};
use crate::{
    domain::{
        alert::{Acknowledgement, Alert, AlertKind},
        band::BandLearner,
        event::{Command, Event, EventData},
        geofence::{FenceKind, Geofence, Shape, Watches},
        id::{FenceId, TripId, VehicleKey},
        lane::{Lane, Lanes},
        position::{Position, Signals, Source},
        time::Timestamp,
        trip::{Trip, TripStatus, TripStatusChange},
        units::{Kmh, Metres},
    },
    engine::{Groups, Rules},
};

/// One scenario.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    /// What it shows and why it is so.
    pub(super) about: String,
    /// Where 0/0 is: longitude, latitude.
    #[serde(default = "lagos")]
    origin: (f64, f64),
    /// The rules by which nothing is judged, to be changed by `rules`.
    #[serde(default)]
    raw: bool,
    #[serde(default)]
    rules: toml::Table,
    /// The groups of trucks that are in any.
    #[serde(default)]
    pub(super) groups: Groups,
    /// What past trips took.
    #[serde(default)]
    lanes: Vec<LaneLine>,
    #[serde(default)]
    fences: Vec<FenceLine>,
    input: String,
    /// Only events whose type begins with one of these are shown; empty = all.
    #[serde(default)]
    pub(super) show: Vec<String>,
    pub(super) expect: String,
    /// The live state at the end.
    #[serde(default)]
    pub(super) live: Option<String>,
}

/// A lane, with the ways in metres that past trips drove.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LaneLine {
    pickup: FenceId,
    delivery: FenceId,
    trips: u32,
    early_s: f64,
    usual_s: f64,
    late_s: f64,
    #[serde(default)]
    driven: Vec<Vec<(f64, f64)>>,
}

fn lagos() -> (f64, f64) {
    (3.36, 6.44)
}

/// A polygon: its boundary, then its holes.
type Rings = Vec<Vec<(f64, f64)>>;

/// A fence in metres east and north.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FenceLine {
    id: String,
    circle: Option<(f64, f64, f64)>,
    area: Option<Rings>,
    areas: Option<Vec<Rings>>,
    corridor: Option<(f64, Vec<(f64, f64)>)>,
    #[serde(default)]
    on_trip: bool,
    #[serde(default)]
    depot: bool,
}

/// What a line of input makes happen.
pub(super) enum Act {
    Input(Box<Event>),
    /// Fences by these ids only.
    KeepFences(Vec<String>),
    Restart,
}

impl Scenario {
    pub(super) fn ground(&self) -> Ground {
        Ground::new(self.origin.0, self.origin.1)
    }

    pub(super) fn rules(&self) -> Rules {
        let base = if self.raw { Rules::raw() } else { Rules::default() };
        let mut all: toml::Table = toml::Table::try_from(base).unwrap();
        for (section, keys) in &self.rules {
            match (all.get_mut(section), keys) {
                (Some(toml::Value::Table(all)), toml::Value::Table(keys)) => all.extend(keys.clone()),
                _ => drop(all.insert(section.clone(), keys.clone())),
            }
        }
        all.try_into().unwrap()
    }

    pub(super) fn fences(&self) -> Vec<Geofence> {
        let ground = self.ground();
        self.fences.iter().map(|line| line.fence(&ground)).collect()
    }

    pub(super) fn lanes(&self) -> Lanes {
        let ground = self.ground();
        self.lanes.iter().map(|line| line.lane(&ground)).map(|lane| (lane.ends(), lane)).collect()
    }

    pub(super) fn acts(&self) -> Vec<Act> {
        let lines = self.input.lines().map(|line| line.split('#').next().unwrap_or("").trim());
        lines.filter(|line| !line.is_empty()).map(|line| self.act(line)).collect()
    }

    fn act(&self, line: &str) -> Act {
        let words: Vec<_> = line.split_whitespace().collect();
        let (time, rest) = (seconds(words[0]), &words[2..]);
        let field = |name: &str| {
            rest.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
        };
        let truck = field("truck").unwrap_or_else(|| "T1".into());
        let event = match words[1] {
            "tick" => tick(time),
            "restart" => return Act::Restart,
            "fences" => return Act::KeepFences(rest.iter().map(|id| (*id).to_owned()).collect()),
            "report" => input(&truck, time, EventData::AlertReported(report(&truck, time, &field))),
            "acknowledge" => {
                let note = Acknowledgement {
                    alert: report(&truck, time, &field).id,
                    by: field("by").unwrap(),
                    note: None,
                };
                input(&truck, time, EventData::CommandIssued(Command::AcknowledgeAlert(note)))
            }
            "trip" if rest[0] == "plan" => {
                let place = |name: &str| FenceId::new(&field(name).unwrap());
                let (ends, vehicle) =
                    ((place("pickup"), place("delivery")), VehicleKey::new(&truck).unwrap());
                let promised_arrival = field("promised").map(|text| at(seconds(&text)));
                let departure = at(seconds(&field("at").unwrap()));
                let planned = Trip::planned(trip_id(&field), vehicle, ends, departure);
                let trip = Trip { promised_arrival, ..planned };
                input(&truck, time, EventData::TripCreated(trip))
            }
            "trip" => {
                let to = TripStatus::from_name(rest[0]).unwrap();
                let trip = trip_id(&field);
                let change = TripStatusChange::new(trip, TripStatus::Scheduled, to);
                input(&truck, time, EventData::TripStatusChanged(change))
            }
            east => {
                let place = self.ground().point(east.parse().unwrap(), words[2].parse().unwrap());
                let plain = position(place, time);
                let received_at = field("received").map_or(plain.received_at, |text| at(seconds(&text)));
                let flag = |name: &str| rest.contains(&name);
                let signals = Signals {
                    harsh_braking: flag("braking"),
                    harsh_acceleration: flag("accelerating"),
                    sharp_turn: false,
                };
                let speed_kmh = field("speed").map(|speed| Kmh(speed.parse().unwrap()));
                let ignition = field("ignition").map(|word| word == "on");
                let source = if flag("replayed") { Source::event("replay") } else { Source::wall("test") };
                fix(&truck, Position { received_at, speed_kmh, ignition, signals, source, ..plain })
            }
        };
        Act::Input(Box::new(event))
    }
}

/// The trip of `trip=…`, a number; the one without is number 0.
fn trip_id(field: &dyn Fn(&str) -> Option<String>) -> TripId {
    TripId(uuid::Uuid::from_u128(field("trip").map_or(0, |number| number.parse().unwrap())))
}

fn report(truck: &str, time: f64, field: &dyn Fn(&str) -> Option<String>) -> Alert {
    let vehicle = VehicleKey::new(truck).unwrap();
    let name = field("kind").unwrap();
    let kind = *AlertKind::ALL.iter().find(|kind| kind.name() == name).unwrap();
    let start = at(field("start").map_or(time, |text| seconds(&text)));
    Alert {
        id: Alert::identity(kind, &vehicle, "", start),
        kind,
        severity: kind.severity(),
        vehicle,
        trip: None,
        start,
        end: field("end").map(|text| at(seconds(&text))),
        point: None,
        geofence: None,
        values: serde_json::Map::new(),
        source: "loconav".into(),
    }
}

impl LaneLine {
    fn lane(&self, ground: &Ground) -> Lane {
        let mut learner = BandLearner::default();
        for driven in &self.driven {
            let corners: Vec<_> = driven.iter().map(|(east, north)| ground.point(*east, *north)).collect();
            // A fix every fiftieth of a straight.
            let fixes = corners
                .windows(2)
                .flat_map(|leg| (0..=50).map(move |part| leg[0].lerp(leg[1], f64::from(part) / 50.0)));
            learner.hear(&fixes.collect::<Vec<_>>());
        }
        Lane {
            pickup: self.pickup.clone(),
            delivery: self.delivery.clone(),
            trips: self.trips,
            early_s: self.early_s,
            usual_s: self.usual_s,
            late_s: self.late_s,
            band: learner.band(),
        }
    }
}

impl FenceLine {
    fn fence(&self, ground: &Ground) -> Geofence {
        let ring = |ring: &Vec<(f64, f64)>| {
            let xy = |(east, north): &(f64, f64)| {
                let point = ground.point(*east, *north);
                (point.lon(), point.lat())
            };
            LineString::from(ring.iter().map(xy).collect::<Vec<_>>())
        };
        let polygon = |rings: &Vec<Vec<(f64, f64)>>| {
            Polygon::new(ring(&rings[0]), rings[1..].iter().map(ring).collect())
        };
        let shape = match (&self.circle, &self.area, &self.areas, &self.corridor) {
            (Some((east, north, radius)), None, None, None) => {
                Shape::Circle { centre: ground.point(*east, *north), radius: Metres(*radius) }
            }
            (None, Some(rings), None, None) => Shape::Area(MultiPolygon(vec![polygon(rings)])),
            (None, None, Some(areas), None) => Shape::Area(MultiPolygon(areas.iter().map(polygon).collect())),
            (None, None, None, Some((width, line))) => Shape::Corridor {
                line: line.iter().map(|(east, north)| ground.point(*east, *north)).collect(),
                width: Metres(*width),
            },
            _ => panic!("fence {} needs exactly one shape", self.id),
        };
        let watches = if self.on_trip { Watches::OnTrip } else { Watches::All };
        Geofence {
            id: FenceId::new(&self.id),
            name: self.id.clone(),
            kind: if self.depot { FenceKind::Depot } else { FenceKind::Client },
            watches,
            shape,
        }
    }
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.mmm` as seconds of the day.
pub(super) fn seconds(text: &str) -> f64 {
    text.split(':').zip([3600.0, 60.0, 1.0]).map(|(part, unit)| part.parse::<f64>().unwrap() * unit).sum()
}

/// Seconds of the day as the shortest of those.
pub(super) fn clock(time: Timestamp) -> String {
    let millis = time.millis() - super::DAY;
    let (hours, minutes) = (millis.div_euclid(3_600_000), millis.div_euclid(60_000).rem_euclid(60));
    let (seconds, rest) = (millis.div_euclid(1000).rem_euclid(60), millis.rem_euclid(1000));
    let text = format!("{hours:02}:{minutes:02}:{seconds:02}");
    if rest == 0 { text } else { format!("{text}.{rest:03}") }
}
