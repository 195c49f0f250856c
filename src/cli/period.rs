//! `watchtower replay --from … --to …`: a stored period, and playing it into a log of
//! its own.
//!
//! Not into the fleet's: its engines have gone on since, a fix of last week is late news
//! to them, and the id of a fix says whose and when it is, so that the store has it already.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::info;
use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData},
        id::{CorrelationId, VehicleKey},
        master::Truck,
        position::{Position, Source},
        time::Timestamp,
    },
    ports::{
        log::{Family, Log, LogError, Meta, StreamId},
        store::{Span, Store, StoreError},
    },
};

use super::{
    daemon::{self, Role},
    exit::{DATA, Failure, USAGE},
    media::{self, Media},
    play::{Player, Speed},
    signals, wall_clock,
};
use crate::{
    config::Settings,
    daemon::{registry::Registry, supervise::Supervisor},
    recording::Period,
};

/// How long the engine may take to end.
const GRACE: Duration = Duration::from_secs(3);
/// Between looks at how far the engine is.
const BEAT: Duration = Duration::from_millis(50);

/// Which period, and where to.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// Of a stored period the first day, or instant, e.g. 2026-11-01T06:00:00Z; without a zone it is the fleet's
    #[arg(long, value_name = "TIME", requires = "to")]
    from: Option<String>,
    /// The first day or instant after it
    #[arg(long, value_name = "TIME", requires = "from")]
    to: Option<String>,
    /// Only this vehicle; may be repeated
    #[arg(long = "vehicle", value_name = "NUMBER", requires = "from")]
    vehicles: Vec<String>,
    /// Hours before the period that are gone through first, so that nothing begins with it; default 24 with --dry-run, else 0
    #[arg(long, value_name = "HOURS", requires = "from")]
    lead: Option<u64>,
    /// A new directory to play the period into; `watchtower watch DIR` shows it
    #[arg(long, value_name = "DIR", requires = "from", conflicts_with = "dry_run")]
    into: Option<PathBuf>,
}

impl Args {
    pub(super) const fn is_wanted(&self) -> bool {
        self.from.is_some()
    }

    /// The period asked about, and where the way to it begins, so many hours before
    /// unless it is said.
    pub(super) fn span(&self, settings: &Settings, hours: u64) -> Result<(Span, Timestamp), Failure> {
        let read = |name: &str, text: &Option<String>| {
            Timestamp::parse_or_midnight(text.as_deref().unwrap_or_default(), settings.time_zone)
                .map_err(|error| Failure::new(USAGE, format!("--{name}: {error}")))
        };
        let span = Span { from: read("from", &self.from)?, to: read("to", &self.to)? };
        if span.from >= span.to {
            return Err(Failure::new(USAGE, format!("--from {} is not before --to {}", span.from, span.to)));
        }
        let hours = self.lead.unwrap_or(hours);
        Ok((span, span.from.minus(Duration::from_secs(hours.saturating_mul(3600)))))
    }

    /// The vehicles named; none: all.
    pub(super) fn chosen(&self, trucks: &[Truck]) -> Result<Vec<VehicleKey>, Failure> {
        let chosen = |name: &String| {
            let key = VehicleKey::new(name)
                .map_err(|error| Failure::new(USAGE, format!("--vehicle {name:?}: {error}")))?;
            match trucks.iter().any(|truck| truck.key == key) {
                true => Ok(key),
                false => {
                    Err(Failure::new(DATA, format!("--vehicle {name}: the store knows no such vehicle")))
                }
            }
        };
        self.vehicles.iter().map(chosen).collect()
    }

    /// Where to, when it is not where the fleet lives.
    fn target(&self, settings: &Settings) -> Result<&Path, Failure> {
        let Some(into) = &self.into else {
            let reason = "a stored period is played into a directory of its own, --into DIR: in the fleet's \
                          log it would be news of the past; --dry-run only looks at it";
            return Err(Failure::new(USAGE, reason));
        };
        let is_own = match (fs::canonicalize(into), fs::canonicalize(&settings.data_dir)) {
            (Ok(into), Ok(own)) => into == own,
            (_, _) => *into == settings.data_dir,
        };
        if is_own {
            return Err(Failure::new(
                USAGE,
                format!("--into {}: the fleet itself lives there", into.display()),
            ));
        }
        Ok(into)
    }
}

/// Plays a period into a log of its own, and steps the rules over it.
pub(super) async fn play(args: Args, speed: Speed, settings: Settings) -> anyhow::Result<()> {
    let into = args.target(&settings)?;
    let (span, begin) = args.span(&settings, 0)?;
    let stop = signals::stop_token()?;
    let store = Media::open(&settings, &stop).await?.store;
    let trucks = store.trucks().await?;
    let vehicles = args.chosen(&trucks)?;
    let mut period = Period::new(&*store, vehicles, Span { from: begin, to: span.to });
    let Some(first) = period.next().await? else {
        let reason = format!("nothing is stored from {begin} to {}", span.to);
        return Err(Failure::new(DATA, reason).into());
    };
    let there = media::embedded_in(into, &settings).await?;
    if !there.store.last_positions().await?.is_empty() {
        let reason =
            format!("--into {}: something was played there before; name a new directory", into.display());
        return Err(Failure::new(USAGE, reason).into());
    }
    let correlation_id = CorrelationId(Uuid::now_v7());
    let books = books(&*store, trucks).await?;
    Registry::new(there.log.clone()).save_as_of(books, correlation_id, begin, wall_clock()).await?;
    let supervisor = Supervisor::new(stop.clone());
    daemon::start(&supervisor, &there, &settings, &BTreeSet::from([Role::Engine]))?;
    info!(from = %span.from, to = %span.to, into = %into.display(), "playing");
    let started = Instant::now();
    let player = Player { log: there.log.clone(), correlation_id, speed, begin: Some(span.from) };
    let rest = stream::try_unfold(period, |mut period| async move {
        Ok(period.next().await?.map(|event| (event, period)))
    });
    let events = stream::once(async { Ok(first) }).chain(rest);
    let events = events.map_ok(|event| replayed(event, correlation_id));
    let played = player.play(events, &stop).await?;
    caught_up(&*there.log, &stop).await?;
    supervisor.shut_down(GRACE).await;
    eprintln!(
        "played {} fixes in {:.1} s; see them with watchtower watch {}",
        played.fixes,
        started.elapsed().as_secs_f64(),
        into.display()
    );
    Ok(())
}

/// What the rules and a dashboard need to know of the fleet: today's.
async fn books(store: &dyn Store, trucks: Vec<Truck>) -> Result<Vec<Meta>, StoreError> {
    let mut books: Vec<Meta> = trucks.into_iter().map(Meta::Truck).collect();
    books.extend(store.geofences().await?.into_iter().map(Meta::Geofence));
    books.extend(store.drivers().await?.into_iter().map(Meta::Driver));
    books.extend(store.organizations().await?.into_iter().map(Meta::Organization));
    Ok(books)
}

/// As it comes now: a fix of a source that carries its own time, received as it is played.
fn replayed(event: Event, correlation_id: CorrelationId) -> Event {
    let EventData::PositionUpdated(position) = event.data else { return event };
    let source = match position.source.clock.is_wall() {
        true => Source::event(&format!("replay:{}", position.source.name)),
        false => position.source,
    };
    let now = wall_clock();
    let data = EventData::PositionUpdated(Position { source, received_at: now, ..position });
    Event { recorded_at: now, correlation_id, data, ..event }
}

/// Waits until the engine has taken all there is.
async fn caught_up(log: &dyn Log, stop: &CancellationToken) -> Result<(), LogError> {
    for partition in log.partitions().all() {
        let newest = log.newest(StreamId { partition, family: Family::Position }).await?;
        while !stop.is_cancelled() && log.checkpoint(partition).await?.progress.position < newest {
            sleep(BEAT).await;
        }
    }
    Ok(())
}
