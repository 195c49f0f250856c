//! The headless services.

pub mod http;
pub mod receiver;
