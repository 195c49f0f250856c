//! What is left of a trip's way, and when it will be done.

use std::time::Duration;

use watchtower_core::domain::{geo::LonLat, geofence::Geofence, time::Timestamp, trip::Trip, units::Metres};

use super::{Model, vehicle::Vehicle};

/// Roads are longer than the straight line by about this.
const DETOUR: f64 = 1.3;
/// Slower than this it hardly drove, km/h.
const DRIVEN_KMH: f64 = 5.0;

/// What is left of a way.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Left {
    /// In a straight line.
    pub straight: Metres,
    /// Going on as lately; none when it hardly drove.
    pub eta: Option<Timestamp>,
}

impl Model {
    /// Where a trip is picked up and where it goes, as far as their fences are known.
    pub fn ends(&self, trip: &Trip) -> [Option<LonLat>; 2] {
        [&trip.pickup, &trip.delivery].map(|fence| self.fences.get(fence).and_then(Geofence::middle))
    }

    /// What is left for a vehicle to a place.
    pub fn left(&self, vehicle: &Vehicle, to: LonLat, wall: Timestamp) -> Left {
        let straight = to.distance(vehicle.position.point);
        let eta = mean_speed(vehicle).map(|speed| {
            let hours = straight.get() / 1_000.0 * DETOUR / speed;
            self.now_of(&vehicle.key, wall).plus(Duration::from_secs_f64(hours * 3_600.0))
        });
        Left { straight, eta }
    }

    /// The trip the selected truck's way is shown of: the one picked, while it is not
    /// over and that truck's; else the one it is on.
    pub fn trip_shown<'a>(&'a self, vehicle: &Vehicle, picked: Option<&'a Trip>) -> Option<&'a Trip> {
        let picked = picked.filter(|trip| trip.vehicle == vehicle.key && !trip.status.is_over());
        picked.or_else(|| self.trip_of(vehicle))
    }
}

/// The mean of the speeds driven lately, km/h.
fn mean_speed(vehicle: &Vehicle) -> Option<f64> {
    let speeds = vehicle.trail.speeds().iter().map(|(_, speed)| f64::from(*speed));
    let driven: Vec<f64> = speeds.filter(|speed| *speed > DRIVEN_KMH).collect();
    (driven.len() >= 3).then(|| driven.iter().sum::<f64>() / driven.len() as f64)
}
