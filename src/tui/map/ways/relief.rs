//! The relief that passes make: spread over dots, blurred, and where its ridges are.

use watchtower_core::domain::footprint::TILE_BITS;

use crate::tui::map::{
    ground::Ground,
    mercator::{Placement, View, WORLD},
};

/// A kernel up to this spread, three boxes beyond: they cost the same for any.
const KERNEL: f64 = 2.0;
/// A ridge bends at least this much of what a blurred line does: on the flank of a
/// street there are bumps, too, where it is many dots wide.
const SHARP: f32 = 0.25;

/// Heights over the dots of a view and a margin around it.
#[derive(Clone)]
pub(super) struct Relief {
    pub(super) wide: usize,
    high: usize,
    margin: usize,
    pub(super) heights: Vec<f32>,
}

impl Relief {
    pub(super) fn over(view: &View, margin: usize) -> Self {
        let (wide, high) = view.dots();
        let (wide, high) = (wide as usize + 2 * margin, high as usize + 2 * margin);
        Self { wide, high, margin, heights: vec![0.0; wide * high] }
    }

    /// Adds the passes of a ground, each shared among the four nearest dots.
    pub(super) fn spread_out(&mut self, ground: &Ground, view: &View) {
        let (footprint, level) = ground.level(view.zoom);
        let a_cell = 1_i32 << (WORLD.ilog2() - level);
        let a_tile = f64::from(a_cell << TILE_BITS) * view.scale();
        for at in view.copies() {
            let (left, top) = at.dot([0, 0]);
            let tiles = |from: f64, dots: usize| {
                let margin = self.margin as f64;
                let last = f64::from((1_u32 << (level - TILE_BITS)) - 1);
                let tile = |dot: f64| ((dot - from) / a_tile).floor();
                let (first, end) = (tile(-margin), tile(dots as f64 - margin));
                (end >= 0.0 && first <= last).then(|| first.max(0.0) as u16..=end.min(last) as u16)
            };
            let (Some(columns), Some(rows)) = (tiles(left, self.wide), tiles(top, self.high)) else {
                continue;
            };
            for (id, tile) in footprint.within(columns, rows) {
                for (number, count) in tile.cells() {
                    let cell = id.cell(number);
                    let middle = |cell: u32| cell as i32 * a_cell + a_cell / 2;
                    self.share([middle(cell.x), middle(cell.y)], &at, f32::from(count));
                }
            }
        }
    }

    fn share(&mut self, unit: [i32; 2], at: &Placement, height: f32) {
        let (x, y) = at.dot(unit);
        let margin = self.margin as f64 - 0.5;
        let (x, y) = (x + margin, y + margin);
        if x < 0.0 || y < 0.0 || x >= (self.wide - 1) as f64 || y >= (self.high - 1) as f64 {
            return;
        }
        let (column, row) = (x as usize, y as usize);
        let (right, down) = ((x - column as f64) as f32, (y - row as f64) as f32);
        let index = row * self.wide + column;
        self.heights[index] += height * (1.0 - right) * (1.0 - down);
        self.heights[index + 1] += height * right * (1.0 - down);
        self.heights[index + self.wide] += height * (1.0 - right) * down;
        self.heights[index + self.wide + 1] += height * right * down;
    }

    /// Blurred as by a normal distribution of this deviation in dots.
    pub(super) fn blurred(&self, spread: f64) -> Self {
        if spread > KERNEL {
            // Three boxes are as good as one (Wells 1986).
            let radius = ((((4.0 * spread * spread + 1.0).sqrt() - 1.0) / 2.0).round() as usize).max(1);
            return self.boxed(radius).boxed(radius).boxed(radius);
        }
        let reach = (3.0 * spread).ceil() as i64;
        let weight = |step: i64| (-0.5 * (step as f64 / spread).powi(2)).exp();
        let whole: f64 = (-reach..=reach).map(weight).sum();
        let kernel: Vec<(i64, f32)> =
            (-reach..=reach).map(|step| (step, (weight(step) / whole) as f32)).collect();
        self.convolved(&kernel, 1).convolved(&kernel, self.wide as i64)
    }

    /// One pass of a kernel, its steps `stride` dots apart. Rows run into each other
    /// in the margin, where nobody looks.
    fn convolved(&self, kernel: &[(i64, f32)], stride: i64) -> Self {
        let mut heights = vec![0.0_f32; self.heights.len()];
        for (step, weight) in kernel {
            let shift = step * stride;
            let (into, from) = (shift.min(0).unsigned_abs() as usize, shift.max(0) as usize);
            for (sum, height) in heights[into..].iter_mut().zip(&self.heights[from..]) {
                *sum += weight * height;
            }
        }
        Self { heights, ..*self }
    }

    /// The mean of the square of this radius around each dot.
    pub(super) fn boxed(&self, radius: usize) -> Self {
        let (wide, high, part) = (self.wide, self.high, 1.0 / (2 * radius + 1) as f32);
        let mut across = vec![0.0_f32; self.heights.len()];
        for (row, means) in self.heights.chunks_exact(wide).zip(across.chunks_exact_mut(wide)) {
            let mut sum: f32 = row[..radius.min(wide)].iter().sum();
            for (column, mean) in means.iter_mut().enumerate() {
                sum += row.get(column + radius).copied().unwrap_or(0.0);
                *mean = sum * part;
                sum -= column.checked_sub(radius).map_or(0.0, |gone| row[gone]);
            }
        }
        let mut heights = vec![0.0_f32; self.heights.len()];
        let mut sums = vec![0.0_f32; wide];
        let row = |row: usize| &across[row * wide..(row + 1) * wide];
        for coming in 0..radius.min(high) {
            sums.iter_mut().zip(row(coming)).for_each(|(sum, height)| *sum += height);
        }
        for (index, means) in heights.chunks_exact_mut(wide).enumerate() {
            if index + radius < high {
                sums.iter_mut().zip(row(index + radius)).for_each(|(sum, height)| *sum += height);
            }
            means.iter_mut().zip(&sums).for_each(|(mean, sum)| *mean = sum * part);
            if let Some(gone) = index.checked_sub(radius) {
                sums.iter_mut().zip(row(gone)).for_each(|(sum, height)| *sum -= height);
            }
        }
        Self { heights, ..*self }
    }

    /// The dots higher than `least` and this part of what is `around` them that are higher
    /// than both neighbours across the direction in which the relief bends most, as seen
    /// over part of the blur: over one dot it bends too little.
    pub(super) fn ridges(&self, spread: f64, least: f32, (part, around): (f32, &Self)) -> Vec<bool> {
        let reach = ((spread / 2.0) as usize).clamp(1, self.margin.div_ceil(2));
        let of_line = 2.0 - 2.0 * (-0.5 * (reach as f64 / spread).powi(2)).exp();
        let bends = if spread > KERNEL { SHARP * of_line as f32 } else { 0.0 };
        let mut ridges = vec![false; self.heights.len()];
        // Across, down, and both diagonals, whose neighbours are √2 away.
        let ways = [(1, 1.0), (self.wide, 1.0), (self.wide + 1, 0.5), (self.wide - 1, 0.5)];
        for row in reach..self.high - reach {
            for column in reach..self.wide - reach {
                let index = row * self.wide + column;
                let height = self.heights[index];
                if height <= least || height <= part * around.heights[index] {
                    continue;
                }
                let (mut bend, mut ridge) = (bends * height, false);
                for (step, part) in ways {
                    let far = step * reach;
                    let bent = (2.0 * height - self.heights[index - far] - self.heights[index + far]) * part;
                    if bent > bend {
                        let (before, after) = (self.heights[index - step], self.heights[index + step]);
                        (bend, ridge) = (bent, height >= before && height > after);
                    }
                }
                ridges[index] = ridge;
            }
        }
        ridges
    }

    /// The height below which this part of the marked dots lies; 0 of none.
    pub(super) fn quantile(&self, marked: &[bool], part: f64) -> f32 {
        let of_marked = self.heights.iter().zip(marked).filter(|(_, marked)| **marked);
        let mut heights: Vec<f32> = of_marked.map(|(height, _)| *height).collect();
        if heights.is_empty() {
            return 0.0;
        }
        let index = ((heights.len() - 1) as f64 * part) as usize;
        *heights.select_nth_unstable_by(index, f32::total_cmp).1
    }

    /// Takes the mark from groups of touching dots less than `least` wide and high.
    pub(super) fn drop_specks(&self, marked: &mut [bool], least: usize) {
        let mut seen = vec![false; marked.len()];
        let mut group = Vec::new();
        for start in 0..marked.len() {
            if !marked[start] || seen[start] {
                continue;
            }
            group.clear();
            group.push(start);
            seen[start] = true;
            let mut next = 0;
            while let Some(&index) = group.get(next) {
                next += 1;
                for row in [index.wrapping_sub(self.wide), index, index + self.wide] {
                    for near in [row.wrapping_sub(1), row, row.wrapping_add(1)] {
                        if marked.get(near) == Some(&true) && !seen[near] {
                            seen[near] = true;
                            group.push(near);
                        }
                    }
                }
            }
            let extent = |of: fn(usize, usize) -> usize| {
                let (low, high) = group
                    .iter()
                    .map(|index| of(*index, self.wide))
                    .fold((usize::MAX, 0), |(low, high), at| (low.min(at), high.max(at)));
                high - low + 1
            };
            if extent(|index, wide| index % wide).max(extent(|index, wide| index / wide)) < least {
                group.iter().for_each(|index| marked[*index] = false);
            }
        }
    }
}
