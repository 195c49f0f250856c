//! Real services and builders for the integration tests.
