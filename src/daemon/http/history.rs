//! What the past tells: visits, crossings, stops, drives, overspeeds.

use axum::{Json as Answer, extract::State};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use watchtower_core::{
    domain::{
        history::{Crossing, DayFigures, Drive, Kept, Overspeed, Record, RecordKind, StopRecord, Visit},
        id::{FenceId, VehicleKey},
    },
    ports::{history::HistoryQuery, store::Page},
};

use super::{
    AppState,
    error::Problem,
    guard::Viewer,
    page::{self, List, Query},
};

/// The query of a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(alias = "truck")]
    vehicle: Option<String>,
    geofence: Option<String>,
    from: Option<String>,
    to: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// A record as it is answered.
#[derive(Serialize)]
pub(super) struct Told {
    #[serde(flatten)]
    record: Fields,
    /// The local day it began on.
    day: NaiveDate,
    /// It goes on; its end, if it says one, is the last fix so far.
    ongoing: bool,
    /// How often late fixes have changed what is told of its day.
    revision: u32,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Fields {
    Visit(Visit),
    Crossing(Crossing),
    Stop(StopRecord),
    Drive(Drive),
    Overspeed(Overspeed),
    Day(DayFigures),
}

impl From<Kept> for Told {
    fn from(kept: Kept) -> Self {
        let record = match kept.record {
            Record::Visit(visit) => Fields::Visit(visit),
            Record::Crossing(crossing) => Fields::Crossing(crossing),
            Record::Stop(stop) => Fields::Stop(stop),
            Record::Drive(drive) => Fields::Drive(drive),
            Record::Overspeed(overspeed) => Fields::Overspeed(overspeed),
            Record::Day(day) => Fields::Day(day),
        };
        Self { record, day: kept.day, ongoing: kept.settled.is_none(), revision: kept.revision }
    }
}

type Listed = Result<Answer<List<Told>>, Problem>;

/// `GET /visits`, newest first, like all of these.
pub(super) async fn visits(state: State<AppState>, viewer: Viewer, query: Query<Wanted>) -> Listed {
    list(state, viewer, query, RecordKind::Visit).await
}

/// `GET /crossings`: ways through a fence between two fixes.
pub(super) async fn crossings(state: State<AppState>, viewer: Viewer, query: Query<Wanted>) -> Listed {
    list(state, viewer, query, RecordKind::Crossing).await
}

/// `GET /stops`.
pub(super) async fn stops(state: State<AppState>, viewer: Viewer, query: Query<Wanted>) -> Listed {
    list(state, viewer, query, RecordKind::Stop).await
}

/// `GET /drives`.
pub(super) async fn drives(state: State<AppState>, viewer: Viewer, query: Query<Wanted>) -> Listed {
    list(state, viewer, query, RecordKind::Drive).await
}

/// `GET /overspeeds`.
pub(super) async fn overspeeds(state: State<AppState>, viewer: Viewer, query: Query<Wanted>) -> Listed {
    list(state, viewer, query, RecordKind::Overspeed).await
}

async fn list(
    State(state): State<AppState>,
    _: Viewer,
    Query(query): Query<Wanted>,
    kind: RecordKind,
) -> Listed {
    let vehicle = query.vehicle.as_deref().map(VehicleKey::new).transpose();
    let is_about_fences = matches!(kind, RecordKind::Visit | RecordKind::Crossing);
    if query.geofence.is_some() && !is_about_fences {
        return Err(Problem::parameter("geofence", format!("a {} is about no geofence", kind.name())));
    }
    let wanted = HistoryQuery {
        kinds: vec![kind],
        vehicle: vehicle.map_err(|error| Problem::parameter("vehicle", error.to_string()))?,
        geofence: query.geofence.as_deref().map(FenceId::new),
        span: page::span_if_any(query.from.as_deref(), query.to.as_deref(), state.options.zone)?,
    };
    let Page { items, next } = state.store.history(&wanted, page::window(query.limit, query.cursor)?).await?;
    let items = items.into_iter().map(Told::from).collect();
    Ok(Answer(List { items, next: next.map(|cursor| cursor.0) }))
}
