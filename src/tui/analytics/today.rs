//! What the live picture says of a day that is not over, and so not counted.

use chrono_tz::Tz;
use watchtower_core::domain::{live::Motion, time::Timestamp, trip::Trip};

use super::Figure;
use crate::tui::model::Model;

/// The day so far, as far as the screen knows it.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Today {
    /// Share of the vehicles that move now, in percent.
    moving: Option<f64>,
    /// From departure to return, of the trips that have returned, seconds.
    turnaround: Option<f64>,
    /// Metres.
    distance: f64,
    trips: u32,
    alerts: u32,
}

impl Today {
    /// What a fleet has done since midnight.
    pub fn of(model: &Model, now: Timestamp, zone: Tz) -> Self {
        let day = now.local_date(zone);
        let is_today = |at: Option<Timestamp>| at.is_some_and(|at| at.local_date(zone) == day);
        let counts = model.counts();
        let share = |part: usize| 100.0 * part as f64 / counts.total as f64;
        let round = |trip: &Trip| {
            let back = trip.returned_at.filter(|back| is_today(Some(*back)))?;
            Some(back.seconds_since(trip.departed_at?))
        };
        let rounds: Vec<f64> = model.trips.values().filter_map(round).collect();
        let trips = model.trips.values().filter(|trip| is_today(trip.offloaded_at)).count();
        let alerts = model.alerts.entries().iter().filter(|entry| is_today(Some(entry.alert.start))).count();
        Self {
            moving: (counts.total > 0).then(|| share(counts.by_motion[Motion::Moving as usize])),
            turnaround: (!rounds.is_empty()).then(|| rounds.iter().sum::<f64>() / rounds.len() as f64),
            distance: model.vehicles.readings().iter().map(|reading| reading.today).sum(),
            trips: u32::try_from(trips).unwrap_or(u32::MAX),
            alerts: u32::try_from(alerts).unwrap_or(u32::MAX),
        }
    }

    /// A figure of the day so far, to stand beside those of whole days. What is known of
    /// the moment alone is none; see [`Today::told`].
    pub fn figure(&self, figure: Figure) -> Option<f64> {
        match figure {
            Figure::Utilisation | Figure::Idle => None,
            Figure::Turnaround => self.turnaround,
            Figure::Distance => Some(self.distance),
            Figure::Trips => Some(f64::from(self.trips)),
            Figure::Alerts => Some(f64::from(self.alerts)),
        }
    }

    /// The same in words: `today 320 km`, `now 48 % moving`.
    pub fn told(&self, figure: Figure) -> Option<String> {
        match (figure, self.figure(figure)) {
            (_, Some(value)) => Some(format!("today {}", figure.told(value))),
            (Figure::Utilisation, None) => Some(format!("now {:.0} % moving", self.moving?)),
            (_, None) => None,
        }
    }
}
