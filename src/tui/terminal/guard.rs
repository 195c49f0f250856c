//! The terminal: taken over with everything needed to give it back, whatever
//! ends the program.

use std::{
    io::{self, Stdout, Write},
    panic,
    sync::atomic::{AtomicBool, Ordering},
};

use crossterm::{
    cursor, event, execute, style,
    terminal::{self, EnterAlternateScreen, LeaveAlternateScreen},
};
use ratatui::layout::Size;
use tokio_util::sync::CancellationToken;

use super::screen::Line;

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
    pub fn take(screen: CancellationToken) -> io::Result<Self> {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICKED.store(true, Ordering::SeqCst);
            screen.cancel();
            restore();
            before(info);
        }));
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
        style::SetAttribute(style::Attribute::Reset),
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
    /// The program's own terminal.
    pub fn stdout() -> Self {
        Self(io::stdout())
    }
}

impl Line for Ours {
    fn size(&self) -> io::Result<Size> {
        let (width, height) = terminal::size()?;
        Ok(Size { width, height })
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
