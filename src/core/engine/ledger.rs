//! What a vehicle did since the local midnight: how far, how long in which way,
//! how fast. A way across midnight is split in proportion to time.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::step::nearest;
use crate::domain::{
    history::{DayFigures, Record},
    id::VehicleKey,
    time::Timestamp,
    units::{Kmh, Metres},
};

/// Of a longer silence only the first and the last day are told of: nobody drove
/// a clock that is wrong by years.
const LONGEST_SILENCE_MS: i64 = 400 * 24 * 3_600_000;

/// How a vehicle spent the time between two fixes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Pace {
    /// On the move.
    Moving,
    /// Standing with the ignition on.
    Idle,
    /// Standing otherwise.
    Stopped,
    /// Silent for so long that nobody knows.
    Offline,
}

/// What is counted between two fixes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// Metres counted, which may be fewer than those between the fixes.
    pub(super) metres: f64,
    pub(super) pace: Pace,
    /// The speed it was made at, where it follows from the way, km/h.
    pub(super) speed: Option<f64>,
}

/// One vehicle's day so far.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Ledger {
    metres: f64,
    /// The midnight the day ends with, in minutes since 1970.
    day_end_min: u32,
    moving_ms: u32,
    idle_ms: u32,
    stopped_ms: u32,
    offline_ms: u32,
    /// Thousandths of a kilometre an hour.
    top: u32,
}

impl Ledger {
    /// Metres since the local midnight.
    pub(super) fn today_m(&self) -> f64 {
        self.metres
    }

    /// Metres driven today, and the seconds spent driving them.
    pub(super) fn moving(&self) -> (f64, f64) {
        (self.metres, f64::from(self.moving_ms) / 1000.0)
    }

    /// The first fix, or one whose way from the last is not known.
    pub(super) fn begin(&mut self, at: Timestamp, book: &mut Book<'_>) {
        if at >= self.day_end() {
            self.close(book);
            self.open(at, book.days);
        }
    }

    /// Counts what lies between two fixes, closing each day that ends within.
    pub(super) fn count(&mut self, stretch: Stretch, book: &mut Book<'_>) {
        let Stretch { from, to, metres, pace, speed } = stretch;
        self.hurry(speed.unwrap_or_default());
        if to < self.day_end() {
            self.metres += metres;
            self.spend(pace, to.millis() - from.millis());
            return;
        }
        let whole = (to.millis() - from.millis()) as f64;
        let mut at = from;
        while self.day_end() <= to {
            let end = self.day_end().max(at);
            let spent = end.millis() - at.millis();
            self.metres += if whole > 0.0 { metres * spent as f64 / whole } else { 0.0 };
            self.spend(pace, spent);
            self.close(book);
            let silent = to.millis() - end.millis() > LONGEST_SILENCE_MS;
            at = if silent { book.days.of(to).0 } else { end };
            self.open(at, book.days);
            self.hurry(speed.unwrap_or_default());
        }
        let spent = to.millis() - at.millis();
        self.metres += if whole > 0.0 { metres * spent as f64 / whole } else { metres };
        self.spend(pace, spent);
    }

    /// Takes a speed, km/h, into the day's highest.
    pub(super) fn hurry(&mut self, speed: f64) {
        self.top = self.top.max(nearest(speed * 1000.0).clamp(0, u32::MAX.into()) as u32);
    }

    fn spend(&mut self, pace: Pace, millis: i64) {
        let spent = match pace {
            Pace::Moving => &mut self.moving_ms,
            Pace::Idle => &mut self.idle_ms,
            Pace::Stopped => &mut self.stopped_ms,
            Pace::Offline => &mut self.offline_ms,
        };
        // A local day has at most 25 hours.
        *spent = spent.saturating_add(u32::try_from(millis).unwrap_or_default());
    }

    fn day_end(&self) -> Timestamp {
        Timestamp::from_millis(i64::from(self.day_end_min) * 60_000)
    }

    fn open(&mut self, at: Timestamp, days: &mut Days) {
        let (_, end) = days.of(at);
        // No zone has had a midnight between two minutes since 1972.
        let minutes = (end.millis() + 59_999).div_euclid(60_000);
        let day_end_min = u32::try_from(minutes).expect("the calendar ends with the year 9999");
        *self = Self { day_end_min, ..Self::default() };
    }

    fn close(&self, book: &mut Book<'_>) {
        if let Some(day) = self.figures(book.vehicle, book.days.zone) {
            book.records.push(Record::Day(day));
        }
    }

    /// The day so far; none before the first fix.
    pub(super) fn figures(&self, vehicle: &VehicleKey, zone: Tz) -> Option<DayFigures> {
        if self.day_end_min == 0 {
            return None;
        }
        let last_moment = Timestamp::from_millis(self.day_end().millis() - 1);
        let seconds = |millis: u32| f64::from(millis) / 1000.0;
        Some(DayFigures {
            vehicle: vehicle.clone(),
            date: last_moment.local_date(zone),
            distance_m: Metres(self.metres).rounded(),
            moving_s: seconds(self.moving_ms),
            stationary_s: seconds(self.idle_ms) + seconds(self.stopped_ms),
            idle_s: seconds(self.idle_ms),
            offline_s: seconds(self.offline_ms),
            max_speed_kmh: Kmh(f64::from(self.top) / 1000.0),
        })
    }
}

/// Where a day that is over goes.
pub(super) struct Book<'a> {
    pub(super) vehicle: &'a VehicleKey,
    pub(super) days: &'a mut Days,
    pub(super) records: &'a mut Vec<Record>,
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
            self.start = Timestamp::start_of_day(date, self.zone).unwrap_or(time);
            self.end = date
                .succ_opt()
                .and_then(|next| Timestamp::start_of_day(next, self.zone))
                .filter(|end| *end > time)
                .unwrap_or_else(|| time.plus(a_day));
        }
        (self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text, chrono_tz::UTC).unwrap()
    }

    /// Days that closed over these stretches, then the day so far.
    fn days(stretches: &[(f64, &str, &str)]) -> Vec<DayFigures> {
        let (vehicle, mut days) = (VehicleKey::new("T1").unwrap(), Days::new(chrono_tz::Africa::Lagos));
        let (mut ledger, mut records) = (Ledger::default(), Vec::new());
        for (number, (metres, from, to)) in stretches.iter().enumerate() {
            let mut book = Book { vehicle: &vehicle, days: &mut days, records: &mut records };
            let (from, to) = (at(from), at(to));
            if number == 0 {
                ledger.begin(from, &mut book);
            }
            let pace = if *metres > 0.0 { Pace::Moving } else { Pace::Offline };
            ledger.count(Stretch { from, to, metres: *metres, pace, speed: Some(*metres) }, &mut book);
        }
        records.extend(ledger.figures(&vehicle, days.zone).map(Record::Day));
        records
            .into_iter()
            .map(|record| match record {
                Record::Day(day) => day,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn a_way_across_midnight_is_split_by_time() {
        // Midnight in Lagos is 23:00 UTC.
        let days = days(&[
            (500.0, "2025-04-01T21:00:00Z", "2025-04-01T22:45:00Z"),
            (1000.0, "2025-04-01T22:45:00Z", "2025-04-01T23:05:00Z"),
            (100.0, "2025-04-01T23:05:00Z", "2025-04-02T22:59:59.999Z"),
            (7.0, "2025-04-02T22:59:59.999Z", "2025-04-02T23:00:00Z"),
        ]);
        let told: Vec<_> = days.iter().map(|day| (day.date.to_string(), day.distance_m.get())).collect();
        let expected = [("2025-04-01", 1250.0), ("2025-04-02", 357.0), ("2025-04-03", 0.0)];
        assert_eq!(told, expected.map(|(date, metres)| (date.to_owned(), metres)));
        assert_eq!(days[0].moving_s, 2.0 * 3600.0);
        assert_eq!(days[1].moving_s, 24.0 * 3600.0);
        assert_eq!(days[1].max_speed_kmh, Kmh(1000.0), "made on both sides of midnight");
    }

    #[test]
    fn every_day_of_a_long_silence_is_told_of() {
        let days = days(&[(0.0, "2025-04-01T12:00:00Z", "2025-04-04T12:00:00Z")]);
        let offline: Vec<_> = days.iter().map(|day| day.offline_s / 3600.0).collect();
        assert_eq!(offline, [11.0, 24.0, 24.0, 13.0]);
    }

    #[test]
    fn a_clock_that_is_wrong_by_centuries_does_not_flood_history() {
        let days = days(&[(0.0, "2025-04-01T12:00:00Z", "9999-12-31T12:00:00Z")]);
        assert_eq!(days.len(), 2);
        assert_eq!(days[1].offline_s / 3600.0, 13.0);
    }
}
