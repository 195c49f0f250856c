//! `watchtower daemon`: the services, composed.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use clap::ValueEnum;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::info;
use watchtower_core::ports::history::HistoryAge;

use super::{
    exit::{Failure, UNAVAILABLE},
    media::Media,
    signals, telemetry, wall_clock,
};
use crate::{
    adapters::loconav::{LocoNavClient, LocoNavOptions},
    config::{Retention, Settings},
    daemon::{
        aliases,
        clerk::Clerk,
        dispatch::Dispatch,
        engine::EngineService,
        historian::Historian,
        housekeeping::Housekeeping,
        http::{self, ApiToken, AppState, HttpOptions, Role as ApiRole},
        poller::Poller,
        receiver::{Receiver, ReceiverOptions},
        supervise::Supervisor,
        writer::Writer,
    },
    ingest::Limits,
};

/// How long services may take to end.
const GRACE: Duration = Duration::from_secs(10);
/// The past of a vehicle that goes on sending is told no more often than this.
const TOLD_EVERY: Duration = Duration::from_secs(60);
/// Between upkeeps of the metrics' histograms.
const UPKEEP: Duration = Duration::from_secs(5);

/// Arguments of `daemon`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Run only these services, so that they scale apart; default all
    #[arg(long = "role", value_enum, value_delimiter = ',')]
    roles: Vec<Role>,
}

/// A service of the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Role {
    /// Takes webhooks and device reports
    Receiver,
    /// Asks LocoNav
    Poller,
    /// Steps the fleet's rules; does what dashboards ask for
    Engine,
    /// Carries the log into the store
    Writer,
    /// Tells the past, counts the days, keeps house: days ahead, retention, trimming
    Scheduler,
    /// Answers the API
    Api,
}

pub(super) async fn run(args: Args, settings: Settings) -> anyhow::Result<()> {
    telemetry::to_stderr(&settings.logging)?;
    let metrics = PrometheusBuilder::new().install_recorder().context("metrics were set up twice")?;
    let stop = signals::stop_token()?;
    let roles: BTreeSet<Role> = match args.roles.as_slice() {
        [] => Role::value_variants().iter().copied().collect(),
        some => some.iter().copied().collect(),
    };
    let media = Media::open(&settings, &stop).await?;
    let supervisor = Supervisor::new(stop.clone());
    let receiver = receiver(&media, &settings);
    // Before anything is leased or taken: a port in use ends the process.
    let listener = match roles.contains(&Role::Receiver) || roles.contains(&Role::Api) {
        true => Some(listen(settings.http.listen).await?),
        false => None,
    };
    aliases::load(&*media.log, &receiver, &stop).await;
    start(&supervisor, &media, &settings, &roles)?;
    start_poller(&supervisor, &media, &settings, &roles, &receiver)?;
    supervisor.run("aliases", {
        let (log, receiver) = (media.log.clone(), receiver.clone());
        move |stop| aliases::follow(log.clone(), receiver.clone(), stop)
    });
    if let Some(listener) = listener {
        info!(http.listen = %listener.local_addr()?, "listening");
        let state = app_state(&media, &settings, receiver.clone(), metrics.clone());
        serve(&supervisor, listener, http::router(state));
    }
    supervisor.run("metrics upkeep", move |token| {
        let metrics = metrics.clone();
        async move {
            while token.run_until_cancelled(tokio::time::sleep(UPKEEP)).await.is_some() {
                metrics.run_upkeep();
            }
            Ok::<_, std::convert::Infallible>(())
        }
    });
    info!(roles = ?roles, log = media.label, "daemon is up");
    stop.cancelled().await;
    supervisor.shut_down(GRACE).await;
    info!("daemon is down");
    Ok(())
}

async fn listen(address: std::net::SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::new(UNAVAILABLE, format!("WATCHTOWER_HTTP_LISTEN: cannot listen on {address}: {error}"))
    })
}

/// Serves on `listener`; should serving fail, on a new one at the same address.
fn serve(supervisor: &Supervisor, listener: TcpListener, router: axum::Router) {
    let address = listener.local_addr();
    let first = Arc::new(Mutex::new(Some(listener)));
    supervisor.run("http", move |stop: CancellationToken| {
        let (first, router, address) = (first.clone(), router.clone(), address.as_ref().ok().copied());
        async move {
            let held = first.lock().unwrap_or_else(PoisonError::into_inner).take();
            let listener = match (held, address) {
                (Some(listener), _) => listener,
                (None, Some(address)) => TcpListener::bind(address).await?,
                (None, None) => return Err(std::io::Error::other("the listener's address is not known")),
            };
            http::serve(listener, router, stop).await
        }
    });
}

fn app_state(
    media: &Media,
    settings: &Settings,
    receiver: Arc<Receiver>,
    metrics: PrometheusHandle,
) -> AppState {
    let header = |name: &str| name.parse().expect("header names were checked with the settings");
    let api_tokens = settings.http.tokens.iter().map(|token| ApiToken {
        name: token.name.clone(),
        role: match token.role.as_str() {
            "admin" => ApiRole::Admin,
            "dispatcher" => ApiRole::Dispatcher,
            _ => ApiRole::Viewer,
        },
        token: token.token.clone(),
    });
    let options = HttpOptions {
        webhook_secrets: settings.loconav.webhook_secrets.clone(),
        signature_header: header(&settings.loconav.signature_header),
        timestamp_header: settings.loconav.timestamp_header.as_deref().map(header),
        receiver_tokens: settings.receiver.token.iter().cloned().collect(),
        api_tokens: api_tokens.collect(),
        zone: settings.time_zone,
        ..HttpOptions::default()
    };
    AppState::new(media.log.clone(), media.store.clone(), receiver, Some(metrics), options, wall_clock)
}

/// Starts the services that have no port of their own; the demo runs the same.
pub(super) fn start(
    supervisor: &Supervisor,
    media: &Media,
    settings: &Settings,
    roles: &BTreeSet<Role>,
) -> anyhow::Result<()> {
    let owner = format!("{}-{}", host_name(), uuid::Uuid::now_v7().simple());
    if roles.contains(&Role::Engine) {
        let rules = Arc::new(settings.rules.clone());
        let engine = Arc::new(EngineService::new(media.log.clone(), rules, owner.clone(), wall_clock));
        supervisor.run("engine", move |stop| {
            let engine = engine.clone();
            async move { engine.run(stop).await }
        });
    }
    if roles.contains(&Role::Engine) {
        let dispatch = Dispatch::new(media.log.clone(), media.store.clone(), settings.time_zone);
        let clerk = Arc::new(Clerk::new(media.log.clone(), dispatch, host_name(), wall_clock));
        supervisor.run("clerk", move |stop| {
            let clerk = clerk.clone();
            async move { clerk.run(stop).await }
        });
    }
    if roles.contains(&Role::Writer) && !media.one_file {
        // A name that outlives the process finds its own unfinished work again.
        let writer = Arc::new(Writer::new(media.log.clone(), media.store.clone(), host_name(), wall_clock));
        supervisor.run("writer", move |stop| {
            let writer = writer.clone();
            async move { writer.run(stop).await }
        });
    }
    if roles.contains(&Role::Scheduler) {
        let (log, store) = (media.log.clone(), media.store.clone());
        let Retention { raw, positions, alerts, trips, metrics, events } = settings.retention;
        let keep = Housekeeping { raw, history: HistoryAge { positions, alerts, trips, metrics, events } };
        supervisor.run("housekeeping", move |stop| {
            let (log, store) = (log.clone(), store.clone());
            async move {
                keep.run(log, store, wall_clock, stop).await;
                Ok::<_, std::convert::Infallible>(())
            }
        });
        let historian = Arc::new(Historian {
            log: media.log.clone(),
            store: media.store.clone(),
            rules: settings.rules.clone(),
            positions,
            every: TOLD_EVERY,
            clock: wall_clock,
        });
        supervisor.run("historian", move |stop| {
            let historian = historian.clone();
            async move { historian.run(stop).await }
        });
    }
    Ok(())
}

fn start_poller(
    supervisor: &Supervisor,
    media: &Media,
    settings: &Settings,
    roles: &BTreeSet<Role>,
    receiver: &Arc<Receiver>,
) -> anyhow::Result<()> {
    let (true, Some(token)) = (roles.contains(&Role::Poller), settings.loconav.token.clone()) else {
        return Ok(());
    };
    let poller = Arc::new(Poller {
        client: LocoNavClient::new(LocoNavOptions::new(settings.loconav.url.clone(), token))?,
        receiver: receiver.clone(),
        log: media.log.clone(),
        store: media.store.clone(),
        account: settings.loconav.account.clone(),
        every: settings.loconav.poll,
        clock: wall_clock,
        seen: Mutex::default(),
    });
    supervisor.run("poller", move |stop| {
        let poller = poller.clone();
        async move { poller.run(stop).await }
    });
    Ok(())
}

/// What the receiver is told, by configuration.
pub(super) fn receiver(media: &Media, settings: &Settings) -> Arc<Receiver> {
    let options = ReceiverOptions {
        zone: settings.time_zone,
        limits: Limits { max_ahead: settings.receiver.max_ahead, retention: settings.retention.positions },
        ..ReceiverOptions::default()
    };
    Arc::new(Receiver::new(media.log.clone(), options))
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|name| name.trim().to_owned())
        .unwrap_or_else(|_| "watchtower".to_owned())
}
