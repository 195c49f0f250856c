//! A frame as SVG: grounds, bars and dots as one path a colour, letters as text that
//! can be searched and copied, signs as outlines, because no two systems' fonts agree
//! on them and some would paint them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use ab_glyph::{OutlineCurve, Point};
use ratatui::{buffer::Buffer, style::Modifier};

use super::{
    CELL,
    bars::{self, Bar},
    cells::{self, Look, Placed, Weight},
    font,
    palette::{Ground, Rgb, hex, mixed},
    raster::{STRIKE, UNDERLINE},
    shapes::{self, DOT, DOTS, PITCH, Shape},
};

/// What is drawn, by colour.
#[derive(Debug, Default)]
struct Sheet {
    grounds: BTreeMap<Rgb, Vec<Bar>>,
    bars: BTreeMap<Rgb, Vec<Bar>>,
    /// Rows and columns of dots.
    dots: BTreeMap<Rgb, Vec<(u16, u16)>>,
    signs: Signs,
    runs: BTreeMap<(Rgb, Weight), Vec<Run>>,
}

/// Characters drawn by outline, by colour, each with its column and row.
type Signs = BTreeMap<Rgb, Vec<(Sign, (u16, u16))>>;

/// An outline that may be drawn many times.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Sign {
    symbol: String,
    width: u16,
    weight: Weight,
}

/// Letters side by side.
#[derive(Debug)]
struct Run {
    column: u16,
    row: u16,
    width: u16,
    text: String,
}

/// A frame as an SVG file.
pub(super) fn drawing(frame: &Buffer, ground: Ground) -> String {
    let mut sheet = Sheet::default();
    for row in 0..frame.area.height {
        sheet.take_row(frame, row, ground);
    }
    let (width, height) = (frame.area.width * CELL.0, frame.area.height * CELL.1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"{}\" font-size=\"{}\">\n<title>Watch Tower, {} by {} cells</title>\n\
         <path fill=\"{}\" d=\"M0 0h{width}v{height}h-{width}z\"/>\n",
        font::FAMILY,
        font::SIZE,
        frame.area.width,
        frame.area.height,
        hex(ground.ground),
    );
    sheet.put_signs(&mut out);
    out.push_str("<g shape-rendering=\"crispEdges\">\n");
    put_bars(sheet.grounds, &mut out);
    put_bars(sheet.bars, &mut out);
    out.push_str("</g>\n");
    put_dots(sheet.dots, &mut out);
    put_uses(&sheet.signs, &mut out);
    put_runs(sheet.runs, &mut out);
    out.push_str("</svg>\n");
    out
}

impl Sheet {
    fn take_row(&mut self, frame: &Buffer, row: u16, ground: Ground) {
        let mut run: Option<((Rgb, Weight), Run)> = None;
        for placed in cells::row(frame, row) {
            let look = Look::of(placed.cell, ground);
            let at = (placed.column * CELL.0, row * CELL.1);
            let wide = |bar: Bar| Bar { right: placed.width * CELL.0, ..bar }.moved(at);
            if look.ground != ground.ground {
                let bar = wide(Bar::new(0, 0, 0, CELL.1));
                self.grounds.entry(look.ground).or_default().push(bar);
            }
            for (rule, bar) in [(Modifier::UNDERLINED, UNDERLINE), (Modifier::CROSSED_OUT, STRIKE)] {
                if look.rules.contains(rule) {
                    self.bars.entry(look.ink).or_default().push(wide(bar));
                }
            }
            let key = (look.ink, look.weight);
            let letters = if self.draws(placed, look, at) { None } else { Some(placed.symbol) };
            match (letters, &mut run) {
                (Some(text), Some((same, run)))
                    if *same == key && run.column + run.width == placed.column && placed.width == 1 =>
                {
                    run.text.push_str(text);
                    run.width += 1;
                }
                _ => {
                    self.close(run.take());
                    run = letters.filter(|_| !placed.is_blank()).map(|text| {
                        let (column, width, text) = (placed.column, placed.width, text.to_owned());
                        (key, Run { column, row, width, text })
                    });
                }
            }
            // Nobody's font is to be trusted with more than one wide character.
            if placed.width > 1 {
                self.close(run.take());
            }
        }
        self.close(run);
    }

    /// Draws what is no text.
    fn draws(&mut self, placed: Placed<'_>, look: Look, at: (u16, u16)) -> bool {
        match placed.only().and_then(shapes::shape) {
            Some(Shape::Dots(bits)) => {
                let (column, row) = (placed.column * DOTS.0, placed.row * DOTS.1);
                let dots = shapes::dots(bits).map(|(x, y)| (row + y, column + x));
                self.dots.entry(look.ink).or_default().extend(dots);
            }
            Some(Shape::Bars(bars)) => {
                let bars = bars.into_iter().map(|bar| bar.moved(at));
                self.bars.entry(look.ink).or_default().extend(bars);
            }
            Some(Shape::Shade(part)) => {
                let colour = mixed(look.ground, look.ink, part);
                self.bars.entry(colour).or_default().push(Bar::new(0, 0, CELL.0, CELL.1).moved(at));
            }
            Some(Shape::Outline(_)) => self.sign(placed, Weight::Regular, look.ink),
            None if placed.only().is_some_and(is_sign) => self.sign(placed, look.weight, look.ink),
            None => return false,
        }
        true
    }

    fn sign(&mut self, placed: Placed<'_>, weight: Weight, ink: Rgb) {
        let sign = Sign { symbol: placed.symbol.to_owned(), width: placed.width, weight };
        self.signs.entry(ink).or_default().push((sign, (placed.column, placed.row)));
    }

    fn close(&mut self, run: Option<((Rgb, Weight), Run)>) {
        if let Some((key, mut run)) = run {
            let kept = run.text.trim_end_matches(' ').len();
            run.width -= (run.text.len() - kept) as u16;
            run.text.truncate(kept);
            self.runs.entry(key).or_default().push(run);
        }
    }

    /// The outlines that are used.
    fn put_signs(&self, out: &mut String) {
        let used: BTreeSet<&Sign> = self.signs.values().flatten().map(|(sign, _)| sign).collect();
        if used.is_empty() {
            return;
        }
        out.push_str("<defs>\n");
        for sign in used {
            let curves = match sign.symbol.chars().next().and_then(shapes::shape) {
                Some(Shape::Outline(curves)) => curves,
                Some(Shape::Dots(_) | Shape::Bars(_) | Shape::Shade(_)) | None => {
                    font::outline(&sign.symbol, sign.width, sign.weight)
                }
            };
            push(out, format_args!("<path id=\"{}\" d=\"{}\"/>\n", id(sign), path(&curves)));
        }
        out.push_str("</defs>\n");
    }
}

/// Arrows, geometric shapes and dingbats, as far as the font has them.
pub(super) fn is_sign(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{24ff}' | '\u{25a0}'..='\u{27bf}' | '\u{2900}'..='\u{2bff}') && font::knows(c)
}

fn id(sign: &Sign) -> String {
    let weight = match sign.weight {
        Weight::Regular => "",
        Weight::Bold => "b",
    };
    let code: Vec<String> = sign.symbol.chars().map(|c| format!("{:x}", c as u32)).collect();
    format!("u{}{weight}", code.join("-"))
}

/// An outline's path data, to a hundredth of a pixel.
fn path(curves: &[OutlineCurve]) -> String {
    let mut out = String::new();
    let mut pen: Option<Point> = None;
    let at = |p: Point| format!("{} {}", (p.x * 100.0).round() / 100.0, (p.y * 100.0).round() / 100.0);
    for curve in curves {
        let (from, to) = match *curve {
            OutlineCurve::Line(a, b) => (a, b),
            OutlineCurve::Quad(a, _, c) => (a, c),
            OutlineCurve::Cubic(a, _, _, d) => (a, d),
        };
        if pen != Some(from) {
            push(&mut out, format_args!("M{}", at(from)));
        }
        match *curve {
            OutlineCurve::Line(_, b) => push(&mut out, format_args!("L{}", at(b))),
            OutlineCurve::Quad(_, b, c) => push(&mut out, format_args!("Q{} {}", at(b), at(c))),
            OutlineCurve::Cubic(_, b, c, d) => push(&mut out, format_args!("C{} {} {}", at(b), at(c), at(d))),
        }
        pen = Some(to);
    }
    out
}

fn put_bars(bars: BTreeMap<Rgb, Vec<Bar>>, out: &mut String) {
    for (colour, bars) in bars {
        push(out, format_args!("<path fill=\"{}\" d=\"", hex(colour)));
        for Bar { top, bottom, left, right } in bars::merged(bars) {
            let (width, height) = (right - left, bottom - top);
            push(out, format_args!("M{left} {top}h{width}v{height}h-{width}z"));
        }
        out.push_str("\"/>\n");
    }
}

/// Each dot is the square end of a line of no length: the least that says where.
fn put_dots(dots: BTreeMap<Rgb, Vec<(u16, u16)>>, out: &mut String) {
    if dots.is_empty() {
        return;
    }
    let (scale, width) = (PITCH, f32::from(DOT) / f32::from(PITCH));
    push(
        out,
        format_args!(
            "<g transform=\"scale({scale}) translate(.5 .5)\" fill=\"none\" stroke-width=\"{width}\" \
             stroke-linecap=\"square\">\n"
        ),
    );
    for (colour, mut dots) in dots {
        dots.sort_unstable();
        push(out, format_args!("<path stroke=\"{}\" d=\"", hex(colour)));
        let mut last: Option<(u16, u16)> = None;
        for (row, column) in dots {
            match last {
                Some((same, before)) if same == row => push(out, format_args!("m{} 0h0", column - before)),
                _ => push(out, format_args!("M{column} {row}h0")),
            }
            last = Some((row, column));
        }
        out.push_str("\"/>\n");
    }
    out.push_str("</g>\n");
}

fn put_uses(signs: &Signs, out: &mut String) {
    for (colour, signs) in signs {
        push(out, format_args!("<g fill=\"{}\">\n", hex(*colour)));
        for (sign, (column, row)) in signs {
            let (x, y) = (column * CELL.0, row * CELL.1);
            push(out, format_args!("<use href=\"#{}\" x=\"{x}\" y=\"{y}\"/>\n", id(sign)));
        }
        out.push_str("</g>\n");
    }
}

fn put_runs(runs: BTreeMap<(Rgb, Weight), Vec<Run>>, out: &mut String) {
    for ((colour, weight), runs) in runs {
        let weight = match weight {
            Weight::Regular => "",
            Weight::Bold => " font-weight=\"700\"",
        };
        push(out, format_args!("<g fill=\"{}\"{weight} xml:space=\"preserve\">\n", hex(colour)));
        for run in runs {
            let (x, y, length) = (run.column * CELL.0, run.row * CELL.1 + font::BASE, run.width * CELL.0);
            push(out, format_args!("<text x=\"{x}\" y=\"{y}\" textLength=\"{length}\">"));
            run.text.chars().for_each(|c| put_character(c, out));
            out.push_str("</text>\n");
        }
        out.push_str("</g>\n");
    }
}

fn put_character(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        // What no XML may hold keeps its cell.
        c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
        c => out.push(c),
    }
}

fn push(out: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = out.write_fmt(what);
}
