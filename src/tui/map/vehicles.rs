//! Vehicles: where they fall, which of them share a sign, which have room for their
//! number.
//!
//! Clusters live in blocks of cells that hang on the world's own grid and are judged
//! whole, in sight or not, so a pan changes none of them.

use std::collections::HashMap;

use ratatui::style::{Modifier, Style};
use unicode_width::UnicodeWidthStr;
use watchtower_core::domain::{id::VehicleKey, live::Motion};

use super::{
    Mark,
    canvas::{Canvas, Owner},
    glyphs,
    mercator::{CELL, View},
};
use crate::tui::theme::MapTheme;

/// Cells of a block, across and down: room for the largest count.
const BLOCK: (i64, i64) = (6, 3);
const NONE: u32 = u32::MAX;

/// What was drawn last, for [`super::Map::hit`]; its memory is used again.
#[derive(Clone, Debug, Default)]
pub(super) struct Fleet {
    pub(super) keys: Vec<VehicleKey>,
    /// The cluster of each vehicle, or none.
    pub(super) cluster_of: Vec<u32>,
    cell_of: Vec<u32>,
    counts: Vec<u32>,
    blocks: Vec<Block>,
}

/// What a block, or a cell, holds.
#[derive(Clone, Copy, Debug, Default)]
struct Block {
    count: u32,
    /// Of the count, by [`Motion::ALL`].
    motions: [u32; 4],
    alerts: u32,
    /// Of the count, those whose pulse stands out.
    raised: u32,
    /// Vehicles in sight, and the sums of their columns and rows.
    seen: u32,
    columns: i64,
    rows: i64,
    occupied: u32,
    fullest: u32,
    cluster: bool,
}

impl Block {
    fn add(&mut self, mark: &Mark<'_>) {
        self.count += 1;
        self.motions[mark.motion as usize] += 1;
        self.alerts += u32::from(mark.alert);
        self.raised += u32::from(mark.raised);
    }

    /// The style of the sign that an alert is open among them.
    fn alert_style(&self, theme: &MapTheme) -> Style {
        pulsing(reversed(theme.alert), self.raised > 0)
    }

    /// The style of what most of them do.
    fn style(&self, theme: &MapTheme) -> Style {
        let most = Motion::ALL.into_iter().rev().max_by_key(|m| self.motions[*m as usize]);
        reversed(glyphs::motion_style(most.unwrap_or(Motion::Moving), theme))
    }
}

/// The grid of whole blocks that covers a view.
#[derive(Clone, Copy, Debug)]
struct Grid {
    left: i64,
    top: i64,
    across: i64,
    down: i64,
}

impl Grid {
    fn new(view: &View) -> Self {
        let (left, top) = (view.left.div_euclid(BLOCK.0), view.top.div_euclid(BLOCK.1));
        let right = (view.left + i64::from(view.cols) - 1).div_euclid(BLOCK.0);
        let bottom = (view.top + i64::from(view.rows) - 1).div_euclid(BLOCK.1);
        Self { left: left * BLOCK.0, top: top * BLOCK.1, across: right - left + 1, down: bottom - top + 1 }
    }

    fn cols(&self) -> i64 {
        self.across * BLOCK.0
    }

    fn rows(&self) -> i64 {
        self.down * BLOCK.1
    }

    /// Column and row in the grid of a cell of the grid.
    fn place(&self, cell: u32) -> (i64, i64) {
        (i64::from(cell) % self.cols(), i64::from(cell) / self.cols())
    }

    fn block(&self, cell: u32) -> usize {
        let (column, row) = self.place(cell);
        (row / BLOCK.1 * self.across + column / BLOCK.0) as usize
    }

    /// The cell in the view of a cell of the grid.
    fn seen(&self, cell: u32, view: &View) -> Option<(u16, u16)> {
        let (column, row) = self.place(cell);
        let (column, row) = (column + self.left - view.left, row + self.top - view.top);
        let inside = (0..i64::from(view.cols)).contains(&column) && (0..i64::from(view.rows)).contains(&row);
        inside.then_some((column as u16, row as u16))
    }
}

/// Finds the row of a latitude without trigonometry: the edges of all rows, and for
/// each of many equal steps of latitude the first row to look at.
struct Latitudes {
    edges: Vec<f64>,
    hints: Vec<u32>,
    steps_a_degree: f64,
}

impl Latitudes {
    fn new(grid: &Grid, view: &View) -> Self {
        let world = view.world_dots();
        let edge = |row: i64| {
            let y = ((grid.top + row) * CELL.1) as f64 / world;
            ((0.5 - y) * std::f64::consts::TAU).sinh().atan().to_degrees()
        };
        let edges: Vec<f64> = (0..=grid.rows()).map(edge).collect();
        let (north, south) = (edges[0], edges[edges.len() - 1]);
        let steps = 4 * edges.len();
        let steps_a_degree = steps as f64 / (north - south);
        let mut row = 0;
        let hints = (0..steps)
            .map(|step| {
                let latitude = north - step as f64 / steps_a_degree;
                while row + 2 < edges.len() && latitude <= edges[row + 1] {
                    row += 1;
                }
                row as u32
            })
            .collect();
        Self { edges, hints, steps_a_degree }
    }

    fn row(&self, latitude: f64) -> Option<i64> {
        let last = self.edges.len() - 1;
        if latitude > self.edges[0] || latitude <= self.edges[last] {
            return None;
        }
        let step = ((self.edges[0] - latitude) * self.steps_a_degree) as usize;
        let mut row = (*self.hints.get(step).or(self.hints.last())? as usize).saturating_sub(1);
        while row + 1 < last && latitude <= self.edges[row + 1] {
            row += 1;
        }
        Some(row as i64)
    }
}

impl Fleet {
    /// The vehicles drawn as one cluster.
    pub(super) fn cluster(&self, cluster: u32) -> Vec<VehicleKey> {
        let members = self.keys.iter().zip(&self.cluster_of).filter(|(_, of)| **of == cluster);
        members.map(|(key, _)| key.clone()).collect()
    }

    /// Draws all vehicles.
    pub(super) fn draw(
        &mut self,
        marks: &[Mark<'_>],
        view: &View,
        theme: &MapTheme,
        canvas: &mut Canvas<'_>,
    ) {
        let grid = Grid::new(view);
        self.remember(marks);
        self.locate(marks, &grid, view);
        self.count(marks, &grid, view);
        for (index, mark) in marks.iter().enumerate().filter(|(_, m)| m.selected) {
            if let Some((column, row)) = self.seen(index, &grid, view) {
                selected(mark, index, (column, row), theme, canvas);
            }
        }
        self.clusters(&grid, view, theme, canvas);
        self.singles(marks, &grid, view, theme, canvas);
    }

    fn seen(&self, index: usize, grid: &Grid, view: &View) -> Option<(u16, u16)> {
        Some(self.cell_of[index]).filter(|cell| *cell != NONE).and_then(|cell| grid.seen(cell, view))
    }

    /// Keeps the keys for later hits; those that stand where they stood are not touched.
    fn remember(&mut self, marks: &[Mark<'_>]) {
        self.keys.truncate(marks.len());
        for (kept, mark) in self.keys.iter_mut().zip(marks) {
            if kept.as_str().as_ptr() != mark.vehicle.as_str().as_ptr() {
                *kept = mark.vehicle.clone();
            }
        }
        self.keys.extend(marks[self.keys.len()..].iter().map(|m| m.vehicle.clone()));
    }

    fn locate(&mut self, marks: &[Mark<'_>], grid: &Grid, view: &View) {
        let latitudes = Latitudes::new(grid, view);
        let world = view.world_dots();
        let cols = grid.cols();
        let left = (grid.left * CELL.0) as f64;
        let middle = left + (cols * CELL.0) as f64 / 2.0;
        self.cell_of.clear();
        self.cell_of.extend(marks.iter().map(|mark| {
            let Some(row) = latitudes.row(mark.point.lat()) else { return NONE };
            let mut x = (mark.point.lon() / 360.0 + 0.5) * world;
            x += ((middle - x) / world).round() * world;
            let column = ((x - left) / CELL.0 as f64).floor();
            // Cells of a terminal fit: a view has no more than 2^32 of them.
            if column >= 0.0 && column < cols as f64 { (row * cols + column as i64) as u32 } else { NONE }
        }));
    }

    fn count(&mut self, marks: &[Mark<'_>], grid: &Grid, view: &View) {
        self.counts.clear();
        self.counts.resize((grid.cols() * grid.rows()) as usize, 0);
        self.blocks.clear();
        self.blocks.resize((grid.across * grid.down) as usize, Block::default());
        for (mark, &cell) in marks.iter().zip(&self.cell_of).filter(|(m, c)| **c != NONE && !m.selected) {
            let block = &mut self.blocks[grid.block(cell)];
            block.add(mark);
            if let Some((column, row)) = grid.seen(cell, view) {
                block.seen += 1;
                block.columns += i64::from(column);
                block.rows += i64::from(row);
            }
            let count = &mut self.counts[cell as usize];
            *count += 1;
            block.occupied += u32::from(*count == 1);
            block.fullest = block.fullest.max(*count);
        }
        let few = if view.zoom < 8.0 { 3 } else { 4 };
        for block in &mut self.blocks {
            let crowded = view.zoom < 8.0 || block.fullest >= 3 || block.occupied >= 6;
            block.cluster = block.count >= few && crowded;
        }
    }

    /// Draws the count of each crowded block, near the middle of its vehicles and
    /// inside the block, where it hides nobody else; `+` where there is no room.
    fn clusters(&mut self, grid: &Grid, view: &View, theme: &MapTheme, canvas: &mut Canvas<'_>) {
        for (id, block) in self.blocks.iter().enumerate().filter(|(_, b)| b.cluster && b.seen > 0) {
            let text = counted(block.count, block.alerts > 0);
            let width = text.len() as i64;
            let left = id as i64 % grid.across * BLOCK.0 + grid.left - view.left;
            let top = id as i64 / grid.across * BLOCK.1 + grid.top - view.top;
            let columns = left.max(0)..(left + BLOCK.0).min(view.cols.into());
            let rows = top.max(0)..(top + BLOCK.1).min(view.rows.into());
            let middle = block.rows / i64::from(block.seen);
            let mut nearest: Vec<u16> = rows.map(|row| row as u16).collect();
            nearest.sort_by_key(|row| (i64::from(*row) - middle).abs());
            let (style, owner) = (block.style(theme), Owner::Cluster(id as u32));
            let column = (block.columns / i64::from(block.seen) - width / 2).max(columns.start);
            let column = column.min(columns.end - width);
            let whole = nearest
                .iter()
                .find(|row| column >= columns.start && canvas.is_free(column as u16, **row, width as u16));
            if let Some(&row) = whole {
                canvas.write(column as u16, row, width as u16, &text, style, owner);
                if block.alerts > 0 {
                    canvas.write(column as u16, row, 1, "!", block.alert_style(theme), owner);
                }
                continue;
            }
            let cells = nearest.iter().flat_map(|row| columns.clone().map(|column| (column as u16, *row)));
            if let Some((column, row)) =
                cells.into_iter().find(|(column, row)| canvas.is_free(*column, *row, 1))
            {
                let style = if block.alerts > 0 { block.alert_style(theme) } else { style };
                canvas.write(column, row, 1, "+", style, owner);
            }
        }
    }

    /// Draws vehicles outside crowded blocks, then the numbers that find room.
    fn singles(
        &mut self,
        marks: &[Mark<'_>],
        grid: &Grid,
        view: &View,
        theme: &MapTheme,
        canvas: &mut Canvas<'_>,
    ) {
        let mut shared: Vec<(u32, Block)> = Vec::new();
        let mut slots: HashMap<u32, usize> = HashMap::new();
        let mut labels: Vec<(usize, u16, u16)> = Vec::new();
        self.cluster_of.clear();
        self.cluster_of.resize(marks.len(), NONE);
        for (index, mark) in marks.iter().enumerate() {
            let cell = self.cell_of[index];
            if cell == NONE || mark.selected {
                continue;
            }
            let block = grid.block(cell);
            if self.blocks[block].cluster {
                self.cluster_of[index] = block as u32;
                continue;
            }
            let Some((column, row)) = grid.seen(cell, view) else { continue };
            if self.counts[cell as usize] > 1 {
                let at = *slots.entry(cell).or_insert(shared.len());
                if at == shared.len() {
                    shared.push((cell, Block::default()));
                }
                shared[at].1.add(mark);
                self.cluster_of[index] = (self.blocks.len() + at) as u32;
            } else if canvas.is_free(column, row, 1) {
                let glyph = glyphs::vehicle(mark, theme.glyphs);
                let style = pulsing(glyphs::vehicle_style(mark, theme), mark.raised);
                let owner = Owner::Vehicle(index as u32);
                canvas.write(column, row, 1, glyph.encode_utf8(&mut [0; 4]), style, owner);
                labels.push((index, column, row));
            }
        }
        for (at, (cell, block)) in shared.iter().enumerate() {
            if let Some((column, row)) = grid.seen(*cell, view)
                && canvas.is_free(column, row, 1)
            {
                // Four in a cell would have made a cluster of the block.
                let digit = block.count.min(9).to_string();
                let style = if block.alerts > 0 { block.alert_style(theme) } else { block.style(theme) };
                let owner = Owner::Cluster((self.blocks.len() + at) as u32);
                canvas.write(column, row, 1, &digit, style, owner);
            }
        }
        labels.sort_by(|(a, ..), (b, ..)| {
            let (a, b) = (&marks[*a], &marks[*b]);
            b.alert.cmp(&a.alert).then(a.motion.cmp(&b.motion)).then_with(|| a.vehicle.cmp(b.vehicle))
        });
        for (index, column, row) in labels {
            number(&marks[index], index, (column, row), theme, canvas);
        }
    }
}

/// A style in one of the two phases of a pulse: the sign turns light for dark, which is
/// seen without colours too.
fn pulsing(style: Style, raised: bool) -> Style {
    match (raised, style.add_modifier.contains(Modifier::REVERSED)) {
        (false, _) => style,
        (true, true) => style.remove_modifier(Modifier::REVERSED),
        (true, false) => style.add_modifier(Modifier::REVERSED),
    }
}

/// A count's style from a sign's.
fn reversed(style: Style) -> Style {
    style.add_modifier(Modifier::REVERSED).remove_modifier(Modifier::DIM)
}

/// ` 12 `, `!12 ` with an alert among them, ` 12k `.
fn counted(count: u32, alert: bool) -> String {
    let mark = if alert { '!' } else { ' ' };
    match count {
        0..10_000 => format!("{mark}{count} "),
        10_000..1_000_000 => format!("{mark}{}k ", count / 1_000),
        _ => format!("{mark}{}M ", count / 1_000_000),
    }
}

/// The number of a vehicle to its right, `!` before it while an alert is open; the
/// `!` alone where there is no room for more.
fn number(mark: &Mark<'_>, index: usize, at: (u16, u16), theme: &MapTheme, canvas: &mut Canvas<'_>) {
    let (column, row) = (at.0 + 1, at.1);
    let alert = if mark.alert { "!" } else { "" };
    let full = format!("{alert}{}", mark.label);
    let style = glyphs::vehicle_style(mark, theme);
    for text in [full.as_str(), alert] {
        let width = text.width() as u16;
        // A free cell after it, unless it ends at the edge: or it would run into the next sign.
        let ends = column.saturating_add(width) == canvas.area.width;
        if width > 0
            && (canvas.is_free(column, row, width.saturating_add(1))
                || ends && canvas.is_free(column, row, width))
        {
            canvas.write(column, row, width, text, style, Owner::Vehicle(index as u32));
            return;
        }
    }
}

/// The selected vehicle and its number, over everything; to its left where the edge
/// leaves no room to the right.
fn selected(mark: &Mark<'_>, index: usize, at: (u16, u16), theme: &MapTheme, canvas: &mut Canvas<'_>) {
    let (column, row) = at;
    let style = glyphs::vehicle_style(mark, theme).patch(theme.selected).remove_modifier(Modifier::DIM);
    let owner = Owner::Vehicle(index as u32);
    let alert = if mark.alert { "!" } else { "" };
    let text = format!("{alert}{}", mark.label);
    let width = text.width().min(usize::from(u16::MAX)) as u16;
    if width > 0 {
        if u32::from(column) + 1 + u32::from(width) <= u32::from(canvas.area.width) {
            canvas.write(column + 1, row, width, &text, style, owner);
        } else if width <= column {
            canvas.write(column - width, row, width, &text, style, owner);
        }
    }
    let glyph = glyphs::vehicle(mark, theme.glyphs);
    let style = pulsing(style, mark.raised);
    canvas.write(column, row, 1, glyph.encode_utf8(&mut [0; 4]), style, owner);
}
