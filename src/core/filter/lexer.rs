//! A filter's text as tokens.

use std::ops::Range;

use super::{Op, pattern::Pattern};

/// A piece of the text.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Token {
    Open,
    Close,
    Comma,
    Op(Op),
    /// A word, or several glued together by quotes.
    Word(Word),
}

/// A word with what is between its wildcards.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Word {
    pub(super) pieces: Vec<String>,
    /// Not a quote in it: it may be a keyword, a field or a number.
    pub(super) bare: bool,
}

impl Word {
    pub(super) fn pattern(&self) -> Pattern {
        Pattern::new(self.pieces.clone())
    }

    /// The text of a word without quotes.
    pub(super) fn plain(&self) -> Option<String> {
        self.bare.then(|| self.pieces.join("*"))
    }

    pub(super) fn is(&self, keyword: &str) -> bool {
        self.plain().is_some_and(|text| text.eq_ignore_ascii_case(keyword))
    }
}

/// A token and the bytes it was read from.
pub(super) type Spanned = (Token, Range<usize>);

/// The tokens of a text, and where a quote begins that is never closed; what is
/// in it is then the last token.
pub(super) fn tokens(text: &str) -> (Vec<Spanned>, Option<usize>) {
    let (mut tokens, mut at, mut unclosed) = (Vec::new(), 0, None);
    while let Some(c) = text[at..].chars().next() {
        let next = text[at + c.len_utf8()..].chars().next();
        let (token, length) = match (c, next) {
            (c, _) if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            ('(', _) => (Token::Open, 1),
            (')', _) => (Token::Close, 1),
            (',', _) => (Token::Comma, 1),
            (':', _) => (Token::Op(Op::Has), 1),
            ('=', Some('=')) => (Token::Op(Op::Is), 2),
            ('=', _) => (Token::Op(Op::Is), 1),
            ('!', Some('=')) => (Token::Op(Op::IsNot), 2),
            ('<', Some('=')) => (Token::Op(Op::AtMost), 2),
            ('<', _) => (Token::Op(Op::Less), 1),
            ('>', Some('=')) => (Token::Op(Op::AtLeast), 2),
            ('>', _) => (Token::Op(Op::More), 1),
            _ => {
                let (word, length, open) = word(&text[at..]);
                unclosed = open.map(|quote| at + quote);
                (Token::Word(word), length)
            }
        };
        tokens.push((token, at..at + length));
        at += length;
    }
    (tokens, unclosed)
}

/// The word a text begins with, its length, and where in it an unclosed quote is.
fn word(text: &str) -> (Word, usize, Option<usize>) {
    let mut word = Word { pieces: vec![String::new()], bare: true };
    let mut quote = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let ends = c.is_whitespace() || "(),:=<>".contains(c);
        let ends = ends || c == '!' && chars.peek().is_some_and(|(_, next)| *next == '=');
        let mut push = |c| word.pieces.last_mut().expect("it begins with one").push(c);
        match (c, quote) {
            ('"', None) => (quote, word.bare) = (Some(at), false),
            ('"', Some(_)) => quote = None,
            ('\\', Some(_)) if chars.peek().is_some_and(|(_, next)| matches!(next, '"' | '\\')) => {
                chars.next().into_iter().for_each(|(_, next)| push(next));
            }
            (_, None) if ends => return (word, at, None),
            ('*', None) => word.pieces.push(String::new()),
            (c, _) => push(c),
        }
    }
    (word, text.len(), quote)
}
