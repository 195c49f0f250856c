//! Replies made into entries, and what becomes of those that are none.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use redis::{RedisError, RedisResult, Value};
use watchtower_core::{
    domain::event::{Event, EventError},
    ports::log::{Entry, EntryId, StreamId},
};

use super::{error::unexpected, keys};

/// As many different complaints are logged; all are counted.
const COMPLAINTS: usize = 256;
/// As much of an unknown type's name is logged.
const TYPE_CHARS: usize = 64;

/// An entry as Redis hands it out.
#[derive(Clone, Debug)]
pub(super) struct Raw {
    pub(super) stream: StreamId,
    pub(super) id: EntryId,
    /// Names and values in turn; `None` when it was deleted while pending.
    fields: Option<Vec<Value>>,
}

/// Counts what cannot be read, and logs each kind of it once.
#[derive(Default)]
pub(super) struct Unreadable {
    complained: Mutex<HashSet<String>>,
}

impl Unreadable {
    /// The entry, or `None` when it must be passed over.
    pub(super) fn entry(&self, raw: &Raw) -> Option<Entry> {
        let fields = raw.fields.as_ref()?;
        match event(fields) {
            Ok(event) => Some(Entry { stream: raw.stream, id: raw.id, event }),
            Err(reason) => {
                self.complain(raw, reason);
                None
            }
        }
    }

    fn complain(&self, raw: &Raw, reason: String) {
        let family = raw.stream.family.name();
        metrics::counter!("watchtower_log_unreadable_entries_total", "family" => family).increment(1);
        let mut complained = self.complained.lock().unwrap_or_else(PoisonError::into_inner);
        if complained.len() < COMPLAINTS && !complained.contains(&reason) {
            tracing::warn!(
                log.stream = %raw.stream,
                log.entry = %raw.id,
                log.reason = reason,
                "passed over an entry that cannot be read; more of this kind are only counted"
            );
            complained.insert(reason);
        }
    }
}

/// The reasons quote nothing of the payload: it is about people.
fn event(fields: &[Value]) -> Result<Event, String> {
    let json = fields
        .chunks_exact(2)
        .find_map(|pair| (bytes(&pair[0]).ok()? == b"json").then(|| bytes(&pair[1]).ok())?)
        .ok_or("it has no field json")?;
    let text = std::str::from_utf8(json).map_err(|_| "its json is not UTF-8")?;
    Event::from_json(text).map_err(|error| match error {
        EventError::Envelope(_) => "its envelope is malformed".to_owned(),
        EventError::UnknownType { type_name } => {
            format!("its type {:?} is unknown", type_name.chars().take(TYPE_CHARS).collect::<String>())
        }
        EventError::Payload { type_name, .. } => format!("its {type_name} payload is malformed"),
    })
}

/// The reply to XREAD and XREADGROUP.
pub(super) fn streams(reply: Value, asked: &[StreamId]) -> RedisResult<Vec<(StreamId, Vec<Raw>)>> {
    let streams: Vec<(Value, Value)> = match reply {
        Value::Nil => return Ok(Vec::new()),
        Value::Map(streams) => streams,
        Value::Array(streams) => streams.into_iter().map(pair).collect::<RedisResult<_>>()?,
        other => return Err(unexpected(kind(&other))),
    };
    streams
        .into_iter()
        .map(|(name, entries)| {
            let stream = keys::stream_named(bytes(&name)?, asked.iter().copied())
                .ok_or_else(|| unexpected("a stream not asked for"))?;
            Ok((stream, range(entries, stream)?))
        })
        .collect()
}

/// The reply to XRANGE and XCLAIM.
pub(super) fn range(reply: Value, stream: StreamId) -> RedisResult<Vec<Raw>> {
    array(reply)?.into_iter().map(|entry| raw(entry, stream)).collect()
}

/// One entry: its id and its fields.
pub(super) fn raw(entry: Value, stream: StreamId) -> RedisResult<Raw> {
    let (entry_id, fields) = pair(entry)?;
    let fields = match fields {
        Value::Nil => None,
        fields => Some(array(fields)?),
    };
    Ok(Raw { stream, id: id(&entry_id)?, fields })
}

/// An entry's id.
pub(super) fn id(value: &Value) -> RedisResult<EntryId> {
    let text = std::str::from_utf8(bytes(value)?).map_err(|_| unexpected("an id that is not UTF-8"))?;
    text.parse().map_err(|_| unexpected(text))
}

/// The elements of an array.
pub(super) fn array(value: Value) -> RedisResult<Vec<Value>> {
    match value {
        Value::Array(values) => Ok(values),
        Value::Nil => Ok(Vec::new()),
        other => Err(unexpected(kind(&other))),
    }
}

fn pair(value: Value) -> RedisResult<(Value, Value)> {
    let pair: [Value; 2] = array(value)?.try_into().map_err(|_| unexpected("not a pair"))?;
    Ok(pair.into())
}

fn bytes(value: &Value) -> Result<&[u8], RedisError> {
    match value {
        Value::BulkString(bytes) => Ok(bytes),
        Value::SimpleString(text) => Ok(text.as_bytes()),
        other => Err(unexpected(kind(other))),
    }
}

/// What sort of value it is; never the value.
const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Nil => "nil",
        Value::Int(_) => "an integer",
        Value::BulkString(_) | Value::SimpleString(_) => "a string",
        Value::Array(_) => "an array",
        Value::Map(_) => "a map",
        _ => "something else",
    }
}
