//! The terminal: taken over with everything needed to give it back, whatever
//! ends the program.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    panic,
    sync::atomic::{AtomicBool, Ordering},
};

use crossterm::{
    cursor, event, execute, style,
    terminal::{self, EnterAlternateScreen, LeaveAlternateScreen},
};
use ratatui::layout::Size;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags},
    io::Errno,
};
use tokio_util::sync::CancellationToken;

use super::screen::Line;
use crate::tui::capability::Understands;

/// Whether the terminal is ours at the moment. Process-wide, as the terminal is:
/// the panic hook has nothing else to go by.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// The terminal tells when its user changes from dark to light or back, and no more
/// (mode 2031; others take no notice).
const TELL_SHADE: &str = "\x1b[?2031h";
const TELL_NO_SHADE: &str = "\x1b[?2031l";
/// Whether links are written (OSC 8), and what ends one, wherever in it one is.
static LINKS: AtomicBool = AtomicBool::new(false);
const END_LINK: &str = "\x1b\\\x1b]8;;\x1b\\";
/// Whether anything in the process has panicked since the terminal was taken.
static PANICKED: AtomicBool = AtomicBool::new(false);

/// Holds the terminal; gives it back when dropped.
#[derive(Debug)]
pub struct Guard {
    understands: Understands,
}

impl Guard {
    /// Takes the terminal over. The panic hook is in place before: a panic on any
    /// thread gives the terminal back, is reported, and ends `screen`.
    pub fn take(screen: CancellationToken, understands: Understands) -> io::Result<Self> {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICKED.store(true, Ordering::SeqCst);
            screen.cancel();
            restore();
            before(info);
        }));
        LINKS.store(understands.links, Ordering::SeqCst);
        let guard = Self { understands };
        guard.retake()?;
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
        enter()?;
        if self.understands.mouse {
            execute!(io::stdout(), event::EnableMouseCapture)?;
        }
        Ok(())
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
        event::EnableBracketedPaste,
        event::EnableFocusChange,
        style::Print(TELL_SHADE),
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
    if !takes_bytes() {
        let _gone = terminal::disable_raw_mode();
        return;
    }
    let _gone = execute!(
        io::stdout(),
        // A panic amid a unit may have cut a sequence, and left a link open.
        style::Print(if LINKS.load(Ordering::SeqCst) { END_LINK } else { "" }),
        terminal::EndSynchronizedUpdate,
        style::Print(TELL_NO_SHADE),
        event::DisableFocusChange,
        event::DisableBracketedPaste,
        event::DisableMouseCapture,
        style::SetAttribute(style::Attribute::Reset),
        LeaveAlternateScreen,
        cursor::Show,
    );
    let _gone = terminal::disable_raw_mode();
}

/// Whether the terminal takes anything: one that is held, or at the end of a dead line,
/// would keep us for ever.
fn takes_bytes() -> bool {
    let out = io::stdout();
    let mut asked = [PollFd::new(&out, PollFlags::OUT)];
    let patience = Timespec { tv_sec: 1, tv_nsec: 0 };
    poll(&mut asked, Some(&patience)).is_ok_and(|ready| ready > 0)
}

/// The terminal for as long as it is ours: what is drawn after a panic elsewhere gave it
/// back would land among the report.
#[derive(Debug)]
pub struct Ours(OwnedFd);

impl Ours {
    /// The program's own terminal, opened once more: only so can it be written without
    /// waiting while others who share standard output still wait.
    pub fn open() -> io::Result<Self> {
        let opened = rustix::termios::ttyname(io::stdout(), Vec::new()).and_then(|name| {
            let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
            rustix::fs::open(name, flags, Mode::empty())
        });
        match opened {
            Ok(terminal) => Ok(Self(terminal)),
            // Of another user, after `su`: then with waiting.
            Err(_) => Ok(Self(io::stdout().as_fd().try_clone_to_owned()?)),
        }
    }
}

impl Line for Ours {
    fn size(&self) -> io::Result<Size> {
        let (width, height) = terminal::size()?;
        Ok(Size { width, height })
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _frame = io::stdout().lock();
        if !TAKEN.load(Ordering::SeqCst) {
            return Ok(bytes.len());
        }
        match rustix::io::write(&self.0, bytes) {
            Ok(taken) => Ok(taken),
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }
}
