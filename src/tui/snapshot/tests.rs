//! What is written says what the frame said, in every format.

use std::collections::BTreeSet;

use ::png::{ColorType, Decoder, Transformations};
use futures::FutureExt;
use quick_xml::{Reader, events::Event};
use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
    style::{Color, Modifier, Style},
};

use super::*;
use crate::tui::{
    layout::Pane,
    tests::stage::Stage,
    text,
    theme::{ColourDepth, Glyphs},
};

/// Every depth and glyph set once.
const LOOKS: [(ColourDepth, Glyphs); 4] = [
    (ColourDepth::True, Glyphs::Braille),
    (ColourDepth::Indexed, Glyphs::Block),
    (ColourDepth::Ansi, Glyphs::Braille),
    (ColourDepth::None, Glyphs::Ascii),
];

fn frame(width: u16, height: u16, (colour, glyphs): (ColourDepth, Glyphs)) -> Buffer {
    let mut stage = Stage::empty(width, height, colour, glyphs);
    stage.populate(24);
    stage.draw();
    stage.keys("2j");
    stage.draw().clone()
}

fn written(text: &str, style: Style) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, text::width(text).max(1) as u16, 1));
    buffer.set_string(0, 0, text, style);
    buffer
}

/// Width, height and the pixels of a PNG.
fn pixels(file: &[u8]) -> (u32, u32, ColorType, Vec<Rgb>) {
    let mut decoder = Decoder::new(std::io::Cursor::new(file));
    decoder.set_transformations(Transformations::IDENTITY);
    let colours = decoder.read_header_info().unwrap().color_type;
    let mut decoder = Decoder::new(std::io::Cursor::new(file));
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut data).unwrap();
    (info.width, info.height, colours, data.as_chunks::<3>().0.to_vec())
}

#[test]
fn text_is_the_frames_text() {
    let frame = frame(80, 24, LOOKS[0]);
    let lines: Vec<String> = plain(&frame).lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 24);
    for (row, line) in (0..).zip(&lines) {
        assert_eq!(*line, line.trim_end());
        let padded = text::left(line, 80, "");
        let cells: String = cells::row(&frame, row).map(|placed| placed.symbol).collect();
        assert_eq!(padded, cells);
    }
    assert_eq!(plain(&written("東京 ok ", Style::new())), "東京 ok\n");
}

#[test]
fn a_terminal_that_is_sent_the_ansi_shows_the_frame() {
    for look in LOOKS {
        let frame = frame(100, 30, look);
        let mut terminal = vt100::Parser::new(30.try_into().unwrap(), 100.try_into().unwrap(), 0);
        terminal.process(ansi(&frame).trim_end_matches('\n').replace('\n', "\r\n").as_bytes());
        for placed in cells::all(&frame) {
            let shown = terminal.screen().cell(placed.row, placed.column).unwrap();
            let contents = if shown.contents().is_empty() { " " } else { shown.contents() };
            let at = (placed.column, placed.row, placed.symbol);
            assert_eq!(contents, placed.symbol, "{at:?}");
            assert_eq!(colour(shown.fgcolor()), numbered(placed.cell.fg), "{at:?}");
            assert_eq!(colour(shown.bgcolor()), numbered(placed.cell.bg), "{at:?}");
            // To this terminal what is dim is not bold.
            let is_bold = shown.bold() || shown.dim() && placed.cell.modifier.contains(Modifier::BOLD);
            for (modifier, is_set) in [
                (Modifier::BOLD, is_bold),
                (Modifier::DIM, shown.dim()),
                (Modifier::UNDERLINED, shown.underline()),
                (Modifier::REVERSED, shown.inverse()),
            ] {
                assert_eq!(placed.cell.modifier.contains(modifier), is_set, "{at:?} {modifier:?}");
            }
        }
    }
}

fn colour(colour: vt100::Color) -> Color {
    match colour {
        vt100::Color::Default => Color::Reset,
        vt100::Color::Idx(index) => Color::Indexed(index),
        vt100::Color::Rgb(r, g, b) => Color::Rgb(r, g, b),
    }
}

/// A named colour by its number, which is all a terminal knows.
fn numbered(colour: Color) -> Color {
    const NAMED: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    NAMED.iter().position(|named| *named == colour).map_or(colour, |index| Color::Indexed(index as u8))
}

/// Of an SVG its letters, blanks apart, and how many signs and dots are drawn.
fn drawn(svg: &[u8]) -> (String, usize, usize) {
    let mut reader = Reader::from_str(std::str::from_utf8(svg).unwrap());
    let (mut letters, mut signs, mut dots, mut inside) = (String::new(), 0, 0, 0);
    let mut known = BTreeSet::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(start) if start.name().as_ref() == "text" => inside += 1,
            Event::End(end) if end.name().as_ref() == "text" => inside -= 1,
            Event::Text(text) if inside > 0 => letters.push_str(&text),
            Event::GeneralRef(name) if inside > 0 => letters.push_str(match &*name {
                "amp" => "&",
                "lt" => "<",
                "gt" => ">",
                other => panic!("{other}"),
            }),
            Event::Empty(element) => {
                let attribute = |name: &str| {
                    let found = element.try_get_attribute(name).unwrap();
                    found.map(|attribute| attribute.value.into_owned())
                };
                if element.name().as_ref() == "use" {
                    assert!(
                        known.contains(attribute("href").unwrap().trim_start_matches('#')),
                        "used before drawn"
                    );
                    signs += 1;
                }
                known.extend(attribute("id"));
                if attribute("stroke").is_some() {
                    dots += attribute("d").unwrap().matches("h0").count();
                }
            }
            _ => {}
        }
    }
    assert_eq!(inside, 0);
    (letters.replace(' ', ""), signs, dots)
}

#[test]
fn an_svg_is_xml_with_the_letters_signs_and_dots_of_the_frame() {
    for look in LOOKS {
        let frame = frame(120, 40, look);
        let (mut letters, mut signs, mut dots) = (String::new(), 0, 0);
        for placed in cells::all(&frame).filter(|placed| !placed.is_blank()) {
            match placed.only().map(|c| (shapes::shape(c), svg::is_sign(c))) {
                Some((Some(shapes::Shape::Dots(bits)), _)) => dots += bits.count_ones() as usize,
                Some((Some(shapes::Shape::Outline(_)), _)) | Some((None, true)) => signs += 1,
                Some((Some(_), _)) => {}
                _ => letters.push_str(placed.symbol),
            }
        }
        let (mut shown, uses, points) = drawn(&write(&frame, Format::Svg, Ground::DARK));
        assert_eq!((uses, points), (signs, dots), "{look:?}");
        // They are grouped by colour: as many of each.
        let mut sorted: Vec<char> = letters.chars().collect();
        sorted.sort_unstable();
        let mut others: Vec<char> = std::mem::take(&mut shown).chars().collect();
        others.sort_unstable();
        assert_eq!(others, sorted, "{look:?}");
        assert!(letters.len() > 500);
    }
}

#[test]
fn what_xml_would_take_for_its_own_is_escaped() {
    let (letters, ..) = drawn(&write(&written("<a> & \"b\"", Style::new()), Format::Svg, Ground::DARK));
    assert_eq!(letters, "<a>&\"b\"");
}

#[test]
fn a_png_has_the_cells_pixels_and_a_palette() {
    for (width, height) in [(1, 1), (80, 24), (120, 40)] {
        let file = write(&frame(width, height, LOOKS[0]), Format::Png, Ground::DARK);
        let (across, down, colours, pixels) = pixels(&file);
        assert_eq!((across, down), (u32::from(width) * 10, u32::from(height) * 20));
        assert_eq!(pixels.len() as u32, across * down);
        assert_eq!(colours, ColorType::Indexed);
        assert!(file.len() < 150_000, "{} bytes", file.len());
    }
}

#[test]
fn more_colours_than_a_palette_holds_are_all_there() {
    let mut frame = Buffer::empty(Rect::new(0, 0, 300, 1));
    for column in 0..300_u16 {
        frame[(column, 0)].set_bg(Color::Rgb((column / 2) as u8, (column % 7) as u8, (column % 251) as u8));
    }
    let (_, _, colours, pixels) = pixels(&write(&frame, Format::Png, Ground::DARK));
    assert_eq!(colours, ColorType::Rgb);
    let distinct: BTreeSet<Rgb> = pixels.into_iter().collect();
    assert!(distinct.len() > 256, "{}", distinct.len());
}

#[test]
fn a_braille_cell_has_exactly_its_dots() {
    let (ink, ground) = ([200, 100, 50], [1, 2, 3]);
    let style = Style::new().fg(Color::Rgb(200, 100, 50)).bg(Color::Rgb(1, 2, 3));
    for bits in 0..=255_u8 {
        let braille = char::from_u32(0x2800 + u32::from(bits)).unwrap().to_string();
        let (width, _, _, pixels) = pixels(&write(&written(&braille, style), Format::Png, Ground::DARK));
        let expected: BTreeSet<(u16, u16)> = shapes::dots(bits).collect();
        assert_eq!(expected.len(), bits.count_ones() as usize);
        for (index, pixel) in pixels.iter().enumerate() {
            let (x, y) = (index as u32 % width, index as u32 / width);
            let inside = (1..4).contains(&(x % 5)) && (1..4).contains(&(y % 5));
            let is_set = inside && expected.contains(&((x / 5) as u16, (y / 5) as u16));
            assert_eq!(*pixel, if is_set { ink } else { ground }, "dots {bits:08b}, pixel {x},{y}");
        }
    }
}

#[test]
fn blocks_and_lines_fill_their_cells_to_the_edge() {
    let inked = |c: char| {
        let style = Style::new().fg(Color::Rgb(255, 255, 255)).bg(Color::Rgb(0, 0, 0));
        let (.., pixels) = pixels(&write(&written(&c.to_string(), style), Format::Png, Ground::DARK));
        pixels.iter().map(|pixel| usize::from(pixel[0])).sum::<usize>() / 255
    };
    for (c, pixels) in
        [('█', 200), ('▀', 100), ('▄', 100), ('▌', 100), ('▐', 100), ('▚', 100), ('▟', 150), ('▁', 30)]
    {
        assert_eq!(inked(c), pixels, "{c}");
    }
    // Of the two by three blocks all but the halves, in the order of their bits.
    let sextants = ['\u{1fb00}', '\u{1fb13}', '\u{1fb14}', '\u{1fb28}', '\u{1fb3b}'];
    assert_eq!(sextants.map(inked), [35, 65, 100, 135, 165]);
    for (c, pixels) in
        [('─', 10), ('│', 20), ('━', 30), ('┃', 60), ('┼', 29), ('═', 20), ('║', 40), ('└', 15)]
    {
        assert_eq!(inked(c), pixels, "{c}");
    }
}

/// At the middle of each edge of a cell the inks of all line characters agree with
/// what stands next to them.
#[test]
fn lines_meet_their_neighbours() {
    let style = Style::new().fg(Color::Rgb(255, 255, 255)).bg(Color::Rgb(0, 0, 0));
    for (row, joints) in [("╭─┬─╮", 4), ("╰━┷━╯", 4), ("╔═╦═╗", 4), ("╠═╬═╣", 4), ("├─┼─┤", 4)]
    {
        let (width, _, _, pixels) = pixels(&write(&written(row, style), Format::Png, Ground::DARK));
        let met = (1..=joints).filter(|joint| {
            let column =
                |x: u32| (0..20).map(move |y| y * width + x).map(|index| pixels[index as usize][0] > 127);
            column(joint * 10 - 1).eq(column(joint * 10)) && column(joint * 10).any(|inked| inked)
        });
        // A light corner and a heavy line differ in weight only.
        assert!(met.count() >= joints as usize - if row.contains('━') { 2 } else { 0 }, "{row}");
    }
}

#[test]
fn wide_characters_take_two_cells_and_unknown_ones_a_frame() {
    let style = Style::new().fg(Color::Rgb(255, 255, 255)).bg(Color::Rgb(0, 0, 0));
    let (width, _, _, pixels) = pixels(&write(&written("東a", style), Format::Png, Ground::DARK));
    assert_eq!(width, 30);
    let inked = |x: u32, y: u32| pixels[(y * width + x) as usize][0] > 127;
    assert!(inked(1, 10) && inked(18, 10) && inked(10, 3) && !inked(10, 10), "no frame over both cells");
    let (letters, ..) = drawn(&write(&written("東a", style), Format::Svg, Ground::DARK));
    assert_eq!(letters, "東a");
}

#[test]
fn a_letter_that_leaves_its_cell_is_cut_off() {
    let (width, height, ..) = pixels(&write(&written("Ὸ", Style::new()), Format::Png, Ground::DARK));
    assert_eq!((width, height), (10, 20));
}

#[test]
fn bold_is_heavier_dim_is_fainter_and_reverse_changes_places() {
    let light = |style: Style| {
        let style = style.fg(Color::Rgb(250, 250, 250)).bg(Color::Rgb(10, 10, 10));
        let (.., pixels) = pixels(&write(&written("Lagos", style), Format::Png, Ground::DARK));
        pixels.iter().map(|pixel| usize::from(pixel[1])).sum::<usize>()
    };
    let plain = light(Style::new());
    assert!(light(Style::new().add_modifier(Modifier::BOLD)) > plain);
    assert!(light(Style::new().add_modifier(Modifier::DIM)) < plain);
    assert!(light(Style::new().add_modifier(Modifier::UNDERLINED)) > plain);
    let reversed = light(Style::new().add_modifier(Modifier::REVERSED));
    assert!(plain.abs_diff(5 * 200 * 260 - reversed) < 2_000, "{plain} and {reversed}");
}

#[test]
fn the_font_has_every_sign_of_the_screen() {
    let mut unknown = BTreeSet::new();
    for look in LOOKS {
        let frame = frame(200, 50, look);
        let drawn_by_font = |c: &char| shapes::shape(*c).is_none() && !c.is_whitespace();
        unknown.extend(plain(&frame).chars().filter(drawn_by_font).filter(|c| !font::knows(*c)));
    }
    let source =
        [include_str!("../theme.rs"), include_str!("../map/glyphs.rs"), include_str!("../../words.rs")]
            .concat();
    let signs = source.chars().filter(|c| matches!(c, '\u{2010}'..='\u{2bff}'));
    unknown.extend(signs.filter(|c| shapes::shape(*c).is_none() && !font::knows(*c)));
    assert_eq!(unknown, BTreeSet::new());
}

#[test]
fn every_size_is_written_in_every_format() {
    for (width, height) in
        [(1, 1), (2, 1), (1, 120), (400, 1), (3, 2), (17, 5), (59, 9), (110, 26), (400, 120)]
    {
        let frame = frame(width, height, LOOKS[usize::from(width) % LOOKS.len()]);
        for format in Format::ALL {
            assert!(!write(&frame, format, Ground::DARK).is_empty(), "{width}x{height} {format:?}");
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 48, ..Default::default() })]
    #[test]
    fn whatever_stands_in_the_cells_is_written(
        texts in proptest::collection::vec("\\PC{0,12}|[\u{2190}-\u{2bff}]{1,12}", 1..6), width in 1..20_u16,
    ) {
        let mut frame = Buffer::empty(Rect::new(0, 0, width, texts.len() as u16));
        for (row, text) in (0..).zip(&texts) {
            frame.set_string(0, row, text, Style::new().add_modifier(Modifier::BOLD));
        }
        for format in Format::ALL {
            let file = write(&frame, format, Ground::DARK);
            if format == Format::Svg {
                drawn(&file);
            }
        }
    }
}

#[test]
fn a_sight_shows_what_it_names() {
    let text = |sight: &Sight| {
        let mut stage = Stage::empty(80, 24, ColourDepth::True, Glyphs::Braille);
        stage.populate(24);
        let now = stage.now;
        let (size, mut supplies) = (Size::new(80, 24), Supplies::default());
        let frame = look(&mut stage.app, sight, (size, now), &mut supplies);
        frame.now_or_never().expect("nothing is waited for").map(|frame| plain(&frame))
    };
    let of = |name: &str| Sight { seen: Seen::from_name(name).unwrap(), ..Sight::default() };
    assert!(Pane::ALL.iter().all(|pane| Seen::from_name(pane.name()) == Some(Seen::Alone(*pane))));
    let alone = text(&of("fleet")).unwrap();
    assert!(alone.contains("╭ 2 Fleet") && !alone.contains("╭ 1 Map"), "{alone}");
    assert!(text(&of("help")).unwrap().contains("pan west"));
    let number = crate::tui::tests::fleet::number(3);
    let selected = Sight { select: Some(number.to_lowercase()), ..of("truck") };
    assert!(text(&selected).unwrap().contains(&number));
    let missing = Sight { select: Some("T0".to_owned()), ..Sight::default() };
    assert_eq!(text(&missing), Err(SightError::NoTruck { number: "T0".to_owned(), trucks: 24 }));
    let pressed = Sight { keys: keys("5 z").unwrap(), ..Sight::default() };
    assert_eq!(text(&pressed).unwrap(), text(&of("alerts")).unwrap());
    let typed = Sight { keys: keys("/ m o r u f").unwrap(), ..Sight::default() };
    assert!(text(&typed).unwrap().contains("moruf"));
}
