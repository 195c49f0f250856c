//! A frame as pixels.

use std::collections::HashMap;

use ab_glyph::{OutlineCurve, Point, point};
use ab_glyph_rasterizer::Rasterizer;
use ratatui::{buffer::Buffer, style::Modifier};

use super::{
    CELL,
    bars::Bar,
    cells::{self, Look, Placed, Weight},
    font,
    palette::{Ground, Rgb, mixed},
    shapes::{self, DOT, PITCH, Shape},
};

/// Pixels, row by row.
#[derive(Debug)]
pub(super) struct Raster {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) pixels: Vec<Rgb>,
}

/// Lines under and through a cell.
pub(super) const UNDERLINE: Bar = Bar::new(0, 18, CELL.0, 19);
/// See [`UNDERLINE`].
pub(super) const STRIKE: Bar = Bar::new(0, 10, CELL.0, 11);

/// How much of each pixel of a cell is inked, row by row, 0 to 255.
type Mask = Vec<u8>;

/// Draws a frame. An edge between ink and ground has `levels` shades, both included.
pub(super) fn draw(frame: &Buffer, ground: Ground, levels: u8) -> Raster {
    let (width, height) = (usize::from(frame.area.width * CELL.0), usize::from(frame.area.height * CELL.1));
    let mut pixels = vec![ground.ground; width * height];
    let mut masks: HashMap<(&str, u16, Weight), Mask> = HashMap::new();
    for placed in cells::all(frame) {
        let look = Look::of(placed.cell, ground);
        let (across, down) = (usize::from(placed.width * CELL.0), usize::from(CELL.1));
        let start = usize::from(placed.row) * down * width + usize::from(placed.column * CELL.0);
        let mut paint = |mask: Option<&Mask>, bar: Bar| {
            for y in usize::from(bar.top)..usize::from(bar.bottom).min(down) {
                let line = &mut pixels[start + y * width..][..across];
                for (x, pixel) in line.iter_mut().enumerate() {
                    let inked = mask.map_or(255, |mask| mask[y * across + x]);
                    *pixel = shade(look, inked, levels);
                }
            }
        };
        let blank = placed.is_blank();
        if blank && look.ground == ground.ground && look.rules.is_empty() {
            continue;
        }
        let key = (if blank { " " } else { placed.symbol }, placed.width, look.weight);
        let mask = masks.entry(key).or_insert_with(|| mask(placed, look.weight));
        paint(Some(mask), Bar::new(0, 0, CELL.0, CELL.1));
        for (rule, bar) in [(Modifier::UNDERLINED, UNDERLINE), (Modifier::CROSSED_OUT, STRIKE)] {
            if look.rules.contains(rule) {
                paint(None, bar);
            }
        }
    }
    Raster { width: width as u32, height: height as u32, pixels }
}

/// The colour of a pixel so much of which is inked.
fn shade(look: Look, inked: u8, levels: u8) -> Rgb {
    match inked {
        0 => look.ground,
        255 => look.ink,
        _ => {
            let steps = f32::from(levels.saturating_sub(1).max(1));
            mixed(look.ground, look.ink, (f32::from(inked) / 255.0 * steps).round() / steps)
        }
    }
}

/// The ink of a character in its cells.
fn mask(placed: Placed<'_>, weight: Weight) -> Mask {
    let (across, down) = (usize::from(placed.width * CELL.0), usize::from(CELL.1));
    let mut mask = vec![0; across * down];
    let mut fill = |bar: Bar| {
        for y in usize::from(bar.top)..usize::from(bar.bottom).min(down) {
            mask[y * across..][usize::from(bar.left)..usize::from(bar.right).min(across)].fill(255);
        }
    };
    match placed.only().and_then(shapes::shape) {
        Some(Shape::Dots(bits)) => shapes::dots(bits).for_each(|dot| fill(dot_bar(dot))),
        Some(Shape::Bars(bars)) => bars.into_iter().for_each(fill),
        Some(Shape::Shade(part)) => mask.fill((part * 255.0) as u8),
        Some(Shape::Outline(curves)) => return covered(&curves, across, down),
        None => return covered(&font::outline(placed.symbol, placed.width, weight), across, down),
    }
    mask
}

/// The pixels of a dot.
fn dot_bar((column, row): (u16, u16)) -> Bar {
    let edge = (PITCH - DOT) / 2;
    Bar::new(edge, edge, edge + DOT, edge + DOT).moved((column * PITCH, row * PITCH))
}

/// How much of each pixel an outline covers. What of it leaves the cell is cut off.
fn covered(curves: &[OutlineCurve], across: usize, down: usize) -> Mask {
    // The rasterizer must not be led outside its field, which marks and signs do.
    let field = |size: usize, of: fn(Point) -> f32| {
        let (low, high) = points(curves)
            .map(of)
            .fold((0.0, size as f32), |(low, high), at| (f32::min(low, at), f32::max(high, at)));
        (low.floor(), (high.ceil() - low.floor()) as usize + 1)
    };
    let ((left, wide), (top, high)) = (field(across, |p| p.x), field(down, |p| p.y));
    let (left, top) = (-left, -top);
    let at = |p: Point| point(p.x + left, p.y + top);
    let mut rasterizer = Rasterizer::new(wide, high);
    for curve in curves {
        match *curve {
            OutlineCurve::Line(a, b) => rasterizer.draw_line(at(a), at(b)),
            OutlineCurve::Quad(a, b, c) => rasterizer.draw_quad(at(a), at(b), at(c)),
            OutlineCurve::Cubic(a, b, c, d) => rasterizer.draw_cubic(at(a), at(b), at(c), at(d)),
        }
    }
    let mut mask = vec![0; across * down];
    rasterizer.for_each_pixel_2d(|x, y, coverage| {
        let (x, y) = ((x as usize).wrapping_sub(left as usize), (y as usize).wrapping_sub(top as usize));
        if x < across && y < down {
            mask[y * across + x] = (coverage.min(1.0) * 255.0).round() as u8;
        }
    });
    mask
}

fn points(curves: &[OutlineCurve]) -> impl Iterator<Item = Point> {
    curves.iter().flat_map(|curve| match *curve {
        OutlineCurve::Line(a, b) => [a, b, b, b],
        OutlineCurve::Quad(a, b, c) => [a, b, c, c],
        OutlineCurve::Cubic(a, b, c, d) => [a, b, c, d],
    })
}
