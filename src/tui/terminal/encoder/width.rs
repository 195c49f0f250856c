//! How wide a character is, and how sure that is.

use ratatui::buffer::CellWidth;
use unicode_width::UnicodeWidthChar;

/// Columns a cell's text takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Width {
    /// As the screen is laid out; 0 for what cannot stand in a cell of its own.
    pub(super) columns: u16,
    /// As far as any terminal may write.
    pub(super) reach: u16,
    /// Whether terminals agree.
    pub(super) certain: bool,
}

impl Width {
    const ONE: Self = Self { columns: 1, reach: 1, certain: true };

    pub(super) fn of(symbol: &str) -> Self {
        if symbol.len() == 1 {
            return Self::ONE;
        }
        let mut characters = symbol.chars();
        match (characters.next(), characters.next()) {
            (None, _) => Self { columns: 0, ..Self::ONE },
            (Some(one), None) => Self::of_one(one),
            // A cluster: some terminals draw it as one, some each of its characters.
            (Some(_), Some(_)) => {
                let columns = symbol.cell_width();
                let one_by_one = symbol.chars().map(|c| c.width_cjk().unwrap_or(0)).sum::<usize>();
                let reach = columns.max(u16::try_from(one_by_one).unwrap_or(u16::MAX));
                Self { columns, reach, certain: false }
            }
        }
    }

    fn of_one(character: char) -> Self {
        // Braille, and the lines and blocks every full-screen program is built of:
        // where these are wide, nothing is in its place.
        if matches!(character, '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}') {
            return Self::ONE;
        }
        let (narrow, wide) = (character.width().unwrap_or(0), character.width_cjk().unwrap_or(0));
        // Of arrows, signs and emoji terminals draw some wide, each others.
        let pictured = matches!(character, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..);
        let columns = u16::try_from(narrow).unwrap_or(0);
        Self { columns, reach: columns, certain: narrow == wide && !pictured }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certain_is_what_no_terminal_draws_otherwise() {
        for certain in ["a", " ", "é", "ọ", "─", "█", "⠿", "東"] {
            assert!(Width::of(certain).certain, "{certain}");
        }
        for doubtful in ["↗", "▲", "◌", "⚠", "⚠\u{fe0f}", "😀", "e\u{301}", "👨\u{200d}👩\u{200d}👧", "·"]
        {
            assert!(!Width::of(doubtful).certain, "{doubtful}");
        }
    }

    #[test]
    fn a_cluster_reaches_as_far_as_its_characters_one_by_one() {
        let family = Width::of("👨\u{200d}👩\u{200d}👧");
        assert_eq!(family.columns, 2);
        assert!(family.reach >= 6);
        assert_eq!(Width::of("東").columns, 2);
        assert_eq!(Width::of("").columns, 0);
    }
}
