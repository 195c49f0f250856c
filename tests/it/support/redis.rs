//! Private Redis servers on free ports of the loopback, gone when dropped.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);
/// Each hash slot of a cluster.
const SLOTS: u16 = 16_384;

/// One server, with its data in a directory of its own.
pub(crate) struct RedisServer {
    directory: TempDir,
    port: u16,
    arguments: Vec<String>,
    process: Child,
}

impl RedisServer {
    /// A server that keeps nothing on disk.
    pub(crate) fn start() -> Self {
        Self::start_with(&["--appendonly", "no"])
    }

    /// A server that has written every command to disk before it answers.
    pub(crate) fn start_durable() -> Self {
        Self::start_with(&["--appendonly", "yes", "--appendfsync", "always"])
    }

    /// A server with these arguments beside its port and directory.
    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        // A free port may be taken by another test before the server has it.
        for _ in 0..10 {
            let directory = tempfile::tempdir().expect("a directory for Redis");
            let port = free_port();
            let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
            let process = spawn(directory.path(), port, &arguments);
            // Whole before it is waited for, so that it is ended when that fails.
            let mut server = Self { directory, port, arguments, process };
            if until_ready(port, &mut server.process) {
                return server;
            }
        }
        panic!("redis-server did not come up on any of ten free ports");
    }

    /// `redis://127.0.0.1:<port>`.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The port it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("the server can be killed");
        self.process.wait().expect("the server ends");
    }

    /// Starts it again on the same port and data.
    pub(crate) fn restart(&mut self) {
        self.process = spawn(self.directory.path(), self.port, &self.arguments);
        assert!(until_ready(self.port, &mut self.process), "redis-server did not come back");
    }

    /// Sends a command of plain words and returns the reply as it comes.
    pub(crate) fn command(&self, words: &str) -> String {
        command(self.port, words).expect("the server answers")
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Three masters that share the slots.
pub(crate) struct RedisCluster {
    nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts the nodes and waits until each of them knows all slots are served.
    pub(crate) fn start() -> Self {
        let nodes: Vec<_> = (0..3)
            .map(|_| {
                // The bus would else be at the port + 10,000, which may not exist.
                let bus = free_port().to_string();
                let arguments = ["--appendonly", "yes", "--cluster-enabled", "yes", "--cluster-port", &bus];
                RedisServer::start_with(&arguments)
            })
            .collect();
        let share = SLOTS / 3;
        for (n, node) in (0_u16..).zip(&nodes) {
            let last = if n == 2 { SLOTS - 1 } else { (n + 1) * share - 1 };
            expect_ok(&node.command(&format!("CLUSTER SET-CONFIG-EPOCH {}", n + 1)));
            expect_ok(&node.command(&format!("CLUSTER ADDSLOTSRANGE {} {last}", n * share)));
        }
        for node in &nodes[1..] {
            let bus = node.arguments.last().expect("the bus port was given");
            expect_ok(&nodes[0].command(&format!("CLUSTER MEET 127.0.0.1 {} {bus}", node.port)));
        }
        let began = Instant::now();
        let knows_all = |node: &RedisServer| {
            let info = node.command("CLUSTER INFO");
            info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
        };
        while !nodes.iter().all(knows_all) {
            assert!(began.elapsed() < PATIENCE, "the cluster did not form");
            thread::sleep(Duration::from_millis(20));
        }
        Self { nodes }
    }

    /// `redis+cluster://` with every node.
    pub(crate) fn url(&self) -> String {
        let nodes: Vec<_> = self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        format!("redis+cluster://{}", nodes.join(","))
    }

    /// The nodes.
    pub(crate) fn nodes(&self) -> &[RedisServer] {
        &self.nodes
    }

    /// The nodes, to kill and restart.
    pub(crate) fn nodes_mut(&mut self) -> &mut [RedisServer] {
        &mut self.nodes
    }
}

fn spawn(directory: &Path, port: u16, arguments: &[String]) -> Child {
    Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--loglevel", "warning"])
        .args(["--port", &port.to_string()])
        .arg("--dir")
        .arg(directory)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("redis-server cannot be started, is it installed? ({error})"))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback has a free port");
    listener.local_addr().expect("a listener has an address").port()
}

/// Whether the server came to answer; not, when it ended instead.
fn until_ready(port: u16, process: &mut Child) -> bool {
    let own = format!("process_id:{}\r", process.id());
    let began = Instant::now();
    loop {
        if process.try_wait().expect("a child can be asked").is_some() {
            return false;
        }
        match command(port, "INFO server") {
            // Another test's server on the same port is not the one we wait for.
            Some(info) if info.contains(&own) || info.starts_with("-NOAUTH") => return true,
            _ => thread::sleep(Duration::from_millis(5)),
        }
        assert!(began.elapsed() < PATIENCE, "redis-server on port {port} does not answer");
    }
}

/// One inline command on a connection of its own.
fn command(port: u16, words: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(format!("{words}\r\n").as_bytes()).ok()?;
    let mut reader = BufReader::new(stream);
    let mut reply = String::new();
    reader.read_line(&mut reply).ok()?;
    if let Some(length) = reply.strip_prefix('$').and_then(|length| length.trim().parse().ok()) {
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        reply = String::from_utf8(body).ok()?;
    }
    Some(reply)
}

fn expect_ok(reply: &str) {
    assert!(reply.starts_with("+OK"), "{reply}");
}
