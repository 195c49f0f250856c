//! The terminal: taken over with everything needed to give it back, whatever
//! ends the program.

use std::{
    io::{self, BufWriter, Stdout, Write},
    panic,
    sync::atomic::{AtomicBool, Ordering},
};

use crossterm::{
    cursor, event, execute, queue, style,
    terminal::{self, EnterAlternateScreen, LeaveAlternateScreen},
};
use ratatui::{
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};

use tokio_util::sync::CancellationToken;

use super::theme::ColourDepth;

/// One frame's bytes leave in one write, a full screen's included.
const BUFFER_BYTES: usize = 256 * 1024;

/// Whether the terminal is ours at the moment. Process-wide, as the terminal is:
/// the panic hook has nothing else to go by.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Whether anything in the process has panicked since the terminal was taken.
static PANICKED: AtomicBool = AtomicBool::new(false);

/// Holds the terminal; gives it back when dropped.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Takes the terminal over. The panic hook is in place before: a panic on any
    /// thread gives the terminal back, is reported, and ends `screen`.
    pub fn take(colour: ColourDepth, screen: CancellationToken) -> io::Result<Self> {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICKED.store(true, Ordering::SeqCst);
            screen.cancel();
            restore();
            before(info);
        }));
        // Our own theme decides about colours; crossterm must not second-guess it.
        style::force_color_output(colour != ColourDepth::None);
        let guard = Self(());
        enter()?;
        Ok(guard)
    }

    /// Gives the terminal back for the time the program is stopped.
    pub fn lend(&self) {
        restore();
    }

    /// Whether something panicked meanwhile.
    pub fn has_panicked(&self) -> bool {
        PANICKED.load(Ordering::SeqCst)
    }

    /// Takes it again.
    pub fn retake(&self) -> io::Result<()> {
        enter()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

fn enter() -> io::Result<()> {
    terminal::enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        event::EnableMouseCapture,
        event::EnableBracketedPaste,
        event::EnableFocusChange,
        cursor::Hide,
    )
}

/// Gives the terminal back if it is ours. Errors are of no use here: whoever
/// took the terminal away has it.
fn restore() {
    // Not in the middle of a frame. The lock is one that its own thread may take
    // again: a panic while drawing comes by here too.
    let _frame = io::stdout().lock();
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let _gone = execute!(
        io::stdout(),
        terminal::EndSynchronizedUpdate,
        event::DisableFocusChange,
        event::DisableBracketedPaste,
        event::DisableMouseCapture,
        style::ResetColor,
        LeaveAlternateScreen,
        cursor::Show,
    );
    let _gone = terminal::disable_raw_mode();
}

/// Standard output for as long as the terminal is ours: what is drawn after a
/// panic elsewhere gave it back would land among the report.
#[derive(Debug)]
pub struct Ours(Stdout);

impl Ours {
    /// The process' own.
    pub fn stdout() -> Self {
        Self(io::stdout())
    }
}

impl Write for Ours {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut out = self.0.lock();
        if TAKEN.load(Ordering::SeqCst) {
            out.write_all(bytes)?;
            out.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        // Nothing is kept back.
        Ok(())
    }
}

/// Crossterm's backend with each frame marked as one (DEC 2026), nothing
/// written where nothing changed, and one write a frame.
#[derive(Debug)]
pub struct Screen<W: Write> {
    inner: CrosstermBackend<BufWriter<W>>,
    frame: Frame,
    cursor: Cursor,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Frame {
    Closed,
    Open,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Cursor {
    Unknown,
    Hidden,
    Shown,
}

impl Screen<Ours> {
    /// The program's own terminal.
    pub fn stdout() -> Self {
        Self::new(Ours::stdout())
    }
}

impl<W: Write> Screen<W> {
    /// A screen that is written to `writer`.
    pub fn new(writer: W) -> Self {
        let writer = BufWriter::with_capacity(BUFFER_BYTES, writer);
        Self { inner: CrosstermBackend::new(writer), frame: Frame::Closed, cursor: Cursor::Unknown }
    }

    fn open(&mut self) -> io::Result<()> {
        if self.frame == Frame::Closed {
            self.frame = Frame::Open;
            queue!(self.inner, terminal::BeginSynchronizedUpdate)?;
        }
        Ok(())
    }
}

impl<W: Write> Backend for Screen<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.open()?;
        self.inner.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor != Cursor::Hidden {
            self.cursor = Cursor::Hidden;
            queue!(self.inner, cursor::Hide)?;
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.cursor != Cursor::Shown {
            self.cursor = Cursor::Shown;
            queue!(self.inner, cursor::Show)?;
        }
        Ok(())
    }

    /// Refused: the terminal's answer would arrive among the user's input.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "the cursor's position is not asked for"))
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let Position { x, y } = position.into();
        queue!(self.inner, cursor::MoveTo(x, y))
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.open()?;
        // After a clear for another program's sake its cursor is anybody's guess.
        self.cursor = Cursor::Unknown;
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame == Frame::Open {
            self.frame = Frame::Closed;
            queue!(self.inner, terminal::EndSynchronizedUpdate)?;
        }
        Backend::flush(&mut self.inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::{Color, Style};

    fn drawn(cells: &[(u16, u16, Cell)]) -> String {
        let mut bytes = Vec::new();
        let mut screen = Screen::new(&mut bytes);
        for _ in 0..2 {
            screen.draw(cells.iter().map(|(x, y, cell)| (*x, *y, cell))).unwrap();
            screen.hide_cursor().unwrap();
            Backend::flush(&mut screen).unwrap();
        }
        drop(screen);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_frame_without_changes_writes_nothing_but_hides_the_cursor_once() {
        assert_eq!(drawn(&[]), "\u{1b}[?25l");
    }

    #[test]
    fn a_frame_is_one_synchronized_update() {
        let mut cell = Cell::new("x");
        cell.set_style(Style::new().fg(Color::Indexed(81)));
        let bytes = drawn(&[(3, 1, cell)]);
        assert_eq!(bytes.matches("\u{1b}[?2026h").count(), 2);
        assert_eq!(bytes.matches("\u{1b}[?2026l").count(), 2);
        assert!(bytes.starts_with("\u{1b}[?2026h\u{1b}[2;4H"), "{bytes:?}");
        assert!(bytes.ends_with("\u{1b}[?2026l"), "{bytes:?}");
    }
}
