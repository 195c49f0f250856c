//! Real services and builders for the integration tests.
pub(crate) mod postgres;
