//! Where the cells of a terminal lead that understands OSC 8.

use unicode_width::UnicodeWidthChar;

use super::*;
use crate::tui::hyperlinks::Hyperlink;

/// A terminal that knows where its cells lead.
struct Reader {
    terminal: vt100::Parser,
    leads: Vec<Vec<Option<String>>>,
    open: Option<String>,
}

impl Reader {
    fn new(size: Size) -> Self {
        let terminal = vt100::Parser::new(cells(size.height), cells(size.width), 0);
        let leads = vec![vec![None; size.width.into()]; size.height.into()];
        Self { terminal, leads, open: None }
    }

    fn read(&mut self, mut rest: &str) {
        while let Some(first) = rest.chars().next() {
            if let Some(link) = rest.strip_prefix("\u{1b}]8;") {
                let (link, after) = link.split_once("\u{1b}\\").unwrap();
                let (_, address) = link.split_once(';').unwrap();
                self.open = (!address.is_empty()).then(|| address.to_owned());
                rest = after;
                continue;
            }
            let length = match first {
                '\u{1b}' => 2 + rest[2..].find(|c: char| c.is_ascii_alphabetic()).unwrap() + 1,
                other => other.len_utf8(),
            };
            let (token, after) = rest.split_at(length);
            let (row, column) = self.terminal.screen().cursor_position();
            self.terminal.process(token.as_bytes());
            let (row, column) = (usize::from(row), usize::from(column));
            let width = self.leads[row].len();
            match token.chars().last() {
                Some('J') => self.leads.iter_mut().for_each(|row| row.fill(None)),
                Some('K') if token.len() > 1 => self.leads[row][column..].fill(None),
                Some('X') if token.len() > 1 => {
                    let count: usize = token[2..token.len() - 1].parse().unwrap();
                    self.leads[row][column..(column + count).min(width)].fill(None);
                }
                Some(written) if token.len() == written.len_utf8() => {
                    let end = column + written.width().unwrap_or(0);
                    if column < width {
                        self.leads[row][column..end.min(width)].fill(self.open.clone());
                    }
                }
                Some(_) | None => {}
            }
            rest = after;
        }
    }
}

#[derive(Clone, Debug)]
struct Lead {
    at: (u16, u16),
    width: u16,
    to: u8,
}

fn leads() -> impl Strategy<Value = Vec<Lead>> {
    let one = (0..SIZE.width + 2, 0..SIZE.height + 1, 1..9_u16, 0..3_u8).prop_map(|(x, y, width, to)| Lead {
        at: (x, y),
        width,
        to,
    });
    proptest::collection::vec(one, 0..5)
}

fn address(to: u8) -> String {
    format!("https://example.org/{to}")
}

fn links(picture: &Buffer, leads: &[Lead]) -> Vec<Hyperlink> {
    let link = |lead: &Lead| {
        Hyperlink::new(picture, Position { x: lead.at.0, y: lead.at.1 }, lead.width, address(lead.to))
    };
    leads.iter().map(link).collect()
}

/// Where a cell should lead: the last link over it counts.
fn wanted(leads: &[Lead], (column, row): (u16, u16)) -> Option<String> {
    let over = |lead: &&Lead| lead.at.1 == row && (lead.at.0..lead.at.0 + lead.width).contains(&column);
    leads.iter().rfind(over).map(|lead| address(lead.to))
}

proptest! {
    #[test]
    fn cells_lead_where_they_should_and_links_end_with_every_unit(
        frames in proptest::collection::vec((styles(), texts(), leads()), 1..6),
        limit in 1..200_usize,
    ) {
        let mut far = Far::new(SIZE);
        let mut reader = Reader::new(SIZE);
        for (ground, texts, leads) in frames {
            let picture = buffer(SIZE, ground, &texts);
            far.want(&picture);
            far.encoder.lead(&links(&picture, &leads));
            loop {
                let (left, bytes) = far.send(limit);
                reader.read(&bytes);
                prop_assert_eq!(&reader.open, &None, "open behind {:?}", bytes);
                if left == Left::Nothing {
                    break;
                }
            }
            far.assert_shows(&picture);
            for row in 0..SIZE.height {
                let mut column = 0;
                while column < SIZE.width {
                    let mut cell = Cell::EMPTY;
                    put(&mut cell, &picture[(column, row)], SIZE.width - column, ColourDepth::True);
                    let width = Width::of(cell.symbol());
                    if width.certain {
                        let shown = &reader.leads[usize::from(row)][usize::from(column)];
                        prop_assert_eq!(shown, &wanted(&leads, (column, row)), "at {}, {}", column, row);
                    }
                    column += width.columns.max(1);
                }
            }
            let (_, again) = far.send(usize::MAX);
            prop_assert_eq!(again, "", "nothing changed");
        }
    }
}

#[test]
fn a_run_of_cells_is_one_link_and_one_that_goes_is_written_over() {
    let mut far = Far::new(Size { width: 24, height: 2 });
    let picture = line("go home now");
    let home = |address: &str| vec![Hyperlink::new(&picture, Position { x: 3, y: 0 }, 4, address.to_owned())];
    far.want(&picture);
    far.encoder.lead(&home("https://example.org/"));
    let (_, bytes) = far.send(usize::MAX);
    assert!(
        bytes.contains("go \u{1b}]8;id=1;https://example.org/\u{1b}\\home\u{1b}]8;;\u{1b}\\ now"),
        "{bytes:?}"
    );
    far.encoder.lead(&home("https://example.org/"));
    assert_eq!(far.send(usize::MAX).1, "");
    far.encoder.lead(&home("https://example.com/"));
    let (_, bytes) = far.send(usize::MAX);
    assert!(bytes.contains("\u{1b}]8;id=2;https://example.com/\u{1b}\\home\u{1b}]8;;\u{1b}\\"), "{bytes:?}");
    far.encoder.lead(&[]);
    let (_, bytes) = far.send(usize::MAX);
    assert!(bytes.contains("home") && !bytes.contains("]8;id"), "{bytes:?}");
    // What would end the sequence before its end leads nowhere.
    for unsound in ["https://example.org/\u{1b}[2J", "https://example.org/a b", "https://example.org/\u{e9}"]
    {
        far.encoder.lead(&home(unsound));
        assert_eq!(far.send(usize::MAX).1, "", "{unsound:?}");
    }
}

#[test]
fn a_link_whose_end_was_never_sent_is_ended_before_the_screen_is_drawn_anew() {
    let size = Size { width: 24, height: 2 };
    let (mut far, picture) = (Far::new(size), line("go home now"));
    let home = Hyperlink::new(&picture, Position { x: 3, y: 0 }, 4, "https://example.org/".to_owned());
    far.want(&picture);
    far.encoder.lead(&[home]);
    far.send(usize::MAX);
    far.encoder.start_anew(size);
    let (_, bytes) = far.send(usize::MAX);
    let place = |of: &str| bytes.find(of).unwrap_or_else(|| panic!("no {of:?} in {bytes:?}"));
    assert!(place("\u{1b}]8;;\u{1b}\\") < place("\u{1b}[2J"), "{bytes:?}");
    // A terminal that was never led anywhere hears nothing of links.
    let mut far = Far::new(size);
    far.send(usize::MAX);
    far.encoder.start_anew(size);
    let (_, bytes) = far.send(usize::MAX);
    assert!(!bytes.contains("]8;"), "{bytes:?}");
}
