//! Instants, and the shapes in which devices write them.

use std::{fmt, time::Duration};

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, SecondsFormat, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant: milliseconds since 1970-01-01T00:00:00Z. Written as RFC 3339 in
/// UTC with three decimals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// Why a text or number is no instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// None of the known shapes.
    #[error(
        "unreadable time {text:?}: expected RFC 3339, epoch seconds or milliseconds, or dd-mm-yyyy hh:mm:ss"
    )]
    Unreadable {
        /// What was found.
        text: String,
    },
    /// Outside the years 1970 to 9999.
    #[error("time {text} is out of range")]
    OutOfRange {
        /// What was found.
        text: String,
    },
    /// A local time skipped by a change of the clocks.
    #[error("local time {text:?} does not exist in {zone}")]
    Skipped {
        /// What was found.
        text: String,
        /// The zone it was read in.
        zone: String,
    },
}

/// Numbers from here on are epoch milliseconds, below seconds: the year 5138 as
/// seconds, 1973 as milliseconds.
const FIRST_MILLIS: f64 = 1e11;
/// 9999-12-31T23:59:59.999Z, the last instant RFC 3339 can write.
const LAST: i64 = 253_402_300_799_999;

/// Shapes of a time without a zone, as devices and sheets write them.
const LOCAL_SHAPES: [&str; 7] = [
    "%d-%m-%Y %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%d/%m/%Y %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%d-%m-%Y %H:%M",
];

impl Timestamp {
    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Seconds from `earlier` to `self`; negative when `self` is the earlier.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        (self.0 - earlier.0) as f64 / 1000.0
    }

    /// The instant `duration` later.
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The instant `duration` earlier.
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The nearest instant on the calendar: see [`Timestamp::is_on_calendar`].
    pub fn clamped(self) -> Self {
        Self(self.0.clamp(0, LAST))
    }

    /// Whether it lies in the years 1970 to 9999, as every parsed time does.
    pub const fn is_on_calendar(self) -> bool {
        self.0 >= 0 && self.0 <= LAST
    }

    /// As chrono's type, for calendars.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }

    /// From a number as JSON or a query string carries it: epoch seconds or
    /// milliseconds, told apart by size.
    pub fn from_epoch(number: f64) -> Result<Self, TimeError> {
        let millis = if number.abs() < FIRST_MILLIS { number * 1000.0 } else { number };
        if !(0.0..=LAST as f64).contains(&millis) {
            return Err(TimeError::OutOfRange { text: number.to_string() });
        }
        Ok(Self(millis.round() as i64))
    }

    /// From any shape devices write; a time without a zone is read in `zone`.
    ///
    /// A local time that a change of the clocks repeats is taken as the earlier
    /// instant.
    pub fn parse(text: &str, zone: Tz) -> Result<Self, TimeError> {
        let text = text.trim();
        if let Ok(number) = text.parse::<f64>() {
            return Self::from_epoch(number);
        }
        let millis = match DateTime::parse_from_rfc3339(text)
            .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f %z"))
            .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        {
            Ok(instant) => instant.timestamp_millis(),
            Err(_) => Self::parse_local(text, zone)?,
        };
        if !(0..=LAST).contains(&millis) {
            return Err(TimeError::OutOfRange { text: text.to_owned() });
        }
        Ok(Self(millis))
    }

    /// The same of what people write: a day alone is its local midnight.
    pub fn parse_or_midnight(text: &str, zone: Tz) -> Result<Self, TimeError> {
        let day = text.trim().parse().ok().and_then(|day| Self::start_of_day(day, zone));
        day.filter(|midnight| midnight.is_on_calendar()).map_or_else(|| Self::parse(text, zone), Ok)
    }

    fn parse_local(text: &str, zone: Tz) -> Result<i64, TimeError> {
        let local = LOCAL_SHAPES
            .iter()
            .find_map(|shape| NaiveDateTime::parse_from_str(text, shape).ok())
            .ok_or_else(|| TimeError::Unreadable { text: text.chars().take(64).collect() })?;
        match zone.from_local_datetime(&local) {
            LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => {
                Ok(instant.timestamp_millis())
            }
            LocalResult::None => Err(TimeError::Skipped { text: text.to_owned(), zone: zone.to_string() }),
        }
    }

    /// The calendar day of this instant in `zone`.
    pub fn local_date(self, zone: Tz) -> NaiveDate {
        self.to_utc().with_timezone(&zone).date_naive()
    }

    /// The first instant of a local day; some zones change their clocks at midnight.
    pub fn start_of_day(date: NaiveDate, zone: Tz) -> Option<Self> {
        (0..4)
            .filter_map(|hour| date.and_hms_opt(hour, 0, 0))
            .find_map(|time| zone.from_local_datetime(&time).earliest())
            .map(|instant| Self(instant.timestamp_millis()))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(instant: DateTime<Utc>) -> Self {
        Self(instant.timestamp_millis())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_utc().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return i64::deserialize(deserializer).map(Self);
        }
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        DateTime::parse_from_rfc3339(&text)
            .map(|instant| Self(instant.timestamp_millis()))
            .map_err(|_| de::Error::custom(format!("{text:?} is no RFC 3339 time")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAGOS: Tz = chrono_tz::Africa::Lagos;

    #[test]
    fn every_shape_devices_write_is_read() {
        let cases = [
            ("17-12-2021 09:57:07", "2021-12-17T08:57:07.000Z"),
            ("2021-12-17T09:57:07", "2021-12-17T08:57:07.000Z"),
            ("2021-12-17 09:57:07.250", "2021-12-17T08:57:07.250Z"),
            ("2021-12-17T09:57:07Z", "2021-12-17T09:57:07.000Z"),
            ("2022-08-09T14:47:44.000+05:30", "2022-08-09T09:17:44.000Z"),
            ("2021-12-17 09:57:07 +0100", "2021-12-17T08:57:07.000Z"),
            ("1639731427", "2021-12-17T08:57:07.000Z"),
            ("1639731427123", "2021-12-17T08:57:07.123Z"),
            (" 1639731427.5 ", "2021-12-17T08:57:07.500Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(Timestamp::parse(text, LAGOS).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_named() {
        for text in ["", "yesterday", "NaN", "inf", "-5", "32-13-2021 09:57:07", "1e300"] {
            let error = Timestamp::parse(text, LAGOS).unwrap_err().to_string();
            assert!(error.contains("time"), "{text}: {error}");
        }
        let skipped = Timestamp::parse("2024-03-31 02:30:00", chrono_tz::Europe::Berlin).unwrap_err();
        assert!(matches!(skipped, TimeError::Skipped { .. }));
    }

    #[test]
    fn a_day_alone_is_its_local_midnight_and_seconds_may_be_left_out() {
        let read =
            |text| Timestamp::parse_or_midnight(text, chrono_tz::Africa::Lagos).map(|at| at.to_string());
        assert_eq!(read("2025-04-02").unwrap(), "2025-04-01T23:00:00.000Z");
        assert_eq!(read("2025-04-02T00:00:00Z").unwrap(), "2025-04-02T00:00:00.000Z");
        assert_eq!(read("2025-04-02T06:30").unwrap(), "2025-04-02T05:30:00.000Z");
        assert!(read("1969-12-31").is_err() && read("2025-04-31").is_err());
    }

    #[test]
    fn a_day_whose_midnight_does_not_exist_begins_at_one() {
        // Beirut moved its clocks from 0:00 to 1:00 on 2024-03-31.
        let day = NaiveDate::from_ymd_opt(2024, 3, 31).unwrap();
        let start = Timestamp::start_of_day(day, chrono_tz::Asia::Beirut).unwrap();
        assert_eq!(start.to_string(), "2024-03-30T22:00:00.000Z");
    }

    #[test]
    fn json_round_trips_to_the_millisecond() {
        let at = Timestamp::from_millis(1_639_731_427_123);
        let json = serde_json::to_string(&at).unwrap();
        assert_eq!(json, "\"2021-12-17T08:57:07.123Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), at);
    }
}
