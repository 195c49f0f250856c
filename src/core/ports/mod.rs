//! What the program needs of the world, in the program's own words.
//!
//! Each port has two implementations outside this crate: one that scales and
//! one that is embedded. No type of a driver crosses this line.

pub mod history;
pub mod log;
pub mod store;
