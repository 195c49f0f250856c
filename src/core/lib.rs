//! The core of Watch Tower: what a fleet is (`domain`), what its rules make of
//! what it does (`engine`), what both need of the world (`ports`), how the past
//! is told again when more of it becomes known (`historian`), the language in
//! which people say which of many they mean (`filter`), and the questions they ask in
//! plain English (`ask`).
//!
//! Nothing here performs I/O, reads a clock, draws a random number or knows an
//! async runtime: time and identity arrive as arguments. The compiler holds
//! that line, because this crate depends on nothing that could.

pub mod ask;
pub mod domain;
pub mod engine;
pub mod filter;
pub mod historian;
pub mod ports;
