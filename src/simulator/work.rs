//! A truck's work: which trip it gets, and the steps it takes to do it.

use std::{collections::VecDeque, time::Duration};

use watchtower_core::domain::{
    id::{Derivation, TripId},
    time::Timestamp,
    trip::{Trip, TripStatus},
};

use super::{
    chance::Chance,
    container, fleet,
    scenery::{PlaceId, PlaceKind, Scenery},
    traffic,
    truck::Truck,
    world::World,
};

/// One thing to do.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Step {
    /// Go there; `rested`: without another night on the way.
    Drive { to: PlaceId, rested: bool },
    /// Stand where you are.
    Stand { seconds: i64, engine: bool },
    /// Something happened to the trip.
    Mark(Mark),
}

/// What can happen to a trip.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mark {
    Departed,
    Arrived,
    Offloaded,
    Returned,
    Cancelled,
}

/// How often trucks are sent where.
const TERMINALS: [(&str, f64); 8] = [
    ("apapa-port", 0.30),
    ("apapa-north", 0.12),
    ("tin-can-port", 0.27),
    ("lekki-port", 0.12),
    ("lilypond", 0.08),
    ("kirikiri", 0.04),
    ("ikorodu-port", 0.05),
    ("airport-cargo", 0.02),
];

/// Plans the next trip and how to do it. What the truck does not know is how
/// long the queue will be.
pub(super) fn plan(truck: &mut Truck, world: &mut World) {
    let now = truck.clock;
    let chance = &mut truck.chance;
    let terminal = place_of(&world.scenery, chance.weighted(&TERMINALS));
    let client = pick_client(chance, &world.scenery);
    let (pickup, delivery, cargo) = chance.weighted(&[
        ((terminal, client, "import"), 0.72),
        ((client, terminal, "export"), 0.18),
        ((terminal, client, "empty for export"), 0.10),
    ]);
    let rest = rest_before_work(now, truck.night_driver, chance);
    let loading = chance.seconds(25 * 60, 95 * 60);
    let approach = world.route(truck.place, pickup).seconds;
    let queue_guess = if pickup == terminal { 2_400.0 } else { 300.0 };
    let estimate = now + rest + ((approach * 1.3 + queue_guess) as i64) + loading;
    // Dispatchers write quarters of an hour.
    let scheduled = (estimate / 900 + 1) * 900;

    let mut steps = VecDeque::from([
        Step::Stand { seconds: rest, engine: false },
        Step::Drive { to: pickup, rested: false },
    ]);
    handle_container(&mut steps, loading, chance);
    if chance.happens(0.02) {
        steps.push_back(Step::Mark(Mark::Cancelled));
    } else {
        steps.push_back(Step::Mark(Mark::Departed));
        steps.push_back(Step::Drive { to: delivery, rested: false });
        steps.push_back(Step::Mark(Mark::Arrived));
        handle_container(&mut steps, chance.seconds(40 * 60, 150 * 60), chance);
        steps.push_back(Step::Mark(Mark::Offloaded));
        steps.push_back(Step::Drive { to: truck.home, rested: false });
        steps.push_back(Step::Mark(Mark::Returned));
    }
    truck.steps = steps;
    let trip = write_down(truck, &world.scenery, pickup, delivery, cargo, scheduled);
    truck.new_trip(trip, world);
}

/// Loading and offloading: wait for the crane with the engine running, some for
/// longer than anybody likes, then stand while it works.
fn handle_container(steps: &mut VecDeque<Step>, seconds: i64, chance: &mut Chance) {
    let waiting =
        if chance.happens(0.15) { chance.seconds(25 * 60, 50 * 60) } else { chance.seconds(120, 900) };
    steps.push_back(Step::Stand { seconds: waiting, engine: true });
    steps.push_back(Step::Stand { seconds, engine: false });
    steps.push_back(Step::Stand { seconds: chance.seconds(60, 420), engine: true });
}

/// Day drivers sleep until before dawn; everybody rests between trips.
fn rest_before_work(now: i64, night_driver: bool, chance: &mut Chance) -> i64 {
    let rest = chance.seconds(25 * 60, 140 * 60);
    if night_driver || !is_night(now + rest) {
        return rest;
    }
    until_morning(now, chance)
}

/// Whether day drivers are off the road.
pub(super) fn is_night(second: i64) -> bool {
    !(4.5..21.5).contains(&traffic::local_hour(second))
}

/// Seconds until somewhere between half past four and seven.
pub(super) fn until_morning(now: i64, chance: &mut Chance) -> i64 {
    let hour = traffic::local_hour(now);
    let to_dawn = (28.5 - hour).rem_euclid(24.0);
    (to_dawn * 3_600.0) as i64 + chance.seconds(0, 9_000)
}

/// Clients near the port get more than those in Ibadan.
fn pick_client(chance: &mut Chance, scenery: &Scenery) -> PlaceId {
    let port = scenery.roads.point(scenery.places[place_of(scenery, "apapa-port")].node);
    let near = |id: PlaceId| {
        let away = scenery.roads.point(scenery.places[id].node).distance(port).get();
        (id, 1.0 / (1.0 + away / 40_000.0))
    };
    let clients: Vec<(PlaceId, f64)> = scenery.of_kind(PlaceKind::Client).map(near).collect();
    chance.weighted(&clients)
}

fn place_of(scenery: &Scenery, fence: &str) -> PlaceId {
    let found = scenery.places.iter().position(|place| place.fence.as_str() == fence);
    found.expect("the terminals named in the source are in the scenery")
}

fn write_down(
    truck: &mut Truck,
    scenery: &Scenery,
    pickup: PlaceId,
    delivery: PlaceId,
    cargo: &str,
    scheduled: i64,
) -> Trip {
    let chance = &mut truck.chance;
    let scheduled_departure = Timestamp::from_millis(scheduled * 1_000);
    let letter = |chance: &mut Chance| char::from(b'A' + chance.index(26) as u8);
    let readable_id = format!(
        "{}-{}-{}{}{:02}",
        scheduled_departure
            .plus(Duration::from_secs(traffic::LAGOS_OFFSET_S as u64))
            .to_utc()
            .format("%d/%b/%Y"),
        truck.number,
        letter(chance),
        letter(chance),
        chance.index(100),
    );
    let derivation = Derivation {
        kind: "trip",
        key: truck.key.as_str(),
        subject: &readable_id,
        start: scheduled_departure,
        phase: "",
        revision: 0,
    };
    let client = if scenery.places[pickup].kind == PlaceKind::Client { pickup } else { delivery };
    let weight =
        if cargo == "empty for export" { chance.between(2.2, 4.0) } else { chance.between(9.0, 28.0) };
    let id = TripId(derivation.uuid());
    let ends = (scenery.places[pickup].fence.clone(), scenery.places[delivery].fence.clone());
    Trip {
        loconav_id: Some(chance.seconds(200_000, 999_999).to_string()),
        driver: Some(truck.driver),
        client: Some(fleet::client_id(scenery.places[client].fence.as_str())),
        container: Some(container::number(chance)),
        cargo_type: Some(cargo.to_owned()),
        weight_t: Some((weight * 10.0).round() / 10.0),
        readable_id,
        ..Trip::planned(id, truck.key.clone(), ends, scheduled_departure)
    }
}

/// What a mark makes of a trip.
pub(super) fn apply(mark: Mark, trip: &mut Trip, at: Timestamp) {
    match mark {
        Mark::Departed => (trip.status, trip.departed_at) = (TripStatus::Ongoing, Some(at)),
        Mark::Arrived => trip.arrived_at = Some(at),
        Mark::Offloaded => (trip.status, trip.offloaded_at) = (TripStatus::Completed, Some(at)),
        Mark::Returned => trip.returned_at = Some(at),
        Mark::Cancelled => trip.status = TripStatus::Cancelled,
    }
}
