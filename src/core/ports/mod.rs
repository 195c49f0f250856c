//! What the program needs of the world, in the program's own words.
//!
//! Each port but the street maps has two implementations outside this crate: one that scales and
//! one that is embedded. No type of a driver crosses this line.

pub mod history;
pub mod log;
pub mod store;
pub mod tiles;
