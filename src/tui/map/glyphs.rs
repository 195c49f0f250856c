//! Which character stands for what, in braille, block and ASCII. Every one of them
//! is a single column wide.

use ratatui::style::Style;
use watchtower_core::domain::live::Motion;

use super::{
    mark::{Course, Mark},
    raster::Ink,
};
use crate::tui::theme::{Glyphs, MapTheme};

/// The character for the dots of a cell.
pub(super) fn dots(bits: u8, glyphs: Glyphs) -> char {
    match glyphs {
        _ if bits == 0 => ' ',
        Glyphs::Braille => char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' '),
        Glyphs::Block => {
            const QUADRANTS: [char; 16] =
                [' ', '▘', '▝', '▀', '▖', '▌', '▞', '▛', '▗', '▚', '▐', '▜', '▄', '▙', '▟', '█'];
            let parts = [0x01 | 0x02, 0x08 | 0x10, 0x04 | 0x40, 0x20 | 0x80];
            let index = (0..4).filter(|&i| bits & parts[i] != 0).map(|i| 1 << i).sum::<usize>();
            QUADRANTS[index]
        }
        Glyphs::Ascii => ascii(bits),
    }
}

/// The ASCII character most like the dots.
fn ascii(bits: u8) -> char {
    const LEFT: u8 = 0x01 | 0x02 | 0x04 | 0x40;
    const ROWS: [u8; 4] = [0x01 | 0x08, 0x02 | 0x10, 0x04 | 0x20, 0x40 | 0x80];
    let rows: Vec<usize> = (0..4).filter(|&r| bits & ROWS[r] != 0).collect();
    let (left, right) = (bits & LEFT != 0, bits & !LEFT != 0);
    match rows[..] {
        [0] if !(left && right) => '\'',
        [_] if !(left && right) => '.',
        [0..=2] => '-',
        [_] => '_',
        _ if left != right => {
            if rows.len() == 2 {
                ':'
            } else {
                '|'
            }
        }
        [top, .., bottom] => {
            let side = |row: usize| (bits & ROWS[row] & LEFT != 0, bits & ROWS[row] & !LEFT != 0);
            match (side(top), side(bottom)) {
                ((true, false), (false, true)) => '\\',
                ((false, true), (true, false)) => '/',
                ((true, true), (false, false)) | ((false, false), (true, true)) => '-',
                _ if bits.count_ones() <= 4 => ':',
                _ => '+',
            }
        }
        [] => ' ',
    }
}

/// A name as ASCII has it: Latin letters without their marks, `?` for others.
pub(super) fn spelled(name: &str, glyphs: Glyphs) -> String {
    // U+00C0 to U+017F, Latin-1 letters and Latin Extended-A.
    const LATIN: &[u8] =
        b"AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuytyAaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGg\
GgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";
    let plain = |c: char| match c {
        _ if glyphs != Glyphs::Ascii || c.is_ascii() => Some(c),
        '\u{c0}'..='\u{17f}' => Some(char::from(LATIN[c as usize - 0xc0])),
        '\u{300}'..='\u{36f}' => None,
        '\u{2bb}'..='\u{2bd}' | '\u{2018}' | '\u{2019}' => Some('\''),
        _ => Some('?'),
    };
    name.chars().filter_map(plain).collect()
}

/// The style of an ink.
pub(super) fn ink_style(ink: Ink, theme: &MapTheme) -> Style {
    use ratatui::style::Modifier;
    match ink {
        Ink::None => Style::new(),
        Ink::Graticule => theme.graticule,
        Ink::River => theme.river,
        Ink::State => theme.border.add_modifier(Modifier::DIM),
        Ink::Border => theme.border,
        Ink::Coast => theme.coast,
        Ink::Road => theme.road,
        Ink::Building => theme.building,
        Ink::WayFaint | Ink::Path | Ink::Rail => theme.ways[0],
        Ink::WayUsed | Ink::StreetMinor => theme.ways[1],
        Ink::WayBusy | Ink::Street => theme.ways[2],
        Ink::WayMain | Ink::StreetMain => theme.ways[3],
        Ink::Fence => theme.fence,
        Ink::Hatch => theme.fence_occupied.add_modifier(Modifier::DIM),
        Ink::FenceOccupied => theme.fence_occupied,
        Ink::Trail => theme.trail,
        Ink::Route => theme.route,
        Ink::RouteDone => theme.route.add_modifier(Modifier::DIM),
        Ink::TrailOld => theme.trail.add_modifier(Modifier::DIM),
    }
}

/// The glyph of a vehicle: its shape alone tells its motion, and an arrow in outline that
/// it is drawn ahead of what is known.
pub(super) fn vehicle(mark: &Mark, glyphs: Glyphs) -> char {
    let ascii = glyphs == Glyphs::Ascii;
    match (mark.motion, mark.course) {
        (Motion::Moving, Some(course)) if mark.reckoned => outlined(course, glyphs),
        (Motion::Moving, Some(course)) => arrow(course, glyphs),
        (Motion::Moving, None) => {
            if ascii {
                'o'
            } else {
                '●'
            }
        }
        (Motion::Idle, _) => {
            if ascii {
                '='
            } else {
                '■'
            }
        }
        (Motion::Parked, _) => {
            if ascii {
                'p'
            } else {
                '◌'
            }
        }
        (Motion::Offline, _) => {
            if ascii {
                'x'
            } else {
                '✕'
            }
        }
    }
}

/// An arrow of eight directions; of four in ASCII, which has no slanted ones.
fn arrow(course: Course, glyphs: Glyphs) -> char {
    if glyphs == Glyphs::Ascii {
        return ['^', '>', 'v', '<'][course.nearest(4)];
    }
    ['↑', '↗', '→', '↘', '↓', '↙', '←', '↖'][course.nearest(8)]
}

/// The same in outline.
fn outlined(course: Course, glyphs: Glyphs) -> char {
    if glyphs == Glyphs::Ascii {
        return ['n', '}', 'u', '{'][course.nearest(4)];
    }
    ['⇑', '⇗', '⇒', '⇘', '⇓', '⇙', '⇐', '⇖'][course.nearest(8)]
}

/// The style of a vehicle, without selection.
pub(super) fn vehicle_style(mark: &Mark, theme: &MapTheme) -> Style {
    use ratatui::style::Modifier;
    let base = motion_style(mark.motion, theme);
    let style = if mark.alert { base.patch(theme.alert) } else { base };
    if mark.stale { style.add_modifier(Modifier::DIM) } else { style }
}

/// The style of a motion.
pub(super) fn motion_style(motion: Motion, theme: &MapTheme) -> Style {
    match motion {
        Motion::Moving => theme.moving,
        Motion::Idle => theme.idle,
        Motion::Parked => theme.parked,
        Motion::Offline => theme.offline,
    }
}

/// Where a trip goes.
pub(super) fn destination(glyphs: Glyphs) -> char {
    match glyphs {
        Glyphs::Braille => '⚑',
        Glyphs::Block => '▼',
        Glyphs::Ascii => 'F',
    }
}

/// What stands before a name on the map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sign {
    Capital,
    City,
    Town,
    Port,
    Airport,
    Site,
}

/// The character of a sign.
pub(super) fn sign(sign: Sign, glyphs: Glyphs) -> char {
    let ascii = glyphs == Glyphs::Ascii;
    match sign {
        Sign::Capital => {
            if ascii {
                '*'
            } else {
                '◆'
            }
        }
        Sign::City => {
            if ascii {
                'o'
            } else {
                '•'
            }
        }
        Sign::Town => {
            if ascii {
                '.'
            } else {
                '·'
            }
        }
        Sign::Port => {
            if ascii {
                'H'
            } else {
                '▣'
            }
        }
        Sign::Airport => {
            if ascii {
                '+'
            } else {
                '✈'
            }
        }
        Sign::Site => {
            if ascii {
                '#'
            } else {
                '▪'
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthChar;
    use watchtower_core::domain::{geo::LonLat, units::Heading};

    use crate::tui::map::mark::Place;

    fn sign_of(motion: Motion, heading: Option<Heading>, reckoned: bool, glyphs: Glyphs) -> char {
        let place = Place::of(LonLat::new(3.4, 6.5).unwrap());
        let mark = Mark { course: heading.map(Course::of), reckoned, ..Mark::new(0, place, motion) };
        vehicle(&mark, glyphs)
    }

    #[test]
    fn every_glyph_is_one_column() {
        for glyphs in [Glyphs::Braille, Glyphs::Block, Glyphs::Ascii] {
            let mut all: Vec<char> = (0..=255).map(|bits| dots(bits, glyphs)).collect();
            all.push(destination(glyphs));
            all.extend(
                [Sign::Capital, Sign::City, Sign::Town, Sign::Port, Sign::Airport, Sign::Site]
                    .map(|s| sign(s, glyphs)),
            );
            for motion in Motion::ALL {
                for reckoned in [false, true] {
                    all.push(sign_of(motion, None, reckoned, glyphs));
                    let heading = |i| Heading::new(f64::from(i) * 45.0);
                    all.extend((0..8).map(|i| sign_of(motion, heading(i), reckoned, glyphs)));
                }
            }
            for glyph in all {
                assert_eq!(glyph.width(), Some(1), "{glyph:?}");
                assert!(glyphs != Glyphs::Ascii || glyph.is_ascii(), "{glyph:?}");
            }
        }
    }

    #[test]
    fn arrows_point_where_the_truck_goes() {
        let at = |degrees: f64, glyphs| sign_of(Motion::Moving, Heading::new(degrees), false, glyphs);
        assert_eq!(
            [0.0, 44.0, 91.0, 181.0, 338.0].map(|d| at(d, Glyphs::Braille)),
            ['↑', '↗', '→', '↓', '↑']
        );
        assert_eq!([0.0, 91.0, 181.0, 269.0, 359.0].map(|d| at(d, Glyphs::Ascii)), ['^', '>', 'v', '<', '^']);
    }

    #[test]
    fn what_is_drawn_ahead_has_an_arrow_of_its_own_in_every_glyph_set() {
        for glyphs in [Glyphs::Braille, Glyphs::Block, Glyphs::Ascii] {
            for degrees in [0.0, 50.0, 90.0, 180.0, 270.0] {
                let heading = Heading::new(degrees);
                let known = sign_of(Motion::Moving, heading, false, glyphs);
                assert_ne!(known, sign_of(Motion::Moving, heading, true, glyphs), "{degrees}");
            }
        }
    }

    #[test]
    fn names_lose_their_marks_in_ascii_only() {
        assert_eq!(spelled("São Paulo, Łódź, Xi\u{2019}an, 東", Glyphs::Ascii), "Sao Paulo, Lodz, Xi'an, ?");
        assert_eq!(spelled("São Paulo", Glyphs::Block), "São Paulo");
    }

    #[test]
    fn motions_differ_in_shape_alone() {
        for glyphs in [Glyphs::Braille, Glyphs::Block, Glyphs::Ascii] {
            let mut shapes = Motion::ALL.map(|motion| sign_of(motion, None, false, glyphs)).to_vec();
            shapes.sort_unstable();
            shapes.dedup();
            assert_eq!(shapes.len(), 4);
        }
    }
}
