//! The one integration binary.

#[macro_use]
mod store_conformance;
mod postgis;
mod support;
