//! Where vehicles have stood, and how long: the stops this screen has heard of, and
//! those who stand now.

use std::collections::BTreeMap;

use watchtower_core::domain::{event::Stop, geo::LonLat, id::VehicleKey, live::Motion, time::Timestamp};

use super::Model;

/// Stops kept; the oldest go first.
const MOST: usize = 50_000;

/// Stops that are over, by when they began and whose they were: the log tells some twice.
#[derive(Clone, Debug, Default)]
pub(super) struct Stops(BTreeMap<(Timestamp, VehicleKey), (LonLat, f64)>);

impl Stops {
    /// Hears of a stop; one that goes on says nothing yet.
    pub(super) fn hear(&mut self, vehicle: &VehicleKey, stop: &Stop) {
        let Some(end) = stop.end else { return };
        let seconds = end.seconds_since(stop.start).max(0.0);
        self.0.insert((stop.start, vehicle.clone()), (stop.point, seconds));
        if self.0.len() > MOST {
            self.0.pop_first();
        }
    }
}

impl Model {
    /// Where somebody has stood or stands, and how many seconds. A silent vehicle may be
    /// anywhere by now.
    pub fn stays(&self, wall: Timestamp) -> Vec<(LonLat, f64)> {
        let mut stays: Vec<(LonLat, f64)> = self.stops.0.values().copied().collect();
        let vehicles = self.vehicles.values().zip(self.nows(wall));
        stays.extend(vehicles.filter_map(|(vehicle, now)| match vehicle.motion {
            Motion::Idle | Motion::Parked => {
                Some((vehicle.position.point, now.seconds_since(vehicle.since).max(0.0)))
            }
            Motion::Moving | Motion::Offline => None,
        }));
        stays
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tests::fleet::{self, at, event, key};
    use watchtower_core::domain::event::EventData;

    #[test]
    fn a_stop_told_twice_counts_once_and_one_that_goes_on_by_who_stands() {
        let mut model = Model::default();
        let stop = |end: Option<i64>| Stop {
            start: at(-600),
            end: end.map(at),
            point: LonLat::new(3.4, 6.5).unwrap(),
        };
        model.take_past(event("T1", -300, EventData::StopEnded(stop(Some(-300)))));
        model.take_event(event("T1", -300, EventData::StopEnded(stop(Some(-300)))));
        model.take_event(event("T2", -600, EventData::StopStarted(stop(None))));
        assert_eq!(model.stays(at(0)), [(LonLat::new(3.4, 6.5).unwrap(), 300.0)]);
        model.take_fix(&key("T3"), fleet::position(-120, (3.5, 6.6), 0.0));
        model.take_event(fleet::motion_changed("T3", -120, Motion::Parked));
        assert_eq!(model.stays(at(0))[1], (LonLat::new(3.5, 6.6).unwrap(), 120.0));
        model.take_event(fleet::motion_changed("T3", -60, Motion::Moving));
        assert_eq!(model.stays(at(0)).len(), 1);
    }
}
