//! The ports, implemented: Redis Streams, PostGIS and the embedded SQLite file,
//! and clients of other people's services.
//!
//! Only a composition root names what is in here.

pub mod embedded;
pub mod loconav;
pub mod postgis;
pub mod redis_streams;
pub mod tiles;
