//! The terminal: how it is taken over and given back, what is sent to it
//! and what it says.

mod encoder;
mod guard;
mod input;
mod keyboard;
mod pace;
mod screen;

pub use self::{
    encoder::Encoder,
    guard::{Guard, Ours},
    input::{Heard, Report, Shade},
    keyboard::heard,
    pace::Urgency,
    screen::{Line, Paced, Screen},
};
