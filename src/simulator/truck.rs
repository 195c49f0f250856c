//! One truck: what it does, until the next moment its tracker speaks.

use std::collections::VecDeque;

use watchtower_core::domain::{
    geo::LonLat,
    id::{DriverId, VehicleKey},
    master::TruckStatus,
    time::Timestamp,
    trip::{Trip, TripStatus},
};

use super::{
    Reporting,
    chance::Chance,
    drive::{Drive, Moment, Temper},
    fleet::Entry,
    scenery::{PlaceId, PlaceKind},
    traffic,
    work::{self, Mark, Step},
    world::World,
};

/// A scheduled trip is delayed this long after it should have departed.
const DELAYED_AFTER_S: i64 = 2 * 3_600;
/// Standing shorter than this, a tracker keeps its pace, s.
const STILL_MOVING_S: i64 = 40;

/// One truck. Times are seconds since 1970.
pub(super) struct Truck {
    pub(super) key: VehicleKey,
    pub(super) number: String,
    pub(super) driver: DriverId,
    pub(super) home: PlaceId,
    pub(super) night_driver: bool,
    in_workshop: bool,
    temper: Temper,
    pub(super) chance: Chance,
    pub(super) clock: i64,
    /// Where it stands, or where it set out from.
    pub(super) place: PlaceId,
    spot: LonLat,
    ignition: bool,
    drive: Option<(PlaceId, Drive)>,
    /// Standing until then; always set without a drive.
    standing: Option<i64>,
    standing_since: i64,
    pub(super) steps: VecDeque<Step>,
    trip: Option<Trip>,
    /// In the second just lived.
    pub(super) braked_harshly: bool,
}

impl Truck {
    /// A truck in its yard at `now`, about to be given work.
    pub(super) fn new(entry: &Entry, seed: u64, index: usize, now: i64, world: &World) -> Self {
        let mut chance = Chance::new(seed, index as u64);
        let in_workshop = entry.truck.status == TruckStatus::Maintenance;
        let bold = chance.happens(0.2);
        let temper = Temper { pace: chance.between(0.88, 1.03), boldness: if bold { 0.09 } else { 0.005 } };
        // The warm-up spreads them further; at once they would all set out together.
        let first = chance.seconds(0, 5 * 3_600);
        Self {
            key: entry.truck.key.clone(),
            number: entry.truck.number.clone(),
            driver: entry.driver.id,
            home: entry.home,
            night_driver: chance.happens(0.6),
            in_workshop,
            temper,
            clock: now,
            place: entry.home,
            spot: spot_in(entry.home, world, &mut chance),
            ignition: false,
            drive: None,
            standing: Some(now + first),
            standing_since: now,
            steps: VecDeque::new(),
            trip: None,
            braked_harshly: false,
            chance,
        }
    }

    /// Where it is.
    pub(super) fn point(&self) -> LonLat {
        self.drive.as_ref().map_or(self.spot, |(_, drive)| drive.point())
    }

    /// Its speed, m/s.
    pub(super) fn speed(&self) -> f64 {
        self.drive.as_ref().map_or(0.0, |(_, drive)| drive.speed())
    }

    /// Its course while it has one.
    pub(super) fn heading(&self) -> Option<f64> {
        self.drive.as_ref().map(|(_, drive)| drive.heading())
    }

    /// Whether the engine runs.
    pub(super) fn ignition(&self) -> bool {
        self.ignition
    }

    /// When the tracker means to speak next.
    pub(super) fn next_report(&self, reporting: &Reporting) -> i64 {
        let stands = self.standing.is_some() && self.clock - self.standing_since >= STILL_MOVING_S;
        let interval = match (self.ignition, stands) {
            (false, _) => reporting.parked,
            (true, true) => reporting.idle,
            (true, false) => reporting.moving,
        };
        self.clock + (interval.as_secs() as i64).max(1)
    }

    /// Lives on until `until`, or until the tracker has something to say sooner:
    /// the key turned, wheels rolling, a harsh stop.
    pub(super) fn advance(&mut self, until: i64, world: &mut World) {
        self.braked_harshly = false;
        while self.clock < until {
            let before = self.ignition;
            let spoke = match self.standing {
                Some(end) if end > until => {
                    self.clock = until;
                    false
                }
                Some(end) => {
                    self.clock = self.clock.max(end);
                    self.standing = None;
                    if self.drive.is_some() {
                        self.ignition = true;
                    } else {
                        self.next_step(world);
                    }
                    false
                }
                None => self.roll(world),
            };
            if spoke || self.ignition != before {
                break;
            }
        }
        self.watch_schedule(world);
    }

    /// One second of a drive; true when it is worth a fix of its own.
    fn roll(&mut self, world: &mut World) -> bool {
        let Some((to, drive)) = &mut self.drive else {
            self.next_step(world);
            return false;
        };
        let moment = drive.tick(self.clock, self.temper, &mut self.chance);
        self.clock += 1;
        match moment {
            Moment::Rolling => false,
            Moment::MovedOff => true,
            Moment::BrakedHarshly => {
                self.braked_harshly = true;
                true
            }
            Moment::Halted { until, engine } => {
                self.stand(until, engine);
                false
            }
            Moment::Arrived => {
                (self.place, self.spot) = (*to, drive.point());
                self.drive = None;
                self.next_step(world);
                false
            }
        }
    }

    fn stand(&mut self, until: i64, engine: bool) {
        self.standing = Some(until);
        self.standing_since = self.clock;
        self.ignition = engine;
    }

    /// Takes steps until one takes time.
    fn next_step(&mut self, world: &mut World) {
        loop {
            match self.steps.pop_front() {
                Some(Step::Stand { seconds, engine }) => return self.stand(self.clock + seconds, engine),
                Some(Step::Drive { to, .. }) if to == self.place => {}
                Some(Step::Drive { to, rested }) => return self.set_out(to, rested, world),
                Some(Step::Mark(mark)) => self.mark(mark, world),
                None if self.in_workshop => return self.stand(self.clock + 86_400, false),
                None => work::plan(self, world),
            }
        }
    }

    fn set_out(&mut self, to: PlaceId, rested: bool, world: &mut World) {
        let route = world.route(self.place, to);
        let ends_at_night = work::is_night(self.clock + route.seconds as i64);
        if !rested && !self.night_driver && ends_at_night && self.sleep_on_the_way(to, world) {
            return;
        }
        let kind = world.scenery.places[to].kind;
        let spot = spot_in(to, world, &mut self.chance);
        let mut drive = Drive::new(&world.scenery.roads, &route, self.spot, spot);
        if kind == PlaceKind::Terminal {
            let crowd = 0.35 + 0.65 * traffic::load(self.clock);
            let busy = if world.fence(to).as_str().starts_with("lekki") { 0.4 } else { 1.0 };
            // Now and then a gate is shut for hours, and the queue shows it.
            let shut = self.chance.happens(0.12);
            let (low, high) = if shut { (2_500.0, 4_500.0) } else { (100.0, 1_700.0) };
            drive.queue_for(self.chance.between(low, high) * crowd * busy);
        }
        if self.chance.happens(0.05) {
            let seconds = self.chance.seconds(300, 3_000);
            let engine = self.chance.happens(0.4);
            drive.halt_at(self.chance.between(0.2, 0.8), seconds, engine);
        }
        if self.chance.happens(0.2) {
            drive.brake_harshly_at(self.chance.between(0.1, 0.9));
        }
        self.drive = Some((to, drive));
        self.ignition = true;
        self.standing = None;
    }

    /// Puts a night in a truck park before the rest of the way; where none lies
    /// on it, the night is spent here when it has already fallen.
    fn sleep_on_the_way(&mut self, to: PlaceId, world: &mut World) -> bool {
        let steps = match world.park_between(self.place, to) {
            Some(park) if !work::is_night(self.clock) => {
                let there = world.route(self.place, park).seconds as i64;
                let night = work::until_morning(self.clock + there, &mut self.chance);
                vec![
                    Step::Drive { to: park, rested: true },
                    Step::Stand { seconds: night, engine: false },
                    Step::Drive { to, rested: true },
                ]
            }
            _ if work::is_night(self.clock) => {
                let night = work::until_morning(self.clock, &mut self.chance);
                vec![Step::Stand { seconds: night, engine: false }, Step::Drive { to, rested: true }]
            }
            _ => return false,
        };
        for step in steps.into_iter().rev() {
            self.steps.push_front(step);
        }
        self.next_step(world);
        true
    }

    /// Takes on a trip.
    pub(super) fn new_trip(&mut self, trip: Trip, world: &mut World) {
        world.trips.write(self.time(), trip.clone());
        self.trip = Some(trip);
    }

    fn mark(&mut self, mark: Mark, world: &mut World) {
        let at = self.time();
        if let Some(trip) = &mut self.trip {
            work::apply(mark, trip, at);
            world.trips.write(at, trip.clone());
        }
    }

    fn watch_schedule(&mut self, world: &mut World) {
        let at = self.time();
        if let Some(trip) = &mut self.trip
            && trip.status == TripStatus::Scheduled
            && at.seconds_since(trip.scheduled_departure) > DELAYED_AFTER_S as f64
        {
            trip.status = TripStatus::Delayed;
            world.trips.write(at, trip.clone());
        }
    }

    fn time(&self) -> Timestamp {
        Timestamp::from_millis(self.clock * 1_000)
    }
}

/// Somewhere to stand in a yard, within 80 m of its middle.
fn spot_in(place: PlaceId, world: &World, chance: &mut Chance) -> LonLat {
    let middle = world.scenery.roads.point(world.scenery.places[place].node);
    offset(middle, chance.between(-55.0, 55.0), chance.between(-55.0, 55.0))
}

/// A point some metres east and north of another.
pub(super) fn offset(from: LonLat, east_m: f64, north_m: f64) -> LonLat {
    /// Metres in a degree of latitude near the equator.
    const DEGREE_M: f64 = 110_600.0;
    let lon = from.lon() + east_m / (DEGREE_M * 1.0066 * from.lat().to_radians().cos());
    LonLat::new(lon, from.lat() + north_m / DEGREE_M).expect("a short way from a point of the scenery")
}
