//! Days are counted into figures once they are over, again when they change, and trips
//! that are over teach how long the next will take.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use watchtower::tui::{
    Archive,
    analytics::{Wish, analyst::Analyst},
    mailbox::Mailbox,
};
use watchtower_core::{
    domain::{
        event::{Event, EventData},
        id::{CorrelationId, FenceId, TripId},
        position::{Position, Source},
        time::Timestamp,
        trip::{Trip, TripStatus},
    },
    ports::{
        history::{TruckMetric, Uncounted},
        log::{LivePicture as _, Meta},
        store::Store,
    },
};

use super::{
    alerts::overspeed,
    build::{all, at, event, key, paged, point},
    shuttle::{day, fixes, historian, replayed, yard_and_port},
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

async fn metrics_of(store: &Arc<dyn Store>, from: &str, to: &str) -> Vec<TruckMetric> {
    store.truck_metrics(None, day(from), day(to), all()).await.unwrap().items
}

pub(crate) async fn a_day_is_counted_once_and_again_when_it_changes(store: Arc<dyn Store>) {
    yard_and_port(&store).await;
    let (historian, log) = historian(&store).await;
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
    let metrics = metrics_of(&store, "2026-11-01", "2026-12-01").await;
    let days: Vec<_> = metrics.iter().map(|metric| (metric.date, metric.vehicle.as_str())).collect();
    let [one, two] = [day("2026-11-18"), day("2026-11-19")];
    assert_eq!(days, [(one, "T1"), (one, "T2"), (two, "T1"), (two, "T2")]);
    let (first, silent) = (&metrics[0], &metrics[1]);
    let whole = first.moving_s + first.idle_s + first.stopped_s + first.offline_s;
    assert_eq!(whole, 86_400.0, "{first:?}");
    assert_eq!((first.trips, first.departed, first.on_time, first.completed), (1, 1, 1, 1));
    // From its last fix at 10:55 to midnight in Lagos.
    assert_eq!(silent.offline_s, 13.0 * 3600.0 + 300.0);
    assert_eq!(store.uncounted(day("2026-11-20"), 10).await.unwrap(), []);
    assert_eq!(store.uncounted(day("2026-11-21"), 10).await.unwrap().len(), 1, "the day that goes on");

    let trodden = log.footprint(0).await.unwrap();
    assert!(!trodden.tiles.is_empty(), "what was driven on days that are over is in the footprint");

    store.write(&late).await.unwrap();
    historian.once().await.unwrap();
    let again = metrics_of(&store, "2026-11-18", "2026-11-19").await;
    assert!(again[0].distance_m > first.distance_m, "{again:?}");
    let daily = store.daily_metrics(day("2026-11-18"), day("2026-11-19")).await.unwrap();
    assert_eq!((daily.len(), daily[0].vehicles, daily[0].sum.trips), (1, 2, 1));
    assert_eq!(daily[0].sum.distance_m.get(), again[0].distance_m.get() + again[1].distance_m.get());

    assert_eq!(log.footprint(0).await.unwrap(), trodden, "a day counted again was in it already");

    // An alert that arrives late is counted, too.
    let before = metrics_of(&store, "2026-11-18", "2026-11-19").await[0].alerts;
    let alert = overspeed(9, "T1", "2026-11-18T10:00:00Z", None);
    store.write(&[event("T1", "2026-11-20T11:00:00Z", EventData::AlertTriggered(alert))]).await.unwrap();
    historian.once().await.unwrap();
    let after = metrics_of(&store, "2026-11-18", "2026-11-19").await[0].alerts;
    assert_eq!(after, before + 1);

    // A count of what has changed since is not taken.
    let [unfinished] = &store.uncounted(day("2026-11-21"), 10).await.unwrap()[..] else { panic!() };
    let stale = Uncounted { changes: unfinished.changes - 1, ..unfinished.clone() };
    store.count(&[(stale, again[0].clone())]).await.unwrap();
    assert_eq!(store.uncounted(day("2026-11-21"), 10).await.unwrap(), std::slice::from_ref(unfinished));
}

pub(crate) async fn the_dashboard_is_told_of_the_days_that_were_counted(store: Arc<dyn Store>) {
    yard_and_port(&store).await;
    let (historian, _log) = historian(&store).await;
    store.write(&fixes("T1", "2026-11-17T23:00:00Z", "2026-11-20T08:00:00Z")).await.unwrap();
    store.write(&fixes("T2", "2026-11-18T08:00:00Z", "2026-11-18T10:00:00Z")).await.unwrap();
    historian.once().await.unwrap();
    let wish = Wish { from: day("2026-11-06"), to: day("2026-11-20"), asked: 1 };
    let (_wishes, heard) = watch::channel(Some(wish));
    let mailbox = Arc::new(Mailbox::default());
    let archive = Arc::new(Archive::opened(Arc::clone(&store)));
    let analyst = Analyst { archive, wishes: heard, mailbox: mailbox.clone() };
    let stop = CancellationToken::new();
    let running = tokio::spawn(analyst.run(stop.clone()));
    mailbox.wait().await;
    let (answered, figures) = mailbox.take().figures.unwrap();
    let figures = figures.unwrap();
    assert_eq!((answered, figures.days.len()), (wish, 14));
    let counted: Vec<_> = figures.days.iter().map(|day| day.as_ref().map(|day| day.vehicles)).collect();
    assert_eq!(counted[12..], [Some(2), Some(2)]);
    assert!(counted[..12].iter().all(Option::is_none), "{counted:?}");
    let [one, two] = &figures.trucks[..] else { panic!("{figures:?}") };
    let metrics = metrics_of(&store, "2026-11-06", "2026-11-20").await;
    let of_one: Vec<_> = metrics.iter().filter(|metric| metric.vehicle == "T1").collect();
    let driven: f64 = of_one.iter().map(|metric| metric.distance_m.get()).sum();
    assert!((one.sum.distance_m.get() - driven).abs() < 0.01, "{one:?}");
    assert_eq!(one.days[12].unwrap().km, (of_one[0].distance_m.get() / 1_000.0) as f32);
    assert!(two.days[11].is_none() && two.days[13].is_some());
    stop.cancel();
    running.await.unwrap();
}

pub(crate) async fn a_silent_vehicle_has_its_days_until_it_is_heard_again(store: Arc<dyn Store>) {
    let (historian, log) = historian(&store).await;
    store.write(&fixes("T1", "2026-11-16T08:00:00Z", "2026-11-16T10:00:00Z")).await.unwrap();
    // Silent for longer than fixes are kept, and a source that carries its own time.
    store.write(&fixes("LOST", "2026-10-20T08:00:00Z", "2026-10-20T10:00:00Z")).await.unwrap();
    let played = fixes("PLAYED", "2026-11-16T08:00:00Z", "2026-11-16T10:00:00Z").into_iter().map(replayed);
    store.write(&played.collect::<Vec<_>>()).await.unwrap();
    historian.once().await.unwrap();
    let of = |vehicle: &'static str| {
        let store = &store;
        async move {
            let (from, to) = (day("2026-11-01"), day("2026-12-01"));
            store.truck_metrics(Some(&key(vehicle)), from, to, all()).await.unwrap().items
        }
    };
    let silent = of("T1").await;
    let offline: Vec<_> = silent.iter().map(|of| (of.date.to_string(), of.offline_s / 3600.0)).collect();
    let since = 13.0 + 5.0 / 60.0;
    let expected = [("2026-11-16", since), ("2026-11-17", 24.0), ("2026-11-18", 24.0), ("2026-11-19", 24.0)];
    assert_eq!(offline, expected.map(|(date, hours)| (date.to_owned(), hours)));
    assert!(silent[1..].iter().all(|of| of.moving_s + of.idle_s + of.stopped_s + of.max_speed_kmh == 0.0));
    assert_eq!(of("LOST").await, []);
    assert_eq!(of("PLAYED").await.len(), 1);
    let daily = store.daily_metrics(day("2026-11-18"), day("2026-11-19")).await.unwrap();
    assert_eq!((daily[0].vehicles, daily[0].sum.offline_s), (1, 86_400.0));
    historian.once().await.unwrap();
    assert_eq!(store.uncounted(day("2026-11-20"), 10).await.unwrap(), [], "once");

    // Heard again where it was, the rules say the same of the days between; what comes late
    // changes them.
    store.write(&fixes("T1", "2026-11-20T08:20:00Z", "2026-11-20T09:00:00Z")).await.unwrap();
    historian.once().await.unwrap();
    assert_eq!(of("T1").await, silent);
    store.write(&fixes("T1", "2026-11-18T08:20:00Z", "2026-11-18T09:00:00Z")).await.unwrap();
    historian.once().await.unwrap();
    let found = of("T1").await;
    assert_eq!([&found[0], &found[1], &found[3]], [&silent[0], &silent[1], &silent[3]]);
    assert!(found[2].moving_s > 0.0 && found[2].offline_s < 86_400.0, "{:?}", found[2]);
    drop(log);
}

pub(crate) async fn figures_page_by_day_and_vehicle_and_add_up(store: Arc<dyn Store>) {
    let (historian, _log) = historian(&store).await;
    let vehicles = ["T.1", "T2", "T3", "Ọ̀4"];
    for vehicle in vehicles {
        store.write(&fixes(vehicle, "2026-11-16T23:00:00Z", "2026-11-19T22:00:00Z")).await.unwrap();
    }
    historian.once().await.unwrap();
    let (from, to) = (day("2026-11-17"), day("2026-11-20"));
    let every = metrics_of(&store, "2026-11-17", "2026-11-20").await;
    assert_eq!(every.len(), 12);
    assert!(every.is_sorted_by_key(|of| (of.date, of.vehicle.clone())));
    let in_pages = paged(5, |window| store.truck_metrics(None, from, to, window)).await;
    assert_eq!(in_pages, every);
    let third = key("T3");
    let of_one = paged(2, |window| store.truck_metrics(Some(&third), from, to, window)).await;
    assert_eq!(of_one, every.iter().filter(|of| of.vehicle == "T3").cloned().collect::<Vec<_>>());
    let sums = store.vehicle_metrics(day("2026-11-18"), to).await.unwrap();
    assert_eq!(sums.iter().map(|of| of.vehicle.as_str()).collect::<Vec<_>>(), vehicles);
    for sum in sums {
        let days: Vec<_> = every.iter().filter(|of| of.vehicle == sum.vehicle && of.date > from).collect();
        let whole = |of: fn(&TruckMetric) -> f64| days.iter().map(|day| of(day)).sum::<f64>();
        assert_eq!((sum.date, days.len()), (day("2026-11-18"), 2));
        assert_eq!(sum.distance_m.get(), whole(|of| of.distance_m.get()));
        assert_eq!((sum.moving_s, sum.offline_s), (whole(|of| of.moving_s), whole(|of| of.offline_s)));
        assert_eq!(sum.max_speed_kmh, days.iter().map(|of| of.max_speed_kmh).fold(0.0, f64::max));
    }
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
