//! Box drawing: straight lines as boxes that meet their neighbours at the cell's
//! edges, and the rounded corners.

use ab_glyph::{OutlineCurve, point};

use super::{bars::Bar, shapes::closed};

/// Of U+2500 to U+257F the arms to the left, right, up and down: 0 none, 1 light,
/// 2 heavy, 3 double. Without arms are the dashes, rounded corners and diagonals.
const ARMS: [&[u8; 79]; 8] = [
    b"1100 2200 0011 0022 0000 0000 0000 0000 0000 0000 0000 0000 0101 0201 0102 0202",
    b"1001 2001 1002 2002 0110 0210 0120 0220 1010 2010 1020 2020 0111 0211 0121 0112",
    b"0122 0221 0212 0222 1011 2011 1021 1012 1022 2021 2012 2022 1101 2101 1201 2201",
    b"1102 2102 1202 2202 1110 2110 1210 2210 1120 2120 1220 2220 1111 2111 1211 2211",
    b"1121 1112 1122 2121 1221 2112 1212 2221 2212 2122 1222 2222 0000 0000 0000 0000",
    b"3300 0033 0301 0103 0303 3001 1003 3003 0310 0130 0330 3010 1030 3030 0311 0133",
    b"0333 3011 1033 3033 3301 1103 3303 3310 1130 3330 3311 1133 3333 0000 0000 0000",
    b"0000 0000 0000 0000 1000 0010 0100 0001 2000 0020 0200 0002 1200 0012 2100 0021",
];

/// The middle of a cell, where a light line is one pixel wide.
const MIDDLE: (u16, u16) = (5, 10);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Arm {
    None,
    Light,
    Heavy,
    Double,
}

/// The straight lines of a character of box drawing.
pub(super) fn bars(c: char) -> Vec<Bar> {
    if let Some((count, lie, weight)) = dashes(c) {
        return dashed(count, lie, weight);
    }
    let index = (c as usize).saturating_sub(0x2500).min(127);
    let start = index % 16 * 5;
    let [left, right, up, down] = [0, 1, 2, 3].map(|arm| match ARMS[index / 16][start + arm] {
        b'1' => Arm::Light,
        b'2' => Arm::Heavy,
        b'3' => Arm::Double,
        _ => Arm::None,
    });
    let (beside, across) = ([up, down], [left, right]);
    let begin = |arm, opposite, sides, lie| {
        arm_bars(arm, opposite, sides, lie, |reach, middle, _| (0, middle + reach + 1))
    };
    let end = |arm, opposite, sides, lie| {
        arm_bars(arm, opposite, sides, lie, |reach, middle, length| (middle - reach, length))
    };
    [
        begin(left, right, beside, Lie::Across),
        end(right, left, beside, Lie::Across),
        begin(up, down, across, Lie::Upright),
        end(down, up, across, Lie::Upright),
    ]
    .concat()
}

/// The strokes of one arm; `along` says from where to where one goes that reaches so
/// far past the middle of a cell of a length.
fn arm_bars(
    arm: Arm,
    opposite: Arm,
    sides: [Arm; 2],
    lie: Lie,
    along: impl Fn(i16, i16, i16) -> (i16, i16),
) -> Vec<Bar> {
    let bar = |(reach, from, to): (i16, i16, i16)| {
        let (middle, length, beside) = match lie {
            Lie::Across => (5, 10, 10),
            Lie::Upright => (10, 20, 5),
        };
        let ((begin, end), wide) = (along(reach, middle, length), (beside + from, beside + to + 1));
        let [begin, end, low, high] = [begin, end, wide.0, wide.1].map(|at| at.unsigned_abs());
        match lie {
            Lie::Across => Bar::new(begin, low, end, high),
            Lie::Upright => Bar::new(low, begin, high, end),
        }
    };
    strokes(arm, opposite, sides).into_iter().map(bar).collect()
}

/// The strokes of an arm: how far past the middle each reaches, and from where to
/// where it is wide. `sides` are the arms before and behind it as it lies.
fn strokes(arm: Arm, opposite: Arm, sides: [Arm; 2]) -> Vec<(i16, i16, i16)> {
    // From the middle to the middle of a double line's strokes.
    const RAIL: i16 = 2;
    let double = sides.map(|side| side == Arm::Double);
    let heavy = sides.contains(&Arm::Heavy);
    match arm {
        Arm::None => Vec::new(),
        Arm::Light | Arm::Heavy => {
            let half = i16::from(arm == Arm::Heavy);
            let reach = match double {
                // It meets a double line, and goes no further than to its near stroke.
                [true, true] if opposite == Arm::None => -RAIL,
                [true, false] | [false, true] => RAIL,
                [true, true] | [false, false] => i16::from(heavy && arm == Arm::Heavy),
            };
            vec![(reach, -half, half)]
        }
        Arm::Double => [(-RAIL, double[0], double[1]), (RAIL, double[1], double[0])]
            .into_iter()
            .map(|(rail, near, far)| {
                let reach = match (near, far) {
                    (true, _) => -RAIL,
                    (false, true) => RAIL,
                    (false, false) => 0,
                };
                (reach, rail, rail)
            })
            .collect(),
    }
}

/// How many dashes, how they lie, how heavy they are.
fn dashes(c: char) -> Option<(u16, Lie, Arm)> {
    let index = match c {
        '\u{2504}'..='\u{250b}' => c as u32 - 0x2504,
        '\u{254c}'..='\u{254f}' => c as u32 - 0x254c,
        _ => return None,
    };
    let count = match c {
        '\u{2504}'..='\u{2507}' => 3,
        '\u{2508}'..='\u{250b}' => 4,
        _ => 2,
    };
    let lie = if index / 2 % 2 == 0 { Lie::Across } else { Lie::Upright };
    Some((count, lie, if index % 2 == 0 { Arm::Light } else { Arm::Heavy }))
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Lie {
    Across,
    Upright,
}

fn dashed(count: u16, lie: Lie, weight: Arm) -> Vec<Bar> {
    let half = u16::from(weight == Arm::Heavy);
    let (length, gap) = match lie {
        Lie::Across => (10, 1),
        Lie::Upright => (20, 2),
    };
    let edge = |index: u16| (index * length + count / 2) / count;
    let dash = |index: u16| match (lie, edge(index), edge(index + 1) - gap) {
        (Lie::Across, from, to) => Bar::new(from, MIDDLE.1 - half, to, MIDDLE.1 + half + 1),
        (Lie::Upright, from, to) => Bar::new(MIDDLE.0 - half, from, MIDDLE.0 + half + 1, to),
    };
    (0..count).map(dash).collect()
}

/// A rounded corner: a quarter of a ring and what is missing to the edges.
pub(super) fn corner(c: char) -> Option<Vec<OutlineCurve>> {
    // Which way the arms go.
    let (right, down) = match c {
        '╭' => (1.0, 1.0),
        '╮' => (-1.0, 1.0),
        '╯' => (-1.0, -1.0),
        '╰' => (1.0, -1.0),
        _ => return None,
    };
    // A light line's middle, and the radii of its edges around the ring's.
    let (x, y) = (f32::from(MIDDLE.0) + 0.5, f32::from(MIDDLE.1) + 0.5);
    let (inner, outer) = (4.0, 5.0);
    let (centre_x, centre_y) = (x + right * 4.5, y + down * 4.5);
    // Where the control points of a quarter circle lie, in parts of its radius.
    const BOW: f32 = 0.552_285;
    let at = |across: f32, along: f32| point(centre_x - right * across, centre_y - down * along);
    let mut outline = vec![
        OutlineCurve::Cubic(at(outer, 0.0), at(outer, outer * BOW), at(outer * BOW, outer), at(0.0, outer)),
        OutlineCurve::Line(at(0.0, outer), at(0.0, inner)),
        OutlineCurve::Cubic(at(0.0, inner), at(inner * BOW, inner), at(inner, inner * BOW), at(inner, 0.0)),
        OutlineCurve::Line(at(inner, 0.0), at(outer, 0.0)),
    ];
    let edge = if down > 0.0 { 20.0 } else { 0.0 };
    let (low, high) = (x - 0.5, x + 0.5);
    outline.extend(closed(&[(low, centre_y), (low, edge), (high, edge), (high, centre_y)]));
    let edge = if right > 0.0 { 10.0 } else { 0.0 };
    let (low, high) = (y - 0.5, y + 0.5);
    outline.extend(closed(&[(centre_x, low), (edge, low), (edge, high), (centre_x, high)]));
    Some(outline)
}
