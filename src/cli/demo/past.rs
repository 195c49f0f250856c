//! The demo's past: the weeks before today, simulated, judged and counted as any fleet's,
//! so that figures, sparklines, the footprint and questions of past days have something to
//! tell. Written beside the screen, and never so fast that it would be felt there.

use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::Context as _;
use chrono::Days;
use chrono_tz::Tz;
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData},
        id::{AlertId, CorrelationId, TripId},
        time::Timestamp,
        trip::{Trip, TripStatus},
    },
    engine::{Engine, Output, Rules},
    ports::{
        log::{Log, Meta},
        store::Store,
    },
};

use super::heard;
use crate::{
    cli::wall_clock,
    daemon::{historian::Historian, registry},
    simulator::{Reporting, Simulator, SimulatorOptions},
    tui::replay::{Programme, tick},
};

/// Trackers of the past speak less often: nobody watches them move.
const REPORTING: Reporting = Reporting {
    moving: Duration::from_secs(60),
    idle: Duration::from_secs(240),
    parked: Duration::from_secs(1_200),
};
/// Between ticks of the engine's clock.
const TICK: Duration = Duration::from_secs(60);
/// Events written at once.
const BATCH: usize = 2_000;
/// However long ago the demo plays, its fixes are still kept.
const FOR_EVER: Duration = Duration::from_secs(30 * 365 * 86_400);
/// The first look at the screen is over.
const REST: Duration = Duration::from_secs(5);

/// What is written, and where.
#[derive(Clone)]
pub(in crate::cli) struct Past {
    pub(in crate::cli) log: Arc<dyn Log>,
    pub(in crate::cli) store: Arc<dyn Store>,
    pub(in crate::cli) rules: Rules,
    pub(in crate::cli) zone: Tz,
    /// Whose: the seed is the fleet.
    pub(in crate::cli) seed: u64,
    pub(in crate::cli) trucks: usize,
    /// The days before this one.
    pub(in crate::cli) now: Timestamp,
    pub(in crate::cli) days: u32,
    /// How much of the time it may be at work.
    pub(in crate::cli) share: Share,
}

/// How much of a machine may be taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::cli) enum Share {
    /// Somebody waits for it.
    All,
    /// Somebody looks at something else.
    Half,
}

impl Past {
    /// Writes it and has it counted.
    pub(in crate::cli) async fn write(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        if self.days == 0 {
            return Ok(());
        }
        if self.share == Share::Half && stop.run_until_cancelled(tokio::time::sleep(REST)).await.is_none() {
            return Ok(());
        }
        let today = self.now.local_date(self.zone);
        let midnight = |before: u32| {
            let day = today.checked_sub_days(Days::new(before.into()))?;
            Timestamp::start_of_day(day, self.zone)
        };
        let (from, to) = midnight(self.days).zip(midnight(0)).context("the calendar has no such days")?;
        let (send, mut lived) = mpsc::channel(2);
        let past = self.clone();
        let living = tokio::task::spawn_blocking(move || Life::new(&past, from).live(to, &send));
        loop {
            let begun = Instant::now();
            let Some(Some(events)) = stop.run_until_cancelled(lived.recv()).await else { break };
            self.store.write(&events).await?;
            if self.share == Share::Half {
                tokio::time::sleep(begun.elapsed()).await;
            }
        }
        // It ends with the first batch that nobody takes.
        drop(lived);
        living.await?;
        if stop.is_cancelled() {
            return Ok(());
        }
        let historian = Historian {
            log: self.log.clone(),
            store: self.store.clone(),
            rules: self.rules.clone(),
            positions: FOR_EVER,
            every: Duration::ZERO,
            clock: wall_clock,
        };
        Ok(historian.once().await?)
    }
}

/// The fleet at work, and what it makes of its days.
struct Life {
    simulator: Simulator,
    engine: Engine,
    zone: Tz,
    tick_at: Timestamp,
    output: Output,
    events: Vec<Event>,
    /// Alerts and trips: told after the fixes, lest a day is counted of them alone.
    happened: Vec<Event>,
    /// Of what is not over nothing is told: the present knows nothing of it.
    alerts: HashMap<AlertId, Event>,
    trips: HashMap<TripId, Trip>,
}

impl Life {
    fn new(past: &Past, from: Timestamp) -> Self {
        let options = SimulatorOptions {
            trucks: past.trucks,
            history: Duration::ZERO,
            reporting: REPORTING,
            ..SimulatorOptions::new(past.seed, from)
        };
        let simulator = Simulator::new(&options);
        let books = simulator.master_data();
        let engine = Programme::of(past.rules.clone(), &books).engine();
        // What is drawn later changes nothing of what was.
        let fences = books.into_iter().filter_map(|record| match record {
            Meta::Geofence(fence) => {
                Some(event(fence.id.to_string(), from, EventData::GeofenceUpdated(fence)))
            }
            _ => None,
        });
        Self {
            events: fences.collect(),
            simulator,
            engine,
            zone: past.zone,
            tick_at: from.plus(TICK),
            output: Output::default(),
            happened: Vec::new(),
            alerts: HashMap::new(),
            trips: HashMap::new(),
        }
    }

    /// Lives until then, or until nobody listens.
    fn live(mut self, to: Timestamp, listener: &mpsc::Sender<Vec<Event>>) {
        while let Some(push) = self.simulator.next().filter(|push| push.at < to) {
            while self.tick_at <= push.at {
                self.engine.step(&tick(self.tick_at), &mut self.output);
                self.tick_at = self.tick_at.plus(TICK);
            }
            for input in heard(&push, self.zone) {
                self.engine.step(&input, &mut self.output);
                if matches!(input.data, EventData::PositionUpdated(_)) {
                    self.events.push(input);
                }
            }
            self.take_alerts();
            if self.events.len() >= BATCH {
                self.take_trips(false);
                if listener.blocking_send(std::mem::take(&mut self.events)).is_err() {
                    return;
                }
            }
        }
        self.take_trips(true);
        let mut rest = self.events.into_iter().chain(self.happened);
        loop {
            let batch: Vec<Event> = rest.by_ref().take(BATCH).collect();
            if batch.is_empty() || listener.blocking_send(batch).is_err() {
                return;
            }
        }
    }

    fn take_alerts(&mut self) {
        for event in self.output.events.drain(..) {
            match &event.data {
                EventData::AlertTriggered(alert) => {
                    self.alerts.insert(alert.id, event);
                }
                EventData::AlertResolved(alert) => {
                    self.happened.extend(self.alerts.remove(&alert.id));
                    self.happened.push(event);
                }
                _ => {}
            }
        }
        self.output.clear();
    }

    fn take_trips(&mut self, at_last: bool) {
        for trip in self.simulator.trip_updates() {
            self.trips.insert(trip.id, trip);
        }
        let is_over = |trip: &Trip| match trip.status {
            TripStatus::Completed => at_last || trip.returned_at.is_some(),
            status => status == TripStatus::Cancelled,
        };
        for (_, trip) in self.trips.extract_if(|_, trip| is_over(trip)) {
            let last = trip.returned_at.or(trip.offloaded_at).unwrap_or(trip.scheduled_departure);
            self.happened.push(event(trip.vehicle.to_string(), last, EventData::TripCreated(trip)));
        }
    }
}

fn event(key: String, at: Timestamp, data: EventData) -> Event {
    registry::new_event(key, data, CorrelationId(Uuid::nil()), at)
}
