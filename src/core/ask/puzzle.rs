//! What was not understood, said so that one can ask again.

use std::fmt;

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Puzzle {
    /// What is the matter.
    pub problem: Problem,
    /// Whole questions that can be asked instead, the likeliest first.
    pub instead: Vec<String>,
}

/// What is the matter with a question.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Problem {
    /// Nothing was asked.
    #[error("nothing was asked")]
    Nothing,
    /// It is longer than any question.
    #[error("the question is longer than {0} characters")]
    Length(usize),
    /// A name, or a word, nobody has.
    #[error("I know nothing called {}{}", quoted(.words), like(.near))]
    Unknown {
        /// As written.
        words: Vec<String>,
        /// Names that are like it.
        near: Vec<String>,
    },
    /// Several have the name.
    #[error("{written:?} could be {}: which {kind} is meant?", either(.names))]
    Several {
        /// As written.
        written: String,
        /// What they are.
        kind: &'static str,
        /// Their names.
        names: Vec<String>,
    },
    /// The words are known, and together ask nothing that can be answered.
    #[error("I do not understand the question")]
    Unclear,
    /// The time is still to come.
    #[error("{0} is still to come, and this is told of the past")]
    Ahead(String),
}

impl fmt::Display for Puzzle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)?;
        if self.instead.is_empty() {
            return Ok(());
        }
        let asked: Vec<_> = self.instead.iter().map(|question| format!("{question:?}")).collect();
        write!(f, "; you can ask {}", either(&asked))
    }
}

impl std::error::Error for Puzzle {}

fn quoted(words: &[String]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
    either(&words)
}

fn like(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; did you mean {}?", either(near)) }
}

/// `a`, `a or b`, `a, b or c`.
fn either(of: &[String]) -> String {
    match of {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
