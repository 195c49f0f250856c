//! A frame of the dashboard as a file: plain text, ANSI, SVG or PNG.
//!
//! A frame's cells in, bytes out, the same for the same. Text is text; braille, blocks
//! and lines are drawn as the shapes they stand for, so that they fill their cells
//! whatever the font. It refuses to know where the fleet's picture comes from and where
//! the bytes go.

mod ansi;
mod bars;
mod cells;
mod font;
mod keys;
mod lines;
mod palette;
mod plain;
mod png;
mod raster;
mod shapes;
mod sight;
mod supplies;
mod svg;
#[cfg(test)]
mod tests;

use std::path::Path;

use ratatui::buffer::Buffer;

pub use self::{
    keys::{KeyNameError, keys},
    palette::{Ground, Rgb},
    sight::{Seen, Sight, SightError, look},
    supplies::Supplies,
};

/// Pixels of a cell, across and down, in SVG and PNG.
pub const CELL: (u16, u16) = (10, 20);

/// How a frame is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// The characters alone.
    Txt,
    /// Characters and escape sequences: `cat` shows it in a terminal.
    Ansi,
    /// A scalable drawing whose text stays text.
    Svg,
    /// A picture.
    Png,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Txt, Self::Ansi, Self::Svg, Self::Png];

    /// Its name, which is what names of files end in, too.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Txt => "txt",
            Self::Ansi => "ansi",
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name().eq_ignore_ascii_case(name))
    }

    /// The format that a file's name asks for.
    pub fn of_file(file: &Path) -> Option<Self> {
        Self::from_name(file.extension()?.to_str()?)
    }
}

/// Writes a frame. Where cells leave the colour to the terminal, it is `ground`'s.
pub fn write(frame: &Buffer, format: Format, ground: Ground) -> Vec<u8> {
    match format {
        Format::Txt => plain::text(frame).into_bytes(),
        Format::Ansi => ansi::text(frame).into_bytes(),
        Format::Svg => svg::drawing(frame, ground).into_bytes(),
        Format::Png => png::picture(frame, ground),
    }
}

#[cfg(test)]
pub(super) use self::{ansi::text as ansi, plain::text as plain};
