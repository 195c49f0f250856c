//! Trips: read them, plan one, say where one stands.

use axum::{Extension, Json as Answer, body::Bytes, extract::State, http::StatusCode};
use serde::Deserialize;
use watchtower_core::domain::{
    booking::{Booking, Violation},
    id::CorrelationId,
    time::Timestamp,
    trip::{Trip, TripStatus},
};

use super::{
    AppState,
    error::{Fault, Problem},
    guard::{Dispatcher, Viewer},
    page::{self, List, Paging, Path, Query},
};
use crate::daemon::dispatch::{Planned, Refusal, Word};

/// `GET /trips`, newest departure first.
pub(super) async fn list(
    State(state): State<AppState>,
    _: Viewer,
    Query(query): Query<Paging>,
) -> Result<Answer<List<Trip>>, Problem> {
    let window = page::window(query.limit, query.cursor)?;
    Ok(Answer(state.store.trips(window).await?.into()))
}

/// `GET /trips/{id}`: by its UUID, or its readable id with `-` for `/`.
pub(super) async fn one(
    State(state): State<AppState>,
    _: Viewer,
    Path(id): Path<String>,
) -> Result<Answer<Trip>, Problem> {
    Ok(Answer(state.dispatch().trip(&id).await?))
}

/// `POST /trips`: 201 with the trip planned; 200 when the same was asked for before;
/// 422 with all that does not hold.
pub(super) async fn create(
    State(state): State<AppState>,
    _: Dispatcher,
    Extension(correlation_id): Extension<CorrelationId>,
    body: Bytes,
) -> Result<(StatusCode, Answer<Trip>), Problem> {
    let booking: Booking = read(&body)?;
    Ok(match state.dispatch().plan(&booking, state.occasion(correlation_id)).await? {
        Planned::New(trip) => (StatusCode::CREATED, Answer(trip)),
        Planned::Known(trip) => (StatusCode::OK, Answer(trip)),
    })
}

/// Where a trip is said to stand; of one that is delayed, what is promised now.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    status: TripStatus,
    reason: Option<String>,
    promised_arrival: Option<Timestamp>,
}

/// `PUT /trips/{id}/status`: 200 with the trip as it then stands.
pub(super) async fn change(
    State(state): State<AppState>,
    _: Dispatcher,
    Extension(correlation_id): Extension<CorrelationId>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Answer<Trip>, Problem> {
    let Said { status: to, reason, promised_arrival } = read(&body)?;
    let dispatch = state.dispatch();
    let trip = dispatch.trip(&id).await?;
    let word = Word { to, reason, promised_arrival };
    let moved = dispatch.move_trip(trip, word, state.occasion(correlation_id)).await?;
    Ok(Answer(moved))
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoSuch { what, name } => Self::no_such(what, &name),
            Refusal::Invalid(wrong) => {
                let detail =
                    format!("{} of what is asked for does not hold; nothing was changed", wrong.len());
                Self::invalid(detail, wrong)
            }
            Refusal::Log(error) => error.into(),
            Refusal::Store(error) => error.into(),
        }
    }
}

impl From<Violation> for Fault {
    fn from(violation: Violation) -> Self {
        Self::of(violation.field, violation.reason)
    }
}

fn read<T: for<'a> Deserialize<'a>>(body: &Bytes) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::unreadable(format!("body is not what it should be: {error}")))
}
