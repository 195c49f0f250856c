//! The headless services: receive, poll, judge, write, keep house.
//!
//! Everything here works on the ports; which media stand behind them is the
//! composition root's business.

pub mod aliases;
pub mod clerk;
pub mod dispatch;
pub mod engine;
pub mod historian;
pub mod housekeeping;
pub mod http;
pub mod poller;
pub mod receiver;
pub mod registry;
pub mod supervise;
pub mod ticks;
pub mod writer;
