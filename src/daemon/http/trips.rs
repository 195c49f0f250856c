//! Trips: read them, plan one, say where one stands.

use axum::{Extension, Json as Answer, body::Bytes, extract::State, http::StatusCode};
use serde::Deserialize;
use uuid::Uuid;
use watchtower_core::{
    domain::{
        booking::{Booking, Known, Violation},
        id::{CorrelationId, TripId},
        trip::{Trip, TripStatus, TripStatusChange},
    },
    ports::log::Meta,
};

use super::{
    AppState,
    error::{Fault, Problem},
    guard::{Dispatcher, Viewer},
    page::{self, List, Paging, Path, Query},
};
use crate::daemon::registry::Registry;

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
    find(&state, &id).await.map(Answer)
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
    let known = known(&state, &booking).await?;
    let planned = booking.plan(&known, state.now(), state.options.zone);
    let trip = match planned {
        Ok(trip) => trip,
        Err(wrong) => {
            let detail = format!("{} of what is asked for does not hold; no trip was planned", wrong.len());
            return Err(Problem::invalid(detail, wrong));
        }
    };
    if let Some(trip) = state.store.trip(trip.id).await? {
        return Ok((StatusCode::OK, Answer(trip)));
    }
    let record = vec![Meta::Trip(trip.clone())];
    let changed = Registry::new(state.log.clone()).save(record, correlation_id, state.now()).await?;
    let status = if changed > 0 { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Answer(trip)))
}

/// Where a trip is said to stand.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Word {
    status: TripStatus,
    reason: Option<String>,
}

/// `PUT /trips/{id}/status`: 200 with the trip as it then stands.
pub(super) async fn change(
    State(state): State<AppState>,
    _: Dispatcher,
    Extension(correlation_id): Extension<CorrelationId>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Answer<Trip>, Problem> {
    let word: Word = read(&body)?;
    let trip = find(&state, &id).await?;
    if trip.status == word.status {
        return Ok(Answer(trip));
    }
    if !trip.status.may_become(word.status) {
        let (from, to) = (trip.status.name(), word.status.name());
        let fault = Violation { field: "status", reason: format!("{from} does not become {to}") };
        return Err(Problem::invalid(format!("trip {} is {from}", trip.readable_id), [fault]));
    }
    let change =
        TripStatusChange { reason: word.reason, ..TripStatusChange::new(trip.id, trip.status, word.status) };
    let moved = Trip { status: word.status, ..trip.clone() };
    Registry::new(state.log.clone()).move_trip(trip, change, correlation_id, state.now()).await?;
    Ok(Answer(moved))
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

/// What the books say of what is asked for.
async fn known(state: &AppState, booking: &Booking) -> Result<Known, Problem> {
    let mut known = Known { truck: state.store.truck(&booking.truck).await?, ..Known::default() };
    for record in state.log.meta().await? {
        match record {
            Meta::Geofence(fence) => {
                known.pickup |= fence.id == booking.pickup;
                known.delivery |= fence.id == booking.delivery;
            }
            Meta::Driver(driver) => known.driver |= Some(driver.id) == booking.driver,
            Meta::Organization(organization) => known.client |= Some(organization.id) == booking.client,
            Meta::Truck(_) | Meta::Trip(_) | Meta::Lane(_) => {}
        }
    }
    Ok(known)
}

/// A trip by its UUID or readable id. One planned a moment ago is in the log's picture
/// before the store has it.
async fn find(state: &AppState, id: &str) -> Result<Trip, Problem> {
    let uuid = Uuid::try_parse(id).ok();
    if let Some(uuid) = uuid
        && let Some(trip) = state.store.trip(TripId(uuid)).await?
    {
        return Ok(trip);
    }
    let is_it = |trip: &Trip| Some(trip.id.0) == uuid || trip.readable_id.replace('/', "-") == id;
    let planned = state.log.meta().await?.into_iter().find_map(|record| match record {
        Meta::Trip(trip) if is_it(&trip) => Some(trip),
        _ => None,
    });
    let Some(planned) = planned else { return Err(Problem::no_such("trip", id)) };
    Ok(state.store.trip(planned.id).await?.unwrap_or(planned))
}
