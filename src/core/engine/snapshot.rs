//! The engine's whole state as bytes, and back. What follows from the rules and
//! the fences at hand is not stored.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Engine, FenceSet, Rules, fleet::Fleet, queue::Arrival, sources::Sources, vehicle::Vehicle, visits::Orphan,
};
use crate::domain::id::{FenceId, VehicleKey};

/// Marks the bytes as ours, and of which shape. Change it with any change of the
/// state; an engine then starts over from the log.
const MARK: &[u8; 8] = b"wt-eng-6";

/// Why a snapshot cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Written by another version, or damaged.
    #[error("engine snapshot unreadable: {reason}")]
    Unreadable {
        /// What is wrong.
        reason: String,
    },
}

#[derive(Serialize)]
struct Out<'a> {
    sources: &'a Sources,
    fences: Vec<(u32, &'a FenceId, &'a str)>,
    orphans: Vec<(&'a VehicleKey, &'a Orphan)>,
    vehicles: &'a [Vehicle],
    waiting: Vec<(u32, Arrival)>,
}

#[derive(Deserialize)]
struct In {
    sources: Sources,
    fences: Vec<(u32, FenceId, String)>,
    orphans: Vec<(VehicleKey, Orphan)>,
    vehicles: Vec<Vehicle>,
    waiting: Vec<(u32, Arrival)>,
}

fn unreadable(reason: impl Into<String>) -> SnapshotError {
    SnapshotError::Unreadable { reason: reason.into() }
}

pub(super) fn write(engine: &Engine) -> Vec<u8> {
    let vehicles = engine.fleet.vehicles();
    let mut used: Vec<u32> = vehicles.iter().flat_map(|vehicle| vehicle.state.visits.fences()).collect();
    used.sort_unstable();
    used.dedup();
    let fences = used
        .into_iter()
        .map(|index| {
            let fence = engine.fences.get(index);
            (index, &fence.id, fence.name.as_str())
        })
        .collect();
    let orphans =
        engine.orphans.iter().map(|(vehicle, orphan)| (&vehicles[*vehicle as usize].key, orphan)).collect();
    let waiting = (0..)
        .zip(vehicles)
        .flat_map(|(number, vehicle)| vehicle.queue.waiting(&engine.pool).map(move |one| (number, *one)))
        .collect();
    let out = Out { sources: &engine.sources, fences, orphans, vehicles, waiting };
    let mut bytes = MARK.to_vec();
    bytes = postcard::to_extend(&out, bytes)
        .expect("a growing vector takes every byte, and no length is unknown");
    let sum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes
}

pub(super) fn read(rules: Arc<Rules>, fences: Arc<FenceSet>, bytes: &[u8]) -> Result<Engine, SnapshotError> {
    let Some((body, sum)) = bytes.split_last_chunk::<4>() else {
        return Err(unreadable(format!("{} bytes are too few", bytes.len())));
    };
    let Some(state) = body.strip_prefix(MARK) else {
        return Err(unreadable("written by another version, or not a snapshot"));
    };
    if crc32fast::hash(body) != u32::from_le_bytes(*sum) {
        return Err(unreadable("damaged: the checksum does not match"));
    }
    let stored: In = postcard::from_bytes(state).map_err(|error| unreadable(error.to_string()))?;
    let mut engine = Engine::new(rules, fences);
    engine.sources = stored.sources;
    engine.fleet = Fleet::from_vehicles(stored.vehicles);
    engine.assign_rules();
    for (number, arrival) in stored.waiting {
        if (number as usize) < engine.fleet.vehicles().len() {
            engine.fleet.get_mut(number).queue.wait(arrival, &mut engine.pool);
        }
    }
    for (key, orphan) in stored.orphans {
        if let Some(vehicle) = engine.fleet.find(key.as_str()) {
            engine.orphans.push((vehicle, orphan));
        }
    }
    let place = |index: u32| {
        let known = stored.fences.binary_search_by_key(&index, |(index, ..)| *index).ok();
        known.map(|place| &stored.fences[place])
    };
    engine.renumber(
        |fences, index| place(index).and_then(|(_, id, _)| fences.index_of(id)),
        |index| {
            place(index)
                .map_or_else(|| (FenceId::new(""), String::new()), |(_, id, name)| (id.clone(), name.clone()))
        },
    );
    Ok(engine)
}
