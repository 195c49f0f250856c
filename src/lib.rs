//! Watch Tower: the live operation of a truck fleet, from a terminal.
//!
//! The fleet's rules live in [`watchtower_core`]; this crate connects them to
//! the world: ways in (`ingest`), files (`recording`) and what the rules make of
//! them (`analysis`), the fleet as its log has it (`books`), what it has to say to a question
//! (`answers`), media (`adapters`), services (`daemon`) and the screen (`tui`).

pub mod adapters;
pub mod analysis;
pub mod answers;
pub mod books;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod ingest;
pub mod recording;
pub mod simulator;
pub mod tui;
pub mod words;
