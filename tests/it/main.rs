//! The one integration binary.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod loconav;
mod log_conformance;
mod support;
mod tidy;
