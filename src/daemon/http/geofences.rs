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
use bytes::Bytes;
use geojson::Feature;
use serde::{Deserialize, Serialize};
use watchtower_core::{
    domain::{
        geofence::{FenceError, Geofence, read_collection},
        id::{CorrelationId, FenceId},
    },
    ports::log::Meta,
};

use super::{
    AppState, body,
    error::{Fault, Problem},
    geojson::{self as geo, Drawn},
    guard::{Dispatcher, Viewer},
    page::{self, Path, Query},
};
use crate::daemon::registry::Registry;

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
    let (fences, errors) = checked(received.content.clone()).await?;
    if !errors.is_empty() {
        let detail = format!("{} of {} features are no geofence; none was written", errors.len(), {
            errors.len() + fences.len()
        });
        return Err(Problem::invalid(detail, errors.iter().map(fault)));
    }
    let written = fences.iter().map(|fence| fence.id.clone()).collect();
    let records = fences.into_iter().map(Meta::Geofence).collect();
    Registry::new(state.log.clone()).save(records, correlation_id, state.now()).await?;
    Ok((StatusCode::CREATED, Answer(Written { written })))
}

/// Reads fences off the runtime's threads: a ring of thousands of corners takes
/// long to be proven free of crossings.
async fn checked(body: Bytes) -> Result<(Vec<Geofence>, Vec<FenceError>), Problem> {
    let read = tokio::task::spawn_blocking(move || {
        let text = std::str::from_utf8(&body).map_err(|_| Problem::unreadable("body is not UTF-8"))?;
        read_collection(text).map_err(|error| match error {
            FenceError::Syntax(_) => Problem::unreadable(error.to_string()),
            error => Problem::invalid(error.to_string(), [fault(&error)]),
        })
    });
    read.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

/// `DELETE /geofences/{id}`.
pub(super) async fn remove(
    State(state): State<AppState>,
    _: Dispatcher,
    Extension(correlation_id): Extension<CorrelationId>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let registry = Registry::new(state.log.clone());
    match registry.remove_fence(&FenceId::new(&id), correlation_id, state.now()).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::no_such("geofence", &id)),
    }
}

async fn all(state: &AppState) -> Result<Vec<Geofence>, Problem> {
    let records = state.log.meta().await?.into_iter();
    Ok(records
        .filter_map(|record| match record {
            Meta::Geofence(fence) => Some(fence),
            Meta::Truck(_) | Meta::Driver(_) | Meta::Organization(_) | Meta::Trip(_) | Meta::Lane(_) => None,
        })
        .collect())
}

async fn find(state: &AppState, id: &str) -> Result<Geofence, Problem> {
    let fence = all(state).await?.into_iter().find(|fence| fence.id.as_str() == id);
    fence.ok_or_else(|| Problem::no_such("geofence", id))
}

fn fault(error: &FenceError) -> Fault {
    let field = match error {
        FenceError::Syntax(_) => "body".to_owned(),
        FenceError::NoId { index } => format!("features[{index}].id"),
        FenceError::DuplicateId { id } | FenceError::Unusable { id, .. } => id.clone(),
    };
    Fault::of(field, error.to_string())
}
