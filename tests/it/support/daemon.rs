//! The built binary as a daemon of a test's own.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// How long a daemon may take to listen: databases are being created beside it.
const STARTUP: Duration = Duration::from_secs(60);

/// The path of the binary under test.
pub(crate) fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_watchtower")
}

/// A command of the binary that knows nothing of the caller's configuration.
pub(crate) fn command(data_dir: &TempDir) -> Command {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("WATCHTOWER_")) {
        command.env_remove(name);
    }
    // No file of the caller's either.
    command.env("XDG_CONFIG_HOME", data_dir.path()).env("WATCHTOWER_DATA_DIR", data_dir.path());
    command.env("RUST_BACKTRACE", "0").stdin(Stdio::null());
    command
}

/// A daemon and what it needs to start again.
pub(crate) struct Daemon {
    child: Child,
    data_dir: TempDir,
    settings: Vec<(String, String)>,
    base: String,
}

impl Daemon {
    /// Starts all roles with these variables and waits until it listens.
    pub(crate) fn start(settings: &[(&str, &str)]) -> Self {
        let settings = settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Self::launch(tempfile::tempdir().unwrap(), settings)
    }

    fn launch(data_dir: TempDir, settings: Vec<(String, String)>) -> Self {
        let mut child = command(&data_dir)
            .arg("daemon")
            .env("WATCHTOWER_HTTP_LISTEN", "127.0.0.1:0")
            .env("WATCHTOWER_LOG_FORMAT", "json")
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary under test starts");
        let lines = BufReader::new(child.stderr.take().expect("stderr is piped")).lines();
        let (send, heard) = mpsc::channel();
        // Reads on, so that the daemon never blocks on a full pipe.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                eprintln!("daemon: {line}");
                let address = serde_json::from_str::<Value>(&line)
                    .ok()
                    .and_then(|line| Some(line.get("http.listen")?.as_str()?.to_owned()));
                if let Some(address) = address {
                    // The test may have given up on it.
                    let _ = send.send(address);
                }
            }
        });
        let address = heard.recv_timeout(STARTUP).expect("the daemon listens within its time");
        Self { child, data_dir, settings, base: format!("http://{address}") }
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The directory of its embedded data.
    pub(crate) fn data_dir(&self) -> &TempDir {
        &self.data_dir
    }

    /// Ends it as a crash would and starts another on the same data.
    pub(crate) fn crash_and_restart(mut self) -> Self {
        self.child.kill().expect("SIGKILL can be sent");
        self.child.wait().expect("a killed child can be waited for");
        let data_dir = std::mem::replace(&mut self.data_dir, tempfile::tempdir().unwrap());
        let settings = std::mem::take(&mut self.settings);
        Self::launch(data_dir, settings)
    }

    /// Resident memory in bytes, as the kernel accounts it.
    pub(crate) fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may be gone already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Calls `probe` until it says yes; panics with the last answer when it never does.
pub(crate) async fn eventually<F: Future<Output = Result<T, String>>, T>(
    what: &str,
    within: Duration,
    mut probe: impl FnMut() -> F,
) -> T {
    let deadline = Instant::now() + within;
    loop {
        match probe().await {
            Ok(answer) => return answer,
            Err(why) if Instant::now() > deadline => panic!("{what} did not happen within {within:?}: {why}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}
