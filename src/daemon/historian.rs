//! The historian: tells the past of every vehicle whose fixes changed, counts the
//! days that are over, treads them into the footprint, and learns from past trips how
//! long the next will take. Any number of daemons may run one; claims keep them apart.

use std::{sync::Arc, time::Duration};

use chrono::{Days, NaiveTime, Timelike};
use futures::{StreamExt, TryStreamExt, stream};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};
use watchtower_core::{
    domain::{
        event::{Event, Revision},
        history::{Record, RecordKind},
        id::VehicleKey,
        position::Position,
        time::Timestamp,
    },
    engine::Rules,
    historian::{Judgement, Telling, metric, news, span_of},
    ports::{
        history::{Claim, HistoryQuery, Settlement, Terms, TruckMetric, Uncounted},
        log::{Family, Log, LogError},
        store::{AlertQuery, Day, Span, Store, StoreError, Window},
    },
};

use self::{fences::Fences, footprint::Ground};
use crate::recording::Stored;

mod fences;
mod footprint;
mod lanes;

/// Between looks for what changed.
const PAUSE: Duration = Duration::from_secs(5);
/// A vehicle that is told of by one who died is told of by another after this.
const LEASE: Duration = Duration::from_secs(300);
/// Vehicles claimed at once, and told of at once.
const CLAIMED: u32 = 64;
const AT_ONCE: usize = 4;
/// Days counted at once.
const COUNTED: u32 = 200;
/// When yesterday is counted, in the fleet's zone: late news of the night are in by then.
const COUNTED_AT: NaiveTime = NaiveTime::from_hms_opt(6, 0, 0).expect("six is an hour");

/// Why the historian broke off.
#[derive(Debug, thiserror::Error)]
pub enum HistorianError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log, which is to hear of revisions.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Tells the past.
pub struct Historian {
    /// Where revisions are news.
    pub log: Arc<dyn Log>,
    /// What is known, and told.
    pub store: Arc<dyn Store>,
    /// The rules it is judged by.
    pub rules: Rules,
    /// How long fixes are kept: nothing is told anew of what lies before.
    pub positions: Duration,
    /// A vehicle that goes on sending is told of no more often than this.
    pub every: Duration,
    /// The wall clock.
    pub clock: fn() -> Timestamp,
}

/// What the past is judged by, as last looked up.
struct Books {
    judgement: Judgement,
    fences: Fences,
}

impl Historian {
    /// Runs until `stop`.
    ///
    /// # Errors
    ///
    /// When store or log fail; what was claimed is claimed again in time.
    pub async fn run(&self, stop: CancellationToken) -> Result<(), HistorianError> {
        let (mut books, mut turned) = (None, None);
        while !stop.is_cancelled() {
            self.tell_all(&mut books, &stop).await?;
            let day = self.first_uncounted();
            if turned != Some(day) {
                self.turn_to(day).await?;
                turned = Some(day);
            }
            self.count(day, &stop).await?;
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = stop.cancelled() => {}
            }
        }
        Ok(())
    }

    /// Tells all there is to tell now, counts what is over, and learns from it.
    ///
    /// # Errors
    ///
    /// As [`Historian::run`].
    pub async fn once(&self) -> Result<(), HistorianError> {
        let (day, stop) = (self.first_uncounted(), CancellationToken::new());
        self.tell_all(&mut None, &stop).await?;
        self.turn_to(day).await?;
        self.count(day, &stop).await
    }

    /// What a new day brings: those that said nothing on the one before have it all the
    /// same, as long as fixes of theirs are kept; and past trips teach.
    async fn turn_to(&self, day: Day) -> Result<(), HistorianError> {
        self.store.pass_silence((self.clock)().minus(self.positions), day).await?;
        lanes::learn(&*self.log, &*self.store).await
    }

    async fn tell_all(
        &self,
        books: &mut Option<Books>,
        stop: &CancellationToken,
    ) -> Result<(), HistorianError> {
        loop {
            let now = (self.clock)();
            let terms = Terms { now, lease: LEASE, every: self.every, limit: CLAIMED };
            let claims = self.store.claim(terms).await?;
            if claims.is_empty() || stop.is_cancelled() {
                break;
            }
            let (full, books) = (claims.len() == CLAIMED as usize, self.look_up(books, now).await?);
            stream::iter(claims)
                .map(|claim| self.tell_or_leave(claim, books))
                .buffer_unordered(AT_ONCE)
                .try_collect::<()>()
                .await?;
            if !full {
                break;
            }
        }
        Ok(())
    }

    async fn look_up<'a>(
        &self,
        books: &'a mut Option<Books>,
        now: Timestamp,
    ) -> Result<&'a Books, HistorianError> {
        let store = &*self.store;
        let fences = match books.take() {
            Some(books) if books.fences.are_current(store).await? => books.fences,
            _ => Fences::load(store, now, self.positions).await?,
        };
        let mut judgement = Judgement::new(&self.rules, Arc::default());
        if judgement.is_by_group() {
            let trucks = store.trucks().await?;
            let groups = trucks.into_iter().filter(|truck| !truck.groups.is_empty());
            judgement =
                judgement.with_groups(Arc::new(groups.map(|truck| (truck.key, truck.groups)).collect()));
        }
        Ok(books.insert(Books { judgement, fences }))
    }

    /// Tells what changed of one vehicle. One of which something unreadable is stored
    /// does not keep the others waiting: it is left, and claimed again in time.
    async fn tell_or_leave(&self, claim: Claim, books: &Books) -> Result<(), HistorianError> {
        let vehicle = claim.vehicle.clone();
        match self.tell(claim, books).await {
            Err(HistorianError::Store(error)) if !error.is_retryable() => {
                metrics::counter!("watchtower_history_failures_total").increment(1);
                warn!(%vehicle, %error, "the past of a vehicle cannot be told");
                Ok(())
            }
            other => other,
        }
    }

    /// Tells what changed of one vehicle.
    async fn tell(&self, claim: Claim, books: &Books) -> Result<(), HistorianError> {
        let Books { judgement, fences } = books;
        let memory = self.store.memory(&claim).await?;
        let from = memory.base.as_ref().map_or(0, |base| base.until.millis() + 1);
        let span =
            Span { from: Timestamp::from_millis(from), to: Timestamp::from_millis(claim.until.millis() + 1) };
        let vehicle = &claim.vehicle;
        let (mut past, mut next) = self.past(vehicle, span).await?;
        let Some((first, _)) = &next else {
            // Its fixes have gone with their retention.
            self.store.settle(&claim, &Settlement::default(), (self.clock)()).await?;
            return Ok(());
        };
        let mut telling = match Telling::begin(judgement, fences.of(first), &claim, memory.clone()) {
            Ok(telling) => telling,
            Err(error) => {
                info!(%vehicle, %error, "the past is told from the first fix that is stored");
                (past, next) = self.past(vehicle, Span { from: Timestamp::default(), ..span }).await?;
                let first = next.as_ref().map_or_else(|| fences.at(span.from), |(first, _)| fences.of(first));
                Telling::begin_over(judgement, first, &claim, memory)
            }
        };
        while let Some((position, said)) = next {
            let (time, of_then) = (position.device_time, fences.of(&position));
            telling.take(vehicle, position, &of_then, &said);
            if let Some(ahead) = telling.reached().filter(|reached| *reached > time) {
                past.skip_past(ahead);
            }
            next = past.next().await?;
        }
        let (settlement, revisions) = telling.finish();
        // Before it is so, because it could be forgotten after: a repeat is the same event.
        self.spread(&claim, revisions, judgement).await?;
        if !self.store.settle(&claim, &settlement, (self.clock)()).await? {
            debug!(vehicle = %claim.vehicle, "somebody else tells the past of this vehicle by now");
        }
        Ok(())
    }

    /// A vehicle's past from its first fix in the span on.
    async fn past(
        &self,
        vehicle: &VehicleKey,
        span: Span,
    ) -> Result<(Stored<'_>, Option<(Position, Vec<Event>)>), StoreError> {
        let mut past = Stored::open(&*self.store, vehicle.clone(), span).await?;
        let first = past.next().await?;
        Ok((past, first))
    }

    async fn spread(
        &self,
        claim: &Claim,
        revisions: Vec<Revision>,
        judgement: &Judgement,
    ) -> Result<(), HistorianError> {
        if revisions.is_empty() {
            return Ok(());
        }
        let event = |revision: Revision| {
            let midnight = Timestamp::start_of_day(revision.day, judgement.zone()).unwrap_or_default();
            (Family::Event, news(&claim.vehicle, revision, midnight, (self.clock)()))
        };
        let events: Vec<_> = revisions.into_iter().map(event).collect();
        metrics::counter!("watchtower_history_revisions_total").increment(events.len() as u64);
        self.log.append(&events).await?;
        Ok(())
    }

    /// Counts the days that are over into metrics, again where they changed since.
    async fn count(&self, before: Day, stop: &CancellationToken) -> Result<(), HistorianError> {
        let mut ground = Ground::default();
        while !stop.is_cancelled() {
            let days = self.store.uncounted(before, COUNTED).await?;
            let full = days.len() == COUNTED as usize;
            ground.tread(&days, self.rules.time_zone, &*self.log, &*self.store).await?;
            let metrics = stream::iter(days)
                .map(|day| self.counted(day))
                .buffered(AT_ONCE)
                .try_collect::<Vec<_>>()
                .await?;
            self.store.count(&metrics).await?;
            if !full {
                break;
            }
        }
        Ok(())
    }

    /// Yesterday is over when the night's late news are in.
    fn first_uncounted(&self) -> Day {
        let local = (self.clock)().to_utc().with_timezone(&self.rules.time_zone);
        let today = local.date_naive();
        match local.time().with_nanosecond(0).is_some_and(|time| time >= COUNTED_AT) {
            true => today,
            false => today.checked_sub_days(Days::new(1)).unwrap_or(today),
        }
    }

    async fn counted(&self, day: Uncounted) -> Result<(Uncounted, TruckMetric), StoreError> {
        let metric = self.metric(&day).await?;
        Ok((day, metric))
    }

    async fn metric(&self, day: &Uncounted) -> Result<TruckMetric, StoreError> {
        let Some(span) = span_of(day.day, self.rules.time_zone) else {
            warn!(vehicle = %day.vehicle, day = %day.day, "the calendar ends before this day does");
            let vehicle = day.vehicle.to_string();
            return Ok(TruckMetric { date: day.day, vehicle, ..TruckMetric::default() });
        };
        let query = HistoryQuery {
            kinds: vec![RecordKind::Day],
            vehicle: Some(day.vehicle.clone()),
            span: Some(span),
            ..HistoryQuery::default()
        };
        let kept = self.store.history(&query, Window { limit: 1, after: None }).await?.items.pop();
        let is_over = kept.as_ref().is_some_and(|kept| kept.settled.is_some());
        let figures = kept.and_then(|kept| match kept.record {
            Record::Day(figures) => Some(figures),
            Record::Visit(_)
            | Record::Crossing(_)
            | Record::Stop(_)
            | Record::Drive(_)
            | Record::Overspeed(_) => None,
        });
        let trips = self.store.trips_of(&day.vehicle, span).await?;
        let alerts = self.alerts(day, span).await?;
        let patience = self.rules.trips.delay_s;
        Ok(metric(day, span, figures.as_ref(), is_over, &trips, patience, alerts))
    }

    async fn alerts(&self, day: &Uncounted, span: Span) -> Result<u32, StoreError> {
        let query =
            AlertQuery { vehicle: Some(day.vehicle.clone()), span: Some(span), ..AlertQuery::default() };
        let (mut count, mut after) = (0_u32, None);
        loop {
            let page = self.store.alerts(&query, Window { limit: 500, after }).await?;
            count = count.saturating_add(u32::try_from(page.items.len()).unwrap_or(u32::MAX));
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(count),
            }
        }
    }
}
