//! Tests of the fence geometry.
