//! The dashboard whole, on a test backend: input and news in, frames out.

mod analytics;
mod arrangement;
mod dispatching;
mod filter;
pub(crate) mod fleet;
mod keys;
mod looped;
pub(crate) mod memory;
mod property;
mod screens;
pub(crate) mod stage;
