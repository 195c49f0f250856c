//! `watchtower demo`: a simulated fleet, the services and the dashboard in one
//! process, on an embedded file that is gone afterwards.

use std::{
    collections::BTreeSet,
    io::{self, IsTerminal},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use chrono::NaiveTime;
use chrono_tz::Tz;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData, Tick},
        geo::LonLat,
        id::CorrelationId,
        position::{Clock, Source},
        time::Timestamp,
    },
    ports::log::{Family, Log, LogError, Meta},
};

use super::{
    daemon::{self, Role},
    events, lines,
    media::Media,
    preferences::Sources,
    signals, telemetry, wall_clock, watch,
};
use crate::{
    adapters::embedded::Embedded,
    config::Settings,
    daemon::{
        receiver::{Incoming, ReceiveError, Receiver},
        registry::Registry,
        supervise::Supervisor,
        ticks::ticks,
    },
    ingest::{self, Aliases, Context, Format, Judgement, Limits, Names, Request},
    simulator::{SCENERY, SimulatedPush, Simulator, SimulatorOptions},
    tui,
};

mod past;

pub(super) use self::past::{Past, Share};

/// Simulated time before now that is played at once, so that trails and stops
/// are there at the first look.
pub(super) const HISTORY: Duration = Duration::from_secs(45 * 60);
/// Simulated time between ticks.
pub(super) const TICK: Duration = Duration::from_secs(10);
/// How long the simulation rests between two looks at the clock.
const BEAT: Duration = Duration::from_millis(40);
/// Pushes sent as one request while catching up.
const BATCH: usize = 400;
/// How long the services may take to end.
const GRACE: Duration = Duration::from_secs(3);

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How much faster than life
    #[arg(long, default_value_t = 5.0, value_parser = positive)]
    speed: f64,
    /// Seed of the fleet: the same seed is the same fleet
    #[arg(long, default_value_t = 84)]
    seed: u64,
    /// Time of day it begins at, hh:mm in the fleet's zone; default now
    #[arg(long, value_name = "HH:MM", value_parser = time_of_day)]
    at: Option<NaiveTime>,
    /// How many trucks
    #[arg(long, default_value_t = 84, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    trucks: u32,
    /// How many days before today have figures; they come in the background
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u32).range(0..=30))]
    days: u32,
    #[command(flatten)]
    looks: watch::Looks,
    #[command(flatten)]
    maps: watch::Maps,
}

fn positive(text: &str) -> Result<f64, &'static str> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 && number <= 3_600.0 => Ok(number),
        _ => Err("is no number above 0, up to 3600"),
    }
}

pub(super) fn time_of_day(text: &str) -> Result<NaiveTime, &'static str> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| "is no time of day like 09:30")
}

pub(super) async fn run(args: Args, mut settings: Settings, sources: Sources) -> anyhow::Result<()> {
    let tiles = args.maps.open(&settings).await?;
    let stop = signals::stop_token()?;
    let on_screen = io::stdout().is_terminal() && io::stdin().is_terminal();
    let embedded = Embedded::temporary().await?;
    let media = Media::embedded(embedded.clone());
    if on_screen {
        // A demo needs no place to write: without one there is no log.
        let _ = telemetry::to_file(&settings.logging, &settings.data_dir);
    } else {
        // The lines are the output; what goes wrong still shows.
        settings.logging.level = "warn".to_owned();
        telemetry::to_stderr(&settings.logging)?;
    }
    let supervisor = Supervisor::new(stop.clone());
    let roles = BTreeSet::from_iter([Role::Engine, Role::Scheduler]);
    daemon::start(&supervisor, &media, &settings, &roles)?;
    let show = Show {
        receiver: daemon::receiver(&media, &settings),
        log: media.log.clone(),
        speed: args.speed,
        start: beginning(args.at, settings.time_zone),
    };
    let options = SimulatorOptions {
        trucks: args.trucks as usize,
        history: HISTORY,
        ..SimulatorOptions::new(args.seed, show.start)
    };
    let past = Past {
        log: media.log.clone(),
        store: media.store.clone(),
        rules: settings.rules.clone(),
        zone: settings.time_zone,
        seed: args.seed,
        trucks: args.trucks as usize,
        now: show.start,
        // Without a screen nobody looks at figures.
        days: if on_screen { args.days } else { 0 },
        share: Share::Half,
    };
    supervisor.run("past", move |stop| {
        let past = past.clone();
        async move {
            // The present goes on without it, and a second try would find what stopped the first.
            if let Err(error) = past.write(&stop).await {
                warn!(error = format!("{error:#}"), "the demo has no past, or not all of it");
            }
            Ok::<_, std::convert::Infallible>(())
        }
    });
    supervisor.run("simulator", {
        let show = Arc::new(show);
        move |stop| {
            let (show, options) = (show.clone(), options.clone());
            async move { show.play(options, stop).await }
        }
    });
    let outcome = if on_screen {
        let options = tui::TuiOptions {
            scenery: SCENERY,
            archive: Some(Arc::new(tui::Archive::opened(media.store.clone()))),
            tiles,
            note: Some(format!("demo ×{}", args.speed)),
            start: Some(city()),
            ..watch::options(media.log.clone(), &settings, media.label.to_owned(), args.looks, sources)
        };
        tui::run(options, stop.clone()).await.context("the dashboard failed")
    } else {
        print_lines(&*media.log, settings.time_zone, &stop).await
    };
    supervisor.shut_down(GRACE).await;
    // Nothing of it is left behind, not even when somebody still holds it.
    if timeout(GRACE, embedded.close()).await.is_err() {
        debug!("the temporary file is still in use");
    }
    outcome
}

/// What the demo shows first: from the ports to the junctions of the mainland.
pub(super) fn city() -> [LonLat; 2] {
    [(3.23, 6.40), (3.53, 6.66)].map(|(lon, lat)| LonLat::new(lon, lat).expect("a point in Lagos is a point"))
}

/// Now, or today at that time of day where the fleet is; to the second.
fn beginning(time_of_day: Option<NaiveTime>, zone: Tz) -> Timestamp {
    let now = wall_clock();
    let chosen = time_of_day
        .and_then(|time| now.local_date(zone).and_time(time).and_local_timezone(zone).earliest())
        .map_or(now, |instant| instant.to_utc().into());
    Timestamp::from_millis(chosen.millis() / 1_000 * 1_000)
}

/// What a push tells the engine. Some simulated trackers send nonsense.
pub(super) fn heard(push: &SimulatedPush, zone: Tz) -> Vec<Event> {
    let context = Context {
        source: Source::event("simulator"),
        now: push.at,
        zone,
        limits: Limits::default(),
        aliases: Aliases::default(),
        names: Names::Numbers,
    };
    let request = Request { body: push.body.as_bytes(), ..Request::default() };
    let elements = ingest::decode(Format::LocoNav, &request, &context).unwrap_or_default();
    let inputs = elements.into_iter().flat_map(|element| match element.judgement {
        Judgement::Inputs(inputs) => inputs,
        Judgement::Stale(_) | Judgement::Refused(_) => Vec::new(),
    });
    inputs.map(|input| input.into_event(CorrelationId(Uuid::nil()), push.at)).collect()
}

/// The demo's one actor: simulates, sends what LocoNav would send, and lets
/// simulated time pass.
struct Show {
    receiver: Arc<Receiver>,
    log: Arc<dyn Log>,
    speed: f64,
    start: Timestamp,
}

impl Show {
    async fn play(&self, options: SimulatorOptions, stop: CancellationToken) -> Result<(), anyhow::Error> {
        let mut simulator = tokio::task::spawn_blocking(move || Simulator::new(&options)).await?;
        let registry = Registry::new(self.log.clone());
        let correlation_id = CorrelationId(Uuid::now_v7());
        let first = self.start.minus(HISTORY);
        registry.save_as_of(simulator.master_data(), correlation_id, first, wall_clock()).await?;
        let begun = Instant::now();
        let mut waiting = simulator.next();
        let mut tick_at = self.start.minus(HISTORY).plus(TICK);
        while !stop.is_cancelled() {
            let now = self.start.plus(begun.elapsed().mul_f64(self.speed));
            while let Some(first) = waiting.take_if(|push| push.at <= now) {
                if stop.is_cancelled() {
                    return Ok(());
                }
                let mut batch = vec![first];
                while batch.len() < BATCH {
                    let same = |push: &mut SimulatedPush| {
                        push.at <= now && push.at < tick_at && push.path == batch[0].path
                    };
                    waiting = waiting.or_else(|| simulator.next());
                    match waiting.take_if(same) {
                        Some(push) => batch.push(push),
                        None => break,
                    }
                }
                let last = batch.last().map_or(now, |push| push.at);
                self.send(&batch).await?;
                waiting = waiting.or_else(|| simulator.next());
                while tick_at <= last {
                    self.tick(tick_at).await?;
                    tick_at = tick_at.plus(TICK);
                }
            }
            let trips: Vec<Meta> = simulator.trip_updates().into_iter().map(Meta::Trip).collect();
            if !trips.is_empty() {
                registry.save_as_of(trips, CorrelationId(Uuid::now_v7()), now, wall_clock()).await?;
            }
            tokio::select! {
                () = tokio::time::sleep(BEAT) => {}
                () = stop.cancelled() => {}
            }
        }
        Ok(())
    }

    /// Pushes of one path as the one body LocoNav would send.
    async fn send(&self, batch: &[SimulatedPush]) -> Result<(), ReceiveError> {
        let body = match batch {
            [one] => one.body.clone(),
            many => format!("[{}]", many.iter().map(|push| push.body.as_str()).collect::<Vec<_>>().join(",")),
        };
        let mut incoming = Incoming::new(Format::LocoNav, Source::event("simulator"), body, wall_clock());
        batch[0].path.clone_into(&mut incoming.path);
        let receipt = self.receiver.receive(incoming).await?;
        for rejection in &receipt.rejected {
            // Meant: some simulated trackers send nonsense.
            debug!(index = rejection.index, reason = rejection.reason, "simulated push refused");
        }
        Ok(())
    }

    async fn tick(&self, now: Timestamp) -> Result<(), LogError> {
        let (partitions, tick) = (self.log.partitions(), Tick { clock: Clock::Event, now });
        let ticks = ticks(partitions, partitions.all(), tick, wall_clock(), CorrelationId(Uuid::nil()));
        self.log.append(&ticks).await.map(|_| ())
    }
}

/// Without a terminal there is still something to see.
async fn print_lines(log: &dyn Log, zone: Tz, stop: &CancellationToken) -> anyhow::Result<()> {
    let mut cursors = events::cursors(log, &[Family::Position, Family::Event], true).await?;
    let mut out = lines::Lines::stdout();
    while !stop.is_cancelled() {
        let entries = tokio::select! {
            entries = log.tail(&mut cursors, 500, Duration::from_secs(1)) => entries?,
            () = stop.cancelled() => break,
        };
        for entry in entries.iter().filter(|entry| !matches!(entry.event.data, EventData::Tick(_))) {
            if !out.print(&lines::describe(&entry.event, zone))? {
                stop.cancel();
                break;
            }
        }
    }
    Ok(())
}
