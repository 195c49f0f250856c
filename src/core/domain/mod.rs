//! The words of the yard as types: fixes, fences, trips, alerts, events.
//!
//! Plain data. Anything that can be wrong is checked when it is made, so the
//! rest of the program can trust what it holds.

pub mod alert;
pub mod band;
pub mod booking;
pub mod container;
pub mod event;
pub mod footprint;
pub mod geo;
pub mod geofence;
pub mod history;
pub mod id;
pub mod lane;
pub mod live;
pub mod master;
pub mod position;
pub mod storm;
pub mod time;
pub mod trip;
pub mod units;
