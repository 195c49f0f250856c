//! Where vehicles stand, and how long: shaded cells over the still map, under the
//! vehicles, and what the shades mean.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};
use unicode_width::UnicodeWidthStr;
use watchtower_core::domain::geo::LonLat;

use super::{
    canvas::{Canvas, Owner},
    mark::Place,
    mercator::View,
};
use crate::tui::{
    theme::{Glyphs, MapTheme},
    words,
};

/// Seconds that shades begin at: three that follow each other are in use, the last of
/// them the longest that any cell in sight comes up to.
const STEPS: [f64; 12] = [
    60.0,
    300.0,
    900.0,
    3_600.0,
    4.0 * 3_600.0,
    12.0 * 3_600.0,
    86_400.0,
    3.0 * 86_400.0,
    7.0 * 86_400.0,
    30.0 * 86_400.0,
    90.0 * 86_400.0,
    365.0 * 86_400.0,
];
/// Cells with less are left alone: who waits at lights does not dwell.
const LEAST_S: f64 = 30.0;

/// Stays, and a number that changes with them.
#[derive(Clone, PartialEq, Debug)]
pub struct Stays {
    /// Where, and how many seconds.
    pub each: Vec<(LonLat, f64)>,
    /// Told apart by this.
    pub revision: u64,
}

/// The shades of one view, kept until it or the stays change.
#[derive(Clone, Debug)]
pub(super) struct Heat {
    key: (View, u64),
    /// Cells shaded, and how dark, 0 to 3.
    cells: Vec<(u16, u16, usize)>,
    /// Where the shades 1 to 3 begin, seconds.
    begins: [f64; 3],
}

impl Heat {
    /// The shades of a view; `last` if nothing changed.
    pub(super) fn of(last: Option<Self>, stays: &Stays, view: &View) -> Self {
        let key = (*view, stays.revision);
        if let Some(last) = last.filter(|last| last.key == key) {
            return last;
        }
        let cols = usize::from(view.cols);
        let mut seconds = vec![0.0; cols * usize::from(view.rows)];
        for (point, stayed) in &stays.each {
            if let Some((column, row)) = view.cell(Place::of(*point)) {
                seconds[usize::from(row) * cols + usize::from(column)] += stayed;
            }
        }
        let longest = seconds.iter().fold(0.0, |longest: f64, seconds| longest.max(*seconds));
        let top = STEPS.iter().rposition(|step| *step <= longest).unwrap_or(0).max(2);
        let begins = [STEPS[top - 2], STEPS[top - 1], STEPS[top]];
        let shade = |seconds: f64| begins.iter().filter(|begin| **begin <= seconds).count();
        let shaded = seconds.iter().enumerate().filter(|(_, seconds)| **seconds >= LEAST_S);
        let cell = |index: usize| ((index % cols) as u16, (index / cols) as u16);
        let cells = shaded.map(|(index, seconds)| (cell(index).0, cell(index).1, shade(*seconds))).collect();
        Self { key, cells, begins }
    }

    /// Shades the cells: the ground where there are grounds, else characters.
    pub(super) fn shade(&self, theme: &MapTheme, area: Rect, buffer: &mut Buffer) {
        for (column, row, shade) in &self.cells {
            let cell = &mut buffer[(area.x + column, area.y + row)];
            let style = theme.heat[*shade];
            if style.bg.is_none() {
                cell.modifier = Modifier::empty();
                cell.set_char(character(*shade, theme.glyphs));
            }
            cell.set_style(style);
        }
    }

    /// Says what the shades mean, at the lower right, where there is room.
    pub(super) fn legend(&self, theme: &MapTheme, canvas: &mut Canvas<'_>) {
        let label = |seconds: f64| words::age(seconds);
        let [low, middle, high] = self.begins;
        let meanings =
            [format!("<{} ", label(low)), format!("{} ", label(low)), format!("{} ", label(middle))];
        let meanings = meanings.into_iter().chain([format!("{}+ ", label(high))]);
        let mut parts: Vec<(String, Style)> = vec![(" stood ".to_owned(), theme.place)];
        for (shade, meaning) in meanings.enumerate() {
            let style = theme.heat[shade];
            let swatch = if style.bg.is_some() { ' ' } else { character(shade, theme.glyphs) };
            parts.push((format!("{swatch}{swatch}"), style));
            parts.push((meaning, theme.place));
        }
        let width = parts.iter().map(|(text, _)| text.width() as u16).sum::<u16>();
        let (cols, rows) = (canvas.area.width, canvas.area.height);
        let places = (1..=2).filter_map(|up| Some((cols.checked_sub(width + 1)?, rows.checked_sub(up)?)));
        let Some((mut column, row)) = places.into_iter().find(|(c, r)| canvas.is_free(*c, *r, width)) else {
            return;
        };
        for (text, style) in parts {
            let width = text.width() as u16;
            canvas.write(column, row, width, &text, style, Owner::Nobody);
            column += width;
        }
    }
}

/// The character of a shade.
fn character(shade: usize, glyphs: Glyphs) -> char {
    let shades = if glyphs == Glyphs::Ascii { ['.', ':', '%', '#'] } else { ['░', '▒', '▓', '█'] };
    shades[shade.min(3)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::map::{
        Map, Scene, Viewport,
        tests::{at, palette},
    };

    const AREA: Rect = Rect { x: 0, y: 0, width: 80, height: 24 };

    fn stays(revision: u64) -> Stays {
        let hour = 3_600.0;
        let each = vec![
            (at(3.40, 6.50), 5.0 * hour),
            (at(3.40, 6.50), hour),
            (at(3.50, 6.52), 2.0 * hour),
            (at(3.30, 6.48), 60.0),
            (at(3.35, 6.55), 5.0),
            (at(120.0, 6.5), 900.0 * hour),
        ];
        Stays { each, revision }
    }

    fn drawn(map: &mut Map, stays: Option<&Stays>, theme: &MapTheme) -> Buffer {
        let mut buffer = Buffer::empty(AREA);
        map.render(&Scene { stays, ..Scene::default() }, theme, AREA, &mut buffer);
        buffer
    }

    #[test]
    fn the_longer_they_stood_in_sight_the_darker_and_the_legend_says_how_long() {
        for (glyphs, grounded) in [(Glyphs::Braille, true), (Glyphs::Block, false), (Glyphs::Ascii, false)] {
            let mut theme = palette(glyphs);
            if !grounded {
                theme.heat = [Style::new(); 4];
            }
            let mut map = Map::new(Viewport { centre: at(3.4, 6.5), zoom: 10.0 }, "");
            let without = drawn(&mut map, None, &theme);
            let stays = stays(1);
            let with = drawn(&mut map, Some(&stays), &theme);
            let of = |lon, lat| map.cell_of(at(lon, lat)).unwrap();
            for (lon, lat, shade) in [(3.40, 6.50, 3), (3.50, 6.52, 2), (3.30, 6.48, 0)] {
                let cell = &with[of(lon, lat)];
                match grounded {
                    true => assert_eq!(Some(cell.bg), theme.heat[shade].bg, "{lon}"),
                    false => assert_eq!(cell.symbol(), character(shade, glyphs).to_string(), "{lon}"),
                }
            }
            assert_eq!(with[of(3.35, 6.55)], without[of(3.35, 6.55)], "five seconds are nothing");
            let text: String = with.content.iter().map(|cell| cell.symbol()).collect();
            assert!(text.contains("stood") && text.contains("<15m") && text.contains("4h+"), "{text}");
        }
    }

    #[test]
    fn shades_are_reckoned_once_for_a_view_and_its_stays() {
        let view = View::new(Viewport { centre: at(3.4, 6.5), zoom: 10.0 }, AREA);
        let first = Heat::of(None, &stays(1), &view);
        let marked = Heat { cells: Vec::new(), ..first.clone() };
        assert!(Heat::of(Some(marked.clone()), &stays(1), &view).cells.is_empty(), "kept");
        assert_eq!(Heat::of(Some(marked.clone()), &stays(2), &view).cells, first.cells);
        let panned = View { left: view.left + 1, ..view };
        assert_eq!(Heat::of(Some(marked), &stays(1), &panned).cells.len(), first.cells.len());
    }
}
