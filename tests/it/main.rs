//! The one integration binary.

#[macro_use]
mod store_conformance;
mod embedded;
mod http;
mod log_conformance;
mod support;
