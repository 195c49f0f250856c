//! A truck's tracker and the network behind it: noise, jumps, outages, late and
//! repeated pushes, a missing field, a dead device.

use super::{
    chance::Chance,
    payload::{self, Fix, Missing},
    truck::{Truck, offset},
};

/// Share of pushes delivered twice.
const REPEATED: f64 = 0.003;
/// Share of pushes that a later one overtakes.
const OVERTAKEN: f64 = 0.004;
/// Share of fixes that land kilometres away.
const JUMPS: f64 = 0.000_15;
/// The same, for a tracker with a bad antenna.
const JUMPS_BAD_ANTENNA: f64 = 0.004;
/// Between two losses of the network, seconds on average.
const NETWORK_HOLDS_S: f64 = 16.0 * 3_600.0;

/// What is wrong with a tracker for good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    None,
    /// Never tells its course, and now and then not its longitude.
    LacksFields,
    /// Jumps often.
    BadAntenna,
}

/// A push and when it arrives, milliseconds since 1970.
pub(super) type Sent = (i64, String);

/// A tracker.
pub(super) struct Tracker {
    pub(super) imei: String,
    pub(super) fault: Fault,
    /// Dead in here: from, to.
    pub(super) dead: Option<(i64, i64)>,
    chance: Chance,
    /// Where the receiver thinks it is off by, metres east and north.
    drift: (f64, f64),
    heading: f64,
    /// The network is gone in here.
    outage: (i64, i64),
    /// Pushes waiting for it to come back.
    waiting: i64,
    told: u64,
}

impl Tracker {
    pub(super) fn new(imei: String, seed: u64, index: usize, now: i64) -> Self {
        let mut chance = Chance::new(seed ^ 0x7261_636b, index as u64);
        let outage = next_outage(now, &mut chance);
        let heading = chance.between(0.0, 360.0);
        let drift = (0.0, 0.0);
        Self { imei, fault: Fault::None, dead: None, chance, drift, heading, outage, waiting: 0, told: 0 }
    }

    /// Whether it is dead.
    pub(super) fn is_dead(&self, now: i64) -> bool {
        self.dead.is_some_and(|(from, to)| (from..to).contains(&now))
    }

    /// Takes a fix of the truck as it is now.
    pub(super) fn fix(&mut self, truck: &Truck) -> Fix {
        let chance = &mut self.chance;
        // Errors of one receiver are alike from fix to fix; 4 m, parked ones less.
        let deviation = if truck.ignition() { 3.0 } else { 2.0 };
        for axis in [&mut self.drift.0, &mut self.drift.1] {
            *axis = *axis * 0.8 + chance.normal() * deviation * 0.6;
        }
        let speed_kmh = match truck.speed() * 3.6 {
            speed if speed < 1.0 => 0.0,
            speed => (speed + chance.normal() * 0.4).max(0.0),
        };
        // Standing, a tracker keeps the last course it had.
        if let Some(heading) = truck.heading().filter(|_| truck.speed() > 1.0) {
            self.heading = (heading + chance.normal() * 1.5).rem_euclid(360.0);
        }
        // Nigeria drives on the right: 6 m from the middle of the road.
        let (sin, cos) = self.heading.to_radians().sin_cos();
        let lane = if truck.heading().is_some() { 6.0 } else { 0.0 };
        let point = offset(truck.point(), self.drift.0 + lane * cos, self.drift.1 - lane * sin);
        Fix {
            at: truck.clock,
            point,
            speed_kmh,
            heading: self.heading,
            ignition: truck.ignition(),
            harsh_braking: truck.braked_harshly,
        }
    }

    /// What reaches the receiver of a fix, and when.
    pub(super) fn send(&mut self, number: &str, mut fix: Fix) -> Vec<Sent> {
        if self.is_dead(fix.at) {
            return Vec::new();
        }
        self.told += 1;
        let jumps = if self.fault == Fault::BadAntenna { JUMPS_BAD_ANTENNA } else { JUMPS };
        if self.chance.happens(jumps) {
            let away = self.chance.between(3_000.0, 45_000.0);
            let (sin, cos) = self.chance.between(0.0, std::f64::consts::TAU).sin_cos();
            fix.point = offset(fix.point, away * sin, away * cos);
        }
        let missing = match self.fault {
            Fault::LacksFields if self.told.is_multiple_of(150) => Missing::Longitude,
            Fault::LacksFields => Missing::Orientation,
            Fault::None | Fault::BadAntenna => Missing::Nothing,
        };
        let body = payload::location(&self.imei, number, &fix, missing);
        let mut arrives = self.arrival(fix.at);
        if self.chance.happens(OVERTAKEN) {
            arrives += self.chance.seconds(12_000, 90_000);
        }
        let mut sent = Vec::with_capacity(1);
        if self.chance.happens(REPEATED) {
            sent.push((arrives + self.chance.seconds(200, 40_000), body.clone()));
        }
        sent.push((arrives, body));
        sent
    }

    /// Half a second to three as a rule; after an outage all that waited, quickly.
    fn arrival(&mut self, at: i64) -> i64 {
        if at >= self.outage.1 {
            self.outage = next_outage(at, &mut self.chance);
            self.waiting = 0;
        }
        if at >= self.outage.0 {
            self.waiting += 1;
            return self.outage.1 * 1_000 + self.waiting * 220;
        }
        let quick = self.chance.between(0.0, 1.0);
        at * 1_000 + 400 + (quick * quick * 2_600.0) as i64
    }
}

fn next_outage(now: i64, chance: &mut Chance) -> (i64, i64) {
    let from = now + (NETWORK_HOLDS_S * chance.between(0.1, 1.9)) as i64;
    (from, from + chance.seconds(150, 900))
}
