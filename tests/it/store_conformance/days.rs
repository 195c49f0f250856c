//! Days are counted into figures once they are over, again when they change, and trips
//! that are over teach how long the next will take.

use std::sync::Arc;

use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData},
        id::{CorrelationId, FenceId, TripId},
        position::{Position, Source},
        time::Timestamp,
        trip::{Trip, TripStatus},
    },
    ports::{
        history::Uncounted,
        log::{LivePicture as _, Meta},
        store::Store,
    },
};

use super::{
    alerts::overspeed,
    build::{at, event, key, point},
    history::{day, fixes, historian, yard_and_port},
};

fn trip(vehicle: &str, scheduled: &str, departed: &str, offloaded: &str) -> Event {
    let ends = (FenceId::new("yard"), FenceId::new("port"));
    let planned = Trip::planned(TripId(Uuid::new_v4()), key(vehicle), ends, at(scheduled));
    let trip = Trip {
        status: TripStatus::Completed,
        departed_at: Some(at(departed)),
        arrived_at: Some(at(offloaded)),
        offloaded_at: Some(at(offloaded)),
        ..planned
    };
    event(vehicle, scheduled, EventData::TripCreated(trip))
}

pub(crate) async fn a_day_is_counted_once_and_again_when_it_changes(store: Arc<dyn Store>) {
    yard_and_port(&store).await;
    let (historian, _log) = historian(&store).await;
    // 18 and 19 November are over in Lagos, the 20th is not.
    let (late, heard): (Vec<_>, Vec<_>) = fixes("T1", "2026-11-17T23:00:00Z", "2026-11-20T08:00:00Z")
        .into_iter()
        .partition(|fix| fix.ts >= at("2026-11-18T10:15:00Z") && fix.ts < at("2026-11-18T11:30:00Z"));
    store.write(&heard).await.unwrap();
    store.write(&fixes("T2", "2026-11-18T08:00:00Z", "2026-11-18T10:00:00Z")).await.unwrap();
    store
        .write(&[trip("T1", "2026-11-18T08:00:00Z", "2026-11-18T08:30:00Z", "2026-11-18T12:00:00Z")])
        .await
        .unwrap();
    historian.once().await.unwrap();
    let metrics = store.truck_metrics(day("2026-11-01"), day("2026-12-01")).await.unwrap();
    let days: Vec<_> = metrics.iter().map(|metric| (metric.date, metric.vehicle.as_str())).collect();
    assert_eq!(days, [(day("2026-11-18"), "T1"), (day("2026-11-18"), "T2"), (day("2026-11-19"), "T1")]);
    let (first, silent) = (&metrics[0], &metrics[1]);
    let whole = first.moving_s + first.idle_s + first.stopped_s + first.offline_s;
    assert_eq!(whole, 86_400.0, "{first:?}");
    assert_eq!((first.trips, first.departed, first.on_time, first.completed), (1, 1, 1, 1));
    // From its last fix at 10:55 to midnight in Lagos.
    assert_eq!(silent.offline_s, 13.0 * 3600.0 + 300.0);
    assert_eq!(store.uncounted(day("2026-11-20"), 10).await.unwrap(), []);
    assert_eq!(store.uncounted(day("2026-11-21"), 10).await.unwrap().len(), 1, "the day that goes on");

    store.write(&late).await.unwrap();
    historian.once().await.unwrap();
    let again = store.truck_metrics(day("2026-11-18"), day("2026-11-19")).await.unwrap();
    assert!(again[0].distance_m > first.distance_m, "{again:?}");
    let daily = store.daily_metrics(day("2026-11-18"), day("2026-11-19")).await.unwrap();
    assert_eq!((daily.len(), daily[0].vehicles, daily[0].sum.trips), (1, 2, 1));
    assert_eq!(daily[0].sum.distance_m.get(), again[0].distance_m.get() + again[1].distance_m.get());

    // An alert that arrives late is counted, too.
    let before = store.truck_metrics(day("2026-11-18"), day("2026-11-19")).await.unwrap()[0].alerts;
    let alert = overspeed(9, "T1", "2026-11-18T10:00:00Z", None);
    store.write(&[event("T1", "2026-11-20T11:00:00Z", EventData::AlertTriggered(alert))]).await.unwrap();
    historian.once().await.unwrap();
    let after = store.truck_metrics(day("2026-11-18"), day("2026-11-19")).await.unwrap()[0].alerts;
    assert_eq!(after, before + 1);

    // A count of what has changed since is not taken.
    let [unfinished] = &store.uncounted(day("2026-11-21"), 10).await.unwrap()[..] else { panic!() };
    let stale = Uncounted { changes: unfinished.changes - 1, ..unfinished.clone() };
    store.count(&[(stale, again[0].clone())]).await.unwrap();
    assert_eq!(store.uncounted(day("2026-11-21"), 10).await.unwrap(), std::slice::from_ref(unfinished));
}

pub(crate) async fn past_trips_teach_how_long_a_lane_takes(store: Arc<dyn Store>) {
    let (historian, log) = historian(&store).await;
    let lanes = || async {
        let meta = log.meta().await.unwrap();
        let lane = |meta| if let Meta::Lane(lane) = meta { Some((lane.trips, lane.usual_s)) } else { None };
        meta.into_iter().filter_map(lane).collect::<Vec<_>>()
    };
    let trips: Vec<_> = (1..=5)
        .map(|day| {
            let at = |time: &str| format!("2026-11-0{day}T{time}Z");
            trip("T1", &at("08:00:00"), &at("08:00:00"), &at(&format!("09:0{day}:00")))
        })
        .collect();
    store.write(&trips[..4]).await.unwrap();
    historian.once().await.unwrap();
    assert_eq!(lanes().await, [], "four say nothing");
    store.write(&trips).await.unwrap();
    historian.once().await.unwrap();
    assert_eq!(lanes().await, [(5, 63.0 * 60.0)]);
    let version = log.meta_version().await.unwrap();
    historian.once().await.unwrap();
    assert_eq!(log.meta_version().await.unwrap(), version, "what is known is not written again");
}

pub(crate) async fn past_trips_teach_where_a_lane_goes(store: Arc<dyn Store>) {
    yard_and_port(&store).await;
    let (historian, log) = historian(&store).await;
    // Eleven kilometres east in half an hour, a fix every minute; the fifth is silent on the way.
    let drive = |day: u32, silent: bool| {
        let start = at(&format!("2026-11-{day}T08:00:00Z")).millis();
        let minutes = (0..=30).filter(move |minute| !silent || !(10..=20).contains(minute));
        minutes.map(move |minute| {
            let place = point(3.3 + 0.1 * f64::from(minute) / 30.0, 6.5);
            let time = Timestamp::from_millis(start + i64::from(minute) * 60_000);
            let position = Position::bare(place, time, Source::wall("test"));
            Event::position(&key("T1"), position, CorrelationId(Uuid::nil()))
        })
    };
    let went = |day: u32| {
        let at = |time: &str| format!("2026-11-{day}T{time}Z");
        trip("T1", &at("08:00:00"), &at("08:00:00"), &at("08:30:00"))
    };
    let band = || async {
        let meta = log.meta().await.unwrap().into_iter();
        let mut lanes = meta.filter_map(|meta| if let Meta::Lane(lane) = meta { Some(lane) } else { None });
        lanes.next().unwrap().band
    };
    let mut events: Vec<Event> = (13..=17).map(went).collect();
    events.extend((13..=17).flat_map(|day| drive(day, day == 17)));
    store.write(&events).await.unwrap();
    historian.once().await.unwrap();
    assert_eq!(band().await, None, "four ways say nothing");
    store.write(&drive(18, false).chain([went(18)]).collect::<Vec<_>>()).await.unwrap();
    historian.once().await.unwrap();
    let band = band().await.unwrap();
    assert_eq!(band.trips(), 5);
    assert!(drive(18, false).all(|fix| match fix.data {
        EventData::PositionUpdated(position) => band.contains(position.point),
        other => panic!("{other:?}"),
    }));
    assert!(!band.contains(point(3.35, 6.51)), "a kilometre north");
    let version = log.meta_version().await.unwrap();
    historian.once().await.unwrap();
    assert_eq!(log.meta_version().await.unwrap(), version, "what is known is not written again");
}
