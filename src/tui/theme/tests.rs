//! Styles at every depth, and whether they can be read.

use super::{ink::nearest_indexed, *};
use crate::tui::capability::Host;

fn theme(colour: ColourDepth) -> Theme {
    named(ThemeName::Dark, colour)
}

fn named(name: ThemeName, colour: ColourDepth) -> Theme {
    Theme::new(&name.palette(), Capability { colour, glyphs: Glyphs::Braille, host: Host::Terminal })
}

#[test]
fn without_colours_no_style_carries_one_and_the_cursor_still_shows() {
    let theme = theme(ColourDepth::None);
    let printed = format!("{theme:?}");
    for colour in ["Rgb", "Indexed", "Cyan", "Gray", "Red", "Yellow", "Magenta", "Green", "Blue", "White"] {
        assert!(!printed.contains(colour), "{colour} in {printed}");
    }
    assert!(!printed.contains("fg(") && !printed.contains("bg("), "{printed}");
    assert!(theme.cursor.add_modifier.contains(Modifier::REVERSED));
    assert!(theme.map.selected.add_modifier.contains(Modifier::REVERSED));
}

#[test]
fn the_palette_shrinks_with_the_depth() {
    assert!(matches!(theme(ColourDepth::True).map.moving.fg, Some(Color::Rgb(..))));
    assert!(matches!(theme(ColourDepth::Indexed).map.moving.fg, Some(Color::Indexed(16..))));
    assert_eq!(theme(ColourDepth::Ansi).map.moving.fg, Some(Color::LightCyan));
}

#[test]
fn nearest_indexed_finds_cube_and_grey() {
    assert_eq!(nearest_indexed(255, 0, 0), 196);
    assert_eq!(nearest_indexed(8, 8, 8), 232);
    assert_eq!(nearest_indexed(128, 128, 128), 244);
    assert_eq!(nearest_indexed(255, 255, 255), 231);
}

fn luminance(channels: [u8; 3]) -> f64 {
    let [r, g, b] = channels.map(|channel| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    });
    0.212_6 * r + 0.715_2 * g + 0.072_2 * b
}

/// What a terminal shows for a colour of the cube, the grey ramp or of 24 bit.
fn channels(colour: Color) -> [u8; 3] {
    match colour {
        Color::Rgb(r, g, b) => [r, g, b],
        Color::Indexed(index @ 232..) => [8 + 10 * (index - 232); 3],
        Color::Indexed(index @ 16..) => {
            let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
            let cube = index - 16;
            [level(cube / 36), level(cube / 6 % 6), level(cube % 6)]
        }
        named => panic!("{named:?} is the terminal's own"),
    }
}

fn contrast(text: Color, ground: Color) -> f64 {
    let (text, ground) = (luminance(channels(text)), luminance(channels(ground)));
    (text.max(ground) + 0.05) / (text.min(ground) + 0.05)
}

/// WCAG 2's AA for text, <https://www.w3.org/TR/WCAG22/#contrast-minimum>.
#[test]
fn all_text_can_be_read_on_every_ground_it_stands_on() {
    let depths = [ColourDepth::True, ColourDepth::Indexed];
    let names = ThemeName::ALL.into_iter().filter(|name| name.palette().whose == Whose::Ours);
    for (name, depth) in names.flat_map(|name| depths.map(|depth| (name, depth))) {
        let theme = named(name, depth);
        let map = &theme.map;
        let lists = [
            ("base", theme.base),
            ("strong", theme.strong),
            ("dim", theme.dim),
            ("good", theme.good),
            ("warn", theme.warn),
            ("bad", theme.bad),
            ("hit", theme.hit),
            ("moving", map.moving),
            ("idle", map.idle),
            ("parked", map.parked),
            ("offline", map.offline),
            ("alert", map.alert),
            ("occupied", map.fence_occupied),
        ];
        let bars = [("brand", theme.brand), ("key", theme.key), ("title", theme.title)];
        let frames = [("head", theme.head), ("focused", theme.title_focused)];
        let places = [("place", map.place), ("site", map.site)];
        let (page, bar) = ([("page", theme.base)], [("bar", theme.bar)]);
        let cursors = [("cursor", theme.cursor), ("unfocused", theme.cursor_unfocused)];
        let grounds = [("land", map.land), ("water", map.water)];
        let pairs = [
            (&lists[..], &page[..]),
            (&lists, &bar),
            (&lists, &cursors),
            (&bars, &bar),
            (&bars, &page),
            (&frames, &page),
            (&places, &grounds),
            (&lists[7..], &grounds),
            (&[("badge", theme.badge)], &[("badge", theme.badge)]),
        ];
        for (texts, grounds) in pairs {
            for ((text, style), (on, ground)) in
                texts.iter().flat_map(|t| grounds.iter().map(move |g| (t, g)))
            {
                let ratio = contrast(style.fg.unwrap(), ground.bg.unwrap());
                assert!(ratio >= 4.5, "{name:?} {depth:?}: {text} on {on}: {ratio:.2}");
            }
        }
    }
}

#[test]
fn a_colour_is_changed_by_its_name_and_what_is_none_is_named() {
    let mut palette = ThemeName::Dark.palette();
    palette.set("moving", "#00ff7f").unwrap();
    assert_eq!(palette.moving.rgb, 0x00_ff_7f);
    for (role, text, word) in
        [("mooving", "#000000", "mooving"), ("moving", "green", "green"), ("moving", "#12345é", "#12345é")]
    {
        assert!(palette.set(role, text).unwrap_err().to_string().contains(word));
    }
    assert!(Palette::ROLES.iter().all(|role| palette.set(role, "#102030").is_ok()));
}

#[test]
fn the_theme_of_sixteen_is_of_the_terminals_own_colours_however_many_it_has() {
    let sixteen = |depth| format!("{:?}", named(ThemeName::Sixteen, depth).map);
    assert_eq!(sixteen(ColourDepth::True), sixteen(ColourDepth::Ansi));
    let theme = named(ThemeName::Sixteen, ColourDepth::True);
    let printed = format!("{theme:?}");
    // What is a ground or a grey in one scheme or another is not relied on.
    for colour in ["Rgb", "Indexed", "Light", "Gray", "White", "Black", "bg("] {
        assert!(!printed.contains(colour), "{colour} in {printed}");
    }
    assert!(theme.dim.add_modifier.contains(Modifier::DIM), "what explains stands back");
    assert!(theme.cursor.add_modifier.contains(Modifier::REVERSED));
    assert_eq!(theme.capability.colour, ColourDepth::True, "another theme may use them all");
    assert!(!format!("{:?}", named(ThemeName::Sixteen, ColourDepth::None)).contains("fg("));
}
