//! Operations: is the process alive, is it ready, what has it counted.

use std::{collections::BTreeMap, time::Duration};

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;

use super::{AppState, error};

/// How long a service may take to prove it is there.
const PATIENCE: Duration = Duration::from_secs(2);

/// A state and the checks it follows from.
#[derive(Serialize)]
struct Health {
    status: &'static str,
    checks: BTreeMap<&'static str, &'static str>,
}

/// `GET /health/live`: it answers, so it lives.
pub(super) async fn live() -> Response {
    Json(Health { status: "live", checks: BTreeMap::new() }).into_response()
}

/// `GET /health/ready`: 503 while the log or the store cannot be reached.
pub(super) async fn ready(State(state): State<AppState>) -> Response {
    let (log, store) = tokio::join!(
        check("log", async { state.log.meta_version().await.map(drop) }),
        check("store", async { state.store.sync_statuses().await.map(drop) }),
    );
    let checks = BTreeMap::from([("log", log), ("store", store)]);
    if checks.values().all(|found| *found == "ok") {
        return Json(Health { status: "ready", checks }).into_response();
    }
    let retry = [(header::RETRY_AFTER, "5")];
    (StatusCode::SERVICE_UNAVAILABLE, retry, Json(Health { status: "unready", checks })).into_response()
}

/// The reason goes to the log only.
async fn check<E: std::fmt::Display>(
    name: &'static str,
    reach: impl Future<Output = Result<(), E>>,
) -> &'static str {
    match tokio::time::timeout(PATIENCE, reach).await {
        Ok(Ok(())) => "ok",
        Ok(Err(error)) => {
            tracing::warn!(health.check = name, error = %error, "a health check failed");
            "failed"
        }
        Err(_) => {
            tracing::warn!(health.check = name, "a health check took too long");
            "timed out"
        }
    }
}

/// `GET /metrics`, in Prometheus' text format.
pub(super) async fn metrics(State(state): State<AppState>) -> Response {
    match &state.metrics {
        Some(handle) => {
            let format = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
            (format, handle.render()).into_response()
        }
        None => error::not_found().await.into_response(),
    }
}
