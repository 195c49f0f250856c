//! A simulated fleet or a recording, played through the engine into a dashboard in one
//! go: no log, no thread, and no clock but the data's.

use std::{path::PathBuf, sync::Arc, time::Duration};

use chrono::{NaiveDate, NaiveTime};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData},
        id::{CorrelationId, Derivation, EventId, VehicleKey},
        position::Source,
        time::Timestamp,
    },
    engine::{Engine, Output, Rules},
    ports::{log::Meta, store::Span},
};

use super::super::{
    analyze,
    demo::{self, Past, Share},
    exit::{DATA, Failure, USAGE},
    play, replay,
};
use crate::{
    adapters::embedded::Embedded,
    config::Settings,
    daemon::registry,
    recording::Terms,
    simulator::{Simulator, SimulatorOptions},
    tui::{
        app::App,
        mailbox::{Arrival, Link, News},
        replay::{Programme, Standing, tick},
    },
};

/// The demo's day: any would do, but it must be the same tomorrow.
const DAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 3, 4).expect("it is on the calendar");
/// Longer than this the demo's fleet is not watched before the frame.
const LONGEST_RUN: Duration = Duration::from_secs(24 * 3_600);

/// Where the fleet comes from; the configured log when nothing is said.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// The demo's simulated fleet
    #[arg(long)]
    pub(super) demo: bool,
    /// Seed of the demo's fleet: the same seed is the same fleet
    #[arg(long, default_value_t = 84, requires = "demo", conflicts_with = "replay")]
    seed: u64,
    /// Time of day of the frame, in the fleet's zone; the day is always the same
    #[arg(long, value_name = "HH:MM", default_value = "14:32", value_parser = demo::time_of_day, requires = "demo", conflicts_with = "replay")]
    at: NaiveTime,
    /// How long the demo's fleet was watched before, e.g. 30m or 2h [default: 45m]
    #[arg(long, value_name = "DURATION", value_parser = run, requires = "demo", conflicts_with = "replay")]
    run: Option<Duration>,
    /// How many trucks the demo has
    #[arg(long, default_value_t = 84, value_parser = clap::value_parser!(u32).range(1..=2_000), requires = "demo", conflicts_with = "replay")]
    trucks: u32,
    /// How many of the demo's days before have figures; they take a second each, or two
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=30), requires = "demo", conflicts_with = "replay")]
    days: u32,
    /// Recorded positions: CSV, GPX, NDJSON or GTFS-realtime, plain or gzip; - for standard input
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "demo")]
    pub(super) replay: Vec<PathBuf>,
    /// Only what was recorded until then; without a zone it is the fleet's
    #[arg(long, value_name = "TIME", requires = "replay", conflicts_with = "demo")]
    until: Option<String>,
    /// The recording's fences, GeoJSON
    #[arg(long, value_name = "FILE", requires = "replay", conflicts_with = "demo")]
    geofences: Vec<PathBuf>,
}

fn run(text: &str) -> Result<Duration, String> {
    let seconds = |unit: char| match unit {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(3_600),
        _ => None,
    };
    let parsed = text.chars().last().and_then(|unit| {
        let count: u64 = text[..text.len() - unit.len_utf8()].parse().ok()?;
        Some(Duration::from_secs(count.checked_mul(seconds(unit)?)?))
    });
    parsed
        .filter(|run| (1..=LONGEST_RUN.as_secs()).contains(&run.as_secs()))
        .ok_or_else(|| format!("is no time like 90s, 30m or 2h, up to {} h", LONGEST_RUN.as_secs() / 3_600))
}

/// Plays the demo's fleet; returns the moment of the frame.
pub(super) fn simulate(args: &Args, settings: &Settings, app: &mut App) -> Result<Timestamp, Failure> {
    let zone = settings.time_zone;
    let at = DAY.and_time(args.at).and_local_timezone(zone).earliest().ok_or_else(|| {
        Failure::new(
            USAGE,
            format!("--at {}: there was no such time in {zone} on {DAY}", args.at.format("%H:%M")),
        )
    })?;
    let at = Timestamp::from(at.to_utc());
    let history = args.run.unwrap_or(demo::HISTORY);
    let options =
        SimulatorOptions { trucks: args.trucks as usize, history, ..SimulatorOptions::new(args.seed, at) };
    let mut simulator = Simulator::new(&options);
    let begin = at.minus(history);
    let mut player = Player::new(app, &settings.rules, simulator.master_data(), (begin, demo::TICK));
    player.tell_trips(player.books.clone(), begin);
    while let Some(push) = simulator.next().filter(|push| push.at <= at) {
        player.pass(push.at);
        demo::heard(&push, zone).into_iter().for_each(|event| player.hear(event));
        player.tell_trips(simulator.trip_updates().into_iter().map(Meta::Trip).collect(), push.at);
    }
    player.finish(at);
    Ok(at)
}

/// The days before the demo's in a file of their own, where anybody asks for them.
pub(super) async fn past(
    args: &Args,
    settings: &Settings,
    now: Timestamp,
) -> anyhow::Result<Option<Embedded>> {
    if args.days == 0 {
        return Ok(None);
    }
    let embedded = Embedded::temporary().await?;
    let past = Past {
        log: Arc::new(embedded.clone()),
        store: Arc::new(embedded.clone()),
        rules: settings.rules.clone(),
        zone: settings.time_zone,
        seed: args.seed,
        trucks: args.trucks as usize,
        now,
        days: args.days,
        share: Share::All,
    };
    past.write(&CancellationToken::new()).await?;
    Ok(Some(embedded))
}

/// Plays recordings; returns the time of the last fix.
pub(super) fn replay(args: &Args, settings: &Settings, app: &mut App) -> anyhow::Result<Timestamp> {
    let zone = settings.time_zone;
    let until = args.until.as_deref().map(|text| Timestamp::parse_or_midnight(text, zone)).transpose();
    let until = until.map_err(|error| Failure::new(USAGE, format!("--until: {error}")))?;
    let fences = analyze::fences(&args.geofences)?;
    let terms = Terms { zone, max_ahead_s: settings.rules.fixes.max_ahead_s };
    let replay::Read { mut rows, rejected, .. } = replay::read(&args.replay, terms)?;
    let Some(first) = rows.next().transpose()? else {
        let reason = format!("nothing to show: {rejected} lines refused, none read");
        return Err(Failure::new(DATA, reason).into());
    };
    if let Some(until) = until.filter(|until| first.device_time > *until) {
        let reason = format!("nothing was recorded until {until}; the first fix is of {}", first.device_time);
        return Err(Failure::new(DATA, reason).into());
    }
    let source = Source::event("replay:snapshot");
    let books = fences.into_iter().map(Meta::Geofence).collect();
    let from = first.device_time;
    let (mut last, mut end) = (from, from);
    let mut player = Player::new(app, &settings.rules, books, (from, play::TICK));
    for row in std::iter::once(Ok(first)).chain(rows) {
        let row = row?;
        end = row.device_time;
        // The rest says how far the timeline goes.
        if until.is_some_and(|until| end > until) {
            continue;
        }
        last = end;
        player.pass(last);
        let position = row.position(source.clone(), last);
        player.hear(Event::position(&row.vehicle, position, CorrelationId(Uuid::nil())));
    }
    player.finish(last);
    let span = Span { from, to: Timestamp::from_millis(end.millis() + 1) };
    app.take_news(News { standing: Some(Standing::still(span, last)), ..News::default() }, last);
    Ok(last)
}

/// The engine, and a dashboard that hears all it hears and says.
struct Player<'a> {
    app: &'a mut App,
    engine: Engine,
    output: Output,
    books: Vec<Meta>,
    every: Duration,
    tick_at: Timestamp,
    told: u64,
}

impl<'a> Player<'a> {
    fn new(app: &'a mut App, rules: &Rules, books: Vec<Meta>, (begin, every): (Timestamp, Duration)) -> Self {
        let engine = Programme::of(rules.clone(), &books).engine();
        app.model.take_meta(books.clone());
        Self { app, engine, output: Output::default(), books, every, tick_at: begin.plus(every), told: 0 }
    }

    /// Lets time pass for the rules.
    fn pass(&mut self, now: Timestamp) {
        while self.tick_at <= now {
            self.step(&tick(self.tick_at));
            // A night of silence is one step.
            self.tick_at = self.tick_at.plus(self.every).max(now.minus(self.every));
        }
    }

    fn hear(&mut self, input: Event) {
        self.step(&input);
        if let (EventData::PositionUpdated(position), Ok(key)) = (input.data, VehicleKey::new(&input.key)) {
            self.app.model.take_fix(&key, position);
        }
        self.speak();
    }

    /// Says what became of trips, to the engine and to the dashboard.
    fn tell_trips(&mut self, records: Vec<Meta>, now: Timestamp) {
        for record in records.into_iter().filter(|record| matches!(record, Meta::Trip(_))) {
            let (key, told) = registry::told_of(&record, &self.books);
            for data in told {
                self.told += 1;
                let event = event(&key, data, now, self.told);
                self.step(&event);
                self.app.model.take_event(event);
            }
            self.books.retain(|known| known.field() != record.field());
            self.books.push(record);
            self.speak();
        }
    }

    fn step(&mut self, input: &Event) {
        self.engine.step(input, &mut self.output);
    }

    /// The dashboard hears what the engine has said.
    fn speak(&mut self) {
        self.output.events.drain(..).for_each(|event| self.app.model.take_event(event));
        self.output.clear();
    }

    /// What stands at `now`.
    fn finish(mut self, now: Timestamp) {
        self.pass(now);
        self.engine.finish(&mut self.output);
        self.speak();
        let live = self.engine.vehicles().filter_map(|vehicle| self.engine.live(vehicle)).collect();
        let news = News {
            link: Some(Link::Live),
            picture: Some(live),
            meta: Some(self.books),
            arrival: Some(Arrival { recorded_at: now, arrived_at: now }),
            ..News::default()
        };
        self.app.take_news(news, now);
    }
}

/// An event that is derived from nothing, the `number`th of its kind.
fn event(key: &str, data: EventData, ts: Timestamp, number: u64) -> Event {
    let (kind, subject) = (data.type_name(), number.to_string());
    let derivation = Derivation { kind, key, subject: &subject, start: ts, phase: "told", revision: 0 };
    Event {
        id: EventId(derivation.uuid()),
        ts,
        recorded_at: ts,
        key: key.to_owned(),
        correlation_id: CorrelationId(Uuid::nil()),
        data,
    }
}
