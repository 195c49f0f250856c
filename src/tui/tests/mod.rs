//! The dashboard whole, on a test backend: input and news in, frames out.

mod alignment;
mod analytics;
mod arrangement;
mod asking;
mod bytes;
mod dispatching;
mod exporting;
mod filter;
pub(crate) mod fleet;
mod hyperlinks;
mod keys;
mod looped;
mod manners;
pub(crate) mod memory;
mod moving;
mod places;
mod preferring;
mod property;
mod replaying;
mod screens;
mod slow;
pub(crate) mod stage;
mod way;
mod wired;
