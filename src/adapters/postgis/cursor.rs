//! Where a page ended: the key of its last row, never a count of rows.

use uuid::Uuid;
use watchtower_core::{
    domain::time::Timestamp,
    ports::store::{Cursor, Page, Span, Window},
};

use super::{Failure, Query, positions::time};

/// The place of a row in a history: when, and which of that moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Keyset {
    pub(super) at: Timestamp,
    pub(super) id: Uuid,
}

/// The end of a statement for a page, newest first, of rows by `$at` and `id`: what
/// [`bind`] binds is `$1` to `$5`, what else is asked comes after. The time stands by
/// itself beside the cursor, because partitions are chosen by it.
macro_rules! newest_first {
    ($at:literal) => {
        concat!(
            "($1::timestamptz is null or ",
            $at,
            " >= $1) and ($2::timestamptz is null or ",
            $at,
            " < $2) and ($3::timestamptz is null or (",
            $at,
            " <= $3 and (",
            $at,
            ", id) < ($3, $4))) order by ",
            $at,
            " desc, id desc limit $5"
        )
    };
}
pub(super) use newest_first;

/// Binds what [`newest_first`] asks for: a span, where the page begins, how many rows.
pub(super) fn bind<'q>(
    query: Query<'q>,
    span: Option<Span>,
    after: Option<Keyset>,
    window: &Window,
) -> Query<'q> {
    query
        .bind(span.map(|span| time(span.from)))
        .bind(span.map(|span| time(span.to)))
        .bind(after.map(|key| time(key.at)))
        .bind(after.map(|key| key.id))
        .bind(wanted(window))
}

/// One row more than wanted, to know whether there is a next page.
pub(super) fn wanted(window: &Window) -> i64 {
    i64::from(window.limit) + 1
}

/// Reads the cursor of a window, made for the question `kind`.
pub(super) fn read(kind: char, window: &Window) -> Result<Option<Keyset>, Failure> {
    let Some(Cursor(text)) = &window.after else { return Ok(None) };
    let parse = || {
        let (millis, id) = text.strip_prefix(kind)?.split_once('.')?;
        let at = Timestamp::from_millis(millis.parse().ok()?);
        at.is_on_calendar().then_some(())?;
        Some(Keyset { at, id: Uuid::try_parse(id).ok()? })
    };
    parse().map(Some).ok_or_else(refused)
}

/// Cuts rows, of which one more than wanted was asked for, to a page.
pub(super) fn page<T>(kind: char, window: &Window, items: Vec<T>, key: impl Fn(&T) -> Keyset) -> Page<T> {
    cut(window, items, |last| {
        let Keyset { at, id } = key(last);
        Cursor(format!("{kind}{}.{}", at.millis(), id.simple()))
    })
}

/// The same for rows of any key.
pub(super) fn cut<T>(window: &Window, mut items: Vec<T>, cursor: impl Fn(&T) -> Cursor) -> Page<T> {
    let more = items.len() > window.limit as usize;
    items.truncate(window.limit as usize);
    let next = items.last().filter(|_| more).map(cursor);
    Page { items, next }
}

/// The place of a row of a vehicle: when, and whose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Named {
    pub(super) at: Timestamp,
    pub(super) name: String,
}

impl Named {
    /// Reads the cursor of a window, made for the question `kind`.
    pub(super) fn of(kind: char, window: &Window) -> Result<Option<Self>, Failure> {
        let Some(Cursor(text)) = &window.after else { return Ok(None) };
        let parse = || {
            let (millis, name) = text.strip_prefix(kind)?.split_once('.')?;
            let at = Timestamp::from_millis(millis.parse().ok()?);
            at.is_on_calendar().then(|| Self { at, name: name.to_owned() })
        };
        parse().map(Some).ok_or_else(refused)
    }

    /// After this row.
    pub(super) fn cursor(self, kind: char) -> Cursor {
        Cursor(format!("{kind}{}.{}", self.at.millis(), self.name))
    }
}

fn refused() -> Failure {
    Failure::refused("cursor", "not one of this answer's")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_serves_only_the_question_it_was_made_for() {
        let key = Keyset { at: Timestamp::from_millis(5), id: Uuid::from_u128(7) };
        let window = Window { limit: 1, after: None };
        let page = page('e', &window, vec![key, key], |key| *key);
        assert_eq!(page.items.len(), 1);
        let window = Window { limit: 1, after: page.next };
        assert_eq!(read('e', &window).unwrap(), Some(key));
        assert!(read('a', &window).is_err());
    }
}
