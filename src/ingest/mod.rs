//! Ways in: what devices and vendors send, decoded and judged.
//!
//! Pure: bytes and a moment in, elements out. Who may send, what is stored and
//! what is answered is decided elsewhere. One element of a body never affects
//! its neighbours; what cannot be used is refused by the name of its field.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono_tz::Tz;
use watchtower_core::domain::{
    alert::Alert,
    event::{Event, EventData},
    id::{CorrelationId, Derivation, EventId, VehicleKey},
    position::{Position, Source},
    time::Timestamp,
};

mod body;
mod fields;
pub mod loconav;
pub mod osmand;
pub mod owntracks;
pub mod positions;
mod reader;
pub mod signature;

/// The languages understood.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// LocoNav's pushes: live locations and alerts, told apart by content.
    LocoNav,
    /// OsmAnd and the Traccar clients: query, form or JSON.
    OsmAnd,
    /// OwnTracks over HTTP.
    OwnTracks,
    /// Watch Tower's own: a JSON array or NDJSON of positions.
    Positions,
}

/// A request as far as decoding needs it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// The `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The query string, without `?`.
    pub query: Option<&'a str>,
    /// Who the transport says is sending: OwnTracks' `X-Limit-U`.
    pub user: Option<&'a str>,
    /// With which device: OwnTracks' `X-Limit-D`.
    pub device: Option<&'a str>,
    /// The body, decompressed.
    pub body: &'a [u8],
}

/// What a body is judged by.
#[derive(Clone, Debug)]
pub struct Context {
    /// Who sends, and by which clock.
    pub source: Source,
    /// The wall clock.
    pub now: Timestamp,
    /// The zone of times written without one.
    pub zone: Tz,
    /// How far from now a time may lie.
    pub limits: Limits,
    /// Whose other names these are.
    pub aliases: Aliases,
    /// How vehicles are named.
    pub names: Names,
}

/// How vehicles are named.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Names {
    /// By their numbers, however a sender writes them.
    #[default]
    Numbers,
    /// As they are written, as in a recording.
    AsWritten,
}

/// Other names of vehicles (IMEIs, serials, the vendor's ids) and the key each
/// stands for. Shared; replaced as a whole when the books change.
pub type Aliases = Arc<HashMap<VehicleKey, VehicleKey>>;

/// How far from now a time may lie. Sources with a clock of their own are not
/// held to it: their newest fix is their now, and their history is kept until
/// it is dropped by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Further ahead is refused.
    pub max_ahead: Duration,
    /// A fix older than this is stale. Alerts are not: that somebody raised one
    /// is news however late it comes.
    pub retention: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(86_400);
        Self { max_ahead: Duration::from_secs(300), retention: 30 * DAY }
    }
}

/// Something the engine wants to hear of.
#[derive(Clone, PartialEq, Debug)]
pub enum Input {
    /// A fix.
    Fix {
        /// Whose.
        vehicle: VehicleKey,
        /// Where and when.
        position: Position,
    },
    /// Somebody else's alert.
    Alert(Alert),
}

impl Input {
    /// The input as an entry of the `position` stream, recorded at `now`.
    pub fn into_event(self, correlation_id: CorrelationId, now: Timestamp) -> Event {
        match self {
            Self::Fix { vehicle, position } => Event::position(&vehicle, position, correlation_id),
            Self::Alert(alert) => reported(alert, correlation_id, now),
        }
    }
}

/// A push with the end is another event than the one that told of the beginning.
fn reported(alert: Alert, correlation_id: CorrelationId, now: Timestamp) -> Event {
    let phase = alert.end.map_or_else(|| "start".to_owned(), |end| format!("end:{}", end.millis()));
    let subject = alert.id.to_string();
    let derivation = Derivation {
        kind: "alert.reported",
        key: alert.vehicle.as_str(),
        subject: &subject,
        start: alert.start,
        phase: &phase,
        revision: 0,
    };
    Event {
        id: EventId(derivation.uuid()),
        ts: alert.end.unwrap_or(alert.start),
        recorded_at: now,
        key: alert.vehicle.as_str().to_owned(),
        correlation_id,
        data: EventData::AlertReported(alert),
    }
}

/// One element of a body.
#[derive(Clone, PartialEq, Debug)]
pub struct Element {
    /// The vehicle it names, whatever became of the rest.
    pub vehicle: Option<VehicleKey>,
    /// What became of it.
    pub judgement: Judgement,
    /// Fields that were dropped from it, each by name with the reason.
    pub notes: Vec<String>,
}

/// What became of an element.
#[derive(Clone, PartialEq, Debug)]
pub enum Judgement {
    /// Usable. Empty when it is well formed and of no interest here.
    Inputs(Vec<Input>),
    /// Older than anything kept; the reason names the field.
    Stale(String),
    /// Not usable.
    Refused(Refusal),
}

/// Why an element is not usable.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// What sort of thing is wrong, for counting.
    pub class: RefusalClass,
    /// In words, beginning with the field's name.
    pub reason: String,
}

/// The sorts of things that are wrong with elements.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RefusalClass {
    /// Not JSON, or nested too deep.
    Syntax,
    /// A field is not there.
    Missing,
    /// A field holds another type than it should.
    Type,
    /// A number outside its range.
    Range,
    /// Exactly 0/0: a tracker without a fix.
    NullIsland,
    /// Further ahead than allowed.
    Future,
    /// No time in any known shape.
    Time,
    /// A kind of message that is not known.
    Unknown,
    /// A name no vehicle can have.
    Vehicle,
}

impl RefusalClass {
    /// The name used as a metric's label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Missing => "missing",
            Self::Type => "type",
            Self::Range => "range",
            Self::NullIsland => "null_island",
            Self::Future => "future",
            Self::Time => "time",
            Self::Unknown => "unknown",
            Self::Vehicle => "vehicle",
        }
    }
}

impl Refusal {
    /// Longest reason kept: reasons quote what was sent.
    const MAX_CHARS: usize = 240;

    pub(crate) fn new(class: RefusalClass, reason: impl Into<String>) -> Self {
        let mut reason: String = reason.into();
        if let Some((end, _)) = reason.char_indices().nth(Self::MAX_CHARS) {
            reason.truncate(end);
            reason.push('…');
        }
        Self { class, reason }
    }
}

/// Why a body as a whole cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Malformed {
    /// Not JSON.
    #[error("body is not JSON: {reason}")]
    Json {
        /// What the parser said.
        reason: String,
    },
    /// JSON, but neither an object nor a list.
    #[error("body: expected an object or a list, found {found}")]
    Shape {
        /// The type found.
        found: &'static str,
    },
    /// Nothing at all.
    #[error("body is empty")]
    Empty,
    /// More than [`MAX_ELEMENTS`].
    #[error("body holds more than {MAX_ELEMENTS} elements")]
    TooMany,
    /// Form fields that are not UTF-8.
    #[error("body is not UTF-8")]
    Encoding,
}

/// The most elements of one body: what 16 MiB of the shortest useful positions
/// hold, and a bound on what a list of nothings can cost.
pub const MAX_ELEMENTS: usize = 250_000;

/// Decodes a body into elements, in order.
pub fn decode(format: Format, request: &Request<'_>, context: &Context) -> Result<Vec<Element>, Malformed> {
    match format {
        Format::LocoNav => loconav::decode(request, context),
        Format::OsmAnd => osmand::decode(request, context),
        Format::OwnTracks => owntracks::decode(request, context),
        Format::Positions => positions::decode(request, context),
    }
}
