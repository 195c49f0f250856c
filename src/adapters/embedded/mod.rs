//! SQLite: log and store in one file.
