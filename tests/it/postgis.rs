//! The PostGIS store.

store_conformance!(conformance, crate::support::postgres::open);

mod crash;
mod partitions;
mod server;
mod tracks;
