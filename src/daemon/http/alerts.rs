//! Alerts: read them, take note of them.

use axum::{Extension, Json as Answer, body::Bytes, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use watchtower_core::{
    domain::{
        alert::{Acknowledgement, AlertKind},
        event::{Command, Event, EventData},
        id::{AlertId, CorrelationId, Derivation, EventId, VehicleKey},
        storm::{self, Storm},
        time::Timestamp,
    },
    filter::{AlertSighting, Filter},
    ports::{
        log::Family,
        store::{AlertQuery, AlertRecord, Page, Span, Window},
    },
};

use super::{
    AppState,
    error::Problem,
    guard::{Dispatcher, Viewer},
    page::{self, List, Path, Query},
};
use crate::books::Books;

/// Longest note.
const MAX_NOTE_CHARS: usize = 2_000;
/// Alerts looked at for one page of a filtered list.
const MOST_SEEN: usize = 10_000;
/// Longest name.
const MAX_NAME_CHARS: usize = 200;

/// The query of the list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(alias = "truck")]
    vehicle: Option<String>,
    kind: Option<String>,
    open: Option<bool>,
    filter: Option<String>,
    from: Option<String>,
    to: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// `GET /alerts`, newest first.
pub(super) async fn list(
    State(state): State<AppState>,
    _: Viewer,
    Query(query): Query<Wanted>,
) -> Result<Answer<List<AlertRecord>>, Problem> {
    let vehicle = query.vehicle.as_deref().map(VehicleKey::new).transpose();
    let wanted = AlertQuery {
        vehicle: vehicle.map_err(|error| Problem::parameter("vehicle", error.to_string()))?,
        kind: query.kind.as_deref().map(kind).transpose()?,
        open: query.open,
        span: page::span_if_any(query.from.as_deref(), query.to.as_deref(), state.options.zone)?,
    };
    let window = page::window(query.limit, query.cursor)?;
    match page::filter(query.filter.as_deref())? {
        None => Ok(Answer(state.store.alerts(&wanted, window).await?.into())),
        Some(filter) => Ok(Answer(meant(&state, &filter, &wanted, window).await?.into())),
    }
}

/// A page of the alerts a filter means. It is short, perhaps empty, and goes on when
/// many had to be looked at.
async fn meant(
    state: &AppState,
    filter: &Filter,
    wanted: &AlertQuery,
    window: Window,
) -> Result<Page<AlertRecord>, Problem> {
    let (books, now) = (Books::read(&*state.log).await?, state.now());
    let is_meant = |record: &AlertRecord| {
        let alert = &record.alert;
        filter.matches(&AlertSighting { alert, truck: books.sighting(&alert.vehicle, None, now) })
    };
    let (mut items, mut after, mut seen) = (Vec::new(), window.after, 0);
    loop {
        // Never more than still fit, so that the cursor is where the page ends.
        let limit = window.limit - items.len() as u32;
        let page = state.store.alerts(wanted, Window { limit, after }).await?;
        seen += page.items.len();
        items.extend(page.items.into_iter().filter(is_meant));
        let full = items.len() >= window.limit as usize || seen >= MOST_SEEN;
        match page.next {
            Some(next) if !full => after = Some(next),
            next => return Ok(Page { items, next }),
        }
    }
}

/// The query of the storms.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Weather {
    kind: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

/// The storms of a span.
#[derive(Serialize)]
pub(super) struct Storms {
    items: Vec<Storm>,
}

/// Storms are looked for in all alerts of a span at once; of no longer one.
const MOST_DAYS: f64 = 7.0;

/// `GET /alerts/storms`: where many alerts of a kind began together; of the last day, unless
/// a span is named.
pub(super) async fn storms(
    State(state): State<AppState>,
    _: Viewer,
    Query(query): Query<Weather>,
) -> Result<Answer<Storms>, Problem> {
    let now = state.now();
    let yesterday = Timestamp::from_millis(now.millis() - 24 * 3_600_000);
    let defaults = Span { from: yesterday, to: now };
    let span = page::span(query.from.as_deref(), query.to.as_deref(), state.options.zone, defaults)?;
    let days = span.to.seconds_since(span.from) / 86_400.0;
    if days > MOST_DAYS {
        return Err(Problem::parameter("from", format!("{days:.0} days are more than {MOST_DAYS}")));
    }
    let kind = query.kind.as_deref().map(kind).transpose()?;
    let wanted = AlertQuery { span: Some(span), kind, ..AlertQuery::default() };
    let (mut begun, mut after) = (Vec::new(), None);
    loop {
        let page = state.store.alerts(&wanted, Window { limit: MOST_SEEN as u32, after }).await?;
        begun.extend(page.items.into_iter().map(|record| {
            let alert = record.alert;
            (alert.kind, alert.vehicle, alert.start)
        }));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let items = storm::storms(begun.iter().map(|(kind, vehicle, start)| (*kind, vehicle, *start)));
    Ok(Answer(Storms { items }))
}

fn kind(name: &str) -> Result<AlertKind, Problem> {
    let kind = AlertKind::ALL.iter().find(|kind| kind.name() == name);
    kind.copied().ok_or_else(|| Problem::parameter("kind", format!("{name:?} is no kind of alert")))
}

/// `GET /alerts/{id}`.
pub(super) async fn one(
    State(state): State<AppState>,
    _: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Answer<AlertRecord>, Problem> {
    find(&state, AlertId(id)).await.map(Answer)
}

/// What somebody has to say of an alert.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Word {
    /// Who, when the token is shared by several people.
    by: Option<String>,
    note: Option<String>,
}

/// The command that was issued.
#[derive(Serialize)]
pub(super) struct Issued {
    alert: AlertId,
    by: String,
    correlation_id: CorrelationId,
}

/// `POST /alerts/{id}/acknowledge`: 202 once the command is in the log. Asking
/// twice is asking once.
pub(super) async fn acknowledge(
    State(state): State<AppState>,
    Dispatcher(name): Dispatcher,
    Extension(correlation_id): Extension<CorrelationId>,
    Path(id): Path<Uuid>,
    body: Bytes,
) -> Result<(StatusCode, Answer<Issued>), Problem> {
    let word: Word = match body.trim_ascii() {
        [] => Word::default(),
        text => serde_json::from_slice(text)
            .map_err(|error| Problem::unreadable(format!("body is not what it should be: {error}")))?,
    };
    for (field, text, most) in [("note", &word.note, MAX_NOTE_CHARS), ("by", &word.by, MAX_NAME_CHARS)] {
        if text.as_ref().is_some_and(|text| text.chars().count() > most) {
            return Err(Problem::parameter(field, format!("longer than {most} characters")));
        }
    }
    let alert = find(&state, AlertId(id)).await?.alert;
    let by = word.by.filter(|by| !by.trim().is_empty()).unwrap_or(name);
    let now = state.now();
    let subject = alert.id.to_string();
    let derivation = Derivation {
        kind: "command.issued",
        key: alert.vehicle.as_str(),
        subject: &subject,
        start: alert.start,
        phase: "acknowledge",
        revision: 0,
    };
    let acknowledgement = Acknowledgement { alert: alert.id, by: by.clone(), note: word.note };
    let command = Event {
        id: EventId(derivation.uuid()),
        ts: now,
        recorded_at: now,
        key: alert.vehicle.as_str().to_owned(),
        correlation_id,
        data: EventData::CommandIssued(Command::AcknowledgeAlert(acknowledgement)),
    };
    state.log.append(&[(Family::Command, command)]).await?;
    Ok((StatusCode::ACCEPTED, Answer(Issued { alert: alert.id, by, correlation_id })))
}

async fn find(state: &AppState, id: AlertId) -> Result<AlertRecord, Problem> {
    state.store.alert(id).await?.ok_or_else(|| Problem::no_such("alert", &id.to_string()))
}
