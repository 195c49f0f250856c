//! The columns of the fleet list by command: one on or off, or all by name.

use super::{Deed, Entry};
use crate::tui::roster::Column;

/// What a line that names all columns begins with.
const WORD: &str = "columns";

/// What can be made of the columns `shown`.
pub(super) fn entries(shown: &[Column]) -> Vec<Entry> {
    let usual = Column::USUAL.to_vec();
    let mut entries = vec![entry(
        WORD.to_owned(),
        format!("the usual ones: {}; or name others", Column::names(&usual)),
        usual,
    )];
    for column in Column::ALL {
        let (columns, help): (Vec<Column>, _) = if shown.contains(&column) {
            (shown.iter().copied().filter(|other| *other != column).collect(), "no longer in the fleet list")
        } else {
            (shown.iter().copied().chain([column]).collect(), "shown in the fleet list")
        };
        // A list without columns says nothing.
        if !columns.is_empty() {
            entries.push(entry(format!("column {}", column.name()), help.to_owned(), columns));
        }
    }
    entries
}

/// What a line like `columns number sta` can become; `None`: it is no such line.
pub(super) fn typed(line: &str) -> Option<Vec<Entry>> {
    let named = line.trim_start().strip_prefix(WORD)?;
    if !named.starts_with(char::is_whitespace) {
        return None;
    }
    let mut words: Vec<&str> =
        named.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()).collect();
    let ends = named.ends_with(|c: char| c.is_whitespace() || c == ',');
    let begun = if ends { "" } else { words.pop().unwrap_or_default() };
    let mut columns = Vec::new();
    for word in words {
        let column = Column::from_name(word).filter(|column| !columns.contains(column));
        let Some(column) = column else { return Some(Vec::new()) };
        columns.push(column);
    }
    let mut found = Vec::new();
    if begun.is_empty() && !columns.is_empty() {
        found.push(named_entry(columns.clone()));
    }
    let next = Column::ALL.into_iter().filter(|column| column.name().starts_with(begun));
    let next = next.filter(|column| !columns.contains(column));
    found.extend(next.map(|column| named_entry(columns.iter().copied().chain([column]).collect())));
    Some(found)
}

fn named_entry(columns: Vec<Column>) -> Entry {
    entry(format!("{WORD} {}", Column::names(&columns)), "in the fleet list".to_owned(), columns)
}

fn entry(name: String, help: String, columns: Vec<Column>) -> Entry {
    Entry { name, help, keys: String::new(), deed: Deed::Columns(columns) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Vec<String> {
        typed(line).unwrap_or_default().into_iter().map(|entry| entry.name).collect()
    }

    #[test]
    fn columns_are_completed_one_after_the_other() {
        assert_eq!(names("columns numb"), ["columns number"]);
        assert_eq!(names("columns number, sp"), ["columns number speed"]);
        assert_eq!(names("columns number t"), ["columns number trip", "columns number today"]);
        assert_eq!(names("columns number ")[0], "columns number");
        assert_eq!(names("columns number mood "), [""; 0], "there is no such column");
        assert_eq!(names("columns number number "), [""; 0], "once is enough");
        assert!(typed("columnsx").is_none() && typed("column speed").is_none());
    }

    #[test]
    fn the_last_column_cannot_be_taken_away() {
        assert!(entries(&[Column::Age]).iter().all(|entry| entry.name != "column age"));
    }
}
