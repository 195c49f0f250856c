//! The fleet engine: a pure, synchronous state machine per vehicle.
//!
//! `(state, input) → (state, events)`: no I/O, no clock, no async. Time comes
//! with the input, so live, replay and a file give the same answer. What the
//! rules do is shown by the scenarios in `../scenarios`.

mod admission;
mod alerts;
mod drives;
mod fences;
mod fixes;
mod fleet;
mod hull;
mod ledger;
mod moment;
mod motion;
mod output;
mod overspeed;
mod passage;
mod queue;
mod rare;
mod rules;
mod snapshot;
mod sources;
mod step;
mod stops;
#[cfg(test)]
mod tests;
mod trips;
mod vehicle;
mod visits;

use std::sync::Arc;

pub use self::{
    fences::FenceSet,
    output::{Output, Tally},
    rules::{
        AlertRules, AnalyticsRules, DeviationRules, FixRules, GeofenceRules, Groups, HarshRules, IdleRules,
        MotionRules, OfflineRules, Overrides, OverspeedRules, Range, RuleDoc, Rules, RulesError, Scope,
        SpeedSource, TripRules, TripSplit,
    },
    snapshot::SnapshotError,
};
use self::{
    fleet::Fleet,
    ledger::Days,
    queue::Pool,
    rules::RuleBook,
    sources::Sources,
    step::{Scratch, Step},
    vehicle::{State, Vehicle},
    visits::Orphan,
};
use crate::domain::{
    alert::Acknowledgement,
    event::{Cause, Command, Event, EventData, Tick},
    history::Record,
    id::{FenceId, VehicleKey},
    lane::Lanes,
    live::LiveState,
    position::Clock,
    time::Timestamp,
};

/// The engine of one partition, or of a whole file.
#[derive(Debug)]
pub struct Engine {
    book: RuleBook,
    fences: Arc<FenceSet>,
    fleet: Fleet,
    sources: Sources,
    /// Visits to fences that are gone, to be ended with the next input.
    orphans: Vec<(u32, Orphan)>,
    days: Days,
    lanes: Arc<Lanes>,
    tally: Tally,
    scratch: Scratch,
    pool: Pool,
}

impl Engine {
    /// An engine that has seen nothing.
    pub fn new(rules: Arc<Rules>, fences: Arc<FenceSet>) -> Self {
        Self {
            days: Days::new(rules.time_zone),
            book: RuleBook::new(rules, Arc::default()),
            lanes: Arc::default(),
            fences,
            fleet: Fleet::default(),
            sources: Sources::default(),
            orphans: Vec::new(),
            tally: Tally::default(),
            scratch: Scratch::default(),
            pool: Pool::default(),
        }
    }

    /// An engine as it was when [`Engine::snapshot`] was taken. Visits to fences
    /// that are gone end with the next input.
    pub fn restore(rules: Arc<Rules>, fences: Arc<FenceSet>, snapshot: &[u8]) -> Result<Self, SnapshotError> {
        snapshot::read(rules, fences, snapshot)
    }

    /// The engine's whole state, compact.
    pub fn snapshot(&self) -> Vec<u8> {
        snapshot::write(self)
    }

    /// Takes other fences from the next input on. Visits to fences that are gone
    /// end with it, as of their vehicles' last fixes.
    pub fn set_fences(&mut self, fences: Arc<FenceSet>) {
        let old = std::mem::replace(&mut self.fences, fences);
        self.renumber(
            |fences, index| fences.index_of(&old.get(index).id),
            |index| (old.get(index).id.clone(), old.get(index).name.clone()),
        );
    }

    /// Takes other rules from the next input on. What is going on goes on, and is
    /// judged by them.
    pub fn set_rules(&mut self, rules: Arc<Rules>) {
        self.days = Days::new(rules.time_zone);
        self.book = RuleBook::new(rules, self.book.groups().clone());
        self.assign_rules();
        self.set_alarms();
    }

    /// Takes the groups vehicles are in, for the rules that differ by group.
    pub fn set_groups(&mut self, groups: Arc<Groups>) {
        if **self.book.groups() != *groups {
            self.book = RuleBook::new(self.book.everybodys().clone(), groups);
            self.assign_rules();
            self.set_alarms();
        }
    }

    /// Takes what past trips say of lanes, for the arrivals that are reckoned.
    pub fn set_lanes(&mut self, lanes: Arc<Lanes>) {
        self.lanes = lanes;
    }

    fn assign_rules(&mut self) {
        self.fleet.assign(0, |vehicle| self.book.number(vehicle));
    }

    fn set_alarms(&mut self) {
        for number in 0..self.fleet.vehicles().len() as u32 {
            self.set_alarm(number);
        }
    }

    fn find_or_add(&mut self, key: &str) -> Option<u32> {
        if let Some(number) = self.fleet.find(key) {
            return Some(number);
        }
        let number = self.fleet.find_or_add(key)?;
        self.fleet.assign(number, |vehicle| self.book.number(vehicle));
        Some(number)
    }

    fn renumber(
        &mut self,
        number: impl Fn(&FenceSet, u32) -> Option<u32>,
        name: impl Fn(u32) -> (FenceId, String),
    ) {
        for (number_of, vehicle) in (0..).zip(self.fleet.vehicles_mut()) {
            vehicle.state.unsettle();
            let orphans = vehicle.state.visits.renumber(|index| number(&self.fences, index), &name);
            self.orphans.extend(orphans.into_iter().map(|orphan| (number_of, orphan)));
        }
        self.set_alarms();
    }

    /// Takes one entry of the `position` stream (fix, reported alert, tick), a
    /// command or a trip's change, and appends what follows from it to `out`.
    /// Entries of other types change nothing.
    pub fn step(&mut self, input: &Event, out: &mut Output) {
        self.end_orphans(input, out);
        match &input.data {
            EventData::PositionUpdated(position) => self.arrive(input, position, out),
            EventData::AlertReported(alert) => {
                self.with_vehicle(input, out, |state, step| {
                    state.rare.lend(|rare| rare.alerts.reported(alert, step));
                });
            }
            EventData::Tick(tick) => self.tick(input, *tick, out),
            EventData::CommandIssued(Command::AcknowledgeAlert(note)) => self.acknowledge(input, note, out),
            EventData::TripStatusChanged(change) => self.with_vehicle(input, out, |state, step| {
                state.unsettle();
                state.rare.lend(|rare| rare.trips.change(change, input.ts, &mut rare.alerts, step));
            }),
            EventData::TripCreated(trip) => self.with_vehicle(input, out, |state, _| {
                state.unsettle();
                state.rare.lend(|rare| rare.trips.plan(trip));
            }),
            EventData::CommandIssued(
                Command::PlanTrip { .. }
                | Command::MoveTrip { .. }
                | Command::AssignDriver { .. }
                | Command::WriteGeofence { .. }
                | Command::RemoveGeofence { .. },
            )
            | EventData::WebhookReceived(_)
            | EventData::PositionFlagged(_)
            | EventData::GeofenceEntered(_)
            | EventData::GeofenceExited(_)
            | EventData::GeofenceCrossed(_)
            | EventData::VisitConfirmed(_)
            | EventData::StopStarted(_)
            | EventData::StopEnded(_)
            | EventData::DriveEnded(_)
            | EventData::TruckStatusChanged(_)
            | EventData::AlertTriggered(_)
            | EventData::AlertEscalated(_)
            | EventData::AlertAcknowledged(_)
            | EventData::AlertResolved(_)
            | EventData::HistoryRevised(_)
            | EventData::SyncCompleted(_)
            | EventData::ErrorOccurred(_)
            | EventData::TruckUpdated(_)
            | EventData::DriverUpdated(_)
            | EventData::OrganizationUpdated(_)
            | EventData::GeofenceUpdated(_)
            | EventData::GeofenceRemoved(_) => {}
        }
    }

    /// Lets every fix still waiting for older ones through: the input has ended.
    pub fn finish(&mut self, out: &mut Output) {
        for number in 0..self.fleet.vehicles().len() as u32 {
            self.let_all_through(number, out);
        }
    }

    /// The same for one vehicle.
    pub fn finish_one(&mut self, vehicle: &VehicleKey, out: &mut Output) {
        if let Some(number) = self.fleet.find(vehicle.as_str()) {
            self.let_all_through(number, out);
        }
    }

    /// Appends what history would keep of everything still going on, as of each
    /// vehicle's last fix: visits and stops without an end, drives and overspeeds
    /// up to that fix, the day so far. Nothing ends by it.
    pub fn unfinished(&self, into: &mut Vec<Record>) {
        for (number, vehicle) in (0..).zip(self.fleet.vehicles()) {
            vehicle.unfinished(self.book.get(self.fleet.rules(number)), &self.fences, into);
        }
    }

    /// A vehicle's live state; none before its first good fix.
    pub fn live(&self, vehicle: &VehicleKey) -> Option<LiveState> {
        let number = self.fleet.find(vehicle.as_str())?;
        let (vehicle, rules) = (self.fleet.get(number), self.fleet.rules(number));
        let places = (&*self.fences, &*self.lanes);
        vehicle.state.live(&vehicle.key, self.book.get(rules), places, &self.sources)
    }

    /// The vehicles known, in order of appearance.
    pub fn vehicles(&self) -> impl Iterator<Item = &VehicleKey> {
        self.fleet.vehicles().iter().map(|vehicle| &vehicle.key)
    }

    /// What became of the fixes seen since this engine was made or restored.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Bytes of memory the vehicles' state takes, the index by key included.
    pub fn state_bytes(&self) -> usize {
        self.fleet.bytes() + self.pool.bytes()
    }

    fn tick(&mut self, input: &Event, tick: Tick, out: &mut Output) {
        if !Timestamp::is_on_calendar(tick.now) {
            return;
        }
        let mut next = 0;
        while let Some(number) = self.fleet.due(next, tick.clock, tick.now) {
            next = number + 1;
            // With one whose wait is over go all that are older.
            while self.deadline(number).is_some_and(|deadline| deadline <= tick.now) {
                let Some(arrival) = self.fleet.get_mut(number).queue.pop(&mut self.pool) else { break };
                self.let_through(number, &arrival, out);
            }
            let cause = (input.recorded_at, input.correlation_id);
            if self
                .on(number, cause, out, |state, world, step| state.pass_time(tick.now, world.sources, step))
            {
                out.touch(&self.fleet.get(number).key);
            }
            self.set_alarm(number);
        }
    }

    fn acknowledge(&mut self, input: &Event, note: &Acknowledgement, out: &mut Output) {
        self.with_vehicle(input, out, |state, step| {
            state.rare.lend(|rare| rare.alerts.acknowledge(note, input.ts, step));
        });
    }

    fn end_orphans(&mut self, input: &Event, out: &mut Output) {
        for (number, orphan) in std::mem::take(&mut self.orphans) {
            let cause = (input.recorded_at, input.correlation_id);
            self.on(number, cause, out, |state, _, step| {
                if let Some(head) = state.head {
                    orphan.end(head.time, step);
                }
            });
            out.touch(&self.fleet.get(number).key);
        }
    }

    /// Lets `act` change the state of the input's vehicle.
    fn with_vehicle(&mut self, input: &Event, out: &mut Output, act: impl FnOnce(&mut State, &mut Step<'_>)) {
        let Some(number) = self.find_or_add(&input.key) else { return };
        let cause = (input.recorded_at, input.correlation_id);
        self.on(number, cause, out, |state, _, step| act(state, step));
        self.set_alarm(number);
        if self.fleet.get(number).state.head.is_some() {
            out.touch(&self.fleet.get(number).key);
        }
    }

    fn on<T>(
        &mut self,
        number: u32,
        (recorded_at, correlation_id): (Timestamp, crate::domain::id::CorrelationId),
        out: &mut Output,
        act: impl FnOnce(&mut State, World<'_>, &mut Step<'_>) -> T,
    ) -> T {
        let rules = self.book.get(self.fleet.rules(number));
        let Vehicle { key, state, .. } = self.fleet.get_mut(number);
        let mut step = Step {
            rules,
            fences: &self.fences,
            lanes: &self.lanes,
            vehicle: key,
            trip: state.rare.get().and_then(|rare| rare.trips.current()),
            cause: Cause { key: key.as_str(), recorded_at, correlation_id },
            events: &mut out.events,
            records: &mut out.records,
            scratch: &mut self.scratch,
        };
        act(state, World { sources: &self.sources, days: &mut self.days }, &mut step)
    }

    /// Notes when time alone next concerns a vehicle, and by which clock.
    fn set_alarm(&mut self, number: u32) {
        let vehicle = self.fleet.get(number);
        let waits = self.deadline(number);
        let at = vehicle
            .state
            .next_change(
                vehicle.state.rare.get(),
                &self.sources,
                self.book.get(self.fleet.rules(number)),
                &self.fences,
            )
            .into_iter()
            .chain(waits)
            .min();
        let newest = vehicle.queue.newest(&self.pool).or(vehicle.state.head.as_ref());
        let clock = newest.map_or(Clock::Wall, |fix| fix.clock(&self.sources));
        self.fleet.wake(number, at, clock);
    }
}

/// What lies outside a vehicle.
struct World<'a> {
    sources: &'a Sources,
    days: &'a mut Days,
}
