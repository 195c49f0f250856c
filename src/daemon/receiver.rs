//! The receiver: takes a request from whatever brought it, decodes it, makes it
//! durable and says what became of it.
//!
//! It knows no transport. Webhooks, the poller and the simulator hand it the
//! same bytes and get the same receipt. Who may send is settled before.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use chrono_tz::Tz;
use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData, RawBody, RawRequest, Rejection},
        id::{CorrelationId, EventId, VehicleKey},
        position::Source,
        time::Timestamp,
    },
    ports::log::{EventLog, Family, LogError},
};

use crate::ingest::{self, Aliases, Context, Element, Format, Judgement, Limits, Malformed, Names};

mod memory;
mod sorting;

use memory::Memory;
use sorting::Sorted;

/// Bodies from this size on are decoded off the runtime's threads: above it
/// decoding takes milliseconds.
const OFFLOAD_BYTES: usize = 256 * 1024;

/// How the receiver judges and remembers.
#[derive(Clone, Debug)]
pub struct ReceiverOptions {
    /// The zone of times written without one.
    pub zone: Tz,
    /// How far from now a time may lie.
    pub limits: Limits,
    /// How long to wait for the log.
    pub append_timeout: Duration,
    /// How many of a vehicle's last inputs are remembered, to tell duplicates.
    pub remembered_inputs: usize,
    /// Of how many vehicles at least.
    pub remembered_vehicles: usize,
}

impl Default for ReceiverOptions {
    fn default() -> Self {
        Self {
            zone: chrono_tz::Africa::Lagos,
            limits: Limits::default(),
            append_timeout: Duration::from_secs(10),
            remembered_inputs: 64,
            remembered_vehicles: 20_000,
        }
    }
}

/// A request, whoever brought it.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The language of the body.
    pub format: Format,
    /// Who sends, and by which clock.
    pub source: Source,
    /// The path it came by, without any secret in it.
    pub path: String,
    /// The `Content-Type`.
    pub content_type: Option<String>,
    /// The query string, without `?`.
    pub query: Option<String>,
    /// OwnTracks' `X-Limit-U`.
    pub user: Option<String>,
    /// OwnTracks' `X-Limit-D`.
    pub device: Option<String>,
    /// The body, decompressed.
    pub body: Bytes,
    /// Ties it to what it causes.
    pub correlation_id: CorrelationId,
    /// When it came.
    pub now: Timestamp,
}

impl Incoming {
    /// A request with nothing but a body, as the poller and the simulator make it.
    pub fn new(format: Format, source: Source, body: impl Into<Bytes>, now: Timestamp) -> Self {
        Self {
            format,
            path: source.name.to_string(),
            source,
            content_type: None,
            query: None,
            user: None,
            device: None,
            body: body.into(),
            correlation_id: CorrelationId(Uuid::now_v7()),
            now,
        }
    }
}

/// What became of a request that is durable.
#[derive(Clone, PartialEq, Debug)]
pub struct Receipt {
    /// How it should be answered.
    pub outcome: Outcome,
    /// Elements that were news.
    pub accepted: usize,
    /// Elements heard before.
    pub duplicates: usize,
    /// Elements refused, by index and with the field's name.
    pub rejected: Vec<Rejection>,
    /// Elements older than anything kept.
    pub stale: Vec<Rejection>,
    /// Fields dropped from elements that were otherwise used.
    pub notes: Vec<Rejection>,
    /// Ties the answer to what it caused.
    pub correlation_id: CorrelationId,
}

/// How a request should be answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It could be read.
    Taken,
    /// It could be read, and every element of it was refused.
    AllRefused,
    /// It could not be read.
    Malformed(Malformed),
}

/// Why a request is not durable: the sender should send it again.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The log refused it.
    #[error("request could not be made durable")]
    Log(#[source] LogError),
    /// The log did not answer in time.
    #[error("request could not be made durable within {} s", after.as_secs())]
    TimedOut {
        /// How long we waited.
        after: Duration,
    },
}

/// The receiver.
pub struct Receiver {
    log: Arc<dyn EventLog>,
    options: ReceiverOptions,
    memory: Mutex<Memory>,
    aliases: RwLock<Aliases>,
}

impl Receiver {
    /// A receiver that remembers nothing yet.
    pub fn new(log: Arc<dyn EventLog>, options: ReceiverOptions) -> Self {
        let memory = Memory::new(options.remembered_inputs, options.remembered_vehicles);
        Self { log, options, memory: Mutex::new(memory), aliases: RwLock::default() }
    }

    /// Takes other names of vehicles from the next request on.
    pub fn set_aliases(&self, aliases: HashMap<VehicleKey, VehicleKey>) {
        *self.aliases.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(aliases);
    }

    /// Decodes a request and makes it durable: one raw entry, and one entry for
    /// every fix and alert not heard before, appended together.
    pub async fn receive(&self, incoming: Incoming) -> Result<Receipt, ReceiveError> {
        let began = Instant::now();
        let incoming = Arc::new(incoming);
        let (elements, malformed) = match self.decode(&incoming).await {
            Ok(elements) => (elements, None),
            Err(malformed) => (Vec::new(), Some(malformed)),
        };
        let outcome = match malformed {
            Some(malformed) => Outcome::Malformed(malformed),
            None if !elements.is_empty() && elements.iter().all(is_refused) => Outcome::AllRefused,
            None => Outcome::Taken,
        };
        let key = one_vehicle(&elements);
        let sorted = {
            let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
            sorting::sort(elements, &incoming, &memory)
        };
        let Sorted { inputs, learned, receipt, tally } = sorted;
        let receipt = Receipt { outcome, ..receipt };

        let mut entries = Vec::with_capacity(inputs.len() + 1);
        entries.push((Family::Raw, raw(&incoming, key, &receipt)));
        entries.extend(inputs.into_iter().map(|input| (Family::Position, input)));
        let durable = self.make_durable(&entries).await;
        let source = sorting::label(&incoming.source);
        metrics::histogram!("watchtower_receive_duration_seconds", "source" => source.clone())
            .record(began.elapsed().as_secs_f64());
        if let Err(error) = durable {
            metrics::counter!("watchtower_receive_not_durable_total", "source" => source).increment(1);
            return Err(error);
        }

        // Only now: had the append failed, the sender's next attempt is news.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).learn(learned);
        tally.count(&source, &receipt);
        Ok(receipt)
    }

    async fn decode(&self, incoming: &Arc<Incoming>) -> Result<Vec<Element>, Malformed> {
        let context = Context {
            source: incoming.source.clone(),
            now: incoming.now,
            zone: self.options.zone,
            limits: self.options.limits,
            aliases: self.aliases.read().unwrap_or_else(PoisonError::into_inner).clone(),
            names: Names::Numbers,
        };
        if incoming.body.len() < OFFLOAD_BYTES {
            return decode(incoming, &context);
        }
        let incoming = Arc::clone(incoming);
        tokio::task::spawn_blocking(move || decode(&incoming, &context))
            .await
            .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }

    /// The boundary after which a request may be answered 2xx.
    ///
    /// Durable is what the log has accepted. The receiver's own journal on disk
    /// takes its place here, before the log: group commit and fsync first, the
    /// log after, and a log that is down is then no error until the journal is
    /// full.
    async fn make_durable(&self, entries: &[(Family, Event)]) -> Result<(), ReceiveError> {
        let after = self.options.append_timeout;
        match tokio::time::timeout(after, self.log.append(entries)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(ReceiveError::Log(error)),
            Err(_) => Err(ReceiveError::TimedOut { after }),
        }
    }
}

fn decode(incoming: &Incoming, context: &Context) -> Result<Vec<Element>, Malformed> {
    let request = ingest::Request {
        content_type: incoming.content_type.as_deref(),
        query: incoming.query.as_deref(),
        user: incoming.user.as_deref(),
        device: incoming.device.as_deref(),
        body: &incoming.body,
    };
    ingest::decode(incoming.format, &request, context)
}

fn is_refused(element: &Element) -> bool {
    matches!(element.judgement, Judgement::Refused(_))
}

/// The vehicle, when the request names exactly one.
fn one_vehicle(elements: &[Element]) -> Option<VehicleKey> {
    let mut named = elements.iter().filter_map(|element| element.vehicle.as_ref());
    let first = named.next()?;
    named.all(|other| other == first).then(|| first.clone())
}

/// The request as it was sent, as an event.
fn raw(incoming: &Incoming, vehicle: Option<VehicleKey>, receipt: &Receipt) -> Event {
    let text = match (&incoming.body, &incoming.query) {
        (body, Some(query)) if body.is_empty() => RawBody::Body(query.clone()),
        (body, _) => match std::str::from_utf8(body) {
            Ok(text) => RawBody::Body(text.to_owned()),
            Err(_) => RawBody::BodyBase64(STANDARD.encode(body)),
        },
    };
    let mut rejected = receipt.rejected_or_stale();
    if let Outcome::Malformed(malformed) = &receipt.outcome {
        rejected.push(Rejection { index: 0, reason: malformed.to_string() });
    }
    let key = vehicle.map_or_else(|| incoming.correlation_id.to_string(), String::from);
    Event {
        // Not derived: two equal requests are two requests.
        id: EventId(Uuid::now_v7()),
        ts: incoming.now,
        recorded_at: incoming.now,
        key,
        correlation_id: incoming.correlation_id,
        data: EventData::WebhookReceived(RawRequest {
            source: incoming.source.name.to_string(),
            path: told_path(incoming),
            content_type: incoming.content_type.clone(),
            body: text,
            rejected,
        }),
    }
}

/// The path, with whatever beside the body told who is sending, so that the raw
/// entry decodes to the same thing again.
fn told_path(incoming: &Incoming) -> String {
    let mut told = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [("u", &incoming.user), ("d", &incoming.device)] {
        if let Some(value) = value {
            told.append_pair(name, value);
        }
    }
    if !incoming.body.is_empty() && incoming.format != Format::LocoNav {
        let query = incoming.query.as_deref().unwrap_or_default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if matches!(&*name, "u" | "d" | "id" | "deviceid" | "device_id") {
                told.append_pair(&name, &value);
            }
        }
    }
    match told.finish() {
        told if told.is_empty() => incoming.path.clone(),
        told => format!("{}?{told}", incoming.path),
    }
}

impl Receipt {
    /// What was refused and what was stale, in the order of the body.
    pub fn rejected_or_stale(&self) -> Vec<Rejection> {
        let mut all = [self.rejected.as_slice(), self.stale.as_slice()].concat();
        all.sort_by_key(|rejection| rejection.index);
        all
    }
}
