//! The one integration binary.

mod http;
mod support;
