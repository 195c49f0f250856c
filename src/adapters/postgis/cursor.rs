//! Where a page ended: the key of its last row, never a count of rows.

use uuid::Uuid;
use watchtower_core::{
    domain::time::Timestamp,
    ports::store::{Cursor, Page, Window},
};

use super::Failure;

/// The place of a row in a history: when, and which of that moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Keyset {
    pub(super) at: Timestamp,
    pub(super) id: Uuid,
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
