//! A moment as a dispatcher types it: `tomorrow 8am`, `17:30`, `mon 6`, `+90m`,
//! `2 apr 08:00`. Pure; now and the fleet's zone are arguments.

use std::time::Duration;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Weekday};
use chrono_tz::Tz;
use watchtower_core::domain::time::Timestamp;

/// Further ahead nobody plans by hand.
const FURTHEST: Duration = Duration::from_secs(400 * 86_400);

/// What is offered before anything is typed.
pub const EXAMPLES: [&str; 4] = ["+1h", "today 17:00", "tomorrow 6am", "mon 8:30"];

/// The moment a text means; why it means none, otherwise.
///
/// A time of day alone is the next one to come, a weekday the next such day, a date
/// without a year the next such date.
///
/// # Errors
///
/// A word that is neither day nor time, in words.
pub fn parse(text: &str, now: Timestamp, zone: Tz) -> Result<Timestamp, String> {
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return Err("when? tomorrow 8am, 17:30, +2h".to_owned());
    }
    if let Some(ahead) = text.strip_prefix('+').or_else(|| text.strip_prefix("in ")) {
        return Ok(now.plus(span(ahead)?));
    }
    if let Ok(exact) = Timestamp::parse(&text.to_uppercase(), zone)
        && text.len() > 10
    {
        return Ok(exact);
    }
    let local = now.to_utc().with_timezone(&zone).naive_local();
    let (mut day, mut time, mut month, mut number) = (None, None, None, None);
    for word in text.split([' ', ',']).filter(|word| !matches!(*word, "" | "at" | "on" | "the")) {
        if let Some(named) = named_day(word, local.date()) {
            day = Some(named);
        } else if let Ok(date) = NaiveDate::parse_from_str(word, "%Y-%m-%d") {
            day = Some(date);
        } else if let Some(found) = month_of(word) {
            month = Some(found);
        } else if let Some(found) = time_of(word, number.is_some() || day.is_some() || month.is_some()) {
            time = Some(found);
        } else if let Ok(found) = word.trim_end_matches(['s', 't', 'n', 'd', 'r', 'h', '.']).parse::<u32>() {
            number = Some(found);
        } else {
            return Err(format!("{word:?} is neither a day nor a time"));
        }
    }
    // `2 apr 8`: the second number is the hour.
    if let (Some(month), Some(number)) = (month, number) {
        day = Some(next_date(local.date(), month, number).ok_or("there is no such date".to_owned())?);
    } else if let (Some(hour), None) = (number, time) {
        time = NaiveTime::from_hms_opt(hour, 0, 0);
        if time.is_none() {
            return Err(format!("{hour} is no hour"));
        }
    } else if month.is_some() || number.is_some() {
        return Err("which day of which month?".to_owned());
    }
    let moment = match (day, time) {
        (Some(day), Some(time)) => day.and_time(time),
        (None, Some(time)) if time > local.time() => local.date().and_time(time),
        (None, Some(time)) => next(local.date()).and_time(time),
        (Some(_), None) => return Err("at what time?".to_owned()),
        (None, None) => return Err("when? tomorrow 8am, 17:30, +2h".to_owned()),
    };
    let moment = in_zone(moment, zone).ok_or("the clocks skip that time".to_owned())?;
    if moment.seconds_since(now) > FURTHEST.as_secs_f64() {
        return Err("that is more than a year ahead".to_owned());
    }
    Ok(moment)
}

fn in_zone(moment: NaiveDateTime, zone: Tz) -> Option<Timestamp> {
    zone.from_local_datetime(&moment).earliest().map(|found| found.to_utc().into())
}

fn next(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}

/// `90m`, `2h`, `1h30`, `1.5h`, `2 h`.
fn span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no span like 90m, 2h, 1h30");
    let text: String = text.split_whitespace().collect();
    let end = text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let letters = unit.find(|c: char| !c.is_alphabetic()).unwrap_or(unit.len());
    let (unit, rest) = unit.split_at(letters);
    let minutes = match unit {
        "" | "m" | "min" | "mins" | "minutes" => number,
        "h" | "hour" | "hours" => number * 60.0,
        "d" | "day" | "days" => number * 1_440.0,
        _ => return Err(wrong()),
    };
    let more: f64 = match rest.trim_end_matches('m') {
        "" => 0.0,
        rest => rest.parse().map_err(|_| wrong())?,
    };
    let seconds = (minutes + more) * 60.0;
    if !(0.0..=FURTHEST.as_secs_f64()).contains(&seconds) {
        return Err(wrong());
    }
    Ok(Duration::from_secs_f64(seconds))
}

fn named_day(word: &str, today: NaiveDate) -> Option<NaiveDate> {
    match word {
        "today" | "tonight" => return Some(today),
        "tomorrow" | "tom" | "tmr" => return Some(next(today)),
        _ => {}
    }
    // Three letters at least: `m` could be anything.
    let weekday: Weekday = (word.len() >= 3).then(|| word.parse().ok()).flatten()?;
    let ahead = (7 + weekday.num_days_from_monday() - today.weekday().num_days_from_monday()) % 7;
    today.checked_add_days(Days::new(if ahead == 0 { 7 } else { ahead.into() }))
}

fn month_of(word: &str) -> Option<u32> {
    let month: chrono::Month = (word.len() >= 3).then(|| word.parse().ok()).flatten()?;
    Some(month.number_from_month())
}

fn next_date(today: NaiveDate, month: u32, day: u32) -> Option<NaiveDate> {
    let this = NaiveDate::from_ymd_opt(today.year(), month, day);
    match this {
        Some(date) if date >= today => Some(date),
        _ => NaiveDate::from_ymd_opt(today.year() + 1, month, day),
    }
}

/// `8am`, `8:30pm`, `17:30`, `1730`, `noon`; a bare `8` only where a day was named before.
fn time_of(word: &str, after_a_day: bool) -> Option<NaiveTime> {
    match word {
        "noon" => return NaiveTime::from_hms_opt(12, 0, 0),
        "midnight" => return NaiveTime::from_hms_opt(0, 0, 0),
        _ => {}
    }
    let (digits, half) = match (word.strip_suffix("am"), word.strip_suffix("pm")) {
        (Some(digits), _) => (digits, Some(0)),
        (_, Some(digits)) => (digits, Some(12)),
        (None, None) => (word, None),
    };
    let (hour, minute) = match digits.split_once([':', 'h', '.']) {
        Some((hour, "")) => (hour.parse().ok()?, 0),
        Some((hour, minute)) if minute.len() == 2 => (hour.parse().ok()?, minute.parse().ok()?),
        Some(_) => return None,
        None if digits.len() == 4 => (digits.get(..2)?.parse().ok()?, digits.get(2..)?.parse().ok()?),
        None if half.is_some() || after_a_day => (digits.parse().ok()?, 0),
        None => return None,
    };
    let hour: u32 = hour;
    match half {
        Some(_) if !(1..=12).contains(&hour) => None,
        Some(half) => NaiveTime::from_hms_opt(hour % 12 + half, minute, 0),
        None => NaiveTime::from_hms_opt(hour, minute, 0),
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Africa::Lagos;
    use proptest::prelude::*;

    use super::*;

    /// Tuesday 1 April 2025, 14:32 in Lagos.
    fn now() -> Timestamp {
        Timestamp::parse("2025-04-01 14:32", Lagos).unwrap()
    }

    fn check(text: &str, expected: &str) {
        let found = parse(text, now(), Lagos).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(found, Timestamp::parse(expected, Lagos).unwrap(), "{text}");
    }

    #[test]
    fn dispatchers_words_are_moments() {
        check("tomorrow 8am", "2025-04-02 08:00");
        check("Tomorrow at 08:30", "2025-04-02 08:30");
        check("8am", "2025-04-02 08:00");
        check("17:30", "2025-04-01 17:30");
        check("today 5pm", "2025-04-01 17:00");
        check("tonight 11pm", "2025-04-01 23:00");
        check("12am", "2025-04-02 00:00");
        check("noon", "2025-04-02 12:00");
        check("tomorrow 12pm", "2025-04-02 12:00");
        check("mon 8", "2025-04-07 08:00");
        check("tuesday 6:15", "2025-04-08 06:15");
        check("2 apr 8", "2025-04-02 08:00");
        check("1 mar 9am", "2026-03-01 09:00");
        check("april 3rd 0600", "2025-04-03 06:00");
        check("2025-04-05 7:00", "2025-04-05 07:00");
        check("2025-04-05T07:00:00+01:00", "2025-04-05 07:00");
        check("+90m", "2025-04-01 16:02");
        check("in 2 hours", "2025-04-01 16:32");
        check("+1h30", "2025-04-01 16:02");
        check("16", "2025-04-01 16:00");
    }

    #[test]
    fn what_is_no_moment_says_why() {
        for (text, word) in [
            ("", "when"),
            ("tomorrow", "what time"),
            ("soon", "soon"),
            ("25:00", "25:00"),
            ("31 feb 8am", "no such date"),
            ("+2w", "span"),
            ("99", "no hour"),
            ("2027-01-01 8am", "a year"),
        ] {
            let error = parse(text, now(), Lagos).unwrap_err();
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_moment_or_an_error(text in "\\PC{0,24}", words in "[0-9a-z :+-]{0,20}") {
            let _ = parse(&text, now(), Lagos);
            let _ = parse(&words, now(), Lagos);
        }
    }
}
