//! A private PostgreSQL with PostGIS: one cluster for the whole test process,
//! one fresh database a test.
//!
//! A shell beside it waits for this process to end, in whatever way (its
//! standard input closes), then kills the cluster and removes its directory.

use std::{
    fs::{File, Permissions, create_dir},
    net::TcpListener,
    os::unix::{
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use watchtower::adapters::postgis::{PostgisOptions, PostgisStore};

use crate::store_conformance::Opened;

/// Passed in every URL, asked for by nobody, so that its appearing anywhere is a
/// leak.
pub(crate) const PASSWORD: &str = "s3cret-of-the-test";
/// A database with PostGIS and the schema, copied for each test.
const READY: &str = "ready";

/// One private server.
pub(crate) struct Cluster {
    bin: PathBuf,
    home: PathBuf,
    /// Whom the server runs as: PostgreSQL refuses to be root.
    user: Option<(u32, u32)>,
    port: u16,
    server: Mutex<Child>,
    databases: AtomicU32,
    /// Ends when this process does.
    _watchdog: Child,
}

/// The cluster most tests share.
pub(crate) async fn shared() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    static READY_MADE: tokio::sync::OnceCell<()> = tokio::sync::OnceCell::const_new();
    let cluster = tokio::task::spawn_blocking(|| SHARED.get_or_init(Cluster::start)).await.unwrap();
    READY_MADE.get_or_init(|| cluster.make_ready()).await;
    cluster
}

/// A store on a fresh database of the shared cluster.
pub(crate) async fn open() -> Opened {
    let store = connect(&shared().await.database().await).await;
    Opened { store: Arc::new(store), keep: Box::new(()) }
}

/// A store on a database whose schema is in place.
pub(crate) async fn connect(url: &str) -> PostgisStore {
    PostgisStore::connect(PostgisOptions::new(url)).await.unwrap()
}

impl Cluster {
    /// Starts a server of its own, for a test that will hurt it. Blocks.
    pub(crate) fn start() -> Self {
        let bin = binaries();
        let home = std::env::temp_dir().join(format!("watchtower-postgres-{}", uuid::Uuid::new_v4()));
        create_dir(&home).unwrap();
        std::fs::set_permissions(&home, Permissions::from_mode(0o700)).unwrap();
        let user = unprivileged();
        if let Some((uid, gid)) = user {
            chown(&home, Some(uid), Some(gid)).unwrap();
        }
        // Before anything that leaves traces.
        let watchdog = watchdog(&home);
        let data = home.join("data");
        let mut initdb = as_user(&bin.join("initdb"), user);
        initdb.current_dir(&home).arg("--pgdata").arg(&data);
        initdb.args(["--username=watchtower", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]);
        let made = initdb.output().unwrap();
        assert!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));
        let port = free_port();
        let cluster = Self {
            server: Mutex::new(launch(&bin, &home, user, port)),
            _watchdog: watchdog,
            bin,
            home,
            user,
            port,
            databases: AtomicU32::new(0),
        };
        cluster.await_ready();
        cluster
    }

    /// Where a database of this cluster is.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://watchtower:{PASSWORD}@127.0.0.1:{}/{database}", self.port)
    }

    /// A fresh database with PostGIS and the schema.
    pub(crate) async fn database(&self) -> String {
        self.create(READY).await
    }

    /// A fresh database with nothing in it, not even PostGIS.
    pub(crate) async fn bare_database(&self) -> String {
        self.create("template0").await
    }

    async fn create(&self, template: &str) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.run(&format!("create database {name} template {template}")).await;
        self.url(&name)
    }

    /// Makes the database the others are copied from.
    pub(crate) async fn make_ready(&self) {
        self.run(&format!("create database {READY} template template0")).await;
        let store = connect(&self.url(READY)).await;
        store.migrate().await.unwrap();
        store.close().await;
    }

    async fn run(&self, sql: &str) {
        let mut connection = PgConnection::connect(&self.url("postgres")).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// The same database through a PgBouncer that gives each transaction another
    /// server connection, when `WATCHTOWER_TEST_PGBOUNCER` names its binary;
    /// `None` when it is not set.
    pub(crate) fn through_pooler(&self, url: &str) -> Option<String> {
        static POOLER: OnceLock<Option<(u16, Child)>> = OnceLock::new();
        let pooler = POOLER.get_or_init(|| {
            let binary = std::env::var_os("WATCHTOWER_TEST_PGBOUNCER")?;
            let port = free_port();
            let config = self.home.join("pgbouncer.ini");
            let text = format!(
                "[databases]\n* = host=127.0.0.1 port={} user=watchtower\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
                 listen_port = {port}\nauth_type = any\npool_mode = transaction\nunix_socket_dir =\n\
                 server_round_robin = 1\nmax_client_conn = 500\ndefault_pool_size = 5\n\
                 pidfile = {}\nlogfile = {}\n",
                self.port,
                self.home.join("pgbouncer.pid").display(),
                self.home.join("pgbouncer.log").display(),
            );
            std::fs::write(&config, text).unwrap();
            let mut pooler = as_user(Path::new(&binary), self.user);
            pooler.arg(&config).current_dir(&self.home).stdout(Stdio::null()).stderr(Stdio::null());
            let child = pooler.spawn().unwrap();
            let deadline = Instant::now() + Duration::from_secs(10);
            while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
                assert!(Instant::now() < deadline, "pgbouncer does not start");
                std::thread::sleep(Duration::from_millis(20));
            }
            Some((port, child))
        });
        let (port, _) = pooler.as_ref()?;
        Some(url.replace(&format!(":{}/", self.port), &format!(":{port}/")))
    }

    /// `kill -9` of the server; its children die of its absence.
    pub(crate) fn kill(&self) {
        let mut server = self.server.lock().unwrap();
        server.kill().unwrap();
        server.wait().unwrap();
    }

    /// Starts the server again on the same data and port. Blocks.
    pub(crate) fn restart(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            *self.server.lock().unwrap() = launch(&self.bin, &self.home, self.user, self.port);
            // Until the children of the killed server are gone it refuses.
            if self.answers_before(deadline) {
                return;
            }
            assert!(Instant::now() < deadline, "postgres does not come back:\n{}", self.log());
        }
    }

    fn await_ready(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        assert!(self.answers_before(deadline), "postgres does not start:\n{}", self.log());
    }

    /// Whether it takes connections before the deadline or its own end.
    fn answers_before(&self, deadline: Instant) -> bool {
        let ready = || {
            let port = self.port.to_string();
            let mut probe = Command::new(self.bin.join("pg_isready"));
            probe.args(["-h", "127.0.0.1", "-p", &port]).stdout(Stdio::null());
            probe.status().is_ok_and(|status| status.success())
        };
        while Instant::now() < deadline {
            if ready() {
                return true;
            }
            if self.server.lock().unwrap().try_wait().unwrap().is_some() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.home.join("log")).unwrap_or_default()
    }
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

fn launch(bin: &Path, home: &Path, user: Option<(u32, u32)>, port: u16) -> Child {
    let log = File::options().create(true).append(true).open(home.join("log")).unwrap();
    let mut server = as_user(&bin.join("postgres"), user);
    server.current_dir(home).arg("-D").arg(home.join("data")).args(["-p", &port.to_string()]);
    for setting in [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "max_connections=300",
        "shared_buffers=64MB",
        // Survives kill -9 of the server, not of the machine: what tests need.
        "fsync=off",
        "full_page_writes=off",
        "max_wal_size=256MB",
    ] {
        server.args(["-c", setting]);
    }
    server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap()
}

/// A shell that outlives this process by as long as it takes to clean up.
fn watchdog(home: &Path) -> Child {
    let script = r#"
        trap '' INT TERM HUP
        cat >/dev/null
        pid=$(head -n 1 "$0/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null
        pooler=$(cat "$0/pgbouncer.pid" 2>/dev/null) && kill -9 "$pooler" 2>/dev/null
        while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
        until rm -rf "$0"; do sleep 0.1; done
    "#;
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(script).arg(home).stdin(Stdio::piped());
    shell.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn as_user(program: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

/// The account to run the server as when this process is root.
fn unprivileged() -> Option<(u32, u32)> {
    let id = |args: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(args).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    if id(&["-u"])? != 0 {
        return None;
    }
    let account = |name| Some((id(&["-u", name])?, id(&["-g", name])?));
    account("postgres").or_else(|| account("nobody"))
}

/// The newest PostgreSQL installed.
fn binaries() -> PathBuf {
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = installed
        .map(|entry| entry.path())
        .filter(|path| path.join("bin/initdb").exists())
        .max_by_key(|path| version(path));
    match newest {
        Some(path) => path.join("bin"),
        None => panic!(
            "these tests need PostgreSQL with PostGIS: no /usr/lib/postgresql/*/bin/initdb (Debian: postgresql-15-postgis-3)"
        ),
    }
}
