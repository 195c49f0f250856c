//! Texts to be found, in either case and with or without their accents, `*` standing
//! for anything.

use std::fmt;

/// A text with wildcards. Looking for it allocates nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern {
    /// What is between the wildcards, as written; one more than there are of them.
    pieces: Vec<Box<str>>,
    /// The same folded: in lower case, without accents.
    folded: Vec<Box<str>>,
}

impl Pattern {
    /// A pattern of the pieces between its wildcards.
    pub(super) fn new(pieces: Vec<String>) -> Self {
        Self {
            folded: pieces.iter().map(|piece| fold(piece).into()).collect(),
            pieces: pieces.into_iter().map(String::into_boxed_str).collect(),
        }
    }

    /// Whether it has no letter and no wildcard.
    pub(super) fn is_empty(&self) -> bool {
        matches!(&*self.pieces, [only] if only.is_empty())
    }

    /// The text, where it has no wildcard.
    pub(super) fn literal(&self) -> Option<&str> {
        match &*self.pieces {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The same with other letters.
    pub(super) fn map(&self, change: impl Fn(char) -> char) -> Self {
        Self::new(self.pieces.iter().map(|piece| piece.chars().map(&change).collect()).collect())
    }

    /// Whether `text` is this, all of it.
    pub fn is_whole(&self, text: &str) -> bool {
        let [first, between @ .., last] = &*self.folded else {
            return self.folded.first().and_then(|only| after(text, only)) == Some("");
        };
        let Some(mut rest) = after(text, first) else { return false };
        for piece in between {
            match find(rest, piece) {
                Some(found) => rest = found,
                None => return false,
            }
        }
        ends_with(rest, last)
    }

    /// Whether it is found in `text`. With a wildcard it speaks of the whole text.
    pub fn within(&self, text: &str) -> bool {
        match &*self.folded {
            [only] => find(text, only).is_some(),
            _ => self.is_whole(text),
        }
    }
}

/// What follows `piece`, folded, at the start of `text`.
fn after<'a>(text: &'a str, piece: &str) -> Option<&'a str> {
    if text.is_ascii() && piece.is_ascii() {
        let (start, rest) = text.split_at_checked(piece.len())?;
        return start.eq_ignore_ascii_case(piece).then_some(rest);
    }
    let (mut wanted, mut rest) = (piece.chars(), text.chars());
    while !wanted.as_str().is_empty() {
        for c in folded(rest.next()?) {
            if wanted.next() != Some(c) {
                return None;
            }
        }
    }
    Some(rest.as_str().trim_start_matches(is_mark))
}

/// A text as it is compared: in lower case, without accents.
pub(crate) fn fold(text: &str) -> String {
    text.chars().flat_map(folded).collect()
}

/// A letter as it is compared: in lower case, without accents.
fn folded(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase().filter(|c| !is_mark(*c)).map(plain)
}

/// An accent that stands for itself behind its letter.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// The letter under an accent, of those that names of the fleet's coasts have.
const fn plain(c: char) -> char {
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ạ' | 'ả' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' | 'ɗ' => 'd',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ẹ' | 'ẻ' | 'ẽ' => 'e',
        'ğ' | 'ġ' | 'ǧ' => 'g',
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' | 'ǐ' | 'ị' | 'ỉ' => 'i',
        'ƙ' => 'k',
        'ł' => 'l',
        'ḿ' => 'm',
        'ñ' | 'ń' | 'ň' | 'ǹ' | 'ṅ' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'ǒ' | 'ọ' | 'ỏ' => 'o',
        'ř' => 'r',
        'ś' | 'ş' | 'š' | 'ș' | 'ṣ' => 's',
        'ť' | 'ț' => 't',
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ǔ' | 'ụ' | 'ủ' => 'u',
        'ý' | 'ÿ' | 'ƴ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

/// What follows the first `piece`, folded, in `text`.
fn find<'a>(text: &'a str, piece: &str) -> Option<&'a str> {
    if piece.is_empty() {
        return Some(text);
    }
    text.char_indices().find_map(|(start, _)| after(&text[start..], piece))
}

fn ends_with(text: &str, piece: &str) -> bool {
    let starts = text.char_indices().map(|(start, _)| start).chain([text.len()]);
    piece.is_empty() || starts.rev().any(|start| after(&text[start..], piece) == Some(""))
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, piece) in self.pieces.iter().enumerate() {
            if index > 0 {
                f.write_str("*")?;
            }
            f.write_str(&quoted(piece))?;
        }
        Ok(())
    }
}

/// A text as the language takes it for itself: in quotes where it needs them.
pub fn quoted(text: &str) -> std::borrow::Cow<'_, str> {
    let is_plain = |c: char| !(c.is_whitespace() || c.is_control() || "\"(),:=<>!*\\".contains(c));
    let is_word = ["and", "or", "not"].iter().any(|word| word.eq_ignore_ascii_case(text));
    if text.chars().all(is_plain) && !is_word {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out.into()
}
