//! Reaching the server, and making sure it will do.

use std::{str::FromStr, sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ConnectOptions, Connection, PgConnection,
    migrate::MigrateError,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use watchtower_core::ports::store::StoreError;

use super::{Failure, PostgisStore, failure};

/// PostgreSQL 14: the first that detaches partitions without blocking writers.
const OLDEST_POSTGRES: i32 = 140_000;
/// PostGIS 3: the first whose ST_DWithin(geography) uses an index by itself.
const OLDEST_POSTGIS: u32 = 3;
/// Supabase's transaction pooler.
const POOLER_PORT: u16 = 6543;

/// Where the store is and how it is used.
#[derive(Clone, Debug)]
pub struct PostgisOptions {
    /// `postgres://user:password@host:port/database?sslmode=…`.
    pub url: SecretString,
    /// Most connections held; at least 2, because dropping a day takes two.
    pub max_connections: u32,
    /// Longest wait for an answer, connections included. Retention is exempt.
    pub timeout: Duration,
    /// The server is behind a transaction pooler (PgBouncer, Supavisor).
    /// Implied by port 6543.
    pub pooled: bool,
}

impl PostgisOptions {
    /// Eight connections, 30 s, no pooler.
    pub fn new(url: impl Into<SecretString>) -> Self {
        Self { url: url.into(), max_connections: 8, timeout: Duration::from_secs(30), pooled: false }
    }
}

impl PostgisStore {
    /// Connects, and checks PostgreSQL and PostGIS. A database without PostGIS
    /// gets it if this user may create extensions.
    ///
    /// The schema is not looked at: see [`PostgisStore::migrate`].
    pub async fn connect(options: PostgisOptions) -> Result<Self, StoreError> {
        let parsed = PgConnectOptions::from_str(options.url.expose_secret()).map_err(|error| {
            StoreError::Unusable {
                reason: format!("database url cannot be read: {}", failure::message(&error)),
            }
        })?;
        let place: Arc<str> = format!(
            "{}:{}/{}",
            parsed.get_host(),
            parsed.get_port(),
            parsed.get_database().unwrap_or(parsed.get_username()),
        )
        .into();
        let pooled = options.pooled || parsed.get_port() == POOLER_PORT;
        let mut parsed = parsed.application_name("watchtower");
        if pooled {
            // Poolers know neither start-up parameters nor prepared statements.
            parsed = parsed.statement_cache_capacity(0).extra_float_digits(None);
        }
        let probe = async {
            // Not through the pool, which keeps trying and forgets why it failed.
            let mut connection = parsed.connect().await?;
            check_server(&mut connection, pooled).await?;
            connection.close().await?;
            Ok::<_, Failure>(())
        };
        match tokio::time::timeout(options.timeout, Box::pin(probe)).await {
            Ok(checked) => checked.map_err(|failure| failure.told_of(&place))?,
            Err(_) => {
                let reason = format!("{place}: no answer within {:?}", options.timeout);
                return Err(StoreError::Unavailable { reason });
            }
        }
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections.max(2))
            .acquire_timeout(options.timeout)
            .connect_lazy_with(parsed);
        tracing::info!(store.place = %place, store.pooled = pooled, "store connected");
        Ok(Self {
            pool,
            place,
            pooled,
            timeout: options.timeout,
            partitions: Default::default(),
            vehicles: Default::default(),
            sources: Default::default(),
        })
    }

    /// Brings the schema up to date. Daemons may call it at the same moment:
    /// one does it, the others wait (behind a pooler they fail instead).
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let mut migrations = sqlx::migrate!("./migrations");
        // The lock is a session's, which a transaction pooler does not have.
        migrations.set_locking(!self.pooled);
        migrations.run(&self.pool).await.map_err(|error| {
            let reason = format!("{}: {error}", self.place);
            match error {
                MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                    match Failure::Sql(error).told_of(&self.place) {
                        unavailable @ StoreError::Unavailable { .. } => unavailable,
                        _ => StoreError::Unusable { reason },
                    }
                }
                _ => StoreError::Unusable { reason },
            }
        })
    }
}

async fn check_server(connection: &mut PgConnection, pooled: bool) -> Result<(), Failure> {
    let ask = |sql| sqlx::query_scalar::<_, String>(sql).persistent(!pooled);
    let unusable = |reason: String| Failure::Store(StoreError::Unusable { reason });
    let mut transaction = connection.begin().await?;
    let number = ask("select current_setting('server_version_num')").fetch_one(&mut *transaction).await?;
    let version = ask("select current_setting('server_version')").fetch_one(&mut *transaction).await?;
    if number.parse::<i32>().unwrap_or_default() < OLDEST_POSTGRES {
        return Err(unusable(format!("PostgreSQL {version} is too old: 14 is the oldest that will do")));
    }
    let installed = "select extversion from pg_extension where extname = 'postgis'";
    let mut postgis = ask(installed).fetch_optional(&mut *transaction).await?;
    transaction.commit().await?;
    if postgis.is_none() {
        let created = sqlx::raw_sql("create extension if not exists postgis").execute(&mut *connection).await;
        let mut transaction = connection.begin().await?;
        postgis = ask(installed).fetch_optional(&mut *transaction).await?;
        transaction.commit().await?;
        // Another process may have created it at the same moment: then all is well.
        if let (None, Err(error)) = (&postgis, created) {
            return Err(unusable(format!(
                "the database has no PostGIS, and creating it failed: {}; install the package \
                 (Debian: postgresql-{}-postgis-3) and run `create extension postgis` as a superuser",
                failure::message(&error),
                number.len().checked_sub(4).map_or("", |end| &number[..end]),
            )));
        }
    }
    let postgis = postgis.unwrap_or_default();
    let major = postgis.split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST_POSTGIS) {
        return Err(unusable(format!(
            "PostGIS {postgis} is too old: {OLDEST_POSTGIS} is the oldest that will do"
        )));
    }
    Ok(())
}
