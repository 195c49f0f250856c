//! The dashboard.

pub mod map;
pub mod theme;
