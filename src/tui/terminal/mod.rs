//! The terminal: how it is taken over and given back, and what is sent to it.

mod encoder;
mod guard;
mod screen;

pub use self::{
    encoder::Encoder,
    guard::{Guard, Ours},
    screen::{Line, Screen},
};
