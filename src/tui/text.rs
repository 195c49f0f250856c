//! Text in cells: cleaned of what would break a line, measured, cut and padded.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Longer texts are cut before they are measured: nobody's name is.
const LONGEST: usize = 1024;

/// Makes a text from outside safe to draw: control and bidirectional control
/// characters go (they would move what follows them on the line), and of a
/// cluster terminals disagree on (joined or variant emoji) only the first
/// character stays, whose width they agree on.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST));
    for cluster in text.graphemes(true).take(LONGEST) {
        let mut kept = cluster.chars().filter(|&c| !is_unsafe(c));
        if cluster.contains(['\u{200d}', '\u{fe0f}', '\u{fe0e}']) || cluster.chars().any(is_regional) {
            out.extend(kept.find(|&c| !matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{fe0e}')));
        } else {
            // More than a few marks on a letter is vandalism.
            out.extend(kept.take(4));
        }
    }
    out
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{00ad}')
}

fn is_regional(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

/// A text with every letter without its marks, character by character, for searching:
/// nobody types `Ọlájídé` to find her.
pub fn folded(text: &str) -> String {
    let base = |c: char| {
        let mut first = None;
        unicode_normalization::char::decompose_canonical(c, |part| {
            first.get_or_insert(part);
        });
        first.unwrap_or(c)
    };
    text.chars().map(base).collect()
}

/// Cells a text takes.
pub fn width(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// Cuts a text to at most `cells`, the last of them `ellipsis` if it was cut.
pub fn cut(text: &str, cells: usize, ellipsis: &str) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let room = cells.saturating_sub(width(ellipsis));
    let (mut out, mut used) = (String::new(), 0);
    for cluster in text.graphemes(true) {
        let wide = cluster.width();
        if used + wide > room {
            break;
        }
        used += wide;
        out.push_str(cluster);
    }
    if cells >= width(ellipsis) {
        out.push_str(ellipsis);
    }
    out
}

/// Cuts or pads a text to exactly `cells`, flush left.
pub fn left(text: &str, cells: usize, ellipsis: &str) -> String {
    let mut out = cut(text, cells, ellipsis);
    out.extend(std::iter::repeat_n(' ', cells.saturating_sub(width(&out))));
    out
}

/// Cuts or pads a text to exactly `cells`, flush right.
pub fn right(text: &str, cells: usize, ellipsis: &str) -> String {
    let cut = cut(text, cells, ellipsis);
    let mut out: String = std::iter::repeat_n(' ', cells.saturating_sub(width(&cut))).collect();
    out.push_str(&cut);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_would_break_a_line_is_removed() {
        assert_eq!(clean("a\u{1b}[31mb\nc\u{202e}d"), "a[31mbcd");
        assert_eq!(clean("👩‍👩‍👧 ok ⚠️"), "👩 ok ⚠");
        assert_eq!(clean("🇳🇬 Lagos"), "🇳 Lagos");
        assert_eq!(clean("Ọlá Ṣadé"), "Ọlá Ṣadé");
        assert!(clean(&"x".repeat(100_000)).len() <= LONGEST);
    }

    #[test]
    fn a_folded_text_keeps_its_places() {
        assert_eq!(folded("Ọlájídé Adéwálé"), "Olajide Adewale");
        assert_eq!(folded("東京 x\u{301}").chars().count(), 5);
    }

    #[test]
    fn wide_characters_are_never_halved() {
        assert_eq!(left("東京都", 4, "…"), "東… ");
        assert_eq!(right("東京", 5, "…"), " 東京");
        assert_eq!(left("abc", 0, "…"), "");
    }

    proptest! {
        #[test]
        fn fitted_text_has_exactly_the_width_asked(text in "\\PC{0,60}", cells in 0usize..40) {
            let text = clean(&text);
            prop_assert_eq!(width(&left(&text, cells, "…")), cells);
            prop_assert_eq!(width(&right(&text, cells, "…")), cells);
        }
    }
}
