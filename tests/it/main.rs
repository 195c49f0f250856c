//! The one integration binary.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[macro_use]
mod store_conformance;
#[macro_use]
mod log_conformance;
mod analyze;
mod clerk;
mod cli;
mod embedded;
mod engines;
mod http;
mod loconav;
mod pipeline;
mod postgis;
mod records;
mod recovery;
mod registry;
mod replay;
mod slow_line;
mod snapshot;
mod support;
mod terminal;
mod tidy;
mod tiles;
mod trial;
