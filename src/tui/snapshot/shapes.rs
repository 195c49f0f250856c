//! What a character draws when it is no letter: dots, blocks and lines that fill
//! the cell to its edges, and the outlines of the curved ones.
//!
//! Coordinates are pixels of a cell, [`CELL`](super::CELL), from its upper left.

use ab_glyph::{OutlineCurve, Point, point};

use super::{bars::Bar, lines};

/// The shape of a character.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// Braille: bit by bit the dots 1 to 8.
    Dots(u8),
    /// Rectangles of whole pixels.
    Bars(Vec<Bar>),
    /// The whole cell in so much of the ink.
    Shade(f32),
    /// Outlines, filled.
    Outline(Vec<OutlineCurve>),
}

/// Dots of a braille cell, across and down.
pub(super) const DOTS: (u16, u16) = (2, 4);
/// Pixels from dot to dot.
pub(super) const PITCH: u16 = 5;
/// Pixels a dot is wide and high.
pub(super) const DOT: u16 = 3;

/// The shape of a character; `None` for one that a font draws.
pub(super) fn shape(c: char) -> Option<Shape> {
    match c {
        '\u{2800}'..='\u{28ff}' => Some(Shape::Dots((c as u32 - 0x2800) as u8)),
        '\u{2571}'..='\u{2573}' => Some(Shape::Outline(diagonals(c))),
        '\u{256d}'..='\u{2570}' => lines::corner(c).map(Shape::Outline),
        '\u{2500}'..='\u{257f}' => Some(Shape::Bars(lines::bars(c))),
        '\u{2591}'..='\u{2593}' => Some(Shape::Shade((c as u32 - 0x2590) as f32 / 4.0)),
        '\u{2580}'..='\u{259f}' => Some(Shape::Bars(blocks(c))),
        '\u{1fb00}'..='\u{1fb3b}' => Some(Shape::Bars(sextants(c))),
        _ => None,
    }
}

/// Columns and rows of dots that are set.
pub(super) fn dots(bits: u8) -> impl Iterator<Item = (u16, u16)> {
    const PLACES: [(u16, u16); 8] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
    PLACES.into_iter().enumerate().filter(move |(bit, _)| bits >> bit & 1 == 1).map(|(_, place)| place)
}

/// Block elements but the shades.
fn blocks(c: char) -> Vec<Bar> {
    const QUADRANTS: [u8; 10] =
        [0b0100, 0b1000, 0b0001, 0b1101, 0b1001, 0b0111, 0b1011, 0b0010, 0b0110, 0b1110];
    // Eighths of the height and width, rounded.
    let rows = |eighths: u32| ((eighths * 20 + 4) / 8) as u16;
    let columns = |eighths: u32| ((eighths * 10 + 4) / 8) as u16;
    let code = c as u32;
    match c {
        '\u{2580}' => vec![Bar::new(0, 0, 10, 10)],
        '\u{2581}'..='\u{2588}' => vec![Bar::new(0, 20 - rows(code - 0x2580), 10, 20)],
        '\u{2589}'..='\u{258f}' => vec![Bar::new(0, 0, columns(0x2590 - code), 20)],
        '\u{2590}' => vec![Bar::new(5, 0, 10, 20)],
        '\u{2594}' => vec![Bar::new(0, 0, 10, rows(1))],
        '\u{2595}' => vec![Bar::new(10 - columns(1), 0, 10, 20)],
        '\u{2596}'..='\u{259f}' => {
            parts(u32::from(QUADRANTS[(code - 0x2596) as usize]), [0, 10, 20].as_slice())
        }
        _ => Vec::new(),
    }
}

/// Two by three blocks; the halves are block elements and have no sextant.
fn sextants(c: char) -> Vec<Bar> {
    let mut bits = c as u32 - 0x1fb00 + 1;
    for half in [0b01_0101, 0b10_1010] {
        bits += u32::from(bits >= half);
    }
    parts(bits, [0, 7, 13, 20].as_slice())
}

/// The parts that are set of a cell cut in two across and at `rows` down.
fn parts(bits: u32, rows: &[u16]) -> Vec<Bar> {
    let places = rows.windows(2).flat_map(|edge| [(0, edge), (5, edge)]).enumerate();
    let set = places.filter(|(bit, _)| bits >> bit & 1 == 1);
    set.map(|(_, (left, edge))| Bar::new(left, edge[0], left + 5, edge[1])).collect()
}

/// The slanted lines, from corner to corner.
fn diagonals(c: char) -> Vec<OutlineCurve> {
    // Half a pixel to either side of the line, which rises two for one.
    let (across, down) = (0.56, 1.12);
    let falling =
        [(0.0, 0.0), (across, 0.0), (10.0, 20.0 - down), (10.0, 20.0), (10.0 - across, 20.0), (0.0, down)];
    let mut rising = falling.map(|(x, y)| (10.0 - x, y));
    // Both turn the same way round, or they would cancel where they cross.
    rising.reverse();
    match c {
        '\u{2571}' => closed(&rising),
        '\u{2572}' => closed(&falling),
        _ => [closed(&rising), closed(&falling)].concat(),
    }
}

/// A closed outline through points.
pub(super) fn closed(points: &[(f32, f32)]) -> Vec<OutlineCurve> {
    let at =
        |index: usize| -> Point { point(points[index % points.len()].0, points[index % points.len()].1) };
    (0..points.len()).map(|index| OutlineCurve::Line(at(index), at(index + 1))).collect()
}
