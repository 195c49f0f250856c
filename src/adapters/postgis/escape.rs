//! NUL, which PostgreSQL holds neither in text nor readably in JSON, written so
//! that it can be: `␛0`, and the escape itself `␛␛`. Nothing is lost.

use std::borrow::Cow;

/// U+241B, the picture of ESC: rare, printable, and no control character.
const ESCAPE: char = '\u{241b}';
/// NUL within a JSON text.
const JSON_NUL: &str = "\\u0000";

/// Any text, fit for a column.
pub(super) fn text_in(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', ESCAPE]) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(ESCAPE, "\u{241b}\u{241b}").replace('\0', "\u{241b}0"))
}

/// The text that went in.
pub(super) fn text_out(text: String) -> String {
    unescape(text, "\0")
}

/// A JSON text, fit for a `json` column whatever is read out of it there.
pub(super) fn json_in(json: String) -> String {
    if !json.contains(JSON_NUL) && !json.contains(ESCAPE) {
        return json;
    }
    let mut safe = String::with_capacity(json.len() + 16);
    let mut rest = json.as_str();
    while let Some(at) = rest.find(['\\', ESCAPE]) {
        let (before, from) = rest.split_at(at);
        safe.push_str(before);
        rest = if let Some(after) = from.strip_prefix(JSON_NUL) {
            safe.push_str("\u{241b}0");
            after
        } else if let Some(after) = from.strip_prefix(ESCAPE) {
            safe.push_str("\u{241b}\u{241b}");
            after
        } else {
            // A backslash and what it escapes, which may be a backslash.
            let pair = 1 + from[1..].chars().next().map_or(0, char::len_utf8);
            safe.push_str(&from[..pair]);
            &from[pair..]
        };
    }
    safe.push_str(rest);
    safe
}

/// The JSON text that went in.
pub(super) fn json_out(json: String) -> String {
    unescape(json, JSON_NUL)
}

fn unescape(text: String, nul: &str) -> String {
    if !text.contains(ESCAPE) {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            ESCAPE => match chars.next() {
                Some('0') => plain.push_str(nul),
                Some(ESCAPE) | None => plain.push(ESCAPE),
                // Not of our making: as it stands.
                Some(other) => plain.extend([ESCAPE, other]),
            },
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_escaped_backslash_before_u0000_is_no_nul() {
        assert_eq!(json_in(r#""\\u0000 \u0000""#.into()), "\"\\\\u0000 \u{241b}0\"");
        assert_eq!(json_in(r#""plain""#.into()), r#""plain""#);
    }

    proptest! {
        #[test]
        fn every_text_survives(text in "[\\x00\u{241b}0u\\\\\"é]{0,12}") {
            let safe = text_in(&text).into_owned();
            prop_assert!(!safe.contains('\0'));
            prop_assert_eq!(text_out(safe), text.clone());

            let json = serde_json::to_string(&text).unwrap();
            let safe = json_in(json.clone());
            let shown: String = serde_json::from_str(&safe).unwrap();
            prop_assert!(!shown.contains('\0'));
            prop_assert_eq!(json_out(safe), json);
        }
    }
}
