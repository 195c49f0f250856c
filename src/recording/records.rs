//! Records of CSV: lines, of which a quoted field may hold several. A quote that is
//! opened and never closed costs the line it is in, not the rest of the file.

use std::io::{self, BufRead, Cursor};

use super::{Bytes, read_line};

/// A line longer than this is no record, bytes.
const LONGEST: usize = 1 << 20;
/// A quoted field is closed within so many, or never was meant to be one.
const REACH: usize = 1 << 16;

/// The fields of one record, without their quotes.
pub(super) struct Record {
    separator: u8,
    text: Vec<u8>,
    /// Where each field ends.
    ends: Vec<usize>,
}

/// The lines of a file as records.
pub(super) struct Records {
    bytes: Bytes,
    /// Lines that were read too far.
    again: Cursor<Vec<u8>>,
    line: u64,
    text: Vec<u8>,
    more: Vec<u8>,
}

/// What a line came to.
pub(super) enum Outcome {
    /// The record is filled.
    Record,
    /// It is no record.
    Malformed(String),
}

enum Split {
    Whole,
    /// The last field's quote is not closed.
    Open,
    /// Text follows a quote that closes a field.
    Stray,
}

impl Records {
    pub(super) fn new(bytes: Bytes) -> Self {
        let (text, more) = (Vec::new(), Vec::new());
        Self { bytes, again: Cursor::default(), line: 0, text, more }
    }

    /// Fills `record` with the next one that is not blank; returns its first line,
    /// from 1. `None` at the end.
    pub(super) fn next(&mut self, record: &mut Record) -> io::Result<Option<(u64, Outcome)>> {
        loop {
            let Some(too_long) = self.read()? else { return Ok(None) };
            std::mem::swap(&mut self.text, &mut self.more);
            let line = self.line;
            if too_long {
                let reason = format!("line is longer than {LONGEST} bytes");
                return Ok(Some((line, Outcome::Malformed(reason))));
            }
            if !self.text.is_empty() {
                return Ok(Some((line, self.record(record)?)));
            }
        }
    }

    /// The record last read, which began at `line`, is the next one again.
    pub(super) fn reread(&mut self, line: u64) {
        self.unread(line - 1, 0);
    }

    /// The line after the last one read, which may be one that is read again.
    pub(super) fn line(&self) -> u64 {
        self.line + 1
    }

    fn read(&mut self) -> io::Result<Option<bool>> {
        let again = !self.again.fill_buf()?.is_empty();
        let read = match again {
            true => read_line(&mut self.again, &mut self.more, LONGEST)?,
            false => read_line(&mut self.bytes, &mut self.more, LONGEST)?,
        };
        self.line += u64::from(read.is_some());
        Ok(read)
    }

    /// The record that begins with the line in `text`.
    fn record(&mut self, record: &mut Record) -> io::Result<Outcome> {
        let (first, length) = (self.line, self.text.len());
        loop {
            let reason = match record.split(&self.text) {
                Split::Whole => return Ok(Outcome::Record),
                Split::Stray => "text follows a closing quote",
                Split::Open if self.append_to_quote()? => continue,
                Split::Open => "a quote is opened and not closed",
            };
            self.unread(first, length + 1);
            self.text.truncate(length);
            return Ok(Outcome::Malformed(reason.into()));
        }
    }

    /// Appends lines up to one with a quote, which alone can close the field; whether
    /// there is one within reach.
    fn append_to_quote(&mut self) -> io::Result<bool> {
        while self.text.len() < REACH {
            let Some(too_long) = self.read()? else { return Ok(false) };
            self.text.push(b'\n');
            self.text.extend_from_slice(&self.more);
            if too_long {
                return Ok(false);
            }
            if self.more.contains(&b'"') {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What stands in `text` from `from` on is read again, as lines of their own, after
    /// line `before`.
    fn unread(&mut self, before: u64, from: usize) {
        if let Some(again) = self.text.get(from..) {
            let at = self.again.position() as usize;
            let rest = self.again.get_ref().get(at..).unwrap_or_default();
            self.again = Cursor::new([again, b"\n", rest].concat());
            self.line = before;
        }
    }
}

impl Record {
    /// A record whose fields are divided by `separator`.
    pub(super) fn divided_by(separator: u8) -> Self {
        Self { separator, text: Vec::new(), ends: Vec::new() }
    }

    pub(super) fn separator(&self) -> u8 {
        self.separator
    }

    /// A field, without the blanks around it; `None` where the line has ended before.
    pub(super) fn field(&self, number: usize) -> Option<&[u8]> {
        let end = *self.ends.get(number)?;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(self.text[start..end].trim_ascii())
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.ends.len()).filter_map(|number| self.field(number))
    }

    fn split(&mut self, line: &[u8]) -> Split {
        self.text.clear();
        self.ends.clear();
        let mut rest = line;
        loop {
            if let [b'"', quoted @ ..] = rest {
                match self.unquote(quoted) {
                    Ok(after) => rest = after,
                    Err(split) => return split,
                }
            } else {
                let end = rest.iter().position(|byte| *byte == self.separator).unwrap_or(rest.len());
                self.text.extend_from_slice(&rest[..end]);
                rest = &rest[end..];
            }
            self.ends.push(self.text.len());
            match rest {
                [_separator, after @ ..] => rest = after,
                [] => return Split::Whole,
            }
        }
    }

    /// Takes a field whose quote is open; returns what follows it.
    fn unquote<'a>(&mut self, mut rest: &'a [u8]) -> Result<&'a [u8], Split> {
        loop {
            let end = rest.iter().position(|byte| *byte == b'"').ok_or(Split::Open)?;
            self.text.extend_from_slice(&rest[..end]);
            rest = &rest[end + 1..];
            match rest {
                // Two quotes are one.
                [b'"', after @ ..] => {
                    self.text.push(b'"');
                    rest = after;
                }
                _ => break,
            }
        }
        let is_blank = |byte: &u8| byte.is_ascii_whitespace() && *byte != self.separator;
        let after = &rest[rest.iter().take_while(|byte| is_blank(byte)).count()..];
        if after.is_empty() || after[0] == self.separator { Ok(after) } else { Err(Split::Stray) }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::{super::Progress, *};

    fn read_each(text: &[u8], mut each: impl FnMut(u64, Outcome, &Record)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, text).unwrap();
        let bytes = Bytes::open(Path::new(&path), &Progress::default()).unwrap();
        let (mut records, mut record) = (Records::new(bytes), Record::divided_by(b','));
        while let Some((line, outcome)) = records.next(&mut record).unwrap() {
            each(line, outcome, &record);
        }
    }

    /// Records as text, and the lines that are none.
    fn read(text: &[u8]) -> Vec<(u64, Result<Vec<String>, String>)> {
        let mut read = Vec::new();
        read_each(text, |line, outcome, record| {
            let fields = record.fields().map(|field| String::from_utf8(field.into()).unwrap());
            let outcome = match outcome {
                Outcome::Record => Ok(fields.collect()),
                Outcome::Malformed(reason) => Err(reason),
            };
            read.push((line, outcome));
        });
        read
    }

    fn written(records: &[Vec<String>]) -> Vec<u8> {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        records.iter().for_each(|record| writer.write_record(record).unwrap());
        writer.into_inner().unwrap()
    }

    proptest! {
        #[test]
        fn what_a_writer_of_csv_writes_is_read(
            records in prop::collection::vec(prop::collection::vec("[a,\"\n ]{0,6}", 1..5), 0..12),
        ) {
            let read = read(&written(&records));
            let fields: Vec<_> = read.into_iter().map(|(_, record)| record.unwrap()).collect();
            let trimmed = |record: &Vec<String>| record.iter().map(|field| field.trim().to_owned()).collect();
            let expected: Vec<Vec<String>> = records.iter().map(trimmed).collect();
            prop_assert_eq!(fields, expected);
        }

        #[test]
        fn no_line_is_lost_or_read_twice_whatever_its_quotes(
            lines in prop::collection::vec("x[a,\"]{0,5}", 0..30),
        ) {
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            let mut covered = 0;
            read_each(text.as_bytes(), |line, outcome, record| {
                assert_eq!(line, covered + 1, "each begins where the one before ended");
                let ends = record.text.iter().filter(|byte| **byte == b'\n').count() as u64;
                covered += 1 + if matches!(outcome, Outcome::Record) { ends } else { 0 };
            });
            prop_assert_eq!(covered, lines.len() as u64);
        }
    }

    #[test]
    fn a_quoted_field_is_not_looked_for_without_end() {
        let text = format!("a,\"b\n{}\"\nc\n", "x\n".repeat(REACH));
        let read = read(text.as_bytes());
        assert_eq!(read[0], (1, Err("a quote is opened and not closed".into())));
        assert_eq!(read.len(), REACH + 3, "every line after it is one");
        let within = format!("a,\"b\n{}\"\nc\n", "x\n".repeat(100));
        assert_eq!(self::read(within.as_bytes()).len(), 2);
        let long = format!("{}\nc\n", "x".repeat(LONGEST + 1));
        assert_eq!(self::read(long.as_bytes())[0].1, Err(format!("line is longer than {LONGEST} bytes")));
    }
}
