//! Pages: where one ended is written into the cursor of the next.

use std::str::FromStr;

use uuid::Uuid;
use watchtower_core::ports::store::{Cursor, Page, Window};

use super::fault::Fault;

/// Where a page of rows by (time, id) ended.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) time: i64,
    pub(super) id: Uuid,
}

impl Place {
    /// Before the first row, newest first.
    pub(super) const NEWEST: Self = Self { time: i64::MAX, id: Uuid::max() };

    /// After the row with this time and id.
    pub(super) fn cursor(self) -> Cursor {
        Cursor(format!("{}.{}", self.time, self.id.simple()))
    }

    /// Where a window begins.
    pub(super) fn of(window: &Window) -> Result<Self, Fault> {
        let Some(cursor) = &window.after else { return Ok(Self::NEWEST) };
        let parse = || {
            let (time, id) = cursor.0.split_once('.')?;
            Some(Self { time: time.parse().ok()?, id: Uuid::try_parse(id).ok()? })
        };
        parse().ok_or_else(|| refused(cursor))
    }
}

/// Where a page of rows by (time, vehicle) ended, oldest first.
pub(super) struct Named {
    pub(super) time: i64,
    pub(super) name: String,
}

impl Named {
    /// After the row with this time and name.
    pub(super) fn cursor(self) -> Cursor {
        Cursor(format!("{}.{}", self.time, self.name))
    }

    /// Where a window begins, when it is not at the first row.
    pub(super) fn of(window: &Window) -> Result<Option<Self>, Fault> {
        let Some(cursor) = &window.after else { return Ok(None) };
        let parse = || {
            let (time, name) = cursor.0.split_once('.')?;
            Some(Self { time: time.parse().ok()?, name: name.to_owned() })
        };
        parse().map(Some).ok_or_else(|| refused(cursor))
    }
}

/// The number a cursor is, when rows are told apart by one alone.
pub(super) fn number<T: FromStr>(cursor: &Cursor) -> Result<T, Fault> {
    cursor.0.parse().map_err(|_| refused(cursor))
}

fn refused(cursor: &Cursor) -> Fault {
    Fault::refused(format_args!("cursor {:?}", cursor.0), "no page of this store ended there")
}

/// One row more than wanted, to know whether there is a next page.
pub(super) fn wanted(window: &Window) -> i64 {
    i64::from(window.limit) + 1
}

/// Cuts the row that was one too many; the cursor is that of the last left.
pub(super) fn page<T>(mut items: Vec<T>, window: &Window, cursor: impl Fn(&T) -> Cursor) -> Page<T> {
    let limit = window.limit as usize;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = if more { items.last().map(cursor) } else { None };
    Page { items, next }
}
