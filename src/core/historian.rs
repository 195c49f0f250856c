//! Telling a vehicle's past again: from the last state that is still true, through
//! the fixes that are stored now, to the difference from what was told before.
//!
//! Pure: fixes go in, a [`Settlement`] comes out. What is told follows from the
//! fixes alone. A vehicle's fix that is newer than all before only continues the
//! story; one that is older revises it, and each day that reads differently than
//! it did at the same fix gets a new revision.

mod metric;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::NaiveDate;
use chrono_tz::Tz;
use uuid::Uuid;

use crate::{
    domain::{
        event::{Event, EventData, Revision},
        history::{Kept, Record},
        id::{CorrelationId, Derivation, EventId, VehicleKey},
        position::{Clock, Position},
        time::Timestamp,
    },
    engine::{Engine, FenceSet, Groups, Output, Rules, SnapshotError},
    ports::history::{Checkpoint, Claim, DayKept, Memory, Settlement},
};

pub use metric::{metric, span_of};

/// What the past is judged by.
#[derive(Clone, Debug)]
pub struct Judgement {
    rules: Arc<Rules>,
    groups: Arc<Groups>,
}

impl Judgement {
    /// By these rules. The store gives fixes in order, so nothing waits.
    pub fn new(rules: &Rules, groups: Arc<Groups>) -> Self {
        let mut rules = rules.clone();
        rules.fixes.reorder_s = 0.0;
        Self { rules: Arc::new(rules), groups }
    }

    /// Whether it matters which groups vehicles are in.
    pub fn is_by_group(&self) -> bool {
        !self.rules.group.is_empty()
    }

    /// The same for vehicles in these groups.
    pub fn with_groups(&self, groups: Arc<Groups>) -> Self {
        Self { rules: self.rules.clone(), groups }
    }

    /// The zone days are those of.
    pub fn zone(&self) -> Tz {
        self.rules.time_zone
    }
}

/// A vehicle's past, being told.
pub struct Telling {
    judgement: Judgement,
    engine: Engine,
    fences: Arc<FenceSet>,
    zone: Tz,
    memory: Memory,
    /// There is a past, but no state of it to go on from.
    starts_over: bool,
    /// The oldest new fix; after the latest that came late the states may meet.
    from: Timestamp,
    changed_to: Timestamp,
    /// The last checkpoint of what was told before.
    told: Option<Checkpoint>,
    out: Output,
    rows: Vec<Kept>,
    checkpoints: BTreeMap<NaiveDate, Checkpoint>,
    /// Of the last fix's source.
    clock: Clock,
    /// The first and the last fix taken.
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    /// The story as it reads at the last fix that was told before, once beyond it.
    then: Option<Vec<Kept>>,
    /// The state after this fix is what it was told to be, and so is all that follows
    /// up to the last that was told.
    met: Option<Timestamp>,
    /// That last one, until a fix comes that is behind it.
    behind: Option<Checkpoint>,
}

impl Telling {
    /// Begins where what was told before is still true, at a time when `fences` held.
    ///
    /// # Errors
    ///
    /// When the checkpoint cannot be read: it is another version's. Then
    /// [`Telling::begin_over`].
    pub fn begin(
        judgement: &Judgement,
        fences: Arc<FenceSet>,
        claim: &Claim,
        memory: Memory,
    ) -> Result<Self, SnapshotError> {
        let engine = match &memory.base {
            Some(base) => Engine::restore(judgement.rules.clone(), fences.clone(), &base.state)?,
            None => Engine::new(judgement.rules.clone(), fences.clone()),
        };
        let zone = judgement.zone();
        // A past there was, but its fixes and states are gone.
        let starts_over =
            memory.base.is_none() && memory.days.iter().any(|day| day.day < claim.from.local_date(zone));
        Ok(Self::with(engine, judgement, fences, claim, memory, starts_over))
    }

    /// Begins with the first fix that is still stored, whatever was told before it.
    pub fn begin_over(judgement: &Judgement, fences: Arc<FenceSet>, claim: &Claim, memory: Memory) -> Self {
        let engine = Engine::new(judgement.rules.clone(), fences.clone());
        Self::with(engine, judgement, fences, claim, Memory { base: None, ..memory }, true)
    }

    fn with(
        mut engine: Engine,
        judgement: &Judgement,
        fences: Arc<FenceSet>,
        claim: &Claim,
        memory: Memory,
        starts_over: bool,
    ) -> Self {
        engine.set_groups(judgement.groups.clone());
        let checkpoints = memory.days.iter().filter_map(|day| day.checkpoint.as_ref());
        let told = checkpoints.chain(&memory.base).max_by_key(|checkpoint| checkpoint.until).cloned();
        Self {
            judgement: judgement.clone(),
            engine,
            fences,
            zone: judgement.zone(),
            starts_over,
            clock: Clock::default(),
            first: None,
            last: memory.base.as_ref().map(|base| base.until),
            memory,
            from: claim.from,
            changed_to: claim.late_to.unwrap_or(claim.from),
            told,
            out: Output::default(),
            rows: Vec::new(),
            checkpoints: BTreeMap::new(),
            then: None,
            met: None,
            behind: None,
        }
    }

    /// The last fix taken: the next wanted is the first after it. It may lie far ahead,
    /// once the story reads as it did.
    pub const fn reached(&self) -> Option<Timestamp> {
        self.last
    }

    /// Takes the next fix, at a time when `fences` held and after people had `said`
    /// this of the vehicle's trips.
    pub fn take(
        &mut self,
        vehicle: &VehicleKey,
        mut position: Position,
        fences: &Arc<FenceSet>,
        said: &[Event],
    ) {
        let (time, clock) = (position.device_time, position.source.clock);
        self.pass_to(time);
        if self.last.is_some_and(|last| time <= last) {
            return;
        }
        self.resume(fences);
        if !Arc::ptr_eq(&self.fences, fences) {
            self.fences = fences.clone();
            self.engine.set_fences(fences.clone());
        }
        for event in said {
            self.engine.step(event, &mut self.out);
        }
        // When it reached us says nothing of what happened: a late fix is in its place now.
        position.received_at = time;
        let event = Event::position(vehicle, position, CorrelationId(Uuid::nil()));
        self.engine.step(&event, &mut self.out);
        for record in self.out.records.drain(..) {
            self.rows.push(Kept::new(record, Some(time), self.zone));
        }
        self.out.clear();
        self.clock = clock;
        self.first.get_or_insert(time);
        self.last = Some(time);
    }

    /// The way to a fix: perhaps past the end of a day, perhaps past all that was told.
    fn pass_to(&mut self, time: Timestamp) {
        let Some(last) = self.last else { return };
        let day = last.local_date(self.zone);
        if time.local_date(self.zone) != day && self.behind.is_none() && !self.is_base(last) {
            let checkpoint = Checkpoint { until: last, state: self.engine.snapshot() };
            let known = self.memory.days.iter().find(|known| known.day == day);
            if last >= self.changed_to
                && known.and_then(|known| known.checkpoint.as_ref()) == Some(&checkpoint)
            {
                return self.meet(last);
            }
            self.checkpoints.insert(day, checkpoint);
        }
        let told_until = self.told.as_ref().map(|told| told.until);
        if self.then.is_none() && told_until.is_some_and(|until| last <= until && until < time) {
            self.then = Some(self.story());
        }
    }

    /// What follows is as it was told: the next fix wanted is the first behind it.
    fn meet(&mut self, at: Timestamp) {
        let Some(told) = self.told.clone() else { return };
        let readable = Engine::restore(self.judgement.rules.clone(), self.fences.clone(), &told.state);
        if readable.is_ok() {
            self.then = Some(self.rows.clone());
            (self.met, self.last) = (Some(at), Some(told.until));
            self.behind = Some(told);
        }
    }

    /// Goes on behind what is as it was told.
    fn resume(&mut self, fences: &Arc<FenceSet>) {
        if let Some(told) = self.behind.take() {
            self.fences = fences.clone();
            self.engine = Engine::restore(self.judgement.rules.clone(), fences.clone(), &told.state)
                .expect("it was readable when the states met");
            self.engine.set_groups(self.judgement.groups.clone());
        }
    }

    fn is_base(&self, last: Timestamp) -> bool {
        self.memory.base.as_ref().is_some_and(|base| base.until == last)
    }

    /// What is over, and what goes on as of the last fix.
    fn story(&self) -> Vec<Kept> {
        let mut going_on: Vec<Record> = Vec::new();
        if self.behind.is_none() {
            self.engine.unfinished(&mut going_on);
        }
        let going_on = going_on.into_iter().map(|record| Kept::new(record, None, self.zone));
        self.rows.iter().cloned().chain(going_on).filter(|kept| self.is_known(kept)).collect()
    }

    /// What was over before, or with, the first of the fixes that are left was told
    /// when there were more.
    fn is_known(&self, kept: &Kept) -> bool {
        let first = self.first.filter(|_| self.starts_over && kept.settled.is_some());
        first.is_none_or(|first| kept.start > first)
    }

    /// The story is told: what is to change, and how often each day that reads
    /// differently at the same fix had been told before.
    pub fn finish(mut self) -> (Settlement, Vec<Revision>) {
        let story = self.story();
        if let Some(last) = self.last.filter(|last| self.behind.is_none() && !self.is_base(*last)) {
            let checkpoint = Checkpoint { until: last, state: self.engine.snapshot() };
            self.checkpoints.insert(last.local_date(self.zone), checkpoint);
        }
        let before = self.told_before();
        let revised = self.revised(&before, &story);
        let known: BTreeMap<NaiveDate, u32> =
            self.memory.days.iter().map(|day| (day.day, day.revision)).collect();
        let revision =
            |day: NaiveDate| known.get(&day).map_or(0, |told| told + u32::from(revised.contains(&day)));
        let story: BTreeMap<Uuid, Kept> = story
            .into_iter()
            .map(|kept| Kept { revision: revision(kept.day), ..kept })
            .map(|kept| (kept.id(), kept))
            .collect();
        let story_by_id = story.iter().map(|(id, kept)| (*id, kept)).collect();
        let changed = differing(&before, &story_by_id);
        let gone = before.iter().filter(|(id, _)| !story.contains_key(*id));
        let gone = gone.map(|(id, kept)| (kept.start, *id)).collect();
        let put = story.iter().filter(|(id, kept)| before.get(*id) != Some(kept));
        let put = put.map(|(_, kept)| kept.clone()).collect();
        let supersedes =
            revised.iter().filter_map(|day| Some(Revision { day: *day, supersedes: *known.get(day)? }));
        let supersedes = supersedes.collect();
        let days: BTreeSet<NaiveDate> = changed.iter().chain(self.checkpoints.keys()).copied().collect();
        let days = days.into_iter().map(|day| DayKept {
            day,
            revision: revision(day),
            checkpoint: self.checkpoints.get(&day).cloned(),
        });
        let (days, changed) = (days.collect(), changed.iter().copied().collect());
        (Settlement { put, gone, days, changed, clock: self.clock }, supersedes)
    }

    /// The days that read differently than they did at the same fix.
    fn revised(&self, before: &BTreeMap<Uuid, &Kept>, story: &[Kept]) -> BTreeSet<NaiveDate> {
        let is_late = self.told.as_ref().is_some_and(|told| self.from <= told.until);
        if !is_late || self.starts_over {
            return BTreeSet::new();
        }
        let before = before.iter().filter(|(_, kept)| self.met.is_none() || kept.settled.is_some());
        let before = before.map(|(id, kept)| (*id, *kept)).collect();
        differing(&before, &by_id(self.then.as_deref().unwrap_or(story)))
    }

    /// What was told of the part that is told again.
    fn told_before(&self) -> BTreeMap<Uuid, &Kept> {
        let again = self.memory.kept.iter().filter(|kept| match (self.met, kept.settled) {
            (None, _) => true,
            (Some(_), None) => self.behind.is_none(),
            (Some(met), Some(settled)) => settled <= met,
        });
        again.filter(|kept| self.is_known(kept)).map(|kept| (kept.id(), kept)).collect()
    }
}

fn by_id(story: &[Kept]) -> BTreeMap<Uuid, &Kept> {
    story.iter().map(|kept| (kept.id(), kept)).collect()
}

/// The days on which two stories read differently: in what they tell, or in whether
/// it is over.
fn differing(one: &BTreeMap<Uuid, &Kept>, other: &BTreeMap<Uuid, &Kept>) -> BTreeSet<NaiveDate> {
    let same = |a: &Kept, b: &Kept| a.record == b.record && a.settled.is_some() == b.settled.is_some();
    let mut days = BTreeSet::new();
    for (these, those) in [(one, other), (other, one)] {
        for (id, kept) in these {
            if !those.get(id).is_some_and(|twin| same(kept, twin)) {
                days.insert(kept.day);
            }
        }
    }
    days
}

/// The news that a day is told otherwise. Its id is that of the revision, whoever
/// finds it and however often.
pub fn news(vehicle: &VehicleKey, revision: Revision, midnight: Timestamp, now: Timestamp) -> Event {
    let data = EventData::HistoryRevised(revision.clone());
    let derivation = Derivation {
        kind: data.type_name(),
        key: vehicle.as_str(),
        subject: "",
        start: midnight,
        phase: "revised",
        revision: revision.supersedes + 1,
    };
    Event {
        id: EventId(derivation.uuid()),
        ts: midnight,
        recorded_at: now,
        key: vehicle.as_str().to_owned(),
        correlation_id: CorrelationId(derivation.uuid()),
        data,
    }
}
