//! Names on the map: which of them find room.
//!
//! Strict priority, dropped rather than nudged. Candidates are taken from a margin
//! around the view too, and places in it are taken on the world's own grid, so a
//! pan changes no decision in sight.

use std::collections::HashSet;

use ratatui::style::{Modifier, Style};
use unicode_width::UnicodeWidthStr;

use super::{
    basemap::{Basemap, Named, PointKind},
    glyphs::{self, Sign},
    mercator::{CELL, Unit, View},
    scenery::Scenery,
    streets::{self, Pane},
};
use crate::tui::theme::MapTheme;

/// Cells around the view whose names compete for room in it.
const MARGIN: (i64, i64) = (32, 6);
/// Names wider than this are left out.
const WIDEST: usize = 28;
/// Sites of scenery and basemap nearer than this, some 2 km, are one.
const SAME_SITE: u32 = 53_000;

/// The name of a street stands once in a stretch of so many dots, wide and high.
const SAME_NAME: (i64, i64) = (128, 64);
/// Names on tiles from this priority on are of places.
const PLACES: i32 = 400;

/// A name that found its place, wholly in the view.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Caption {
    pub(super) column: u16,
    pub(super) row: u16,
    pub(super) width: u16,
    pub(super) text: Box<str>,
    pub(super) style: Style,
}

/// A name in want of a place.
struct Candidate<'a> {
    /// The higher wins.
    priority: i32,
    at: Unit,
    name: &'a str,
    sign: Option<Sign>,
    style: Style,
    upper: bool,
}

/// Cells already taken, margin included.
struct Taken {
    wide: i64,
    high: i64,
    cells: Vec<bool>,
}

impl Taken {
    fn new(view: &View) -> Self {
        let wide = i64::from(view.cols) + 2 * MARGIN.0;
        let high = i64::from(view.rows) + 2 * MARGIN.1;
        Self { wide, high, cells: vec![false; (wide * high) as usize] }
    }

    /// Takes `width` cells from a cell of the view if they and a column either side are free.
    fn take(&mut self, column: i64, row: i64, width: i64) -> bool {
        let (x, y) = (column + MARGIN.0, row + MARGIN.1);
        if y < 0 || y >= self.high || x < 0 || x + width > self.wide {
            return false;
        }
        let line = (y * self.wide) as usize;
        let padded = line + (x - 1).max(0) as usize..line + (x + width + 1).min(self.wide) as usize;
        if self.cells[padded].iter().any(|taken| *taken) {
            return false;
        }
        self.cells[line + x as usize..line + (x + width) as usize].fill(true);
        true
    }
}

/// The names of a view, in the order they are drawn.
pub(super) fn placed(view: &View, scenery: &Scenery, panes: &[Pane], theme: &MapTheme) -> Vec<Caption> {
    let mut candidates = candidates(view, scenery, panes, theme);
    candidates
        .sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.name.cmp(b.name)).then(a.at.cmp(&b.at)));
    let mut taken = Taken::new(view);
    let mut captions = Vec::new();
    for candidate in &candidates {
        let name = glyphs::spelled(candidate.name, theme.glyphs);
        let name = if candidate.upper { name.to_uppercase() } else { name };
        let text = match candidate.sign {
            Some(sign) => format!("{} {name}", glyphs::sign(sign, theme.glyphs)),
            None => name,
        };
        let width = text.width();
        if width == 0 || width > WIDEST || text.chars().any(char::is_control) {
            continue;
        }
        for at in view.copies() {
            let (x, y) = at.dot(candidate.at);
            let (column, row) = ((x as i64).div_euclid(CELL.0), (y as i64).div_euclid(CELL.1));
            let column = if candidate.sign.is_some() { column } else { column - width as i64 / 2 };
            let inside = column >= 0
                && column + width as i64 <= i64::from(view.cols)
                && (0..i64::from(view.rows)).contains(&row);
            if taken.take(column, row, width as i64) && inside {
                captions.push(Caption {
                    column: column as u16,
                    row: row as u16,
                    width: width as u16,
                    text: text.as_str().into(),
                    style: candidate.style,
                });
            }
        }
    }
    captions
}

/// Everything with a name in or near the view that this zoom tells of.
fn candidates<'a>(
    view: &View,
    scenery: &'a Scenery,
    panes: &'a [Pane],
    theme: &MapTheme,
) -> Vec<Candidate<'a>> {
    let zoom = view.zoom;
    let map = Basemap::shared();
    let near = |at: Unit| {
        let (wide, high) = view.dots();
        let (across, down) = (MARGIN.0 * CELL.0, MARGIN.1 * CELL.1);
        view.copies().any(|copy| {
            let (x, y) = copy.dot(at);
            x >= -across as f64 && y >= -down as f64 && x < (wide + across) as f64 && y < (high + down) as f64
        })
    };
    let dim = |style: Style| style.add_modifier(Modifier::DIM);
    let mut found = Vec::new();
    for title in &scenery.titles {
        let from = [6.0, 8.5, 9.7, 11.0, 12.5, 14.0][title.rank];
        if zoom >= from && near(title.at) {
            let style = match (title.water, title.sign) {
                (true, _) => theme.river.add_modifier(Modifier::ITALIC),
                (false, Some(Sign::City)) => theme.place,
                (false, Some(_)) => theme.site,
                (false, None) if title.rank >= 2 => dim(theme.place),
                (false, None) => theme.place,
            };
            let priority = 900 - 20 * title.rank as i32 - i32::from(title.water);
            let candidate = Candidate {
                priority,
                at: title.at,
                name: &title.name,
                sign: title.sign,
                style,
                upper: false,
            };
            found.push(candidate);
        }
    }
    let mut streets = HashSet::new();
    for name in streets::names(panes, view).filter(|name| near(name.at)) {
        // A street has many pieces, and its name once in every so many dots of the world.
        let (x, y) = view.nearest(name.at[0]).dot(name.at);
        let (left, top) = view.origin();
        let block = [(x as i64 + left).div_euclid(SAME_NAME.0), (y as i64 + top).div_euclid(SAME_NAME.1)];
        let is_street = name.priority < PLACES;
        if is_street && !streets.insert((&name.text, block)) {
            continue;
        }
        let style = match name.sign {
            Some(Sign::City) => theme.place,
            _ => dim(theme.place),
        };
        found.push(Candidate {
            priority: name.priority,
            at: name.at,
            name: &name.text,
            sign: name.sign,
            style,
            upper: false,
        });
    }
    let told = found.len();
    let named =
        |found: &[Candidate<'_>], name: &str| found[..told].iter().any(|c| c.name.eq_ignore_ascii_case(name));
    let sites: Vec<Unit> = scenery.titles.iter().filter(|t| t.sign.is_some()).map(|t| t.at).collect();
    let mut add = |point: &'a Named, priority: i32, sign: Option<Sign>, style: Style, upper: bool| {
        if near(point.at) && !named(&found, &point.name) {
            found.push(Candidate { priority, at: point.at, name: &point.name, sign, style, upper });
        }
    };
    if (1.5..6.5).contains(&zoom) {
        for country in map.points(PointKind::Countries) {
            // The source's zooms are of tiles, whose labels are a third the size of ours.
            let from = f64::from(250 - i32::from(country.weight)) / 20.0 - 0.4;
            if zoom >= from {
                add(country, 1_000 + i32::from(country.weight), None, dim(theme.place), true);
            }
        }
    }
    // 20 million people at zoom 0, 150 000 at 6, 15 000 (all there are) at 11.
    let least = if zoom < 6.0 { 194.0 - 9.4 * zoom } else { 137.6 - 5.4 * (zoom - 6.0) };
    for place in map.points(PointKind::Places) {
        if f64::from(place.weight) < least - 8.0 {
            break; // the rest are smaller still
        }
        // Capitals are shown as if twice their size.
        let weight = i32::from(place.weight) + if place.flag { 8 } else { 0 };
        if f64::from(weight) >= least {
            let (sign, style) = match (place.flag, place.weight) {
                (true, _) => (Sign::Capital, theme.place),
                (_, 136..) => (Sign::City, theme.place),
                _ => (Sign::Town, dim(theme.place)),
            };
            add(place, 400 + weight, Some(sign), style, false);
        }
    }
    for (kind, sign, wide, local) in
        [(PointKind::Ports, Sign::Port, 8.5, 11.0), (PointKind::Airports, Sign::Airport, 8.0, 10.5)]
    {
        for point in map.points(kind).iter().filter(|p| zoom >= if p.weight >= 2 { wide } else { local }) {
            // The scenery knows its sites better.
            if sites.iter().any(|site| (0..2).all(|axis| site[axis].abs_diff(point.at[axis]) < SAME_SITE)) {
                continue;
            }
            add(point, 300 + i32::from(point.weight), Some(sign), theme.site, false);
        }
    }
    found
}
