//! The state of one vehicle, and the order in which the rules see a fix.

use serde::{Deserialize, Serialize};

use super::{
    alerts::Alerts,
    fixes::{Arrival, Fix, Plausibility, Queue, Suspect, plausibility},
    motion::{Movement, judge_harshness},
    odometer::{Days, Odometer},
    overspeed::Overspeed,
    sources::Sources,
    step::Step,
    stops::Run,
    visits::{Visits, Way},
};
use crate::domain::{
    alert::AlertKind,
    event::{EventData, Flag, Flagged},
    id::{TripId, VehicleKey},
    live::LiveState,
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
    /// Boxed: most vehicles are on none.
    pub(super) trip: Option<Box<TripId>>,
    pub(super) visits: Visits,
    pub(super) alerts: Alerts,
    suspect: Option<Box<Suspect>>,
    run: Run,
    movement: Movement,
    overspeed: Overspeed,
    odometer: Odometer,
}

impl Vehicle {
    pub(super) fn new(key: VehicleKey) -> Self {
        Self { key, queue: Queue::default(), state: State::default() }
    }

    /// What history would keep of everything still going on.
    pub(super) fn unfinished(
        &self,
        _rules: &super::Rules,
        _fences: &super::FenceSet,
        _into: &mut Vec<crate::domain::history::Record>,
    ) {
    }

    /// Bytes of this vehicle's state, its own and on the heap.
    pub(super) fn bytes(&self) -> usize {
        let state = &self.state;
        size_of::<Self>()
            + self.key.as_str().len()
            + 2 * size_of::<usize>()
            + self.queue.heap_bytes()
            + state.visits.heap_bytes()
            + state.alerts.heap_bytes()
            + state.run.heap_bytes()
            + state.movement.heap_bytes()
            + state.overspeed.heap_bytes()
            + state.trip.as_ref().map_or(0, |_| size_of::<TripId>())
            + state.suspect.as_ref().map_or(0, |_| size_of::<Suspect>())
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
        let fix = &arrival.fix;
        let leg = self
            .head
            .as_ref()
            .map(|head| (head.point.distance(fix.point).get(), fix.time.seconds_since(head.time)));
        let from = match plausibility(fix, leg, &mut self.suspect, &step.rules.fixes) {
            Plausibility::Good => self.head.as_ref().map(|head| (head.point, head.time)),
            Plausibility::Reanchors => {
                self.run.break_off(step);
                if let Some(head) = &self.head {
                    self.visits.break_off(head.time, step);
                    self.overspeed.end(head.time, &mut self.alerts, step);
                }
                None
            }
            Plausibility::Outlier(reason) => {
                flag(Flag::Outlier, fix.time, reason, step);
                return false;
            }
        };
        let (metres, seconds) = leg.filter(|_| from.is_some()).unwrap_or_default();
        let way = Way { from, to: (fix.point, fix.time), metres };

        let heard = fix.heard(fix.clock(sources));
        self.movement.hear(fix, heard, from.map(|_| seconds), &mut self.alerts, step);
        let moves = Moves::of(fix, &way, seconds, step);
        let counted_from = self.run.counted_from();
        self.run.add(fix.point, fix.time, moves.reported != Some(true), step);
        self.count(&way, counted_from, days, step);
        self.visits.follow(&way, step);
        self.overspeed.judge(fix, &way, &self.visits, &mut self.alerts, step);
        if step.rules.motion.use_device {
            let before = self.head.as_ref().filter(|_| from.is_some());
            judge_harshness(fix, before, &mut self.alerts, step);
        }
        let at_stop = self.run.is_stop();
        let is_moving = moves.reported.unwrap_or(moves.derived && !at_stop);
        self.movement.settle(fix, is_moving, at_stop, &mut self.alerts, step);
        self.head = Some(*fix);
        true
    }

    /// Counts the way, unless it is the noise of a vehicle that stands.
    fn count(
        &mut self,
        way: &Way,
        counted_from: Option<crate::domain::geo::LonLat>,
        days: &mut Days,
        step: &Step<'_>,
    ) {
        let Some((from, start)) = way.from else {
            self.odometer.count(0.0, way.to.1, way.to.1, days);
            return;
        };
        let metres = match counted_from {
            Some(point) if point != from => point.distance(way.to.0).get(),
            _ => way.metres,
        };
        let stands = counted_from.is_some() && self.run.is_stop();
        if stands && metres <= step.rules.fixes.parked_noise_m {
            self.odometer.count(0.0, start, way.to.1, days);
            return;
        }
        self.odometer.count(metres, start, way.to.1, days);
        self.run.count_from(way.to.0);
    }

    /// Time has passed for sources of this vehicle's clock; says whether the live
    /// state changed.
    pub(super) fn pass_time(&mut self, now: Timestamp, step: &mut Step<'_>) -> bool {
        let Some(head) = self.head else { return false };
        let before = step.events.len();
        self.visits.pass_time((head.point, head.time), now, step);
        self.movement.listen(&head, now, &mut self.alerts, step);
        step.events.len() > before
    }

    /// When time alone next changes something.
    pub(super) fn next_change(&self, rules: &super::Rules) -> Option<Timestamp> {
        let silent = self.movement.silent_from(rules).map(|from| Timestamp::from_millis(from.millis() + 1));
        let confirmation =
            self.head.and_then(|head| self.visits.next_confirmation(head.time, &rules.geofence));
        confirmation.into_iter().chain(silent).min()
    }

    /// The live state, once there is a good fix.
    pub(super) fn live(
        &self,
        key: &VehicleKey,
        fences: &super::FenceSet,
        sources: &Sources,
    ) -> Option<LiveState> {
        let head = self.head?;
        let (motion, since) = self.movement.state();
        let overspeed = self.overspeed.is_alerting().then_some(AlertKind::Overspeed);
        let mut alerts: Vec<_> =
            self.movement.open_kinds().chain(overspeed).chain(self.alerts.open_kinds(head.time)).collect();
        alerts.sort_unstable();
        alerts.dedup();
        Some(LiveState {
            vehicle: key.clone(),
            position: head.position(sources),
            motion,
            since,
            fences: self.visits.fences().map(|fence| fences.get(fence).id.clone()).collect(),
            alerts,
            trip: self.trip.as_deref().copied(),
            today_m: Metres(self.odometer.today_m()),
        })
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
