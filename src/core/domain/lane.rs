//! Lanes: pairs of places that trips go between, how long past trips took, and where
//! they drove.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    band::Band,
    id::{FenceId, VehicleKey},
    time::Timestamp,
    trip::Trip,
};

/// From where to where.
pub type Ends = (FenceId, FenceId);

/// The lanes known, by their ends.
pub type Lanes = BTreeMap<Ends, Lane>;

/// What past trips of a lane say of the way from departure to arrival.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Lane {
    /// Where trips are picked up.
    pub pickup: FenceId,
    /// Where they go.
    pub delivery: FenceId,
    /// How many trips it is learned from.
    pub trips: u32,
    /// One of ten took no longer than this, seconds.
    pub early_s: f64,
    /// Half of them did.
    pub usual_s: f64,
    /// Nine of ten did.
    pub late_s: f64,
    /// Where they drove, if that is known of enough of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<Band>,
}

impl Lane {
    /// Fewer past trips than this say nothing of the next.
    pub const LEAST: usize = 5;

    /// From where to where.
    pub fn ends(&self) -> Ends {
        (self.pickup.clone(), self.delivery.clone())
    }
}

/// A past trip's way: whose, from when to when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PastDrive {
    /// The truck.
    pub vehicle: VehicleKey,
    /// When it left the pickup.
    pub departed: Timestamp,
    /// When it reached the delivery.
    pub arrived: Timestamp,
}

/// Gathers past trips, newest first.
#[derive(Debug, Default)]
pub struct Learner(BTreeMap<Ends, Past>);

#[derive(Debug, Default)]
struct Past {
    times: Vec<f64>,
    drives: Vec<PastDrive>,
}

impl Learner {
    /// Past trips of one lane that count; older ones went by other roads.
    const MOST: usize = 200;
    /// Past trips of one lane whose way is looked at, the newest.
    const DRIVES: usize = 20;

    /// Hears of a trip; one that has not arrived says nothing.
    pub fn hear(&mut self, trip: &Trip) {
        let (Some(departed), Some(arrived)) = (trip.departed_at, trip.arrived_at) else { return };
        let seconds = arrived.seconds_since(departed);
        if seconds > 0.0 {
            let past = self.0.entry((trip.pickup.clone(), trip.delivery.clone())).or_default();
            if past.times.len() < Self::MOST {
                past.times.push(seconds);
            }
            if past.drives.len() < Self::DRIVES {
                past.drives.push(PastDrive { vehicle: trip.vehicle.clone(), departed, arrived });
            }
        }
    }

    /// What they say, and the drives, newest first, that can say where they went.
    pub fn lanes(self) -> Vec<(Lane, Vec<PastDrive>)> {
        let lane = |((pickup, delivery), Past { mut times, drives }): (Ends, Past)| {
            times.sort_by(f64::total_cmp);
            let lane = Lane {
                pickup,
                delivery,
                trips: u32::try_from(times.len()).unwrap_or(u32::MAX),
                early_s: quantile(&times, 0.1),
                usual_s: quantile(&times, 0.5),
                late_s: quantile(&times, 0.9),
                band: None,
            };
            (lane, drives)
        };
        self.0.into_iter().filter(|(_, past)| past.times.len() >= Lane::LEAST).map(lane).collect()
    }
}

/// A quantile of sorted numbers by linear interpolation (type 7 of Hyndman and Fan,
/// "Sample Quantiles in Statistical Packages", 1996), to the second.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    (sorted[below] + (sorted[above] - sorted[below]) * place.fract()).round()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::id::TripId;

    fn trip(delivery: &str, minutes: Option<i64>) -> Trip {
        let at = |minutes: i64| Timestamp::from_millis(minutes * 60_000);
        let ends = (FenceId::new("apapa"), FenceId::new(delivery));
        let planned = Trip::planned(TripId(Uuid::nil()), VehicleKey::new("T1").unwrap(), ends, at(0));
        Trip { departed_at: Some(at(100)), arrived_at: minutes.map(|minutes| at(100 + minutes)), ..planned }
    }

    #[test]
    fn a_lane_is_known_from_five_trips_on_by_its_quantiles() {
        let mut learner = Learner::default();
        for minutes in [50, 40, 60, 45, 120] {
            learner.hear(&trip("ikeja", Some(minutes)));
        }
        learner.hear(&trip("ikeja", None));
        (0..4).for_each(|_| learner.hear(&trip("sagamu", Some(90))));
        let lanes = learner.lanes();
        let [(lane, drives)] = lanes.as_slice() else { panic!("{lanes:?}") };
        assert_eq!(drives.len(), 5);
        assert_eq!((lane.delivery.as_str(), lane.trips), ("ikeja", 5));
        // 40, 45, 50, 60, 120: four tenths of the way from 40 to 45, and from 60 to 120.
        assert_eq!((lane.early_s, lane.usual_s, lane.late_s), (42.0 * 60.0, 50.0 * 60.0, 96.0 * 60.0));
    }
}
