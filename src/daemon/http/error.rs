//! What an error looks like from outside: RFC 9457 problem details. The only
//! place where errors become statuses.
//!
//! A [`Problem`] travels in the response's extensions; `trace` writes it out,
//! because only it knows the correlation id. Details of a 5xx go to the log.

use std::time::Duration;

use axum::{
    Json,
    extract::rejection::{PathRejection, QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use watchtower_core::{
    ask::Puzzle,
    domain::{event::Rejection, id::CorrelationId},
    ports::{log::LogError, store::StoreError},
};

use crate::{answers::AskError, daemon::receiver::ReceiveError, ingest::signature::SignatureError};

/// When to come back, told with a 503.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// An error on its way out.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    status: StatusCode,
    /// The last part of its `type`.
    kind: &'static str,
    title: &'static str,
    detail: String,
    errors: Vec<Fault>,
    /// What can be asked instead.
    instead: Box<[String]>,
    retry_after: Option<Duration>,
}

/// One of several things that are wrong.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Fault {
    /// Position in the batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    /// The parameter or record concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// The first character of it concerned, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<usize>,
    reason: String,
}

impl Fault {
    pub(super) fn of(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { index: None, field: Some(field.into()), position: None, reason: reason.into() }
    }
}

impl From<Rejection> for Fault {
    fn from(rejection: Rejection) -> Self {
        Self { index: Some(rejection.index), field: None, position: None, reason: rejection.reason }
    }
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            title,
            detail: detail.into(),
            errors: Vec::new(),
            instead: Box::default(),
            retry_after: None,
        }
    }

    /// 400: what was sent cannot be read.
    pub(super) fn unreadable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unreadable", "The request cannot be read", detail)
    }

    /// 400: a parameter is not what it should be.
    pub(super) fn parameter(field: &str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        let problem = Self::new(
            StatusCode::BAD_REQUEST,
            "invalid-parameter",
            "A parameter is invalid",
            format!("{field}: {reason}"),
        );
        problem.with([Fault::of(field, reason)])
    }

    /// The same with the character of the parameter concerned, counted from 1.
    pub(super) fn at(mut self, position: usize) -> Self {
        self.errors.iter_mut().for_each(|fault| fault.position = Some(position));
        self
    }

    /// 401 to somebody who should have shown a token.
    pub(super) fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Credentials are missing or wrong", detail)
    }

    /// 403: known, or local only, and not allowed.
    pub(super) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "This is not allowed", detail)
    }

    /// 404: no such record.
    pub(super) fn no_such(what: &str, name: &str) -> Self {
        let name: String = name.chars().take(80).collect();
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", format!("no {what} {name:?}"))
    }

    /// 408: the body took too long to arrive.
    pub(super) fn slow() -> Self {
        let detail = "the body did not arrive in time";
        Self::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "The request took too long", detail)
    }

    /// 413.
    pub(super) fn too_large(limit: usize) -> Self {
        let detail = format!("bodies of up to {} MiB are accepted", limit / (1024 * 1024));
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large", detail)
    }

    /// 415.
    pub(super) fn encoding(found: &str) -> Self {
        let found: String = found.chars().take(40).collect();
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-encoding",
            "The body is encoded in an unknown way",
            format!("content encoding {found:?} is not gzip"),
        )
    }

    /// 422: read, and refused by name.
    pub(super) fn invalid<F: Into<Fault>>(
        detail: impl Into<String>,
        faults: impl IntoIterator<Item = F>,
    ) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Nothing in the request is valid", detail)
            .with(faults)
    }

    /// 422: a question that is not understood, with those that can be asked instead.
    pub(super) fn puzzling(puzzle: Puzzle) -> Self {
        let reason = puzzle.problem.to_string();
        let title = "The question is not understood";
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not-understood", title, reason.clone());
        Self { instead: puzzle.instead.into(), ..problem }.with([Fault::of("question", reason)])
    }

    /// 500, whose reason is in the log.
    pub(super) fn internal() -> Self {
        let detail = "the reason is in the log under this correlation id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong", detail)
    }

    /// 503 with a time to come back.
    pub(super) fn unavailable(kind: &'static str, title: &'static str) -> Self {
        let detail = "nothing of it was kept; send the request again later";
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, kind, title, detail);
        Self { retry_after: Some(RETRY_AFTER), ..problem }
    }

    fn with<F: Into<Fault>>(mut self, faults: impl IntoIterator<Item = F>) -> Self {
        self.errors = faults.into_iter().map(Into::into).collect();
        self
    }

    /// A problem for a refusal some layer made without words.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self::new(status, "http", title, title)
    }

    /// The answer itself.
    pub(super) fn write(&self, correlation_id: CorrelationId) -> Response {
        #[derive(Serialize)]
        struct Body<'a> {
            #[serde(rename = "type")]
            kind: String,
            title: &'a str,
            status: u16,
            detail: &'a str,
            errors: &'a [Fault],
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            instead: &'a [String],
            correlation_id: CorrelationId,
        }
        let body = Body {
            kind: format!("urn:watchtower:problem:{}", self.kind),
            title: self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            errors: &self.errors,
            instead: &self.instead,
            correlation_id,
        };
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(after) = self.retry_after {
            headers.insert(header::RETRY_AFTER, after.as_secs().into());
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<ReceiveError> for Problem {
    fn from(error: ReceiveError) -> Self {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(error = %error, error.cause = cause, "a request was turned away");
        Self::unavailable("not-durable", "The request could not be made durable")
    }
}

impl From<LogError> for Problem {
    fn from(error: LogError) -> Self {
        tracing::error!(error = %error, "the event log failed a request");
        if error.is_retryable() {
            return Self::unavailable("log-unavailable", "The event log cannot be reached");
        }
        Self::internal()
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            // Of all that is read by, only a cursor is the caller's own. The reason
            // may name files and tables.
            StoreError::Refused { what, reason } => {
                tracing::debug!(store.refused = what, error = reason, "the store refused a request");
                Self::unreadable(format!("the store refused {what}"))
            }
            error if error.is_retryable() => {
                tracing::error!(error = %error, "the store failed a request");
                Self::unavailable("store-unavailable", "The store cannot be reached")
            }
            error => {
                tracing::error!(error = %error, "the store failed a request");
                Self::internal()
            }
        }
    }
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Puzzle(puzzle) => Self::puzzling(puzzle),
            AskError::Log(error) => error.into(),
            AskError::Store(error) => error.into(),
        }
    }
}

impl From<SignatureError> for Problem {
    fn from(error: SignatureError) -> Self {
        Self::unauthorized(error.to_string())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::unreadable(rejection.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::unreadable(rejection.body_text())
    }
}

/// Any path nobody answers.
pub(super) async fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", "no such path")
}

/// Any method a path does not know.
pub(super) async fn method_not_allowed() -> Problem {
    let detail = "the path does not know this method";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "The method is not allowed", detail)
}
