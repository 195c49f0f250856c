//! The one integration binary.

mod log_conformance;
mod support;
