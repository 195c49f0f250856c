//! The vehicles, each under a number for as long as it is known, and beside them what is
//! asked of all of them at once. A vehicle changes only through here, so that the two
//! never differ.

use std::{ops::Index, sync::Arc};

use rustc_hash::FxHashMap;
use watchtower_core::domain::{
    id::VehicleKey,
    live::Motion,
    position::{Clock, Source},
    time::Timestamp,
};

use super::{
    Model,
    plot::{ClockId, Plot, Reading},
    vehicle::Vehicle,
};
use crate::tui::map::{Mark, Name, Names, Place};

/// Every vehicle.
#[derive(Clone, Debug, Default)]
pub struct Vehicles {
    each: Vec<Vehicle>,
    numbers: FxHashMap<VehicleKey, u32>,
    plots: Vec<Plot>,
    readings: Vec<Reading>,
    names: Vec<Name>,
    /// Sources that carry their own time; the first has the number 1.
    clocks: Vec<Arc<str>>,
    /// Another number for other vehicles under the same numbers.
    of: u64,
    renamed: u64,
}

impl Vehicles {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.each.len()
    }

    /// Whether there are none yet.
    pub fn is_empty(&self) -> bool {
        self.each.is_empty()
    }

    /// All of them, in the order they were first heard of: that of their numbers.
    pub fn values(&self) -> std::slice::Iter<'_, Vehicle> {
        self.each.iter()
    }

    /// One of them.
    pub fn get(&self, key: &VehicleKey) -> Option<&Vehicle> {
        Some(&self.each[self.number(key)? as usize])
    }

    /// Whether one is known.
    pub fn contains_key(&self, key: &VehicleKey) -> bool {
        self.numbers.contains_key(key)
    }

    /// The number of one.
    pub fn number(&self, key: &VehicleKey) -> Option<u32> {
        self.numbers.get(key).copied()
    }

    /// What they are called, by number.
    pub fn names(&self) -> Names<'_> {
        Names { each: &self.names, of: self.of }
    }

    /// Counts the changes of labels; those of vehicles that are new do not count.
    pub fn renamed(&self) -> u64 {
        self.renamed
    }

    pub(in crate::tui) fn readings(&self) -> &[Reading] {
        &self.readings
    }

    /// Lets one change; `None` when it is not known.
    pub(super) fn change<R>(&mut self, key: &VehicleKey, how: impl FnOnce(&mut Vehicle) -> R) -> Option<R> {
        let number = self.number(key)? as usize;
        let told = how(&mut self.each[number]);
        let vehicle = &self.each[number];
        if *self.names[number].label != *vehicle.label {
            self.names[number].label = vehicle.label.as_str().into();
            self.renamed += 1;
        }
        self.readings[number] = Reading::of(vehicle);
        self.plots[number] = Plot::of(vehicle, clock(&mut self.clocks, &vehicle.position.source));
        Some(told)
    }

    /// Takes one that was not known.
    pub(super) fn add(&mut self, vehicle: Vehicle) {
        debug_assert!(!self.contains_key(&vehicle.key), "{} is known", vehicle.key);
        self.numbers.insert(vehicle.key.clone(), self.each.len() as u32);
        self.names.push(Name { key: vehicle.key.clone(), label: vehicle.label.as_str().into() });
        self.readings.push(Reading::of(&vehicle));
        self.plots.push(Plot::of(&vehicle, clock(&mut self.clocks, &vehicle.position.source)));
        self.each.push(vehicle);
    }

    /// Nobody, and whoever comes is somebody else than before.
    pub(super) fn anew(self) -> Self {
        Self { of: self.of + 1, ..Self::default() }
    }
}

impl Index<&VehicleKey> for Vehicles {
    type Output = Vehicle;

    fn index(&self, key: &VehicleKey) -> &Vehicle {
        self.get(key).expect("the vehicle is known")
    }
}

/// The number of a source's clock.
fn clock(clocks: &mut Vec<Arc<str>>, source: &Source) -> ClockId {
    if source.clock == Clock::Wall {
        return ClockId::WALL;
    }
    let known = clocks.iter().position(|name| *name == source.name);
    let place = known.unwrap_or_else(|| {
        clocks.push(source.name.clone());
        clocks.len() - 1
    });
    ClockId(place as u32 + 1)
}

/// What the clocks of the sources say at one moment, by their numbers.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Moment(Vec<Timestamp>);

impl Moment {
    fn of(&self, plot: &Plot) -> Timestamp {
        self.0[plot.clock.0 as usize]
    }
}

impl Model {
    /// What the clocks say when the wall clock says `wall`.
    pub(in crate::tui) fn moment(&self, wall: Timestamp) -> Moment {
        let clocks = self.vehicles.clocks.iter();
        let told = clocks.map(|name| self.clocks.get(name).copied().unwrap_or(wall));
        Moment(std::iter::once(wall).chain(told).collect())
    }

    /// Marks of the vehicles whose numbers are `wanted`, as they are when the wall clock
    /// says `wall`; alerts are those the engine told with the vehicle.
    pub fn marks(&self, wall: Timestamp, wanted: impl Fn(u32) -> bool) -> impl Iterator<Item = Mark> {
        let moment = self.moment(wall);
        let plots = self.vehicles.plots.iter().enumerate();
        plots.filter_map(move |(number, plot)| {
            let number = number as u32;
            wanted(number).then(|| plot.mark(number, moment.of(plot)))
        })
    }

    /// Whether a mark moves on with the wall clock.
    pub fn is_lively(&self, mark: &Mark) -> bool {
        mark.reckoned && self.vehicles.plots[mark.vehicle as usize].clock == ClockId::WALL
    }

    /// Where vehicles that go by the wall clock are drawn at either of two moments, and
    /// whether ahead of their fix; only those for which that differs.
    pub(in crate::tui) fn moved(
        &self,
        [before, after]: [Timestamp; 2],
    ) -> impl Iterator<Item = [(Place, bool); 2]> {
        let by_wall = self.vehicles.plots.iter().filter(|plot| plot.clock == ClockId::WALL);
        let seen = by_wall.map(move |plot| [before, after].map(|now| plot.seen(plot.age(now))));
        seen.filter(|[was, is]| was != is)
    }

    /// Motions and ages of all vehicles, seconds, by their numbers.
    pub(in crate::tui) fn ages(&self, wall: Timestamp) -> impl Iterator<Item = (Motion, f64)> {
        let moment = self.moment(wall);
        self.vehicles.plots.iter().map(move |plot| (plot.motion, plot.age(moment.of(plot))))
    }

    /// What their clocks say, by the vehicles' numbers.
    pub(in crate::tui) fn nows(&self, wall: Timestamp) -> impl Iterator<Item = Timestamp> {
        let moment = self.moment(wall);
        self.vehicles.plots.iter().map(move |plot| moment.of(plot))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use watchtower_core::domain::{
        alert::AlertKind,
        event::{EventData, Flag, Flagged},
        position::Position,
    };

    use super::*;
    use crate::tui::{
        map::Course,
        tests::fleet::{self, at, event, motion_changed, number, triggered},
    };

    /// What may happen to a fleet.
    #[derive(Clone, Debug)]
    enum Happening {
        Fix { truck: usize, second: i64, point: (f64, f64), speed: f64, source: u8 },
        Flag { truck: usize, second: i64 },
        Motion { truck: usize, second: i64, to: Motion },
        Alert { truck: usize, kind: AlertKind, ends: bool },
        Picture(usize),
        Books(usize),
        Anew,
    }

    fn happening() -> impl Strategy<Value = Happening> {
        let truck = 0..12_usize;
        let motion = proptest::sample::select(Motion::ALL.to_vec());
        let kind = proptest::sample::select(AlertKind::ALL.to_vec());
        let near = (3.3..3.5_f64, 6.4..6.6_f64);
        let anywhere = (-180.0..=180.0_f64, -90.0..=90.0_f64);
        prop_oneof![
            8 => (truck.clone(), -100..100_i64, near, 0.0..120.0_f64, 0..3_u8).prop_map(
                |(truck, second, point, speed, source)| Happening::Fix { truck, second, point, speed, source }),
            1 => (truck.clone(), -100..100_i64, anywhere, 0.0..120.0_f64, 0..3_u8).prop_map(
                |(truck, second, point, speed, source)| Happening::Fix { truck, second, point, speed, source }),
            1 => (truck.clone(), -100..100_i64).prop_map(|(truck, second)| Happening::Flag { truck, second }),
            4 => (truck.clone(), -4_000..100_i64, motion).prop_map(
                |(truck, second, to)| Happening::Motion { truck, second, to }),
            2 => (truck, kind, any::<bool>()).prop_map(
                |(truck, kind, ends)| Happening::Alert { truck, kind, ends }),
            1 => (0..12_usize).prop_map(Happening::Picture),
            1 => (0..12_usize).prop_map(Happening::Books),
            1 => Just(Happening::Anew),
        ]
    }

    fn source(number: u8) -> Source {
        match number {
            0 => Source::wall("test"),
            1 => Source::event("replay:monday"),
            _ => Source::event("replay:tuesday"),
        }
    }

    fn take(model: &mut Model, what: Happening) {
        match what {
            Happening::Fix { truck, second, point, speed, source: by } => {
                let fix = Position { source: source(by), ..fleet::position(second, point, speed) };
                model.take_fix(&fleet::key(&number(truck)), fix);
            }
            Happening::Flag { truck, second } => {
                let (flag, reason) = (Flag::Outlier, String::new());
                let flagged = Flagged { flag, device_time: at(second), reason };
                model.take_event(event(&number(truck), second, EventData::PositionFlagged(flagged)));
            }
            Happening::Motion { truck, second, to } => {
                model.take_event(motion_changed(&number(truck), second, to));
            }
            Happening::Alert { truck, kind, ends: false } => {
                model.take_event(triggered(&number(truck), 0, kind));
            }
            Happening::Alert { truck, kind, ends: true } => {
                let mut alert = fleet::alert(&number(truck), 0, kind);
                alert.end = Some(at(10));
                model.take_event(event(&number(truck), 10, EventData::AlertResolved(alert)));
            }
            Happening::Picture(trucks) => model.take_picture(fleet::live(trucks)),
            Happening::Books(trucks) => model.take_meta(fleet::meta(trucks)),
            Happening::Anew => model.begin_anew(Vec::new()),
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_beside_the_vehicles_is_what_they_say(
            happenings in proptest::collection::vec(happening(), 0..80),
            later in 0..8_000_i64,
        ) {
            let mut model = Model::default();
            happenings.into_iter().for_each(|what| take(&mut model, what));
            let now = fleet::at(later);
            let marks: Vec<Mark> = model.marks(now, |_| true).collect();
            prop_assert_eq!(marks.len(), model.vehicles.len());
            prop_assert_eq!(model.vehicles.names().each.len(), model.vehicles.len());
            for (at, vehicle) in model.vehicles.values().enumerate() {
                let (mark, name) = (marks[at], &model.vehicles.names().each[at]);
                prop_assert_eq!((&name.key, &*name.label), (&vehicle.key, vehicle.label.as_str()));
                prop_assert_eq!(model.vehicles.number(&vehicle.key), Some(at as u32));
                prop_assert_eq!(mark.vehicle, at as u32);
                prop_assert_eq!(mark.motion, vehicle.motion);
                prop_assert_eq!(mark.course, vehicle.heading().map(Course::of));
                prop_assert_eq!(mark.alert, !vehicle.alerts.is_empty());
                let age = model.age(vehicle, now);
                prop_assert_eq!(mark.stale, vehicle.is_stale(age));
                let seen = vehicle.seen(age);
                prop_assert_eq!(mark.reckoned, seen.reckoned);
                // Half a metre on the ground, ahead on the map.
                let off = mark.place.point().distance(seen.point).get();
                prop_assert!(off < 0.5 || seen.point.lat().abs() > 80.0, "{} m off", off);
                let by_wall = vehicle.position.source.clock == Clock::Wall;
                prop_assert_eq!(model.is_lively(&mark), seen.reckoned && by_wall);
                prop_assert_eq!(model.vehicles.readings()[at], Reading::of(vehicle));
            }
            let known = |number: u32| number % 3 == 1;
            let some: Vec<Mark> = model.marks(now, known).collect();
            let told: Vec<Mark> = marks.into_iter().filter(|mark| known(mark.vehicle)).collect();
            prop_assert_eq!(some, told);
        }
    }
}
