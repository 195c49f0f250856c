//! What all trucks share: the scenery, the ways through it, the trip book.

use std::{collections::BTreeMap, sync::Arc};

use watchtower_core::domain::{
    id::{FenceId, TripId},
    time::Timestamp,
    trip::Trip,
};

use super::{
    roads::Route,
    scenery::{PlaceId, PlaceKind, Scenery},
};

/// What all trucks share.
pub(super) struct World {
    pub(super) scenery: Scenery,
    /// Ways already found. Bounded by the pairs of places.
    routes: BTreeMap<(PlaceId, PlaceId), Arc<Route>>,
    pub(super) trips: TripBook,
}

impl World {
    pub(super) fn new() -> Self {
        Self { scenery: Scenery::load(), routes: BTreeMap::new(), trips: TripBook::default() }
    }

    /// The way of least time between two places.
    pub(super) fn route(&mut self, from: PlaceId, to: PlaceId) -> Arc<Route> {
        let scenery = &self.scenery;
        let find = || {
            let (from, to) = (scenery.places[from].node, scenery.places[to].node);
            Arc::new(scenery.roads.route(from, to).expect("a test holds that all places are connected"))
        };
        Arc::clone(self.routes.entry((from, to)).or_insert_with(find))
    }

    /// A truck park on the way, when it costs no great detour: not so near that
    /// one could as well have stayed.
    pub(super) fn park_between(&mut self, from: PlaceId, to: PlaceId) -> Option<PlaceId> {
        const DETOUR_M: f64 = 4_000.0;
        const NEAR_M: f64 = 12_000.0;
        let direct = self.route(from, to).length_m;
        let parks: Vec<PlaceId> = self.scenery.of_kind(PlaceKind::TruckPark).collect();
        let mut best: Option<(f64, PlaceId)> = None;
        for park in parks {
            let (there, on) = (self.route(from, park).length_m, self.route(park, to).length_m);
            let fits = there > NEAR_M && on > NEAR_M && there + on < direct + DETOUR_M;
            if fits && best.is_none_or(|(shortest, _)| there < shortest) {
                best = Some((there, park));
            }
        }
        best.map(|(_, park)| park)
    }

    /// The fence of a place.
    pub(super) fn fence(&self, place: PlaceId) -> &FenceId {
        &self.scenery.places[place].fence
    }
}

/// The trips, told as they happen: trucks are simulated a little ahead of what
/// has been handed out.
#[derive(Default)]
pub(super) struct TripBook {
    /// Not yet happened for the caller, by time and order of writing.
    ahead: BTreeMap<(Timestamp, u64), Trip>,
    written: u64,
    /// As of now.
    known: BTreeMap<TripId, Trip>,
    /// Changed since last asked.
    fresh: BTreeMap<TripId, Timestamp>,
}

impl TripBook {
    /// How long a trip that is over stays in the book.
    const KEPT_S: f64 = 36.0 * 3_600.0;

    /// Writes down what becomes true at `at`.
    pub(super) fn write(&mut self, at: Timestamp, trip: Trip) {
        self.ahead.insert((at, self.written), trip);
        self.written += 1;
    }

    /// Makes everything up to `now` known.
    pub(super) fn turn_to(&mut self, now: Timestamp) {
        let mut forget = false;
        while let Some(entry) = self.ahead.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((at, _), trip) = entry.remove_entry();
            self.fresh.insert(trip.id, at);
            self.known.insert(trip.id, trip);
            forget = true;
        }
        if forget {
            let old = |trip: &Trip| {
                let last = trip.returned_at.or(trip.offloaded_at).unwrap_or(trip.scheduled_departure);
                trip.status.is_over() && now.seconds_since(last) > Self::KEPT_S
            };
            self.known.retain(|_, trip| !old(trip));
            self.fresh.retain(|id, _| self.known.contains_key(id));
        }
    }

    /// All that is known.
    pub(super) fn known(&self) -> impl Iterator<Item = &Trip> {
        self.known.values()
    }

    /// What changed since the last call, in order of time.
    pub(super) fn take_fresh(&mut self) -> Vec<Trip> {
        let mut fresh: Vec<(Timestamp, TripId)> =
            std::mem::take(&mut self.fresh).into_iter().map(|(id, at)| (at, id)).collect();
        fresh.sort_unstable();
        fresh.iter().filter_map(|(_, id)| self.known.get(id).cloned()).collect()
    }
}
