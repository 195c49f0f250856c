//! The help screen: the keymap, printed.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use watchtower_core::domain::live::Motion;

use super::Pen;
use crate::tui::{
    keymap::{Context, Keymap},
    listing::Window,
    text,
    theme::Theme,
};

/// Cells of the widest help screen.
const WIDEST: u16 = 96;
/// Cells between its columns.
const GAP: u16 = 3;
const TWO_COLUMNS_FROM: u16 = 74;

type Line = Vec<(String, Style)>;

/// Every line of the help, section by section.
pub fn sections(theme: &Theme, keymap: &Keymap) -> Vec<Vec<Line>> {
    let bound = |context: Context| {
        let rows = keymap.rows().iter().filter(|row| row.binding.context == context && !row.keys.is_empty());
        rows.map(|row| (row.names(), theme.key, row.binding.help.to_owned())).collect()
    };
    let mouse = [
        ("click", "select; a head: sort"),
        ("double", "show on the map"),
        ("drag", "pan the map; a border: resize"),
        ("timeline", "replay: click or drag to go there"),
        ("wheel", "zoom; scroll a list"),
    ];
    let mouse = mouse.iter().map(|(what, does)| ((*what).to_owned(), theme.key, (*does).to_owned()));
    let mut signs: Rows = Motion::ALL
        .iter()
        .map(|motion| {
            let (sign, style) = theme.motion(*motion);
            (sign.to_owned(), style, motion.name().to_owned())
        })
        .collect();
    for (sign, style, meaning) in [
        (theme.signs.alert, theme.map.alert, "alert open"),
        (theme.signs.acknowledged, theme.good, "alert acknowledged"),
        (theme.signs.over, theme.dim, "alert over"),
        (theme.signs.place, theme.map.fence_occupied, "inside a geofence"),
        (theme.signs.ahead, theme.map.moving, "drawn ahead of its last fix"),
        ("~", theme.base, "an estimate"),
    ] {
        signs.push((sign.to_owned(), style, meaning.to_owned()));
    }
    vec![
        section(theme, "Everywhere", bound(Context::Anywhere)),
        section(theme, "Map", bound(Context::Map)),
        section(theme, "Lists", bound(Context::List)),
        section(theme, "Replay", bound(Context::Replay)),
        section(theme, "Mouse", mouse.collect()),
        section(theme, "Signs", signs),
    ]
}

/// Key or sign, its style, its meaning.
type Rows = Vec<(String, Style, String)>;

fn section(theme: &Theme, title: &str, rows: Rows) -> Vec<Line> {
    let width = rows.iter().map(|(key, ..)| text::width(key)).max().unwrap_or(0) + 2;
    let head = vec![(title.to_owned(), theme.strong)];
    let rows = rows
        .into_iter()
        .map(|(key, style, meaning)| vec![(text::left(&key, width, ""), style), (meaning, theme.base)]);
    std::iter::once(head).chain(rows).collect()
}

/// Draws the help over the screen.
pub fn draw(theme: &Theme, keymap: &Keymap, window: &mut Window, screen: Rect, buffer: &mut Buffer) {
    let width = screen.width.min(WIDEST);
    let sections = sections(theme, keymap);
    let inner = width.saturating_sub(4);
    let columns = if inner >= TWO_COLUMNS_FROM { 2 } else { 1 };
    let pages = flow(sections, columns);
    let tallest = pages.iter().map(Vec::len).max().unwrap_or(0);
    let height = u16::try_from(tallest + 2).unwrap_or(u16::MAX);
    let (area, body) = super::sheet(buffer, screen, theme, ((WIDEST, height), 2), "Help");
    let seen = window.rows(tallest, usize::from(body.height));
    if body != area {
        let line = Rect { x: area.x + 7, width: area.width - 8, height: 1, ..area };
        let words = if seen.len() < tallest { " j k scroll, Esc closes " } else { " Esc closes " };
        Pen::new(buffer, line, theme).put_right(words, theme.dim);
    }
    let each = (body.width.saturating_sub(2 + GAP * (columns as u16 - 1))) / columns as u16;
    for (column, lines) in pages.iter().enumerate() {
        let x = body.x + 1 + column as u16 * (each + GAP);
        for (row, line) in lines.iter().skip(seen.start).take(seen.len()).enumerate() {
            let place = Rect {
                x,
                y: body.y + row as u16,
                width: each.min(body.right().saturating_sub(x)),
                height: 1,
            };
            let mut pen = Pen::new(buffer, place, theme);
            for (text, style) in line {
                pen.put(text, *style);
            }
        }
    }
    super::thumb(buffer, area, theme, seen, tallest);
}

/// Sections into columns of about one length, a blank line between them.
fn flow(sections: Vec<Vec<Line>>, columns: usize) -> Vec<Vec<Line>> {
    let count: usize = sections.iter().map(|section| section.len() + 1).sum();
    let most = count.div_ceil(columns);
    let mut pages: Vec<Vec<Line>> = vec![Vec::new()];
    for section in sections {
        for (index, line) in section.into_iter().enumerate() {
            let full = pages.last().is_none_or(|page| page.len() >= most);
            if full && pages.len() < columns {
                pages.push(Vec::new());
            }
            if let Some(page) = pages.last_mut() {
                if index == 0 && !page.is_empty() {
                    page.push(Vec::new());
                }
                page.push(line);
            }
        }
    }
    pages
}
