//! PostGIS: the store that scales.
