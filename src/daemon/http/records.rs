//! Drivers, organizations and the audit trail: read only.

use axum::{Json as Answer, extract::State};
use serde::Deserialize;
use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData},
        id::CorrelationId,
        master::{Driver, Organization},
    },
    ports::store::EventQuery,
};

use super::{
    AppState,
    error::Problem,
    guard::Viewer,
    page::{self, List, Paging, Query},
};

/// `GET /drivers`.
pub(super) async fn drivers(
    State(state): State<AppState>,
    _: Viewer,
    Query(query): Query<Paging>,
) -> Result<Answer<List<Driver>>, Problem> {
    let drivers = state.store.drivers().await?;
    page::cut(drivers, |driver| driver.id.to_string(), query.limit, query.cursor).map(Answer)
}

/// `GET /organizations`.
pub(super) async fn organizations(
    State(state): State<AppState>,
    _: Viewer,
    Query(query): Query<Paging>,
) -> Result<Answer<List<Organization>>, Problem> {
    let organizations = state.store.organizations().await?;
    page::cut(organizations, |record| record.id.to_string(), query.limit, query.cursor).map(Answer)
}

/// The query of the audit trail. `type` takes several, comma separated.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trail {
    r#type: Option<String>,
    key: Option<String>,
    correlation_id: Option<Uuid>,
    from: Option<String>,
    to: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// `GET /events`, newest first.
pub(super) async fn events(
    State(state): State<AppState>,
    _: Viewer,
    Query(query): Query<Trail>,
) -> Result<Answer<List<Event>>, Problem> {
    let types = query.r#type.as_deref().unwrap_or_default().split(',').filter(|name| !name.is_empty());
    let types: Vec<_> = types.map(str::to_owned).collect();
    if let Some(unknown) = types.iter().find(|name| !EventData::TYPES.contains(&name.as_str())) {
        return Err(Problem::parameter("type", format!("{unknown:?} is no event type")));
    }
    let wanted = EventQuery {
        types,
        key: query.key,
        correlation_id: query.correlation_id.map(CorrelationId),
        span: page::span_if_any(query.from.as_deref(), query.to.as_deref(), state.options.zone)?,
    };
    let window = page::window(query.limit, query.cursor)?;
    Ok(Answer(state.store.events(&wanted, window).await?.into()))
}
