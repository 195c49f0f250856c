//! The letters and signs: DejaVu Sans Mono, as outlines in pixels of a cell.

use std::sync::OnceLock;

use ab_glyph::{Font, FontRef, GlyphId, OutlineCurve, Point, point};
use unicode_width::UnicodeWidthChar;

use super::{CELL, cells::Weight, shapes::closed};

/// The family, and what comes near where a viewer lacks it.
pub(super) const FAMILY: &str = "'DejaVu Sans Mono', Menlo, Consolas, monospace";
/// Pixels an em: a letter, 1233 of 2048 parts of it, is as wide as a cell.
pub(super) const SIZE: f32 = 16.61;
/// Where letters stand, pixels from the cell's top.
pub(super) const BASE: u16 = 16;

struct Faces([FontRef<'static>; 2]);

fn face(weight: Weight) -> &'static FontRef<'static> {
    static FACES: OnceLock<Faces> = OnceLock::new();
    let Faces(faces) = FACES.get_or_init(|| {
        let files = [dejavu::sans_mono::regular(), dejavu::sans_mono::bold()];
        Faces(files.map(|file| FontRef::try_from_slice(file).expect("the bundled fonts are fonts")))
    });
    &faces[weight as usize]
}

/// Whether the font draws the character.
pub(super) fn knows(c: char) -> bool {
    face(Weight::Regular).glyph_id(c) != GlyphId(0)
}

/// What is written in `width` cells: a letter with its marks, or an empty frame where
/// the font has none. Nothing for blanks.
pub(super) fn outline(symbol: &str, width: u16, weight: Weight) -> Vec<OutlineCurve> {
    let font = face(weight);
    let scale = SIZE / font.units_per_em().unwrap_or(2048.0);
    let middle = f32::from(width.saturating_sub(1) * CELL.0) / 2.0;
    let mut all = Vec::new();
    for c in symbol.chars() {
        if c.is_whitespace() || c.is_control() {
            continue;
        }
        let id = font.glyph_id(c);
        if id == GlyphId(0) {
            // A mark it does not know is left out.
            if c.width().is_some_and(|columns| columns > 0) {
                all.extend(frame(width));
            }
            continue;
        }
        let place = |at: Point| point(middle + at.x * scale, f32::from(BASE) - at.y * scale);
        let curves = font.outline(id).map(|outline| outline.curves).unwrap_or_default();
        all.extend(curves.into_iter().map(|curve| match curve {
            OutlineCurve::Line(a, b) => OutlineCurve::Line(place(a), place(b)),
            OutlineCurve::Quad(a, b, c) => OutlineCurve::Quad(place(a), place(b), place(c)),
            OutlineCurve::Cubic(a, b, c, d) => OutlineCurve::Cubic(place(a), place(b), place(c), place(d)),
        }));
    }
    all
}

/// What stands for a character that the font lacks.
fn frame(width: u16) -> Vec<OutlineCurve> {
    let right = f32::from(width * CELL.0) - 1.0;
    let mut outline = closed(&[(1.0, 3.0), (right, 3.0), (right, 17.0), (1.0, 17.0)]);
    outline.extend(closed(&[(2.0, 4.0), (2.0, 16.0), (right - 1.0, 16.0), (right - 1.0, 4.0)]));
    outline
}
