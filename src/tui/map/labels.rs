//! Names on the map: which of them find room.
//!
//! Strict priority, dropped rather than nudged. Candidates are taken from a margin
//! around the view too, and who has room is decided at the half level of zoom below, by
//! places in the world that are not yet rounded to cells: neither a pan nor a zoom by a
//! fraction changes a decision in sight, and what does not overlap there does not
//! when it is drawn larger.

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

/// Zoom levels from one at which it is decided who has room to the next.
const DECIDED_EVERY: f64 = 0.5;

/// Stretches of rows taken, in cells of the view it is decided in, not rounded: row, first
/// column, and the column after the last.
#[derive(Default)]
struct Taken(Vec<(f64, f64, f64)>);

impl Taken {
    /// Takes `width` cells if they and one either side are free. Who is a whole row or
    /// column apart here stays so, however both are rounded when they are drawn larger.
    fn take(&mut self, column: f64, row: f64, width: f64) -> bool {
        let (from, to) = (column, column + width);
        let clash = |(y, left, right): &(f64, f64, f64)| {
            (y - row).abs() < 1.0 && from < right + 1.0 && *left < to + 1.0
        };
        if self.0.iter().any(clash) {
            return false;
        }
        self.0.push((row, from, to));
        true
    }
}

/// The view it is decided in who has room in this one.
fn deciding(view: &View) -> View {
    let zoom = (view.zoom / DECIDED_EVERY).floor() * DECIDED_EVERY;
    let share = (zoom - view.zoom).exp2();
    let shrunk = |cells: i64| (cells as f64 * share).floor() as i64;
    View { zoom, left: shrunk(view.left), top: shrunk(view.top), ..*view }
}

/// The names of a view, in the order they are drawn.
pub(super) fn placed(view: &View, scenery: &Scenery, panes: &[Pane], theme: &MapTheme) -> Vec<Caption> {
    let deciding = deciding(view);
    let mut candidates = candidates(view, &deciding, scenery, panes, theme);
    candidates
        .sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.name.cmp(b.name)).then(a.at.cmp(&b.at)));
    let mut taken = Taken::default();
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
        let before = if candidate.sign.is_some() { 0 } else { width as i64 / 2 };
        for copy in view.worlds() {
            let (x, y) = deciding.placement(copy).dot(candidate.at);
            let decided = (x / CELL.0 as f64 - before as f64, y / CELL.1 as f64);
            let (x, y) = view.placement(copy).dot(candidate.at);
            let column = (x.floor() as i64).div_euclid(CELL.0) - before;
            let row = (y.floor() as i64).div_euclid(CELL.1);
            let inside = column >= 0
                && column + width as i64 <= i64::from(view.cols)
                && (0..i64::from(view.rows)).contains(&row);
            if taken.take(decided.0, decided.1, width as f64) && inside {
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
    deciding: &View,
    scenery: &'a Scenery,
    panes: &'a [Pane],
    theme: &MapTheme,
) -> Vec<Candidate<'a>> {
    // Within a half level names only come as one zooms in, the lesser ones last.
    let (map, zoom) = (Basemap::shared(), view.zoom);
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
        // A street is on many tiles, and its name once in every so many dots of the world.
        let (x, y) = deciding.nearest(name.at[0]).dot(name.at);
        let (left, top) = deciding.origin();
        let block = [(x as i64 + left).div_euclid(SAME_NAME.0), (y as i64 + top).div_euclid(SAME_NAME.1)];
        let is_street = name.priority < PLACES;
        if is_street && !streets.insert((&name.text, block)) {
            continue;
        }
        let style = match name.sign {
            Some(Sign::City) | None if !is_street => theme.place,
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
