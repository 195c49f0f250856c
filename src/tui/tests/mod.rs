//! The dashboard whole, on a test backend: input and news in, frames out.

mod arrangement;
mod dispatching;
mod exporting;
mod filter;
pub(crate) mod fleet;
mod keys;
mod looped;
mod manners;
pub(crate) mod memory;
mod preferring;
mod property;
mod screens;
pub(crate) mod stage;
