//! A terminal of a test's own: a tmux server with one window and a shell in it.
//! A bare pseudo-terminal answers nothing; tmux is a terminal people use.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::daemon;

/// Asks for no more than a loaded machine can do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
const SOCKET: &str = "watchtower";

/// Columns and rows.
pub(crate) type Size = (u16, u16);

/// One terminal, gone when dropped.
pub(crate) struct Tmux {
    home: TempDir,
}

impl Tmux {
    /// A terminal of that size whose shell runs with these variables and little
    /// else. `watchtower` is the binary under test there.
    pub(crate) fn start((columns, rows): Size, variables: &[(&str, &str)]) -> Self {
        let terminal = Self { home: tempfile::tempdir().unwrap() };
        let bin = terminal.home().join("bin");
        fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(daemon::binary(), bin.join("watchtower")).unwrap();
        let configuration =
            "set -g default-terminal tmux-256color\nset -g status off\nset -g escape-time 0\n";
        fs::write(terminal.home().join("tmux.conf"), configuration).unwrap();
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let mut start = terminal.command();
        start.arg("-f").arg(terminal.home().join("tmux.conf"));
        start.args(["-u", "new-session", "-d", "-x", &columns, "-y", &rows]);
        for (name, value) in variables {
            start.args(["-e", &format!("{name}={value}")]);
        }
        // Not a shell that mends the terminal behind a program that left it raw.
        let started = start.args(["sh", "-i"]).output();
        match started {
            Ok(output) => succeeded(&output),
            Err(error) => panic!("these tests need tmux (3.2 or later): it cannot be started ({error})"),
        }
        terminal.wait("the shell's prompt", |screen| screen.starts_with('$'));
        terminal
    }

    /// A directory of the terminal's own, where its shell is.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    fn command(&self) -> Command {
        let inherited = std::env::var("PATH").unwrap_or_default();
        let mut tmux = Command::new("tmux");
        tmux.env_clear()
            .env("PATH", format!("{}:{inherited}", self.home().join("bin").display()))
            .env("TMUX_TMPDIR", self.home())
            .env("HOME", self.home())
            .env("XDG_CONFIG_HOME", self.home())
            .env("WATCHTOWER_DATA_DIR", self.home().join("data"))
            .env("USER", "amina")
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .env("PS1", "$ ")
            .env("RUST_BACKTRACE", "0")
            .current_dir(self.home())
            .stdin(Stdio::null());
        tmux.args(["-L", SOCKET]);
        tmux
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().unwrap();
        succeeded(&output);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Types characters as they are.
    pub(crate) fn type_text(&self, text: &str) {
        self.tmux(&["send-keys", "-l", "--", text]);
    }

    /// Types a line to the shell.
    pub(crate) fn type_line(&self, line: &str) {
        self.type_text(line);
        self.key("Enter");
    }

    /// Presses a key by tmux' name for it: `C-c`, `Enter`, `Escape`.
    pub(crate) fn key(&self, name: &str) {
        self.tmux(&["send-keys", name]);
    }

    /// Sends what a terminal sends for the mouse (SGR 1006): button 0 is the left
    /// one, 64 and 65 are the wheel. The cell counts from 0.
    pub(crate) fn mouse(&self, button: u8, (column, row): (usize, usize)) {
        let report = |end: char| format!("\u{1b}[<{button};{};{}{end}", column + 1, row + 1);
        let up = if button < 64 { report('m') } else { String::new() };
        self.answer(&(report('M') + &up));
    }

    /// Presses the left button on a cell, moves to another and lets go there.
    pub(crate) fn drag(&self, from: (usize, usize), to: (usize, usize)) {
        let report = |button: u8, (column, row): (usize, usize), end: char| {
            format!("\u{1b}[<{button};{};{}{end}", column + 1, row + 1)
        };
        self.answer(&(report(0, from, 'M') + &report(32, to, 'M') + &report(0, to, 'm')));
    }

    /// Sends bytes as the terminal itself does that answers.
    pub(crate) fn answer(&self, text: &str) {
        let bytes = text.bytes().map(|byte| format!("{byte:02x}"));
        let arguments: Vec<String> =
            ["send-keys", "-H"].map(str::to_owned).into_iter().chain(bytes).collect();
        self.tmux(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// Gives the terminal a ground of this colour, which it tells whoever asks.
    pub(crate) fn paint_ground(&self, colour: &str) {
        self.tmux(&["select-pane", "-P", &format!("bg={colour}")]);
    }

    /// What is on the screen, line by line, styles left out.
    pub(crate) fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// The same with the styles as SGR sequences.
    pub(crate) fn styled(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-e"])
    }

    /// Waits until the screen is as it should be; returns it.
    pub(crate) fn wait(&self, what: &str, right: impl Fn(&str) -> bool) -> String {
        self.wait_in(|| self.screen(), what, right)
    }

    /// Waits until something on the screen has a style with these parameters.
    pub(crate) fn wait_for_style(&self, parameters: &str) {
        self.wait_in(|| self.styled(), parameters, |screen| screen.contains(parameters));
    }

    fn wait_in(&self, seen: impl Fn() -> String, what: &str, right: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let screen = seen();
            if right(&screen) {
                return screen;
            }
            assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}; on the screen:\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the screen says this; returns it.
    pub(crate) fn wait_for(&self, words: &str) -> String {
        self.wait(words, |screen| screen.contains(words))
    }

    /// Changes the terminal's size.
    pub(crate) fn resize(&self, (columns, rows): Size) {
        self.tmux(&["resize-window", "-x", &columns.to_string(), "-y", &rows.to_string()]);
    }

    /// From now on every byte a program writes goes into this file too.
    pub(crate) fn record(&self) -> PathBuf {
        let file = self.home().join("output");
        self.tmux(&["pipe-pane", "-O", &format!("exec cat >>{}", file.display())]);
        file
    }

    /// The modes a program may have left behind.
    pub(crate) fn modes(&self) -> Modes {
        let flags = self.tmux(&["display-message", "-p", "#{alternate_on}#{cursor_flag}#{mouse_any_flag}"]);
        let mut flags = flags.chars().map(|flag| flag == '1');
        let mut next = || flags.next().unwrap();
        Modes { alternate_screen: next(), cursor: next(), mouse: next() }
    }

    /// The program the shell runs at the moment.
    pub(crate) fn child(&self) -> Process {
        let shell = self.tmux(&["display-message", "-p", "#{pane_pid}"]);
        let children = format!("/proc/{0}/task/{0}/children", shell.trim());
        let children = fs::read_to_string(children).unwrap();
        Process(children.split_whitespace().next().expect("the shell runs a program").parse().unwrap())
    }

    /// Takes the terminal away, as a lost connection does.
    pub(crate) fn vanish(&self) {
        self.tmux(&["kill-pane"]);
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // It may have vanished already.
        let _ = self.command().arg("kill-server").stderr(Stdio::null()).status();
    }
}

/// What a program changed of the terminal, beside what `stty` knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Modes {
    pub(crate) alternate_screen: bool,
    pub(crate) cursor: bool,
    pub(crate) mouse: bool,
}

impl Modes {
    /// As a shell wants it.
    pub(crate) const SHELL: Self = Self { alternate_screen: false, cursor: true, mouse: false };
    /// As the dashboard wants it.
    pub(crate) const DASHBOARD: Self = Self { alternate_screen: true, cursor: false, mouse: true };
}

/// A process somebody else started.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Process(i32);

impl Process {
    /// Sends it a signal by its name without `SIG`.
    pub(crate) fn signal(self, name: &str) {
        let mut script = String::new();
        write!(script, "kill -{name} {}", self.0).unwrap();
        succeeded(&Command::new("sh").args(["-c", &script]).output().unwrap());
    }

    /// Whether it runs; one that nobody has waited for does not.
    pub(crate) fn runs(self) -> bool {
        self.stat().is_some_and(|fields| fields[0] != "Z" && fields[0] != "X")
    }

    /// The time of processors it has used.
    pub(crate) fn processor_time(self) -> Duration {
        let fields = self.stat().expect("it runs");
        let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().unwrap()).sum();
        // USER_HZ is 100 on every Linux there is.
        Duration::from_millis(ticks * 10)
    }

    /// Its resident memory in bytes.
    pub(crate) fn resident_bytes(self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// The fields of /proc/…/stat after the name, which may hold spaces.
    fn stat(self) -> Option<Vec<String>> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).ok()?;
        let (_, fields) = stat.rsplit_once(')')?;
        Some(fields.split_whitespace().map(str::to_owned).collect())
    }
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
