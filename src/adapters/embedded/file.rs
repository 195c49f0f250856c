//! Making, checking and migrating the file, and connecting to it.

use std::{
    fs::{DirBuilder, OpenOptions},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    time::Duration,
};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous},
};
use watchtower_core::ports::log::{LogError, Partitions};

use super::{EmbeddedOptions, fault::Fault};

/// Forward migrations, oldest first; `user_version` counts those applied.
const MIGRATIONS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("trip_milestones.sql"),
    include_str!("history.sql"),
    include_str!("alert_escalation.sql"),
    include_str!("metrics_by_vehicle.sql"),
    include_str!("footprint.sql"),
    include_str!("group_reading.sql"),
];
/// "WTWR": marks the file as ours.
const APPLICATION_ID: i64 = 0x5754_5752;
/// How much of the write-ahead log stays on the disk after a checkpoint, bytes.
const JOURNAL_KEPT: &str = "67108864";
/// How long a reader waits for one of the pool's connections.
const ACQUIRE: Duration = Duration::from_secs(10);
/// Turning a new file into WAL needs it alone, and SQLite does not wait for that.
const WAL_ATTEMPTS: u32 = 20;
const WAL_PAUSE: Duration = Duration::from_millis(50);

/// Brings the file into being and up to date; returns how to connect to it.
pub(super) async fn prepare(path: &Path, options: EmbeddedOptions) -> Result<SqliteConnectOptions, LogError> {
    let located = |fault: Fault| LogError::from(fault.at(path));
    create(path).map_err(|error| located(error.into()))?;
    // SQLite takes a relative name that begins with "file:" for a URI.
    let absolute = std::path::absolute(path).map_err(|error| located(error.into()))?;
    let connect = SqliteConnectOptions::new()
        .filename(absolute)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(options.busy_timeout)
        .pragma("journal_size_limit", JOURNAL_KEPT)
        .thread_name(|id| format!("embedded-{id}"))
        .disable_statement_logging();
    let mut connection = connect.connect().await.map_err(|error| located(error.into()))?;
    let found = set_up(&mut connection, options.partitions).await.map_err(located)?;
    connection.close().await.map_err(|error| located(error.into()))?;
    if found != options.partitions.count() {
        return Err(LogError::Partitions { found, expected: options.partitions.count() });
    }
    Ok(connect)
}

/// Connections that cannot write.
pub(super) fn readers(connect: &SqliteConnectOptions, options: EmbeddedOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(options.readers.max(1))
        .acquire_timeout(ACQUIRE)
        // A connection to a file does not go away between two uses.
        .test_before_acquire(false)
        .connect_lazy_with(connect.clone().pragma("query_only", "on"))
}

/// The directories above the file with mode 0700 and the file with 0600, where
/// they do not exist. What SQLite puts beside it takes the file's mode.
fn create(path: &Path) -> std::io::Result<()> {
    if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    }
    // Never opens a file that is there: closing it again would drop the locks
    // SQLite holds on it anywhere in this process.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Checks that the file is ours, migrates it, and tells its number of partitions.
async fn set_up(connection: &mut SqliteConnection, partitions: Partitions) -> Result<u16, Fault> {
    if version(connection).await? < MIGRATIONS.len() {
        write_ahead(connection).await?;
        let mut transaction = connection.begin_with("begin immediate").await?;
        // Another process may have been faster: ask again, now alone.
        let from = version(&mut transaction).await?;
        for migration in &MIGRATIONS[from..] {
            sqlx::raw_sql(*migration).execute(&mut *transaction).await?;
        }
        let marks =
            format!("pragma application_id = {APPLICATION_ID}; pragma user_version = {}", MIGRATIONS.len());
        sqlx::raw_sql(AssertSqlSafe(marks)).execute(&mut *transaction).await?;
        sqlx::query("insert into setup (one, partitions) values (1, ?) on conflict do nothing")
            .bind(partitions.count())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
    }
    Ok(sqlx::query_scalar("select partitions from setup").fetch_one(connection).await?)
}

/// How many migrations the file has seen.
async fn version(connection: &mut SqliteConnection) -> Result<usize, Fault> {
    // One view of the file: another process may be making it just now.
    let mut view = connection.begin().await?;
    let version: i64 = sqlx::query_scalar("pragma user_version").fetch_one(&mut *view).await?;
    let owner: i64 = sqlx::query_scalar("pragma application_id").fetch_one(&mut *view).await?;
    let tables: i64 = sqlx::query_scalar("select count(*) from sqlite_schema").fetch_one(&mut *view).await?;
    view.commit().await?;
    if owner != APPLICATION_ID && (tables > 0 || version != 0) {
        return Err(Fault::unusable("an SQLite file of another program"));
    }
    let known = MIGRATIONS.len();
    usize::try_from(version).ok().filter(|version| *version <= known).ok_or_else(|| {
        Fault::unusable(format_args!(
            "written by a newer version of this program: schema {version}, this one knows {known}"
        ))
    })
}

async fn write_ahead(connection: &mut SqliteConnection) -> Result<(), Fault> {
    for _ in 1..WAL_ATTEMPTS {
        match set_write_ahead(connection).await {
            Ok(()) => return Ok(()),
            Err(_) => tokio::time::sleep(WAL_PAUSE).await,
        }
    }
    set_write_ahead(connection).await
}

async fn set_write_ahead(connection: &mut SqliteConnection) -> Result<(), Fault> {
    let mode: String = sqlx::query_scalar("pragma journal_mode = wal").fetch_one(connection).await?;
    if mode == "wal" {
        Ok(())
    } else {
        Err(Fault::unusable(format_args!("this file system cannot hold it: journal mode stays {mode}")))
    }
}
