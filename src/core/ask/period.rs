//! Words of time as spans of it, in the fleet's zone: `yesterday`, `since 6am`, `last
//! week`, `between 6 and 9`, `on 2 April`.

use std::time::Duration;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime, TimeZone, Weekday};
use chrono_tz::Tz;

use super::words::Word;
use crate::{domain::time::Timestamp, ports::store::Span};

/// What time it is, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clock {
    /// Now.
    pub now: Timestamp,
    /// The fleet's zone: its days are meant.
    pub zone: Tz,
}

/// A span of time that was asked about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Period {
    /// From when to when; it may end after now.
    pub span: Span,
    /// The local days it is made of, the second exclusive; none where it is of hours.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// What it is called in a sentence: `yesterday`, `since 06:00`.
    pub words: String,
}

/// What words of time mean.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum When {
    Period(Period),
    Moment(Timestamp),
}

/// Longer ago nobody asks by the hour.
const MOST_HOURS: u64 = 24 * 400;

impl Clock {
    /// The local day it is.
    pub fn today(&self) -> NaiveDate {
        self.now.local_date(self.zone)
    }

    /// Whole local days, the second exclusive.
    pub fn days(&self, from: NaiveDate, to: NaiveDate, words: impl Into<String>) -> Period {
        let at = |day| Timestamp::start_of_day(day, self.zone).unwrap_or(self.now);
        Period { span: Span { from: at(from), to: at(to) }, days: Some((from, to)), words: words.into() }
    }

    /// The present day.
    pub fn this_day(&self) -> Period {
        self.days(self.today(), plus(self.today(), 1), "today")
    }

    /// So many days up to and with today.
    pub fn last_days(&self, count: u64) -> Period {
        let to = plus(self.today(), 1);
        self.days(minus(to, count), to, format!("in the last {count} days"))
    }

    fn at(&self, day: NaiveDate, time: NaiveTime) -> Option<Timestamp> {
        let found = self.zone.from_local_datetime(&day.and_time(time)).earliest()?;
        Some(found.to_utc().into())
    }

    fn hours(&self, span: Span, words: String) -> Option<Period> {
        (span.from < span.to).then_some(Period { span, days: None, words })
    }
}

fn plus(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}

fn minus(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

/// A local day and what it is called.
struct Named {
    day: NaiveDate,
    words: String,
}

/// The time that words begin with, and how many of them tell it.
pub(super) fn read(words: &[Word], clock: Clock) -> Option<(When, usize)> {
    let skipped =
        usize::from(words.len() > 1 && matches!(word(words, 0), "in" | "for" | "over" | "during" | "on"));
    let rest = &words[skipped..];
    let skipped = skipped + usize::from(rest.len() > 1 && word(rest, 0) == "the");
    let rest = &words[skipped..];
    let period = |(period, length)| (When::Period(period), length);
    let (found, length) = since(rest, clock)
        .or_else(|| between(rest, clock))
        .or_else(|| until(rest, clock))
        .or_else(|| part_of_day(rest, clock))
        .map(period)
        .or_else(|| moment(rest, clock))
        .or_else(|| spans(rest, clock).map(period))
        .or_else(|| {
            let (named, length) = day(rest, clock)?;
            let words = named.words;
            Some(period((clock.days(named.day, plus(named.day, 1), words), length)))
        })?;
    Some((found, length + skipped))
}

fn word(words: &[Word], place: usize) -> &str {
    words.get(place).map_or("", |word| word.folded.as_str())
}

/// `since 6am`, `since yesterday`, `since 6am yesterday`, `after 14:00`.
fn since(words: &[Word], clock: Clock) -> Option<(Period, usize)> {
    if !matches!(word(words, 0), "since" | "after" | "from") {
        return None;
    }
    let is_from = word(words, 0) == "from";
    let rest = &words[1..];
    let to = plus_second(clock.now);
    if let Some((time, used)) = time(rest, true) {
        let (named, more) = day(&rest[used..], clock).map_or((None, 0), |(named, more)| (Some(named), more));
        // `from 6 to 9` is read elsewhere.
        if is_from && matches!(word(rest, used + more), "to" | "until" | "till") {
            return None;
        }
        let of = named.as_ref().map_or(clock.today(), |named| named.day);
        let words = format!(
            "since {}{}",
            time.format("%H:%M"),
            named.map_or_else(String::new, |named| format!(" {}", named.words))
        );
        let from = clock.at(of, time)?;
        return Some((clock.hours(Span { from, to }, words)?, 1 + used + more));
    }
    if is_from {
        return None;
    }
    let (named, used) = day(rest, clock)?;
    let to = plus(clock.today(), 1);
    (named.day < to).then(|| (clock.days(named.day, to, format!("since {}", named.words)), 1 + used))
}

/// `between 6 and 9`, `from 6am to 9am yesterday`.
fn between(words: &[Word], clock: Clock) -> Option<(Period, usize)> {
    if !matches!(word(words, 0), "between" | "from") {
        return None;
    }
    let (from, used) = time(&words[1..], true)?;
    let joint = 1 + used;
    if !matches!(word(words, joint), "and" | "to" | "until" | "till") {
        return None;
    }
    let (to, more) = time(&words[joint + 1..], true)?;
    let end = joint + 1 + more;
    let (named, more) = day(&words[end..], clock).map_or((None, 0), |(named, more)| (Some(named), more));
    let of = named.as_ref().map_or(clock.today(), |named| named.day);
    let span = Span { from: clock.at(of, from)?, to: clock.at(of, to)? };
    let of = named.map_or_else(|| "today".to_owned(), |named| named.words);
    let words = format!("{of} from {} to {}", from.format("%H:%M"), to.format("%H:%M"));
    Some((clock.hours(span, words)?, end + more))
}

/// `until 9am`, `before noon`.
fn until(words: &[Word], clock: Clock) -> Option<(Period, usize)> {
    if !matches!(word(words, 0), "until" | "till" | "before") {
        return None;
    }
    let (time, used) = time(&words[1..], true)?;
    let (named, more) = day(&words[1 + used..], clock).map_or((None, 0), |(named, more)| (Some(named), more));
    let of = named.as_ref().map_or(clock.today(), |named| named.day);
    let span = Span { from: Timestamp::start_of_day(of, clock.zone)?, to: clock.at(of, time)? };
    let of = named.map_or_else(|| "today".to_owned(), |named| named.words);
    let words = format!("{of} until {}", time.format("%H:%M"));
    Some((clock.hours(span, words)?, 1 + used + more))
}

/// `this morning`, `yesterday afternoon`, `last night`.
fn part_of_day(words: &[Word], clock: Clock) -> Option<(Period, usize)> {
    let of = match word(words, 0) {
        "this" | "today" => clock.today(),
        "yesterday" | "last" => minus(clock.today(), 1),
        _ => return None,
    };
    let (from, to) = match word(words, 1) {
        "morning" => (0, 12),
        "afternoon" => (12, 18),
        "evening" => (18, 24),
        "night" => (18, 30),
        _ => return None,
    };
    let at = |hour: u32| clock.at(plus(of, u64::from(hour / 24)), NaiveTime::from_hms_opt(hour % 24, 0, 0)?);
    let span = Span { from: at(from)?, to: at(to)? };
    Some((clock.hours(span, format!("{} {}", word(words, 0), word(words, 1)))?, 2))
}

/// `at 9:30`, `at 9am yesterday`, `2 hours ago`.
fn moment(words: &[Word], clock: Clock) -> Option<(When, usize)> {
    if let Some((seconds, used)) = span(words)
        && word(words, used) == "ago"
    {
        let day = matches!(unit(word(words, used - 1)), Some(86_400));
        let at = clock.now.minus(Duration::from_secs(seconds));
        if day {
            let date = at.local_date(clock.zone);
            let period = clock.days(date, plus(date, 1), called(date));
            return Some((When::Period(period), used + 1));
        }
        return Some((When::Moment(at), used + 1));
    }
    let skipped = usize::from(word(words, 0) == "at");
    let (found, used) = time(&words[skipped..], skipped == 1)?;
    let rest = skipped + used;
    let (named, more) = day(&words[rest..], clock).map_or((None, 0), |(named, more)| (Some(named), more));
    let of = named.map_or(clock.today(), |named| named.day);
    Some((When::Moment(clock.at(of, found)?), rest + more))
}

/// `this week`, `last month`, `the last 3 days`, `past 2 hours`.
fn spans(words: &[Word], clock: Clock) -> Option<(Period, usize)> {
    let today = clock.today();
    let week = |of: NaiveDate| minus(of, of.weekday().num_days_from_monday().into());
    let month = |of: NaiveDate| of.with_day(1).unwrap_or(of);
    let first = word(words, 0);
    let days = |from, to, words: &str| Some((clock.days(from, to, words), 2));
    match (first, word(words, 1)) {
        ("this" | "current", "week") => return days(week(today), plus(week(today), 7), "this week"),
        ("this" | "current", "month") => {
            return days(month(today), month(today).checked_add_months(Months::new(1))?, "this month");
        }
        ("last" | "previous", "week") => return days(minus(week(today), 7), week(today), "last week"),
        ("last" | "previous", "month") => {
            return days(month(today).checked_sub_months(Months::new(1))?, month(today), "last month");
        }
        ("next", "week") => return days(plus(week(today), 7), plus(week(today), 14), "next week"),
        _ => {}
    }
    if !matches!(first, "last" | "past" | "previous") {
        return None;
    }
    let (seconds, used) = match unit(word(words, 1)) {
        Some(seconds) => (seconds, 1),
        None => span(&words[1..])?,
    };
    if seconds == 0 || seconds > MOST_HOURS * 3_600 {
        return None;
    }
    if seconds % 86_400 == 0 && seconds > 86_400 {
        let mut period = clock.last_days(seconds / 86_400);
        period.words = format!("in the last {} days", seconds / 86_400);
        return Some((period, 1 + used));
    }
    let span = Span { from: clock.now.minus(Duration::from_secs(seconds)), to: plus_second(clock.now) };
    let words = match (seconds / 3_600, seconds % 3_600) {
        (1, 0) => "in the last hour".to_owned(),
        (hours, 0) => format!("in the last {hours} hours"),
        _ => format!("in the last {} minutes", seconds / 60),
    };
    Some((clock.hours(span, words)?, 1 + used))
}

/// Spans are half open: what happened just now is in them.
fn plus_second(now: Timestamp) -> Timestamp {
    now.plus(Duration::from_secs(1))
}

/// A day by its name or its date.
fn day(words: &[Word], clock: Clock) -> Option<(Named, usize)> {
    let today = clock.today();
    let skipped = usize::from(words.len() > 1 && word(words, 0) == "on");
    let named =
        |day, words: &str, length: usize| Some((Named { day, words: words.to_owned() }, skipped + length));
    let rest = &words[skipped..];
    match word(rest, 0) {
        "today" | "tonight" => return named(today, "today", 1),
        "yesterday" => return named(minus(today, 1), "yesterday", 1),
        "tomorrow" => return named(plus(today, 1), "tomorrow", 1),
        "day" if word(rest, 1) == "before" && word(rest, 2) == "yesterday" => {
            return named(minus(today, 2), "the day before yesterday", 3);
        }
        _ => {}
    }
    let last = usize::from(rest.len() > 1 && matches!(word(rest, 0), "last" | "this" | "past"));
    if let Some(weekday) = weekday(word(rest, last)) {
        let behind = (7 + today.weekday().num_days_from_monday() - weekday.num_days_from_monday()) % 7;
        let behind = if behind == 0 && last == 1 && word(rest, 0) != "this" { 7 } else { behind };
        let date = minus(today, behind.into());
        return named(date, &called(date), last + 1);
    }
    if let Ok(date) = NaiveDate::parse_from_str(word(rest, 0), "%Y-%m-%d") {
        return named(date, &called(date), 1);
    }
    dated(rest, today).and_then(|(date, used)| named(date, &called(date), used))
}

/// `2 april`, `april 2nd`, `2nd of april 2026`: without a year the last such date.
fn dated(words: &[Word], today: NaiveDate) -> Option<(NaiveDate, usize)> {
    let number = |text: &str| {
        let digits = text.strip_suffix("st").or_else(|| text.strip_suffix("nd"));
        let digits = digits.or_else(|| text.strip_suffix("rd")).or_else(|| text.strip_suffix("th"));
        digits.unwrap_or(text).parse::<u32>().ok().filter(|day| (1..=31).contains(day))
    };
    let of = usize::from(word(words, 1) == "of");
    let (date, month, used) = match (number(word(words, 0)), month(word(words, 1 + of))) {
        (Some(date), Some(month)) => (date, month, 2 + of),
        _ => (number(word(words, 1))?, month(word(words, 0))?, 2),
    };
    if let Some(year) = word(words, used).parse().ok().filter(|year| (2000..2100).contains(year)) {
        return Some((NaiveDate::from_ymd_opt(year, month, date)?, used + 1));
    }
    let this = NaiveDate::from_ymd_opt(today.year(), month, date);
    let last = || NaiveDate::from_ymd_opt(today.year() - 1, month, date);
    Some((this.filter(|day| *day <= today).or_else(last)?, used))
}

/// `on Mon 2 Mar`.
fn called(date: NaiveDate) -> String {
    date.format("on %a %-d %b").to_string()
}

fn weekday(text: &str) -> Option<Weekday> {
    // Whole names alone: `sun` and `mon` are other words, too.
    (text.len() >= 6).then(|| text.parse().ok()).flatten()
}

fn month(text: &str) -> Option<u32> {
    let month: chrono::Month = (text.len() >= 3).then(|| text.parse().ok()).flatten()?;
    Some(month.number_from_month())
}

/// `6am`, `6 am`, `6:30`, `18:00`, `noon`; a bare `6` where a time must follow.
fn time(words: &[Word], must: bool) -> Option<(NaiveTime, usize)> {
    let text = word(words, 0);
    match text {
        "noon" | "midday" => return Some((NaiveTime::from_hms_opt(12, 0, 0)?, 1)),
        "midnight" => return Some((NaiveTime::from_hms_opt(0, 0, 0)?, 1)),
        _ => {}
    }
    let (digits, half, used) = match (text.strip_suffix("am"), text.strip_suffix("pm"), word(words, 1)) {
        (Some(digits), _, _) => (digits, Some(0), 1),
        (_, Some(digits), _) => (digits, Some(12), 1),
        (None, None, "am") => (text, Some(0), 2),
        (None, None, "pm") => (text, Some(12), 2),
        (None, None, "o'clock" | "oclock") => (text, None, 2),
        (None, None, _) => (text, None, 1),
    };
    let (hour, minute) = digits.split_once([':', '.']).unwrap_or((digits, "0"));
    if digits == hour && half.is_none() && used == 1 && !must || hour.len() > 2 || minute.len() > 2 {
        return None;
    }
    let hour: u32 = hour.parse().ok()?;
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
        None => hour,
    };
    Some((NaiveTime::from_hms_opt(hour, minute.parse().ok()?, 0)?, used))
}

/// Seconds of `3 days`, `20min`, `an hour`, `half an hour`, and the words they take.
pub(super) fn span(words: &[Word]) -> Option<(u64, usize)> {
    let text = word(words, 0);
    if text == "half" && word(words, 1) == "an" && unit(word(words, 2)) == Some(3_600) {
        return Some((1_800, 3));
    }
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (digits, suffix) = text.split_at(end);
    let number: f64 = match digits.parse() {
        Ok(number) => number,
        Err(_) if suffix == "a" || suffix == "an" => 1.0,
        Err(_) => f64::from(count(suffix)?),
    };
    let (unit, used) = match digits.is_empty() || suffix.is_empty() {
        true => (unit(word(words, 1))?, 2),
        false => (unit(suffix)?, 1),
    };
    let seconds = number * unit as f64;
    (seconds.is_finite() && (0.0..=MOST_HOURS as f64 * 3_600.0).contains(&seconds))
        .then_some((seconds.round() as u64, used))
}

/// A number in letters.
pub(super) fn count(text: &str) -> Option<u32> {
    const NUMBERS: [&str; 12] =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let place = NUMBERS.iter().position(|number| *number == text)?;
    u32::try_from(place + 1).ok()
}

/// Seconds of a unit of time.
fn unit(text: &str) -> Option<u64> {
    Some(match text {
        "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        "week" | "weeks" => 7 * 86_400,
        _ => return None,
    })
}
