//! By what a past is judged that is played: an engine of one's own, and its clock.

use std::sync::Arc;

use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData, Tick},
        id::{CorrelationId, EventId},
        lane::Lanes,
        position::Clock,
        time::Timestamp,
    },
    engine::{Engine, FenceSet, Groups, Rules},
    ports::log::Meta,
};

/// By what is judged.
#[derive(Debug)]
pub struct Programme {
    /// The rules.
    pub rules: Arc<Rules>,
    /// The fences.
    pub fences: Arc<FenceSet>,
    /// Which groups vehicles are in.
    pub groups: Arc<Groups>,
    /// How long past trips took.
    pub lanes: Arc<Lanes>,
}

impl Programme {
    /// By these rules, and what the books say of fences, groups and lanes.
    pub fn of(rules: Rules, books: &[Meta]) -> Self {
        let (mut fences, mut groups, mut lanes) = (Vec::new(), Groups::new(), Lanes::new());
        for record in books {
            match record {
                Meta::Geofence(fence) => fences.push(fence.clone()),
                Meta::Truck(truck) => drop(groups.insert(truck.key.clone(), truck.groups.clone())),
                Meta::Lane(lane) => {
                    drop(lanes.insert((lane.pickup.clone(), lane.delivery.clone()), lane.clone()));
                }
                Meta::Driver(_) | Meta::Organization(_) | Meta::Trip(_) => {}
            }
        }
        fences.sort_by(|a, b| a.id.cmp(&b.id));
        Self {
            rules: Arc::new(rules),
            fences: Arc::new(FenceSet::new(fences)),
            groups: Arc::new(groups),
            lanes: Arc::new(lanes),
        }
    }

    /// An engine that has heard nothing yet.
    pub fn engine(&self) -> Engine {
        self.equipped(Engine::new(self.rules.clone(), self.fences.clone()))
    }

    /// The engine as it was; a mark of our own is always readable.
    pub(super) fn restored(&self, state: &[u8]) -> Engine {
        let restored = Engine::restore(self.rules.clone(), self.fences.clone(), state);
        self.equipped(restored.expect("this engine wrote it, by the same rules and fences"))
    }

    fn equipped(&self, mut engine: Engine) -> Engine {
        engine.set_groups(self.groups.clone());
        engine.set_lanes(self.lanes.clone());
        engine
    }
}

/// Time passes for the rules, up to `now`.
pub fn tick(now: Timestamp) -> Event {
    Event {
        id: EventId(Uuid::nil()),
        ts: now,
        recorded_at: now,
        key: String::new(),
        correlation_id: CorrelationId(Uuid::nil()),
        data: EventData::Tick(Tick { clock: Clock::Event, now }),
    }
}
