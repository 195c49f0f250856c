//! A truck between yard and port, and who tells its past.

use std::{sync::Arc, time::Duration};

use chrono::NaiveDate;
use watchtower::{adapters::embedded::Embedded, daemon::historian::Historian};
use watchtower_core::{
    domain::{
        event::{Event, EventData, Revision},
        geofence::{FenceKind, Geofence, Shape, Watches},
        history::Kept,
        id::FenceId,
        position::{Position, Source},
        time::Timestamp,
        units::Metres,
    },
    engine::Rules,
    ports::{
        history::HistoryQuery,
        store::{EventQuery, Store},
    },
};

use super::build::{all, at, event, fix_of, key, point};

/// The wall clock of every case, past six in Lagos.
pub(super) fn now() -> Timestamp {
    at("2026-11-20T12:00:00Z")
}

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A truck that goes to and fro between yard and port all day: a quarter of an hour
/// each in the yard, on the way, in the port and on the way back.
pub(super) fn fix(vehicle: &str, time: Timestamp) -> Event {
    let phase = (time.millis().rem_euclid(3_600_000)) as f64 / 900_000.0;
    let share = match phase {
        0.0..1.0 => 0.0,
        1.0..2.0 => phase - 1.0,
        2.0..3.0 => 1.0,
        _ => 4.0 - phase,
    };
    fix_of(vehicle, Position::bare(point(3.3 + 0.1 * share, 6.5), time, Source::wall("test")))
}

/// Its fixes every five minutes.
pub(super) fn fixes(vehicle: &str, from: &str, to: &str) -> Vec<Event> {
    let (from, to) = (at(from).millis(), at(to).millis());
    (from..to).step_by(300_000).map(|time| fix(vehicle, Timestamp::from_millis(time))).collect()
}

/// The same fix of a source that carries its own time.
pub(super) fn replayed(mut fix: Event) -> Event {
    if let EventData::PositionUpdated(position) = &mut fix.data {
        position.source = Source::event("replay");
    }
    fix
}

pub(super) fn circle(id: &str, lon: f64) -> Geofence {
    Geofence {
        id: FenceId::new(id),
        name: id.to_owned(),
        kind: FenceKind::Depot,
        watches: Watches::All,
        shape: Shape::Circle { centre: point(lon, 6.5), radius: Metres(300.0) },
    }
}

pub(super) fn drawn(id: &str, lon: f64, time: &str) -> Event {
    event(id, time, EventData::GeofenceUpdated(circle(id, lon)))
}

pub(super) const DRAWN: &str = "2026-10-01T00:00:00Z";

pub(super) async fn yard_and_port(store: &Arc<dyn Store>) {
    store.write(&[drawn("yard", 3.3, DRAWN), drawn("port", 3.4, DRAWN)]).await.unwrap();
}

/// A historian over a store, and the log it speaks to.
pub(super) async fn historian(store: &Arc<dyn Store>) -> (Historian, Embedded) {
    let log = Embedded::temporary().await.unwrap();
    let historian = Historian {
        log: Arc::new(log.clone()),
        store: Arc::clone(store),
        rules: Rules::default(),
        positions: Duration::from_secs(30 * 86_400),
        every: Duration::ZERO,
        clock: now,
    };
    (historian, log)
}

pub(super) async fn told(store: &Arc<dyn Store>, vehicle: &str) -> Vec<Kept> {
    let query = HistoryQuery { vehicle: Some(key(vehicle)), ..HistoryQuery::default() };
    store.history(&query, all()).await.unwrap().items
}

/// What is told, without how often.
pub(super) fn story(told: &[Kept]) -> Vec<(String, Option<Timestamp>)> {
    let one = |kept: &Kept| (serde_json::to_string(&kept.record).unwrap(), kept.settled);
    let mut story: Vec<_> = told.iter().map(one).collect();
    story.sort();
    story
}

pub(super) async fn revisions(log: &Embedded) -> Vec<(String, Revision)> {
    let query = EventQuery { types: vec!["history.revised".into()], ..EventQuery::default() };
    let log: &dyn Store = log;
    let events = log.events(&query, all()).await.unwrap().items;
    let revision = |event: Event| match event.data {
        EventData::HistoryRevised(revision) => (event.key, revision),
        other => panic!("{other:?}"),
    };
    events.into_iter().map(revision).collect()
}
