//! Questions in plain English, understood by rule: the words are looked up, the names
//! found among those the fleet has, and what both ask for is a typed [`Query`].
//!
//! ```text
//! which trucks are idle more than 20 minutes near Apapa?
//!   → which trucks [status:idle and idle>20m] near place apapa within 5000 m
//! ```
//!
//! [`INTENTS`] has everything that can be asked. Every word of a question must be
//! accounted for: one that is not is told, with what can be asked instead. A name that is
//! several's asks which; a number with a slip in it is another number. So there is an
//! answer to what was asked, or none.

mod intent;
mod lexicon;
mod period;
mod plan;
mod puzzle;
mod query;
mod slots;
mod terms;
mod vocabulary;
mod words;

pub use intent::{INTENTS, Intent};
pub use lexicon::{Lexicon, NameKind, Named};
pub use period::{Clock, Period};
pub use puzzle::{Problem, Puzzle};
pub use query::{About, Asked, Figure, Meant, Near, Order, Query, Spot, Subject};

use intent::Asking;

/// Longer texts are nobody's question.
const LONGEST: usize = 300;

/// A question understood.
#[derive(Clone, PartialEq, Debug)]
pub struct Understood {
    /// What it asks.
    pub query: Query,
    /// Words with a slip in them, and the names they were taken for.
    pub taken: Vec<(String, String)>,
}

/// Understands a question.
///
/// # Errors
///
/// What of it is not understood, and what can be asked instead.
pub fn understand(text: &str, lexicon: &Lexicon, clock: Clock) -> Result<Understood, Puzzle> {
    if text.chars().count() > LONGEST {
        return Err(Puzzle { problem: Problem::Length(LONGEST), instead: Vec::new() });
    }
    if text.trim().is_empty() {
        let instead = examples(lexicon).take(4).collect();
        return Err(Puzzle { problem: Problem::Nothing, instead });
    }
    query(text, lexicon, clock).map_err(|mut puzzle| {
        // What is offered can be asked, or leads to another choice.
        puzzle.instead.retain(|question| match query(question, lexicon, clock) {
            Ok(_) => true,
            Err(other) => matches!(other.problem, Problem::Several { .. }),
        });
        if puzzle.instead.is_empty() {
            puzzle.instead = examples(lexicon).take(4).collect();
        }
        puzzle
    })
}

fn query(text: &str, lexicon: &Lexicon, clock: Clock) -> Result<Understood, Puzzle> {
    let slots = slots::read(text, lexicon, clock)?;
    let asking = Asking { slots: &slots, lexicon, clock };
    let mut problem = Problem::Unclear;
    for intent in intent::fitting(slots.signs) {
        match (intent.make)(asking) {
            Ok(Some(query)) => return Ok(Understood { query, taken: slots.taken }),
            Ok(None) => {}
            Err(other) => {
                problem = other;
                break;
            }
        }
    }
    Err(Puzzle { problem, instead: intent::resembling(slots.signs, lexicon) })
}

/// One question of each kind that can be asked, with names of the fleet in it.
pub fn examples(lexicon: &Lexicon) -> impl Iterator<Item = String> {
    INTENTS.iter().filter_map(|intent| intent.example(lexicon))
}

#[cfg(test)]
mod tests;
