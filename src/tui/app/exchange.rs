//! What goes between the dashboard and those around it: what an input asks of the world,
//! what a click means, what is told.

use watchtower_core::domain::{event::Event, time::Timestamp};

use crate::tui::{
    analytics::Figure, export::Export, keymap::Action, layout::Pane, replay::Transport, roster::Column,
};

/// What an input asks of the world.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// Leave.
    Quit,
    /// Stop for a while.
    Suspend,
    /// Draw every cell anew.
    Redraw,
    /// Append this to the command stream.
    Send(Box<Event>),
    /// Write this to a file.
    Export(Box<Export>),
    /// Write these bytes to the terminal, between frames.
    Terminal(Vec<u8>),
    /// Ask this of the player.
    Play(Transport),
}

/// What a click on a cell does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// The same as a key.
    Act(Action),
    /// Sorts the fleet.
    Sort(Column),
    /// Sorts the trucks by a figure, or by number.
    SortFigures(Option<Figure>),
    /// Brings a pane to the front.
    Tab(Pane),
    /// Puts a field of the form in focus.
    Field(usize),
    /// Takes one of what the form offers.
    Offer(usize),
    /// Does what a row of the palette says.
    Command(usize),
    /// Sends the form.
    SendForm,
    /// Leaves it.
    LeaveForm,
    /// Goes to what a row of an answer is about, or asks it.
    Told(usize),
    /// Filters the fleet as an answer does.
    FilterTold,
    /// Copies what stands behind a letter.
    Copy(char),
}

/// How grave a message is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gravity {
    /// Told.
    Note,
    /// Failed.
    Failure,
}

/// A line told for a while.
#[derive(Clone, Debug)]
pub struct Message {
    /// What.
    pub text: String,
    /// How grave.
    pub gravity: Gravity,
    pub(super) until: Timestamp,
}
