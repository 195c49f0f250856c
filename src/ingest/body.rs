//! A body cut into elements: a list, one object, or lines.
//!
//! Elements stay raw text here, so that one that is nested too deep or holds a
//! number out of range is refused alone.

use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Element, Judgement, MAX_ELEMENTS, Malformed, Refusal, RefusalClass};

/// The elements of a JSON body: those of a list, or the one object it is.
pub(super) fn elements(body: &[u8]) -> Result<Vec<&RawValue>, Malformed> {
    match first(body) {
        None => Err(Malformed::Empty),
        Some(b'[') => list(body),
        Some(_) => {
            let raw: &RawValue = serde_json::from_slice(body).map_err(unreadable)?;
            match raw.get().as_bytes().first() {
                Some(b'{') => Ok(vec![raw]),
                Some(b'"') => Err(Malformed::Shape { found: "text" }),
                Some(b't' | b'f') => Err(Malformed::Shape { found: "a boolean" }),
                Some(b'n') => Err(Malformed::Shape { found: "null" }),
                _ => Err(Malformed::Shape { found: "a number" }),
            }
        }
    }
}

/// The lines of NDJSON, each for itself; blank lines do not count.
pub(super) fn lines(body: &[u8]) -> Result<Vec<Result<&RawValue, Refusal>>, Malformed> {
    let mut found = Vec::new();
    for line in body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()) {
        if found.len() == MAX_ELEMENTS {
            return Err(Malformed::TooMany);
        }
        found.push(
            serde_json::from_slice(line)
                .map_err(|error| Refusal::new(RefusalClass::Syntax, format!("line: {error}"))),
        );
    }
    Ok(found)
}

/// Gathers what elements became of, and of how many there may be at most. A body
/// none of whose elements could be parsed was not readable at all.
pub(super) fn gathered(judged: impl Iterator<Item = Element>) -> Result<Vec<Element>, Malformed> {
    let elements: Vec<_> = judged.take(MAX_ELEMENTS + 1).collect();
    if elements.len() > MAX_ELEMENTS {
        return Err(Malformed::TooMany);
    }
    let syntax = |element: &Element| match &element.judgement {
        Judgement::Refused(refusal) if refusal.class == RefusalClass::Syntax => Some(refusal.reason.clone()),
        Judgement::Refused(_) | Judgement::Inputs(_) | Judgement::Stale(_) => None,
    };
    match elements.first().and_then(syntax) {
        Some(reason) if elements.iter().all(|element| syntax(element).is_some()) => {
            Err(Malformed::Json { reason })
        }
        _ => Ok(elements),
    }
}

/// The first byte that is not white space.
pub(super) fn first(body: &[u8]) -> Option<u8> {
    body.trim_ascii_start().first().copied()
}

fn list(body: &[u8]) -> Result<Vec<&RawValue>, Malformed> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let elements = List.deserialize(&mut deserializer).map_err(unreadable)?;
    deserializer.end().map_err(unreadable)?;
    if elements.len() > MAX_ELEMENTS {
        return Err(Malformed::TooMany);
    }
    Ok(elements)
}

fn unreadable(error: serde_json::Error) -> Malformed {
    Malformed::Json { reason: error.to_string() }
}

/// Reads a list up to one element more than allowed, and skips the rest.
struct List;

impl<'de> DeserializeSeed<'de> for List {
    type Value = Vec<&'de RawValue>;
    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while elements.len() <= MAX_ELEMENTS {
            match list.next_element::<&RawValue>()? {
                Some(element) => elements.push(element),
                None => return Ok(elements),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(elements)
    }
}
