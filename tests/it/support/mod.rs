//! Real services and builders for the integration tests.
pub mod redis;
