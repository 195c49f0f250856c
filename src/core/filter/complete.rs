//! What stands at the cursor of a filter being typed, so that it can be completed.

use std::ops::Range;

use super::{
    lexer::{self, Token},
    table::Field,
};

/// What belongs where the cursor is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slot {
    /// A field, or a bare word.
    Term,
    /// A value of this field.
    Value(Field),
}

/// A word being typed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completion {
    /// The bytes of it, to be replaced; empty where none is begun.
    pub at: Range<usize>,
    /// What it is so far, without quotes.
    pub begun: String,
    /// What belongs there.
    pub slot: Slot,
}

impl Completion {
    /// What is being typed where `text` ends: the line up to the cursor.
    pub fn at_end(text: &str) -> Self {
        let (mut tokens, _) = lexer::tokens(text);
        let (at, begun) = match tokens.last() {
            Some((Token::Word(word), span)) if span.end == text.len() => {
                let found = (span.clone(), word.pieces.join("*"));
                tokens.pop();
                found
            }
            _ => (text.len()..text.len(), String::new()),
        };
        // The word belongs to the field before the last comparison, if only values,
        // each behind a comma, are between.
        let mut rest = tokens.as_slice();
        while let [before @ .., (Token::Word(_), _), (Token::Comma, _)] = rest {
            rest = before;
        }
        let field = match rest {
            [.., (Token::Word(word), _), (Token::Op(_), _)] => {
                word.plain().and_then(|name| Field::named(&name))
            }
            _ => None,
        };
        Self { at, begun, slot: field.map_or(Slot::Term, Slot::Value) }
    }
}
