//! The receivers' routes. Each says which language is spoken and how its
//! clients want to be answered; the rest is one way for all.

use std::collections::HashMap;

use axum::{
    Extension, Json,
    extract::{MatchedPath, Path, Request, State},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use watchtower_core::domain::{event::Rejection, id::CorrelationId, position::Source};

use super::{
    AppState, body,
    error::Problem,
    guard::{self, Claim, Dispatcher},
};
use crate::{
    daemon::receiver::{Incoming, Outcome, Receipt},
    ingest::{Format, signature::SignatureError},
};

/// The parameters of a receiver's path: the token, if any.
type Token = Path<HashMap<String, String>>;

/// `POST /webhooks/loconav…`: 202 with what became of it.
pub(super) async fn loconav(
    state: State<AppState>,
    path: MatchedPath,
    token: Token,
    id: Extension<CorrelationId>,
    request: Request,
) -> Result<Response, Problem> {
    let receipt = from_device(state, path, token, id, request, (Format::LocoNav, "loconav")).await?;
    Ok((StatusCode::ACCEPTED, Json(Answer::from(receipt))).into_response())
}

/// `GET/POST /osmand`: 200, or the client sends it for ever.
pub(super) async fn osmand(
    state: State<AppState>,
    path: MatchedPath,
    token: Token,
    id: Extension<CorrelationId>,
    request: Request,
) -> Result<Response, Problem> {
    let receipt = from_device(state, path, token, id, request, (Format::OsmAnd, "osmand")).await?;
    Ok(Json(Answer::from(receipt)).into_response())
}

/// `POST /owntracks`: 200 and a list of messages for the client, of which there
/// are none.
pub(super) async fn owntracks(
    state: State<AppState>,
    path: MatchedPath,
    token: Token,
    id: Extension<CorrelationId>,
    request: Request,
) -> Result<Response, Problem> {
    from_device(state, path, token, id, request, (Format::OwnTracks, "owntracks")).await?;
    Ok(Json(serde_json::json!([])).into_response())
}

/// `POST /api/v1/positions`: 202 with what became of it.
pub(super) async fn positions(
    State(state): State<AppState>,
    _: Dispatcher,
    path: MatchedPath,
    Extension(id): Extension<CorrelationId>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let received = body::read(&state, &parts.headers, body).await?;
    let source = (Format::Positions, "api");
    let receipt = take(&state, &parts, path.as_str(), received, source, id).await?;
    Ok((StatusCode::ACCEPTED, Json(Answer::from(receipt))).into_response())
}

async fn from_device(
    State(state): State<AppState>,
    path: MatchedPath,
    Path(parameters): Token,
    Extension(id): Extension<CorrelationId>,
    request: Request,
    source: (Format, &str),
) -> Result<Receipt, Problem> {
    let (parts, body) = request.into_parts();
    let claim = guard::claim(&parts, &state, parameters.get("token").map(String::as_str))?;
    let received = body::read(&state, &parts.headers, body).await?;
    if claim == Claim::MustBeSigned {
        // A signature of nothing would fit every request that has no body.
        if received.wire.is_empty() {
            return Err(SignatureError::Missing.into());
        }
        // Senders disagree on whether compression comes before signing.
        guard::signed(&parts.headers, &state, &received.wire)
            .or_else(|_| guard::signed(&parts.headers, &state, &received.content))?;
    }
    take(&state, &parts, path.as_str(), received, source, id).await
}

async fn take(
    state: &AppState,
    parts: &Parts,
    route: &str,
    received: body::Received,
    (format, source): (Format, &str),
    correlation_id: CorrelationId,
) -> Result<Receipt, Problem> {
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let incoming = Incoming {
        format,
        source: Source::wall(source),
        path: route.replace("/{token}", ""),
        content_type: text(header::CONTENT_TYPE.as_str()),
        query: parts.uri.query().map(str::to_owned),
        user: text("x-limit-u"),
        device: text("x-limit-d"),
        body: received.content.clone(),
        correlation_id,
        now: state.now(),
    };
    let receipt = state.receiver.receive(incoming).await?;
    match &receipt.outcome {
        Outcome::Taken => Ok(receipt),
        Outcome::Malformed(malformed) => Err(Problem::unreadable(malformed.to_string())),
        Outcome::AllRefused => {
            let detail = match receipt.rejected.as_slice() {
                [only] => only.reason.clone(),
                all => format!("all {} elements were refused", all.len()),
            };
            Err(Problem::invalid(detail, receipt.rejected))
        }
    }
}

/// A receipt as its sender sees it.
#[derive(Serialize)]
struct Answer {
    accepted: usize,
    duplicates: usize,
    /// Refused or stale, by index; the reason of a stale one begins with `stale`.
    rejected: Vec<Rejection>,
    /// How many of those are stale.
    stale: usize,
    /// Fields dropped from elements that were otherwise used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<Rejection>,
    correlation_id: CorrelationId,
}

impl From<Receipt> for Answer {
    fn from(receipt: Receipt) -> Self {
        Self {
            accepted: receipt.accepted,
            duplicates: receipt.duplicates,
            rejected: receipt.rejected_or_stale(),
            stale: receipt.stale.len(),
            notes: receipt.notes,
            correlation_id: receipt.correlation_id,
        }
    }
}
