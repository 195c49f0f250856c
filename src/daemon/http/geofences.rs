//! Geofences as GeoJSON, in and out.
//!
//! They live in the log's master data, which every dashboard and engine reads;
//! the event carries them to the store.

use axum::{
    Extension, Json as Answer,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use geojson::Feature;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData, FenceRef},
        geofence::{FenceError, Geofence, read_collection},
        id::{CorrelationId, EventId, FenceId},
    },
    ports::log::{Family, Meta},
};

use super::{
    AppState, body,
    error::{Fault, Problem},
    geojson::{self as geo, Drawn},
    guard::{Dispatcher, Viewer},
    page::{self, Path, Query},
};

/// The query of the list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paging {
    limit: Option<u32>,
    cursor: Option<String>,
}

impl Drawn for Geofence {
    fn feature(&self) -> Option<Feature> {
        Some(self.clone().into())
    }
}

/// `GET /geofences`: each item a feature, by id.
pub(super) async fn list(
    State(state): State<AppState>,
    _: Viewer,
    headers: HeaderMap,
    Query(query): Query<Paging>,
) -> Result<Response, Problem> {
    let page = page::cut(all(&state).await?, |fence| fence.id.to_string(), query.limit, query.cursor)?;
    Ok(geo::list(&headers, page))
}

/// `GET /geofences/{id}`.
pub(super) async fn one(
    State(state): State<AppState>,
    _: Viewer,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let fence = find(&state, &id).await?;
    Ok(geo::one(&headers, &fence))
}

/// The ids written.
#[derive(Serialize)]
pub(super) struct Written {
    written: Vec<FenceId>,
}

/// `POST /geofences`: a Feature or a FeatureCollection, all of it or nothing.
/// A fence with a known id takes its place.
pub(super) async fn write(
    State(state): State<AppState>,
    _: Dispatcher,
    Extension(correlation_id): Extension<CorrelationId>,
    request: Request,
) -> Result<(StatusCode, Answer<Written>), Problem> {
    let (parts, body) = request.into_parts();
    let received = body::read(&state, &parts.headers, body).await?;
    let text =
        std::str::from_utf8(&received.content).map_err(|_| Problem::unreadable("body is not UTF-8"))?;
    let (fences, errors) = read_collection(text).map_err(|error| match error {
        FenceError::Syntax(_) => Problem::unreadable(error.to_string()),
        error => Problem::invalid(error.to_string(), [fault(&error)]),
    })?;
    if !errors.is_empty() {
        let detail = format!("{} of {} features are no geofence; none was written", errors.len(), {
            errors.len() + fences.len()
        });
        return Err(Problem::invalid(detail, errors.iter().map(fault)));
    }
    let written = fences.iter().map(|fence| fence.id.clone()).collect();
    let events: Vec<_> = fences
        .iter()
        .map(|fence| {
            let data = EventData::GeofenceUpdated(fence.clone());
            (Family::Event, event(&state, &fence.id, correlation_id, data))
        })
        .collect();
    let records: Vec<_> = fences.into_iter().map(Meta::Geofence).collect();
    // The event first: a fence that is live but not in the history would be lost.
    state.log.append(&events).await?;
    state.log.put_meta(&records).await?;
    Ok((StatusCode::CREATED, Answer(Written { written })))
}

/// `DELETE /geofences/{id}`.
pub(super) async fn remove(
    State(state): State<AppState>,
    _: Dispatcher,
    Extension(correlation_id): Extension<CorrelationId>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let fence = find(&state, &id).await?;
    let data = EventData::GeofenceRemoved(FenceRef { id: fence.id.clone() });
    let event = event(&state, &fence.id, correlation_id, data);
    state.log.append(&[(Family::Event, event)]).await?;
    state.log.remove_meta(&[Meta::Geofence(fence).field()]).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn all(state: &AppState) -> Result<Vec<Geofence>, Problem> {
    let records = state.log.meta().await?.into_iter();
    Ok(records
        .filter_map(|record| match record {
            Meta::Geofence(fence) => Some(fence),
            Meta::Truck(_) | Meta::Driver(_) | Meta::Organization(_) | Meta::Trip(_) => None,
        })
        .collect())
}

async fn find(state: &AppState, id: &str) -> Result<Geofence, Problem> {
    let fence = all(state).await?.into_iter().find(|fence| fence.id.as_str() == id);
    fence.ok_or_else(|| Problem::no_such("geofence", id))
}

fn event(state: &AppState, fence: &FenceId, correlation_id: CorrelationId, data: EventData) -> Event {
    let now = state.now();
    Event {
        // Writing the same fence twice is two writes.
        id: EventId(Uuid::now_v7()),
        ts: now,
        recorded_at: now,
        key: fence.as_str().to_owned(),
        correlation_id,
        data,
    }
}

fn fault(error: &FenceError) -> Fault {
    let field = match error {
        FenceError::Syntax(_) => "body".to_owned(),
        FenceError::NoId { index } => format!("features[{index}].id"),
        FenceError::DuplicateId { id } | FenceError::Unusable { id, .. } => id.clone(),
    };
    Fault::of(field, error.to_string())
}
