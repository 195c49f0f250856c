//! What can go wrong with the file, before it is put in the words of a port.

use std::{fmt, path::Path};

use sqlx::sqlite::SqliteError;
use watchtower_core::{
    domain::event::EventError,
    ports::{log::LogError, store::StoreError},
};

/// A failure that can be told to everybody who shared a transaction.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    kind: Kind,
    /// Which record, when one was refused.
    what: Option<String>,
    text: String,
    located: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Trying again may help.
    Unavailable,
    /// It will not.
    Unusable,
    /// Something stored cannot be read back.
    Corrupt,
    /// The data is at fault.
    Refused,
}

impl Fault {
    fn new(kind: Kind, text: impl fmt::Display) -> Self {
        Self { kind, what: None, text: text.to_string(), located: false }
    }

    pub(super) fn unavailable(text: impl fmt::Display) -> Self {
        Self::new(Kind::Unavailable, text)
    }

    pub(super) fn unusable(text: impl fmt::Display) -> Self {
        Self::new(Kind::Unusable, text)
    }

    pub(super) fn corrupt(text: impl fmt::Display) -> Self {
        Self::new(Kind::Corrupt, text)
    }

    pub(super) fn refused(what: impl fmt::Display, reason: impl fmt::Display) -> Self {
        Self { what: Some(what.to_string()), ..Self::new(Kind::Refused, reason) }
    }

    /// Names the file, once.
    pub(super) fn at(mut self, path: &Path) -> Self {
        if !self.located {
            self.text = format!("{}: {}", path.display(), self.text);
            self.located = true;
        }
        self
    }
}

/// SQLite's primary result codes, <https://www.sqlite.org/rescode.html>.
fn judge(code: i32) -> (Kind, Option<&'static str>) {
    match code & 0xff {
        5 | 6 => (Kind::Unavailable, Some("locked by another process")),
        13 => (Kind::Unavailable, Some("no space left on the disk")),
        10 => (Kind::Unavailable, Some("input/output error")),
        3 | 8 | 23 => (Kind::Unusable, Some("may not be written")),
        14 => (Kind::Unusable, Some("cannot be opened")),
        11 => (Kind::Corrupt, Some("the file is damaged")),
        26 => (Kind::Unusable, Some("not an SQLite file")),
        18..=20 => (Kind::Refused, None),
        _ => (Kind::Unavailable, None),
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => {
                let code = error.try_downcast_ref::<SqliteError>().and_then(|_| error.code());
                let (kind, meaning) = judge(code.and_then(|code| code.parse().ok()).unwrap_or_default());
                match meaning {
                    Some(meaning) => Self::new(kind, format_args!("{meaning} ({})", error.message())),
                    None => Self::new(kind, error.message()),
                }
            }
            sqlx::Error::PoolTimedOut => Self::unavailable("all reading connections are busy"),
            sqlx::Error::PoolClosed => Self::unavailable("closed"),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::corrupt(error),
            other => Self::unavailable(other),
        }
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::Interrupted => Self::unavailable(error),
            _ => Self::unusable(error),
        }
    }
}

impl From<EventError> for Fault {
    fn from(error: EventError) -> Self {
        Self::corrupt(error)
    }
}

impl From<Fault> for LogError {
    fn from(Fault { kind, text, .. }: Fault) -> Self {
        match kind {
            Kind::Unavailable => Self::Unavailable { reason: text },
            Kind::Unusable | Kind::Refused => Self::Unusable { reason: text },
            Kind::Corrupt => Self::Corrupt { what: text },
        }
    }
}

impl From<Fault> for StoreError {
    fn from(Fault { kind, what, text, .. }: Fault) -> Self {
        match kind {
            Kind::Unavailable => Self::Unavailable { reason: text },
            Kind::Unusable => Self::Unusable { reason: text },
            Kind::Refused => Self::Refused { what: what.unwrap_or_else(|| "a record".into()), reason: text },
            Kind::Corrupt => Self::Corrupt { what: text },
        }
    }
}
