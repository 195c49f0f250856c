//! The dashboard whole, on a test backend: input and news in, frames out.

mod bytes;
pub(crate) mod fleet;
mod keys;
mod looped;
pub(crate) mod memory;
mod property;
mod screens;
mod slow;
pub(crate) mod stage;
