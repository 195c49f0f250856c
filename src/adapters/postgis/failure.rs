//! What went wrong, in the driver's words within and the port's outside.

use sqlx::error::DatabaseError;
use watchtower_core::ports::store::StoreError;

/// A failure not yet told to the caller.
#[derive(Debug)]
pub(super) enum Failure {
    /// The driver's or the server's.
    Sql(sqlx::Error),
    /// Ours.
    Store(StoreError),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What the server's SQLSTATE asks us to do.
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Meaning {
    /// Try the same thing later.
    Later,
    /// These data will never do.
    Data,
    /// This server, or its schema, will not do.
    Server,
}

fn meaning(state: &str) -> Meaning {
    match state {
        // Class 22 data exception, 23 constraint, 54 limit exceeded. PostGIS
        // raises what it cannot draw as XX000, internal error.
        _ if ["22", "23", "54"].contains(&&state[..2.min(state.len())]) => Meaning::Data,
        "XX000" => Meaning::Data,
        // Class 08 connection, 40 rollback, 53 resources, 55 in use, 57
        // operator intervention, 58 system; 25006: a standby.
        "25006" => Meaning::Later,
        _ if ["08", "40", "53", "55", "57", "58"].contains(&&state[..2.min(state.len())]) => Meaning::Later,
        _ => Meaning::Server,
    }
}

impl Failure {
    /// Something stored that cannot be read.
    pub(super) fn corrupt(what: impl Into<String>) -> Self {
        Self::Store(StoreError::Corrupt { what: what.into() })
    }

    /// A request that will never be granted.
    pub(super) fn refused(what: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Store(StoreError::Refused { what: what.into(), reason: reason.into() })
    }

    fn database(&self) -> Option<&dyn DatabaseError> {
        match self {
            Self::Sql(error) => error.as_database_error(),
            Self::Store(_) => None,
        }
    }

    fn state(&self) -> Option<String> {
        self.database()?.code().map(|state| state.into_owned())
    }

    /// Two transactions met; the one that lost may try again at once.
    pub(super) fn is_collision(&self) -> bool {
        self.state().is_some_and(|state| ["40001", "40P01"].contains(&state.as_str()))
    }

    /// What is remembered of the database is no longer so: a partition was
    /// dropped (23514 names no constraint then), or a numbered vehicle is gone.
    pub(super) fn is_stale_memory(&self) -> bool {
        self.database().is_some_and(|error| match error.code().as_deref() {
            Some("23514") => error.constraint().is_none(),
            Some("23503") => true,
            _ => false,
        })
    }

    /// The server will never take these data.
    pub(super) fn is_refusal(&self) -> bool {
        match self {
            Self::Sql(sqlx::Error::Encode(_)) | Self::Store(StoreError::Refused { .. }) => true,
            _ => self.state().is_some_and(|state| meaning(&state) == Meaning::Data),
        }
    }

    /// The failure in the port's words; `place` is where the server is.
    pub(super) fn told_of(self, place: &str) -> StoreError {
        let error = match self {
            Self::Store(error) => return error,
            Self::Sql(error) => error,
        };
        let reason = format!("{place}: {}", message(&error));
        match &error {
            sqlx::Error::Database(database) => match meaning(&database.code().unwrap_or_default()) {
                Meaning::Later => StoreError::Unavailable { reason },
                Meaning::Data => StoreError::Refused { what: "what was asked".to_owned(), reason },
                Meaning::Server => StoreError::Unusable { reason },
            },
            sqlx::Error::Encode(_) => StoreError::Refused { what: "what was asked".to_owned(), reason },
            sqlx::Error::Configuration(_) | sqlx::Error::Migrate(_) | sqlx::Error::TypeNotFound { .. } => {
                StoreError::Unusable { reason }
            }
            sqlx::Error::RowNotFound
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_) => StoreError::Corrupt { what: reason },
            // Broken connections, an exhausted pool, TLS, protocol: all of the way
            // there, none of what was said.
            _ => StoreError::Unavailable { reason },
        }
    }
}

/// The server's message without the driver's preamble.
pub(super) fn message(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(database) => {
            format!("{} ({})", database.message(), database.code().unwrap_or_default())
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_sorted_by_what_can_be_done_about_them() {
        let cases = [
            ("22P05", Meaning::Data),
            ("23514", Meaning::Data),
            ("XX000", Meaning::Data),
            ("40P01", Meaning::Later),
            ("57P01", Meaning::Later),
            ("53300", Meaning::Later),
            ("25006", Meaning::Later),
            ("42P01", Meaning::Server),
            ("28P01", Meaning::Server),
            ("", Meaning::Server),
        ];
        for (state, expected) in cases {
            assert_eq!(meaning(state), expected, "{state}");
        }
    }
}
