//! What is wrong with a filter, where, and what may have been meant.

use std::{fmt, ops::Range};

/// What is wrong.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Problem {
    /// A field nobody has.
    #[error("no field {name:?}{}", meant(suggestion.as_deref()))]
    Field {
        /// As written.
        name: String,
        /// The nearest there is.
        suggestion: Option<String>,
    },
    /// A value the field cannot have.
    #[error("no {field} {value:?}: {}", suggestion.as_ref().map_or_else(|| format!("one of {}", values.join(", ")), |near| format!("did you mean {near}?")))]
    Value {
        /// The field.
        field: &'static str,
        /// As written.
        value: String,
        /// The nearest there is.
        suggestion: Option<String>,
        /// All there are.
        values: Vec<&'static str>,
    },
    /// Something else should stand here.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What should.
        expected: String,
        /// What does.
        found: String,
    },
    /// A comparison the field does not know.
    #[error("{field} is not more or less: use : = or !=")]
    Order {
        /// The field.
        field: &'static str,
    },
    /// A comparison with several values at once.
    #[error("one value goes with {sign}: a list needs : = or !=")]
    List {
        /// The comparison.
        sign: &'static str,
    },
    /// A quote that is never closed.
    #[error("the quote is not closed")]
    Quote,
    /// Nested too deeply.
    #[error("nested more than {0} deep")]
    Depth(usize),
    /// Too long a text.
    #[error("longer than {0} bytes")]
    Length(usize),
}

/// Why a text is no filter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FilterError {
    /// The bytes of the text concerned; empty at its end.
    pub at: Range<usize>,
    /// The first character concerned, counted from 1.
    pub column: usize,
    /// What is wrong with them.
    pub problem: Problem,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}: {}", self.column, self.problem)
    }
}

impl std::error::Error for FilterError {}

impl FilterError {
    pub(super) fn new(text: &str, at: Range<usize>, problem: Problem) -> Self {
        let column = 1 + text.get(..at.start).unwrap_or(text).chars().count();
        Self { at, column, problem }
    }
}

fn meant(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |near| format!(": did you mean {near}?"))
}

/// Of several names the one most like `name`, if one is like it.
pub(super) fn nearest(name: &str, names: impl Iterator<Item = &'static str>) -> Option<String> {
    let name: Vec<char> = name.chars().take(40).flat_map(char::to_lowercase).collect();
    // One slip in a short name, two in a longer one.
    let most = if name.len() < 4 { 1 } else { 2 };
    let distance = |other: &str| {
        let begins =
            name.len() >= 3 && other.chars().zip(&name).filter(|(a, b)| a == *b).count() == name.len();
        if begins { 0 } else { slips(&name, &other.chars().collect::<Vec<_>>()) }
    };
    let near = names.map(|other| (distance(other), other)).min_by_key(|(distance, _)| *distance);
    near.filter(|(distance, _)| *distance <= most).map(|(_, other)| other.to_owned())
}

/// Letters left out, put in, changed or swapped with their neighbour: the optimal
/// string alignment distance.
pub(crate) fn slips(a: &[char], b: &[char]) -> usize {
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let mut least = changed.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(rows[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    rows[a.len()][b.len()]
}
