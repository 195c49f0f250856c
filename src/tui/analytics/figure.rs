//! What is counted of a day, and how it is told.

use watchtower_core::{domain::units::Metres, ports::history::TruckMetric};

use crate::tui::words;

/// A figure of a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Figure {
    /// Share of the time that was spent moving.
    Utilisation,
    /// From departure to return, the mean of the trips that returned.
    Turnaround,
    /// Distance covered.
    Distance,
    /// Trips completed.
    Trips,
    /// Time standing with the engine on.
    Idle,
    /// Alerts begun.
    Alerts,
}

impl Figure {
    /// Every figure, in the order they are shown.
    pub const ALL: [Self; 6] =
        [Self::Utilisation, Self::Turnaround, Self::Distance, Self::Trips, Self::Idle, Self::Alerts];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utilisation => "utilisation",
            Self::Turnaround => "turnaround",
            Self::Distance => "distance",
            Self::Trips => "trips",
            Self::Idle => "idle",
            Self::Alerts => "alerts",
        }
    }

    /// The same over a column of figures.
    pub const fn head(self) -> &'static str {
        match self {
            Self::Utilisation => "util",
            Self::Turnaround => "TAT",
            Self::Distance => "distance",
            Self::Trips => "trips",
            Self::Idle => "idle",
            Self::Alerts => "alerts",
        }
    }

    /// Of a day, or of several together: percent, seconds, metres, a count, seconds, a
    /// count. None where there is nothing it could be of.
    pub fn of(self, metric: &TruckMetric) -> Option<f64> {
        let whole = metric.moving_s + metric.idle_s + metric.stopped_s + metric.offline_s;
        match self {
            Self::Utilisation => (whole > 0.0).then(|| 100.0 * metric.moving_s / whole),
            Self::Turnaround => (metric.returned > 0).then(|| metric.tat_s / f64::from(metric.returned)),
            Self::Distance => Some(metric.distance_m.get()),
            Self::Trips => Some(f64::from(metric.completed)),
            Self::Idle => Some(metric.idle_s),
            Self::Alerts => Some(f64::from(metric.alerts)),
        }
    }

    /// Of a day, from the figures of `days` days together: shares and means as they are.
    pub fn mean(self, sum: &TruckMetric, days: usize) -> Option<f64> {
        let whole = self.of(sum)?;
        match self {
            Self::Utilisation | Self::Turnaround => Some(whole),
            Self::Distance | Self::Trips | Self::Idle | Self::Alerts => {
                (days > 0).then(|| whole / days as f64)
            }
        }
    }

    /// In words: `62 %`, `6 h 12 min`, `1240 km`, `14`.
    pub fn told(self, value: f64) -> String {
        match self {
            Self::Utilisation => format!("{value:.0} %"),
            Self::Turnaround => words::duration(value),
            Self::Distance => words::distance(Metres(value)),
            Self::Trips | Self::Alerts if value.fract() == 0.0 => format!("{value:.0}"),
            Self::Trips | Self::Alerts => format!("{value:.1}"),
            Self::Idle if value >= 36_000.0 => format!("{:.0} h", value / 3_600.0),
            Self::Idle => format!("{:.1} h", value / 3_600.0),
        }
    }
}
