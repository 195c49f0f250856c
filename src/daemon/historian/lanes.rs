//! What past trips say of the next, once a day: into the master data, where engines
//! find it.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use tracing::info;
use watchtower_core::{
    domain::{
        band::{Band, BandLearner},
        lane::{Lane, Learner, PastDrive},
    },
    ports::{
        log::{Log, Meta},
        store::{Span, Store, Window},
    },
};

use super::HistorianError;

/// Trips looked at, the newest: no fleet's lanes need more.
const TRIPS: usize = 200_000;
/// Trips asked for at once.
const PAGE: u32 = 1_000;
/// Fixes asked for at once: most trips have fewer.
const FIXES: u32 = 5_000;
/// The boundaries of both yards are crossed between two fixes: the outer ones are part
/// of the way, too.
const GATES: Duration = Duration::from_secs(120);

/// Learns from the trips in the store; writes what is different.
pub(super) async fn learn(log: &dyn Log, store: &dyn Store) -> Result<(), HistorianError> {
    let (mut learner, mut seen, mut after) = (Learner::default(), 0, None);
    while seen < TRIPS {
        let page = store.trips(Window { limit: PAGE, after }).await?;
        seen += page.items.len();
        page.items.iter().for_each(|trip| learner.hear(trip));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let mut lanes = Vec::new();
    for (lane, drives) in learner.lanes() {
        lanes.push(Meta::Lane(Lane { band: band(store, &drives).await?, ..lane }));
    }
    let known: HashMap<String, Lane> = log.meta().await?.into_iter().filter_map(known).collect();
    let fields: HashSet<String> = lanes.iter().map(Meta::field).collect();
    let gone: Vec<String> = known.keys().filter(|field| !fields.contains(*field)).cloned().collect();
    let is_new = |lane: &Meta| matches!(lane, Meta::Lane(new) if known.get(&lane.field()) != Some(new));
    let new: Vec<Meta> = lanes.into_iter().filter(is_new).collect();
    if !gone.is_empty() {
        log.remove_meta(&gone).await?;
    }
    if !new.is_empty() {
        info!(lanes = new.len(), trips = seen, "learned from past trips");
        log.put_meta(&new).await?;
    }
    Ok(())
}

/// Where these drives went, if that is still stored of enough of them.
async fn band(store: &dyn Store, drives: &[PastDrive]) -> Result<Option<Band>, HistorianError> {
    let mut learner = BandLearner::default();
    for drive in drives {
        let span = Span { from: drive.departed.minus(GATES), to: drive.arrived.plus(GATES) };
        let (mut way, mut after) = (Vec::new(), None);
        loop {
            let page = store.positions(&drive.vehicle, span, Window { limit: FIXES, after }).await?;
            way.extend(page.items.into_iter().map(|position| position.point));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        learner.hear(&way);
    }
    Ok(learner.band().filter(|band| band.trips() as usize >= Lane::LEAST))
}

fn known(record: Meta) -> Option<(String, Lane)> {
    let field = record.field();
    match record {
        Meta::Lane(lane) => Some((field, lane)),
        Meta::Geofence(_) | Meta::Truck(_) | Meta::Driver(_) | Meta::Organization(_) | Meta::Trip(_) => None,
    }
}
