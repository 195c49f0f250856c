//! The one integration binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so at once")]

#[macro_use]
mod store_conformance;
mod postgis;
mod support;
