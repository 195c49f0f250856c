//! Distance covered since the local midnight.

use chrono::{NaiveDate, TimeZone};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::domain::time::Timestamp;

/// One vehicle's distance today.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Odometer {
    metres: f64,
    /// The midnight the day ends with.
    day_end: Timestamp,
}

impl Odometer {
    /// Metres since the local midnight.
    pub(super) fn today_m(&self) -> f64 {
        self.metres
    }

    /// Counts a way; one across midnight is split in proportion to time.
    pub(super) fn count(&mut self, metres: f64, from: Timestamp, to: Timestamp, days: &mut Days) {
        if to < self.day_end {
            self.metres += metres;
            return;
        }
        let (start, end) = days.of(to);
        let seconds = to.seconds_since(from);
        let share = if from >= start || seconds <= 0.0 { 1.0 } else { to.seconds_since(start) / seconds };
        self.metres = metres * share;
        self.day_end = end;
    }
}

/// The local day last asked for.
#[derive(Debug)]
pub(super) struct Days {
    zone: Tz,
    start: Timestamp,
    end: Timestamp,
}

impl Days {
    pub(super) fn new(zone: Tz) -> Self {
        Self { zone, start: Timestamp::default(), end: Timestamp::default() }
    }

    /// The local day an instant falls on: its midnight and the next.
    fn of(&mut self, time: Timestamp) -> (Timestamp, Timestamp) {
        if time < self.start || time >= self.end {
            let date = time.local_date(self.zone);
            let a_day = std::time::Duration::from_secs(24 * 3600);
            self.start = midnight(date, self.zone).unwrap_or(time);
            self.end = date
                .succ_opt()
                .and_then(|next| midnight(next, self.zone))
                .filter(|end| *end > time)
                .unwrap_or_else(|| time.plus(a_day));
        }
        (self.start, self.end)
    }
}

/// The first instant of a local day; some zones change their clocks at midnight.
fn midnight(date: NaiveDate, zone: Tz) -> Option<Timestamp> {
    (0..4)
        .filter_map(|hour| date.and_hms_opt(hour, 0, 0))
        .find_map(|time| zone.from_local_datetime(&time).earliest())
        .map(|instant| Timestamp::from_millis(instant.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text, chrono_tz::UTC).unwrap()
    }

    #[test]
    fn a_way_across_midnight_is_split_by_time() {
        let mut days = Days::new(chrono_tz::Africa::Lagos);
        let mut odometer = Odometer::default();
        odometer.count(500.0, at("2025-04-01T21:00:00Z"), at("2025-04-01T22:00:00Z"), &mut days);
        assert_eq!(odometer.today_m(), 500.0);
        // Midnight in Lagos is 23:00 UTC.
        odometer.count(1000.0, at("2025-04-01T22:45:00Z"), at("2025-04-01T23:05:00Z"), &mut days);
        assert_eq!(odometer.today_m(), 250.0);
        odometer.count(100.0, at("2025-04-01T23:05:00Z"), at("2025-04-02T22:59:59.999Z"), &mut days);
        assert_eq!(odometer.today_m(), 350.0);
        odometer.count(7.0, at("2025-04-02T22:59:59.999Z"), at("2025-04-02T23:00:00Z"), &mut days);
        assert_eq!(odometer.today_m(), 0.0);
    }

    #[test]
    fn a_day_whose_midnight_does_not_exist_begins_at_one() {
        // Beirut moved its clocks from 0:00 to 1:00 on 2024-03-31.
        let beirut = chrono_tz::Asia::Beirut;
        assert_eq!(
            midnight(NaiveDate::from_ymd_opt(2024, 3, 31).unwrap(), beirut),
            Some(at("2024-03-30T22:00:00Z"))
        );
    }
}
