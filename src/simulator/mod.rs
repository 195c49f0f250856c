//! A simulated fleet: trucks between the ports and clients of Lagos, whose
//! trackers push what LocoNav pushes, with everything that goes wrong in the
//! field.
//!
//! A discrete-event simulation, deterministic in its seed and start: no clock, no
//! thread, no pacing of its own. It owns the scenery of the demo. It refuses to
//! know anything of what becomes of its pushes.

mod chance;
mod container;
mod drive;
mod fleet;
mod mishaps;
mod payload;
mod roads;
mod scenery;
mod tracker;
mod traffic;
mod truck;
mod watch;
mod work;
mod world;

#[cfg(test)]
mod tests;

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    time::Duration,
};

use watchtower_core::{
    domain::{geofence::Geofence, master, time::Timestamp, trip::Trip},
    ports::log::Meta,
};

use tracker::Tracker;
use truck::Truck;
use watch::Watch;
use world::World;

pub use scenery::SCENERY;

/// Where LocoNav pushes locations.
pub const LOCATION_PATH: &str = "/webhooks/loconav/location";
/// Where LocoNav pushes alerts.
pub const ALERT_PATH: &str = "/webhooks/loconav/alert";

/// How often trackers report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reporting {
    /// On the move.
    pub moving: Duration,
    /// Standing with the engine on.
    pub idle: Duration,
    /// Standing with the engine off.
    pub parked: Duration,
}

impl Default for Reporting {
    fn default() -> Self {
        Self {
            moving: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            parked: Duration::from_secs(300),
        }
    }
}

/// What to simulate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SimulatorOptions {
    /// The same seed and start give the same bytes.
    pub seed: u64,
    /// When the simulation is "now"; whole seconds.
    pub start: Timestamp,
    /// How many trucks.
    pub trucks: usize,
    /// How long the fleet has been at work before the first push, unseen.
    pub warm_up: Duration,
    /// How long before `start` the pushes begin, so that there are trails and a
    /// last position of every truck at `start`.
    pub history: Duration,
    /// How often trackers report.
    pub reporting: Reporting,
}

impl SimulatorOptions {
    /// 84 trucks, eleven hours at work, the last half hour of it seen.
    pub fn new(seed: u64, start: Timestamp) -> Self {
        Self {
            seed,
            start,
            trucks: 84,
            warm_up: Duration::from_secs(11 * 3_600),
            history: Duration::from_secs(1_800),
            reporting: Reporting::default(),
        }
    }
}

/// One request LocoNav would make.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SimulatedPush {
    /// When it arrives.
    pub at: Timestamp,
    /// [`LOCATION_PATH`] or [`ALERT_PATH`].
    pub path: &'static str,
    /// The body, LocoNav's JSON.
    pub body: String,
}

/// One truck with everything on it.
struct Unit {
    truck: Truck,
    tracker: Tracker,
    watch: Watch,
}

/// A push under way: arrival in milliseconds, a number that keeps equals in the
/// order they were made, whether it is an alert, the body.
type UnderWay = Reverse<(i64, u64, bool, String)>;

/// The simulated fleet.
pub struct Simulator {
    world: World,
    units: Vec<Unit>,
    /// When each unit speaks next; every unit has been lived up to then.
    speaking: BinaryHeap<Reverse<(i64, usize)>>,
    under_way: BinaryHeap<UnderWay>,
    made: u64,
    /// Pushes begin here, seconds.
    first: i64,
    reporting: Reporting,
    trucks: Vec<master::Truck>,
    drivers: Vec<master::Driver>,
}

impl Simulator {
    /// Draws up a fleet and lets it work until the first push is due.
    pub fn new(options: &SimulatorOptions) -> Self {
        let start = options.start.millis().div_euclid(1_000);
        let first = start - options.history.as_secs() as i64;
        let begin = first - options.warm_up.as_secs() as i64;
        let mut world = World::new();
        let entries = fleet::enlist(options.seed, options.trucks, &world.scenery);
        let mut units: Vec<Unit> = entries
            .iter()
            .enumerate()
            .map(|(index, entry)| Unit {
                truck: Truck::new(entry, options.seed, index, begin, &world),
                tracker: Tracker::new(entry.imei.clone(), options.seed, index, begin),
                watch: Watch::new(index),
            })
            .collect();
        mishaps::arrange(&mut units, options.seed, start);
        let mut speaking = BinaryHeap::with_capacity(units.len());
        for (index, unit) in units.iter_mut().enumerate() {
            let until = unit.next_word(&options.reporting);
            unit.truck.advance(until, &mut world);
            speaking.push(Reverse((unit.truck.clock, index)));
        }
        let (trucks, drivers) = entries.into_iter().map(|entry| (entry.truck, entry.driver)).unzip();
        let reporting = options.reporting;
        let under_way = BinaryHeap::new();
        let mut simulator =
            Self { world, units, speaking, under_way, made: 0, first, reporting, trucks, drivers };
        while simulator.speaking.peek().is_some_and(|Reverse((at, _))| *at < first) {
            simulator.hear_one();
        }
        simulator.world.trips.turn_to(Timestamp::from_millis(first * 1_000));
        simulator.world.trips.take_fresh();
        simulator
    }

    /// The next push, in order of arrival; `None` only for a fleet of no trucks.
    #[expect(clippy::should_implement_trait, reason = "a simulation without end is no iterator to collect")]
    pub fn next(&mut self) -> Option<SimulatedPush> {
        loop {
            let Reverse((speaks, _)) = *self.speaking.peek()?;
            if self.under_way.peek().is_some_and(|Reverse((arrives, ..))| *arrives <= speaks * 1_000)
                && let Some(Reverse((arrives, _, is_alert, body))) = self.under_way.pop()
            {
                let at = Timestamp::from_millis(arrives);
                self.world.trips.turn_to(at);
                let path = if is_alert { ALERT_PATH } else { LOCATION_PATH };
                return Some(SimulatedPush { at, path, body });
            }
            self.hear_one();
        }
    }

    /// The books as of the last push: trucks, drivers, clients, geofences, trips.
    pub fn master_data(&self) -> Vec<Meta> {
        let scenery = &self.world.scenery;
        let mut records: Vec<Meta> = self.trucks.iter().cloned().map(Meta::Truck).collect();
        records.extend(self.drivers.iter().cloned().map(Meta::Driver));
        records.extend(fleet::clients(scenery).into_iter().map(Meta::Organization));
        records.extend(scenery.fences.iter().cloned().map(Meta::Geofence));
        records.extend(self.world.trips.known().cloned().map(Meta::Trip));
        records
    }

    /// The fences of the demo.
    pub fn geofences(&self) -> &[Geofence] {
        &self.world.scenery.fences
    }

    /// Trips planned or moved on since the last call, as of the last push, each
    /// once and in its newest state.
    pub fn trip_updates(&mut self) -> Vec<Trip> {
        self.world.trips.take_fresh()
    }

    /// Lets the unit speak whose turn it is, then live until its next word.
    fn hear_one(&mut self) {
        let Some(Reverse((now, index))) = self.speaking.pop() else { return };
        let unit = &mut self.units[index];
        let fix = unit.tracker.fix(&unit.truck);
        let mut alerts: VecDeque<_> = unit.watch.keep_appointments(now, unit.truck.point()).into();
        if !unit.tracker.is_dead(now) {
            alerts.extend(unit.watch.judge(&fix));
        }
        // Before the first push nobody listens, but the generators must have drawn.
        let sent = unit.tracker.send(&unit.truck.number, fix);
        if now >= self.first {
            for (arrives, body) in sent {
                self.made += 1;
                self.under_way.push(Reverse((arrives, self.made, false, body)));
            }
            for alert in alerts {
                self.made += 1;
                let arrives = now * 1_000 + 2_500 + (self.made % 7) as i64 * 300;
                let body = payload::alert(&unit.truck.number, &alert);
                self.under_way.push(Reverse((arrives, self.made, true, body)));
            }
        }
        let until = unit.next_word(&self.reporting);
        unit.truck.advance(until, &mut self.world);
        self.speaking.push(Reverse((unit.truck.clock, index)));
    }
}

impl Unit {
    fn next_word(&self, reporting: &Reporting) -> i64 {
        let report = self.truck.next_report(reporting);
        let appointment = self.watch.next_appointment().filter(|at| *at > self.truck.clock);
        appointment.map_or(report, |at| report.min(at))
    }
}
