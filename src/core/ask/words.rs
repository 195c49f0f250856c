//! A question as words: what lies between spaces and marks.

use std::ops::Range;

use crate::filter::fold;

/// A word of a question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Word {
    /// In lower case, without accents.
    pub(super) folded: String,
    /// Its bytes in the question.
    pub(super) at: Range<usize>,
}

impl Word {
    /// Letters and digits alone: `t11985la` of `T-11985/LA`.
    pub(super) fn compact(&self) -> String {
        compact(&self.folded)
    }
}

/// Letters and digits of a text, folded: how names are compared.
pub(super) fn compact(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The words of a text. A comparison sign is one; `'s` is none.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, c)) = rest.next() {
        let mut end = start + c.len_utf8();
        if matches!(c, '<' | '>') {
            if let Some((at, '=')) = rest.peek() {
                end = at + 1;
                rest.next();
            }
        } else if c.is_alphanumeric() {
            while let Some((at, c)) = rest.peek().copied() {
                let is_joint = "/-:._'’".contains(c)
                    && text[at + c.len_utf8()..].chars().next().is_some_and(char::is_alphanumeric);
                if !(c.is_alphanumeric() || is_mark(c) || is_joint) {
                    break;
                }
                end = at + c.len_utf8();
                rest.next();
            }
        } else {
            continue;
        }
        let folded = fold(&text[start..end]).replace('’', "'");
        let folded = match folded.strip_suffix("'s") {
            Some(owner) => owner.to_owned(),
            None => folded.replace('\'', ""),
        };
        words.push(Word { folded, at: start..end });
    }
    words
}

/// An accent that follows its letter.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_lies_between_marks() {
        let of = |text| words(text).into_iter().map(|word| word.folded).collect::<Vec<_>>();
        assert_eq!(
            of("Where's T-11985/LA's  driver, Ọlájídé?"),
            ["where", "t-11985/la", "driver", "olajide"]
        );
        assert_eq!(of("idle >= 20min (at 6:30)…"), ["idle", ">=", "20min", "at", "6:30"]);
        assert_eq!(of("don't  ?!"), ["dont"]);
        assert_eq!(compact("T 11985-LA"), "t11985la");
    }
}
