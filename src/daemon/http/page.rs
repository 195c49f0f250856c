//! Lists in pages: `limit` and an opaque `cursor`; and query strings and paths
//! whose faults are problems.

use axum::extract::FromRequestParts;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use watchtower_core::{
    domain::time::Timestamp,
    filter::Filter,
    ports::store::{Cursor, Page, Span, Window},
};

use super::error::Problem;

/// Rows in a page unless asked for otherwise.
const DEFAULT_LIMIT: u32 = 100;
/// The most rows in a page.
const MAX_LIMIT: u32 = 1_000;

/// A query string.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub(super) struct Query<T>(pub(super) T);

/// The parameters of a path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub(super) struct Path<T>(pub(super) T);

/// The query of a list that is asked for whole.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paging {
    pub(super) limit: Option<u32>,
    pub(super) cursor: Option<String>,
}

/// The filter of a query, none where it is empty.
pub(super) fn filter(text: Option<&str>) -> Result<Option<Filter>, Problem> {
    let read = |text: &str| {
        Filter::parse(text).map_err(|error| Problem::parameter("filter", error.to_string()).at(error.column))
    };
    Ok(text.map(read).transpose()?.filter(|filter| !filter.is_empty()))
}

/// A page as it is answered.
#[derive(Serialize)]
pub(super) struct List<T> {
    pub(super) items: Vec<T>,
    /// The cursor of the next page, null at the end.
    pub(super) next: Option<String>,
}

impl<T> From<Page<T>> for List<T> {
    fn from(page: Page<T>) -> Self {
        Self { items: page.items, next: page.next.map(|cursor| cursor.0) }
    }
}

/// The rows wanted.
pub(super) fn window(limit: Option<u32>, cursor: Option<String>) -> Result<Window, Problem> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Problem::parameter("limit", format!("{limit} is not between 1 and {MAX_LIMIT}")));
    }
    Ok(Window { limit, after: cursor.map(Cursor) })
}

/// A page of rows that are all at hand, in the order of their keys.
pub(super) fn cut<T>(
    mut rows: Vec<T>,
    key: impl Fn(&T) -> String,
    limit: Option<u32>,
    cursor: Option<String>,
) -> Result<List<T>, Problem> {
    let window = window(limit, cursor)?;
    let after = window.after.map(|cursor| read(&cursor.0)).transpose()?;
    rows.sort_by_cached_key(&key);
    if let Some(after) = after {
        rows.retain(|row| key(row) > after);
    }
    let limit = window.limit as usize;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| written(&key(last)));
    Ok(List { items: rows, next })
}

/// A cursor of any characters, as it may stand in an address.
pub(super) fn written(cursor: &str) -> String {
    URL_SAFE_NO_PAD.encode(cursor)
}

/// What was [`written`].
pub(super) fn read(cursor: &str) -> Result<String, Problem> {
    let decoded = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.ok_or_else(|| Problem::parameter("cursor", "not one of ours"))
}

/// The span between two optional times; both or neither, unless a default is
/// known to the caller.
pub(super) fn span(from: Option<&str>, to: Option<&str>, zone: Tz, defaults: Span) -> Result<Span, Problem> {
    let read = |name: &str, text: Option<&str>, default| match text {
        None => Ok(default),
        Some(text) => Timestamp::parse_or_midnight(text, zone)
            .map_err(|error| Problem::parameter(name, error.to_string())),
    };
    let (from, to) = (read("from", from, defaults.from)?, read("to", to, defaults.to)?);
    if from >= to {
        return Err(Problem::parameter("from", format!("{from} is not before {to}")));
    }
    Ok(Span { from, to })
}

/// The span asked for, when one is.
pub(super) fn span_if_any(from: Option<&str>, to: Option<&str>, zone: Tz) -> Result<Option<Span>, Problem> {
    if from.is_none() && to.is_none() {
        return Ok(None);
    }
    // 9999-12-31, the last day RFC 3339 can write.
    let always = Span { from: Timestamp::from_millis(0), to: Timestamp::from_millis(253_402_300_799_999) };
    span(from, to, zone, always).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_on_exactly_one_page() {
        let rows: Vec<u32> = (0..25).rev().collect();
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = cut(rows.clone(), |row| format!("{row:03}"), Some(10), cursor).unwrap();
            seen.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, (0..25).collect::<Vec<_>>());
    }

    #[test]
    fn limits_and_cursors_are_checked() {
        assert!(window(Some(0), None).is_err());
        assert!(window(Some(1_001), None).is_err());
        assert!(cut(vec![1], ToString::to_string, None, Some("§".into())).is_err());
        assert!(span_if_any(Some("2024-01-32"), None, chrono_tz::UTC).is_err());
        assert!(span_if_any(Some("2024-01-02"), Some("2024-01-03"), chrono_tz::UTC).is_ok());
    }
}
