//! Tables for a person.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use unicode_width::UnicodeWidthStr;

/// Rows of a table before the rest is only counted.
const MOST_ROWS: usize = 40;

/// Columns as wide as their widest cell, text to the left and figures to the right.
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub fn new(head: &[&str]) -> Self {
        Self { head: head.iter().map(|name| (*name).to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// Leaves out the columns that hold nothing but `nothing`.
    pub fn without(mut self, nothing: &str) -> Self {
        for column in (0..self.head.len()).rev() {
            if !self.rows.is_empty() && self.rows.iter().all(|row| row[column] == nothing) {
                self.head.remove(column);
                for row in &mut self.rows {
                    row.remove(column);
                }
            }
        }
        self
    }

    /// Prints it; of a long one the first rows.
    pub fn print(&self, to: &mut impl Write) -> io::Result<()> {
        let shown = &self.rows[..self.rows.len().min(MOST_ROWS)];
        let widths: Vec<usize> = (0..self.head.len())
            .map(|column| {
                let cells = shown.iter().map(|row| row[column].width());
                cells.chain([self.head[column].width()]).max().unwrap_or_default()
            })
            .collect();
        let line = |cells: &[String]| {
            let mut text = String::new();
            for (number, (cell, width)) in cells.iter().zip(&widths).enumerate() {
                let pad = " ".repeat(width.saturating_sub(cell.width()));
                let gap = if number == 0 { "" } else { "  " };
                let _ = match number {
                    0 => write!(text, "{gap}{cell}{pad}"),
                    _ => write!(text, "{gap}{pad}{cell}"),
                };
            }
            text.trim_end().to_owned()
        };
        writeln!(to, "{}", line(&self.head))?;
        let rule = widths.iter().sum::<usize>() + 2 * (widths.len() - 1);
        writeln!(to, "{}", "─".repeat(rule))?;
        for row in shown {
            writeln!(to, "{}", line(row))?;
        }
        match self.rows.len() - shown.len() {
            0 => Ok(()),
            rest => writeln!(to, "… and {rest} more"),
        }
    }
}
