//! Records of one kind on their way out: a table for people, CSV, JSON lines,
//! GeoJSON.

use serde_json::{Value, json};

use crate::tui::text;

/// How a list is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Format {
    #[default]
    Table,
    Json,
    Csv,
    GeoJson,
}

/// What the table is written with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ink {
    Coloured,
    Plain,
}

/// A column: its head in the table, none where it is not in it, and its name elsewhere.
pub(super) struct Column {
    head: Option<(&'static str, Side)>,
    name: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// A column of text.
pub(super) const fn column(head: &'static str, name: &'static str) -> Column {
    Column { head: Some((head, Side::Left)), name }
}

/// A column of figures.
pub(super) const fn figures(head: &'static str, name: &'static str) -> Column {
    Column { head: Some((head, Side::Right)), name }
}

/// A column too wide for the table.
pub(super) const fn detail(name: &'static str) -> Column {
    Column { head: None, name }
}

/// What a cell wants to be noticed for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Tone {
    #[default]
    Plain,
    Good,
    Warn,
    Bad,
    Dim,
}

/// A cell.
#[derive(Debug, Default)]
pub(super) struct Cell {
    /// For people.
    shown: String,
    /// For programs, where it is something else.
    exact: Option<String>,
    tone: Tone,
}

impl Cell {
    pub(super) fn exact(mut self, exact: impl Into<String>) -> Self {
        self.exact = Some(exact.into());
        self
    }

    pub(super) fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { shown: text.into(), ..Self::default() }
    }
}

/// A cell of what may not be known.
pub(super) fn known<T: ToString + ?Sized>(value: Option<&T>) -> Cell {
    Cell::from(value.map(T::to_string).unwrap_or_default())
}

/// One record.
pub(super) struct Record {
    /// What it can be asked for by, the first its own.
    pub(super) names: Vec<String>,
    /// A cell for each column.
    pub(super) cells: Vec<Cell>,
    /// All of it.
    pub(super) json: Value,
    /// GeoJSON's geometry of it.
    pub(super) geometry: Option<Value>,
}

/// Records of a kind.
pub(super) struct Listing {
    /// What one of them is called.
    pub(super) singular: &'static str,
    pub(super) columns: &'static [Column],
    pub(super) records: Vec<Record>,
    /// What is to be said of all of them, above the table.
    pub(super) remarks: Vec<String>,
}

impl Listing {
    /// The record of a name, in either case, white space apart.
    pub(super) fn find(&self, name: &str) -> Option<&Record> {
        let fold = |text: &str| -> String {
            text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
        };
        let wanted = fold(name);
        self.records.iter().find(|record| record.names.iter().any(|name| fold(name) == wanted))
    }

    /// The whole list.
    pub(super) fn printed(&self, format: Format, ink: Ink) -> anyhow::Result<String> {
        Ok(match format {
            Format::Table => self.table(ink),
            Format::Json => self.records.iter().map(|record| format!("{}\n", record.json)).collect(),
            Format::Csv => self.csv()?,
            Format::GeoJson => {
                let features: Vec<_> = self.records.iter().filter_map(Record::feature).collect();
                format!("{}\n", json!({"type": "FeatureCollection", "features": features}))
            }
        })
    }

    /// One record, a line a column.
    pub(super) fn shown(&self, record: &Record, ink: Ink) -> String {
        let named = self.columns.iter().zip(&record.cells).filter(|(_, cell)| !cell.shown.is_empty());
        let width = self.columns.iter().map(|column| text::width(column.name)).max().unwrap_or(0);
        let line = |(column, cell): (&Column, &Cell)| {
            format!(
                "{}  {}\n",
                text::left(column.name, width, ""),
                paint(&text::clean(&cell.shown), cell.tone, ink)
            )
        };
        named.map(line).collect()
    }

    fn table(&self, ink: Ink) -> String {
        let shown: Vec<(usize, &str, Side)> = self
            .columns
            .iter()
            .enumerate()
            .filter_map(|(place, column)| column.head.map(|(head, side)| (place, head, side)))
            .collect();
        let cells: Vec<Vec<(String, Tone)>> = self
            .records
            .iter()
            .map(|record| {
                let cell = |(place, ..): &(usize, &str, Side)| {
                    let cell = &record.cells[*place];
                    (text::clean(&cell.shown), cell.tone)
                };
                shown.iter().map(cell).collect()
            })
            .collect();
        let heads: Vec<(String, Tone)> =
            shown.iter().map(|(_, head, _)| ((*head).to_owned(), Tone::Dim)).collect();
        let widths: Vec<usize> = (0..shown.len())
            .map(|place| {
                let rows = cells.iter().chain([&heads]);
                rows.map(|row| text::width(&row[place].0)).max().unwrap_or(0)
            })
            .collect();
        let mut out: String =
            self.remarks.iter().map(|remark| paint(remark, Tone::Warn, ink) + "\n").collect();
        for row in [&heads].into_iter().chain(&cells) {
            let last = row.iter().rposition(|(cell, _)| !cell.is_empty()).unwrap_or(0);
            for (place, (cell, tone)) in row.iter().enumerate().take(last + 1) {
                let pad = " ".repeat(widths[place] - text::width(cell));
                let gap = if place == 0 { "" } else { "  " };
                let cell = paint(cell, *tone, ink);
                // Nothing stands behind the last of a line.
                match shown[place].2 {
                    Side::Right => out += &format!("{gap}{pad}{cell}"),
                    Side::Left if place == last => out += &format!("{gap}{cell}"),
                    Side::Left => out += &format!("{gap}{cell}{pad}"),
                }
            }
            out.push('\n');
        }
        out
    }

    fn csv(&self) -> anyhow::Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.columns.iter().map(|column| column.name))?;
        for record in &self.records {
            writer
                .write_record(record.cells.iter().map(|cell| cell.exact.as_ref().unwrap_or(&cell.shown)))?;
        }
        Ok(String::from_utf8(writer.into_inner()?)?)
    }
}

impl Record {
    fn feature(&self) -> Option<Value> {
        let geometry = self.geometry.clone()?;
        // A fence is a feature as it stands.
        if self.json["type"] == "Feature" {
            return Some(self.json.clone());
        }
        Some(
            json!({"type": "Feature", "id": self.names.first(), "geometry": geometry, "properties": self.json}),
        )
    }
}

fn paint(text: &str, tone: Tone, ink: Ink) -> String {
    let code = match tone {
        Tone::Good => "32",
        Tone::Warn => "33",
        Tone::Bad => "31",
        Tone::Dim => "2",
        Tone::Plain => return text.to_owned(),
    };
    if ink == Ink::Coloured && !text.is_empty() {
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}
