//! Numbers and events in a dispatcher's words. Pure; nothing here draws.

use chrono::Timelike;
use chrono_tz::Tz;
use serde_json::Value;
use watchtower_core::domain::{
    alert::{Alert, AlertKind},
    event::{Event, EventData, Flag},
    geo::LonLat,
    time::Timestamp,
    trip::TripStatus,
    units::{Heading, Metres},
};

/// `8s`, `24m`, `3h`, `5d`: at most three cells up to a year.
pub fn age(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", (seconds / 86_400).min(999)),
    }
}

/// `12 s`, `24 min`, `3 h 05`, `5 d 2 h`.
pub fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{minutes} min"),
        3_600..86_400 => format!("{hours} h {minutes:02}"),
        _ => format!("{days} d {hours} h"),
    }
}

/// `14:32` in `zone`.
pub fn hour(at: Timestamp, zone: Tz) -> String {
    let local = at.to_utc().with_timezone(&zone);
    format!("{:02}:{:02}", local.hour(), local.minute())
}

/// `14:32:07` in `zone`.
pub fn second(at: Timestamp, zone: Tz) -> String {
    let local = at.to_utc().with_timezone(&zone);
    format!("{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second())
}

/// `14:32` today, `21 Nov 14:32` on other days.
pub fn moment(at: Timestamp, now: Timestamp, zone: Tz) -> String {
    if at.local_date(zone) == now.local_date(zone) {
        return hour(at, zone);
    }
    at.to_utc().with_timezone(&zone).format("%-d %b %H:%M").to_string()
}

/// `14:32:07` today, `21 Nov` on other days.
pub fn second_or_day(at: Timestamp, now: Timestamp, zone: Tz) -> String {
    if at.local_date(zone) == now.local_date(zone) {
        return second(at, zone);
    }
    at.to_utc().with_timezone(&zone).format("%-d %b").to_string()
}

/// `Wed 2 Apr 08:00`.
pub fn moment_named(at: Timestamp, zone: Tz) -> String {
    at.to_utc().with_timezone(&zone).format("%a %-d %b %H:%M").to_string()
}

/// The zone's short name at an instant: `WAT`, `+04`.
pub fn zone_name(at: Timestamp, zone: Tz) -> String {
    at.to_utc().with_timezone(&zone).format("%Z").to_string()
}

/// `6.4541 N 3.3947 E`.
pub fn coordinates(point: LonLat) -> String {
    let side = |value: f64, plus: &'static str, minus: &'static str| if value < 0.0 { minus } else { plus };
    format!(
        "{:.4} {} {:.4} {}",
        point.lat().abs(),
        side(point.lat(), "N", "S"),
        point.lon().abs(),
        side(point.lon(), "E", "W"),
    )
}

/// `840 m`, `8.4 km`, `84 km`.
pub fn distance(length: Metres) -> String {
    match length.get() {
        m if m < 1_000.0 => format!("{m:.0} m"),
        m if m < 10_000.0 => format!("{:.1} km", m / 1_000.0),
        m => format!("{:.0} km", m / 1_000.0),
    }
}

/// The eighth of the compass a heading points to, 0 = north, clockwise.
pub fn octant(heading: Heading) -> usize {
    ((heading.degrees() + 22.5) / 45.0) as usize % 8
}

/// The octants' names.
pub const OCTANTS: [&str; 8] = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];

/// `harsh braking`: a wire name as words.
pub fn plain(name: &str) -> String {
    name.replace('_', " ")
}

/// What an alert is about, with its figures: `overspeed 74/60 km/h`.
pub fn alert(alert: &Alert) -> String {
    let number = |name: &str| alert.values.get(name).and_then(Value::as_f64);
    let words = plain(alert.kind.name());
    match alert.kind {
        AlertKind::Overspeed => {
            let speed = number("peak_kmh").or_else(|| number("speed_kmh"));
            match (speed, number("limit_kmh")) {
                (Some(speed), Some(limit)) => format!("{words} {speed:.0}/{limit:.0} km/h"),
                (Some(speed), None) => format!("{words} {speed:.0} km/h"),
                (None, _) => words,
            }
        }
        AlertKind::TripDelay => match number("late_s").filter(|late| *late > 0.0) {
            Some(late) => format!("{words} {}", duration(late)),
            None => words,
        },
        AlertKind::GeofenceEntered
        | AlertKind::GeofenceExited
        | AlertKind::GeofenceCrossed
        | AlertKind::Geofence => match (alert.values.get("name").and_then(Value::as_str), &alert.geofence) {
            (Some(name), _) => format!("{words} {name}"),
            (None, Some(fence)) => format!("{words} {fence}"),
            (None, None) => words,
        },
        AlertKind::Idle
        | AlertKind::HarshBraking
        | AlertKind::HarshAcceleration
        | AlertKind::DeviceOffline
        | AlertKind::UnexpectedStop
        | AlertKind::RouteDeviation
        | AlertKind::Ignition
        | AlertKind::Fatigue
        | AlertKind::Overrev
        | AlertKind::AntiTheft
        | AlertKind::Crash
        | AlertKind::DeviceRemoval
        | AlertKind::LowBattery
        | AlertKind::SharpTurn
        | AlertKind::TroubleCode
        | AlertKind::Refueling
        | AlertKind::FuelTheft => words,
    }
}

/// What happened, without the vehicle and the time; `None` for what a
/// dispatcher need not see.
pub fn event(event: &Event) -> Option<String> {
    Some(match &event.data {
        EventData::WebhookReceived(_)
        | EventData::PositionUpdated(_)
        | EventData::AlertReported(_)
        | EventData::Tick(_) => return None,
        EventData::CommandIssued(command) => format!("{} asked: {}", command.by(), plain(command.name())),
        EventData::PositionFlagged(flagged) => {
            let flag = match flagged.flag {
                Flag::Late => "late",
                Flag::Outlier => "outlier",
                Flag::Stale => "stale",
            };
            format!("{flag} fix: {}", flagged.reason)
        }
        EventData::GeofenceEntered(moment) => format!("entered {}", moment.name),
        EventData::VisitConfirmed(moment) => format!("visits {}", moment.name),
        EventData::GeofenceExited(visit) => {
            format!("left {} after {}", visit.name, duration(visit.exit.seconds_since(visit.enter)))
        }
        EventData::GeofenceCrossed(visit) => format!("passed through {}", visit.name),
        EventData::StopStarted(_) => "stopped".to_owned(),
        EventData::StopEnded(stop) => match stop.end {
            Some(end) => format!("moved on after {}", duration(end.seconds_since(stop.start))),
            None => "moved on".to_owned(),
        },
        EventData::DriveEnded(drive) => {
            let (km, took) = (drive.distance_m.get() / 1000.0, drive.end.seconds_since(drive.start));
            format!("drove {km:.1} km in {}", duration(took))
        }
        EventData::TruckStatusChanged(change) => change.to.name().to_owned(),
        EventData::AlertTriggered(raised) => format!("alert: {}", alert(raised)),
        EventData::AlertEscalated(escalation) => format!(
            "{}: nobody took note of {} for {}",
            escalation.to.name(),
            plain(escalation.kind.name()),
            duration(escalation.after_s),
        ),
        EventData::AlertAcknowledged(ack) => match &ack.note {
            Some(note) => format!("alert acknowledged by {}: {note}", ack.by),
            None => format!("alert acknowledged by {}", ack.by),
        },
        EventData::AlertResolved(over) => format!("over: {}", alert(over)),
        EventData::TripCreated(trip) => match trip.status {
            TripStatus::Scheduled => format!("trip planned: {}", trip.readable_id),
            status => format!("trip {}: {}", status.name(), trip.readable_id),
        },
        EventData::TripStatusChanged(change) => match &change.reason {
            Some(reason) => format!("trip {}: {reason}", change.word()),
            None => format!("trip {}", change.word()),
        },
        EventData::HistoryRevised(revision) => format!("history of {} revised", revision.day),
        EventData::SyncCompleted(report) => {
            format!("{} synchronised, {} changed", report.source, report.changed)
        }
        EventData::ErrorOccurred(failure) => format!("{}: {}", failure.component, failure.message),
        EventData::TruckUpdated(_) => "record updated".to_owned(),
        EventData::DriverUpdated(driver) => format!("driver {} updated", driver.name),
        EventData::OrganizationUpdated(organization) => format!("{} updated", organization.name),
        EventData::GeofenceUpdated(fence) => format!("geofence {} updated", fence.name),
        EventData::GeofenceRemoved(fence) => format!("geofence {} removed", fence.id),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_stay_short() {
        let cases = [(-3.0, "0s"), (59.9, "59s"), (60.0, "1m"), (7_200.0, "2h"), (86_400.0 * 9.0, "9d")];
        for (seconds, expected) in cases {
            assert_eq!(age(seconds), expected);
        }
        assert_eq!(age(f64::NAN), "0s");
        assert_eq!(duration(11_100.0), "3 h 05");
    }

    #[test]
    fn another_days_event_tells_its_day() {
        let (zone, now) = (chrono_tz::Africa::Lagos, Timestamp::from_millis(1_743_514_327_000));
        let told =
            |hours: u64| second_or_day(now.minus(std::time::Duration::from_secs(hours * 3_600)), now, zone);
        assert_eq!([told(1), told(20)], ["13:32:07", "31 Mar"]);
    }

    #[test]
    fn headings_name_their_octant() {
        let name = |degrees| OCTANTS[octant(Heading::new(degrees).unwrap())];
        assert_eq!([name(0.0), name(44.0), name(180.0), name(350.0)], ["N", "NE", "S", "N"]);
    }

    #[test]
    fn coordinates_carry_their_side() {
        assert_eq!(coordinates(LonLat::new(-3.39472, 6.45407).unwrap()), "6.4541 N 3.3947 W");
    }
}
