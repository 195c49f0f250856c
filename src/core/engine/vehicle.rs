//! The state of one vehicle, and the order in which the rules see a fix.

mod passing;

use serde::{Deserialize, Serialize};

use super::{
    drives::{Driving, Link},
    fences::FenceSet,
    fixes::{Fix, Plausibility, plausibility},
    hull::Place,
    ledger::{Book, Days, Ledger, Pace, Stretch},
    motion::{Movement, judge_harshness},
    overspeed::Speed,
    queue::{Arrival, Queue},
    rare::{Drawer, Rare},
    rules::{AnalyticsRules, Rules, TripSplit},
    sources::Sources,
    step::Step,
    stops::{Run, Turn},
    trips::{Outlook, Trips},
    visits::{Clearance, Visits, Way},
};
use crate::domain::{
    alert::AlertKind,
    event::{EventData, Flag, Flagged},
    geo::Scale,
    history::Record,
    id::VehicleKey,
    lane::Lanes,
    live::{LiveState, Motion},
    time::Timestamp,
    units::Metres,
};

/// A vehicle and all that is known of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Vehicle {
    pub(super) key: VehicleKey,
    pub(super) queue: Queue,
    pub(super) state: State,
}

/// What the rules remember.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    /// The last good fix.
    pub(super) head: Option<Fix>,
    pub(super) visits: Visits,
    pub(super) rare: Drawer,
    run: Run,
    movement: Movement,
    #[serde(skip)]
    clearance: Clearance,
    driving: Driving,
    ledger: Ledger,
}

impl Vehicle {
    pub(super) fn new(key: VehicleKey) -> Self {
        Self { key, queue: Queue::default(), state: State::default() }
    }

    /// What history would keep of everything still going on.
    pub(super) fn unfinished(&self, rules: &Rules, fences: &FenceSet, into: &mut Vec<Record>) {
        let (state, vehicle) = (&self.state, &self.key);
        let Some(head) = &state.head else { return };
        state.visits.unfinished(head.time, fences, vehicle, into);
        into.extend(state.run.unfinished(vehicle));
        into.extend(state.driving.record(head.time, vehicle).map(Record::Drive));
        into.extend(state.rare.get().and_then(|rare| rare.overspeed.unfinished(head.time, vehicle)));
        into.extend(state.ledger.figures(vehicle, rules.time_zone).map(Record::Day));
    }

    /// Bytes of this vehicle's state, its own and on the heap.
    pub(super) fn bytes(&self) -> usize {
        let state = &self.state;
        size_of::<Self>()
            + self.key.as_str().len()
            + 2 * size_of::<usize>()
            + state.visits.heap_bytes()
            + state.run.heap_bytes()
            + state.rare.heap_bytes()
    }
}

impl State {
    /// Takes the next fix in order; says whether the live state changed.
    pub(super) fn take(
        &mut self,
        arrival: &Arrival,
        sources: &Sources,
        days: &mut Days,
        step: &mut Step<'_>,
    ) -> bool {
        let mut drawer = std::mem::take(&mut self.rare);
        let good = drawer.lend(|rare| self.take_fix(&arrival.fix, sources, rare, days, step));
        self.rare = drawer;
        good
    }

    fn take_fix(
        &mut self,
        fix: &Fix,
        sources: &Sources,
        rare: &mut Rare,
        days: &mut Days,
        step: &mut Step<'_>,
    ) -> bool {
        self.catch_up(fix, sources, rare, step);
        rare.alerts.forget(fix.time, step.rules);
        let (leg, scale) = match &self.head {
            None => (None, Scale::at_latitude(fix.point.lat())),
            Some(head) => {
                let (metres, scale) = head.point.leg(fix.point);
                (Some((metres.get(), fix.time.seconds_since(head.time))), scale)
            }
        };
        let (from, jumped) = match plausibility(fix, leg, &mut rare.suspect, &step.rules.fixes) {
            Plausibility::Good => (self.head.as_ref().map(|head| (head.point, head.time)), None),
            Plausibility::Reanchors => (None, self.head.map(|head| head.time)),
            Plausibility::Outlier(reason) => {
                flag(Flag::Outlier, fix.time, reason, step);
                return false;
            }
        };
        let (metres, seconds) = leg.filter(|_| from.is_some()).unwrap_or_default();
        let mut way = Way { from, to: (fix.point, fix.time), metres, stands: false };
        let before = step.events.len();
        if let Some(last) = jumped {
            self.unsettle();
            self.visits.jump(last, fix.point, step);
            rare.overspeed.end(last, &mut rare.alerts, step);
        }

        let was_on = self.movement.ignition() == Some(true);
        self.movement.hear(fix, from.map(|_| seconds), &mut rare.alerts, step);
        let moves = Moves::of(fix, &way, seconds, step);
        let counted = self.stop_or_drive((&way, scale), jumped, moves.reported != Some(true), step);
        let (since, pace) = match jumped {
            // How far is not known, how long is.
            Some(last) if self.movement.state().0 == Motion::Moving => (Some(last), Pace::Moving),
            Some(last) => {
                (Some(last), Pace::of(0.0, fix.time.seconds_since(last), was_on, &step.rules.analytics))
            }
            None => (from.map(|from| from.1), Pace::of(counted, seconds, was_on, &step.rules.analytics)),
        };
        let speed = step.rules.overspeed.speed(fix, &way);
        self.write_down((since, fix.time), counted, pace, speed, days, step);
        way.stands = self.run.is_stop();
        self.visits.follow(&way, &mut self.clearance, step);
        if step.events.len() > before && step.rules.alerts_at_fences() {
            rare.alerts.at_fences(before, fix.point, step);
        }
        if rare.trips.is_any() {
            let outlook = Outlook { head: Some(fix), ledger: &self.ledger, visits: &self.visits };
            rare.trips.follow(before, &outlook, &mut rare.alerts, step);
            rare.trips.judge_way(fix, &outlook, &mut rare.alerts, step);
            let outside = self.visits.fences().next().is_none();
            let standing = self.run.standing().filter(|_| outside);
            let last = self.head.map_or(fix.time, |head| head.time);
            rare.trips.judge_stop(standing, (last, fix.time), &mut rare.alerts, step);
        }
        rare.overspeed.judge(speed, &way, &self.visits, &mut rare.alerts, step);
        if step.rules.motion.use_device {
            let before = self.head.as_ref().filter(|_| from.is_some());
            judge_harshness(fix, before, &mut rare.alerts, step);
        }
        let at_stop = self.run.is_stop();
        let is_moving = moves.reported.unwrap_or(moves.derived && !at_stop);
        self.movement.settle(fix, is_moving, at_stop, &mut rare.alerts, step);
        self.head = Some(*fix);
        true
    }

    fn end_drive(&mut self, turn: Turn, last: Timestamp, step: &mut Step<'_>) {
        self.driving.end(last, step);
        match (step.rules.trips.split, turn) {
            (TripSplit::Stop, Turn::Left { last: left, metres, fixes }) if fixes > 0 => {
                Driving::between(left, last, metres, fixes + 1, step);
            }
            _ => {}
        }
    }

    /// Takes the way into the stop or drive the vehicle is at; returns the metres
    /// that count: none for the noise of a vehicle that stands, and none for a jump
    /// from where it was last.
    fn stop_or_drive(
        &mut self,
        (way, scale): (&Way, Scale),
        jumped: Option<Timestamp>,
        stood: bool,
        step: &mut Step<'_>,
    ) -> f64 {
        let (point, now) = way.to;
        let last = jumped.or(way.from.map(|from| from.1));
        let gap = last.filter(|last| now.seconds_since(*last) > step.rules.motion.gap_s);
        let left = if jumped.is_some() { self.run.break_off(step) } else { Turn::Drives };
        let counted_from = self.run.counted_from();
        // Silent for so long and not elsewhere: it stood, whatever it does now.
        let stood = stood || gap.is_some();
        let leg = if gap.is_none() { way.metres } else { 0.0 };
        let turn = match (self.run.add((point, now), leg, scale, stood, step), left) {
            (Turn::Drives, left) => left,
            (turn, _) => turn,
        };
        if let Some(last) = gap {
            self.end_drive(turn, last, step);
        }
        let metres = match (counted_from, way.from) {
            (Some(counted), Some((from, _))) if counted != Place::new(from) => {
                counted.point().distance(point).get()
            }
            _ => way.metres,
        };
        let stands = counted_from.is_some() && self.run.is_stop();
        let counted = if stands && metres <= step.rules.fixes.parked_noise_m { 0.0 } else { metres };
        if counted_from.is_some() && counted > 0.0 {
            self.run.count_from(point, counted);
        }
        let link = if last.is_some() && gap.is_none() { Link::Known(counted) } else { Link::Unknown };
        self.driving.follow(link, &turn, now, step);
        counted
    }

    fn write_down(
        &mut self,
        (from, to): (Option<Timestamp>, Timestamp),
        counted: f64,
        pace: Pace,
        speed: Option<Speed>,
        days: &mut Days,
        step: &mut Step<'_>,
    ) {
        let book = &mut Book { vehicle: step.vehicle, days, records: step.records };
        match from {
            None => self.ledger.begin(to, book),
            Some(from) => {
                let speed = speed.and_then(Speed::on_the_way);
                self.ledger.count(Stretch { from, to, metres: counted, pace, speed }, book);
            }
        }
        self.ledger.hurry(speed.map_or(0.0, Speed::get));
    }

    /// Which fences there are, or are watched, has changed.
    pub(super) fn unsettle(&mut self) {
        self.clearance = Clearance::default();
    }

    fn outlook(&self) -> Outlook<'_> {
        Outlook { head: self.head.as_ref(), ledger: &self.ledger, visits: &self.visits }
    }

    /// The live state, once there is a good fix.
    pub(super) fn live(
        &self,
        key: &VehicleKey,
        rules: &Rules,
        (fences, lanes): (&FenceSet, &Lanes),
        sources: &Sources,
    ) -> Option<LiveState> {
        let head = self.head?;
        let (motion, since) = self.movement.state();
        let mut alerts: Vec<AlertKind> = Vec::new();
        if let Some(rare) = self.rare.get() {
            alerts.extend(rare.alerts.about_motion().map(|episode| episode.kind));
            alerts.extend(rare.overspeed.is_alerting().then_some(AlertKind::Overspeed));
            alerts.extend(rare.alerts.open_kinds(head.time));
            alerts.sort_unstable();
            alerts.dedup();
        }
        let trips = self.rare.get().map(|rare| &rare.trips);
        Some(LiveState {
            vehicle: key.clone(),
            position: head.position(sources),
            motion,
            since,
            fences: self.visits.fences().map(|fence| fences.get(fence).id.clone()).collect(),
            alerts,
            trip: trips.and_then(Trips::current),
            eta: trips.and_then(|trips| trips.eta(&self.outlook(), (fences, lanes), &rules.trips)),
            today_m: Metres(self.ledger.today_m()),
        })
    }
}

impl Pace {
    /// How `seconds` were spent in which so many metres were made.
    fn of(metres: f64, seconds: f64, ignition_on: bool, rules: &AnalyticsRules) -> Self {
        if seconds > rules.gap_s {
            Self::Offline
        } else if metres * 3.6 >= rules.moving_kmh * seconds {
            Self::Moving
        } else if ignition_on {
            Self::Idle
        } else {
            Self::Stopped
        }
    }
}

/// Whether a vehicle moves, by its own word and by the way it made.
struct Moves {
    reported: Option<bool>,
    derived: bool,
}

impl Moves {
    fn of(fix: &Fix, way: &Way, seconds: f64, step: &Step<'_>) -> Self {
        let threshold = step.rules.analytics.moving_kmh;
        let speed = fix.speed.get().filter(|_| step.rules.motion.use_device);
        let known = way.from.is_some() && seconds > 0.0 && seconds <= step.rules.motion.gap_s;
        Self {
            reported: speed.map(|speed| speed >= threshold),
            derived: known && way.metres * 3.6 >= threshold * seconds && way.metres > 0.0,
        }
    }
}

/// Says what is wrong with a fix that is kept.
pub(super) fn flag(flag: Flag, device_time: Timestamp, reason: String, step: &mut Step<'_>) {
    let phase = match flag {
        Flag::Late => "late",
        Flag::Outlier => "outlier",
        Flag::Stale => "stale",
    };
    let data = EventData::PositionFlagged(Flagged { flag, device_time, reason });
    step.emit(device_time, "", device_time, phase, data);
}
