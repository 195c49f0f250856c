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
    canvas::{Canvas, Owner},
    glyphs,
    mark::{Mark, Names, Place},
    mercator::{CELL, View, WORLD},
};
use crate::tui::theme::MapTheme;

/// Cells of a block, across and down: room for the largest count.
const BLOCK: (i64, i64) = (6, 3);
const NONE: u32 = u32::MAX;

/// What was drawn last, for [`super::Map::hit`]; its memory is used again.
#[derive(Clone, Debug, Default)]
pub(super) struct Fleet {
    keys: Vec<VehicleKey>,
    keys_of: u64,
    /// The number of each mark's vehicle.
    vehicles: Vec<u32>,
    /// The cell of the grid each mark is in, or none.
    cell_of: Vec<u32>,
    grid: Grid,
    counts: Vec<u32>,
    blocks: Vec<Block>,
    /// Cells outside crowded blocks that vehicles share.
    shared: Vec<(u32, Block)>,
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
    fn add(&mut self, mark: &Mark) {
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
#[derive(Clone, Copy, Debug, Default)]
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
    fn place(&self, cell: u32) -> (u32, u32) {
        let cols = self.cols() as u32;
        (cell % cols, cell / cols)
    }

    fn block(&self, (column, row): (u32, u32)) -> u32 {
        row / BLOCK.1 as u32 * self.across as u32 + column / BLOCK.0 as u32
    }

    /// The cell in the view of a column and row of the grid.
    fn seen(&self, (column, row): (u32, u32), view: &View) -> Option<(u16, u16)> {
        let column = i64::from(column) + self.left - view.left;
        let row = i64::from(row) + self.top - view.top;
        let inside = (0..i64::from(view.cols)).contains(&column) && (0..i64::from(view.rows)).contains(&row);
        inside.then_some((column as u16, row as u16))
    }
}

/// Finds cells of a grid for places, without a division or a branch more than it takes.
struct Locator {
    /// The world unit in the middle of the grid: places are taken from the copy of the
    /// world in which they are nearest to it.
    middle: i64,
    /// The column of the middle.
    column: f64,
    top: f64,
    /// Columns and rows a world unit.
    scale: (f64, f64),
    size: (f64, f64),
}

impl Locator {
    fn new(grid: &Grid, view: &View) -> Self {
        let scale = (view.scale() / CELL.0 as f64, view.scale() / CELL.1 as f64);
        let middle = ((grid.left as f64 + grid.cols() as f64 / 2.0) / scale.0).round();
        Self {
            middle: middle as i64,
            column: middle * scale.0 - grid.left as f64,
            top: grid.top as f64,
            scale,
            size: (grid.cols() as f64, grid.rows() as f64),
        }
    }

    /// Column and row in the grid, when they are in it.
    fn cell(&self, Place([x, y]): Place) -> Option<(u32, u32)> {
        const HALF: i64 = WORLD as i64 / 2;
        let off = ((i64::from(x) - self.middle + HALF) & (i64::from(WORLD) - 1)) - HALF;
        let column = off as f64 * self.scale.0 + self.column;
        let row = f64::from(y) * self.scale.1 - self.top;
        let inside = column >= 0.0 && row >= 0.0 && column < self.size.0 && row < self.size.1;
        // Towards zero is down where nothing is below it.
        inside.then_some((column as u32, row as u32))
    }
}

impl Fleet {
    /// The key of the vehicle a mark of the last frame was of.
    pub(super) fn key(&self, mark: u32) -> Option<&VehicleKey> {
        self.keys.get(*self.vehicles.get(mark as usize)? as usize)
    }

    /// The vehicles drawn as one cluster, by their keys.
    pub(super) fn cluster(&self, cluster: u32) -> Vec<VehicleKey> {
        let shared = (cluster as usize).checked_sub(self.blocks.len()).map(|at| self.shared[at].0);
        let is_member = |cell: u32| match shared {
            Some(shared) => cell == shared,
            None => cell != NONE && self.grid.block(self.grid.place(cell)) == cluster,
        };
        let members = self.cell_of.iter().enumerate().filter(|(_, cell)| is_member(**cell));
        members.filter_map(|(mark, _)| self.key(mark as u32)).cloned().collect()
    }

    /// Draws all vehicles.
    pub(super) fn draw(
        &mut self,
        marks: &[Mark],
        names: Names<'_>,
        view: &View,
        theme: &MapTheme,
        canvas: &mut Canvas<'_>,
    ) {
        let grid = Grid::new(view);
        self.remember(marks, names);
        self.count(marks, grid, view);
        for (index, mark) in marks.iter().enumerate().filter(|(_, mark)| mark.selected) {
            let seen = Locator::new(&grid, view).cell(mark.place).and_then(|place| grid.seen(place, view));
            if let (Some(at), Some(name)) = (seen, names.get(mark)) {
                selected(mark, &name.label, index, at, theme, canvas);
            }
        }
        self.clusters(&grid, view, theme, canvas);
        self.singles(marks, names, &grid, view, theme, canvas);
    }

    /// Keeps for later hits whose the marks are; a vehicle keeps its key.
    fn remember(&mut self, marks: &[Mark], names: Names<'_>) {
        if self.keys_of != names.of || self.keys.len() > names.each.len() {
            self.keys.clear();
            self.keys_of = names.of;
        }
        self.keys.extend(names.each[self.keys.len()..].iter().map(|name| name.key.clone()));
        self.vehicles.clear();
        self.vehicles.extend(marks.iter().map(|mark| mark.vehicle));
    }

    /// Finds the cell of every mark and counts them there and by blocks; the selected one
    /// is in nobody's count.
    fn count(&mut self, marks: &[Mark], grid: Grid, view: &View) {
        self.grid = grid;
        self.counts.clear();
        self.counts.resize((grid.cols() * grid.rows()) as usize, 0);
        self.blocks.clear();
        self.blocks.resize((grid.across * grid.down) as usize, Block::default());
        self.cell_of.clear();
        let locator = Locator::new(&grid, view);
        let cols = grid.cols() as u32;
        self.cell_of.extend(marks.iter().map(|mark| {
            let Some(place) = locator.cell(mark.place).filter(|_| !mark.selected) else { return NONE };
            let block = &mut self.blocks[grid.block(place) as usize];
            block.add(mark);
            if let Some((column, row)) = grid.seen(place, view) {
                block.seen += 1;
                block.columns += i64::from(column);
                block.rows += i64::from(row);
            }
            // Cells of a terminal fit: a view has no more than 2^32 of them.
            let cell = place.1 * cols + place.0;
            let count = &mut self.counts[cell as usize];
            *count += 1;
            block.occupied += u32::from(*count == 1);
            block.fullest = block.fullest.max(*count);
            cell
        }));
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
        marks: &[Mark],
        names: Names<'_>,
        grid: &Grid,
        view: &View,
        theme: &MapTheme,
        canvas: &mut Canvas<'_>,
    ) {
        let mut slots: HashMap<u32, usize> = HashMap::new();
        let mut labels: Vec<(usize, u16, u16)> = Vec::new();
        self.shared.clear();
        for (index, (mark, &cell)) in marks.iter().zip(&self.cell_of).enumerate() {
            if cell == NONE {
                continue;
            }
            let place = grid.place(cell);
            if self.blocks[grid.block(place) as usize].cluster {
                continue;
            }
            let Some((column, row)) = grid.seen(place, view) else { continue };
            if self.counts[cell as usize] > 1 {
                let at = *slots.entry(cell).or_insert(self.shared.len());
                if at == self.shared.len() {
                    self.shared.push((cell, Block::default()));
                }
                self.shared[at].1.add(mark);
            } else if canvas.is_free(column, row, 1) {
                let glyph = glyphs::vehicle(mark, theme.glyphs);
                let style = pulsing(glyphs::vehicle_style(mark, theme), mark.raised);
                let owner = Owner::Vehicle(index as u32);
                canvas.write(column, row, 1, glyph.encode_utf8(&mut [0; 4]), style, owner);
                labels.push((index, column, row));
            }
        }
        for (at, (cell, block)) in self.shared.iter().enumerate() {
            if let Some((column, row)) = grid.seen(grid.place(*cell), view)
                && canvas.is_free(column, row, 1)
            {
                // Four in a cell would have made a cluster of the block.
                let digit = block.count.min(9).to_string();
                let style = if block.alerts > 0 { block.alert_style(theme) } else { block.style(theme) };
                let owner = Owner::Cluster((self.blocks.len() + at) as u32);
                canvas.write(column, row, 1, &digit, style, owner);
            }
        }
        let key = |mark: &Mark| names.get(mark).map(|name| &name.key);
        labels.sort_by(|(a, ..), (b, ..)| {
            let (a, b) = (&marks[*a], &marks[*b]);
            b.alert.cmp(&a.alert).then(a.motion.cmp(&b.motion)).then_with(|| key(a).cmp(&key(b)))
        });
        for (index, column, row) in labels {
            let mark = &marks[index];
            if let Some(name) = names.get(mark) {
                number(mark, &name.label, index, (column, row), theme, canvas);
            }
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
fn number(mark: &Mark, label: &str, index: usize, at: (u16, u16), theme: &MapTheme, canvas: &mut Canvas<'_>) {
    let (column, row) = (at.0 + 1, at.1);
    let alert = if mark.alert { "!" } else { "" };
    let full = format!("{alert}{label}");
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
fn selected(
    mark: &Mark,
    label: &str,
    index: usize,
    at: (u16, u16),
    theme: &MapTheme,
    canvas: &mut Canvas<'_>,
) {
    let (column, row) = at;
    let style = glyphs::vehicle_style(mark, theme).patch(theme.selected).remove_modifier(Modifier::DIM);
    let owner = Owner::Vehicle(index as u32);
    let alert = if mark.alert { "!" } else { "" };
    let text = format!("{alert}{label}");
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
