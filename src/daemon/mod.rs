//! The headless services.
