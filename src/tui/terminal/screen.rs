//! The screen ratatui draws on: what it wants goes to the encoder, whose bytes leave
//! in one write a frame.

use std::io::{self, Write};

use ratatui::{
    backend::{Backend, ClearType, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};

use super::encoder::Encoder;
use crate::tui::theme::ColourDepth;

/// The way to a terminal.
pub trait Line: Write {
    /// Columns and rows of the terminal at its end.
    fn size(&self) -> io::Result<Size>;
}

/// Ratatui's backend over a line.
#[derive(Debug)]
pub struct Screen<L> {
    line: L,
    encoder: Encoder,
    bytes: Vec<u8>,
    caret: Option<Position>,
}

impl<L: Line> Screen<L> {
    /// A screen at the end of `line`.
    pub fn new(line: L, colours: ColourDepth) -> io::Result<Self> {
        let encoder = Encoder::new(line.size()?, colours);
        Ok(Self { line, encoder, bytes: Vec::new(), caret: None })
    }
}

impl<L: Line> Backend for Screen<L> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        for (column, row, cell) in content {
            self.encoder.want(column, row, cell);
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.encoder.want_caret(None);
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.encoder.want_caret(self.caret.or(Some(Position::ORIGIN)));
        Ok(())
    }

    /// Refused: the terminal's answer would arrive among the user's input.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "the cursor's position is not asked for"))
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.caret = Some(position.into());
        if self.encoder.caret().is_some() {
            self.encoder.want_caret(self.caret);
        }
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    /// The whole screen whatever is asked: only that is ever asked for.
    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        // After a clear for another program's sake nothing is as it was.
        self.encoder.start_anew(self.line.size()?);
        Ok(())
    }

    fn size(&self) -> io::Result<Size> {
        self.line.size()
    }

    /// Without its size in pixels, which nothing asks for.
    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.line.size()?, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.bytes.clear();
        self.encoder.encode(usize::MAX, &mut self.bytes);
        if self.bytes.is_empty() {
            return Ok(());
        }
        self.line.write_all(&self.bytes)?;
        self.line.flush()
    }
}
