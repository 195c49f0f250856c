//! What wraps every request: its correlation id, its span, its figures, its
//! time limit, and problems written out.

use std::{any::Any, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument as _;
use uuid::Uuid;
use watchtower_core::domain::id::CorrelationId;

use super::{AppState, error::Problem};

/// The header that carries the correlation id in and out.
const CORRELATION: HeaderName = HeaderName::from_static("x-correlation-id");

/// Gives a request its correlation id (the sender's, when that is a UUID) and
/// its span, counts it, and writes its problem out.
pub(super) async fn trace(mut request: Request, next: Next) -> Response {
    let sent = request.headers().get(&CORRELATION).and_then(|value| value.to_str().ok());
    let id = CorrelationId(sent.and_then(|text| Uuid::try_parse(text).ok()).unwrap_or_else(Uuid::now_v7));
    request.extensions_mut().insert(id);
    // The route, not the path: paths carry tokens.
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = known(request.method());
    let span = tracing::info_span!("http", http.method = method, http.route = %route, correlation_id = %id);

    let began = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let mut response = match response.extensions().get::<Problem>() {
        Some(problem) => problem.write(id),
        None if response.status().is_client_error() || response.status().is_server_error() => {
            with_words(response, id)
        }
        None => response,
    };
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(CORRELATION, value);
    }

    let status = response.status().as_u16();
    let elapsed = began.elapsed();
    span.in_scope(|| {
        tracing::debug!(http.status = status, http.duration_ms = elapsed.as_secs_f64() * 1e3, "answered");
    });
    metrics::histogram!(
        "watchtower_http_request_duration_seconds", "route" => route.clone(), "method" => method
    )
    .record(elapsed.as_secs_f64());
    metrics::counter!(
        "watchtower_http_requests_total",
        "route" => route, "method" => method, "status" => status.to_string()
    )
    .increment(1);
    response
}

/// An error some layer below made keeps its body only if it has chosen one.
fn with_words(response: Response, id: CorrelationId) -> Response {
    let json = |value: &HeaderValue| value.as_bytes().starts_with(b"application/");
    if response.headers().get(axum::http::header::CONTENT_TYPE).is_some_and(json) {
        return response;
    }
    Problem::of_status(response.status()).write(id)
}

/// Methods as labels: whatever else was sent is one.
fn known(method: &axum::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// Ends a request that takes too long.
pub(super) async fn in_time(State(state): State<AppState>, request: Request, next: Next) -> Response {
    // A body that trickles in is timed for itself.
    let limit = state.options.answer_timeout + state.options.body_timeout;
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!(http.limit_s = limit.as_secs(), "a request took too long");
            Problem::unavailable("too-slow", "The answer took too long").into_response()
        }
    }
}

/// Turns a panic into a problem: one request's bug is not the process's end.
pub(super) fn panics() -> CatchPanicLayer<fn(Box<dyn Any + Send>) -> Response> {
    CatchPanicLayer::custom(|panic: Box<dyn Any + Send>| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("nothing");
        tracing::error!(error = said, "a handler panicked");
        Problem::internal().into_response()
    })
}
