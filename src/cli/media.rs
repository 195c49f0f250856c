//! Which media stand behind the ports, by configuration. The one place that
//! names them.

use std::{
    future::Future,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use backon::{BackoffBuilder, ExponentialBuilder};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use watchtower_core::ports::{
    log::{Log, LogError},
    store::{Store, StoreError},
    tiles::Tiles,
};

use super::exit::{self, Failure, UNAVAILABLE};
use crate::{
    adapters::{
        embedded::{Embedded, EmbeddedOptions, Records},
        postgis::{PostgisOptions, PostgisStore},
        redis_streams::{RedisLog, RedisOptions},
        tiles,
    },
    config::Settings,
    tui::Archive,
};

/// Who is told, beside the log lines, what is waited for.
type Tell<'a> = &'a dyn Fn(&str);

/// The embedded log and store in their directory.
pub(super) const FILE: &str = "watchtower.db";
/// How long a service may be silent before it is said whom we wait for.
const SILENCE: Duration = Duration::from_secs(5);

/// Log and store, opened.
#[derive(Clone)]
pub(super) struct Media {
    pub(super) log: Arc<dyn Log>,
    pub(super) store: Arc<dyn Store>,
    /// The log writes the store itself: no writer is needed between them.
    pub(super) one_file: bool,
    /// What people call the log: `redis`, `embedded`.
    pub(super) label: &'static str,
}

impl Media {
    /// Opens what is configured, waiting for what is away.
    pub(super) async fn open(settings: &Settings, stop: &CancellationToken) -> anyhow::Result<Self> {
        let embedded = match (&settings.redis.url, &settings.database.url) {
            (Some(_), Some(_)) => None,
            _ => Some(open_embedded(settings).await?),
        };
        let log = open_log(settings, embedded.as_ref(), stop, &|_| ()).await?;
        let store: Arc<dyn Store> = match (&settings.database.url, embedded) {
            (Some(_), _) => Arc::new(open_postgis(settings, stop).await?),
            (None, Some(embedded)) => Arc::new(embedded),
            (None, None) => unreachable!("without a database the embedded store was opened"),
        };
        let one_file = settings.redis.url.is_none() && settings.database.url.is_none();
        Ok(Self { log, store, one_file, label: label(settings) })
    }

    /// An embedded log and store in `directory` of their own.
    pub(super) fn embedded(embedded: Embedded) -> Self {
        Self { log: Arc::new(embedded.clone()), store: Arc::new(embedded), one_file: true, label: "embedded" }
    }
}

/// The street maps, each of them: one that is named and cannot be used is an error.
pub(super) async fn open_tiles(paths: &[PathBuf]) -> Result<Vec<Arc<dyn Tiles>>, Failure> {
    let mut archives = Vec::with_capacity(paths.len());
    for path in paths {
        archives.push(tiles::open(path).await.map_err(exit::of_tiles)?);
    }
    Ok(archives)
}

/// Log and store in a directory, made when it is not there.
pub(super) async fn embedded_in(directory: &Path, settings: &Settings) -> anyhow::Result<Media> {
    let options = EmbeddedOptions { partitions: settings.redis.partitions, ..EmbeddedOptions::default() };
    let embedded = Embedded::open(&directory.join(FILE), options).await;
    Ok(Media::embedded(embedded.with_context(|| directory.display().to_string())?))
}

/// The log alone, for what needs no store. While it is away, `tell` hears why
/// once, and again whenever the reason changes.
pub(super) async fn log_only(
    settings: &Settings,
    stop: &CancellationToken,
    tell: Tell<'_>,
) -> anyhow::Result<(Arc<dyn Log>, &'static str)> {
    let embedded = match settings.redis.url {
        Some(_) => None,
        None => Some(open_embedded(settings).await?),
    };
    Ok((open_log(settings, embedded.as_ref(), stop, tell).await?, label(settings)))
}

/// PostGIS, with its schema up to date.
pub(super) async fn open_postgis(
    settings: &Settings,
    stop: &CancellationToken,
) -> anyhow::Result<PostgisStore> {
    let Some(url) = settings.database.url.clone() else {
        return Err(Failure::new(
            super::exit::USAGE,
            "no database is configured: set WATCHTOWER_DATABASE_URL",
        )
        .into());
    };
    let store = patiently("database", stop, &|_| (), StoreError::is_retryable, || {
        PostgisStore::connect(PostgisOptions::new(url.clone()))
    })
    .await?;
    patiently("database", stop, &|_| (), StoreError::is_retryable, || store.migrate()).await?;
    info!("database is ready");
    Ok(store)
}

/// The store behind a dashboard, opened when somebody looks at past days: it does not
/// wait for it to show the present.
pub(super) fn archive(settings: &Settings) -> Option<Arc<Archive>> {
    // Beside a shared log, a file that is not there is nobody's store.
    let is_here = settings.redis.url.is_none() || settings.data_dir.join(FILE).exists();
    if settings.database.url.is_none() && !is_here {
        return None;
    }
    let settings = settings.clone();
    Some(Arc::new(Archive::lazy(move || {
        let settings = settings.clone();
        Box::pin(async move {
            let store: Arc<dyn Store> = match settings.database.url.clone() {
                Some(url) => Arc::new(PostgisStore::connect(PostgisOptions::new(url)).await?),
                None => Arc::new(
                    open_embedded(&settings)
                        .await
                        .map_err(|error| StoreError::Unavailable { reason: format!("{error:#}") })?,
                ),
            };
            Ok(store)
        })
    })))
}

const fn label(settings: &Settings) -> &'static str {
    if settings.redis.url.is_some() { "redis" } else { "embedded" }
}

async fn open_embedded(settings: &Settings) -> anyhow::Result<Embedded> {
    let path = settings.data_dir.join(FILE);
    // With a database, the writer carries what is appended there.
    let records = if settings.database.url.is_some() { Records::Elsewhere } else { Records::Here };
    let options =
        EmbeddedOptions { partitions: settings.redis.partitions, records, ..EmbeddedOptions::default() };
    Embedded::open(&path, options).await.map_err(|error| {
        // The one medium whose place is a setting that no message of its own names.
        anyhow::Error::new(error).context("WATCHTOWER_DATA_DIR")
    })
}

async fn open_log(
    settings: &Settings,
    embedded: Option<&Embedded>,
    stop: &CancellationToken,
    tell: Tell<'_>,
) -> anyhow::Result<Arc<dyn Log>> {
    match (&settings.redis.url, embedded) {
        (Some(url), _) => {
            let log = patiently("redis", stop, tell, LogError::is_retryable, || {
                RedisLog::connect(RedisOptions::new(url.clone(), settings.redis.partitions))
            })
            .await?;
            info!("redis is ready");
            Ok(Arc::new(log))
        }
        (None, Some(embedded)) => Ok(Arc::new(embedded.clone())),
        (None, None) => unreachable!("without Redis the embedded log was opened"),
    }
}

/// The outcome of an attempt, saying so while there is none. `None`: stopped
/// meanwhile.
async fn answered<T>(
    what: &'static str,
    stop: &CancellationToken,
    attempt: impl Future<Output = T>,
) -> Option<T> {
    let mut attempt = std::pin::pin!(attempt);
    loop {
        tokio::select! {
            outcome = &mut attempt => return Some(outcome),
            () = stop.cancelled() => return None,
            () = tokio::time::sleep(SILENCE) => warn!("{what} has not answered yet, still waiting"),
        }
    }
}

/// Tries until it works, saying what it waits for; what waiting cannot mend ends it.
async fn patiently<T, E, F>(
    what: &'static str,
    stop: &CancellationToken,
    tell: Tell<'_>,
    is_retryable: impl Fn(&E) -> bool,
    mut attempt: impl FnMut() -> F,
) -> anyhow::Result<T>
where
    E: std::error::Error + Send + Sync + 'static,
    F: Future<Output = Result<T, E>>,
{
    let mut pauses = ExponentialBuilder::default()
        .with_jitter()
        .with_min_delay(Duration::from_millis(250))
        .with_max_delay(Duration::from_secs(10))
        .without_max_times()
        .build();
    let mut told = String::new();
    loop {
        let Some(outcome) = answered(what, stop, attempt()).await else {
            return Err(Failure::new(UNAVAILABLE, format!("stopped while waiting for {what}")).into());
        };
        match outcome {
            Err(error) if is_retryable(&error) => {
                let reason = error.to_string();
                if reason != told {
                    tell(&reason);
                    told = reason;
                }
                let pause = pauses.next().unwrap_or(Duration::from_secs(10));
                warn!(%error, retry.after_ms = pause.as_millis() as u64, "{what} cannot be reached, trying again");
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = stop.cancelled() => {
                        return Err(Failure::new(UNAVAILABLE, format!("stopped while waiting: {error}")).into());
                    }
                }
            }
            outcome => return Ok(outcome?),
        }
    }
}
