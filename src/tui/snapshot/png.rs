//! Pixels as a PNG, with a palette where their colours fit one.

use std::collections::{HashMap, hash_map::Entry};

use ::png::{BitDepth, ColorType, Compression, Encoder, Filter};
use ratatui::buffer::Buffer;

use super::{
    palette::{Ground, Rgb},
    raster::{self, Raster},
};

/// Shades of an edge tried in turn until the palette holds all colours.
const LEVELS: [u8; 3] = [9, 6, 4];
/// What a palette holds.
const MOST_COLOURS: usize = 256;

/// A frame as a PNG file.
pub(super) fn picture(frame: &Buffer, ground: Ground) -> Vec<u8> {
    for levels in LEVELS {
        let raster = raster::draw(frame, ground, levels);
        if let Some((palette, indices)) = indexed(&raster) {
            return encoded(&raster, Some(palette.as_flattened()), &indices);
        }
    }
    let raster = raster::draw(frame, ground, LEVELS[0]);
    encoded(&raster, None, raster.pixels.as_flattened())
}

/// The colours in the order they come, and each pixel's; `None` when there are too many.
fn indexed(raster: &Raster) -> Option<(Vec<Rgb>, Vec<u8>)> {
    let (mut palette, mut known) = (Vec::new(), HashMap::new());
    let mut last = None;
    let index = |pixel: &Rgb| match last {
        Some((colour, index)) if colour == *pixel => Some(index),
        _ => {
            let index = match known.entry(*pixel) {
                Entry::Occupied(index) => *index.get(),
                Entry::Vacant(_) if palette.len() == MOST_COLOURS => return None,
                Entry::Vacant(free) => {
                    palette.push(*pixel);
                    *free.insert((palette.len() - 1) as u8)
                }
            };
            last = Some((*pixel, index));
            Some(index)
        }
    };
    let indices = raster.pixels.iter().map(index).collect::<Option<Vec<u8>>>()?;
    Some((palette, indices))
}

fn encoded(raster: &Raster, palette: Option<&[u8]>, data: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, raster.width, raster.height);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::High);
    match palette {
        Some(palette) => {
            encoder.set_color(ColorType::Indexed);
            encoder.set_palette(palette.to_vec());
            // Differences of indices mean nothing.
            encoder.set_filter(Filter::NoFilter);
        }
        None => encoder.set_color(ColorType::Rgb),
    }
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(data));
    written.expect("a picture of the size told can be written to memory");
    file
}
