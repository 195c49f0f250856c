//! The fences as they were: what is told of a day follows from the fences of that
//! day, not from today's.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use watchtower_core::{
    domain::{
        event::{Event, EventData},
        geofence::Geofence,
        id::{EventId, FenceId},
        position::Position,
        time::Timestamp,
    },
    engine::FenceSet,
    ports::store::{EventQuery, Store, StoreError, Window},
};

/// A change holds from the next full minute on, so that an import of thousands is few
/// sets of fences and not thousands.
const GRAIN_MS: i64 = 60_000;
/// Former sets kept at hand.
const SETS: usize = 8;

/// A fence as it was from some time on; `None`: there was none.
type Version = Option<Geofence>;

/// The fences of each time that may be told of.
pub(super) struct Fences {
    newest: Option<EventId>,
    now: Arc<FenceSet>,
    /// Today's that have not changed, while some have.
    same: Vec<Geofence>,
    /// Of the fences that changed, what they were before.
    before: HashMap<FenceId, Version>,
    /// The changes, oldest first.
    changes: Vec<(Timestamp, FenceId, Version)>,
    sets: Mutex<HashMap<usize, Arc<FenceSet>>>,
}

impl Fences {
    /// The fences at hand and how they came to be, as far back as `age` from `now`.
    pub(super) async fn load(store: &dyn Store, now: Timestamp, age: Duration) -> Result<Self, StoreError> {
        let newest = newest(store).await?;
        let all = store.geofences().await?;
        let (from, mut changes) = (now.minus(age), Vec::new());
        let (mut before, mut after) = (HashMap::new(), None);
        loop {
            let page = store.events(&query(), Window { limit: 500, after }).await?;
            for event in page.items {
                let Some((fence, version)) = version(&event) else { continue };
                if event.recorded_at >= from {
                    let minute = (event.recorded_at.millis().div_euclid(GRAIN_MS) + 1) * GRAIN_MS;
                    changes.push((Timestamp::from_millis(minute), fence, version));
                } else {
                    before.entry(fence).or_insert(version);
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        // Told newest first; of one minute the later change counts.
        changes.reverse();
        changes.sort_by_key(|change| change.0);
        let changed: HashSet<&FenceId> = changes.iter().map(|change| &change.1).collect();
        before.retain(|fence, _| changed.contains(fence));
        let same = match changed.is_empty() {
            true => Vec::new(),
            false => all.iter().filter(|fence| !changed.contains(&fence.id)).cloned().collect(),
        };
        let now = Arc::new(FenceSet::new(all));
        Ok(Self { newest, now, same, before, changes, sets: Mutex::default() })
    }

    /// Whether nothing has changed since.
    pub(super) async fn are_current(&self, store: &dyn Store) -> Result<bool, StoreError> {
        Ok(newest(store).await? == self.newest)
    }

    /// The fences that held for a fix. A source that carries its own time knows only
    /// today's.
    pub(super) fn of(&self, position: &Position) -> Arc<FenceSet> {
        if position.source.clock.is_wall() { self.at(position.device_time) } else { self.now.clone() }
    }

    /// The fences that held at a time.
    pub(super) fn at(&self, time: Timestamp) -> Arc<FenceSet> {
        let past = self.changes.partition_point(|change| change.0 <= time);
        if past == self.changes.len() {
            return self.now.clone();
        }
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(set) = sets.get(&past) {
            return set.clone();
        }
        if sets.len() >= SETS {
            sets.clear();
        }
        let set = Arc::new(FenceSet::new(self.as_of(past)));
        sets.insert(past, set.clone());
        set
    }

    /// The fences once so many changes had been made.
    fn as_of(&self, past: usize) -> Vec<Geofence> {
        let mut changed: HashMap<&FenceId, Option<&Geofence>> =
            self.changes.iter().map(|(_, fence, _)| (fence, None)).collect();
        for (fence, version) in &self.before {
            changed.insert(fence, version.as_ref());
        }
        for (_, fence, version) in &self.changes[..past] {
            changed.insert(fence, version.as_ref());
        }
        self.same.iter().chain(changed.values().copied().flatten()).cloned().collect()
    }
}

fn query() -> EventQuery {
    let types = ["geofence.updated", "geofence.removed"].map(str::to_owned).into();
    EventQuery { types, ..EventQuery::default() }
}

async fn newest(store: &dyn Store) -> Result<Option<EventId>, StoreError> {
    let page = store.events(&query(), Window { limit: 1, after: None }).await?;
    Ok(page.items.first().map(|event| event.id))
}

fn version(event: &Event) -> Option<(FenceId, Version)> {
    match &event.data {
        EventData::GeofenceUpdated(fence) => Some((fence.id.clone(), Some(fence.clone()))),
        EventData::GeofenceRemoved(fence) => Some((fence.id.clone(), None)),
        _ => None,
    }
}
