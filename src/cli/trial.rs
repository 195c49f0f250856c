//! `watchtower replay --dry-run`: a stored period through the engine by today's rules
//! and by others, and what would have been otherwise. Writes nothing.

use std::{
    collections::BTreeMap,
    io::{self, BufWriter, Write},
    path::PathBuf,
    sync::Arc,
};

use clap::ValueEnum;
use tracing::info;
use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData, Tick},
        id::{CorrelationId, EventId, VehicleKey},
        position::Clock,
        time::Timestamp,
    },
    engine::{Engine, FenceSet, Groups, Rules},
    ports::store::{Span, Store},
};

use super::{
    analyze,
    exit::{DATA, Failure},
    media::Media,
    period, signals,
};
use crate::{
    analysis::{Counts, Difference, Sort, Table, Trial},
    config::{Layers, Settings},
    recording::Stored,
};

/// Hours before the period that are gone through first, unless it is said how many.
const LEAD_HOURS: u64 = 24;

/// What `replay` needs for a dry run.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// A stored period through the rules, and through others: what would be otherwise; writes nothing
    #[arg(long, requires_all = ["from", "to"], conflicts_with = "files")]
    dry_run: bool,
    /// Another value of a rule, e.g. rules.overspeed.limit_kmh=50; may be repeated
    #[arg(long = "try", value_name = "KEY=VALUE", requires = "dry_run")]
    tries: Vec<String>,
    /// Other rules from a file
    #[arg(long, value_name = "FILE", requires = "dry_run")]
    try_config: Option<PathBuf>,
    /// Other fences, GeoJSON, instead of the store's
    #[arg(long, value_name = "FILE", requires = "dry_run")]
    try_geofences: Vec<PathBuf>,
    /// Only events whose type begins so, e.g. alert
    #[arg(long, value_name = "PREFIX", requires = "dry_run")]
    show: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t, requires = "dry_run")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// Counts by type for a person
    #[default]
    Table,
    /// Every difference, one object a line
    Ndjson,
}

impl Args {
    pub(super) const fn is_wanted(&self) -> bool {
        self.dry_run
    }
}

pub(super) async fn run(args: Args, of: period::Args, settings: Settings) -> anyhow::Result<()> {
    let (span, warm) = of.span(&settings, LEAD_HOURS)?;
    let tried = tried_rules(&args, &settings)?;
    let stop = signals::stop_token()?;
    let store = Media::open(&settings, &stop).await?.store;
    let trucks = store.trucks().await?;
    let vehicles = match of.chosen(&trucks)? {
        none if none.is_empty() => trucks.iter().map(|truck| truck.key.clone()).collect(),
        some => some,
    };
    let zone = settings.time_zone;
    let fences = FenceSet::new(store.geofences().await?);
    let other = match args.try_geofences.as_slice() {
        [] => None,
        files => Some(Arc::new(FenceSet::new(analyze::fences(files)?))),
    };
    let groups: Groups = trucks
        .into_iter()
        .filter(|truck| !truck.groups.is_empty())
        .map(|truck| (truck.key, truck.groups))
        .collect();
    let sides =
        Sides { fences: Arc::new(fences), other, groups: Arc::new(groups), today: settings.rules, tried };
    let (mut counts, mut differences, mut positions) = (BTreeMap::<String, Counts>::new(), Vec::new(), 0);
    for vehicle in vehicles {
        let mut trial = sides.trial(span);
        positions += play(&*store, &vehicle, Span { from: warm, to: span.to }, &mut trial).await?;
        let (more, found) = trial.finish();
        for (what, of) in more {
            counts.entry(what).or_default().add(of);
        }
        differences.extend(found);
    }
    if positions == 0 {
        let reason = format!("nothing is stored from {warm} to {}", span.to);
        return Err(Failure::new(DATA, reason).into());
    }
    info!(positions, differences = differences.len(), "tried");
    print(&args, &counts, differences, zone)
}

fn tried_rules(args: &Args, settings: &Settings) -> anyhow::Result<Rules> {
    let mut layers = Layers::default();
    if let Some(file) = &args.try_config {
        layers.add_file(file);
    }
    layers.add_sets(&args.tries);
    Ok(Settings::rules_over(settings.rules.clone(), Some(settings.rules.time_zone), layers)?)
}

struct Sides {
    fences: Arc<FenceSet>,
    /// Fences to try instead.
    other: Option<Arc<FenceSet>>,
    groups: Arc<Groups>,
    today: Rules,
    tried: Rules,
}

impl Sides {
    fn trial(&self, span: Span) -> Trial {
        let engine = |rules: &Rules, fences: &Arc<FenceSet>| {
            let mut rules = rules.clone();
            // The store gives positions in order.
            rules.fixes.reorder_s = 0.0;
            let mut engine = Engine::new(Arc::new(rules), fences.clone());
            engine.set_groups(self.groups.clone());
            engine
        };
        let other = self.other.as_ref().unwrap_or(&self.fences);
        Trial::new(engine(&self.today, &self.fences), engine(&self.tried, other), span)
    }
}

/// Plays one vehicle's span; returns how many positions it has.
async fn play(store: &dyn Store, vehicle: &VehicleKey, span: Span, trial: &mut Trial) -> anyhow::Result<u64> {
    let mut past = Stored::open(store, vehicle.clone(), span).await?;
    let (mut count, mut clock) = (0, Clock::Wall);
    while let Some((position, said)) = past.next().await? {
        said.iter().for_each(|event| trial.step(event));
        (count, clock) = (count + 1, position.source.clock);
        trial.step(&Event::position(vehicle, position, CorrelationId(Uuid::nil())));
    }
    past.rest().for_each(|event| trial.step(&event));
    // What the silence after the last of them meant by then.
    trial.step(&tick(clock, span.to));
    Ok(count)
}

fn tick(clock: Clock, now: Timestamp) -> Event {
    Event {
        id: EventId(Uuid::nil()),
        ts: now,
        recorded_at: now,
        key: "tick".into(),
        correlation_id: CorrelationId(Uuid::nil()),
        data: EventData::Tick(Tick { clock, now }),
    }
}

fn print(
    args: &Args,
    counts: &BTreeMap<String, Counts>,
    differences: Vec<Difference>,
    zone: chrono_tz::Tz,
) -> anyhow::Result<()> {
    let shown = |what: &str| args.show.as_deref().is_none_or(|prefix| what.starts_with(prefix));
    let mut to = BufWriter::new(io::stdout().lock());
    match args.format {
        Format::Ndjson => {
            for one in differences.iter().filter(|one| shown(one.event.data.type_name())) {
                serde_json::to_writer(&mut to, one)?;
                to.write_all(b"\n")?;
            }
        }
        Format::Table => {
            let mut table = Table::new(&["event", "today", "tried", "gone", "new", "changed"]);
            for (what, of) in counts.iter().filter(|(what, _)| shown(what)) {
                let cells = [of.today, of.tried, of.gone, of.new, of.changed].map(|count| count.to_string());
                let [today, tried, gone, new, changed] = cells;
                table.row([what.clone(), today, tried, gone, new, changed]);
            }
            table.print(&mut to)?;
            for sort in [Sort::Gone, Sort::New] {
                let first = differences
                    .iter()
                    .find(|one| one.difference == sort && shown(one.event.data.type_name()));
                if let Some(Difference { event, .. }) = first {
                    let word = if sort == Sort::Gone { "gone" } else { "new" };
                    writeln!(to, "\nthe first that is {word}: {}", super::lines::describe(event, zone))?;
                }
            }
        }
    }
    to.flush()?;
    Ok(())
}
