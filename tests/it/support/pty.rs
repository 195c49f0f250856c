//! A terminal of a test's own at the end of a line of any speed: a pseudo-terminal whose
//! far end takes so many bytes a second, draws them, and answers as terminals do once it
//! has them.

use std::{
    collections::VecDeque,
    num::NonZero,
    os::fd::{AsFd, OwnedFd},
    path::Path,
    process::{Child, Command, ExitStatus},
    time::{Duration, Instant},
};

use rustix::{
    fs::{OFlags, fcntl_getfl, fcntl_setfl},
    io::Errno,
    pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt},
    termios::{Winsize, tcsetwinsize},
};
use tempfile::TempDir;

/// Of a line that was idle, so much passes at once.
const BURST: Duration = Duration::from_millis(10);
/// Between two looks at either end.
const BEAT: Duration = Duration::from_millis(2);
/// Asks for no more than a loaded machine can do.
const PATIENCE: Duration = Duration::from_secs(60);

/// What lies between a program and its terminal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    /// Bytes a second, each way.
    pub(crate) rate: f64,
    /// From here to there and back, of nothing.
    pub(crate) way: Duration,
}

/// Whether the terminal's signals reach the program: it is hung up, it changes its size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tie {
    /// They do, as under a shell.
    Controlling,
    /// They do not, as under some wrappers: only reading and writing tell of its end.
    Loose,
}

/// Where a program sits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seat<'a> {
    /// Columns and rows.
    pub(crate) size: (u16, u16),
    pub(crate) line: Line,
    pub(crate) tie: Tie,
    /// Its directory of data; an empty one if none is given.
    pub(crate) data: Option<&'a Path>,
}

/// A frame that was complete at the far end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// When.
    pub(crate) at: Instant,
    /// After so many bytes of all.
    pub(crate) taken: usize,
}

/// What the far end noticed beside what it draws.
#[derive(Debug, Default)]
struct Notes {
    taken: usize,
    answers: Vec<u8>,
    frames: Vec<Frame>,
}

impl vt100::Callbacks for Notes {
    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        first: Option<u8>,
        second: Option<u8>,
        parameters: &[&[u16]],
        last: char,
    ) {
        match (first, second, parameters, last) {
            (None, None, [[6]], 'n') => {
                let (row, column) = screen.cursor_position();
                self.answers.extend(format!("\x1b[{};{}R", row + 1, column + 1).bytes());
            }
            (None, None, [[0]] | [], 'c') => self.answers.extend(b"\x1b[?62;22c"),
            (Some(b'?'), Some(b'$'), [[mode]], 'p') => {
                self.answers.extend(format!("\x1b[?{mode};0$y").bytes());
            }
            (Some(b'?'), None, [[2026]], 'l') => {
                self.frames.push(Frame { at: Instant::now(), taken: self.taken });
            }
            _ => {}
        }
    }

    fn unhandled_osc(&mut self, _: &mut vt100::Screen, parameters: &[&[u8]]) {
        if let [what @ (b"10" | b"11"), b"?"] = parameters {
            let colour = if *what == b"10" { "dddd/dddd/dddd" } else { "1010/1010/1010" };
            let what = String::from_utf8_lossy(what);
            self.answers.extend(format!("\x1b]{what};rgb:{colour}\x1b\\").bytes());
        }
    }
}

/// A program in a terminal of its own at the end of a line; killed when dropped.
pub(crate) struct Pty {
    child: Child,
    master: Option<OwnedFd>,
    line: Line,
    /// What the line may take now, and since when.
    allowance: (f64, Instant),
    far: vt100::Parser<Notes>,
    /// On its way to the program, and when it is there.
    sent: VecDeque<(Instant, Vec<u8>)>,
    _home: TempDir,
}

impl Pty {
    /// Runs the binary with these arguments in a session of its own, with 24-bit colours
    /// and nothing of the caller's configuration.
    pub(crate) fn start(binary: &str, arguments: &[&str], seat: Seat<'_>) -> Self {
        let (Seat { line, tie, data, .. }, (columns, rows)) = (seat, seat.size);
        let home = tempfile::tempdir().unwrap();
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        fcntl_setfl(&master, fcntl_getfl(&master).unwrap() | OFlags::NONBLOCK).unwrap();
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).unwrap();
        let near = || {
            let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
            ioctl_tiocgptpeer(&master, flags).unwrap()
        };
        let cells = |count| NonZero::new(count).expect("a terminal has cells");
        let far = vt100::Parser::new_with_callbacks(cells(rows), cells(columns), 0, Notes::default());
        let mut command = Command::new("setsid");
        if tie == Tie::Controlling {
            command.arg("--ctty");
        }
        command
            .arg(binary)
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("HOME", home.path())
            .env("XDG_CONFIG_HOME", home.path())
            .env("WATCHTOWER_DATA_DIR", data.unwrap_or(&home.path().join("data")))
            .env("USER", "amina")
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .env("COLORTERM", "truecolor")
            .current_dir(home.path())
            .stdin(near())
            .stdout(near())
            .stderr(near());
        // It replaces itself by the binary: the process is the program.
        let child = command.spawn().expect("these tests need setsid (util-linux)");
        let allowance = (0.0, Instant::now());
        Self { child, master: Some(master), line, allowance, far, sent: VecDeque::new(), _home: home }
    }

    /// Types characters as they are.
    pub(crate) fn type_text(&mut self, text: &str) {
        self.send(text.as_bytes().to_vec());
    }

    /// Lets both ends do what they can until it is so; returns how long that took.
    pub(crate) fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) -> Duration {
        let begun = Instant::now();
        while !is_so(self) {
            assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}:\n{}", self.screen());
            self.beat();
        }
        begun.elapsed()
    }

    /// The same until the screen says this.
    pub(crate) fn until_seen(&mut self, words: &str) -> Duration {
        self.until(words, |pty| pty.screen().contains(words))
    }

    /// Lets both ends do what they can for so long.
    pub(crate) fn run_for(&mut self, span: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < span {
            self.beat();
        }
    }

    /// What is on the screen, line by line.
    pub(crate) fn screen(&self) -> String {
        self.far.screen().contents()
    }

    /// The ground of each cell of a column.
    pub(crate) fn grounds(&self, column: u16) -> Vec<vt100::Color> {
        let screen = self.far.screen();
        let (rows, _) = screen.size();
        (0..rows.get()).filter_map(|row| Some(screen.cell(row, column)?.bgcolor())).collect()
    }

    /// How many bytes have passed the line.
    pub(crate) fn taken(&self) -> usize {
        self.far.callbacks().taken
    }

    /// All frames so far.
    pub(crate) fn frames(&self) -> &[Frame] {
        &self.far.callbacks().frames
    }

    /// Its process, to be sent signals or looked at.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Closes the far end, as a lost connection does.
    pub(crate) fn hang_up(&mut self) {
        self.master = None;
    }

    /// From now on the far end takes nothing, and says nothing.
    pub(crate) fn hold(&mut self) {
        self.line.rate = 0.0;
        self.sent.clear();
    }

    /// How the program ended, and after how long; what it said last has been taken.
    pub(crate) fn ended(&mut self) -> (ExitStatus, Duration) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                let took = begun.elapsed();
                self.run_for(Duration::from_millis(500));
                return (status, took);
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end:\n{}", self.screen());
            self.beat();
        }
    }

    /// Whether the terminal is as a shell wants it.
    pub(crate) fn is_given_back(&self) -> bool {
        let screen = self.far.screen();
        !screen.alternate_screen()
            && !screen.hide_cursor()
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
    }

    fn send(&mut self, bytes: Vec<u8>) {
        let now = Instant::now();
        let before = self.sent.back().map_or(now, |(at, _)| (*at).max(now));
        let takes = Duration::from_secs_f64(bytes.len() as f64 / self.line.rate);
        self.sent.push_back((before.max(now + self.line.way / 2) + takes, bytes));
    }

    /// Takes what the line lets through, answers, and hands over what has arrived.
    fn beat(&mut self) {
        let Some(master) = &self.master else { return std::thread::sleep(BEAT) };
        let now = Instant::now();
        while let Some((_, bytes)) = self.sent.pop_front_if(|(at, _)| *at <= now) {
            // A program that has ended hears nothing.
            let _gone = rustix::io::write(master.as_fd(), &bytes);
        }
        let (left, since) = self.allowance;
        let most = self.line.rate * BURST.as_secs_f64();
        let allowed = (left + self.line.rate * (now - since).as_secs_f64()).min(most);
        let mut bytes = vec![0; (allowed as usize).min(64 * 1024)];
        if bytes.is_empty() {
            self.allowance = (allowed, now);
            return std::thread::sleep(BEAT);
        }
        let taken = match rustix::io::read(master.as_fd(), bytes.as_mut_slice()) {
            Ok(taken) => taken,
            // Nobody at the near end, yet or any more.
            Err(Errno::AGAIN | Errno::IO) => 0,
            Err(error) => panic!("the terminal cannot be read: {error}"),
        };
        self.allowance = (allowed - taken as f64, now);
        for byte in &bytes[..taken] {
            self.far.callbacks_mut().taken += 1;
            self.far.process(std::slice::from_ref(byte));
        }
        let answers = std::mem::take(&mut self.far.callbacks_mut().answers);
        if !answers.is_empty() {
            self.send(answers);
        } else if taken == 0 {
            std::thread::sleep(BEAT);
        }
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
