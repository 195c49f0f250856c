//! A vehicle's day in figures, as operations ask for them.

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::{
    domain::{
        history::DayFigures,
        time::Timestamp,
        trip::{Trip, TripStatus},
    },
    ports::{
        history::{TruckMetric, Uncounted},
        store::Span,
    },
};

/// A local day as a span; `None` at the end of the calendar.
pub fn span_of(day: NaiveDate, zone: Tz) -> Option<Span> {
    let from = Timestamp::start_of_day(day, zone)?;
    Some(Span { from, to: Timestamp::start_of_day(day.succ_opt()?, zone)? })
}

/// The metric of a day that is over.
///
/// `trips` are those that were to depart, were offloaded or returned on it; a departure
/// is in time up to `patience_s` after its schedule; trips called off do not count. A vehicle that has not been heard
/// of since its last fix was offline for the rest of the day.
pub fn metric(
    of: &Uncounted,
    span: Span,
    figures: Option<&DayFigures>,
    is_over: bool,
    trips: &[Trip],
    patience_s: f64,
    alerts: u32,
) -> TruckMetric {
    let within = |time: Option<Timestamp>| time.filter(|time| span.from <= *time && *time < span.to);
    let silent_s = match (is_over, of.until) {
        (false, Some(until)) => span.to.seconds_since(until.max(span.from)).max(0.0),
        _ => 0.0,
    };
    let mut metric = TruckMetric {
        date: of.day,
        vehicle: of.vehicle.to_string(),
        alerts,
        offline_s: silent_s,
        ..TruckMetric::default()
    };
    if let Some(day) = figures {
        metric.distance_m = day.distance_m;
        metric.moving_s = day.moving_s;
        metric.idle_s = day.idle_s;
        metric.stopped_s = day.stationary_s - day.idle_s;
        metric.offline_s += day.offline_s;
        metric.max_speed_kmh = day.max_speed_kmh.get();
    }
    for trip in trips.iter().filter(|trip| trip.status != TripStatus::Cancelled) {
        if within(Some(trip.scheduled_departure)).is_some() {
            metric.trips += 1;
            if let Some(departed) = trip.departed_at {
                metric.departed += 1;
                let delay = departed.seconds_since(trip.scheduled_departure);
                metric.on_time += u32::from(delay <= patience_s);
            }
        }
        metric.completed += u32::from(within(trip.offloaded_at).is_some());
        if let (Some(returned), Some(departed)) = (within(trip.returned_at), trip.departed_at) {
            metric.returned += 1;
            metric.tat_s += returned.seconds_since(departed).max(0.0);
        }
    }
    metric
}

#[cfg(test)]
mod tests {
    use chrono_tz::Africa::Lagos;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        id::{FenceId, TripId, VehicleKey},
        units::{Kmh, Metres},
    };

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text, Lagos).unwrap()
    }

    fn trip(scheduled: &str, moments: [Option<&str>; 3]) -> Trip {
        let [departed_at, offloaded_at, returned_at] = moments.map(|moment| moment.map(at));
        let ends = (FenceId::new("apapa"), FenceId::new("ikeja"));
        let planned = Trip::planned(TripId(Uuid::nil()), VehicleKey::new("T1").unwrap(), ends, at(scheduled));
        Trip { departed_at, offloaded_at, returned_at, ..planned }
    }

    #[test]
    fn a_trip_counts_on_the_day_of_each_of_its_moments() {
        let day = NaiveDate::from_ymd_opt(2025, 4, 2).unwrap();
        let vehicle = VehicleKey::new("T1").unwrap();
        let of = Uncounted {
            vehicle: vehicle.clone(),
            day,
            until: Some(at("2025-04-02 20:00")),
            changes: 1,
            is_new: true,
        };
        let figures = DayFigures {
            vehicle,
            date: day,
            distance_m: Metres(1_000.0),
            moving_s: 100.0,
            stationary_s: 50.0,
            idle_s: 20.0,
            offline_s: 5.0,
            max_speed_kmh: Kmh(61.0),
        };
        let trips = [
            // Yesterday's, back today after 20 hours.
            trip(
                "2025-04-01 08:00",
                [Some("2025-04-01 09:00"), Some("2025-04-01 20:00"), Some("2025-04-02 05:00")],
            ),
            // Two hours after its schedule is in time, a second more is not.
            trip("2025-04-02 06:00", [Some("2025-04-02 08:00"), Some("2025-04-02 12:00"), None]),
            trip("2025-04-02 07:00", [Some("2025-04-02 09:00:01"), None, None]),
            trip("2025-04-02 23:59", [None, None, None]),
            Trip { status: TripStatus::Cancelled, ..trip("2025-04-02 12:00", [None, None, None]) },
        ];
        let span = span_of(day, Lagos).unwrap();
        let told = metric(&of, span, Some(&figures), false, &trips, 7200.0, 3);
        assert_eq!((told.trips, told.departed, told.on_time), (3, 2, 1));
        assert_eq!((told.completed, told.returned, told.tat_s), (1, 1, 20.0 * 3600.0));
        assert_eq!((told.idle_s, told.stopped_s, told.alerts), (20.0, 30.0, 3));
        assert_eq!(told.offline_s, 5.0 + 4.0 * 3600.0, "silent since eight in the evening");
        assert_eq!(metric(&of, span, Some(&figures), true, &trips, 7200.0, 3).offline_s, 5.0);
    }
}
