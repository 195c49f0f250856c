//! Dispatching from the screen: what is typed becomes a command, checked by the same
//! rules as everywhere. Pure: the model and the clock are arguments, and nothing is sent
//! from here.

pub mod form;
pub mod offer;
pub mod sketch;
pub mod trip;
pub mod when;
