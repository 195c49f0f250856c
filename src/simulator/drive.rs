//! One drive along a route, second by second: a truck's acceleration, bends,
//! junctions, go-slows, the queue at a port's gate.

use watchtower_core::domain::geo::LonLat;

use super::{
    chance::Chance,
    roads::{Class, Roads, Route},
    traffic,
};

/// Pulling away, m/s²; fades with speed.
const ACCELERATION: f64 = 0.9;
/// Braking a driver plans with, m/s².
const BRAKING: f64 = 1.0;
/// Braking a driver falls back on, m/s².
const FIRM_BRAKING: f64 = 2.5;
/// A harsh stop: beyond the usual alert at 8 m/s², within what tyres give.
const HARSH_BRAKING: f64 = 8.4;
/// Nose to tail before a gate, m/s.
const CREEP: f64 = 2.6;
/// A truck this close to where it is to stand has stopped, m.
const AT_STOP_M: f64 = 1.5;

/// A vertex of the way and the stretch that begins there.
#[derive(Debug)]
struct Waypoint {
    point: LonLat,
    at_m: f64,
    /// Speed on the stretch when free, m/s.
    free: f64,
    /// Speed over the vertex that bends and what follows allow, m/s.
    pass: f64,
    heading: f64,
    class: Class,
    junction: bool,
    urban: f64,
}

/// A halt ahead.
#[derive(Clone, Copy, Debug)]
struct Halt {
    at_m: f64,
    seconds: i64,
    engine: bool,
    in_queue: bool,
}

/// How somebody drives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Temper {
    /// Times the free speed.
    pub(super) pace: f64,
    /// Share of moods on an open trunk road in which the limit is ignored.
    pub(super) boldness: f64,
}

/// What a second brought.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Moment {
    /// Nothing to tell.
    Rolling,
    /// Moving again after a halt.
    MovedOff,
    /// Braked beyond all reason.
    BrakedHarshly,
    /// Stands, until `until`, with the engine on or off.
    Halted { until: i64, engine: bool },
    /// There.
    Arrived,
}

/// A drive under way.
#[derive(Debug)]
pub(super) struct Drive {
    way: Vec<Waypoint>,
    stretch: usize,
    along_m: f64,
    speed: f64,
    halts: Vec<Halt>,
    /// Where the gate is, from where the queue reaches back.
    queue: Option<(f64, f64)>,
    harsh_at_m: Option<f64>,
    /// Share of the free speed the traffic leaves.
    flow: f64,
    /// A speed beyond the limit, while the mood lasts.
    spurt: Option<f64>,
    mood_until: i64,
    moved_off: bool,
}

impl Drive {
    /// From a spot in one yard along a route to a spot in another.
    pub(super) fn new(roads: &Roads, route: &Route, from: LonLat, to: LonLat) -> Self {
        let mut line: Vec<(LonLat, Class, bool)> = vec![(from, Class::Access, false)];
        for (index, node) in route.nodes.iter().enumerate() {
            let class = route.classes.get(index).copied().unwrap_or(Class::Access);
            line.push((roads.point(*node), class, roads.roads_meeting(*node) > 2));
        }
        line.push((to, Class::Access, false));
        line.dedup_by(|later, earlier| {
            let same = later.0.distance(earlier.0).get() < 0.5;
            if same {
                earlier.1 = later.1;
            }
            same
        });
        let mut way: Vec<Waypoint> = Vec::with_capacity(line.len());
        let mut at_m = 0.0;
        for (index, (point, class, junction)) in line.iter().enumerate() {
            let next = line.get(index + 1).map_or(*point, |next| next.0);
            way.push(Waypoint {
                point: *point,
                at_m,
                free: class.free_speed(),
                pass: f64::INFINITY,
                heading: bearing(*point, next),
                class: *class,
                junction: *junction,
                urban: traffic::urban(*point),
            });
            at_m += point.distance(next).get();
        }
        plan_speeds(&mut way);
        Self {
            way,
            stretch: 0,
            along_m: 0.0,
            speed: 0.0,
            halts: Vec::new(),
            queue: None,
            harsh_at_m: None,
            flow: 0.8,
            spurt: None,
            mood_until: 0,
            moved_off: false,
        }
    }

    /// Length of the whole drive.
    pub(super) fn length_m(&self) -> f64 {
        self.way.last().map_or(0.0, |last| last.at_m)
    }

    /// The queue before the gate reaches back this far.
    pub(super) fn queue_for(&mut self, back_m: f64) {
        let main_road = self.way.iter().rposition(|point| point.class != Class::Access);
        // The stretch after the last main road is the way in; its start the gate.
        let gate_m = main_road.and_then(|index| self.way.get(index + 1)).map_or(0.0, |gate| gate.at_m);
        let from_m = (gate_m - back_m).max(gate_m * 0.5);
        if gate_m - from_m > 50.0 {
            self.queue = Some((from_m, gate_m));
            self.halts.push(Halt { at_m: from_m, seconds: 60, engine: true, in_queue: true });
        }
    }

    /// A halt by the roadside nobody planned, at a share of the way.
    pub(super) fn halt_at(&mut self, share: f64, seconds: i64, engine: bool) {
        let at_m = self.length_m() * share;
        self.halts.push(Halt { at_m, seconds, engine, in_queue: false });
    }

    /// Somebody will step into the road at a share of the way.
    pub(super) fn brake_harshly_at(&mut self, share: f64) {
        self.harsh_at_m = Some(self.length_m() * share);
    }

    /// Speed, m/s.
    pub(super) fn speed(&self) -> f64 {
        self.speed
    }

    /// Course, degrees.
    pub(super) fn heading(&self) -> f64 {
        self.way[self.stretch].heading
    }

    /// Where it is.
    pub(super) fn point(&self) -> LonLat {
        let (here, next) = (&self.way[self.stretch], &self.way[self.stretch + 1]);
        let length = next.at_m - here.at_m;
        here.point.lerp(next.point, ((self.along_m - here.at_m) / length).clamp(0.0, 1.0))
    }

    /// One second from `now` on.
    pub(super) fn tick(&mut self, now: i64, temper: Temper, chance: &mut Chance) -> Moment {
        if now >= self.mood_until {
            self.change_mood(now, temper, chance);
        }
        let halt = self.next_halt();
        let stop_m = halt.map_or(self.length_m(), |index| self.halts[index].at_m);
        let next = &self.way[self.stretch + 1];
        let target = self
            .wanted(temper)
            .min(safe_speed(next.at_m - self.along_m, next.pass))
            .min(safe_speed(stop_m - self.along_m, 0.0));

        let before = self.speed;
        let fade = (1.0 - before / 28.0).max(0.15);
        let mut speed = target.clamp((before - FIRM_BRAKING).max(0.0), before + ACCELERATION * fade);
        let mut moment = Moment::Rolling;
        if self.harsh_at_m.is_some_and(|at_m| self.along_m >= at_m) && before > 11.0 {
            self.harsh_at_m = None;
            speed = before - HARSH_BRAKING;
            (self.flow, self.spurt, self.mood_until) = (0.25, None, now + 9);
            moment = Moment::BrakedHarshly;
        } else if before > 1.5 && self.moved_off {
            self.moved_off = false;
            moment = Moment::MovedOff;
        }
        self.along_m = (self.along_m + (before + speed) / 2.0).min(stop_m);
        self.speed = speed;
        self.enter_stretches(now, chance);
        if stop_m - self.along_m > AT_STOP_M || self.speed > 1.0 {
            return moment;
        }
        self.speed = 0.0;
        self.moved_off = true;
        match halt {
            None => Moment::Arrived,
            Some(index) => self.stand(now, index, chance),
        }
    }

    fn stand(&mut self, now: i64, index: usize, chance: &mut Chance) -> Moment {
        let halt = self.halts.swap_remove(index);
        if let (true, Some((_, gate_m))) = (halt.in_queue, self.queue) {
            if gate_m - self.along_m > 10.0 {
                let at_m = (self.along_m + chance.between(12.0, 75.0)).min(gate_m - 4.0);
                let seconds = chance.seconds(30, 330);
                self.halts.push(Halt { at_m, seconds, engine: true, in_queue: true });
            } else {
                self.queue = None;
            }
        }
        Moment::Halted { until: now + 1 + halt.seconds, engine: halt.engine }
    }

    fn next_halt(&self) -> Option<usize> {
        (0..self.halts.len()).min_by(|a, b| self.halts[*a].at_m.total_cmp(&self.halts[*b].at_m))
    }

    /// What the driver would do with nothing ahead.
    fn wanted(&self, temper: Temper) -> f64 {
        let here = &self.way[self.stretch];
        if self.in_queue() {
            return CREEP;
        }
        match self.spurt {
            Some(speed) if here.class == Class::Trunk => speed,
            _ => (here.free * temper.pace * self.flow).max(1.8),
        }
    }

    fn in_queue(&self) -> bool {
        self.queue.is_some_and(|(from_m, gate_m)| self.along_m >= from_m - 5.0 && self.along_m < gate_m)
    }

    fn change_mood(&mut self, now: i64, temper: Temper, chance: &mut Chance) {
        let here = &self.way[self.stretch];
        let crowd = traffic::load(now) * here.urban;
        self.flow = (1.0 - 0.6 * crowd + 0.12 * chance.normal()).clamp(0.18, 1.0);
        self.mood_until = now + chance.seconds(12, 50);
        self.spurt = None;
        if here.class == Class::Trunk && crowd < 0.5 && chance.happens(temper.boldness) {
            self.spurt = Some(chance.between(65.0, 88.0) / 3.6);
            self.mood_until = now + chance.seconds(60, 240);
        }
    }

    fn enter_stretches(&mut self, now: i64, chance: &mut Chance) {
        while self.stretch + 2 < self.way.len() && self.along_m >= self.way[self.stretch + 1].at_m {
            self.stretch += 1;
            if !self.in_queue() {
                self.meet_traffic(now, chance);
            }
        }
    }

    /// Decides whether this stretch ends at a red light or a go-slow begins on it.
    fn meet_traffic(&mut self, now: i64, chance: &mut Chance) {
        let (here, next) = (&self.way[self.stretch], &self.way[self.stretch + 1]);
        let crowd = traffic::load(now) * next.urban;
        let first_m = self.along_m + 10.0 + self.speed * self.speed / (2.0 * BRAKING);
        let light_m = next.at_m - 12.0;
        let jam_m = chance.between(here.at_m, next.at_m);
        let long = (next.at_m - here.at_m) > 500.0;
        if next.junction && light_m > first_m && chance.happens(0.06 + 0.4 * crowd) {
            let seconds = chance.seconds(8, 25 + (70.0 * crowd) as i64);
            self.halts.push(Halt { at_m: light_m, seconds, engine: true, in_queue: false });
        } else if long && jam_m > first_m && chance.happens(0.4 * crowd) {
            let seconds = chance.seconds(10, 40 + (200.0 * crowd) as i64);
            self.halts.push(Halt { at_m: jam_m, seconds, engine: true, in_queue: false });
        }
    }
}

/// Bends, then what braking for the next vertex leaves of the speed at this one.
fn plan_speeds(way: &mut [Waypoint]) {
    for index in 1..way.len().saturating_sub(1) {
        let (before, here) = (&way[index - 1], &way[index]);
        let turn = (here.heading - before.heading + 540.0).rem_euclid(360.0) - 180.0;
        let bend = match turn.abs() {
            turn if turn < 15.0 => f64::INFINITY,
            turn if turn < 35.0 => 14.0,
            turn if turn < 60.0 => 8.5,
            turn if turn < 100.0 => 5.0,
            _ => 3.0,
        };
        let slower = if here.free < before.free { here.free } else { f64::INFINITY };
        way[index].pass = bend.min(slower);
    }
    if let Some(last) = way.last_mut() {
        last.pass = 0.0;
    }
    for index in (0..way.len().saturating_sub(1)).rev() {
        let room = way[index + 1].at_m - way[index].at_m;
        let reachable = (way[index + 1].pass.powi(2) + 2.0 * BRAKING * room).sqrt();
        way[index].pass = way[index].pass.min(reachable);
    }
}

/// The speed for the coming second from which `then` can still be reached within
/// `room_m` at planned braking (Krauss 1998, reaction time one second).
fn safe_speed(room_m: f64, then: f64) -> f64 {
    if then.is_infinite() {
        return then;
    }
    (BRAKING * BRAKING + then * then + 2.0 * BRAKING * room_m.max(0.0)).sqrt() - BRAKING
}

/// Initial course from one point to another near it, degrees.
fn bearing(from: LonLat, to: LonLat) -> f64 {
    let east = (to.lon() - from.lon()) * from.lat().to_radians().cos();
    east.atan2(to.lat() - from.lat()).to_degrees().rem_euclid(360.0)
}
