//! LocoNav's API: a client that keeps to its limits and survives its answers.
//!
//! Lists are read page by page; an element that cannot be understood is named
//! and left out, and never stops what is beside it.

mod client;
mod pace;
mod records;
mod wire;

pub use client::{LocoNavClient, LocoNavError, LocoNavOptions, Sweep};
pub use pace::Pace;
