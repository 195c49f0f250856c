//! HTTP against a real router on a real port, over the embedded log and store.

mod access;
mod api;
mod bad_input;
mod direct;
mod filters;
mod harness;
mod outage;
mod past;
mod questions;
mod receivers;
mod trips;
mod wired;
